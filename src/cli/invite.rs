//! Inviting others to a mesh, and taking invites back. An invite to an instance that
//! only its own computer reaches opens nowhere else, and that is said.

use clap::{Args, Subcommand, ValueEnum};
use serde_json::json;

use super::asking::typed;
use super::context::CommandContext;
use super::list::role;
use super::named::unknown;
use super::output::Output;
use super::which_mesh::mesh_meant;
use crate::error::{AppError, ErrorKind};
use crate::i18n::{Message, Words};
use crate::input::invite::only_there;
use crate::model::Role;
use crate::wire::{NewInvite, is_email};

/// Invite others to a mesh
#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true)]
#[command(after_help = "Examples:
  crewmesh invite                                to the mesh in use, for one person
  crewmesh invite --mesh platform-team --uses 10 --expires-in 30d
  crewmesh invite --role admin --email ana@example.org
  crewmesh invite list
  crewmesh invite revoke ID")]
pub(crate) struct Invite {
    #[command(subcommand)]
    what: Option<InviteCommand>,
    #[command(flatten)]
    new: New,
}

#[derive(Debug, Subcommand)]
enum InviteCommand {
    /// A mesh's invites that still work
    List {
        /// The mesh: its short name, name or id
        #[arg(long)]
        mesh: Option<String>,
    },
    /// Take an invite back
    Revoke {
        /// Its id
        id: String,
    },
}

#[derive(Args, Debug)]
struct New {
    /// The mesh: its short name, name or id
    #[arg(long)]
    mesh: Option<String>,
    /// Whom it is for
    #[arg(long)]
    email: Option<String>,
    /// What the new member may do
    #[arg(long, value_enum, default_value = "member")]
    role: Permission,
    /// When it ends, 1 to 365 days from now: 7d, 2w, 1y
    #[arg(long, value_name = "WHEN", default_value = "7d", value_parser = parse_days)]
    expires_in: u32,
    /// How many may use it, 1 to 1000
    #[arg(long, value_name = "COUNT", default_value = "1",
          value_parser = clap::value_parser!(u32).range(1..=1000))]
    uses: u32,
}

/// What somebody may do in a mesh.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Permission {
    Admin,
    Member,
}

impl From<Permission> for Role {
    fn from(permission: Permission) -> Self {
        match permission {
            Permission::Admin => Self::Admin,
            Permission::Member => Self::Member,
        }
    }
}

/// `7`, `7d`, `2w`, `1y`: 1 to 365 days.
fn parse_days(text: &str) -> Result<u32, String> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let each = match &text[digits..] {
        "" | "d" => Some(1),
        "w" => Some(7),
        "y" => Some(365),
        _ => None,
    };
    let number = text[..digits].parse::<u32>().ok();
    each.zip(number)
        .and_then(|(each, number)| number.checked_mul(each))
        .filter(|days| (1..=365).contains(days))
        .ok_or_else(|| "1d to 365d, such as 7d, 2w or 1y".to_owned())
}

pub(super) fn run(invite: &Invite, context: &CommandContext) -> Result<u8, AppError> {
    match &invite.what {
        None => create(&invite.new, context),
        Some(InviteCommand::List { mesh }) => list(mesh.as_deref(), context),
        Some(InviteCommand::Revoke { id }) => revoke(id, context),
    }
}

