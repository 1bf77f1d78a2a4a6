//! Effects become tasks, their outcomes become events.
//!
//! The [`Runner`] owns the asynchronous runtime, and so everything that waits
//! outside the wizard: requests, the embedded server, the keyring, a browser.
//! It decides nothing. A forgotten attempt is stopped at once, except where
//! stopping would leave half a thing behind ([`Effect::outlives_its_screen`]);
//! those are waited for in [`EffectRunner::finish`], and a sign-in whose saving
//! did not end in time is left to a later run, or revoked, rather than alive
//! and unknown.

mod effects;
mod others;
mod providers;

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use jiff::Timestamp;
use tokio::runtime::Runtime;
use tokio::task::JoinHandle;

use crate::credentials::Credentials;
use crate::environment::Environment;
use crate::error::AppError;
use crate::instance::Connector;
use crate::model::Access;
use crate::run::{EffectRunner, EventSender};
use crate::runner::effects::EffectContext;
use crate::sign_in;
use crate::wizard::effect::{Attempt, Command, Effect, Exit};
use crate::wizard::event::Event;

/// How long a token that could not be saved in time may take to be revoked.
const REVOKE_TIMEOUT: Duration = Duration::from_secs(2);

/// Executes the wizard's effects.
#[derive(Debug)]
pub struct Runner {
    runtime: Runtime,
    context: EffectContext,
    events: EventSender,
    tasks: HashMap<Attempt, Task>,
}

/// A task under way.
#[derive(Debug)]
struct Task {
    handle: JoinHandle<()>,
    /// Not stopped when its screen is left.
    outlives: bool,
    /// What is to be revoked if it does not end: a sign-in being saved.
    saving: Option<Access>,
}

impl Runner {
    /// Makes the runtime; the HTTP client and the embedded server come into
    /// being with the first effect that needs them.
    ///
    /// # Errors
    /// When the operating system gives no runtime.
    pub fn new(
        connector: Arc<Connector>,
        credentials: Credentials,
        env: Arc<Environment>,
        events: EventSender,
    ) -> Result<Self, AppError> {
        // One thread beside the one that draws: nothing here is busy for long,
        // and each further one costs memory at rest.
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .map_err(AppError::internal)?;
        let context = EffectContext { env, connector, credentials, begun: Timestamp::now() };
        Ok(Self { runtime, context, events, tasks: HashMap::new() })
    }

    fn start(&mut self, attempt: Attempt, effect: Effect) {
        self.tasks.retain(|_, task| !task.handle.is_finished());
        let outlives = effect.outlives_its_screen();
        let saving = match &effect {
            Effect::Save { access, .. } => Some(access.clone()),
            _ => None,
        };
        let (context, events) = (self.context.clone(), self.events.clone());
        // A panic in an effect reaches the wizard's loop instead of leaving a
        // page that waits for an answer for ever.
        let work = AssertUnwindSafe(context.execute(effect)).catch_unwind();
        let handle = self.runtime.spawn(async move {
            match work.await {
                Ok(Some(reply)) => events.reply(attempt, reply),
                Ok(None) => {}
                // The panic hook has the words; the walk cannot go on.
                Err(_) => events.send(Event::Leave(Exit::HungUp)),
            }
        });
        self.tasks.insert(attempt, Task { handle, outlives, saving });
    }

    fn forget(&mut self, attempt: Attempt) {
        if self.tasks.get(&attempt).is_some_and(|task| !task.outlives)
            && let Some(task) = self.tasks.remove(&attempt)
        {
            task.handle.abort();
        }
    }
}

impl EffectRunner for Runner {
    fn execute(&mut self, command: Command) {
        match command {
            Command::Start(attempt, effect) => self.start(attempt, effect),
            Command::Forget(attempt) => self.forget(attempt),
            // The loop's own.
            Command::Plain | Command::Exit(_) => {}
        }
    }

    fn finish(self, grace: Duration) {
        let Self { runtime, context, tasks, events } = self;
        drop(events);
        let (lasting, passing): (Vec<_>, Vec<_>) =
            tasks.into_values().partition(|task| task.outlives);
        for task in &passing {
            task.handle.abort();
        }
        let EffectContext { connector, .. } = context;
        runtime.block_on(async {
            let deadline = tokio::time::Instant::now() + grace;
            // A program that one of them started is ended before we become another.
            for task in passing {
                let _ = tokio::time::timeout_at(deadline, task.handle).await;
            }
            for mut task in lasting {
                if tokio::time::timeout_at(deadline, &mut task.handle).await.is_ok() {
                    continue;
                }
                task.handle.abort();
                if let Some(access) = task.saving {
                    let put_off = sign_in::put_off(&connector, &access);
                    let _ = tokio::time::timeout(REVOKE_TIMEOUT, put_off).await;
                }
            }
            // Every task is gone, so nobody else holds the way outside.
            if let Some(connector) = Arc::into_inner(connector) {
                let _ = tokio::time::timeout(REVOKE_TIMEOUT, connector.stop()).await;
            }
        });
        // A keyring that never answers must not keep the terminal waiting.
        runtime.shutdown_background();
    }
}
