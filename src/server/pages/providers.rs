//! What a person connected at AI providers: whose, since when, how often an agent was
//! started with it, an end to it; and one more, by a key, which its provider is asked
//! about first. Signing in with a code is [`super::provider_sign_in`].

use std::fmt::Write as _;

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;

use super::browser::{Browser, Reply};
use super::denied::field_error;
use super::form::CsrfForm;
use super::frame::{Frame, render};
use super::list::{More, part};
use super::session_guard::require_sign_in;
use crate::error::AppError;
use crate::i18n::{Message, Words, printable};
use crate::provider::credential::{self, Credential};
use crate::provider::registry::Registry;
use crate::provider::spec;
use crate::provider::verify::{Judged, Verified, judge, verify};
use crate::secret::Secret;
use crate::server::operations::{Denied, Page, Principal, connections, device_flows, redirects};
use crate::wire::{Connection, Health, NewConnection, Way};

/// Where the list is.
pub(super) const HERE: &str = "/settings/providers";

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
    /// How it is, in words.
    state: String,
    /// The meshes it is shared in.
    shared_in: String,
    last_used_at: Option<jiff::Timestamp>,
}

impl Row {
    fn of(connection: Connection, registry: &Registry, page: &Frame) -> Self {
        let spec = registry.find(&connection.provider);
        let ended_at = spec.as_ref().and_then(|spec| spec.ended_at(&connection));
        let total: u64 = connection.uses.iter().map(|uses| u64::from(*uses)).sum();
        let used = Message::new("page-provider-used")
            .with("count", i64::try_from(total).unwrap_or(i64::MAX));
        Self {
            name: spec::called(&connection),
            ended_at: ended_at.unwrap_or_default().to_owned(),
            used: page.say(&used),
            bars: bars(&connection.uses),
            state: page.say(&Message::new(state(&connection))),
            shared_in: connection.shared_in.join(", "),
            last_used_at: connection.last_used_at,
            id: connection.id,
        }
    }
}

/// How a connection is, as far as is known.
fn state(connection: &Connection) -> &'static str {
    match (connection.health, connection.verified_at) {
        _ if connection.revoked_at.is_some() => "page-provider-revoked",
        (Some(Health::Poor), _) => "page-provider-poor",
        (Some(Health::Down), _) => "page-provider-down",
        (_, Some(_)) => "page-provider-verified",
        (_, None) => "page-provider-unverified",
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

/// A provider at which somebody signs in, and where that begins.
struct Offer {
    title: String,
    action: String,
    /// With a code, and not in this browser.
    is_code: bool,
}

/// Those there are, in this browser first.
fn offers(browser: &Browser) -> Result<Vec<Offer>, Denied> {
    let here = redirects::offers(&browser.state)?.into_iter().map(|name| (name, false));
    let codes = device_flows::offers(&browser.state, &Page::default())?.data.into_iter();
    let all = here.chain(codes.map(|offer| (offer.provider, true)));
    let offer = |(name, is_code): (String, bool)| {
        let way = if is_code { "sign-in" } else { "redirect" };
        let action = format!("{HERE}/{name}/{way}");
        Offer { title: spec::title(&name), action, is_code }
    };
    Ok(all.map(offer).collect())
}

/// A provider in the form.
struct Choice {
    name: &'static str,
    title: String,
    is_chosen: bool,
}

/// What somebody wrote into the form for a key. The key itself does not come back.
#[derive(Default)]
struct KeyForm {
    provider: String,
    label: String,
}

#[derive(Template)]
#[template(path = "providers.html")]
struct ProvidersPage {
    page: Frame,
    connections: Vec<Row>,
    more: More,
    offers: Vec<Offer>,
    choices: Vec<Choice>,
    form: KeyForm,
    /// What is wrong with the form, and where a key is made.
    faults: Vec<String>,
    /// What became of a sign-in.
    trouble: String,
}

/// `GET /settings/providers`.
pub(super) async fn list(mut browser: Browser) -> Reply {
    let by = require_sign_in(&mut browser)?;
    show(&mut browser, &by, StatusCode::OK, (KeyForm::default(), Vec::new()), None).await
}

/// The list, with what is wrong with a form or became of a sign-in.
async fn show(
    browser: &mut Browser,
    by: &Principal,
    status: StatusCode,
    (form, faults): (KeyForm, Vec<Words>),
    trouble: Option<Words>,
) -> Reply {
    let part = part(browser, "after");
    let rows = browser.allowed(connections::list(&browser.state, by, &part).await)?;
    let more = More::of(browser, HERE, "after", "page-providers-title", &rows);
    let offers = browser.allowed(offers(browser))?;
    let choice = |name: &'static str| {
        let spec = spec::find(name).filter(|spec| spec.server.is_none())?;
        Some(Choice { name, title: spec.title, is_chosen: form.provider == name })
    };
    let choices = spec::names().filter_map(choice).collect();
    let registry = browser.state.config.providers.registry().cloned().unwrap_or_default();
    Ok(browser.show(|page| {
        let row = |row| Row::of(row, &registry, &page);
        let connections = rows.data.into_iter().map(row).collect();
        let trouble = trouble.map(|trouble| page.words(&trouble)).unwrap_or_default();
        let faults = faults.iter().map(|fault| page.words(fault)).collect();
        let list =
            ProvidersPage { page, connections, more, offers, choices, form, faults, trouble };
        render(status, &list)
    }))
}

