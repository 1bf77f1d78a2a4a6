//! Signing in by e-mail and password, making an account, signing out; and the
//! way back to whatever was asked for first.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use url::form_urlencoded;

use super::browser::{Browser, Posted};
use super::frame::{Frame, Mood, Verdict, render};
use super::{card, consent, upstream};
use crate::i18n::{Message, printable};
use crate::secret::Secret;
use crate::server::caller;
use crate::server::config::SignUp;
use crate::server::invites;
use crate::server::metrics::Counted;
use crate::server::passwords::{self, LONGEST, SHORTEST, Unfit};
use crate::server::store::{Account, Event, NewAccount};
use crate::server::{FIRST_ADMIN, state::State};
use crate::trouble::Trouble;

/// Characters of the longest name and address.
pub(super) const LONGEST_NAME: usize = 100;
const LONGEST_EMAIL: usize = 254;

/// Where one goes after signing in with nothing else in mind.
const AFTER: &str = "/meshes";

#[derive(Template)]
#[template(path = "login.html")]
struct LoginPage<'a> {
    page: Frame,
    purpose: String,
    next: &'a str,
    email: &'a str,
    fault: String,
    register: String,
    elsewhere: Vec<upstream::Button>,
    forgot: bool,
    csrf: &'a str,
}

#[derive(Template)]
#[template(path = "register.html")]
struct RegisterPage<'a> {
    page: Frame,
    purpose: String,
    next: &'a str,
    first: &'a str,
    name: &'a str,
    email: &'a str,
    fault: String,
    login: String,
    elsewhere: Vec<upstream::Button>,
    shortest: usize,
    csrf: &'a str,
}

/// A link to `page` that comes back to `next`.
pub(super) fn link(page: &str, next: &str) -> String {
    if next.is_empty() {
        return page.to_owned();
    }
    let query = form_urlencoded::Serializer::new(String::new()).append_pair("next", next).finish();
    format!("{page}?{query}")
}

/// The way back that `next` names. Where the forms on that way may lead is
/// told to the browser.
async fn way_back(browser: &mut Browser, next: &str) -> String {
    let next = stays(next);
    consent::may_lead_to(browser, next).await;
    next.to_owned()
}

/// A way back that stays on this instance; nothing for any other.
pub(super) fn stays(next: &str) -> &str {
    if let Some(query) = consent::query_of(next) {
        // The whole request of a program, as it came.
        let plain = |byte: u8| byte.is_ascii_graphic() && !b"\"#<>\\".contains(&byte);
        return if query.bytes().all(plain) { next } else { "" };
    }
    let known = ["/D/", "/i/", "/settings/", "/meshes", "/machines", "/audit", "/admin/"];
    let plain = next.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/-".contains(&byte));
    if plain && !next.contains("//") && known.iter().any(|start| next.starts_with(start)) {
        next
    } else {
        ""
    }
}

/// What the sign-in is for.
fn purpose(page: &Frame, next: &str) -> String {
    if let Some(code) = next.strip_prefix("/D/").and_then(card::read) {
        return page.t("page-login-purpose-code").text("code", card::shown(&code)).to_string();
    }
    if next.starts_with("/i/") {
        return page.t("page-login-purpose-invite").to_string();
    }
    if consent::query_of(next).is_some() {
        return page.t("page-login-purpose-consent").to_string();
    }
    String::new()
}

/// Whether somebody on the way to `next` may make an account.
pub(super) fn may_register(state: &State, next: &str) -> bool {
    match state.config.sign_up {
        SignUp::Open => true,
        SignUp::Invite => next.starts_with("/i/"),
        SignUp::Closed => false,
    }
}

/// `GET /login`.
pub(super) async fn login(mut browser: Browser, request: axum::extract::Request) -> Response {
    let (parts, _) = request.into_parts();
    let next = caller::query(&parts, "next").unwrap_or_default();
    let next = way_back(&mut browser, &next).await;
    if browser.signed_in.is_some() {
        return browser.go(if next.is_empty() { AFTER } else { &next });
    }
    show_login(&mut browser, StatusCode::OK, &next, "", None)
}

