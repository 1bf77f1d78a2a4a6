//! The instances known here: list, add, use, remove. Removing one signs out of
//! it on its server too.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::context::CommandContext;
use super::logout::not_told;
use super::output::Lines;
use crate::credentials::auth_file::{AuthFile, LOCAL};
use crate::error::AppError;
use crate::i18n::{Message, Words, printable};
use crate::input::address;
use crate::instance::Connector;
use crate::model::Instance;
use crate::sign_in::known_instances::{self, RevocationOutcome};

/// List, add, choose or remove instances
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  crewmesh instance list
  crewmesh instance add mesh.example.org --name team
  crewmesh instance use team                     from now on, where none is named
  crewmesh instance remove team                  signs out of it too")]
pub(crate) struct Instances {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// The instances known here
    List,
    /// Look at an instance and keep its address
    Add {
        /// mesh.example.org, or https://mesh.example.org:8443
        address: String,
        /// What to call it here; its host where not given
        #[arg(long)]
        name: Option<String>,
        /// Speak http to it, which anyone on the network can read
        #[arg(long)]
        insecure_http: bool,
    },
    /// Use an instance where nothing else names one
    Use {
        /// Its name here
        name: String,
    },
    /// Sign out of an instance and forget it
    Remove {
        /// Its name here
        name: String,
    },
}

pub(super) fn run(command: &Instances, context: &CommandContext) -> Result<u8, AppError> {
    match &command.what {
        What::List => list(context),
        What::Add { address, name, insecure_http } => {
            add(context, address, name.as_deref(), *insecure_http)
        }
        What::Use { name } => make_default(context, name),
        What::Remove { name } => remove(context, name),
    }
}

fn list(context: &CommandContext) -> Result<u8, AppError> {
    let auth = context.credentials.auth()?;
    let known = known_instances::list(&context.credentials)?;
    let all: Vec<Value> =
        known.iter().map(|known| as_json(&auth, &known.instance, known.default)).collect();
    context.out.answer(json!({ "instances": all, "total": all.len() }), |lines| {
        table(lines, &auth, &known);
    })?;
    Ok(0)
}

/// An instance as a script reads it.
pub(super) fn as_json(auth: &AuthFile, instance: &Instance, default: bool) -> Value {
    let saved = auth.instances.get(&instance.name);
    json!({
        "name": instance.name,
        "url": saved.and_then(|saved| saved.url.as_ref()),
        "id": instance.id,
        "default": default,
        "signed_in": instance.signed_in,
        "user": saved.filter(|_| instance.signed_in).and_then(|saved| saved.user.as_ref()),
    })
}

/// Who is signed in to it, in words.
pub(super) fn signed_in_as(auth: &AuthFile, instance: &Instance) -> Words {
    let user = auth.instances.get(&instance.name).and_then(|saved| saved.user.as_ref());
    match user.filter(|_| instance.signed_in) {
        Some(user) if user.email.is_empty() => Words::verbatim(&user.name),
        Some(user) => Words::verbatim(&format!("{} <{}>", user.name, user.email)),
        None => Message::new("instance-nobody").into(),
    }
}

fn table(lines: &mut Lines<'_>, auth: &AuthFile, known: &[known_instances::KnownInstance]) {
    let rows: Vec<_> = known
        .iter()
        .map(|known| {
            let name = known.instance.name.as_str();
            let shown = if known.default {
                Message::new("instance-default").with("name", printable(name)).into()
            } else {
                Words::verbatim(name)
            };
            vec![shown, address(auth, &known.instance), signed_in_as(auth, &known.instance)]
        })
        .collect();
    lines.table(&["column-instance", "column-address", "column-account"], &rows);
}

/// Where it is, in words.
pub(super) fn address(auth: &AuthFile, instance: &Instance) -> Words {
    match auth.instances.get(&instance.name).and_then(|saved| saved.url.as_ref()) {
        Some(url) => Words::verbatim(url.as_str()),
        None => Message::new("instance-on-this-computer").into(),
    }
}

fn add(
    context: &CommandContext,
    address: &str,
    name: Option<&str>,
    http: bool,
) -> Result<u8, AppError> {
    let instance = context.online(async |connector| {
        match known_instances::add(connector, &context.credentials, address, name).await {
            Err(error) if error.code == "http_not_allowed" => {
                in_the_clear(context, connector, address, name, http, error).await
            }
            other => other,
        }
    })?;
    let auth = context.credentials.auth()?;
    let default = auth.default_instance.as_deref() == Some(instance.name.as_str());
    context.out.answer(as_json(&auth, &instance, default), |lines| {
        let name = printable(&instance.name);
        lines.say(&Message::new("instance-added").with("name", name.as_str()));
        if !instance.signed_in {
            lines.say(&Message::new("nobody-signed-in-hint").with("instance", name));
        }
    })?;
    Ok(0)
}

/// http off this computer: said what that means, asked once, default no.
async fn in_the_clear(
    context: &CommandContext,
    connector: &Connector,
    address: &str,
    name: Option<&str>,
    http: bool,
    refused: AppError,
) -> Result<Instance, AppError> {
    let mut instance = address::parse(address)?;
    if let Some(name) = name {
        name.clone_into(&mut instance.name);
    }
    if !http {
        if !context.can_ask() {
            return Err(refused.hint(Message::new("instance-http-hint")));
        }
        let question = Message::new("instance-http-ask").with("host", printable(&instance.name));
        if !context.confirm_in_person(&question, false, "instance-http-hint").await? {
            return Err(refused);
        }
    }
    let known = context.credentials.auth()?.instances.contains_key(&instance.name);
    connector.allow_http(&instance)?;
    let added = known_instances::add(connector, &context.credentials, address, name).await;
    if added.is_err() && !known {
        context.credentials.forget_instance(&instance.name)?;
    }
    added
}

fn make_default(context: &CommandContext, name: &str) -> Result<u8, AppError> {
    let instance = known_instances::make_default(&context.credentials, name)?;
    let auth = context.credentials.auth()?;
    context.out.answer(as_json(&auth, &instance, true), |lines| {
        lines.say(&Message::new("instance-in-use").with("name", printable(&instance.name)));
    })?;
    Ok(0)
}

fn remove(context: &CommandContext, name: &str) -> Result<u8, AppError> {
    let left = context.online(async |connector| {
        known_instances::remove(connector, &context.credentials, name).await
    })?;
    let id = match left {
        RevocationOutcome::NotTold(why) => return Err(not_told(name, &why)),
        RevocationOutcome::Nothing => "instance-removed",
        RevocationOutcome::Revoked => "instance-removed-revoked",
        RevocationOutcome::TokenLives => "instance-removed-token-lives",
    };
    let object =
        json!({ "name": name, "removed": true, "revoked": left == RevocationOutcome::Revoked });
    context.out.answer(object, |lines| {
        lines.say(&Message::new(id).with("name", printable(name)));
        if name == LOCAL {
            lines.say(&Message::new("instance-local-stays"));
        }
    })?;
    Ok(0)
}
