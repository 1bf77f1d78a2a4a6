//! Who may do what: permissions in a mesh, and of whoever runs the instance.

use crewmesh::secret::Secret;
use crewmesh::server::store::Account;
use serde_json::{Value, json};

use super::{Answer, TestServer};

/// A mesh with two administrators and a member, somebody outside of it, and
/// somebody who runs the instance but is not in it.
struct Team {
    server: TestServer,
    mesh: String,
    ana: Somebody,
    ada: Somebody,
    ben: Somebody,
    eve: Somebody,
    root: Somebody,
}

struct Somebody {
    account: Account,
    token: Secret,
}

impl Team {
    async fn new() -> Self {
        let server = TestServer::new().await;
        let mut people = Vec::new();
        for (name, admin) in
            [("Ana", false), ("Ada", false), ("Ben", false), ("Eve", false), ("Root", true)]
        {
            let account = server.account_of(name, admin).await;
            let token = server.session(&account).await;
            people.push(Somebody { account, token });
        }
        let [ana, ada, ben, eve, root] = people.try_into().ok().expect("five people");
        let mesh = server.with(&ana.token, "POST /api/my/meshes", "{\"name\":\"Team\"}").await;
        let mesh = mesh.is(201).text("id");
        let team = Self { server, mesh, ana, ada, ben, eve, root };
        for (who, role) in [(&team.ada, "admin"), (&team.ben, "member")] {
            let invite = json!({ "role": role }).to_string();
            let line = format!("POST /api/my/meshes/{}/invites", team.mesh);
            let invite = team.server.with(&team.ana.token, &line, &invite).await;
            let code = invite.is(201).text("code");
            team.server
                .with(&who.token, &format!("POST /api/invites/{code}/accept"), "")
                .await
                .is(200);
        }
        team
    }

    async fn ask(&self, who: &Somebody, line: &str, body: &Value) -> Answer {
        let line = line.replace("{mesh}", &self.mesh).replace("{ben}", &self.ben.account.id);
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.server.with(&who.token, &line, &body).await
    }

    async fn roles(&self) -> Vec<(String, String)> {
        let list = self.ask(&self.ana, "GET /api/my/meshes/{mesh}/members", &Value::Null).await;
        let list = list.is(200).json();
        let members = list["data"].as_array().expect("a list");
        assert_eq!(list["total"], members.len());
        members
            .iter()
            .map(|member| (member["name"].to_string(), member["role"].to_string()))
            .map(|(name, role)| (name.replace('"', ""), role.replace('"', "")))
            .collect()
    }
}

/// Nobody outside learns that there is such a mesh; nobody in it does what is
/// an administrator's.
#[tokio::test]
async fn a_mesh_is_changed_by_its_administrators_alone() {
    let team = Team::new().await;
    let name = json!({ "name": "Other" });
    let role = json!({ "role": "admin" });
    // line, body, what a member is answered
    let table: [(&str, &Value, u16); 9] = [
        ("GET /api/my/meshes/{mesh}", &Value::Null, 200),
        ("GET /api/my/meshes/{mesh}/members", &Value::Null, 200),
        ("PATCH /api/my/meshes/{mesh}", &name, 403),
        ("POST /api/my/meshes/{mesh}/invites", &json!({}), 403),
        ("GET /api/my/meshes/{mesh}/invites", &Value::Null, 403),
        ("PATCH /api/my/meshes/{mesh}/members/{ben}", &role, 403),
        ("DELETE /api/my/meshes/{mesh}/members/nobody", &Value::Null, 403),
        ("DELETE /api/my/meshes/{mesh}", &Value::Null, 403),
        ("DELETE /api/my/invites/nothing", &Value::Null, 404),
    ];
    for (line, body, member) in table {
        for stranger in [&team.eve, &team.root] {
            team.ask(stranger, line, body).await.says_no(404, "not_found");
        }
        let answer = team.ask(&team.ben, line, body).await;
        assert_eq!(answer.status, member, "{line}: {answer:?}");
        if member == 403 {
            answer.says_no(403, "not_an_admin");
        }
    }
    let renamed = team.ask(&team.ada, "PATCH /api/my/meshes/{mesh}", &name).await;
    assert_eq!(
        (renamed.is(200).text("name"), renamed.text("slug")),
        ("Other".into(), "team".into())
    );
    team.ask(&team.ada, "PATCH /api/my/meshes/{mesh}", &json!({ "name": " " }))
        .await
        .says_no(400, "invalid_request");
    team.ask(&team.ada, "DELETE /api/my/meshes/{mesh}", &Value::Null).await.is(204);
    for who in [&team.ana, &team.ada, &team.ben] {
        team.ask(who, "GET /api/my/meshes/{mesh}", &Value::Null).await.says_no(404, "not_found");
    }
}

