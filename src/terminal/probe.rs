//! What this terminal is, asked of itself once: whether it takes UTF-8, how
//! wide it draws what is of no certain width, whether it can hold a frame back
//! until it is whole. Whatever variables say, it is the terminal that shows.
//!
//! Two marks are printed where nothing is seen of them, and after each the
//! cursor is asked for. The first is narrow everywhere and two printable
//! characters to whoever knows no UTF-8; the second is a sign of ours.
//!
//! Others were asked where the cursor is too, and their answers may come late: a
//! program that ran before, say. A terminal answers in order, so it is asked first
//! where it must say what is known; whatever it said before that was to others.

use std::time::{Duration, Instant};

use crate::terminal::glyphs::Charset;
use crate::terminal::parser::Report;

/// C3 A2: printable in every charset that is not UTF-8.
const NARROW: char = 'â';
/// One column, or two where the signs of East Asia are drawn so.
const SIGN: char = '█';

/// Holds a frame back until it is whole.
const SYNCHRONIZED: u16 = 2026;

/// How many columns of a row the marks may take.
pub const COLUMNS: u16 = 6;

/// No longer than this is an answer waited for by whoever would end.
pub const PATIENCE: Duration = Duration::from_millis(100);

/// The questions, in row `row`, from 1. A string that a terminal without UTF-8
/// saw begin in the frame before is ended first.
pub fn questions(row: u16, asks_for_modes: bool) -> String {
    let mode = if asks_for_modes { format!("\x1b[?{SYNCHRONIZED}$p") } else { String::new() };
    let first = format!("\x1b[{row};{COLUMNS}H\x1b[6n");
    let mark = |sign: char| format!("\x1b[{row};1H{sign}\x1b[6n");
    format!("\x1b\\\x1b[8m{first}{mode}{}{}\x1b[0m", mark(NARROW), mark(SIGN))
}

/// To be sent to a terminal that took UTF-8 for something else: characters are
/// protected no longer (SPA), and tab stops are where they were (HTS).
pub const REPAIR: &[u8] = b"\x1b\\\x1b[\"q\x1b[?5W";

/// What the terminal said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// What can be written.
    pub charset: Charset,
    /// Frames can be held back until they are whole.
    pub synchronized: bool,
}

/// Questions that were asked and their answers so far.
#[derive(Debug)]
pub struct Probe {
    asked: Instant,
    row: u16,
    synchronized: bool,
    said: Said,
}

/// What of the answers came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Said {
    Nothing,
    /// Where the cursor was set.
    First,
    /// Where it was behind the narrow mark.
    Narrow(u16),
    All,
}

impl Probe {
    /// Asked now, in this row, from 1.
    pub fn asked(row: u16) -> Self {
        Self { asked: Instant::now(), row, synchronized: false, said: Said::Nothing }
    }

    /// Takes an answer, or leaves one to another question. The last one says
    /// everything.
    pub fn answer(&mut self, report: Report) -> Option<Found> {
        let (row, column) = match report {
            _ if self.said == Said::All => return None,
            Report::Mode(SYNCHRONIZED, has) => {
                self.synchronized = has;
                return None;
            }
            Report::Mode(..) => return None,
            Report::Cursor(row, column) => (row, column),
        };
        if row != self.row {
            return None;
        }
        self.said = match self.said {
            // No mark is so wide: what came before was no answer to this.
            _ if column == COLUMNS => Said::First,
            Said::First => Said::Narrow(column),
            Said::Narrow(narrow) => {
                self.said = Said::All;
                let charset = match (narrow, column) {
                    (2, 2) => Charset::Utf8,
                    (2, _) => Charset::Narrow,
                    _ => Charset::Ascii,
                };
                return Some(Found { charset, synchronized: self.synchronized });
            }
            said => said,
        };
        None
    }

    /// Until when an answer may be on its way; `None` when none is.
    pub fn deadline(&self) -> Option<Instant> {
        (self.said != Said::All).then(|| self.asked + PATIENCE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROW: u16 = 3;
    const FIRST: Report = Report::Cursor(ROW, COLUMNS);

    const fn at(column: u16) -> Report {
        Report::Cursor(ROW, column)
    }

    fn found(reports: &[Report]) -> Option<Found> {
        let mut probe = Probe::asked(ROW);
        reports.iter().filter_map(|report| probe.answer(*report)).last()
    }

    #[test]
    fn what_the_cursor_says_decides() {
        let of = |narrow, sign| found(&[FIRST, at(narrow), at(sign)]).map(|found| found.charset);
        assert_eq!(of(2, 2), Some(Charset::Utf8));
        assert_eq!(of(2, 3), Some(Charset::Narrow), "two columns");
        assert_eq!(of(3, 4), Some(Charset::Ascii), "each byte a character");
        assert_eq!(of(3, 2), Some(Charset::Ascii), "C1 obeyed");
        assert_eq!(found(&[FIRST, at(2)]), None, "half an answer");
    }

    #[test]
    fn what_was_said_to_others_is_no_answer() {
        // By its row: F3 with Shift, and whatever another program asked for.
        let others = [Report::Cursor(1, 2), Report::Cursor(24, 80), Report::Cursor(ROW + 1, 3)];
        for other in others {
            let all = [other, FIRST, other, at(2), other, at(2)];
            assert_eq!(found(&all).map(|found| found.charset), Some(Charset::Utf8), "{other:?}");
        }
        // In the same row too, before the first of ours, and were it the same place.
        for other in [at(1), at(3), at(80), FIRST] {
            let all = [other, other, FIRST, at(2), at(2)];
            assert_eq!(found(&all).map(|found| found.charset), Some(Charset::Utf8), "{other:?}");
        }
        assert_eq!(found(&[at(3), at(4), at(3), at(4)]), None);
    }

    #[test]
    fn the_mode_is_known_by_its_answer_and_by_none() {
        let both = [FIRST, at(2), at(2)];
        let with = [&[Report::Mode(2026, true)], &both[..]].concat();
        assert!(found(&with).is_some_and(|found| found.synchronized));
        assert!(found(&both).is_some_and(|found| !found.synchronized));
        let without = [&[Report::Mode(2026, false)], &both[..]].concat();
        assert!(found(&without).is_some_and(|found| !found.synchronized));
    }

    #[test]
    fn what_comes_after_the_last_answer_is_none() {
        let mut probe = Probe::asked(ROW);
        assert!(probe.deadline().is_some());
        assert_eq!((probe.answer(FIRST), probe.answer(at(2))), (None, None));
        assert!(probe.answer(at(2)).is_some());
        assert_eq!((probe.answer(at(3)), probe.deadline()), (None, None));
    }
}