fn show_login(
    browser: &mut Browser,
    status: StatusCode,
    next: &str,
    email: &str,
    fault: Option<&'static str>,
) -> Response {
    browser.here = link("/login", next);
    let register = may_register(&browser.state, next).then(|| link("/register", next));
    let csrf = browser.form_token();
    let forgot = browser.state.mailer.is_some();
    let elsewhere = upstream::buttons(&browser.state, &[("next", next)]);
    browser.show(|page| {
        let fault = fault.map(|id| page.t(id).to_string()).unwrap_or_default();
        let (purpose, register) = (purpose(&page, next), register.unwrap_or_default());
        let page = LoginPage {
            page,
            purpose,
            next,
            email,
            fault,
            register,
            elsewhere,
            forgot,
            csrf: &csrf,
        };
        render(status, &page)
    })
}

/// `POST /login`.
pub(super) async fn sign_in(Posted { mut browser, mut fields }: Posted) -> Response {
    let password = fields.secret("password");
    let next = way_back(&mut browser, fields.get("next")).await;
    let email = printable(fields.get("email")).trim().to_owned();
    let address = browser.ip.clone().unwrap_or_default();
    let subjects = [format!("account {}", email.to_lowercase()), format!("address {address}")];
    for subject in subjects {
        let passed = match browser.state.may_sign_in(&subject).await {
            Ok(passed) => passed,
            Err(fault) => return browser.fault(&fault),
        };
        if let Err(wait) = passed {
            let status = StatusCode::TOO_MANY_REQUESTS;
            let fault = Some("page-login-slow");
            let mut response = show_login(&mut browser, status, &next, &email, fault);
            let wait = crate::server::limits::seconds(wait);
            response.headers_mut().insert(axum::http::header::RETRY_AFTER, wait.into());
            return response;
        }
    }
    match check(&browser.state, &email, password).await {
        Ok(Ok(account)) => match browser.sign_in(&account).await {
            Ok(()) => browser.go(if next.is_empty() { AFTER } else { &next }),
            Err(response) => response,
        },
        Ok(Err(Wrong(whose))) => {
            browser.state.counters.count(Counted::SignInFailed);
            // Never what was typed: a password lands in that field easily.
            let whose = whose.unwrap_or_default();
            let event =
                Event::new("auth.web.failed", "", "web", &whose).from(browser.ip.as_deref());
            if let Err(fault) = browser.state.store.audit(&event, browser.state.now()).await {
                return browser.fault(&fault);
            }
            let status = StatusCode::UNAUTHORIZED;
            show_login(&mut browser, status, &next, &email, Some("page-login-fault"))
        }
        Err(trouble) => stopped(&browser, &trouble),
    }
}

/// E-mail and password do not belong together. Whose account it would have
/// been, where there is one.
pub(super) struct Wrong(Option<String>);

/// The account that `email` and `password` open. Takes as long for an e-mail
/// that nobody has.
pub(super) async fn check(
    state: &State,
    email: &str,
    password: Secret,
) -> Result<Result<Account, Wrong>, Trouble> {
    let account = state.store.account_by_email(email).await?;
    let kept = account.as_ref().and_then(|account| account.password.clone());
    // Nobody has one that long: no work, and no way to tell who has an account.
    let possible = password.expose().chars().count() <= LONGEST;
    Ok(match account {
        _ if !possible => Err(Wrong(account.map(|account| account.id))),
        account if !passwords::verify(password, kept).await? => {
            Err(Wrong(account.map(|account| account.id)))
        }
        Some(account) => Ok(account),
        None => Err(Wrong(None)),
    })
}

/// What a trouble below is told as.
pub(super) fn stopped(browser: &Browser, trouble: &Trouble) -> Response {
    match trouble.retry_after {
        Some(wait) => browser.refuse(&Verdict::busy(wait)),
        None => browser.fault(&trouble.code),
    }
}

/// `POST /logout`.
pub(super) async fn sign_out(Posted { mut browser, fields }: Posted) -> Response {
    let next = way_back(&mut browser, fields.get("next")).await;
    if let Err(response) = browser.sign_out().await {
        return response;
    }
    let to = if next.is_empty() { "/".to_owned() } else { link("/login", &next) };
    browser.go(&to)
}

