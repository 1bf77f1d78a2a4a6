//! When each peer was heard from. It is said every 30 s by every agent there is, so
//! it is written down for many at once, a few seconds later. For as long as anybody may
//! fall silent somebody looks after them, whether or not others are heard from.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

/// The peers that were heard from and are not written down yet.
#[derive(Debug, Default)]
pub struct Heartbeats {
    heard: Mutex<Heard>,
    more: Notify,
}

#[derive(Debug, Default)]
struct Heard {
    /// By the peer's id: when (Unix milliseconds).
    at: HashMap<String, i64>,
    /// When the last of all there are is silent for too long, if nothing more is heard;
    /// `None` where nobody looks after them.
    until: Option<i64>,
}

impl Heartbeats {
    /// Somebody begins who is silent for too long at `until`. Whether the caller has to
    /// look after them all from now on, as nobody does.
    pub fn expect(&self, until: i64) -> bool {
        let mut heard = self.heard();
        let before = heard.until;
        heard.until = before.max(Some(until));
        before.is_none()
    }

    /// `peer` was heard from at `at`, and so is silent for too long at `until`. The same.
    pub fn note(&self, peer: &str, at: i64, until: i64) -> bool {
        let mut heard = self.heard();
        match heard.at.get_mut(peer) {
            Some(before) => *before = at,
            None => {
                heard.at.insert(peer.to_owned(), at);
            }
        }
        drop(heard);
        self.more.notify_one();
        self.expect(until)
    }

    /// How long at `now` it is until the last of them is silent for too long; `None`
    /// where that has come: then nobody looks after them any more.
    pub fn left(&self, now: i64) -> Option<Duration> {
        let mut heard = self.heard();
        let left = heard.until.and_then(|until| u64::try_from(until - now).ok());
        let left = left.filter(|left| *left > 0).map(Duration::from_millis);
        if left.is_none() {
            heard.until = None;
        }
        left
    }

    /// Waits until somebody is heard from.
    pub async fn more(&self) {
        self.more.notified().await;
    }

    /// All of them, to be written down now.
    pub fn take(&self) -> Vec<(String, i64)> {
        self.heard().at.drain().collect()
    }

    /// They could not be written down, and are to be before long. Who was heard from
    /// since was heard from then.
    pub fn put_back(&self, taken: Vec<(String, i64)>) {
        let mut heard = self.heard();
        for (peer, at) in taken {
            heard.at.entry(peer).or_insert(at);
        }
        drop(heard);
        self.more.notify_one();
    }

    fn heard(&self) -> std::sync::MutexGuard<'_, Heard> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_looks_after_all_until_the_last_is_silent() {
        let heartbeats = Heartbeats::default();
        assert_eq!(heartbeats.left(1), None);
        assert!(heartbeats.expect(90), "whoever begins and says nothing");
        assert!(!heartbeats.note("a", 10, 100) && !heartbeats.note("b", 5, 95));
        assert_eq!(heartbeats.left(99), Some(Duration::from_millis(1)));
        assert!(!heartbeats.note("a", 99, 189));
        assert_eq!(heartbeats.left(100), Some(Duration::from_millis(89)));
        let mut taken = heartbeats.take();
        taken.sort();
        assert_eq!(taken, [("a".to_owned(), 99), ("b".to_owned(), 5)]);
        assert_eq!(heartbeats.take(), []);
        assert_eq!(heartbeats.left(189), None);
        assert!(heartbeats.note("a", 190, 280), "nobody looks after them any more");
    }

    #[tokio::test]
    async fn what_could_not_be_written_is_kept_behind_what_was_heard_since() {
        let heartbeats = Heartbeats::default();
        heartbeats.note("a", 1, 91);
        heartbeats.note("b", 2, 92);
        heartbeats.more().await;
        let taken = heartbeats.take();
        heartbeats.note("a", 31, 121);
        heartbeats.more().await;
        heartbeats.put_back(taken);
        heartbeats.more().await;
        let mut taken = heartbeats.take();
        taken.sort();
        assert_eq!(taken, [("a".to_owned(), 31), ("b".to_owned(), 2)]);
    }

    #[tokio::test]
    async fn what_was_heard_before_anybody_waits_is_waited_for_no_longer() {
        let heartbeats = Heartbeats::default();
        heartbeats.note("a", 1, 91);
        heartbeats.more().await;
    }
}
