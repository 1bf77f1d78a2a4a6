//! What a screen decides: what was learned, what is to be done outside, and
//! where the walk goes. Data only, below every screen: another screen is named
//! by a [`To`], which `screens.rs` alone can open.

use crate::connect::ProviderHere;
use crate::error::AppError;
use crate::i18n::Words;
use crate::input::user_code::UserCode;
use crate::model::{DeviceCode, Instance, Mesh, Pending};
use crate::secret::Secret;
use crate::time_point::TimePoint;
use crate::wire::NewMesh;
use crate::wizard::effect::{Effect, Exit};
use crate::wizard::state::Fact;

/// What happens next, in the order of the fields.
#[derive(Clone, Debug, PartialEq)]
pub struct Next {
    pub facts: Vec<Fact>,
    /// Done whatever becomes of this screen; nobody awaits the answers.
    pub detached: Vec<Effect>,
    /// To be done for this screen, which gets the answers.
    pub effects: Vec<Effect>,
    /// Where the walk goes.
    pub go: Go,
}

/// Where the walk goes.
#[derive(Clone, Debug, PartialEq)]
pub enum Go {
    Stay,
    /// Nowhere; what this screen asked for before is forgotten, before its new
    /// effects begin.
    Restart,
    /// Nowhere; the screen goes on with what it just learned
    /// ([`Screen::proceed`](crate::wizard::screen::Screen::proceed)).
    Proceed,
    /// Nowhere; whatever covers this screen is closed.
    Uncover,
    /// To another screen, with a way back here.
    Open(To),
    /// To another screen in this one's place.
    Replace(To),
    /// To another screen, with no way back to anything before it: a sign-in
    /// that is done is not undone with Esc.
    StartOver(To),
    /// To where the person came from; from the first screen, out.
    Back,
    /// Nowhere, but from now on in plain lines.
    Plain,
    /// The walk is over.
    Exit(Exit),
}

/// A screen to open, and what it is told.
#[derive(Clone, Debug, PartialEq)]
pub enum To {
    /// The first screen: the ways to sign in.
    Welcome,
    /// The ways in, for somebody who was signed in as far as we knew.
    SignedOut,
    /// The offer to go on with a sign-in begun before.
    Resume(Pending),
    /// Picking an instance.
    Instances,
    /// Where the person's team is, to sign in there.
    Team,
    /// Signing in to this instance, which was just chosen.
    SignInTo(Instance),
    /// Signing in at this address, which was pasted.
    SignInAt(String),
    /// To which instance the invite or the token belongs that was given.
    InstanceForInput,
    /// Signing in with a new code.
    SignIn,
    /// The same, by way of the page that makes an account.
    SignUp,
    /// Signing in with the code of an earlier run.
    ResumeSignIn(Pending),
    /// The approval card of this code.
    ApproveHere(Box<DeviceCode>),
    /// The approval card of the code that another device shows.
    ApproveCode(UserCode),
    /// A QR code, alone.
    BigQr(Box<LargeQr>),
    /// Pasting an access token; this one, if any, is in the field already.
    Token(Option<Secret>),
    /// Joining with an invite; this one, if any, is looked at at once.
    Join(Option<Secret>),
    CreateAccount,
    /// Finding what belongs to the account.
    Status,
    /// The same after the server rejected the sign-in in use.
    Rejected(AppError),
    /// The launch card.
    Launch,
    /// The same after something was connected outside, or this kept it from that.
    LaunchAgain(Option<AppError>),
    /// Picking a mesh.
    Meshes,
    /// Who is in this one.
    Members(Box<Mesh>),
    /// Naming one to be made, with this to begin with; the name may be empty.
    CreateMesh(NewMesh),
    /// Picking a machine.
    Machines,
    /// Naming this machine.
    NameMachine,
    /// Picking the place where this machine stands.
    Places,
    /// The name in the mesh.
    DisplayName,
    /// The role tag that peers see.
    RoleTag,
    /// Picking the agent.
    Agents,
    /// The AI providers.
    Providers,
    /// How to connect this one.
    ConnectProvider(Box<ProviderHere>),
    /// Signing in there with a device code.
    ProviderCode(Box<ProviderHere>),
    /// Pasting a key of it.
    ProviderKey(Box<ProviderHere>),
    /// The address of one that people run themselves.
    ModelServer(Box<ProviderHere>),
}

/// A QR code that stands alone on a page.
#[derive(Clone, Debug, PartialEq)]
pub struct LargeQr {
    pub title: Words,
    /// The text in it, byte for byte.
    pub content: String,
    /// To be compared.
    pub user_code: String,
    pub deadline: TimePoint,
}

impl Next {
    pub fn go(go: Go) -> Self {
        Self { facts: Vec::new(), detached: Vec::new(), effects: Vec::new(), go }
    }

    /// Nothing, or only something inside the screen.
    pub fn stay() -> Self {
        Self::go(Go::Stay)
    }

    /// One thing is to be done for this screen.
    pub fn ask(effect: Effect) -> Self {
        Self::ask_all(vec![effect])
    }

    /// Several things are to be done for this screen.
    pub fn ask_all(effects: Vec<Effect>) -> Self {
        Self { effects, ..Self::stay() }
    }

    /// These are to be done instead of what was asked for before.
    pub fn restart(effects: Vec<Effect>) -> Self {
        Self { effects, ..Self::go(Go::Restart) }
    }

    pub fn proceed() -> Self {
        Self::go(Go::Proceed)
    }

    pub fn uncover() -> Self {
        Self::go(Go::Uncover)
    }

    pub fn open(to: To) -> Self {
        Self::go(Go::Open(to))
    }

    pub fn replace(to: To) -> Self {
        Self::go(Go::Replace(to))
    }

    pub fn start_over(to: To) -> Self {
        Self::go(Go::StartOver(to))
    }

    pub fn back() -> Self {
        Self::go(Go::Back)
    }

    pub fn plain() -> Self {
        Self::go(Go::Plain)
    }

    pub fn exit(exit: Exit) -> Self {
        Self::go(Go::Exit(exit))
    }

    /// And this was learned.
    #[must_use]
    pub fn learn(self, fact: Fact) -> Self {
        self.learn_all([fact])
    }

    #[must_use]
    pub fn learn_all(mut self, facts: impl IntoIterator<Item = Fact>) -> Self {
        self.facts.extend(facts);
        self
    }

    /// And this is done whatever becomes of the screen.
    #[must_use]
    pub fn detach(self, effect: Effect) -> Self {
        self.detach_all([effect])
    }

    #[must_use]
    pub fn detach_all(mut self, effects: impl IntoIterator<Item = Effect>) -> Self {
        self.detached.extend(effects);
        self
    }
}
