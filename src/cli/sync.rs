//! What is remembered here is brought in line with the server: the meshes
//! there are, and that the sign-in is still good. A remembered launch into a
//! mesh that is gone is forgotten.

use clap::Args;
use serde_json::json;

use super::context::CommandContext;
use super::list::show;
use super::whoami::identify;
use crate::error::AppError;
use crate::i18n::Message;

/// Bring what is remembered here in line with the server
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  crewmesh sync
  crewmesh sync --json")]
pub(crate) struct Sync {}

pub(super) fn run(_: &Sync, context: &CommandContext) -> Result<u8, AppError> {
    let (instance, meshes, before) = context.signed_in(async |signed_in| {
        identify(&signed_in).await?;
        let meshes = signed_in.client.meshes().await?;
        let instance = signed_in.access.instance.name;
        let slugs: Vec<_> = meshes.iter().map(|mesh| mesh.slug.clone()).collect();
        let before = context.credentials.home().change_state(|state| {
            let saved = state.instances.entry(instance.clone()).or_default();
            saved.directories.retain(|_, choice| slugs.contains(&choice.mesh));
            saved.meshes.replace(slugs.clone())
        })?;
        Ok((instance, meshes, before.unwrap_or_default()))
    })?;
    let now: Vec<&str> = meshes.iter().map(|mesh| mesh.slug.as_str()).collect();
    let added: Vec<_> = now.iter().filter(|slug| !before.iter().any(|old| old == *slug)).collect();
    let gone: Vec<_> = before.iter().filter(|slug| !now.contains(&slug.as_str())).collect();
    let object = json!({
        "instance": instance, "meshes": meshes, "total": meshes.len(),
        "added": added, "gone": gone,
    });
    context.out.answer(object, |lines| {
        show(lines, &meshes);
        let count = i64::try_from(meshes.len()).unwrap_or(i64::MAX);
        lines.say(&Message::new("sync-done").with("count", count).with("instance", instance));
        for slug in &gone {
            lines.say(&Message::new("sync-gone").with("slug", slug.as_str()));
        }
    })?;
    Ok(0)
}
