//! Making a mesh. A short name that is taken is answered with a free one, to
//! be taken by whoever asks again: nobody gets a name they did not see.

use clap::Args;
use serde_json::json;

use super::asking::{display_name, typed};
use super::context::CommandContext;
use crate::error::{AppError, ErrorKind};
use crate::i18n::Message;
use crate::slug::is_slug;
use crate::wire::NewMesh;

/// Create a mesh
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  crewmesh create \"Platform team\"
  crewmesh create \"Platform team\" --slug platform
  crewmesh create \"CI run 17\" --json > mesh.json")]
pub(crate) struct Create {
    /// What people call it
    name: String,
    /// Its short name, fixed once created; made from the name where not given
    #[arg(long)]
    slug: Option<String>,
}

pub(super) fn run(create: &Create, context: &CommandContext) -> Result<u8, AppError> {
    if let Some(slug) = create.slug.as_deref().filter(|slug| !is_slug(slug)) {
        let message = Message::new("slug-malformed").with("slug", typed(slug));
        return Err(AppError::new(ErrorKind::BadArguments, "slug_malformed", message)
            .hint(Message::new("slug-malformed-hint")));
    }
    let new = NewMesh { name: display_name(&create.name)?, slug: create.slug.clone() };
    let (instance, mesh) = context.signed_in(async |signed_in| {
        let mesh = signed_in.client.create_mesh(&new).await.map_err(try_suggestion)?;
        Ok((signed_in.access.instance.name, mesh))
    })?;
    let mut object = json!(mesh);
    object["instance"] = json!(instance);
    context.out.answer(object, |lines| {
        lines
            .say(
                &Message::new("create-done")
                    .with("mesh", mesh.name.as_str())
                    .with("slug", mesh.slug.as_str())
                    .with("instance", instance),
            )
            .say(&Message::new("create-next").with("slug", mesh.slug.as_str()));
    })?;
    Ok(0)
}

/// A short name that is free, where the server named one, as what to do next.
pub(super) fn try_suggestion(error: AppError) -> AppError {
    match &error.suggestion {
        Some(free) => {
            let hint = Message::new("slug-suggestion").with("slug", free.as_str());
            error.hint(hint)
        }
        None => error,
    }
}
