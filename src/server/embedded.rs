//! The instance built into a command: one account, the operating system's
//! user, no password, no sign-up.
//!
//! It listens twice. A private listener on a port of its own serves this
//! process's client, which never sends a token to a port it read from a file.
//! The stable port kept in the home serves pages to the person's browser.
//!
//! The surprising rule: the owner ticket in a page's address settles exactly
//! the one code it was made for, sets no cookie and opens nothing else. It is
//! made by [`Embedded::links`] alone, in this process, for whoever holds the
//! device code; never over HTTP, because another user of this computer can
//! reach loopback too.

mod nearby;
mod port;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use url::Url;

use self::nearby::Nearby;
use super::config::{Config, Database};
use super::domain::device_code_state::{Decision, TooLate};
use super::http::listen::{self, ServerHandle};
use super::operations::{Denied, Principal, approvals};
use super::pages;
use super::providers::Providers;
use super::router::router;
use super::start::{self, base_of, share};
use super::state::{State, origin};
use super::store::{self, Account, DeviceCode, Store};
use crate::error::{AppError, ErrorKind};
use crate::i18n::Message;
use crate::model::{Audience, Links};
use crate::secret::Secret;
use crate::wire::{ApprovalCard, StepUp};

/// Whose instance it is.
#[derive(Clone, Debug)]
pub struct Owner {
    /// The instance key (`CREWMESH_INSTANCE_KEY`) where `crewmesh serve` made
    /// the database with one. A key file beside the database comes first, so
    /// that a key meant for another instance shuts nobody out of this one.
    pub key: Option<Secret>,
    /// The login name: what the account is found again by.
    pub user: String,
    /// The display name it is made with.
    pub person: String,
    /// How AI providers are asked.
    pub providers: Providers,
}

/// The embedded instance, running in this process.
#[derive(Debug)]
pub struct Embedded {
    state: State,
    owner: Account,
    private: ServerHandle,
    pages: Option<ServerHandle>,
    nearby: Mutex<Option<Nearby>>,
}

impl Embedded {
    /// Starts it in `home`, making it at the first start.
    ///
    /// # Errors
    /// When the home, the database or the key cannot be used.
    pub async fn start(home: &Path, owner: Owner) -> Result<Self, AppError> {
        make_home(home)?;
        let loopback = SocketAddr::new(Ipv4Addr::LOCALHOST.into(), 0);
        let mut config = Config::new(loopback, Database::in_home(home));
        // One person, and most is read and written past the pool.
        config.connections = Some(2);
        config.providers = owner.providers.clone();
        let now = config.clock.now();
        config.key = owner.key.filter(|_| !config.database.has_key_file());
        let opened = Store::open(&config.database, config.connections, config.given_keys()).await?;
        let account = opened.store.owner(&owner.user, &owner.person, now).await?;

        let listener = listen::bind(loopback, false).map_err(|why| cannot_listen(&why))?;
        let base = base_of(listener.local_addr().map_err(|why| cannot_listen(&why))?)?;
        let lock = store::lock(home.join("instance.port.lock"), home).await?;
        let place = port::take(home, &opened.instance_id).await?;
        let pages_base = base_of(SocketAddr::new(Ipv4Addr::LOCALHOST.into(), place.port))?;

        let shared = Arc::new(share(config, opened, Some(account.id.clone())));
        let state = State::new(shared.clone(), base, pages_base.clone());
        let private = ServerHandle::serve(listener, router(state.clone()))
            .map_err(|why| cannot_listen(&why))?;
        let pages = match place.listener {
            Some(listener) => {
                let state = State::new(shared, pages_base.clone(), pages_base);
                let pages = ServerHandle::serve(listener, router(state));
                Some(pages.map_err(|why| cannot_listen(&why))?)
            }
            None => None,
        };
        // Held until the port is served, so that a sibling that asks who is
        // there gets an answer.
        drop(lock);
        Ok(Self { state, owner: account, private, pages, nearby: Mutex::new(None) })
    }

    /// The private listener that this process's own client uses.
    pub fn base_url(&self) -> &Url {
        &self.state.base
    }

    /// The random id the database was given when it was made.
    pub fn instance_id(&self) -> &str {
        &self.state.instance_id
    }

    /// What its routes are given.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// The page of a code that this process polls, with the owner ticket.
    ///
    /// # Errors
    /// When there is no such code.
    pub async fn links(&self, device_code: &Secret) -> Result<Links, AppError> {
        let code = self.code(device_code).await?;
        self.links_at(&self.state.pages, device_code, &code, Audience::ThisComputer)
    }

