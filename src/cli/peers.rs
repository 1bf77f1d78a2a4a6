//! Who is at work in a mesh now, once or for as long as somebody watches.

use std::fmt::Write as _;
use std::io::{self, IsTerminal as _, Write as _};

use clap::Args;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::context::CommandContext;
use super::in_mesh::{InMesh, WAIT, is_passing};
use super::json;
use super::output::Lines;
use crate::error::AppError;
use crate::i18n::{Message, Words};
use crate::model::Mesh;
use crate::terminal::glyphs::for_terminal;
use crate::wire::{Peer, PeerStatus};

/// Show who is at work in a mesh
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  crewmesh peers                    in the mesh in use
  crewmesh peers platform-team --json
  crewmesh peers --watch            until ctrl+c")]
pub(crate) struct PeerList {
    /// The mesh: its short name, name or id; the one in use where not given
    mesh: Option<String>,
    /// Go on, and show each change
    #[arg(long)]
    watch: bool,
}

pub(super) fn run(command: &PeerList, context: &CommandContext) -> Result<u8, AppError> {
    if command.watch {
        return watch(command, context);
    }
    let (instance, mesh, peers) = context.signed_in(async |signed_in| {
        let InMesh { mesh, peers, .. } = InMesh::of(&signed_in, command.mesh.as_deref()).await?;
        Ok((signed_in.access.instance.name, mesh, peers.all))
    })?;
    context.out.answer(object(&instance, &mesh, &peers), |lines| table(lines, &mesh, &peers))?;
    Ok(0)
}

/// Shows the list, and again each time it is another.
fn watch(command: &PeerList, context: &CommandContext) -> Result<u8, AppError> {
    context.signed_in(async |signed_in| {
        let InMesh { mesh, mut peers, .. } =
            InMesh::of(&signed_in, command.mesh.as_deref()).await?;
        let instance = signed_in.instance().to_owned();
        let mut shown = Shown::default();
        loop {
            let now = if context.out.is_json() {
                json::text(&object(&instance, &mesh, &peers.all)) + "\n"
            } else {
                context.out.lines(|lines| table(lines, &mesh, &peers.all))
            };
            if !shown.show(&for_terminal(&now)) {
                return Ok(0);
            }
            let known = peers.tag.clone().unwrap_or_default();
            match signed_in.client.peers_after(&mesh.id, &known, WAIT).await {
                Ok(Some(other)) => peers = other,
                // How long each is there is another number meanwhile.
                Ok(None) => {}
                Err(error) if is_passing(&error).await => {}
                Err(error) => return Err(error),
            }
        }
    })
}

/// What stands on the screen of somebody who watches.
#[derive(Debug, Default)]
struct Shown {
    rows: Vec<String>,
}

impl Shown {
    /// Shows `text`; on a terminal the rows that are others, in their places. Whether
    /// anybody still reads.
    fn show(&mut self, text: &str) -> bool {
        let mut out = io::stdout();
        if !out.is_terminal() {
            return out.write_all(text.as_bytes()).and_then(|()| out.flush()).is_ok();
        }
        let (columns, rows) = crossterm::terminal::size().unwrap_or((80, 24));
        let now = fitting(text, usize::from(columns), usize::from(rows));
        let drawn = changes(&self.rows, &now);
        self.rows = now;
        out.write_all(drawn.as_bytes()).and_then(|()| out.flush()).is_ok()
    }
}

/// The rows of `text` that fit a window, each on one row of it.
fn fitting(text: &str, columns: usize, rows: usize) -> Vec<String> {
    use unicode_width::UnicodeWidthChar as _;
    let cut = |line: &str| {
        let mut room = columns.saturating_sub(1);
        let fits = |c: &char| {
            let wide = c.width().unwrap_or_default();
            let fits = wide <= room;
            room = room.saturating_sub(wide);
            fits
        };
        line.chars().take_while(fits).collect()
    };
    text.lines().take(rows.saturating_sub(1)).map(cut).collect()
}

