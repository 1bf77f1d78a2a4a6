//! What a person connected at AI providers: whose, since when, how often an agent was
//! started with it, and an end to it. Connecting is done at a terminal, which asks the
//! provider whether the key is good.

use std::fmt::Write as _;

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;

use super::browser::{Browser, Reply};
use super::form::CsrfForm;
use super::frame::{Frame, render};
use super::list::{More, part};
use super::session_guard::require_sign_in;
use crate::i18n::Message;
use crate::provider::spec;
use crate::server::operations::{Denied, connections};
use crate::wire::Connection;

/// Where the list is.
const HERE: &str = "/settings/providers";

/// Units of the drawing of each day's uses: how wide a day is, how high the most is.
const DAY: usize = 4;
const HIGHEST: u32 = 16;

/// A row of the list.
struct Row {
    id: String,
    name: String,
    /// The page on which what opens it is ended; empty where that is done, or unknown.
    ended_at: String,
    /// How often in 30 days, in words; and the days as bars, an SVG path.
    used: String,
    bars: String,
    verified_at: Option<jiff::Timestamp>,
    /// Whether the provider lets it in no more.
    is_revoked: bool,
    last_used_at: Option<jiff::Timestamp>,
}

impl Row {
    fn of(connection: Connection, page: &Frame) -> Self {
        let total: u64 = connection.uses.iter().map(|uses| u64::from(*uses)).sum();
        let used = Message::new("page-provider-used")
            .with("count", i64::try_from(total).unwrap_or(i64::MAX));
        Self {
            name: spec::called(&connection),
            ended_at: spec::ended_at(&connection).unwrap_or_default(),
            used: page.say(&used),
            bars: bars(&connection.uses),
            id: connection.id,
            verified_at: connection.verified_at,
            is_revoked: connection.revoked_at.is_some(),
            last_used_at: connection.last_used_at,
        }
    }
}

/// A bar for each day with uses, the highest for the most; nothing where there are none.
fn bars(uses: &[u32]) -> String {
    let most = uses.iter().copied().max().unwrap_or_default();
    let mut path = String::new();
    for (day, uses) in uses.iter().enumerate().filter(|(_, uses)| **uses > 0) {
        // At least a line: a day with one use is not one with none.
        let height = (uses.saturating_mul(HIGHEST) / most).max(1);
        let _ = write!(path, "M{} {HIGHEST}h{}v-{height}h-{1}z", day * DAY, DAY - 1);
    }
    path
}

#[derive(Template)]
#[template(path = "providers.html")]
struct ProvidersPage {
    page: Frame,
    connections: Vec<Row>,
    more: More,
}

/// `GET /settings/providers`.
pub(super) async fn list(mut browser: Browser) -> Reply {
    let by = require_sign_in(&mut browser)?;
    let part = part(&browser, "after");
    let rows = browser.allowed(connections::list(&browser.state, &by, &part).await)?;
    let more = More::of(&browser, HERE, "after", "page-providers-title", &rows);
    Ok(browser.show(|page| {
        let connections = rows.data.into_iter().map(|row| Row::of(row, &page)).collect();
        render(StatusCode::OK, &ProvidersPage { page, connections, more })
    }))
}

/// `POST /settings/providers/ID/disconnect`.
pub(super) async fn disconnect(
    Path(id): Path<String>,
    CsrfForm { mut browser, .. }: CsrfForm,
) -> Reply {
    let by = require_sign_in(&mut browser)?;
    HERE.clone_into(&mut browser.path_and_query);
    // Not there any more is what was wanted.
    match connections::disconnect(&browser.state, &by, &id).await {
        Ok(()) | Err(Denied::NotFound(_)) => Ok(browser.redirect(HERE)),
        Err(denied) => Err(browser.denied(denied)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_as_high_as_its_uses_and_never_invisible() {
        assert_eq!(bars(&[]), "");
        assert_eq!(bars(&[0, 0]), "");
        assert_eq!(bars(&[0, 8, 1, 100]), "M4 16h3v-1h-3zM8 16h3v-1h-3zM12 16h3v-16h-3z");
        assert!(bars(&[u32::MAX]).ends_with('z'));
    }
}
