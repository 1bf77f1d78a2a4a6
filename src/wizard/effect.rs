//! What the wizard wants done. An [`Effect`] is data: it says what, never how.
//! `runner.rs` turns each into a task and its outcome into a
//! [`Reply`](crate::wizard::event::Reply).

use std::time::Duration;

use url::Url;

use crate::connect::KeptIn;
use crate::device_grant::Verdict;
use crate::error::AppError;
use crate::i18n::{Language, Words};
use crate::input::address;
use crate::model::{
    Access, Account, Agent, DeviceCode, Instance, LaunchPlan, Mesh, Pending, Role, StorePlace,
};
use crate::secret::Secret;
use crate::time_point::TimePoint;
use crate::wire::{DeviceFlow, NewMesh, StepUp, Way};

/// Ties an answer to the question that asked for it. Never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Attempt(pub u64);

/// What the runner is told.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Do this, and answer with this number.
    Start(Attempt, Effect),
    /// Whoever asked this is gone: stop it where stopping is safe.
    Forget(Attempt),
    /// Go on with this walk in plain lines, from here. For the loop in
    /// `run.rs`; the runner never sees it.
    Plain,
    /// The walk is over.
    Exit(Exit),
}

/// How the walk ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Exit {
    Launch(Box<LaunchPlan>),
    /// Signed in, and that was all that was asked for.
    Done,
    /// The same, and the session that was kept here before has ended.
    Replaced,
    /// A device code was given, and that was all that was asked for.
    Started(Box<DeviceCode>),
    /// In this mesh, and that was all that was asked for.
    Joined(Mesh),
    /// Exit, or Esc from the first screen.
    Cancelled,
    /// The same from an invite that let nobody in.
    NotJoined {
        because: AppError,
        /// Whether somebody is signed in by the walk all the same.
        signed_in: bool,
    },
    /// The same from a sign-in that had ended, and how: nobody is signed in.
    Over(Verdict),
    /// A provider is to be connected by a way that takes the terminal; then it goes on.
    Connect {
        /// Its name.
        provider: String,
        way: Way,
    },
    /// The person pressed Ctrl+C.
    Interrupted,
    /// The terminal went away (SIGHUP).
    HungUp,
    /// We were told to stop (SIGTERM).
    Terminated,
}

/// What somebody brings of a provider.
#[derive(Clone, Debug, PartialEq)]
pub enum Brings {
    /// A key, as it was typed.
    Key(Secret),
    /// What is here already.
    Here(KeptIn),
    /// A model server.
    Server {
        /// As it was typed.
        address: String,
        key: Option<Secret>,
        /// Which of its models agents ask for; it is asked where it has several.
        model: Option<String>,
    },
}

/// A sign-in at a provider by device code.
#[derive(Clone, Debug, PartialEq)]
pub struct ProviderFlow {
    /// Whose it is.
    pub access: Access,
    pub flow: DeviceFlow,
    /// When the code ends.
    pub deadline: TimePoint,
}

