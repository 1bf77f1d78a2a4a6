//! When each peer was heard from. It is said every 30 s by every agent there is, so
//! it is written down for many at once, a few seconds later.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// The peers that were heard from and are not written down yet.
#[derive(Debug, Default)]
pub struct Heartbeats(Mutex<Heard>);

#[derive(Debug, Default)]
struct Heard {
    /// By the peer's id: when (Unix milliseconds).
    at: HashMap<String, i64>,
    /// Whether somebody is about to write them down.
    is_due: bool,
}

impl Heartbeats {
    /// `peer` was heard from; whether the caller has to see to it that this is
    /// written down, as nobody is about to.
    pub fn heard(&self, peer: &str, now: i64) -> bool {
        let mut heard = self.heard_so_far();
        match heard.at.get_mut(peer) {
            Some(at) => *at = now,
            None => {
                heard.at.insert(peer.to_owned(), now);
            }
        }
        !std::mem::replace(&mut heard.is_due, true)
    }

    /// All of them, to be written down now.
    pub fn take(&self) -> Vec<(String, i64)> {
        let mut heard = self.heard_so_far();
        heard.is_due = false;
        heard.at.drain().collect()
    }

    fn heard_so_far(&self) -> std::sync::MutexGuard<'_, Heard> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_sees_to_it_that_all_are_written_down() {
        let heartbeats = Heartbeats::default();
        assert!(heartbeats.heard("a", 1));
        assert!(!heartbeats.heard("b", 2) && !heartbeats.heard("a", 3));
        let mut taken = heartbeats.take();
        taken.sort();
        assert_eq!(taken, [("a".to_owned(), 3), ("b".to_owned(), 2)]);
        assert_eq!(heartbeats.take(), []);
        assert!(heartbeats.heard("a", 4));
    }
}
