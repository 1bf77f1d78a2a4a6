//! What opens a connection is renewed before its end: by one process of all, and whatever
//! happens to the provider's replies, nothing else is lost.

use std::time::Duration;

use crewmesh::environment::Environment;
use crewmesh::secret::Secret;
use crewmesh::server::clock::Clock;
use crewmesh::server::providers::Providers;
use crewmesh::server::{Config, Database};
use serde_json::{Value, json};

use super::{Answer, HOUR, MINUTE, TestServer};
use crate::support::token_endpoint::{Fault, TokenEndpoint};

const PROVIDERS: &str = "/api/my/providers";

/// Nodes on one database, which ask `endpoint`.
async fn nodes(count: usize, endpoint: &TokenEndpoint) -> (Vec<TestServer>, tempfile::TempDir) {
    let home = tempfile::tempdir().expect("a folder");
    let address = endpoint.url();
    let pairs = [("CREWMESH_PROVIDER_OPENAI_ADDRESS", address.as_str())];
    let env = Environment::of(pairs.into_iter().collect());
    let providers = Providers::new(None, &env).with_patience(Duration::from_millis(500));
    let clock = Clock::standing();
    let mut nodes = Vec::new();
    for _ in 0..count {
        let mut config = Config::in_memory();
        config.database = Database::in_home(home.path());
        config.clock = clock.clone();
        config.providers = providers.clone();
        nodes.push(TestServer::of(config).await);
    }
    (nodes, home)
}

async fn node(endpoint: &TokenEndpoint) -> (TestServer, tempfile::TempDir) {
    let (mut nodes, home) = nodes(1, endpoint).await;
    (nodes.remove(0), home)
}

/// Connects what the vendor's program was given just now, good for an hour.
async fn connect(server: &TestServer, token: &Secret, given: (String, String)) -> Answer {
    let end = jiff::Timestamp::from_millisecond(server.clock.now() + HOUR).expect("a time");
    let new = json!({
        "provider": "openai", "way": "vendor", "kind": "chatgpt_token", "secret": given.0,
        "refresh_token": given.1, "expires_at": end.to_string(), "plan": "plus",
        "holder": "ana@example.org", "verified": true,
    });
    server.with(token, &format!("POST {PROVIDERS}"), &new.to_string()).await
}

async fn lease(server: &TestServer, token: &Secret) -> Answer {
    server.with(token, &format!("POST {PROVIDERS}/openai/lease"), "{}").await
}

async fn listed(server: &TestServer, token: &Secret) -> Value {
    server.with(token, &format!("GET {PROVIDERS}"), "").await.is(200).json()["data"][0].clone()
}

/// Somebody who connected it, at an instance that asks `endpoint`.
async fn connected(endpoint: &TokenEndpoint) -> (TestServer, Secret, tempfile::TempDir) {
    let (server, home) = node(endpoint).await;
    let ana = server.session(&server.account("Ana").await).await;
    connect(&server, &ana, TokenEndpoint::first()).await.is(201);
    (server, ana, home)
}

/// Whether what was leased is good for starts up to about then.
fn is_about(lease: &Value, then: i64) -> bool {
    let end: jiff::Timestamp = lease["expires_at"].as_str().expect("a time").parse().expect("one");
    (end.as_millisecond() - then).abs() < MINUTE
}

#[tokio::test]
async fn what_is_good_for_long_is_given_as_it_is() {
    let endpoint = TokenEndpoint::strict();
    let (server, ana, _home) = connected(&endpoint).await;
    let given = lease(&server, &ana).await.is(201).json();
    assert_eq!((&given["secret"], &given["plan"]), (&json!(endpoint.good()), &json!("plus")));
    // A start from what was leased has some minutes left.
    assert!(is_about(&given, server.clock.now() + HOUR - 5 * MINUTE), "{given}");
    assert!(given["good_until"].is_null() && given["refresh_token"].is_null(), "{given}");
    assert_eq!(endpoint.counts(), (0, 0));
    server.clock.advance(HOUR - 5 * MINUTE);
    assert_eq!(lease(&server, &ana).await.is(201).text("secret"), endpoint.good());
    assert_eq!(endpoint.counts(), (1, 1));
    let seen = listed(&server, &ana).await.to_string();
    assert!(!seen.contains("stand-in"), "{seen}");
}

