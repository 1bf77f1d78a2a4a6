//! Service clients on their page: for whoever runs the instance, signed in of
//! late, and with a secret that is seen once.

use data_encoding::BASE64;

use super::{TestServer, send};
use crate::support::web::Person;

const PAGE: &str = "/admin/service-clients";

/// Milliseconds of half an hour.
const HALF_AN_HOUR: i64 = 30 * 60_000;

/// Whoever runs the instance, with two meshes, at the page.
fn root(server: &TestServer) -> Person {
    let link = server.running.admin_link().expect("nobody runs it yet").expose().to_owned();
    let mut root = Person::new();
    root.open(&link);
    super::register(&mut root, "Root", "root@example.org");
    for name in ["Ops", "Lab"] {
        root.open(&server.at("/meshes"));
        root.submit("action=\"/meshes\"", &[("name", name)]);
    }
    root.open(&server.at(PAGE));
    assert_eq!(root.page.status, 200, "{}", root.page.text());
    root
}

fn value(html: &str, name: &str) -> String {
    let (_, rest) = html.split_once(&format!("{name}=")).expect(name);
    rest.split(['\n', '<']).next().expect("a value").to_owned()
}

/// A token by what the page showed.
fn token(server: &TestServer, html: &str) -> Option<String> {
    let pair = [value(html, "CREWMESH_CLIENT_ID"), value(html, "CREWMESH_CLIENT_SECRET")];
    let basic = format!("Authorization: Basic {}", BASE64.encode(pair.join(":").as_bytes()));
    let body = "grant_type=client_credentials";
    let answer = send(server.running.address(), "POST", "/oauth/token", &[&basic], body);
    Some(answer.json()["access_token"].as_str()?.to_owned())
}

fn meshes(server: &TestServer, token: &str) -> Vec<String> {
    let listed = server.bearer(token, "/api/my/meshes").json();
    let rows = listed["data"].as_array().expect("a list");
    rows.iter().map(|mesh| mesh["slug"].as_str().expect("a slug").to_owned()).collect()
}

#[test]
fn a_client_is_made_put_into_meshes_and_revoked() {
    let server = TestServer::new();
    let mut root = root(&server);
    assert!(root.page.text().contains("No service client yet."));
    let form = [("name", "nightly <build>"), ("scope", "mesh:read"), ("mesh", "ops")];
    root.submit("name=\"redirect\"", &form);
    assert_eq!(root.page.status, 201, "{}", root.page.text());
    let made = root.page.html.clone();
    assert!(made.contains("nightly &#60;build&#62;"), "{made}");
    assert_eq!(root.page.headers["cache-control"], "no-store");
    let token = token(&server, &made).expect("it signs in");
    assert_eq!(meshes(&server, &token), ["ops"]);
    // It may do what was ticked, and nothing else.
    assert_eq!(server.bearer(&token, "/api/my/machines").status, 403);

    root.open(&server.at(PAGE));
    let secret = value(&made, "CREWMESH_CLIENT_SECRET");
    assert!(!root.page.html.contains(&secret), "it is shown once");
    assert!(root.page.text().contains("in ops"), "{}", root.page.text());
    let id = value(&made, "CREWMESH_CLIENT_ID");
    let form = format!("/{id}\"");
    root.submit(&form, &[("do", "add"), ("mesh", "lab")]);
    assert_eq!(meshes(&server, &token), ["ops", "lab"]);
    root.submit(&form, &[("out", "ops")]);
    assert_eq!(meshes(&server, &token), ["lab"]);
    // The mesh's own page calls it what it is.
    root.open(&server.at("/meshes/lab"));
    assert!(root.page.text().contains("a service client"), "{}", root.page.text());

    root.open(&server.at(PAGE));
    root.submit(&form, &[("do", "revoke")]);
    assert!(root.page.text().contains("No service client yet."), "{}", root.page.text());
    assert_eq!(server.bearer(&token, "/api/my/meshes").status, 401);
    assert!(self::token(&server, &made).is_none(), "and signs in no more");
    let mut done = server.audit_of(&account(&server));
    done.retain(|action| action.contains("service") || action.contains("member"));
    // Made and put into its mesh in the same millisecond, so in any order.
    done.sort_unstable();
    let all = [
        "mesh.member.added",
        "mesh.member.added",
        "mesh.member.removed",
        "service_client.created",
        "service_client.revoked",
    ];
    assert_eq!(done, all);
}

