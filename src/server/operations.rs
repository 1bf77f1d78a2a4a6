//! What can be done on an instance, each thing once, whoever asks for it: the
//! JSON API, a page, OAuth. An operation takes who acts
//! ([`Principal`]) and what they want, checks that they may inside the
//! transaction that does it ([`State::write_as`]), and writes down there that it
//! was done; or says why not ([`Denied`]).
//!
//! [`State::write_as`]: super::state::State

pub mod accounts;
mod actors;
pub mod agent_sessions;
mod announcements;
pub mod approvals;
pub mod audit;
pub mod authentication;
pub mod authorization_codes;
pub mod clients;
pub mod connections;
pub mod device_codes;
pub mod device_flows;
pub mod health;
pub mod holds;
pub mod invites;
pub mod leases;
pub mod limits;
pub mod login_methods;
pub mod machines;
pub mod members;
pub mod mesh_log;
pub mod meshes;
pub mod messages;
mod names;
mod one_time_codes;
pub mod openings;
pub mod passwords;
pub mod peers;
pub mod pending_sign_ins;
pub mod presence;
mod principal;
pub mod redirects;
pub mod refresh_tokens;
mod renewals;
pub mod resets;
pub mod second_factors;
pub mod service_clients;
pub mod sessions;
pub mod shares;
pub mod tasks;
pub mod tokens;
pub mod vault_keys;
mod write_as;

pub use self::principal::{Authority, Principal};
pub use super::denied::{Denied, DeniedInMesh, Invalid, InvalidInMesh, InviteClosed, Named};

// What operations take and give.
pub use super::store::{
    Account, Attempt, Credential, CredentialKind, DbError, DbResult, DeviceCode, DynamicClient,
    Identity, Issued, ListedCredential, NewAccount, NewIdentity, Page, PendingSignIn, Purpose,
    RETRY_AFTER, Registered, Rows, SecondFactor, Taken, WebSession, storage_key,
};
