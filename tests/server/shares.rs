//! Sharing what one connected in a mesh: who may, what its members see and get, how often,
//! and when it ends.

use crewmesh::secret::Secret;
use crewmesh::server::operations::Account;
use serde_json::{Value, json};

use super::{Answer, TestServer};

const DAY: i64 = 86_400_000;

/// Ana, who administers a mesh and connected something, and Ben, who is in it.
struct Team {
    server: TestServer,
    ana: Secret,
    ben: Secret,
    ben_account: Account,
    ana_id: String,
    mesh: String,
    connection: String,
}

impl Team {
    async fn new() -> Self {
        let server = TestServer::new().await;
        let (ana, ben_account) = (server.account("Ana").await, server.account("Ben").await);
        let ana_id = ana.id.clone();
        let (ana, ben) = (server.session(&ana).await, server.session(&ben_account).await);
        let mesh = server.with(&ana, "POST /api/my/meshes", "{\"name\":\"Ops\"}").await;
        let mesh = mesh.is(201).text("id");
        let new = json!({
            "provider": "anthropic", "label": "team", "way": "token", "kind": "api_key",
            "secret": "sk-ant-api03-of-ana", "holder": "ana@work.example", "plan": "Max",
            "verified": true,
        });
        let new = server.with(&ana, "POST /api/my/providers", &new.to_string()).await;
        let connection = new.is(201).text("id");
        let team = Self { server, ana, ben, ben_account, ana_id, mesh, connection };
        team.invited(&team.ana, &team.ben, "member").await;
        team
    }

    /// `guest` accepts an invite of `host`'s.
    async fn invited(&self, host: &Secret, guest: &Secret, role: &str) {
        let invite = format!("POST /api/my/meshes/{}/invites", self.mesh);
        let made = self.server.with(host, &invite, &json!({ "role": role }).to_string()).await;
        let accept = format!("POST /api/invites/{}/accept", made.is(201).text("code"));
        self.server.with(guest, &accept, "").await.is(200);
    }

    async fn ask(&self, who: &Secret, line: &str, body: Value) -> Answer {
        let (verb, rest) = line.split_once(' ').expect("a verb");
        let line = format!("{verb} /api/my/meshes/{}/providers{rest}", self.mesh);
        self.server.with(who, &line, &body.to_string()).await
    }

    async fn share(&self, daily: Option<u32>) -> Answer {
        let new = json!({ "connection": self.connection, "daily": daily });
        self.ask(&self.ana, "POST ", new).await
    }

    async fn lease(&self, who: &Secret, wanted: &str) -> Answer {
        let body = json!({ "machine": "lab", "agent": "claude" });
        self.ask(who, &format!("POST /{wanted}/lease"), body).await
    }

    async fn listed(&self, who: &Secret) -> Vec<Value> {
        let list = self.ask(who, "GET ", Value::Null).await.is(200).json();
        list["data"].as_array().expect("a list").clone()
    }

    async fn own(&self, who: &Secret) -> Value {
        self.server.with(who, "GET /api/my/providers", "").await.is(200).json()
    }

    async fn audit(&self, who: &Secret, action: &str) -> Vec<Value> {
        let audit = self.server.with(who, "GET /api/my/audit", "").await.is(200).json();
        let events = audit["data"].as_array().expect("events").iter();
        events.filter(|event| event["action"] == action).cloned().collect()
    }

    async fn make_admin(&self, who: &Account) {
        let line = format!("PATCH /api/my/meshes/{}/members/{}", self.mesh, who.id);
        self.server.with(&self.ana, &line, "{\"role\":\"admin\"}").await.is(200);
    }

    /// `who` takes `member` out of the mesh.
    async fn takes_out(&self, who: &Secret, member: &str) {
        let line = format!("DELETE /api/my/meshes/{}/members/{member}", self.mesh);
        self.server.with(who, &line, "").await.is(204);
    }
}

fn last(uses: &Value) -> Option<&Value> {
    uses.as_array().expect("days").last()
}

