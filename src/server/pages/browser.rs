//! Who is at the browser: the web session behind its cookie, and the token
//! that every form carries back.
//!
//! A form's token is bound to the web session; before there is one, to a
//! cookie of its own. The surprising rule: what ends a request early goes out
//! by the browser too, or the cookies that belong to it would be lost.

use std::time::Duration;

use axum::extract::FromRequestParts;
use axum::http::header::{CONTENT_SECURITY_POLICY, HeaderValue, SET_COOKIE, USER_AGENT};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use subtle::ConstantTimeEq;
use url::form_urlencoded;

use super::cookie::{Cookie, random_value, value};
use super::frame::Frame;
use super::message_page::MessagePage;
use super::ticket::Only;
use super::words;
use crate::i18n::{Language, printable};
use crate::secret::Secret;
use crate::server::caller::{self, query};
use crate::server::state::State;
use crate::server::store::{
    Account, COME_BACK, DbError, DbResult, Event, NewWebSession, WebSession,
};

/// Milliseconds a browser stays signed in.
const LIFE: i64 = 30 * 86_400_000;

/// Milliseconds between two notes of when a browser was used.
const NOTE_USE: i64 = 5 * 60_000;

/// The most that is kept of what a browser calls itself.
const LONGEST_NAME: usize = 256;

/// Where a script on one of our pages puts the token of its forms.
const CSRF: &str = "x-csrf-token";

/// What a request is answered with: at its end, or before it.
pub(super) type Reply = Result<Response, Response>;

/// A browser, at one request.
#[derive(Clone, Debug)]
pub(super) struct Browser {
    /// The instance it asks.
    pub(super) state: State,
    /// Whom it is signed in as.
    pub(super) signed_in: Option<(WebSession, Account)>,
    /// What its forms are bound to without a session.
    form: Option<Secret>,
    /// What its sign-ins elsewhere are bound to.
    upstream: Option<Secret>,
    /// Where it is.
    pub(super) ip: Option<String>,
    /// What it calls itself.
    user_agent: Option<String>,
    /// What it reads.
    pub(super) language: Language,
    /// The one code that the listener it came to shows, where it shows but one.
    only: Option<String>,
    /// Path and query of the request.
    pub(super) here: String,
    /// Where the forms of the answer may lead besides here, in the words of a
    /// Content-Security-Policy.
    pub(super) leads_to: Option<String>,
    /// Cookies that go out with the answer.
    set: Vec<HeaderValue>,
}

impl FromRequestParts<State> for Browser {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, Response> {
        let mut browser = Self::look(parts, state);
        // The pages of the embedded instance know no sign-in by cookie.
        if state.is_embedded() {
            return Ok(browser);
        }
        let cookie = Cookie::Session.read(&parts.headers, browser.https()).and_then(value);
        if let Some(token) = cookie {
            let found = state.store.web_session(&token, state.now()).await;
            browser.signed_in = found.map_err(|fault| browser.fault(&fault))?;
        }
        let subject = match (&browser.signed_in, &browser.ip) {
            (Some((session, _)), _) => session.id.as_str(),
            (None, Some(ip)) => ip,
            (None, None) => "unknown",
        };
        if let Err(wait) = state.rate_limits.request(subject) {
            return Err(browser.refuse(&MessagePage::too_fast(wait)));
        }
        browser.note_use().await;
        Ok(browser)
    }
}

impl Browser {
    /// What can be told without asking anybody.
    pub(super) fn look(parts: &Parts, state: &State) -> Self {
        let https = state.base.scheme() == "https";
        let asked = query(parts, "ui_locales").as_deref().and_then(words::of_locales);
        let kept = || Language::parse(&Cookie::Language.read(&parts.headers, https)?);
        let language =
            asked.or_else(kept).or_else(|| words::accepted(&parts.headers)).unwrap_or_default();
        let mut set = Vec::new();
        if let Some(asked) = asked
            && !state.is_embedded()
        {
            set.push(Cookie::Language.set(https, asked.tag(), Some(365 * 86_400)));
        }
        let user_agent = parts.headers.get(USER_AGENT).and_then(|value| value.to_str().ok());
        Self {
            state: state.clone(),
            signed_in: None,
            form: Cookie::Form.read(&parts.headers, https).and_then(value),
            upstream: Cookie::Upstream.read(&parts.headers, https).and_then(value),
            ip: caller::address(parts, &state.config),
            user_agent: user_agent
                .map(|name| printable(name).chars().take(LONGEST_NAME).collect::<String>()),
            language,
            only: parts.extensions.get::<Only>().map(|only| only.0.clone()),
            here: parts.uri.path_and_query().map_or("/", |here| here.as_str()).to_owned(),
            leads_to: None,
            set,
        }
    }

