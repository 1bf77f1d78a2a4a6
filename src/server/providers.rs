//! Providers as the instance asks them itself: for what follows on what it keeps.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use jiff::Timestamp;

use crate::environment::Environment;
use crate::error::AppError;
use crate::http::Http;
use crate::provider::renewal::{NotRenewed, PATIENCE, Renewed, renew};
use crate::provider::spec;
use crate::secret::Secret;

/// Asks providers, at addresses that the environment may name. Cheap to clone, and to
/// make: the roots are read when somebody is asked first.
#[derive(Clone, Debug, Default)]
pub struct Providers {
    asker: Option<Arc<Asker>>,
    patience: Duration,
}

#[derive(Debug)]
struct Asker {
    env: Environment,
    http: OnceLock<Result<Http, AppError>>,
}

impl Providers {
    /// As `env` says.
    pub fn new(env: &Environment) -> Self {
        let asker = Asker { env: env.clone(), http: OnceLock::new() };
        Self { asker: Some(Arc::new(asker)), patience: PATIENCE }
    }

    /// The same, which waits no longer for an answer.
    #[must_use]
    pub fn with_patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
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
        let asker = self.asker.as_ref().ok_or_else(|| nobody("nobody to ask with"))?;
        let renewal = spec::find(provider).and_then(|spec| spec.renewal);
        let renewal = renewal.filter(|renewal| renewal.kinds.iter().any(|one| one == kind));
        // Kept by a later version, which knew how.
        let renewal = renewal.ok_or_else(|| nobody("no way to renew that"))?;
        let client_id = client_id.or(renewal.client_id.as_deref());
        let client_id = client_id.ok_or_else(|| nobody("no client to renew it for"))?;
        let http = asker.http.get_or_init(|| Http::new(&asker.env)).as_ref();
        let http = http.map_err(|error| NotRenewed::Failed(error.clone()))?;
        let address = spec::address(provider, &asker.env);
        let http = (http, self.patience);
        renew(http, &renewal, client_id, refresh_token, address, now).await
    }
}

fn nobody(why: &'static str) -> NotRenewed {
    NotRenewed::Failed(AppError::internal(why))
}