#[tokio::test]
async fn members_start_agents_with_it_and_see_nothing_else_of_it() {
    let team = Team::new().await;
    team.lease(&team.ben, "anthropic").await.says_no(404, "not_found");
    let share = team.share(None).await.is(201).json();
    assert_eq!((&share["yours"], &share["holder"]), (&json!(true), &json!("Ana")));
    team.share(Some(9)).await.is(200);
    team.share(None).await.is(200);

    let seen = team.listed(&team.ben).await;
    assert_eq!((seen.len(), &seen[0]["holder"]), (1, &json!("Ana")), "{seen:?}");
    assert_eq!((&seen[0]["label"], &seen[0]["yours"]), (&json!("team"), &json!(false)));
    let told = json!(seen).to_string();
    assert!(!told.contains("ana@work") && !told.contains("-ana\""), "{told}");
    assert_eq!(seen[0]["last_four"], "");

    for wanted in [team.connection.as_str(), "anthropic"] {
        let lease = team.lease(&team.ben, wanted).await.is(201).json();
        assert_eq!(lease["secret"], "sk-ant-api03-of-ana");
        assert_eq!((&lease["holder"], &lease["last_four"]), (&json!("Ana"), &json!("")));
        // Good for this start alone.
        let until: jiff::Timestamp =
            serde_json::from_value(lease["expires_at"].clone()).expect("a time");
        assert!(until.as_millisecond() <= team.server.clock.now());
    }
    let seen = team.listed(&team.ben).await;
    assert_eq!((&seen[0]["used_today"], last(&seen[0]["uses"])), (&json!(2), Some(&json!(2))));
    let anas = team.listed(&team.ana).await;
    assert_eq!((&anas[0]["used_today"], &anas[0]["yours"]), (&json!(0), &json!(true)));
    let one = &team.own(&team.ana).await["data"][0];
    assert_eq!((&one["shared_in"], &one["holder"]), (&json!(["ops"]), &json!("ana@work.example")));
    assert_eq!(last(&one["uses"]), Some(&json!(2)));
    assert_eq!(team.own(&team.ben).await["total"], 0, "it is not among Ben's own");

    let leased = team.audit(&team.ben, "provider.leased").await;
    let meta = &leased[0]["meta"];
    assert_eq!((&meta["mesh"], &meta["machine"]), (&json!(team.mesh), &json!("lab")));
    assert_eq!(meta["shared_by"], json!(team.ana_id));
    let shared = team.audit(&team.ana, "provider.shared").await;
    assert_eq!((shared.len(), &shared[1]["meta"]["daily"]), (3, &json!("9")));
}

#[tokio::test]
async fn a_day_has_as_many_starts_for_each_as_whoever_shares_it_allows() {
    let team = Team::new().await;
    for wrong in [0, 10_001] {
        team.share(Some(wrong)).await.says_no(400, "invalid_request");
    }
    team.share(Some(2)).await.is(201);
    for _ in 0..2 {
        team.lease(&team.ben, "anthropic").await.is(201);
    }
    team.lease(&team.ben, "anthropic").await.says_no(409, "share_used_up");
    // Another's are not counted with these, and one's own not at all.
    team.lease(&team.ana, "anthropic").await.is(201);
    let own = format!("POST /api/my/providers/{}/lease", team.connection);
    for _ in 0..3 {
        team.server.with(&team.ana, &own, "{}").await.is(201);
    }
    assert_eq!(team.listed(&team.ben).await[0]["used_today"], 2, "a refusal is no use");
    team.share(Some(3)).await.is(200);
    team.lease(&team.ben, "anthropic").await.is(201);
    team.lease(&team.ben, "anthropic").await.says_no(409, "share_used_up");
    team.server.clock.advance(DAY);
    team.lease(&team.ben, "anthropic").await.is(201);
}

