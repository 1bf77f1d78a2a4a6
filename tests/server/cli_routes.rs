//! The older dialect, and a second terminal that approves the first.

use std::net::IpAddr;

use crewmesh::secret::Secret;
use crewmesh::server::Config;
use crewmesh::server::domain::device_code_state::Decision;
use crewmesh::server::store::{Page, Whose};

use super::{Answer, Codes, MINUTE, TestServer};

const ROOM: &str = "/api/auth/cli/device-code";

async fn ask(server: &TestServer) -> Codes {
    let body =
        "{\"device_name\":\"Ana's laptop\",\"device_os\":\"darwin\",\"device_arch\":\"arm64\"}";
    let answer = server.request(&format!("POST {ROOM}"), &[], body).await;
    answer.is(201);
    Codes { device: answer.text("device_code"), user: answer.text("user_code") }
}

async fn poll(server: &TestServer, codes: &Codes) -> Answer {
    server.clock.advance(1_500);
    server.request(&format!("GET {ROOM}/{}", codes.device), &[], "").await
}

#[tokio::test]
async fn a_code_goes_its_way_in_the_older_dialect() {
    let server = TestServer::new().await;
    let ana = server.account("Ana").await;
    let answer = server.request(&format!("POST {ROOM}"), &[], "{}").await;
    let json = answer.is(201).json();
    assert_eq!((&json["interval"], &json["expires_in"]), (&1.5.into(), &600.into()));
    assert!(answer.text("expires_at").ends_with('Z'));
    assert_eq!(answer.text("verification_url"), format!("http://{}/d", server.host()));

    let codes = ask(&server).await;
    assert_eq!(poll(&server, &codes).await.is(200).text("status"), "pending");
    let hasty = server.request(&format!("GET {ROOM}/{}", codes.device), &[], "").await;
    assert_eq!(hasty.is(429).json()["slow_down"], true);
    assert_eq!(hasty.header("retry-after"), Some("1"));
    server.settle(&codes, &ana, Decision::Approve).await;
    let claimed = poll(&server, &codes).await;
    assert_eq!(claimed.is(200).text("status"), "approved");
    assert_eq!(claimed.json()["user"]["name"], "Ana");
    let token = Secret::new(claimed.text("token"));
    server.with(&token, "GET /api/my/profile", "").await.is(200);
    let late = poll(&server, &codes).await.is(200).json();
    assert_eq!((&late["token"], &late["already_claimed"]), (&().into(), &true.into()));
}

/// Whoever got the token and lost the answer asks again with the same key.
#[tokio::test]
async fn a_lost_answer_is_given_again_for_a_minute_at_least() {
    let server = TestServer::new().await;
    let ana = server.account("Ana").await;
    let codes = ask(&server).await;
    server.settle(&codes, &ana, Decision::Approve).await;
    let poll = async |key: &str| {
        server.clock.advance(1_500);
        let key = [("Idempotency-Key", key)];
        server.request(&format!("GET {ROOM}/{}", codes.device), &key, "").await
    };
    let first = poll("one").await;
    let token = first.is(200).text("token");
    assert_eq!(poll("one").await.is(200).text("token"), token);
    assert!(token.starts_with("cm_session_"));
    let ends: jiff::Timestamp = first.text("expires_at").parse().unwrap();
    let days = (ends.as_millisecond() - server.clock.now()) / super::DAY;
    assert!((89..=90).contains(&days), "{days}");
    let other = poll("other").await.is(200).json();
    assert_eq!((&other["token"], &other["already_claimed"]), (&().into(), &true.into()));
    // Used, it is given again for a minute and no longer.
    server.with(&Secret::new(&token), "GET /api/my/profile", "").await.is(200);
    assert_eq!(poll("one").await.is(200).text("token"), token);
    server.clock.advance(MINUTE);
    assert_eq!(poll("one").await.is(200).json()["already_claimed"], true);
    let strange = [("Idempotency-Key", "a b")];
    let line = format!("GET {ROOM}/{}", codes.device);
    server.request(&line, &strange, "").await.says_no(400, "invalid_request");
}