/// One thing to be done outside.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Look at an address or a name somebody typed → `Reply::Instance`.
    FindInstance(String),
    /// Ask an instance who may make an account there → `Reply::SignUp`.
    AskSignUp(Instance),
    /// Look for a sign-in kept here for an instance → `Reply::SignIn`.
    TakeUp(Instance),
    /// The same, asking the keyring's owner to unlock it, without limit of time
    /// → `Reply::SignIn`.
    Unlock(Instance),
    /// Ask whether the keyring can keep a sign-in, without unlocking it
    /// → `Reply::Store`.
    ProbeStore,
    /// Ask for a device code, with the code of an invite to that instance that is
    /// accepted with the approval → `Reply::Code`. Writes the pending file.
    AskDeviceCode(Instance, Option<Secret>),
    /// Take up a code asked for by an earlier run → `Reply::Code`.
    Resume(Pending),
    /// Poll once → `Reply::Poll`.
    Poll {
        code: Box<DeviceCode>,
        /// First wait this long.
        after: Duration,
        /// Then ask the server to hold the answer this long.
        hold: Option<Duration>,
    },
    /// The code is settled or given up: its pending file goes. No reply.
    DropPending(Box<DeviceCode>),
    /// The person would rather begin afresh than go on with this one: its
    /// pending file goes. No reply.
    DeclinePending(Pending),
    /// The person says that an instance known elsewhere moved to this address:
    /// the sign-in there is forgotten here → `Reply::Moved`.
    Moved(Instance),
    /// The person allowed plain http to this instance. No reply.
    AllowHttp(Instance),
    /// What the approval card says of a code on the embedded instance
    /// → `Reply::Card`.
    LookAtCard(Box<DeviceCode>),
    /// The owner answers their own code on the embedded instance
    /// → `Reply::Settled`.
    Settle {
        code: Box<DeviceCode>,
        /// Whether they approve; else they deny it.
        approve: bool,
    },
    /// What the approval card says of the code that another device shows
    /// → `Reply::Card`.
    LookAtCode {
        access: Access,
        /// As it is shown there.
        user_code: String,
    },
    /// The person answers another device's code → `Reply::Settled`.
    SettleCode {
        access: Access,
        user_code: String,
        /// Whether they approve; else they deny it.
        approve: bool,
        /// What shows that they are there.
        step_up: StepUp,
    },
    /// Let a phone on this network open this one card → `Reply::Nearby`.
    OpenNearby(Box<DeviceCode>),
    /// Ask whose token it is → `Reply::Account`.
    Identify {
        access: Access,
        /// First wait this long.
        after: Duration,
    },
    /// Keep the sign-in → `Reply::Saved`. Never aborted.
    Save {
        access: Access,
        account: Account,
        place: StorePlace,
        /// The keyring may ask its owner for permission: they were told.
        ask: bool,
    },
    /// A sign-in is left that was approved and is not kept: its pending file is
    /// for a later run, and a token that is in none ends. No reply.
    PutOff(Access),
    /// Kill a token on the server → `Reply::Revoked`. Never aborted.
    Revoke(Access),
    /// → `Reply::Meshes`
    ListMeshes(Access),
    /// → `Reply::Mesh`; a taken slug is an error that suggests another.
    CreateMesh(Access, NewMesh),
    /// Who is in a mesh → `Reply::Members`.
    ListMembers {
        access: Access,
        /// Its id.
        mesh: String,
    },
    /// Who is at work in a mesh → `Reply::Peers`. In the background: nobody waits
    /// for it.
    ListPeers {
        access: Access,
        /// Its id.
        mesh: String,
    },
    /// Who waits for this person to let them in → `Reply::Waiting`. In the background:
    /// nobody waits for it.
    ListWaiting(Access),
    /// What is connected at AI providers → `Reply::Connections`. In the background:
    /// nobody waits for it.
    ListConnections(Access),
    /// What is shared in a mesh → `Reply::Shares`. In the background: nobody waits for it.
    ListShares {
        access: Access,
        /// Its id.
        mesh: String,
    },
    /// Which providers there are, and what is connected → `Reply::Providers`.
    ListProviders(Access),
    /// Ask a provider, then keep what somebody brought of it → `Reply::Connected`.
    Connect {
        access: Access,
        /// Its name.
        provider: String,
        brings: Brings,
    },
    /// Begin signing in at a provider with a device code → `Reply::ProviderFlow`.
    StartProviderFlow {
        access: Access,
        /// Its name.
        provider: String,
    },
    /// Where that sign-in stands, as soon as something is decided → `Reply::ProviderFlow`.
    AwaitProviderFlow {
        access: Access,
        id: String,
        /// First wait this long.
        after: Duration,
    },
    /// It is given up. No reply.
    DropProviderFlow { access: Access, id: String },
    /// A member may do this from now on → `Reply::MemberChanged`.
    ChangeMember { access: Access, mesh: String, member: String, role: Role },
    /// A member is taken out; by themselves, that is leaving
    /// → `Reply::MemberChanged`.
    RemoveMember { access: Access, mesh: String, member: String },
    /// → `Reply::Invite`
    PreviewInvite { instance: Instance, code: Secret },
    /// → `Reply::Mesh`
    AcceptInvite { access: Access, code: Secret },
    /// → `Reply::Machines`
    ListMachines(Access),
    /// Make or adopt this machine → `Reply::Machine`.
    RegisterMachine {
        access: Access,
        name: String,
        /// Derived from the name when `None`.
        slug: Option<String>,
        /// Zone key; `None` only after "set later".
        location: Option<String>,
    },
    /// This machine, known already, stands somewhere else → `Reply::Machine`.
    LocateMachine {
        access: Access,
        /// The id the instance gave it.
        machine: String,
        /// An Electricity Maps zone, by its key.
        location: String,
    },
    /// Look for agents on PATH → `Reply::Agents`.
    FindAgents,
    /// Ask an agent which version it is → `Reply::AgentVersion`.
    AskAgentVersion(Agent),
    /// Look for the command somebody named → `Reply::Agent`.
    FindAgent(String),
    /// Look for a sign-in to go on with → `Reply::Pending`.
    FindPending,
    /// Keep the choices for the next start. Not answered.
    Remember { access: Access, account: Account, plan: Box<LaunchPlan> },
    /// → `Reply::Copied`
    Copy(Secret),
    /// Start a browser → `Reply::Opened`.
    Open(Url),
    /// Keep the language → `Reply::Language`.
    KeepLanguage(Language),
    /// Put a corrupt `auth.json` aside → `Reply::SetAside`.
    SetAside,
}

