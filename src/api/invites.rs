//! Invites: `/api/my/meshes/:id/invites`, `/api/my/invites`, `/api/invites`.

use reqwest::Method;

use crate::api::refusal::Subject;
use crate::api::{Client, segment};
use crate::error::AppError;
use crate::secret::Secret;
use crate::wire::{InvitePreview, Mesh, MintedInvite, NewInvite, OpenInvite};

impl Client {
    /// Makes an invite to a mesh. Its reply is the only time the code is seen.
    ///
    /// # Errors
    /// Not allowed (members cannot invite); those of every route.
    pub async fn create_invite(
        &self,
        mesh_id: &str,
        invite: &NewInvite,
    ) -> Result<MintedInvite, AppError> {
        self.post(&["api", "my", "meshes", segment(mesh_id)?, "invites"], invite).await
    }

    /// A mesh's invites that still work, without their codes.
    ///
    /// # Errors
    /// Not allowed; those of every route.
    pub async fn invites(&self, mesh_id: &str) -> Result<Vec<OpenInvite>, AppError> {
        self.list(&["api", "my", "meshes", segment(mesh_id)?, "invites"], &[]).await
    }

    /// Takes an invite back.
    ///
    /// # Errors
    /// Not found; those of every route.
    pub async fn revoke_invite(&self, id: &str) -> Result<(), AppError> {
        let path = ["api", "my", "invites", segment(id)?];
        self.act(Method::DELETE, &path, None::<&()>).await
    }

    /// What an invite offers. Needs no token.
    ///
    /// # Errors
    /// Not found; revoked, expired and used up are three answers; those of
    /// every route.
    pub async fn preview_invite(&self, code: &Secret) -> Result<InvitePreview, AppError> {
        self.about(Subject::Invite).get(&["api", "invites", segment(code.expose())?], &[]).await
    }

    /// Joins the mesh. Somebody who is in it already gets it again.
    ///
    /// # Errors
    /// As for [`Client::preview_invite`].
    pub async fn accept_invite(&self, code: &Secret) -> Result<Mesh, AppError> {
        let path = ["api", "invites", segment(code.expose())?, "accept"];
        self.about(Subject::Invite).post(&path, &serde_json::json!({})).await
    }
}
