//! What is said, as this terminal can show it.

use std::borrow::Cow;

use crate::i18n::{Catalog, Message, Words};
use crate::terminal::glyphs::Charset;
use crate::terminal::theme::TerminalStyle;

/// A catalog as this terminal can show what it says.
#[derive(Clone, Copy)]
pub struct Speech<'a> {
    catalog: &'a Catalog,
    charset: Charset,
}

impl<'a> Speech<'a> {
    pub fn new(catalog: &'a Catalog, look: TerminalStyle) -> Self {
        Self { catalog, charset: look.charset }
    }

    /// See [`Catalog::words`].
    pub fn words<'b>(&self, words: &'b Words) -> Cow<'b, str> {
        match self.catalog.words(words) {
            Cow::Borrowed(text) => self.charset.spelled(text),
            Cow::Owned(text) => Cow::Owned(self.charset.spelled(&text).into_owned()),
        }
    }

    /// See [`Catalog::say`].
    pub fn say(&self, message: &Message) -> String {
        self.charset.spelled(&self.catalog.say(message)).into_owned()
    }
}
