//! Providers as the instance asks them itself: for what follows on what it keeps.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use jiff::Timestamp;

use crate::environment::Environment;
use crate::error::AppError;
use crate::http::Http;
use crate::provider::credential::Credential;
use crate::provider::registry::Registry;
use crate::provider::renewal::{self, NotRenewed, PATIENCE, Renewed};
use crate::provider::spec::{ProviderSpec, Renewal};
use crate::provider::verify::{self, Checked};
use crate::secret::Secret;

/// What is known where nobody says anything else.
static COMPILED_IN: Registry = Registry::COMPILED_IN;

/// Asks providers, as a file and the environment say. Cheap to clone, and to make: both
/// are read, and the roots, when somebody is asked first.
#[derive(Clone, Debug, Default)]
pub struct Providers {
    asker: Option<Arc<Asker>>,
    patience: Duration,
}

#[derive(Debug)]
struct Asker {
    env: Environment,
    file: Option<PathBuf>,
    registry: OnceLock<Result<Registry, AppError>>,
    http: OnceLock<Result<Http, AppError>>,
}

impl Providers {
    /// As `file`, or the one that `env` names, and `env` say.
    pub fn new(file: Option<PathBuf>, env: &Environment) -> Self {
        let (registry, http) = (OnceLock::new(), OnceLock::new());
        let asker = Asker { env: env.clone(), file, registry, http };
        Self { asker: Some(Arc::new(asker)), patience: PATIENCE }
    }

    /// The same, which waits no longer for an answer.
    #[must_use]
    pub fn with_patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// What is known of them here.
    ///
    /// # Errors
    /// What makes no sense of what was said of them.
    pub fn registry(&self) -> Result<&Registry, AppError> {
        let Some(asker) = &self.asker else { return Ok(&COMPILED_IN) };
        let read = || Registry::read(asker.file.as_deref(), &asker.env)?.with_secrets();
        asker.registry.get_or_init(read).as_ref().map_err(Clone::clone)
    }

    /// What asks them.
    ///
    /// # Errors
    /// Where nobody can be asked from here.
    pub fn http(&self) -> Result<&Http, AppError> {
        let asker = self.asker()?;
        asker.http.get_or_init(|| Http::new(&asker.env)).as_ref().map_err(Clone::clone)
    }

    /// How `credential` is, as `provider` says.
    ///
    /// # Errors
    /// Where nobody can be asked from here.
    pub async fn check(
        &self,
        provider: &str,
        credential: &Credential,
    ) -> Result<Checked, AppError> {
        let spec = self.registry()?.find(provider);
        let spec = spec.ok_or_else(|| AppError::internal("no provider of that name"))?;
        Ok(verify::check(self.http()?, &spec, credential).await)
    }

    /// What follows on `refresh_token`, which `provider` gave out with a credential of
    /// this `kind`, to `client_id`.
    ///
    /// # Errors
    /// [`NotRenewed`].
    pub async fn renew(
        &self,
        provider: &str,
        kind: &str,
        client_id: Option<&str>,
        refresh_token: &Secret,
        now: Timestamp,
    ) -> Result<Renewed, NotRenewed> {
        let asked = self.asked(provider, kind, client_id).map_err(NotRenewed::Failed)?;
        let Asked { http, renewal, client, spec } = &asked;
        let client = (client.as_str(), spec.client_secret(client));
        let asked = (*http, self.patience);
        renewal::renew(asked, renewal, client, refresh_token, spec.address(), now).await
    }

    /// Tells `provider` that `refresh_token` is not used any more: whether it took that.
    pub async fn revoke(
        &self,
        provider: &str,
        kind: &str,
        client_id: Option<&str>,
        refresh_token: &Secret,
    ) -> bool {
        let Ok(asked) = self.asked(provider, kind, client_id) else { return false };
        let Asked { http, renewal, client, spec } = &asked;
        let client = (client.as_str(), spec.client_secret(client));
        let asked = (*http, self.patience);
        renewal::revoke(asked, renewal, client, refresh_token, spec.address()).await
    }

    fn asker(&self) -> Result<&Asker, AppError> {
        self.asker.as_deref().ok_or_else(|| AppError::internal("nobody to ask providers with"))
    }

    fn asked(
        &self,
        provider: &str,
        kind: &str,
        client_id: Option<&str>,
    ) -> Result<Asked<'_>, AppError> {
        let spec = self.registry()?.find(provider);
        // What was kept by a later version is renewed by one that knows how.
        let spec = spec.ok_or_else(|| AppError::internal("no provider of that name"))?;
        let renewal = spec.renewal.clone();
        let renewal = renewal.filter(|renewal| renewal.kinds.iter().any(|one| one == kind));
        let renewal = renewal.ok_or_else(|| AppError::internal("no way to renew that"))?;
        let client = client_id.or(renewal.client_id.as_deref()).map(str::to_owned);
        let client = client.ok_or_else(|| AppError::internal("no client to renew it for"))?;
        Ok(Asked { http: self.http()?, renewal, client, spec })
    }
}

/// Whom to ask, and for which client.
struct Asked<'a> {
    http: &'a Http,
    renewal: Renewal,
    client: String,
    spec: ProviderSpec,
}
