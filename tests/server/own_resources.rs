//! `/api/my`: meshes and machines, lists, and that each belongs to whoever
//! asks and to nobody else.

use crewmesh::secret::Secret;
use serde_json::{Value, json};

use super::{Answer, TestServer};

const ANCHOR: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

pub(super) async fn get(server: &TestServer, token: &Secret, path: &str) -> Answer {
    server.with(token, &format!("GET {path}"), "").await
}

pub(super) async fn post(server: &TestServer, token: &Secret, path: &str, body: Value) -> Answer {
    server.with(token, &format!("POST {path}"), &body.to_string()).await
}

pub(super) async fn delete(server: &TestServer, token: &Secret, path: &str) -> Answer {
    server.with(token, &format!("DELETE {path}"), "").await
}

#[tokio::test]
async fn meshes_are_made_listed_and_clash() {
    let server = TestServer::new().await;
    let ana = server.session(&server.account("Ana").await).await;
    let made = post(&server, &ana, "/api/my/meshes", json!({ "name": "Platform Team" })).await;
    assert_eq!(made.is(201).text("slug"), "platform-team");
    assert_eq!((&made.json()["role"], &made.json()["member_count"]), (&"admin".into(), &1.into()));

    let ben = server.session(&server.account("Ben").await).await;
    let clash = post(&server, &ben, "/api/my/meshes", json!({ "name": "Platform  team" })).await;
    clash.says_no(409, "slug_taken");
    assert_eq!(clash.text("suggested_slug"), "platform-team-2");
    let body = json!({ "name": "Platform team", "slug": "platform-team-2" });
    post(&server, &ben, "/api/my/meshes", body).await.is(201);
    let third = post(&server, &ben, "/api/my/meshes", json!({ "name": "platform team" })).await;
    assert_eq!(third.text("suggested_slug"), "platform-team-3");
    let nameless = post(&server, &ben, "/api/my/meshes", json!({ "name": "日本" })).await;
    assert!(nameless.is(201).text("slug").starts_with("mesh-"));

    for body in [json!({}), json!({ "name": " \u{7} " }), json!({ "name": "x", "slug": "A b" })] {
        post(&server, &ben, "/api/my/meshes", body).await.says_no(400, "invalid_request");
    }
    let id = made.text("id");
    get(&server, &ana, &format!("/api/my/meshes/{id}")).await.is(200);
    get(&server, &ben, &format!("/api/my/meshes/{id}")).await.says_no(404, "not_found");
    assert_eq!(get(&server, &ana, "/api/my/meshes").await.is(200).json()["total"], 1);
}

#[tokio::test]
async fn a_long_list_comes_in_pages() {
    let server = TestServer::new().await;
    let ana = server.session(&server.account("Ana").await).await;
    for number in 0..5 {
        let body = json!({ "name": format!("mesh {number}") });
        post(&server, &ana, "/api/my/meshes", body).await.is(201);
    }
    let (mut slugs, mut path) = (Vec::new(), "/api/my/meshes?limit=2".to_owned());
    loop {
        let page = get(&server, &ana, &path).await.is(200).json();
        assert_eq!(page["total"], 5);
        for mesh in page["data"].as_array().unwrap() {
            slugs.push(mesh["slug"].as_str().unwrap().to_owned());
        }
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        path = format!("/api/my/meshes?limit=2&cursor={cursor}");
    }
    slugs.sort();
    assert_eq!(slugs, ["mesh-0", "mesh-1", "mesh-2", "mesh-3", "mesh-4"]);
    for limit in ["0", "101", "x"] {
        let path = format!("/api/my/meshes?limit={limit}");
        get(&server, &ana, &path).await.says_no(400, "invalid_request");
    }
}

/// Every list there is, one row at a time: the same rows in the same order.
#[tokio::test]
async fn every_list_comes_in_pages() {
    let server = TestServer::new().await;
    let root = server.session(&server.account_of("Root", true).await).await;
    let mesh = post(&server, &root, "/api/my/meshes", json!({ "name": "Team" })).await.text("id");
    let invites = format!("/api/my/meshes/{mesh}/invites");
    for name in ["Ana", "Ben"] {
        let other = server.session(&server.account(name).await).await;
        let code = post(&server, &root, &invites, json!({})).await.is(201).text("code");
        post(&server, &other, &format!("/api/invites/{code}/accept"), json!({})).await.is(200);
        post(&server, &root, "/api/my/meshes", json!({ "name": name })).await.is(201);
    }
    for number in 0..3 {
        post(&server, &root, &invites, json!({})).await.is(201);
        let machine = json!({ "anchor": format!("{number:064x}"), "name": "box" });
        post(&server, &root, "/api/my/machines", machine).await.is(201);
        post(&server, &root, "/api/my/cli/tokens", json!({ "name": "ci" })).await.is(201);
        let client = json!({ "name": "ci", "scopes": ["mesh:read"] });
        post(&server, &root, "/api/admin/service-clients", client).await.is(201);
    }
    let who = server.running.state().store.account_by_email("Root@example.org").await.unwrap();
    for _ in 0..2 {
        server.session(who.as_ref().expect("Root")).await;
    }
    for path in [
        "/api/my/meshes".to_owned(),
        format!("/api/my/meshes/{mesh}/members"),
        invites,
        "/api/my/machines".to_owned(),
        "/api/my/cli/sessions".to_owned(),
        "/api/my/cli/tokens".to_owned(),
        "/api/my/audit".to_owned(),
        "/api/admin/members".to_owned(),
        "/api/admin/audit".to_owned(),
        "/api/admin/service-clients".to_owned(),
    ] {
        let whole = get(&server, &root, &path).await.is(200).json();
        let ids = |page: &Value| -> Vec<String> {
            let rows = page["data"].as_array().expect("a list").iter();
            rows.map(|row| row["id"].as_str().expect("an id").to_owned()).collect()
        };
        let all = ids(&whole);
        assert!(all.len() >= 3 && whole["total"] == all.len(), "{path}: {whole}");
        let (mut seen, mut at) = (Vec::new(), format!("{path}?limit=1"));
        loop {
            let page = get(&server, &root, &at).await.is(200).json();
            assert_eq!((page["total"].clone(), ids(&page).len()), (all.len().into(), 1), "{at}");
            seen.extend(ids(&page));
            let Some(cursor) = page["next_cursor"].as_str() else { break };
            at = format!("{path}?limit=1&cursor={cursor}");
        }
        assert_eq!(seen, all, "{path}");
        get(&server, &root, &format!("{path}?limit=100")).await.is(200);
        for limit in ["0", "101", "x", ""] {
            let wrong = get(&server, &root, &format!("{path}?limit={limit}")).await;
            wrong.says_no(400, "invalid_request");
        }
    }
}

