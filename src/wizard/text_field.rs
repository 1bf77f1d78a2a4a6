//! One line of text being typed. Counts in what a person sees as characters
//! (grapheme clusters), and keeps no copy behind: each edit makes a new text
//! and wipes the old one, because what is typed may be a token.
//!
//! A paste is text whatever is in it. Line breaks, paste marks and other
//! control characters are taken out, so nothing pasted can submit or steer.

use std::fmt;

use unicode_segmentation::UnicodeSegmentation;
use zeroize::Zeroizing;

use crate::i18n::{Words, on_one_line, printable};
use crate::secret::Secret;
use crate::wizard::event::{Key, KeyCode};
use crate::wizard::page::{Field, Shown, Tone};

/// What is being typed, and where.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct TextField {
    text: Zeroizing<String>,
    /// In grapheme clusters from the left.
    cursor: usize,
    masked: bool,
    /// The lines of a paste are words of one text, not the pieces of one word.
    words: bool,
}

/// A masked text shorter than this shows none of it: four characters of eight
/// are half of it.
const TELLING: usize = 12;

impl TextField {
    /// An empty field that anybody may read.
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty field for a secret.
    pub fn masked() -> Self {
        Self { masked: true, ..Self::default() }
    }

    /// An empty field for words: a name, not a link or a code that was cut into
    /// lines on its way.
    pub fn of_words() -> Self {
        Self { words: true, ..Self::default() }
    }

    /// The field with this in it and the cursor after it.
    #[must_use]
    pub fn with(mut self, text: &str) -> Self {
        self.set(text);
        self
    }

    /// What stands in it.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What stands in it without the blanks around it.
    pub fn trimmed(&self) -> &str {
        self.text.trim()
    }

    /// Whether there is nothing but blanks in it.
    pub fn is_empty(&self) -> bool {
        self.trimmed().is_empty()
    }

    /// Puts `text` in place of what was there.
    pub fn set(&mut self, text: &str) {
        let text = Zeroizing::new(clean(text));
        self.cursor = text.graphemes(true).count();
        self.text = text;
    }

    /// Puts pasted text in at the cursor.
    pub fn paste(&mut self, pasted: &Secret) {
        let line =
            if self.words { on_one_line(pasted.expose()) } else { pasted.expose().to_owned() };
        let line = Zeroizing::new(line);
        let pasted = Zeroizing::new(clean(&line));
        self.insert(&pasted);
    }

    /// Edits, and says whether `key` was one of the field's.
    pub fn on(&mut self, key: Key) -> bool {
        let length = self.length();
        match (key.code, key.ctrl, key.alt) {
            (KeyCode::Char(c), false, false) => self.insert(&clean(c.encode_utf8(&mut [0; 4]))),
            (KeyCode::Left, ..) => self.cursor = self.cursor.saturating_sub(1),
            (KeyCode::Right, ..) => self.cursor = (self.cursor + 1).min(length),
            (KeyCode::Home, ..) | (KeyCode::Char('a'), true, false) => self.cursor = 0,
            (KeyCode::End, ..) | (KeyCode::Char('e'), true, false) => self.cursor = length,
            (KeyCode::Backspace, ..) | (KeyCode::Char('h'), true, false) => {
                self.remove(self.cursor.saturating_sub(1), self.cursor);
            }
            (KeyCode::Delete, ..) => self.remove(self.cursor, (self.cursor + 1).min(length)),
            (KeyCode::Char('u'), true, false) => self.remove(0, self.cursor),
            (KeyCode::Char('k'), true, false) => self.remove(self.cursor, length),
            (KeyCode::Char('w'), true, false) => self.remove(self.word_start(), self.cursor),
            _ => return false,
        }
        true
    }

    /// How it is seen. `focused` is whether keys go here.
    pub fn shown(&self, label: impl Into<Words>, focused: bool) -> Field {
        let length = self.length();
        let shown = if self.masked {
            let telling = if length < TELLING { 0 } else { 4 };
            let at = self.byte(length - telling);
            Shown::Masked(length - telling, Secret::new(&self.text[at..]))
        } else {
            Shown::Clear(self.text.to_string())
        };
        Field {
            label: label.into(),
            shown,
            cursor: focused.then_some(self.cursor),
            placeholder: None,
            note: None,
            masked: self.masked,
        }
    }

    fn length(&self) -> usize {
        self.text.graphemes(true).count()
    }

    /// Where the grapheme cluster `index` begins.
    fn byte(&self, index: usize) -> usize {
        self.text.grapheme_indices(true).nth(index).map_or(self.text.len(), |(at, _)| at)
    }

    fn insert(&mut self, new: &str) {
        let at = self.byte(self.cursor);
        self.splice(at, at, new);
        // A combining mark joins the cluster before it: count, do not add.
        self.cursor = self.text[..at + new.len()].graphemes(true).count();
    }

    fn remove(&mut self, from: usize, to: usize) {
        let (start, end) = (self.byte(from), self.byte(to));
        self.splice(start, end, "");
        self.cursor = from;
    }

    /// A new text, made at its full size at once: a String that grows leaves
    /// its old bytes behind.
    fn splice(&mut self, start: usize, end: usize, new: &str) {
        let mut text = String::with_capacity(self.text.len() + new.len());
        text.push_str(&self.text[..start]);
        text.push_str(new);
        text.push_str(&self.text[end..]);
        self.text = Zeroizing::new(text);
    }

