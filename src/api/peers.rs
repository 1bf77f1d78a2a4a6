//! Who is at work in a mesh, and what happens there:
//! `/api/my/meshes/:id/peers`, `/api/my/meshes/:id/events`.

use std::time::Duration;

use reqwest::Method;

use crate::api::{Client, segment};
use crate::error::AppError;
use crate::wire::{Listing, MeshLog, NewPeer, Peer, PeerChange};

/// Who is there, and what this list is told from another by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Peers {
    pub all: Vec<Peer>,
    /// None where the instance gives none: then nothing can be waited for.
    pub tag: Option<String>,
}

impl Client {
    /// Who is at work in a mesh, those who began first first.
    ///
    /// # Errors
    /// Not found; those of every route.
    pub async fn peers(&self, mesh_id: &str) -> Result<Peers, AppError> {
        let path = ["api", "my", "meshes", segment(mesh_id)?, "peers"];
        let reply = self.send(Method::GET, &path, &[], None::<&()>).await?;
        let list: Listing<Peer> = self.read(&reply)?;
        Ok(Peers { all: list.data, tag: reply.etag })
    }

    /// The same once it is another list than `known`, after `wait` at most; `None`
    /// where it is still the same.
    ///
    /// # Errors
    /// As of [`Client::peers`].
    pub async fn peers_after(
        &self,
        mesh_id: &str,
        known: &str,
        wait: Duration,
    ) -> Result<Option<Peers>, AppError> {
        let path = ["api", "my", "meshes", segment(mesh_id)?, "peers"];
        let reply = self.held(&path, &[], wait, Some(known)).await?;
        if reply.status == 304 {
            return Ok(None);
        }
        let list: Listing<Peer> = self.read(&reply)?;
        Ok(Some(Peers { all: list.data, tag: reply.etag }))
    }

    /// A session of an agent begins, or says again that it did.
    ///
    /// # Errors
    /// Not found; those of every route.
    pub async fn begin_peer(&self, mesh_id: &str, new: &NewPeer) -> Result<Peer, AppError> {
        self.post(&["api", "my", "meshes", segment(mesh_id)?, "peers"], new).await
    }

    /// A peer lives, and says what it is at.
    ///
    /// # Errors
    /// Not found, where it has to begin again; those of every route.
    pub async fn change_peer(
        &self,
        mesh_id: &str,
        peer: &str,
        change: &PeerChange,
    ) -> Result<(), AppError> {
        let path = ["api", "my", "meshes", segment(mesh_id)?, "peers", segment(peer)?];
        self.act(Method::PATCH, &path, Some(change)).await
    }

    /// A peer ends.
    ///
    /// # Errors
    /// Not found; those of every route.
    pub async fn end_peer(&self, mesh_id: &str, peer: &str) -> Result<(), AppError> {
        let path = ["api", "my", "meshes", segment(mesh_id)?, "peers", segment(peer)?];
        self.act(Method::DELETE, &path, None::<&()>).await
    }

    /// What happened in a mesh after number `after`; where nothing did, what happens
    /// within `wait`.
    ///
    /// # Errors
    /// Not found; those of every route.
    pub async fn mesh_log(
        &self,
        mesh_id: &str,
        after: i64,
        wait: Option<Duration>,
    ) -> Result<MeshLog, AppError> {
        let path = ["api", "my", "meshes", segment(mesh_id)?, "events"];
        let after = after.to_string();
        let query = [("after", after.as_str())];
        match wait {
            Some(wait) => self.read(&self.held(&path, &query, wait, None).await?),
            None => self.get(&path, &query).await,
        }
    }
}