#[tokio::test]
async fn a_machine_is_adopted_and_not_doubled() {
    let server = TestServer::new().await;
    let ana = server.session(&server.account("Ana").await).await;
    let body = json!({ "anchor": ANCHOR, "name": "Straße 42", "location": "DE", "os": "linux" });
    let made = post(&server, &ana, "/api/my/machines", body).await;
    assert_eq!((made.is(201).text("slug"), made.json()["this"] == true), ("strae-42".into(), true));
    let again = json!({ "anchor": ANCHOR, "name": "Other", "slug": "other" });
    let adopted = post(&server, &ana, "/api/my/machines", again).await;
    assert_eq!(adopted.is(200).text("name"), "Straße 42");
    assert_eq!(adopted.text("id"), made.text("id"));

    let twin = json!({ "anchor": "b".repeat(64), "name": "Straße 42" });
    let derived = post(&server, &ana, "/api/my/machines", twin).await;
    assert_eq!(derived.is(201).text("slug"), "strae-42-2");
    let asked = json!({ "anchor": "c".repeat(64), "name": "x", "slug": "strae-42" });
    let clash = post(&server, &ana, "/api/my/machines", asked).await;
    clash.says_no(409, "slug_taken");
    assert_eq!(clash.text("suggested_slug"), "strae-42-3");
    // Another account's machine of the same anchor and slug is another machine.
    let ben = server.session(&server.account("Ben").await).await;
    let same = json!({ "anchor": ANCHOR, "name": "x", "slug": "strae-42" });
    post(&server, &ben, "/api/my/machines", same).await.is(201);

    let list =
        get(&server, &ana, &format!("/api/my/machines?anchor={ANCHOR}")).await.is(200).json();
    let this: Vec<_> = list["data"].as_array().unwrap().iter().map(|m| m["this"] == true).collect();
    assert_eq!((list["total"].clone(), this), (2.into(), vec![true, false]));
}

#[tokio::test]
async fn a_machine_is_renamed_located_and_removed_by_its_owner() {
    let server = TestServer::new().await;
    let ana = server.session(&server.account("Ana").await).await;
    let ben = server.session(&server.account("Ben").await).await;
    let body = json!({ "anchor": ANCHOR, "name": "Lab", "location": null });
    let path = format!(
        "/api/my/machines/{}",
        post(&server, &ana, "/api/my/machines", body).await.text("id")
    );
    let change = json!({ "name": "Radiology", "location": "US-CAL-CISO" }).to_string();
    let line = format!("PATCH {path}");
    server.with(&ben, &line, &change).await.says_no(404, "not_found");
    let changed = server.with(&ana, &line, &change).await;
    assert_eq!(
        (changed.is(200).text("name"), changed.text("slug")),
        ("Radiology".into(), "lab".into())
    );
    assert_eq!(changed.text("location"), "US-CAL-CISO");
    let kept = server.with(&ana, &line, "{\"name\":\"R\"}").await;
    assert_eq!(kept.is(200).text("location"), "US-CAL-CISO");
    for wrong in ["{\"location\":\"Berlin\"}", "{\"location\":\"\"}", "{\"name\":\"\"}"] {
        server.with(&ana, &line, wrong).await.says_no(400, "invalid_request");
    }
    let anchorless = json!({ "anchor": "zz", "name": "x" });
    post(&server, &ana, "/api/my/machines", anchorless).await.says_no(400, "invalid_request");
    delete(&server, &ben, &path).await.says_no(404, "not_found");
    delete(&server, &ana, &path).await.is(204);
    delete(&server, &ana, &path).await.says_no(404, "not_found");
}

super::on_postgres::on_postgres!(
    meshes_are_made_listed_and_clash,
    a_long_list_comes_in_pages,
    every_list_comes_in_pages,
    a_machine_is_adopted_and_not_doubled,
    a_machine_is_renamed_located_and_removed_by_its_owner,
);
