//! What the wizard knows: facts learned so far, and the data types they are
//! made of. It changes in one place only, by the facts of a
//! [`Next`](crate::wizard::next::Next).

use std::time::Duration;

use crate::i18n::{Language, Words};
use crate::input::user_code::UserCode;
pub use crate::model::*;
use crate::secret::Secret;
use crate::wire::{Connection, NewMesh};

/// Everything known at this point of the walk. Begin one with
/// `WizardState { instance, host, ..WizardState::default() }`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WizardState {
    pub language: Language,
    /// What this computer and this terminal allow.
    pub host: HostFacts,
    /// What was said on the command line; a row given there is done.
    pub flags: Flags,
    /// The instances that can be chosen, the one in use first.
    pub instances: Vec<Instance>,
    /// The instance in use; `None` until one is chosen.
    pub instance: Option<Instance>,
    /// Where the sign-in will be kept, once known.
    pub store: Option<StoreState>,
    /// Keep it in a file even though there is a keyring (`k`, or
    /// `CREWMESH_STORE=file`).
    pub prefer_file: bool,
    /// A sign-in begun before that can go on.
    pub pending: Option<Pending>,
    /// The credential in use, once signed in.
    pub access: Option<Access>,
    /// Whose credential that is.
    pub account: Option<Account>,
    /// An invite to accept as soon as somebody is signed in.
    pub invite: Option<Invite>,
    /// The account's meshes, once asked for.
    pub meshes: Option<Vec<Mesh>>,
    /// The mesh to launch in.
    pub mesh: Option<Mesh>,
    /// The mesh to be made and launched in.
    pub new_mesh: Option<NewMesh>,
    /// The account's machines, once asked for.
    pub machines: Option<Vec<Machine>>,
    /// This machine as the account knows it.
    pub machine: Option<Machine>,
    /// What it is to be called where the account does not know it.
    pub machine_name: Option<MachineName>,
    /// The display name in the mesh.
    pub name: Option<String>,
    /// The free tag that peers see.
    pub role: Option<String>,
    /// How messages reach the agent, once the person said so.
    pub messages: Option<Delivery>,
    /// What can be started here, once looked for.
    pub agents: Option<Vec<Agent>>,
    /// The agent to start.
    pub agent: Option<Agent>,
    /// What the person connected at AI providers, where that is known.
    pub connections: Option<Vec<Connection>>,
    /// What is shared in a mesh, by the mesh's id, where that is known.
    pub shares: Option<(String, Vec<Connection>)>,
    /// What is said of the one that was connected last, until the card says it.
    pub connected: Option<Words>,
    /// What the agent is to work with: as in [`Flags::provider`].
    pub provider: Option<String>,
    /// What was chosen last time for this instance and directory.
    pub remembered: Remembered,
    /// What was started from this directory the last time, where that is meant
    /// again: if all of it is still there, nothing is asked.
    pub last_launch: Option<LaunchPlan>,
    /// Where this machine stands, once the person said so.
    pub location: Option<Location>,
    /// Another device's code, whose card opens once somebody is signed in.
    pub to_approve: Option<UserCode>,
    /// What was known before another instance was chosen, until somebody signs in
    /// there: whoever walks away goes on with it.
    pub before: Option<Box<WizardState>>,
    /// What went well on the way here, to be seen on the pages that follow.
    pub receipt: Vec<Words>,
}

/// What a machine is to be called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MachineName {
    pub name: String,
    /// Made of the name by the instance when `None`.
    pub slug: Option<String>,
}

/// What the person said of the machine's place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location {
    /// In this Electricity Maps zone, by its key.
    Zone(String),
    /// What needs a place stays off until they do say.
    Later,
}

/// What this computer and this terminal allow; read once, in `main`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HostFacts {
    /// A browser can be opened here: a display, and no SSH.
    pub can_open_browser: bool,
    /// We are at the far end of an SSH connection.
    pub ssh: bool,
    /// The built-in instance is compiled in.
    pub has_embedded: bool,
    /// Speak the countdown instead of ticking: plain mode, a screen reader or
    /// reduced motion.
    pub calm: bool,
    /// A QR code can be drawn, alone, in this window as large as it is now.
    pub draws_qr: bool,
    /// Printed in `ssh -L` hints: the login name.
    pub user: String,
    pub hostname: String,
    /// Best display name for the person from the operating system.
    pub person: String,
    /// Everything here may be done: some agents take more from root.
    pub is_root: bool,
    /// Zone and how it was found, from the time zone or `CREWMESH_LOCATION`.
    pub zone: Option<GuessedZone>,
}

