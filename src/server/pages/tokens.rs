//! Access tokens: what there is, a new one, an end to one. A token that is
//! made here is on the one page that answers, and nowhere afterwards.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;

use super::browser::{Browser, Reply};
use super::denied::field_error;
use super::form::{CsrfForm, Fields};
use super::frame::{Frame, render};
use super::list::{self, More};
use super::message_page::MessagePage;
use super::session_guard::require_sign_in;
use crate::i18n::{Message, printable};
use crate::server::clock::timestamp;
use crate::server::domain::scopes;
use crate::server::operations::Credential;
use crate::server::operations::{Denied, Principal, tokens};
use crate::wire::{NewAccessToken, StepUp};

/// Where the list is.
const HERE: &str = "/settings/tokens";

/// A row of the list.
struct Row {
    id: String,
    name: String,
    last_four: String,
    /// What it may do; empty for everything.
    scopes: Vec<String>,
    last_used_at: Option<jiff::Timestamp>,
    expires_at: Option<jiff::Timestamp>,
}

impl Row {
    fn of(token: Credential, all: &str) -> Self {
        let narrow = !all.split(' ').all(|scope| scopes::has(&token.scopes, scope));
        let held = token.scopes.split(' ').filter(|_| narrow);
        Self {
            id: token.id,
            name: printable(&token.name),
            last_four: token.last_four,
            scopes: held.map(str::to_owned).collect(),
            last_used_at: token.last_used_at.map(timestamp),
            expires_at: token.expires_at.map(timestamp),
        }
    }
}

/// What somebody wrote into the form.
struct TokenForm {
    name: String,
    expiry: String,
    scopes: Vec<String>,
}

impl TokenForm {
    /// The form as it is first seen: a year, and everything.
    fn new(all: &str) -> Self {
        let scopes = all.split(' ').map(str::to_owned).collect();
        Self { name: String::new(), expiry: "365".to_owned(), scopes }
    }

    fn of(fields: &Fields, all: &str) -> Self {
        let asked = fields.all("scope").join(" ");
        let scopes = all.split(' ').filter(|scope| scopes::has(&asked, scope));
        Self {
            name: printable(fields.get("name")).trim().to_owned(),
            expiry: fields.get("expiry").to_owned(),
            scopes: scopes.map(str::to_owned).collect(),
        }
    }

    /// What is asked for; `None` where it is no form of ours.
    fn token(&self) -> Option<NewAccessToken> {
        let expires_in_days = match self.expiry.as_str() {
            "never" => None,
            days => Some(days.parse().ok()?),
        };
        let (name, scopes) = (self.name.clone(), Some(self.scopes.clone()));
        Some(NewAccessToken { name, expires_in_days, scopes, step_up: StepUp::default() })
    }
}

#[derive(Template)]
#[template(path = "tokens.html")]
struct TokensPage {
    page: Frame,
    tokens: Vec<Row>,
    more: More,
    /// Every scope there is to give, and whether its box is ticked.
    scopes: Vec<(&'static str, bool)>,
    form: TokenForm,
    fault: String,
}

impl TokensPage {
    fn is_narrow(&self) -> bool {
        self.scopes.iter().any(|(_, ticked)| !ticked)
    }
}

#[derive(Template)]
#[template(path = "token.html")]
struct TokenPage<'a> {
    page: Frame,
    name: &'a str,
    token: &'a str,
    never: bool,
}

/// `GET /settings/tokens`.
pub(super) async fn tokens(mut browser: Browser) -> Reply {
    let by = require_sign_in(&mut browser)?;
    let form = TokenForm::new(&by.scopes());
    show(&mut browser, &by, StatusCode::OK, form, None).await
}

async fn show(
    browser: &mut Browser,
    by: &Principal,
    status: StatusCode,
    form: TokenForm,
    fault: Option<Message>,
) -> Reply {
    let part = list::part(browser, "after");
    let rows = browser.allowed(tokens::list(&browser.state, by, &part).await)?;
    let more = More::of(browser, HERE, "after", "page-tokens-title", &rows);
    let all = by.scopes();
    let tokens = rows.data.into_iter().map(|token| Row::of(token, &all)).collect();
    let scopes = scopes::ALL.into_iter().filter(|scope| scopes::has(&all, scope));
    let ticked = |scope: &'static str| (scope, form.scopes.iter().any(|asked| asked == scope));
    let scopes = scopes.map(ticked).collect();
    Ok(browser.show(|page| {
        let fault = fault.map(|fault| page.say(&fault)).unwrap_or_default();
        render(status, &TokensPage { page, tokens, more, scopes, form, fault })
    }))
}

/// `POST /settings/tokens`: the only time the token is seen.
pub(super) async fn create(CsrfForm { mut browser, fields }: CsrfForm) -> Reply {
    let by = require_sign_in(&mut browser)?;
    let form = TokenForm::of(&fields, &by.scopes());
    let Some(new) = form.token() else { return Ok(browser.message(&MessagePage::stale())) };
    let (created, token) = match tokens::create(&browser.state, &by, &new).await {
        Ok(created) => created,
        Err(denied) => {
            let Some(fault) = field_error(&denied) else { return Err(browser.denied(denied)) };
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            return show(&mut browser, &by, status, form, Some(fault)).await;
        }
    };
    Ok(browser.show(|mut page| {
        // The same page in another language would be without the token.
        page.others.clear();
        let (name, never) = (created.name.as_str(), created.expires_at.is_none());
        render(StatusCode::CREATED, &TokenPage { page, name, token: token.expose(), never })
    }))
}

/// `POST /settings/tokens/ID/revoke`.
pub(super) async fn revoke(
    Path(id): Path<String>,
    CsrfForm { mut browser, .. }: CsrfForm,
) -> Reply {
    let by = require_sign_in(&mut browser)?;
    match tokens::revoke(&browser.state, &by, &id).await {
        // Not there any more is what was wanted.
        Ok(()) | Err(Denied::NotFound(_)) => Ok(browser.redirect(HERE)),
        Err(denied) => Err(browser.denied(denied)),
    }
}
