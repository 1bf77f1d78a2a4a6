//! How much waits for the agent in its mesh.

use std::collections::BTreeSet;
use std::sync::Arc;

use tokio::sync::watch;

/// With so many nobody needs to know of more.
const MANY: usize = 100;

/// What is to be read and was not given yet.
#[derive(Clone, Debug, Default)]
pub(super) struct Unread(Arc<watch::Sender<Numbers>>);

#[derive(Debug, Default)]
struct Numbers {
    waiting: BTreeSet<i64>,
    /// The last that was given.
    given: i64,
}

impl Unread {
    /// How much that is.
    pub fn count(&self) -> usize {
        self.0.borrow().waiting.len()
    }

    /// Comes once there is anything.
    pub async fn any(&self) {
        let _ = self.0.subscribe().wait_for(|numbers| !numbers.waiting.is_empty()).await;
    }

    /// Everything up to a message was given.
    pub fn given(&self, last: i64) {
        self.0.send_modify(|numbers| {
            numbers.given = numbers.given.max(last);
            numbers.waiting = numbers.waiting.split_off(&(last + 1));
        });
    }

    /// These are there; what was given meanwhile waits no more.
    pub fn come(&self, new: impl Iterator<Item = i64>) {
        self.0.send_modify(|numbers| {
            let given = numbers.given;
            numbers.waiting.extend(new.filter(|number| *number > given));
        });
    }

    /// Comes once there is little of it.
    pub async fn few(&self) {
        let _ = self.0.subscribe().wait_for(|numbers| numbers.waiting.len() < MANY).await;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn what_was_given_waits_no_more() {
        let unread = Unread::default();
        unread.come([3, 5, 9].into_iter());
        unread.any().await;
        unread.given(5);
        assert_eq!(unread.count(), 1);
        unread.given(20);
        unread.come([7, 20].into_iter());
        assert_eq!(unread.count(), 0);
        unread.come(0..200);
        assert!(tokio::time::timeout(Duration::ZERO, unread.few()).await.is_err());
    }
}
