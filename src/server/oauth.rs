//! The OAuth endpoints: metadata, device authorization, token, revocation,
//! introspection, userinfo; and what an authorization request says, whose
//! page is `pages::consent`. Strict about what is a secret and lenient about
//! everything else, because any conforming client may come here: charset
//! parameters, repeated scopes, empty client secrets, no User-Agent. An error
//! is always `{error, error_description}`.

mod authorize;
mod client;
mod code;
mod device;
mod form;
mod introspect;
mod service;
mod token;

use crate::server::domain::audit_action::AuditAction;
use axum::Json;
use axum::extract::State as Extract;
use axum::http::header::{AUTHORIZATION, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::json;

pub(crate) use self::authorize::{Asked, Stranger, Wrong, given};
use self::client::client;
pub(crate) use self::device::begin;
use self::form::Form;
pub(crate) use self::token::{claim, key_of};
use super::state::{State, origin};
use super::store::{CredentialKind, DbError, Event};
use crate::i18n::Language;
use crate::server::domain::scopes;
use crate::server::http::api_error::{AWAY, ApiError};
use crate::server::http::extract::ClientIp as Address;
use crate::server::http::routes::Access::{Public, Scope};
use crate::server::http::routes::Routes;
use crate::server::operations::{Denied, Principal};
use crate::wire::{DEVICE_CODE_GRANT, Metadata, OAuthErrorBody};

/// The OAuth routes.
pub fn routes() -> Routes {
    Routes::default()
        .get("/.well-known/oauth-authorization-server", Public, metadata)
        // Where clients of OpenID providers look first. RFC 8414 §5 lets both
        // hold the same; nothing in it promises an ID token.
        .get("/.well-known/openid-configuration", Public, metadata)
        .post("/oauth/device_authorization", Public, device::authorize)
        .post("/oauth/token", Public, token::token)
        .post("/oauth/revoke", Public, revoke)
        .post("/oauth/introspect", Public, introspect::introspect)
        .get("/oauth/userinfo", Scope(scopes::PROFILE_READ), userinfo)
        .post("/oauth/userinfo", Scope(scopes::PROFILE_READ), userinfo)
}

/// RFC 6749 §4.1.
const AUTHORIZATION_CODE: &str = "authorization_code";

/// RFC 6749 §4.4.
const CLIENT_CREDENTIALS: &str = "client_credentials";

/// How a client shows who it is. The first is for the built-in one alone.
const AUTH_METHODS: [&str; 3] = ["none", "client_secret_basic", "client_secret_post"];

/// What a client that showed itself by a header, and is not known, is asked for
/// (RFC 7617).
const CHALLENGE: &str = "Basic realm=\"crewmesh\", charset=\"UTF-8\"";

/// An error of RFC 6749 §5.2.
#[derive(Clone, Debug)]
pub struct OAuthError {
    status: StatusCode,
    error: &'static str,
    description: &'static str,
    retry_after: Option<u64>,
    challenges: bool,
}

impl OAuthError {
    fn new(error: &'static str, description: &'static str) -> Self {
        let status = StatusCode::BAD_REQUEST;
        Self { status, error, description, retry_after: None, challenges: false }
    }

    /// The client that sent `headers` is not the one it says. It is asked to show
    /// itself by a header only where it did (RFC 6749 §5.2): a challenge beside
    /// the error is all that some libraries tell of then, and makes a browser ask
    /// the person.
    fn invalid_client(headers: &HeaderMap, description: &'static str) -> Self {
        Self {
            status: StatusCode::UNAUTHORIZED,
            challenges: headers.contains_key(AUTHORIZATION),
            ..Self::new("invalid_client", description)
        }
    }

    /// Asking again may help (RFC 6749 §4.1.2.1).
    fn unavailable(description: &'static str) -> Self {
        Self {
            status: StatusCode::SERVICE_UNAVAILABLE,
            retry_after: Some(1),
            ..Self::new("temporarily_unavailable", description)
        }
    }

    fn failed() -> Self {
        Self {
            status: StatusCode::INTERNAL_SERVER_ERROR,
            ..Self::new("server_error", "The instance failed; try again.")
        }
    }

    fn too_many(wait: std::time::Duration) -> Self {
        Self {
            status: StatusCode::TOO_MANY_REQUESTS,
            retry_after: Some(super::rate_limits::seconds(wait)),
            ..Self::new("slow_down", "Too many requests in too short a time.")
        }
    }
}

impl From<Denied> for OAuthError {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::TooMany(wait) => Self::too_many(wait),
            Denied::Db(fault) => fault.into(),
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

async fn metadata(Extract(state): Extract<State>) -> Json<Metadata> {
    let at = |path: &str| Some(format!("{}{path}", origin(&state.base)));
    let all = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect::<Vec<_>>();
    // Where nobody signs in to pages nothing is told of them.
    let consents = !state.is_embedded();
    let with_pages = |words: &[&str]| if consents { all(words) } else { Vec::new() };
    let mut grants = all(&[DEVICE_CODE_GRANT, CLIENT_CREDENTIALS]);
    grants.extend(with_pages(&[AUTHORIZATION_CODE]));
    Json(Metadata {
        issuer: origin(&state.base),
        device_authorization_endpoint: at("/oauth/device_authorization"),
        token_endpoint: at("/oauth/token"),
        revocation_endpoint: at("/oauth/revoke"),
        introspection_endpoint: at("/oauth/introspect"),
        userinfo_endpoint: at("/oauth/userinfo"),
        authorization_endpoint: at("/oauth/authorize").filter(|_| consents),
        response_types_supported: with_pages(&[authorize::RESPONSE_TYPE]),
        response_modes_supported: with_pages(&[authorize::RESPONSE_MODE]),
        authorization_response_iss_parameter_supported: consents,
        grant_types_supported: grants,
        token_endpoint_auth_methods_supported: all(&AUTH_METHODS),
        revocation_endpoint_auth_methods_supported: all(&AUTH_METHODS),
        introspection_endpoint_auth_methods_supported: all(&AUTH_METHODS[1..]),
        code_challenge_methods_supported: with_pages(&[authorize::CHALLENGE_METHOD]),
        ui_locales_supported: Language::ALL.map(|language| language.tag().to_owned()).to_vec(),
        scopes_supported: scopes::ALL
            .into_iter()
            .chain([scopes::TOKEN_INTROSPECT])
            .map(str::to_owned)
            .collect(),
        crewmesh_version: Some(env!("CARGO_PKG_VERSION").to_owned()),
        crewmesh_instance_id: Some(state.instance_id.clone()),
        crewmesh_openapi: at(crate::server::http::openapi::PATH),
        crewmesh_wait: Some(state.config.longest_hold.as_secs()),
        crewmesh_sign_up: Some(state.config.sign_up.name().to_owned()),
    })
}

/// RFC 7009: whoever was given a token may end it. An unknown one is ended
/// already; that a token is another client's is no secret from whoever has it
/// (§2.1).
async fn revoke(
    Extract(state): Extract<State>,
    Address(ip): Address,
    headers: HeaderMap,
    form: Result<Form, OAuthError>,
) -> Result<Json<serde_json::Value>, OAuthError> {
    let form = form?;
    let client = client(&state, &form, &headers, ip.as_deref()).await?;
    let token = form
        .secret("token")
        .ok_or_else(|| OAuthError::new("invalid_request", "token is missing."))?;
    let now = state.now();
    if let Some((credential, account)) = state.store.credential(&token, now).await? {
        if credential.client_id != client.id {
            return Err(OAuthError::new(
                "unauthorized_client",
                "That token was given to another client.",
            ));
        }
        let action = match credential.kind {
            CredentialKind::Session => AuditAction::SessionRevoked,
            CredentialKind::Pat => AuditAction::PatRevoked,
            CredentialKind::Service => AuditAction::ServiceTokenRevoked,
        };
        let event = Event::new(action, &account.id, "client", &credential.id).from(ip.as_deref());
        state
            .store
            .revoke_credential(&account.id, credential.kind, &credential.id, &event, now)
            .await?;
    }
    // Of no meaning, but simple-oauth2 takes an empty body for a fault.
    Ok(Json(json!({})))
}

async fn userinfo(principal: Result<Principal, ApiError>) -> Response {
    match principal {
        Ok(principal) => {
            let user = principal.account.user();
            Json(json!({ "sub": user.id, "id": user.id, "name": user.name, "email": user.email }))
                .into_response()
        }
        Err(refusal) => refusal.in_oauth(),
    }
}
