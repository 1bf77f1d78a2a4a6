//! What a server writes to stderr. Warnings always; a line for each request
//! where it was asked for, because nobody should pay for lines that nobody
//! reads. `CREWMESH_LOG` (error, warn, info, debug) says how much else of ours;
//! nothing that others wrote is let in below a warning, so that no library
//! prints a request.

use clap::ValueEnum;
use tracing::Level;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::server::http::request_guard::REQUESTS;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Log {
    Text,
    Json,
}

/// Writes from here on.
pub(super) fn start(log: Option<Log>, level: Option<&str>) {
    let usual = if log.is_some() { Level::INFO } else { Level::WARN };
    let level = level.and_then(|level| level.parse().ok()).unwrap_or(usual);
    let requests = if log.is_some() { LevelFilter::INFO } else { LevelFilter::OFF };
    let targets = Targets::new()
        .with_default(Level::WARN)
        .with_target("crewmesh", level)
        .with_target(REQUESTS, requests);
    // A reader who went away is no reason to stop serving.
    let layer = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .log_internal_errors(false);
    let registry = tracing_subscriber::registry().with(targets);
    // Somebody who listens already goes on listening.
    let _ = match log {
        Some(Log::Json) => registry.with(layer.json().flatten_event(true)).try_init(),
        _ => registry.with(layer).try_init(),
    };
}
