//! Naming a server that lets somebody wait. A command shows nothing before its
//! result: whoever sits there is told whom it waits for, once, and again only after
//! that server answered soon in between.

use std::collections::BTreeSet;
use std::fmt;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::timeout;

/// A server that has not answered for so long is named.
pub const SLOW: Duration = Duration::from_secs(2);

/// Who is told of a server that does not answer yet. Clones tell the same.
#[derive(Clone)]
pub struct Slow {
    tell: Arc<dyn Fn(&str) + Send + Sync>,
    /// Hosts that were named and have not answered soon since.
    told: Arc<Mutex<BTreeSet<String>>>,
}

impl Slow {
    /// `tell` is given the host, with its port where that is not the scheme's own.
    pub fn new(tell: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self { tell: Arc::new(tell), told: Arc::default() }
    }

    /// Waits for an answer of `host`.
    pub(super) async fn waiting<T>(&self, host: &str, answer: impl Future<Output = T>) -> T {
        let mut answer = pin!(answer);
        if let Ok(soon) = timeout(SLOW, answer.as_mut()).await {
            self.told().remove(host);
            return soon;
        }
        if self.told().insert(host.to_owned()) {
            (self.tell)(host);
        }
        answer.await
    }

    fn told(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Slow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Slow")
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::sleep;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_server_is_named_when_it_begins_to_let_somebody_wait() {
        let named = Arc::new(Mutex::new(Vec::new()));
        let slow = Slow::new({
            let named = Arc::clone(&named);
            move |host| named.lock().unwrap().push(host.to_owned())
        });
        let after = |seconds| sleep(Duration::from_secs(seconds));
        for (host, seconds) in
            [("a", 1), ("a", 3), ("b", 0), ("a", 9), ("b", 3), ("a", 1), ("a", 20), ("a", 3)]
        {
            slow.waiting(host, after(seconds)).await;
        }
        assert_eq!(*named.lock().unwrap(), ["a", "b", "a"]);
    }
}
