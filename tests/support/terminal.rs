//! A person at a terminal: the real binary in a pseudo-terminal, its screen
//! read by a terminal emulator, its keys pressed. Afterwards the terminal
//! must be as it was before, and [`Terminal::whole`] says so.

use std::fmt::Write as _;
use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use portable_pty::{ChildKiller, CommandBuilder, MasterPty, PtySize, SlavePty, native_pty_system};

use super::home::Run;
use super::{PATIENCE, within};

/// How long what a program wrote before its end may take to be read.
const LAST_WORDS: Duration = Duration::from_secs(3);

/// No question to a terminal has more bytes.
const LONGEST_QUESTION: usize = 9;

/// A running program and the terminal it has.
pub struct Terminal {
    shared: Arc<Shared>,
    keyboard: Arc<Mutex<Box<dyn Write + Send>>>,
    master: Box<dyn MasterPty + Send>,
    slave: Option<Box<dyn SlavePty + Send>>,
    killer: Box<dyn ChildKiller + Send + Sync>,
    reader: Option<JoinHandle<()>>,
    pid: i32,
    before: String,
}

struct Shared {
    seen: Mutex<Seen>,
    changed: Condvar,
}

struct Seen {
    screen: vt100::Parser,
    bytes: Vec<u8>,
    ended: Option<Ended>,
}

/// How a program ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    pub code: u32,
    pub signal: Option<String>,
}

/// What a terminal says of itself.
#[derive(Clone, Debug)]
pub enum Nature {
    /// Where its cursor is.
    Honest,
    /// That its cursor is in these columns, one after the other, and nothing
    /// after the last.
    Columns(Vec<u16>),
    /// Where its cursor is, and that it can hold frames back.
    Synchronized,
}

impl Run {
    /// Runs it in a terminal of this size.
    pub fn terminal(&self, columns: u16, rows: u16) -> Terminal {
        Terminal::start(self, columns, rows, Nature::Honest)
    }

    /// Runs it in a terminal that says this of itself.
    pub fn terminal_that(&self, nature: Nature, columns: u16, rows: u16) -> Terminal {
        Terminal::start(self, columns, rows, nature)
    }
}

impl Terminal {
    fn start(run: &Run, columns: u16, rows: u16, nature: Nature) -> Self {
        let pair = native_pty_system().openpty(size(columns, rows)).expect("a pseudo-terminal");
        let before = modes(pair.master.as_ref());
        let mut command = CommandBuilder::new(&run.program);
        command.args(&run.arguments);
        command.env_clear();
        for (name, value) in &run.variables {
            command.env(name, value);
        }
        command.cwd(&run.folder);
        let mut child = pair.slave.spawn_command(command).expect("the program can be started");
        let pid = child.process_id().and_then(|pid| i32::try_from(pid).ok()).expect("a process id");
        let keyboard = Arc::new(Mutex::new(pair.master.take_writer().expect("a keyboard")));
        let shared = Arc::new(Shared {
            seen: Mutex::new(Seen {
                // One that does not know its size has one all the same.
                screen: match (columns, rows) {
                    (0, _) | (_, 0) => vt100::Parser::new(nonzero(24), nonzero(80), 1000),
                    _ => vt100::Parser::new(nonzero(rows), nonzero(columns), 1000),
                },
                bytes: Vec::new(),
                ended: None,
            }),
            changed: Condvar::new(),
        });
        let killer = child.clone_killer();
        let output = pair.master.try_clone_reader().expect("a screen");
        let reader = std::thread::spawn({
            let (shared, keyboard) = (Arc::clone(&shared), Arc::clone(&keyboard));
            move || read(output, &shared, &keyboard, nature)
        });
        std::thread::spawn({
            let shared = Arc::clone(&shared);
            move || {
                let status = child.wait().expect("our own child can be waited for");
                let signal = status.signal().map(ToOwned::to_owned);
                lock(&shared.seen).ended = Some(Ended { code: status.exit_code(), signal });
                shared.changed.notify_all();
            }
        });
        Self {
            shared,
            keyboard,
            master: pair.master,
            slave: Some(pair.slave),
            killer,
            reader: Some(reader),
            pid,
            before,
        }
    }

    /// The process id of the program.
    pub fn pid(&self) -> i32 {
        self.pid
    }

    /// Waits until the screen is as `condition` says. It is given a copy, so
    /// that it may look at everything else of this terminal too.
    ///
    /// # Panics
    /// When the program ends or nothing of the sort happens, with the screen.
    #[track_caller]
    pub fn wait(&self, what: &str, mut condition: impl FnMut(&vt100::Screen) -> bool) {
        let mut deadline = Instant::now() + PATIENCE;
        loop {
            let (screen, read, ended) = {
                let seen = lock(&self.shared.seen);
                (seen.screen.screen().clone(), seen.bytes.len(), seen.ended.clone())
            };
            if condition(&screen) {
                return;
            }
            if ended.is_some() {
                // Its last words may be on their way still.
                deadline = deadline.min(Instant::now() + LAST_WORDS);
            }
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(
                !left.is_zero(),
                "waited for {what}; ended: {ended:?}; the screen was:\n{}",
                screen.contents()
            );
            // What came while it was looked at is looked at now.
            let seen = lock(&self.shared.seen);
            let same = |seen: &mut Seen| seen.bytes.len() == read && seen.ended == ended;
            let waited = self.shared.changed.wait_timeout_while(seen, left, same);
            drop(waited.expect("no panic in the reader"));
        }
    }

