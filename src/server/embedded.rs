//! The instance built into a command: one account, the operating system's
//! user, no password.

use std::path::Path;

use url::Url;

use crate::api::wire::ApprovalCard;
use crate::model::Links;
use crate::secret::Secret;
use crate::trouble::Trouble;

/// Whose instance it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// The login name: what the account is found again by.
    pub user: String,
    /// The display name it is made with.
    pub person: String,
}

/// The embedded instance, running in this process.
#[derive(Debug)]
pub struct Embedded {
    base: Url,
    instance_id: String,
}

fn not_built() -> Trouble {
    Trouble::internal("the embedded instance is not built yet")
}

// The bodies come with the routes.
#[allow(clippy::unused_async, clippy::missing_errors_doc)]
impl Embedded {
    /// Starts it in `home`, making it at the first start.
    ///
    /// # Errors
    /// When the home, the database or the key cannot be used.
    pub async fn start(_home: &Path, _owner: Owner) -> Result<Self, Trouble> {
        Err(not_built())
    }

    /// The private listener that this process's own client uses.
    pub fn base_url(&self) -> &Url {
        &self.base
    }

    /// Random, made once.
    pub fn instance_id(&self) -> &str {
        &self.instance_id
    }

    /// The page of a code that this process asked for, with the owner ticket.
    ///
    /// # Errors
    /// When there is no such code.
    pub async fn links(&self, _device_code: &Secret) -> Result<Links, Trouble> {
        Err(not_built())
    }

    /// What the approval card says, for approving in the terminal.
    ///
    /// # Errors
    /// When there is no such code, or it was settled or ended.
    pub async fn card(&self, _device_code: &Secret) -> Result<ApprovalCard, Trouble> {
        Err(not_built())
    }

    /// Approves or denies as the owner.
    ///
    /// # Errors
    /// When there is no such code, or it was settled or ended.
    pub async fn settle(&self, _device_code: &Secret, _approve: bool) -> Result<(), Trouble> {
        Err(not_built())
    }

    /// Serves this one card to the network, until the code ends.
    ///
    /// # Errors
    /// When there is no such code, or no network.
    pub async fn open_nearby(&self, _device_code: &Secret) -> Result<Links, Trouble> {
        Err(not_built())
    }

    /// Stops gracefully; nothing is left behind.
    pub async fn stop(self) {}
}