/// What to write below the rows `before` so that the rows `now` stand there.
fn changes(before: &[String], now: &[String]) -> String {
    let mut drawn = String::new();
    if !before.is_empty() {
        let _ = write!(drawn, "\x1b[{}A", before.len());
    }
    for (at, row) in now.iter().enumerate() {
        if before.get(at) != Some(row) {
            drawn.push_str("\x1b[2K");
            drawn.push_str(row);
        }
        drawn.push_str("\r\n");
    }
    if now.len() < before.len() {
        drawn.push_str("\x1b[J");
    }
    drawn
}

fn object(instance: &str, mesh: &Mesh, peers: &[Peer]) -> Value {
    json!({ "instance": instance, "mesh": mesh.slug, "peers": peers, "total": peers.len() })
}

fn table(lines: &mut Lines<'_>, mesh: &Mesh, peers: &[Peer]) {
    let now = Timestamp::now();
    let rows: Vec<_> = peers.iter().map(|peer| row(peer, now)).collect();
    let headings = [
        "column-peer",
        "column-person",
        "column-agent",
        "column-machine",
        "column-role",
        "column-at",
        "column-since-when",
    ];
    lines.table(&headings, &rows);
    if peers.is_empty() {
        lines.say(&Message::new("peers-none").with("mesh", mesh.name.as_str()));
    }
}

fn row(peer: &Peer, now: Timestamp) -> Vec<Words> {
    let text = |text: Option<&String>| Words::verbatim(text.map_or("–", String::as_str));
    vec![
        Words::verbatim(&peer.name),
        Words::verbatim(&peer.person),
        text(peer.agent.as_ref()),
        text(peer.machine.as_ref()),
        text(peer.role.as_ref()),
        match &peer.summary {
            Some(summary) => Message::new("peer-at-summary")
                .with("status", status(peer.status))
                .with("summary", summary.as_str())
                .into(),
            None => status(peer.status).into(),
        },
        ago(peer.since, now).into(),
    ]
}

fn status(status: PeerStatus) -> Message {
    Message::new(match status {
        PeerStatus::Idle => "peer-idle",
        PeerStatus::Working => "peer-working",
        PeerStatus::Waiting => "peer-waiting",
    })
}

/// How long ago something was, in the largest unit of which there is one.
fn ago(since: Timestamp, now: Timestamp) -> Message {
    let minutes = (now.as_second() - since.as_second()).max(0) / 60;
    match minutes {
        0 => Message::new("since-now"),
        1..60 => Message::new("since-minutes").with("count", minutes),
        60..1_440 => Message::new("since-hours").with("count", minutes / 60),
        _ => Message::new("since-days").with("count", minutes / 1_440),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Vec<String> {
        text.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn only_rows_that_changed_are_drawn() {
        assert_eq!(changes(&[], &rows("a b")), "\x1b[2Ka\r\n\x1b[2Kb\r\n");
        assert_eq!(changes(&rows("a b"), &rows("a c")), "\x1b[2A\r\n\x1b[2Kc\r\n");
        assert_eq!(changes(&rows("a b"), &rows("a")), "\x1b[2A\r\n\x1b[J");
        assert_eq!(changes(&rows("a"), &rows("a b")), "\x1b[1A\r\n\x1b[2Kb\r\n");
    }

    #[test]
    fn no_row_takes_two_of_the_window_and_the_last_is_left() {
        assert_eq!(fitting("abcdef\n東京都\nx\ny", 5, 4), ["abcd", "東京", "x"]);
        assert_eq!(fitting("a", 0, 0), [""; 0]);
    }

    #[test]
    fn a_while_is_told_in_its_largest_unit() {
        let at = |second| Timestamp::from_second(second).expect("a time");
        for (seconds, id) in [
            (59, "since-now"),
            (60, "since-minutes"),
            (3_600, "since-hours"),
            (86_400, "since-days"),
        ] {
            assert_eq!(ago(at(0), at(seconds)).id, id);
        }
        assert_eq!(ago(at(60), at(0)).id, "since-now", "clocks differ");
    }
}