#[tokio::test]
async fn it_takes_an_administrator_and_what_is_their_own() {
    let team = Team::new().await;
    let new = json!({ "connection": team.connection });
    team.ask(&team.ben, "POST ", new).await.says_no(403, "not_an_admin");
    let others = json!({ "provider": "groq", "way": "token", "kind": "api_key", "secret": "gsk" });
    let others = team.server.with(&team.ben, "POST /api/my/providers", &others.to_string()).await;
    let others = others.is(201).text("id");
    // Nor does a provider's name do: which one is meant may be another tomorrow.
    for wrong in [others.as_str(), "anthropic", "nope"] {
        team.ask(&team.ana, "POST ", json!({ "connection": wrong }))
            .await
            .says_no(404, "not_found");
    }
    let stranger = team.server.session(&team.server.account("Eva").await).await;
    team.share(None).await.is(201);
    team.ask(&stranger, "GET ", Value::Null).await.says_no(404, "not_found");
    team.lease(&stranger, "anthropic").await.says_no(404, "not_found");
    let end = format!("DELETE /{}", team.connection);
    team.ask(&stranger, &end, Value::Null).await.says_no(404, "not_found");
    team.ask(&team.ben, &end, Value::Null).await.says_no(403, "not_an_admin");
    // Another administrator may end it.
    team.make_admin(&team.ben_account).await;
    team.ask(&team.ben, &end, Value::Null).await.is(204);
    team.ask(&team.ben, &end, Value::Null).await.says_no(404, "not_found");
    team.lease(&team.ben, "anthropic").await.says_no(404, "not_found");
    assert_eq!(team.audit(&team.ben, "provider.unshared").await.len(), 1);
}

#[tokio::test]
async fn it_ends_with_the_seat_of_either_the_connection_and_the_mesh() {
    let team = Team::new().await;
    team.share(None).await.is(201);
    team.lease(&team.ben, "anthropic").await.is(201);
    team.takes_out(&team.ana, &team.ben_account.id).await;
    team.lease(&team.ben, "anthropic").await.says_no(404, "not_found");

    // Whoever shares it leaves; coming back does not bring it back.
    team.invited(&team.ana, &team.ben, "member").await;
    team.lease(&team.ben, "anthropic").await.is(201);
    team.make_admin(&team.ben_account).await;
    team.takes_out(&team.ana, &team.ana_id).await;
    team.lease(&team.ben, "anthropic").await.says_no(404, "not_found");
    team.invited(&team.ben, &team.ana, "admin").await;
    assert!(team.listed(&team.ben).await.is_empty());

    team.share(None).await.is(201);
    team.lease(&team.ben, "anthropic").await.is(201);
    let gone = format!("DELETE /api/my/providers/{}", team.connection);
    team.server.with(&team.ana, &gone, "").await.is(204);
    team.lease(&team.ben, "anthropic").await.says_no(404, "not_found");
    assert!(team.listed(&team.ben).await.is_empty());

    let new = json!({ "provider": "groq", "way": "token", "kind": "api_key", "secret": "gsk" });
    let new = team.server.with(&team.ana, "POST /api/my/providers", &new.to_string()).await;
    let new = json!({ "connection": new.is(201).text("id") });
    team.ask(&team.ana, "POST ", new).await.is(201);
    team.lease(&team.ben, "groq").await.is(201);
    let mesh = format!("DELETE /api/my/meshes/{}", team.mesh);
    team.server.with(&team.ana, &mesh, "").await.is(204);
    assert!(team.own(&team.ana).await["data"][0]["shared_in"].is_null());
}

#[tokio::test]
async fn another_account_in_its_place_is_not_shared_and_the_same_one_is() {
    let team = Team::new().await;
    team.share(Some(20)).await.is(201);
    let again = async |holder: Value, secret: &str| {
        let new = json!({
            "provider": "anthropic", "label": "team", "way": "token", "kind": "api_key",
            "secret": secret, "holder": holder,
        });
        let line = "POST /api/my/providers";
        team.server.with(&team.ana, line, &new.to_string()).await.is(200).text("id")
    };
    let id = again(json!("ana@work.example"), "sk-ant-api03-next").await;
    assert_eq!(id, team.connection);
    assert_eq!(
        team.lease(&team.ben, "anthropic").await.is(201).text("secret"),
        "sk-ant-api03-next"
    );
    for other in [json!("ana@home.example"), Value::Null, Value::Null] {
        again(other, "sk-ant-api03-private").await;
        team.lease(&team.ben, &team.connection).await.says_no(404, "not_found");
        assert!(team.listed(&team.ben).await.is_empty());
        team.share(None).await.is(201);
        team.lease(&team.ben, &team.connection).await.is(201);
    }
}

super::on_postgres::on_postgres!(
    members_start_agents_with_it_and_see_nothing_else_of_it,
    a_day_has_as_many_starts_for_each_as_whoever_shares_it_allows,
    it_takes_an_administrator_and_what_is_their_own,
    it_ends_with_the_seat_of_either_the_connection_and_the_mesh,
    another_account_in_its_place_is_not_shared_and_the_same_one_is,
);
