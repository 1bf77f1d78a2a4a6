//! Writing to peers and people of a mesh, and reading what they wrote. Their words
//! are shown as theirs: indented below who wrote them, without anything that a
//! terminal obeys.

use std::io::{self, Write as _};

use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use super::context::CommandContext;
use super::in_mesh::{InMesh, WAIT, is_passing, text};
use super::json;
use super::output::Lines;
use crate::error::AppError;
use crate::i18n::Message;
use crate::terminal::glyphs::for_terminal;
use crate::wire::{Inbox, InboxRead, MeshMessage, MessageKind, NewMessage};

/// Write to a peer, a role, or everybody in a mesh
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  crewmesh send ana \"The tests are green\"
  crewmesh send @reviewer \"Look at branch login\" --kind ask
  crewmesh send \"*\" - < notes.txt
  crewmesh send ana \"Merged\" --reply-to 17 --kind done")]
pub(crate) struct Send {
    /// Whom: a name from `crewmesh peers`, @ and a role, or * for everybody
    to: String,
    /// What; - reads it from stdin
    text: String,
    /// What it is for
    #[arg(long, value_enum, default_value = "note")]
    kind: Kind,
    /// The number of the message that it answers
    #[arg(long, value_name = "NUMBER")]
    reply_to: Option<i64>,
    /// The mesh: its short name, name or id; the one in use where not given
    #[arg(long)]
    mesh: Option<String>,
}

/// As [`MessageKind`].
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Kind {
    Note,
    Ask,
    Answer,
    Done,
}

impl From<Kind> for MessageKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Note => Self::Note,
            Kind::Ask => Self::Ask,
            Kind::Answer => Self::Answer,
            Kind::Done => Self::Done,
        }
    }
}

pub(super) fn send(command: &Send, context: &CommandContext) -> Result<u8, AppError> {
    let (mesh, sent) = context.signed_in(async |signed_in| {
        let text = text(&command.text).await?;
        let InMesh { mesh, peer, .. } = InMesh::of(&signed_in, command.mesh.as_deref()).await?;
        let new = NewMessage {
            to: command.to.clone(),
            text,
            kind: command.kind.into(),
            reply_to: command.reply_to,
            by_peer: peer,
        };
        let sent = signed_in.client.write_message(&mesh.id, &new).await?;
        Ok((mesh, sent))
    })?;
    let mut whole = json!(sent);
    whole["mesh"] = json!(mesh.slug);
    context.out.answer(whole, |lines| {
        lines.say(
            &Message::new("message-sent")
                .with("to", sent.to.as_str())
                .with("mesh", mesh.name.as_str())
                .with("number", sent.number.to_string()),
        );
    })?;
    Ok(0)
}

/// Read what was written to you in a mesh
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  crewmesh inbox                    what is new, once
  crewmesh inbox --watch            and what comes, until ctrl+c
  crewmesh inbox --all --json       what was read before, too")]
pub(crate) struct InboxOf {
    /// The mesh: its short name, name or id; the one in use where not given
    mesh: Option<String>,
    /// Go on, and show what comes
    #[arg(long)]
    watch: bool,
    /// What was read before, too
    #[arg(long)]
    all: bool,
    /// Leave it unread
    #[arg(long)]
    keep: bool,
}

pub(super) fn inbox(command: &InboxOf, context: &CommandContext) -> Result<u8, AppError> {
    context.signed_in(async |signed_in| {
        let InMesh { mesh, peer, .. } = InMesh::of(&signed_in, command.mesh.as_deref()).await?;
        let client = &signed_in.client;
        let mut after = command.all.then_some(0);
        let mut messages = Vec::new();
        // All there is, a page at a time.
        loop {
            let Inbox { data, last } = client.inbox(&mesh.id, peer.as_deref(), after, None).await?;
            after = Some(last);
            if data.is_empty() {
                break;
            }
            messages.extend(data);
        }
        let read = async |number: i64| {
            let read = InboxRead { read_to: number, by_peer: peer.clone() };
            if command.keep { Ok(()) } else { client.have_read(&mesh.id, &read).await }
        };
        if !command.watch {
            let whole = json!({
                "instance": signed_in.instance(), "mesh": mesh.slug, "messages": messages,
                "total": messages.len(),
            });
            // Read is what was shown.
            context.out.answer(whole, |lines| {
                show(lines, &messages);
                if messages.is_empty() {
                    lines.say(&Message::new("inbox-none").with("mesh", mesh.name.as_str()));
                }
            })?;
            if let Some(newest) = messages.last() {
                read(newest.number).await?;
            }
            return Ok(0);
        }
        loop {
            if !told(context, &messages) {
                return Ok(0);
            }
            if let Some(newest) = messages.last() {
                read(newest.number).await?;
            }
            messages = match client.inbox(&mesh.id, peer.as_deref(), after, Some(WAIT)).await {
                Ok(inbox) => {
                    after = Some(inbox.last);
                    inbox.data
                }
                Err(error) if is_passing(&error).await => Vec::new(),
                Err(error) => return Err(error),
            };
        }
    })
}

/// Tells whoever watches of messages, in JSON each on a line of its own; whether
/// anybody still reads.
fn told(context: &CommandContext, messages: &[MeshMessage]) -> bool {
    let text = if context.out.is_json() {
        messages.iter().map(|message| json::text(&json!(message)) + "\n").collect()
    } else {
        context.out.lines(|lines| show(lines, messages))
    };
    let mut out = io::stdout();
    out.write_all(for_terminal(&text).as_bytes()).and_then(|()| out.flush()).is_ok()
}

/// Each message below who wrote it.
fn show(lines: &mut Lines<'_>, messages: &[MeshMessage]) {
    for message in messages {
        lines.say(&heading(message));
        for line in message.text.lines() {
            lines.raw(&format!("  {line}"));
        }
    }
}

/// Who wrote a message to whom, when, and what for.
fn heading(message: &MeshMessage) -> Message {
    let about = match (message.kind, message.reply_to) {
        (MessageKind::Note, None) => "message-heading",
        (_, None) => "message-heading-kind",
        (_, Some(_)) => "message-heading-reply",
    };
    Message::new(about)
        .with("number", message.number.to_string())
        .with("from", message.from.as_str())
        .with("person", message.person.as_str())
        .with("to", message.to.as_str())
        .with("at", message.at.strftime("%Y-%m-%d %H:%MZ").to_string())
        .with("kind", kind(message.kind))
        .with("reply", message.reply_to.unwrap_or_default().to_string())
}

fn kind(kind: MessageKind) -> Message {
    Message::new(match kind {
        MessageKind::Note => "message-note",
        MessageKind::Ask => "message-ask",
        MessageKind::Answer => "message-answer",
        MessageKind::Done => "message-done",
    })
}

/// What `--watch` tells of something as JSON.
pub(super) fn line_of(value: &Value) -> String {
    json::text(value) + "\n"
}
