//! What can be done on an instance, each thing once, whoever asks for it: the
//! JSON API, a page, OAuth. An operation takes who acts
//! ([`Principal`]) and what they want, checks that they may, does it, and
//! writes down that it was done; or says why not ([`Denied`]).

pub mod accounts;
pub mod approvals;
pub mod authentication;
mod denied;
pub mod invites;
pub mod limits;
mod principal;
pub mod resets;
pub mod service_clients;
pub mod sessions;
pub mod tokens;

pub use self::denied::{Denied, Invalid, Named};
pub use self::principal::{Authority, Principal};
