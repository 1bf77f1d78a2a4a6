//! Every way out of the full screen leaves the terminal as it was. The test
//! binary plays the program: started again in a pseudo-terminal with a stage
//! named in its environment, it walks through a wizard with hands that do what
//! the stage says.

mod lines;
mod panics;

use std::io::{Read as _, Write as _};
use std::os::unix::process::CommandExt as _;
use std::sync::Arc;
use std::time::Duration;

use crewmesh::credentials::Credentials;
use crewmesh::environment::Environment;
use crewmesh::error::AppError;
use crewmesh::instance::Connector;
use crewmesh::model::Instance;
use crewmesh::run::{self, EffectRunner, EventSender};
use crewmesh::runner::Runner;
use crewmesh::terminal::theme::{Color, TerminalStyle};
use crewmesh::time_point::TimePoint;
use crewmesh::wizard::Wizard;
use crewmesh::wizard::effect::{Attempt, Command, Effect, Exit};
use crewmesh::wizard::event::Event;
use crewmesh::wizard::next::To;
use crewmesh::wizard::state::WizardState;
use portable_pty::{CommandBuilder, PtySize, native_pty_system};
use rustix::process::Signal;

use crate::support::home::{Home, Run};
use crate::support::terminal::{Terminal, stopped};
use crate::support::{PATIENCE, within};

const STAGE: &str = "CREWMESH_TEST_STAGE";

/// Does what the stage says as soon as anything is commanded; with the real
/// hands, as soon as an approval is waited for.
struct Actor {
    stage: String,
    sender: EventSender,
    real: Option<Runner>,
}

const REAL: &str = "with the embedded instance: ";

impl EffectRunner for Actor {
    fn execute(&mut self, command: Command) {
        let waits = matches!(command, Command::Start(_, Effect::Poll { .. }));
        if let Some(real) = &mut self.real {
            real.execute(command);
            if !waits {
                return;
            }
        }
        match self.stage.trim_start_matches(REAL) {
            "panic in the loop" => panic!("the loop broke\nwith a second line"),
            "panic in a task" => {
                std::thread::spawn(|| panic!("a task broke\nwith a second line"));
            }
            "hang up" => self.sender.send(Event::Leave(Exit::HungUp)),
            _ => {}
        }
    }

    fn finish(self, grace: Duration) {
        if let Some(real) = self.real {
            real.finish(grace);
        }
        println!("finished");
    }
}

/// Not a test when it is started by the tests below: the program they look at.
#[test]
fn stage() {
    let Ok(stage) = std::env::var(STAGE) else { return };
    if stage.ends_with("panic in an effect") {
        tracing::subscriber::set_global_default(panics::Breaks).expect("nobody listens yet");
    }
    let env = Environment::gather();
    let look = TerminalStyle::of(&env, Color::Auto);
    let now = TimePoint::now();
    let known = WizardState { instance: Some(Instance::local()), ..WizardState::default() };
    let real = stage.starts_with(REAL);
    let first = if real { To::SignIn } else { Wizard::first_screen(&known, now) };
    let (wizard, mut commands) = Wizard::start(known, first, now);
    commands.push(Command::Start(Attempt(u64::MAX), Effect::FindAgents));
    let make = |sender: EventSender| {
        match stage.as_str() {
            "late hands" => {
                let mut gate = std::fs::File::open("gate").expect("the test made it");
                let _ = gate.read(&mut [0]);
            }
            "no hands" => return Err(AppError::internal("no hands today")),
            "panic at the start" => panic!("the start broke"),
            _ => {}
        }
        let shared = Arc::new(env.clone());
        let hands = || {
            let connector = Arc::new(Connector::new(shared.clone()));
            Runner::new(connector, Credentials::new(&env), shared.clone(), sender.clone())
        };
        let real = real.then(hands).transpose()?;
        Ok(Actor { stage: stage.clone(), sender, real })
    };
    let walk = if stage.starts_with("plain") { run::plain } else { run::full_screen };
    let ended = walk(wizard, commands, &env, look, make);
    match &ended {
        Ok((exit, _)) => println!("over: {exit:?}"),
        Err(error) => println!("trouble: {}", error.code),
    }
    if stage.ends_with("hand off") && matches!(ended, Ok((Exit::Cancelled, _))) {
        let script =
            "echo agent is here; stty -a | grep -o -- '-\\?icanon'; read -r a; echo heard $a";
        let fault = std::process::Command::new("/bin/sh").args(["-c", script]).exec();
        panic!("{fault}");
    }
    std::process::exit(ended.map_or_else(|error| error.kind.exit_code().into(), |_| 0));
}

