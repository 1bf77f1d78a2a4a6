//! What every command stands on: which instance and which token are
//! meant, a client for it (the embedded instance is started when it is the one
//! meant), a small runtime, and the way down again. Whatever a command does, what
//! was started here is stopped before its result is told, so that a script that
//! hears "done" finds nothing still running.

use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::runtime::Runtime;

use super::globals::Globals;
use super::output::Output;
use crate::api::Client;
use crate::credentials::Credentials;
use crate::credentials::resolve::{self, ChosenInstance, Resolved, Selection, choose};
use crate::environment::Environment;
use crate::error::ErrorKind::{NotSignedIn, Unreachable};
use crate::error::{AppError, ErrorKind};
use crate::home::directory_file;
use crate::home::disk::path_text;
use crate::i18n::{Catalog, Message, printable};
use crate::instance::Connector;
use crate::model::{Access, Instance, Source};
use crate::secret::{Secret, TokenKind};
use crate::sign_in::service_client;
use crate::terminal::{self, signals};
use crate::wire::NewAgentSession;
use crate::wizard::words::keyring_question;

/// How long is waited without a word for what cannot be done twice.
const NOTED: Duration = Duration::from_secs(1);

/// How long stopping may take: held requests are answered, files are closed.
const GRACE: Duration = Duration::from_secs(3);

/// What every command stands on.
#[derive(Debug)]
pub(super) struct CommandContext {
    pub env: Arc<Environment>,
    pub credentials: Credentials,
    pub out: Output,
    /// `-y`: every default that is shown is taken.
    pub yes: bool,
    instance: Option<String>,
    token: Option<Secret>,
    /// What was read from stdin as the token, once.
    read: OnceLock<Secret>,
}

/// Somebody signed in, and the way to their instance.
pub(super) struct SignedIn<'a> {
    pub context: &'a CommandContext,
    pub connector: &'a Connector,
    pub client: Client,
    pub access: Access,
    pub resolved: Resolved,
    /// What this directory says.
    pub directory: Option<directory_file::DirectoryChoice>,
}

impl SignedIn<'_> {
    /// What the instance is called.
    pub fn instance(&self) -> &str {
        &self.access.instance.name
    }
}

impl CommandContext {
    pub fn new(globals: &Globals, env: &Environment, catalog: Catalog) -> Self {
        let credentials = Credentials::new(env);
        // Whatever looks there first repairs it: what it was is said here. What
        // is wrong beyond that is told by whoever needs it.
        let _ = credentials.home().look();
        let context = Self {
            env: Arc::new(env.clone()),
            credentials,
            out: Output::new(catalog, globals.json),
            yes: globals.yes,
            instance: globals.instance.clone(),
            token: globals.token.clone(),
            read: OnceLock::new(),
        };
        context.tell_notes();
        context
    }

    /// The same for the instance of this name.
    pub fn at(&self, instance: &str) -> Self {
        Self {
            env: Arc::clone(&self.env),
            credentials: self.credentials.clone(),
            out: Output::new(Catalog::new(self.out.catalog().language()), self.out.is_json()),
            yes: self.yes,
            instance: Some(instance.to_owned()),
            token: self.token.clone(),
            read: self.read.clone(),
        }
    }

