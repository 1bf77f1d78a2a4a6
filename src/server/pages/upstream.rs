//! Signing in by another site: there, back, and on to where one was going.
//!
//! Both ways are links: a browser that minds `form-action` would stop a form
//! that another site answers. The surprising rule: nobody gets an account for
//! having come in by the sign-in page; whoever is not known here is asked
//! first, because most people who are not known by GitHub have an account that
//! they made in another way.

use axum::extract::{Path, Request};
use axum::http::StatusCode;
use axum::response::Response;

use super::browser::Browser;
use super::message_page::{MessagePage, Tone};
use super::next::{self, link};
use super::register;
use super::upstream_link::href;
use crate::secret::{Secret, random_value};
use crate::server::http::extract::query;
use crate::server::operations::accounts::FIRST_ADMIN;
use crate::server::operations::{
    Attempt, Denied, NewAccount, NewIdentity, Purpose, Taken, login_methods,
};
use crate::server::state::State;
use crate::server::upstreams::{Failure, Flow, Person, Upstream};
use crate::wire::LONGEST_NAME;

/// Seconds that somebody may take there.
const LIFE: i64 = 600;

/// `GET /login/with/UPSTREAM`.
pub(super) async fn start(
    Path(slug): Path<String>,
    mut browser: Browser,
    request: Request,
) -> Response {
    let (parts, _) = request.into_parts();
    let next = query(&parts, "next").unwrap_or_default();
    let next = next::safe(&next).to_owned();
    let mut purpose = Purpose::SignIn;
    if query(&parts, "new").is_some() {
        let first = query(&parts, "first").unwrap_or_default();
        // Told before they go there for nothing.
        purpose = match register::require_sign_up(&mut browser, &next, &first).await {
            Ok(true) => Purpose::FirstAdmin,
            Ok(false) => Purpose::SignUp,
            Err(response) => return response,
        };
    }
    redirect_to_idp(&mut browser, Attempt { upstream: slug, purpose, next }).await
}

/// Sends the browser to the other site.
pub(super) async fn redirect_to_idp(browser: &mut Browser, attempt: Attempt) -> Response {
    let state = browser.state.clone();
    let Some(upstream) = state.config.upstreams.get(&attempt.upstream) else {
        return browser.message(&MessagePage::missing());
    };
    let address = format!("elsewhere {}", browser.ip.counted());
    if let Err(denied) = state.may_ask(&address).await {
        return browser.denied(denied);
    }
    let (secret, bound) = (random_value(), browser.bind_upstream(LIFE));
    let flow = flow(&state, upstream, secret, &bound);
    let url = state.config.upstreams.authorization_url(upstream, &flow, browser.language).await;
    let url = match url {
        Ok(url) => url,
        Err(failure) => return failed(browser, upstream, &attempt, &failure).await,
    };
    match login_methods::begin(&state, &flow.state, &bound, &attempt, LIFE).await {
        Ok(()) => browser.redirect(url.as_str()),
        Err(denied) => browser.denied(denied),
    }
}

fn flow(state: &State, upstream: &Upstream, secret: Secret, bound: &Secret) -> Flow {
    Flow {
        redirect_uri: state.way_back_from(&upstream.slug),
        nonce: state.keys.upstream_binding("nonce", &secret, bound),
        verifier: state.keys.upstream_binding("verifier", &secret, bound),
        state: secret,
    }
}

