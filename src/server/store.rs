//! The tables of an instance, one file each: their SQL, and rows as structs.
//! What is read is asked of the [`Store`]; what is written, of a transaction
//! ([`Tx`]). What somebody may do is decided elsewhere.

pub mod accounts;
mod audit;
pub mod authorization_codes;
pub mod connections;
pub mod credentials;
pub mod device_codes;
pub mod device_flows;
pub mod dynamic_clients;
mod handle;
mod ids;
mod instance;
pub mod invites;
mod limits;
pub mod machines;
pub mod members;
pub mod mesh_log;
pub mod meshes;
pub mod messages;
pub mod peers;
pub mod pending_sign_ins;
pub mod plans;
pub mod refresh_tokens;
pub mod second_factors;
pub mod service_clients;
pub mod shares;
pub mod sign_out;
mod sweep;
pub mod tasks;
pub mod upstreams;
pub mod vault_rows;
pub mod web_sessions;

pub use self::accounts::{Account, NewAccount};
pub use self::audit::{Event, Whose};
pub use self::authorization_codes::{AuthorizationCode, NewAuthorizationCode};
pub use self::credentials::{Credential, Kind as CredentialKind, ListedCredential, NewCredential};
pub use self::device_codes::{Claim, DeviceCode, NewDeviceCode, generate, storage_key};
pub use self::dynamic_clients::DynamicClient;
pub use self::handle::Store;
pub use self::ids::{hash, new_id};
pub use self::instance::Opened;
pub use self::invites::NewInvite;
pub use self::limits::Misses;
pub use self::pending_sign_ins::PendingSignIn;
pub use self::refresh_tokens::{GivenAccess, Issued, RefreshToken};
pub use self::second_factors::SecondFactor;
pub use self::service_clients::{NewServiceClient, Registered, TOKEN_LIFE};
pub use self::upstreams::{Attempt, Identity, NewIdentity, Purpose, Taken};
pub use self::web_sessions::{NewWebSession, WebSession};
pub use super::db::lock;
pub use super::db::{Change, ChangeFeed, DbError, DbResult, Page, RETRY_AFTER, Rows, Tx};
