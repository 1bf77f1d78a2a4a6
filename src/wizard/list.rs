//! Moving in a list. One step past an end comes in at the other, a page past an
//! end stops there.

use crate::i18n::Words;
use crate::wizard::page::{Block, Choice, Choices};

/// A way to move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Move {
    Up,
    Down,
    First,
    Last,
    PageUp,
    PageDown,
}

/// How far a page goes.
const PAGE: usize = 8;

/// Where the cursor is after moving in a list of `count`.
pub fn moved(cursor: usize, count: usize, how: Move) -> usize {
    let last = count.saturating_sub(1);
    let cursor = cursor.min(last);
    match how {
        Move::Up if cursor == 0 => last,
        Move::Up => cursor - 1,
        Move::Down if cursor == last => 0,
        Move::Down => cursor + 1,
        Move::First => 0,
        Move::Last => last,
        Move::PageUp => cursor.saturating_sub(PAGE),
        Move::PageDown => (cursor + PAGE).min(last),
    }
}

/// A choice without a second thought.
pub fn choice(label: impl Into<Words>) -> Choice {
    Choice { label: label.into(), detail: None }
}

/// A choice and what it means.
pub fn choice_with(label: impl Into<Words>, detail: impl Into<Words>) -> Choice {
    Choice { label: label.into(), detail: Some(detail.into()) }
}

/// The list as a block, the cursor on one of its items. A digit takes one.
pub fn choices(items: Vec<Choice>, cursor: usize) -> Block {
    let numbered = items.len() > 1;
    list(items, cursor, numbered)
}

/// The answers to a question that no stray key may answer: a digit takes none.
pub fn answers(items: Vec<Choice>, cursor: usize) -> Block {
    list(items, cursor, false)
}

fn list(items: Vec<Choice>, cursor: usize, numbered: bool) -> Block {
    let cursor = Some(cursor.min(items.len().saturating_sub(1)));
    Block::Choices(Choices { items, cursor, numbered })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_wraps_and_a_page_stops() {
        assert_eq!(moved(0, 3, Move::Up), 2);
        assert_eq!(moved(2, 3, Move::Down), 0);
        assert_eq!(moved(1, 20, Move::PageUp), 0);
        assert_eq!(moved(15, 20, Move::PageDown), 19);
        assert_eq!(moved(7, 3, Move::Down), 0);
        assert_eq!(moved(0, 0, Move::Down), 0);
    }
}
