//! Connecting an account at an AI provider, or a model server of the person's own: by a
//! device code, a browser that comes back, the provider's program that signs in, a key that
//! is pasted, one that is set here already, or an address. The provider is asked before anything is kept, and what it refuses is not.

mod device;
mod redirect;
mod vendor;

use std::time::Duration;

use clap::{Args, ValueEnum};
use serde_json::json;

use super::asking::typed;
use super::context::{CommandContext, SignedIn};
use super::launch::model;
use super::named::unknown;
use crate::api::Client;
use crate::connect::{self, Brought, KeptIn, ProviderHere, UNVERIFIED};
use crate::error::{AppError, ErrorKind};
use crate::http::Http;
use crate::i18n::{Message, printable};
use crate::instance::Connector;
use crate::model::Access;
use crate::provider::credential;
use crate::provider::model_server;
use crate::provider::registry::Registry;
use crate::provider::spec::{self, ProviderSpec};
use crate::secret::{Secret, is_session};
use crate::wire::{Connection, NewConnection, Way, is_model};

/// How often an instance is asked to keep what somebody signed in by, and how long
/// between.
const TRIES: u32 = 5;
const PAUSE: Duration = Duration::from_secs(2);

/// Models that are named one by one.
const NAMED_MODELS: usize = 5;

/// Connect an account at an AI provider, or your own model server
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  crewmesh connect anthropic                     asks how, and for a key out of others' sight
  crewmesh connect openai --way vendor           signs in with codex
  crewmesh connect github --way device           signs in with a code, on any device
  crewmesh connect openai --way import           the one that is set here
  crewmesh connect openai --label work < key.txt
  crewmesh connect ollama
  crewmesh connect self-hosted --endpoint https://models.example.org")]
pub(crate) struct Connect {
    /// The provider: anthropic, openai, google or another; crewmesh providers lists them
    provider: String,
    /// How to connect it
    #[arg(long, value_enum)]
    way: Option<GivenWay>,
    /// Of what is here already: the variable, or the program that keeps it
    #[arg(long, value_name = "WHERE")]
    from: Option<String>,
    /// What to call it, where there is more than one
    #[arg(long, value_name = "NAME", default_value = "", hide_default_value = true)]
    label: String,
    /// Where your model server is
    #[arg(long, value_name = "ADDRESS")]
    endpoint: Option<String>,
    /// The model that agents ask for there: of a model server of yours, or of OpenRouter
    #[arg(long, value_name = "MODEL")]
    model: Option<String>,
    /// Keep it without asking the provider
    #[arg(long)]
    unchecked: bool,
}

/// As [`Way`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum GivenWay {
    Device,
    Redirect,
    Vendor,
    Import,
    Token,
    Endpoint,
}

impl From<GivenWay> for Way {
    fn from(way: GivenWay) -> Self {
        match way {
            GivenWay::Device => Self::Device,
            GivenWay::Redirect => Self::Redirect,
            GivenWay::Vendor => Self::Vendor,
            GivenWay::Import => Self::Import,
            GivenWay::Token => Self::Token,
            GivenWay::Endpoint => Self::Endpoint,
        }
    }
}

/// What was connected, and what is to be said of it.
struct Connected {
    instance: String,
    connection: Connection,
    said: Message,
    models: Vec<String>,
}

