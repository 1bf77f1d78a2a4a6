//! What replies mean, and properties of the pace in simulated time.

use std::time::Duration;

use jiff::Timestamp;
use proptest::prelude::*;

use super::authorization::{Authorization, InvalidAuthorization};
use super::token_reply::token_reply;
use super::*;
use crate::error::{AppError, ErrorKind};
use crate::http::reply::Reply;
use crate::i18n::Message;
use crate::secret::Secret;
use crate::time_point::TimePoint;

type Poll = super::Poll<IssuedToken>;

fn at(seconds: u64) -> TimePoint {
    TimePoint { boot: Duration::from_secs(1000), wall: wall() }.after(Duration::from_secs(seconds))
}

fn wall() -> Timestamp {
    "2026-11-21T08:00:00Z".parse().expect("a time")
}

fn pace(hold: Option<u64>, interval: u64, lifetime: u64) -> Pace {
    Pace {
        interval: Duration::from_secs(interval),
        longest_hold: hold.map(Duration::from_secs),
        deadline: at(lifetime),
        margin: false,
    }
}

fn lost(code: &str, retry_after: Option<u64>) -> Poll {
    let mut error = AppError::new(ErrorKind::Unreachable, code, Message::new("reach-timed-out"));
    error.retry_after = retry_after.map(Duration::from_secs);
    Poll::Failed(error)
}

fn approved() -> Poll {
    let token = Secret::new("cm_session_x");
    Poll::Approved(IssuedToken { token, expires_at: None, refresh_token: None, user: None })
}

fn ask(after: u64, hold: Option<u64>) -> Step {
    Step::Ask(Ask { after: Duration::from_secs(after), hold: hold.map(Duration::from_secs) })
}

// --- what a token endpoint's reply means

fn token(status: u16, body: &str) -> Poll {
    token_reply(&Reply::new(status, body), "mesh.example.org", wall())
}

