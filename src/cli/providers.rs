//! What is connected at AI providers, and what can be.

mod health;
mod share;

use clap::{Args, Subcommand};
use serde_json::json;

use super::context::CommandContext;
use super::output::Output;
use crate::error::AppError;
use crate::i18n::{Message, Words, printable};
use crate::provider::spec;
use crate::wire::{Connection, Way};

/// Show which AI providers are connected, and which can be
#[derive(Args, Debug)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "Examples:
  crewmesh providers
  crewmesh providers --check                     asked how they are
  crewmesh providers --mesh platform-team        what its members share
  crewmesh providers share openai --mesh platform-team --daily 20
  crewmesh providers unshare openai --mesh platform-team"
)]
pub(crate) struct Providers {
    #[command(subcommand)]
    what: Option<What>,
    /// Ask each provider how it is
    #[arg(long, conflicts_with = "mesh")]
    check: bool,
    /// What is shared in this mesh: its short name, name or id
    #[arg(long, value_name = "MESH")]
    mesh: Option<String>,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Let the members of a mesh start agents with an account of yours
    Share(share::Sharing),
    /// End that
    Unshare(share::Ending),
}

pub(super) fn run(command: &Providers, context: &CommandContext) -> Result<u8, AppError> {
    match (&command.what, &command.mesh) {
        (Some(What::Share(sharing)), _) => share::share(sharing, context),
        (Some(What::Unshare(ending)), _) => share::unshare(ending, context),
        (None, Some(mesh)) => share::list(mesh, context),
        (None, None) => list(command.check, context),
    }
}

fn list(check: bool, context: &CommandContext) -> Result<u8, AppError> {
    let (instance, connections, offers) = context.signed_in(async |signed_in| {
        let mut connections = signed_in.client.connections().await?;
        if check {
            for connection in &mut connections {
                *connection = health::checked(&signed_in, connection.clone()).await?;
            }
        }
        // An older instance cannot say.
        let offers = signed_in.client.device_flow_offers().await.unwrap_or_default();
        Ok((signed_in.access.instance.name, connections, offers))
    })?;
    let is_connected =
        |name: &str| connections.iter().any(|connection| connection.provider == name);
    let known: Vec<_> = spec::names()
        .filter_map(|name| {
            let spec = spec::find(name)?;
            let is_offered = offers.iter().any(|offer| offer.provider == name);
            let by_code = is_offered.then_some(Way::Device);
            let ways: Vec<_> = by_code.into_iter().chain(spec.ways()).collect();
            Some(json!({
                "name": name, "title": spec.title, "ways": ways, "keys": spec.keys,
                "connected": is_connected(name),
            }))
        })
        .collect();
    let object = json!({
        "instance": instance, "connections": connections, "total": connections.len(),
        "providers": known,
    });
    context.out.answer(object, |lines| {
        let rows: Vec<_> = connections.iter().map(row).collect();
        let headings = [
            "column-provider",
            "column-name",
            "column-ends-with",
            "column-last-used",
            "column-used-30",
            "column-state",
        ];
        lines.table(&headings, &rows);
        if connections.is_empty() {
            lines.say(&Message::new("provider-none").with("instance", printable(&instance)));
        }
        let rest: Vec<_> = spec::names()
            .filter(|name| !is_connected(name))
            .map(|name| {
                let command = format!("crewmesh connect {name}");
                vec![Words::Verbatim(spec::title(name)), Words::Verbatim(command)]
            })
            .collect();
        if !rest.is_empty() {
            lines.raw("").table(&["column-provider", "column-to-connect"], &rest);
        }
    })?;
    Ok(0)
}

fn row(connection: &Connection) -> Vec<Words> {
    let facts = [connection.holder.as_deref(), connection.plan.as_deref()];
    let names = std::iter::once(connection.label.as_str()).chain(facts.into_iter().flatten());
    let names: Vec<_> = names.filter(|name| !name.is_empty()).map(printable).collect();
    let end = if connection.plan.is_some() { String::new() } else { spec::end(connection) };
    let used: u64 = connection.uses.iter().map(|day| u64::from(*day)).sum();
    let mut state = health::said(connection);
    if !connection.shared_in.is_empty() {
        let meshes = connection.shared_in.join(", ");
        state = Message::new("provider-shared-in").with("state", state).with("meshes", meshes);
    }
    vec![
        Words::Verbatim(spec::title(&connection.provider)),
        Words::Verbatim(names.join(", ")),
        Words::Verbatim(end),
        Words::Verbatim(connection.last_used_at.map(Output::day).unwrap_or_default()),
        Words::Verbatim(used.to_string()),
        state.into(),
    ]
}
