//! The stable port that pages of the embedded instance are served on, kept in
//! the home: 7437 first.
//!
//! Several commands of one person run at once, each with the instance in it.
//! On Linux they all listen on the port (only the same user can share it);
//! elsewhere the first holder serves for all. Whoever is already there is
//! asked for its instance id before the port is shared: another home of the
//! same user is another instance.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::error::AppError;
use crate::regular_file;
use crate::server::http::listen::bind;
use crate::server::start::cannot_listen;

/// The port that is tried first, and how many after it.
const FIRST: u16 = 7437;
const TRIES: u16 = 16;

/// How long somebody on the port has to say who they are.
const ANSWER: Duration = Duration::from_millis(500);

/// A port to serve pages on.
#[derive(Debug)]
pub(super) struct ServedPort {
    pub(super) port: u16,
    /// `None` where a sibling serves it.
    pub(super) listener: Option<TcpListener>,
}

/// What came of trying a port.
enum PortOwner {
    Ours(TcpListener),
    /// A process of the same instance serves it for all.
    Sibling,
    /// Somebody is there and says nothing: perhaps a sibling that was
    /// suspended. Sharing the port with it would lose every other page.
    Silent,
    /// It is somebody else's.
    Taken,
}

/// Takes the port kept in `home`, or the first that can be had, and keeps it.
/// The caller holds the lock on the home's port.
pub(super) async fn take(home: &Path, instance_id: &str) -> Result<ServedPort, AppError> {
    let file = home.join("instance.port");
    let saved = regular_file::read_text(&file, 64).ok().and_then(|text| text.trim().parse().ok());
    let fresh = (FIRST..FIRST + TRIES).filter(|port| saved != Some(*port));
    let mut keeps = true;
    for port in saved.into_iter().chain(fresh) {
        let listener = match attempt(port, instance_id).await {
            PortOwner::Ours(listener) => Some(listener),
            PortOwner::Sibling => None,
            PortOwner::Silent => {
                keeps &= saved != Some(port);
                continue;
            }
            PortOwner::Taken => continue,
        };
        if keeps && saved != Some(port) {
            keep(&file, port);
        }
        return Ok(ServedPort { port, listener });
    }
    // Everything is taken: any free port, for this time.
    let listener = bind(at(0), false).map_err(|why| cannot_listen(at(0), &why))?;
    let port = listener.local_addr().map_err(|why| cannot_listen(at(0), &why))?.port();
    Ok(ServedPort { port, listener: Some(listener) })
}

async fn attempt(port: u16, instance_id: &str) -> PortOwner {
    match bind(at(port), false) {
        Ok(listener) => {
            // Shared only now: of two homes that came at once, one has failed.
            #[cfg(target_os = "linux")]
            let _ = socket2::SockRef::from(&listener).set_reuse_port(true);
            PortOwner::Ours(listener)
        }
        Err(fault) if fault.kind() == io::ErrorKind::AddrInUse => {
            match tokio::time::timeout(ANSWER, metadata_of(port)).await {
                Err(_) => PortOwner::Silent,
                Ok(Ok(metadata)) if is_sibling(&metadata, instance_id) => {
                    if cfg!(target_os = "linux") {
                        bind(at(port), true).map_or(PortOwner::Taken, PortOwner::Ours)
                    } else {
                        PortOwner::Sibling
                    }
                }
                Ok(_) => PortOwner::Taken,
            }
        }
        Err(_) => PortOwner::Taken,
    }
}

/// Whether that was said by an instance built into a command, on the same
/// database. `crewmesh serve` on it has pages of its own, where the owner's
/// ticket opens nothing.
fn is_sibling(metadata: &str, instance_id: &str) -> bool {
    metadata.contains(instance_id) && !metadata.contains("\"authorization_endpoint\"")
}

/// What the instance on `port` says of itself. Nothing secret is sent.
async fn metadata_of(port: u16) -> io::Result<String> {
    let mut stream = TcpStream::connect(at(port)).await?;
    let ask = format!(
        "GET /.well-known/oauth-authorization-server HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(ask.as_bytes()).await?;
    let mut metadata = Vec::new();
    stream.take(64 * 1_024).read_to_end(&mut metadata).await?;
    Ok(String::from_utf8_lossy(&metadata).into_owned())
}

/// Written whole or not at all; a home that cannot be written to works with
/// the port of this time.
fn keep(file: &PathBuf, port: u16) {
    let Some(home) = file.parent() else { return };
    let written = tempfile::NamedTempFile::new_in(home).and_then(|mut temporary| {
        io::Write::write_all(&mut temporary, port.to_string().as_bytes())?;
        temporary.persist(file).map_err(|fault| fault.error)
    });
    if let Err(fault) = written {
        tracing::warn!(%fault, "cannot keep the port of the pages");
    }
}

fn at(port: u16) -> SocketAddr {
    SocketAddr::new(Ipv4Addr::LOCALHOST.into(), port)
}
