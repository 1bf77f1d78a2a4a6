//! Connecting an account at an AI provider, as far as nobody has to be asked for more: which
//! ways there are here, what comes of a key or an address, and what is said of a sign-in by
//! device code. Whoever asks the person is above: a command's lines, or the wizard.

mod found;

pub use self::found::{KeptIn, places, taken};
use crate::agent::{detect, spec as agent};
use crate::environment::Environment;
use crate::error::{AppError, ErrorKind};
use crate::http::Http;
use crate::i18n::{Message, printable};
use crate::model::Agent;
use crate::provider::credential::{self, Credential};
use crate::provider::model_server;
use crate::provider::registry::Registry;
use crate::provider::spec::{self, ProviderSpec, Vendor};
use crate::provider::verify::{Judged, judge, verify};
use crate::secret::Secret;
use crate::wire::{DeviceFlow, DeviceFlowOffer, DeviceFlowState, NewConnection, Way};

/// What is said of what nobody was asked about, or nobody answered.
pub const UNVERIFIED: &str = "provider-connected-unchecked";

/// One way to connect a provider here, and how it is offered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WayHere {
    pub way: Way,
    pub said: Message,
    /// From where, of what is here already.
    pub kept_in: Option<KeptIn>,
}

/// A provider, and how it can be connected here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderHere {
    /// As commands have it.
    pub name: String,
    /// As people have it.
    pub title: String,
    /// Best first; never none.
    pub ways: Vec<WayHere>,
    /// What a better way would take that is not here.
    pub missing: Option<Message>,
    /// The page on which a person makes a key.
    pub keys: Option<String>,
    /// Where a model server is unless somebody moved it.
    pub endpoint: Option<String>,
}

impl ProviderHere {
    /// What there is here of the provider called `name`; `has_device` says whether the
    /// instance has a client for a device code there.
    pub fn look(name: &str, spec: &ProviderSpec, env: &Environment, has_device: bool) -> Self {
        let title = spec.title.as_str();
        let mut ways = Vec::new();
        let import = |found: found::Found| {
            let kept_in = Some(found.kept_in);
            WayHere { way: Way::Import, said: found.said, kept_in }
        };
        let mut offer = |way, said: Message| ways.push(WayHere { way, said, kept_in: None });
        if spec.server.is_some() {
            offer(Way::Endpoint, Message::new("provider-way-endpoint"));
        } else {
            if has_device && spec.device.is_some() {
                offer(Way::Device, Message::new("provider-way-device").with("provider", title));
            }
            if spec.without_client().is_some() {
                offer(Way::Redirect, Message::new("provider-way-redirect").with("provider", title));
            }
            if let Some(agent) = spec.vendor.as_ref().and_then(|vendor| program(vendor, env)) {
                offer(Way::Vendor, Message::new("provider-way-vendor").with("agent", agent.name));
            }
            ways.extend(found::set(spec, env).map(import));
            let said = Message::new("provider-way-token");
            ways.push(WayHere { way: Way::Token, said, kept_in: None });
            // What is there is not known before it is read, so none of these comes first.
            ways.extend(found::programs(spec, env).into_iter().map(import));
        }
        let absent = spec.vendor.as_ref().filter(|vendor| program(vendor, env).is_none());
        Self {
            name: name.to_owned(),
            title: title.to_owned(),
            ways,
            missing: absent.map(missing),
            keys: spec.keys.clone(),
            endpoint: spec.server.as_ref().and_then(|server| server.endpoint.clone()),
        }
    }
}

/// Every provider there is, where the instance has what is in `offers`.
pub fn providers(
    registry: &Registry,
    offers: &[DeviceFlowOffer],
    env: &Environment,
) -> Vec<ProviderHere> {
    let look = |name: &str| {
        let is_offered = offers.iter().any(|offer| offer.provider == name);
        Some(ProviderHere::look(name, &registry.find(name)?, env, is_offered))
    };
    spec::names().filter_map(look).collect()
}

/// The vendor's program, where it is here.
pub fn program(vendor: &Vendor, env: &Environment) -> Option<Agent> {
    detect::named(env, &vendor.agent).ok()
}

/// That the vendor's program is not here, and what installs it.
pub fn missing(vendor: &Vendor) -> Message {
    // A test keeps a vendor's program that is no agent out of a release.
    let install = agent::find(&vendor.agent).map(|agent| agent.install).unwrap_or_default();
    let message = Message::new("provider-way-vendor-missing");
    message.with("agent", vendor.agent.as_str()).with("install", install)
}

