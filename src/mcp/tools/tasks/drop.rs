//! Giving a task up.

use rmcp::model::{JsonObject, Tool};

use super::{step, step_taken, task_given};
use crate::error::AppError;
use crate::mcp::tools::{Effect, Given, described};
use crate::mcp::workplace::Workplace;
use crate::wire::TaskAction;

pub(in crate::mcp::tools) fn tool(name: &'static str) -> Tool {
    described(
        name,
        (
            "Drop a task",
            "Gives a task up: nobody will do it. For its author, whoever has it, and administrators.",
        ),
        Effect::Changes,
        (step_taken(), &["number"]),
        task_given(),
    )
}

pub(in crate::mcp::tools) async fn call<W: Workplace>(
    workplace: &W,
    arguments: JsonObject,
) -> Result<Given, AppError> {
    step(workplace, arguments, TaskAction::Drop).await
}
