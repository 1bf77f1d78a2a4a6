//! The machines of an account: what they are called, where they stand, and
//! forgetting one. A slug is never changed here: it was frozen when the machine
//! was first named.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;

use super::browser::{Browser, Reply};
use super::form::CsrfForm;
use super::frame::{Frame, render};
use super::list::{More, part};
use super::message_page::MessagePage;
use super::session_guard::require_sign_in;
use crate::i18n::printable;
use crate::machine::location::{self, Zone};
use crate::server::operations::{Denied, Principal, machines};
use crate::wire::{Machine, MachineChange, display_name};

/// Where the list is.
const HERE: &str = "/machines";

#[derive(Template)]
#[template(path = "machines.html")]
struct MachinesPage {
    page: Frame,
    machines: Vec<Machine>,
    more: More,
    zones: &'static [Zone],
    fault: String,
}

/// `GET /machines`.
pub(super) async fn list(mut browser: Browser) -> Reply {
    let by = require_sign_in(&mut browser)?;
    show(&mut browser, &by, StatusCode::OK, None).await
}

async fn show(
    browser: &mut Browser,
    by: &Principal,
    status: StatusCode,
    fault: Option<&'static str>,
) -> Reply {
    let part = part(browser, "after");
    let rows = browser.allowed(machines::list(&browser.state, by, None, &part).await)?;
    let more = More::of(browser, HERE, "after", "page-machines-title", &rows);
    Ok(browser.show(|page| {
        let fault = fault.map(|id| page.t(id).to_string()).unwrap_or_default();
        let (machines, zones) = (rows.data, location::zones());
        render(status, &MachinesPage { page, machines, more, zones, fault })
    }))
}

/// `POST /machines/ID`: another name or place, or forgotten.
pub(super) async fn change(
    Path(id): Path<String>,
    CsrfForm { mut browser, fields }: CsrfForm,
) -> Reply {
    let by = require_sign_in(&mut browser)?;
    // Whatever is wrong is said on the list, which is what has two languages.
    HERE.clone_into(&mut browser.path_and_query);
    let state = browser.state.clone();
    match fields.get("do") {
        "remove" => {
            // Not there any more is what was wanted.
            return match machines::remove(&state, &by, &id).await {
                Ok(()) | Err(Denied::NotFound(_)) => Ok(browser.redirect(HERE)),
                Err(denied) => Err(browser.denied(denied)),
            };
        }
        "save" => {}
        _ => return Ok(browser.message(&MessagePage::stale())),
    }
    let wrong = StatusCode::UNPROCESSABLE_ENTITY;
    let name = printable(fields.get("name")).trim().to_owned();
    if display_name(&name).is_none() {
        return show(&mut browser, &by, wrong, Some("page-mesh-name-fault")).await;
    }
    // Left empty or as it is, it stays where it was: a place counts from the
    // moment it is said.
    let location = match fields.get("location").trim() {
        "" => None,
        same if same == fields.get("was") => None,
        typed => match location::parse(typed) {
            Ok((key, _)) => Some(key),
            Err(_) => {
                return show(&mut browser, &by, wrong, Some("page-machine-place-fault")).await;
            }
        },
    };
    let change = MachineChange { name: Some(name), location };
    browser.allowed(machines::change(&state, &by, &id, change).await)?;
    Ok(browser.redirect(HERE))
}