pub(super) fn run(command: &Connect, context: &CommandContext) -> Result<u8, AppError> {
    context.env.refuse_agents()?;
    let name = command.provider.trim().to_ascii_lowercase();
    let spec = Registry::read(None, &context.env)?
        .find(&name)
        .ok_or_else(|| unknown_provider(&command.provider))?;
    let (way, kept_in) = (command.way_to(&spec)?, command.kept_in(&spec)?);
    let label = match &*command.label {
        "" => String::new(),
        label => super::asking::display_name(label)?,
    };
    let asking = Asking { context, name: &name, spec: &spec, command };
    let Connected { instance, connection, said, models } =
        context.signed_in(async |signed_in| {
            // Nobody is asked for a key that cannot be kept.
            let all = signed_in.client.connections().await?;
            require_session(&signed_in)?;
            let in_place = all.iter().find(|one| one.provider == name && one.label == label);
            if let Some(there) = in_place {
                let note = Message::new("provider-takes-place").with("name", name.as_str());
                context.out.note(&note.with("what", spec::called(there)));
                if !there.shared_in.is_empty() {
                    let meshes = there.shared_in.join(", ");
                    context.out.note(&Message::new("provider-shared-still").with("meshes", meshes));
                }
            }
            let picked = asking.way(&signed_in.client, way, kept_in).await?;
            let SignedIn { client, connector, access, .. } = &signed_in;
            asking.connected(client, connector, &access.instance.name, picked, label).await
        })?;
    let mut object = json!(connection);
    object["instance"] = json!(instance);
    if way == Way::Endpoint {
        object["models"] = json!(models);
    }
    context.out.answer(object, |lines| {
        lines.say(&said.with("what", spec::called(&connection)));
        if way == Way::Endpoint && !models.is_empty() {
            let rest = models.len().saturating_sub(NAMED_MODELS);
            let named = models[..models.len() - rest].join(", ");
            let message = Message::new("provider-models").with("models", named);
            lines.say(&message.with("rest", i64::try_from(rest).unwrap_or(i64::MAX)));
        }
    })?;
    Ok(0)
}

/// Connects the provider called `name` by a way that takes the terminal, for whoever signed
/// in with `access` and gave it up for that: what is connected, and what is said of it.
///
/// # Errors
/// Those of the way; interrupted.
pub(super) fn in_lines(
    context: &CommandContext,
    access: &Access,
    name: &str,
    way: Way,
) -> Result<(Connection, Message), AppError> {
    let spec =
        Registry::read(None, &context.env)?.find(name).ok_or_else(|| unknown_provider(name))?;
    let command = Connect {
        provider: name.to_owned(),
        way: None,
        from: None,
        label: String::new(),
        endpoint: None,
        model: None,
        unchecked: false,
    };
    let asking = Asking { context, name, spec: &spec, command: &command };
    let connected = context.online(async |connector| {
        let client = connector.client(access).await?;
        let picked = (way, None);
        asking.connected(&client, connector, &access.instance.name, picked, String::new()).await
    })?;
    Ok((connected.connection, connected.said))
}

/// A token that was given is let in, and connects nothing: nobody signs in for that first.
fn require_session(signed_in: &SignedIn<'_>) -> Result<(), AppError> {
    if is_session(&signed_in.access.token) {
        return Ok(());
    }
    let message =
        Message::new("api-step-up-required").with("host", printable(signed_in.instance()));
    Err(AppError::new(ErrorKind::NotAllowed, "step_up_required", message)
        .hint(Message::new("api-step-up-required-hint")))
}

fn unknown_provider(name: &str) -> AppError {
    let known: Vec<_> = spec::names().map(str::to_owned).collect();
    unknown("provider-unknown", name, &known)
}

impl Connect {
    /// The way that was asked for, or the first that this provider has.
    fn way_to(&self, spec: &ProviderSpec) -> Result<Way, AppError> {
        let mut ways = spec.ways();
        // The instance says whether it has a client for it.
        if spec.device.is_some() && !ways.contains(&Way::Device) {
            ways.insert(0, Way::Device);
        }
        let refused = |message: Message, code| {
            let message = message.with("provider", spec.title.as_str());
            Err(AppError::new(ErrorKind::BadArguments, code, message))
        };
        if self.endpoint.is_some() && !ways.contains(&Way::Endpoint) {
            return refused(Message::new("provider-no-endpoint"), "no_endpoint")
                .map_err(|error| error.hint(Message::new("provider-no-endpoint-hint")));
        }
        if self.model.is_some() && spec.server.is_none() && spec.endpoint.is_none() {
            return refused(Message::new("provider-no-models"), "no_models");
        }
        let from = self.from.as_ref().map(|_| Way::Import);
        match self.way.map(Way::from).or(from) {
            Some(way) if ways.contains(&way) => Ok(way),
            Some(_) => {
                let named: Vec<_> = ways.iter().map(|way| way.word()).collect();
                let message = Message::new("provider-no-such-way").with("ways", named.join(", "));
                refused(message, "no_such_way")
            }
            None if ways.contains(&Way::Endpoint) => Ok(Way::Endpoint),
            None => Ok(Way::Token),
        }
    }

