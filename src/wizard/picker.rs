//! A list that narrows while somebody types, the same for meshes and places.
//! The cursor of the list moves with the arrows and Tab while every letter goes
//! into the text, so a picker has no shortcuts.

use crate::i18n::Words;
use crate::secret::Secret;
use crate::wizard::event::{Key, KeyCode};
use crate::wizard::keymap::{ENTER, Keymap, Keys, ListAction};
use crate::wizard::list::{Move, answers, moved};
use crate::wizard::page::{Block, Choice};
use crate::wizard::text_field::TextField;

/// What is typed, and where in the list the cursor stands.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Picker {
    filter: TextField,
    cursor: usize,
    /// The person has done something: nothing moves by itself any more.
    touched: bool,
}

const TAB: &[Key] = &[Key::plain(KeyCode::Tab)];
const BACK_TAB: &[Key] = &[Key::plain(KeyCode::BackTab)];

impl Picker {
    /// What is looked for; blanks around it do not count.
    pub fn query(&self) -> &str {
        self.filter.trimmed()
    }

    /// Where the cursor stands in a list of `count`.
    pub fn cursor(&self, count: usize) -> usize {
        self.cursor.min(count.saturating_sub(1))
    }

    /// Whether the person has moved or typed.
    pub fn is_touched(&self) -> bool {
        self.touched
    }

    /// Puts the cursor on an item, as the screen sees fit.
    pub fn set_cursor(&mut self, item: usize) {
        self.cursor = item;
    }

    /// A key, in a list of `count`: the item that it chose.
    pub fn key(&mut self, key: Key, count: usize) -> Option<usize> {
        match keymap().find(key) {
            Some(ListAction::Choose) => return (count > 0).then(|| self.cursor(count)),
            Some(ListAction::Move(how)) => self.cursor = moved(self.cursor, count, how),
            None => {
                let before = self.query().to_owned();
                if self.filter.on(key) && self.query() != before {
                    self.cursor = 0;
                }
            }
        }
        self.touched = true;
        None
    }

    /// Pasted text is typed text.
    pub fn paste(&mut self, pasted: &Secret) {
        self.filter.paste(pasted);
        self.cursor = 0;
        self.touched = true;
    }

    /// The keys that do something.
    pub fn keys() -> Keys {
        keymap().keys()
    }

    /// The text and the list below it.
    pub fn blocks(
        &self,
        label: impl Into<Words>,
        placeholder: impl Into<Words>,
        items: Vec<Choice>,
    ) -> Vec<Block> {
        let field = self.filter.shown(label, true).placeholder(placeholder);
        vec![Block::Field(field), answers(items, self.cursor)]
    }
}

fn keymap() -> Keymap<ListAction> {
    Keymap::new()
        .list_beside_field(ListAction::Move)
        .quiet(TAB, ListAction::Move(Move::Down), "key-next")
        .quiet(BACK_TAB, ListAction::Move(Move::Up), "key-previous")
        .key(ENTER, ListAction::Choose, "key-continue")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_narrow_and_arrows_move() {
        let mut picker = Picker::default();
        assert_eq!(picker.key(Key::plain(KeyCode::Down), 5), None);
        assert_eq!(picker.key(Key::plain(KeyCode::Tab), 5), None);
        assert_eq!(picker.key(Key::plain(KeyCode::Enter), 5), Some(2));
        assert_eq!(picker.key(Key::char('j'), 5), None);
        assert_eq!((picker.query(), picker.cursor(5)), ("j", 0));
        picker.key(Key::plain(KeyCode::BackTab), 5);
        assert_eq!(picker.key(Key::plain(KeyCode::Enter), 5), Some(4));
        // The list grew shorter meanwhile.
        assert_eq!(picker.key(Key::plain(KeyCode::Enter), 2), Some(1));
        assert_eq!(picker.key(Key::plain(KeyCode::Enter), 0), None);
    }

    #[test]
    fn moving_in_the_text_leaves_the_list_alone() {
        let mut picker = Picker::default();
        picker.paste(&Secret::new("ra"));
        picker.key(Key::plain(KeyCode::Down), 5);
        picker.key(Key::plain(KeyCode::Left), 5);
        assert_eq!(picker.cursor(5), 1);
    }
}
