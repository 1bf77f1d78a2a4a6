//! The nouns: instance, access, account, device code, invite, agent. Pure data
//! that every other room talks about; the wizard knows these and nothing of
//! the rooms that fill them. What the API answers is in [`crate::api`] and is
//! named here again.

use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use url::Url;

pub use crate::api::Account;
use crate::device_grant::{self, Pace};
use crate::http::same_place;
use crate::i18n::Message;
use crate::secret::Secret;
use crate::time_point::TimePoint;
pub use crate::wire::{Liveness, Machine, Mesh, OpenedOn, Opening, OpeningStep, Role, Via};

/// A server that holds accounts and meshes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instance {
    /// What it is called here: its host, `local`, or what the person chose.
    pub name: String,
    /// Where it is.
    pub place: Place,
    /// Its own id, once it was asked. Keyring items and anchors hang on it.
    pub id: Option<String>,
    /// Whether somebody is signed in to it here.
    pub signed_in: bool,
}

/// Where an instance is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// In this process, in the person's home.
    Embedded,
    /// At a base URL.
    At(Url),
}

impl Place {
    /// Whether the two are one: a trailing slash makes no other.
    pub fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Embedded, Self::Embedded) => true,
            (Self::At(one), Self::At(other)) => same_place(one, other),
            _ => false,
        }
    }
}

impl Instance {
    /// The embedded instance.
    pub fn local() -> Self {
        Self { name: "local".into(), place: Place::Embedded, id: None, signed_in: false }
    }

    /// What `--instance` takes for it, known here by now or not.
    pub fn as_named(&self) -> String {
        match &self.place {
            Place::Embedded => self.name.clone(),
            Place::At(url) => url.as_str().trim_end_matches('/').to_owned(),
        }
    }

    /// Whether it is the embedded one.
    pub fn is_embedded(&self) -> bool {
        self.place == Place::Embedded
    }
}

/// Who may make an account on an instance, where it says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignUp {
    /// Anybody who reaches its page.
    Open,
    /// Whoever holds an invite.
    Invite,
    /// Nobody.
    Closed,
}

/// A way in: an instance and the token that opens it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    pub instance: Instance,
    pub token: Secret,
    /// When the token ends; `None` is never, or the server did not say.
    pub expires_at: Option<Timestamp>,
    /// How it came here.
    pub source: Source,
}

/// How a credential came here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// Approved on another device.
    DeviceCode,
    Pasted,
    /// `--token`.
    Flag,
    /// `CREWMESH_TOKEN`.
    Environment,
    /// Begun for the code agent that this runs below.
    Agent,
    /// Kept from an earlier sign-in.
    Stored,
}

impl Source {
    /// Whether it was given along with one command.
    pub fn is_given(self) -> bool {
        matches!(self, Self::Flag | Self::Environment)
    }

    /// Whether this home keeps it or will: a token that was given along with one
    /// command is not this home's to start with again, nor is an agent's.
    pub fn is_ours(self) -> bool {
        !self.is_given() && self != Self::Agent
    }
}

/// A device code that is being waited for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceCode {
    /// Which instance gave it.
    pub instance: Instance,
    /// What is polled with.
    pub device_code: Secret,
    /// What the person compares: `WDJB-MJPV`.
    pub user_code: String,
    /// Two words that they compare as well, where the server gives them.
    pub words: Option<String>,
    /// Where it leads.
    pub links: Links,
    /// When it ends.
    pub deadline: TimePoint,
    /// The server's pace.
    pub interval: Duration,
    /// The longest hold the server offers, if any.
    pub wait: Option<Duration>,
    /// Sent with each poll, so that a lost reply can be asked for again.
    pub idempotency_key: Secret,
    /// Sent with each poll where its challenge went with the question for the
    /// code (RFC 7636).
    pub verifier: Option<Secret>,
    /// Whether endpoints or links lie outside the origin that was trusted.
    pub foreign: bool,
    /// Whether this machine's clock is known to run ahead of the world's (WSL
    /// after a suspend): waits between polls are then a fifth longer.
    pub slow_down_early: bool,
    /// What came of it in an earlier run, which did not get to keep it.
    pub approved: Option<Approval>,
    /// What is known of whoever opened its page.
    pub opening: Option<Opening>,
}

impl From<&DeviceCode> for Pace {
    fn from(code: &DeviceCode) -> Self {
        Self {
            interval: code.interval,
            longest_hold: code.wait,
            deadline: code.deadline,
            margin: code.slow_down_early,
        }
    }
}

/// Where a code is typed or scanned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Links {
    /// Short, for typing.
    pub uri: Url,
    /// With the code in it, byte for byte as the server wrote it: what the QR
    /// holds. `None` where a server gives none.
    pub complete: Option<String>,
    /// Who can open it.
    pub audience: Audience,
}

