//! What a person keeps in order: access tokens, everything that is signed in,
//! the password. And the plain list of machines.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;

use super::browser::{Browser, Posted};
use super::frame::{Frame, Mood, Verdict, render};
use super::sign_in;
use super::words;
use crate::api::wire::{Machine, PUBLIC_CLIENT_ID};
use crate::i18n::{Message, printable};
use crate::secret::{Secret, TokenKind};
use crate::server::passwords::{self, SHORTEST};
use crate::server::scopes;
use crate::server::state::timestamp;
use crate::server::store::{Account, Credential, CredentialKind, Event, NewCredential, Page};

/// Milliseconds of a day.
const DAY: i64 = 86_400_000;

/// Characters of a token's longest name.
const LONGEST_NAME: usize = 100;

/// Whoever is signed in, or the way to the sign-in and back.
pub(super) fn person(browser: &mut Browser) -> Result<Account, Response> {
    if let Some(account) = browser.account() {
        return Ok(account.clone());
    }
    let here = browser.here.split('?').next().unwrap_or_default().to_owned();
    Err(browser.go(&sign_in::link("/login", &here)))
}

/// A row of a list.
struct Row {
    id: String,
    name: String,
    detail: String,
    last_used_at: Option<jiff::Timestamp>,
    expires_at: Option<jiff::Timestamp>,
    this: bool,
}

impl Row {
    fn of(credential: Credential) -> Self {
        let detail = match credential.kind {
            CredentialKind::Pat | CredentialKind::Service => credential.last_four,
            CredentialKind::Session => {
                let ip = credential.ip.unwrap_or_default();
                let parts = [words::os_name(&credential.os), credential.arch, ip];
                let parts: Vec<_> = parts.into_iter().filter(|part| !part.is_empty()).collect();
                parts.join(" · ")
            }
        };
        Self {
            id: credential.id,
            name: printable(&credential.name),
            detail: printable(&detail),
            last_used_at: credential.last_used_at.map(timestamp),
            expires_at: credential.expires_at.map(timestamp),
            this: false,
        }
    }
}

#[derive(Template)]
#[template(path = "tokens.html")]
struct TokensPage<'a> {
    page: Frame,
    tokens: Vec<Row>,
    name: &'a str,
    fault: String,
}

#[derive(Template)]
#[template(path = "token.html")]
struct TokenPage<'a> {
    page: Frame,
    name: &'a str,
    token: &'a str,
}

#[derive(Template)]
#[template(path = "sessions.html")]
struct SessionsPage {
    page: Frame,
    terminals: Vec<Row>,
    browsers: Vec<Row>,
}

#[derive(Template)]
#[template(path = "password.html")]
struct PasswordPage<'a> {
    page: Frame,
    email: &'a str,
    shortest: usize,
    fault: String,
}

#[derive(Template)]
#[template(path = "machines.html")]
struct MachinesPage {
    page: Frame,
    machines: Vec<Machine>,
    hidden: u64,
}

/// `GET /settings/tokens`.
pub(super) async fn tokens(mut browser: Browser) -> Response {
    match person(&mut browser) {
        Ok(account) => show_tokens(&mut browser, &account, StatusCode::OK, "", None).await,
        Err(response) => response,
    }
}

async fn show_tokens(
    browser: &mut Browser,
    account: &Account,
    status: StatusCode,
    name: &str,
    fault: Option<&'static str>,
) -> Response {
    let (store, now) = (browser.state.store.clone(), browser.state.now());
    let tokens = store.credentials(&account.id, CredentialKind::Pat, &Page::default(), now).await;
    let tokens = match tokens {
        Ok(rows) => rows.data.into_iter().map(Row::of).collect(),
        Err(fault) => return browser.fault(&fault),
    };
    browser.show(|page| {
        let fault = fault.map(|id| page.t(id).to_string()).unwrap_or_default();
        render(status, &TokensPage { page, tokens, name, fault })
    })
}

