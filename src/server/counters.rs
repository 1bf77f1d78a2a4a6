//! What whoever runs an instance can count, in the OpenMetrics text format. A
//! label is a route's pattern or one of our own words: never a path, never
//! anything somebody sent.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{PoisonError, RwLock};

/// Classes of a status: 1xx to 5xx.
const CLASSES: usize = 5;

/// Something that is counted each time it happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counted {
    /// A device code was made.
    CodeIssued,
    CodeApproved,
    CodeDenied,
    /// A sign-in by password that was wrong.
    SignInFailed,
    /// A request that was refused with 429.
    RateLimited,
    /// A program renewed its token.
    Refreshed,
    /// It showed a refresh token again, and was signed out.
    RefreshRepeated,
    /// A program registered itself.
    ClientRegistered,
}

/// The counters of one process, from its start.
#[derive(Debug, Default)]
pub struct Counters {
    requests: RwLock<BTreeMap<String, [AtomicU64; CLASSES]>>,
    events: [AtomicU64; 8],
}

impl Counters {
    /// One more of `event`.
    pub fn count(&self, event: Counted) {
        self.events[event as usize].fetch_add(1, Ordering::Relaxed);
    }

    /// A request to the route of this pattern was answered with `status`.
    pub fn answered(&self, route: &str, status: u16) {
        if status == 429 {
            self.count(Counted::RateLimited);
        }
        let class = usize::from((status / 100).clamp(1, 5)) - 1;
        if let Some(classes) =
            self.requests.read().unwrap_or_else(PoisonError::into_inner).get(route)
        {
            classes[class].fetch_add(1, Ordering::Relaxed);
            return;
        }
        let mut requests = self.requests.write().unwrap_or_else(PoisonError::into_inner);
        requests.entry(route.to_owned()).or_default()[class].fetch_add(1, Ordering::Relaxed);
    }

    fn of(&self, event: Counted) -> u64 {
        self.events[event as usize].load(Ordering::Relaxed)
    }

    /// All of it, with `held` polls at this moment.
    pub fn text(&self, held: usize) -> String {
        let mut text = String::new();
        let version = env!("CARGO_PKG_VERSION");
        family(&mut text, "crewmesh_build", "info", "The version that runs.");
        let _ = writeln!(text, "crewmesh_build_info{{version=\"{version}\"}} 1");
        family(&mut text, "crewmesh_requests", "counter", "Requests answered.");
        for (route, classes) in self.requests.read().unwrap_or_else(PoisonError::into_inner).iter()
        {
            for (class, count) in (1..).zip(classes) {
                let count = count.load(Ordering::Relaxed);
                if count > 0 {
                    let _ = writeln!(
                        text,
                        "crewmesh_requests_total{{route=\"{route}\",status=\"{class}xx\"}} {count}"
                    );
                }
            }
        }
        family(&mut text, "crewmesh_held_polls", "gauge", "Sign-ins waiting for an approval.");
        let _ = writeln!(text, "crewmesh_held_polls {held}");
        family(&mut text, "crewmesh_device_codes", "counter", "Device codes by what happened.");
        for (name, event) in [
            ("issued", Counted::CodeIssued),
            ("approved", Counted::CodeApproved),
            ("denied", Counted::CodeDenied),
        ] {
            let count = self.of(event);
            let _ = writeln!(text, "crewmesh_device_codes_total{{event=\"{name}\"}} {count}");
        }
        family(&mut text, "crewmesh_sign_in_failures", "counter", "Wrong passwords.");
        let _ =
            writeln!(text, "crewmesh_sign_in_failures_total {}", self.of(Counted::SignInFailed));
        family(&mut text, "crewmesh_refreshes", "counter", "Refresh tokens by what happened.");
        for (name, event) in [("renewed", Counted::Refreshed), ("reused", Counted::RefreshRepeated)]
        {
            let count = self.of(event);
            let _ = writeln!(text, "crewmesh_refreshes_total{{event=\"{name}\"}} {count}");
        }
        let said = "Programs that registered themselves.";
        family(&mut text, "crewmesh_clients_registered", "counter", said);
        let count = self.of(Counted::ClientRegistered);
        let _ = writeln!(text, "crewmesh_clients_registered_total {count}");
        family(&mut text, "crewmesh_rate_limited", "counter", "Requests refused with 429.");
        let _ = writeln!(text, "crewmesh_rate_limited_total {}", self.of(Counted::RateLimited));
        text.push_str("# EOF\n");
        text
    }
}

fn family(text: &mut String, name: &str, kind: &str, help: &str) {
    let _ = writeln!(text, "# TYPE {name} {kind}\n# HELP {name} {help}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_has_what_was_counted_and_ends() {
        let counters = Counters::default();
        counters.answered("/D/{code}", 200);
        counters.answered("/D/{code}", 204);
        counters.answered("/D/{code}", 429);
        counters.count(Counted::CodeDenied);
        let text = counters.text(3);
        for line in [
            "crewmesh_requests_total{route=\"/D/{code}\",status=\"2xx\"} 2",
            "crewmesh_requests_total{route=\"/D/{code}\",status=\"4xx\"} 1",
            "crewmesh_held_polls 3",
            "crewmesh_device_codes_total{event=\"approved\"} 0",
            "crewmesh_device_codes_total{event=\"denied\"} 1",
            "crewmesh_rate_limited_total 1",
        ] {
            assert!(text.lines().any(|found| found == line), "{line}: {text}");
        }
        assert!(text.ends_with("# EOF\n"));
    }
}
