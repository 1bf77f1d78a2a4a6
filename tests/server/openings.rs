//! What a terminal that waits is told of the page of its code: that somebody
//! opened it, where, and how far they came; and who is told nothing.

use std::net::IpAddr;

use crewmesh::server::domain::device_code_state::Decision;
use crewmesh::server::domain::opening::MOST;
use crewmesh::server::{Config, Limits};
use serde_json::json;

use super::{Answer, Codes, GRANT, TestServer};
use crate::support::PATIENCE;

const WAIT: (&str, &str) = ("Prefer", "wait=25");
const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");
const HTML: (&str, &str) = ("Accept", "text/html,*/*;q=0.8");
const PHONE: (&str, &str) = ("User-Agent", "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0) Mobile/15E1");

/// Behind a proxy on loopback, which says where somebody comes from.
fn behind_proxy() -> Config {
    let trusted_proxies = vec![IpAddr::from([127, 0, 0, 1]).into()];
    Config { trusted_proxies, ..Config::in_memory() }
}

impl Codes {
    fn page(&self) -> String {
        format!("/D/{}", self.user.replace('-', ""))
    }
}

/// Asks what became of `codes`, knowing so many changes of its page.
async fn asks(server: &TestServer, codes: &Codes, known: u32, headers: &[(&str, &str)]) -> Answer {
    let body = format!(
        "grant_type={GRANT}&device_code={}&client_id=crewmesh&crewmesh_opened={known}",
        codes.device
    );
    server.request("POST /oauth/token", &[&[FORM], headers].concat(), &body).await
}

/// Opens `path` as a phone at 203.0.113.57, and waits until that is noted.
async fn opens(server: &TestServer, path: &str, headers: &[(&str, &str)]) -> Answer {
    let from = [HTML, PHONE, ("X-Forwarded-For", "203.0.113.57")];
    let answer = server.request(&format!("GET {path}"), &[&from, headers].concat(), "").await;
    noted(server).await;
    answer
}

async fn noted(server: &TestServer) {
    let noted = async {
        while !server.running.state().uses_noted.is_idle() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, noted).await.expect("it is noted");
}

fn sign_in_page(codes: &Codes) -> String {
    format!("/login?next={}", codes.page().replace('/', "%2F"))
}

#[tokio::test]
async fn a_held_poll_is_told_of_each_step_and_of_the_approval() {
    let server = TestServer::of(behind_proxy()).await;
    let ana = server.account("Ana").await;
    let codes = server.ask().await;
    let (told, page) = tokio::join!(asks(&server, &codes, 0, &[WAIT]), async {
        server.until_held(1).await;
        opens(&server, &sign_in_page(&codes), &[]).await
    });
    page.is(200);
    told.refuses(400, "authorization_pending");
    assert_eq!(told.header("preference-applied"), Some("wait=25"));
    let opened = json!({
        "changes": 1, "step": "opened", "on": "phone", "network": "203.0.113.x",
    });
    assert_eq!(told.json()["crewmesh_opened"], opened);

    server.clock.advance(1_000);
    let (cookie, _) = server.web_session(&ana).await;
    let (told, card) = tokio::join!(asks(&server, &codes, 1, &[WAIT]), async {
        server.until_held(1).await;
        opens(&server, &codes.page(), &[("Cookie", &cookie)]).await
    });
    assert!(card.is(200).body.contains("Laptop"), "{card:?}");
    let signed_in = json!({
        "changes": 2, "step": "signed_in", "on": "phone", "network": "203.0.113.x",
    });
    assert_eq!(told.json()["crewmesh_opened"], signed_in);
    assert!(!told.body.contains("Ana"), "never who: {told:?}");

    // The reply was lost: it is told again, at once.
    server.clock.advance(1_000);
    let told = asks(&server, &codes, 1, &[WAIT]).await;
    assert_eq!(told.json()["crewmesh_opened"], signed_in);
    server.clock.advance(1_000);
    let (answer, ()) = tokio::join!(asks(&server, &codes, 2, &[WAIT]), async {
        server.until_held(1).await;
        server.settle(&codes, &ana, Decision::Approve).await;
    });
    assert!(answer.is(200).json().get("crewmesh_opened").is_none());
}

#[tokio::test]
async fn a_client_that_does_not_ask_sees_the_standard_and_is_held_on() {
    let server = TestServer::new().await;
    let ana = server.account("Ana").await;
    let codes = server.ask().await;
    let (answer, ()) = tokio::join!(server.poll(&codes, &[WAIT]), async {
        server.until_held(1).await;
        opens(&server, &sign_in_page(&codes), &[]).await.is(200);
        // Woken, it found nothing to say and waits again.
        server.until_held(1).await;
        server.settle(&codes, &ana, Decision::Approve).await;
    });
    assert_eq!(answer.is(200).header("preference-applied"), Some("wait=25"));

    let codes = server.ask().await;
    opens(&server, &sign_in_page(&codes), &[]).await.is(200);
    let pending = server.poll(&codes, &[]).await;
    pending.refuses(400, "authorization_pending");
    assert_eq!(pending.json().as_object().map(serde_json::Map::len), Some(2), "{pending:?}");
}

