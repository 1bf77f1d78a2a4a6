//! A page that asks for one line of words and takes it with Enter. What is
//! typed is the form's, what comes of it the screen's.

use crate::i18n::Words;
use crate::wizard::event::Event;
use crate::wizard::keymap::{ENTER, Keymap, Keys};
use crate::wizard::page::{Block, Tone};
use crate::wizard::text_field::TextField;
use crate::wizard::words::say;

/// One line of words.
#[derive(Clone, Debug, PartialEq)]
pub struct TextForm {
    field: TextField,
    begun: bool,
    longest: usize,
}

impl TextForm {
    /// An empty one; of more than `longest` characters nothing is taken.
    pub fn new(longest: usize) -> Self {
        Self { field: TextField::of_words(), begun: false, longest }
    }

    /// Puts `text` in, the first time.
    pub fn begin(&mut self, text: &str) {
        if !std::mem::replace(&mut self.begun, true) {
            self.field.set(text);
        }
    }

    /// Edits; the text once it is taken, without the blanks around it.
    pub fn on(&mut self, event: Event) -> Option<String> {
        match event {
            Event::Key(key) if keymap().find(key).is_some() => {
                return (!self.is_too_long()).then(|| self.field.trimmed().to_owned());
            }
            Event::Key(key) => {
                self.field.on(key);
            }
            Event::Paste(pasted) => self.field.paste(&pasted),
            Event::Reply(..) | Event::Tick | Event::Leave(_) => {}
        }
        None
    }

    /// The keys that do something.
    pub fn keys() -> Keys {
        keymap().keys()
    }

    /// The field; below it `note`, or `too_long` where it is.
    pub fn block(
        &self,
        label: Words,
        placeholder: Words,
        note: &'static str,
        too_long: &'static str,
    ) -> Block {
        let field = self.field.shown(label, true).placeholder(placeholder);
        Block::Field(if self.is_too_long() {
            field.note(Tone::Bad, say(too_long))
        } else {
            field.note(Tone::Dim, say(note))
        })
    }

    fn is_too_long(&self) -> bool {
        self.field.trimmed().chars().count() > self.longest
    }
}

fn keymap() -> Keymap<()> {
    Keymap::new().key(ENTER, (), "key-continue")
}
