//! Providers as the instance asks them itself: for what follows on what it keeps.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use jiff::Timestamp;
use url::Url;

use crate::environment::Environment;
use crate::error::AppError;
use crate::http::Http;
use crate::provider::renewal::{NotRenewed, PATIENCE, Renewed, renew, revoke};
use crate::provider::spec::{self, Renewal};
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
        let asked = self.asked(provider, kind, client_id)?;
        let Asked { http, renewal, client_id, address } = &asked;
        renew((http, self.patience), renewal, client_id, refresh_token, address.clone(), now).await
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
        let Asked { http, renewal, client_id, address } = &asked;
        revoke((http, self.patience), renewal, client_id, refresh_token, address.clone()).await
    }

    fn asked(
        &self,
        provider: &str,
        kind: &str,
        client_id: Option<&str>,
    ) -> Result<Asked<'_>, NotRenewed> {
        let asker = self.asker.as_ref().ok_or_else(|| nobody("nobody to ask with"))?;
        let renewal = spec::find(provider).and_then(|spec| spec.renewal);
        let renewal = renewal.filter(|renewal| renewal.kinds.iter().any(|one| one == kind));
        // Kept by a later version, which knew how.
        let renewal = renewal.ok_or_else(|| nobody("no way to renew that"))?;
        let client_id = client_id.or(renewal.client_id.as_deref()).map(str::to_owned);
        let client_id = client_id.ok_or_else(|| nobody("no client to renew it for"))?;
        let http = asker.http.get_or_init(|| Http::new(&asker.env)).as_ref();
        let http = http.map_err(|error| NotRenewed::Failed(error.clone()))?;
        Ok(Asked { http, renewal, client_id, address: spec::address(provider, &asker.env) })
    }
}

/// Whom to ask, and for which client.
struct Asked<'a> {
    http: &'a Http,
    renewal: Renewal,
    client_id: String,
    address: Option<Url>,
}

fn nobody(why: &'static str) -> NotRenewed {
    NotRenewed::Failed(AppError::internal(why))
}
