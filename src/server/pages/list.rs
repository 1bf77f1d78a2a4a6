//! Lists that are longer than a page of them: where one begins, and the links
//! onward and back to the start. A list goes on with the id it stopped at, so
//! that rows which come and go meanwhile neither repeat nor hide others.

use super::browser::Browser;
use crate::server::operations::{Page, Rows};

/// Rows of a list on one page.
const ROWS: u32 = 50;

/// The links at the end of a list.
#[derive(Debug)]
pub(super) struct More {
    /// The page without any of this.
    pub(super) start: String,
    /// Where it goes on; empty at its end.
    pub(super) next: String,
    /// Whether it is somewhere behind its beginning.
    pub(super) past_start: bool,
    /// The id of what the list is called.
    pub(super) title_id: &'static str,
}

/// Which part of the list called `name` in the address is asked for.
pub(super) fn part(browser: &Browser, name: &str) -> Page {
    let after = browser.query_value(name).filter(|after| {
        // An id is of our making; nothing else is asked of the database.
        !after.is_empty() && after.bytes().all(|byte| byte.is_ascii_alphanumeric())
    });
    Page { limit: ROWS, after }
}

impl More {
    /// The links under `rows`, the list called `name` of the page at `start`.
    pub(super) fn of<T>(
        browser: &Browser,
        start: &str,
        name: &str,
        title_id: &'static str,
        rows: &Rows<T>,
    ) -> Self {
        let next = rows.next.as_ref().map(|next| format!("{start}?{name}={next}"));
        Self {
            start: start.to_owned(),
            next: next.unwrap_or_default(),
            past_start: part(browser, name).after.is_some(),
            title_id,
        }
    }

    /// Whether there is anything to show.
    pub(super) fn is_any(&self) -> bool {
        self.past_start || !self.next.is_empty()
    }
}
