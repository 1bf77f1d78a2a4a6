//! Which numbers of one counter of a mesh were heard of in this process. Pure.
//!
//! The surprising rule: where a counter stands is read at any moment, also between
//! a commit of this process and its word of it. So a number that a transaction of
//! this process took is left to that transaction, until it says how it ended.

use std::collections::BTreeSet;

/// The numbers of one counter.
#[derive(Debug, Default)]
pub(super) struct Counted {
    /// Each number up to here was heard of, or left to whoever took it here;
    /// `None` before the counter was read.
    known: Option<i64>,
    /// `known` when the counter was read last: it stands there at least.
    read: i64,
    /// What was heard of beyond `known`. Two who write at once are heard of in any
    /// order.
    beyond: BTreeSet<i64>,
    /// What transactions of this process took that have not ended.
    under_way: BTreeSet<i64>,
    /// What some took of which nobody waited for the end: it may yet be written.
    given_up: BTreeSet<i64>,
}

impl Counted {
    /// A transaction of this process took `number`.
    pub(super) fn taken(&mut self, number: i64) {
        self.beyond.remove(&number);
        self.given_up.remove(&number);
        self.under_way.insert(number);
    }

    /// What a transaction of this process took as `number` is written. Whether that
    /// is the first word of it.
    pub(super) fn written(&mut self, number: i64) -> bool {
        let is_first = self.under_way.remove(&number) | self.given_up.remove(&number);
        self.count(number);
        is_first
    }

    /// What another process took as `number` is written.
    pub(super) fn heard(&mut self, number: i64) {
        self.given_up.remove(&number);
        self.count(number);
    }

    /// The transaction of this process that took `number` came to nothing, or nobody
    /// waited for its end. Whether the number was left to it when the counter was
    /// read, and may be another process's.
    pub(super) fn given_up(&mut self, number: i64) -> bool {
        if !self.under_way.remove(&number) {
            return false;
        }
        self.given_up.insert(number);
        self.known.is_some_and(|known| number <= known)
    }

    /// The counter was read, and stood at `now`. Whether it counted anything that
    /// was not heard of.
    pub(super) fn stood_at(&mut self, now: i64) -> bool {
        self.given_up = self.given_up.split_off(&(now + 1));
        // Less than it was: a copy from before was put in its place.
        let Some(before) = self.known.filter(|_| self.read <= now) else {
            self.beyond.clear();
            (self.known, self.read) = (Some(now), now);
            return true;
        };
        if before < now {
            let later = self.beyond.split_off(&(now + 1));
            let heard = std::mem::replace(&mut self.beyond, later).len();
            let left = self.under_way.range(before + 1..=now).count();
            (self.known, self.read) = (Some(now), now);
            self.go_on();
            return usize::try_from(now - before).is_ok_and(|all| heard + left < all);
        }
        // It was read before the last of what was heard of.
        self.read = before;
        false
    }

    /// Whether no transaction of this process has still to say how it ended.
    pub(super) fn is_settled(&self) -> bool {
        self.under_way.is_empty()
    }

    fn count(&mut self, number: i64) {
        if self.known.is_some_and(|known| known < number) {
            self.beyond.insert(number);
        }
        self.go_on();
    }

    fn go_on(&mut self) {
        while let Some(known) = &mut self.known
            && self.beyond.remove(&(*known + 1))
        {
            *known += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_at(number: i64) -> Counted {
        let mut counted = Counted::default();
        assert!(counted.stood_at(number), "nothing was heard of yet");
        counted
    }

    #[test]
    fn what_is_heard_of_in_any_order_is_seen_once() {
        for order in [[1, 2, 3], [3, 2, 1], [2, 3, 1]] {
            let mut counted = read_at(0);
            for number in order {
                counted.heard(number);
            }
            assert!(!counted.stood_at(3), "{order:?}");
            assert_eq!((counted.known, counted.beyond.len()), (Some(3), 0), "{order:?}");
        }
        let mut counted = read_at(0);
        counted.heard(1);
        counted.heard(3);
        assert!(counted.stood_at(3), "2 is another's");
        counted.heard(5);
        assert!(counted.stood_at(4), "4 is as well");
        assert!(!counted.stood_at(5));
    }

    #[test]
    fn what_a_transaction_took_is_left_to_it() {
        let mut counted = read_at(7);
        counted.taken(8);
        counted.taken(9);
        assert!(!counted.stood_at(9), "both are to be told");
        assert!(!counted.is_settled());
        assert!(counted.written(9) && counted.written(8));
        assert!(counted.is_settled() && !counted.stood_at(9) && !counted.written(9));
        counted.taken(10);
        assert!(counted.stood_at(11), "11 is another's");
        assert!(counted.written(10) && !counted.stood_at(11));
    }

    #[test]
    fn what_was_left_to_one_that_came_to_nothing_may_be_anothers() {
        let mut counted = read_at(7);
        counted.taken(8);
        assert!(!counted.given_up(8), "nobody read it");
        assert!(counted.stood_at(8), "so another took it");
        counted.taken(9);
        assert!(!counted.stood_at(9));
        assert!(counted.given_up(9), "another did, and it was left to us");
        assert!(counted.is_settled());
    }

    #[test]
    fn what_nobody_waited_for_may_yet_be_written() {
        let mut counted = Counted::default();
        counted.taken(8);
        assert!(!counted.given_up(8));
        assert!(counted.written(8) && !counted.written(8));
        for is_read in [false, true] {
            counted.taken(9);
            assert!(!counted.given_up(9));
            if is_read {
                assert!(counted.stood_at(9));
            } else {
                counted.heard(9);
            }
            assert!(!counted.written(9), "it was another's");
        }
    }

    #[test]
    fn what_was_read_before_it_was_heard_of_is_no_news_and_an_older_copy_is() {
        let mut counted = read_at(7);
        counted.heard(8);
        counted.heard(9);
        assert!(!counted.stood_at(8), "read a moment before");
        assert!(!counted.stood_at(9));
        assert!(counted.stood_at(4), "of an older copy");
        counted.heard(5);
        assert!(!counted.stood_at(5));
        assert!(counted.stood_at(6));
    }
}
