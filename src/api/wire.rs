//! What goes over the wire, as client and server both know it.
//!
//! Pure data: no IO, no checks beyond the shape. Unknown members are ignored
//! on reading; absent optional ones are left out on writing. Times are
//! RFC 3339 UTC ([`Timestamp`]) or, where a name ends in `_in`, whole seconds.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::secret::{Secret, exposed};

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
/// client reads it leniently in `sign_in::device_grant`; this is what our
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
}

/// The token endpoint's success (RFC 6749 §5.1) with our `user`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TokenGrant {
    /// The token.
    #[serde(serialize_with = "exposed")]
    pub access_token: Secret,
    /// `Bearer`.
    pub token_type: String,
    /// Seconds the token lives; absent means the server does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_in: Option<u64>,
    /// Space-separated scopes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// Who signed in, where the server says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<User>,
}

/// An OAuth error (RFC 6749 §5.2, RFC 8628 §3.5).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OAuthError {
    /// `authorization_pending`, `slow_down`, …
    pub error: String,
    /// For a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_description: Option<String>,
    /// A new pace, where `slow_down` names one (GitHub does).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<u64>,
}

/// An error of our own API.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiError {
    /// A stable `snake_case` word.
    pub error: String,
    /// What happened.
    #[serde(default)]
    pub message: String,
    /// What to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// With `slug_taken`: a free one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suggested_slug: Option<String>,
    /// With `plan_required`: the one with room for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<String>,
    /// With `upgrade_required`: the oldest client that will do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_version: Option<String>,
}

/// A person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// Opaque.
    pub id: String,
    /// Display name.
    pub name: String,
    /// E-mail; empty for the owner of an embedded instance.
    #[serde(default)]
    pub email: String,
}

/// What kind of credential a request came with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Via {
    /// A signed-in device.
    Session,
    /// A personal access token.
    Pat,
    /// A service client.
    Service,
}

/// `GET /api/my/profile`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// Who.
    #[serde(flatten)]
    pub user: User,
    /// By what kind of credential.
    pub via: Via,
    /// That credential.
    pub token: TokenFacts,
}

/// What may be told of a token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenFacts {
    /// Its name: the device's, or what the person called it.
    pub name: String,
    /// When it ends; `None` is never.
    pub expires_at: Option<Timestamp>,
    /// What it may do.
    #[serde(default)]
    pub scopes: Vec<String>,
}

/// A page of a list. `?limit≤100&cursor=`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listing<T> {
    /// This page's rows.
    pub data: Vec<T>,
    /// How many there are in all.
    pub total: u64,
    /// Where the next page begins; `None` on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

/// A person's permission in a mesh.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// May invite, change and remove.
    Admin,
    /// Takes part.
    #[default]
    Member,
}

/// A mesh as one of its members sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mesh {
    /// Opaque.
    pub id: String,
    /// Display name.
    pub name: String,
    /// Unique on the instance.
    pub slug: String,
    /// The asking person's.
    pub role: Role,
    /// How many people are in it.
    pub member_count: u64,
    /// When it was made.
    pub created_at: Timestamp,
}

/// `POST /api/my/meshes`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewMesh {
    /// Display name.
    pub name: String,
    /// Derived from the name when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slug: Option<String>,
}

/// `PATCH /api/my/meshes/:id`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeshChange {
    /// A new display name; the slug stays.
    pub name: String,
}

/// Somebody in a mesh.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// The account's.
    pub id: String,
    /// Display name.
    pub name: String,
    /// E-mail; empty for the owner of an embedded instance.
    #[serde(default)]
    pub email: String,
    /// What they may do.
    pub role: Role,
    /// Whether it is a program that signs in as itself.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub service: bool,
    /// When they joined.
    pub joined_at: Timestamp,
}

/// `PATCH /api/my/meshes/:id/members/:member`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberChange {
    /// What they may do from now on.
    pub role: Role,
}