    /// The beginning of the word before the cursor.
    fn word_start(&self) -> usize {
        let before: Vec<&str> = self.text.graphemes(true).take(self.cursor).collect();
        let blank = |cluster: &&str| cluster.trim().is_empty();
        let end = before.iter().rposition(|cluster| !blank(cluster)).map_or(0, |last| last + 1);
        before[..end].iter().rposition(blank).map_or(0, |space| space + 1)
    }
}

impl Field {
    /// The field and what is said while it is empty.
    #[must_use]
    pub fn placeholder(mut self, words: impl Into<Words>) -> Self {
        self.placeholder = Some(words.into());
        self
    }

    /// The field and what is said below it.
    #[must_use]
    pub fn note(mut self, tone: Tone, words: impl Into<Words>) -> Self {
        self.note = Some((tone, words.into()));
        self
    }
}

impl fmt::Debug for TextField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TextField").field("cursor", &self.cursor).finish_non_exhaustive()
    }
}

/// What is left of a text for one line: tabs are blanks, a paste mark goes as
/// a whole, other control characters go.
fn clean(text: &str) -> String {
    let unmarked = Zeroizing::new(text.replace("\u{1b}[200~", "").replace("\u{1b}[201~", ""));
    let blanked = Zeroizing::new(unmarked.replace('\t', " "));
    printable(&blanked)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lines_are_words_of_a_name_and_pieces_of_a_code() {
        let pasted = Secret::new("Night\r\nshift\n");
        let mut name = TextField::of_words();
        name.paste(&pasted);
        assert_eq!(name.text(), "Night shift");
        let mut code = TextField::new();
        code.paste(&pasted);
        assert_eq!(code.text(), "Nightshift");
    }

    fn press(field: &mut TextField, keys: &[Key]) {
        for key in keys {
            assert!(field.on(*key), "{key:?}");
        }
    }

    #[test]
    fn it_is_edited_where_the_cursor_is() {
        let mut field = TextField::new().with("radiologie");
        press(&mut field, &[Key::plain(KeyCode::Backspace), Key::plain(KeyCode::Backspace)]);
        press(&mut field, &[Key::char('y'), Key::ctrl('a'), Key::char('x')]);
        press(&mut field, &[Key::plain(KeyCode::Left), Key::plain(KeyCode::Delete)]);
        assert_eq!(field.text(), "radiology");
        press(&mut field, &[Key::ctrl('e'), Key::char(' '), Key::char('3'), Key::ctrl('w')]);
        assert_eq!(field.text(), "radiology ");
        press(&mut field, &[Key::ctrl('w')]);
        assert_eq!(field.text(), "");
    }

    #[test]
    fn a_person_s_characters_are_one_step_each() {
        let mut field = TextField::new().with("añ👩‍⚕️e\u{301}");
        press(&mut field, &[Key::plain(KeyCode::Backspace)]);
        assert_eq!(field.text(), "añ👩‍⚕️");
        press(&mut field, &[Key::plain(KeyCode::Left), Key::plain(KeyCode::Backspace)]);
        assert_eq!(field.text(), "a👩‍⚕️");
    }

    #[test]
    fn a_paste_is_only_text() {
        let mut field = TextField::masked();
        field.paste(&Secret::new("\u{1b}[200~cm_pat_ab\r\ncd\u{7}\u{1b}[201~\n"));
        assert_eq!(field.text(), "cm_pat_abcd");
        field.paste(&Secret::new("x".repeat(5_000)));
        assert_eq!(field.text().len(), 5_011);
    }

    #[test]
    fn a_secret_shows_its_end_only() {
        let field = TextField::masked().with("cm_pat_abcdefgh");
        let shown = field.shown(Words::Verbatim("t".into()), true);
        assert_eq!(shown.shown, Shown::Masked(11, Secret::new("efgh")));
        assert_eq!(shown.cursor, Some(15));
        let short = TextField::masked().with("cm_pat_abc");
        let shown = short.shown(Words::Verbatim("t".into()), false);
        assert_eq!(shown.shown, Shown::Masked(10, Secret::new("")));
        assert!(!format!("{field:?}").contains("pat"), "{field:?}");
    }

    #[test]
    fn keys_that_are_not_the_field_s_are_left_alone() {
        let mut field = TextField::new();
        for key in [Key::plain(KeyCode::Enter), Key::plain(KeyCode::Tab), Key::ctrl('c')] {
            assert!(!field.on(key));
        }
    }

    proptest! {
        #[test]
        fn the_cursor_stays_inside(edits in prop::collection::vec((0_usize..9, any::<char>()), 0..60)) {
            let mut field = TextField::new();
            for (kind, c) in edits {
                let key = match kind {
                    0..4 => Key::char(c),
                    4 => Key::plain(KeyCode::Left),
                    5 => Key::plain(KeyCode::Backspace),
                    6 => Key::plain(KeyCode::Delete),
                    7 => Key::ctrl('w'),
                    _ => Key::plain(KeyCode::Right),
                };
                field.on(key);
                prop_assert!(field.cursor <= field.length());
            }
        }
    }
}
