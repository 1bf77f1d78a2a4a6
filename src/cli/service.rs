//! Service clients, for whoever runs an instance: list, create, place, revoke.
//! Making one and letting one into a mesh are a person's acts, asked for at a
//! terminal whatever `-y` says. A client whose secret could not be printed, or
//! that could not be put into a mesh it was meant for, is revoked at once.

use clap::builder::PossibleValuesParser;
use clap::{Args, Subcommand};
use serde_json::json;

use super::asking::display_name;
use super::context::{CommandContext, SignedIn};
use super::named::{PickErrors, pick_unique};
use super::output::Output;
use crate::api::scopes;
use crate::error::{AppError, ErrorKind};
use crate::i18n::{Message, Words, printable};
use crate::wire::{MintedServiceClient, NewServiceClient, ServiceClient, StepUp};

/// List, create, place or revoke service clients, which sign in without a person
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  crewmesh service list
  crewmesh service create ci --scope mesh:read,machine:read --mesh platform-team
  crewmesh service add ci --mesh platform-team   by its name or its id
  crewmesh service remove ci --mesh platform-team
  crewmesh service revoke ci

A program that has both lines of create in its environment is signed in.")]
pub(crate) struct Services {
    #[command(subcommand)]
    what: ServiceCommand,
}

#[derive(Debug, Subcommand)]
enum ServiceCommand {
    /// The instance's service clients, without their secrets
    List,
    /// Make one; its secret is printed once, on stdout
    Create {
        /// What to call it
        name: String,
        /// The most it may do
        #[arg(long, value_name = "SCOPE", value_delimiter = ',', required = true,
              value_parser = PossibleValuesParser::new(scopes::OF_SERVICES))]
        scope: Vec<String>,
        /// A mesh of yours to put it into, by its short name
        #[arg(long, value_name = "MESH", value_delimiter = ',')]
        mesh: Vec<String>,
        /// Where a browser may be sent with a code for it
        #[arg(long, value_name = "URL")]
        redirect_uri: Vec<String>,
    },
    /// Put one into meshes of yours
    Add(MeshPlacement),
    /// Take one out of meshes of yours
    Remove(MeshPlacement),
    /// End one and all its tokens, for good
    Revoke {
        /// Its name or its id
        #[arg(value_name = "CLIENT")]
        wanted: String,
    },
}

/// Which client, and which meshes.
#[derive(Args, Debug)]
struct MeshPlacement {
    /// Its name or its id
    #[arg(value_name = "CLIENT")]
    wanted: String,
    /// A mesh that you administer, by its short name
    #[arg(long, value_name = "MESH", value_delimiter = ',', required = true)]
    mesh: Vec<String>,
}

pub(super) fn run(command: &Services, context: &CommandContext) -> Result<u8, AppError> {
    match &command.what {
        ServiceCommand::List => list(context),
        ServiceCommand::Create { name, scope, mesh, redirect_uri } => {
            let new = NewServiceClient {
                name: display_name(name)?,
                scopes: scope.clone(),
                redirect_uris: redirect_uri.clone(),
                step_up: StepUp::default(),
            };
            create(context, new, mesh)
        }
        ServiceCommand::Add(placement) => place(context, placement, true),
        ServiceCommand::Remove(placement) => place(context, placement, false),
        ServiceCommand::Revoke { wanted } => revoke(context, wanted),
    }
}

fn list(context: &CommandContext) -> Result<u8, AppError> {
    let (instance, clients) = context.signed_in(async |signed_in| {
        let clients = signed_in.client.service_clients().await?;
        Ok((signed_in.access.instance.name, clients))
    })?;
    let object =
        json!({ "instance": instance, "service_clients": clients, "total": clients.len() });
    context.out.answer(object, |lines| {
        let rows: Vec<_> = clients
            .iter()
            .map(|client| {
                vec![
                    Words::verbatim(&client.name),
                    Words::verbatim(&client.scopes.join(" ")),
                    Words::verbatim(&client.meshes.join(" ")),
                    Words::Verbatim(client.last_used_at.map(Output::day).unwrap_or_default()),
                    Words::verbatim(&client.id),
                ]
            })
            .collect();
        let headings =
            ["column-name", "column-scopes", "column-meshes", "column-last-used", "column-id"];
        lines.table(&headings, &rows);
        if clients.is_empty() {
            lines.say(&Message::new("service-none").with("instance", printable(&instance)));
        }
    })?;
    Ok(0)
}

