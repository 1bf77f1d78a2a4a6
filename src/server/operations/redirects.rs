//! Signing in at a provider in a browser that comes back to the instance with a code (RFC
//! 6749 §4.1, RFC 7636), on behalf of a person. What comes of it goes into the vault.
//!
//! The surprising rule: whoever comes back has to be who went, in the browser in which they
//! went; the state works once, and what is proved follows from it and from that browser, so
//! that nothing secret of it is kept.

use std::time::Duration;

use tokio::time::Instant;
use url::Url;

use super::connections;
use super::{Denied, Principal};
use crate::error::{AppError, ErrorKind};
use crate::http::is_loopback;
use crate::i18n::{Message, printable};
use crate::provider::redirect::RoundTrip;
use crate::provider::spec::{self, ProviderSpec, Redirect};
use crate::secret::{Secret, random_value};
use crate::server::clock::MINUTE;
use crate::server::state::State;
use crate::server::store::{Attempt, Purpose, Taken};
use crate::wire::{Connection, NewConnection, Way};

/// Milliseconds that somebody may take there.
pub const LIFE: i64 = 10 * MINUTE;

/// How long it is tried to write what a provider gave.
const WRITTEN_WITHIN: Duration = Duration::from_secs(10);

/// The most of an error's word that is said, in characters.
const LONGEST_ERROR: usize = 100;

/// What an instance calls what they make there.
const LABEL: &str = "crewmesh";

/// With what a browser comes back.
#[derive(Clone, Debug)]
pub enum Came {
    Code(Secret),
    /// With an error (RFC 6749 §4.1.2.1), or with nothing.
    Error(String),
}

/// Where somebody goes, and what the connection that they bring takes the place of.
#[derive(Clone, Debug)]
pub struct Going {
    pub url: Url,
    pub in_place: Option<Connection>,
}

/// The names of those at which somebody can sign in so.
///
/// # Errors
/// What makes no sense of what was said of providers.
pub fn offers(state: &State) -> Result<Vec<String>, Denied> {
    let registry = state.config.providers.registry()?;
    let is_offered =
        |name: &&str| registry.find(name).is_some_and(|spec| way(state, name, &spec).is_some());
    Ok(spec::names().filter(is_offered).map(str::to_owned).collect())
}

/// Those of them at which whoever runs the instance registers where people come back to.
///
/// # Errors
/// What makes no sense of what was said of providers.
pub fn registered(state: &State) -> Result<Vec<String>, Denied> {
    let registry = state.config.providers.registry()?;
    let is_clients =
        |name: &String| registry.find(name).is_some_and(|spec| spec.without_client().is_none());
    Ok(offers(state)?.into_iter().filter(is_clients).collect())
}

/// The address to which the provider called `name` sends people back.
pub fn way_back(state: &State, name: &str) -> String {
    state.page(&format!("/providers/{name}/callback"))
}

/// Where the browser that is known by `browser` goes for `by`.
///
/// # Errors
/// When it is not `by`'s to do, there is no such provider, nobody signs in there so
/// ([`Denied::WayNotOffered`]), or there is no room.
pub async fn begin(
    state: &State,
    by: &Principal,
    browser: &Secret,
    provider: &str,
    label: &str,
) -> Result<Going, Denied> {
    by.require_session()?;
    let label = connections::label(label)?;
    let registry = state.config.providers.registry()?;
    let spec = registry.find(provider).ok_or(Denied::NotFound("provider"))?;
    let (redirect, callback) = way(state, provider, &spec).ok_or(Denied::WayNotOffered)?;
    // Nobody signs in for what there is no room for.
    connections::require_room(state, by, provider, &label).await?;
    let secret = random_value();
    let verifier = verifier(state, &secret, browser);
    let trip = RoundTrip { spec: &spec, redirect, verifier: &verifier, callback: Some(&callback) };
    let url = trip.authorization(Some(&secret), LABEL).ok_or(Denied::WayNotOffered)?;
    let purpose = Purpose::Provider(by.account.id.clone());
    let attempt = Attempt { upstream: place(provider), purpose, next: label };
    state.store.begin_attempt(&secret, browser, &attempt, state.now() + LIFE).await?;
    let in_place = state.store.connection_labelled(&by.account.id, provider, &attempt.next).await?;
    Ok(Going { url, in_place })
}