    /// From where something is taken over, where that was said.
    fn kept_in(&self, spec: &ProviderSpec) -> Result<Option<KeptIn>, AppError> {
        let Some(typed) = self.from.as_deref().map(str::trim) else { return Ok(None) };
        if self.way.is_some_and(|way| Way::from(way) != Way::Import) {
            let message = Message::new("provider-from-import");
            return Err(AppError::new(ErrorKind::BadArguments, "from_without_import", message));
        }
        let wanted = typed.trim_start_matches('$');
        let places = connect::places(spec);
        let place = places.iter().find(|place| place.eq_ignore_ascii_case(wanted));
        let place = place.ok_or_else(|| {
            // What was typed may be a key.
            let message = Message::new("provider-from-unknown");
            AppError::new(ErrorKind::NotFound, "not_found", message)
                .hint(Message::new("there-are").with("names", places.join(", ")))
        })?;
        let is_variable = spec.variables.contains(place);
        Ok(Some(if is_variable {
            KeptIn::Variable(place.clone())
        } else {
            KeptIn::Program(place.clone())
        }))
    }
}

/// A way, and from where where something is here already.
type Picked = (Way, Option<KeptIn>);

/// What is asked of whoever connects something.
struct Asking<'a> {
    context: &'a CommandContext,
    name: &'a str,
    spec: &'a ProviderSpec,
    command: &'a Connect,
}