/// `GET /register`.
pub(super) async fn register(mut browser: Browser, request: axum::extract::Request) -> Response {
    let (parts, _) = request.into_parts();
    let next = caller::query(&parts, "next").unwrap_or_default();
    let next = way_back(&mut browser, &next).await;
    let first = caller::query(&parts, "first").unwrap_or_default();
    if browser.signed_in.is_some() {
        return browser.go(if next.is_empty() { AFTER } else { &next });
    }
    let admin = match door(&mut browser, &next, &first).await {
        Ok(admin) => admin,
        Err(response) => return response,
    };
    let mut asked = Asked { next, first, ..Asked::default() };
    if admin {
        match browser.state.store.owner_without_a_way_in().await {
            Ok(Some(owner)) => (asked.owner, asked.name) = (true, owner.name),
            Ok(None) => {}
            Err(fault) => return browser.fault(&fault),
        }
    }
    show_register(&mut browser, StatusCode::OK, &asked, None)
}

/// What somebody wrote into the form.
#[derive(Default)]
struct Asked {
    next: String,
    first: String,
    /// Whether it is the account of whoever had the instance to themselves.
    owner: bool,
    name: String,
    email: String,
}

fn show_register(
    browser: &mut Browser,
    status: StatusCode,
    asked: &Asked,
    fault: Option<Message>,
) -> Response {
    browser.here = link("/register", &asked.next);
    let csrf = browser.form_token();
    let with = [("new", "1"), ("next", asked.next.as_str()), ("first", asked.first.as_str())];
    let elsewhere = upstream::buttons(&browser.state, &with);
    browser.show(|mut page| {
        let fault = fault.map(|fault| page.say(&fault)).unwrap_or_default();
        let purpose = if asked.owner {
            page.t("page-register-owner").to_string()
        } else {
            purpose(&page, &asked.next)
        };
        if !asked.first.is_empty() {
            // The link would lose what lets the first one in.
            page.other = None;
        }
        let page = RegisterPage {
            page,
            purpose,
            next: &asked.next,
            first: &asked.first,
            name: &asked.name,
            email: &asked.email,
            fault,
            login: link("/login", &asked.next),
            elsewhere,
            shortest: SHORTEST,
            csrf: &csrf,
        };
        render(status, &page)
    })
}

/// Whether accounts are made here: by anybody, by whoever holds an invite, by
/// the first administrator with the link that `serve` printed, or not at all.
///
/// Says whether it is the first administrator who stands there: only the link
/// makes one, never the mere claim.
pub(super) async fn door(browser: &mut Browser, next: &str, first: &str) -> Result<bool, Response> {
    if !first.is_empty() {
        let expected = browser.state.keys.form_token(FIRST_ADMIN);
        let taken = browser.state.store.has_admin().await;
        let taken = taken.map_err(|fault| browser.fault(&fault))?;
        if expected == Secret::new(first) && !taken {
            return Ok(true);
        }
    }
    let closed = |title, text| Verdict::new(StatusCode::FORBIDDEN, Mood::Plain, title, text);
    match browser.state.config.sign_up {
        SignUp::Open => Ok(false),
        SignUp::Closed => {
            let verdict = closed("page-register-shut-title", "page-register-shut-text");
            Err(browser.say(&verdict.next(link("/login", next), "page-login-link")))
        }
        SignUp::Invite => {
            let code = next.strip_prefix("/i/").map(invites::plain);
            if let Some(code) = code {
                let preview = browser.state.store.preview_invite(&code, browser.state.now()).await;
                match preview {
                    Ok(Ok(_)) => return Ok(false),
                    Ok(Err(why)) => return Err(browser.say(&super::invite::closed(why))),
                    Err(fault) => return Err(browser.fault(&fault)),
                }
            }
            let verdict = closed("page-register-closed-title", "page-register-closed-text");
            Err(browser.say(&verdict.next(link("/login", next), "page-login-link")))
        }
    }
}

