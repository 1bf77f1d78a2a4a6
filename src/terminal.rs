//! The terminal: taken for the whole screen, and given back whole.
//!
//! What is held is one value behind one lock, [`MODE`]. Whoever gives back
//! takes the value out, so it is given back exactly once whichever way out
//! comes first: the end, an error, a panic in any thread, a signal. The same
//! lock lies around every write of a frame, so nothing is drawn on a terminal
//! that is no longer ours.
//!
//! A panic in any thread while the terminal is held ends the walk. Its message
//! is printed after the screen was left, whole.

pub mod blocks;
pub mod consent;
pub mod draw;
pub mod fit;
pub mod glyphs;
pub mod header_footer;
pub mod keys;
pub mod line;
pub mod link;
pub mod minimal;
pub mod parser;
pub mod pass_through;
pub mod place;
pub mod probe;
pub mod qr;
pub mod screen;
pub mod shrink;
pub mod signals;
pub mod speech;
pub mod theme;
pub mod tty;

use std::io::{self, IsTerminal as _, Write};
use std::panic::{self, PanicHookInfo};
use std::sync::{Mutex, MutexGuard, Once, PoisonError};
use std::time::{Duration, Instant};

use color_eyre::config::{HookBuilder, Theme};
use crossterm::terminal::{EnterAlternateScreen, LeaveAlternateScreen};
use crossterm::{cursor, execute};
use tokio::sync::Notify;

use crate::i18n::{Catalog, Language};
use crate::wizard::page::Page;
use draw::Canvas;
use glyphs::Charset;
use parser::Report;
use probe::Probe;
use screen::Screen;
use theme::TerminalStyle;

/// What was changed about the terminal, and is given back in the end.
enum TerminalMode {
    Normal,
    FullScreen,
    /// Typed letters are not shown, or are somebody else's; these modes bring that back.
    #[cfg(unix)]
    Changed(Box<rustix::termios::Termios>),
}

static MODE: Mutex<TerminalMode> = Mutex::new(TerminalMode::Normal);

/// Told when something panicked, in whichever thread.
pub static PANICKED: Notify = Notify::const_new();

/// Colours off, cursor on, bracketed paste off.
const PLAIN_AGAIN: &[u8] = b"\x1b[?2004l\x1b[0m\x1b[?25h";

fn mode() -> MutexGuard<'static, TerminalMode> {
    MODE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The full screen. Given back when dropped.
#[derive(Debug)]
pub struct Terminal {
    screen: Screen<Output>,
    look: TerminalStyle,
    catalog: Catalog,
    shown: Option<Page>,
    size: (u16, u16),
    /// What it was asked, once somebody can answer.
    probe: Option<Probe>,
    asks: bool,
}

impl Terminal {
    /// Takes the terminal: raw mode, alternate screen, no cursor, bracketed
    /// paste.
    ///
    /// # Errors
    /// When there is no terminal, or it refuses; then nothing is taken.
    pub fn take(look: TerminalStyle, language: Language) -> io::Result<Self> {
        watch_for_panics();
        take()?;
        let mut terminal = Self {
            screen: Screen::new(Output),
            look,
            catalog: Catalog::new(language),
            shown: None,
            size: (0, 0),
            probe: None,
            // Answers come among the keys; a console of Windows gives none.
            asks: cfg!(unix) && io::stdin().is_terminal(),
        };
        glyphs::note(look.charset);
        terminal.measure();
        Ok(terminal)
    }

    /// Takes it again after somebody else had it.
    ///
    /// # Errors
    /// As [`Terminal::take`].
    pub fn reacquire(&mut self) -> io::Result<()> {
        // Whoever had it may have changed its modes: from the beginning.
        give_back();
        take()?;
        self.measure();
        Ok(())
    }

    /// The window has another size, or is not as we left it: the next page is
    /// drawn anew.
    pub fn measure(&mut self) {
        self.size = size();
        self.screen.forget();
        self.shown = None;
    }

    /// Whether the window has another size than the last page was drawn for.
    pub fn has_other_size(&self) -> bool {
        size() != self.size
    }

    /// Whether the QR code of `page`, if it has one, can be drawn alone in this
    /// window.
    pub fn draws_qr(&self, page: &Page) -> Option<bool> {
        fit::draws_qr(page, self.look, self.size.0.into(), self.size.1.into())
    }

    /// Whether all that `page` asks is seen in this window.
    pub fn sees_whole(&self, page: &Page, language: Language) -> bool {
        if page.consent.is_none() {
            return true;
        }
        let (columns, rows) = self.size;
        // Reading the sentences takes longer than drawing a page.
        let other = (self.catalog.language() != language).then(|| Catalog::new(language));
        let catalog = other.as_ref().unwrap_or(&self.catalog);
        consent::sees_whole(page, catalog, self.look, columns.into(), rows.into())
    }

