//! Who is at the browser: the web session behind its cookie, and the token
//! that every form carries back.
//!
//! A form's token is bound to the web session; before there is one, to a
//! cookie of its own. The surprising rule: what ends a request early goes out
//! by the browser too, or the cookies that belong to it would be lost.

use axum::extract::FromRequestParts;
use axum::http::header::{ACCEPT, CONTENT_SECURITY_POLICY, HeaderValue, SET_COOKIE, USER_AGENT};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method};
use axum::response::{IntoResponse, Response};
use url::form_urlencoded;

use super::content_policy;
use super::denied::message_page;
use super::frame::Frame;
use super::message_page::MessagePage;
use super::words;
use crate::i18n::{Language, printable};
use crate::secret::{Secret, random_value};
use crate::server::http::client_ip::{ClientIp, client_ip};
use crate::server::http::cookie::{Cookie, value};
use crate::server::http::csrf;
use crate::server::http::extract::query;
use crate::server::operations::sessions::{self, BROWSER_LIFE, CODE_LIFE, SignIn, SignedIn};
use crate::server::operations::{
    Account, Denied, Principal, RETRY_AFTER, WebSession, authentication, passwords, presence,
};
use crate::server::state::State;

/// In seconds: for so long it is asked in a language that was chosen, and a browser
/// known in which somebody signed in.
const YEAR: i64 = 365 * 86_400;

/// The most that is kept of what a browser calls itself.
const LONGEST_NAME: usize = 256;

/// What a browser says with a request for a page that nobody asked for yet.
const PREFETCH: [&str; 2] = ["sec-purpose", "purpose"];

/// Where whoever is signed in comes without a second factor that they should have.
const BEFORE_SECOND_FACTOR: [&str; 5] =
    ["/login", "/logout", "/register", "/reset", "/settings/second-factor"];

/// The one code, by its id, whose card a listener serves.
#[derive(Clone, Debug)]
pub(super) struct OnlyCode(pub(super) String);

/// Whether whoever sent `headers` reads pages.
pub(super) fn reads_pages(headers: &HeaderMap) -> bool {
    let accept = headers.get(ACCEPT).and_then(|value| value.to_str().ok());
    accept.is_some_and(|accept| accept.contains("text/html"))
}

/// What a request is answered with: at its end, or before it.
pub(super) type Reply = Result<Response, Response>;

/// A browser, at one request.
#[derive(Clone, Debug)]
pub(super) struct Browser {
    /// The instance it asks.
    pub(super) state: State,
    /// Whom it is signed in as.
    pub(super) signed_in: Option<Principal>,
    /// What its forms are bound to without a session.
    form: Option<Secret>,
    /// What its sign-ins elsewhere are bound to.
    upstream: Option<Secret>,
    /// What it keeps where somebody signed in there.
    pub(super) device: Option<Secret>,
    /// The sign-in of its that lacks a code.
    pub(super) pending: Option<Secret>,
    /// What the second factor follows from that is set up in it.
    pub(super) seed: Option<Secret>,
    /// The network address it comes from.
    pub(super) ip: ClientIp,
    /// What it calls itself.
    pub(super) user_agent: Option<String>,
    /// The language its pages are shown in.
    pub(super) language: Language,
    /// The one code that the listener it came to shows, where it shows but one.
    only: Option<String>,
    /// Path and query of the request.
    pub(super) path_and_query: String,
    /// Somebody looks at what is answered: not what looks ahead for them, to show
    /// where a link leads.
    pub(super) is_looked_at: bool,
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
        let cookie = Cookie::Session.read(&parts.headers, state.is_https()).and_then(value);
        if let Some(cookie) = cookie {
            let found = authentication::by_cookie(state, &cookie, browser.ip).await;
            browser.signed_in = browser.allowed(found.map_err(Denied::Db))?;
        }
        let subject =
            browser.session().map_or_else(|| browser.ip.counted(), |session| session.id.clone());
        if let Err(wait) = state.rate_limits.request(&subject) {
            return Err(browser.refuse(&MessagePage::too_fast(wait)));
        }
        if let Some(session) = browser.session() {
            authentication::note_browser_use(state, session);
        }
        browser.lead_to_second_factor(parts).await?;
        Ok(browser)
    }
}

