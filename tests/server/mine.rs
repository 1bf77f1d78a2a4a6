//! `/api/my` and invites: what belongs to whoever asks, and to nobody else.

use crewmesh::secret::Secret;
use crewmesh::server::passwords;
use crewmesh::server::store::{Event, NewWebSession};
use serde_json::{Value, json};

use super::{Answer, DAY, World};

const ANCHOR: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

async fn get(world: &World, token: &Secret, path: &str) -> Answer {
    world.with(token, &format!("GET {path}"), "").await
}

async fn post(world: &World, token: &Secret, path: &str, body: Value) -> Answer {
    world.with(token, &format!("POST {path}"), &body.to_string()).await
}

async fn delete(world: &World, token: &Secret, path: &str) -> Answer {
    world.with(token, &format!("DELETE {path}"), "").await
}

#[tokio::test]
async fn a_profile_says_who_and_by_what() {
    let world = World::new().await;
    let ana = world.account("Ana").await;
    let session = world.session(&ana).await;
    let profile = get(&world, &session, "/api/my/profile").await.is(200).json();
    assert_eq!((&profile["id"], &profile["via"]), (&ana.id.into(), &"session".into()));
    assert_eq!(profile["token"]["name"], "Laptop");
    let pat = world.pat(&session, "{\"name\":\"ci\",\"expires_in_days\":null}").await;
    let profile = get(&world, &pat, "/api/my/profile").await.is(200).json();
    assert_eq!((&profile["via"], &profile["token"]["expires_at"]), (&"pat".into(), &().into()));
}

#[tokio::test]
async fn a_password_is_changed_by_whoever_knows_it() {
    let world = World::new().await;
    let ana = world.account("Ana").await;
    let session = world.session(&ana).await;
    let pat = world.pat(&session, "{\"name\":\"ci\"}").await;
    // Whoever came by another site sets the first one on its page.
    let first = json!({ "current": "", "password": "a long enough one" }).to_string();
    world.with(&session, "POST /api/my/password", &first).await.says_no(403, "no_password");
    let store = &world.running.state().store;
    let kept = passwords::hash(Secret::new("a long enough one")).await.unwrap();
    let event = Event::new("auth.password.changed", &ana.id, "web", &ana.id);
    store.change_password(&ana.id, None, &kept, &event, world.clock.now()).await.unwrap();
    world.with(&session, "GET /api/my/profile", "").await.says_no(401, "invalid_token");

    let (session, other) = (world.session(&ana).await, world.session(&ana).await);
    let change = async |token: &Secret, current: &str, next: &str| {
        let body = json!({ "current": current, "password": next }).to_string();
        world.with(token, "POST /api/my/password", &body).await
    };
    let next = "another long one";
    change(&pat, "a long enough one", next).await.says_no(403, "step_up_required");
    change(&session, "not that one at all", next).await.says_no(403, "wrong_password");
    change(&session, "a long enough one", "short").await.says_no(400, "invalid_request");
    change(&session, "a long enough one", next).await.is(204);
    for token in [&session, &other] {
        world.with(token, "GET /api/my/profile", "").await.says_no(401, "invalid_token");
    }
    world.with(&pat, "GET /api/my/profile", "").await.is(200);
}

#[tokio::test]
async fn a_password_that_was_changed_meanwhile_opens_nothing() {
    let world = World::new().await;
    let ana = world.account("Ana").await;
    let (store, now) = (&world.running.state().store, world.clock.now());
    let [first, second, third] = ["first", "second", "third"].map(Secret::new);
    let event = Event::new("auth.password.changed", &ana.id, "web", &ana.id);
    let change = async |before: Option<&Secret>, to: &Secret| {
        store.change_password(&ana.id, before, to, &event, now).await.unwrap()
    };
    // What a browser was let in by is what was read before it was checked.
    let enter = async |cookie: &Secret, password: &Secret| {
        let new = NewWebSession {
            account_id: ana.id.clone(),
            password: Some(password.clone()),
            ip: None,
            user_agent: None,
            expires_at: now + DAY,
        };
        let event = |id: &str| Event::new("auth.web.login", &ana.id, "web", id);
        store.create_web_session(cookie, &new, event, now).await.unwrap()
    };
    assert!(change(None, &first).await);
    assert!(enter(&Secret::new("one"), &first).await);
    assert!(change(Some(&first), &second).await);
    assert!(store.web_session(&Secret::new("one"), now).await.unwrap().is_none());
    assert!(!enter(&Secret::new("two"), &first).await);
    assert!(store.web_session(&Secret::new("two"), now).await.unwrap().is_none());
    assert!(!change(Some(&first), &third).await && !change(None, &third).await);
    assert!(enter(&Secret::new("three"), &second).await);
}

