//! Joining a mesh with an invite. The link decides which instance is meant, and
//! nobody's token for another instance goes there; who is not signed in to it
//! yet walks through the wizard, which asks before it adds an instance.

use clap::Args;
use serde_json::json;

use super::context::{CommandContext, not_signed_in};
use super::globals::Globals;
use super::{list, login};
use crate::credentials::resolve::{Resolved, Selection, resolve};
use crate::environment::Environment;
use crate::error::{AppError, ErrorKind};
use crate::i18n::{Message, printable};
use crate::input::address;
use crate::input::invite::{self as invite_text, InviteText};
use crate::instance::Connector;
use crate::model::{Access, Instance, Mesh};
use crate::secret::Secret;
use crate::wire::InvitePreview;

/// Join a mesh with an invite
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  crewmesh join https://mesh.example.org/i/CODE
  crewmesh join CODE                             on the instance in use
  crewmesh join LINK -y --json                   without asking")]
pub(crate) struct Join {
    /// The link or the code somebody sent you
    #[arg(value_name = "LINK")]
    link: String,
}

/// What came of it.
enum Outcome {
    /// Joined.
    In(String, Mesh),
    /// A member before.
    Already(String, Mesh),
    /// The person said no.
    Declined(String),
    /// Nobody is signed in to the instance the invite belongs to.
    NobodyAt(Instance),
}

pub(super) fn run(
    join: &Join,
    globals: &Globals,
    context: &CommandContext,
    env: &Environment,
) -> Result<u8, AppError> {
    let invite = invite_text::parse(&join.link)?;
    let outcome = context.online(async |connector| {
        let resolved = context.entered(connector, resolve_for(context, &invite).await?).await?;
        match resolved.access {
            Some(access) => accept(context, connector, &access, &invite.code).await,
            None => Ok(Outcome::NobodyAt(resolved.instance)),
        }
    })?;
    match outcome {
        Outcome::NobodyAt(_) if context.can_ask() && !context.out.is_json() => {
            login::in_person(globals, &login::Login::joining(Secret::new(join.link.as_str())), env)
        }
        Outcome::NobodyAt(instance) => Err(not_signed_in(&instance, env)),
        Outcome::Declined(instance) => {
            context.out.unchanged(json!({ "instance": instance, "joined": false }))?;
            Ok(0)
        }
        Outcome::In(instance, mesh) => tell(context, &mesh, &instance, false),
        Outcome::Already(instance, mesh) => tell(context, &mesh, &instance, true),
    }
}

fn tell(
    context: &CommandContext,
    mesh: &Mesh,
    instance: &str,
    already: bool,
) -> Result<u8, AppError> {
    let mut object = json!(mesh);
    object["instance"] = json!(instance);
    object["joined"] = json!(true);
    object["already"] = json!(already);
    context.out.answer(object, |lines| {
        lines.say(&if already {
            list::in_already(mesh, instance)
        } else {
            list::joined(mesh, instance)
        });
    })?;
    Ok(0)
}

/// The instance of the link; a bare code belongs to the instance in use.
async fn resolve_for(context: &CommandContext, invite: &InviteText) -> Result<Resolved, AppError> {
    let selection = context.selection().await?;
    let Some(host) = &invite.host else {
        return resolve(&context.credentials, &context.env, &selection);
    };
    let named = selection.instance.is_some() || context.env.variables.has("CREWMESH_INSTANCE");
    let token = selection.token.is_some()
        || ["CREWMESH_TOKEN", "CREWMESH_CLIENT_ID"]
            .into_iter()
            .any(|name| context.env.variables.has(name));
    if !named && !token {
        let selection = Selection { instance: Some(host.as_str().to_owned()), ..selection };
        return resolve(&context.credentials, &context.env, &selection);
    }
    let resolved = resolve(&context.credentials, &context.env, &selection)?;
    if address::is_at(&resolved.instance, host) {
        return Ok(resolved);
    }
    let message = Message::new("join-elsewhere")
        .with("host", address::parse(host.as_str())?.name)
        .with("instance", printable(&resolved.instance.name));
    Err(AppError::new(ErrorKind::BadArguments, "invite_elsewhere", message)
        .hint(Message::new("join-elsewhere-hint")))
}

async fn accept(
    context: &CommandContext,
    connector: &Connector,
    access: &Access,
    code: &Secret,
) -> Result<Outcome, AppError> {
    let client = connector.client(access).await?;
    let instance = access.instance.name.clone();
    let preview = match client.preview_invite(code).await {
        // Whoever came in by it before is in all the same, and nobody else is.
        Err(over) if matches!(over.code.as_str(), "exhausted" | "expired" | "revoked") => {
            let mesh = client.accept_invite(code).await.map_err(|_| over)?;
            return Ok(Outcome::Already(instance, mesh));
        }
        preview => preview?,
    };
    // A token that may not see meshes may join them all the same.
    let mut known = client.meshes().await.unwrap_or_default().into_iter();
    if let Some(mesh) = known.find(|mesh| mesh.slug == preview.mesh_slug) {
        return Ok(Outcome::Already(instance, mesh));
    }
    if !context.confirm(&question(&preview, &instance), true, "join-nobody-to-ask-hint").await? {
        return Ok(Outcome::Declined(instance));
    }
    Ok(Outcome::In(instance, client.accept_invite(code).await?))
}

fn question(preview: &InvitePreview, instance: &str) -> Message {
    Message::new("join-ask")
        .with("mesh", preview.mesh_name.as_str())
        .with("instance", printable(instance))
        .with("inviter", preview.inviter.as_str())
        .with("role", list::role(preview.role))
        .with("members", i64::try_from(preview.member_count).unwrap_or(i64::MAX))
}
