//! Learning that something in a mesh is another by now: each look waits for that, held
//! by the instance.

use crate::api::Client;
use crate::cli::in_mesh::WAIT;
use crate::error::AppError;
use crate::mcp::{Seen, Sight};
use crate::wire::MeshEvent;

/// What a sight in `mesh` is after `mark`, for this peer, or its person: at once without a mark,
/// else once it is another or after [`WAIT`].
///
/// # Errors
/// Not found; those of every route.
pub(super) async fn look(
    client: &Client,
    mesh: &str,
    peer: Option<String>,
    (sight, mark): (Sight, Option<String>),
) -> Result<Seen, AppError> {
    let number = mark.as_ref().and_then(|mark| mark.parse().ok());
    match (sight, mark) {
        (Sight::Peers, None) => {
            let tag = client.peers(mesh).await?.tag.unwrap_or_default();
            Ok(Seen { mark: tag, is_other: false })
        }
        (Sight::Peers, Some(known)) => {
            let peers = client.peers_after(mesh, &known, WAIT).await?;
            let tag = peers.and_then(|peers| peers.tag).filter(|tag| *tag != known);
            Ok(Seen { is_other: tag.is_some(), mark: tag.unwrap_or(known) })
        }
        // Read or not: what is new is what counts.
        (Sight::Inbox, _) => {
            let from = match number {
                Some(number) => number,
                None => client.mesh_log(mesh, i64::MAX, None).await?.newest,
            };
            let wait = number.map(|_| WAIT);
            let inbox = client.inbox(mesh, peer.as_deref(), Some(from), wait).await?;
            Ok(Seen { is_other: !inbox.data.is_empty(), mark: inbox.last.max(from).to_string() })
        }
        (Sight::Mesh | Sight::Tasks, _) => {
            let Some(number) = number else {
                let newest = client.mesh_log(mesh, i64::MAX, None).await?.newest;
                return Ok(Seen { mark: newest.to_string(), is_other: false });
            };
            let log = client.mesh_log(mesh, number, Some(WAIT)).await?;
            let concerns = |event: &MeshEvent| sight == Sight::Mesh || event.what.is_of_tasks();
            let is_other = log.data.iter().any(concerns);
            Ok(Seen { is_other, mark: log.last.max(number).to_string() })
        }
    }
}
