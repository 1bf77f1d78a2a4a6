//! Where what opens a person's connections is kept: sealed for the person, the provider,
//! the connection and the kind of credential, so that a row copied to somebody else, or to
//! another connection, does not open.

use crate::sealed::Sealer;
pub use crate::sealed::Unopened;
use crate::secret::Secret;
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

    fn parts(&self) -> [&'a str; 4] {
        [self.account, self.provider, self.connection, self.kind]
    }
}

/// What seals and opens.
#[derive(Debug)]
pub struct Vault(Sealer);

impl Vault {
    /// The vault of this subkey of the instance key.
    pub fn of(subkey: &[u8; 32]) -> Self {
        Self(Sealer::new(subkey, "crewmesh vault"))
    }

    /// `secret`, sealed for `place`.
    pub fn seal(&self, place: &Place<'_>, secret: &Secret) -> String {
        self.0.seal(&place.parts(), secret)
    }

    /// What was sealed for `place`.
    ///
    /// # Errors
    /// Why it does not open.
    pub fn open(&self, place: &Place<'_>, sealed: &str) -> Result<Secret, Unopened> {
        self.0.open(&place.parts(), sealed)
    }
}
