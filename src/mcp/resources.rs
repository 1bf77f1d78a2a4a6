//! What an agent can look at without doing anything.

use rmcp::model::Resource;
use serde_json::{Value, json};

use super::workplace::Workplace;
use crate::error::AppError;

/// Each address, its name, and what is there.
const ALL: [(&str, &str, &str); 4] = [
    ("crewmesh://mesh", "mesh", "The mesh this agent was started in"),
    ("crewmesh://mesh/peers", "peers", "Who is at work in it"),
    ("crewmesh://mesh/tasks", "tasks", "The tasks that it shares"),
    ("crewmesh://mesh/inbox", "inbox", "What was written to this agent and is not read"),
];

/// What it is written in.
pub(super) const JSON: &str = "application/json";

/// Every resource.
pub(super) fn all() -> Vec<Resource> {
    let resource = |(uri, name, about): (&str, &str, &str)| {
        Resource::new(uri, name).with_description(about).with_mime_type(JSON)
    };
    ALL.map(resource).into()
}

/// What is at `uri`; `None` where nothing is. Nothing counts as read by that.
pub(super) async fn read<W: Workplace>(
    uri: &str,
    workplace: &W,
) -> Option<Result<Value, AppError>> {
    let (_, name, _) = ALL.into_iter().find(|(known, _, _)| *known == uri)?;
    Some(look(name, workplace).await)
}

async fn look<W: Workplace>(name: &str, workplace: &W) -> Result<Value, AppError> {
    let mesh = workplace.mesh(None).await?;
    Ok(match name {
        "peers" => json!({ "peers": workplace.peers(&mesh.id).await? }),
        "tasks" => json!({ "tasks": workplace.tasks(&mesh.id, None).await? }),
        "inbox" => json!({ "messages": workplace.inbox(&mesh.id).await?.data }),
        _ => json!(mesh),
    })
}
