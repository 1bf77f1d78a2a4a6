//! Accounts: who may make one, and how the first administrator comes to theirs.

/// What [`crate::server::domain::keys::Keys::form_token`] is asked for to make
/// the link of the first administrator: `/register?first=TOKEN`, good while
/// there is none.
pub const FIRST_ADMIN: &str = "first administrator";