#[test]
fn a_verdict_is_an_error_body_whatever_the_status() {
    for status in [200, 400, 403, 428, 500] {
        assert_eq!(token(status, r#"{"error":"authorization_pending"}"#), Poll::Pending);
        assert_eq!(token(status, r#"{"error":"access_denied"}"#), Poll::Refused);
        assert_eq!(token(status, r#"{"error":"authorization_declined"}"#), Poll::Refused);
        assert_eq!(token(status, r#"{"error":"expired_token"}"#), Poll::Expired);
        assert_eq!(token(status, r#"{"error":"invalid_grant"}"#), Poll::Gone);
    }
}

#[test]
fn slow_down_brings_the_servers_own_pace_with_it() {
    let slow = |body| token(400, body);
    assert_eq!(slow(r#"{"error":"slow_down"}"#), Poll::SlowDown { interval: None });
    assert_eq!(
        slow(r#"{"error":"slow_down","interval":12}"#),
        Poll::SlowDown { interval: Some(12) }
    );
    assert_eq!(
        slow(r#"{"error":"slow_down","interval":"7.5"}"#),
        Poll::SlowDown { interval: Some(8) }
    );
}

#[test]
fn everything_else_is_network_trouble() {
    let error = |status, body| match token(status, body) {
        Poll::Failed(error) => error.code,
        other => panic!("{status} {body}: {other:?}"),
    };
    assert_eq!(error(200, "<html>Sign in to this network</html>"), "not_an_instance");
    assert_eq!(error(403, "<html>Blocked</html>"), "not_an_instance");
    assert_eq!(error(502, "<html>Bad gateway</html>"), "server_fault");
    assert_eq!(error(200, r#"{"access_token":"cm_sess"#), "not_an_instance");
    assert_eq!(error(200, "{}"), "malformed_reply");
    assert_eq!(error(200, r#"{"access_token":"","token_type":"Bearer"}"#), "malformed_reply");
    assert_eq!(error(200, r#"{"access_token":"a b"}"#), "malformed_reply");
    assert_eq!(error(200, r#"{"access_token":"ab","token_type":"mac"}"#), "malformed_reply");
    assert_eq!(error(400, r#"{"error":"server_error"}"#), "server_error");
}

#[test]
fn an_approval_brings_token_end_and_person() {
    let body = r#"{"access_token":"cm_session_x","token_type":"bearer","expires_in":"3600",
        "user":{"id":"u1","name":"Ada\u001b[2J","email":"ada@example.org"}}"#;
    let Poll::Approved(issued) = token(200, body) else { panic!("not approved") };
    assert_eq!(issued.token, Secret::new("cm_session_x"));
    assert_eq!(issued.expires_at, Some("2026-11-21T09:00:00Z".parse().expect("a time")));
    assert_eq!(issued.user.expect("said")["id"], "u1");
    // GitHub says nothing of either.
    let Poll::Approved(issued) = token(200, r#"{"access_token":"gho_x"}"#) else {
        panic!("not approved");
    };
    assert_eq!((issued.expires_at, issued.user), (None, None));
    // Nor does one that is over before anybody could use it.
    for lives in ["0", "-5", "0.4", "\".3600\""] {
        let body = format!(r#"{{"access_token":"gho_x","expires_in":{lives}}}"#);
        let Poll::Approved(issued) = token(200, &body) else { panic!("not approved") };
        assert_eq!(issued.expires_at, None, "{lives}");
    }
}

// --- what a device authorization endpoint's reply means

fn read(body: &str) -> Result<Authorization, InvalidAuthorization> {
    Authorization::read(&Reply::new(200, body), wall(), |url| url.scheme() == "https")
}

#[test]
fn any_server_that_means_well_is_understood() {
    let google = read(
        r#"{"device_code":"d","user_code":"GQVQ-JKEC","verification_url":"https://g.example/d",
            "expires_in":"1800","interval":"7"}"#,
    )
    .expect("understood");
    assert_eq!(google.uri.as_str(), "https://g.example/d");
    assert_eq!(google.expires_in, Duration::from_mins(30));
    assert_eq!(google.interval, Duration::from_secs(7));
    let bare = |rest: &str| {
        read(&format!(
            r#"{{"device_code":"d","user_code":"c","verification_uri":"https://g.example/d"{rest}}}"#
        ))
        .expect("understood")
    };
    assert_eq!(bare("").interval, Duration::from_secs(5));
    assert_eq!(bare(r#","interval":0"#).interval, Duration::from_secs(1));
    assert_eq!(bare(r#","interval":1.5"#).interval, Duration::from_millis(1500));
    assert_eq!(bare(r#","interval":-9"#).interval, Duration::from_secs(1));
    assert_eq!(bare(r#","interval":9000"#).interval, Duration::from_mins(1));
    assert_eq!(bare(r#","interval":"soon""#).interval, Duration::from_secs(5));
    let at = bare(r#","expires_at":"2026-11-21T08:10:00Z""#);
    assert_eq!(at.expires_in, Duration::from_mins(10));
    let short = bare(r#","verification_uri_complete":"HTTPS://G.EXAMPLE/D/WDJBMJPV""#);
    assert_eq!(short.complete.as_deref(), Some("HTTPS://G.EXAMPLE/D/WDJBMJPV"));
    assert_eq!(bare("").words, None);
    let words = bare(r#","crewmesh_words":"coral piano""#).words;
    assert_eq!(words.as_deref(), Some("coral piano"));
    for no_words in [r#""call +1 555""#, r#""a\u001b[2Jb cd""#, r#"["coral","piano"]"#, "7"] {
        assert_eq!(bare(&format!(r#","crewmesh_words":{no_words}"#)).words, None, "{no_words}");
    }
}

#[test]
fn a_link_that_could_do_harm_is_not_shown() {
    let with = |uri: &str| {
        let uri = serde_json::Value::from(uri);
        read(&format!(r#"{{"device_code":"d","user_code":"c","verification_uri":{uri}}}"#))
            .map(|given| given.uri.to_string())
    };
    for uri in [
        "http://mesh.example.org/d",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "https://mesh.example.org/\u{1b}[2J",
        "https://mesh.example.org/d evil",
        "https://mesh.example.org@evil.example/d",
        "not a link",
    ] {
        assert_eq!(with(uri), Err(InvalidAuthorization::Link), "{uri}");
    }
    // A complete link that does harm is left out; the short one remains.
    for complete in [
        "javascript:x",
        "https:/\"/m.example/D/c",
        "https://m.example/D/c\"&calc",
        "https:m.example/D/c",
        "https:\\\\m.example\\D",
        "https://m.example/<c>",
        "https://m.example/D/é",
    ] {
        let complete = serde_json::Value::from(complete);
        let given = read(&format!(
            r#"{{"device_code":"d","user_code":"c\u001b]0;","verification_uri":"https://m.example/d",
            "verification_uri_complete":{complete}}}"#
        ))
        .expect("understood");
        assert_eq!(given.complete, None, "{complete}");
        assert_eq!(given.user_code, "c]0;");
    }
    assert_eq!(read("{}").err(), Some(InvalidAuthorization::Malformed));
    assert_eq!(read("<html>").err(), Some(InvalidAuthorization::Malformed));
}

// --- the pace

#[test]
fn a_server_that_holds_is_asked_at_once_and_again() {
    let mut pacing = Pacing::new(pace(Some(25), 5, 600), at(0));
    assert_eq!(Step::Ask(pacing.first()), ask(0, Some(25)));
    assert_eq!(pacing.after(&Poll::Pending, at(25)), ask(0, Some(25)));
    assert_eq!(pacing.after(&Poll::Pending, at(50)), ask(0, Some(25)));
    assert_eq!(pacing.after(&approved(), at(60)), Step::Stop(Verdict::Approved));
}

#[test]
fn after_two_holds_cut_early_it_polls() {
    let mut pacing = Pacing::new(pace(Some(25), 5, 600), at(0));
    assert_eq!(pacing.after(&Poll::Pending, at(10)), ask(1, Some(25)));
    assert_eq!(pacing.after(&lost("connection_lost", None), at(21)), ask(5, None));
    assert_eq!(pacing.after(&Poll::Pending, at(27)), ask(5, None));
    // One cut, then a whole one: the proxy bears it after all.
    let mut pacing = Pacing::new(pace(Some(25), 5, 600), at(0));
    assert_eq!(pacing.after(&Poll::Pending, at(10)), ask(1, Some(25)));
    assert_eq!(pacing.after(&Poll::Pending, at(36)), ask(0, Some(25)));
    assert_eq!(pacing.after(&Poll::Pending, at(40)), ask(1, Some(25)));
}

#[test]
fn a_hold_that_ends_because_somebody_opened_the_page_is_not_cut() {
    let told = |changes| {
        let body = format!(
            r#"{{"error":"authorization_pending",
                "crewmesh_opened":{{"changes":{changes},"step":"opened","on":"phone"}}}}"#
        );
        let poll = token(400, &body);
        assert!(matches!(poll, Poll::Opened(_)), "{poll:?}");
        poll
    };
    let mut pacing = Pacing::new(pace(Some(25), 5, 600), at(0));
    for seconds in 1..=4 {
        assert_eq!(pacing.after(&told(seconds), at(seconds)), ask(0, Some(25)));
    }
    assert_eq!(pacing.after(&told(5), at(4)), ask(1, Some(25)), "never twice in a second");
    let mut pacing = Pacing::new(pace(None, 5, 600), at(0));
    assert_eq!(pacing.after(&told(1), at(6)), ask(5, None));
    // What is told as it should not be is not told.
    for opened in ["1", "{}", r#"{"changes":1,"step":"opened","on":"phone","network":"x\u001b["}"#]
    {
        let body = format!(r#"{{"error":"authorization_pending","crewmesh_opened":{opened}}}"#);
        assert_eq!(token(400, &body), Poll::Pending);
    }
}

#[test]
fn a_server_that_is_down_for_a_while_holds_again_afterwards() {
    let mut pacing = Pacing::new(pace(Some(25), 5, 600), at(0));
    assert_eq!(pacing.after(&lost("connection_refused", None), at(0)), ask(1, Some(25)));
    assert_eq!(pacing.after(&lost("connection_refused", None), at(1)), ask(2, Some(25)));
    assert_eq!(pacing.after(&lost("connection_refused", None), at(3)), ask(4, Some(25)));
    assert_eq!(pacing.after(&Poll::Pending, at(32)), ask(0, Some(25)));
}

#[test]
fn elsewhere_the_interval_comes_before_every_poll() {
    let mut pacing = Pacing::new(pace(None, 5, 600), at(0));
    assert_eq!(Step::Ask(pacing.first()), ask(5, None));
    assert_eq!(pacing.after(&Poll::Pending, at(6)), ask(5, None));
    assert_eq!(pacing.after(&Poll::SlowDown { interval: None }, at(12)), ask(10, None));
    assert_eq!(pacing.after(&Poll::Pending, at(23)), ask(10, None));
    assert_eq!(pacing.after(&Poll::SlowDown { interval: Some(30) }, at(34)), ask(30, None));
    assert_eq!(pacing.after(&Poll::SlowDown { interval: Some(1) }, at(65)), ask(35, None));
}

#[test]
fn under_wsl_every_wait_is_a_fifth_longer() {
    let slow = Pace { margin: true, ..pace(None, 5, 600) };
    let mut pacing = Pacing::new(slow, at(0));
    assert_eq!(Step::Ask(pacing.first()), ask(6, None));
    assert_eq!(pacing.after(&Poll::SlowDown { interval: None }, at(6)), ask(12, None));
}

#[test]
fn trouble_backs_off_to_half_a_minute_and_honours_retry_after() {
    let mut pacing = Pacing::new(pace(None, 5, 600), at(0));
    let mut now = 5;
    for wait in [5, 10, 20, 30, 30] {
        assert_eq!(pacing.after(&lost("timed_out", None), at(now)), ask(wait, None));
        now += wait;
    }
    assert_eq!(pacing.after(&lost("server_fault", Some(45)), at(now)), ask(45, None));
    assert_eq!(pacing.after(&Poll::Pending, at(now + 45)), ask(5, None));
    assert_eq!(pacing.after(&lost("timed_out", None), at(now + 50)), ask(5, None));
}

#[test]
fn it_is_asked_once_more_after_the_deadline() {
    let mut pacing = Pacing::new(pace(None, 5, 600), at(0));
    assert_eq!(pacing.after(&Poll::Pending, at(597)), ask(5, None));
    assert_eq!(pacing.after(&lost("timed_out", None), at(602)), Step::Stop(Verdict::Expired));
    // A laptop that slept through it.
    let mut pacing = Pacing::new(pace(Some(25), 5, 600), at(0));
    assert_eq!(pacing.after(&lost("connection_lost", None), at(4000)), ask(1, None));
    assert_eq!(pacing.after(&approved(), at(4001)), Step::Stop(Verdict::Approved));
    // Holds end with the code.
    let mut pacing = Pacing::new(pace(Some(25), 5, 40), at(0));
    assert_eq!(pacing.after(&Poll::Pending, at(25)), ask(0, Some(15)));
    assert_eq!(pacing.after(&Poll::Pending, at(40)), ask(0, None));
    assert_eq!(pacing.after(&Poll::Pending, at(40)), Step::Stop(Verdict::Expired));
}

#[test]
fn a_corrected_wall_clock_ends_the_code_as_well() {
    let mut pacing = Pacing::new(pace(None, 5, 600), at(0));
    let forward = TimePoint { boot: at(10).boot, wall: at(700).wall };
    assert_eq!(pacing.after(&Poll::Pending, forward), ask(5, None));
    assert_eq!(
        pacing.after(&Poll::Pending, forward.after(Duration::from_secs(5))),
        Step::Stop(Verdict::Expired)
    );
}

/// An answer a server or the network might give.
#[derive(Clone, Copy, Debug)]
enum Answer {
    Pending,
    Opened,
    SlowDown(Option<u64>),
    Lost(Option<u64>),
}

impl Answer {
    fn poll(self) -> Poll {
        match self {
            Self::Pending => Poll::Pending,
            Self::Opened => token(
                400,
                r#"{"error":"authorization_pending","crewmesh_opened":{"changes":1,"step":"opened","on":"phone"}}"#,
            ),
            Self::SlowDown(interval) => Poll::SlowDown { interval },
            Self::Lost(wait) => lost("timed_out", wait),
        }
    }
}

/// And how many seconds it took.
fn answers() -> impl Strategy<Value = (Answer, u64)> {
    let answer = prop_oneof![
        4 => Just(Answer::Pending),
        1 => Just(Answer::Opened),
        2 => prop::option::of(0u64..200).prop_map(Answer::SlowDown),
        3 => prop::option::of(0u64..400).prop_map(Answer::Lost),
    ];
    (answer, 0u64..40)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn it_never_asks_faster_than_allowed_and_always_ends(
        wait in prop::option::of(0u64..60),
        interval in 1u64..=60,
        lifetime in 0u64..900,
        margin: bool,
        answers in prop::collection::vec(answers(), 1000),
    ) {
        let pace = Pace { margin, ..pace(wait, interval, lifetime) };
        let mut pacing = Pacing::new(pace, at(0));
        let mut ask = pacing.first();
        let mut now = at(0);
        let mut allowed = Duration::from_secs(interval);
        let mut previous: Option<(Duration, bool)> = None;
        let mut asked_after_the_end = 0;
        for (answer, took) in answers {
            let poll = answer.poll();
            now = now.after(ask.after);
            if let Some((before, held)) = previous {
                let gap = now.boot.saturating_sub(before);
                // A server that holds allows a second; every other its interval.
                let least = if held { Duration::from_secs(1) } else { allowed };
                prop_assert!(gap >= least, "{gap:?} after the last, {least:?} allowed");
            } else {
                // The first question may come at once where answers are held.
                prop_assert!(wait.is_some_and(|wait| wait >= 1) || ask.after >= allowed);
            }
            if now.is_past(pace.deadline) {
                asked_after_the_end += 1;
                prop_assert_eq!(ask.hold, None);
            } else if let Some(hold) = ask.hold {
                prop_assert!(hold <= Duration::from_secs(25));
                prop_assert!(hold <= now.until(pace.deadline));
            }
            let held = ask.hold.is_some() && !matches!(poll, Poll::SlowDown { .. });
            previous = Some((now.boot, held));
            let longest = ask.hold.map_or(20, |hold| hold.as_secs() + 10);
            now = now.after(Duration::from_secs(took.min(longest)));
            if let Poll::SlowDown { interval } = &poll {
                let theirs = Duration::from_secs(interval.unwrap_or_default());
                allowed = (allowed + Duration::from_secs(5)).max(theirs);
            }
            match pacing.after(&poll, now) {
                Step::Ask(next) => {
                    if let Poll::Failed(error) = &poll {
                        prop_assert!(next.after >= error.retry_after.unwrap_or_default());
                    }
                    ask = next;
                }
                Step::Stop(verdict) => {
                    prop_assert_eq!(verdict, Verdict::Expired);
                    prop_assert!(asked_after_the_end <= 1);
                    return Ok(());
                }
            }
        }
        prop_assert!(false, "it never ended");
    }
}
