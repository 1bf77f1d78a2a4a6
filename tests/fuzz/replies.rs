//! What a server answers, ours or any other that speaks RFC 8628.

use std::time::Duration;

use crewmesh::api::refusal::{Context, Subject};
use crewmesh::device_grant::authorization::Authorization;
use crewmesh::http::reply::{Reply, retry_after};
use crewmesh::instance::discovery::may_use;
use jiff::Timestamp;
use proptest::prelude::*;

use super::typed::said;
use crate::support::cases::{hold, is_shown_as_it_is, json, texts};

fn now() -> Timestamp {
    "2026-11-21T08:00:00Z".parse().expect("a time")
}

const DAY: Duration = Duration::from_hours(24);

const DEVICE: [&str; 3] = [
    r#"{"device_code":"cm_dc_hunter2","user_code":"WDJB-MJPV","verification_uri":"https://mesh.example.org/d",
        "verification_uri_complete":"https://mesh.example.org/D/WDJBMJPV","expires_in":900,"interval":5}"#,
    r#"{"device_code":"hunter2","user_code":"GQVQ-JKEC","verification_url":"https://www.google.com/device",
        "expires_in":"1800","interval":"5"}"#,
    r#"{"device_code":"hunter2","user_code":"A1","verification_uri":"http://127.0.0.1/d",
        "expires_at":"2026-11-21T08:15:00Z","interval":0.5}"#,
];

#[test]
fn a_code_for_a_device_is_one_that_can_be_shown_and_waited_for() {
    hold(json(&DEVICE), |text| {
        let reply = Reply::new(200, text.as_bytes());
        let may_open = |url: &url::Url| may_use(url, false);
        match Authorization::from_reply(&reply, "mesh.example.org", now(), may_open) {
            Ok(read) => {
                let code = &read.user_code;
                assert!(
                    (1..=64).contains(&code.chars().count()) && is_shown_as_it_is(code),
                    "{code:?}"
                );
                assert!(read.device_code.expose().bytes().all(|b| b.is_ascii_graphic()));
                assert!(may_use(&read.uri, false) && is_shown_as_it_is(read.uri.as_str()));
                assert!(read.uri.username().is_empty() && read.uri.password().is_none());
                if let Some(complete) = &read.complete {
                    assert!(complete.is_ascii() && is_shown_as_it_is(complete), "{complete:?}");
                    let (scheme, _) = complete.split_once("://").expect("a link, whole");
                    assert!(complete.len() <= 2_048, "{complete}");
                    assert!(["http", "https"].contains(&&*scheme.to_lowercase()), "{complete}");
                    assert!(!complete.contains(['"', '<', '>', '\\', '^', '`', '|']), "{complete}");
                }
                assert!(read.expires_in <= DAY, "{:?}", read.expires_in);
                let pace = Duration::from_secs(1)..=Duration::from_mins(1);
                assert!(pace.contains(&read.interval), "{:?}", read.interval);
                assert!(!format!("{read:?}").contains("hunter2"), "{read:?}");
            }
            Err(error) => {
                let said = said(&error);
                assert!(!said.contains("hunter2") && is_shown_as_it_is(&said), "{said:?}");
            }
        }
    });
}

const REFUSALS: [&str; 6] = [
    r#"{"error":"slug_taken","message":"There is one already.","suggested_slug":"team-2"}"#,
    r#"{"error":"invalid_grant","error_description":"No such code.","interval":7}"#,
    r#"{"error":"plan_required","message":"Full.","hint":"Ask.","plan":"team"}"#,
    r#"{"error":"upgrade_required","message":"Old.","min_version":"1.2.3"}"#,
    r#"{"error":"insufficient_scope","message":"No."}"#,
    "<html><body><h1>Welcome to the hotel</h1></body></html>",
];

#[test]
fn every_refusal_has_words_that_can_be_shown() {
    let subjects = [Subject::Any, Subject::Invite, Subject::Code];
    let about = (100..600_u16, any::<bool>(), any::<bool>(), 0..3_usize);
    let seeds = prop_oneof![json(&REFUSALS[..5]), texts(&REFUSALS)];
    hold(
        (seeds, about, texts(&["Bearer realm=\"x\", error=\"invalid_token\"", "Basic"])),
        |input| {
            let (text, (status, with_token, token_ended, subject), challenge) = input;
            let mut reply = Reply::new(status, text.as_bytes());
            reply.location = Some(text.clone());
            reply.challenge = Some(challenge);
            let context = Context {
                with_token,
                token_ended,
                subject: subjects[subject],
                ..Context::about("h")
            };
            let error = context.refusal(&reply);
            let said = said(&error);
            assert!(is_shown_as_it_is(&said), "{said:?}");
            // In two languages, each message and hint of bounded words.
            assert!(said.chars().count() < 4_000, "{}", said.len());
            if let Some(slug) = &error.suggestion {
                assert!(crewmesh::slug::is_slug(slug), "{slug:?}");
            }
        },
    );
}

#[test]
fn a_wait_that_a_server_asks_for_is_a_day_at_most() {
    let seeds =
        &["17", "Sat, 21 Nov 2026 08:00:30 GMT", "Sat, 21 Nov 2026 09:00:30 +0100", "99999999999"];
    hold(texts(seeds), |text| {
        let Some(wait) = retry_after(&text, now()) else { return };
        assert!(wait <= DAY, "{text:?}: {wait:?}");
        let bare = text.trim();
        if let Ok(seconds) = bare.parse::<u64>() {
            // RFC 9110 §10.2.3: digits alone.
            assert!(bare.bytes().all(|b| b.is_ascii_digit()), "{text:?}");
            assert_eq!(wait, Duration::from_secs(seconds).min(DAY));
        }
    });
}
