//! The list of codes that wait for somebody's answer, and whose are on nobody
//! else's.

use crewmesh::secret::Secret;
use crewmesh::server::domain::device_code_state::Decision;
use crewmesh::server::store::Account;
use crewmesh::server::{Config, Database};
use serde_json::{Value, json};

use super::own_resources::{get, post};
use super::{Codes, MINUTE, TestServer};
use crate::support::PATIENCE;

const PATH: &str = "/api/auth/cli/device-codes";

/// The user codes on the list of whoever holds `session`, newest first.
async fn listed(server: &TestServer, session: &Secret) -> Vec<String> {
    let list = get(server, session, PATH).await.is(200).json();
    let rows = list["data"].as_array().expect("a list");
    assert_eq!(list["total"], rows.len(), "{list}");
    rows.iter().map(|row| row["user_code"].as_str().expect("a code").to_owned()).collect()
}

/// `who` opens the card of `codes` in a browser, and leaves it so.
async fn opens(server: &TestServer, who: &Account, codes: &Codes) {
    let (cookie, _) = server.web_session(who).await;
    let headers = [("Accept", "text/html"), ("Cookie", cookie.as_str())];
    let line = format!("GET /D/{}", codes.user.replace('-', ""));
    server.request(&line, &headers, "").await.is(200);
    let noted = async {
        while !server.running.state().uses_noted.is_idle() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, noted).await.expect("it is noted");
}

#[tokio::test]
async fn what_somebody_opened_and_left_waits_for_them_alone() {
    let server = TestServer::new().await;
    let (ana, eve) = (server.account("Ana").await, server.account_of("Eve", true).await);
    let (anas, eves) = (server.session(&ana).await, server.session(&eve).await);
    let (first, second, unseen) = (server.ask().await, server.ask().await, server.ask().await);
    assert_eq!(listed(&server, &anas).await, [""; 0], "nobody looked at any");
    opens(&server, &ana, &first).await;
    server.clock.advance(65_000);
    opens(&server, &ana, &second).await;
    let list = get(&server, &anas, PATH).await.is(200).json();
    let row = &list["data"][1];
    for (member, value) in [
        ("user_code", json!(first.user)),
        ("device_name", json!("Laptop")),
        ("device_os", json!("linux")),
        ("device_arch", json!("x86_64")),
        ("network", json!("127.0.0.x")),
    ] {
        assert_eq!(row[member], value, "{member}: {row}");
    }
    let left = row["expires_in"].as_u64().expect("a number");
    assert!((500..=535).contains(&left), "{row}");
    let card = format!("/api/auth/cli/device-code/{}/card", first.user);
    let card = get(&server, &anas, &card).await.is(200).json();
    assert_eq!((&row["words"], &row["id"]), (&card["words"], &card["id"]));
    assert_eq!(listed(&server, &anas).await, [second.user.as_str(), first.user.as_str()]);
    // Whoever runs the instance sees no more than anybody else.
    assert_eq!(listed(&server, &eves).await, [""; 0]);
    // By pages, as every list.
    let page = get(&server, &anas, &format!("{PATH}?limit=1")).await.is(200).json();
    assert_eq!(page["data"][0]["user_code"], second.user.as_str());
    let cursor = page["next_cursor"].as_str().expect("there is another");
    let page = get(&server, &anas, &format!("{PATH}?limit=1&cursor={cursor}")).await.json();
    assert_eq!(page["data"][0]["user_code"], first.user.as_str());
    assert_eq!((&page["total"], page.get("next_cursor")), (&json!(2), None::<&Value>));
    // It is on the list of whoever looked last, and on no other.
    opens(&server, &eve, &first).await;
    assert_eq!(listed(&server, &eves).await, [first.user.as_str()]);
    assert_eq!(listed(&server, &anas).await, [second.user.as_str()]);
    // Answered, or over, it waits no more.
    server.settle(&second, &ana, Decision::Deny).await;
    assert_eq!(listed(&server, &anas).await, [""; 0]);
    server.clock.advance(10 * MINUTE);
    assert_eq!(listed(&server, &eves).await, [""; 0]);
    assert!(!server.poll(&unseen, &[]).await.body.contains("access_token"));
}

#[tokio::test]
async fn what_was_asked_for_with_an_invite_waits_for_whoever_made_that() {
    let server = TestServer::new().await;
    let bo = server.session(&server.account("Bo").await).await;
    let mesh = post(&server, &bo, "/api/my/meshes", json!({ "name": "Team" })).await.text("id");
    let line = format!("/api/my/meshes/{mesh}/invites");
    let code = post(&server, &bo, &line, json!({})).await.is(201).text("code");
    let ana = server.session(&server.account("Ana").await).await;
    server.ask().await;
    let body = format!("client_id=crewmesh&crewmesh_invite={code}");
    let asked = server.form("/oauth/device_authorization", &body).await;
    assert_eq!(listed(&server, &bo).await, [asked.is(200).text("user_code")]);
    assert_eq!(listed(&server, &ana).await, [""; 0]);
}

#[tokio::test]
async fn a_token_that_may_not_answer_sees_no_list() {
    let server = TestServer::new().await;
    let ana = server.account("Ana").await;
    let session = server.session(&ana).await;
    let pat = server.pat(&session, r#"{"name":"ci"}"#).await;
    get(&server, &pat, PATH).await.says_no(403, "step_up_required");
    let narrow = server.form("/oauth/device_authorization", "client_id=crewmesh").await;
    let codes =
        Codes { device: narrow.is(200).text("device_code"), user: narrow.text("user_code") };
    server.settle(&codes, &ana, Decision::Approve).await;
    let narrow = Secret::new(server.poll(&codes, &[]).await.is(200).text("access_token"));
    get(&server, &narrow, PATH).await.says_no(403, "insufficient_scope");
}

/// During an upgrade an older node makes codes too, and keeps none that could be told.
#[tokio::test]
async fn a_code_that_an_older_node_made_is_on_no_list() {
    let home = tempfile::tempdir().expect("a folder");
    let database = Database::in_home(home.path());
    let server = TestServer::of(Config { database, ..Config::in_memory() }).await;
    let ana = server.account("Ana").await;
    let session = server.session(&ana).await;
    let older = server.ask().await;
    server.sql("UPDATE device_codes SET sealed_user_code = NULL").await.expect("it is changed");
    let newer = server.ask().await;
    opens(&server, &ana, &older).await;
    opens(&server, &ana, &newer).await;
    assert_eq!(listed(&server, &session).await, [newer.user.as_str()]);
}

super::on_postgres::on_postgres!(
    what_somebody_opened_and_left_waits_for_them_alone,
    what_was_asked_for_with_an_invite_waits_for_whoever_made_that,
    a_token_that_may_not_answer_sees_no_list,
    a_code_that_an_older_node_made_is_on_no_list,
);
