//! Connecting an account at an AI provider, or a model server of the person's own: by a
//! device code, a browser that comes back, the provider's program that signs in, a key that
//! is pasted, one that is set here already, or an address. The provider is asked before anything is kept, and what it refuses is not.

mod device;
mod redirect;
mod vendor;

use std::sync::Arc;
use std::time::Duration;

use clap::{Args, ValueEnum};
use serde_json::json;

use super::asking::typed;
use super::context::{CommandContext, SignedIn};
use super::named::unknown;
use crate::error::{AppError, ErrorKind};
use crate::http::Http;
use crate::i18n::{Message, printable};
use crate::provider::credential::{self, Credential};
use crate::provider::model_server;
use crate::provider::registry::Registry;
use crate::provider::spec::{self, ProviderSpec, Redirect};
use crate::provider::verify::{Judged, judge, verify};
use crate::secret::Secret;
use crate::wire::{Connection, NewConnection, Way};

/// What is said of what nobody was asked about, or nobody answered.
const UNVERIFIED: &str = "provider-connected-unchecked";

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
    /// What to call it, where there is more than one
    #[arg(long, value_name = "NAME", default_value = "", hide_default_value = true)]
    label: String,
    /// Where your model server is
    #[arg(long, value_name = "ADDRESS")]
    endpoint: Option<String>,
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
    let spec = Registry::read(None, &context.env)?.find(&name).ok_or_else(|| {
        let known: Vec<_> = spec::names().map(str::to_owned).collect();
        unknown("provider-unknown", &command.provider, &known)
    })?;
    let way = command.way_to(&spec)?;
    let label = match &*command.label {
        "" => String::new(),
        label => super::asking::display_name(label)?,
    };
    let Connected { instance, connection, said, models } =
        context.signed_in(async |signed_in| {
            // Nobody is asked for a key that cannot be kept.
            signed_in.client.connections().await?;
            let asking = Asking { context, name: &name, spec: &spec, command };
            let way = asking.way(&signed_in, way).await?;
            let (connection, said, models) = if way == Way::Device {
                let connection = asking.by_device(&signed_in, &label).await?;
                let is_verified = connection.verified_at.is_some();
                let said = if is_verified { "provider-connected" } else { UNVERIFIED };
                (connection, Message::new(said), Vec::new())
            } else {
                let (brought, said, models) = asking.brought(&signed_in, way).await?;
                let new = NewConnection { provider: name.clone(), label, ..brought };
                (asking.kept(&signed_in, &new).await?, said, models)
            };
            context.credentials.forget_leases(signed_in.instance());
            Ok(Connected { instance: signed_in.instance().to_owned(), connection, said, models })
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
        match self.way.map(Way::from) {
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
}

/// What is asked of whoever connects something.
struct Asking<'a> {
    context: &'a CommandContext,
    name: &'a str,
    spec: &'a ProviderSpec,
    command: &'a Connect,
}

impl Asking<'_> {
    /// `way`, or the one that they pick where none was given.
    async fn way(&self, signed_in: &SignedIn<'_>, way: Way) -> Result<Way, AppError> {
        match way {
            Way::Token if self.command.way.is_none() => self.picked_way(signed_in).await,
            way => Ok(way),
        }
    }

    /// `new` as it is kept. What somebody just signed in by is not let go of at the first
    /// trouble.
    async fn kept(
        &self,
        signed_in: &SignedIn<'_>,
        new: &NewConnection,
    ) -> Result<Connection, AppError> {
        if !matches!(new.way, Way::Vendor | Way::Redirect) {
            return signed_in.client.connect(new).await;
        }
        let mut tries = TRIES;
        loop {
            tries -= 1;
            match signed_in.client.connect(new).await {
                Err(error) if error.kind == ErrorKind::Unreachable && tries > 0 => {
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

    /// What they bring by `way`, checked; what is said of it; and which models it has.
    async fn brought(
        &self,
        signed_in: &SignedIn<'_>,
        way: Way,
    ) -> Result<(NewConnection, Message, Vec<String>), AppError> {
        let http = signed_in.connector.http()?;
        if way == Way::Endpoint {
            return self.model_server(&http).await;
        }
        if let Some(vendor) = self.spec.vendor.as_ref().filter(|_| way == Way::Vendor) {
            let said = Message::new("provider-connected");
            return Ok((self.by_vendor(vendor).await?, said, Vec::new()));
        }
        let credential = if let Some(redirect) = self.redirect_for(way) {
            self.by_redirect(&http, redirect).await?
        } else {
            let pasted = match way {
                Way::Import => self.set_here().ok_or_else(|| self.nothing_here())?,
                _ => self.pasted().await?,
            };
            credential::read(self.name, self.spec, &pasted)?
        };
        let Judged { said, holder, verified } = self.judged(&http, &credential).await?;
        let Credential { secret, kind } = credential;
        let new = NewConnection { holder, verified, ..NewConnection::new(way, kind, Some(secret)) };
        Ok((new, said, Vec::new()))
    }

    fn redirect_for(&self, way: Way) -> Option<&Redirect> {
        self.spec.redirect.as_ref().filter(|_| way == Way::Redirect)
    }

    /// The way that whoever sits there wants, of those there are here; the first of them
    /// where they leave it to us, and a key where nobody can say.
    async fn picked_way(&self, signed_in: &SignedIn<'_>) -> Result<Way, AppError> {
        if !self.context.can_ask() {
            return Ok(Way::Token);
        }
        let mut all = Vec::new();
        if self.spec.device.is_some() && self.has_device(&signed_in.client).await {
            let title = self.spec.title.as_str();
            all.push((Way::Device, Message::new("provider-way-device").with("provider", title)));
        }
        if self.spec.redirect.is_some() {
            let title = self.spec.title.as_str();
            all.push((
                Way::Redirect,
                Message::new("provider-way-redirect").with("provider", title),
            ));
        }
        if let Some(agent) = self.vendor_here() {
            all.push((Way::Vendor, Message::new("provider-way-vendor").with("agent", agent.name)));
        }
        if let Some((variable, secret)) = self.variable() {
            let message = Message::new("provider-way-import").with("variable", variable);
            all.push((Way::Import, message.with("end", secret.last_four())));
        }
        all.push((Way::Token, Message::new("provider-way-token")));
        let missing = self.vendor_missing();
        if all.len() == 1 || self.context.yes {
            if let Some(missing) = missing {
                self.context.out.note(&missing);
            }
            return Ok(all[0].0);
        }
        self.context.show(|lines| {
            let title = self.spec.title.as_str();
            lines.say(&Message::new("provider-ways").with("provider", title));
            for (at, (_, way)) in all.iter().enumerate() {
                let number = i64::try_from(at + 1).unwrap_or_default();
                lines.say(
                    &Message::new("provider-way").with("number", number).with("way", way.clone()),
                );
            }
            if let Some(missing) = &missing {
                lines.say(missing);
            }
        });
        let question = Message::new("provider-way-ask");
        let picked = self.context.number_up_to(all.len(), &question).await?;
        Ok(all[picked.map_or(0, |number| number - 1)].0)
    }

    /// A key that is typed, pasted or piped.
    async fn pasted(&self) -> Result<Secret, AppError> {
        if let Some(page) = self.spec.keys.as_ref().filter(|_| self.context.can_ask()) {
            self.context.out.note(&Message::new("provider-key-page").with("page", page.as_str()));
        }
        let question = Message::new("provider-key-ask").with("provider", self.spec.title.as_str());
        self.context.hidden(&question).await
    }

    /// The first variable that is set here and holds a credential of this provider.
    fn variable(&self) -> Option<(&str, Secret)> {
        let variables = &self.context.env.variables;
        let set = |name: &String| variables.get(name).map(Secret::new);
        self.spec.variables.iter().find_map(|name| Some((name.as_str(), set(name)?)))
    }

    fn set_here(&self) -> Option<Secret> {
        self.variable().map(|(_, secret)| secret)
    }

    fn nothing_here(&self) -> AppError {
        let message = Message::new("provider-nothing-here")
            .with("provider", self.spec.title.as_str())
            .with("variables", self.spec.variables.join(", "));
        AppError::new(ErrorKind::NotFound, "nothing_to_import", message)
            .hint(Message::new("provider-nothing-here-hint").with("name", self.name))
    }

    /// What the provider says of it.
    async fn judged(&self, http: &Arc<Http>, credential: &Credential) -> Result<Judged, AppError> {
        if self.command.unchecked {
            let said = Message::new(UNVERIFIED);
            return Ok(Judged { said, holder: None, verified: false });
        }
        judge(self.spec, verify(http, self.spec, credential).await)
    }

    /// A model server, asked which models it has.
    async fn model_server(
        &self,
        http: &Arc<Http>,
    ) -> Result<(NewConnection, Message, Vec<String>), AppError> {
        let usual = self.spec.server.as_ref().and_then(|server| server.endpoint.as_deref());
        let given = self.command.endpoint.as_deref().or(usual).ok_or_else(|| {
            let message = Message::new("provider-endpoint-missing");
            AppError::new(ErrorKind::BadArguments, "endpoint_missing", message)
                .hint(Message::new("provider-endpoint-hint"))
        })?;
        let endpoint = model_server::address(given)?;
        let kind = self.spec.credential.first().map(|one| one.kind.clone()).unwrap_or_default();
        let new = |secret, verified| NewConnection {
            endpoint: Some(endpoint.as_str().trim_end_matches('/').to_owned()),
            verified,
            ..NewConnection::new(Way::Endpoint, kind.clone(), secret)
        };
        if self.command.unchecked {
            let said = Message::new(UNVERIFIED);
            return Ok((new(None, false), said, Vec::new()));
        }
        let (secret, models) = match model_server::models(http, &endpoint, None).await {
            Ok(models) => (None, models),
            Err(error) if error.code == "key_wanted" => {
                let at = typed(endpoint.as_str());
                let question = Message::new("provider-server-key-ask").with("address", at);
                let pasted = self.context.hidden(&question).await?;
                if pasted.is_empty() {
                    return Err(error);
                }
                let key = credential::read(self.name, self.spec, &pasted)?.secret;
                let models = model_server::models(http, &endpoint, Some(&key)).await?;
                (Some(key), models)
            }
            Err(error) => return Err(error),
        };
        let said = Message::new("provider-connected").with("provider", printable(&self.spec.title));
        Ok((new(secret, true), said, models))
    }
}