/// What is to be kept, and what is said of it once it is.
#[derive(Debug)]
pub struct Brought {
    pub new: NewConnection,
    /// Wants `what` is connected.
    pub said: Message,
    /// The models of a model server, by name.
    pub models: Vec<String>,
}

/// What comes of `credential`, which came by `way`; its provider is asked unless it is
/// `unchecked`.
///
/// # Errors
/// Code `credential_wrong` where the provider knows of no such credential.
pub async fn by_credential(
    http: &Http,
    spec: &ProviderSpec,
    way: Way,
    credential: Credential,
    unchecked: bool,
) -> Result<Brought, AppError> {
    let Judged { said, holder, verified } = if unchecked {
        Judged { said: Message::new(UNVERIFIED), holder: None, verified: false }
    } else {
        judge(spec, verify(http, spec, &credential).await)?
    };
    let Credential { secret, kind } = credential;
    let new = NewConnection { holder, verified, ..NewConnection::new(way, kind, Some(secret)) };
    Ok(Brought { new, said, models: Vec::new() })
}

/// What comes of the model server at `given`, or where they usually are, with `key` if it
/// wants one; it is asked which models it has unless it is `unchecked`.
///
/// # Errors
/// Exit code 3 where that is no address; those of [`model_server::models`], `key_wanted`
/// among them.
pub async fn by_server(
    http: &Http,
    name: &str,
    spec: &ProviderSpec,
    given: Option<&str>,
    key: Option<&Secret>,
    unchecked: bool,
) -> Result<Brought, AppError> {
    let usual = spec.server.as_ref().and_then(|server| server.endpoint.as_deref());
    let given = given.or(usual).ok_or_else(|| {
        let message = Message::new("provider-endpoint-missing");
        AppError::new(ErrorKind::BadArguments, "endpoint_missing", message)
            .hint(Message::new("provider-endpoint-hint"))
    })?;
    let endpoint = model_server::address(given)?;
    let key = key.map(|pasted| credential::read(name, spec, pasted)).transpose()?;
    let key = key.map(|credential| credential.secret);
    let (said, models) = if unchecked {
        (Message::new(UNVERIFIED), Vec::new())
    } else {
        let models = model_server::models(http, &endpoint, key.as_ref()).await?;
        let said = Message::new("provider-connected");
        (said.with("provider", printable(&spec.title)), models)
    };
    let kind = spec.credential.first().map(|one| one.kind.clone()).unwrap_or_default();
    let new = NewConnection {
        endpoint: Some(endpoint.as_str().trim_end_matches('/').to_owned()),
        verified: !unchecked,
        ..NewConnection::new(Way::Endpoint, kind, key)
    };
    Ok(Brought { new, said, models })
}

/// Why the instance gave no device code.
pub fn no_device_code(name: &str, title: &str, error: AppError) -> AppError {
    match &*error.code {
        "way_not_offered" => {
            let message = Message::new("provider-device-none").with("provider", title);
            let variable = name.to_ascii_uppercase().replace('-', "_");
            let hint = Message::new("provider-device-none-hint");
            AppError::new(ErrorKind::BadArguments, "way_not_offered", message)
                .hint(hint.with("variable", format!("CREWMESH_PROVIDER_{variable}_CLIENT_ID")))
        }
        "provider_failed" => {
            let message = Message::new("provider-device-no-code").with("provider", title);
            let message = message.with("why", error.message);
            AppError::new(ErrorKind::Failed, "provider_failed", message)
        }
        _ => error,
    }
}

/// Where a sign-in by device code that is over ended without a connection.
pub fn device_ended(title: &str, flow: DeviceFlow) -> AppError {
    let (code, message) = match flow.state {
        DeviceFlowState::Denied => ("access_denied", "provider-device-denied"),
        DeviceFlowState::Expired => ("expired_token", "provider-device-expired"),
        _ => ("device_flow_failed", "provider-device-failed"),
    };
    let message = Message::new(message).with("provider", title);
    let message = message.with("why", flow.trouble.unwrap_or_default());
    AppError::new(ErrorKind::Failed, code, message)
}

/// That the instance knows of the sign-in no more.
pub fn device_replaced() -> AppError {
    AppError::new(ErrorKind::Failed, "replaced", Message::new("provider-device-replaced"))
}