    /// Shows a page. Writes nothing when it looks as the last one did.
    pub fn draw(&mut self, page: &Page, language: Language) -> io::Result<()> {
        if self.catalog.language() != language {
            self.catalog = Catalog::new(language);
            self.shown = None;
        }
        if self.shown.as_ref().is_some_and(|shown| shown.looks_like(page)) {
            return Ok(());
        }
        let (columns, rows) = self.size;
        self.screen.show(Canvas::of(page, &self.catalog, self.look, columns, rows))?;
        self.shown = Some(page.clone());
        if self.asks && self.probe.is_none() {
            // A terminal that takes no more is found out by the next page.
            let _ = self.ask();
        }
        Ok(())
    }

    /// Asks the terminal what it is, once, when somebody can read already.
    fn ask(&mut self) -> io::Result<()> {
        let modes = self.look.hyperlinks;
        let mut asked = None;
        let question = |row| {
            asked = Some(Probe::asked(row));
            probe::questions(row, modes)
        };
        self.screen.ask(probe::COLUMNS, question)?;
        *ANSWERS_DUE.lock().unwrap_or_else(PoisonError::into_inner) =
            asked.as_ref().and_then(Probe::deadline);
        self.probe = asked;
        Ok(())
    }

    /// The terminal answered. What it turns out not to be is drawn anew.
    ///
    /// # Errors
    /// When it takes no more.
    pub fn answered(&mut self, report: Report) -> io::Result<()> {
        let Some(found) = self.probe.as_mut().and_then(|probe| probe.answer(report)) else {
            return Ok(());
        };
        self.screen.synchronize(found.synchronized);
        if found.charset != self.look.charset {
            self.look.charset = found.charset;
            glyphs::note(found.charset);
            if found.charset == Charset::Ascii {
                self.screen.out().write_all(probe::REPAIR)?;
            }
            self.measure();
        }
        Ok(())
    }

    /// The questions whose answers may be on their way still.
    pub fn asked(&mut self) -> Option<&mut Probe> {
        self.probe.as_mut()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        give_back();
    }
}

/// Columns and rows; what a terminal that does not know has.
fn size() -> (u16, u16) {
    let reported = crossterm::terminal::size().ok();
    reported.filter(|(columns, rows)| *columns > 0 && *rows > 0).unwrap_or((80, 24))
}

fn take() -> io::Result<()> {
    // Held to the end: what is taken half can be given back by nobody.
    let mut mode = mode();
    crossterm::terminal::enable_raw_mode()?;
    *mode = TerminalMode::FullScreen;
    let mut out = io::stdout();
    let taken = execute!(out, EnterAlternateScreen, cursor::Hide)
        .and_then(|()| out.write_all(b"\x1b[?2004h"))
        .and_then(|()| out.flush());
    drop(mode);
    taken.inspect_err(|_| give_back())
}

/// Gives the terminal back as it was; whoever comes second finds nothing to do.
/// Faults are not told: there is nobody to tell and nothing else to try.
pub fn give_back() {
    let mut mode = mode();
    match std::mem::replace(&mut *mode, TerminalMode::Normal) {
        TerminalMode::Normal => {}
        TerminalMode::FullScreen => {
            let mut out = io::stdout();
            let _ = out.write_all(PLAIN_AGAIN);
            let _ = execute!(out, LeaveAlternateScreen);
            let _ = crossterm::terminal::disable_raw_mode();
        }
        #[cfg(unix)]
        TerminalMode::Changed(modes) => {
            let now = rustix::termios::OptionalActions::Now;
            let _ = rustix::termios::tcsetattr(io::stdin(), now, &modes);
        }
    }
}

/// What a program may have left on that did not end well: another screen, keys and a mouse
/// that report, no cursor. Where no other screen was entered, leaving it moves the cursor to
/// where it was kept last, by whoever entered one before: so it is entered first, which does
/// nothing where it was.
const LEFT_ON: &[u8] = b"\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?1004l\x1b[?2004l\
    \x1b[?1049h\x1b[?1049l\x1b[0m\x1b[?25h\r";

/// A terminal that another program is lent: its modes are as they were once this is
/// dropped, and where that program did not end well, all else that it may have changed.
#[derive(Debug)]
pub struct Lent {
    #[cfg(unix)]
    before: Option<rustix::termios::Termios>,
    ended_well: bool,
}

/// Lends the terminal, if there is one.
pub fn lend() -> Lent {
    Lent {
        #[cfg(unix)]
        before: rustix::termios::tcgetattr(io::stdin()).ok(),
        ended_well: false,
    }
}

impl Lent {
    /// The program ended by itself, and without a fault.
    pub fn ended_well(&mut self) {
        self.ended_well = true;
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        #[cfg(unix)]
        if let Some(before) = &self.before {
            let now = rustix::termios::OptionalActions::Now;
            let _ = rustix::termios::tcsetattr(io::stdin(), now, before);
        }
        if !self.ended_well {
            set_right();
        }
    }
}

/// Takes back what a program may have left on.
fn set_right() {
    // Whichever of the two is seen.
    let _ = if io::stdout().is_terminal() {
        send(LEFT_ON)
    } else if io::stderr().is_terminal() {
        io::stderr().write_all(LEFT_ON)
    } else {
        Ok(())
    };
}

