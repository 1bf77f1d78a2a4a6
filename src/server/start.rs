//! What every instance needs to start, the one for others and the embedded
//! one.

use std::net::SocketAddr;

use tokio_util::task::TaskTracker;
use url::Url;

use super::client_documents::Documents;
use super::config::Config;
use super::counters::Counters;
use super::domain::poll_rate::PollRates;
use super::heartbeats::Heartbeats;
use super::http::connections::Connections;
use super::mesh_wake::MeshWake;
use super::network;
use super::rate_limits::RateLimits;
use super::readiness::Readiness;
use super::state::Shared;
use super::store::Opened;
use super::uses_noted::UsesNoted;
use super::wake::Wake;
use super::watch::Watch;
use crate::error::{AppError, ErrorKind};
use crate::i18n::Message;

pub(super) fn share(config: Config, opened: Opened, owner: Option<String>) -> Shared {
    Shared {
        sweeping: opened.store.keep_swept(&config.clock, config.keep_messages),
        store: opened.store,
        keys: opened.keys,
        vault: opened.vault,
        wake: Wake::default(),
        mesh_wake: MeshWake::default(),
        watch: Watch::default(),
        heartbeats: Heartbeats::default(),
        poll_rates: PollRates::default(),
        rate_limits: RateLimits::new(&config.limits, &config.clock),
        documents: Documents::default(),
        connections: Connections::of_each(
            config.connections_of_one.unwrap_or_else(connections_of_one),
        ),
        uses_noted: UsesNoted::default(),
        readiness: Readiness::default(),
        unfinished: TaskTracker::new(),
        counters: Counters::default(),
        mailer: None,
        clock: config.clock.clone(),
        instance_id: opened.instance_id,
        owner,
        config,
    }
}

/// A quarter of the files that may be open, so that nobody holds all, and no more
/// than a thousand.
fn connections_of_one() -> u32 {
    #[cfg(unix)]
    let files = rustix::process::getrlimit(rustix::process::Resource::Nofile).current;
    #[cfg(not(unix))]
    let files = None;
    let quarter = files.and_then(|files| u32::try_from(files / 4).ok()).unwrap_or(u32::MAX);
    quarter.clamp(1, 1_024)
}

pub(super) fn base_of(address: SocketAddr) -> Result<Url, AppError> {
    let mut address = address;
    if address.ip().is_unspecified() {
        // Only under --insecure-http: the address that others reach us by.
        let ip = network::address().ok_or_else(network::no_network)?;
        address.set_ip(ip);
    }
    Url::parse(&format!("http://{address}")).map_err(AppError::internal)
}

pub(super) fn cannot_listen(address: SocketAddr, why: &std::io::Error) -> AppError {
    let error = |id| {
        let message = Message::new(id).with("address", address.to_string());
        AppError::new(ErrorKind::Failed, "cannot_listen", message.with("why", why.to_string()))
    };
    match why.kind() {
        std::io::ErrorKind::AddrInUse => {
            error("server-listen-taken").hint(Message::new("server-listen-taken-hint"))
        }
        std::io::ErrorKind::PermissionDenied => {
            error("server-listen-failed").hint(Message::new("server-listen-denied-hint"))
        }
        _ => error("server-listen-failed"),
    }
}
