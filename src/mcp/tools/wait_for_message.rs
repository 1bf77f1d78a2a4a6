//! Waiting for what others write.

use std::time::{Duration, Instant};

use rmcp::model::{JsonObject, Tool};
use serde::Deserialize;
use serde_json::json;

use super::{Context, Effect, FROM_OTHERS, Given, described, mesh_taken, messages_given, read};
use crate::error::AppError;
use crate::mcp::workplace::Workplace;
use crate::wire::LONGEST_HOLD;

/// Clients give a call up after a minute.
const LONGEST: u64 = 50;

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
                    "type": "integer", "minimum": 1, "maximum": LONGEST,
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
    context: Context<'_, W>,
    arguments: JsonObject,
) -> Result<Given, AppError> {
    let Arguments { seconds, mesh } = read(arguments)?;
    let mesh = context.workplace.mesh(mesh.as_deref()).await?;
    context.delivered.acknowledge(context.workplace, &mesh).await?;
    let until = Instant::now() + Duration::from_secs(seconds.unwrap_or(LONGEST).clamp(1, LONGEST));
    loop {
        let left = until.saturating_duration_since(Instant::now());
        // What an instance holds it holds for whole seconds.
        let wait = Duration::from_secs(left.as_secs().min(LONGEST_HOLD.as_secs()));
        let inbox = context.workplace.inbox(&mesh.id, (!wait.is_zero()).then_some(wait)).await?;
        if !inbox.data.is_empty() || wait.is_zero() {
            context.delivered.note(&mesh, &inbox.data);
            let preface = (!inbox.data.is_empty()).then_some(FROM_OTHERS);
            return Ok(Given {
                preface,
                value: json!({ "mesh": mesh.slug, "messages": inbox.data }),
            });
        }
    }
}
