//! Everybody with an account, for whoever runs the instance.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use super::activity::runs_it;
use super::browser::Browser;
use super::frame::{Frame, render};
use super::list::{self, More};
use crate::api::wire::AccountFacts;

/// Where the list is.
const HERE: &str = "/admin/members";

#[derive(Template)]
#[template(path = "people.html")]
struct PeoplePage {
    page: Frame,
    people: Vec<AccountFacts>,
    more: More,
}

/// `GET /admin/members`.
pub(super) async fn people(mut browser: Browser) -> Response {
    if let Err(response) = runs_it(&mut browser) {
        return response;
    }
    match browser.state.store.accounts(&list::part(&browser, "after")).await {
        Ok(rows) => {
            let more = More::of(&browser, HERE, "after", "page-people-title", &rows);
            browser
                .show(|page| render(StatusCode::OK, &PeoplePage { page, people: rows.data, more }))
        }
        Err(fault) => browser.fault(&fault),
    }
}