/// `POST /register`.
pub(super) async fn sign_up(Posted { mut browser, mut fields }: Posted) -> Response {
    let password = fields.secret("password");
    let asked = Asked {
        next: way_back(&mut browser, fields.get("next")).await,
        first: fields.get("first").to_owned(),
        owner: false,
        name: printable(fields.get("name")).trim().to_owned(),
        email: printable(fields.get("email")).trim().to_owned(),
    };
    let address = format!("new {}", browser.ip.as_deref().unwrap_or_default());
    let passed = match browser.state.may_sign_in(&address).await {
        Ok(passed) => passed,
        Err(fault) => return browser.fault(&fault),
    };
    if let Err(wait) = passed {
        let (title, text) = ("page-slow-title", "page-register-slow");
        let status = StatusCode::TOO_MANY_REQUESTS;
        return browser.say(&Verdict::new(status, Mood::Late, title, text).wait(wait));
    }
    let admin = match door(&mut browser, &asked.next, &asked.first).await {
        Ok(admin) => admin,
        Err(response) => return response,
    };
    if let Some(fault) = unfit(&asked, &password) {
        return show_register(&mut browser, StatusCode::UNPROCESSABLE_ENTITY, &asked, Some(fault));
    }
    let hashed = match passwords::hash(password).await {
        Ok(hashed) => hashed,
        Err(trouble) => return stopped(&browser, &trouble),
    };
    let (name, email) = (asked.name.clone(), asked.email.clone());
    let new = NewAccount { name, email, password: Some(hashed), admin };
    let (store, now) = (&browser.state.store, browser.state.now());
    let made = if admin {
        store.create_first_admin(&new, now).await
    } else {
        store.create_account(&new, now).await
    };
    let account = match made {
        Ok(Some(account)) => account,
        Ok(None) => {
            let fault = Message::new("page-register-taken");
            return show_register(&mut browser, StatusCode::CONFLICT, &asked, Some(fault));
        }
        Err(fault) => return browser.fault(&fault),
    };
    if let Err(response) = browser.sign_in(&account).await {
        return response;
    }
    made_for(&mut browser, &account, &asked.next).await
}

/// On to `next`, with an account that was made on the way there.
pub(super) async fn made_for(browser: &mut Browser, account: &Account, next: &str) -> Response {
    // An invite that let somebody make an account is used by that, so that it
    // makes no more accounts than it lets people in.
    if let Some(code) = next.strip_prefix("/i/") {
        return super::invite::join(browser, code, account).await;
    }
    back(browser, next)
}

/// On to `next`, or to where one goes with nothing else in mind.
pub(super) fn back(browser: &mut Browser, next: &str) -> Response {
    browser.go(if next.is_empty() { AFTER } else { next })
}

fn unfit(asked: &Asked, password: &Secret) -> Option<Message> {
    if asked.name.is_empty() || asked.name.chars().count() > LONGEST_NAME {
        return Some(Message::new("page-name-fault"));
    }
    if !is_email(&asked.email) {
        return Some(Message::new("page-email-fault"));
    }
    passwords::fit(password, &[&asked.name, &asked.email]).err().map(password_fault)
}

/// What is said of a password that cannot be taken.
pub(super) fn password_fault(unfit: Unfit) -> Message {
    match unfit {
        Unfit::Short => Message::new("page-password-short").with("shortest", shortest()),
        Unfit::Long => Message::new("page-password-long"),
        Unfit::Guessable => Message::new("page-password-simple"),
    }
}

fn shortest() -> i64 {
    i64::try_from(SHORTEST).unwrap_or(i64::MAX)
}

/// Something before one `@`, something behind it, no space: only a letter to
/// it would show more.
pub(super) fn is_email(text: &str) -> bool {
    text.len() <= LONGEST_EMAIL
        && !text.contains(char::is_whitespace)
        && text
            .split_once('@')
            .is_some_and(|(user, host)| !user.is_empty() && !host.is_empty() && !host.contains('@'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_back_stays_here() {
        for here in [
            "/D/WDJBMJPV",
            "/i/abcde-fghij",
            "/settings/tokens",
            "/meshes",
            "/oauth/authorize?client_id=a&redirect_uri=http%3A%2F%2F127.0.0.1%3A1%2F%3Fx%3D1&state=%22//",
        ] {
            assert_eq!(stays(here), here);
        }
        for away in [
            "//evil.example",
            "/D//evil.example",
            "https://evil.example",
            "/\\evil.example",
            "/logout",
            "/D/..%2f",
            "/meshes?x=1",
            "/oauth/authorize/..?x",
            "/oauth/authorize?\"><script>",
            "/oauth/authorize?a b",
            "/oauth/token?x",
            "",
        ] {
            assert_eq!(stays(away), "", "{away}");
        }
        assert_eq!(link("/login", "/D/WDJBMJPV"), "/login?next=%2FD%2FWDJBMJPV");
    }

    #[test]
    fn an_address_has_two_sides() {
        assert!(is_email("a@example.org") && is_email("ñ@ñ"));
        for wrong in ["", "a", "@b", "a@", "a@b@c", "a b@c"] {
            assert!(!is_email(wrong), "{wrong}");
        }
    }
}
