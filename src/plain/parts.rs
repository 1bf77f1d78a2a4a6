//! Parts of a page as text.

use crate::i18n::{Argument, Catalog, Message, Words};
use crate::wizard::page::{Block, Field, Page};

/// The field that is typed into.
pub fn field(page: &Page) -> Option<&Field> {
    page.blocks.iter().find_map(|block| match block {
        Block::Field(field) if field.cursor.is_some() => Some(field),
        _ => None,
    })
}

/// The facts of a page, one a line.
pub fn facts(page: &Page, catalog: &Catalog) -> Vec<String> {
    let of = |block: &Block| match block {
        Block::Facts { facts, .. } => facts
            .iter()
            .map(|(name, fact)| format!("{}: {}", catalog.words(name), catalog.words(fact)))
            .collect(),
        _ => Vec::new(),
    };
    page.blocks.iter().flat_map(of).collect()
}

/// The user code letter by letter, as one would say it.
pub fn spelled(page: &Page, catalog: &Catalog) -> Option<String> {
    page.blocks.iter().find_map(|block| match block {
        Block::Code(code) => {
            let dash = catalog.say(&Message::new("plain-dash"));
            let letters = code.chars().map(|c| if c == '-' { dash.clone() } else { c.to_string() });
            Some(letters.collect::<Vec<_>>().join(" "))
        }
        _ => None,
    })
}

/// An argument that is words.
pub fn in_words(argument: &Argument) -> Option<Words> {
    match argument {
        Argument::Text(text) => Some(Words::Verbatim(text.clone())),
        Argument::Message(message) => Some(Words::Message(message.clone())),
        Argument::Number(_) => None,
    }
}
