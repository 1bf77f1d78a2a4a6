//! Who is signed in, and which mesh is meant, for tools that run on any thread: they
//! ask here, and it is looked up on the thread that has the command's words and files.

use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use tokio::sync::{Mutex, mpsc, oneshot};

use super::given::Given;
use super::own_peer::{OwnPeer, Seen};
use super::unread::Unread;
use super::watched;
use crate::api::Client;
use crate::cli::context::{CommandContext, SignedIn};
use crate::cli::which_mesh::mesh_meant;
use crate::credentials::resolve::Resolved;
use crate::error::{AppError, ErrorKind};
use crate::home::directory_file::DirectoryChoice;
use crate::instance::Connector;
use crate::mcp::{Seen as Look, Sight, Whoami, Workplace};
use crate::model::{Access, Delivery};
use crate::wire::{
    Inbox, InboxRead, Machine, Member, Mesh, MeshMessage, MintedInvite, NewInvite, NewMessage,
    NewTask, Peer, PeerChange, Task, TaskAction, TaskState, TaskStep,
};

/// What is asked at the desk.
#[derive(Debug)]
enum Question {
    SignedIn(oneshot::Sender<Result<(Client, String), AppError>>),
    Mesh(Option<String>, oneshot::Sender<Result<Mesh, AppError>>),
    /// The sign-in was refused: it is to be looked up anew.
    Refused,
}

/// Answers questions, one by one or several at once.
#[derive(Debug)]
pub(super) struct Desk {
    questions: Mutex<mpsc::UnboundedReceiver<Question>>,
    /// The mesh that the command was given.
    mesh: Option<String>,
    signed_in: Mutex<Option<Kept>>,
}

/// A sign-in as it was found.
#[derive(Clone, Debug)]
struct Kept {
    client: Client,
    access: Access,
    resolved: Resolved,
    directory: Option<DirectoryChoice>,
}

impl Desk {
    /// A desk, and the workplace that asks there.
    pub fn new(mesh: Option<String>, own: OwnPeer) -> (Self, Here) {
        let (ask, questions) = mpsc::unbounded_channel();
        let desk = Self { questions: questions.into(), mesh, signed_in: Mutex::default() };
        (desk, Here { ask, own, given: Given::default(), unread: Unread::default() })
    }

    /// Answers for as long as this is waited for.
    pub async fn answer(&self, context: &CommandContext, connector: &Connector) {
        let mut questions = self.questions.lock().await;
        let mut answering = FuturesUnordered::new();
        loop {
            tokio::select! {
                question = questions.recv() => match question {
                    Some(question) => answering.push(self.answer_one(context, connector, question)),
                    None => return,
                },
                Some(()) = answering.next(), if !answering.is_empty() => {}
            }
        }
    }

    async fn answer_one(
        &self,
        context: &CommandContext,
        connector: &Connector,
        question: Question,
    ) {
        match question {
            Question::SignedIn(reply) => {
                let kept = self.kept(context, connector).await;
                let _ = reply.send(kept.map(|kept| (kept.client, kept.access.instance.name)));
            }
            Question::Mesh(wanted, reply) => {
                let mesh = async {
                    let Kept { client, access, resolved, directory } =
                        self.kept(context, connector).await?;
                    let signed_in =
                        SignedIn { context, connector, client, access, resolved, directory };
                    mesh_meant(&signed_in, wanted.as_deref().or(self.mesh.as_deref())).await
                };
                let _ = reply.send(mesh.await);
            }
            Question::Refused => *self.signed_in.lock().await = None,
        }
    }

    /// The sign-in, looked up once and again after it was refused.
    async fn kept(
        &self,
        context: &CommandContext,
        connector: &Connector,
    ) -> Result<Kept, AppError> {
        let mut kept = self.signed_in.lock().await;
        if let Some(kept) = &*kept {
            return Ok(kept.clone());
        }
        let SignedIn { client, access, resolved, directory, .. } =
            context.sign_in(connector).await?;
        Ok(kept.insert(Kept { client, access, resolved, directory }).clone())
    }
}

/// The person's workplace at this machine. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Here {
    ask: mpsc::UnboundedSender<Question>,
    own: OwnPeer,
    given: Given,
    unread: Unread,
}

impl Here {
    /// A client that acts as the person, and what its instance is called.
    ///
    /// # Errors
    /// When nobody is signed in.
    pub async fn signed_in(&self) -> Result<(Client, String), AppError> {
        self.asked(Question::SignedIn).await
    }

