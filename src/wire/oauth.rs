//! What the OAuth endpoints say (RFC 6749, 8414, 8628). Surprising rule: our
//! own additions to the metadata carry our name, and no client needs them.

use serde::{Deserialize, Serialize};

use super::{Opening, User};
use crate::secret::{Secret, exposed, exposed_if_any};

/// The grant type of RFC 8628 §3.4.
pub const DEVICE_CODE_GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// The public client built into every instance (PRODUCT: `crewmesh`).
pub const PUBLIC_CLIENT_ID: &str = "crewmesh";

/// Authorization server metadata (RFC 8414 §2) with our additions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Metadata {
    /// The URL the document was asked for, exactly.
    pub issuer: String,
    /// RFC 8628 §4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_authorization_endpoint: Option<String>,
    /// RFC 6749 §3.2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_endpoint: Option<String>,
    /// RFC 7009.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revocation_endpoint: Option<String>,
    /// RFC 7662.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub introspection_endpoint: Option<String>,
    /// OpenID Connect Discovery §3.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub userinfo_endpoint: Option<String>,
    /// RFC 6749 §3.1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authorization_endpoint: Option<String>,
    /// RFC 7591.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registration_endpoint: Option<String>,
    /// draft-ietf-oauth-client-id-metadata-document.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub client_id_metadata_document_supported: bool,
    /// RFC 8414 §2.
    #[serde(default)]
    pub response_types_supported: Vec<String>,
    /// RFC 8414 §2; what is left out there is not "none" but a default.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub response_modes_supported: Vec<String>,
    /// RFC 9207 §3.
    #[serde(default)]
    pub authorization_response_iss_parameter_supported: bool,
    /// RFC 8414 §2.
    #[serde(default)]
    pub grant_types_supported: Vec<String>,
    /// RFC 8414 §2.
    #[serde(default)]
    pub token_endpoint_auth_methods_supported: Vec<String>,
    /// RFC 8414 §2.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub revocation_endpoint_auth_methods_supported: Vec<String>,
    /// RFC 8414 §2.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub introspection_endpoint_auth_methods_supported: Vec<String>,
    /// RFC 7636.
    #[serde(default)]
    pub code_challenge_methods_supported: Vec<String>,
    /// RFC 8414 §2.
    #[serde(default)]
    pub scopes_supported: Vec<String>,
    /// RFC 8414 §2.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ui_locales_supported: Vec<String>,
    /// The version of a crewmesh instance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub crewmesh_version: Option<String>,
    /// The random id an instance gave itself when it was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub crewmesh_instance_id: Option<String>,
    /// The longest hold of a poll in seconds (RFC 7240 `Prefer: wait`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub crewmesh_wait: Option<u64>,
    /// Where the API describes itself (OpenAPI).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub crewmesh_openapi: Option<String>,
    /// Who may make an account: `open`, `invite` or `closed`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub crewmesh_sign_up: Option<String>,
}

/// The answer of the device authorization endpoint (RFC 8628 §3.2). The
/// client reads it leniently in `device_grant`; this is what our
/// server writes.
#[derive(Clone, Debug, Serialize)]
pub struct DeviceAuthorization {
    /// What the client polls with.
    #[serde(serialize_with = "exposed")]
    pub device_code: Secret,
    /// What the person types: `WDJB-MJPV`.
    pub user_code: String,
    /// Where they type it.
    pub verification_uri: String,
    /// The same with the code in it, for a QR code.
    pub verification_uri_complete: String,
    /// Seconds the codes live.
    pub expires_in: u64,
    /// Seconds between polls.
    pub interval: u64,
    /// Two words that its card shows as well, to be compared aloud.
    pub crewmesh_words: String,
}

/// The token endpoint's success (RFC 6749 §5.1) with our `user`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TokenGrant {
    #[serde(serialize_with = "exposed")]
    pub access_token: Secret,
    /// `Bearer`.
    pub token_type: String,
    /// Seconds the token lives; absent means the server does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_in: Option<u64>,
    /// What the token is renewed with (RFC 6749 §6), where it is.
    #[serde(default, skip_serializing_if = "Option::is_none", serialize_with = "exposed_if_any")]
    pub refresh_token: Option<Secret>,
    /// Space-separated scopes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// Who signed in, where the server says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<User>,
}

/// An OAuth error (RFC 6749 §5.2, RFC 8628 §3.5).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OAuthErrorBody {
    /// `authorization_pending`, `slow_down`, …
    pub error: String,
    /// The same for a person to read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_description: Option<String>,
    /// A new pace, where `slow_down` names one (GitHub does).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<u64>,
    /// Beside `authorization_pending`, for whoever asked to be told of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub crewmesh_opened: Option<Opening>,
}
