//! Invites, made and accepted.

use serde_json::json;

use super::own_resources::{delete, get, post};
use super::{Answer, DAY, TestServer};

#[tokio::test]
async fn an_invite_lets_in_as_many_as_it_says() {
    let server = TestServer::new().await;
    let ana = server.session(&server.account("Ana").await).await;
    let mesh = post(&server, &ana, "/api/my/meshes", json!({ "name": "Team" })).await.text("id");
    let invites = format!("/api/my/meshes/{mesh}/invites");
    let made = post(&server, &ana, &invites, json!({ "max_uses": 2 })).await;
    let code = made.is(201).text("code");
    assert_eq!((code.len(), made.json()["emailed"] == false), (23, true));
    let link = format!("http://{}/i/{}", server.host(), code.replace('-', ""));
    assert_eq!(made.text("url"), link);

    let preview = server.request(&format!("GET /api/invites/{code}"), &[], "").await;
    assert_eq!(preview.is(200).text("inviter"), "Ana");
    assert_eq!(
        (preview.text("mesh_slug"), preview.json()["member_count"] == 1),
        ("team".into(), true)
    );
    let accept = format!("/api/invites/{}/accept", code.to_uppercase());
    let ben = server.session(&server.account("Ben").await).await;
    let joined = post(&server, &ben, &accept, json!({})).await.is(200).json();
    assert_eq!((&joined["role"], &joined["member_count"]), (&"member".into(), &2.into()));
    post(&server, &ben, &accept, json!({})).await.is(200);
    assert_eq!(get(&server, &ana, &invites).await.is(200).json()["data"][0]["uses"], 1);
    // Being in the mesh is not enough to take one back.
    let revoke = format!("/api/my/invites/{}", made.text("id"));
    delete(&server, &ben, &revoke).await.says_no(404, "not_found");
    // The last place, wanted by three at once.
    let mut waiting = Vec::new();
    for name in ["C", "D", "E"] {
        waiting.push(server.session(&server.account(name).await).await);
    }
    let answers = tokio::join!(
        post(&server, &waiting[0], &accept, json!({})),
        post(&server, &waiting[1], &accept, json!({})),
        post(&server, &waiting[2], &accept, json!({}))
    );
    let mut statuses = [answers.0.status, answers.1.status, answers.2.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 410, 410]);
    let preview = server.request(&format!("GET /api/invites/{code}"), &[], "").await;
    preview.says_no(410, "exhausted");
    // What lets nobody in cannot be taken back, and stays what it was.
    delete(&server, &ana, &revoke).await.says_no(404, "not_found");
    let preview = server.request(&format!("GET /api/invites/{code}"), &[], "").await;
    preview.says_no(410, "exhausted");
    assert_eq!(get(&server, &ana, &invites).await.json()["total"], 0);
    post(&server, &ben, &invites, json!({})).await.says_no(403, "not_an_admin");
    get(&server, &ben, &invites).await.says_no(403, "not_an_admin");
}

#[tokio::test]
async fn an_invite_ends_by_time_or_by_hand() {
    let server = TestServer::new().await;
    let ana = server.session(&server.account("Ana").await).await;
    let ben = server.session(&server.account("Ben").await).await;
    let mesh = post(&server, &ana, "/api/my/meshes", json!({ "name": "Team" })).await.text("id");
    let invites = format!("/api/my/meshes/{mesh}/invites");
    for wrong in [
        json!({ "expires_in_days": 0 }),
        json!({ "expires_in_days": 366 }),
        json!({ "max_uses": 0 }),
        json!({ "max_uses": 1001 }),
        json!({ "email": "nobody" }),
    ] {
        post(&server, &ana, &invites, wrong).await.says_no(400, "invalid_request");
    }
    let made = post(&server, &ana, &invites, json!({ "role": "admin" })).await;
    let accept = |made: &Answer| format!("/api/invites/{}/accept", made.text("code"));
    let revoke = format!("/api/my/invites/{}", made.text("id"));
    delete(&server, &ben, &revoke).await.says_no(404, "not_found");
    delete(&server, &ana, &revoke).await.is(204);
    delete(&server, &ana, &revoke).await.says_no(404, "not_found");
    post(&server, &ben, &accept(&made), json!({})).await.says_no(410, "revoked");
    let made = post(&server, &ana, &invites, json!({})).await;
    server.clock.advance(7 * DAY);
    let revoke = format!("/api/my/invites/{}", made.text("id"));
    delete(&server, &ana, &revoke).await.says_no(404, "not_found");
    post(&server, &ben, &accept(&made), json!({})).await.says_no(410, "expired");
    let nothing = "/api/invites/aaaaa-aaaaa-aaaaa-aaaaa/accept";
    post(&server, &ben, nothing, json!({})).await.says_no(404, "not_found");
    let none = "/api/my/meshes/none/invites";
    post(&server, &ana, none, json!({})).await.says_no(404, "not_found");
}

super::on_postgres::on_postgres!(
    an_invite_lets_in_as_many_as_it_says,
    an_invite_ends_by_time_or_by_hand,
);