/// The list, with what became of a sign-in that did not begin.
pub(super) async fn not_begun(browser: &mut Browser, by: &Principal, why: Words) -> Reply {
    HERE.clone_into(&mut browser.path_and_query);
    let nothing = (KeyForm::default(), Vec::new());
    show(browser, by, StatusCode::CONFLICT, nothing, Some(why)).await
}

/// `POST /settings/providers`: connects what a key opens.
pub(super) async fn connect(CsrfForm { mut browser, mut fields }: CsrfForm) -> Reply {
    let by = require_sign_in(&mut browser)?;
    let label = printable(fields.get("label")).trim().to_owned();
    let form = KeyForm { provider: fields.get("provider").to_owned(), label };
    let key = fields.secret("key");
    let fault = match keep(&browser, &by, &form, &key).await {
        Ok(()) => return Ok(browser.redirect(HERE)),
        Err(fault) => fault,
    };
    let faults = match fault {
        Fault::Form(error) => [Some(error.message), error.hint].into_iter().flatten().collect(),
        Fault::Denied(Denied::ConnectionsFull) => vec![Message::new("page-providers-full").into()],
        Fault::Denied(denied) => match field_error(&denied) {
            Some(fault) => vec![fault.into()],
            None => return Err(browser.denied(denied)),
        },
    };
    show(&mut browser, &by, StatusCode::UNPROCESSABLE_ENTITY, (form, faults), None).await
}

/// Why a key was not kept.
enum Fault {
    /// What stands in the form is wrong.
    Form(AppError),
    Denied(Denied),
}

async fn keep(
    browser: &Browser,
    by: &Principal,
    form: &KeyForm,
    key: &Secret,
) -> Result<(), Fault> {
    let failed = |error: AppError| Fault::Denied(Denied::Failed(error));
    let providers = &browser.state.config.providers;
    let spec = providers.registry().map_err(failed)?.find(&form.provider);
    let spec = spec.filter(|spec| spec.server.is_none());
    let spec = spec.ok_or(Fault::Denied(Denied::NotFound("provider")))?;
    let credential = credential::read(&form.provider, &spec, key).map_err(Fault::Form)?;
    let verified = match providers.http() {
        Ok(http) => verify(http, &spec, &credential).await,
        Err(error) => Verified::Unreachable(error),
    };
    let Judged { holder, verified, .. } = judge(&spec, verified).map_err(Fault::Form)?;
    let Credential { secret, kind } = credential;
    let new = NewConnection {
        provider: form.provider.clone(),
        label: form.label.clone(),
        holder,
        verified,
        ..NewConnection::new(Way::Token, kind, Some(secret))
    };
    connections::connect(&browser.state, by, new).await.map(drop).map_err(Fault::Denied)
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