/// `GET /login/with/UPSTREAM/back`.
pub(super) async fn back(
    Path(slug): Path<String>,
    mut browser: Browser,
    request: Request,
) -> Response {
    let (parts, _) = request.into_parts();
    let param = |name: &str| query(&parts, name);
    let state = browser.state.clone();
    let Some(upstream) = state.config.upstreams.get(&slug) else {
        return browser.message(&MessagePage::missing());
    };
    // What comes back must not stay in the address of the other language.
    browser.path_and_query = link("/login", "");
    let (Some(secret), Some(bound)) = (param("state").map(Secret::new), browser.upstream()) else {
        return browser.message(&nobodys(&browser));
    };
    let attempt = match login_methods::take(&state, &slug, &secret, &bound).await {
        Ok(Taken::Open(attempt)) => attempt,
        Ok(Taken::Late(attempt)) => {
            browser.path_and_query = link("/login", &attempt.next);
            let (title, text) = ("page-up-late-title", "page-up-late-text");
            let late = MessagePage::new(StatusCode::GONE, Tone::Late, title, text);
            return browser.message(&ways_on(&browser.state, late, upstream, &attempt));
        }
        Ok(Taken::Unknown) => return browser.message(&nobodys(&browser)),
        Err(denied) => return browser.denied(denied),
    };
    browser.path_and_query = link("/login", &attempt.next);
    let upstreams = &state.config.upstreams;
    if let Err(failure) = upstreams.check_iss(upstream, param("iss").as_deref()).await {
        return failed(&mut browser, upstream, &attempt, &failure).await;
    }
    let flow = flow(&state, upstream, secret, &bound);
    let authenticated = match (param("error"), param("code").map(Secret::new)) {
        (Some(error), _) if error == "access_denied" => {
            let (title, text) = ("page-up-cancelled-title", "page-up-cancelled-text");
            let message = MessagePage::new(StatusCode::OK, Tone::Plain, title, text)
                .with("upstream", upstream.title.as_str());
            return browser.message(&ways_on(&browser.state, message, upstream, &attempt));
        }
        (Some(error), _) => Err(match error.as_str() {
            "server_error" | "temporarily_unavailable" => Failure::Unreachable(error),
            _ => Failure::Refused(crate::i18n::printable(&error).chars().take(100).collect()),
        }),
        (None, Some(code)) => upstreams.authenticate(upstream, &flow, &code, state.now()).await,
        (None, None) => Err(Failure::Invalid("no code")),
    };
    match authenticated {
        Ok(person) => callback(&mut browser, upstream, &attempt, person).await,
        Err(failure) => failed(&mut browser, upstream, &attempt, &failure).await,
    }
}

/// Somebody whom the other site vouches for.
async fn callback(
    browser: &mut Browser,
    upstream: &Upstream,
    attempt: &Attempt,
    person: Person,
) -> Response {
    let state = browser.state.clone();
    let Person { issuer, subject, name, email, label } = person;
    let identity = NewIdentity { issuer, subject, label };
    if let Purpose::Connect(account_id) = &attempt.purpose {
        return connected(browser, upstream, account_id, &identity).await;
    }
    match login_methods::account(&state, &identity).await {
        Ok(Some(account)) => {
            return match browser.sign_in(&account, Some(&upstream.slug), &attempt.next).await {
                Ok(()) => next::go(browser, &attempt.next),
                Err(response) => response,
            };
        }
        Ok(None) => {}
        Err(denied) => return browser.denied(denied),
    }
    let email = email.unwrap_or_default();
    match login_methods::is_taken(&state, &email).await {
        Ok(false) => {}
        Ok(true) => return browser.message(&email_taken(upstream, attempt, &email)),
        Err(denied) => return browser.denied(denied),
    }
    if attempt.purpose == Purpose::SignIn {
        return unknown_identity(browser, upstream, attempt, &identity.label).await;
    }
    let first = match attempt.purpose {
        Purpose::FirstAdmin => state.keys.form_token(FIRST_ADMIN).expose().to_owned(),
        _ => String::new(),
    };
    // Once more: meanwhile the invite may have been used up.
    let admin = match register::require_sign_up(browser, &attempt.next, &first).await {
        Ok(admin) => admin,
        Err(response) => return response,
    };
    let name = if name.is_empty() { &identity.label } else { &name };
    let name = name.chars().take(LONGEST_NAME).collect();
    let new = NewAccount { name, email: email.clone(), password: None, admin };
    let account = match login_methods::create_account(&state, &new, &identity).await {
        Ok(account) => account,
        Err(Denied::EmailTaken) => return browser.message(&email_taken(upstream, attempt, &email)),
        Err(denied) => return browser.denied(denied),
    };
    match browser.sign_in(&account, Some(&upstream.slug), &attempt.next).await {
        Ok(()) => register::made_for(browser, &attempt.next).await,
        Err(response) => response,
    }
}

/// To be connected with the account that asked for it, and that is still the
/// one that is signed in here.
async fn connected(
    browser: &mut Browser,
    upstream: &Upstream,
    account_id: &str,
    identity: &NewIdentity,
) -> Response {
    let Some(by) = browser.signed_in.clone().filter(|by| by.account.id == account_id) else {
        return browser.message(&nobodys(browser));
    };
    match login_methods::connect(&browser.state, &by, identity).await {
        Ok(()) => browser.redirect("/settings/ways"),
        Err(Denied::NotFound(_)) => {
            let (title, text) = ("page-up-anothers-title", "page-up-anothers-text");
            let message = MessagePage::new(StatusCode::CONFLICT, Tone::Plain, title, text)
                .with("label", identity.label.as_str())
                .with("upstream", upstream.title.as_str());
            browser.message(&message.next("/settings/ways", "page-ways-title"))
        }
        Err(denied) => browser.denied(denied),
    }
}