/// Who can open a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// Anybody: an instance on a network.
    Anywhere,
    /// A browser on this computer only.
    ThisComputer,
    /// Any device on this network, until the code ends.
    ThisNetwork,
}

/// Where a sign-in would be kept, as the probe found it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreState {
    /// The operating system's keyring answers.
    Keyring,
    /// It is there but locked; saving will ask to unlock it.
    KeyringLocked,
    /// None, or it did not answer: a file of mode 0600, and why.
    File {
        /// Why not the keyring.
        because: Message,
    },
    /// Nothing can be kept here, and why: a read-only home, a full disk.
    Nowhere { because: Message },
}

/// Where a sign-in is to be kept, or was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StorePlace {
    /// The operating system's keyring.
    Keyring,
    /// A file of mode 0600.
    File,
    /// Nowhere: for this run only.
    Memory,
}

/// A sign-in begun by an earlier run that can go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pending {
    /// Name of its file.
    pub id: String,
    pub instance: Instance,
    /// The code a person would recognise.
    pub user_code: String,
    /// When it ends.
    pub deadline: TimePoint,
    /// It was approved; what is left is to keep it.
    pub approved: bool,
}

/// An invite, looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invite {
    /// Which instance it belongs to.
    pub instance: Instance,
    /// The capability itself.
    pub code: Secret,
    pub mesh_name: String,
    pub inviter: String,
    /// What the new member may do.
    pub role: Role,
    /// How many are in it.
    pub member_count: u64,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// A program that can be started in the mesh.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agent {
    /// Of a known agent (`claude`), `shell`, or a command.
    pub name: String,
    /// The absolute path found.
    pub program: PathBuf,
    /// As the program says it, where that is known.
    pub version: Option<String>,
}

/// How what others write in a mesh reaches an agent, as its person wants it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Delivery {
    /// Unasked, by whatever way the agent has for that.
    Push,
    /// It reads when it looks, and is told how much waits.
    #[default]
    Inbox,
    /// Not at all.
    Off,
}

impl Delivery {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Push, Self::Inbox, Self::Off];

    /// Its word in a command and in what an agent is started with.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Push => "push",
            Self::Inbox => "inbox",
            Self::Off => "off",
        }
    }

    /// The one of this word.
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|delivery| delivery.word() == word)
    }

    /// Whether it is what nobody has to ask for.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// Everything needed to become the agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LaunchPlan {
    /// The program, absolute.
    pub program: PathBuf,
    /// What it is called.
    pub agent: String,
    /// Its arguments, from after `--`.
    pub arguments: Vec<String>,
    /// Name of the instance.
    pub instance: String,
    /// The mesh's slug.
    pub mesh: String,
    /// The machine's slug.
    pub machine: String,
    /// The display name in the mesh.
    pub name: String,
    /// The role tag.
    pub role: Option<String>,
    /// How messages reach the agent.
    pub messages: Delivery,
    /// What it works with, where that is not its own affair: a provider's name or a
    /// connection's id.
    pub provider: Option<String>,
    /// The model it asks for there, where that is not what was said with the connection.
    pub model: Option<String>,
    /// Whether the agent is given the mesh as tools.
    pub mcp: bool,
    /// What it is to begin with.
    pub task: Option<String>,
}

/// In place of a provider: what the agent works with is its own affair.
pub const NO_PROVIDER: &str = "none";

/// The last choices for an instance and a directory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Remembered {
    pub mesh: Option<String>,
    pub name: Option<String>,
    pub role: Option<String>,
    pub messages: Option<Delivery>,
    pub agent: Option<String>,
    pub provider: Option<String>,
    pub model: Option<String>,
}

/// Where a copied text went: what may honestly be claimed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clipboard {
    /// The desktop's clipboard took it, and keeps it.
    Desktop,
    /// The desktop's clipboard has it from us, for as long as we are there.
    Lent,
    /// OSC 52 was sent: the terminal gives no answer.
    Terminal,
    /// OSC 52 and tmux's own buffer.
    Tmux,
}

/// One answer to one poll for a sign-in.
pub type Poll = device_grant::Poll<Approval>;

/// What an approved device code brings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approval {
    /// The way in.
    pub access: Access,
    /// Who, where the server said so already.
    pub account: Option<Account>,
}

/// A location worked out rather than asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GuessedZone {
    /// An Electricity Maps zone key (`DE`).
    pub key: String,
    /// Its name (`Germany`).
    pub name: String,
    /// What it was worked out from (`Europe/Berlin`).
    pub from: String,
}
