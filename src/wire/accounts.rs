//! Who somebody is, by what they came, and what was done in their name.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    pub id: String,
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
    /// A code agent that such a device started.
    Agent,
    /// A personal access token.
    Pat,
    Service,
}

/// `GET /api/my/profile`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    #[serde(flatten)]
    pub user: User,
    /// By what kind of credential.
    pub via: Via,
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

/// Something that happened: `GET /api/my/audit`, `GET /api/admin/audit`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEvent {
    /// Opaque; sorts by time.
    pub id: String,
    pub ts: Timestamp,
    /// The account that did it; empty where nobody was signed in.
    pub actor: String,
    /// By way of what: `web`, `session`, `pat`, `service`, `client` (the program
    /// itself), `upstream`, `mail`, `reset`, `ticket`, `terminal`; `admin` is what
    /// whoever runs the instance did to the account.
    pub via: String,
    /// What: `mesh.created`, `auth.cli.session.revoked`, …
    pub action: String,
    /// To what, by its id.
    pub target: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_ip: Option<String>,
    #[serde(default)]
    pub meta: serde_json::Value,
}

/// `GET /api/admin/members`: somebody with an account on the instance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountFacts {
    pub id: String,
    pub name: String,
    /// E-mail; empty for the owner of an embedded instance.
    #[serde(default)]
    pub email: String,
    /// Whether they run the instance.
    pub admin: bool,
    /// The plan they are on, where there are plans.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<String>,
    /// Whether their sign-in takes a second factor.
    #[serde(default)]
    pub second_factor: bool,
    /// When the account was made.
    pub created_at: Timestamp,
}