/// Connects what the provider gives for what `by` comes back with.
///
/// # Errors
/// When it is not `by`'s to do; [`Denied::NotFound`] where they did not go there from this
/// browser, came before, or took too long; [`Denied::ProviderFailed`] where nothing comes of
/// it; [`Denied::ConnectionsFull`].
pub async fn finish(
    state: &State,
    by: &Principal,
    browser: &Secret,
    provider: &str,
    secret: &Secret,
    came: Came,
) -> Result<Connection, Denied> {
    by.require_session()?;
    let taken = state.store.take_attempt(&place(provider), secret, browser, state.now()).await?;
    let own = Purpose::Provider(by.account.id.clone());
    let Taken::Open(Attempt { next: label, .. }) = taken.filter(|attempt| attempt.purpose == own)
    else {
        return Err(Denied::NotFound("sign-in"));
    };
    let registry = state.config.providers.registry()?;
    let spec = registry.find(provider).ok_or(Denied::NotFound("provider"))?;
    let code = match came {
        Came::Code(code) => code,
        Came::Error(error) => return Err(Denied::ProviderFailed(sent_back(&spec, &error))),
    };
    let verifier = verifier(state, secret, browser);
    let (own, by, name) = (state.clone(), by.clone(), provider.to_owned());
    // A code is good once: whoever closes the page meanwhile is connected all the same.
    let work = async move {
        let (redirect, callback) = way(&own, &name, &spec).ok_or(Denied::WayNotOffered)?;
        let callback = Some(&callback);
        let trip = RoundTrip { spec: &spec, redirect, verifier: &verifier, callback };
        let http = own.config.providers.http()?;
        let issued = trip.exchange(http, &code).await.map_err(Denied::ProviderFailed)?;
        let client_id = spec.client.id.as_deref();
        let client_id = client_id.filter(|_| redirect.without_client.is_none());
        let by_this = (Way::Redirect, redirect.kind.as_str(), client_id);
        let new = connections::of_issued(&own, &spec, by_this, issued).await;
        let new = new.map_err(Denied::ProviderFailed)?;
        let new = NewConnection { provider: name, label, ..new };
        let until = Instant::now() + WRITTEN_WITHIN;
        let connected = loop {
            let connected = connections::connect(&own, &by, new.clone()).await;
            if !connections::is_tried_again(&connected, until).await {
                break connected;
            }
        };
        match connected {
            Ok((made, _)) => Ok(made),
            Err(denied) => {
                // Nobody has use for it.
                connections::end_new(&own, new).await;
                Err(denied)
            }
        }
    };
    state.to_its_end(work).await
}

/// Why somebody came back without a code.
fn sent_back(spec: &ProviderSpec, error: &str) -> AppError {
    let (code, message) = match error {
        "access_denied" | "" => ("access_denied", Message::new("provider-device-denied")),
        other => {
            let other: String = printable(other).chars().take(LONGEST_ERROR).collect();
            ("provider_failed", Message::new("provider-redirect-error").with("error", other))
        }
    };
    AppError::new(ErrorKind::Failed, code, message.with("provider", spec.title.as_str()))
}

/// How somebody signs in at the provider called `name`, and where they come back to.
fn way<'s>(state: &State, name: &str, spec: &'s ProviderSpec) -> Option<(&'s Redirect, Url)> {
    let redirect = spec.by_redirect()?;
    let back = Url::parse(&way_back(state, name)).ok()?;
    // Whoever registered a client said where to come back to. Without one only an address
    // that nobody else answers at is taken.
    let is_taken = redirect.without_client.is_none() || back.scheme() == "https";
    (is_taken || is_loopback(&back)).then_some((redirect, back))
}

/// What its attempts are kept as: no upstream has such a name.
fn place(provider: &str) -> String {
    format!("provider {provider}")
}

/// What the challenge is made of.
fn verifier(state: &State, secret: &Secret, browser: &Secret) -> Secret {
    state.keys.upstream_binding("provider verifier", secret, browser)
}
