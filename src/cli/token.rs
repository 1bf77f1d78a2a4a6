//! Personal access tokens: list, create, revoke. Making one is a person's act,
//! asked for at a terminal whatever `-y` says. A token that could not be
//! printed is revoked at once, because nobody has it.

use clap::builder::PossibleValuesParser;
use clap::{Args, Subcommand};
use serde_json::json;

use super::asking::display_name;
use super::context::CommandContext;
use super::named::{PickErrors, pick_unique};
use super::output::Output;
use super::whoami::until;
use crate::api::scopes;
use crate::error::{AppError, ErrorKind};
use crate::i18n::{Message, Words, printable};
use crate::wire::{AccessToken, NewAccessToken, StepUp};

/// List, create or revoke personal access tokens
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  crewmesh token list
  crewmesh token create ci --expires-in 90d      the token is shown once
  crewmesh token create ci --scope mesh:read --scope machine:read
  crewmesh token revoke ci                       by its name or its id")]
pub(crate) struct Tokens {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Your tokens, without the tokens
    List,
    /// Make one; it is printed once, on stdout
    Create {
        /// What to call it
        name: String,
        /// When it ends: 30d, 90d, 1y or never
        #[arg(long, value_name = "WHEN", default_value = "1y", value_parser = ends)]
        expires_in: Ends,
        /// What it may do; all that you may where not given
        #[arg(long, value_name = "SCOPE", value_delimiter = ',',
              value_parser = PossibleValuesParser::new(scopes::ALL))]
        scope: Vec<String>,
    },
    /// End one, for good
    Revoke {
        /// Its name or its id
        #[arg(value_name = "TOKEN")]
        wanted: String,
    },
}

/// In so many days, or never.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Ends(Option<u32>);

fn ends(text: &str) -> Result<Ends, String> {
    match text {
        "30" | "30d" => Ok(Ends(Some(30))),
        "90" | "90d" => Ok(Ends(Some(90))),
        "365" | "365d" | "1y" => Ok(Ends(Some(365))),
        "never" => Ok(Ends(None)),
        _ => Err("30d|90d|1y|never".to_owned()),
    }
}

pub(super) fn run(command: &Tokens, context: &CommandContext) -> Result<u8, AppError> {
    match &command.what {
        What::List => list(context),
        What::Create { name, expires_in, scope } => create(context, name, *expires_in, scope),
        What::Revoke { wanted } => revoke(context, wanted),
    }
}

fn list(context: &CommandContext) -> Result<u8, AppError> {
    let (instance, tokens) = context.signed_in(async |signed_in| {
        let tokens = signed_in.client.tokens().await?;
        Ok((signed_in.access.instance.name, tokens))
    })?;
    let object = json!({ "instance": instance, "tokens": tokens, "total": tokens.len() });
    context.out.answer(object, |lines| {
        let rows: Vec<_> = tokens
            .iter()
            .map(|token| {
                vec![
                    Words::verbatim(&token.name),
                    Words::verbatim(&format!("…{}", token.last_four)),
                    Words::Verbatim(token.last_used_at.map(Output::day).unwrap_or_default()),
                    until(token.expires_at),
                    Words::verbatim(&token.id),
                ]
            })
            .collect();
        let headings =
            ["column-name", "column-ends-with", "column-last-used", "column-until", "column-id"];
        lines.table(&headings, &rows);
        if tokens.is_empty() {
            lines.say(&Message::new("token-none").with("instance", printable(&instance)));
        }
    })?;
    Ok(0)
}

fn create(
    context: &CommandContext,
    name: &str,
    Ends(days): Ends,
    scopes: &[String],
) -> Result<u8, AppError> {
    let scopes = (!scopes.is_empty()).then(|| scopes.to_vec());
    let mut new = NewAccessToken {
        name: display_name(name)?,
        expires_in_days: days,
        scopes,
        step_up: StepUp::default(),
    };
    let created = context.signed_in(async |signed_in| {
        context.only_a_person(&signed_in.access)?;
        // Nobody is asked for something that cannot be made.
        signed_in.client.profile().await?;
        let question = match days {
            Some(days) => Message::new("token-ask").with("days", i64::from(days)),
            None => Message::new("token-ask-never"),
        };
        let question = question
            .with("name", printable(name))
            .with("instance", printable(signed_in.instance()));
        if !context.confirm_in_person(&question, false, "person-no-terminal").await? {
            return Ok(false);
        }
        let created = context
            .stepping_up(&signed_in, "/settings/tokens", async |step_up| {
                new.step_up = step_up;
                signed_in.client.create_token(&new).await
            })
            .await?;
        let mut object = json!(created.facts);
        object["instance"] = json!(signed_in.instance());
        // The one place that prints it.
        object["token"] = json!(created.token.expose());
        let printed = context.out.answer_or_fail(object, |lines| {
            lines.raw(created.token.expose());
        });
        if let Err(fault) = printed {
            signed_in.client.revoke_token(&created.facts.id).await?;
            let message = Message::new("token-not-printed").with("what", fault.to_string());
            return Err(AppError::new(ErrorKind::Failed, "not_printed", message));
        }
        context.out.note(&Message::new("token-once"));
        Ok(true)
    })?;
    if !created {
        context.out.unchanged(json!({ "created": false }))?;
    }
    Ok(0)
}

fn revoke(context: &CommandContext, wanted: &str) -> Result<u8, AppError> {
    let (instance, token) = context.signed_in(async |signed_in| {
        let token = pick(signed_in.client.tokens().await?, wanted)?;
        signed_in.client.revoke_token(&token.id).await?;
        Ok((signed_in.access.instance.name, token))
    })?;
    let object =
        json!({ "instance": instance, "id": token.id, "name": token.name, "revoked": true });
    context.out.answer(object, |lines| {
        lines.say(&Message::new("token-revoked").with("name", token.name.as_str()));
    })?;
    Ok(0)
}

/// By id, else by a name that only one has.
fn pick(tokens: Vec<AccessToken>, wanted: &str) -> Result<AccessToken, AppError> {
    let errors = PickErrors {
        unknown: "token-unknown",
        several: "token-several",
        several_hint: "token-several-hint",
    };
    pick_unique(tokens, wanted, |token| (&token.id, &token.name), errors)
}