/// Everything the older dialect names, where it names it.
#[tokio::test]
async fn the_older_dialect_says_all_that_it_should() {
    let server = TestServer::new().await;
    let before = server.clock.now();
    let answer = server.request(&format!("POST {ROOM}"), &[], "{\"device_name\":5}").await;
    answer.says_no(400, "invalid_request");
    let json = server.request(&format!("POST {ROOM}"), &[], "{}").await.is(201).json();
    let members: Vec<_> = json.as_object().unwrap().keys().map(String::as_str).collect();
    let wanted = [
        "crewmesh_words",
        "device_code",
        "expires_at",
        "expires_in",
        "id",
        "interval",
        "user_code",
    ];
    assert_eq!(members, [&wanted[..], &["verification_url"]].concat());
    let ends: jiff::Timestamp = json["expires_at"].as_str().unwrap().parse().unwrap();
    let left = ends.as_millisecond() - before;
    assert!((10 * MINUTE..11 * MINUTE).contains(&left), "{left}");
    // What such a client opens leads to the card, by way of the sign-in.
    let code = json["user_code"].as_str().unwrap();
    let plain = code.replace('-', "");
    for door in ["/d", "/cli-auth"] {
        let opened = server.request(&format!("GET {door}?code={code}"), &[], "").await;
        assert_eq!(opened.status, 303, "{opened:?}");
        let onward = opened.header("location").unwrap_or_default();
        assert!(onward.contains(&plain), "{onward}");
    }
}

#[tokio::test]
async fn ends_are_told_apart() {
    let server = TestServer::new().await;
    let ana = server.account("Ana").await;
    let denied = ask(&server).await;
    server.settle(&denied, &ana, Decision::Deny).await;
    assert_eq!(poll(&server, &denied).await.is(200).text("status"), "denied");
    let old = ask(&server).await;
    server.clock.advance(10 * MINUTE);
    assert_eq!(poll(&server, &old).await.is(200).text("status"), "expired");
    server.request(&format!("GET {ROOM}/cm_dc_x"), &[], "").await.says_no(404, "not_found");
    server.request(&format!("POST {ROOM}"), &[], "nonsense").await.says_no(400, "invalid_request");
}

#[tokio::test]
async fn a_second_terminal_approves_the_first() {
    let server = TestServer::new().await;
    let ana = server.account("Ana").await;
    let session = server.session(&ana).await;
    let codes = ask(&server).await;
    let at = |verb: &str, codes: &Codes| format!("{ROOM}/{}/{verb}", codes.user.to_lowercase());

    let card = server.with(&session, &format!("GET {}", at("card", &codes)), "").await;
    assert_eq!(card.is(200).text("user_code"), codes.user);
    assert_eq!(card.text("device_name"), "Ana's laptop");
    assert_eq!(card.text("ip"), "127.0.0.1");
    let approve = format!("POST {}", at("approve", &codes));
    assert_eq!(server.with(&session, &approve, "{}").await.is(200).text("status"), "approved");
    server.with(&session, &approve, "").await.says_no(409, "already_settled");
    assert_eq!(poll(&server, &codes).await.is(200).text("status"), "approved");

    let other = ask(&server).await;
    let deny = format!("POST {}", at("deny", &other));
    assert_eq!(server.with(&session, &deny, "").await.is(200).text("status"), "denied");
    let old = ask(&server).await;
    server.clock.advance(10 * MINUTE);
    let late = format!("POST {}", at("approve", &old));
    server.with(&session, &late, "").await.says_no(410, "expired");

    let store = &server.running.state().store;
    let done = store.audit_events(Whose::Account(&ana.id), &Page::default()).await.unwrap().data;
    for action in ["auth.cli.device.approved", "auth.cli.device.denied", "auth.cli.session.created"]
    {
        assert!(done.iter().any(|event| event.action == action), "{action}: {done:?}");
    }
}

