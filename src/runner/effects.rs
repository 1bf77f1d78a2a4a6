//! What each effect is outside the wizard.

use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;

use crate::agent;
use crate::credentials::Credentials;
use crate::credentials::auth_file::StoredSource;
use crate::credentials::keyring::Ask;
use crate::desktop::{browser, clipboard};
use crate::environment::Environment;
use crate::error::{AppError, ErrorKind};
use crate::home::folder::Folder;
use crate::home::pending;
use crate::instance::Connector;
use crate::machine::facts;
use crate::model::{
    Access, Account, Agent, Instance, LaunchPlan, Machine, Mesh, Pending, StorePlace,
};
use crate::sign_in;
use crate::time_point::TimePoint;
use crate::wire::{MachineChange, NewMachine, NewMesh};
use crate::wizard::effect::Effect;
use crate::wizard::event::{Reply, SavedSession};

/// What effects are executed with. Cheap to clone into a task.
#[derive(Clone, Debug)]
pub(super) struct EffectContext {
    pub(super) env: Arc<Environment>,
    pub(super) connector: Arc<Connector>,
    pub(super) credentials: Credentials,
    pub(super) begun: Timestamp,
}

impl EffectContext {
    pub(super) async fn execute(self, effect: Effect) -> Option<Reply> {
        let Self { env, connector, credentials, .. } = &self;
        Some(match effect {
            Effect::FindInstance(typed) => Reply::Instance(connector.find(&typed).await),
            Effect::AskSignUp(instance) => Reply::SignUp(
                connector.endpoints(&instance).await.map(|endpoints| endpoints.sign_up),
            ),
            Effect::TakeUp(instance) => Reply::SignIn(self.take_up(instance, false).await),
            Effect::Unlock(instance) => Reply::SignIn(self.take_up(instance, true).await),
            Effect::ProbeStore => Reply::Store(self.blocking(Credentials::probe).await.ok()?),
            Effect::AskDeviceCode(instance, invite) => {
                let (device, invite) = (facts::device(env), invite.as_ref());
                let code = sign_in::request_code(connector, &instance, device, invite).await;
                Reply::Code(code.map(Box::new))
            }
            Effect::Resume(pending) => {
                Reply::Code(sign_in::resume(connector, &pending).await.map(Box::new))
            }
            Effect::Poll { code, after, hold } => {
                tokio::time::sleep(after).await;
                Reply::Poll(sign_in::poll(connector, &code, hold).await)
            }
            Effect::DropPending(code) => {
                sign_in::drop_pending(connector, &code);
                return None;
            }
            Effect::DeclinePending(pending) => {
                sign_in::decline(connector, &pending).await;
                return None;
            }
            Effect::PutOff(access) => {
                // Where it cannot be ended it ends by itself.
                let _ = sign_in::put_off(connector, &access).await;
                return None;
            }
            Effect::Moved(instance) => Reply::Moved(self.moved(instance).await),
            Effect::AllowHttp(instance) => {
                // Not kept only means asked again next time.
                let _ = connector.allow_http(&instance);
                return None;
            }
            Effect::LookAtCard(code) => Reply::Card(sign_in::approval_card(connector, &code).await),
            Effect::Settle { code, approve } => {
                Reply::Settled(sign_in::answer(connector, &code, approve).await)
            }
            effect @ (Effect::LookAtCode { .. }
            | Effect::SettleCode { .. }
            | Effect::ListMembers { .. }
            | Effect::ListPeers { .. }
            | Effect::ListWaiting(_)
            | Effect::ChangeMember { .. }
            | Effect::RemoveMember { .. }
            | Effect::PreviewInvite { .. }
            | Effect::AcceptInvite { .. }) => self.about_others(effect).await?,
            effect @ (Effect::ListConnections(_)
            | Effect::ListShares { .. }
            | Effect::ListProviders(_)
            | Effect::Connect { .. }
            | Effect::StartProviderFlow { .. }
            | Effect::AwaitProviderFlow { .. }
            | Effect::DropProviderFlow { .. }) => self.about_providers(effect).await?,
            Effect::OpenNearby(code) => Reply::Nearby(sign_in::open_nearby(connector, &code).await),
            Effect::Identify { access, after } => {
                tokio::time::sleep(after).await;
                Reply::Account(self.identify(&access).await)
            }
            Effect::Save { access, account, place, ask } => {
                Reply::Saved(self.save(access, account, place, ask).await)
            }
            Effect::Revoke(access) => Reply::Revoked(sign_in::revoke(connector, &access).await),
            Effect::ListMeshes(access) => Reply::Meshes(self.meshes(&access).await),
            Effect::CreateMesh(access, mesh) => Reply::Mesh(self.create_mesh(&access, &mesh).await),
            Effect::ListMachines(access) => Reply::Machines(self.machines(&access).await),
            Effect::RegisterMachine { access, name, slug, location } => {
                Reply::Machine(self.register(&access, name, slug, location).await)
            }
            Effect::LocateMachine { access, machine, location } => {
                Reply::Machine(self.locate(&access, &machine, location).await)
            }
            Effect::FindAgents => Reply::Agents(self.find_agents().await?),
            Effect::AskAgentVersion(agent) => Reply::AgentVersion(self.with_version(agent).await),
            Effect::FindAgent(name) => Reply::Agent(self.find_agent(name).await?),
            Effect::FindPending => Reply::Pending(self.find_pending().await?),
            Effect::Remember { access, account: _, plan } => {
                // Not kept only means asked again next time.
                let _ = self.remember(&access, *plan).await;
                return None;
            }
            Effect::Copy(text) => {
                Reply::Copied(self.desktop(move |env| clipboard::copy(env, &text)).await?)
            }
            Effect::Open(link) => {
                Reply::Opened(self.desktop(move |env| browser::open(env, &link)).await?)
            }
            Effect::KeepLanguage(language) => {
                // The page speaks it already; not kept only means asked again.
                let _ = credentials.home().keep_language(language);
                Reply::Language(language)
            }
            Effect::SetAside => Reply::SetAside(credentials.quarantine()),
        })
    }

