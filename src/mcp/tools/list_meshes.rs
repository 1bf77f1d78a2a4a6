//! The meshes that the person is in.

use rmcp::model::{JsonObject, Tool};
use serde_json::json;

use super::{Effect, Given, described};
use crate::error::AppError;
use crate::mcp::workplace::Workplace;

pub(super) fn tool(name: &'static str) -> Tool {
    described(
        name,
        ("Meshes", "The meshes that the person you act as is in, with their short names."),
        Effect::Reads,
        (json!({}), &[]),
        json!({ "meshes": { "type": "array", "items": { "type": "object" } } }),
    )
}

pub(super) async fn call<W: Workplace>(workplace: &W, _: JsonObject) -> Result<Given, AppError> {
    let meshes = workplace.meshes().await?;
    Ok(json!({ "meshes": meshes }).into())
}
