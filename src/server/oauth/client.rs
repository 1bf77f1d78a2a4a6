//! Which client asks (RFC 6749 §2.3): by `client_id` in the form, or in a Basic
//! header. The built-in client and those that nobody here registered have no secret,
//! and an empty one is overlooked, because libraries send one; every other client
//! shows its own.

use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, HeaderValue};
use data_encoding::BASE64;
use url::Url;

use super::error::OAuthError;
use super::form::Form;
use crate::secret::Secret;
use crate::server::domain::client_ip::ClientIp;
use crate::server::domain::clients::{ClientKind, is_on_loopback, is_own};
use crate::server::domain::resource::Resource;
use crate::server::domain::scopes;
use crate::server::operations::clients::{self, Known};
use crate::server::operations::{Denied, Registered};
use crate::server::state::State;

/// A client that is who it says it is; before it has a token to ask for, one
/// that a browser names.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    /// Its id.
    pub id: String,
    /// What is known of it.
    pub known: Known,
}

impl Client {
    /// The client of this id, which has shown nothing yet; `ip` asks.
    pub(super) async fn named(
        state: &State,
        id: &str,
        ip: ClientIp,
    ) -> Result<Option<Self>, Denied> {
        let known = clients::find(state, id, ip).await?;
        Ok(known.map(|known| Self { id: id.to_owned(), known }))
    }

    /// The same with what its document says, where it has one; `None` where there is
    /// none any more.
    pub(super) async fn described(
        self,
        state: &State,
        ip: ClientIp,
    ) -> Result<Option<Self>, Denied> {
        match ClientKind::of(&self.id) {
            ClientKind::Document => Self::named(state, &self.id, ip).await,
            _ => Ok(Some(self)),
        }
    }

    /// What it is called where people read it.
    pub fn name(&self) -> &str {
        match &self.known {
            Known::Service(registered) => &registered.name,
            Known::Public(said) if !said.name.is_empty() => &said.name,
            Known::Public(_) | Known::BuiltIn => &self.id,
        }
    }

    /// What an administrator registered, where it has a secret.
    pub(super) fn service(&self) -> Option<&Registered> {
        match &self.known {
            Known::Service(registered) => Some(registered),
            _ => None,
        }
    }

    /// Whether it may be answered at `uri`.
    pub(super) fn is_answered_at(&self, uri: &str) -> bool {
        match &self.known {
            // Ours, and any tool's that was never registered: a program on the
            // computer of the browser, which only loopback is.
            Known::BuiltIn => is_on_loopback(uri),
            Known::Service(registered) => {
                registered.redirect_uris.split_ascii_whitespace().any(|own| is_own(own, uri))
            }
            Known::Public(said) => said.redirect_uris.iter().any(|own| is_own(own, uri)),
        }
    }

    /// What it may ask of a person when it asks for `requested` at `resource`.
    ///
    /// # Errors
    /// `invalid_scope` when nothing is left.
    pub(super) fn person_scopes(
        &self,
        requested: &str,
        resource: Resource,
    ) -> Result<String, OAuthError> {
        // Whoever names /mcp and nothing else asks for what there is to do there.
        let known = match resource {
            Resource::Mcp if scopes::names_none(requested) => Some(scopes::OF_TOOLS.join(" ")),
            _ => scopes::known(requested),
        };
        let mut asked = resource.scopes(&known.ok_or_else(no_such_scope)?);
        if let Known::Service(registered) = &self.known {
            asked = scopes::granted(&asked, &registered.scopes);
        }
        if asked.is_empty() { Err(no_such_scope()) } else { Ok(scopes::in_order(&asked)) }
    }

    /// Whether it renews what it is given when it asks for `requested`.
    pub(super) fn refreshes(&self, requested: &str) -> bool {
        let asks = scopes::has(requested, scopes::OFFLINE_ACCESS);
        asks || matches!(&self.known, Known::Public(said) if said.refreshes)
    }

    /// What it asks a token for, where it says so (RFC 8707). One that nobody here
    /// registered is let in at `/mcp` and nowhere else, whatever it says.
    ///
    /// # Errors
    /// `invalid_target` where that is nothing of this instance's.
    pub(super) fn resource(&self, base: &Url, form: &Form) -> Result<Option<Resource>, OAuthError> {
        let named = match form.get("resource") {
            None => None,
            Some(written) => {
                let named = Resource::named(base, written);
                Some(named.ok_or_else(OAuthError::invalid_target)?)
            }
        };
        Ok(if matches!(self.known, Known::Public(_)) { Some(Resource::Mcp) } else { named })
    }
}

fn no_such_scope() -> OAuthError {
    OAuthError::new(
        "invalid_scope",
        "There is no such scope, or not for this client; what is needed is asked for by name.",
    )
}

/// The client that sent this. `ip` pays for wrong secrets.
pub(super) async fn client(
    state: &State,
    form: &Form,
    headers: &HeaderMap,
    ip: ClientIp,
) -> Result<Client, OAuthError> {
    let (id, secret) = credentials(form, headers)?;
    if let Some(known) = Box::pin(clients::authenticate(state, &id, &secret)).await? {
        return Ok(Client { id, known });
    }
    state.rate_limits.request(&ip.counted()).map_err(OAuthError::too_many)?;
    Err(unknown(headers))
}

pub(super) fn unknown(headers: &HeaderMap) -> OAuthError {
    let description = "This instance does not know that client, or that is not its secret.";
    OAuthError::invalid_client(headers, description)
}

/// What the request shows, unchecked.
fn credentials(form: &Form, headers: &HeaderMap) -> Result<(String, Secret), OAuthError> {
    let basic = match headers.get(AUTHORIZATION) {
        Some(value) => Some(basic(value).ok_or_else(|| unknown(headers))?),
        None => None,
    };
    let written = form.secret("client_secret");
    match (basic, form.get("client_id")) {
        (Some((basic, _)), Some(id)) if basic != id => Err(unknown(headers)),
        // RFC 6749 §2.3: one way of showing oneself, not two.
        (Some((_, secret)), _) if written.is_some_and(|written| written != secret) => {
            Err(OAuthError::new("invalid_request", "There are two different client secrets."))
        }
        (Some(credentials), _) => Ok(credentials),
        (None, Some(id)) => Ok((id.to_owned(), form.secret("client_secret").unwrap_or_default())),
        (None, None) => Err(OAuthError::new("invalid_request", "client_id is missing.")),
    }
}

fn basic(value: &HeaderValue) -> Option<(String, Secret)> {
    let (scheme, credentials) = value.to_str().ok()?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = String::from_utf8(BASE64.decode(credentials.trim().as_bytes()).ok()?).ok()?;
    let (id, secret) = text.split_once(':')?;
    // RFC 6749 §2.3.1: both are form-encoded before they are put together.
    let decode = |part: &str| {
        url::form_urlencoded::parse(format!("x={part}").as_bytes())
            .next()
            .map(|(_, value)| value.into_owned())
            .unwrap_or_default()
    };
    let id = decode(id);
    // RFC 6749 appendix A.1: printable characters alone.
    id.bytes().all(|byte| matches!(byte, b' '..=b'~')).then(|| (id, Secret::new(decode(secret))))
}
