//! The OAuth endpoints: metadata, device authorization, token, revocation,
//! introspection, userinfo. Strict about what is a secret and lenient about everything else,
//! because any conforming client may come here: charset parameters, repeated
//! scopes, empty client secrets, no User-Agent. An error is always
//! `{error, error_description}`.

mod client;
mod device;
mod form;
mod introspect;
mod service;
mod token;

use axum::Json;
use axum::Router;
use axum::extract::State as Extract;
use axum::http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::json;

use self::client::client;
pub(crate) use self::device::begin;
use self::form::Form;
pub(crate) use self::token::{claim, key_of};
use super::caller::{Actor, From as Address};
use super::refusal::Refusal;
use super::scopes;
use super::state::{State, origin};
use super::store::{CredentialKind, Event, Fault};
use crate::api::wire::{DEVICE_CODE_GRANT, Metadata, OAuthError};

/// The OAuth routes.
pub fn routes() -> Router<State> {
    Router::new()
        .route("/.well-known/oauth-authorization-server", get(metadata))
        .route("/oauth/device_authorization", post(device::authorize))
        .route("/oauth/token", post(token::token))
        .route("/oauth/revoke", post(revoke))
        .route("/oauth/introspect", post(introspect::introspect))
        .route("/oauth/userinfo", get(userinfo).post(userinfo))
}

/// RFC 6749 §4.4.
const CLIENT_CREDENTIALS: &str = "client_credentials";

/// How a client shows who it is.
const AUTH_METHODS: [&str; 3] = ["none", "client_secret_basic", "client_secret_post"];

/// What a client that is not known is asked for (RFC 7617).
const CHALLENGE: &str = "Basic realm=\"crewmesh\", charset=\"UTF-8\"";

/// An error of RFC 6749 §5.2.
#[derive(Clone, Debug)]
pub struct OAuthRefusal {
    status: StatusCode,
    error: &'static str,
    description: &'static str,
    retry_after: Option<u64>,
}

impl OAuthRefusal {
    fn new(error: &'static str, description: &'static str) -> Self {
        Self { status: StatusCode::BAD_REQUEST, error, description, retry_after: None }
    }

    fn too_many(wait: std::time::Duration) -> Self {
        Self {
            status: StatusCode::TOO_MANY_REQUESTS,
            retry_after: Some(super::limits::seconds(wait)),
            ..Self::new("slow_down", "Too many requests in too short a time.")
        }
    }
}

impl From<Fault> for OAuthRefusal {
    fn from(fault: Fault) -> Self {
        tracing::error!(%fault, "a request failed");
        Self {
            status: StatusCode::INTERNAL_SERVER_ERROR,
            ..Self::new("server_error", "The instance failed; try again.")
        }
    }
}

impl IntoResponse for OAuthRefusal {
    fn into_response(self) -> Response {
        let body = OAuthError {
            error: self.error.to_owned(),
            error_description: Some(self.description.to_owned()),
            interval: None,
        };
        let mut response = (self.status, Json(body)).into_response();
        if let Some(wait) = self.retry_after {
            response.headers_mut().insert(RETRY_AFTER, wait.into());
        }
        if self.status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static(CHALLENGE));
        }
        response
    }
}

async fn metadata(Extract(state): Extract<State>) -> Json<Metadata> {
    let at = |path: &str| Some(format!("{}{path}", origin(&state.base)));
    Json(Metadata {
        issuer: origin(&state.base),
        device_authorization_endpoint: at("/oauth/device_authorization"),
        token_endpoint: at("/oauth/token"),
        revocation_endpoint: at("/oauth/revoke"),
        introspection_endpoint: at("/oauth/introspect"),
        userinfo_endpoint: at("/oauth/userinfo"),
        authorization_endpoint: None,
        response_types_supported: Vec::new(),
        grant_types_supported: [DEVICE_CODE_GRANT, CLIENT_CREDENTIALS].map(str::to_owned).to_vec(),
        token_endpoint_auth_methods_supported: AUTH_METHODS.map(str::to_owned).to_vec(),
        code_challenge_methods_supported: Vec::new(),
        scopes_supported: scopes::ALL
            .into_iter()
            .chain([scopes::TOKEN_INTROSPECT])
            .map(str::to_owned)
            .collect(),
        crewmesh_version: Some(env!("CARGO_PKG_VERSION").to_owned()),
        crewmesh_instance_id: Some(state.instance_id.clone()),
        crewmesh_wait: Some(state.config.longest_hold.as_secs()),
        crewmesh_sign_up: Some(state.config.sign_up.name().to_owned()),
    })
}

/// RFC 7009: whoever holds a token may end it. An unknown one is ended already.
async fn revoke(
    Extract(state): Extract<State>,
    Address(ip): Address,
    headers: HeaderMap,
    form: Result<Form, OAuthRefusal>,
) -> Result<StatusCode, OAuthRefusal> {
    let form = form?;
    client(&state, &form, &headers, ip.as_deref()).await?;
    let token = form
        .secret("token")
        .ok_or_else(|| OAuthRefusal::new("invalid_request", "token is missing."))?;
    let now = state.now();
    if let Some((credential, account)) = state.store.credential(&token, now).await? {
        let action = match credential.kind {
            CredentialKind::Session => "auth.cli.session.revoked",
            CredentialKind::Pat => "auth.cli.pat.revoked",
            CredentialKind::Service => "service_client.token.revoked",
        };
        let event = Event::new(action, &account.id, "client", &credential.id);
        state
            .store
            .revoke_credential(&account.id, credential.kind, &credential.id, &event, now)
            .await?;
    }
    Ok(StatusCode::OK)
}

async fn userinfo(actor: Result<Actor, Refusal>) -> Response {
    let allowed = actor.and_then(|actor| actor.may(scopes::PROFILE_READ).map(|()| actor));
    match allowed {
        Ok(actor) => {
            let user = actor.account.user();
            Json(json!({ "sub": user.id, "id": user.id, "name": user.name, "email": user.email }))
                .into_response()
        }
        Err(refusal) => {
            let (error, description) = (refusal.body.error.clone(), refusal.body.message.clone());
            let (parts, _) = refusal.into_response().into_parts();
            let mut response =
                Json(json!({ "error": error, "error_description": description })).into_response();
            *response.status_mut() = parts.status;
            for name in [WWW_AUTHENTICATE, RETRY_AFTER] {
                if let Some(value) = parts.headers.get(&name) {
                    response.headers_mut().insert(name, value.clone());
                }
            }
            response
        }
    }
}
