//! Which server, and how it is reached. A [`Connector`] is made in `main` at no
//! cost; its HTTP client and the embedded server come into being when the
//! first request needs them. Surprising rule: the embedded instance is reached
//! only through the listener this process holds itself, never through a port
//! that was read from a file, so that nobody else can be handed a token.

pub mod discovery;
mod embedded;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::api::Client;
use crate::credentials::Credentials;
use crate::credentials::auth_file::Settings;
use crate::environment::Environment;
use crate::error::{AppError, ErrorKind};
use crate::home::pending::Claim;
use crate::http::{Http, Slow};
use crate::i18n::Message;
use crate::input::address;
use crate::instance::discovery::Endpoints;
use crate::instance::embedded::EmbeddedInstance;
use crate::machine::facts;
use crate::model::{Access, Approval, DeviceCode, Instance, Links, Place};
use crate::secret::Secret;
use crate::wire::ApprovalCard;

/// The way to every instance.
#[derive(Debug)]
pub struct Connector {
    env: Arc<Environment>,
    http: OnceLock<Result<Arc<Http>, AppError>>,
    slow: Option<Slow>,
    /// By base URL.
    endpoints: Mutex<BTreeMap<String, Arc<Endpoints>>>,
    /// Origins where the person allowed http in this run.
    http_allowed: Mutex<BTreeSet<String>>,
    /// Codes that are polled for here, by the hash of the device code.
    claims: Mutex<BTreeMap<[u8; 32], Claim>>,
    embedded: EmbeddedInstance,
}

impl Connector {
    /// Makes nothing yet.
    pub fn new(env: Arc<Environment>) -> Self {
        Self {
            env,
            http: OnceLock::new(),
            slow: None,
            endpoints: Mutex::default(),
            http_allowed: Mutex::default(),
            claims: Mutex::default(),
            embedded: EmbeddedInstance::default(),
        }
    }

    /// The same, which has an instance named that does not answer. Not the one within
    /// this process: nothing can be done about that.
    #[must_use]
    pub fn naming(self, slow: Option<Slow>) -> Self {
        Self { slow, ..self }
    }

    /// Where this process runs.
    pub fn env(&self) -> &Environment {
        &self.env
    }

    /// What ties this machine to the account on an instance. A server that is
    /// not ours has no id of its own; its name here tells it apart.
    ///
    /// # Errors
    /// Those of asking the instance, and of [`facts::anchor`].
    pub async fn anchor(
        &self,
        credentials: &Credentials,
        access: &Access,
    ) -> Result<String, AppError> {
        let id = match access.instance.id.clone() {
            Some(id) => Some(id),
            None => self.endpoints(&access.instance).await?.instance_id.clone(),
        };
        let id = id.unwrap_or_else(|| access.instance.name.clone());
        let (env, credentials) = (Arc::clone(&self.env), credentials.clone());
        let made = move || facts::anchor(&env, credentials.home().open()?.path(), &id);
        tokio::task::spawn_blocking(made).await.map_err(AppError::internal)?
    }

    /// The one HTTP client.
    ///
    /// # Errors
    /// Those of [`Http::new`].
    pub fn http(&self) -> Result<Arc<Http>, AppError> {
        let make = || Ok(Arc::new(Http::new(&self.env)?.naming(self.slow.clone())));
        self.http.get_or_init(make).clone()
    }

    /// An instance's API with this way in. The token goes to the instance it
    /// belongs to and nowhere else.
    ///
    /// # Errors
    /// http where nobody allowed it; an embedded instance that does not start.
    pub async fn client(&self, access: &Access) -> Result<Client, AppError> {
        let client = self.anonymous(&access.instance).await?;
        Ok(client.with_token(access.token.clone(), access.expires_at))
    }

    /// An instance's API without a token.
    ///
    /// # Errors
    /// As for [`Connector::client`].
    pub async fn anonymous(&self, instance: &Instance) -> Result<Client, AppError> {
        let (http, base) = match &instance.place {
            Place::Embedded => {
                let quiet = (*self.http()?).clone().naming(None);
                (Arc::new(quiet), self.embedded_endpoints().await?.base.clone())
            }
            Place::At(url) => (self.http()?, self.allowed(instance, url)?.clone()),
        };
        Ok(Client::new(http, base, &instance.name))
    }