#[tokio::test]
async fn members_change_leave_and_are_removed() {
    let team = Team::new().await;
    let pairs = |list: &[(&str, &str)]| {
        list.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect::<Vec<_>>()
    };
    let ana = team.ana.account.id.clone();
    let member = json!({ "role": "member" });
    assert_eq!(team.roles().await, pairs(&[("Ana", "admin"), ("Ada", "admin"), ("Ben", "member")]));

    let line = format!("PATCH /api/my/meshes/{{mesh}}/members/{}", team.ada.account.id);
    assert_eq!(team.ask(&team.ana, &line, &member).await.is(200).text("role"), "member");
    let own = format!("/api/my/meshes/{{mesh}}/members/{ana}");
    team.ask(&team.ana, &format!("PATCH {own}"), &member).await.says_no(409, "last_admin");
    team.ask(&team.ana, &format!("DELETE {own}"), &Value::Null).await.says_no(409, "last_admin");

    let ben = "/api/my/meshes/{mesh}/members/{ben}";
    let admin = json!({ "role": "admin" });
    team.ask(&team.ana, &format!("PATCH {ben}"), &admin).await.is(200);
    team.ask(&team.ana, &format!("PATCH {ben}"), &json!({ "role": "owner" }))
        .await
        .says_no(400, "invalid_request");
    team.ask(&team.ben, &format!("DELETE {own}"), &Value::Null).await.is(204);
    team.ask(&team.ana, "GET /api/my/meshes/{mesh}", &Value::Null).await.says_no(404, "not_found");
    // Leaving needs nobody's permission.
    let own = format!("DELETE /api/my/meshes/{{mesh}}/members/{}", team.ada.account.id);
    team.ask(&team.ada, &own, &Value::Null).await.is(204);
    let gone = format!("DELETE /api/my/meshes/{{mesh}}/members/{ana}");
    team.ask(&team.ben, &gone, &Value::Null).await.says_no(404, "not_found");
    let left = team.ask(&team.ben, "GET /api/my/meshes/{mesh}/members", &Value::Null).await;
    assert_eq!(left.is(200).json()["total"], 1);
    assert_eq!(left.json()["data"][0]["name"], "Ben");

    let audit = team.ask(&team.ben, "GET /api/my/audit", &Value::Null).await.is(200).json();
    let removed = &audit["data"][0];
    assert_eq!(
        (&removed["action"], &removed["target"]),
        (&"mesh.member.removed".into(), &ana.into())
    );
    assert_eq!(removed["meta"]["mesh"], team.mesh);
}

/// Two administrators who take each other's permission away at once: one of
/// them stays.
#[tokio::test]
async fn a_mesh_keeps_an_administrator_whatever_happens_at_once() {
    for _ in 0..10 {
        let team = Team::new().await;
        let member = json!({ "role": "member" });
        let of =
            |who: &Somebody| format!("PATCH /api/my/meshes/{{mesh}}/members/{}", who.account.id);
        let (ana, ada) = (of(&team.ada), of(&team.ana));
        let (one, other) =
            tokio::join!(team.ask(&team.ana, &ana, &member), team.ask(&team.ada, &ada, &member));
        let kept = [one.status, other.status].iter().filter(|status| **status == 200).count();
        assert_eq!(kept, 1, "{one:?} {other:?}");
        assert_eq!(team.roles().await.iter().filter(|(_, role)| role == "admin").count(), 1);
    }
}

#[tokio::test]
async fn the_instance_is_seen_whole_by_whoever_runs_it_alone() {
    let team = Team::new().await;
    for line in ["GET /api/admin/members", "GET /api/admin/audit"] {
        team.ask(&team.ana, line, &Value::Null).await.says_no(403, "insufficient_scope");
    }
    let members = team.ask(&team.root, "GET /api/admin/members", &Value::Null).await.is(200).json();
    assert_eq!(members["total"], 5);
    let root = members["data"].as_array().expect("a list").iter().find(|who| who["name"] == "Root");
    assert_eq!(root.expect("Root is there")["admin"], true);

    let mut path = "GET /api/admin/audit?limit=3".to_owned();
    let mut seen = Vec::new();
    loop {
        let page = team.ask(&team.root, &path, &Value::Null).await.is(200).json();
        for event in page["data"].as_array().expect("a list") {
            seen.push((event["id"].to_string(), event["action"].to_string()));
        }
        match page["next_cursor"].as_str() {
            Some(cursor) => path = format!("GET /api/admin/audit?limit=3&cursor={cursor}"),
            None => break,
        }
    }
    assert!(seen.windows(2).all(|pair| pair[0].0 > pair[1].0), "newest first, each once: {seen:?}");
    for action in ["mesh.created", "invite.created", "invite.accepted", "auth.cli.session.created"]
    {
        assert!(seen.iter().any(|(_, done)| done.contains(action)), "{action}: {seen:?}");
    }
    // A person sees their own alone.
    let own = team.ask(&team.eve, "GET /api/my/audit", &Value::Null).await.is(200).json();
    let own = own["data"].as_array().expect("a list");
    assert!(!own.is_empty() && own.iter().all(|event| event["actor"] == team.eve.account.id));
}