/// `POST /settings/tokens`: the only time the token is seen.
pub(super) async fn make_token(Posted { mut browser, fields }: Posted) -> Response {
    let account = match person(&mut browser) {
        Ok(account) => account,
        Err(response) => return response,
    };
    let now = browser.state.now();
    let name = printable(fields.get("name")).trim().to_owned();
    let expires_at = match fields.get("expiry") {
        "30" => Some(now + 30 * DAY),
        "90" => Some(now + 90 * DAY),
        "365" => Some(now + 365 * DAY),
        "never" => None,
        _ => return browser.say(&Verdict::stale()),
    };
    if name.is_empty() || name.chars().count() > LONGEST_NAME {
        let (status, fault) = (StatusCode::UNPROCESSABLE_ENTITY, "page-token-name-fault");
        return show_tokens(&mut browser, &account, status, &name, Some(fault)).await;
    }
    let token = Secret::random_token(TokenKind::PersonalAccess);
    let new = NewCredential {
        kind: CredentialKind::Pat,
        account_id: account.id.clone(),
        client_id: PUBLIC_CLIENT_ID.to_owned(),
        name: name.clone(),
        os: String::new(),
        arch: String::new(),
        ip: browser.ip.clone(),
        scopes: scopes::of_account(account.admin),
        expires_at,
        ends_at: None,
    };
    let event = |id: &str| {
        Event::new("auth.cli.pat.created", &account.id, "web", id)
            .from(new.ip.as_deref())
            .with("name", &name)
    };
    if let Err(fault) = browser.state.store.create_credential(&token, &new, event, now).await {
        return browser.fault(&fault);
    }
    browser.show(|mut page| {
        // The same page in another language would be without the token.
        page.other = None;
        render(StatusCode::CREATED, &TokenPage { page, name: &name, token: token.expose() })
    })
}

/// `POST /settings/tokens/ID/revoke`.
pub(super) async fn revoke_token(Path(id): Path<String>, posted: Posted) -> Response {
    revoke(posted.browser, CredentialKind::Pat, &id).await
}

/// `POST /settings/sessions/ID/revoke`.
pub(super) async fn revoke_session(Path(id): Path<String>, posted: Posted) -> Response {
    revoke(posted.browser, CredentialKind::Session, &id).await
}

async fn revoke(mut browser: Browser, kind: CredentialKind, id: &str) -> Response {
    let account = match person(&mut browser) {
        Ok(account) => account,
        Err(response) => return response,
    };
    let (action, back) = match kind {
        CredentialKind::Pat | CredentialKind::Service => {
            ("auth.cli.pat.revoked", "/settings/tokens")
        }
        CredentialKind::Session => ("auth.cli.session.revoked", "/settings/sessions"),
    };
    let event = Event::new(action, &account.id, "web", id).from(browser.ip.as_deref());
    let (store, now) = (&browser.state.store, browser.state.now());
    match store.revoke_credential(&account.id, kind, id, &event, now).await {
        // Not there any more is what was wanted.
        Ok(_) => browser.go(back),
        Err(fault) => browser.fault(&fault),
    }
}

/// `GET /settings/sessions`.
pub(super) async fn sessions(mut browser: Browser) -> Response {
    let account = match person(&mut browser) {
        Ok(account) => account,
        Err(response) => return response,
    };
    let (store, now) = (browser.state.store.clone(), browser.state.now());
    let kind = CredentialKind::Session;
    let terminals = match store.credentials(&account.id, kind, &Page::default(), now).await {
        Ok(rows) => rows.data.into_iter().map(Row::of).collect(),
        Err(fault) => return browser.fault(&fault),
    };
    let browsers = match store.web_sessions(&account.id, now).await {
        Ok(browsers) => browsers,
        Err(fault) => return browser.fault(&fault),
    };
    let this = browser.signed_in.as_ref().map(|(session, _)| session.id.clone());
    browser.show(|page| {
        let unknown = page.t("page-sessions-browser-unknown").to_string();
        let browsers = browsers.into_iter().map(|session| Row {
            name: session
                .user_agent
                .as_deref()
                .and_then(words::browser_name)
                .unwrap_or_else(|| unknown.clone()),
            detail: session.ip.unwrap_or_default(),
            last_used_at: Some(timestamp(session.last_used_at)),
            expires_at: Some(timestamp(session.expires_at)),
            this: this.as_deref() == Some(&session.id),
            id: session.id,
        });
        let browsers = browsers.collect();
        render(StatusCode::OK, &SessionsPage { page, terminals, browsers })
    })
}

