//! Who this agent acts as, and where.

use rmcp::model::{JsonObject, Tool};
use serde_json::json;

use super::{Effect, Given, described};
use crate::error::AppError;
use crate::mcp::workplace::Workplace;

pub(super) fn tool(name: &'static str) -> Tool {
    described(
        name,
        (
            "Who am I",
            "Who you act as in the mesh: the person, the instance, and the name by which \
            other agents write to you.",
        ),
        Effect::Reads,
        (json!({}), &[]),
        json!({
            "person": { "type": "string" },
            "instance": { "type": "string" },
            "name": { "type": "string", "description": "Yours, where you are seen in the mesh." },
            "mesh": { "type": "string" },
        }),
    )
}

pub(super) async fn call<W: Workplace>(workplace: &W, _: JsonObject) -> Result<Given, AppError> {
    let who = workplace.whoami().await?;
    let mut object = json!({ "person": who.person, "instance": who.instance });
    if let Some(name) = who.peer {
        object["name"] = json!(name);
    }
    // Without one in use there is still somebody.
    if let Ok(mesh) = workplace.mesh(None).await {
        object["mesh"] = json!(mesh.slug);
    }
    Ok(object.into())
}
