//! What an agent can look at without doing anything.

use rmcp::model::Resource;
use serde::Serialize;
use serde_json::{Value, json};

use super::tools::of_others;
use super::workplace::{Sight, Workplace};
use crate::error::AppError;

/// Each address, what is there, its name, and that in words.
const ALL: [(&str, Sight, &str, &str); 4] = [
    ("crewmesh://mesh", Sight::Mesh, "mesh", "The mesh this agent was started in"),
    ("crewmesh://mesh/peers", Sight::Peers, "peers", "Who is at work in it"),
    ("crewmesh://mesh/tasks", Sight::Tasks, "tasks", "The tasks that it shares"),
    (
        "crewmesh://mesh/inbox",
        Sight::Inbox,
        "inbox",
        "What was written to this agent and is not read",
    ),
];

/// What it is written in.
pub(super) const JSON: &str = "application/json";

/// Every resource, those of messages only `with_messages`.
pub(super) fn all(with_messages: bool) -> Vec<Resource> {
    let resource = |(uri, _, name, about): (&str, Sight, &str, &str)| {
        Resource::new(uri, name).with_description(about).with_mime_type(JSON)
    };
    let there = ALL.into_iter().filter(|(_, sight, ..)| with_messages || *sight != Sight::Inbox);
    there.map(resource).collect()
}

/// What is at `uri`, messages only `with_messages`.
pub(super) fn at(uri: &str, with_messages: bool) -> Option<Sight> {
    let (_, sight, ..) = ALL.into_iter().find(|(known, ..)| *known == uri)?;
    (with_messages || sight != Sight::Inbox).then_some(sight)
}

/// What is at `uri`; `None` where nothing is. Nothing counts as read by that.
pub(super) async fn read<W: Workplace>(
    uri: &str,
    workplace: &W,
) -> Option<Result<Value, AppError>> {
    Some(look(at(uri, workplace.takes_messages())?, workplace).await)
}

async fn look<W: Workplace>(sight: Sight, workplace: &W) -> Result<Value, AppError> {
    let mesh = workplace.mesh(None).await?;
    Ok(match sight {
        Sight::Peers => listed("peers", &workplace.peers(&mesh.id).await?),
        Sight::Tasks => listed("tasks", &workplace.tasks(&mesh.id, None).await?),
        Sight::Inbox => listed("messages", &workplace.inbox(&mesh.id).await?.data),
        Sight::Mesh => json!(mesh),
    })
}

fn listed<T: Serialize>(name: &str, all: &[T]) -> Value {
    of_others(json!({ name: all }), !all.is_empty())
}
