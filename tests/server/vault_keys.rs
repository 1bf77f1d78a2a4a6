//! What opens people's connections is sealed under a new key while it is in use: nobody
//! notices, and no older key opens anything after that.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use crewmesh::secret::Secret;
use crewmesh::server::clock::Clock;
use crewmesh::server::operations::vault_keys::{Rotated, rotate};
use crewmesh::server::store::{Opened, Store};
use crewmesh::server::{Config, Database};
use serde_json::json;

use super::TestServer;

const LEASE: &str = "POST /api/my/providers/openai/lease";

async fn server(home: &tempfile::TempDir, vault_keys: Option<&str>) -> TestServer {
    let mut config = Config::in_memory();
    config.database = Database::in_home(home.path());
    config.vault_keys = vault_keys.map(Secret::new);
    TestServer::of(config).await
}

async fn connect(server: &TestServer, token: &Secret, label: usize) {
    let new = json!({
        "provider": "openai", "way": "vendor", "kind": "chatgpt_token", "label": label.to_string(),
        "secret": format!("secret-{label}"), "refresh_token": format!("refresh-{label}"),
    });
    server.with(token, "POST /api/my/providers", &new.to_string()).await.is(201);
}

/// The database of `server` as a command beside it opens it.
async fn beside(server: &TestServer, vault_keys: Option<&str>) -> Opened {
    let config = &server.running.state().config;
    let given = vault_keys.map(Secret::new);
    let keys = (config.key.as_ref(), given.as_ref());
    Store::open(&config.database, Some(1), keys).await.expect("it opens")
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_notices_while_all_is_sealed_anew() {
    let home = tempfile::tempdir().expect("a folder");
    let server = Arc::new(server(&home, None).await);
    let ana = server.session(&server.account("Ana").await).await;
    for label in 0..100 {
        connect(&server, &ana, label).await;
    }
    let (over, leased) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let leasing = {
        let (server, ana) = (server.clone(), ana.clone());
        let (over, leased) = (over.clone(), leased.clone());
        tokio::spawn(async move {
            while !over.load(Ordering::SeqCst) {
                let lease = server.with(&ana, LEASE, "{}").await;
                assert_eq!(lease.is(201).text("secret"), "secret-0");
                leased.fetch_add(1, Ordering::SeqCst);
                // Whoever connects something meanwhile finds it, too.
                let label = 100 + leased.load(Ordering::SeqCst) % 3;
                let new = json!({
                    "provider": "groq", "way": "token", "kind": "api_key", "secret": "gsk-x",
                    "label": label.to_string(),
                });
                let made = server.with(&ana, "POST /api/my/providers", &new.to_string()).await;
                let is_full = made.status == 409 && made.text("error") == "connections_full";
                assert!(matches!(made.status, 200 | 201) || is_full, "{made:?}");
            }
        })
    };
    for round in 1..=3 {
        let before = leased.load(Ordering::SeqCst);
        let opened = beside(&server, None).await;
        let last = opened.store.vault_key().await.expect("it answers");
        opened.vault.add_key(last.as_deref()).expect("it is written");
        let rotated = rotate(&opened, &Clock::default()).await.expect("it is done");
        opened.vault.keep_newest().expect("it is written");
        assert!(rotated.sealed >= 99 && rotated.unopened == 0, "{rotated:?}");
        let again = rotate(&opened, &Clock::default()).await.expect("it is done");
        assert_eq!(again, Rotated::default(), "round {round}");
        opened.store.close().await;
        while leased.load(Ordering::SeqCst) < before + 5 {
            tokio::task::yield_now().await;
        }
    }
    over.store(true, Ordering::SeqCst);
    leasing.await.expect("every lease was given");
    for label in 0..100 {
        let listed = server.with(&ana, "GET /api/my/providers?limit=100", "").await.is(200).json();
        let one = listed["data"].as_array().expect("a list")[label].clone();
        let id = one["id"].as_str().expect("an id");
        let line = format!("POST /api/my/providers/{id}/lease");
        server.with(&ana, &line, "{}").await.is(201);
    }
}

#[tokio::test]
async fn what_an_older_key_sealed_opens_no_more_and_what_never_opens_is_counted() {
    let home = tempfile::tempdir().expect("a folder");
    let server = server(&home, None).await;
    let ana = server.session(&server.account("Ana").await).await;
    for label in 0..3 {
        connect(&server, &ana, label).await;
    }
    server.sql("CREATE TABLE before AS SELECT id, sealed FROM connections").await.expect("done");
    // A flipped bit.
    let flip = "UPDATE connections SET sealed = sealed || 'A' WHERE label = '2'";
    assert_eq!(server.sql(flip).await, Ok(1));
    let opened = beside(&server, None).await;
    opened.vault.add_key(None).expect("it is written");
    // Interrupted once the key was made: the next goes on with it.
    let id = opened.vault.key_id().expect("it is read");
    opened.vault.add_key(None).expect("it is read");
    assert_eq!(opened.vault.key_id().ok(), Some(id));
    let rotated = rotate(&opened, &Clock::default()).await.expect("it is done");
    assert_eq!(rotated, Rotated { sealed: 2, unopened: 1 });
    opened.vault.keep_newest().expect("it is written");
    opened.store.close().await;
    assert_eq!(server.with(&ana, LEASE, "{}").await.is(201).text("secret"), "secret-0");
    let put_back = "UPDATE connections SET sealed =
        (SELECT sealed FROM before WHERE before.id = connections.id) WHERE label = '0'";
    assert_eq!(server.sql(put_back).await, Ok(1));
    let refused = server.with(&ana, LEASE, "{}").await;
    assert_eq!(refused.is(409).text("error"), "connection_unopened");
}

#[tokio::test]
async fn keys_that_are_given_do_the_same_and_one_that_is_missing_is_said() {
    let home = tempfile::tempdir().expect("a folder");
    let (one, two) = ("a".repeat(64), "b".repeat(64));
    let first = server(&home, None).await;
    let ana = first.session(&first.account("Ana").await).await;
    connect(&first, &ana, 0).await;
    drop(first);
    let mut before: Option<String> = None;
    for new in [one, two] {
        let both = before.iter().fold(new.clone(), |all, old| format!("{all},{old}"));
        let node = server(&home, Some(&both)).await;
        assert_eq!(node.with(&ana, LEASE, "{}").await.is(201).text("secret"), "secret-0");
        let opened = beside(&node, Some(&both)).await;
        let rotated = rotate(&opened, &Clock::default()).await.expect("it is done");
        assert_eq!(rotated, Rotated { sealed: 1, unopened: 0 });
        opened.store.close().await;
        drop(node);
        let node = server(&home, Some(&new)).await;
        assert_eq!(node.with(&ana, LEASE, "{}").await.is(201).text("secret"), "secret-0");
        let config = &node.running.state().config;
        let old = before.as_deref().map(Secret::new);
        let keys = (config.key.as_ref(), old.as_ref());
        let fault = Store::open(&config.database, Some(1), keys).await.expect_err("no such key");
        assert_eq!(fault.code, "vault_key_missing");
        before = Some(new);
    }
}

super::on_postgres::on_postgres!(keys_that_are_given_do_the_same_and_one_that_is_missing_is_said);
