//! The least ratatui program, which `outside.rs` compares crewmesh with: it
//! shows one line and waits for a key. `cargo bench` builds it and has nothing
//! to measure here.

fn main() -> std::io::Result<()> {
    if std::env::args().any(|word| word == "--bench") {
        return Ok(());
    }
    let mut terminal = ratatui::try_init()?;
    terminal.draw(|frame| frame.render_widget("bare ratatui", frame.area()))?;
    while !crossterm::event::read()?.is_key() {}
    ratatui::try_restore()
}