#[tokio::test]
async fn of_all_who_want_it_at_once_one_renews_it() {
    let endpoint = TokenEndpoint::strict();
    let (nodes, _home) = nodes(3, &endpoint).await;
    let ana = nodes[0].session(&nodes[0].account("Ana").await).await;
    connect(&nodes[0], &ana, TokenEndpoint::first()).await.is(201);
    for round in 1..=3 {
        nodes[0].clock.advance(HOUR);
        let asked = (0..20).map(|number| lease(&nodes[number % 3], &ana));
        for answer in futures_util::future::join_all(asked).await {
            assert_eq!(answer.is(201).text("secret"), endpoint.good());
        }
        assert_eq!(endpoint.counts(), (round, round));
    }
    let seen = nodes[0].with(&ana, "GET /api/my/audit", "").await.body.clone();
    for node in nodes {
        node.running.stop().await;
    }
    #[cfg(unix)]
    let seen = seen + &super::on_postgres::dumped().unwrap_or_default();
    assert!(!seen.contains("stand-in"), "{seen}");
}

#[tokio::test]
async fn a_provider_that_is_away_costs_nothing_but_the_time() {
    let endpoint = TokenEndpoint::strict();
    let (server, ana, _home) = connected(&endpoint).await;
    let all = [Fault::Status(503), Fault::Html, Fault::Cut, Fault::Status(429), Fault::Silence];
    // While it is good for a minute it is given, for this start alone.
    server.clock.advance(HOUR - MINUTE);
    for fault in all {
        endpoint.faults([fault; 2]);
        let given = lease(&server, &ana).await.is(201).json();
        assert_eq!(given["secret"], TokenEndpoint::first().0, "{fault:?}");
        assert!(is_about(&given, server.clock.now()), "{fault:?}: {given}");
        server.clock.advance(5_000);
    }
    server.clock.advance(MINUTE);
    for fault in all {
        endpoint.faults([fault; 2]);
        lease(&server, &ana).await.says_no(409, "connection_not_renewed");
        server.clock.advance(5_000);
    }
    assert!(listed(&server, &ana).await["revoked_at"].is_null());
    // One that failed once is asked again at once.
    endpoint.faults([Fault::Status(500)]);
    assert_eq!(lease(&server, &ana).await.is(201).text("secret"), endpoint.good());
    assert_eq!(endpoint.counts().0, 1);
}

#[tokio::test]
async fn what_the_person_took_back_is_said_and_connected_again() {
    let endpoint = TokenEndpoint::strict();
    let (server, ana, _home) = connected(&endpoint).await;
    endpoint.revoke();
    server.clock.advance(HOUR);
    for _ in 0..2 {
        lease(&server, &ana).await.says_no(409, "connection_revoked");
    }
    assert_eq!(endpoint.counts(), (0, 1), "nobody asks again");
    assert!(listed(&server, &ana).await["revoked_at"].is_string());
    let audit = server.with(&ana, "GET /api/my/audit", "").await.json();
    let events = audit["data"].as_array().expect("a list").iter();
    let revoked: Vec<_> = events.filter(|event| event["action"] == "provider.revoked").collect();
    assert_eq!(revoked.len(), 1, "{audit}");
    assert_eq!(revoked[0]["meta"], json!({ "provider": "openai" }));
    let again = endpoint.sign_in_again();
    let made = connect(&server, &ana, again).await.is(200).json();
    assert!(made["revoked_at"].is_null(), "{made}");
    assert_eq!(lease(&server, &ana).await.is(201).text("secret"), endpoint.good());
}