fn create(
    context: &CommandContext,
    mut new: NewServiceClient,
    meshes: &[String],
) -> Result<u8, AppError> {
    let created = context.signed_in(async |signed_in| {
        context.only_a_person(&signed_in.access)?;
        // Nobody is asked for something that cannot be made.
        signed_in.client.profile().await?;
        let question = Message::new("service-ask")
            .with("name", printable(&new.name))
            .with("instance", printable(signed_in.instance()))
            .with("scopes", printable(&new.scopes.join(" ")));
        if !context.confirm_in_person(&question, false, "person-no-terminal").await? {
            return Ok(false);
        }
        let created = context
            .stepping_up(&signed_in, "/admin/service-clients", async |step_up| {
                new.step_up = step_up;
                signed_in.client.create_service_client(&new).await
            })
            .await?;
        let printed = tell(&signed_in, &created, meshes).await;
        if printed.is_err() {
            signed_in.client.revoke_service_client(&created.facts.id).await?;
        }
        printed.map(|()| true)
    })?;
    if !created {
        context.out.unchanged(json!({ "created": false }))?;
    }
    Ok(0)
}

/// Puts what was made into its meshes and prints it.
async fn tell(
    signed_in: &SignedIn<'_>,
    created: &MintedServiceClient,
    meshes: &[String],
) -> Result<(), AppError> {
    for mesh in meshes {
        signed_in.client.add_service_client(&created.facts.id, mesh).await?;
    }
    let out = &signed_in.context.out;
    let mut object = json!(created.facts);
    object["instance"] = json!(signed_in.instance());
    object["meshes"] = json!(meshes);
    object["client_id"] = json!(created.client_id);
    // The one place that prints it.
    object["client_secret"] = json!(created.client_secret.expose());
    out.answer_or_fail(object, |lines| {
        lines.raw(&format!("CREWMESH_CLIENT_ID={}", created.client_id));
        lines.raw(&format!("CREWMESH_CLIENT_SECRET={}", created.client_secret.expose()));
    })
    .map_err(|fault| {
        let message = Message::new("service-not-printed").with("what", fault.to_string());
        AppError::new(ErrorKind::Failed, "not_printed", message)
    })?;
    out.note(&Message::new("service-once"));
    Ok(())
}

/// Into meshes, which only a person lets it, or out of them; says where it is
/// afterwards.
fn place(context: &CommandContext, placement: &MeshPlacement, into: bool) -> Result<u8, AppError> {
    let placed = context.signed_in(async |signed_in| {
        let api = &signed_in.client;
        if into {
            context.only_a_person(&signed_in.access)?;
        }
        let client = pick(api.service_clients().await?, &placement.wanted)?;
        let question = Message::new("service-add-ask")
            .with("name", printable(&client.name))
            .with("scopes", printable(&client.scopes.join(" ")))
            .with("meshes", printable(&placement.mesh.join(", ")));
        if into && !context.confirm_in_person(&question, false, "person-no-terminal").await? {
            return Ok(None);
        }
        for mesh in &placement.mesh {
            if into {
                api.add_service_client(&client.id, mesh).await?;
            } else {
                api.remove_service_client(&client.id, mesh).await?;
            }
        }
        let client = pick(api.service_clients().await?, &client.id)?;
        Ok(Some((signed_in.access.instance.name, client)))
    })?;
    let Some((instance, client)) = placed else {
        context.out.unchanged(json!({ "added": false }))?;
        return Ok(0);
    };
    let mut object = json!(client);
    object["instance"] = json!(instance);
    context.out.answer(object, |lines| {
        let (id, meshes) = if client.meshes.is_empty() {
            ("service-in-none", String::new())
        } else {
            ("service-in", client.meshes.join(", "))
        };
        let message = Message::new(id).with("name", printable(&client.name));
        lines.say(&message.with("meshes", printable(&meshes)));
    })?;
    Ok(0)
}

fn revoke(context: &CommandContext, wanted: &str) -> Result<u8, AppError> {
    let (instance, client) = context.signed_in(async |signed_in| {
        let client = pick(signed_in.client.service_clients().await?, wanted)?;
        signed_in.client.revoke_service_client(&client.id).await?;
        Ok((signed_in.access.instance.name, client))
    })?;
    let object =
        json!({ "instance": instance, "id": client.id, "name": client.name, "revoked": true });
    context.out.answer(object, |lines| {
        lines.say(&Message::new("service-revoked").with("name", client.name.as_str()));
    })?;
    Ok(0)
}

/// By id, else by a name that only one has.
fn pick(clients: Vec<ServiceClient>, wanted: &str) -> Result<ServiceClient, AppError> {
    let errors = PickErrors {
        unknown: "service-unknown",
        several: "service-several",
        several_hint: "service-several-hint",
    };
    pick_unique(clients, wanted, |client| (&client.id, &client.name), errors)
}
