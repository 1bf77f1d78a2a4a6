//! Meshes: `/api/my/meshes`.

use reqwest::Method;

use crate::api::{Client, segment};
use crate::error::AppError;
use crate::wire::{Mesh, MeshChange, NewMesh};

impl Client {
    /// The account's meshes, all of them.
    pub async fn meshes(&self) -> Result<Vec<Mesh>, AppError> {
        self.list(&["api", "my", "meshes"], &[]).await
    }

    /// Makes a mesh.
    ///
    /// # Errors
    /// `slug_taken`, with a free slug as suggestion; those of every route.
    pub async fn create_mesh(&self, mesh: &NewMesh) -> Result<Mesh, AppError> {
        self.post(&["api", "my", "meshes"], mesh).await
    }

    /// Gives a mesh another name; its slug is frozen.
    ///
    /// # Errors
    /// Not allowed (administrators do that); those of every route.
    pub async fn rename_mesh(&self, id: &str, name: &str) -> Result<Mesh, AppError> {
        let path = ["api", "my", "meshes", segment(id)?];
        let change = MeshChange { name: name.to_owned() };
        let reply = self.send(Method::PATCH, &path, &[], Some(&change)).await?;
        self.read(&reply)
    }

    /// Removes a mesh for everybody in it.
    ///
    /// # Errors
    /// As for [`Client::rename_mesh`].
    pub async fn remove_mesh(&self, id: &str) -> Result<(), AppError> {
        let path = ["api", "my", "meshes", segment(id)?];
        self.act(Method::DELETE, &path, None::<&()>).await
    }
}