    /// Runs `work` with a way to every instance, then stops whatever that way
    /// started. Ctrl+C and SIGTERM end it early, in order.
    ///
    /// # Errors
    /// Those of `work`; interrupted.
    pub fn online<T>(
        &self,
        work: impl AsyncFnOnce(&Connector) -> Result<T, AppError>,
    ) -> Result<T, AppError> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(AppError::internal)?;
        let connector = self.connector();
        // After a walk they are armed again.
        let _heard = signals::in_order();
        let mut result = Err(AppError::internal("the command did not end"));
        let work = Box::pin(async { result = work(&connector).await });
        // Boxed: the rest is the same code for every command.
        let ended = runtime.block_on(unless_interrupted(work));
        self.end(runtime, connector);
        ended.and(result)
    }

    fn end(&self, runtime: Runtime, connector: Connector) {
        // What a provider gives it gives once, so that is waited for; whoever does not want
        // to says so once more.
        runtime.block_on(async {
            tokio::select! {
                biased;
                _ = interrupted() => {}
                () = self.finished(&connector) => {}
            }
        });
        let _ = runtime.block_on(async { tokio::time::timeout(GRACE, connector.stop()).await });
        // A question nobody answered must not hold the process.
        runtime.shutdown_background();
        terminal::give_back();
        self.tell_notes();
    }

    async fn finished(&self, connector: &Connector) {
        let mut finished = std::pin::pin!(connector.finished());
        if tokio::time::timeout(NOTED, &mut finished).await.is_err() {
            self.out.note(&Message::new("finishing"));
            finished.await;
        }
    }

    /// Runs `last` after everything else was stopped: it may reach an instance all the
    /// same.
    pub fn afterwards(last: impl Future<Output = ()>) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        if let Ok(runtime) = runtime {
            runtime.block_on(last);
            runtime.shutdown_background();
        }
    }

    /// Runs `work`, which needs no instance.
    ///
    /// # Errors
    /// Those of `work`.
    pub fn offline<T>(
        &self,
        work: impl Future<Output = Result<T, AppError>>,
    ) -> Result<T, AppError> {
        let runtime =
            tokio::runtime::Builder::new_current_thread().build().map_err(AppError::internal)?;
        let result = runtime.block_on(work);
        runtime.shutdown_background();
        self.tell_notes();
        result
    }

    /// The same for a command that needs somebody signed in.
    ///
    /// # Errors
    /// Exit code 2 when nobody is; those of `work`.
    pub fn signed_in<T>(
        &self,
        work: impl AsyncFnOnce(SignedIn<'_>) -> Result<T, AppError>,
    ) -> Result<T, AppError> {
        self.online(async |connector| {
            let signed_in = self.sign_in(connector).await?;
            let source = signed_in.access.source;
            work(signed_in).await.map_err(|error| of_a_given_token(error, source))
        })
    }

    /// Whoever is signed in.
    ///
    /// # Errors
    /// Exit code 2 when nobody is.
    pub async fn sign_in<'c>(&'c self, connector: &'c Connector) -> Result<SignedIn<'c>, AppError> {
        let selection = self.selection().await?;
        let resolved = self.resolved(&selection).await?;
        let resolved = self.entered(connector, resolved).await?;
        let Some(access) = resolved.access.clone() else {
            return Err(not_signed_in(&resolved.instance, &self.env));
        };
        let (client, access) = self.as_agent(connector, access).await?;
        let directory = selection.directory;
        Ok(SignedIn { context: self, connector, client, access, resolved, directory })
    }

    /// The way in with `access`. A code agent that comes with its person's sign-in is
    /// given one of its own first, by the first of its commands that needs it.
    async fn as_agent(
        &self,
        connector: &Connector,
        access: Access,
    ) -> Result<(Client, Access), AppError> {
        let client = connector.client(&access).await?;
        let is_devices = TokenKind::of(access.token.expose()) == Ok(TokenKind::Session);
        if access.source != Source::Stored || !is_devices {
            return Ok((client, access));
        }
        let (credentials, instance) = (self.credentials.clone(), access.instance.clone());
        let turn = tokio::task::spawn_blocking(move || credentials.agent_turn());
        let Some(_turn) = turn.await.map_err(AppError::internal)?.ok().flatten() else {
            return Ok((client, access));
        };
        if let Some(own) = self.credentials.agent_sign_in(&instance)? {
            return Ok((connector.client(&own).await?, own));
        }
        let name = self.env.variables.get("CREWMESH_AGENT").unwrap_or("agent").to_owned();
        match client.begin_agent_session(&NewAgentSession { name }).await {
            Ok(begun) => {
                let own = self.credentials.keep_agent_sign_in(&instance, begun)?;
                Ok((connector.client(&own).await?, own))
            }
            Err(error) if matches!(error.kind, Unreachable | NotSignedIn) => Err(error),
            // Another server, or an older one, knows none.
            Err(_) => Ok((client, access)),
        }
    }

    /// The same with the token of a service client, where one is to be
    /// fetched.
    ///
    /// # Errors
    /// Those of [`service_client::sign_in`].
    pub async fn entered(
        &self,
        connector: &Connector,
        mut resolved: Resolved,
    ) -> Result<Resolved, AppError> {
        if let Some(key) = resolved.client.take() {
            resolved.access =
                Some(service_client::sign_in(connector, &resolved.instance, &key).await?);
        }
        Ok(resolved)
    }

    /// The sign-in that is meant, a service client's too.
    ///
    /// # Errors
    /// Exit code 2 when nobody is signed in; those of [`resolve::resolve`] and
    /// [`service::sign_in`].
    pub fn access(&self, selection: &Selection) -> Result<Access, AppError> {
        self.online(async |connector| {
            let resolved = self.resolved(selection).await?;
            let resolved = self.entered(connector, resolved).await?;
            resolved.access.ok_or_else(|| not_signed_in(&resolved.instance, &self.env))
        })
    }

    /// Which instance and which token are meant.
    ///
    /// # Errors
    /// Those of [`resolve::resolve`].
    pub async fn resolve(&self) -> Result<Resolved, AppError> {
        let selection = self.selection().await?;
        self.resolved(&selection).await
    }

    async fn resolved(&self, selection: &Selection) -> Result<Resolved, AppError> {
        let (credentials, env) = (self.credentials.clone(), Arc::clone(&self.env));
        let selection = selection.clone();
        self.unlocking(move |unlock| resolve::resolve_with(&credentials, &env, &selection, unlock))
            .await
    }

    /// The sign-in kept for this instance.
    ///
    /// # Errors
    /// Those of [`Credentials::token`].
    pub async fn token(&self, name: &str) -> Result<Option<Access>, AppError> {
        let (credentials, name) = (self.credentials.clone(), name.to_owned());
        let token = move |unlock: bool| {
            if unlock { credentials.token_unlocking(&name) } else { credentials.token(&name) }
        };
        self.unlocking(token).await
    }

    /// Reads what may be in a keyring. One that is locked, or wants permission for
    /// each program, asks whoever sits at the terminal, for as long as they take;
    /// they are told what is waited for.
    async fn unlocking<T: Send + 'static>(
        &self,
        read: impl Fn(bool) -> Result<T, AppError> + Send + 'static,
    ) -> Result<T, AppError> {
        match read(false) {
            Err(shut) if self.can_ask() && keyring_question(&shut).is_some() => {
                self.out.note(&Message::new(keyring_question(&shut).unwrap_or_default()));
                let unlocked = tokio::task::spawn_blocking(move || read(true));
                unlocked.await.map_err(AppError::internal)?
            }
            other => other,
        }
    }

    /// Which instance is meant, without looking for a stored token.
    ///
    /// # Errors
    /// Those of [`choose`].
    pub async fn choose(&self) -> Result<ChosenInstance, AppError> {
        let selection = self.selection().await?;
        choose(&self.credentials, &self.env, &selection)
    }

    /// The instance that was named for this command, by option or variable.
    ///
    /// # Errors
    /// Those of [`resolve::named_instance`].
    pub fn named(&self) -> Result<Option<Instance>, AppError> {
        resolve::named_instance(&self.credentials, &self.env, self.instance.as_deref())
    }

    /// What was given with the command; `--token -` is read here, once.
    ///
    /// # Errors
    /// When stdin holds no token.
    pub async fn selection(&self) -> Result<Selection, AppError> {
        let token = match &self.token {
            Some(token) if token.expose() == "-" => {
                let token = match self.read.get() {
                    Some(token) => token.clone(),
                    None => self.hidden(&Message::new("token-from-stdin")).await?,
                };
                if token.is_empty() {
                    return Err(AppError::new(
                        ErrorKind::BadArguments,
                        "token_missing",
                        Message::new("token-stdin-empty"),
                    )
                    .hint(Message::new("token-stdin-empty-hint")));
                }
                Some(self.read.get_or_init(|| token).clone())
            }
            Some(token) => {
                self.out.note(&Message::new("token-in-arguments"));
                Some(token.clone())
            }
            None => None,
        };
        let named = self.instance.is_some()
            || ["CREWMESH_INSTANCE", "CREWMESH_API_URL", "CREWMESH_TOKEN", "CREWMESH_CLIENT_ID"]
                .into_iter()
                .any(|name| self.env.variables.has(name));
        // What is named otherwise needs no directory, and nobody is asked.
        let directory = if named || token.is_some() { None } else { self.directory().await };
        Ok(Selection { instance: self.instance.clone(), token, directory })
    }

    /// What this directory says, where it may say something: a file that was
    /// not seen before is asked about once, and ignored where nobody answers.
    pub async fn directory(&self) -> Option<directory_file::DirectoryChoice> {
        let choice = match directory_file::find(&self.env) {
            directory_file::Found::Nothing => return None,
            directory_file::Found::Ignored { file, because } => {
                let file = path_text(&file);
                let note = Message::new("directory-ignored").with("file", file);
                self.out.note(&note.with("because", because));
                return None;
            }
            directory_file::Found::Choice(choice) => choice,
        };
        let fingerprint = choice.fingerprint();
        if let Some(answered) = self.credentials.home().directory_answer(&fingerprint) {
            return answered.then_some(choice);
        }
        let file = path_text(&choice.file);
        if !self.can_ask() {
            self.out.note(&Message::new("directory-not-asked").with("file", file));
            return None;
        }
        let says = |text: &Option<String>| printable(text.as_deref().unwrap_or("–"));
        let question = Message::new("directory-ask")
            .with("file", file)
            .with("instance", says(&choice.instance))
            .with("mesh", says(&choice.mesh));
        let yes =
            self.confirm_in_person(&question, false, "directory-ask").await.unwrap_or_default();
        // Not kept only means asked again.
        let _ = self.credentials.home().keep_directory_answer(&fingerprint, yes);
        yes.then_some(choice)
    }

    /// Tells what the store had to say meanwhile.
    pub fn tell_notes(&self) {
        for note in self.credentials.home().take_notes() {
            self.out.note(&note);
        }
    }
}

