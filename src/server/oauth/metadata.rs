//! What the instance tells of itself (RFC 8414).

use axum::Json;
use axum::extract::State as Extract;

use super::authorize;
use crate::i18n::Language;
use crate::server::domain::scopes;
use crate::server::http::openapi;
use crate::server::state::{State, origin};
use crate::wire::{DEVICE_CODE_GRANT, Metadata};

/// RFC 6749 §4.1.
pub(super) const AUTHORIZATION_CODE: &str = "authorization_code";

/// RFC 6749 §4.4.
pub(super) const CLIENT_CREDENTIALS: &str = "client_credentials";

/// RFC 6749 §6.
pub(super) const REFRESH_TOKEN: &str = "refresh_token";

/// How a client shows who it is. The first is for those that have no secret.
const AUTH_METHODS: [&str; 3] = ["none", "client_secret_basic", "client_secret_post"];

pub(super) async fn metadata(Extract(state): Extract<State>) -> Json<Metadata> {
    let at = |path: &str| Some(format!("{}{path}", origin(&state.base)));
    let all = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect::<Vec<_>>();
    // Where nobody signs in to pages nothing is told of them.
    let consents = !state.is_embedded();
    let with_pages = |words: &[&str]| if consents { all(words) } else { Vec::new() };
    let mut grants = all(&[DEVICE_CODE_GRANT, CLIENT_CREDENTIALS]);
    grants.extend(with_pages(&[AUTHORIZATION_CODE]));
    grants.push(REFRESH_TOKEN.to_owned());
    Json(Metadata {
        issuer: origin(&state.base),
        device_authorization_endpoint: at("/oauth/device_authorization"),
        token_endpoint: at("/oauth/token"),
        revocation_endpoint: at("/oauth/revoke"),
        introspection_endpoint: at("/oauth/introspect"),
        userinfo_endpoint: at("/oauth/userinfo"),
        authorization_endpoint: at("/oauth/authorize").filter(|_| consents),
        registration_endpoint: at("/oauth/register").filter(|_| state.registers_clients()),
        client_id_metadata_document_supported: state.reads_client_documents(),
        response_types_supported: with_pages(&[authorize::RESPONSE_TYPE]),
        response_modes_supported: with_pages(&[authorize::RESPONSE_MODE]),
        authorization_response_iss_parameter_supported: consents,
        grant_types_supported: grants,
        token_endpoint_auth_methods_supported: all(&AUTH_METHODS),
        revocation_endpoint_auth_methods_supported: all(&AUTH_METHODS),
        introspection_endpoint_auth_methods_supported: all(&AUTH_METHODS[1..]),
        code_challenge_methods_supported: with_pages(&[authorize::CHALLENGE_METHOD]),
        ui_locales_supported: Language::ALL.map(|language| language.tag().to_owned()).to_vec(),
        // Some clients ask for all that they are told of.
        scopes_supported: scopes::ALL
            .into_iter()
            .filter(|scope| scopes::is_ordinary(scope))
            .chain([scopes::TOKEN_INTROSPECT, scopes::OFFLINE_ACCESS])
            .map(str::to_owned)
            .collect(),
        crewmesh_version: Some(env!("CARGO_PKG_VERSION").to_owned()),
        crewmesh_instance_id: Some(state.instance_id.clone()),
        crewmesh_openapi: at(openapi::PATH),
        crewmesh_wait: Some(state.config.longest_hold.as_secs()),
        crewmesh_sign_up: Some(state.config.sign_up.name().to_owned()),
    })
}