fn account(server: &TestServer) -> String {
    id(server, "root@example.org")
}

fn id(server: &TestServer, email: &str) -> String {
    let found = server.runtime.block_on(server.state().store.account_by_email(email));
    found.expect("the database answers").expect("there is one").id
}

#[test]
fn whoever_runs_the_instance_shares_it_and_the_last_one_stays() {
    let server = TestServer::new();
    let mut root = root(&server);
    let mut ana = server.member("Ana", "ana@example.org");
    let form = |email| format!("/admin/members/{}\"", id(&server, email));
    let (mine, hers) = (form("root@example.org"), form("ana@example.org"));
    root.open(&server.at("/admin/members"));
    root.submit(&mine, &[("do", "person")]);
    assert_eq!(root.page.status, 409);
    assert!(root.page.text().contains("keeps somebody who runs it"), "{}", root.page.text());
    root.submit(&hers, &[("do", "admin")]);
    assert_eq!(root.page.status, 200, "{}", root.page.text());
    ana.open(&server.at("/admin/members"));
    assert_eq!(ana.page.text().matches("Runs it").count(), 2, "{}", ana.page.text());
    ana.submit(&mine, &[("do", "person")]);
    root.open(&server.at("/admin/members"));
    assert_eq!(root.page.status, 404, "at once, and on every page");

    server.clock.advance(HALF_AN_HOUR);
    assert!(ana.page.html.contains(&mine), "a form that was open all the while");
    ana.submit(&mine, &[("do", "admin")]);
    assert_eq!(ana.page.status, 403);
    assert!(ana.page.text().contains("sign in again"), "{}", ana.page.text());
}

#[test]
fn a_plan_is_given_on_the_page_and_felt_on_the_others() {
    let mut config = crewmesh::server::Config::in_memory();
    let all = ["free:meshes=2,members=1", "team"];
    let all = all.iter().map(|plan| plan.parse().expect("a plan")).collect();
    config.plans = crewmesh::server::domain::plans::Plans(all);
    let server = TestServer::of(config);
    let mut root = root(&server);
    root.open(&server.at("/meshes"));
    root.submit("action=\"/meshes\"", &[("name", "Third")]);
    assert_eq!(root.page.status, 403);
    let text = root.page.text();
    assert!(text.contains("The plan free has room for 2 meshes of your own."), "{text}");
    assert!(text.contains("The plan team has room for more"), "{text}");
    // A client that finds no room is made all the same, and it is said.
    root.open(&server.at(PAGE));
    let form = [("name", "ci"), ("scope", "mesh:read"), ("mesh", "ops")];
    root.submit("name=\"redirect\"", &form);
    assert_eq!(root.page.status, 201);
    assert!(root.page.text().contains("had no room"), "{}", root.page.text());
    root.open(&server.at("/meshes/ops"));
    root.submit("name=\"uses\"", &[("role", "member"), ("uses", "1"), ("days", "1")]);
    let text = root.page.text();
    let link = text.split_whitespace().find(|word| word.contains("/i/")).expect("a link");
    let link = link.to_owned();
    let mut ana = server.member("Ana", "ana@example.org");
    ana.open(&link);
    ana.submit("/i/", &[]);
    assert_eq!(ana.page.status, 403);
    assert!(ana.page.text().contains("room for 1 members"), "{}", ana.page.text());

    let form = format!("/admin/members/{}\"", account(&server));
    root.open(&server.at("/admin/members"));
    assert!(root.page.text().contains("plan free"), "{}", root.page.text());
    root.submit(&form, &[("do", "plan"), ("plan", "nothing")]);
    assert_eq!(root.page.status, 403, "no plan of ours");
    root.open(&server.at("/admin/members"));
    root.submit(&form, &[("do", "plan"), ("plan", "team")]);
    assert!(root.page.text().contains("plan team"), "{}", root.page.text());
    ana.open(&link);
    ana.submit("/i/", &[]);
    assert!(ana.page.text().contains("You are in"), "{}", ana.page.text());
    root.open(&server.at("/meshes"));
    root.submit("action=\"/meshes\"", &[("name", "Third")]);
    assert_eq!(root.page.url.path(), "/meshes/third");
}