/// Something that happened: `GET /api/my/audit`, `GET /api/admin/audit`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEvent {
    /// Opaque; sorts by time.
    pub id: String,
    /// When.
    pub ts: Timestamp,
    /// The account that did it; empty where nobody was signed in.
    pub actor: String,
    /// By way of what: `web`, `session`, `pat`, `service`, `ticket`, `terminal`.
    pub via: String,
    /// What: `mesh.created`, `auth.cli.session.revoked`, …
    pub action: String,
    /// To what, by its id.
    pub target: String,
    /// From where.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_ip: Option<String>,
    /// Details.
    #[serde(default)]
    pub meta: serde_json::Value,
}

/// `GET /api/admin/members`: somebody with an account on the instance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountFacts {
    /// Opaque.
    pub id: String,
    /// Display name.
    pub name: String,
    /// E-mail; empty for the owner of an embedded instance.
    #[serde(default)]
    pub email: String,
    /// Whether they run the instance.
    pub admin: bool,
    /// The plan they are on, where there are plans.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<String>,
    /// When the account was made.
    pub created_at: Timestamp,
}

/// Whether a machine's agents have been heard from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Liveness {
    /// Heard from within 90 s.
    Online,
    /// Heard from before.
    Offline,
    /// Never heard from.
    #[default]
    Unknown,
}

/// A computer as the account knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Machine {
    /// Opaque.
    pub id: String,
    /// Display name, may change.
    pub name: String,
    /// Frozen when made.
    pub slug: String,
    /// An Electricity Maps zone key; `None` is "set later".
    pub location: Option<String>,
    /// Whether it is the asking machine, by anchor.
    #[serde(default)]
    pub this: bool,
    /// Whether its agents have been heard from.
    #[serde(default)]
    pub liveness: Liveness,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_seen_at: Option<Timestamp>,
}

/// `POST /api/my/machines`: get or create on (account, anchor).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewMachine {
    /// Hex SHA-256 over instance id, OS machine id and OS user id.
    pub anchor: String,
    /// Display name.
    pub name: String,
    /// Derived from the name when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slug: Option<String>,
    /// A zone key; `None` only after "set later".
    #[serde(default)]
    pub location: Option<String>,
    /// `linux`, `macos`, `windows`, …
    #[serde(default)]
    pub os: String,
    /// `x86_64`, `aarch64`, …
    #[serde(default)]
    pub arch: String,
}

/// `PATCH /api/my/machines/:id`. Absent members stay as they are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MachineChange {
    /// A new display name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// A new zone key; counts from now on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
}

/// A signed-in device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Opaque.
    pub id: String,
    /// The device's name.
    pub name: String,
    /// Its operating system.
    pub os: String,
    /// Its architecture.
    pub arch: String,
    /// Where it was signed in from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ip: Option<String>,
    /// When.
    pub created_at: Timestamp,
    /// When it was last used.
    pub last_used_at: Option<Timestamp>,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
    /// Whether it is the one that asks.
    pub current: bool,
}

/// A personal access token, without the token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessToken {
    /// Opaque.
    pub id: String,
    /// What the person called it.
    pub name: String,
    /// Its last four characters.
    pub last_four: String,
    /// What it may do.
    pub scopes: Vec<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last used.
    pub last_used_at: Option<Timestamp>,
    /// When it ends; `None` is never.
    pub expires_at: Option<Timestamp>,
}

/// `POST /api/my/cli/tokens`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewAccessToken {
    /// What the person calls it.
    pub name: String,
    /// 30, 90, 365; explicit `null` is never; absent is 365.
    #[serde(default = "one_year")]
    pub expires_in_days: Option<u32>,
    /// All of the person's when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scopes: Option<Vec<String>>,
}

// serde wants exactly the field's type.
#[allow(clippy::unnecessary_wraps)]
fn one_year() -> Option<u32> {
    Some(365)
}

/// The reply to [`NewAccessToken`]: the only time the token is seen.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MintedAccessToken {
    /// What may be told of it later.
    #[serde(flatten)]
    pub facts: AccessToken,
    /// The token.
    #[serde(serialize_with = "exposed")]
    pub token: Secret,
}

