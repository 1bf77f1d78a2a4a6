//! Every instance known here and the sign-in to each, from files alone; with
//! `--check` each server is asked. Unreachable, rejected, expired and locked
//! away are four answers, and only what the server itself says counts as the
//! first two's opposite.

use clap::Args;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::context::CommandContext;
use super::instance::{address, as_json, signed_in_as};
use super::output::failed;
use super::whoami::until;
use crate::credentials::auth_file::AuthFile;
use crate::environment::Environment;
use crate::error::{AppError, ErrorKind};
use crate::home::pending;
use crate::i18n::{Message, Words, printable};
use crate::instance::Connector;
use crate::model::{Access, Instance};
use crate::sign_in::{self, known_instances};
use crate::time_point::TimePoint;

/// Show every instance and the sign-in to it
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  crewmesh status                                from what is kept here
  crewmesh status --check                        asking each server
  crewmesh status --check --json                 exit code: the instance in use")]
pub(crate) struct Status {
    /// Ask each server whether the sign-in is still good
    #[arg(long)]
    check: bool,
}

/// One instance, and what its server said where it was asked.
struct Row {
    known: known_instances::KnownInstance,
    checked: Option<Result<(), AppError>>,
}

pub(super) fn run(status: &Status, context: &CommandContext) -> Result<u8, AppError> {
    let (in_use, rows) = context.online(async |connector| {
        let in_use = context.choose().await?.instance;
        let mut rows = Vec::new();
        for known in known_instances::list(&context.credentials)? {
            let checked = if status.check && known.instance.signed_in {
                Some(check(context, connector, &known.instance).await)
            } else {
                None
            };
            rows.push(Row { known, checked });
        }
        Ok((in_use, rows))
    })?;
    let auth = context.credentials.auth()?;
    let waiting = pending::find(&context.env, None, TimePoint::now());
    let all: Vec<Value> = rows.iter().map(|row| object(&auth, row, context)).collect();
    let variable = ["CREWMESH_TOKEN", "CREWMESH_CLIENT_ID"]
        .into_iter()
        .any(|name| context.env.variables.has(name));
    let whole = json!({
        "instance": in_use.name,
        "instances": all,
        "pending": waiting.as_ref().map(|pending| json!({
            "instance": pending.instance.name,
            "user_code": pending.user_code,
            "approved": pending.approved,
            "expires_at": pending.deadline.wall,
        })),
        "token_variable": variable,
    });
    let error = status.check.then(|| of_use(&in_use, &rows, &context.env)).flatten();
    context.out.answer_with(whole, error.as_ref(), |lines| {
        lines.say(&Message::new("status-in-use").with("instance", printable(&in_use.name)));
        let cells: Vec<_> = rows.iter().map(|row| cells(&auth, row)).collect();
        let headings = ["column-instance", "column-address", "column-account", "column-state"];
        lines.table(&headings, &cells);
        for name in ["CREWMESH_TOKEN", "CREWMESH_CLIENT_ID"] {
            if context.env.variables.has(name) {
                lines.say(&Message::new("status-token-variable").with("variable", name));
            }
        }
        if let Some(pending) = &waiting {
            lines.say(
                &Message::new(if pending.approved { "status-approved" } else { "status-pending" })
                    .with("code", pending.user_code.as_str())
                    .with("instance", printable(&pending.instance.name)),
            );
        }
    })?;
    Ok(error.map_or(0, |error| error.kind.exit_code()))
}

async fn check(
    context: &CommandContext,
    connector: &Connector,
    instance: &Instance,
) -> Result<(), AppError> {
    let Some(access) = context.credentials.token(&instance.name)? else { return Ok(()) };
    let access = Access { instance: instance.clone(), ..access };
    let account = sign_in::identify(connector, &access).await?;
    // Only a returning start hangs on it.
    let _ = context.credentials.verified(&instance.name, Timestamp::now(), account.expires_at);
    Ok(())
}

/// What the exit code speaks of: the instance in use.
fn of_use(in_use: &Instance, rows: &[Row], env: &Environment) -> Option<AppError> {
    let row = rows.iter().find(|row| row.known.instance.name == in_use.name);
    match row.and_then(|row| row.checked.as_ref()) {
        Some(Ok(())) => None,
        Some(Err(error)) => Some(error.clone()),
        None => Some(super::context::not_signed_in(in_use, env)),
    }
}

fn object(auth: &AuthFile, row: &Row, context: &CommandContext) -> Value {
    let mut object = as_json(auth, &row.known.instance, row.known.default);
    let saved = auth.instances.get(&row.known.instance.name);
    let saved = saved.filter(|saved| saved.is_signed_in());
    object["source"] = json!(saved.and_then(|saved| saved.source));
    object["store"] = json!(saved.and_then(|saved| saved.store));
    object["expires_at"] = json!(saved.and_then(|saved| saved.expires_at));
    object["verified_at"] = json!(saved.and_then(|saved| saved.verified_at));
    object["state"] = json!(state(row));
    if let Some(Err(error)) = &row.checked {
        object["error"] = failed(error, context.out.catalog())["error"].clone();
    }
    object
}

/// A word for scripts.
fn state(row: &Row) -> &'static str {
    match &row.checked {
        _ if !row.known.instance.signed_in => "signed_out",
        None => "not_checked",
        Some(Ok(())) => "good",
        Some(Err(error)) => match error.kind {
            ErrorKind::Unreachable => "unreachable",
            ErrorKind::NotSignedIn if error.code == "token_expired" => "expired",
            ErrorKind::NotSignedIn if error.code.starts_with("keyring_") => "locked",
            ErrorKind::NotSignedIn => "rejected",
            _ => "failed",
        },
    }
}

fn cells(auth: &AuthFile, row: &Row) -> Vec<Words> {
    let instance = &row.known.instance;
    let saved = auth.instances.get(&instance.name);
    let state: Words = match &row.checked {
        _ if !instance.signed_in => Words::Verbatim(String::new()),
        None => {
            let until = until(saved.and_then(|saved| saved.expires_at));
            Message::new("status-until").with("until", until).into()
        }
        Some(Ok(())) => {
            let until = until(saved.and_then(|saved| saved.expires_at));
            Message::new("status-good").with("until", until).into()
        }
        Some(Err(error)) => Message::new("status-bad").with("why", error.message.clone()).into(),
    };
    let name = printable(&instance.name);
    let name = if row.known.default {
        Message::new("instance-default").with("name", name).into()
    } else {
        Words::Verbatim(name)
    };
    vec![name, address(auth, instance), signed_in_as(auth, instance), state]
}
