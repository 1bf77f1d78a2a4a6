//! Forgetting what was connected at an AI provider. What the provider gave out stays
//! good there where only its own page ends it, and that is said.

use clap::Args;
use serde_json::json;

use super::context::CommandContext;
use super::named::unknown;
use crate::error::{AppError, ErrorKind};
use crate::home::folder::Folder;
use crate::home::sessions;
use crate::i18n::Message;
use crate::provider::registry::Registry;
use crate::provider::spec;
use crate::wire::Connection;

/// Forget an account that is connected
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  crewmesh disconnect openai
  crewmesh disconnect openai --label work")]
pub(crate) struct Disconnect {
    /// The provider, or the id of a connection
    provider: String,
    /// What it is called, where there is more than one
    #[arg(long, value_name = "NAME")]
    label: Option<String>,
}

pub(super) fn run(command: &Disconnect, context: &CommandContext) -> Result<u8, AppError> {
    context.env.refuse_agents()?;
    let gone = context.signed_in(async |signed_in| {
        let all = signed_in.client.connections().await?;
        let connection = meant(all, &command.provider, command.label.as_deref())?;
        let question = Message::new("provider-disconnect-ask");
        let question = question.with("what", spec::called(&connection));
        // `-y` says yes here: it is what was typed.
        let sure = context.yes
            || context.confirm_in_person(&question, true, "provider-disconnect-hint").await?;
        if sure {
            signed_in.client.disconnect(&connection.id).await?;
            context.credentials.forget_leases(signed_in.instance());
            // Nor does what an agent was given outlive it.
            if let Some(home) = Folder::in_order(&context.env) {
                sessions::sweep(home.path());
            }
        }
        Ok(sure.then_some((signed_in.access.instance.name, connection)))
    })?;
    let Some((instance, connection)) = gone else {
        context.out.unchanged(json!({ "disconnected": false }))?;
        return Ok(0);
    };
    // It is done, whatever a file says of providers.
    let registry = Registry::read(None, &context.env).unwrap_or_default();
    let object = json!({
        "instance": instance, "id": connection.id, "provider": connection.provider,
        "label": connection.label, "disconnected": true,
    });
    context.out.answer(object, |lines| {
        let message = Message::new("provider-disconnected");
        lines.say(&message.with("what", spec::called(&connection)));
        let spec = registry.find(&connection.provider);
        if let Some(page) = spec.as_ref().and_then(|spec| spec.ended_at(&connection)) {
            lines.say(&Message::new("provider-still-good").with("page", page));
        }
    })?;
    Ok(0)
}

/// The one that is meant: by id; else by its provider, and its label where that has
/// several.
pub(super) fn meant(
    mut all: Vec<Connection>,
    provider: &str,
    label: Option<&str>,
) -> Result<Connection, AppError> {
    let wanted = provider.trim();
    let is_meant = |one: &Connection| {
        let is_labelled = label.is_none_or(|label| label.trim() == one.label);
        (one.id == wanted || one.provider == wanted.to_ascii_lowercase()) && is_labelled
    };
    let found: Vec<_> = (0..all.len()).filter(|&place| is_meant(&all[place])).collect();
    match found[..] {
        [only] => Ok(all.swap_remove(only)),
        [] => {
            let at = |one: &&Connection| one.provider == wanted.to_ascii_lowercase();
            let labels: Vec<_> = all.iter().filter(at).map(|one| one.label.clone()).collect();
            if let Some(label) = label.filter(|_| !labels.is_empty()) {
                let labels: Vec<_> = labels.iter().map(|label| format!("“{label}”")).collect();
                return Err(unknown("provider-no-such-label", label, &labels));
            }
            let mut known: Vec<_> = all.into_iter().map(|one| one.provider).collect();
            known.sort();
            known.dedup();
            Err(unknown("provider-not-connected", wanted, &known))
        }
        _ => {
            let labels: Vec<_> =
                found.iter().map(|&place| format!("“{}”", all[place].label)).collect();
            let message = Message::new("provider-several");
            let message = message.with("provider", spec::title(&wanted.to_ascii_lowercase()));
            Err(AppError::new(ErrorKind::BadArguments, "ambiguous", message)
                .hint(Message::new("provider-several-hint").with("labels", labels.join(", "))))
        }
    }
}
