//! What one poll says.

use jiff::Timestamp;
use serde_json::Value;

use crate::error::AppError;
use crate::secret::Secret;
use crate::wire::Opening;

/// One answer to one poll (RFC 8628 §3.5), with what an approval brings.
/// Network trouble is no verdict: it is [`Poll::Failed`] and the same code is
/// asked for again.
#[derive(Clone, Debug, PartialEq)]
pub enum Poll<T> {
    /// `authorization_pending`.
    Pending,
    /// The same, and somebody opened the page of the code since the last answer.
    /// Only our own servers tell.
    Opened(Opening),
    /// `slow_down`, with the server's own new interval where it named one.
    SlowDown {
        /// Seconds to wait from now on, where the server says so.
        interval: Option<u64>,
    },
    /// Approved: here is the token.
    Approved(T),
    /// `access_denied` / `authorization_declined`.
    Refused,
    /// `expired_token`.
    Expired,
    /// `invalid_grant`: another process claimed it, or the server forgot it.
    Gone,
    /// Nothing that says anything about the code: timeout, reset, 5xx, HTML.
    Failed(AppError),
}

/// What an approval brings.
#[derive(Clone, Debug, PartialEq)]
pub struct IssuedToken {
    /// The access token (RFC 6749 §5.1).
    pub token: Secret,
    /// When it ends; `None` where the server does not say.
    pub expires_at: Option<Timestamp>,
    /// What renews it (RFC 6749 §6), of servers that give one.
    pub refresh_token: Option<Secret>,
    /// Who signed in, as our own servers say it beside the token.
    pub user: Option<Value>,
}

impl<T> Poll<T> {
    /// The same answer, with what `change` makes of an approval.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Poll<U> {
        match self {
            Self::Approved(issued) => Poll::Approved(change(issued)),
            Self::Pending => Poll::Pending,
            Self::Opened(opening) => Poll::Opened(opening),
            Self::SlowDown { interval } => Poll::SlowDown { interval },
            Self::Refused => Poll::Refused,
            Self::Expired => Poll::Expired,
            Self::Gone => Poll::Gone,
            Self::Failed(error) => Poll::Failed(error),
        }
    }
}
