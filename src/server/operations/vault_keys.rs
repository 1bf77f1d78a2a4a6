//! Sealing all that is in the vault under a new key, while it is in use.
//!
//! Each row is sealed anew where it is still as it was read; one that is being renewed is
//! left for the next round. All is done once no row is left, seen in the transaction that
//! notes it; after that no older key opens anything.

use std::collections::HashSet;

use crate::error::AppError;
use crate::sealed::sealed_under;
use crate::server::clock::Clock;
use crate::server::domain::vault::Place;
use crate::server::store::vault_rows::{SealedRow, others, reseal, set_vault_key};
use crate::server::store::{DbError, Opened, Tx};
use crate::server::vault::Vault;

/// Rows that are written at once: whoever else writes waits no longer than for these.
const PORTION: i64 = 200;

/// Between two rounds, where rows were being renewed.
const PAUSE: std::time::Duration = std::time::Duration::from_millis(500);

/// What came of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rotated {
    /// How many connections were sealed anew.
    pub sealed: u64,
    /// How many do not open, and stay as they are.
    pub unopened: u64,
}

/// Seals all anew under the vault's newest key.
///
/// # Errors
/// The database's. What was sealed by then stays so; the next time goes on with the rest.
pub async fn rotate(opened: &Opened, clock: &Clock) -> Result<Rotated, AppError> {
    let Opened { store, vault, .. } = opened;
    let key_id = vault.key_id()?;
    let mut sealed = 0;
    loop {
        let (mut after, mut unopened) = (String::new(), HashSet::new());
        loop {
            let rows = store.sealed_rows(&after, PORTION).await?;
            let Some(last) = rows.last() else { break };
            after.clone_from(&last.id);
            let mut anew = Vec::new();
            for row in rows.into_iter().filter(|row| !is_under(row, &key_id)) {
                match again(vault, &row) {
                    Some(new) => anew.push((row, new)),
                    None => drop(unopened.insert(row.id)),
                }
            }
            if anew.is_empty() {
                continue;
            }
            let now = clock.now();
            let write = async move |tx: &mut Tx| {
                let mut written = 0;
                for (old, new) in &anew {
                    written += u64::from(reseal(tx, old, new, now).await?);
                }
                Ok::<_, DbError>(written)
            };
            sealed += store.write(write).await?;
        }
        let id = key_id.clone();
        let note = async move |tx: &mut Tx| {
            let left = others(tx, &id).await?;
            let is_done = left.iter().all(|left| unopened.contains(left));
            if is_done {
                set_vault_key(tx, &id).await?;
            }
            Ok::<_, DbError>(is_done.then_some(left.len() as u64))
        };
        if let Some(unopened) = store.write(note).await? {
            return Ok(Rotated { sealed, unopened });
        }
        tokio::time::sleep(PAUSE).await;
    }
}

fn is_under(row: &SealedRow, key_id: &str) -> bool {
    let texts = [&row.sealed, &row.refresh_sealed];
    texts.into_iter().flatten().all(|text| sealed_under(text) == Some(key_id))
}

/// `row` as it is sealed now; `None` where it does not open.
fn again(vault: &Vault, row: &SealedRow) -> Option<SealedRow> {
    let place = Place {
        account: &row.account_id,
        provider: &row.provider,
        connection: &row.id,
        kind: &row.kind,
    };
    let again = |place: &Place<'_>, text: &Option<String>| match text {
        Some(text) => {
            let secret = vault.open(place, text).ok()?;
            vault.seal(place, &secret).ok().map(Some)
        }
        None => Some(None),
    };
    Some(SealedRow {
        sealed: again(&place, &row.sealed)?,
        refresh_sealed: again(&place.of_refresh_token(), &row.refresh_sealed)?,
        ..row.clone()
    })
}
