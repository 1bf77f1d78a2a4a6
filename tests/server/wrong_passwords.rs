//! Who is kept out by wrong passwords, and who is not: whoever guesses, never the
//! person who is elsewhere or signed in before.

use std::net::IpAddr;

use crewmesh::secret::Secret;
use crewmesh::server::store::{Tx, accounts};
use crewmesh::server::{Config, Limits};

use super::{Answer, PASSWORD, TestServer};

/// Passwords that are let through in a minute.
const FREE: u32 = 3;

async fn behind_proxy() -> TestServer {
    let limits = Limits { sign_ins: FREE, ..Limits::default() };
    let trusted_proxies = vec![IpAddr::from([127, 0, 0, 1]).into()];
    TestServer::of(Config { limits, trusted_proxies, ..Config::in_memory() }).await
}

/// A browser at an address, with what it keeps.
struct Browser<'a> {
    server: &'a TestServer,
    address: String,
    device: String,
}

impl<'a> Browser<'a> {
    fn at(server: &'a TestServer, address: &str) -> Self {
        Self { server, address: address.to_owned(), device: String::new() }
    }

    /// What it is answered, which it keeps as a browser does.
    async fn sign_in(&mut self, email: &str, password: &str) -> u16 {
        let from = ("X-Forwarded-For", self.address.as_str());
        let answer = self.server.sign_in(&[from], &self.device, email, password).await;
        if let Some(device) = device(&answer) {
            self.device = device;
        }
        answer.status
    }
}

fn device(answer: &Answer) -> Option<String> {
    let all = answer.headers.iter().filter(|(name, _)| name == "set-cookie");
    let mut pairs = all.filter_map(|(_, value)| value.split(';').next());
    pairs.find(|pair| pair.starts_with("crewmesh-device=")).map(str::to_owned)
}

const ANA: &str = "ana@example.org";

#[tokio::test]
async fn wrong_ones_from_one_address_keep_nobody_out_elsewhere() {
    let server = behind_proxy().await;
    server.account("Ana").await;
    let mut stranger = Browser::at(&server, "192.0.2.1");
    for _ in 0..FREE {
        assert_eq!(stranger.sign_in(ANA, "not that one at all").await, 401);
    }
    assert_eq!(stranger.sign_in("ANA@example.org", "not that one at all").await, 429);
    assert_eq!(stranger.sign_in("bo@example.org", "one more of theirs").await, 429);
    // The right one is none while it is theirs to guess.
    assert_eq!(stranger.sign_in(ANA, PASSWORD).await, 429);
    assert_eq!(Browser::at(&server, "192.0.2.2").sign_in(ANA, PASSWORD).await, 303);
    server.clock.advance(60_000);
    assert_eq!(stranger.sign_in(ANA, PASSWORD).await, 303);
}

#[tokio::test]
async fn wrong_ones_from_everywhere_keep_nobody_out_who_signed_in_before() {
    let server = behind_proxy().await;
    server.account("Ana").await;
    server.account("Bo").await;
    let mut known = Browser::at(&server, "198.51.100.1");
    let mut other = Browser::at(&server, "198.51.100.2");
    assert_eq!(known.sign_in(ANA, PASSWORD).await, 303);
    assert_eq!(other.sign_in("bo@example.org", PASSWORD).await, 303);
    let kept = known.device.clone();
    let mut wrong = 0;
    for network in 0..20 {
        let mut stranger = Browser::at(&server, &format!("203.0.113.{network}"));
        while stranger.sign_in(ANA, "not that one at all").await == 401 {
            wrong += 1;
        }
    }
    assert_eq!(wrong, FREE * 10 - 1, "from everywhere, and Ana's own before");
    // Another place of hers waits; the browser she knows does not, wherever it is.
    assert_eq!(Browser::at(&server, "198.51.100.3").sign_in(ANA, PASSWORD).await, 429);
    known.address = "203.0.113.1".to_owned();
    assert_eq!(known.sign_in(ANA, PASSWORD).await, 303);
    assert_eq!(known.device, kept, "one browser is one");
    // Nobody is known by another's, or by what they made up.
    other.address = "198.51.100.4".to_owned();
    assert_eq!(other.sign_in(ANA, PASSWORD).await, 429);
    for made_up in ["a".repeat(52), String::new(), "!".repeat(52)] {
        let mut stranger = Browser::at(&server, "198.51.100.5");
        stranger.device = format!("crewmesh-device={made_up}");
        assert_eq!(stranger.sign_in(ANA, PASSWORD).await, 429);
    }
    // Nor is there more to guess in a browser that is known, or in many of them.
    assert_eq!(known.sign_in(ANA, "not that one at all").await, 401);
    assert_eq!(known.sign_in(ANA, "not that one at all").await, 401);
    assert_eq!(known.sign_in(ANA, PASSWORD).await, 429);
}

#[tokio::test]
async fn however_many_browsers_are_known_they_guess_no_more_and_a_new_password_ends_them() {
    let server = behind_proxy().await;
    let ana = server.account("Ana").await;
    let mut all = Vec::new();
    for network in 0..(FREE * 10) {
        let mut browser = Browser::at(&server, &format!("198.51.100.{network}"));
        assert_eq!(browser.sign_in(ANA, PASSWORD).await, 303);
        all.push(browser);
    }
    let mut wrong = 0;
    for browser in &mut all {
        while browser.sign_in(ANA, "not that one at all").await == 401 {
            wrong += 1;
        }
    }
    assert_eq!(wrong, FREE * 10, "of all of them together");
    server.clock.advance(60_000);
    assert_eq!(all[0].sign_in(ANA, PASSWORD).await, 303);
    let kept = all[0].device.clone();
    let (id, now) = (ana.id.clone(), server.clock.now());
    let another =
        Secret::new(format!("$argon2id$v=19$m=8,t=1,p=1$YW5vdGhlcnNhbHQ${}", "A".repeat(43)));
    let set = async move |tx: &mut Tx| accounts::set_password(tx, &id, &another, now).await;
    server.running.state().store.write(set).await.expect("the database answers");
    server.clock.advance(60_000);
    // It is one of those that nobody knows now: counted by its address.
    for _ in 0..FREE {
        assert_eq!(all[0].sign_in(ANA, PASSWORD).await, 401);
    }
    let mut beside = Browser::at(&server, "198.51.100.0");
    beside.device = kept;
    assert_eq!(beside.sign_in(ANA, PASSWORD).await, 429);
}

#[tokio::test]
async fn wrong_ones_by_one_token_leave_the_others() {
    let server = behind_proxy().await;
    let ana = server.account("Ana").await;
    let (agents, own) = (server.session(&ana).await, server.session(&ana).await);
    let mint = async |token: &Secret, password: &str| {
        let body =
            serde_json::json!({ "name": "ci", "scopes": ["profile:read"], "password": password });
        server.without_password(token, "POST /api/my/cli/tokens", &body.to_string()).await
    };
    for _ in 0..FREE {
        mint(&agents, "not that one at all").await.says_no(403, "wrong_password");
    }
    mint(&agents, PASSWORD).await.says_no(429, "too_many_requests");
    mint(&own, PASSWORD).await.is(201);
    assert_eq!(Browser::at(&server, "192.0.2.2").sign_in(ANA, PASSWORD).await, 303);
}

super::on_postgres::on_postgres!(
    wrong_ones_from_one_address_keep_nobody_out_elsewhere,
    wrong_ones_from_everywhere_keep_nobody_out_who_signed_in_before,
    however_many_browsers_are_known_they_guess_no_more_and_a_new_password_ends_them,
    wrong_ones_by_one_token_leave_the_others,
);
