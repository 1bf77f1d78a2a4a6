//! What a person connected: an account of theirs at an AI provider, or a model server
//! of their own. The surprising rule: what opens it is seen only in a lease, which one
//! start of an agent is given; the rest can be shown to anybody who looks over a shoulder.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::secret::{Secret, exposed_if_any};

/// How something was connected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// The person signed in with a device code (RFC 8628).
    Device,
    /// The person signed in in a browser that came back with a code.
    Redirect,
    /// The vendor's own program signed in, in a folder of ours.
    Vendor,
    /// A key or an access token, pasted.
    Token,
    /// What was on the machine already.
    Import,
    /// The address of a model server.
    Endpoint,
}

impl Way {
    /// Every way there is.
    pub const ALL: [Self; 6] =
        [Self::Device, Self::Redirect, Self::Vendor, Self::Token, Self::Import, Self::Endpoint];

    /// Its word on the wire and in the database.
    pub fn word(self) -> &'static str {
        match self {
            Self::Device => "device",
            Self::Redirect => "redirect",
            Self::Vendor => "vendor",
            Self::Token => "token",
            Self::Import => "import",
            Self::Endpoint => "endpoint",
        }
    }

    /// The one of this word.
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|way| way.word() == word)
    }
}

/// How a connection is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Health {
    /// The provider lets it in.
    Good,
    /// It lets it in, but not to all.
    Narrow,
    /// It lets it in, but there is nothing left to pay with.
    Poor,
    /// It lets it in no more.
    Over,
    /// It does not answer.
    Down,
    /// It does not say, or nobody can ask.
    #[serde(other)]
    Unknown,
}

impl Health {
    /// Every one there is.
    pub const ALL: [Self; 6] =
        [Self::Good, Self::Narrow, Self::Poor, Self::Over, Self::Down, Self::Unknown];

    /// Its word on the wire and in the database.
    pub fn word(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Narrow => "narrow",
            Self::Poor => "poor",
            Self::Over => "over",
            Self::Down => "down",
            Self::Unknown => "unknown",
        }
    }

    /// The one of this word.
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|health| health.word() == word)
    }
}

/// What somebody connected, without what opens it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connection {
    pub id: String,
    /// The provider's name, such as `anthropic`.
    pub provider: String,
    /// What the person calls it; empty for the only one.
    #[serde(default)]
    pub label: String,
    pub way: Way,
    /// What kind of credential it is, such as `api_key`.
    pub kind: String,
    /// Where a model server is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    /// The model that agents ask for, unless a start names another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Whose it is, as the provider told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holder: Option<String>,
    /// What they pay the provider for, as it told: `plus`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<String>,
    /// When it ends, where nobody renews it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub good_until: Option<Timestamp>,
    /// When the provider was found to let it in no more: it is connected again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<Timestamp>,
    /// The last four characters of the credential; empty where there is none.
    #[serde(default)]
    pub last_four: String,
    /// Whether it is meant where nobody says which.
    pub default: bool,
    pub created_at: Timestamp,
    /// When the provider last let it in; `None` where nobody could ask.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verified_at: Option<Timestamp>,
    /// What its provider said when it was last asked how it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub health: Option<Health>,
    /// When that was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checked_at: Option<Timestamp>,
    /// What is left there, as the provider counts it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left: Option<String>,
    /// When an agent was last started with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_used_at: Option<Timestamp>,
    /// The short names of the meshes in which its owner shares it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shared_in: Vec<String>,
    /// How many agents were started with it on each of the last 30 days, today last.
    #[serde(default)]
    pub uses: Vec<u32>,
}

/// `POST /api/my/providers`: connects, or connects anew what has this label already.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NewConnection {
    pub provider: String,
    #[serde(default)]
    pub label: String,
    pub way: Way,
    pub kind: String,
    #[serde(default, skip_serializing_if = "Option::is_none", serialize_with = "exposed_if_any")]
    pub secret: Option<Secret>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    /// As in [`Connection::model`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holder: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<String>,
    /// When `secret` ends, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// What renews `secret` (RFC 6749 §6).
    #[serde(default, skip_serializing_if = "Option::is_none", serialize_with = "exposed_if_any")]
    pub refresh_token: Option<Secret>,
    /// The OAuth client for which both were given out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// Whether the provider let it in just now.
    #[serde(default)]
    pub verified: bool,
}

impl NewConnection {
    /// One by this way, with what opens it, if anything does.
    pub fn new(way: Way, kind: String, secret: Option<Secret>) -> Self {
        Self {
            provider: String::new(),
            label: String::new(),
            way,
            kind,
            secret,
            endpoint: None,
            model: None,
            holder: None,
            plan: None,
            expires_at: None,
            refresh_token: None,
            client_id: None,
            verified: false,
        }
    }
}

/// `POST /api/my/providers/:id/lease`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewLease {
    /// The short name of the machine it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub machine: Option<String>,
    /// The agent it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
}

/// The reply to [`NewLease`]: what one start of an agent gets.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Lease {
    /// What is leased.
    #[serde(flatten)]
    pub connection: Connection,
    /// What opens it; `None` where nothing closes it.
    #[serde(default, skip_serializing_if = "Option::is_none", serialize_with = "exposed_if_any")]
    pub secret: Option<Secret>,
    /// Until when a machine may start agents with it without asking again.
    pub expires_at: Timestamp,
}

/// The most characters of a model's name.
pub const LONGEST_MODEL: usize = 200;

/// Whether `name` can be a model's: one word, and none that a command takes for an option.
pub fn is_model(name: &str) -> bool {
    (1..=LONGEST_MODEL).contains(&name.len())
        && !name.starts_with('-')
        && name.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"'\\{}`$".contains(&byte))
}
