//! What can happen to the wizard. Everything that comes from outside comes as
//! one of these; [`crate::wizard::Wizard::update`] takes nothing else.

use crate::connect::ProviderHere;
use crate::error::AppError;
use crate::i18n::{Language, Message};
use crate::input::user_code::UserCode;
use crate::model::{
    Access, Account, Agent, Clipboard, DeviceCode, Instance, Invite, Links, Machine, Mesh, Pending,
    Poll, SignUp, StorePlace, StoreState,
};
use crate::secret::Secret;
use crate::wire::{ApprovalCard, Connection, Member, Share};
use crate::wizard::effect::{Attempt, Exit, ProviderFlow};

/// A sign-in that is kept.
#[derive(Clone, Debug, PartialEq)]
pub struct SavedSession {
    pub place: StorePlace,
    /// What was kept for the same instance until now. Nobody has it any more.
    pub earlier: Option<Access>,
    /// Why what was kept there cannot be read, and so not be ended.
    pub unreadable: Option<AppError>,
}

impl From<StorePlace> for SavedSession {
    /// The first one here.
    fn from(place: StorePlace) -> Self {
        Self { place, earlier: None, unreadable: None }
    }
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// A key was pressed (never released, never repeated from a paste).
    Key(Key),
    /// Text arrived in one burst. A secret until somebody knows better.
    Paste(Secret),
    /// The page's `wake` has come.
    Tick,
    /// A task finished.
    Reply(Attempt, Reply),
    /// The terminal went away, or the system told us to stop: over, and so.
    Leave(Exit),
}

/// A key with its modifiers. Shift is part of the character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    pub code: KeyCode,
    pub ctrl: bool,
    pub alt: bool,
}

/// A key without its modifiers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyCode {
    /// A character, as typed.
    Char(char),
    Enter,
    /// Goes back, everywhere.
    Esc,
    Up,
    Down,
    Left,
    Right,
    Tab,
    /// Shift and Tab.
    BackTab,
    /// Deletes to the left.
    Backspace,
    /// Deletes to the right.
    Delete,
    Home,
    End,
    PageUp,
    PageDown,
    F(u8),
}

impl Key {
    /// `code` with no modifier.
    pub const fn plain(code: KeyCode) -> Self {
        Self { code, ctrl: false, alt: false }
    }

    pub const fn char(c: char) -> Self {
        Self::plain(KeyCode::Char(c))
    }

    pub const fn ctrl(c: char) -> Self {
        Self { code: KeyCode::Char(c), ctrl: true, alt: false }
    }
}

/// What a task answers. One variant for each [`crate::wizard::effect::Effect`]
/// that has an answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    /// An address or a name was looked at.
    Instance(Result<Instance, AppError>),
    /// Who may make an account; `None` where the instance does not say.
    SignUp(Result<Option<SignUp>, AppError>),
    /// The sign-in that is kept here for an instance, if it opens.
    SignIn(Result<Option<(Access, Account)>, AppError>),
    /// Whether the keyring can keep a sign-in.
    Store(StoreState),
    /// A device code, new or taken up again.
    Code(Result<Box<DeviceCode>, AppError>),
    /// One poll came back.
    Poll(Poll),
    /// What the approval card says.
    Card(Result<ApprovalCard, AppError>),
    /// The owner's answer to their own code reached the embedded instance.
    Settled(Result<(), AppError>),
    /// The second listener for a phone on this network is open.
    Nearby(Result<Links, AppError>),
    /// Whose token it is.
    Account(Result<Account, AppError>),
    /// The sign-in is kept.
    Saved(Result<SavedSession, AppError>),
    /// The token is dead.
    Revoked(Result<(), AppError>),
    /// For `Effect::Moved`.
    Moved(Result<(), AppError>),
    /// The account's meshes.
    Meshes(Result<Vec<Mesh>, AppError>),
    /// A mesh was created or joined.
    Mesh(Result<Mesh, AppError>),
    /// Who is in a mesh.
    Members(Result<Vec<Member>, AppError>),
    /// Who is at work in a mesh.
    Peers {
        /// Its id.
        mesh: String,
        /// What they are called there, those who began first first.
        names: Result<Vec<String>, AppError>,
    },
    /// The codes that wait for this person's answer, newest first; none where that is
    /// not known.
    Waiting(Vec<UserCode>),
    /// What is connected at AI providers; nothing where that is not known.
    Connections(Vec<Connection>),
    /// What is shared in a mesh; nothing where that is not known.
    Shares {
        /// Its id.
        mesh: String,
        shares: Vec<Share>,
    },
    /// Which providers there are here, and what is connected.
    Providers(Result<(Vec<ProviderHere>, Vec<Connection>), AppError>),
    /// What was brought is a server that has these models: which?
    Models(Vec<String>),
    /// What was brought is kept; and what is said of that.
    Connected(Result<(Box<Connection>, Message), AppError>),
    /// Where a sign-in at a provider stands.
    ProviderFlow(Result<Box<ProviderFlow>, AppError>),
    /// A member was changed or taken out.
    MemberChanged(Result<(), AppError>),
    /// What an invite offers.
    Invite(Result<Invite, AppError>),
    /// The account's machines.
    Machines(Result<Vec<Machine>, AppError>),
    /// This machine, made or adopted.
    Machine(Result<Machine, AppError>),
    /// Agents on this machine.
    Agents(Vec<Agent>),
    /// The same agent with its version, if it said one.
    AgentVersion(Agent),
    /// The command somebody named, if it can be started.
    Agent(Result<Agent, AppError>),
    /// A sign-in that was begun before and can go on.
    Pending(Option<Pending>),
    /// A text was copied.
    Copied(Result<Clipboard, AppError>),
    /// A browser was started.
    Opened(Result<(), AppError>),
    /// The language was changed and kept.
    Language(Language),
    /// A corrupt file was put aside under this name.
    SetAside(Result<String, AppError>),
}

impl Reply {
    /// The server takes the sign-in no more that something of the account was
    /// asked with.
    pub fn rejection(&self) -> Option<&AppError> {
        match self {
            Self::Meshes(Err(what))
            | Self::Mesh(Err(what))
            | Self::Machines(Err(what))
            | Self::Machine(Err(what))
            | Self::Members(Err(what))
            | Self::Providers(Err(what))
            | Self::Connected(Err(what))
            | Self::ProviderFlow(Err(what))
            | Self::MemberChanged(Err(what)) => what.is_rejection().then_some(what),
            _ => None,
        }
    }
}
