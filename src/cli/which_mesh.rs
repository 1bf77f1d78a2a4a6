//! Which mesh a command is about. It is never guessed: it is the one named, the
//! one this directory or its last launch names, or the only one there is.

use super::context::SignedIn;
use super::named::unknown;
use crate::error::{AppError, ErrorKind};
use crate::i18n::{Message, printable};
use crate::model::Mesh;

/// The account's meshes. That is noted for the next start, which asks no network: it
/// begins nothing in a mesh that is gone by now.
pub(super) async fn meshes(signed_in: &SignedIn<'_>) -> Result<Vec<Mesh>, AppError> {
    let meshes = signed_in.client.meshes().await?;
    // Those of a token that was given may be another's.
    if signed_in.access.source.is_ours() {
        let slugs = meshes.iter().map(|mesh| mesh.slug.clone()).collect();
        let _ = signed_in.context.credentials.home().saw_meshes(signed_in.instance(), slugs);
    }
    Ok(meshes)
}

/// The mesh that is meant: named, that of the agent which asks, this directory's, or
/// the only one.
///
/// # Errors
/// Exit code 5 where there is none, 3 where it could be several; those of asking.
pub(super) async fn mesh_meant(
    signed_in: &SignedIn<'_>,
    wanted: Option<&str>,
) -> Result<Mesh, AppError> {
    let context = signed_in.context;
    let meshes = meshes(signed_in).await?;
    let slugs: Vec<_> = meshes.iter().map(|mesh| mesh.slug.clone()).collect();
    if let Some(wanted) = wanted {
        return Mesh::named(&meshes, wanted)
            .ok_or_else(|| unknown("mesh-not-found", wanted, &slugs));
    }
    let variable = |name| context.env.variables.get(name);
    // Below an agent it is the mesh that this was started in, which says nothing of
    // another instance. Where that is gone the agent is in no other instead.
    let is_launched_here = context.env.inside_agent()
        && variable("CREWMESH_INSTANCE").is_none_or(|name| name == signed_in.instance());
    if let Some(slug) = variable("CREWMESH_MESH").filter(|_| is_launched_here) {
        return Mesh::named(&meshes, slug).ok_or_else(|| {
            let message = Message::new("mesh-launched-gone").with("name", printable(slug));
            AppError::new(ErrorKind::NotFound, "mesh_gone", message)
                .hint(Message::new("mesh-launched-gone-hint"))
        });
    }
    let directory = signed_in.directory.as_ref().and_then(|choice| choice.mesh.clone());
    let last = || {
        let directory = context.env.directory.as_deref()?;
        context.credentials.home().remembered(signed_in.instance(), Some(directory)).mesh
    };
    if let Some(mesh) = directory.or_else(last).and_then(|slug| Mesh::named(&meshes, &slug)) {
        return Ok(mesh);
    }
    match <[Mesh; 1]>::try_from(meshes) {
        Ok([mesh]) => Ok(mesh),
        Err(meshes) if meshes.is_empty() => {
            let instance = printable(signed_in.instance());
            let message = Message::new("list-no-meshes").with("instance", instance);
            Err(AppError::new(ErrorKind::NotFound, "no_mesh", message))
        }
        Err(_) => Err(AppError::new(
            ErrorKind::BadArguments,
            "mesh_missing",
            Message::new("mesh-missing"),
        )
        .hint(Message::new("mesh-missing-hint").with("meshes", slugs.join(", ")))),
    }
}
