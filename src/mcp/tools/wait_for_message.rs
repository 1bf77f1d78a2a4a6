//! Waiting for what others write.

use std::time::{Duration, Instant};

use rmcp::model::{JsonObject, Tool};
use serde::Deserialize;
use serde_json::json;

use super::{Effect, Given, described, mesh_taken, messages_as_given, messages_given, read};
use crate::error::AppError;
use crate::mcp::workplace::{LONGEST_WAIT, Workplace};
use crate::wire::LONGEST_HOLD;

/// What was held for less was not held.
const SHORT: Duration = Duration::from_millis(500);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Arguments {
    seconds: Option<u64>,
    mesh: Option<String>,
}

pub(super) fn tool(name: &'static str) -> Tool {
    described(
        name,
        (
            "Wait for a message",
            "Waits until somebody writes to you, at most 50 seconds, and gives what they wrote; \
             nothing where nobody did: call again to go on waiting.",
        ),
        Effect::Reads,
        (
            json!({
                "seconds": {
                    "type": "integer", "minimum": 1, "maximum": LONGEST_WAIT.as_secs(),
                    "description": "How long at most; 50 where left out.",
                },
                "mesh": mesh_taken(),
            }),
            &[],
        ),
        messages_given(),
    )
}

pub(super) async fn call<W: Workplace>(
    workplace: &W,
    arguments: JsonObject,
) -> Result<Given, AppError> {
    let Arguments { seconds, mesh } = read(arguments)?;
    let mesh = workplace.mesh(mesh.as_deref()).await?;
    let asked = seconds.map_or(LONGEST_WAIT, |seconds| Duration::from_secs(seconds.max(1)));
    let until = Instant::now() + asked.min(workplace.longest_wait());
    loop {
        let began = Instant::now();
        let left = until.saturating_duration_since(began);
        // What an instance holds it holds for whole seconds.
        let wait = Duration::from_secs(left.as_secs().min(LONGEST_HOLD.as_secs()));
        let inbox = workplace.take(&mesh.id, (!wait.is_zero()).then_some(wait)).await?;
        // One that is about to stop holds nothing.
        let is_over = wait.is_zero() || began.elapsed() < SHORT;
        if !inbox.data.is_empty() || is_over {
            return Ok(messages_as_given(&mesh, &inbox.data));
        }
    }
}
