//! What a screen shows, as data. Both renderers (full screen and plain lines)
//! and every test read the same [`Page`]; nothing in it knows a size, a
//! colour, a language or a terminal.

use std::time::Duration;

use url::Url;

use crate::i18n::{Message, Words};
use crate::secret::Secret;
use crate::time_point::TimePoint;

/// One screen at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// Said after the product's name in the first row; `None` is the name alone.
    pub title: Option<Words>,
    /// The right end of the first row.
    pub corner: Option<Corner>,
    /// Top to bottom.
    pub blocks: Vec<Block>,
    /// What just came of something beside the way (copied, a browser opened):
    /// said in a row of its own above the footer, so that nothing moves for it.
    pub notice: Option<(Tone, Words)>,
    /// Whether Enter says yes to what the page asks, where that counts only from
    /// somebody who could read all of it; `None` where it asks nothing such.
    pub consent: Option<bool>,
    /// The footer, made from the table the keys are matched with.
    pub hints: Vec<Hint>,
    /// When the page will look different with nothing having happened. Not
    /// part of the look: see [`Page::looks_like`].
    pub wake: Option<TimePoint>,
}

impl Page {
    pub fn new(title: impl Into<Option<Words>>) -> Self {
        Self {
            title: title.into(),
            corner: None,
            blocks: Vec::new(),
            notice: None,
            consent: None,
            hints: Vec::new(),
            wake: None,
        }
    }

    /// The same with one more block.
    #[must_use]
    pub fn block(mut self, block: Block) -> Self {
        self.blocks.push(block);
        self
    }

    /// Whether drawing `other` over `self` would change nothing.
    pub fn looks_like(&self, other: &Self) -> bool {
        self.title == other.title
            && self.corner == other.corner
            && self.blocks == other.blocks
            && self.notice == other.notice
            && self.consent == other.consent
            && self.hints == other.hints
    }

    /// Whether letters typed here are text: then no letter is a shortcut.
    pub fn has_field(&self) -> bool {
        self.blocks.iter().any(|block| matches!(block, Block::Field(_)))
    }
}

/// The right end of the first row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Corner {
    /// Which instance, for example.
    Words(Words),
    /// A countdown, whole seconds. Full screen shows `m:ss` each second; plain
    /// mode, a screen reader and reduced motion speak at 5 min, 1 min, 10 s.
    Remaining(Duration),
}

/// A piece of a page. The order in which they give way in a small window is
/// the renderer's: art, blank lines, dim text, QR, title; never the code, a
/// link, choices, a field, rows, or a text whose tone is not dim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// The product's mark, drawn large where there is room.
    Art,
    /// A paragraph.
    Text { words: Words, tone: Tone },
    /// The user code: the largest thing on the page, alone on its line.
    Code(String),
    /// A link, alone on its line, whole, an OSC 8 hyperlink over all its cells.
    Link {
        /// What is shown: never longer than needed to type it by hand.
        shown: String,
        /// Where it leads, and what `u` copies and `o` opens.
        target: Url,
    },
    /// A QR code, whole or not at all.
    Qr {
        /// The text in it, byte for byte.
        content: String,
        /// Said below it; dim.
        caption: Option<Words>,
        /// Whether the page is nothing but this code.
        alone: bool,
    },
    /// A list with a cursor.
    Choices(Choices),
    /// One line of text being typed.
    Field(Field),
    /// Label, mark, value: what is known and what is missing.
    Rows(Vec<Row>),
    /// A table of two columns: all keys of a page (`?`), an invite's facts.
    Facts {
        /// Each with what is said of it, top to bottom.
        facts: Vec<(Words, Words)>,
        /// Index of the one looked at, where there may be more than fit.
        at: Option<usize>,
    },
    /// A blank line; consecutive blocks of different kinds are set apart by
    /// the renderer already, so this is for inside a kind.
    Gap,
}

impl Block {
    /// Facts that are seen whole.
    pub fn facts(facts: Vec<(Words, Words)>) -> Self {
        Self::Facts { facts, at: None }
    }

    /// A plain paragraph.
    pub fn text(words: impl Into<Words>) -> Self {
        Self::Text { words: words.into(), tone: Tone::Plain }
    }

    /// A paragraph in a tone.
    pub fn toned(tone: Tone, words: impl Into<Words>) -> Self {
        Self::Text { words: words.into(), tone }
    }
}

/// How something is said. The theme turns a tone into colour; the words carry
/// the meaning without it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tone {
    #[default]
    Plain,
    /// Not needed to go on; may give way.
    Dim,
    /// What to look at.
    Strong,
    /// Something worked.
    Good,
    /// Something failed.
    Bad,
    /// Worth knowing before going on.
    Tip,
}

/// A list with a cursor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choices {
    /// Top to bottom.
    pub items: Vec<Choice>,
    /// Index of the chosen one; `None` while the cursor is elsewhere on the
    /// page (in a field, on a row).
    pub cursor: Option<usize>,
    /// Whether the first nine are numbered, and a digit takes one at once. Never
    /// where an answer lets somebody in, and never beside a field.
    pub numbered: bool,
}

/// One line of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    pub label: Words,
    /// What it means; dim, gives way.
    pub detail: Option<Words>,
}

/// A text field as it is seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// What to type, for plain mode and a screen reader.
    pub label: Words,
    /// What stands in it; masked already (`••••…wxyz`) where it is a secret.
    pub shown: Shown,
    /// Cursor, in grapheme clusters from the left of what is shown; `None`
    /// while it is elsewhere on the page.
    pub cursor: Option<usize>,
    /// Said, dim, while it is empty.
    pub placeholder: Option<Words>,
    /// Said below it: a preview, or what is wrong.
    pub note: Option<(Tone, Words)>,
    /// Whether typing here is a secret: plain mode then reads without echo.
    pub masked: bool,
}

/// The text in a field: its own type so that a field's content, which may be
/// half a token, never prints itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shown {
    /// May be read by whoever looks.
    Clear(String),
    /// Dots and the last four characters: `(how many dots, last four)`.
    Masked(usize, Secret),
}

/// One row of a status table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub mark: Mark,
    /// What it is about.
    pub label: Words,
    /// What is known of it.
    pub value: Option<Words>,
    /// Whether the cursor is on it (the launch card's rows can be opened).
    pub chosen: bool,
    /// What its label was before something happened elsewhere: it takes as many
    /// lines as that did, so that nothing below it moves.
    pub instead_of: Option<Words>,
}

impl Row {
    /// A row without a value.
    pub fn new(mark: Mark, label: impl Into<Words>) -> Self {
        Self { mark, label: label.into(), value: None, chosen: false, instead_of: None }
    }

    /// The same with a value.
    #[must_use]
    pub fn value(mut self, value: impl Into<Words>) -> Self {
        self.value = Some(value.into());
        self
    }
}

/// How a row stands; each has a sign of its own, so colour is never needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// `✔`
    Done,
    /// `○`: being done, or next.
    Now,
    /// ` `: not yet.
    Later,
    /// `·`: may be left out.
    Optional,
    /// `✘`
    Failed,
}

/// A key of this page and what it does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    /// As printed: `↑↓`, `c`, `ctrl+c`.
    pub keys: Words,
    pub does: Message,
}
