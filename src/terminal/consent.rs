//! Saying yes only to what can be read. A page that asks for consent is seen whole
//! or not at all: in a window that has no room for the question it says so in its
//! place, and Enter, which would say yes, is not among the keys.

use std::borrow::Cow;

use crate::i18n::{Catalog, Message};
use crate::terminal::fit::shows_all;
use crate::terminal::header_footer::is_enter;
use crate::terminal::place::MIN_SIZE;
use crate::terminal::theme::TerminalStyle;
use crate::wizard::page::{Block, Page, Tone};

/// Whether all that `page` asks is seen in a window of this size; one that asks
/// for no consent is seen as far as it goes.
pub fn sees_whole(
    page: &Page,
    catalog: &Catalog,
    look: TerminalStyle,
    columns: usize,
    rows: usize,
) -> bool {
    page.consent.is_none() || whole(page, catalog, look, columns, rows).is_some()
}

/// What is shown of `page`: all that it asks, or that there is no room for that.
pub fn readable<'a>(
    page: &'a Page,
    catalog: &Catalog,
    look: TerminalStyle,
    columns: usize,
    rows: usize,
) -> Cow<'a, Page> {
    if page.consent.is_none() {
        return Cow::Borrowed(page);
    }
    whole(page, catalog, look, columns, rows).unwrap_or_else(|| {
        let has_answers = columns >= MIN_SIZE.0 && rows >= MIN_SIZE.1;
        Cow::Owned(unreadable(page, has_answers))
    })
}

/// A page whose question is seen whole, where need be without what is told beside
/// the way; what went wrong is never kept back.
fn whole<'a>(
    page: &'a Page,
    catalog: &Catalog,
    look: TerminalStyle,
    columns: usize,
    rows: usize,
) -> Option<Cow<'a, Page>> {
    let fits = |page: &Page| shows_all(page, catalog, look, columns, rows);
    if fits(page) {
        return Some(Cow::Borrowed(page));
    }
    let is_told = page.notice.as_ref().is_some_and(|(tone, _)| *tone != Tone::Bad);
    let silent = is_told.then(|| Page { notice: None, ..page.clone() });
    silent.filter(fits).map(Cow::Owned)
}

/// The same page with nothing to read and nothing to say yes to; `has_answers`
/// says whether there is room for the answers, of which No counts.
fn unreadable(page: &Page, has_answers: bool) -> Page {
    let mut page = page.clone();
    page.notice = None;
    page.blocks.retain(|block| {
        has_answers && matches!(block, Block::Code(_) | Block::Choices(_) | Block::Field(_))
    });
    let after_code = usize::from(matches!(page.blocks.first(), Some(Block::Code(_))));
    let words = Message::new("window-too-small-to-ask");
    page.blocks.insert(after_code, Block::toned(Tone::Strong, words));
    if page.consent == Some(true) || !has_answers {
        page.hints.retain(|hint| !is_enter(hint));
    }
    page
}