impl Effect {
    /// Ask now whose token it is.
    pub fn identify(access: Access) -> Self {
        Self::Identify { access, after: Duration::ZERO }
    }

    /// Whether leaving the screen must not stop it: half a save or half a
    /// revocation is worse than a late one.
    pub fn outlives_its_screen(&self) -> bool {
        matches!(
            self,
            Self::Save { .. }
                | Self::PutOff(_)
                | Self::Revoke(_)
                | Self::DropPending(_)
                | Self::DeclinePending(_)
                | Self::AllowHttp(_)
                | Self::Remember { .. }
                | Self::DropProviderFlow { .. }
                | Self::KeepLanguage(_)
                | Self::SetAside
                | Self::Moved(_)
        )
    }

    /// Who is asked, where an answer is due at once and comes over a network. Not
    /// a poll, which may be held, and not the instance in this computer.
    pub fn asks(&self) -> Option<Words> {
        let instance = match self {
            Self::FindInstance(typed) => {
                return Some(Words::verbatim(&address::parse(typed).ok()?.name));
            }
            Self::AskSignUp(instance)
            | Self::TakeUp(instance)
            | Self::AskDeviceCode(instance, _)
            | Self::PreviewInvite { instance, .. }
            | Self::Resume(Pending { instance, .. }) => instance,
            Self::Identify { access, after } if after.is_zero() => &access.instance,
            Self::LookAtCode { access, .. }
            | Self::SettleCode { access, .. }
            | Self::ListMembers { access, .. }
            | Self::ChangeMember { access, .. }
            | Self::RemoveMember { access, .. }
            | Self::ListMeshes(access)
            | Self::CreateMesh(access, _)
            | Self::AcceptInvite { access, .. }
            | Self::ListMachines(access)
            | Self::ListProviders(access)
            | Self::StartProviderFlow { access, .. }
            | Self::RegisterMachine { access, .. }
            | Self::LocateMachine { access, .. } => &access.instance,
            _ => return None,
        };
        (!instance.is_embedded()).then(|| Words::verbatim(&instance.name))
    }

    /// Whether an answer comes back.
    pub fn is_answered(&self) -> bool {
        !matches!(
            self,
            Self::DropPending(_)
                | Self::DeclinePending(_)
                | Self::PutOff(_)
                | Self::AllowHttp(_)
                | Self::Remember { .. }
                | Self::DropProviderFlow { .. }
        )
    }
}