/// Writes `bytes` to the person's terminal beside whatever is drawn there: for
/// sequences that move no cursor and leave no mark. Never into a frame.
pub fn send(bytes: &[u8]) -> io::Result<()> {
    let mode = mode();
    let mut out = io::stdout();
    out.write_all(bytes)?;
    out.flush()?;
    drop(mode);
    Ok(())
}

/// What stands for no key in a terminal's modes (POSIX, `_POSIX_VDISABLE`).
#[cfg(unix)]
const NO_KEY: u8 = if cfg!(any(target_os = "linux", target_os = "android")) { 0 } else { 0xff };

/// From now until [`give_back`], letters typed are not shown, and Ctrl+\ ends nothing.
/// Ctrl+Z stops only whoever `can_stop`: hears of it, gives the terminal back, and asks
/// again. Where stdin is no terminal there is nothing to do.
///
/// # Errors
/// When the terminal refuses: then nothing secret may be asked for.
#[cfg(unix)]
pub fn disable_echo(can_stop: bool) -> io::Result<()> {
    use rustix::termios::{
        LocalModes, OptionalActions, SpecialCodeIndex, isatty, tcgetattr, tcsetattr,
    };
    if !isatty(io::stdin()) {
        return Ok(());
    }
    let mut mode = mode();
    if matches!(*mode, TerminalMode::Normal) {
        let before = tcgetattr(io::stdin())?;
        let mut quiet = before.clone();
        quiet.local_modes.remove(LocalModes::ECHO);
        quiet.local_modes.insert(LocalModes::ECHONL);
        // A shell would be left without echo, or a question come back to with it. Ctrl+C
        // goes in order.
        quiet.special_codes[SpecialCodeIndex::VQUIT] = NO_KEY;
        if !can_stop {
            quiet.special_codes[SpecialCodeIndex::VSUSP] = NO_KEY;
        }
        tcsetattr(io::stdin(), OptionalActions::Now, &quiet)?;
        *mode = TerminalMode::Changed(Box::new(before));
    }
    Ok(())
}

/// Hides again what is typed, where that was so and a shell had the terminal meanwhile.
#[cfg(unix)]
pub fn disable_echo_again() {
    use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
    if !matches!(*mode(), TerminalMode::Changed(_)) {
        return;
    }
    if let Ok(mut now) = tcgetattr(io::stdin()) {
        now.local_modes.remove(LocalModes::ECHO);
        now.local_modes.insert(LocalModes::ECHONL);
        let _ = tcsetattr(io::stdin(), OptionalActions::Now, &now);
    }
}

/// From now until [`give_back`], what is typed is read byte by byte, and shown by whoever
/// reads it.
///
/// # Errors
/// When stdin is no terminal, or refuses.
#[cfg(unix)]
fn take_raw() -> io::Result<()> {
    use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};
    let mut mode = mode();
    let before = tcgetattr(io::stdin())?;
    let mut raw = before.clone();
    raw.make_raw();
    tcsetattr(io::stdin(), OptionalActions::Now, &raw)?;
    *mode = TerminalMode::Changed(Box::new(before));
    Ok(())
}

/// Windows has no such mode here: what is typed is seen.
#[cfg(not(unix))]
pub fn disable_echo(_can_stop: bool) -> io::Result<()> {
    Ok(())
}

/// From now on a panic, wherever it is, first gives the terminal back, then is
/// reported, then ends the walk.
pub fn watch_for_panics() {
    static WATCHED: Once = Once::new();
    WATCHED.call_once(|| {
        panic::set_hook(Box::new(|panicked| {
            drop_answers();
            give_back();
            report(panicked);
            PANICKED.notify_one();
        }));
    });
}

/// Until when answers of the terminal may be on their way.
static ANSWERS_DUE: Mutex<Option<Instant>> = Mutex::new(None);

/// Nobody reads after a panic, and a terminal that was given back echoes what
/// comes: answers on their way are waited for and dropped while it is ours.
fn drop_answers() {
    let due = ANSWERS_DUE.lock().unwrap_or_else(PoisonError::into_inner).take();
    let left = due.map_or(Duration::ZERO, |due| due.saturating_duration_since(Instant::now()));
    if left.is_zero() {
        return;
    }
    std::thread::sleep(left);
    #[cfg(unix)]
    let _ = rustix::termios::tcflush(io::stdin(), rustix::termios::QueueSelector::IFlush);
}

/// Says what broke and where and, where `RUST_BACKTRACE` asks for it, the way
/// there: without colour, for whoever asked for none, and for a file. The
/// reporter is made here, because no start shall pay for it.
fn report(panicked: &PanicHookInfo<'_>) {
    let (reporter, _) = HookBuilder::default().theme(Theme::new()).into_hooks();
    let _ = writeln!(io::stderr(), "{}", reporter.panic_report(panicked));
}

/// Stdout while the screen is ours, nothing afterwards.
#[derive(Debug)]
struct Output;

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mode = mode();
        if !matches!(*mode, TerminalMode::FullScreen) {
            return Ok(bytes.len());
        }
        // The whole frame or nothing: no other thread comes between.
        io::stdout().write_all(bytes)?;
        drop(mode);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stdout().flush()
    }
}
