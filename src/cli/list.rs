//! The meshes of the account.

use clap::Args;
use serde_json::json;

use super::context::CommandContext;
use super::output::Lines;
use super::which_mesh;
use crate::error::AppError;
use crate::i18n::{Message, Words, printable};
use crate::model::{Mesh, Role};

/// List your meshes
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  crewmesh list
  crewmesh list --json
  crewmesh list --instance mesh.example.org")]
pub(crate) struct List {}

pub(super) fn run(_: &List, context: &CommandContext) -> Result<u8, AppError> {
    let (instance, meshes) = context.signed_in(async |signed_in| {
        let meshes = which_mesh::meshes(&signed_in).await?;
        Ok((signed_in.access.instance.name, meshes))
    })?;
    let object = json!({ "instance": instance, "meshes": meshes, "total": meshes.len() });
    context.out.answer(object, |lines| {
        show(lines, &meshes);
        if meshes.is_empty() {
            lines.say(&Message::new("list-no-meshes").with("instance", instance));
        }
    })?;
    Ok(0)
}

pub(super) fn show(lines: &mut Lines<'_>, meshes: &[Mesh]) {
    let rows: Vec<_> = meshes
        .iter()
        .map(|mesh| {
            vec![
                Words::verbatim(&mesh.name),
                Words::verbatim(&mesh.slug),
                role(mesh.role).into(),
                Words::verbatim(&mesh.member_count.to_string()),
            ]
        })
        .collect();
    lines.table(&["column-mesh", "column-slug", "column-role", "column-members"], &rows);
}

/// A member's permission, in words.
pub(super) fn role(role: Role) -> Message {
    Message::new(match role {
        Role::Admin => "role-admin",
        Role::Member => "role-member",
    })
}

/// What is said of a mesh that somebody was in before.
pub(super) fn in_already(mesh: &Mesh, instance: &str) -> Message {
    Message::new("join-already")
        .with("mesh", mesh.name.as_str())
        .with("role", role(mesh.role))
        .with("instance", printable(instance))
}

/// What is said of a mesh that somebody is in now.
pub(super) fn joined(mesh: &Mesh, instance: &str) -> Message {
    Message::new("join-done")
        .with("mesh", mesh.name.as_str())
        .with("role", role(mesh.role))
        .with("instance", printable(instance))
}
