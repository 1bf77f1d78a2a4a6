//! A task is done.

use rmcp::model::{JsonObject, Tool};
use serde_json::json;

use super::{step, step_taken, task_given};
use crate::error::AppError;
use crate::mcp::tools::{Effect, Given, described};
use crate::mcp::workplace::Workplace;
use crate::wire::TaskAction;

pub(in crate::mcp::tools) fn tool(name: &'static str) -> Tool {
    described(
        name,
        ("Finish a task", "Says that a task you claimed is done, and what came of it."),
        // Of one's own, and what was there stays: Codex would ask the person each time.
        Effect::Adds,
        (
            {
                let mut takes = step_taken();
                takes["result"] =
                    json!({ "type": "string", "description": "What came of it; up to 16 KiB." });
                takes
            },
            &["number"],
        ),
        task_given(),
    )
}

pub(in crate::mcp::tools) async fn call<W: Workplace>(
    workplace: &W,
    arguments: JsonObject,
) -> Result<Given, AppError> {
    step(workplace, arguments, TaskAction::Finish).await
}