#[tokio::test]
async fn every_route_needs_a_live_token() {
    let world = World::new().await;
    let stranger = Secret::random_token(crewmesh::secret::TokenKind::Session);
    for line in [
        "GET /api/my/profile",
        "GET /api/my/meshes",
        "POST /api/my/meshes",
        "GET /api/my/meshes/x",
        "PATCH /api/my/meshes/x",
        "DELETE /api/my/meshes/x",
        "GET /api/my/meshes/x/members",
        "PATCH /api/my/meshes/x/members/y",
        "DELETE /api/my/meshes/x/members/y",
        "GET /api/my/audit",
        "POST /api/my/password",
        "GET /api/admin/members",
        "GET /api/admin/audit",
        "GET /api/admin/service-clients",
        "POST /api/admin/service-clients",
        "DELETE /api/admin/service-clients/x",
        "PUT /api/admin/service-clients/x/meshes/y",
        "DELETE /api/admin/service-clients/x/meshes/y",
        "GET /api/my/meshes/x/invites",
        "POST /api/my/meshes/x/invites",
        "DELETE /api/my/invites/x",
        "GET /api/my/machines",
        "POST /api/my/machines",
        "PATCH /api/my/machines/x",
        "DELETE /api/my/machines/x",
        "GET /api/my/cli/sessions",
        "DELETE /api/my/cli/sessions",
        "DELETE /api/my/cli/sessions/x",
        "DELETE /api/my/cli/sessions/current",
        "GET /api/my/cli/tokens",
        "POST /api/my/cli/tokens",
        "DELETE /api/my/cli/tokens/x",
        "POST /api/invites/x/accept",
    ] {
        world.request(line, &[], "{}").await.says_no(401, "unauthorized");
        world.with(&stranger, line, "{}").await.says_no(401, "invalid_token");
    }
}

#[tokio::test]
async fn a_token_lacks_what_it_was_not_given() {
    let world = World::new().await;
    let ana = world.account("Ana").await;
    let session = world.session(&ana).await;
    let pat = world.pat(&session, "{\"name\":\"ci\",\"scopes\":[\"profile:read\"]}").await;
    get(&world, &pat, "/api/my/profile").await.is(200);
    for path in ["/api/my/meshes", "/api/my/machines", "/api/my/cli/sessions", "/api/my/cli/tokens"]
    {
        get(&world, &pat, path).await.says_no(403, "insufficient_scope");
    }
}

#[tokio::test]
async fn meshes_are_made_listed_and_clash() {
    let world = World::new().await;
    let ana = world.session(&world.account("Ana").await).await;
    let made = post(&world, &ana, "/api/my/meshes", json!({ "name": "Platform Team" })).await;
    assert_eq!(made.is(201).text("slug"), "platform-team");
    assert_eq!((&made.json()["role"], &made.json()["member_count"]), (&"admin".into(), &1.into()));

    let ben = world.session(&world.account("Ben").await).await;
    let clash = post(&world, &ben, "/api/my/meshes", json!({ "name": "Platform  team" })).await;
    clash.says_no(409, "slug_taken");
    assert_eq!(clash.text("suggested_slug"), "platform-team-2");
    let body = json!({ "name": "Platform team", "slug": "platform-team-2" });
    post(&world, &ben, "/api/my/meshes", body).await.is(201);
    let third = post(&world, &ben, "/api/my/meshes", json!({ "name": "platform team" })).await;
    assert_eq!(third.text("suggested_slug"), "platform-team-3");
    let nameless = post(&world, &ben, "/api/my/meshes", json!({ "name": "日本" })).await;
    assert!(nameless.is(201).text("slug").starts_with("mesh-"));

    for body in [json!({}), json!({ "name": " \u{7} " }), json!({ "name": "x", "slug": "A b" })] {
        post(&world, &ben, "/api/my/meshes", body).await.says_no(400, "invalid_request");
    }
    let id = made.text("id");
    get(&world, &ana, &format!("/api/my/meshes/{id}")).await.is(200);
    get(&world, &ben, &format!("/api/my/meshes/{id}")).await.says_no(404, "not_found");
    assert_eq!(get(&world, &ana, "/api/my/meshes").await.is(200).json()["total"], 1);
}