/// Nobody is signed in to the instance that is meant.
pub(super) fn not_signed_in(instance: &Instance, env: &Environment) -> AppError {
    let name = printable(&instance.name);
    // A login needs somebody to ask; a script has a token.
    let hint = if env.can_ask() { "nobody-signed-in-hint" } else { "nobody-signed-in-script-hint" };
    AppError::new(
        ErrorKind::NotSignedIn,
        "not_signed_in",
        Message::new("nobody-signed-in").with("instance", name.as_str()),
    )
    .hint(Message::new(hint).with("instance", name))
}

/// A login would not help where a token that was given goes before it.
pub(super) fn of_a_given_token(error: AppError, source: Source) -> AppError {
    if source.is_given() && error.kind == ErrorKind::NotSignedIn {
        return error.hint(Message::new("token-given-rejected-hint"));
    }
    error
}

/// Waits for `work`, or for the person or the system to want this to end.
async fn unless_interrupted(work: Pin<Box<dyn Future<Output = ()> + '_>>) -> Result<(), AppError> {
    tokio::select! {
        // Listening for Ctrl+C comes first: a question that hides what is typed
        // must never be ended without the way down.
        biased;
        error = interrupted() => Err(error),
        () = work => Ok(()),
    }
}

/// Comes when the person or the system wants this to end, and says which of
/// the two by its exit code.
async fn interrupted() -> AppError {
    let stop = async {
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};
            if let (Ok(mut term), Ok(mut hang_up)) =
                (signal(SignalKind::terminate()), signal(SignalKind::hangup()))
            {
                return tokio::select! {
                    _ = term.recv() => ErrorKind::Terminated,
                    _ = hang_up.recv() => ErrorKind::HungUp,
                };
            }
        }
        std::future::pending().await
    };
    let ctrl_c = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    interruption(tokio::select! {
        () = ctrl_c => ErrorKind::Interrupted,
        kind = stop => kind,
    })
}

/// The person or the system ended a command early, and `kind` says which.
pub(super) fn interruption(kind: ErrorKind) -> AppError {
    AppError::new(kind, "interrupted", Message::new("trouble-interrupted"))
}