    async fn asked<T>(
        &self,
        question: impl FnOnce(oneshot::Sender<Result<T, AppError>>) -> Question,
    ) -> Result<T, AppError> {
        let (reply, answer) = oneshot::channel();
        let gone = || AppError::internal("the server is ending");
        self.ask.send(question(reply)).map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?
    }

    /// `done`, after which a sign-in that was refused is looked up anew.
    fn noted<T>(&self, done: Result<T, AppError>) -> Result<T, AppError> {
        if done.as_ref().is_err_and(|error| error.kind == ErrorKind::NotSignedIn) {
            let _ = self.ask.send(Question::Refused);
        }
        done
    }

    /// The agent begins in its mesh: it is seen there from now on.
    ///
    /// # Errors
    /// When nobody is signed in, no mesh is meant, or the instance says no.
    pub async fn begin(&self) -> Result<(), AppError> {
        self.own.note(None);
        let (client, _) = self.signed_in().await?;
        let mesh = self.mesh(None).await?;
        let mut new = self.own.new.clone();
        if let Some(slug) = &self.own.machine {
            // Without its machine it is seen as well.
            let machines = self.machines().await.unwrap_or_default();
            let found = machines.into_iter().find(|machine| machine.slug == *slug);
            new.machine = found.map(|machine| machine.id);
        }
        let peer = client.begin_peer(&mesh.id, &new).await?;
        self.own.note(Some(Seen { client, mesh: mesh.id, name: peer.name }));
        Ok(())
    }

    /// What waits for the agent in its mesh.
    pub fn waiting(&self) -> &Unread {
        &self.unread
    }

    /// What is to be read after message `after`, or what comes within `wait`.
    pub async fn coming(
        &self,
        mesh: &str,
        after: Option<i64>,
        wait: Option<Duration>,
    ) -> Result<Inbox, AppError> {
        self.acts(mesh, |client, peer| {
            let mesh = mesh.to_owned();
            Box::pin(async move { client.inbox(&mesh, peer.as_deref(), after, wait).await })
        })
        .await
    }

    /// What is to be given to the model now; what was given before is read by that: so
    /// nothing is lost with a server that ended before its answer arrived.
    pub async fn to_give(&self, mesh: &str, wait: Option<Duration>) -> Result<Inbox, AppError> {
        if let Some(read_to) = self.given.last(mesh) {
            self.acts(mesh, |client, by_peer| {
                let (mesh, read) = (mesh.to_owned(), InboxRead { read_to, by_peer });
                Box::pin(async move { client.have_read(&mesh, &read).await })
            })
            .await?;
            self.given.forget(mesh);
        }
        let inbox = self.coming(mesh, None, wait).await?;
        // What was read elsewhere waits no more.
        let read_to = inbox.data.first().map_or(inbox.last, |first| first.number - 1);
        self.waits_no_more(mesh, read_to);
        Ok(inbox)
    }

    fn waits_no_more(&self, mesh: &str, number: i64) {
        if self.own.seen().is_some_and(|seen| seen.mesh == mesh) {
            self.unread.given(number);
        }
    }

    /// These were given to the model.
    pub fn gave(&self, mesh: &str, messages: &[MeshMessage]) {
        let Some(last) = messages.last() else { return };
        self.given.note(mesh, last.number);
        self.waits_no_more(mesh, last.number);
    }

    /// Does something in `mesh` as the agent, by its session, where that is seen; in any
    /// other as the person. One that was not heard from for too long, on a computer that
    /// slept, begins again first.
    async fn acts<T: Send>(
        &self,
        mesh: &str,
        act: impl Fn(Client, Option<String>) -> BoxFuture<'static, Result<T, AppError>> + Send + Sync,
    ) -> Result<T, AppError> {
        let (client, _) = self.signed_in().await?;
        self.own.settled().await;
        let is_seen = self.own.seen().is_some_and(|seen| seen.mesh == mesh);
        let peer = is_seen.then(|| self.own.id().to_owned());
        let mut done = act(client.clone(), peer.clone()).await;
        let is_gone = done.as_ref().is_err_and(|error| error.kind == ErrorKind::NotFound);
        if is_seen && is_gone && self.begin().await.is_ok() {
            done = act(client, peer).await;
        }
        self.noted(done)
    }
}