fn create(new: &New, context: &CommandContext) -> Result<u8, AppError> {
    let email = new.email.as_deref().map(str::trim);
    if let Some(email) = email.filter(|email| !is_email(email)) {
        let message = Message::new("email-malformed").with("email", typed(email));
        return Err(AppError::new(ErrorKind::BadArguments, "email_malformed", message)
            .hint(Message::new("email-malformed-hint")));
    }
    let new_invite = NewInvite {
        role: new.role.into(),
        email: email.map(str::to_owned),
        expires_in_days: new.expires_in,
        max_uses: new.uses,
    };
    let (mesh, created, only_there) = context.signed_in(async |signed_in| {
        let mesh = mesh_meant(&signed_in, new.mesh.as_deref()).await?;
        let created = signed_in.client.create_invite(&mesh.id, &new_invite).await?;
        // The one place that prints its code.
        let mut object = json!(created);
        object["instance"] = json!(signed_in.instance());
        object["mesh"] = json!(mesh.slug);
        object["role"] = json!(new_invite.role);
        object["max_uses"] = json!(new_invite.max_uses);
        let only_there = only_there(&created.url, signed_in.access.instance.is_embedded());
        object["only_here"] = json!(only_there.is_some());
        let printed = context.out.answer_or_fail(object, |lines| {
            lines.raw(created.url.expose());
        });
        // By mail it went out already.
        if let (Err(fault), false) = (printed, created.emailed) {
            signed_in.client.revoke_invite(&created.id).await?;
            let message = Message::new("invite-not-printed").with("what", fault.to_string());
            return Err(AppError::new(ErrorKind::Failed, "not_printed", message));
        }
        Ok((mesh, created, only_there))
    })?;
    only_there.iter().flatten().for_each(|message| context.out.note(message));
    if !context.out.is_json() {
        let about = Message::new("invite-made")
            .with("mesh", mesh.name.as_str())
            .with("role", role(new_invite.role))
            .with("uses", i64::from(new_invite.max_uses))
            .with("until", Output::day(created.expires_at));
        context.out.note(&about);
        if new_invite.email.is_some() && !created.emailed {
            context.out.note(&Message::new("invite-not-mailed"));
        }
    }
    Ok(0)
}

fn list(wanted: Option<&str>, context: &CommandContext) -> Result<u8, AppError> {
    let (instance, mesh, invites) = context.signed_in(async |signed_in| {
        let mesh = mesh_meant(&signed_in, wanted).await?;
        let invites = signed_in.client.invites(&mesh.id).await?;
        Ok((signed_in.access.instance.name, mesh, invites))
    })?;
    let object = json!({
        "instance": instance, "mesh": mesh.slug, "invites": invites, "total": invites.len(),
    });
    context.out.answer(object, |lines| {
        let rows: Vec<_> = invites
            .iter()
            .map(|invite| {
                vec![
                    Words::verbatim(&invite.id),
                    role(invite.role).into(),
                    Words::Verbatim(format!("{}/{}", invite.uses, invite.max_uses)),
                    Words::Verbatim(Output::day(invite.expires_at)),
                    Words::verbatim(invite.email.as_deref().unwrap_or_default()),
                    Words::verbatim(&invite.inviter),
                ]
            })
            .collect();
        let headings =
            ["column-id", "column-role", "column-used", "column-until", "column-for", "column-by"];
        lines.table(&headings, &rows);
        if invites.is_empty() {
            lines.say(&Message::new("invite-none").with("mesh", mesh.name.as_str()));
        }
    })?;
    Ok(0)
}

fn revoke(id: &str, context: &CommandContext) -> Result<u8, AppError> {
    let instance = context.signed_in(async |signed_in| {
        signed_in.client.revoke_invite(id).await.map_err(|error| match error.kind {
            ErrorKind::NotFound => {
                unknown("invite-unknown", id, &[]).hint(Message::new("invite-unknown-hint"))
            }
            _ => error,
        })?;
        Ok(signed_in.access.instance.name)
    })?;
    context.out.answer(json!({ "instance": instance, "id": id, "revoked": true }), |lines| {
        lines.say(&Message::new("invite-taken-back"));
    })?;
    Ok(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_read_in_days_weeks_and_years() {
        for (text, wanted) in [("7", 7), ("7d", 7), ("2w", 14), ("1y", 365), ("365d", 365)] {
            assert_eq!(parse_days(text), Ok(wanted));
        }
        for text in ["0", "366", "53w", "2y", "d", "", "7h", "-1", "99999999999d"] {
            assert!(parse_days(text).is_err(), "{text}");
        }
    }
}
