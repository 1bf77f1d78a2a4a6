//! What the commands stand on that are about what happens in a mesh: which mesh, and
//! as whom. Below an agent they act as its peer, as long as that is there; else as
//! the person.

use std::time::Duration;

use super::context::SignedIn;
use super::which_mesh::mesh_meant;
use crate::api::peers::Peers;
use crate::error::{AppError, ErrorKind};
use crate::i18n::Message;
use crate::model::Mesh;
use crate::wire::LONGEST_MESSAGE;

/// How long one request waits for something to happen.
pub(super) const WAIT: Duration = Duration::from_secs(25);

/// Between two tries to reach an instance that is away.
const AGAIN: Duration = Duration::from_secs(2);

/// A mesh, and who acts in it.
#[derive(Debug)]
pub(super) struct InMesh {
    pub mesh: Mesh,
    /// The id of the peer that acts; the person themselves where it is none.
    pub peer: Option<String>,
    /// Who is there.
    pub peers: Peers,
}

impl InMesh {
    /// In the mesh that is meant.
    ///
    /// # Errors
    /// Those of [`mesh_meant`]; those of asking.
    pub(super) async fn of(
        signed_in: &SignedIn<'_>,
        wanted: Option<&str>,
    ) -> Result<Self, AppError> {
        let mesh = mesh_meant(signed_in, wanted).await?;
        let peers = signed_in.client.peers(&mesh.id).await?;
        let session = signed_in.context.env.variables.get("CREWMESH_SESSION");
        let own = session.filter(|id| peers.all.iter().any(|peer| peer.id.as_deref() == Some(id)));
        Ok(Self { mesh, peer: own.map(str::to_owned), peers })
    }
}

/// Whether `error` may be over in a while; if so, waits for some of it. Whoever watches
/// goes on watching.
pub(super) async fn is_passing(error: &AppError) -> bool {
    if error.may_pass() {
        tokio::time::sleep(error.retry_after.unwrap_or(AGAIN)).await;
    }
    error.may_pass()
}

/// The text of a message: what was given, or with `-` what stdin holds.
///
/// # Errors
/// Exit code 3 where it is too long, or nothing.
pub(super) async fn text(given: &str) -> Result<String, AppError> {
    let text = if given == "-" {
        let read = tokio::task::spawn_blocking(from_stdin).await.map_err(AppError::internal)?;
        read.map_err(AppError::internal)?
    } else {
        given.to_owned()
    };
    let wrong = |code, message| AppError::new(ErrorKind::BadArguments, code, message);
    if text.len() > LONGEST_MESSAGE {
        let most = i64::try_from(LONGEST_MESSAGE / 1_024).unwrap_or_default();
        return Err(wrong("text_too_long", Message::new("text-too-long").with("most", most)));
    }
    let text = text.trim_end().replace('\0', "");
    if text.trim().is_empty() {
        return Err(wrong("text_missing", Message::new("text-missing")));
    }
    Ok(text)
}

/// All that stdin holds, one byte more than a message may have at most.
fn from_stdin() -> std::io::Result<String> {
    use std::io::Read as _;
    let mut bytes = Vec::new();
    let most = u64::try_from(LONGEST_MESSAGE).unwrap_or(u64::MAX);
    std::io::stdin().take(most + 1).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
