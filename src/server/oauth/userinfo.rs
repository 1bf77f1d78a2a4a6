//! Who a token's person is (OpenID Connect Core §5.3).

use axum::Json;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::server::http::api_error::ApiError;
use crate::server::operations::Principal;

pub(super) async fn userinfo(principal: Result<Principal, ApiError>) -> Response {
    match principal {
        Ok(principal) => {
            let user = principal.account.user();
            Json(json!({ "sub": user.id, "id": user.id, "name": user.name, "email": user.email }))
                .into_response()
        }
        Err(refusal) => refusal.in_oauth(),
    }
}
