//! What a terminal sends, byte by byte: keys, pastes, and the answers to what
//! it was asked. An answer is never a key, however late it comes and whatever
//! was typed around it.
//!
//! Ours and not crossterm's for two reasons: its parser waits for ever behind
//! an answer that it does not know, and its question for the cursor blocks.

use std::collections::VecDeque;
use std::time::Duration;

use crossterm::event::{Event as RawEvent, KeyCode as Code, KeyEvent, KeyEventKind, KeyModifiers};

/// Something whole that a terminal sent.
#[derive(Clone, Debug, PartialEq)]
pub enum Sent {
    /// A key, a paste.
    Event(RawEvent),
    /// An answer.
    Report(Report),
}

/// What a terminal answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Report {
    /// The cursor is in this row and column, from 1 (CPR).
    Cursor(u16, u16),
    /// A private mode, and whether the terminal has it (DECRPM).
    Mode(u16, bool),
}

const ESC: u8 = 0x1b;
const PASTE_BEGINS: &[u8] = b"\x1b[200~";
const PASTE_ENDS: &[u8] = b"\x1b[201~";

/// After an Esc so much later nothing belongs to it any more.
const LONE_ESC: Duration = Duration::from_millis(30);
/// The rest of a character comes at once, or it is none of UTF-8.
const REST_OF_CHARACTER: Duration = Duration::from_millis(30);
/// The rest of a sequence: a slow wire may part it.
const REST_OF_SEQUENCE: Duration = Duration::from_millis(500);
/// The rest of a paste. One whose end was lost must not keep the keyboard.
const REST_OF_PASTE: Duration = Duration::from_secs(1);

/// So much at most is kept of what does not end.
const MOST: usize = 4 << 20;

const CTRL_C: u8 = 0x03;

/// What follows an Esc where a string begins: OSC, DCS, APC, PM, SOS.
const fn begins_string(letter: u8) -> bool {
    matches!(letter, b']' | b'P' | b'_' | b'^' | b'X')
}

/// Bytes on their way to becoming keys.
#[derive(Debug, Default)]
pub struct Parser {
    /// The beginning of something.
    pending: Vec<u8>,
    /// What of `pending` is a paste that has not ended was looked through.
    pasting: Option<usize>,
    /// So many bytes at the end of `pending` are Ctrl+C, read by itself amid a paste.
    interrupts: usize,
    ready: VecDeque<Sent>,
}

impl Parser {
    /// Takes what was read.
    pub fn feed(&mut self, bytes: &[u8]) {
        // What is pasted comes in larger pieces; but only when its end does not come
        // is it certain that this was pressed.
        let is_pressed = self.pasting.is_some() && bytes.iter().all(|byte| *byte == CTRL_C);
        self.interrupts = if is_pressed { self.interrupts + bytes.len() } else { 0 };
        self.pending.extend_from_slice(bytes);
        let mut at = 0;
        while at < self.pending.len() {
            let Some((length, sent)) = self.first(at) else { break };
            self.ready.extend(sent);
            at += length;
        }
        self.pending.drain(..at);
        self.bound();
    }

    /// Keeps the beginning of a paste that is too long, and what may begin its end;
    /// nothing of anything else.
    fn bound(&mut self) {
        let kept = if self.pasting.is_some() { MOST } else { 0 };
        let tail = self.pending.len().saturating_sub(PASTE_ENDS.len() - 1);
        if tail > MOST {
            self.pending.drain(kept..tail);
            self.pasting = self.pasting.map(|_| MOST);
        }
    }

    /// The next whole thing.
    pub fn take(&mut self) -> Option<Sent> {
        self.ready.pop_front()
    }

    /// How long the rest of what has begun is waited for; `None` when nothing has.
    pub fn patience(&self) -> Option<Duration> {
        match self.pending.as_slice() {
            [] => None,
            _ if self.pasting.is_some() => Some(REST_OF_PASTE),
            [ESC] => Some(LONE_ESC),
            [ESC, ..] => Some(REST_OF_SEQUENCE),
            _ => Some(REST_OF_CHARACTER),
        }
    }

