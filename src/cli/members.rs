//! Who is in a mesh: everybody sees it, its administrators change and remove. The
//! rules are the server's.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::asking::typed;
use super::context::{CommandContext, SignedIn};
use super::invite::Permission;
use super::list::role;
use super::named::unknown;
use super::output::Output;
use super::which_mesh::mesh_meant;
use crate::error::{AppError, ErrorKind};
use crate::i18n::{Message, Words};
use crate::model::Mesh;
use crate::wire::Member;

/// List the members of a mesh, change what they may do, or remove them
#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true)]
#[command(after_help = "Examples:
  crewmesh members                               of the mesh in use
  crewmesh members platform-team --json
  crewmesh members role eva@example.org admin
  crewmesh members remove \"Eva Ruiz\" --mesh platform-team")]
pub(crate) struct Members {
    #[command(subcommand)]
    what: Option<What>,
    /// The mesh: its short name, name or id; the one in use where not given
    mesh: Option<String>,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Change what a member may do
    Role {
        /// Who: an e-mail address, a name or an id
        person: String,
        /// What they may do
        #[arg(value_enum)]
        role: Permission,
        /// The mesh: its short name, name or id; the one in use where not given
        #[arg(long)]
        mesh: Option<String>,
    },
    /// Take a member out of a mesh
    Remove {
        /// Who: an e-mail address, a name or an id
        person: String,
        /// The mesh: its short name, name or id; the one in use where not given
        #[arg(long)]
        mesh: Option<String>,
    },
}

pub(super) fn run(command: &Members, context: &CommandContext) -> Result<u8, AppError> {
    match &command.what {
        None => list(context, command.mesh.as_deref()),
        Some(What::Role { person, role, mesh }) => change(context, person, *role, mesh.as_deref()),
        Some(What::Remove { person, mesh }) => remove(context, person, mesh.as_deref()),
    }
}

fn list(context: &CommandContext, wanted: Option<&str>) -> Result<u8, AppError> {
    let (instance, mesh, members, you) = context.signed_in(async |signed_in| {
        let mesh = mesh_meant(&signed_in, wanted).await?;
        let members = signed_in.client.members(&mesh.id).await?;
        let you = own_id(&signed_in).await?;
        Ok((signed_in.access.instance.name, mesh, members, you))
    })?;
    let is_you = |member: &Member| you.as_ref() == Some(&member.id);
    let rows: Vec<_> = members.iter().map(|member| object(member, is_you(member))).collect();
    let whole = json!({
        "instance": instance, "mesh": mesh.slug, "members": rows, "total": rows.len(),
    });
    context.out.answer(whole, |lines| {
        let rows: Vec<_> = members
            .iter()
            .map(|member| {
                let name = member.name.as_str();
                let name = match (is_you(member), member.service) {
                    (true, _) => Message::new("member-you").with("name", name).into(),
                    (_, true) => Message::new("member-service").with("name", name).into(),
                    _ => Words::verbatim(name),
                };
                vec![
                    name,
                    Words::verbatim(&member.email),
                    role(member.role).into(),
                    Words::Verbatim(Output::day(member.joined_at)),
                ]
            })
            .collect();
        lines.table(&["column-member", "column-email", "column-role", "column-since"], &rows);
    })?;
    Ok(0)
}

/// A member, and whether it is whoever asks.
fn object(member: &Member, you: bool) -> Value {
    let mut object = json!(member);
    object["service"] = json!(member.service);
    object["you"] = json!(you);
    object
}

/// Whose account asks; nobody knows where a token may not say so.
async fn own_id(signed_in: &SignedIn<'_>) -> Result<Option<String>, AppError> {
    match signed_in.client.profile().await {
        Ok(account) => Ok(Some(account.id)),
        Err(error) if error.kind == ErrorKind::NotAllowed => Ok(None),
        Err(error) => Err(error),
    }
}