#[tokio::test]
async fn a_reply_that_was_lost_signs_nobody_out_where_the_provider_gives_it_again() {
    let endpoint = TokenEndpoint::lenient();
    let (server, ana, _home) = connected(&endpoint).await;
    server.clock.advance(HOUR);
    endpoint.faults([Fault::LostReply]);
    assert_eq!(lease(&server, &ana).await.is(201).text("secret"), endpoint.good());
    assert_eq!(endpoint.counts(), (1, 2));
    // Lost twice, it is asked for again by whoever comes next.
    server.clock.advance(HOUR);
    endpoint.faults([Fault::LostReply; 2]);
    lease(&server, &ana).await.says_no(409, "connection_not_renewed");
    server.clock.advance(5_000);
    assert_eq!(lease(&server, &ana).await.is(201).text("secret"), endpoint.good());

    // Where it gives nothing twice, that is said, and nothing else is lost.
    let endpoint = TokenEndpoint::strict();
    let (server, ana, _home) = connected(&endpoint).await;
    server.clock.advance(HOUR);
    endpoint.faults([Fault::LostReply]);
    lease(&server, &ana).await.says_no(409, "connection_revoked");
    assert_eq!(listed(&server, &ana).await["holder"], "ana@example.org");
}

#[tokio::test]
async fn whoever_asked_may_go_and_what_was_given_is_kept() {
    let endpoint = TokenEndpoint::strict();
    let (server, ana, _home) = connected(&endpoint).await;
    server.clock.advance(HOUR);
    endpoint.hold(true);
    {
        let asked = lease(&server, &ana);
        let held = endpoint.clone();
        let until = tokio::task::spawn_blocking(move || held.until_asked(1));
        tokio::select! {
            answer = asked => panic!("{answer:?}"),
            until = until => until.expect("it was asked"),
        }
    }
    endpoint.hold(false);
    assert_eq!(lease(&server, &ana).await.is(201).text("secret"), endpoint.good());
    assert_eq!(endpoint.counts(), (1, 1));
}

#[tokio::test]
async fn what_is_connected_anew_meanwhile_stays() {
    let endpoint = TokenEndpoint::strict();
    let (server, ana, _home) = connected(&endpoint).await;
    server.clock.advance(HOUR);
    endpoint.hold(true);
    let held = endpoint.clone();
    let (late, made) = tokio::join!(lease(&server, &ana), async {
        tokio::task::spawn_blocking({
            let held = held.clone();
            move || held.until_asked(1)
        })
        .await
        .expect("it was asked");
        let key = json!({
            "provider": "openai", "way": "token", "kind": "api_key", "secret": "sk-new",
        });
        let made = server.with(&ana, &format!("POST {PROVIDERS}"), &key.to_string()).await;
        held.hold(false);
        made
    });
    made.is(200);
    assert_eq!(late.is(201).text("secret"), "sk-new");
    assert_eq!(lease(&server, &ana).await.is(201).text("secret"), "sk-new");
    // Nothing of it is renewed again.
    server.clock.advance(10 * HOUR);
    assert_eq!(lease(&server, &ana).await.is(201).text("secret"), "sk-new");
    // What followed on what was there before is nobody's: it is ended too.
    assert_eq!(endpoint.counts(), (1, 1));
    assert!(endpoint.is_revoked());
    assert!(listed(&server, &ana).await["revoked_at"].is_null());
}

/// What is forgotten, or connected in another way, is ended at the provider as well.
#[tokio::test]
async fn what_is_forgotten_is_ended_where_it_came_from() {
    let endpoint = TokenEndpoint::strict();
    let (server, ana, _home) = connected(&endpoint).await;
    let id = listed(&server, &ana).await["id"].as_str().expect("an id").to_owned();
    server.with(&ana, &format!("DELETE {PROVIDERS}/{id}"), "").await.is(204);
    assert!(endpoint.is_revoked());
    let again = endpoint.sign_in_again();
    connect(&server, &ana, again).await.is(201);
    let key = json!({
        "provider": "openai", "way": "token", "kind": "api_key", "secret": "sk-new",
    });
    server.with(&ana, &format!("POST {PROVIDERS}"), &key.to_string()).await.is(200);
    assert!(endpoint.is_revoked());
}