    /// Whether Ctrl+C was read last, amid a paste: the rest of that is waited for no
    /// longer for it, however often it is pressed.
    pub fn is_interrupted(&self) -> bool {
        self.interrupts > 0
    }

    /// The rest does not come: what is there was all.
    pub fn give_up(&mut self) {
        let pending = std::mem::take(&mut self.pending);
        let interrupts = std::mem::take(&mut self.interrupts);
        if self.pasting.take().is_some() {
            let pasted = pending.len().saturating_sub(interrupts).min(MOST);
            self.ready.push_back(paste(&pending[..pasted]));
            let pressed = key(Code::Char('c'), KeyModifiers::CONTROL);
            self.ready.extend(std::iter::repeat_n(pressed, interrupts));
            return;
        }
        let sent = match pending.as_slice() {
            [ESC] => Some(key(Code::Esc, KeyModifiers::NONE)),
            // Nothing came behind it: a key that was pressed.
            [ESC, letter] if matches!(letter, b'[' | b'O') || begins_string(*letter) => {
                Some(key(Code::Char(char::from(*letter)), KeyModifiers::ALT | shift(*letter)))
            }
            [ESC, ..] => None,
            bytes => {
                self.ready.extend(bytes.iter().filter_map(|byte| latin(*byte)));
                None
            }
        };
        self.ready.extend(sent);
    }

    /// What begins at `at`: how long it is and what it says, if anything.
    /// `None` when its end is not there yet.
    fn first(&mut self, at: usize) -> Option<(usize, Option<Sent>)> {
        let bytes = &self.pending[at..];
        if !bytes.starts_with(PASTE_BEGINS) {
            return step(bytes);
        }
        // From where it was looked last, and not from the beginning: a paste
        // may be long and come in many pieces.
        let from = self.pasting.unwrap_or(PASTE_BEGINS.len());
        let end = bytes[from..].windows(PASTE_ENDS.len()).position(|part| part == PASTE_ENDS);
        let Some(end) = end.map(|end| from + end) else {
            let seen = bytes.len().saturating_sub(PASTE_ENDS.len());
            self.pasting = Some(seen.max(PASTE_BEGINS.len()));
            return None;
        };
        self.pasting = None;
        let sent = paste(&bytes[..end.min(MOST)]);
        Some((end + PASTE_ENDS.len(), Some(sent)))
    }
}

/// What was pasted behind its mark.
fn paste(bytes: &[u8]) -> Sent {
    let text = bytes.get(PASTE_BEGINS.len()..).unwrap_or_default();
    Sent::Event(RawEvent::Paste(String::from_utf8_lossy(text).into_owned()))
}

fn step(bytes: &[u8]) -> Option<(usize, Option<Sent>)> {
    let (first, rest) = bytes.split_first()?;
    if *first != ESC {
        let (length, code, modifiers) = character(bytes)?;
        return Some((length, code.map(|code| key(code, modifiers))));
    }
    match *rest.first()? {
        b'[' => sequence(bytes),
        b'O' => {
            // The last is Enter of a keypad.
            let letter = *bytes.get(2)?;
            let code = if letter == b'M' { Some(Code::Enter) } else { code_of(letter) };
            Some((3, code.map(|code| key(code, KeyModifiers::NONE))))
        }
        ESC => Some((1, Some(key(Code::Esc, KeyModifiers::NONE)))),
        letter if begins_string(letter) && is_said(letter, *rest.get(1)?) => {
            Some((string(bytes)?, None))
        }
        _ => {
            let (length, code, modifiers) = character(rest)?;
            Some((1 + length, code.map(|code| key(code, modifiers | KeyModifiers::ALT))))
        }
    }
}

