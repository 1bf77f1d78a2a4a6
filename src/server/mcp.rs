//! `/mcp`: where a code agent comes that crewmesh did not start. A protected
//! resource (RFC 9728): whoever comes without a token is told where one is given,
//! before anything else is looked at and whatever the method, because clients
//! begin with GET, HEAD or POST.
//!
//! The surprising rule: the description stands at the root as well, though it is
//! of `/mcp` there too. Some clients look nowhere else, and none may end up with a
//! token for more than `/mcp`.

mod refusals;
mod workplace;

use axum::Json;
use axum::body::Body;
use axum::extract::{FromRequestParts as _, Request, State as Extract};
use axum::http::header::{ALLOW, HeaderValue};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use self::workplace::AtInstance;
use super::domain::resource::MCP_PATH as PATH;
use super::domain::scopes;
use super::http::api_error::ApiError;
use super::http::extract::whole;
use super::http::routes::Access::{Mcp, Public};
use super::http::routes::Routes;
use super::operations::Principal;
use super::state::{State, origin};
use crate::mcp;

/// Where it is described.
const METADATA: &str = "/.well-known/oauth-protected-resource/mcp";

pub fn routes() -> Routes {
    Routes::default()
        .get("/.well-known/oauth-protected-resource", Public, metadata)
        .get(METADATA, Public, metadata)
        .any(PATH, &[Method::GET, Method::POST, Method::DELETE], Mcp, endpoint)
}

/// Protected resource metadata (RFC 9728 §2).
async fn metadata(Extract(state): Extract<State>) -> Json<Value> {
    let issuer = origin(&state.base);
    Json(json!({
        "resource": format!("{issuer}{PATH}"),
        "authorization_servers": [issuer],
        "scopes_supported": scopes::OF_TOOLS,
        "bearer_methods_supported": ["header"],
        "resource_name": state.base.authority(),
    }))
}

async fn endpoint(Extract(state): Extract<State>, request: Request) -> Response {
    match signed_in(&state, request).await {
        Ok((by, request)) if request.method() == Method::POST => {
            mcp::answer(AtInstance::new(state, by), request).await
        }
        // No stream that a client opens, and no session that it could end.
        Ok(_) => {
            let (status, error) = (StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed");
            let mut refusal = ApiError::new(status, error, "Not with this method.").into_response();
            refusal.headers_mut().insert(ALLOW, HeaderValue::from_static("POST"));
            refusal
        }
        Err(refusal) => {
            let metadata = format!("{}{METADATA}", origin(&state.base));
            refusal.at_resource(&metadata, &scopes::OF_TOOLS.join(" ")).into_response()
        }
    }
}

/// Who sent `request`, and all of it. They are asked for once it is there: whoever
/// sends half of it keeps nothing of what they may have lost by the time of the
/// rest.
async fn signed_in(state: &State, request: Request) -> Result<(Principal, Request), ApiError> {
    let (mut parts, body) = whole(request, state).await?;
    let by = Principal::from_request_parts(&mut parts, state).await?;
    Ok((by, Request::from_parts(parts, Body::from(body))))
}
