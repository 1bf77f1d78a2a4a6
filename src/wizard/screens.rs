//! The screens. A screen is a plain struct in a file of its own: what it
//! shows is a [`Page`], what happens next is a [`Next`]. None knows another:
//! here alone a [`To`] becomes a screen. In each file `Action` is what a key
//! does, `Entry` one line of its list, `Stage` how far it got. CONTRIBUTING.md
//! says what one more takes.

pub mod agent;
pub mod approve_code;
pub mod approve_here;
pub mod big_qr;
pub mod connect_provider;
pub mod create_account;
pub mod create_mesh;
pub mod device_code;
pub mod instance;
pub mod invite;
pub mod launch;
pub mod location;
pub mod machine;
pub mod members;
pub mod mesh;
pub mod model_server;
pub mod name;
pub mod name_machine;
pub mod provider_code;
pub mod provider_key;
pub mod providers;
pub mod resume;
pub mod role;
pub mod status;
pub mod token;
pub mod welcome;

use crate::error::AppError;
use crate::input::pasted::Pasted;
use crate::secret::Secret;
use crate::time_point::TimePoint;
use crate::wizard::effect::{Effect, Exit};
use crate::wizard::event::Event;
use crate::wizard::keymap::Keys;
use crate::wizard::next::{Next, To};
use crate::wizard::page::Page;
use crate::wizard::screen::Screen;
use crate::wizard::state::WizardState;

macro_rules! screens {
    ($($file:ident :: $screen:ident),+ $(,)?) => {
        #[derive(Clone, Debug, PartialEq)]
        pub enum AnyScreen {
            $($screen($file::$screen)),+
        }

        impl AnyScreen {
            /// Every screen's name, for the test that none is without pages in
            /// the gallery.
            pub const NAMES: &[&str] = &[$(stringify!($screen)),+];

            /// Whether what went well on the way is to be seen there: the pages
            /// right after a sign-in.
            pub fn shows_receipt(&self) -> bool {
                matches!(
                    self,
                    Self::Launch(_)
                        | Self::Meshes(_)
                        | Self::Machines(_)
                        | Self::NameMachine(_)
                        | Self::Agents(_)
                )
            }

            pub fn name(&self) -> &'static str {
                match self { $(Self::$screen(_) => stringify!($screen)),+ }
            }
        }

        impl Screen for AnyScreen {
            fn open(&mut self, state: &WizardState, now: TimePoint) -> Next {
                match self { $(Self::$screen(screen) => screen.open(state, now)),+ }
            }
            fn on(&mut self, event: Event, state: &WizardState, now: TimePoint) -> Next {
                match self { $(Self::$screen(screen) => screen.on(event, state, now)),+ }
            }
            fn takes(&self, pasted: &Pasted, text: &Secret, state: &WizardState) -> bool {
                match self { $(Self::$screen(screen) => screen.takes(pasted, text, state)),+ }
            }
            fn proceed(&mut self, state: &WizardState, now: TimePoint) -> Next {
                match self { $(Self::$screen(screen) => screen.proceed(state, now)),+ }
            }
            fn page(&self, state: &WizardState, now: TimePoint) -> Page {
                match self { $(Self::$screen(screen) => screen.page(state, now)),+ }
            }
            fn keys(&self, state: &WizardState, now: TimePoint) -> Keys {
                match self { $(Self::$screen(screen) => screen.keys(state, now)),+ }
            }
            fn close_inner(&mut self) -> bool {
                match self { $(Self::$screen(screen) => screen.close_inner()),+ }
            }
            fn gives_up_inner(&self) -> bool {
                match self { $(Self::$screen(screen) => screen.gives_up_inner()),+ }
            }
            fn error(&self) -> Option<&AppError> {
                match self { $(Self::$screen(screen) => screen.error()),+ }
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
    welcome::Welcome,
    resume::Resume,
    instance::Instances,
    device_code::SignIn,
    approve_here::ApproveHere,
    approve_code::ApproveCode,
    big_qr::BigQr,
    token::Token,
    invite::Join,
    create_account::CreateAccount,
    status::Status,
    launch::Launch,
    mesh::Meshes,
    members::Members,
    create_mesh::CreateMesh,
    machine::Machines,
    name_machine::NameMachine,
    location::Places,
    name::DisplayName,
    role::RoleTag,
    agent::Agents,
    providers::Providers,
    connect_provider::ConnectProvider,
    provider_code::ProviderCode,
    provider_key::ProviderKey,
    model_server::ModelServer,
}

impl From<To> for AnyScreen {
    fn from(to: To) -> Self {
        match to {
            To::Welcome => welcome::Welcome::default().into(),
            To::SignedOut => welcome::Welcome::signed_out().into(),
            To::Resume(pending) => resume::Resume::new(pending).into(),
            To::Instances => instance::Instances::new().into(),
            To::Team => instance::Instances::team().into(),
            To::SignInTo(chosen) => instance::Instances::chosen_already(chosen).into(),
            To::SignInAt(address) => instance::Instances::at(&address).into(),
            To::InstanceForInput => instance::Instances::for_input().into(),
            To::SignIn => device_code::SignIn::new().into(),
            To::SignUp => device_code::SignIn::sign_up().into(),
            To::ResumeSignIn(pending) => device_code::SignIn::resume(pending).into(),
            To::ApproveHere(code) => approve_here::ApproveHere::new(code).into(),
            To::ApproveCode(code) => approve_code::ApproveCode::new(code).into(),
            To::BigQr(qr) => big_qr::BigQr::new(*qr).into(),
            To::Token(token) => token::Token::new(token.as_ref()).into(),
            To::Join(invite) => invite::Join::new(invite.as_ref()).into(),
            To::CreateAccount => create_account::CreateAccount::new().into(),
            To::Status => status::Status::new().into(),
            To::Rejected(error) => status::Status::rejected(error).into(),
            To::Launch => launch::Launch::new().into(),
            To::LaunchAgain(error) => launch::Launch::again(error).into(),
            To::Meshes => mesh::Meshes::new().into(),
            To::Members(mesh) => members::Members::new(*mesh).into(),
            To::CreateMesh(new) => create_mesh::CreateMesh::new(&new).into(),
            To::Machines => machine::Machines::new().into(),
            To::NameMachine => name_machine::NameMachine::new().into(),
            To::Places => location::Places::new().into(),
            To::DisplayName => name::DisplayName::new().into(),
            To::RoleTag => role::RoleTag::new().into(),
            To::Agents => agent::Agents::new().into(),
            To::Providers => providers::Providers::new().into(),
            To::ConnectProvider(provider) => {
                connect_provider::ConnectProvider::new(provider).into()
            }
            To::ProviderCode(provider) => provider_code::ProviderCode::new(provider).into(),
            To::ProviderKey(provider) => provider_key::ProviderKey::new(provider).into(),
            To::ModelServer(provider) => model_server::ModelServer::new(provider).into(),
        }
    }
}
