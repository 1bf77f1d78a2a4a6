//! Several nodes on one PostgreSQL behind a balancer: processes of their own,
//! as whoever runs an instance has them.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Barrier;

use crewmesh::secret::Secret;
use crewmesh::server::clock::Clock;
use crewmesh::server::{Config, Database, Server, store::Store};
use crewmesh::wire::PUBLIC_CLIENT_ID;

use super::{Answer, Codes, GRANT, PASSWORD, TestServer, exchange, send};
use crate::support::PATIENCE;
use crate::support::balancer::Balancer;
use crate::support::need;
use crate::support::postgres::{Cluster, KEY, cluster};
use crate::support::server::Instance;

pub(super) fn config(url: &str) -> Config {
    let mut config = Config::in_memory();
    config.database = Database::Postgres(Secret::new(url));
    config.key = Some(Secret::new(KEY));
    // The time of the other processes.
    config.clock = Clock::default();
    config
}

/// Nodes behind a balancer, and one of this process that makes accounts.
struct Crew {
    balancer: Balancer,
    nodes: Vec<Instance>,
    desk: TestServer,
}

impl Crew {
    async fn new(count: usize, url: &str) -> Self {
        let desk = TestServer::of(config(url)).await;
        let balancer = Balancer::bind().await;
        let nodes: Vec<_> = (0..count)
            .map(|_| Instance::node(&format!("http://{}", balancer.address), url, KEY))
            .collect();
        balancer.over(nodes.iter().map(|node| node.host().parse().expect("an address")).collect());
        Self { balancer, nodes, desk }
    }

    fn head(&self, line: &str, headers: &[&str]) -> String {
        let lines: String = headers.iter().flat_map(|header| [header, "\r\n"]).collect();
        let form = "Content-Type: application/x-www-form-urlencoded";
        format!("{line} HTTP/1.1\r\nHost: {}\r\n{form}\r\n{lines}", self.balancer.address)
    }

    async fn ask(&self) -> Codes {
        let head = self.head("POST /oauth/device_authorization", &[]);
        let answer = send(self.balancer.address, &head, "client_id=crewmesh").await;
        answer.is(200);
        Codes { device: answer.text("device_code"), user: answer.text("user_code") }
    }

    /// What a poll sends, and to whom.
    fn poll(&self, codes: &Codes, headers: &[&str]) -> (SocketAddr, String, String) {
        let body =
            format!("grant_type={GRANT}&device_code={}&client_id={PUBLIC_CLIENT_ID}", codes.device);
        (self.balancer.address, self.head("POST /oauth/token", headers), body)
    }

    /// Polls and holds, on a task of its own.
    fn hold(&self, codes: &Codes) -> tokio::task::JoinHandle<String> {
        let (address, head, body) = self.poll(codes, &["Prefer: wait=25"]);
        tokio::spawn(async move { exchange(address, &head, &body).await })
    }

    /// Approves at a terminal, again while the instance has a fault, as a
    /// terminal does.
    async fn approve(&self, session: &Secret, codes: &Codes) -> Answer {
        let line = format!("POST /api/auth/cli/device-code/{}/approve", codes.user);
        let bearer = format!("Authorization: Bearer {}", session.expose());
        let head = self.head(&line, &[&bearer]);
        let body = format!("{{\"password\":\"{PASSWORD}\"}}");
        loop {
            let answer = send(self.balancer.address, &head, &body).await;
            if answer.status < 500 {
                return answer;
            }
        }
    }
}

