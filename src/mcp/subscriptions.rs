//! Telling a client that something it can look at is another by now: what it asked to
//! be told of, as long as it wants that, in either era of the protocol.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::BoxFuture;
use futures_util::stream::{self, BoxStream, StreamExt as _};
use tokio::task::JoinHandle;

use super::workplace::{Sight, Workplace};

/// Between two tries where it cannot be learnt.
const AGAIN: Duration = Duration::from_secs(5);

/// What one client of the older era asked to be told of, by address. Over with this.
#[derive(Debug, Default)]
pub(super) struct Subscriptions(Mutex<HashMap<String, JoinHandle<()>>>);

impl Subscriptions {
    /// From now on `telling` goes on for `uri`, once however often it is asked for.
    pub fn begin(&self, uri: String, telling: impl Future<Output = ()> + Send + 'static) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.entry(uri).or_insert_with(|| tokio::spawn(telling));
    }

    /// No longer.
    pub fn end(&self, uri: &str) {
        let telling = self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(uri);
        if let Some(telling) = telling {
            telling.abort();
        }
    }
}

impl Drop for Subscriptions {
    fn drop(&mut self) {
        let all = self.0.get_mut().unwrap_or_else(PoisonError::into_inner);
        all.values().for_each(JoinHandle::abort);
    }
}

/// Something that is looked at: its address, what it is, and the mark of the last look.
pub(super) type Watched = (String, Sight, Option<String>);

/// The address of each of `watched` whenever it is another, for as long as somebody asks.
pub(super) fn changes<W: Workplace>(
    workplace: &Arc<W>,
    watched: Vec<Watched>,
) -> BoxStream<'static, String> {
    let changes = watched.into_iter().map(|(uri, sight, mark)| {
        let began = (Arc::clone(workplace), mark);
        let changes = stream::unfold(began, move |(workplace, mark)| {
            let uri = uri.clone();
            let next: BoxFuture<'static, _> = Box::pin(async move {
                let mark = next_change(&*workplace, sight, mark).await;
                Some((uri, (workplace, Some(mark))))
            });
            next
        });
        changes.boxed()
    });
    stream::select_all(changes).boxed()
}

/// The mark of `sight` once it is another than at `mark`; without one, than now.
async fn next_change<W: Workplace>(
    workplace: &W,
    sight: Sight,
    mut mark: Option<String>,
) -> String {
    loop {
        match workplace.changed(sight, mark.clone()).await {
            Ok(seen) if seen.is_other && mark.is_some() => return seen.mark,
            Ok(seen) => mark = Some(seen.mark),
            Err(error) => {
                tokio::time::sleep(error.retry_after.unwrap_or_default().max(AGAIN)).await;
            }
        }
    }
}
