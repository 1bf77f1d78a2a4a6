//! Access tokens: what there is, a new one, an end to one. A token that is
//! made here is on the one page that answers, and nowhere afterwards.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;

use super::browser::{Browser, Reply};
use super::form::{CsrfForm, Fields};
use super::frame::{Frame, render};
use super::list::{self, More};
use super::message_page::MessagePage;
use super::session_guard::person;
use crate::i18n::printable;
use crate::secret::{Secret, TokenKind};
use crate::server::scopes;
use crate::server::state::timestamp;
use crate::server::store::{Account, Credential, CredentialKind, Event, NewCredential};
use crate::wire::{PUBLIC_CLIENT_ID, display_name};

/// Milliseconds of a day.
const DAY: i64 = 86_400_000;

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
struct Wanted {
    name: String,
    expiry: String,
    scopes: Vec<String>,
    fault: Option<&'static str>,
}

impl Wanted {
    /// The form as it is first seen: a year, and everything.
    fn new(all: &str) -> Self {
        let scopes = all.split(' ').map(str::to_owned).collect();
        Self { name: String::new(), expiry: "365".to_owned(), scopes, fault: None }
    }

    fn of(fields: &Fields, all: &str) -> Self {
        let asked = fields.all("scope").join(" ");
        let scopes = all.split(' ').filter(|scope| scopes::has(&asked, scope));
        let mut wanted = Self {
            name: printable(fields.get("name")).trim().to_owned(),
            expiry: fields.get("expiry").to_owned(),
            scopes: scopes.map(str::to_owned).collect(),
            fault: None,
        };
        if display_name(&wanted.name).is_none() {
            wanted.fault = Some("page-token-name-fault");
        } else if wanted.scopes.is_empty() {
            wanted.fault = Some("page-token-scope-fault");
        }
        wanted
    }

    /// Days until it ends, nothing for never; a fault where it is no form of
    /// ours.
    fn days(&self) -> Result<Option<i64>, MessagePage> {
        match self.expiry.as_str() {
            "30" => Ok(Some(30)),
            "90" => Ok(Some(90)),
            "365" => Ok(Some(365)),
            "never" => Ok(None),
            _ => Err(MessagePage::stale()),
        }
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
    wanted: Wanted,
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
    let account = person(&mut browser)?;
    let wanted = Wanted::new(&scopes::of_account(account.admin));
    show(&mut browser, &account, StatusCode::OK, wanted).await
}

async fn show(
    browser: &mut Browser,
    account: &Account,
    status: StatusCode,
    wanted: Wanted,
) -> Reply {
    let (store, now) = (browser.state.store.clone(), browser.state.now());
    let part = list::part(browser, "after");
    let rows = browser.db(store.credentials(&account.id, CredentialKind::Pat, &part, now).await)?;
    let more = More::of(browser, HERE, "after", "page-tokens-title", &rows);
    let all = scopes::of_account(account.admin);
    let tokens = rows.data.into_iter().map(|token| Row::of(token, &all)).collect();
    let scopes = scopes::ALL.into_iter().filter(|scope| scopes::has(&all, scope));
    let ticked = |scope: &'static str| (scope, wanted.scopes.iter().any(|asked| asked == scope));
    let scopes = scopes.map(ticked).collect();
    Ok(browser.show(|page| {
        let fault = wanted.fault.map(|id| page.t(id).to_string()).unwrap_or_default();
        render(status, &TokensPage { page, tokens, more, scopes, wanted, fault })
    }))
}

/// `POST /settings/tokens`: the only time the token is seen.
pub(super) async fn make(CsrfForm { mut browser, fields }: CsrfForm) -> Reply {
    let account = person(&mut browser)?;
    let wanted = Wanted::of(&fields, &scopes::of_account(account.admin));
    let days = match wanted.days() {
        Ok(days) => days,
        Err(message) => return Ok(browser.message(&message)),
    };
    if wanted.fault.is_some() {
        return show(&mut browser, &account, StatusCode::UNPROCESSABLE_ENTITY, wanted).await;
    }
    let now = browser.state.now();
    let token = Secret::random_token(TokenKind::PersonalAccess);
    let new = NewCredential {
        kind: CredentialKind::Pat,
        account_id: account.id.clone(),
        client_id: PUBLIC_CLIENT_ID.to_owned(),
        name: wanted.name,
        os: String::new(),
        arch: String::new(),
        ip: browser.ip.clone(),
        scopes: wanted.scopes.join(" "),
        expires_at: days.map(|days| now + days * DAY),
        ends_at: None,
    };
    let event = |id: &str| {
        Event::new("auth.cli.pat.created", &account.id, "web", id)
            .from(new.ip.as_deref())
            .with("name", &new.name)
    };
    browser.db(browser.state.store.create_credential(&token, &new, event, now).await)?;
    Ok(browser.show(|mut page| {
        // The same page in another language would be without the token.
        page.other = None;
        let (name, never) = (new.name.as_str(), days.is_none());
        render(StatusCode::CREATED, &TokenPage { page, name, token: token.expose(), never })
    }))
}

/// `POST /settings/tokens/ID/revoke`.
pub(super) async fn revoke(
    Path(id): Path<String>,
    CsrfForm { mut browser, .. }: CsrfForm,
) -> Reply {
    let account = person(&mut browser)?;
    let event =
        Event::new("auth.cli.pat.revoked", &account.id, "web", &id).from(browser.ip.as_deref());
    let (store, now) = (&browser.state.store, browser.state.now());
    // Not there any more is what was wanted.
    browser
        .db(store.revoke_credential(&account.id, CredentialKind::Pat, &id, &event, now).await)?;
    Ok(browser.redirect(HERE))
}