impl Asking<'_> {
    /// `way`, or the one that they pick where none was given.
    async fn way(
        &self,
        client: &Client,
        way: Way,
        kept_in: Option<KeptIn>,
    ) -> Result<Picked, AppError> {
        match way {
            Way::Token if self.command.way.is_none() => self.picked_way(client).await,
            way => Ok((way, kept_in)),
        }
    }

    /// What is connected by `way` on the instance of this name.
    async fn connected(
        &self,
        client: &Client,
        connector: &Connector,
        instance: &str,
        (way, kept_in): Picked,
        label: String,
    ) -> Result<Connected, AppError> {
        let (connection, said, models) = if way == Way::Device {
            let connection = self.by_device(client, &label).await?;
            let is_verified = connection.verified_at.is_some();
            let said = if is_verified { "provider-connected" } else { UNVERIFIED };
            (connection, Message::new(said), Vec::new())
        } else {
            let Brought { new, said, models } =
                self.brought(&*connector.http()?, way, kept_in).await?;
            let model = self.model(&models).await?;
            let new = NewConnection { provider: self.name.to_owned(), label, model, ..new };
            (self.kept(client, instance, &new).await?, said, models)
        };
        self.context.credentials.forget_leases(instance);
        Ok(Connected { instance: instance.to_owned(), connection, said, models })
    }

    /// `new` as it is kept. What somebody just signed in by is not let go of at the first
    /// trouble.
    async fn kept(
        &self,
        client: &Client,
        instance: &str,
        new: &NewConnection,
    ) -> Result<Connection, AppError> {
        if !matches!(new.way, Way::Vendor | Way::Redirect) {
            return client.connect(new).await;
        }
        let mut tries = TRIES;
        loop {
            tries -= 1;
            match client.connect(new).await {
                Err(error) if error.kind == ErrorKind::Unreachable && tries > 0 => {
                    if tries == TRIES - 1 {
                        let note = Message::new("provider-keeping");
                        self.context.out.note(&note.with("host", printable(instance)));
                    }
                    tokio::time::sleep(PAUSE).await;
                }
                Err(error) => {
                    let hint = Message::new("provider-vendor-lost").with("name", self.name);
                    let hint = hint.with("way", new.way.word());
                    return Err(error.hint(hint));
                }
                Ok(connection) => return Ok(connection),
            }
        }
    }

    /// What they bring by `way`, checked.
    async fn brought(
        &self,
        http: &Http,
        way: Way,
        kept_in: Option<KeptIn>,
    ) -> Result<Brought, AppError> {
        let (spec, unchecked) = (self.spec, self.command.unchecked);
        if way == Way::Endpoint {
            return self.model_server(http).await;
        }
        if let Some(vendor) = spec.vendor.as_ref().filter(|_| way == Way::Vendor) {
            let said = Message::new("provider-connected");
            return Ok(Brought { new: self.by_vendor(vendor).await?, said, models: Vec::new() });
        }
        let redirect = spec.without_client().filter(|_| way == Way::Redirect);
        let credential = if let Some(redirect) = redirect {
            self.by_redirect(http, redirect).await?
        } else {
            let pasted = match way {
                Way::Import => {
                    connect::taken(self.name, spec, &self.context.env, kept_in.as_ref()).await?
                }
                _ => self.pasted().await?,
            };
            credential::read(self.name, spec, &pasted)?
        };
        connect::by_credential(http, spec, way, credential, unchecked).await
    }

    /// The way that whoever sits there wants, of those there are here; the first of them
    /// where they leave it to us, and a key where nobody can say.
    async fn picked_way(&self, client: &Client) -> Result<Picked, AppError> {
        if !self.context.can_ask() {
            return Ok((Way::Token, None));
        }
        let has_device = self.spec.device.is_some() && self.has_device(client).await;
        let here = ProviderHere::look(self.name, self.spec, &self.context.env, has_device);
        if here.ways.len() == 1 || self.context.yes {
            if let Some(missing) = &here.missing {
                self.context.out.note(missing);
            }
            return Ok((here.ways[0].way, here.ways[0].kept_in.clone()));
        }
        self.context.show(|lines| {
            let title = self.spec.title.as_str();
            lines.say(&Message::new("provider-ways").with("provider", title));
            for (at, one) in here.ways.iter().enumerate() {
                let number = i64::try_from(at + 1).unwrap_or_default();
                let line = Message::new("provider-way").with("number", number);
                lines.say(&line.with("way", one.said.clone()));
            }
            if let Some(missing) = &here.missing {
                lines.say(missing);
            }
        });
        let question = Message::new("provider-way-ask");
        let picked = self.context.number_up_to(here.ways.len(), &question).await?;
        let picked = &here.ways[picked.or_first()?];
        Ok((picked.way, picked.kept_in.clone()))
    }

    /// Which of `models` agents ask for: the one that was named, the only one there is, or
    /// what whoever sits there picks. Nobody has to say.
    async fn model(&self, models: &[String]) -> Result<Option<String>, AppError> {
        if let Some(typed) = &self.command.model {
            let named = model(typed)?;
            if models.is_empty() || models.contains(&named) {
                return Ok(Some(named));
            }
            return Err(unknown("model-unknown", &named, models));
        }
        let usable: Vec<_> = models.iter().filter(|name| is_model(name)).collect();
        let first = usable.first().map(|name| (*name).clone());
        if usable.len() < 2 || !self.context.can_ask() || self.context.yes {
            return Ok(first.filter(|_| usable.len() == 1 || self.context.yes));
        }
        self.context.show(|lines| {
            lines.say(&Message::new("models-ask"));
            for (at, name) in usable.iter().enumerate() {
                let number = i64::try_from(at + 1).unwrap_or_default();
                let line = Message::new("provider-way").with("number", number);
                lines.say(&line.with("way", name.as_str()));
            }
        });
        let question = Message::new("provider-way-ask");
        let picked = self.context.number_up_to(usable.len(), &question).await?;
        Ok(Some(usable[picked.or_first()?].clone()))
    }

    /// A key that is typed, pasted or piped.
    async fn pasted(&self) -> Result<Secret, AppError> {
        if let Some(page) = self.spec.keys.as_ref().filter(|_| self.context.can_ask()) {
            self.context.out.note(&Message::new("provider-key-page").with("page", page.as_str()));
        }
        let question = Message::new("provider-key-ask").with("provider", self.spec.title.as_str());
        self.context.hidden(&question).await
    }

    /// A model server, asked which models it has, and for a key if it wants one.
    async fn model_server(&self, http: &Http) -> Result<Brought, AppError> {
        let Self { name, spec, command, .. } = self;
        let (given, unchecked) = (command.endpoint.as_deref(), command.unchecked);
        match connect::by_server(http, name, spec, given, None, unchecked).await {
            Err(error) if error.code == "key_wanted" => {
                let usual = spec.server.as_ref().and_then(|server| server.endpoint.as_deref());
                let at = model_server::address(given.or(usual).unwrap_or_default())?;
                let question = Message::new("provider-server-key-ask");
                let question = question.with("address", typed(at.as_str()));
                let pasted = self.context.hidden(&question).await?;
                if pasted.is_empty() {
                    return Err(error);
                }
                connect::by_server(http, name, spec, given, Some(&pasted), unchecked).await
            }
            other => other,
        }
    }
}