#[tokio::test]
async fn a_password_is_changed_by_a_person_who_knows_it() {
    let team = Team::new().await;
    let fresh = json!({ "current": "x", "password": "correct horse battery" });
    team.ask(&team.ana, "POST /api/my/password", &fresh).await.says_no(403, "wrong_password");
    let short = json!({ "current": "x", "password": "short" });
    team.ask(&team.ana, "POST /api/my/password", &short).await.says_no(400, "invalid_request");
    let pat = team.server.pat(&team.ana.token, "{\"name\":\"ci\"}").await;
    let refused = team.server.with(&pat, "POST /api/my/password", &fresh.to_string()).await;
    refused.says_no(403, "step_up_required");
}

#[tokio::test]
async fn to_invite_an_administrator_is_to_change_the_mesh() {
    let team = Team::new().await;
    let narrow = json!({ "name": "x", "scopes": ["mesh:read", "invite:create"] }).to_string();
    let narrow = team.server.pat(&team.ana.token, &narrow).await;
    let line = format!("POST /api/my/meshes/{}/invites", team.mesh);
    let refused = team.server.with(&narrow, &line, "{\"role\":\"admin\"}").await;
    refused.says_no(403, "insufficient_scope");
    team.server.with(&narrow, &line, "{}").await.is(201);
}

/// By an invite of their own they could come back as what they were.
#[tokio::test]
async fn whoever_administers_a_mesh_no_more_has_no_open_invites_there() {
    let admin = json!({ "role": "admin", "max_uses": 2 });
    for (how, body, by_themselves) in [
        ("DELETE", Value::Null, false),
        ("PATCH", json!({ "role": "member" }), false),
        ("DELETE", Value::Null, true),
        ("PATCH", json!({ "role": "member" }), true),
    ] {
        let team = Team::new().await;
        let invite = |from| team.ask(from, "POST /api/my/meshes/{mesh}/invites", &admin);
        let ada = invite(&team.ada).await.is(201).text("code");
        let ana = invite(&team.ana).await.is(201).text("code");
        let list = team.ask(&team.ana, "GET /api/my/meshes/{mesh}/invites", &Value::Null).await;
        let list = list.is(200).json();
        let inviters = [0, 1].map(|row| list["data"][row]["inviter"].clone());
        assert_eq!(inviters, ["Ana", "Ada"]);
        assert_eq!(list["data"][1]["created_by"], json!(team.ada.account.id));
        let other = team.ask(&team.ana, "POST /api/my/meshes", &json!({ "name": "Other" })).await;
        let line = format!("POST /api/my/meshes/{}/invites", other.is(201).text("id"));
        let elsewhere = team.ask(&team.ana, &line, &admin).await.is(201).text("code");

        let line = format!("{how} /api/my/meshes/{{mesh}}/members/{}", team.ada.account.id);
        let by = if by_themselves { &team.ada } else { &team.ana };
        let done = team.ask(by, &line, &body).await;
        assert!(matches!(done.status, 200 | 204), "{how}: {done:?}");

        let accept = async |code: &str| {
            team.ask(&team.eve, &format!("POST /api/invites/{code}/accept"), &Value::Null).await
        };
        accept(&ada).await.says_no(410, "revoked");
        // What others made, and made elsewhere, is as it was.
        accept(&ana).await.is(200);
        accept(&elsewhere).await.is(200);
        let events = team.ask(by, "GET /api/my/audit", &Value::Null).await.is(200).json();
        let ended = events["data"][0]["meta"]["invites"].clone();
        assert_eq!(ended, json!("1"), "{events}");
    }
}

super::on_postgres::on_postgres!(
    a_mesh_is_changed_by_its_administrators_alone,
    members_change_leave_and_are_removed,
    a_mesh_keeps_an_administrator_whatever_happens_at_once,
    the_instance_is_seen_whole_by_whoever_runs_it_alone,
    a_password_is_changed_by_a_person_who_knows_it,
    to_invite_an_administrator_is_to_change_the_mesh,
    whoever_administers_a_mesh_no_more_has_no_open_invites_there,
);
