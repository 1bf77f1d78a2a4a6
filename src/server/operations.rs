//! What can be done on an instance, each thing once, whoever asks for it: the
//! JSON API, a page, OAuth. An operation takes who acts
//! ([`Principal`]) and what they want, checks that they may, does it, and
//! writes down that it was done; or says why not ([`Denied`]).

pub mod accounts;
pub mod approvals;
pub mod audit;
pub mod authentication;
pub mod authorization_codes;
mod denied;
pub mod device_codes;
pub mod invites;
pub mod limits;
pub mod login_methods;
pub mod passwords;
mod principal;
pub mod resets;
pub mod service_clients;
pub mod sessions;
pub mod tokens;

pub use self::denied::{Denied, Invalid, Named};
pub use self::principal::{Authority, Principal};

// What operations take and give.
pub use super::store::{
    Account, Attempt, Credential, CredentialKind, DbError, DbResult, DeviceCode, Identity,
    InviteError, NewAccount, NewIdentity, Page, Purpose, RETRY_AFTER, Registered, Rows, Taken,
    WebSession, storage_key,
};