fn change(
    context: &CommandContext,
    person: &str,
    permission: Permission,
    wanted: Option<&str>,
) -> Result<u8, AppError> {
    let (instance, mesh, member) = context.signed_in(async |signed_in| {
        let (mesh, member) = find(&signed_in, person, wanted).await?;
        let api = &signed_in.client;
        let member = api.change_member(&mesh.id, &member.id, permission.into()).await?;
        Ok((signed_in.access.instance.name, mesh, member))
    })?;
    let mut whole = json!(member);
    whole["instance"] = json!(instance);
    whole["mesh"] = json!(mesh.slug);
    context.out.answer(whole, |lines| {
        lines.say(
            &Message::new("member-changed")
                .with("name", member.name.as_str())
                .with("role", role(member.role))
                .with("mesh", mesh.name.as_str()),
        );
    })?;
    Ok(0)
}

fn remove(context: &CommandContext, person: &str, wanted: Option<&str>) -> Result<u8, AppError> {
    let (instance, mesh, member, sure) = context.signed_in(async |signed_in| {
        let (mesh, member) = find(&signed_in, person, wanted).await?;
        let question = Message::new("member-remove-ask")
            .with("name", member.name.as_str())
            .with("mesh", mesh.name.as_str());
        // `-y` says yes here: it is what was typed.
        let sure = context.yes
            || context.confirm_in_person(&question, false, "member-remove-hint").await?;
        if sure {
            signed_in.client.remove_member(&mesh.id, &member.id).await?;
        }
        Ok((signed_in.access.instance.name, mesh, member, sure))
    })?;
    let whole = json!({
        "instance": instance, "mesh": mesh.slug, "id": member.id, "removed": sure,
    });
    context.out.answer(whole, |lines| {
        lines.say(&if sure {
            Message::new("member-removed")
                .with("name", member.name.as_str())
                .with("mesh", mesh.name.as_str())
        } else {
            Message::new("nothing-changed")
        });
    })?;
    Ok(0)
}

/// The mesh that is meant, and the member in it.
async fn find(
    signed_in: &SignedIn<'_>,
    person: &str,
    wanted: Option<&str>,
) -> Result<(Mesh, Member), AppError> {
    let mesh = mesh_meant(signed_in, wanted).await?;
    let members = signed_in.client.members(&mesh.id).await?;
    let member = pick(members, person)?;
    Ok((mesh, member))
}

/// By id or address, else by a name that only one has.
fn pick(mut members: Vec<Member>, person: &str) -> Result<Member, AppError> {
    let person = person.trim();
    let exact = members.iter().position(|member| {
        member.id == person
            || (!member.email.is_empty() && member.email.eq_ignore_ascii_case(person))
    });
    let mut named = (0..members.len()).filter(|at| members[*at].name == person);
    let at = match (exact, named.next(), named.next()) {
        (Some(at), ..) | (None, Some(at), None) => at,
        (None, None, _) => {
            let known: Vec<_> = members.iter().map(|member| member.name.clone()).collect();
            return Err(unknown("member-unknown", person, &known));
        }
        (None, Some(_), Some(_)) => {
            let message = Message::new("member-several").with("name", typed(person));
            return Err(AppError::new(ErrorKind::BadArguments, "ambiguous", message)
                .hint(Message::new("member-several-hint")));
        }
    };
    Ok(members.swap_remove(at))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Role;

    fn member(id: &str, name: &str, email: &str) -> Member {
        Member {
            id: id.into(),
            name: name.into(),
            email: email.into(),
            role: Role::Member,
            service: false,
            joined_at: jiff::Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn somebody_is_meant_by_id_by_address_or_by_a_name_that_only_they_have() {
        let pick = |person| {
            let all = vec![
                member("1", "Eva", "eva@example.org"),
                member("2", "Eva", "eva@other.example"),
                member("3", "Leo", ""),
            ];
            pick(all, person).map(|member| member.id).map_err(|error| error.code)
        };
        assert_eq!(pick("2").as_deref(), Ok("2"));
        assert_eq!(pick("EVA@example.org").as_deref(), Ok("1"));
        assert_eq!(pick(" Leo ").as_deref(), Ok("3"));
        assert_eq!(pick("Eva"), Err("ambiguous".into()));
        assert_eq!(pick(""), Err("not_found".into()));
    }
}