#[tokio::test]
async fn an_unattended_token_approves_nothing() {
    let server = TestServer::new().await;
    let ana = server.account("Ana").await;
    let session = server.session(&ana).await;
    let pat = server.pat(&session, "{\"name\":\"ci\"}").await;
    let codes = ask(&server).await;
    for verb in ["approve", "deny"] {
        let line = format!("POST {ROOM}/{}/{verb}", codes.user);
        server.with(&pat, &line, "").await.says_no(403, "step_up_required");
        server.request(&line, &[], "").await.says_no(401, "unauthorized");
    }
    assert_eq!(poll(&server, &codes).await.text("status"), "pending");
}

#[tokio::test]
async fn guessing_codes_costs_more_each_time() {
    let server = TestServer::new().await;
    let ana = server.account("Ana").await;
    let session = server.session(&ana).await;
    let codes = ask(&server).await;
    let right = format!("POST {ROOM}/{}/approve", codes.user);
    let wrong = format!("POST {ROOM}/BBBB-BBBB/approve");
    for _ in 0..5 {
        server.with(&session, &wrong, "").await.says_no(404, "not_found");
    }
    let blocked = server.with(&session, &right, "").await;
    blocked.says_no(429, "too_many_requests");
    let wait: i64 = blocked.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
    // Another account from the same address has to wait as well.
    let ben = server.account("Ben").await;
    let other = server.session(&ben).await;
    server.with(&other, &wrong, "").await.says_no(429, "too_many_requests");
    server.clock.advance(MINUTE);
    server.with(&session, &right, "").await.is(200);
}

#[tokio::test]
async fn an_account_that_guesses_from_everywhere_waits_all_the_same() {
    let mut config = Config::in_memory();
    config.trusted_proxies = vec![IpAddr::from([127, 0, 0, 1]).into()];
    let server = TestServer::of(config).await;
    let ana = server.account("Ana").await;
    let bearer = format!("Bearer {}", server.session(&ana).await.expose());
    let guess = async |from: u8| {
        let (from, line) = (format!("192.0.2.{from}"), format!("POST {ROOM}/BBBB-BBBB/approve"));
        let headers = [("Authorization", bearer.as_str()), ("X-Forwarded-For", &from)];
        server.request(&line, &headers, "").await
    };
    for from in 1..=5 {
        guess(from).await.says_no(404, "not_found");
    }
    guess(6).await.says_no(429, "too_many_requests");
}

#[tokio::test]
async fn a_hundred_guesses_at_once_are_five() {
    let server = TestServer::new().await;
    let session = server.session(&server.account("Ana").await).await;
    let guess = async |number: u32| {
        let letter = |place: u32| {
            char::from(b"BCDFGHJKLMNPQRSTVWXZ"[(number / 20_u32.pow(place) % 20) as usize])
        };
        let code: String = (0..8).map(letter).collect();
        server.with(&session, &format!("POST {ROOM}/{code}/deny"), "").await.status
    };
    let answers = futures_util::future::join_all((0..100).map(guess)).await;
    let told = answers.iter().filter(|status| **status == 404).count();
    let held_off = answers.iter().filter(|status| **status == 429).count();
    assert_eq!((told, held_off), (5, 95), "{answers:?}");
}

super::on_postgres::on_postgres!(
    a_lost_answer_is_given_again_for_a_minute_at_least,
    the_older_dialect_says_all_that_it_should,
    a_code_goes_its_way_in_the_older_dialect,
    ends_are_told_apart,
    a_second_terminal_approves_the_first,
    an_unattended_token_approves_nothing,
    guessing_codes_costs_more_each_time,
    a_hundred_guesses_at_once_are_five,
    an_account_that_guesses_from_everywhere_waits_all_the_same,
);
