//! An invite for ten under two hundred who want in at once: exactly ten.

use crewmesh::server::{Config, Database};
use futures_util::future::join_all;

use super::TestServer;

#[tokio::test]
async fn two_hundred_at_once_fill_ten_places() {
    let home = tempfile::tempdir().unwrap();
    let mut config = Config::in_memory();
    config.database = Database::in_home(home.path());
    let server = TestServer::of(config).await;
    let ana = server.session(&server.account("Ana").await).await;
    let mesh = server.with(&ana, "POST /api/my/meshes", "{\"name\":\"Team\"}").await.text("id");
    let invites = format!("/api/my/meshes/{mesh}/invites");
    let made = server.with(&ana, &format!("POST {invites}"), "{\"max_uses\":10}").await;
    let accept = format!("POST /api/invites/{}/accept", made.is(201).text("code"));
    let mut sessions = Vec::new();
    for number in 0..200 {
        let account = server.account(&format!("n{number}")).await;
        sessions.push(server.session(&account).await);
    }
    let wanting = sessions.iter().map(|session| server.with(session, &accept, "{}"));
    let answers = join_all(wanting).await;
    let count = |status| answers.iter().filter(|answer| answer.status == status).count();
    assert_eq!((count(200), count(410)), (10, 190), "{:?}", answers.first());
    let seen = server.with(&ana, &format!("GET /api/my/meshes/{mesh}"), "").await;
    assert_eq!(seen.is(200).json()["member_count"], 11);

    // One person at twenty doors takes one place.
    let made = server.with(&ana, &format!("POST {invites}"), "{\"max_uses\":2}").await;
    let accept = format!("POST /api/invites/{}/accept", made.is(201).text("code"));
    let eve = server.session(&server.account("Eve").await).await;
    let answers = join_all((0..20).map(|_| server.with(&eve, &accept, "{}"))).await;
    assert!(answers.iter().all(|answer| answer.status == 200), "{answers:?}");
    let open = server.with(&ana, &format!("GET {invites}"), "").await;
    assert_eq!(open.json()["data"][0]["uses"], 1);
    server.running.stop().await;
}

super::on_postgres::on_postgres!(two_hundred_at_once_fill_ten_places);
