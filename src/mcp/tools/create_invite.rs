//! A way into the mesh for somebody else.

use rmcp::model::{JsonObject, Tool};
use serde::Deserialize;
use serde_json::json;

use super::{Effect, Given, described, mesh_taken, read};
use crate::error::AppError;
use crate::mcp::workplace::{Workplace, one_invite};
use crate::wire::Role;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Arguments {
    mesh: Option<String>,
}

pub(super) fn tool(name: &'static str) -> Tool {
    described(
        name,
        (
            "Create an invite",
            "Makes a link by which one person joins the mesh as a member, good for a week. Only \
             where your person asked for it. Where the instance wants a person to confirm, it says \
             so: then they do it themselves.",
        ),
        Effect::Changes,
        (json!({ "mesh": mesh_taken() }), &[]),
        json!({
            "mesh": { "type": "string" },
            "url": { "type": "string" },
            "expires_at": { "type": "string" },
        }),
    )
}

pub(super) async fn call<W: Workplace>(
    workplace: &W,
    arguments: JsonObject,
) -> Result<Given, AppError> {
    let Arguments { mesh } = read(arguments)?;
    let mesh = workplace.mesh(mesh.as_deref()).await?;
    let made = workplace.invite(&mesh.id, one_invite(Role::Member)).await?;
    let value =
        json!({ "mesh": mesh.slug, "url": made.url.expose(), "expires_at": made.expires_at });
    Ok(value.into())
}