#[tokio::test]
async fn a_long_list_comes_in_pages() {
    let world = World::new().await;
    let ana = world.session(&world.account("Ana").await).await;
    for number in 0..5 {
        let body = json!({ "name": format!("mesh {number}") });
        post(&world, &ana, "/api/my/meshes", body).await.is(201);
    }
    let (mut slugs, mut path) = (Vec::new(), "/api/my/meshes?limit=2".to_owned());
    loop {
        let page = get(&world, &ana, &path).await.is(200).json();
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
        get(&world, &ana, &path).await.says_no(400, "invalid_request");
    }
}

/// Every list there is, one row at a time: the same rows in the same order.
#[tokio::test]
async fn every_list_comes_in_pages() {
    let world = World::new().await;
    let root = world.session(&world.account_of("Root", true).await).await;
    let mesh = post(&world, &root, "/api/my/meshes", json!({ "name": "Team" })).await.text("id");
    let invites = format!("/api/my/meshes/{mesh}/invites");
    for name in ["Ana", "Ben"] {
        let other = world.session(&world.account(name).await).await;
        let code = post(&world, &root, &invites, json!({})).await.is(201).text("code");
        post(&world, &other, &format!("/api/invites/{code}/accept"), json!({})).await.is(200);
        post(&world, &root, "/api/my/meshes", json!({ "name": name })).await.is(201);
    }
    for number in 0..3 {
        post(&world, &root, &invites, json!({})).await.is(201);
        let machine = json!({ "anchor": format!("{number:064x}"), "name": "box" });
        post(&world, &root, "/api/my/machines", machine).await.is(201);
        post(&world, &root, "/api/my/cli/tokens", json!({ "name": "ci" })).await.is(201);
        let client = json!({ "name": "ci", "scopes": ["mesh:read"] });
        post(&world, &root, "/api/admin/service-clients", client).await.is(201);
    }
    let who = world.running.state().store.account_by_email("Root@example.org").await.unwrap();
    for _ in 0..2 {
        world.session(who.as_ref().expect("Root")).await;
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
        let whole = get(&world, &root, &path).await.is(200).json();
        let ids = |page: &Value| -> Vec<String> {
            let rows = page["data"].as_array().expect("a list").iter();
            rows.map(|row| row["id"].as_str().expect("an id").to_owned()).collect()
        };
        let all = ids(&whole);
        assert!(all.len() >= 3 && whole["total"] == all.len(), "{path}: {whole}");
        let (mut seen, mut at) = (Vec::new(), format!("{path}?limit=1"));
        loop {
            let page = get(&world, &root, &at).await.is(200).json();
            assert_eq!((page["total"].clone(), ids(&page).len()), (all.len().into(), 1), "{at}");
            seen.extend(ids(&page));
            let Some(cursor) = page["next_cursor"].as_str() else { break };
            at = format!("{path}?limit=1&cursor={cursor}");
        }
        assert_eq!(seen, all, "{path}");
        get(&world, &root, &format!("{path}?limit=100")).await.is(200);
        for limit in ["0", "101", "x", ""] {
            let wrong = get(&world, &root, &format!("{path}?limit={limit}")).await;
            wrong.says_no(400, "invalid_request");
        }
    }
}

