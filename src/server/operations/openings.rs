//! That the page of a code was opened: noted beside the request for it, for the
//! terminal that waits ([`Opening`](crate::wire::Opening)).
//!
//! The surprising rule: whoever opens it cannot tell from the answer whether there
//! is such a code. Nothing waits for the note, and nothing fails with it.

use super::DbResult;
use crate::server::domain::client_ip::ClientIp;
use crate::server::domain::opening::Opened;
use crate::server::state::State;
use crate::server::store::device_codes;

/// Notes that the page of the code `user_code` was opened from `ip`, by the account
/// `by` where somebody is signed in, if there is such a code and it waits. On the embedded instance somebody at this computer sees for
/// themselves what they opened.
pub fn note(state: &State, user_code: &str, opened: Opened, by: Option<&str>, ip: ClientIp) {
    if state.is_embedded() && ip.is_loopback() {
        return;
    }
    let subject = format!("opened {}", ip.counted());
    if state.rate_limits.device_authorization(&subject).is_err() {
        return;
    }
    let mac = state.keys.user_code_mac(user_code);
    // While one that says the same is under way, that will do.
    let id = format!("opened {mac} {by:?} {opened:?}");
    if !state.uses_noted.begin(&id) {
        return;
    }
    let (state, by) = (state.clone(), by.map(str::to_owned));
    tokio::spawn(async move {
        if let Err(fault) = write(&state, &mac, opened, by).await {
            tracing::warn!(%fault, "cannot note that the page of a code was opened");
        }
        state.uses_noted.end(&id);
    });
}

async fn write(state: &State, mac: &str, opened: Opened, by: Option<String>) -> DbResult<()> {
    let now = state.now();
    let Some(code) = state.store.device_code_by_mac(mac, now).await? else { return Ok(()) };
    let is_open = code.approval.may_settle(now).is_ok();
    let is_known = opened.clone().after(code.opening.as_ref()).is_none();
    if !is_open || (is_known && (by.is_none() || by == code.seen_by)) {
        return Ok(());
    }
    let (id, hash) = (code.id, code.hash);
    let noted = state
        .store
        .write(async move |tx| {
            tx.lock(&id).await?;
            let code = device_codes::find(tx, &id, now).await?;
            let Some(code) = code.filter(|code| code.approval.may_settle(now).is_ok()) else {
                return Ok(false);
            };
            if let Some(by) = &by {
                device_codes::note_viewer(tx, &id, by).await?;
            }
            let Some(opening) = opened.after(code.opening.as_ref()) else { return Ok(false) };
            device_codes::note_opening(tx, &code, &opening, now).await?;
            DbResult::Ok(true)
        })
        .await?;
    if noted {
        state.wake.wake(&hash);
    }
    Ok(())
}