#[test]
fn what_cannot_be_a_client_says_why_and_keeps_what_was_typed() {
    let server = TestServer::new();
    let mut root = root(&server);
    for (fields, why) in [
        ([("name", "  "), ("scope", "mesh:read"), ("redirect", "")], "a name of 1 to 100"),
        ([("name", "ci"), ("scope", ""), ("redirect", "")], "Tick what it needs"),
        ([("name", "ci"), ("scope", "admin"), ("redirect", "")], "Tick what it needs"),
        (
            [("name", "ci"), ("scope", "mesh:read"), ("redirect", "http://evil.example/")],
            "http://evil.example/ is no address",
        ),
    ] {
        root.submit("name=\"redirect\"", &fields);
        assert_eq!(root.page.status, 422, "{fields:?}");
        assert!(root.page.text().contains(why), "{why}: {}", root.page.text());
    }
    assert!(root.page.html.contains("value=\"http://evil.example/\""), "what was typed stays");
    // A mesh of somebody else's is none that there is.
    let mut ana = server.member("Ana", "ana@example.org");
    ana.submit("action=\"/meshes\"", &[("name", "Private")]);
    root.open(&server.at(PAGE));
    let form = [("name", "ci"), ("scope", "mesh:read"), ("mesh", "private")];
    root.submit("name=\"redirect\"", &form);
    assert_eq!(root.page.status, 404);
    root.open(&server.at(PAGE));
    assert!(root.page.text().contains("No service client yet."), "none was left behind");
}

#[test]
fn making_one_needs_a_sign_in_of_late_and_revoking_none() {
    let server = TestServer::new();
    let mut root = root(&server);
    let open = root.page.form("name=\"redirect\"");
    root.submit("name=\"redirect\"", &[("name", "ci"), ("scope", "mesh:read")]);
    assert_eq!(root.page.status, 201);
    let id = value(&root.page.html, "CREWMESH_CLIENT_ID");
    root.open(&server.at(PAGE));
    let form = format!("/{id}\"");
    server.clock.advance(HALF_AN_HOUR);
    // A form that was open all the while.
    assert!(root.page.html.contains("name=\"redirect\"") && !open.fields.is_empty());
    root.submit("name=\"redirect\"", &[("name", "late"), ("scope", "mesh:read")]);
    assert_eq!(root.page.status, 403);
    assert!(root.page.text().contains("Sign in again"), "{}", root.page.text());
    assert!(!root.page.html.contains("name=\"redirect\""), "there is nothing to fill in");
    root.submit(&form, &[("do", "add"), ("mesh", "lab")]);
    assert_eq!(root.page.status, 403);
    root.submit(&form, &[("do", "revoke")]);
    assert!(root.page.text().contains("No service client yet."), "{}", root.page.text());

    root.submit("Sign in again", &[]);
    assert_eq!(root.page.url.path(), "/login");
    let back = [("email", "root@example.org"), ("password", super::PASSWORD)];
    root.submit("action=\"/login\"", &back);
    assert_eq!(root.page.url.path(), PAGE, "and back to where they were");
    assert!(root.page.html.contains("name=\"redirect\""));
}

#[test]
fn nobody_else_learns_that_there_are_service_clients() {
    let server = TestServer::new();
    let mut root = root(&server);
    let mut ana = server.member("Ana", "ana@example.org");
    ana.open(&server.at(PAGE));
    assert_eq!(ana.page.status, 404);
    ana.open(&server.at("/meshes"));
    assert!(!ana.page.html.contains(PAGE), "and is not led there");
    // Root's own forms with Ana's token.
    root.submit("name=\"redirect\"", &[("name", "ci"), ("scope", "mesh:read")]);
    let id = value(&root.page.html, "CREWMESH_CLIENT_ID");
    ana.open(&server.at("/settings/tokens"));
    let token = ana.page.form("/settings/tokens").fields[0].1.clone();
    for path in [PAGE.to_owned(), format!("{PAGE}/{id}")] {
        let fields = [("csrf", token.as_str()), ("do", "revoke"), ("name", "x")];
        ana.post(&server.at(&path), &fields);
        assert_eq!(ana.page.status, 404, "{path}");
    }
    let mut nobody = Person::new();
    nobody.open(&server.at(PAGE));
    assert_eq!(nobody.page.url.path(), "/login");
}
