//! Seeing to it that an agent is seen in its mesh for as long as its server runs.

use std::time::Duration;

use super::desk::Here;
use super::own_peer::{OwnPeer, Seen};
use crate::error::{AppError, ErrorKind};
use crate::mcp::Workplace as _;
use crate::wire::{HEARTBEAT, PeerChange};

/// Between two tries to be seen.
const AGAIN: Duration = Duration::from_secs(5);

/// Begins, and says that it lives, for as long as this is waited for.
pub(super) async fn stay(own: OwnPeer, workplace: Here) {
    loop {
        let pause = match beat(&own, &workplace).await {
            Ok(()) => HEARTBEAT,
            // Whoever may not be seen works on all the same.
            Err(error) if error.kind == ErrorKind::NotAllowed => {
                return std::future::pending().await;
            }
            Err(error) => error.retry_after.unwrap_or(AGAIN).max(AGAIN),
        };
        tokio::time::sleep(pause).await;
    }
}

async fn beat(own: &OwnPeer, workplace: &Here) -> Result<(), AppError> {
    if let Some(seen) = own.seen() {
        let lives = seen.client.change_peer(&seen.mesh, own.id(), &PeerChange::default()).await;
        match lives {
            Err(error) if error.kind == ErrorKind::NotFound => own.note(None),
            lives => return lives,
        }
    }
    let (client, _) = workplace.signed_in().await?;
    let mesh = workplace.mesh(None).await?;
    let mut new = own.new.clone();
    if let Some(slug) = &own.machine {
        // Without its machine it is seen as well.
        let machines = workplace.machines().await.unwrap_or_default();
        let found = machines.into_iter().find(|machine| machine.slug == *slug);
        new.machine = found.map(|machine| machine.id);
    }
    let peer = client.begin_peer(&mesh.id, &new).await?;
    own.note(Some(Seen { client, mesh: mesh.id, name: peer.name }));
    Ok(())
}
