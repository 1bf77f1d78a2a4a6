//! "Something happened to this device code": what a held poll waits for.
//!
//! A hold is registered before the state is read, so that no approval can fall
//! between the two. It costs one entry in a map: no thread, no query. Approvals
//! in this process wake it at once; what other processes did is seen by
//! [`super::watch`].

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;

/// Why a hold ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Woken {
    /// The code's state changed: read it again.
    Changed,
    /// A newer poll for the same code took its place.
    Replaced,
    Stopping,
}

/// The polls that are held.
#[derive(Clone, Debug, Default)]
pub struct Wake(Arc<Mutex<Holds>>);

#[derive(Debug, Default)]
struct Holds {
    by_code: HashMap<String, (u64, oneshot::Sender<Woken>)>,
    next: u64,
    waiting: usize,
    stopping: bool,
}

/// A poll's place in the line; leaves it when dropped.
#[derive(Debug)]
pub struct Hold {
    wake: Wake,
    code: String,
    number: u64,
    woken: oneshot::Receiver<Woken>,
    waits: bool,
}

impl Wake {
    /// Takes the place of `code`, ending an older hold of it.
    pub fn hold(&self, code: &str) -> Hold {
        let (sender, woken) = oneshot::channel();
        let mut holds = self.holds();
        let number = holds.next;
        holds.next += 1;
        if holds.stopping {
            let _ = sender.send(Woken::Stopping);
        } else if let Some((_, older)) = holds.by_code.insert(code.to_owned(), (number, sender)) {
            let _ = older.send(Woken::Replaced);
        }
        drop(holds);
        Hold { wake: self.clone(), code: code.to_owned(), number, woken, waits: false }
    }

    /// Waits beside the poll of `code` without taking its place: for whoever
    /// shows its card and closes with it.
    pub fn beside(&self, code: &str) -> Hold {
        self.hold(&beside(code))
    }

    /// Wakes whoever waits for `code`.
    pub fn wake(&self, code: &str) {
        let mut holds = self.holds();
        for key in [code, &beside(code)] {
            if let Some((_, sender)) = holds.by_code.remove(key) {
                let _ = sender.send(Woken::Changed);
            }
        }
    }

    /// Ends every hold, and each that still comes.
    pub fn stop(&self) {
        let mut holds = self.holds();
        holds.stopping = true;
        for (_, (_, sender)) in holds.by_code.drain() {
            let _ = sender.send(Woken::Stopping);
        }
    }

    /// How many polls are held.
    pub fn held(&self) -> usize {
        self.holds().by_code.len()
    }

    /// How many of them have read the state and wait for another.
    pub fn waiting(&self) -> usize {
        self.holds().waiting
    }

    /// How many places were ever taken: a newer poll for a code that is held
    /// already shows here and not in [`Wake::held`].
    pub fn taken(&self) -> u64 {
        self.holds().next
    }

    fn holds(&self) -> std::sync::MutexGuard<'_, Holds> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn beside(code: &str) -> String {
    format!("beside {code}")
}

impl Hold {
    /// Takes the same place again after something happened that was not worth an
    /// answer. Where a newer poll has it by now, this one is replaced by that.
    pub fn renew(&mut self) {
        let (sender, woken) = oneshot::channel();
        self.woken = woken;
        let mut holds = self.wake.holds();
        if holds.stopping {
            let _ = sender.send(Woken::Stopping);
        } else if holds.by_code.contains_key(&self.code) {
            let _ = sender.send(Woken::Replaced);
        } else {
            holds.by_code.insert(self.code.clone(), (self.number, sender));
        }
    }

    /// Waits until something happens, at most `limit`; `None` when nothing did.
    pub async fn wait(&mut self, limit: Duration) -> Option<Woken> {
        self.wake.holds().waiting += usize::from(!std::mem::replace(&mut self.waits, true));
        match tokio::time::timeout(limit, &mut self.woken).await {
            Ok(woken) => Some(woken.unwrap_or(Woken::Replaced)),
            Err(_) => None,
        }
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        let mut holds = self.wake.holds();
        holds.waiting -= usize::from(self.waits);
        if holds.by_code.get(&self.code).is_some_and(|(number, _)| *number == self.number) {
            holds.by_code.remove(&self.code);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_hours(1);

    #[tokio::test(start_paused = true)]
    async fn a_change_between_registering_and_waiting_is_not_lost() {
        let wake = Wake::default();
        let mut hold = wake.hold("a");
        wake.wake("a");
        assert_eq!(hold.wait(LONG).await, Some(Woken::Changed));
    }

    #[tokio::test(start_paused = true)]
    async fn a_newer_hold_ends_the_older_and_stays() {
        let wake = Wake::default();
        let mut older = wake.hold("a");
        let mut newer = wake.hold("a");
        assert_eq!(older.wait(LONG).await, Some(Woken::Replaced));
        drop(older);
        assert_eq!(wake.held(), 1);
        assert_eq!(newer.wait(Duration::from_secs(1)).await, None);
        drop(newer);
        assert_eq!(wake.held(), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_is_renewed_is_woken_again_and_makes_way() {
        let wake = Wake::default();
        let mut hold = wake.hold("a");
        for _ in 0..2 {
            wake.wake("a");
            assert_eq!(hold.wait(LONG).await, Some(Woken::Changed));
            hold.renew();
        }
        assert_eq!((wake.held(), wake.waiting()), (1, 1));
        wake.wake("a");
        let mut newer = wake.hold("a");
        assert_eq!(hold.wait(LONG).await, Some(Woken::Changed));
        hold.renew();
        assert_eq!(hold.wait(LONG).await, Some(Woken::Replaced));
        wake.wake("a");
        assert_eq!(newer.wait(LONG).await, Some(Woken::Changed));
    }

    #[tokio::test(start_paused = true)]
    async fn stopping_ends_those_held_and_those_to_come() {
        let wake = Wake::default();
        let mut hold = wake.hold("a");
        wake.stop();
        assert_eq!(hold.wait(LONG).await, Some(Woken::Stopping));
        assert_eq!(wake.hold("b").wait(LONG).await, Some(Woken::Stopping));
    }
}
