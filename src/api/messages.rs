//! Messages of a mesh: `/api/my/meshes/:id/messages`, `/api/my/meshes/:id/inbox`.

use std::time::Duration;

use reqwest::Method;

use crate::api::{Client, segment};
use crate::error::AppError;
use crate::wire::{Inbox, InboxRead, MeshMessage, NewMessage};

impl Client {
    /// Writes a message.
    ///
    /// # Errors
    /// `unknown_peer`, which names who is there; `blocked`; too many requests; those
    /// of every route.
    pub async fn write_message(
        &self,
        mesh_id: &str,
        new: &NewMessage,
    ) -> Result<MeshMessage, AppError> {
        self.post(&["api", "my", "meshes", segment(mesh_id)?, "messages"], new).await
    }

    /// The messages of a mesh after number `after` that whoever asks may read, theirs
    /// too.
    ///
    /// # Errors
    /// Not found; those of every route.
    pub async fn messages(&self, mesh_id: &str, after: i64) -> Result<Inbox, AppError> {
        let path = ["api", "my", "meshes", segment(mesh_id)?, "messages"];
        self.get(&path, &[("after", &after.to_string())]).await
    }

    /// What is to be read by a peer, or by the person where there is none: after number
    /// `after`, else after what was said to be read. Where nothing is, what comes
    /// within `wait`.
    ///
    /// # Errors
    /// Not found; those of every route.
    pub async fn inbox(
        &self,
        mesh_id: &str,
        peer: Option<&str>,
        after: Option<i64>,
        wait: Option<Duration>,
    ) -> Result<Inbox, AppError> {
        let path = ["api", "my", "meshes", segment(mesh_id)?, "inbox"];
        let after = after.map(|after| after.to_string());
        let mut query = Vec::new();
        query.extend(peer.map(|peer| ("as", peer)));
        query.extend(after.as_deref().map(|after| ("after", after)));
        match wait {
            Some(wait) => self.read(&self.held(&path, &query, wait, None).await?),
            None => self.get(&path, &query).await,
        }
    }

    /// Says that everything up to a message was read.
    ///
    /// # Errors
    /// Not found; those of every route.
    pub async fn have_read(&self, mesh_id: &str, read: &InboxRead) -> Result<(), AppError> {
        let path = ["api", "my", "meshes", segment(mesh_id)?, "inbox"];
        self.act(Method::PUT, &path, Some(read)).await
    }

    /// Hears nothing of a member any more, or does again.
    ///
    /// # Errors
    /// Not found; those of every route.
    pub async fn mute_member(
        &self,
        mesh_id: &str,
        member_id: &str,
        is_muted: bool,
    ) -> Result<(), AppError> {
        self.switch(mesh_id, "mutes", member_id, is_muted).await
    }

    /// Forbids a member to write anything in a mesh, or allows it again.
    ///
    /// # Errors
    /// Not allowed (administrators do that); not found; those of every route.
    pub async fn block_member(
        &self,
        mesh_id: &str,
        member_id: &str,
        is_blocked: bool,
    ) -> Result<(), AppError> {
        self.switch(mesh_id, "blocks", member_id, is_blocked).await
    }

    async fn switch(
        &self,
        mesh_id: &str,
        what: &str,
        member_id: &str,
        on: bool,
    ) -> Result<(), AppError> {
        let path = ["api", "my", "meshes", segment(mesh_id)?, what, segment(member_id)?];
        let method = if on { Method::PUT } else { Method::DELETE };
        self.act(method, &path, None::<&()>).await
    }
}
