//! What becomes of a mesh: another name, one member fewer, its end. The last two
//! are asked about, default no, with what they mean for others.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::asking::display_name;
use super::context::{CommandContext, SignedIn};
use super::which_mesh::mesh_meant;
use crate::error::AppError;
use crate::i18n::{Message, printable};
use crate::model::Mesh;

/// Rename, leave or delete a mesh
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  crewmesh mesh rename \"Platform crew\"           the mesh in use
  crewmesh mesh rename \"Platform crew\" --mesh platform-team
  crewmesh mesh leave platform-team
  crewmesh mesh delete platform-team             for everybody in it")]
pub(crate) struct Meshes {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Change what a mesh is called; its short name stays
    Rename {
        /// The new name
        name: String,
        /// The mesh: its short name, name or id; the one in use where not given
        #[arg(long)]
        mesh: Option<String>,
    },
    /// Leave a mesh; what you invited others with ends
    Leave {
        /// The mesh: its short name, name or id
        mesh: String,
    },
    /// Delete a mesh with its members and invites
    Delete {
        /// The mesh: its short name, name or id
        mesh: String,
    },
}

pub(super) fn run(command: &Meshes, context: &CommandContext) -> Result<u8, AppError> {
    match &command.what {
        What::Rename { name, mesh } => rename(context, &display_name(name)?, mesh.as_deref()),
        What::Leave { mesh } => end(context, mesh, Ending::Leave),
        What::Delete { mesh } => end(context, mesh, Ending::Delete),
    }
}

fn rename(context: &CommandContext, name: &str, wanted: Option<&str>) -> Result<u8, AppError> {
    let (instance, before, mesh) = context.signed_in(async |signed_in| {
        let before = mesh_meant(&signed_in, wanted).await?;
        let mesh = signed_in.client.rename_mesh(&before.id, name).await?;
        Ok((signed_in.access.instance.name, before, mesh))
    })?;
    let mut object = json!(mesh);
    object["instance"] = json!(instance);
    context.out.answer(object, |lines| {
        lines.say(
            &Message::new("mesh-renamed")
                .with("before", before.name.as_str())
                .with("mesh", mesh.name.as_str())
                .with("slug", mesh.slug.as_str()),
        );
    })?;
    Ok(0)
}

/// How somebody has no more to do with a mesh.
#[derive(Clone, Copy)]
enum Ending {
    Leave,
    Delete,
}

impl Ending {
    /// The question, what to give instead of an answer, what is said afterwards,
    /// and the member of the answer that tells it.
    fn words(self) -> [&'static str; 4] {
        match self {
            Self::Leave => ["mesh-leave-ask", "mesh-leave-hint", "mesh-left", "left"],
            Self::Delete => ["mesh-delete-ask", "mesh-delete-hint", "mesh-deleted", "deleted"],
        }
    }

    async fn carry_out(self, signed_in: &SignedIn<'_>, mesh: &Mesh) -> Result<(), AppError> {
        let api = &signed_in.client;
        match self {
            Self::Leave => api.remove_member(&mesh.id, &api.profile().await?.id).await,
            Self::Delete => api.remove_mesh(&mesh.id).await,
        }
    }
}

fn end(context: &CommandContext, wanted: &str, ending: Ending) -> Result<u8, AppError> {
    let [ask, hint, done, member] = ending.words();
    let (instance, mesh, sure) = context.signed_in(async |signed_in| {
        let mesh = mesh_meant(&signed_in, Some(wanted)).await?;
        let others = i64::try_from(mesh.member_count.saturating_sub(1)).unwrap_or(i64::MAX);
        let question = Message::new(ask)
            .with("mesh", mesh.name.as_str())
            .with("instance", printable(signed_in.instance()))
            .with("others", others);
        // `-y` says yes here: it is what was typed.
        let sure = context.yes || context.confirm_in_person(&question, false, hint).await?;
        if sure {
            ending.carry_out(&signed_in, &mesh).await?;
            // What is remembered of it would only be found gone.
            let _ = context.credentials.home().forget_mesh(signed_in.instance(), &mesh.slug);
        }
        Ok((signed_in.access.instance.name, mesh, sure))
    })?;
    let mut object = json!({ "instance": instance, "id": mesh.id, "slug": mesh.slug });
    object[member] = Value::from(sure);
    context.out.answer(object, |lines| {
        lines.say(&if sure {
            Message::new(done).with("mesh", mesh.name.as_str())
        } else {
            Message::new("nothing-changed")
        });
    })?;
    Ok(0)
}