#[tokio::test]
async fn a_personal_token_lives_as_long_as_was_said() {
    let world = World::new().await;
    let session = world.session(&world.account("Ana").await).await;
    let path = "/api/my/cli/tokens";
    for (asked, days) in [
        (json!({ "name": "x" }), Some(365)),
        (json!({ "name": "x", "expires_in_days": 30 }), Some(30)),
        (json!({ "name": "x", "expires_in_days": 90 }), Some(90)),
        (json!({ "name": "x", "expires_in_days": 365 }), Some(365)),
        (json!({ "name": "x", "expires_in_days": null }), None),
    ] {
        let made = post(&world, &session, path, asked).await.is(201).json();
        let time = |member: &str| {
            let text = made[member].as_str()?;
            Some(text.parse::<jiff::Timestamp>().expect("a time").as_millisecond())
        };
        let life = time("expires_at").map(|ends| (ends - time("created_at").unwrap()) / DAY);
        assert_eq!(life, days, "{made}");
    }
    for days in [json!(0), json!(-1), json!(7), json!(366), json!("30"), json!(30.5)] {
        let body = json!({ "name": "x", "expires_in_days": days });
        post(&world, &session, path, body).await.says_no(400, "invalid_request");
    }
}

#[tokio::test]
async fn a_machine_is_adopted_and_not_doubled() {
    let world = World::new().await;
    let ana = world.session(&world.account("Ana").await).await;
    let body = json!({ "anchor": ANCHOR, "name": "Straße 42", "location": "DE", "os": "linux" });
    let made = post(&world, &ana, "/api/my/machines", body).await;
    assert_eq!((made.is(201).text("slug"), made.json()["this"] == true), ("strae-42".into(), true));
    let again = json!({ "anchor": ANCHOR, "name": "Other", "slug": "other" });
    let adopted = post(&world, &ana, "/api/my/machines", again).await;
    assert_eq!(adopted.is(200).text("name"), "Straße 42");
    assert_eq!(adopted.text("id"), made.text("id"));

    let twin = json!({ "anchor": "b".repeat(64), "name": "Straße 42" });
    let derived = post(&world, &ana, "/api/my/machines", twin).await;
    assert_eq!(derived.is(201).text("slug"), "strae-42-2");
    let asked = json!({ "anchor": "c".repeat(64), "name": "x", "slug": "strae-42" });
    let clash = post(&world, &ana, "/api/my/machines", asked).await;
    clash.says_no(409, "slug_taken");
    assert_eq!(clash.text("suggested_slug"), "strae-42-3");
    // Another account's machine of the same anchor and slug is another machine.
    let ben = world.session(&world.account("Ben").await).await;
    let same = json!({ "anchor": ANCHOR, "name": "x", "slug": "strae-42" });
    post(&world, &ben, "/api/my/machines", same).await.is(201);

    let list = get(&world, &ana, &format!("/api/my/machines?anchor={ANCHOR}")).await.is(200).json();
    let this: Vec<_> = list["data"].as_array().unwrap().iter().map(|m| m["this"] == true).collect();
    assert_eq!((list["total"].clone(), this), (2.into(), vec![true, false]));
}

#[tokio::test]
async fn a_machine_is_renamed_located_and_removed_by_its_owner() {
    let world = World::new().await;
    let ana = world.session(&world.account("Ana").await).await;
    let ben = world.session(&world.account("Ben").await).await;
    let body = json!({ "anchor": ANCHOR, "name": "Lab", "location": null });
    let path = format!(
        "/api/my/machines/{}",
        post(&world, &ana, "/api/my/machines", body).await.text("id")
    );
    let change = json!({ "name": "Radiology", "location": "US-CAL-CISO" }).to_string();
    let line = format!("PATCH {path}");
    world.with(&ben, &line, &change).await.says_no(404, "not_found");
    let changed = world.with(&ana, &line, &change).await;
    assert_eq!(
        (changed.is(200).text("name"), changed.text("slug")),
        ("Radiology".into(), "lab".into())
    );
    assert_eq!(changed.text("location"), "US-CAL-CISO");
    let kept = world.with(&ana, &line, "{\"name\":\"R\"}").await;
    assert_eq!(kept.is(200).text("location"), "US-CAL-CISO");
    for wrong in ["{\"location\":\"Berlin\"}", "{\"location\":\"\"}", "{\"name\":\"\"}"] {
        world.with(&ana, &line, wrong).await.says_no(400, "invalid_request");
    }
    let anchorless = json!({ "anchor": "zz", "name": "x" });
    post(&world, &ana, "/api/my/machines", anchorless).await.says_no(400, "invalid_request");
    delete(&world, &ben, &path).await.says_no(404, "not_found");
    delete(&world, &ana, &path).await.is(204);
    delete(&world, &ana, &path).await.says_no(404, "not_found");
}

