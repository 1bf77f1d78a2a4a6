//! Writing on somebody's behalf. What they may do was looked up when their
//! request came; until it is written, somebody else may have taken it away. So
//! it is looked up again inside the transaction that writes, and stays as it is
//! found there until that ends.

use super::{Authority, Denied, Principal};
use crate::server::state::State;
use crate::server::store::{Tx, accounts, credentials, web_sessions};

impl State {
    /// Runs `write` in a transaction on behalf of `by`, whom it gets as they are
    /// there. Who writes about the same `subject` waits for it: the account where
    /// nothing else is written about.
    ///
    /// # Errors
    /// [`Denied::InvalidToken`] where what they act by is over,
    /// [`Denied::MissingScope`] where the account may no more do what the route
    /// takes, what `write` refuses, or the database's.
    pub(super) async fn write_as<T: Send + 'static>(
        &self,
        by: &Principal,
        subject: &str,
        write: impl AsyncFnOnce(&mut Tx, Principal) -> Result<T, Denied> + Send + 'static,
    ) -> Result<T, Denied> {
        let (by, subject, now) = (by.clone(), subject.to_owned(), self.now());
        self.store
            .write(async move |tx| {
                let by = renewed(tx, &subject, by, now).await?;
                write(tx, by).await
            })
            .await
    }
}

/// `by` as they are inside a transaction about `subject`, at `now` (Unix
/// milliseconds).
async fn renewed(
    tx: &mut Tx,
    subject: &str,
    mut by: Principal,
    now: i64,
) -> Result<Principal, Denied> {
    // First: whoever holds a row and waits for a subject would be in the way of
    // whoever holds that and waits for the row.
    tx.lock(subject).await?;
    let admin = match &mut by.authority {
        Authority::Credential(credential) => {
            let live = credentials::live(tx, &credential.id, now).await?;
            live.map(|(admin, scopes)| {
                credential.scopes = scopes;
                admin
            })
        }
        Authority::WebSession(session) => web_sessions::live(tx, &session.id, now).await?,
        Authority::Ticket | Authority::Terminal => accounts::live(tx, &by.account.id).await?,
    };
    by.account.admin = admin.ok_or(Denied::InvalidToken)?;
    by.required.map_or(Ok(()), |scope| by.require_scope(scope))?;
    Ok(by)
}
