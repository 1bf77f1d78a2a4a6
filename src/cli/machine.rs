//! The account's machines: list, register this one, rename, locate, remove.
//! Where a machine stands is never left out in silence; it is given, confirmed,
//! or put off in so many words (`later`).

use clap::{Args, Subcommand};
use serde_json::json;

use super::asking::display_name;
use super::context::{CommandContext, SignedIn};
use super::create::try_suggestion;
use super::named::unknown;
use super::output::Output;
use crate::error::{AppError, ErrorKind};
use crate::i18n::{Message, Words, printable};
use crate::machine::{facts, location};
use crate::model::Machine;
use crate::wire::{Liveness, MachineChange, NewMachine};

/// What puts a machine's place off until later.
const LATER: &str = "later";

/// List, register, rename, locate or remove machines
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  crewmesh machine list
  crewmesh machine register \"Munich Hospital — Radiology\" --location DE
  crewmesh machine rename Radiology              this one
  crewmesh machine locate US-CAL-CISO --machine radiology-3
  crewmesh machine remove radiology-3")]
pub(crate) struct Machines {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// The account's machines
    List,
    /// Make this computer known to the account
    Register {
        /// What to call it; the host name where not given
        name: Option<String>,
        /// Its short name, fixed once created
        #[arg(long)]
        slug: Option<String>,
        /// Where it is: a zone such as DE, a country, or "later"
        #[arg(long, value_name = "ZONE")]
        location: Option<String>,
    },
    /// Change what a machine is called; its short name stays
    Rename {
        /// The new name
        name: String,
        /// Which machine: its short name or id; this one where not given
        #[arg(long)]
        machine: Option<String>,
    },
    /// Say where a machine is
    Locate {
        /// A zone such as DE or US-CAL-CISO, or a country
        zone: String,
        /// Which machine: its short name or id; this one where not given
        #[arg(long)]
        machine: Option<String>,
    },
    /// Make the account forget a machine
    Remove {
        /// Its short name or id
        machine: String,
    },
}

pub(super) fn run(command: &Machines, context: &CommandContext) -> Result<u8, AppError> {
    match &command.what {
        What::List => list(context),
        What::Register { name, slug, location } => {
            register(context, name.as_deref(), slug.as_deref(), location.as_deref())
        }
        What::Rename { name, machine } => {
            let change =
                MachineChange { name: Some(display_name(name)?), ..MachineChange::default() };
            change_machine(context, machine.as_deref(), &change)
        }
        What::Locate { zone, machine } => {
            let (key, _) = location::parse(zone)?;
            let change = MachineChange { location: Some(key), ..MachineChange::default() };
            change_machine(context, machine.as_deref(), &change)
        }
        What::Remove { machine } => remove(context, machine),
    }
}

fn list(context: &CommandContext) -> Result<u8, AppError> {
    let (instance, machines) = context.signed_in(async |signed_in| {
        let machines = machines(&signed_in).await?;
        Ok((signed_in.access.instance.name, machines))
    })?;
    let object = json!({ "instance": instance, "machines": machines, "total": machines.len() });
    context.out.answer(object, |lines| {
        let rows: Vec<_> = machines
            .iter()
            .map(|machine| {
                let name = if machine.this {
                    Message::new("machine-this").with("name", machine.name.as_str()).into()
                } else {
                    Words::verbatim(&machine.name)
                };
                let alive = Message::new(match machine.liveness {
                    Liveness::Online => "machine-online",
                    Liveness::Offline => "machine-offline",
                    Liveness::Unknown => "machine-unknown",
                });
                let last_seen = machine.last_seen_at.map(Output::day).unwrap_or_default();
                vec![
                    name,
                    Words::verbatim(&machine.slug),
                    place(machine, context),
                    alive.into(),
                    Words::Verbatim(last_seen),
                ]
            })
            .collect();
        let headings = [
            "column-machine",
            "column-slug",
            "column-location",
            "column-state",
            "column-last-used",
        ];
        lines.table(&headings, &rows);
        if machines.is_empty() {
            lines.say(&Message::new("machine-none").with("instance", printable(&instance)));
        }
    })?;
    Ok(0)
}

/// Where it is, in words.
fn place(machine: &Machine, context: &CommandContext) -> Words {
    match &machine.location {
        Some(key) => location::described(key, context.out.catalog().language()),
        None => Message::new("machine-no-place").into(),
    }
}

async fn machines(signed_in: &SignedIn<'_>) -> Result<Vec<Machine>, AppError> {
    let anchor =
        signed_in.connector.anchor(&signed_in.context.credentials, &signed_in.access).await?;
    signed_in.client.machines(Some(&anchor)).await
}