impl Workplace for Here {
    async fn whoami(&self) -> Result<Whoami, AppError> {
        let (client, instance) = self.signed_in().await?;
        let account = self.noted(client.profile().await)?;
        self.own.settled().await;
        Ok(Whoami { person: account.name, instance, peer: self.own.name() })
    }

    async fn mesh(&self, wanted: Option<&str>) -> Result<Mesh, AppError> {
        let wanted = wanted.map(str::to_owned);
        self.noted(self.asked(|reply| Question::Mesh(wanted, reply)).await)
    }

    async fn meshes(&self) -> Result<Vec<Mesh>, AppError> {
        let (client, _) = self.signed_in().await?;
        self.noted(client.meshes().await)
    }

    async fn peers(&self, mesh: &str) -> Result<Vec<Peer>, AppError> {
        let (client, _) = self.signed_in().await?;
        self.noted(client.peers(mesh).await).map(|peers| peers.all)
    }

    async fn send(&self, mesh: &str, message: NewMessage) -> Result<MeshMessage, AppError> {
        self.acts(mesh, |client, by_peer| {
            let (mesh, message) = (mesh.to_owned(), NewMessage { by_peer, ..message.clone() });
            Box::pin(async move { client.write_message(&mesh, &message).await })
        })
        .await
    }

    const TELLS: bool = true;

    async fn changed(&self, sight: Sight, mark: Option<String>) -> Result<Look, AppError> {
        let mesh = self.mesh(None).await?.id;
        let (client, _) = self.signed_in().await?;
        self.own.settled().await;
        let is_seen = self.own.seen().is_some_and(|seen| seen.mesh == mesh);
        let peer = is_seen.then(|| self.own.id().to_owned());
        self.noted(watched::look(&client, &mesh, peer, (sight, mark)).await)
    }

    async fn inbox(&self, mesh: &str) -> Result<Inbox, AppError> {
        self.coming(mesh, None, None).await
    }

    async fn take(&self, mesh: &str, wait: Option<Duration>) -> Result<Inbox, AppError> {
        let inbox = self.to_give(mesh, wait).await?;
        self.gave(mesh, &inbox.data);
        Ok(inbox)
    }

    fn takes_messages(&self) -> bool {
        self.own.messages != Delivery::Off
    }

    fn unread(&self) -> usize {
        self.unread.count()
    }

    async fn messages_after(&self, mesh: &str, number: i64) -> Result<Inbox, AppError> {
        let (client, _) = self.signed_in().await?;
        self.noted(client.messages(mesh, number).await)
    }

    async fn set_status(&self, mesh: &str, change: PeerChange) -> Result<(), AppError> {
        self.acts(mesh, |client, _| {
            let (mesh, id) = (mesh.to_owned(), self.own.id().to_owned());
            let change = change.clone();
            Box::pin(async move { client.change_peer(&mesh, &id, &change).await })
        })
        .await
    }

    async fn machines(&self) -> Result<Vec<Machine>, AppError> {
        let (client, _) = self.signed_in().await?;
        self.noted(client.machines(None).await)
    }

    async fn members(&self, mesh: &str) -> Result<Vec<Member>, AppError> {
        let (client, _) = self.signed_in().await?;
        self.noted(client.members(mesh).await)
    }

    async fn invite(&self, mesh: &str, invite: NewInvite) -> Result<MintedInvite, AppError> {
        let (client, _) = self.signed_in().await?;
        self.noted(client.create_invite(mesh, &invite).await)
    }

    async fn tasks(&self, mesh: &str, state: Option<TaskState>) -> Result<Vec<Task>, AppError> {
        let (client, _) = self.signed_in().await?;
        self.noted(client.tasks(mesh, state).await)
    }

    async fn create_task(&self, mesh: &str, task: NewTask) -> Result<Task, AppError> {
        self.acts(mesh, |client, by_peer| {
            let (mesh, task) = (mesh.to_owned(), NewTask { by_peer, ..task.clone() });
            Box::pin(async move { client.create_task(&mesh, &task).await })
        })
        .await
    }

    async fn task_step(
        &self,
        mesh: &str,
        number: i64,
        action: TaskAction,
        step: TaskStep,
    ) -> Result<Task, AppError> {
        self.acts(mesh, |client, by_peer| {
            let (mesh, step) = (mesh.to_owned(), TaskStep { by_peer, ..step.clone() });
            Box::pin(async move { client.task_step(&mesh, number, action, &step).await })
        })
        .await
    }
}
