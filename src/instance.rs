//! Which server, and how it is reached. A [`Reach`] is made in `main` at no
//! cost; its HTTP client and the embedded server come into being when the
//! first request needs them. Surprising rule: the embedded instance is reached
//! only through the listener this process holds itself, never through a port
//! that was read from a file, so that nobody else can be handed a token.

pub mod directory;
pub mod invite_text;
pub mod typed;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::api::Client;
use crate::api::http::{Http, is_loopback};
use crate::i18n::Message;
use crate::model::{Access, DeviceCode, Instance, Links, Place};
use crate::secret::Secret;
use crate::sign_in::discovery::{self, Endpoints, Settings};
use crate::surroundings::Surroundings;
use crate::trouble::{Kind, Trouble};

/// The way to every instance.
#[derive(Debug)]
pub struct Reach {
    here: Arc<Surroundings>,
    http: OnceLock<Result<Arc<Http>, Trouble>>,
    /// By base URL.
    endpoints: Mutex<BTreeMap<String, Arc<Endpoints>>>,
    /// Origins where the person allowed http in this run.
    http_allowed: Mutex<BTreeSet<String>>,
}

impl Reach {
    /// Makes nothing yet.
    pub fn new(here: Arc<Surroundings>) -> Self {
        Self {
            here,
            http: OnceLock::new(),
            endpoints: Mutex::default(),
            http_allowed: Mutex::default(),
        }
    }

    /// Where this process runs.
    pub fn here(&self) -> &Surroundings {
        &self.here
    }

    /// The one HTTP client.
    ///
    /// # Errors
    /// Those of [`Http::new`].
    pub fn http(&self) -> Result<Arc<Http>, Trouble> {
        self.http.get_or_init(|| Http::new(&self.here).map(Arc::new)).clone()
    }

    /// An instance's API with this way in. The token goes to the instance it
    /// belongs to and nowhere else.
    ///
    /// # Errors
    /// http where nobody allowed it; an embedded instance that does not start.
    pub async fn client(&self, access: &Access) -> Result<Client, Trouble> {
        let client = self.anonymous(&access.instance).await?;
        Ok(client.with_token(access.token.clone(), access.expires_at))
    }

    /// An instance's API without a token.
    ///
    /// # Errors
    /// As for [`Reach::client`].
    // Starting the embedded server waits.
    #[allow(clippy::unused_async)]
    pub async fn anonymous(&self, instance: &Instance) -> Result<Client, Trouble> {
        let base = match &instance.place {
            Place::Embedded => return Err(no_embedded()),
            Place::At(url) => self.allowed(instance, url)?.clone(),
        };
        Ok(Client::new(self.http()?, base, &instance.name))
    }

    /// How the instance takes sign-ins; looked up once.
    ///
    /// # Errors
    /// Those of [`discovery::discover`].
    pub async fn endpoints(&self, instance: &Instance) -> Result<Arc<Endpoints>, Trouble> {
        let base = match &instance.place {
            Place::Embedded => return Err(no_embedded()),
            Place::At(url) => self.allowed(instance, url)?,
        };
        let known = lock(&self.endpoints).get(base.as_str()).cloned();
        if let Some(known) = known {
            return Ok(known);
        }
        let settings = self.settings(instance);
        let found = discovery::discover(&*self.http()?, base, &instance.name, &settings).await?;
        let found = Arc::new(found);
        lock(&self.endpoints).insert(base.to_string(), Arc::clone(&found));
        Ok(found)
    }

    /// Finds the instance somebody typed: `local`, the name of one that is
    /// known here, a host, or an address. Contacts it and learns its id.
    ///
    /// # Errors
    /// A text that is no address; `http_not_allowed`, to be asked about and
    /// answered with [`Reach::allow_http`]; unreachable; no instance there.
    pub async fn find(&self, typed: &str) -> Result<Instance, Trouble> {
        let mut instance = match self.known(typed.trim())? {
            Some(known) => known,
            None => typed::parse(typed)?,
        };
        if instance.is_embedded() {
            return Ok(instance);
        }
        let endpoints = self.endpoints(&instance).await?;
        discovery::answers(&*self.http()?, &endpoints, &instance.name).await?;
        if endpoints.instance_id.is_some() {
            instance.id.clone_from(&endpoints.instance_id);
        }
        Ok(instance)
    }

    /// The person allowed http for this instance: "anyone on this network can
    /// read your sign-in". For this run; keeping it is the caller's.
    pub fn allow_http(&self, instance: &Instance) {
        if let Place::At(url) = &instance.place {
            lock(&self.http_allowed).insert(url.origin().ascii_serialization());
        }
    }

    /// Whether http may be spoken to this instance although it is not on this
    /// computer.
    pub fn allows_http(&self, instance: &Instance) -> bool {
        self.settings(instance).insecure_http
    }

    /// Ends what was started. Held requests of other terminals are answered.
    // Stopping the embedded server waits.
    #[allow(clippy::unused_async)]
    pub async fn stop(self) {}

    fn allowed<'a>(&self, instance: &Instance, url: &'a url::Url) -> Result<&'a url::Url, Trouble> {
        if discovery::may_use(url, is_loopback(url) || self.allows_http(instance)) {
            return Ok(url);
        }
        Err(Trouble::new(
            Kind::NotAllowed,
            "http_not_allowed",
            Message::new("reach-http-not-allowed").with("host", instance.name.as_str()),
        )
        .hint(Message::new("reach-http-not-allowed-hint")))
    }

    fn settings(&self, instance: &Instance) -> Settings {
        let mut settings = Settings::default();
        if let Place::At(url) = &instance.place {
            let origin = url.origin().ascii_serialization();
            settings.insecure_http |= lock(&self.http_allowed).contains(&origin);
        }
        settings
    }

    // Until instances are kept, the embedded one is all that is known by name.
    #[allow(clippy::unnecessary_wraps, clippy::unused_self)]
    fn known(&self, name: &str) -> Result<Option<Instance>, Trouble> {
        Ok((name == "local").then(Instance::local))
    }

    #[allow(clippy::unused_async, clippy::unused_self)]
    pub(crate) async fn embedded_links(&self, _: &Secret) -> Result<Links, Trouble> {
        Err(no_embedded())
    }

    #[allow(clippy::unused_async, clippy::unused_self)]
    pub(crate) async fn embedded_settle(&self, _: &DeviceCode, _: bool) -> Result<(), Trouble> {
        Err(no_embedded())
    }

    #[allow(clippy::unused_async, clippy::unused_self)]
    pub(crate) async fn embedded_nearby(&self, _: &DeviceCode) -> Result<Links, Trouble> {
        Err(no_embedded())
    }
}

fn no_embedded() -> Trouble {
    Trouble::new(Kind::Failed, "no_embedded_instance", Message::new("reach-no-embedded"))
        .hint(Message::new("reach-no-embedded-hint"))
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