/// Whether `byte` begins what a terminal says in a string of this kind, and is no key
/// that was pressed after Alt and its letter.
fn is_said(kind: u8, byte: u8) -> bool {
    match kind {
        // A number, or the letter before a title.
        b']' => matches!(byte, b'0'..=b'9' | b'l' | b'L'),
        b'P' => matches!(byte, b' '..=b'@'),
        _ => matches!(byte, b' '..=b'~'),
    }
}

/// How long an answer is that is a string, if all of it is there. Another control than
/// those that end one breaks it off, and is looked at by itself.
fn string(bytes: &[u8]) -> Option<usize> {
    let end = 2 + bytes[2..].iter().position(|byte| matches!(*byte, 0..=0x1f | 0x7f))?;
    Some(match bytes[end] {
        0x07 => end + 1,
        ESC if *bytes.get(end + 1)? == b'\\' => end + 2,
        _ => end,
    })
}

/// One character or control: its length, its key.
fn character(bytes: &[u8]) -> Option<(usize, Option<Code>, KeyModifiers)> {
    let control = |base: u8, byte: u8| (1, Some(Code::Char(char::from(base + byte))));
    let (length, code) = match *bytes.first()? {
        b'\r' => (1, Some(Code::Enter)),
        b'\t' => (1, Some(Code::Tab)),
        0x7f => (1, Some(Code::Backspace)),
        0 => (1, Some(Code::Char(' '))),
        byte @ 1..=0x1a => control(b'a' - 1, byte),
        byte @ 0x1b..=0x1f => control(b'4' - 0x1c, byte),
        byte @ b' '..=b'~' => return Some((1, Some(Code::Char(char::from(byte))), shift(byte))),
        byte => {
            let whole = match byte {
                0xc2..=0xdf => 2,
                0xe0..=0xef => 3,
                0xf0..=0xf4 => 4,
                _ => 1,
            };
            let there = &bytes[..whole.min(bytes.len())];
            let continued = there[1..].iter().all(|byte| matches!(byte, 0x80..=0xbf));
            if continued && there.len() < whole {
                return None;
            }
            let character = std::str::from_utf8(there).ok().and_then(|text| text.chars().next());
            return Some(match character {
                Some(c) if c.is_uppercase() => (whole, Some(Code::Char(c)), KeyModifiers::SHIFT),
                Some(c) => (whole, Some(Code::Char(c)), KeyModifiers::NONE),
                None => {
                    (1, (byte >= 0xa0).then(|| Code::Char(char::from(byte))), KeyModifiers::NONE)
                }
            });
        }
    };
    let plain = matches!(code, Some(Code::Enter | Code::Tab | Code::Backspace));
    let modifiers = if plain { KeyModifiers::NONE } else { KeyModifiers::CONTROL };
    Some((length, code, modifiers))
}

fn shift(byte: u8) -> KeyModifiers {
    if byte.is_ascii_uppercase() { KeyModifiers::SHIFT } else { KeyModifiers::NONE }
}

/// A byte that begins no character of UTF-8, as the older terminals mean it.
fn latin(byte: u8) -> Option<Sent> {
    (byte >= 0xa0).then(|| key(Code::Char(char::from(byte)), KeyModifiers::NONE))
}

/// A control sequence: ESC `[`, parameters, a letter.
fn sequence(bytes: &[u8]) -> Option<(usize, Option<Sent>)> {
    // The console of Linux says F1 to F5 so.
    if bytes.get(2) == Some(&b'[') {
        let letter = *bytes.get(3)?;
        let function = matches!(letter, b'A'..=b'E').then(|| Code::F(1 + letter - b'A'));
        return Some((4, function.map(|code| key(code, KeyModifiers::NONE))));
    }
    let end = 2 + bytes[2..].iter().position(|byte| !matches!(byte, b' '..=b'?'))?;
    let last = bytes[end];
    if !matches!(last, b'@'..=b'~') {
        // Broken off; what broke it is looked at by itself.
        return Some((end, None));
    }
    let parameters = std::str::from_utf8(&bytes[2..end]).unwrap_or_default();
    Some((end + 1, meaning(parameters, last)))
}