    fn https(&self) -> bool {
        self.state.base.scheme() == "https"
    }

    /// The first value of `name` in the address.
    pub(super) fn asked(&self, name: &str) -> Option<String> {
        let (_, query) = self.here.split_once('?')?;
        let mut pairs = form_urlencoded::parse(query.as_bytes());
        pairs.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }

    /// Whether the listener it came to shows the code with this id.
    pub(super) fn may_see(&self, code_id: &str) -> bool {
        self.only.as_deref().is_none_or(|only| only == code_id)
    }

    /// Whether the listener it came to shows one card and nothing else.
    pub(super) fn sees_one_card(&self) -> bool {
        self.only.is_some()
    }

    /// Whom it is signed in as.
    pub(super) fn account(&self) -> Option<&Account> {
        self.signed_in.as_ref().map(|(_, account)| account)
    }

    /// What its forms must carry. Makes the cookie they are bound to where
    /// there is none.
    pub(super) fn form_token(&mut self) -> String {
        let bound = match (&self.signed_in, &self.form) {
            (Some((session, _)), _) => format!("web session {}", session.id),
            (None, Some(cookie)) => format!("web form {}", cookie.expose()),
            (None, None) => {
                let cookie = random_value();
                self.set.push(Cookie::Form.set(self.https(), cookie.expose(), None));
                let bound = format!("web form {}", cookie.expose());
                self.form = Some(cookie);
                bound
            }
        };
        self.state.keys.form_token(&bound).expose().to_owned()
    }

    /// A token for a link that changes something, for whoever is signed in:
    /// for `what` and nothing else.
    pub(super) fn link_token(&self, what: &str) -> Option<String> {
        let (session, _) = self.signed_in.as_ref()?;
        let bound = format!("web session {} {what}", session.id);
        Some(self.state.keys.form_token(&bound).expose().to_owned())
    }

    /// What its sign-ins elsewhere are bound to; several may be under way.
    pub(super) fn upstream(&self) -> Option<Secret> {
        self.upstream.clone()
    }

    /// The same for `seconds` from now on, made where there is none.
    pub(super) fn bind_upstream(&mut self, seconds: i64) -> Secret {
        let bound = self.upstream.take().unwrap_or_else(random_value);
        self.set.push(Cookie::Upstream.set(self.https(), bound.expose(), Some(seconds)));
        self.upstream = Some(bound.clone());
        bound
    }

    /// Whether `token` came from a form of this browser's.
    pub(super) fn csrf_ok(&self, token: &str) -> bool {
        let bound = match (&self.signed_in, &self.form) {
            (Some((session, _)), _) => format!("web session {}", session.id),
            (None, Some(cookie)) => format!("web form {}", cookie.expose()),
            (None, None) => return false,
        };
        let expected = self.state.keys.form_token(&bound);
        expected.expose().as_bytes().ct_eq(token.as_bytes()).into()
    }

    /// Signs it in as `account`, whoever it was before.
    pub(super) async fn sign_in(&mut self, account: &Account) -> Result<(), Response> {
        self.sign_in_by(account, None).await
    }