fn program(home: &Home, stage: &str) -> Run {
    let exe = std::env::current_exe().expect("this test has a file");
    let arguments = ["--exact", "pages::exits::stage", "--nocapture", "--test-threads=1"];
    home.program(exe.as_os_str(), &arguments).with(STAGE, stage).with("RUST_BACKTRACE", "0")
}

fn started(home: &Home, stage: &str) -> Terminal {
    program(home, stage).terminal(80, 24)
}

/// On the full screen, its first page there.
fn on_screen(terminal: &Terminal) {
    terminal.wait("the first page", |screen| {
        screen.alternate_screen() && screen.contents().contains("crewmesh")
    });
}

#[track_caller]
fn left_once(terminal: &Terminal) {
    terminal.whole();
    let raw = terminal.raw();
    assert_eq!(raw.matches("\x1b[?1049l").count(), 1, "{}", raw.escape_debug());
    assert_eq!(raw.matches("\x1b[?2004l").count(), 1, "{}", raw.escape_debug());
}

#[test]
fn esc_and_ctrl_c_leave_the_terminal_whole() {
    for (key, over) in [("esc", "over: Cancelled"), ("ctrl+c", "over: Interrupted")] {
        let home = Home::new();
        let mut terminal = started(&home, "walk");
        on_screen(&terminal);
        assert!(terminal.look(vt100::Screen::bracketed_paste), "pastes are asked for");
        terminal.press(key);
        terminal.exits(0).shows_at_the_end(over).shows_at_the_end("finished");
        left_once(&terminal);
    }
}

#[test]
fn the_signals_that_end_leave_the_terminal_whole() {
    for (signal, over) in [
        (Signal::TERM, "over: Terminated"),
        (Signal::HUP, "over: HungUp"),
        (Signal::INT, "over: Interrupted"),
    ] {
        let home = Home::new();
        let mut terminal = started(&home, "walk");
        on_screen(&terminal);
        terminal.signal(signal);
        terminal.exits(0).shows_at_the_end(over);
        left_once(&terminal);
    }
}

