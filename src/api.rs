//! The client's side of an instance's API: one method per route, one endpoint
//! family per file. Every reply is checked at the door, so that nothing behind
//! it meets an empty id, a slug with a slash in it, or a control character in
//! somebody's name. Surprising rule: a reply that is no JSON is never a fault
//! of the request but of the address ("what answers there is no instance").

pub mod approvals;
pub mod audit;
mod checked;
pub mod connections;
pub mod device_flows;
pub mod invites;
pub mod machines;
pub mod members;
pub mod meshes;
pub mod messages;
pub mod peers;
pub mod refusal;
pub mod scopes;
pub mod service_clients;
pub mod sessions;
pub mod shares;
pub mod tasks;
pub mod tokens;

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use reqwest::header::IF_NONE_MATCH;
use reqwest::{Method, RequestBuilder};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use url::Url;

use crate::api::checked::Checked;
pub use crate::api::checked::is_token;
use crate::api::refusal::{Context, Subject};
use crate::error::{AppError, ErrorKind};
use crate::http::reply::Reply;
use crate::http::{Http, PATIENCE};
use crate::i18n::Message;
use crate::secret::{Secret, is_agents, random_value};
use crate::wire::{LARGEST_PAGE, Listing, Profile, Via};

/// Pages after which a list is taken to be endless.
const MAX_PAGES: usize = 200;

/// Whose token this is.
const PROFILE: [&str; 3] = ["api", "my", "profile"];

/// Who is signed in, and by what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Opaque.
    pub id: String,
    /// Display name.
    pub name: String,
    /// May be empty on an embedded instance.
    pub email: String,
    /// By what kind of credential.
    pub via: Via,
    /// What that credential is called.
    pub token_name: String,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
    /// What it may do; nothing is said where that is not known.
    pub scopes: Vec<String>,
}

/// An instance's API, with or without a token.
#[derive(Clone, Debug)]
pub struct Client {
    http: Arc<Http>,
    base: Url,
    /// What the instance is called when something goes wrong.
    name: String,
    bearer: Option<Secret>,
    /// What is known here of the token's end; only ever explains a refusal.
    expires_at: Option<Timestamp>,
    subject: Subject,
}

impl Client {
    /// A client of the instance at `base`, without a token.
    pub fn new(http: Arc<Http>, base: Url, name: impl Into<String>) -> Self {
        Self {
            http,
            base,
            name: name.into(),
            bearer: None,
            expires_at: None,
            subject: Subject::Any,
        }
    }

    /// The same, with a token. The token goes to `base` and nowhere else.
    #[must_use]
    pub fn with_token(mut self, token: Secret, expires_at: Option<Timestamp>) -> Self {
        self.bearer = Some(token);
        self.expires_at = expires_at;
        self
    }

    /// `GET /api/my/profile`: whose token this is.
    ///
    /// # Errors
    /// Those of every route: unreachable, no instance, rejected, expired, not
    /// allowed, too many requests.
    pub async fn profile(&self) -> Result<Account, AppError> {
        let profile: Profile = self.get(&PROFILE, &[]).await?;
        Ok(Account {
            id: profile.user.id,
            name: profile.user.name,
            email: profile.user.email,
            via: profile.via,
            token_name: profile.token.name,
            expires_at: profile.token.expires_at,
            scopes: profile.token.scopes,
        })
    }

    /// The same client, whose refusals speak of this.
    fn about(&self, subject: Subject) -> Self {
        Self { subject, ..self.clone() }
    }

    async fn get<T: DeserializeOwned + Checked>(
        &self,
        path: &[&str],
        query: &[(&str, &str)],
    ) -> Result<T, AppError> {
        let reply = self.send(Method::GET, path, query, None::<&()>).await?;
        self.read(&reply)
    }

    async fn post<T: DeserializeOwned + Checked>(
        &self,
        path: &[&str],
        body: &impl Serialize,
    ) -> Result<T, AppError> {
        let reply = self.send(Method::POST, path, &[], Some(body)).await?;
        self.read(&reply)
    }

    /// The same, which is done once however often it is asked for: where no answer
    /// arrived it is asked for again, by the same `Idempotency-Key`.
    async fn post_once<T: DeserializeOwned + Checked>(
        &self,
        path: &[&str],
        body: &impl Serialize,
    ) -> Result<T, AppError> {
        let (key, began) = (random_value(), Instant::now());
        let send = async || {
            let request = self.request(Method::POST, path, &[])?.json(body);
            let request = request.header("idempotency-key", key.expose());
            self.http.send(request, PATIENCE).await
        };
        let mut answer = send().await;
        // Whoever waited as long as anybody does waits no longer.
        if answer.is_err() && began.elapsed() < PATIENCE / 2 {
            answer = send().await;
        }
        let reply = answer?;
        if reply.is_success() {
            return self.read(&reply);
        }
        Err(self.explained(self.context().refusal(&reply)).await)
    }

    /// Every row of a list, page after page.
    async fn list<T: DeserializeOwned + Checked>(
        &self,
        path: &[&str],
        query: &[(&str, &str)],
    ) -> Result<Vec<T>, AppError> {
        let limit = LARGEST_PAGE.to_string();
        let mut rows = Vec::new();
        let mut cursor: Option<String> = None;
        for _ in 0..MAX_PAGES {
            let mut query = query.to_vec();
            query.push(("limit", &limit));
            query.extend(cursor.as_deref().map(|cursor| ("cursor", cursor)));
            let page: Listing<T> = self.get(path, &query).await?;
            rows.extend(page.data);
            match page.next_cursor {
                // A server that names the same page for ever is not followed.
                Some(next) if cursor.as_ref() != Some(&next) => cursor = Some(next),
                _ => return Ok(rows),
            }
        }
        Err(self.context().malformed())
    }

