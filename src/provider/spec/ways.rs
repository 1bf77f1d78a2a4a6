//! What each way to connect a provider wants to know of it, and how an address or a client
//! is written down there.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Deserializer};
use url::Url;

use crate::secret::Secret;

/// A client that somebody registered at a provider (RFC 6749 §2).
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Client {
    /// Without one nobody signs in by it.
    #[serde(default, deserialize_with = "client_id_if_any")]
    pub id: Option<String>,
    /// Where its secret stands, if it has one.
    pub secret_file: Option<PathBuf>,
    /// That secret. It stands in no file of tables.
    #[serde(skip)]
    pub secret: Option<Secret>,
    /// What is asked for (RFC 6749 §3.3), where it must be said.
    pub scope: Option<String>,
}

/// A sign-in by device code (RFC 8628), for a client of whoever runs the instance.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Device {
    /// The device authorization endpoint (RFC 8628 §3.1).
    #[serde(deserialize_with = "web_address")]
    pub authorization: String,
    /// The token endpoint (RFC 8628 §3.4).
    #[serde(deserialize_with = "web_address")]
    pub token: String,
    /// What kind of credential it brings.
    pub kind: String,
    /// The page on which a person ends what it brings, where the instance cannot.
    pub ended: Option<String>,
}

/// A sign-in in a browser that comes back with a code: for a client of whoever runs the
/// instance (RFC 6749 §4.1, RFC 7636), or for none.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Redirect {
    /// The authorization endpoint (RFC 6749 §3.1).
    #[serde(deserialize_with = "web_address")]
    pub authorization: String,
    /// Where the code is exchanged.
    #[serde(deserialize_with = "web_address")]
    pub token: String,
    /// What kind of credential it brings.
    pub kind: String,
    /// The page on which a person ends what it brings, where the instance cannot.
    pub ended: Option<String>,
    /// Whether a client without a secret is refused there.
    #[serde(default)]
    pub needs_secret: bool,
    /// How it goes where no client has to be registered.
    pub without_client: Option<WithoutClient>,
}

/// A sign-in in a browser for nobody's client, whose code is exchanged as JSON.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct WithoutClient {
    /// What the address is called that it comes back to; without one the code is shown.
    pub callback: String,
    /// What the name is called that the credential is to have there.
    pub label: Option<String>,
    /// Where the credential stands in the reply (RFC 6901).
    pub secret: String,
}

/// A program of the provider's own, which signs in within a folder that is for that alone.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Vendor {
    /// The code agent that it is (`assets/agents`).
    pub agent: String,
    pub args: Vec<String>,
    /// The variable that says where the folder is.
    pub folder: String,
    /// What stands in it before.
    #[serde(default)]
    pub files: BTreeMap<String, String>,
    /// Variables of the person's that would be used in its place.
    #[serde(default)]
    pub unset: Vec<String>,
    /// What kind of credential it brings.
    pub kind: String,
    /// The file that it leaves.
    pub leaves: Option<Leaves>,
    /// How a token begins that it shows in the end, where it leaves none.
    pub shows: Option<String>,
    /// The page on which a person ends what it brings, where the instance cannot.
    pub ended: Option<String>,
}

/// A file that is left, JSON, and what stands in it.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Leaves {
    pub file: String,
    pub secret: At,
    pub refresh_token: Option<At>,
    /// Whose it is.
    pub holder: Option<At>,
    /// What they pay for.
    pub plan: Option<At>,
}

/// Where something stands in a file.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct At {
    /// As RFC 6901 has it; a `*` at the end of a name stands for whatever follows, and the
    /// first that is there is taken.
    pub at: String,
    /// Where among the claims of the token there (RFC 7519), if not that itself is it.
    pub claim: Option<String>,
}

/// Where a program keeps what opens an account. What several tables of one program say is
/// tried in order.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Stored {
    /// The program, by its name.
    pub program: String,
    /// Its file, the first that can be: `$VARIABLE/…` where that is set, `~/…`.
    pub files: Vec<String>,
    /// What it is given to say it, where it may be kept in a keyring as well.
    #[serde(default)]
    pub prints: Vec<String>,
    /// Where it stands in the file, JSON.
    pub secret: Option<At>,
    /// Where what renews it stands. What its program renews stays where it is.
    pub renews: Option<At>,
}

/// The token endpoint at which what was given out is renewed (RFC 6749 §6).
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Renewal {
    /// The kinds of credential that are renewed.
    pub kinds: Vec<String>,
    #[serde(deserialize_with = "web_address")]
    pub url: String,
    /// The OAuth client of the vendor's own program.
    pub client_id: Option<String>,
    pub body: Body,
    /// Where what is not used any more is ended (RFC 7009).
    pub revocation: Option<String>,
    /// The errors after which somebody has to sign in again, besides `invalid_grant`.
    #[serde(default)]
    pub over: Vec<String>,
}

/// How a request's fields are written.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Body {
    Form,
    Json,
}

/// A server that people run themselves.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct ModelServer {
    /// Where it is unless somebody moved it.
    pub endpoint: Option<String>,
}

/// An address that can be asked, as it is written. A fault is told without it: a password
/// may be in it.
pub(super) fn web_address<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    if is_web_address(&text) { Ok(text) } else { Err(serde::de::Error::custom(NO_WEB_ADDRESS)) }
}

pub(super) fn base_if_any<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<String>, D::Error> {
    let text = String::deserialize(deserializer)?;
    if is_base(&text) { Ok(Some(text)) } else { Err(serde::de::Error::custom(NO_BASE)) }
}

fn client_id_if_any<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    let text = String::deserialize(from)?;
    if is_client_id(&text) { Ok(Some(text)) } else { Err(serde::de::Error::custom(NO_CLIENT)) }
}

/// What is said of what is no client's id.
pub(in crate::provider) const NO_CLIENT: &str = "no client has such an id";

/// Whether a client may be called so: what an address shows in its query, and no more.
pub(in crate::provider) fn is_client_id(text: &str) -> bool {
    (1..=255).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// What is said of what no path can be put behind.
pub(in crate::provider) const NO_BASE: &str = "not an http or https address without a query";

/// Whether `text` is an address behind which a path can be put.
pub(in crate::provider) fn is_base(text: &str) -> bool {
    let plain = |url: Url| url.query().is_none() && url.fragment().is_none();
    is_web_address(text) && Url::parse(text).is_ok_and(plain)
}

/// What is said of what cannot be asked.
pub(in crate::provider) const NO_WEB_ADDRESS: &str = "not an http or https address";

/// Whether `text` is an address that can be asked, without a name or a password in it.
pub(in crate::provider) fn is_web_address(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| {
        matches!(url.scheme(), "http" | "https")
            && url.has_host()
            && url.username().is_empty()
            && url.password().is_none()
    })
}