    /// What the approval card says, for approving in the terminal.
    ///
    /// # Errors
    /// When there is no such code, or it was settled or ended.
    pub async fn card(&self, device_code: &Secret) -> Result<ApprovalCard, AppError> {
        let code = self.open_code(device_code).await?;
        let user_code = self.state.keys.user_code(device_code);
        match approvals::card(&self.state, &self.owner, &code, &user_code).await {
            Err(Denied::Db(fault)) => Err(fault.into()),
            card => card.map_err(|denied| AppError::internal(format!("{denied:?}"))),
        }
    }

    /// Approves or denies as the owner.
    ///
    /// # Errors
    /// When there is no such code, or it was settled or ended.
    pub async fn settle(&self, device_code: &Secret, approve: bool) -> Result<(), AppError> {
        let code = self.code(device_code).await?;
        let decision = if approve { Decision::Approve } else { Decision::Deny };
        let by = Principal::at_terminal(self.owner.clone());
        approvals::settle(&self.state, &by, &code, decision, StepUp::default()).await.map_err(
            |denied| match denied {
                Denied::NotFound(_) => unknown(),
                Denied::TooLate(why) => too_late(why),
                Denied::Db(fault) => fault.into(),
                other => AppError::internal(format!("{other:?}")),
            },
        )
    }

    /// Serves this one card to the network, until the code ends.
    ///
    /// # Errors
    /// When there is no such code, or no network.
    pub async fn open_nearby(&self, device_code: &Secret) -> Result<Links, AppError> {
        let code = self.open_code(device_code).await?;
        let open = {
            let nearby = self.nearby.lock().unwrap_or_else(PoisonError::into_inner);
            nearby.as_ref().filter(|nearby| nearby.serves(&code)).map(|nearby| nearby.base.clone())
        };
        let base = if let Some(base) = open {
            base
        } else {
            let nearby =
                Nearby::open(&self.state, &code, |state| Ok(pages::card_router(state, &code)))?;
            let base = nearby.base.clone();
            *self.nearby.lock().unwrap_or_else(PoisonError::into_inner) = Some(nearby);
            base
        };
        self.links_at(&base, device_code, &code, Audience::ThisNetwork)
    }

    /// Waits until what goes to its end is there.
    pub async fn finished(&self) {
        self.state.finished().await;
    }

    /// Stops gracefully; nothing is left behind.
    pub async fn stop(self) {
        self.state.end_waits();
        let nearby = self.nearby.into_inner().unwrap_or_else(PoisonError::into_inner);
        drop(nearby);
        if let Some(pages) = self.pages {
            pages.stop().await;
        }
        self.private.stop().await;
        self.state.store.close().await;
    }

    async fn code(&self, device_code: &Secret) -> Result<DeviceCode, AppError> {
        let code = self.state.store.device_code(device_code, self.state.now()).await?;
        code.ok_or_else(unknown)
    }

    async fn open_code(&self, device_code: &Secret) -> Result<DeviceCode, AppError> {
        let code = self.code(device_code).await?;
        code.approval.may_settle(self.state.now()).map_err(too_late)?;
        Ok(code)
    }

    fn links_at(
        &self,
        base: &Url,
        device_code: &Secret,
        code: &DeviceCode,
        audience: Audience,
    ) -> Result<Links, AppError> {
        let user_code = self.state.keys.user_code(device_code);
        let ticket = self.state.keys.owner_ticket(&code.id);
        let origin = origin(base).to_ascii_uppercase();
        Ok(Links {
            uri: base.join("/d").map_err(AppError::internal)?,
            complete: Some(format!("{origin}/D/{user_code}/{}", ticket.expose())),
            audience,
        })
    }
}

fn make_home(home: &Path) -> Result<(), AppError> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(home).map_err(|why| {
        AppError::new(
            ErrorKind::Internal,
            "database_unusable",
            Message::new("server-database-unusable")
                .with("path", home.display().to_string())
                .with("why", why.to_string()),
        )
    })
}

fn cannot_listen(why: &std::io::Error) -> AppError {
    start::cannot_listen(SocketAddr::new(Ipv4Addr::LOCALHOST.into(), 0), why)
}

fn unknown() -> AppError {
    AppError::new(ErrorKind::NotFound, "not_found", Message::new("server-code-unknown"))
}

fn too_late(why: TooLate) -> AppError {
    match why {
        TooLate::Settled(_) => AppError::new(
            ErrorKind::AlreadyExists,
            "already_settled",
            Message::new("server-code-settled"),
        ),
        TooLate::Expired => {
            AppError::new(ErrorKind::Failed, "expired", Message::new("server-code-expired"))
        }
    }
}
