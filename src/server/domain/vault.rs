//! Where what opens a person's connections is kept: sealed for the person, the provider,
//! the connection and the kind of credential, so that a row copied to somebody else, or to
//! another connection, does not open.

pub use crate::sealed::Unopened;
use crate::wire::Connection;

/// Where something is kept. A text opens nowhere else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place<'a> {
    /// The account's id.
    pub account: &'a str,
    /// The provider's name.
    pub provider: &'a str,
    /// The connection's id.
    pub connection: &'a str,
    /// What kind of credential it is, in its own word.
    pub kind: &'a str,
}

impl<'a> Place<'a> {
    /// Where what opens a connection of `account` is kept.
    pub fn of(account: &'a str, connection: &'a Connection) -> Self {
        Self {
            account,
            provider: &connection.provider,
            connection: &connection.id,
            kind: &connection.kind,
        }
    }

    /// Where what renews that is kept.
    #[must_use]
    pub fn of_refresh_token(self) -> Self {
        Self { kind: "refresh_token", ..self }
    }

    /// What the place is called when something is sealed for it.
    pub fn parts(&self) -> [&'a str; 4] {
        [self.account, self.provider, self.connection, self.kind]
    }
}