    /// The same, where another site vouched for them.
    pub(super) async fn sign_in_by(
        &mut self,
        account: &Account,
        upstream: Option<&str>,
    ) -> Result<(), Response> {
        let now = self.state.now();
        if let Some((before, _)) = self.signed_in.take() {
            let ended = self.state.store.end_web_session(&before.account_id, &before.id).await;
            ended.map_err(|fault| self.fault(&fault))?;
        }
        let token = random_value();
        let new = NewWebSession {
            account_id: account.id.clone(),
            password: account.password.clone(),
            ip: self.ip.clone(),
            user_agent: self.user_agent.clone(),
            expires_at: now + LIFE,
        };
        let event = |id: &str| {
            let via = if upstream.is_some() { "upstream" } else { "web" };
            let event = Event::new("auth.web.login", &account.id, via, id).from(self.ip.as_deref());
            match upstream {
                Some(upstream) => event.with("upstream", upstream),
                None => event,
            }
        };
        let made = self.state.store.create_web_session(&token, &new, event, now).await;
        if !made.map_err(|fault| self.fault(&fault))? {
            return Err(self.refuse(&MessagePage::stale()));
        }
        self.set.push(Cookie::Session.set(self.https(), token.expose(), Some(LIFE / 1_000)));
        self.set.push(Cookie::Form.set(self.https(), "", Some(0)));
        Ok(())
    }

    /// Signs it out.
    pub(super) async fn sign_out(&mut self) -> Result<(), Response> {
        if let Some((session, account)) = self.signed_in.take() {
            let ended = self.state.store.end_web_session(&account.id, &session.id).await;
            ended.map_err(|fault| self.fault(&fault))?;
        }
        self.set.push(Cookie::Session.set(self.https(), "", Some(0)));
        Ok(())
    }

    async fn note_use(&self) {
        let now = self.state.now();
        let Some((session, _)) = &self.signed_in else { return };
        if now - session.last_used_at < NOTE_USE {
            return;
        }
        // What fails here must not fail the request.
        if let Err(fault) = self.state.store.touch_web_session(&session.id, now).await {
            tracing::warn!(%fault, "cannot note that a browser was used");
        }
    }

    /// A page for this browser, with the cookies that go with it.
    pub(super) fn show(&mut self, page: impl FnOnce(Frame) -> Response) -> Response {
        let frame = Frame::new(self);
        self.send(page(frame))
    }

    /// A page that says one thing.
    pub(super) fn message(&mut self, message: &MessagePage) -> Response {
        self.show(|frame| message.show(frame))
    }

    /// The same, where it ends the request.
    pub(super) fn refuse(&self, message: &MessagePage) -> Response {
        self.clone().message(message)
    }

    /// A fault of the database's.
    pub(super) fn fault(&self, fault: &DbError) -> Response {
        tracing::error!(%fault, "a page failed");
        let passing = fault.is_passing();
        self.refuse(&if passing { MessagePage::away(COME_BACK) } else { MessagePage::fault() })
    }

    /// What the database gave; a fault of it ends the request.
    pub(super) fn db<T>(&self, outcome: DbResult<T>) -> Result<T, Response> {
        outcome.map_err(|fault| self.fault(&fault))
    }

    /// Goes on where `gate` is open; else it is told how long to wait.
    pub(super) fn rate(&self, gate: DbResult<Result<(), Duration>>) -> Result<(), Response> {
        self.db(gate)?.map_err(|wait| self.refuse(&MessagePage::too_fast(wait)))
    }

    /// Sends it to another page of ours, with GET.
    pub(super) fn redirect(&mut self, path: &str) -> Response {
        self.send(axum::response::Redirect::to(path).into_response())
    }

    fn send(&mut self, mut response: Response) -> Response {
        for cookie in self.set.drain(..) {
            response.headers_mut().append(SET_COOKIE, cookie);
        }
        if let Some(policy) = self.leads_to.as_deref().and_then(super::policy_to) {
            response.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
        }
        response
    }
}

/// Whom the browser behind a request that is for no page is signed in as, and
/// whether the request carries the token of that session's forms.
///
/// # Errors
/// Those of the database.
pub(in crate::server) async fn person(
    parts: &Parts,
    state: &State,
) -> DbResult<Option<(WebSession, Account, bool)>> {
    let mut browser = Browser::look(parts, state);
    let cookie = Cookie::Session.read(&parts.headers, browser.https()).and_then(value);
    let Some(token) = cookie.filter(|_| !state.is_embedded()) else { return Ok(None) };
    browser.signed_in = state.store.web_session(&token, state.now()).await?;
    let given = parts.headers.get(CSRF).and_then(|value| value.to_str().ok());
    let own = given.is_some_and(|given| browser.csrf_ok(given));
    Ok(browser.signed_in.map(|(session, account)| (session, account, own)))
}