/// Never begun by this browser, or back before.
fn nobodys(browser: &Browser) -> MessagePage {
    let (title, text) = ("page-up-unknown-title", "page-up-unknown-text");
    let message = MessagePage::new(StatusCode::BAD_REQUEST, Tone::Plain, title, text);
    if browser.account().is_some() {
        message.next("/meshes", "page-see-meshes")
    } else {
        message.next("/login", "page-login-button")
    }
}

/// There is an account with that address: it is entered as before, not by
/// whoever has the address elsewhere.
fn email_taken(upstream: &Upstream, attempt: &Attempt, email: &str) -> MessagePage {
    let (title, text) = ("page-up-taken-title", "page-up-taken-text");
    MessagePage::new(StatusCode::CONFLICT, Tone::Plain, title, text)
        .with("email", email)
        .with("upstream", upstream.title.as_str())
        .next(link("/login", &attempt.next), "page-login-button")
}

/// Nobody here is connected with them yet.
async fn unknown_identity(
    browser: &mut Browser,
    upstream: &Upstream,
    attempt: &Attempt,
    label: &str,
) -> Response {
    let (title, text) = ("page-up-stranger-title", "page-up-stranger-text");
    let message = MessagePage::new(StatusCode::NOT_FOUND, Tone::Plain, title, text)
        .with("label", label)
        .with("upstream", upstream.title.as_str());
    let login = link("/login", &attempt.next);
    let may_register = match next::may_register(browser, &attempt.next).await {
        Ok(may) => may,
        Err(response) => return response,
    };
    let message = if may_register {
        let new = href(&upstream.slug, &[("new", "1"), ("next", &attempt.next)]);
        message.next(new, "page-register-button").other(login, "page-login-link")
    } else {
        message.next(login, "page-login-link")
    };
    browser.message(&message)
}

/// What is said of a way that led nowhere; nothing was changed.
async fn failed(
    browser: &mut Browser,
    upstream: &Upstream,
    attempt: &Attempt,
    failure: &Failure,
) -> Response {
    tracing::warn!(upstream = upstream.slug, %failure, "a sign-in elsewhere led nowhere");
    let (status, tone, title, text) = match failure {
        Failure::Unreachable(_) => {
            let (title, text) = ("page-up-away-title", "page-up-away-text");
            (StatusCode::BAD_GATEWAY, Tone::Late, title, text)
        }
        Failure::Refused(_) => {
            let (title, text) = ("page-up-refused-title", "page-up-refused-text");
            (StatusCode::FORBIDDEN, Tone::Plain, title, text)
        }
        Failure::Invalid(_) | Failure::Algorithm(_) => {
            let (title, text) = ("page-up-unfit-title", "page-up-unfit-text");
            (StatusCode::FORBIDDEN, Tone::Plain, title, text)
        }
        Failure::ClockSkew => {
            let (title, text) = ("page-up-clocks-title", "page-up-clocks-text");
            (StatusCode::FORBIDDEN, Tone::Late, title, text)
        }
    };
    if !matches!(failure, Failure::Unreachable(_)) {
        let ip = browser.ip;
        if let Err(denied) = login_methods::failed(&browser.state, upstream, failure, ip).await {
            return browser.denied(denied);
        }
    }
    let mut message =
        MessagePage::new(status, tone, title, text).with("upstream", upstream.title.as_str());
    if let Failure::Refused(why) = failure {
        message = message.with("why", why.as_str());
    }
    browser.message(&ways_on(&browser.state, message, upstream, attempt))
}

/// `message` with the same way once more, and the other ways.
fn ways_on(
    state: &State,
    message: MessagePage,
    upstream: &Upstream,
    attempt: &Attempt,
) -> MessagePage {
    let first = || state.keys.form_token(FIRST_ADMIN);
    let next = attempt.next.as_str();
    let retry_href = match &attempt.purpose {
        Purpose::Connect(_) => return message.next("/settings/ways", "page-ways-title"),
        // None of these comes back here.
        Purpose::Provider(_) => return message,
        Purpose::SignIn => href(&upstream.slug, &[("next", next)]),
        Purpose::SignUp => href(&upstream.slug, &[("new", "1"), ("next", next)]),
        Purpose::FirstAdmin => {
            // They came by the link of the first administrator.
            href(&upstream.slug, &[("new", "1"), ("next", next), ("first", first().expose())])
        }
    };
    message.next(retry_href, "page-up-again").other(link("/login", next), "page-up-other-ways")
}
