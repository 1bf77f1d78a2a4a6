//! What is shown in a terminal, and what comes from its keyboard.

use crewmesh::i18n::{folded, on_one_line, printable};
use crewmesh::secret::Secret;
use crewmesh::terminal::keys::{Input, inputs};
use crewmesh::terminal::line::{cut, fold, width, wrap};
use crewmesh::terminal::parser::Sent;
use crewmesh::wizard::event::Event;
use crewmesh::wizard::text_field::TextField;
use crossterm::event::{Event as RawEvent, KeyCode, KeyEvent, KeyModifiers};
use proptest::prelude::*;
use unicode_segmentation::UnicodeSegmentation as _;

use crate::support::cases::{hold, texts};

const WORDS: [&str; 6] = [
    "plain words with a long tail that has to go somewhere",
    "a\u{1b}[31mred\u{1b}[0m \u{9b}1;5Hhome",
    "\u{1b}]8;;https://x\u{1b}\\link\u{1b}]8;;\u{7}",
    "東京 — münchen 👩\u{200d}🚀 ❤\u{fe0f}",
    "\u{202e}gpj.exe\u{202c} נתונים",
    "several\r\nlines\u{2028}of\u{85}text\t!",
];

#[test]
fn what_is_printed_moves_hides_and_turns_nothing() {
    hold(texts(&WORDS), |text| {
        let shown = printable(&text);
        assert!(!shown.chars().any(char::is_control), "{shown:?}");
        assert!(
            !shown.contains(['\u{202e}', '\u{2066}', '\u{200b}', '\u{feff}', '\u{2028}']),
            "{shown:?}"
        );
        assert_eq!(printable(&shown), shown);
        assert!(shown.len() <= text.len());
        // Nothing is made up: what is shown was there, in this order.
        let mut all = text.chars();
        assert!(shown.chars().all(|c| all.any(|given| given == c)), "{text:?} {shown:?}");
        let line = printable(&on_one_line(&text));
        assert_eq!(printable(&on_one_line(&line)), line);
        assert_eq!(folded(&folded(&text)), folded(&text), "{text:?}");
    });
}

#[test]
fn a_line_is_cut_and_broken_within_its_room_and_loses_nothing_but_blanks() {
    hold((texts(&WORDS), 1..60_usize), |(text, room)| {
        let text = printable(&on_one_line(&text));
        assert!(width(&cut(&text, room)) <= room, "{text:?} {room}");
        for lines in [wrap(&text, room), fold(&text, room)] {
            // What is read as one letter is on one line, be there room or not.
            let seen = |line: &str| line.graphemes(true).filter(|one| width(one) > 0).count();
            let fits = |line: &String| width(line) <= room || seen(line) == 1;
            assert!(lines.iter().all(fits), "{lines:?} {room}");
            let bare = |text: &str| text.split_whitespace().collect::<String>();
            assert_eq!(bare(&lines.concat()), bare(&text), "{lines:?} {room}");
        }
    });
}

/// Letters as the terminal tells them, some released, some with a modifier, in one
/// burst.
#[test]
fn no_letter_is_lost_or_doubled_on_its_way_from_the_keyboard() {
    hold((texts(&WORDS), any::<u64>()), |(text, seed)| {
        let mut raw = Vec::new();
        for (at, letter) in text.chars().enumerate() {
            let code = if letter == '\n' { KeyCode::Enter } else { KeyCode::Char(letter) };
            let mut key = KeyEvent::new(code, KeyModifiers::NONE);
            if letter.is_uppercase() {
                key.modifiers = KeyModifiers::SHIFT;
            }
            raw.push(RawEvent::Key(key));
            if seed >> (at % 64) & 1 == 1 {
                key.kind = crossterm::event::KeyEventKind::Release;
                raw.push(RawEvent::Key(key));
            }
        }
        let count = text.chars().filter(|c| *c != '\n').count();
        let all = inputs(raw.into_iter().map(Sent::Event).collect());
        if count >= 4 {
            let [Input::Event(Event::Paste(pasted))] = &all[..] else { panic!("{all:?}") };
            assert_eq!(pasted.expose().chars().filter(|c| *c != '\n').count(), count);
        } else {
            assert_eq!(all.len(), text.chars().count(), "{all:?}");
        }
    });
}

#[test]
fn a_field_takes_a_paste_as_one_line_that_can_be_shown() {
    hold((texts(&WORDS), 0..3_usize), |(text, kind)| {
        let mut field = match kind {
            0 => TextField::new(),
            1 => TextField::masked(),
            _ => TextField::of_words(),
        };
        field.paste(&Secret::new(text.as_str()));
        let kept = field.text().to_owned();
        assert!(!kept.chars().any(char::is_control), "{kept:?}");
        assert!(!format!("{field:?}").contains("hunter2"));
        let mut again = TextField::new();
        again.set(&kept);
        assert_eq!(again.text(), kept);
    });
}