/// A program that signs in as itself, without its secret:
/// `GET /api/admin/service-clients`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceClient {
    /// What it calls itself: its `client_id`, and its id as a member of meshes.
    pub id: String,
    /// Display name.
    pub name: String,
    /// The most that it may do.
    pub scopes: Vec<String>,
    /// Where a browser may be sent with a code for it.
    #[serde(default)]
    pub redirect_uris: Vec<String>,
    /// The slugs of the meshes it is in.
    #[serde(default)]
    pub meshes: Vec<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last signed in.
    pub last_used_at: Option<Timestamp>,
}

/// `POST /api/admin/service-clients`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewServiceClient {
    /// Display name.
    pub name: String,
    /// The most that it may do; at least one.
    pub scopes: Vec<String>,
    /// Where a browser may be sent with a code for it: `https`, or `http` on
    /// loopback.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub redirect_uris: Vec<String>,
}

/// The reply to [`NewServiceClient`]: the only time the secret is seen.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MintedServiceClient {
    /// What may be told of it later.
    #[serde(flatten)]
    pub facts: ServiceClient,
    /// The same as its id, as OAuth calls it.
    pub client_id: String,
    /// The secret.
    #[serde(serialize_with = "exposed")]
    pub client_secret: Secret,
}

/// `POST /api/my/meshes/:id/invites`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewInvite {
    /// What the new member may do.
    #[serde(default)]
    pub role: Role,
    /// Whom to send it to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// 1…365.
    #[serde(default = "one_week")]
    pub expires_in_days: u32,
    /// 1…1000.
    #[serde(default = "once")]
    pub max_uses: u32,
}

fn one_week() -> u32 {
    7
}

fn once() -> u32 {
    1
}

/// The reply to [`NewInvite`]: the only time the code is seen.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MintedInvite {
    /// Opaque.
    pub id: String,
    /// The code, grouped for reading.
    #[serde(serialize_with = "exposed")]
    pub code: Secret,
    /// The link with the code in it.
    #[serde(serialize_with = "exposed")]
    pub url: Secret,
    /// When it ends.
    pub expires_at: Timestamp,
    /// Whether a mail was sent.
    pub emailed: bool,
}

/// An invite that still works, without its code: `GET /api/my/meshes/:id/invites`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenInvite {
    /// Opaque.
    pub id: String,
    /// What the new member may do.
    pub role: Role,
    /// Whom it was sent to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// How many may use it.
    pub max_uses: u32,
    /// How many have.
    pub uses: u32,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// `GET /api/invites/:code`: what somebody sees before they join.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvitePreview {
    /// Opaque.
    #[serde(default)]
    pub id: String,
    /// Of the mesh.
    pub mesh_name: String,
    /// Of the mesh.
    pub mesh_slug: String,
    /// Display name of who invites.
    pub inviter: String,
    /// What the new member may do.
    pub role: Role,
    /// How many people are in the mesh.
    pub member_count: u64,
    /// When the invite ends.
    pub expires_at: Timestamp,
}

/// The reference document's `POST /api/auth/cli/device-code`, and what our own
/// device authorization request says of the device.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// What the person calls it, or the host name.
    #[serde(default)]
    pub device_name: String,
    /// Its operating system.
    #[serde(default)]
    pub device_os: String,
    /// Its architecture.
    #[serde(default)]
    pub device_arch: String,
}

/// What the approval card says of a code: on the page, in the terminal
/// (`a`), and for `crewmesh approve CODE`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApprovalCard {
    /// Opaque.
    #[serde(default)]
    pub id: String,
    /// `WDJB-MJPV`.
    pub user_code: String,
    /// The asking device.
    #[serde(flatten)]
    pub device: Device,
    /// The address it asked from.
    pub ip: Option<String>,
    /// Seconds until the code ends.
    pub expires_in: u64,
}
