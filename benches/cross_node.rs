//! How long after an approval on one node a poll held on another is answered:
//! three nodes as processes of their own, on a PostgreSQL of their own that waits
//! for its disk. Says milliseconds from sending the approval to having the held
//! answer whole.
//!
//! `cargo bench --bench cross_node`

#[cfg(all(unix, feature = "server"))]
#[allow(dead_code, reason = "the tests' ground, of which this needs a corner")]
#[path = "../tests/support/mod.rs"]
mod support;

#[cfg(not(all(unix, feature = "server")))]
fn main() {}

#[cfg(all(unix, feature = "server"))]
fn main() {
    if !support::need("postgres") {
        return;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.expect("a runtime").block_on(measured::run());
}

#[cfg(all(unix, feature = "server"))]
mod measured {
    use std::time::{Duration, Instant};

    use crewmesh::secret::{Secret, TokenKind};
    use crewmesh::server::Database;
    use crewmesh::server::clock::Clock;
    use crewmesh::server::domain::resource::Resource;
    use crewmesh::server::domain::scopes;
    use crewmesh::server::store::{CredentialKind, NewAccount, NewCredential, Store, credentials};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;

    use crate::support::postgres::{Cluster, KEY};
    use crate::support::server::Instance;

    const ROUNDS: usize = 80;

    /// All nodes together give one address more codes a minute than are asked for.
    const LIMITS: [&str; 2] = ["--limit-codes", "1000"];

    pub(super) async fn run() {
        // Gone with this process.
        let cluster: &'static Cluster = Box::leak(Box::new(Cluster::durable()));
        let made = cluster.database();
        let nodes: Vec<_> = (0..3)
            .map(|_| Instance::node_with("http://127.0.0.1:1", &made.url, KEY, &LIMITS))
            .map(|node| (node.host(), node))
            .collect();
        let session = session(&made.url).await;
        let mut took = Vec::new();
        for round in 0..ROUNDS {
            let [first, second, third] = [0, 1, 2].map(|role| &nodes[(round + role) % 3].0);
            let (device, user) = codes(first).await;
            let form = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code";
            let body = format!("{form}&client_id=crewmesh&device_code={device}");
            let mut stream = sent(third, "/oauth/token", "Prefer: wait=25\r\n", &body).await;
            // Until it is surely held: what is measured begins afterwards.
            tokio::time::sleep(Duration::from_millis(20)).await;
            let path = format!("/api/auth/cli/device-code/{user}/approve");
            let bearer = format!("Authorization: Bearer {}\r\n", session.expose());
            let start = Instant::now();
            let password = serde_json::json!({ "password": PASSWORD }).to_string();
            let mut approval = sent(second, &path, &bearer, &password).await;
            let (held, (approved, _)) = tokio::join!(read(&mut stream), read(&mut approval));
            assert!(approved.starts_with("HTTP/1.1 200"), "{approved}");
            assert!(held.0.contains("access_token"), "{}", held.0);
            took.push(held.1.duration_since(start));
        }
        took.sort_unstable();
        let at = |part: usize| took[(took.len() - 1) * part / 100].as_secs_f64() * 1e3;
        println!(
            "cross_node: {ROUNDS} approvals, milliseconds to the held answer: \
             median {:.1}, p95 {:.1}, worst {:.1}",
            at(50),
            at(95),
            at(100)
        );
    }

    /// What the account is opened by, and what is kept of it: cheap to check.
    const PASSWORD: &str = "a long enough one";
    const PASSWORD_HASH: &str = "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHRzYWx0c2FsdA$\
        tvzSDgbxaQZ6vb972gTNWEgZo/x7IpQgZwbbI8wUu1w";

    async fn session(url: &str) -> Secret {
        let database = Database::Postgres(Secret::new(url));
        let now = Clock::default().now();
        let opened = Store::open(&database, Some(1), (Some(&Secret::new(KEY)), None)).await;
        let store = opened.expect("it is there").store;
        let new = NewAccount {
            name: "Ana".into(),
            email: "ana@example.org".into(),
            password: Some(Secret::new(PASSWORD_HASH)),
            admin: false,
        };
        let account = store.create_account(&new, now).await.expect("it answers").expect("new");
        let token = Secret::random_token(TokenKind::Session);
        let end = Some(now + 86_400_000);
        let new = NewCredential {
            kind: CredentialKind::Session,
            account_id: account.id.clone(),
            client_id: "crewmesh".into(),
            name: "bench".into(),
            os: "linux".into(),
            arch: "x86_64".into(),
            ip: None,
            scopes: scopes::of_account(false),
            resource: Resource::Instance,
            expires_at: end,
            ends_at: end,
            parent_id: None,
        };
        let kept = token.clone();
        let made = store.write(async move |tx| credentials::insert(tx, &kept, new, now).await);
        made.await.expect("it answers");
        store.close().await;
        token
    }

    async fn codes(node: &str) -> (String, String) {
        let mut stream = sent(node, "/oauth/device_authorization", "", "client_id=crewmesh").await;
        let answer = read(&mut stream).await.0;
        let body = answer.split_once("\r\n\r\n").expect("whole").1;
        let json: serde_json::Value = serde_json::from_str(body).expect(body);
        let text = |name: &str| json[name].as_str().expect(body).to_owned();
        (text("device_code"), text("user_code"))
    }

    async fn sent(node: &str, path: &str, headers: &str, body: &str) -> TcpStream {
        let mut stream = TcpStream::connect(node).await.expect("it listens");
        let request = format!(
            "POST {path} HTTP/1.1\r\nHost: 127.0.0.1:1\r\nConnection: close\r\n{headers}\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(request.as_bytes()).await.expect("it reads");
        stream
    }

    async fn read(stream: &mut TcpStream) -> (String, Instant) {
        let mut text = String::new();
        stream.read_to_string(&mut text).await.expect("it answers");
        (text, Instant::now())
    }
}