impl Browser {
    /// What can be told without asking anybody.
    pub(super) fn look(parts: &Parts, state: &State) -> Self {
        let https = state.is_https();
        let requested = query(parts, "ui_locales").as_deref().and_then(words::of_locales);
        let saved = || Language::parse(&Cookie::Language.read(&parts.headers, https)?);
        let language = requested
            .or_else(saved)
            .or_else(|| words::accepted(&parts.headers))
            .unwrap_or_default();
        let mut set = Vec::new();
        if let Some(requested) = requested
            && !state.is_embedded()
        {
            set.push(Cookie::Language.set(https, requested.tag(), Some(YEAR)));
        }
        let user_agent = parts.headers.get(USER_AGENT).and_then(|value| value.to_str().ok());
        Self {
            state: state.clone(),
            signed_in: None,
            form: Cookie::Form.read(&parts.headers, https).and_then(value),
            upstream: Cookie::Upstream.read(&parts.headers, https).and_then(value),
            device: Cookie::Device.read(&parts.headers, https).and_then(value),
            pending: Cookie::Pending.read(&parts.headers, https).and_then(value),
            seed: Cookie::Seed.read(&parts.headers, https).and_then(value),
            ip: client_ip(parts),
            user_agent: user_agent
                .map(|name| printable(name).chars().take(LONGEST_NAME).collect::<String>()),
            language,
            only: parts.extensions.get::<OnlyCode>().map(|only| only.0.clone()),
            path_and_query: parts.uri.path_and_query().map_or("/", |uri| uri.as_str()).to_owned(),
            is_looked_at: parts.method == Method::GET
                && reads_pages(&parts.headers)
                && !PREFETCH.iter().any(|name| parts.headers.contains_key(*name)),
            leads_to: None,
            set,
        }
    }

    /// Sends whoever has yet to set up a second factor that everybody here has to
    /// set one up before anything else.
    async fn lead_to_second_factor(&mut self, parts: &Parts) -> Result<(), Response> {
        let path = parts.uri.path();
        let is_open = path == "/" || BEFORE_SECOND_FACTOR.iter().any(|open| path.starts_with(open));
        let Some(by) = self.signed_in.clone().filter(|_| !is_open) else { return Ok(()) };
        match presence::require_second_factor(&self.state, &by).await {
            Err(Denied::SecondFactorRequired) => {
                let mut query = form_urlencoded::Serializer::new(String::new());
                query.append_pair("next", &self.path_and_query);
                Err(self.redirect(&format!("/settings/second-factor?{}", query.finish())))
            }
            required => self.allowed(required),
        }
    }

    /// The web session behind its cookie.
    pub(super) fn session(&self) -> Option<&WebSession> {
        self.signed_in.as_ref().and_then(Principal::web_session)
    }

    /// The first value of `name` in the address.
    pub(super) fn query_value(&self, name: &str) -> Option<String> {
        let (_, query) = self.path_and_query.split_once('?')?;
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
        self.signed_in.as_ref().map(|by| &by.account)
    }

    /// Whether whoever is signed in did so of late.
    pub(super) fn is_recent(&self) -> bool {
        self.signed_in.as_ref().is_some_and(|by| by.is_recent(self.state.now()))
    }

    /// What its forms must carry. Makes the cookie they are bound to where
    /// there is none.
    pub(super) fn form_token(&mut self) -> String {
        if self.form_binding().is_none() {
            let cookie = random_value();
            self.keep(Cookie::Form, cookie.expose(), None);
            self.form = Some(cookie);
        }
        self.form_binding().unwrap_or_default().expose().to_owned()
    }

    /// The token of its forms, where there is something to bind it to.
    fn form_binding(&self) -> Option<Secret> {
        let keys = &self.state.keys;
        match (self.session(), &self.form) {
            (Some(session), _) => Some(csrf::session_token(keys, &session.id)),
            (None, Some(cookie)) => Some(keys.form_token(&format!("web form {}", cookie.expose()))),
            (None, None) => None,
        }
    }

    /// A token for a link that changes something, for whoever is signed in:
    /// for `what` and nothing else.
    pub(super) fn link_token(&self, what: &str) -> Option<String> {
        let session = self.session()?;
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
        self.keep(Cookie::Upstream, bound.expose(), Some(seconds));
        self.upstream = Some(bound.clone());
        bound
    }

