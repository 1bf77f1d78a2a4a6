//! What happened in a mesh: who came and went, what was asked, what became of tasks.
//! Messages that are not for whoever asks are not told of.

use std::io::{self, Write as _};

use clap::Args;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::context::{CommandContext, SignedIn};
use super::in_mesh::{WAIT, is_passing};
use super::messages::line_of;
use super::output::Lines;
use super::which_mesh::mesh_meant;
use crate::error::AppError;
use crate::i18n::Message;
use crate::model::Mesh;
use crate::terminal::glyphs::for_terminal;
use crate::wire::{MeshEvent, MeshEventKind, MeshMessage};

/// Show what happened in a mesh
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  crewmesh log
  crewmesh log platform-team --limit 500 --json
  crewmesh log --watch              until ctrl+c")]
pub(crate) struct Log {
    /// The mesh: its short name, name or id; the one in use where not given
    mesh: Option<String>,
    /// Go on, and show what happens
    #[arg(long)]
    watch: bool,
    /// At most so many, the newest
    #[arg(long, value_name = "COUNT", default_value = "50",
        value_parser = clap::value_parser!(u32).range(1..=10_000))]
    limit: u32,
}

/// One thing that happened.
#[derive(Clone, Debug)]
enum Entry {
    Event(MeshEvent),
    Message(MeshMessage),
}

impl Entry {
    fn number(&self) -> i64 {
        match self {
            Self::Event(event) => event.number,
            Self::Message(message) => message.number,
        }
    }

    fn object(&self) -> Value {
        match self {
            Self::Event(event) => json!(event),
            Self::Message(message) => {
                let mut object = json!(message);
                object["what"] = json!("message");
                object
            }
        }
    }
}

pub(super) fn run(log: &Log, context: &CommandContext) -> Result<u8, AppError> {
    context.signed_in(async |signed_in| {
        let mesh = mesh_meant(&signed_in, log.mesh.as_deref()).await?;
        let most = i64::from(log.limit);
        let newest = signed_in.client.mesh_log(&mesh.id, i64::MAX, None).await?.newest;
        let after = (newest - most).max(0);
        let entries = since(&signed_in, &mesh, after).await?;
        if !log.watch {
            let all: Vec<_> = entries.iter().map(Entry::object).collect();
            let whole = json!({
                "instance": signed_in.instance(), "mesh": mesh.slug, "log": all,
                "total": all.len(),
            });
            context.out.answer(whole, |lines| {
                show(lines, &entries);
                if entries.is_empty() {
                    lines.say(&Message::new("log-none").with("mesh", mesh.name.as_str()));
                }
            })?;
            return Ok(0);
        }
        watch(&signed_in, &mesh, entries, newest).await
    })
}

/// All that happened after number `after`, in its order.
async fn since(signed_in: &SignedIn<'_>, mesh: &Mesh, after: i64) -> Result<Vec<Entry>, AppError> {
    let client = &signed_in.client;
    let mut all = Vec::new();
    let mut from = after;
    loop {
        let events = client.mesh_log(&mesh.id, from, None).await?;
        if events.data.is_empty() {
            break;
        }
        from = events.last;
        all.extend(events.data.into_iter().map(Entry::Event));
    }
    let mut from = after;
    loop {
        let messages = client.messages(&mesh.id, from).await?;
        if messages.data.is_empty() {
            break;
        }
        from = messages.last;
        all.extend(messages.data.into_iter().map(Entry::Message));
    }
    all.sort_by_key(Entry::number);
    Ok(all)
}

/// Shows what happened, and then what happens.
async fn watch(
    signed_in: &SignedIn<'_>,
    mesh: &Mesh,
    mut entries: Vec<Entry>,
    mut after: i64,
) -> Result<u8, AppError> {
    let context = signed_in.context;
    loop {
        let text = if context.out.is_json() {
            entries.iter().map(|entry| line_of(&entry.object())).collect()
        } else {
            context.out.lines(|lines| show(lines, &entries))
        };
        let mut out = io::stdout();
        if out.write_all(for_terminal(&text).as_bytes()).and_then(|()| out.flush()).is_err() {
            return Ok(0);
        }
        if let Some(last) = entries.last() {
            after = last.number();
        }
        // Whichever comes, both are read.
        let client = &signed_in.client;
        let come = tokio::select! {
            event = client.mesh_log(&mesh.id, after, Some(WAIT)) => event.map(drop),
            message = client.inbox(&mesh.id, None, Some(after), Some(WAIT)) => message.map(drop),
        };
        entries = match come {
            Ok(()) => since(signed_in, mesh, after).await?,
            Err(error) if is_passing(&error).await => Vec::new(),
            Err(error) => return Err(error),
        };
    }
}

fn show(lines: &mut Lines<'_>, entries: &[Entry]) {
    for entry in entries {
        match entry {
            Entry::Event(event) => {
                lines.say(&told(event));
            }
            Entry::Message(message) => {
                lines.say(
                    &Message::new("log-message")
                        .with("at", time(message.at))
                        .with("who", message.from.as_str())
                        .with("person", message.person.as_str())
                        .with("to", message.to.as_str()),
                );
                for line in message.text.lines() {
                    lines.raw(&format!("  {line}"));
                }
            }
        }
    }
}

/// An event in words.
fn told(event: &MeshEvent) -> Message {
    let id = match event.what {
        MeshEventKind::Joined => "log-joined",
        MeshEventKind::Left => "log-left",
        MeshEventKind::Launched => "log-launched",
        MeshEventKind::Ended => "log-ended",
        MeshEventKind::TaskCreated => "log-task-created",
        MeshEventKind::TaskClaimed => "log-task-claimed",
        MeshEventKind::TaskFinished => "log-task-finished",
        MeshEventKind::TaskDropped => "log-task-dropped",
        MeshEventKind::TaskReopened => "log-task-reopened",
        MeshEventKind::Other => "log-other",
    };
    Message::new(id)
        .with("at", time(event.at))
        .with("who", event.who.as_str())
        .with("person", event.person.as_str())
        .with("subject", event.subject.as_str())
}

fn time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%MZ").to_string()
}
