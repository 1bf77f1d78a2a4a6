//! Who asks, by a bearer token or by the cookie of a page, and for what.

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use serde::de::DeserializeOwned;

use super::api_error::ApiError;
use super::client_ip::client_ip;
use super::cookie::{Cookie, value};
use super::csrf;
use super::routes::Access;
use crate::secret::Secret;
use crate::server::domain::resource::Resource;
use crate::server::operations::Page;
use crate::server::operations::{Principal, authentication};
use crate::server::state::State;
use crate::wire::LARGEST_PAGE;

impl FromRequestParts<State> for Principal {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, ApiError> {
        let access = parts.extensions.get::<Access>().copied();
        let ip = client_ip(parts);
        let token = bearer(&parts.headers).ok_or_else(ApiError::unauthorized)?;
        let at = if access == Some(Access::Mcp) { Resource::Mcp } else { Resource::Instance };
        let mut principal = authentication::by_token_at(state, &token, at, ip).await?;
        match access {
            Some(Access::Scope(scope)) => {
                principal.require_scope(scope)?;
                principal.required = Some(scope);
            }
            Some(Access::Bearer | Access::Person | Access::Mcp) => {}
            Some(Access::Public) | None => {
                tracing::error!("a route asks who comes and does not say what that takes");
                return Err(ApiError::internal());
            }
        }
        Ok(principal)
    }
}

/// Whoever is at a signed-in terminal (by its bearer token), or at a browser,
/// on one of our own pages (by its cookie and the token of its forms).
#[derive(Clone, Debug)]
pub struct Person(pub Principal);

impl FromRequestParts<State> for Person {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, ApiError> {
        if parts.headers.contains_key(AUTHORIZATION) {
            return Principal::from_request_parts(parts, state).await.map(Self);
        }
        let ip = client_ip(parts);
        let cookie = Cookie::Session.read(&parts.headers, state.is_https()).and_then(value);
        // The pages of the embedded instance know no sign-in by cookie.
        let found = match cookie.filter(|_| !state.is_embedded()) {
            Some(cookie) => authentication::by_cookie(state, &cookie, ip).await?,
            None => None,
        };
        let principal = found.ok_or_else(ApiError::unauthorized)?;
        let session = principal.web_session().ok_or_else(ApiError::unauthorized)?;
        state.rate_limits.request(&session.id).map_err(ApiError::slow_down)?;
        let token = parts.headers.get(csrf::HEADER).and_then(|value| value.to_str().ok());
        let expected = csrf::session_token(&state.keys, &session.id);
        if !token.is_some_and(|token| csrf::matches(&expected, token)) {
            let message = "The request lacks the token of the page's forms.";
            return Err(ApiError::new(StatusCode::FORBIDDEN, "csrf_required", message));
        }
        Ok(Self(principal))
    }
}

/// The bearer token of a request (RFC 6750 §2.1).
pub fn bearer(headers: &HeaderMap) -> Option<Secret> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then(|| Secret::new(token))
}

/// An `Idempotency-Key` that is not 1 to 255 printable characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidKey;

impl From<InvalidKey> for ApiError {
    fn from(_: InvalidKey) -> Self {
        Self::invalid("An Idempotency-Key is 1 to 255 printable characters.")
    }
}

/// What `T` finds, elsewhere: whoever is kept waiting has no room for what was
/// found to begin with, nor for what finding it took.
#[derive(Clone, Debug)]
pub struct Boxed<T>(pub Box<T>);

impl<T: FromRequestParts<State> + Send> FromRequestParts<State> for Boxed<T> {
    type Rejection = T::Rejection;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, T::Rejection> {
        Ok(Self(Box::new(Box::pin(T::from_request_parts(parts, state)).await?)))
    }
}

/// The `Idempotency-Key` of a request, where it has one.
///
/// # Errors
/// When it is not 1 to 255 printable characters.
pub fn idempotency_key(headers: &HeaderMap) -> Result<Option<Secret>, InvalidKey> {
    let Some(value) = headers.get("idempotency-key") else { return Ok(None) };
    let text = value.to_str().map_err(|_| InvalidKey)?;
    let sane = (1..=255).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
    if sane { Ok(Some(Secret::new(text))) } else { Err(InvalidKey) }
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
        json(&sent(request, state).await?).map(Self)
    }
}

/// A JSON body, and who sent it. They are asked for once all of it is there:
/// whoever sends half a body keeps nothing of what they may have lost by the time
/// of the rest.
#[derive(Clone, Debug)]
pub struct SentBy<T>(pub Principal, pub T);

impl<T: DeserializeOwned> FromRequest<State> for SentBy<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &State) -> Result<Self, ApiError> {
        let (mut parts, bytes) = whole(request, state).await?;
        let by = Principal::from_request_parts(&mut parts, state).await?;
        Ok(Self(by, json(&bytes)?))
    }
}

/// The same of whoever [`Person`] is; a body that is left out is `None`.
#[derive(Clone, Debug)]
pub struct SentByPerson<T>(pub Principal, pub Option<T>);

impl<T: DeserializeOwned> FromRequest<State> for SentByPerson<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &State) -> Result<Self, ApiError> {
        let (mut parts, bytes) = whole(request, state).await?;
        let Person(by) = Person::from_request_parts(&mut parts, state).await?;
        let is_there = !bytes.trim_ascii().is_empty();
        Ok(Self(by, is_there.then(|| json(&bytes)).transpose()?))
    }
}

/// `request` and all of its body.
///
/// # Errors
/// When the body is too large, or ends early.
pub async fn whole(request: Request, state: &State) -> Result<(Parts, Bytes), ApiError> {
    let (parts, body) = request.into_parts();
    // What bounds the body lies in the extensions.
    let mut sending = Request::new(body);
    *sending.extensions_mut() = parts.extensions.clone();
    let bytes = sent(sending, state).await?;
    Ok((parts, bytes))
}

async fn sent(request: Request, state: &State) -> Result<Bytes, ApiError> {
    Bytes::from_request(request, state).await.map_err(|fault| {
        if fault.status() == StatusCode::PAYLOAD_TOO_LARGE {
            return ApiError::new(fault.status(), "too_large", "The body is too large.");
        }
        ApiError::invalid("The body could not be read.")
    })
}

fn json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ApiError> {
    // A list of values would be read as a thing's members in their order.
    if bytes.trim_ascii_start().first() != Some(&b'{') {
        return Err(ApiError::invalid("The body is not a JSON object."));
    }
    serde_json::from_slice(bytes).map_err(|fault| {
        // Where, and not what: serde's own words repeat what was sent, a password
        // in the wrong place among it.
        let (line, column) = (fault.line(), fault.column());
        ApiError::invalid(&format!("The body is not what it should be, at {line}:{column}."))
    })
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
                .filter(|limit| (1..=LARGEST_PAGE).contains(limit))
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
    fn a_bearer_is_read_in_any_case() {
        let mut headers = HeaderMap::new();
        assert_eq!(bearer(&headers), None);
        headers.insert(AUTHORIZATION, "bEaReR  x ".parse().unwrap());
        assert_eq!(bearer(&headers), Some(Secret::new("x")));
        headers.insert(AUTHORIZATION, "Basic x".parse().unwrap());
        assert_eq!(bearer(&headers), None);
    }
}