fn meaning(parameters: &str, last: u8) -> Option<Sent> {
    if let Some(private) = parameters.strip_prefix('?') {
        let (number, state) = private.strip_suffix('$')?.split_once(';')?;
        let known = matches!(state, "1" | "2" | "3");
        return (last == b'y').then_some(Sent::Report(Report::Mode(number.parse().ok()?, known)));
    }
    let numbers: Vec<&str> = parameters.split(';').collect();
    let number = |at: usize| numbers.get(at)?.split(':').next()?.parse::<u32>().ok();
    if last == b'R' && numbers.len() == 2 {
        let place = |at| u16::try_from(number(at)?).ok();
        return Some(Sent::Report(Report::Cursor(place(0)?, place(1)?)));
    }
    let modifiers = |at: usize| modifiers(number(at).unwrap_or(1));
    let (code, modifiers) = match last {
        b'Z' => (Code::BackTab, KeyModifiers::SHIFT),
        b'~' if number(0) == Some(27) => (character_of(number(2)?)?, modifiers(1)),
        b'~' => (numbered(number(0)?)?, modifiers(1)),
        b'u' => (character_of(number(0)?)?, modifiers(1)),
        letter => (code_of(letter)?, modifiers(1)),
    };
    let released =
        numbers.get(1).and_then(|part| part.split_once(':')).is_some_and(|it| it.1 == "3");
    let kind = if released { KeyEventKind::Release } else { KeyEventKind::Press };
    Some(Sent::Event(RawEvent::Key(KeyEvent::new_with_kind(code, modifiers, kind))))
}

fn modifiers(number: u32) -> KeyModifiers {
    let mask = number.saturating_sub(1);
    let all = [KeyModifiers::SHIFT, KeyModifiers::ALT, KeyModifiers::CONTROL];
    all.into_iter()
        .enumerate()
        .filter(|(bit, _)| mask & (1 << bit) != 0)
        .fold(KeyModifiers::NONE, |so_far, (_, one)| so_far | one)
}

/// The letter at the end of a sequence without a number, or behind ESC O.
fn code_of(letter: u8) -> Option<Code> {
    Some(match letter {
        b'A' => Code::Up,
        b'B' => Code::Down,
        b'C' => Code::Right,
        b'D' => Code::Left,
        b'H' => Code::Home,
        b'F' => Code::End,
        letter @ b'P'..=b'S' => Code::F(1 + letter - b'P'),
        _ => return None,
    })
}

/// The number of a sequence that ends with `~`.
fn numbered(number: u32) -> Option<Code> {
    Some(match number {
        1 | 7 => Code::Home,
        2 => Code::Insert,
        3 => Code::Delete,
        4 | 8 => Code::End,
        5 => Code::PageUp,
        6 => Code::PageDown,
        11..=15 => Code::F(u8::try_from(number - 10).ok()?),
        17..=21 => Code::F(u8::try_from(number - 11).ok()?),
        23 | 24 => Code::F(u8::try_from(number - 12).ok()?),
        _ => return None,
    })
}

/// A key that is told by its character's number.
fn character_of(number: u32) -> Option<Code> {
    Some(match number {
        9 => Code::Tab,
        13 => Code::Enter,
        27 => Code::Esc,
        127 => Code::Backspace,
        // The keys without a character have numbers that are no characters.
        0xe000..=0xf8ff => return None,
        _ => Code::Char(char::from_u32(number)?),
    })
}

fn key(code: Code, modifiers: KeyModifiers) -> Sent {
    Sent::Event(RawEvent::Key(KeyEvent::new(code, modifiers)))
}

#[cfg(test)]
mod tests;
