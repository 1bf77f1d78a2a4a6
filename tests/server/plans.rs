//! What an account has room for where the operator named plans.

use crewmesh::secret::Secret;
use crewmesh::server::Config;
use crewmesh::server::domain::plans::Plans;
use crewmesh::server::store::{Account, Tx, plans};
use serde_json::json;

use super::{Answer, TestServer};

/// An instance with two plans and one without bounds.
async fn server() -> TestServer {
    let mut config = Config::in_memory();
    let all = ["free:meshes=1,members=2,machines=1", "team:meshes=5,members=3", "all"];
    config.plans = Plans(all.iter().map(|plan| plan.parse().expect("a plan")).collect());
    TestServer::of(config).await
}

async fn put_on(server: &TestServer, account: &Account, plan: &str) {
    let (id, plan) = (account.id.clone(), plan.to_owned());
    let put = async move |tx: &mut Tx| plans::set(tx, &id, &plan).await;
    assert!(server.running.state().store.write(put).await.expect("the database answers"));
}

async fn mesh(server: &TestServer, token: &Secret, name: &str) -> Answer {
    server.with(token, "POST /api/my/meshes", &json!({ "name": name }).to_string()).await
}

async fn machine(server: &TestServer, token: &Secret, digit: &str) -> Answer {
    let body = json!({ "anchor": digit.repeat(64), "name": format!("Rack {digit}") });
    server.with(token, "POST /api/my/machines", &body.to_string()).await
}

/// A "no" that names the plan there is, and the one there is room in.
fn needs(answer: &Answer, plan: &str, message: &str) {
    answer.says_no(403, "plan_required");
    assert_eq!(answer.text("plan"), plan);
    assert_eq!(answer.text("message"), message);
    assert!(answer.json()["hint"].is_string(), "{answer:?}");
}

#[tokio::test]
async fn a_plan_bounds_what_an_account_makes() {
    let server = server().await;
    let ana = server.account("Ana").await;
    let token = server.session(&ana).await;
    mesh(&server, &token, "One").await.is(201);
    let full = mesh(&server, &token, "Two").await;
    needs(&full, "team", "The plan free has room for 1 meshes.");
    machine(&server, &token, "1").await.is(201);
    needs(&machine(&server, &token, "2").await, "team", "The plan free has room for 1 machines.");
    // The one there is may come back as often as it likes.
    machine(&server, &token, "1").await.is(200);

    put_on(&server, &ana, "team").await;
    mesh(&server, &token, "Two").await.is(201);
    machine(&server, &token, "2").await.is(201);
    // A plan that the operator names no more is the first.
    put_on(&server, &ana, "gone").await;
    needs(&mesh(&server, &token, "Three").await, "team", "The plan free has room for 1 meshes.");
    // What somebody else made is no mesh of hers.
    let ben = server.account("Ben").await;
    mesh(&server, &server.session(&ben).await, "Three").await.is(201);
}

#[tokio::test]
async fn the_plan_of_whoever_made_a_mesh_bounds_its_members() {
    let server = server().await;
    let ana = server.account("Ana").await;
    let token = server.session(&ana).await;
    let made = mesh(&server, &token, "One").await.is(201).text("id");
    let line = format!("POST /api/my/meshes/{made}/invites");
    let code = server.with(&token, &line, "{\"max_uses\":9}").await.is(201).text("code");
    let accept = format!("POST /api/invites/{code}/accept");
    let ben = server.session(&server.account("Ben").await).await;
    server.with(&ben, &accept, "").await.is(200);
    let eve = server.session(&server.account("Eve").await).await;
    let full = server.with(&eve, &accept, "").await;
    needs(&full, "team", "The plan free has room for 2 members in a mesh.");
    let seen = format!("GET /api/my/meshes/{made}");
    assert_eq!(server.with(&token, &seen, "").await.is(200).json()["member_count"], 2);
    // Who is in it already is in it; and nothing of the invite was used up.
    server.with(&ben, &accept, "").await.is(200);
    let invites = format!("GET /api/my/meshes/{made}/invites");
    assert_eq!(server.with(&token, &invites, "").await.is(200).json()["data"][0]["uses"], 1);

    put_on(&server, &ana, "team").await;
    server.with(&eve, &accept, "").await.is(200);
    let root = server.account_of("Root", true).await;
    let last = server.with(&server.session(&root).await, &accept, "").await;
    needs(&last, "all", "The plan team has room for 3 members in a mesh.");
}

/// Many at once: as many as there is room for.
#[tokio::test]
async fn a_bound_holds_however_many_come_at_once() {
    let server = server().await;
    let ana = server.account("Ana").await;
    put_on(&server, &ana, "team").await;
    let token = server.session(&ana).await;
    let names: Vec<_> = (0..12).map(|number| format!("Mesh {number}")).collect();
    let answers = names.iter().map(|name| mesh(&server, &token, name));
    let answers = futures_util::future::join_all(answers).await;
    let made = answers.iter().filter(|answer| answer.status == 201).count();
    assert_eq!(made, 5, "{answers:?}");
    let full = answers.iter().filter(|answer| answer.status == 403).count();
    assert_eq!(full, 7, "{answers:?}");
}

#[tokio::test]
async fn whoever_runs_the_instance_sees_who_is_on_which() {
    let server = server().await;
    let root = server.account_of("Root", true).await;
    let ana = server.account("Ana").await;
    put_on(&server, &ana, "team").await;
    let token = server.session(&root).await;
    let list = server.with(&token, "GET /api/admin/members", "").await.is(200).json();
    // Both came within a millisecond, so either may come first.
    let mut plans: Vec<_> = list["data"].as_array().expect("a list").iter().collect();
    plans.sort_by_key(|who| who["name"].as_str());
    let plans: Vec<_> = plans.iter().map(|who| (&who["name"], &who["plan"])).collect();
    assert_eq!(plans, [(&json!("Ana"), &json!("team")), (&json!("Root"), &json!("free"))]);
    // Where there are no plans nothing is said of them.
    let bare = TestServer::new().await;
    let root = bare.account_of("Root", true).await;
    let token = bare.session(&root).await;
    let list = bare.with(&token, "GET /api/admin/members", "").await.is(200).json();
    assert!(list["data"][0].get("plan").is_none(), "{list}");
}

super::on_postgres::on_postgres!(
    a_plan_bounds_what_an_account_makes,
    the_plan_of_whoever_made_a_mesh_bounds_its_members,
    a_bound_holds_however_many_come_at_once,
    whoever_runs_the_instance_sees_who_is_on_which,
);
