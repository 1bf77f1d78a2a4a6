//! Members of a mesh: `/api/my/meshes/:id/members`.

use reqwest::Method;

use crate::api::{Client, segment};
use crate::error::AppError;
use crate::wire::{Member, MemberChange, Role};

impl Client {
    /// Who is in a mesh, everybody and every program.
    ///
    /// # Errors
    /// Not found; those of every route.
    pub async fn members(&self, mesh_id: &str) -> Result<Vec<Member>, AppError> {
        self.list(&["api", "my", "meshes", segment(mesh_id)?, "members"], &[]).await
    }

    /// Gives a member another permission.
    ///
    /// # Errors
    /// `last_admin`; not allowed (administrators do that); those of every route.
    pub async fn change_member(
        &self,
        mesh_id: &str,
        member_id: &str,
        role: Role,
    ) -> Result<Member, AppError> {
        let path = ["api", "my", "meshes", segment(mesh_id)?, "members", segment(member_id)?];
        let reply = self.send(Method::PATCH, &path, &[], Some(&MemberChange { role })).await?;
        self.read(&reply)
    }

    /// Takes a member out of a mesh; by themselves, that is leaving it.
    ///
    /// # Errors
    /// As for [`Client::change_member`].
    pub async fn remove_member(&self, mesh_id: &str, member_id: &str) -> Result<(), AppError> {
        let path = ["api", "my", "meshes", segment(mesh_id)?, "members", segment(member_id)?];
        self.act(Method::DELETE, &path, None::<&()>).await
    }
}
