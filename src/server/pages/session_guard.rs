//! Who comes into the rooms of an account: whoever is signed in; those of the
//! instance, whoever runs it; and for what goes on without the person, only
//! whoever signed in of late.

use axum::response::Response;

use super::browser::Browser;
use super::message_page::MessagePage;
use super::sign_in;
use crate::server::store::Account;

/// Milliseconds after a sign-in that it is recent.
const RECENT: i64 = 30 * 60_000;

/// Whoever is signed in, or the way to the sign-in and back.
pub(super) fn person(browser: &mut Browser) -> Result<Account, Response> {
    if let Some(account) = browser.account() {
        return Ok(account.clone());
    }
    let here = browser.here.split('?').next().unwrap_or_default().to_owned();
    Err(browser.redirect(&sign_in::link("/login", &here)))
}

/// Whoever runs the instance. Nobody else learns that there are such pages.
pub(super) fn runs_it(browser: &mut Browser) -> Result<Account, Response> {
    let account = person(browser)?;
    if account.admin { Ok(account) } else { Err(browser.message(&MessagePage::missing())) }
}

/// Whether this browser was signed in of late.
pub(super) fn is_recent(browser: &Browser) -> bool {
    is_within(browser, RECENT)
}

/// Whether it was within so many milliseconds.
pub(super) fn is_within(browser: &Browser, millis: i64) -> bool {
    let now = browser.state.now();
    browser.signed_in.as_ref().is_some_and(|(session, _)| now - session.created_at < millis)
}