fn register(
    context: &CommandContext,
    name: Option<&str>,
    slug: Option<&str>,
    location: Option<&str>,
) -> Result<u8, AppError> {
    let name = name.map(display_name).transpose()?;
    let zone_choice = location.filter(|zone| *zone != LATER).map(location::parse).transpose()?;
    let wanted = Wanted {
        name: name.clone(),
        slug: slug.map(str::to_owned),
        location: zone_choice.as_ref().map(|(key, _)| key.clone()),
    };
    let (instance, machine, adopted) = context.signed_in(async |signed_in| {
        let instance = signed_in.access.instance.name.clone();
        let anchor =
            signed_in.connector.anchor(&signed_in.context.credentials, &signed_in.access).await?;
        let known = signed_in.client.machines(Some(&anchor)).await?;
        // Known already: it keeps its name, short name and place.
        if let Some(machine) = known.into_iter().find(|machine| machine.this) {
            return Ok((instance, machine, true));
        }
        let zone = match (location, zone_choice) {
            (Some(_), zone_choice) => zone_choice.map(|(key, _)| key),
            (None, _) => Some(guessed(context).await?),
        };
        let device = facts::device(&context.env);
        let new = NewMachine {
            anchor,
            name: name.unwrap_or(device.device_name),
            slug: slug.map(str::to_owned),
            location: zone,
            os: device.device_os,
            arch: device.device_arch,
        };
        let registered = signed_in.client.register_machine(&new).await.map_err(try_suggestion)?;
        Ok((instance, registered.machine, registered.adopted))
    })?;
    let mut object = json!(machine);
    object["instance"] = json!(instance);
    object["adopted"] = json!(adopted);
    let unchanged = if adopted { wanted.unlike(&machine) } else { Vec::new() };
    object["unchanged"] = unchanged.iter().map(|(what, _)| *what).collect();
    context.out.answer(object, |lines| {
        let id = if adopted { "machine-known-already" } else { "machine-is-registered" };
        lines.say(&about(id, &machine, context));
        for (_, told) in &unchanged {
            lines.say(told);
        }
    })?;
    Ok(0)
}

/// What a machine was to be called, and where it was to be.
struct Wanted {
    name: Option<String>,
    slug: Option<String>,
    location: Option<String>,
}

impl Wanted {
    /// What is not so, by the member of its answer, and what is said of it. A
    /// machine that is known keeps what it has until somebody says so in so many
    /// words.
    fn unlike(&self, machine: &Machine) -> Vec<(&'static str, Message)> {
        let name = self.name.as_ref().filter(|name| **name != machine.name);
        let slug = self.slug.as_ref().filter(|slug| **slug != machine.slug);
        let place =
            self.location.as_ref().filter(|place| Some(*place) != machine.location.as_ref());
        let told = |id, name, value: &String| Message::new(id).with(name, value.as_str());
        [
            name.map(|name| ("name", told("machine-name-stays", "name", name))),
            slug.map(|slug| ("slug", told("machine-slug-stays", "slug", slug))),
            place.map(|zone| ("location", told("machine-place-stays", "zone", zone))),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

fn about(id: &'static str, machine: &Machine, context: &CommandContext) -> Message {
    Message::new(id)
        .with("name", machine.name.as_str())
        .with("slug", machine.slug.as_str())
        .with("location", place(machine, context))
}

/// Where this machine probably is, once somebody said yes to it. What the
/// environment says needs no yes.
async fn guessed(context: &CommandContext) -> Result<String, AppError> {
    let missing = || {
        AppError::new(ErrorKind::BadArguments, "location_missing", Message::new("machine-where"))
            .hint(Message::new("machine-where-hint"))
    };
    let guess = location::guess(&context.env).ok_or_else(missing)?;
    if guess.from == "CREWMESH_LOCATION" || context.yes {
        return Ok(guess.key);
    }
    let zone = location::described(&guess.key, context.out.catalog().language());
    let question = Message::new("machine-where-ask")
        .with("location", zone)
        .with("from", printable(&guess.from));
    if !context.can_ask() || !context.confirm(&question, true, "machine-where-hint").await? {
        return Err(missing());
    }
    Ok(guess.key)
}

fn change_machine(
    context: &CommandContext,
    wanted: Option<&str>,
    change: &MachineChange,
) -> Result<u8, AppError> {
    let (instance, machine) = context.signed_in(async |signed_in| {
        let before = pick(machines(&signed_in).await?, wanted)?;
        let after = signed_in.client.change_machine(&before.id, change).await?;
        // Only who is asked with an anchor knows which machine asks.
        Ok((signed_in.access.instance.name, Machine { this: before.this, ..after }))
    })?;
    let mut object = json!(machine);
    object["instance"] = json!(instance);
    context.out.answer(object, |lines| {
        lines.say(&about("machine-changed", &machine, context));
    })?;
    Ok(0)
}

fn remove(context: &CommandContext, wanted: &str) -> Result<u8, AppError> {
    let removed = context.signed_in(async |signed_in| {
        let machine = pick(machines(&signed_in).await?, Some(wanted))?;
        let question = Message::new("machine-remove-ask").with("name", machine.name.as_str());
        // `-y` says yes here: it is what was typed.
        let sure = context.yes
            || context.confirm_in_person(&question, false, "machine-remove-hint").await?;
        if sure {
            signed_in.client.remove_machine(&machine.id).await?;
        }
        Ok(sure.then_some((signed_in.access.instance.name, machine)))
    })?;
    let object = match &removed {
        Some((instance, machine)) => json!({
            "instance": instance, "id": machine.id, "slug": machine.slug, "removed": true,
        }),
        None => json!({ "removed": false }),
    };
    context.out.answer(object, |lines| {
        lines.say(&match &removed {
            Some((_, machine)) => Message::new("machine-removed").with("name", &*machine.name),
            None => Message::new("nothing-changed"),
        });
    })?;
    Ok(0)
}

/// By short name or id; this one where none is named.
fn pick(machines: Vec<Machine>, wanted: Option<&str>) -> Result<Machine, AppError> {
    let slugs: Vec<_> = machines.iter().map(|machine| machine.slug.clone()).collect();
    let found = machines.into_iter().find(|machine| match wanted {
        Some(wanted) => machine.slug == wanted || machine.id == wanted,
        None => machine.this,
    });
    found.ok_or_else(|| {
        if let Some(wanted) = wanted {
            return unknown("machine-not-found", wanted, &slugs);
        }
        let message = Message::new("machine-not-registered");
        AppError::new(ErrorKind::NotFound, "not_registered", message)
            .hint(Message::new("machine-not-registered-hint"))
    })
}
