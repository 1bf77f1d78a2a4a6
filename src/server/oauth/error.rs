//! How the OAuth endpoints say no: `{error, error_description}`.

use axum::Json;
use axum::http::header::{AUTHORIZATION, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

use crate::server::http::api_error::AWAY;
use crate::server::operations::{DbError, Denied, InviteClosed};
use crate::server::rate_limits::seconds;
use crate::wire::{OAuthErrorBody, Opening};

/// What a client that showed itself by a header, and is not known, is asked for
/// (RFC 7617).
const CHALLENGE: &str = "Basic realm=\"crewmesh\", charset=\"UTF-8\"";

/// An error of RFC 6749 §5.2.
#[derive(Clone, Debug)]
pub struct OAuthError {
    pub(super) status: StatusCode,
    pub(super) error: &'static str,
    pub(super) description: &'static str,
    pub(super) retry_after: Option<u64>,
    pub(super) challenges: bool,
    /// Who opened the page of a code that waits, for whoever asked to be told.
    pub(super) opening: Option<Opening>,
}

impl OAuthError {
    pub(super) fn new(error: &'static str, description: &'static str) -> Self {
        let status = StatusCode::BAD_REQUEST;
        Self { status, error, description, retry_after: None, challenges: false, opening: None }
    }

    /// The client that sent `headers` is not the one it says. It is asked to show
    /// itself by a header only where it did (RFC 6749 §5.2): a challenge beside
    /// the error is all that some libraries tell of then, and makes a browser ask
    /// the person.
    pub(super) fn invalid_client(headers: &HeaderMap, description: &'static str) -> Self {
        Self {
            status: StatusCode::UNAUTHORIZED,
            challenges: headers.contains_key(AUTHORIZATION),
            ..Self::new("invalid_client", description)
        }
    }

    /// Asking again may help (RFC 6749 §4.1.2.1).
    pub(super) fn unavailable(description: &'static str) -> Self {
        Self {
            status: StatusCode::SERVICE_UNAVAILABLE,
            retry_after: Some(1),
            ..Self::new("temporarily_unavailable", description)
        }
    }

    pub(super) fn failed() -> Self {
        Self {
            status: StatusCode::INTERNAL_SERVER_ERROR,
            ..Self::new("server_error", "The instance failed; try again.")
        }
    }

    /// What a token is asked for is not here, or not what was granted (RFC 8707 §2).
    pub(super) fn invalid_target() -> Self {
        Self::new("invalid_target", "That is no resource of this instance, or was not granted.")
    }

    /// The invite that came along lets nobody in: in the words of our own API.
    fn invite_closed(why: InviteClosed) -> Self {
        let (status, error, description) = match why {
            InviteClosed::Unknown => (StatusCode::NOT_FOUND, "not_found", "No such invite."),
            InviteClosed::Revoked => (StatusCode::GONE, "revoked", "The invite was taken back."),
            InviteClosed::Expired => (StatusCode::GONE, "expired", "The invite has expired."),
            InviteClosed::Exhausted => {
                (StatusCode::GONE, "exhausted", "As many people used the invite as may.")
            }
        };
        Self { status, ..Self::new(error, description) }
    }

    pub(super) fn too_many(wait: std::time::Duration) -> Self {
        Self {
            status: StatusCode::TOO_MANY_REQUESTS,
            retry_after: Some(seconds(wait)),
            ..Self::new("slow_down", "Too many requests in too short a time.")
        }
    }
}

impl From<Denied> for OAuthError {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::TooMany(wait) => Self::too_many(wait),
            Denied::Db(fault) => fault.into(),
            Denied::InviteClosed(why) => Self::invite_closed(why),
            Denied::WrongResource => Self::invalid_target(),
            other => {
                tracing::error!(?other, "an operation refused what no client of OAuth asks for");
                Self::failed()
            }
        }
    }
}

impl From<DbError> for OAuthError {
    fn from(fault: DbError) -> Self {
        tracing::error!(%fault, "a request failed");
        if fault.is_passing() {
            return Self::unavailable(AWAY);
        }
        Self::failed()
    }
}

impl IntoResponse for OAuthError {
    fn into_response(self) -> Response {
        let body = OAuthErrorBody {
            error: self.error.to_owned(),
            error_description: Some(self.description.to_owned()),
            interval: None,
            crewmesh_opened: self.opening,
        };
        let mut response = (self.status, Json(body)).into_response();
        if let Some(wait) = self.retry_after {
            response.headers_mut().insert(RETRY_AFTER, wait.into());
        }
        if self.challenges {
            response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static(CHALLENGE));
        }
        response
    }
}
