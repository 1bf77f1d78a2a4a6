//! The token that shows that a change comes from one of our own pages: bound
//! to the web session of the browser that the page was made for.

use subtle::ConstantTimeEq as _;

use crate::secret::Secret;
use crate::server::domain::keys::Keys;

/// Where a script on one of our pages puts it.
pub const HEADER: &str = "x-csrf-token";

/// What the forms of the web session with this id carry.
pub fn session_token(keys: &Keys, session_id: &str) -> Secret {
    keys.form_token(&format!("web session {session_id}"))
}

/// Whether `token` is `expected`, compared in constant time.
pub fn matches(expected: &Secret, token: &str) -> bool {
    expected.expose().as_bytes().ct_eq(token.as_bytes()).into()
}
