//! How a tool is told why something was not done: in the words of the API, which are
//! English, as models read best.

use axum::http::StatusCode;

use crate::error::{AppError, ErrorKind};
use crate::i18n::Words;
use crate::server::http::api_error::ApiError;
use crate::server::operations::Denied;

/// What a tool says of `denied`.
pub(super) fn told(denied: Denied) -> AppError {
    let refusal = ApiError::from(denied);
    let kind = match refusal.status {
        StatusCode::UNAUTHORIZED => ErrorKind::NotSignedIn,
        StatusCode::FORBIDDEN => ErrorKind::NotAllowed,
        StatusCode::NOT_FOUND | StatusCode::GONE => ErrorKind::NotFound,
        StatusCode::CONFLICT => ErrorKind::AlreadyExists,
        StatusCode::BAD_REQUEST => ErrorKind::BadArguments,
        status if status.is_server_error() => ErrorKind::Unreachable,
        _ => ErrorKind::Failed,
    };
    let retry_after = refusal.retry_after();
    let body = refusal.body;
    let mut error = AppError::new(kind, body.error, Words::verbatim(&body.message));
    error.hint = body.hint.map(|hint| Words::verbatim(&hint));
    error.retry_after = retry_after;
    error
}