/// `POST /settings/sessions/browser/ID/revoke`.
pub(super) async fn revoke_browser(
    Path(id): Path<String>,
    Posted { mut browser, .. }: Posted,
) -> Response {
    let account = match person(&mut browser) {
        Ok(account) => account,
        Err(response) => return response,
    };
    if browser.signed_in.as_ref().is_some_and(|(session, _)| session.id == id) {
        return match browser.sign_out().await {
            Ok(()) => browser.go("/"),
            Err(response) => response,
        };
    }
    match browser.state.store.end_web_session(&account.id, &id).await {
        Ok(()) => browser.go("/settings/sessions"),
        Err(fault) => browser.fault(&fault),
    }
}

/// `GET /settings/password`.
pub(super) async fn password(mut browser: Browser) -> Response {
    match person(&mut browser) {
        Ok(account) => show_password(&mut browser, &account, StatusCode::OK, None),
        Err(response) => response,
    }
}

fn show_password(
    browser: &mut Browser,
    account: &Account,
    status: StatusCode,
    fault: Option<Message>,
) -> Response {
    browser.show(|page| {
        let fault = fault.map(|fault| page.say(&fault)).unwrap_or_default();
        let (email, shortest) = (account.email.as_str(), SHORTEST);
        render(status, &PasswordPage { page, email, shortest, fault })
    })
}

/// `POST /settings/password`: signs everything out, tokens excepted.
pub(super) async fn change_password(Posted { mut browser, mut fields }: Posted) -> Response {
    let account = match person(&mut browser) {
        Ok(account) => account,
        Err(response) => return response,
    };
    let (current, fresh) = (fields.secret("current"), fields.secret("fresh"));
    match browser.state.may_sign_in(&format!("account {}", account.id)).await {
        Ok(Ok(())) => {}
        Ok(Err(wait)) => return browser.say(&Verdict::too_fast(wait)),
        Err(fault) => return browser.fault(&fault),
    }
    let unprocessable = StatusCode::UNPROCESSABLE_ENTITY;
    if let Err(unfit) = passwords::fit(&fresh, &[&account.name, &account.email]) {
        let fault = sign_in::password_fault(unfit);
        return show_password(&mut browser, &account, unprocessable, Some(fault));
    }
    match sign_in::check(&browser.state, &account.email, current).await {
        Ok(Ok(_)) => {}
        Ok(Err(_)) => {
            let fault = Message::new("page-password-wrong");
            return show_password(&mut browser, &account, unprocessable, Some(fault));
        }
        Err(trouble) => return sign_in::stopped(&browser, &trouble),
    }
    let hashed = match passwords::hash(fresh).await {
        Ok(hashed) => hashed,
        Err(trouble) => return sign_in::stopped(&browser, &trouble),
    };
    let event = Event::new("auth.password.changed", &account.id, "web", &account.id)
        .from(browser.ip.as_deref());
    let (store, now) = (&browser.state.store, browser.state.now());
    if let Err(fault) = store.change_password(&account.id, &hashed, &event, now).await {
        return browser.fault(&fault);
    }
    if let Err(response) = browser.sign_out().await {
        return response;
    }
    let (title, text) = ("page-password-done-title", "page-password-done-text");
    let done = Verdict::new(StatusCode::OK, Mood::Good, title, text);
    browser.say(&done.next("/login", "page-login-button"))
}

/// `GET /machines`.
pub(super) async fn machines(mut browser: Browser) -> Response {
    let account = match person(&mut browser) {
        Ok(account) => account,
        Err(response) => return response,
    };
    match browser.state.store.machines(&account.id, None, &Page::default()).await {
        Ok(rows) => browser.show(|page| {
            let hidden = hidden(rows.total, rows.data.len());
            render(StatusCode::OK, &MachinesPage { page, machines: rows.data, hidden })
        }),
        Err(fault) => browser.fault(&fault),
    }
}

/// How many rows of a list are not shown.
pub(super) fn hidden(total: u64, shown: usize) -> u64 {
    total.saturating_sub(u64::try_from(shown).unwrap_or(u64::MAX))
}
