//! Knowing what waits for the agent without asking: the instance is asked for the next
//! in the background, and holds its answer until there is one.

use std::time::{Duration, Instant};

use super::desk::Here;
use super::own_peer::OwnPeer;
use crate::error::ErrorKind;
use crate::wire::{HEARTBEAT, LONGEST_HOLD};

/// Between two tries to be told.
const AGAIN: Duration = Duration::from_secs(5);
/// What was held for less was not held.
const SHORT: Duration = Duration::from_millis(500);

/// Knows what waits in `workplace` for as long as this is waited for.
pub(super) async fn watch(own: OwnPeer, workplace: Here) {
    let unread = workplace.waiting().clone();
    let mut after = None;
    loop {
        unread.few().await;
        let mesh = own.mesh().await;
        let asked = Instant::now();
        match workplace.coming(&mesh, after, Some(LONGEST_HOLD)).await {
            Ok(inbox) => {
                after = Some(inbox.last);
                unread.come(inbox.data.iter().map(|message| message.number));
                // One that holds nothing is not asked all the time.
                if inbox.data.is_empty() && asked.elapsed() < SHORT {
                    tokio::time::sleep(AGAIN).await;
                }
            }
            // Whoever may not be told works on all the same.
            Err(error) if error.kind == ErrorKind::NotAllowed => {
                return std::future::pending().await;
            }
            Err(error) => {
                // What only the person changes is not asked for more often than needed.
                let is_away = error.kind == ErrorKind::Unreachable;
                let pause = if is_away { AGAIN } else { HEARTBEAT };
                tokio::time::sleep(error.retry_after.unwrap_or(pause).max(pause)).await;
            }
        }
    }
}
