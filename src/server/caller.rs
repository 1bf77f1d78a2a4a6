//! Who asks: the network address behind a request, and the person behind a
//! bearer token.
//!
//! The surprising rule: `X-Forwarded-For` counts only from a proxy that was
//! named as trusted, and then its last entry that is not itself one of ours.

use std::net::{IpAddr, SocketAddr};

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use serde::de::DeserializeOwned;

use super::api_error::ApiError;
use super::config::{Config, Network};
use super::device_code_state::extended_expiry;
use super::scopes;
use super::state::State;
use super::store::{Account, Credential, CredentialKind, Page};
use crate::secret::{Secret, TokenKind};

/// Milliseconds between two notes of when a credential was used.
const NOTE_USE: i64 = 5 * 60_000;

/// Milliseconds by which a session's end moves at least when it is moved.
const SLIDE_BY: i64 = 86_400_000;

/// Who is at the other end of the connection; put into each request by the
/// listener.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub SocketAddr);

/// The network address that a request came from.
#[derive(Clone, Debug)]
pub struct ClientIp(pub Option<String>);

impl<S: Sync> FromRequestParts<S> for ClientIp
where
    State: axum::extract::FromRef<S>,
{
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let state = <State as axum::extract::FromRef<S>>::from_ref(state);
        Ok(Self(address(parts, &state.config)))
    }
}

/// The address behind a request, as text.
pub fn address(parts: &Parts, config: &Config) -> Option<String> {
    let peer = parts.extensions.get::<Peer>()?.0.ip().to_canonical();
    Some(behind(peer, &parts.headers, &config.trusted_proxies).to_string())
}

fn behind(peer: IpAddr, headers: &HeaderMap, trusted: &[Network]) -> IpAddr {
    let is_ours = |ip: &IpAddr| trusted.iter().any(|network| network.contains(*ip));
    if !is_ours(&peer) {
        return peer;
    }
    let named: Vec<IpAddr> = headers
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|part| part.trim().parse().ok())
        .collect();
    named.into_iter().rev().find(|ip| !is_ours(ip)).unwrap_or(peer)
}

/// The person behind a bearer token, and what the token may do.
#[derive(Clone, Debug)]
pub struct Principal {
    /// Who.
    pub account: Account,
    /// By what.
    pub credential: Credential,
    /// From where.
    pub ip: Option<String>,
}

impl Principal {
    /// Refuses unless the token has this scope.
    ///
    /// # Errors
    /// `insufficient_scope`.
    pub fn require_scope(&self, scope: &str) -> Result<(), ApiError> {
        if scopes::has(&self.credential.scopes, scope) {
            return Ok(());
        }
        Err(ApiError::insufficient_scope(scope))
    }

    /// Refuses unless the token is a signed-in device's: minting and approving
    /// are a person's.
    ///
    /// # Errors
    /// `step_up_required`.
    pub fn require_session(&self) -> Result<(), ApiError> {
        match self.credential.kind {
            CredentialKind::Session => Ok(()),
            CredentialKind::Pat | CredentialKind::Service => Err(ApiError::step_up_required()),
        }
    }

    /// How the audit calls the way they came.
    pub fn via(&self) -> &'static str {
        match self.credential.kind {
            CredentialKind::Session => "session",
            CredentialKind::Pat => "pat",
            CredentialKind::Service => "service",
        }
    }
}

impl FromRequestParts<State> for Principal {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, ApiError> {
        let ip = address(parts, &state.config);
        let token = bearer(&parts.headers).ok_or_else(ApiError::unauthorized)?;
        let mut principal = state.principal(&token, ip).await?;
        state.rate_limits.request(&principal.credential.id).map_err(ApiError::slow_down)?;
        state.note_use(&mut principal.credential).await;
        Ok(principal)
    }
}

impl State {
    /// Whose token this is.
    ///
    /// # Errors
    /// `invalid_token`, or that somebody tries too many.
    pub async fn principal(
        &self,
        token: &Secret,
        ip: Option<String>,
    ) -> Result<Principal, ApiError> {
        // A text that cannot be a token of ours asks no database.
        let found = match TokenKind::of(token.expose()) {
            Ok(_) => self.store.credential(token, self.now()).await?,
            Err(_) => None,
        };
        let Some((credential, account)) = found else {
            let subject = ip.as_deref().unwrap_or("unknown");
            self.rate_limits.request(subject).map_err(ApiError::slow_down)?;
            return Err(ApiError::invalid_token());
        };
        Ok(Principal { account, credential, ip })
    }

