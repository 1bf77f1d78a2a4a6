//! The person's machines.

use rmcp::model::{JsonObject, Tool};
use serde_json::json;

use super::{Effect, Given, described};
use crate::error::AppError;
use crate::mcp::workplace::Workplace;

pub(super) fn tool(name: &'static str) -> Tool {
    described(
        name,
        ("Machines", "The machines of the person you act as: names, places, whether agents run."),
        Effect::Reads,
        (json!({}), &[]),
        json!({ "machines": { "type": "array", "items": { "type": "object" } } }),
    )
}

pub(super) async fn call<W: Workplace>(workplace: &W, _: JsonObject) -> Result<Given, AppError> {
    let machines = workplace.machines().await?;
    Ok(json!({ "machines": machines }).into())
}
