//! The screens. A screen is a plain struct in a file of its own: what it
//! shows is a [`Page`], what happens next is a [`Next`]. Adding one is one
//! file, one line in the list at the end, its states in the gallery of
//! `tests/pages`, and a walk to it in `tests/journeys`.

pub mod agent;
pub mod approve_here;
pub mod big_qr;
pub mod create_account;
pub mod create_mesh;
pub mod device_code;
pub mod instance;
pub mod invite;
pub mod launch;
pub mod location;
pub mod machine;
pub mod mesh;
pub mod name;
pub mod name_machine;
pub mod resume;
pub mod role;
pub mod status;
pub mod token;
pub mod welcome;

use crate::moment::Moment;
use crate::wizard::effect::{Effect, Exit};
use crate::wizard::event::Event;
use crate::wizard::keymap::Keys;
use crate::wizard::page::Page;
use crate::wizard::state::{Fact, WizardState};

/// One screen of the wizard. Pure: no clock, no IO, no environment.
pub trait Screen {
    /// Called when the screen is entered, again when the person comes back to
    /// it, and answers with what is to be asked for first.
    fn open(&mut self, state: &WizardState, now: Moment) -> Next;

    /// Called with what happened. Ctrl+C, Esc, Leave and `?` never get here.
    /// Replies do also while another screen covers this one.
    fn on(&mut self, event: Event, state: &WizardState, now: Moment) -> Next;

    /// What it looks like now, without its hints: those come from `keys`.
    fn page(&self, state: &WizardState, now: Moment) -> Page;

    /// The keys that do something now, from the table `on` matches with.
    fn keys(&self, state: &WizardState, now: Moment) -> Keys;

    /// Esc was pressed: closes an inner state if there is one, and says so.
    /// Otherwise the person goes back, from every screen.
    fn close_inner(&mut self) -> bool {
        false
    }

    /// How the walk ends when the person goes back from here and nothing is
    /// behind.
    fn given_up(&self) -> Exit {
        Exit::Cancelled
    }

    /// The screen is left for good, or with the whole walk (`walk_over`): what
    /// must not be left undone? Nobody awaits the answers.
    fn leave(&self, walk_over: bool) -> Vec<Effect> {
        let _ = walk_over;
        Vec::new()
    }
}

/// What happens next.
#[derive(Clone, Debug, PartialEq)]
pub enum Next {
    /// Nothing, or only something inside the screen.
    Stay,
    /// These are to be done; the answers come back here.
    Do(Vec<Effect>),
    /// Whatever this visit asked for before is forgotten, then these are done.
    Afresh(Vec<Effect>),
    /// Nothing covers this screen any more; then the rest happens.
    ToFront(Box<Next>),
    /// These are done whatever becomes of this screen, and nobody awaits their
    /// answers; then the rest happens.
    Also(Vec<Effect>, Box<Next>),
    /// These were learned; then the rest happens.
    Learn(Vec<Fact>, Box<Next>),
    /// Another screen, with a way back here.
    Go(AnyScreen),
    /// Another screen in this one's place.
    Replace(AnyScreen),
    /// Another screen, and no way back to anything before it: a sign-in that
    /// is done is not undone with Esc.
    StartOver(AnyScreen),
    /// Where the person came from; from the first screen, out.
    Back,
    /// Nothing changes here, but from now on it is shown as plain lines.
    Plain,
    /// The walk is over.
    Exit(Exit),
}

impl Next {
    /// One thing is to be done.
    pub fn ask(effect: Effect) -> Self {
        Self::Do(vec![effect])
    }

    /// One thing was learned; then the rest happens.
    pub fn learn(fact: Fact, then: Self) -> Self {
        Self::Learn(vec![fact], Box::new(then))
    }
}

macro_rules! screens {
    ($($(#[$doc:meta])* $file:ident :: $screen:ident),+ $(,)?) => {
        /// Any of the screens.
        #[derive(Clone, Debug, PartialEq)]
        pub enum AnyScreen {
            $($(#[$doc])* $screen($file::$screen)),+
        }

        impl AnyScreen {
            /// Every screen's name, for the test that none is without pages in
            /// the gallery.
            pub const NAMES: &[&str] = &[$(stringify!($screen)),+];

            /// This screen's name.
            pub fn name(&self) -> &'static str {
                match self { $(Self::$screen(_) => stringify!($screen)),+ }
            }
        }

        impl Screen for AnyScreen {
            fn open(&mut self, state: &WizardState, now: Moment) -> Next {
                match self { $(Self::$screen(screen) => screen.open(state, now)),+ }
            }
            fn on(&mut self, event: Event, state: &WizardState, now: Moment) -> Next {
                match self { $(Self::$screen(screen) => screen.on(event, state, now)),+ }
            }
            fn page(&self, state: &WizardState, now: Moment) -> Page {
                match self { $(Self::$screen(screen) => screen.page(state, now)),+ }
            }
            fn keys(&self, state: &WizardState, now: Moment) -> Keys {
                match self { $(Self::$screen(screen) => screen.keys(state, now)),+ }
            }
            fn close_inner(&mut self) -> bool {
                match self { $(Self::$screen(screen) => screen.close_inner()),+ }
            }
            fn given_up(&self) -> Exit {
                match self { $(Self::$screen(screen) => screen.given_up()),+ }
            }
            fn leave(&self, walk_over: bool) -> Vec<Effect> {
                match self { $(Self::$screen(screen) => screen.leave(walk_over)),+ }
            }
        }

        $(impl From<$file::$screen> for AnyScreen {
            fn from(screen: $file::$screen) -> Self {
                Self::$screen(screen)
            }
        })+
    };
}

screens! {
    /// The first one: the ways in.
    welcome::Welcome,
    /// A sign-in begun before can go on.
    resume::Resume,
    /// Which instance.
    instance::Instances,
    /// With a code on this or any other device.
    device_code::SignIn,
    /// The approval card in the terminal.
    approve_here::ApproveHere,
    /// The QR code alone.
    big_qr::BigQr,
    /// Pasting an access token.
    token::Token,
    /// Joining with an invite.
    invite::Join,
    /// Creating an account.
    create_account::CreateAccount,
    /// What belongs to the account is being found.
    status::Status,
    /// The card with everything on it.
    launch::Launch,
    /// Picking a mesh.
    mesh::Meshes,
    /// Creating one.
    create_mesh::CreateMesh,
    /// Picking a machine.
    machine::Machines,
    /// Naming this one.
    name_machine::NameMachine,
    /// Where it stands.
    location::Places,
    /// The name in the mesh.
    name::DisplayName,
    /// The role tag that peers see.
    role::RoleTag,
    /// Picking the agent.
    agent::Agents,
}
