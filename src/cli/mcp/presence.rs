//! Seeing to it that an agent is seen in its mesh for as long as its server runs.

use std::time::Duration;

use super::desk::Here;
use super::own_peer::OwnPeer;
use crate::error::{AppError, ErrorKind};
use crate::wire::{HEARTBEAT, PeerChange};

/// Between two tries to be seen.
const AGAIN: Duration = Duration::from_secs(5);

/// Begins, and says that it lives, for as long as this is waited for.
pub(super) async fn stay(own: OwnPeer, workplace: Here) {
    loop {
        let beat = beat(&own, &workplace).await;
        own.tried();
        let pause = match beat {
            Ok(()) => HEARTBEAT,
            // Whoever may not be seen works on all the same.
            Err(error) if error.kind == ErrorKind::NotAllowed => {
                return std::future::pending().await;
            }
            Err(error) if error.kind == ErrorKind::Unreachable => {
                error.retry_after.unwrap_or(AGAIN).max(AGAIN)
            }
            // What only the person changes is not asked for more often.
            Err(error) => error.retry_after.unwrap_or(HEARTBEAT),
        };
        tokio::time::sleep(pause).await;
    }
}

async fn beat(own: &OwnPeer, workplace: &Here) -> Result<(), AppError> {
    if let Some(seen) = own.seen() {
        let lives = seen.client.change_peer(&seen.mesh, own.id(), &PeerChange::default()).await;
        match lives {
            Err(error) if error.kind == ErrorKind::NotFound => {}
            lives => return lives,
        }
    }
    workplace.begin().await
}