/// A process that had it renewed and died keeps nobody else from it.
#[tokio::test]
async fn whoever_died_over_it_is_waited_for_and_no_longer() {
    let endpoint = TokenEndpoint::lenient();
    let (server, ana, _home) = connected(&endpoint).await;
    server.clock.advance(HOUR);
    // It is over by now.
    let claimed = "UPDATE connections SET renewing_until = ends_at + 20000";
    assert_eq!(server.sql(claimed).await, Ok(1));
    let (given, ()) = tokio::join!(lease(&server, &ana), async {
        server.clock.advance(20_000);
    });
    assert_eq!(given.is(201).text("secret"), endpoint.good());
    assert_eq!(endpoint.counts(), (1, 1));
}

#[tokio::test]
async fn a_thousand_renewals_with_faults_sign_nobody_out() {
    let endpoint = TokenEndpoint::lenient();
    let (server, ana, _home) = connected(&endpoint).await;
    let mut seed = 0x2545_f491_4f6c_dd1d_u64;
    let (mut renewed, mut waits) = (0, 0);
    #[cfg(unix)]
    let wanted = if super::on_postgres::dumped().is_some() { 200 } else { 1_000 };
    #[cfg(not(unix))]
    let wanted = 1_000;
    while renewed < wanted {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        let fault = match seed % 10 {
            0 => Some(Fault::LostReply),
            1 => Some(Fault::Status(500)),
            2 => Some(Fault::Cut),
            3 => Some(Fault::Html),
            _ => None,
        };
        server.clock.advance(HOUR);
        endpoint.faults(fault);
        // Whoever had it before died.
        if seed.is_multiple_of(11) {
            let died = "UPDATE connections SET renewing_until = ends_at";
            assert_eq!(server.sql(died).await, Ok(1));
        }
        let answer = lease(&server, &ana).await;
        if answer.status == 201 {
            assert_eq!(answer.text("secret"), endpoint.good());
            renewed += 1;
        } else {
            answer.says_no(409, "connection_not_renewed");
            waits += 1;
            server.clock.advance(5_000);
        }
        assert!(waits < 200, "{waits} of {renewed}");
    }
    assert!(listed(&server, &ana).await["revoked_at"].is_null());
}

#[tokio::test]
async fn what_nobody_renews_ends_and_says_so() {
    let server = TestServer::new().await;
    let ana = server.session(&server.account("Ana").await).await;
    let end = jiff::Timestamp::from_millisecond(server.clock.now() + HOUR).expect("a time");
    let new = json!({
        "provider": "github", "way": "token", "kind": "access_token", "secret": "ghu_x",
        "expires_at": end.to_string(),
    });
    let made = server.with(&ana, &format!("POST {PROVIDERS}"), &new.to_string()).await;
    let until = made.is(201).text("good_until");
    assert_eq!(until, end.to_string());
    let lease = async || server.with(&ana, &format!("POST {PROVIDERS}/github/lease"), "{}").await;
    assert_eq!(lease().await.is(201).text("expires_at"), end.to_string());
    server.clock.advance(HOUR);
    lease().await.says_no(409, "connection_revoked");
}

super::on_postgres::on_postgres!(
    what_is_good_for_long_is_given_as_it_is,
    of_all_who_want_it_at_once_one_renews_it,
    a_provider_that_is_away_costs_nothing_but_the_time,
    what_the_person_took_back_is_said_and_connected_again,
    a_reply_that_was_lost_signs_nobody_out_where_the_provider_gives_it_again,
    whoever_asked_may_go_and_what_was_given_is_kept,
    what_is_connected_anew_meanwhile_stays,
    what_is_forgotten_is_ended_where_it_came_from,
    whoever_died_over_it_is_waited_for_and_no_longer,
    a_thousand_renewals_with_faults_sign_nobody_out,
    what_nobody_renews_ends_and_says_so,
);