    /// Notes that a credential is used: at most every five minutes, its end at
    /// most once a day. What fails here must not fail the request.
    async fn note_use(&self, credential: &mut Credential) {
        let now = self.now();
        let slides = match (credential.expires_at, credential.ends_at) {
            (Some(expires_at), Some(ends_at)) => {
                let end = extended_expiry(now, ends_at);
                (end - expires_at >= SLIDE_BY).then_some(end)
            }
            _ => None,
        };
        let noted = credential.last_used_at.is_some_and(|used| now - used < NOTE_USE);
        if noted && slides.is_none() {
            return;
        }
        let end = slides.or(credential.expires_at);
        match self.store.touch_credential(&credential.id, now, end).await {
            Ok(()) => {
                credential.last_used_at = Some(now);
                credential.expires_at = end;
            }
            Err(fault) => tracing::warn!(%fault, "cannot note that a credential was used"),
        }
    }
}

/// The bearer token of a request (RFC 6750 §2.1).
pub fn bearer(headers: &HeaderMap) -> Option<Secret> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then(|| Secret::new(token))
}

/// The named parts of a path. What is no text is no address of ours.
#[derive(Clone, Debug)]
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + Send> FromRequestParts<State> for Path<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, ApiError> {
        let read = axum::extract::Path::from_request_parts(parts, state).await;
        let Ok(axum::extract::Path(named)) = read else {
            return Err(ApiError::invalid("The address is not UTF-8."));
        };
        Ok(Self(named))
    }
}

/// A JSON body, whatever its Content-Type says: only bearers come here, and no
/// page of another origin has one.
#[derive(Clone, Debug)]
pub struct Body<T>(pub T);

impl<T: DeserializeOwned> FromRequest<State> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &State) -> Result<Self, ApiError> {
        let bytes = axum::body::Bytes::from_request(request, state).await.map_err(|fault| {
            if fault.status() == StatusCode::PAYLOAD_TOO_LARGE {
                return ApiError::new(fault.status(), "too_large", "The body is too large.");
            }
            ApiError::invalid("The body could not be read.")
        })?;
        // A list of values would be read as a thing's members in their order.
        if bytes.trim_ascii_start().first() != Some(&b'{') {
            return Err(ApiError::invalid("The body is not a JSON object."));
        }
        serde_json::from_slice(&bytes).map(Self).map_err(|fault| {
            ApiError::invalid(&format!("The body is not what it should be: {fault}"))
        })
    }
}

/// `?limit=` (1…100) and `?cursor=`.
#[derive(Clone, Debug)]
pub struct Paging(pub Page);

impl FromRequestParts<State> for Paging {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &State) -> Result<Self, ApiError> {
        let mut page = Page::default();
        if let Some(limit) = query(parts, "limit") {
            page.limit = limit
                .parse()
                .ok()
                .filter(|limit| (1..=100).contains(limit))
                .ok_or_else(|| ApiError::invalid("limit is a number from 1 to 100."))?;
        }
        page.after = query(parts, "cursor").filter(|cursor| !cursor.is_empty());
        Ok(Self(page))
    }
}

/// The first value of `name` in the query.
pub fn query(parts: &Parts, name: &str) -> Option<String> {
    let pairs = url::form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes());
    pairs.into_iter().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_proxies_are_believed() {
        let mut headers = HeaderMap::new();
        headers.append("x-forwarded-for", "6.6.6.6, 9.9.9.9".parse().unwrap());
        headers.append("x-forwarded-for", "10.0.0.2".parse().unwrap());
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        let trusted = [Network::from(ip("10.0.0.1")), Network::from(ip("10.0.0.2"))];
        assert_eq!(behind(ip("10.0.0.1"), &headers, &trusted), ip("9.9.9.9"));
        assert_eq!(behind(ip("10.0.0.1"), &headers, &[]), ip("10.0.0.1"));
        assert_eq!(behind(ip("1.2.3.4"), &headers, &trusted), ip("1.2.3.4"));
    }

    #[test]
    fn a_bearer_is_read_in_any_case() {
        let mut headers = HeaderMap::new();
        assert_eq!(bearer(&headers), None);
        headers.insert(AUTHORIZATION, "bEaReR  x ".parse().unwrap());
        assert_eq!(bearer(&headers), Some(Secret::new("x")));
        headers.insert(AUTHORIZATION, "Basic x".parse().unwrap());
        assert_eq!(bearer(&headers), None);
    }
}
