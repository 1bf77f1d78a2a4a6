//! What every route is given. One [`State`] per listener: they share the
//! store, the keys, the waiters and the counters, and differ in the address
//! they are reached by, because issuer, links and the Host that is accepted
//! hang on it.

use std::ops::Deref;
use std::sync::Arc;

use tokio_util::task::TaskTracker;
use url::Url;

use super::client_documents::Documents;
use super::clock::Clock;
use super::config::Config;
use super::denied::Denied;
use super::heartbeats::Heartbeats;
use super::http::connections::Connections;
use super::mail::Mailer;
use super::mesh_wake::MeshWake;
use super::rate_limits::RateLimits;
use super::readiness::Readiness;
use super::store::{DbError, Store};
use super::uses_noted::UsesNoted;
use super::vault::Vault;
use super::wake::Wake;
use super::watch::{Watch, Watched};
use crate::error::AppError;
use crate::server::counters::Counters;
use crate::server::domain::keys::Keys;
use crate::server::domain::poll_rate::PollRates;

/// The axum state; cheap to clone.
#[derive(Clone, Debug)]
pub struct State {
    shared: Arc<Shared>,
    /// Where this listener is reached, without a path. The issuer.
    pub base: Arc<Url>,
    /// Where pages are reached: links of a code lead here. The same as
    /// [`State::base`] except on the embedded instance's private listener.
    pub pages: Arc<Url>,
}

/// What all listeners of one instance share.
#[derive(Debug)]
pub struct Shared {
    /// The only way to the database.
    pub store: Store,
    /// Forgets what ended long ago, as long as this is here.
    pub sweeping: tokio::task::JoinSet<()>,
    /// The instance key and what is derived from it.
    pub keys: Keys,
    /// Seals people's connections.
    pub vault: Vault,
    /// Wakes the polls that are held.
    pub wake: Wake,
    /// Wakes whoever waits for something to happen in a mesh.
    pub mesh_wake: MeshWake,
    /// Sees what other processes write, while anybody waits for it.
    pub watch: Watch,
    /// The peers that were heard from lately.
    pub heartbeats: Heartbeats,
    /// When each device code was last asked for.
    pub poll_rates: PollRates,
    pub rate_limits: RateLimits,
    /// What programs said of themselves lately.
    pub documents: Documents,
    /// How many connections each address holds.
    pub connections: Connections,
    /// Which credentials and browsers are being noted as used.
    pub uses_noted: UsesNoted,
    /// Whether it was able to answer when that was last asked.
    pub readiness: Readiness,
    /// What goes to its end though whoever asked for it is gone.
    pub unfinished: TaskTracker,
    /// What whoever runs it can count.
    pub counters: Counters,
    /// Sends invites, where a mail server was named.
    pub mailer: Option<Mailer>,
    /// What the instance was told at the start.
    pub config: Config,
    /// What time it is.
    pub clock: Clock,
    /// The random id the database was given when it was made.
    pub instance_id: String,
    /// The one account of an embedded instance: its pages need no sign-in for
    /// a ticket, and offer no sign-up.
    pub owner: Option<String>,
}

impl State {
    /// The state of a listener reached at `base`, whose pages are at `pages`.
    pub fn new(shared: Arc<Shared>, base: Url, pages: Url) -> Self {
        Self { shared, base: Arc::new(base), pages: Arc::new(pages) }
    }

    /// What all listeners share.
    pub fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// Now, in Unix milliseconds.
    pub fn now(&self) -> i64 {
        self.shared.clock.now()
    }

    /// Hears from now on what other processes write.
    pub fn watch(&self) {
        self.watch.begin(|| Watched {
            codes: self.wake.clone(),
            meshes: self.mesh_wake.clone(),
            store: self.store.clone(),
            clock: self.clock.clone(),
        });
    }

    /// Does `work` to its end even where whoever asked is gone, and the instance is told
    /// to stop: for what somebody else gives once.
    ///
    /// # Errors
    /// Those of `work`.
    pub async fn to_its_end<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, Denied>> + Send + 'static,
    ) -> Result<T, Denied> {
        let done = self.unfinished.spawn(work).await;
        done.map_err(|why| Denied::Failed(AppError::internal(why)))?
    }

    /// Waits until nothing of that is left.
    pub async fn finished(&self) {
        self.unfinished.close();
        self.unfinished.wait().await;
    }

    /// Answers whoever waits, and whoever still comes to.
    pub fn end_waits(&self) {
        self.wake.stop();
        self.mesh_wake.stop();
    }

    /// Whether this is the built-in instance of one person.
    pub fn is_embedded(&self) -> bool {
        self.shared.owner.is_some()
    }

    /// Whether programs register themselves: where somebody can let them in by a
    /// page, and whoever runs it lets them.
    pub fn registers_clients(&self) -> bool {
        self.config.registers_clients && !self.is_embedded()
    }

    /// Whether programs are known by documents, where somebody can let them in.
    pub fn reads_client_documents(&self) -> bool {
        self.config.client_documents.are_read() && !self.is_embedded()
    }

    /// Whether this listener is reached by HTTPS.
    pub fn is_https(&self) -> bool {
        self.base.scheme() == "https"
    }

    /// The same for other people. The owner's own instance may have become a
    /// team's: then they come to where `crewmesh serve` is reached, whoever
    /// serves it at this moment.
    pub async fn page_for_others(&self, path: &str) -> Result<String, DbError> {
        if self.is_embedded()
            && let Some(address) = self.store.address().await?
            && self.store.has_admin().await?
        {
            return Ok(format!("{address}{path}"));
        }
        Ok(self.page(path))
    }

    /// Where the upstream called `slug` is to send people back to: what it has
    /// to be told when this instance is made known to it.
    pub fn way_back_from(&self, slug: &str) -> String {
        self.page(&format!("/login/with/{slug}/back"))
    }

    /// `path` under where pages are reached.
    pub fn page(&self, path: &str) -> String {
        format!("{}{path}", origin(&self.pages))
    }
}

impl Deref for State {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.shared
    }
}

/// Scheme and authority of `url`, without the slash that [`Url`] adds: what an
/// issuer and an `Origin` header look like.
pub fn origin(url: &Url) -> String {
    url.as_str().trim_end_matches('/').to_owned()
}
