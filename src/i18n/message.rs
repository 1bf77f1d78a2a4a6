//! What is said, before it is in any language.

use super::printable::printable;

/// Something to be said: the id of a text and what goes into it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The id in the Fluent files.
    pub id: &'static str,
    /// Its arguments, by name.
    pub arguments: Vec<(&'static str, Argument)>,
}

/// What can go into a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Argument {
    /// A text, put in as it is.
    Text(String),
    /// A number, which may choose a plural.
    Number(i64),
    /// Another message, said in the same language.
    Message(Message),
}

impl Message {
    /// The message with this id.
    pub const fn new(id: &'static str) -> Self {
        Self { id, arguments: Vec::new() }
    }

    /// The same with one more argument.
    #[must_use]
    pub fn with(mut self, name: &'static str, argument: impl Into<Argument>) -> Self {
        self.arguments.push((name, argument.into()));
        self
    }
}

impl From<String> for Argument {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&str> for Argument {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<i64> for Argument {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl From<Message> for Argument {
    fn from(message: Message) -> Self {
        Self::Message(message)
    }
}

impl From<Words> for Argument {
    fn from(words: Words) -> Self {
        match words {
            Words::Message(message) => Self::Message(message),
            Words::Verbatim(text) => Self::Text(text),
        }
    }
}

/// A message of ours, or words that came from outside (a mesh's name, a
/// server's answer) and are shown as they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Words {
    /// Ours, to be translated.
    Message(Message),
    /// Somebody's own words. Never contains control characters: whoever makes
    /// one from outside goes through [`Words::verbatim`].
    Verbatim(String),
}

impl Words {
    /// Words from outside, with every control character taken out, so that a
    /// server cannot write on somebody's terminal.
    pub fn verbatim(text: &str) -> Self {
        Self::Verbatim(printable(text))
    }
}

impl From<Message> for Words {
    fn from(message: Message) -> Self {
        Self::Message(message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_from_outside_cannot_steer_a_terminal() {
        assert_eq!(Words::verbatim("a\u{1b}[2Jb\u{202e}c\n"), Words::Verbatim("abc".into()));
    }
}
