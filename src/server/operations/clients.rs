//! Which program asks: ours, one that an administrator registered, one that
//! registered itself, or one that a document at its id describes. The last two have
//! no secret; what they are called is what they call themselves.

use super::service_clients;
use super::{Denied, Registered};
use crate::secret::Secret;
use crate::server::client_documents::{Document, id_of};
use crate::server::counters::Counted;
use crate::server::domain::client_ip::ClientIp;
use crate::server::domain::clients::{ClientKind, may_be_registered, shown_name};
use crate::server::state::State;
use crate::server::store::{DbError, DbResult, DynamicClient};

/// The most addresses of one program.
const MOST_REDIRECTS: usize = 10;

/// What is known of a program.
#[derive(Clone, Debug)]
pub enum Known {
    /// Nothing: it is the built-in one.
    BuiltIn,
    /// What an administrator wrote.
    Service(Registered),
    /// What it says of itself.
    Public(PublicClient),
}

/// A program without a secret, as it describes itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PublicClient {
    /// What it calls itself; empty where it does not.
    pub name: String,
    /// Where a browser may be sent.
    pub redirect_uris: Vec<String>,
    /// Whether it renews its token without asking to.
    pub refreshes: bool,
}

impl From<DynamicClient> for PublicClient {
    fn from(client: DynamicClient) -> Self {
        let DynamicClient { name, redirect_uris, refreshes } = client;
        Self { name, redirect_uris, refreshes }
    }
}

/// The program of this id, which has shown nothing yet. `ip` asks, and pays for what
/// has to be fetched for that.
///
/// # Errors
/// [`Denied::TooMany`], or the database's.
pub async fn find(state: &State, id: &str, ip: ClientIp) -> Result<Option<Known>, Denied> {
    Ok(match ClientKind::of(id) {
        ClientKind::BuiltIn => Some(Known::BuiltIn),
        ClientKind::Service => service_clients::registered(state, id).await?.map(Known::Service),
        ClientKind::Dynamic => {
            let client = state.store.dynamic_client(id).await?;
            client.map(|client| Known::Public(client.into()))
        }
        ClientKind::Document => document(state, id, ip).await?.map(|document| {
            let Document { name, redirect_uris, refreshes } = document;
            Known::Public(PublicClient { name, redirect_uris, refreshes })
        }),
    })
}

async fn document(state: &State, id: &str, ip: ClientIp) -> Result<Option<Document>, Denied> {
    let Some(id) = id_of(id).filter(|_| state.reads_client_documents()) else { return Ok(None) };
    let may_fetch = async |host: &str| state.may_fetch(host, &ip.counted()).await;
    state.documents.get(&state.config.client_documents, &id, state.now(), may_fetch).await
}

/// The program of this id, where it needs no secret or `secret` is its own. One
/// without is asked for none, and an empty one is overlooked, because libraries
/// send one. Its document is not asked for: what it was let in as was written down
/// then, and a site that is away ends nobody's session.
pub async fn authenticate(state: &State, id: &str, secret: &Secret) -> DbResult<Option<Known>> {
    match ClientKind::of(id) {
        ClientKind::BuiltIn if secret.is_empty() => Ok(Some(Known::BuiltIn)),
        ClientKind::Dynamic if secret.is_empty() => {
            let client = state.store.dynamic_client(id).await?;
            Ok(client.map(|client| Known::Public(client.into())))
        }
        ClientKind::Document if secret.is_empty() => {
            let id = id_of(id).filter(|_| state.reads_client_documents());
            Ok(id.map(|_| Known::Public(PublicClient::default())))
        }
        ClientKind::Service if !secret.is_empty() => {
            let client = service_clients::authenticate(state, id, secret).await?;
            Ok(client.map(Known::Service))
        }
        _ => Ok(None),
    }
}

/// What a program says of itself when it registers (RFC 7591 §2).
#[derive(Clone, Debug)]
pub struct Registration {
    /// What it calls itself.
    pub name: String,
    /// Where a browser may be sent.
    pub redirect_uris: Vec<String>,
    /// Whether it renews its token.
    pub refreshes: bool,
}

/// Why a program was not registered.
#[derive(Debug)]
pub enum Unregistered {
    /// Nobody is here.
    Off,
    /// It names no address, too many, or one that no browser should be sent to.
    Redirect,
    Denied(Denied),
}

impl From<Denied> for Unregistered {
    fn from(denied: Denied) -> Self {
        Self::Denied(denied)
    }
}

impl From<DbError> for Unregistered {
    fn from(fault: DbError) -> Self {
        Self::Denied(fault.into())
    }
}

/// Registers a program that nobody knows; gives its id, and what is kept of it.
///
/// # Errors
/// [`Unregistered`].
pub async fn register(
    state: &State,
    asked: Registration,
    ip: ClientIp,
) -> Result<(String, DynamicClient), Unregistered> {
    if !state.registers_clients() {
        return Err(Unregistered::Off);
    }
    state.may_register(&ip.counted()).await?;
    let Registration { name, redirect_uris, refreshes } = asked;
    let may = (1..=MOST_REDIRECTS).contains(&redirect_uris.len())
        && redirect_uris.iter().all(|uri| may_be_registered(uri));
    if !may {
        return Err(Unregistered::Redirect);
    }
    let new = DynamicClient { name: shown_name(&name), redirect_uris, refreshes };
    let id = state.store.register_client(&new, state.now()).await?;
    state.counters.count(Counted::ClientRegistered);
    Ok((id, new))
}