/// The head of a session hears that the terminal is gone, and may keep it to
/// itself: `nohup`, a supervisor, a container whose terminal was detached.
#[test]
#[cfg(target_os = "linux")]
fn a_terminal_that_goes_without_a_signal_is_noticed() {
    let home = Home::new();
    let run = home.run(&[]);
    let pair = native_pty_system().openpty(PtySize::default()).expect("a pseudo-terminal");
    let mut shell = CommandBuilder::new("/bin/sh");
    shell.args(["-c", r#"trap "" HUP; "$0"; echo $? >code; mv code ended"#]);
    shell.arg(&run.program);
    shell.env_clear();
    run.variables.iter().for_each(|(name, value)| shell.env(name, value));
    shell.cwd(home.work());
    let mut shell = pair.slave.spawn_command(shell).expect("a shell");
    drop(pair.slave);
    let mut screen = pair.master.try_clone_reader().expect("a screen");
    let mut seen = Vec::new();
    while !String::from_utf8_lossy(&seen).contains("ctrl+c") {
        let mut some = [0; 4096];
        let count = screen.read(&mut some).expect("a page");
        assert!(count > 0, "{}", String::from_utf8_lossy(&seen));
        seen.extend_from_slice(&some[..count]);
    }
    drop((screen, pair.master));
    let ended = within(PATIENCE, move || shell.wait()).expect("it ends by itself");
    assert!(ended.expect("our own child").success());
    let code = std::fs::read_to_string(home.work().join("ended")).expect("the shell wrote it");
    assert_eq!(code.trim(), "129");
}

#[test]
fn what_the_hands_send_is_heard() {
    let home = Home::new();
    let mut terminal = started(&home, "hang up");
    terminal.exits(0).shows_at_the_end("over: HungUp");
    left_once(&terminal);
}

#[test]
fn without_hands_the_terminal_is_whole_too() {
    let home = Home::new();
    let mut terminal = started(&home, "no hands");
    terminal.exits(8).shows_at_the_end("trouble: internal");
    left_once(&terminal);
}

#[test]
fn the_first_page_is_seen_before_the_hands_are_made() {
    let home = Home::new();
    let gate = home.work().join("gate");
    let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
    rustix::fs::mknodat(rustix::fs::CWD, &gate, rustix::fs::FileType::Fifo, mode, 0).expect("fifo");
    let mut terminal = started(&home, "late hands");
    on_screen(&terminal);
    // Typed before anything listens, and not lost.
    terminal.press("esc");
    std::fs::OpenOptions::new()
        .write(true)
        .open(&gate)
        .and_then(|mut gate| gate.write_all(b"x"))
        .expect("the gate opens");
    terminal.exits(0).shows_at_the_end("over: Cancelled");
    left_once(&terminal);
}

#[test]
fn a_stop_gives_the_terminal_back_and_going_on_takes_it_again() {
    let home = Home::new();
    let mut terminal = started(&home, "walk");
    on_screen(&terminal);
    for _ in 0..2 {
        terminal.signal(Signal::TSTP);
        terminal.wait("the screen to be left", |screen| !screen.alternate_screen());
        stopped(&terminal);
        terminal.whole();
        terminal.signal(Signal::CONT);
        on_screen(&terminal);
    }
    terminal.press("esc");
    terminal.exits(0).shows_at_the_end("over: Cancelled");
    terminal.whole();
}

/// The program, started by somebody at a shell.
fn in_a_shell(home: &Home, stage: &str) -> Terminal {
    let run = program(home, stage);
    let mut words = vec![run.program.to_string_lossy().into_owned()];
    words.extend(run.arguments.iter().map(|word| word.to_string_lossy().into_owned()));
    let terminal =
        home.program("/bin/sh", &["-i"]).with(STAGE, stage).with("PS1", "shell> ").terminal(80, 24);
    terminal.shows("shell> ").line(&words.join(" "));
    terminal
}

#[test]
fn ctrl_z_gives_the_shell_its_turn() {
    let home = Home::new();
    let mut terminal = in_a_shell(&home, "walk");
    on_screen(&terminal);
    terminal.press("ctrl+z");
    terminal.wait("the shell", |screen| {
        !screen.alternate_screen() && screen.contents().trim_end().ends_with("shell>")
    });
    terminal.line("echo it is $((20 + 3))").shows("it is 23").line("fg");
    on_screen(&terminal);
    terminal.press("esc").shows("over: Cancelled").line("exit");
    terminal.ends();
}

#[test]
fn ctrl_z_where_nobody_could_go_on_is_nothing() {
    let home = Home::new();
    let mut terminal = started(&home, "walk");
    on_screen(&terminal);
    terminal.press("ctrl+z").press("esc");
    terminal.exits(0).shows_at_the_end("over: Cancelled");
    left_once(&terminal);
}

#[test]
fn the_agent_gets_every_key_that_is_typed_after_the_end() {
    let home = Home::new();
    let mut terminal = started(&home, "hand off");
    on_screen(&terminal);
    terminal.press("esc").shows("agent is here").line("first keys");
    terminal.exits(0).shows_at_the_end("heard first keys");
    assert!(!terminal.text().contains("-icanon"), "{}", terminal.text());
    left_once(&terminal);
}

#[test]
fn another_size_is_another_page_and_nothing_else_moves() {
    let home = Home::new();
    let mut terminal = started(&home, "walk");
    on_screen(&terminal);
    terminal.resize(40, 12);
    terminal.wait("a page in the new size", |screen| screen.contents().contains("crewmesh"));
    terminal.press("esc");
    terminal.exits(0);
    left_once(&terminal);
}

#[test]
fn a_paste_presses_no_keys_whether_it_is_marked_or_not() {
    // On this page `l` would change the language, `i` leave it, Enter choose.
    let text = "cm_pat_illicit\rill\r";
    for marked in [true, false] {
        let home = Home::new();
        let mut terminal = started(&home, "walk");
        on_screen(&terminal);
        terminal.shows("Paste an access token");
        if marked {
            terminal.paste(text);
        } else {
            terminal.send(text.as_bytes());
        }
        terminal.shows("access token").hides("Create an account");
        terminal.shows("continue");
        terminal.press("ctrl+c");
        terminal.exits(0).shows_at_the_end("over: Interrupted");
        left_once(&terminal);
    }
}
