//! That somebody looks at the page of a code, or at one that leads to it: noted for
//! the terminal that waits.

use super::browser::Browser;
use super::next;
use crate::server::domain::opening::{Opened, opened_on};
use crate::server::operations::openings;
use crate::wire::OpeningStep;

/// Notes that `browser` opened the page of the code `user_code`, and came so far.
pub(super) fn note(browser: &Browser, user_code: &str, step: OpeningStep) {
    if !browser.is_looked_at {
        return;
    }
    let on = opened_on(browser.user_agent.as_deref().unwrap_or_default());
    let opened = Opened { step, on, network: browser.ip.network() };
    let by = browser.account().map(|account| account.id.as_str());
    openings::note(&browser.state, user_code, opened, by, browser.ip);
}

/// The same of a page that leads on to `next`, where that is a code's.
pub(super) fn note_before(browser: &Browser, next: &str) {
    if let Some(code) = next::code_of(next) {
        note(browser, code, OpeningStep::Opened);
    }
}
