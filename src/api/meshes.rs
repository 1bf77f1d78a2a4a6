//! Meshes: `/api/my/meshes`.

use crate::api::Client;
use crate::error::AppError;
use crate::wire::{Mesh, NewMesh};

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
}