    /// How the instance takes sign-ins; looked up once.
    ///
    /// # Errors
    /// Those of [`discovery::discover`].
    pub async fn endpoints(&self, instance: &Instance) -> Result<Arc<Endpoints>, AppError> {
        let base = match &instance.place {
            Place::Embedded => return self.embedded_endpoints().await,
            Place::At(url) => url,
        };
        // Before anything else, so that a poll reads no file.
        let known = lock(&self.endpoints).get(base.as_str()).cloned();
        if let Some(known) = known {
            return Ok(known);
        }
        self.allowed(instance, base)?;
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
    /// answered with [`Connector::allow_http`]; unreachable; no instance there.
    pub async fn find(&self, typed: &str) -> Result<Instance, AppError> {
        let mut instance = self.known(typed)?;
        let endpoints = self.endpoints(&instance).await?;
        self.is_where_it_was(&instance, &endpoints)?;
        if endpoints.instance_id.is_some() {
            instance.id.clone_from(&endpoints.instance_id);
        }
        Ok(instance)
    }

    /// Nobody signs in where another instance's id is repeated.
    ///
    /// # Errors
    /// Those of [`AuthFile::is_where_it_was`].
    pub(crate) fn is_where_it_was(
        &self,
        instance: &Instance,
        endpoints: &Endpoints,
    ) -> Result<(), AppError> {
        // What cannot be read here is said when something is to be kept.
        let Ok(auth) = Credentials::new(&self.env).auth() else { return Ok(()) };
        auth.is_where_it_was(&Instance { id: endpoints.instance_id.clone(), ..instance.clone() })
    }

    /// The person allowed http for this instance, knowing that anyone on this
    /// network can read their sign-in. Good for this run at once, and kept.
    ///
    /// # Errors
    /// When it cannot be kept; then it is asked again another time.
    pub fn allow_http(&self, instance: &Instance) -> Result<(), AppError> {
        if let Place::At(url) = &instance.place {
            lock(&self.http_allowed).insert(url.origin().ascii_serialization());
        }
        Credentials::new(&self.env)
            .change_settings(instance, |settings| settings.insecure_http = true)
    }

    /// Whether a secret, or a person, may be sent to this address on behalf of
    /// the instance.
    pub fn may_use(&self, instance: &Instance, url: &url::Url) -> bool {
        discovery::may_use(url, false)
            || discovery::may_use(url, true) && self.settings(instance).insecure_http
    }

    /// Waits until the embedded instance has done what it cannot do twice: keep what a
    /// provider gave.
    pub async fn finished(&self) {
        self.embedded.finished().await;
    }

    /// Ends what was started: requests held by the embedded instance are
    /// answered, codes somebody still waits for can be taken up by another
    /// process.
    pub async fn stop(self) {
        self.embedded.stop().await;
    }

    pub(crate) async fn embedded_links(&self, code: &DeviceCode) -> Result<Links, AppError> {
        only_embedded(code)?;
        self.embedded.links(&self.env, &code.device_code).await
    }

    pub(crate) async fn embedded_card(&self, code: &DeviceCode) -> Result<ApprovalCard, AppError> {
        only_embedded(code)?;
        self.embedded.card(&self.env, &code.device_code).await
    }

    pub(crate) async fn answer_embedded(
        &self,
        code: &DeviceCode,
        approve: bool,
    ) -> Result<(), AppError> {
        only_embedded(code)?;
        self.embedded.settle(&self.env, &code.device_code, approve).await
    }

    pub(crate) async fn embedded_nearby(&self, code: &DeviceCode) -> Result<Links, AppError> {
        only_embedded(code)?;
        self.embedded.open_nearby(&self.env, &code.device_code).await
    }

    /// Holds the claim on a pending code for as long as it is polled for.
    pub(crate) fn hold_claim(&self, code: &DeviceCode, claim: Claim) {
        lock(&self.claims).insert(code.device_code.sha256(), claim);
    }

    /// Writes down what an approval of this code brought, for a later run.
    pub(crate) fn keep_approval(&self, code: &DeviceCode, approval: &Approval) {
        if let Some(claim) = lock(&self.claims).get_mut(&code.device_code.sha256()) {
            // Where it cannot be written the sign-in goes on; it only cannot be
            // taken up again.
            let _ = claim.keep(approval);
        }
    }

    /// Lets go of the claim whose file holds this token, for a later run to go
    /// on with. Answers whether there is one.
    pub(crate) fn let_go(&self, token: &Secret) -> bool {
        let mut claims = lock(&self.claims);
        let before = claims.len();
        claims.retain(|_, claim| !claim.holds(token));
        claims.len() != before
    }

    /// Gives the claim up, where there is one.
    pub(crate) fn release_claim(&self, code: &DeviceCode) -> Option<Claim> {
        lock(&self.claims).remove(&code.device_code.sha256())
    }

    async fn embedded_endpoints(&self) -> Result<Arc<Endpoints>, AppError> {
        Ok(Arc::new(self.embedded.endpoints(&self.env).await?))
    }

    fn allowed<'a>(
        &self,
        instance: &Instance,
        url: &'a url::Url,
    ) -> Result<&'a url::Url, AppError> {
        if self.may_use(instance, url) {
            return Ok(url);
        }
        Err(AppError::new(
            ErrorKind::NotAllowed,
            "http_not_allowed",
            Message::new("reach-http-not-allowed").with("host", instance.name.as_str()),
        )
        .hint(
            Message::new("reach-http-not-allowed-hint")
                .with("address", url.origin().ascii_serialization()),
        ))
    }

    /// What the person set for it, in `auth.json` and in this run.
    fn settings(&self, instance: &Instance) -> Settings {
        let Place::At(url) = &instance.place else { return Settings::default() };
        // A broken file is told where it is read for its own sake; without it
        // nothing is allowed that is not allowed anyway.
        let mut settings = Credentials::new(&self.env).settings(instance).unwrap_or_default();
        let origin = url.origin().ascii_serialization();
        settings.insecure_http |= lock(&self.http_allowed).contains(&origin);
        settings
    }

    fn known(&self, typed: &str) -> Result<Instance, AppError> {
        match Credentials::new(&self.env).auth() {
            Ok(auth) => auth.find_instance(typed),
            // A broken file must not keep somebody from the address they typed.
            Err(error) => match address::parse(typed) {
                Ok(instance) if instance.is_embedded() || typed.contains(['.', ':']) => {
                    Ok(instance)
                }
                _ => Err(error),
            },
        }
    }
}

