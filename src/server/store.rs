//! The tables of an instance, one file each: their SQL, and rows as structs.
//! What somebody may do is decided elsewhere.

mod accounts;
mod audit;
mod authorization_codes;
mod credentials;
mod device_codes;
mod handle;
mod ids;
mod instance;
mod invites;
mod limits;
mod machines;
mod members;
mod meshes;
mod plans;
mod service_clients;
mod sign_out;
mod sweep;
mod upstreams;
mod web_sessions;

pub use self::accounts::{Account, NewAccount};
pub use self::audit::{Event, Whose};
pub use self::authorization_codes::{AuthorizationCode, NewAuthorizationCode};
pub use self::credentials::{Credential, Kind as CredentialKind, NewCredential};
pub use self::device_codes::{Claim, DeviceCode, NewDeviceCode, generate, storage_key};
pub use self::handle::Store;
pub use self::ids::{hash, new_id};
pub use self::instance::Opened;
pub use self::invites::{InviteError, NewInvite};
pub use self::limits::Misses;
pub use self::machines::Registration;
pub use self::members::UnchangedError;
pub use self::meshes::CreateMeshError;
pub use self::service_clients::{NewServiceClient, Registered, TOKEN_LIFE};
pub use self::upstreams::{Attempt, Disconnected, Identity, NewIdentity, Purpose, Taken};
pub use self::web_sessions::{NewWebSession, WebSession};
pub(super) use super::db::lock;
pub use super::db::{Change, ChangeFeed, DbError, DbResult, Page, RETRY_AFTER, Rows};