    /// Whether `token` came from a form of this browser's.
    pub(super) fn csrf_ok(&self, token: &str) -> bool {
        self.form_binding().is_some_and(|expected| csrf::matches(&expected, token))
    }

    /// Signs it in as `account`, whoever it was before, on the way to `next`.
    /// `upstream` is the site that vouched for them, where one did. Where the account
    /// has a second factor, the request ends with the way to its code.
    pub(super) async fn sign_in(
        &mut self,
        account: &Account,
        upstream: Option<&str>,
        next: &str,
    ) -> Result<(), Response> {
        self.end_session().await?;
        let (ip, user_agent) = (self.ip, self.user_agent.as_deref());
        let sign_in = SignIn { account, upstream, next, ip, user_agent };
        match self.allowed(sessions::sign_in(&self.state, sign_in).await)? {
            SignedIn::Yes(cookie, by) => self.enter(&cookie, by).await,
            SignedIn::Pending(cookie) => {
                self.keep(Cookie::Session, "", Some(0));
                self.keep(Cookie::Pending, cookie.expose(), Some(CODE_LIFE / 1_000));
                return Err(self.redirect("/login/code"));
            }
        }
        Ok(())
    }

    /// It is signed in from now on, by this cookie as `by`.
    pub(super) async fn enter(&mut self, cookie: &Secret, by: Principal) {
        let device = passwords::known_device(&self.state, &by.account.id, self.device.as_ref());
        match device.await {
            Ok(device) => {
                if let Some(device) = device {
                    self.keep(Cookie::Device, device.expose(), Some(YEAR));
                }
            }
            // They are signed in all the same, and a code of theirs is used up.
            Err(fault) => tracing::warn!(%fault, "a browser is not known the next time"),
        }
        self.signed_in = Some(by);
        self.keep(Cookie::Session, cookie.expose(), Some(BROWSER_LIFE / 1_000));
        self.keep(Cookie::Form, "", Some(0));
    }

    /// Has it keep this cookie for so many seconds; nought forgets it.
    pub(super) fn keep(&mut self, cookie: Cookie, value: &str, seconds: Option<i64>) {
        self.set.push(cookie.set(self.state.is_https(), value, seconds));
    }

    pub(super) async fn sign_out(&mut self) -> Result<(), Response> {
        self.end_session().await?;
        self.keep(Cookie::Session, "", Some(0));
        Ok(())
    }

    async fn end_session(&mut self) -> Result<(), Response> {
        let Some(by) = self.signed_in.take() else { return Ok(()) };
        let Some(session) = by.web_session() else { return Ok(()) };
        self.allowed(sessions::end_browser(&self.state, &by, &session.id).await)
    }

    /// What is around its pages now.
    pub(super) fn frame(&mut self) -> Frame {
        let csrf = if self.signed_in.is_some() { self.form_token() } else { String::new() };
        let (state, language) = (&self.state, self.language);
        let is_card = self.sees_one_card();
        Frame::new(state, language, &self.path_and_query, is_card, self.account(), csrf)
    }

    /// A page for this browser, with the cookies that go with it.
    pub(super) fn show(&mut self, page: impl FnOnce(Frame) -> Response) -> Response {
        let frame = self.frame();
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

    /// What an operation gave; a refusal ends the request with a page.
    pub(super) fn allowed<T>(&self, outcome: Result<T, Denied>) -> Result<T, Response> {
        outcome.map_err(|denied| self.denied(denied))
    }

    /// The page for what an operation refused.
    pub(super) fn denied(&self, denied: Denied) -> Response {
        match denied {
            Denied::Db(fault) => {
                tracing::error!(%fault, "a page failed");
                let is_passing = fault.is_passing();
                let away = MessagePage::away(RETRY_AFTER);
                self.refuse(&if is_passing { away } else { MessagePage::fault() })
            }
            denied => self.refuse(&message_page(denied)),
        }
    }

    /// Sends it to another page of ours, with GET.
    pub(super) fn redirect(&mut self, path: &str) -> Response {
        self.send(axum::response::Redirect::to(path).into_response())
    }

    /// `response`, with the cookies that go with it.
    pub(super) fn send(&mut self, mut response: Response) -> Response {
        for cookie in self.set.drain(..) {
            response.headers_mut().append(SET_COOKIE, cookie);
        }
        if let Some(policy) = self.leads_to.as_deref().and_then(content_policy::leading_to) {
            response.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
        }
        response
    }
}