    /// The first rows of a list, at most `most`.
    async fn list_up_to<T: DeserializeOwned + Checked>(
        &self,
        most: usize,
        path: &[&str],
    ) -> Result<Vec<T>, AppError> {
        let mut rows: Vec<T> = Vec::new();
        let mut cursor: Option<String> = None;
        for _ in 0..MAX_PAGES {
            let left = most.saturating_sub(rows.len());
            let limit = left.min(LARGEST_PAGE as usize).to_string();
            let mut query = vec![("limit", limit.as_str())];
            query.extend(cursor.as_deref().map(|cursor| ("cursor", cursor)));
            let page: Listing<T> = self.get(path, &query).await?;
            rows.extend(page.data.into_iter().take(left));
            match page.next_cursor {
                Some(next) if cursor.as_ref() != Some(&next) && rows.len() < most => {
                    cursor = Some(next);
                }
                _ => break,
            }
        }
        Ok(rows)
    }

    /// Has something done that is answered by nothing, or by whatever an instance
    /// says of it. A network's own sign-in page says yes to everything.
    async fn act(
        &self,
        method: Method,
        path: &[&str],
        body: Option<&impl Serialize>,
    ) -> Result<(), AppError> {
        let reply = self.send(method, path, &[], body).await?;
        let is_instances = reply.body.is_empty() || reply.json::<Value>().is_ok();
        if is_instances { Ok(()) } else { Err(self.context().not_an_instance()) }
    }

    /// Sends, and gives the reply back if it says yes. What a token may not do is
    /// told with the token's name: whoever has several has to know which.
    async fn send(
        &self,
        method: Method,
        path: &[&str],
        query: &[(&str, &str)],
        body: Option<&impl Serialize>,
    ) -> Result<Reply, AppError> {
        let reply = self.exchange(method, path, query, body).await?;
        if reply.is_success() {
            return Ok(reply);
        }
        Err(self.explained(self.context().refusal(&reply)).await)
    }

    /// `error`, with the token's name where that may not do something.
    async fn explained(&self, error: AppError) -> AppError {
        if error.code != "insufficient_scope" || self.bearer.is_none() {
            return error;
        }
        let own = self.exchange(Method::GET, &PROFILE, &[], None::<&()>).await;
        let own = own.ok().filter(Reply::is_success);
        match own.and_then(|own| self.read::<Profile>(&own).ok()) {
            Some(own) => self.context().named(error, own.via, &own.token.name),
            None => error,
        }
    }

    /// Asks for what the instance holds back until there is something to say, or until
    /// `wait` is over (RFC 7240 §4.3); or until it is another thing than what is tagged
    /// `known` (RFC 9110 §13.1.2), which else is answered with 304.
    async fn held(
        &self,
        path: &[&str],
        query: &[(&str, &str)],
        wait: Duration,
        known: Option<&str>,
    ) -> Result<Reply, AppError> {
        let mut request = self.request(Method::GET, path, query)?;
        request = request.header("prefer", format!("wait={}", wait.as_secs()));
        if let Some(known) = known {
            request = request.header(IF_NONE_MATCH, known);
        }
        let reply = self.http.send(request, wait + PATIENCE).await?;
        if reply.is_success() || (reply.status == 304 && known.is_some()) {
            return Ok(reply);
        }
        Err(self.context().refusal(&reply))
    }

    /// Sends, and gives back whatever is answered.
    async fn exchange(
        &self,
        method: Method,
        path: &[&str],
        query: &[(&str, &str)],
        body: Option<&impl Serialize>,
    ) -> Result<Reply, AppError> {
        let mut request = self.request(method, path, query)?;
        if let Some(body) = body {
            request = request.json(body);
        }
        self.http.send(request, PATIENCE).await
    }

    fn request(
        &self,
        method: Method,
        path: &[&str],
        query: &[(&str, &str)],
    ) -> Result<RequestBuilder, AppError> {
        let mut url = self.base.clone();
        url.path_segments_mut()
            .map_err(|()| AppError::internal("an instance's address with no path"))?
            .pop_if_empty()
            .extend(path);
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let mut request = self.http.request(method, url);
        if let Some(token) = &self.bearer {
            request = request.bearer_auth(token.expose());
        }
        Ok(request)
    }

    fn read<T: DeserializeOwned + Checked>(&self, reply: &Reply) -> Result<T, AppError> {
        let value: T = reply.json().map_err(|_| self.context().unread(reply))?;
        value.checked().map_err(|_| self.context().malformed())
    }

    fn context(&self) -> Context<'_> {
        Context {
            name: &self.name,
            with_token: self.bearer.is_some(),
            is_agents: self.bearer.as_ref().is_some_and(is_agents),
            token_ended: self.expires_at.is_some_and(|end| end <= Timestamp::now()),
            subject: self.subject,
        }
    }
}

/// A path segment that came from a person or a server must be one: `..` and
/// the empty text would name another route.
fn segment(text: &str) -> Result<&str, AppError> {
    if matches!(text, "" | "." | "..") {
        let words = Message::new("api-no-such-name");
        return Err(AppError::new(ErrorKind::NotFound, "not_found", words));
    }
    Ok(text)
}
