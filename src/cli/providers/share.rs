//! Letting the members of a mesh start agents with an account that is connected.

use clap::Args;
use serde_json::json;

use crate::cli::context::CommandContext;
use crate::cli::disconnect::meant;
use crate::cli::which_mesh::mesh_meant;
use crate::error::AppError;
use crate::i18n::{Message, Words, printable};
use crate::provider::spec;
use crate::wire::{MOST_A_DAY, NewShare, Share};

#[derive(Args, Debug)]
pub(super) struct Sharing {
    /// The provider, or the id of a connection
    provider: String,
    /// What it is called, where there is more than one
    #[arg(long, value_name = "NAME")]
    label: Option<String>,
    /// The mesh: its short name, name or id; the one in use where not given
    #[arg(long)]
    mesh: Option<String>,
    /// How often a day each member may start an agent with it; as often as they like where
    /// not given
    #[arg(long, value_name = "TIMES", value_parser = clap::value_parser!(u32).range(1..=i64::from(MOST_A_DAY)))]
    daily: Option<u32>,
}

#[derive(Args, Debug)]
pub(super) struct Ending {
    /// The provider, or the id of a connection
    provider: String,
    /// What it is called, where there is more than one
    #[arg(long, value_name = "NAME")]
    label: Option<String>,
    /// The mesh: its short name, name or id; the one in use where not given
    #[arg(long)]
    mesh: Option<String>,
}

pub(super) fn share(command: &Sharing, context: &CommandContext) -> Result<u8, AppError> {
    context.env.refuse_agents()?;
    let shared = context.signed_in(async |signed_in| {
        let all = signed_in.client.connections().await?;
        let connection = meant(all, &command.provider, command.label.as_deref())?;
        let mesh = mesh_meant(&signed_in, command.mesh.as_deref()).await?;
        let what = spec::called(&connection);
        let question = Message::new("provider-share-ask")
            .with("what", what.as_str())
            .with("mesh", printable(&mesh.name));
        let sure = context.yes
            || context.confirm_in_person(&question, false, "provider-share-hint").await?;
        if !sure {
            return Ok(None);
        }
        let new = NewShare { connection: connection.id, daily: command.daily };
        let share = signed_in.client.share(&mesh.id, &new).await?;
        Ok(Some((signed_in.access.instance.name, mesh, what, share)))
    })?;
    let Some((instance, mesh, what, share)) = shared else {
        context.out.unchanged(json!({ "shared": false }))?;
        return Ok(0);
    };
    let mut object = json!(share);
    object["instance"] = json!(instance);
    object["mesh"] = json!(mesh.slug);
    object["shared"] = json!(true);
    context.out.answer(object, |lines| {
        let id = match share.daily {
            Some(_) => "provider-shared-daily",
            None => "provider-shared",
        };
        let said = Message::new(id).with("what", what).with("mesh", printable(&mesh.name));
        lines.say(&said.with("times", i64::from(share.daily.unwrap_or_default())));
    })?;
    Ok(0)
}

pub(super) fn unshare(command: &Ending, context: &CommandContext) -> Result<u8, AppError> {
    context.env.refuse_agents()?;
    let (instance, mesh, connection) = context.signed_in(async |signed_in| {
        let mesh = mesh_meant(&signed_in, command.mesh.as_deref()).await?;
        let all = signed_in.client.shares(&mesh.id).await?;
        let all = all.into_iter().map(|share| share.connection).collect();
        let connection = meant(all, &command.provider, command.label.as_deref())?;
        signed_in.client.unshare(&mesh.id, &connection.id).await?;
        Ok((signed_in.access.instance.name, mesh, connection))
    })?;
    let object = json!({
        "instance": instance, "mesh": mesh.slug, "id": connection.id,
        "provider": connection.provider, "shared": false,
    });
    context.out.answer(object, |lines| {
        let said = Message::new("provider-unshared").with("what", spec::called(&connection));
        lines.say(&said.with("mesh", printable(&mesh.name)));
    })?;
    Ok(0)
}

/// What is shared in `mesh`.
pub(super) fn list(mesh: &str, context: &CommandContext) -> Result<u8, AppError> {
    let (instance, mesh, shares) = context.signed_in(async |signed_in| {
        let mesh = mesh_meant(&signed_in, Some(mesh)).await?;
        let shares = signed_in.client.shares(&mesh.id).await?;
        Ok((signed_in.access.instance.name, mesh, shares))
    })?;
    let object = json!({
        "instance": instance, "mesh": mesh.slug, "shares": shares, "total": shares.len(),
    });
    context.out.answer(object, |lines| {
        if shares.is_empty() {
            lines.say(&Message::new("provider-none-shared").with("mesh", printable(&mesh.name)));
            return;
        }
        let headings = [
            "column-provider",
            "column-name",
            "column-shared-by",
            "column-yours-today",
            "column-used-30",
            "column-state",
        ];
        let rows: Vec<_> = shares.iter().map(row).collect();
        lines.table(&headings, &rows);
    })?;
    Ok(0)
}

fn row(share: &Share) -> Vec<Words> {
    let connection = &share.connection;
    let used: u64 = connection.uses.iter().map(|day| u64::from(*day)).sum();
    let today = match share.daily {
        Some(daily) => format!("{}/{daily}", share.used_today),
        None => share.used_today.to_string(),
    };
    let is_over = connection.revoked_at.is_some();
    let state = Message::new(if is_over { "provider-share-over" } else { "provider-share-good" });
    vec![
        Words::Verbatim(spec::title(&connection.provider)),
        Words::Verbatim(printable(&connection.label)),
        Words::Verbatim(connection.holder.as_deref().map(printable).unwrap_or_default()),
        Words::Verbatim(today),
        Words::Verbatim(used.to_string()),
        state.into(),
    ]
}