#[tokio::test]
async fn what_looks_ahead_for_somebody_opened_nothing() {
    let server = TestServer::new().await;
    let ana = server.account("Ana").await;
    let (cookie, _) = server.web_session(&ana).await;
    let codes = server.ask().await;
    let quiet = async |line: &str, headers: &[(&str, &str)]| {
        let answer = server.request(line, headers, "").await;
        assert!(answer.status < 400, "{answer:?}");
        noted(&server).await;
        server.clock.advance(10_000);
        let pending = asks(&server, &codes, 0, &[]).await;
        pending.refuses(400, "authorization_pending");
        assert_eq!(pending.json().get("crewmesh_opened"), None, "{line} {headers:?}");
    };
    let cookie = ("Cookie", cookie.as_str());
    for path in [codes.page(), sign_in_page(&codes)] {
        quiet(&format!("HEAD {path}"), &[HTML, PHONE]).await;
        quiet(&format!("GET {path}"), &[("Accept", "*/*"), PHONE]).await;
        quiet(&format!("GET {path}"), &[]).await;
        quiet(&format!("GET {path}"), &[HTML, ("Sec-Purpose", "prefetch")]).await;
    }
    quiet(&format!("HEAD {}", codes.page()), &[HTML, cookie]).await;
    quiet(&format!("GET {}", codes.page()), &[cookie]).await;
    // The page that leads to another code, or to none, opens none either.
    quiet("GET /login?next=%2FD%2FBBBBBBBB", &[HTML]).await;
    quiet("GET /login", &[HTML]).await;
}

#[tokio::test]
async fn nobody_who_has_the_link_keeps_a_terminal_busy() {
    let server = TestServer::of(behind_proxy()).await;
    let codes = server.ask().await;
    let mut told = Vec::new();
    for number in 0..4 * MOST {
        let from = format!("198.51.{number}.7");
        let headers = [HTML, ("X-Forwarded-For", from.as_str())];
        let line = format!("GET {}", sign_in_page(&codes));
        server.request(&line, &headers, "").await.is(200);
        noted(&server).await;
        server.clock.advance(10_000);
        let known = u32::try_from(told.len()).unwrap();
        let opened = asks(&server, &codes, known, &[]).await.json()["crewmesh_opened"].clone();
        if !opened.is_null() {
            told.push(opened["network"].as_str().expect("known").to_owned());
        }
    }
    let expected: Vec<_> = (0..MOST).map(|number| format!("198.51.{number}.x")).collect();
    assert_eq!(told, expected);
}

#[tokio::test]
async fn the_page_comes_whether_or_not_it_is_noted() {
    let limits = Limits { device_authorizations: 3, ..Limits::default() };
    let server = TestServer::of(Config { limits, ..behind_proxy() }).await;
    let codes = server.ask().await;
    // One address opened as much as it may.
    for _ in 0..3 {
        opens(&server, "/login?next=%2FD%2FBBBBBBBB", &[]).await.is(200);
    }
    opens(&server, &sign_in_page(&codes), &[]).await.is(200);
    assert_eq!(asks(&server, &codes, 0, &[]).await.json().get("crewmesh_opened"), None);
    // Another did not, and no page tells whether there is such a code.
    let elsewhere = ("X-Forwarded-For", "198.51.100.7");
    let line = format!("GET {}", sign_in_page(&codes));
    server.request(&line, &[HTML, elsewhere], "").await.is(200);
    noted(&server).await;
    server.clock.advance(10_000);
    let told = asks(&server, &codes, 0, &[]).await;
    assert_eq!(told.json()["crewmesh_opened"]["on"], "browser");
}

#[tokio::test]
async fn a_code_that_is_settled_or_over_is_noted_no_more() {
    let server = TestServer::new().await;
    let ana = server.account("Ana").await;
    let (settled, ended) = (server.ask().await, server.ask().await);
    server.settle(&settled, &ana, Decision::Deny).await;
    opens(&server, &sign_in_page(&settled), &[]).await.is(200);
    server.clock.advance(11 * super::MINUTE);
    opens(&server, &sign_in_page(&ended), &[]).await.is(200);
    let changed = server.running.state().store.changed_since(server.clock.now()).await.unwrap();
    assert_eq!(changed, [""; 0], "nothing was written");
}

#[tokio::test]
async fn the_older_dialect_tells_it_too() {
    let server = TestServer::new().await;
    let json = ("Content-Type", "application/json");
    let asked = server.request("POST /api/auth/cli/device-code", &[json], "{}").await;
    let codes = Codes { device: asked.is(201).text("device_code"), user: asked.text("user_code") };
    opens(&server, &sign_in_page(&codes), &[]).await.is(200);
    let line = format!("GET /api/auth/cli/device-code/{}", codes.device);
    let plain = server.request(&line, &[], "").await.is(200).json();
    assert_eq!((&plain["status"], plain.get("crewmesh_opened")), (&json!("pending"), None));
    server.clock.advance(1_000);
    let told = server.request(&format!("{line}?crewmesh_opened=0"), &[], "").await.is(200).json();
    assert_eq!(told["crewmesh_opened"]["step"], "opened");
    server.clock.advance(1_000);
    let known = server.request(&format!("{line}?crewmesh_opened=1"), &[], "").await.is(200).json();
    assert_eq!(known.get("crewmesh_opened"), None);
}

super::on_postgres::on_postgres!(
    a_held_poll_is_told_of_each_step_and_of_the_approval,
    a_client_that_does_not_ask_sees_the_standard_and_is_held_on,
    what_looks_ahead_for_somebody_opened_nothing,
    nobody_who_has_the_link_keeps_a_terminal_busy,
    the_page_comes_whether_or_not_it_is_noted,
    a_code_that_is_settled_or_over_is_noted_no_more,
    the_older_dialect_tells_it_too,
);