    /// Waits until `text` is on the screen.
    #[track_caller]
    pub fn shows(&self, text: &str) -> &Self {
        self.wait(&format!("{text:?}"), |screen| screen.contents().contains(text));
        self
    }

    /// Waits until `text` is no longer on the screen.
    #[track_caller]
    pub fn hides(&self, text: &str) -> &Self {
        self.wait(&format!("no {text:?}"), |screen| !screen.contents().contains(text));
        self
    }

    /// Presses one key: a character, or `enter`, `esc`, `up`, `down`, `left`,
    /// `right`, `tab`, `backspace`, `ctrl+c`, …
    pub fn press(&self, key: &str) -> &Self {
        let bytes: Vec<u8> = match key {
            "enter" => b"\r".to_vec(),
            "esc" => b"\x1b".to_vec(),
            "tab" => b"\t".to_vec(),
            "backspace" => b"\x7f".to_vec(),
            "up" => b"\x1b[A".to_vec(),
            "down" => b"\x1b[B".to_vec(),
            "right" => b"\x1b[C".to_vec(),
            "left" => b"\x1b[D".to_vec(),
            "f1" => b"\x1bOP".to_vec(),
            _ => match key.strip_prefix("ctrl+").and_then(|letter| letter.bytes().next()) {
                Some(letter) => vec![letter & 0x1f],
                None => key.as_bytes().to_vec(),
            },
        };
        self.send(&bytes)
    }

    /// Types a line as a person does: text, then Enter as a key of its own.
    pub fn line(&self, text: &str) -> &Self {
        self.send(text.as_bytes()).send(b"\r")
    }

    /// Pastes, as a terminal with bracketed paste does.
    pub fn paste(&self, text: &str) -> &Self {
        self.send(format!("\x1b[200~{text}\x1b[201~").as_bytes())
    }

    /// These bytes, in one burst.
    pub fn send(&self, bytes: &[u8]) -> &Self {
        let mut keyboard = lock(&self.keyboard);
        keyboard.write_all(bytes).and_then(|()| keyboard.flush()).expect("the terminal takes keys");
        self
    }

    /// Sends the program a signal.
    pub fn signal(&self, signal: rustix::process::Signal) -> &Self {
        let pid = rustix::process::Pid::from_raw(self.pid).expect("a process id");
        rustix::process::kill_process(pid, signal).expect("the program is there");
        self
    }

    /// Makes the window this large.
    pub fn resize(&self, columns: u16, rows: u16) -> &Self {
        lock(&self.shared.seen).screen.set_size(nonzero(rows), nonzero(columns));
        self.master.resize(size(columns, rows)).expect("a terminal can be resized");
        self
    }

    /// What is on the screen now.
    pub fn text(&self) -> String {
        lock(&self.shared.seen).screen.screen().contents()
    }

    /// The screen itself, to look at cells.
    pub fn look<T>(&self, look: impl FnOnce(&vt100::Screen) -> T) -> T {
        look(lock(&self.shared.seen).screen.screen())
    }

    /// Every byte written so far.
    pub fn bytes(&self) -> Vec<u8> {
        lock(&self.shared.seen).bytes.clone()
    }

    /// Everything written so far as text, control sequences and all.
    pub fn raw(&self) -> String {
        String::from_utf8_lossy(&self.bytes()).into_owned()
    }

    /// Whether the program still runs.
    pub fn runs(&self) -> bool {
        lock(&self.shared.seen).ended.is_none()
    }