#[tokio::test]
async fn sessions_are_listed_and_ended() {
    let world = World::new().await;
    let account = world.account("Ana").await;
    let (here, there) = (world.session(&account).await, world.session(&account).await);
    let list = get(&world, &here, "/api/my/cli/sessions").await.is(200).json();
    assert_eq!(list["total"], 2);
    let other = list["data"].as_array().unwrap().iter().find(|s| s["current"] == false).unwrap();
    let path = format!("/api/my/cli/sessions/{}", other["id"].as_str().unwrap());
    let ben = world.session(&world.account("Ben").await).await;
    delete(&world, &ben, &path).await.says_no(404, "not_found");
    let pat = world.pat(&here, "{\"name\":\"ci\"}").await;
    delete(&world, &pat, &path).await.says_no(403, "step_up_required");
    delete(&world, &pat, "/api/my/cli/sessions/current").await.says_no(409, "not_a_session");
    delete(&world, &pat, "/api/my/cli/sessions").await.says_no(403, "step_up_required");
    delete(&world, &here, &path).await.is(204);
    get(&world, &there, "/api/my/profile").await.says_no(401, "invalid_token");
    delete(&world, &here, "/api/my/cli/sessions/current").await.is(204);
    get(&world, &here, "/api/my/profile").await.says_no(401, "invalid_token");

    let (one, two) = (world.session(&account).await, world.session(&account).await);
    let all = delete(&world, &one, "/api/my/cli/sessions").await;
    assert_eq!(all.is(200).json()["revoked"], 2);
    get(&world, &two, "/api/my/profile").await.says_no(401, "invalid_token");
    get(&world, &pat, "/api/my/profile").await.is(200);
}

#[tokio::test]
async fn a_personal_token_is_seen_once_and_makes_no_other() {
    let world = World::new().await;
    let session = world.session(&world.account("Ana").await).await;
    let path = "/api/my/cli/tokens";
    let made = post(&world, &session, path, json!({ "name": "ci" })).await;
    let token = Secret::new(made.is(201).text("token"));
    assert_eq!(made.text("last_four"), token.last_four());
    let year = get(&world, &session, path).await;
    year.is(200);
    assert!(!year.body.contains(token.expose()) && year.json()["data"][0]["name"] == "ci");
    post(&world, &token, path, json!({ "name": "x" })).await.says_no(403, "step_up_required");
    for wrong in [
        json!({ "name": "" }),
        json!({ "name": "x", "expires_in_days": 7 }),
        json!({ "name": "x", "scopes": [] }),
        json!({ "name": "x", "scopes": ["nonsense"] }),
    ] {
        post(&world, &session, path, wrong).await.says_no(400, "invalid_request");
    }
    let wide = json!({ "name": "x", "scopes": ["admin"] });
    post(&world, &session, path, wide).await.says_no(403, "insufficient_scope");

    let one = format!("{path}/{}", made.text("id"));
    let short = world.pat(&session, "{\"name\":\"s\",\"expires_in_days\":30}").await;
    delete(&world, &short, &one).await.says_no(403, "step_up_required");
    delete(&world, &session, &one).await.is(204);
    get(&world, &token, "/api/my/profile").await.says_no(401, "invalid_token");
    delete(&world, &session, &one).await.says_no(404, "not_found");
    world.clock.advance(30 * DAY);
    get(&world, &short, "/api/my/profile").await.says_no(401, "invalid_token");
}

