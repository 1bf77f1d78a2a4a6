//! What is noted of whoever opens the page of a code, as a pure rule.
//!
//! The surprising rule: it changes so often and no more ([`MOST`]), so that nobody
//! who has the link can keep a terminal that waits busy with it.

use crate::wire::{OpenedOn, Opening, OpeningStep};

/// How often it changes for one code.
pub const MOST: u32 = 6;

/// A page of a code was opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// How far whoever did so came.
    pub step: OpeningStep,
    /// What they did so on.
    pub on: OpenedOn,
    /// Their network, where it is known.
    pub network: Option<String>,
}

impl Opened {
    /// What is noted from now on, after `before`; `None` where that says it already.
    pub fn after(self, before: Option<&Opening>) -> Option<Opening> {
        let Self { step, on, network } = self;
        let Some(before) = before else {
            return Some(Opening { changes: 1, step, on, network });
        };
        let is_same = before.on == on && before.network == network;
        // Whoever signed in there may have the page before it open still.
        if before.changes >= MOST || (is_same && step <= before.step) {
            return None;
        }
        Some(Opening { changes: before.changes + 1, step, on, network })
    }
}

/// What a browser that calls itself so runs on. A tablet says that it is a computer
/// or nothing at all, and so do some computers: those are browsers.
pub fn opened_on(user_agent: &str) -> OpenedOn {
    let says = |word: &str| user_agent.contains(word);
    if says("iPad") {
        OpenedOn::Browser
    } else if says("Mobi") {
        OpenedOn::Phone
    } else if says("Windows NT") || (says("X11") && !says("Android")) {
        OpenedOn::Computer
    } else {
        OpenedOn::Browser
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn opened(step: OpeningStep, network: &str) -> Opened {
        Opened { step, on: OpenedOn::Phone, network: Some(network.to_owned()) }
    }

    #[test]
    fn it_goes_forward_and_says_nothing_twice() {
        use OpeningStep::{Opened, SignedIn};
        let first = opened(Opened, "203.0.113.x").after(None).unwrap();
        assert_eq!((first.changes, first.step), (1, Opened));
        assert_eq!(opened(Opened, "203.0.113.x").after(Some(&first)), None);
        let second = opened(SignedIn, "203.0.113.x").after(Some(&first)).unwrap();
        assert_eq!((second.changes, second.step), (2, SignedIn));
        assert_eq!(opened(Opened, "203.0.113.x").after(Some(&second)), None);
        let elsewhere = opened(Opened, "198.51.100.x").after(Some(&second)).unwrap();
        assert_eq!((elsewhere.changes, elsewhere.step), (3, Opened));
    }

    #[test]
    fn a_browser_is_called_what_it_says_plainly() {
        for (user_agent, on) in [
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 \
                 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1",
                OpenedOn::Phone,
            ),
            (
                "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) \
                 Chrome/130.0.0.0 Mobile Safari/537.36",
                OpenedOn::Phone,
            ),
            ("Mozilla/5.0 (Android 14; Mobile; rv:132.0) Gecko/132.0", OpenedOn::Phone),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like \
                 Gecko) Chrome/130.0.0.0 Safari/537.36",
                OpenedOn::Computer,
            ),
            ("Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101", OpenedOn::Computer),
            // An iPad calls itself so, and says nothing else.
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, \
                 like Gecko) Version/18.0 Safari/605.1.15",
                OpenedOn::Browser,
            ),
            ("Mozilla/5.0 (iPad; CPU OS 18_0 like Mac OS X) Mobile/15E148", OpenedOn::Browser),
            (
                "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) \
                 Chrome/130.0.0.0 Safari/537.36",
                OpenedOn::Browser,
            ),
            ("curl/8.5.0", OpenedOn::Browser),
            ("", OpenedOn::Browser),
        ] {
            assert_eq!(opened_on(user_agent), on, "{user_agent}");
        }
    }

    proptest! {
        #[test]
        fn it_changes_so_often_and_no_more(
            all in prop::collection::vec((any::<bool>(), 0_u8..3), 0..60),
        ) {
            let mut noted: Option<Opening> = None;
            for (signed_in, network) in all {
                let step = if signed_in { OpeningStep::SignedIn } else { OpeningStep::Opened };
                let next = opened(step, &format!("203.0.{network}.x")).after(noted.as_ref());
                if let Some(next) = next {
                    let changes = noted.as_ref().map_or(0, |noted| noted.changes);
                    prop_assert_eq!(next.changes, changes + 1);
                    prop_assert!(next.changes <= MOST);
                    noted = Some(next);
                }
            }
        }
    }
}