impl HostFacts {
    /// The host name without the domain that often follows it and names
    /// others as well.
    pub fn short_hostname(&self) -> &str {
        self.hostname.split('.').next().unwrap_or_default()
    }
}

/// What was given on the command line for the walk.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Flags {
    /// `--mesh`: a slug, a name or an id.
    pub mesh: Option<String>,
    /// `--name`.
    pub name: Option<String>,
    /// `--role`.
    pub role: Option<String>,
    /// `--messages`.
    pub messages: Option<Delivery>,
    /// `--provider`: a provider's name, a connection's id, or
    /// [`NO_PROVIDER`](crate::model::NO_PROVIDER).
    pub provider: Option<String>,
    /// `--model`.
    pub model: Option<String>,
    /// `--agent`.
    pub agent: Option<String>,
    /// `--machine`: a name for this one.
    pub machine: Option<String>,
    /// `-y`: take every default that is shown.
    pub yes: bool,
    /// `--no-browser`.
    pub no_browser: bool,
    /// After `--`.
    pub arguments: Vec<String>,
    /// Stop when signed in: `crewmesh login`.
    pub sign_in_only: bool,
    /// Stop when there is a device code: `crewmesh login --start`.
    pub start_only: bool,
    /// The longest a sign-in by code may take that nobody sees: `--wait`.
    pub wait: Option<Duration>,
    /// Nobody sees the pages: whatever has a default goes on with it.
    pub headless: bool,
    /// Nobody is there at all: a locked keyring stays locked.
    pub unattended: bool,
    /// Begin with this invite: `crewmesh join LINK`.
    pub invite: Option<Secret>,
}

impl Flags {
    /// For a walk that nobody sees, though somebody may be there.
    pub fn headless(attended: bool) -> Self {
        Self { headless: true, unattended: !attended, ..Self::default() }
    }
}

/// Something learned. The only way [`WizardState`] changes.
#[derive(Clone, Debug, PartialEq)]
pub enum Fact {
    /// This instance is in use from now on; what was known of another's
    /// account, meshes and machine is forgotten.
    Instance(Instance),
    /// Where the sign-in will be kept.
    Store(StoreState),
    /// The person wants a file, or the keyring again.
    PreferFile(bool),
    /// A sign-in begun before can go on.
    Pending(Pending),
    /// The pending sign-in is taken up or declined.
    NoPending,
    /// Signed in, as whom.
    SignedIn(Access, Account),
    /// This device's card is to be opened after the sign-in.
    ToApprove(Option<UserCode>),
    /// The person is out of the mesh with this id.
    LeftMesh(String),
    /// This went well, and is to stay in sight.
    Receipt(Words),
    /// An invite waits to be accepted.
    Invite(Option<Invite>),
    /// The account's meshes.
    Meshes(Vec<Mesh>),
    /// The mesh to launch in; joins the list if it is not there.
    Mesh(Mesh),
    /// This one is to be made.
    NewMesh(NewMesh),
    /// The account's machines.
    Machines(Vec<Machine>),
    /// Where this machine stands.
    Location(Location),
    /// This machine as the account knows it.
    Machine(Machine),
    /// What it is to be called.
    MachineName(MachineName),
    /// The display name in the mesh.
    Name(String),
    /// The role tag; `None` clears it.
    Role(Option<String>),
    /// How messages reach the agent.
    Messages(Delivery),
    /// What is connected at AI providers.
    Connections(Vec<Connection>),
    /// What is shared in the mesh with this id.
    Shares(String, Vec<Connection>),
    /// This was connected just now; and what is said of it.
    Connected(Box<Connection>, Words),
    /// The card said so.
    ConnectedSaid,
    /// What the agent is to work with.
    Provider(String),
    /// What can be started.
    Agents(Vec<Agent>),
    /// The version of one that can be started.
    AgentVersion(Agent),
    /// The agent to start.
    Agent(Agent),
    Language(Language),
}