/// Waits until so many nodes listen for what others settle: each begins when
/// it holds its first poll.
pub(super) async fn until_listening(cluster: &Cluster, name: &str, count: usize) {
    let sql = format!(
        "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = '{name}' AND query LIKE 'LISTEN%'"
    );
    let deadline = std::time::Instant::now() + PATIENCE;
    loop {
        let listening = cluster.ask(&sql);
        if listening.trim() == count.to_string() {
            return;
        }
        assert!(std::time::Instant::now() < deadline, "{listening} listen");
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_of_one_node_approved_on_another_answers_what_a_third_holds() {
    if !need("postgres") {
        return;
    }
    let made = cluster().database();
    let crew = Crew::new(3, &made.url).await;
    let session = crew.desk.session(&crew.desk.account("Ana").await).await;
    crew.balancer.next_is(0);
    let codes = crew.ask().await;
    crew.balancer.next_is(2);
    let held = crew.hold(&codes);
    until_listening(cluster(), &made.name, 1).await;
    crew.balancer.next_is(1);
    crew.approve(&session, &codes).await.is(200);
    assert_eq!(crew.balancer.last(), 1, "approved on the second");
    let answer = super::parsed(&held.await.expect("no panic"));
    assert_eq!(answer.is(200).header("preference-applied"), Some("wait=25"));
    let token = Secret::new(answer.text("access_token"));
    crew.desk.with(&token, "GET /api/my/profile", "").await.is(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_is_killed_loses_nothing() {
    if !need("postgres") {
        return;
    }
    let made = cluster().database();
    let mut crew = Crew::new(3, &made.url).await;
    let session = crew.desk.session(&crew.desk.account("Ana").await).await;
    crew.balancer.next_is(0);
    let codes = crew.ask().await;
    crew.balancer.next_is(0);
    let cut = crew.hold(&codes);
    until_listening(cluster(), &made.name, 1).await;
    crew.nodes[0].kill();
    assert_eq!(cut.await.expect("no panic"), "", "its polls are cut");
    // The line begins at the node that is dead, and goes past it.
    crew.balancer.next_is(0);
    crew.approve(&session, &codes).await.is(200);
    let (address, head, body) = crew.poll(&codes, &["Idempotency-Key: one"]);
    crew.balancer.next_is(1);
    let first = send(address, &head, &body).await.is(200).text("access_token");
    // The reply was lost with the node that gave it.
    crew.nodes[1].kill();
    crew.balancer.next_is(1);
    let again = send(address, &head, &body).await.is(200).text("access_token");
    assert_eq!((again, crew.balancer.last()), (first, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_crashes_and_comes_back_loses_nothing() {
    if !need("postgres") {
        return;
    }
    let cluster = Cluster::start();
    cluster.ask("CREATE DATABASE own");
    let crew = Crew::new(2, &cluster.url("own")).await;
    let session = crew.desk.session(&crew.desk.account("Ana").await).await;
    let codes = crew.ask().await;
    crew.balancer.next_is(0);
    let held = crew.hold(&codes);
    until_listening(&cluster, "own", 1).await;
    cluster.crash_and_restart();
    crew.balancer.next_is(1);
    crew.approve(&session, &codes).await.is(200);
    // Called out or caught up with: the poll that was held all along is
    // answered, with the token.
    let answer = super::parsed(&held.await.expect("no panic"));
    assert!(answer.is(200).text("access_token").starts_with("cm_session_"));
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_database_is_away_everybody_is_told_to_come_back() {
    if !need("postgres") {
        return;
    }
    let cluster = Cluster::start();
    cluster.ask("CREATE DATABASE own");
    let server = TestServer::of(config(&cluster.url("own"))).await;
    let session = server.session(&server.account("Ana").await).await;
    let bearer = format!("Bearer {}", session.expose());
    let of_ana = [("Authorization", bearer.as_str())];
    let page = [("Accept", "text/html")];
    let cookie = format!("crewmesh={}", "a".repeat(52));
    let signed_in = [("Accept", "text/html"), ("Cookie", cookie.as_str())];
    let login = server.request("GET /login", &page, "").await;
    let form = login.is(200).header("set-cookie").expect("a form has a cookie").to_owned();
    let (_, rest) = login.body.split_once("name=\"csrf\" value=\"").expect("a token");
    let csrf = rest.split('"').next().expect("it ends");
    let kind = ("Content-Type", "application/x-www-form-urlencoded");
    let posted = [("Accept", "text/html"), ("Cookie", form.split(';').next().unwrap()), kind];
    let body = format!("csrf={csrf}&email=ana%40example.org&password=correct+horse");
    cluster.stop();
    let (ready, profile, code, meshes, sign_in) = tokio::join!(
        server.request("GET /readyz", &[], ""),
        server.request("GET /api/my/profile", &of_ana, ""),
        server.form("/oauth/device_authorization", "client_id=crewmesh"),
        server.request("GET /meshes", &signed_in, ""),
        server.request("POST /login", &posted, &body),
    );
    assert_eq!(server.request("GET /healthz", &[], "").await.is(200).text("status"), "ok");
    ready.says_no(503, "unavailable");
    profile.says_no(503, "unavailable");
    code.refuses(503, "temporarily_unavailable");
    for page in [&meshes, &sign_in] {
        assert!(page.is(503).body.contains("cannot reach its database"), "{page:?}");
    }
    for answer in [ready, profile, code, meshes, sign_in] {
        assert_eq!(answer.header("retry-after"), Some("1"), "{answer:?}");
    }
    cluster.again();
    server.request("GET /api/my/profile", &of_ana, "").await.is(200);
}

#[tokio::test]
async fn what_is_asked_all_day_is_answered_though_its_connection_is_gone() {
    if !need("postgres") {
        return;
    }
    let made = cluster().database();
    let server = TestServer::of(config(&made.url)).await;
    let session = server.session(&server.account("Ana").await).await;
    server.with(&session, "GET /api/my/profile", "").await.is(200);
    let lost = cluster().ask(&format!(
        "SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity
         WHERE datname = '{}' AND query LIKE '%FROM credentials%' AND query LIKE 'SELECT%'",
        made.name
    ));
    assert_eq!(lost.trim(), "1", "one connection has read it");
    server.with(&session, "GET /api/my/profile", "").await.is(200);
}

#[test]
fn eight_nodes_start_at_once_on_an_empty_database() {
    if !need("postgres") {
        return;
    }
    for _ in 0..3 {
        let made = cluster().empty();
        let line = Barrier::new(8);
        let start = || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime").block_on(async {
                line.wait();
                let config = config(&made.url);
                let opened = Store::open(&config.database, Some(2), config.given_keys()).await;
                let opened = opened.expect("every one of them starts");
                opened.store.close().await;
                opened.instance_id
            })
        };
        let ids: BTreeSet<String> = std::thread::scope(|scope| {
            let starts: Vec<_> = (0..8).map(|_| scope.spawn(start)).collect();
            starts.into_iter().map(|start| start.join().expect("no panic")).collect()
        });
        assert_eq!(ids.len(), 1, "one instance, not {ids:?}");
    }
}

#[tokio::test]
async fn a_node_needs_the_key_of_the_others_and_may_be_older() {
    if !need("postgres") {
        return;
    }
    let made = cluster().database();
    let mut other = config(&made.url);
    other.key = Some(Secret::new("ab".repeat(32)));
    assert_eq!(Server::start(other).await.unwrap_err().code, "instance_key_mismatch");
    // A newer node was here before: it has migrated further than we know.
    cluster().ask_of(
        &made.name,
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
         VALUES (9999, 'later', true, '', 0); ALTER TABLE accounts ADD COLUMN later TEXT",
    );
    let server = TestServer::of(config(&made.url)).await;
    let session = server.session(&server.account("Ana").await).await;
    server.with(&session, "GET /api/my/profile", "").await.is(200);
    // Nobody there: said in time and without the password.
    let away = config("postgres://ana:hunter2@127.0.0.1:1/x");
    let error = Server::start(away).await.unwrap_err();
    assert_eq!(error.code, "database_unusable");
    assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
}