    /// Waits until the program has ended and everything it wrote was read.
    ///
    /// # Panics
    /// When it does not end.
    #[track_caller]
    pub fn ends(&mut self) -> Ended {
        let deadline = Instant::now() + PATIENCE;
        let mut seen = lock(&self.shared.seen);
        let ended = loop {
            if let Some(ended) = seen.ended.clone() {
                break ended;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(
                !left.is_zero(),
                "the program does not end; the screen is:\n{}",
                seen.screen.screen().contents()
            );
            seen = self.shared.changed.wait_timeout(seen, left).expect("no panic in the reader").0;
        };
        drop(seen);
        // With our own copy of the program's end gone, reading comes to an end.
        drop(self.slave.take());
        if let Some(reader) = self.reader.take() {
            let Some(read) = within(PATIENCE, || reader.join()) else {
                panic!("something it started has the terminal still:\n{}", self.text());
            };
            read.expect("no panic in the reader");
        }
        ended
    }

    /// Waits for the end, which must have this exit code and no signal.
    #[track_caller]
    pub fn exits(&mut self, code: u32) -> &mut Self {
        let ended = self.ends();
        assert_eq!(ended, Ended { code, signal: None }, "the screen was:\n{}", self.text());
        self
    }

    /// What was left on the screen by a program that has ended.
    #[track_caller]
    pub fn shows_at_the_end(&self, text: &str) -> &Self {
        assert!(self.text().contains(text), "no {text:?} on the screen:\n{}", self.text());
        self
    }

    /// What the terminal differs in from before the program was started.
    pub fn left_behind(&self) -> String {
        let mut faults = String::new();
        let after = modes(self.master.as_ref());
        if after != self.before {
            let _ = writeln!(faults, "modes were {}\n  now are  {after}", self.before);
        }
        let seen = lock(&self.shared.seen);
        let screen = seen.screen.screen();
        let mut fault = |wrong: bool, what: &str| {
            if wrong {
                let _ = writeln!(faults, "{what}");
            }
        };
        fault(screen.alternate_screen(), "the alternate screen is on");
        fault(screen.hide_cursor(), "the cursor is hidden");
        fault(screen.bracketed_paste(), "bracketed paste is on");
        fault(screen.application_cursor(), "cursor keys are in application mode");
        fault(screen.application_keypad(), "the keypad is in application mode");
        fault(
            screen.mouse_protocol_mode() != vt100::MouseProtocolMode::None,
            "the mouse is captured",
        );
        fault(
            screen.fgcolor() != vt100::Color::Default || screen.bgcolor() != vt100::Color::Default,
            "a colour is left on",
        );
        fault(
            screen.bold() || screen.dim() || screen.underline() || screen.inverse(),
            "an attribute is left on",
        );
        let raw = String::from_utf8_lossy(&seen.bytes);
        for what in super::terminal_modes::left_on(&raw) {
            let _ = writeln!(faults, "{what}");
        }
        faults
    }

    /// The terminal must be as it was.
    #[track_caller]
    pub fn whole(&self) -> &Self {
        let faults = self.left_behind();
        assert!(faults.is_empty(), "{faults}after:\n{}", self.raw().escape_debug());
        self
    }
}

/// Waits until the program is stopped by a signal.
pub fn stopped(terminal: &Terminal) {
    let stat = format!("/proc/{}/stat", terminal.pid());
    if !std::path::Path::new(&stat).exists() {
        return;
    }
    let deadline = Instant::now() + PATIENCE;
    loop {
        let text = std::fs::read_to_string(&stat).expect("it runs");
        let state = text.rsplit(") ").next().and_then(|rest| rest.chars().next());
        if state == Some('T') {
            return;
        }
        assert!(Instant::now() < deadline, "not stopped: {text}");
        std::thread::yield_now();
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        if self.runs() {
            let _ = self.killer.kill();
        }
    }
}

fn read(
    mut output: Box<dyn Read + Send>,
    shared: &Shared,
    keyboard: &Mutex<Box<dyn Write + Send>>,
    mut nature: Nature,
) {
    let mut buffer = [0; 8192];
    let mut asked = Vec::new();
    while let Ok(count) = output.read(&mut buffer) {
        if count == 0 {
            break;
        }
        let mut seen = lock(&shared.seen);
        seen.bytes.extend_from_slice(&buffer[..count]);
        // A terminal answers when it is asked where its cursor is: with where
        // it is then, and not after whatever was written behind the question.
        let mut answers = String::new();
        for byte in &buffer[..count] {
            seen.screen.process(&[*byte]);
            asked.push(*byte);
            if asked.ends_with(b"\x1b[6n") {
                let (row, column) = seen.screen.screen().cursor_position();
                let column = match &mut nature {
                    Nature::Columns(columns) if columns.is_empty() => None,
                    Nature::Columns(columns) => Some(columns.remove(0)),
                    _ => Some(column + 1),
                };
                if let Some(column) = column {
                    let _ = write!(answers, "\x1b[{};{column}R", row + 1);
                }
            }
            if asked.ends_with(b"\x1b[?2026$p") && matches!(nature, Nature::Synchronized) {
                answers.push_str("\x1b[?2026;2$y");
            }
        }
        asked.drain(..asked.len().saturating_sub(LONGEST_QUESTION - 1));
        drop(seen);
        shared.changed.notify_all();
        if !answers.is_empty() {
            let _ = lock(keyboard).write_all(answers.as_bytes());
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

fn size(columns: u16, rows: u16) -> PtySize {
    PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 }
}

fn nonzero(number: u16) -> NonZeroU16 {
    NonZeroU16::new(number).expect("a terminal has cells")
}

/// Every mode of the terminal, for comparing.
fn modes(master: &dyn MasterPty) -> String {
    format!("{:?}", master.get_termios())
}