    /// Runs what waits for a program of the desktop's.
    async fn desktop<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Environment) -> T + Send + 'static,
    ) -> Option<T> {
        let env = self.env.clone();
        tokio::task::spawn_blocking(move || work(&env)).await.ok()
    }

    /// What can be started here, with the versions that are known already.
    async fn find_agents(&self) -> Option<Vec<Agent>> {
        let (env, folder) = (self.env.clone(), self.cache());
        let found = move || {
            let mut agents = agent::detect::on_path(&env);
            for agent in &mut agents {
                let cached = |folder: &PathBuf| agent::version::cached(folder, agent);
                agent.version = folder.as_ref().and_then(cached);
            }
            agents
        };
        tokio::task::spawn_blocking(found).await.ok()
    }

    async fn with_version(&self, agent: Agent) -> Agent {
        let version = agent::version::ask(&self.env, self.cache().as_deref(), &agent).await;
        Agent { version, ..agent }
    }

    async fn find_agent(&self, name: String) -> Option<Result<Agent, AppError>> {
        let env = self.env.clone();
        tokio::task::spawn_blocking(move || agent::detect::named(&env, &name)).await.ok()
    }

    async fn find_pending(&self) -> Option<Option<Pending>> {
        let env = self.env.clone();
        let found = move || pending::find(&env, None, TimePoint::now());
        tokio::task::spawn_blocking(found).await.ok()
    }

    /// Where versions of agents are kept, if anything is kept here.
    fn cache(&self) -> Option<PathBuf> {
        Some(Folder::in_order(&self.env)?.path().to_owned())
    }

    /// Runs what blocks (files, the keyring) on a thread of its own.
    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Credentials) -> T + Send + 'static,
    ) -> Result<T, AppError> {
        let credentials = self.credentials.clone();
        tokio::task::spawn_blocking(move || work(&credentials)).await.map_err(AppError::internal)
    }

    async fn take_up(
        &self,
        instance: Instance,
        unlock: bool,
    ) -> Result<Option<(Access, Account)>, AppError> {
        let name = instance.name;
        let token = move |credentials: &Credentials| {
            if unlock { credentials.token_unlocking(&name) } else { credentials.token(&name) }
        };
        let access = self.blocking(token).await??;
        let Some(access) = access else { return Ok(None) };
        let account = self.identify(&access).await?;
        Ok(Some((access, account)))
    }

    /// Whose token it is; one that is kept here counts as verified from now.
    async fn identify(&self, access: &Access) -> Result<Account, AppError> {
        let account = sign_in::identify(&self.connector, access).await?;
        if access.source.is_ours() {
            // Only the fast way of a returning start hangs on it.
            let (name, now) = (&access.instance.name, Timestamp::now());
            let _ = self.credentials.verified(name, now, account.expires_at);
        }
        Ok(account)
    }

    async fn save(
        &self,
        mut access: Access,
        account: Account,
        place: StorePlace,
        ask: bool,
    ) -> Result<SavedSession, AppError> {
        let ask = if ask { Ask::Anything } else { Ask::ToUnlock };
        if access.instance.id.is_none() {
            // What it is called in a keyring hangs on that.
            let endpoints = self.connector.endpoints(&access.instance).await;
            access.instance.id = endpoints.ok().and_then(|all| all.instance_id.clone());
        }
        let begun = self.begun;
        self.blocking(move |credentials| {
            let name = &access.instance.name;
            let auth = credentials.auth()?;
            // Whoever signed in beside us, at another terminal, goes on with that.
            let meanwhile =
                auth.instances.get(name).and_then(|saved| saved.created_at) >= Some(begun);
            // Whoever is asked for this anyway is asked once.
            let is_asked = |code: &str| {
                code == "keyring_locked" || (code == "keyring_asks" && ask == Ask::Anything)
            };
            let earlier = match credentials.token(name) {
                Err(shut) if place == StorePlace::Keyring && is_asked(&shut.code) => {
                    credentials.token_unlocking(name)
                }
                earlier => earlier,
            };
            // An access token lives on anyway.
            let was_session = auth.instances.get(name).is_none_or(|saved| {
                !matches!(saved.source, Some(StoredSource::Pat | StoredSource::Env))
            });
            let place = credentials.save_asking(&access, &account, &place, ask)?;
            let (earlier, unreadable) = match earlier {
                Ok(earlier) => (earlier.filter(|_| !meanwhile), None),
                Err(error) => (None, Some(error).filter(|_| was_session)),
            };
            Ok(SavedSession { place, earlier, unreadable })
        })
        .await?
    }

    async fn moved(&self, mut instance: Instance) -> Result<(), AppError> {
        let endpoints = self.connector.endpoints(&instance).await?;
        instance.id.clone_from(&endpoints.instance_id);
        self.blocking(move |credentials| credentials.moved(&instance)).await?
    }

    async fn meshes(&self, access: &Access) -> Result<Vec<Mesh>, AppError> {
        let meshes = self.connector.client(access).await?.meshes().await?;
        let slugs = meshes.iter().map(|mesh| mesh.slug.clone()).collect();
        // Only the next start looks there.
        let _ = self.credentials.home().saw_meshes(&access.instance.name, slugs);
        Ok(meshes)
    }

    async fn create_mesh(&self, access: &Access, mesh: &NewMesh) -> Result<Mesh, AppError> {
        self.connector.client(access).await?.create_mesh(mesh).await
    }

    async fn machines(&self, access: &Access) -> Result<Vec<Machine>, AppError> {
        let anchor = self.connector.anchor(&self.credentials, access).await?;
        self.connector.client(access).await?.machines(Some(&anchor)).await
    }

    async fn register(
        &self,
        access: &Access,
        name: String,
        slug: Option<String>,
        location: Option<String>,
    ) -> Result<Machine, AppError> {
        let new = NewMachine {
            anchor: self.connector.anchor(&self.credentials, access).await?,
            name,
            slug,
            location,
            os: self.env.os.to_owned(),
            arch: self.env.arch.to_owned(),
        };
        let client = self.connector.client(access).await?;
        Ok(client.register_machine(&new).await?.machine)
    }

    async fn locate(
        &self,
        access: &Access,
        machine: &str,
        location: String,
    ) -> Result<Machine, AppError> {
        let change = MachineChange { location: Some(location), ..MachineChange::default() };
        let changed = self.connector.client(access).await?.change_machine(machine, &change).await?;
        // That route is not told who asks; the wizard moves this one only.
        Ok(Machine { this: true, ..changed })
    }

    async fn remember(&self, access: &Access, plan: LaunchPlan) -> Result<(), AppError> {
        let Some(directory) = self.env.directory.clone() else {
            return Err(AppError::new(
                ErrorKind::Internal,
                "no_directory",
                crate::i18n::Message::new("trouble-no-directory"),
            ));
        };
        // A token from a flag or the environment is not this home's to start
        // with again.
        if !access.source.is_ours() {
            return Ok(());
        }
        self.blocking(move |credentials| credentials.home().remember(&directory, &plan)).await?
    }
}