#[tokio::test]
async fn an_invite_lets_in_as_many_as_it_says() {
    let world = World::new().await;
    let ana = world.session(&world.account("Ana").await).await;
    let mesh = post(&world, &ana, "/api/my/meshes", json!({ "name": "Team" })).await.text("id");
    let invites = format!("/api/my/meshes/{mesh}/invites");
    let made = post(&world, &ana, &invites, json!({ "max_uses": 2 })).await;
    let code = made.is(201).text("code");
    assert_eq!((code.len(), made.json()["emailed"] == false), (23, true));
    let link = format!("http://{}/i/{}", world.host(), code.replace('-', ""));
    assert_eq!(made.text("url"), link);

    let preview = world.request(&format!("GET /api/invites/{code}"), &[], "").await;
    assert_eq!(preview.is(200).text("inviter"), "Ana");
    assert_eq!(
        (preview.text("mesh_slug"), preview.json()["member_count"] == 1),
        ("team".into(), true)
    );
    let accept = format!("/api/invites/{}/accept", code.to_uppercase());
    let ben = world.session(&world.account("Ben").await).await;
    let joined = post(&world, &ben, &accept, json!({})).await.is(200).json();
    assert_eq!((&joined["role"], &joined["member_count"]), (&"member".into(), &2.into()));
    post(&world, &ben, &accept, json!({})).await.is(200);
    assert_eq!(get(&world, &ana, &invites).await.is(200).json()["data"][0]["uses"], 1);
    // The last place, wanted by three at once.
    let mut waiting = Vec::new();
    for name in ["C", "D", "E"] {
        waiting.push(world.session(&world.account(name).await).await);
    }
    let answers = tokio::join!(
        post(&world, &waiting[0], &accept, json!({})),
        post(&world, &waiting[1], &accept, json!({})),
        post(&world, &waiting[2], &accept, json!({}))
    );
    let mut statuses = [answers.0.status, answers.1.status, answers.2.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 410, 410]);
    let preview = world.request(&format!("GET /api/invites/{code}"), &[], "").await;
    preview.says_no(410, "exhausted");
    assert_eq!(get(&world, &ana, &invites).await.json()["total"], 0);
    post(&world, &ben, &invites, json!({})).await.says_no(403, "not_an_admin");
    get(&world, &ben, &invites).await.says_no(403, "not_an_admin");
}

#[tokio::test]
async fn an_invite_ends_by_time_or_by_hand() {
    let world = World::new().await;
    let ana = world.session(&world.account("Ana").await).await;
    let ben = world.session(&world.account("Ben").await).await;
    let mesh = post(&world, &ana, "/api/my/meshes", json!({ "name": "Team" })).await.text("id");
    let invites = format!("/api/my/meshes/{mesh}/invites");
    for wrong in [
        json!({ "expires_in_days": 0 }),
        json!({ "expires_in_days": 366 }),
        json!({ "max_uses": 0 }),
        json!({ "max_uses": 1001 }),
        json!({ "email": "nobody" }),
    ] {
        post(&world, &ana, &invites, wrong).await.says_no(400, "invalid_request");
    }
    let made = post(&world, &ana, &invites, json!({ "role": "admin" })).await;
    let accept = |made: &Answer| format!("/api/invites/{}/accept", made.text("code"));
    let revoke = format!("/api/my/invites/{}", made.text("id"));
    delete(&world, &ben, &revoke).await.says_no(404, "not_found");
    delete(&world, &ana, &revoke).await.is(204);
    delete(&world, &ana, &revoke).await.says_no(404, "not_found");
    post(&world, &ben, &accept(&made), json!({})).await.says_no(410, "revoked");
    let made = post(&world, &ana, &invites, json!({})).await;
    world.clock.advance(7 * DAY);
    post(&world, &ben, &accept(&made), json!({})).await.says_no(410, "expired");
    let nothing = "/api/invites/aaaaa-aaaaa-aaaaa-aaaaa/accept";
    post(&world, &ben, nothing, json!({})).await.says_no(404, "not_found");
    let none = "/api/my/meshes/none/invites";
    post(&world, &ana, none, json!({})).await.says_no(404, "not_found");
}

super::both::on_postgres!(
    a_profile_says_who_and_by_what,
    a_password_is_changed_by_whoever_knows_it,
    a_password_that_was_changed_meanwhile_opens_nothing,
    every_route_needs_a_live_token,
    a_token_lacks_what_it_was_not_given,
    meshes_are_made_listed_and_clash,
    a_long_list_comes_in_pages,
    every_list_comes_in_pages,
    a_personal_token_lives_as_long_as_was_said,
    a_machine_is_adopted_and_not_doubled,
    a_machine_is_renamed_located_and_removed_by_its_owner,
    sessions_are_listed_and_ended,
    a_personal_token_is_seen_once_and_makes_no_other,
    an_invite_lets_in_as_many_as_it_says,
    an_invite_ends_by_time_or_by_hand,
);