fn only_embedded(code: &DeviceCode) -> Result<(), AppError> {
    if code.instance.is_embedded() {
        return Ok(());
    }
    Err(AppError::new(
        ErrorKind::NotAllowed,
        "answered_elsewhere",
        Message::new("reach-answered-elsewhere"),
    ))
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;
    use std::time::Duration;

    use super::*;
    use crate::home::tests::{Desk, set_mode};

    /// Whoever reads a file of the home repairs its mode: one that stays wide
    /// was not read.
    #[tokio::test]
    async fn a_poll_reads_no_file() {
        let desk = Desk::new();
        desk.write("auth.json", r#"{"version":1,"instances":{}}"#);
        let auth = desk.path().join("auth.json");
        let mode = || fs::metadata(&auth).expect("it is there").permissions().mode() & 0o777;
        set_mode(&auth, 0o644);

        let url: url::Url = "https://mesh.example.org/".parse().expect("a URL");
        let connector = Connector::new(Arc::new(desk.env.clone()));
        let known = Endpoints::embedded(url.clone(), "id".into(), Duration::ZERO).expect("made");
        lock(&connector.endpoints).insert(url.to_string(), Arc::new(known));
        let place = Place::At(url);
        let instance = Instance { name: "mesh".into(), place, id: None, signed_in: false };
        // All that a poll asks of the connector, and what every request does.
        connector.endpoints(&instance).await.expect("known");
        connector.anonymous(&instance).await.expect("https needs no leave");
        assert_eq!(mode(), 0o644);
        connector.settings(&instance);
        assert_eq!(mode(), 0o600, "this reads it");
    }
}
