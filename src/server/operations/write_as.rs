//! Writing on somebody's behalf. What they may do was looked up when their
//! request came; until it is written, somebody else may have taken it away. So
//! it is looked up again inside the transaction that writes, and stays as it is
//! found there until that ends.

use super::{Authority, Denied, Principal};
use crate::server::domain::scopes;
use crate::server::state::State;
use crate::server::store::{Tx, accounts, credentials, web_sessions};

impl State {
    /// Runs `write` in a transaction on behalf of `by`, whom it gets as they are
    /// there. An account writes one thing at a time: what it is signed in by is
    /// read by whatever it does, and ended by some of that.
    ///
    /// # Errors
    /// [`Denied::InvalidToken`] where what they act by is over,
    /// [`Denied::MissingScope`] where the account may no more do what the route
    /// takes, what `write` refuses, or the database's.
    pub(super) async fn write_as<T: Send + 'static>(
        &self,
        by: &Principal,
        write: impl AsyncFnOnce(&mut Tx, Principal) -> Result<T, Denied> + Send + 'static,
    ) -> Result<T, Denied> {
        let (by, now) = (by.clone(), self.now());
        self.store
            .write(async move |tx| {
                let by = renewed(tx, None, by, now).await?;
                write(tx, by).await
            })
            .await
    }

    /// The same after nobody else holds `lock`: for what is written about another
    /// account that may be about to write about this one.
    pub(super) async fn write_as_after<T: Send + 'static>(
        &self,
        lock: &'static str,
        by: &Principal,
        write: impl AsyncFnOnce(&mut Tx, Principal) -> Result<T, Denied> + Send + 'static,
    ) -> Result<T, Denied> {
        let (by, now) = (by.clone(), self.now());
        self.store
            .write(async move |tx| {
                let by = renewed(tx, Some(lock), by, now).await?;
                write(tx, by).await
            })
            .await
    }
}

/// `by` as they are inside a transaction, at `now` (Unix milliseconds).
async fn renewed(
    tx: &mut Tx,
    lock: Option<&str>,
    mut by: Principal,
    now: i64,
) -> Result<Principal, Denied> {
    // Before any row is held: whoever holds one and waits for a lock would be in
    // the way of whoever holds that and waits for the row.
    if let Some(lock) = lock {
        tx.lock(lock).await?;
    }
    tx.lock(&by.account.id).await?;
    let admin = match &mut by.authority {
        Authority::Credential(credential) => {
            let live = credentials::live(tx, &credential.id, now).await?;
            let is_over =
                credential.is_renewed && credential.expires_at.is_some_and(|at| at <= now);
            live.filter(|_| !is_over).map(|(admin, scopes)| {
                // A token of an hour may do less than what it is renewed by.
                credential.scopes = if credential.is_renewed {
                    scopes::granted(&credential.scopes, &scopes)
                } else {
                    scopes
                };
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
