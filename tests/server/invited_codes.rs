//! A code that was asked for with an invite: whoever approves it joins, and what
//! became of the invite meanwhile keeps nobody from signing in.

use crewmesh::secret::Secret;
use crewmesh::server::domain::device_code_state::Decision;
use crewmesh::server::domain::plans::Plans;
use crewmesh::server::store::Account;
use crewmesh::server::{Config, SignUp};
use serde_json::{Value, json};

use super::own_resources::{delete, get, post};
use super::{Answer, Codes, DAY, TestServer};

/// Bo's mesh, and an invite to it.
struct Invited {
    bo: Secret,
    mesh: String,
    id: String,
    code: String,
}

async fn invited(server: &TestServer, max_uses: u32) -> Invited {
    let bo = server.session(&server.account("Bo").await).await;
    let mesh = post(server, &bo, "/api/my/meshes", json!({ "name": "Team" })).await.text("id");
    let line = format!("/api/my/meshes/{mesh}/invites");
    let made = post(server, &bo, &line, json!({ "max_uses": max_uses })).await;
    Invited { bo, mesh, id: made.is(201).text("id"), code: made.text("code") }
}

impl Invited {
    async fn asks(&self, server: &TestServer) -> Answer {
        let body = format!("client_id=crewmesh&scope=profile:read&crewmesh_invite={}", self.code);
        server.form("/oauth/device_authorization", &body).await
    }

    async fn ask(&self, server: &TestServer) -> Codes {
        let answer = self.asks(server).await;
        assert!(!answer.is(200).body.contains(&self.code), "{answer:?}");
        Codes { device: answer.text("device_code"), user: answer.text("user_code") }
    }

    /// How many used it, and how many are in the mesh.
    async fn counts(&self, server: &TestServer) -> (u64, u64) {
        let line = format!("/api/my/meshes/{}", self.mesh);
        let members = get(server, &self.bo, &line).await.is(200).json();
        let invites = get(server, &self.bo, &format!("{line}/invites")).await.is(200).json();
        // One that is used up is listed no more.
        let uses = invites["data"][0]["uses"].as_u64().unwrap_or(u64::MAX);
        (uses, members["member_count"].as_u64().expect("a number"))
    }
}

/// What the card says of the invite to `session`.
async fn card(server: &TestServer, session: &Secret, codes: &Codes) -> Value {
    let line = format!("/api/auth/cli/device-code/{}/card", codes.user);
    get(server, session, &line).await.is(200).json()["invite"].clone()
}

async fn slugs(server: &TestServer, account: &Account) -> Vec<String> {
    let session = server.session(account).await;
    let list = get(server, &session, "/api/my/meshes").await.is(200).json();
    let all = list["data"].as_array().expect("a list").iter();
    all.map(|mesh| mesh["slug"].as_str().expect("a slug").to_owned()).collect()
}

#[tokio::test]
async fn whoever_approves_joins_once() {
    let server = TestServer::new().await;
    let invited = invited(&server, 5).await;
    let ana = server.account("Ana").await;
    let session = server.session(&ana).await;
    let codes = invited.ask(&server).await;
    let joins = json!({ "mesh_name": "Team", "role": "member", "state": "joins" });
    assert_eq!(card(&server, &session, &codes).await, joins);
    assert_eq!(invited.counts(&server).await, (0, 1), "looking is free");
    let line = format!("POST /api/auth/cli/device-code/{}/approve", codes.user);
    server.with(&session, &line, "").await.is(200);
    server.poll(&codes, &[]).await.is(200);
    assert_eq!(invited.counts(&server).await, (1, 2));
    assert_eq!(slugs(&server, &ana).await, ["team"]);
    let audit = get(&server, &session, "/api/my/audit").await;
    let audit = &audit.is(200).body;
    assert!(audit.contains("invite.accepted") && audit.contains("auth.cli.device.approved"));
    // What the terminal does next changes nothing.
    let accept = format!("/api/invites/{}/accept", invited.code);
    assert_eq!(post(&server, &session, &accept, json!({})).await.is(200).text("slug"), "team");
    // Nor does another machine of hers.
    let again = invited.ask(&server).await;
    assert_eq!(card(&server, &session, &again).await["state"], "joined");
    server.settle(&again, &ana, Decision::Approve).await;
    assert_eq!(invited.counts(&server).await, (1, 2));
    // A code that came without one says nothing of any.
    assert_eq!(card(&server, &session, &server.ask().await).await, Value::Null);
}

#[tokio::test]
async fn who_denies_joins_nothing() {
    let server = TestServer::new().await;
    let invited = invited(&server, 5).await;
    let ana = server.account("Ana").await;
    let codes = invited.ask(&server).await;
    server.settle(&codes, &ana, Decision::Deny).await;
    assert_eq!(invited.counts(&server).await, (0, 1));
}

#[tokio::test]
async fn an_invite_that_lets_nobody_in_keeps_nobody_from_a_code() {
    let server = TestServer::new().await;
    let unknown = "client_id=crewmesh&crewmesh_invite=abcde-fghij-klmno-pqrst";
    server.form("/oauth/device_authorization", unknown).await.refuses(404, "not_found");
    let one = invited(&server, 1).await;
    let ana = server.session(&server.account("Ana").await).await;
    let eve = server.account("Eve").await;
    let eves = server.session(&eve).await;
    post(&server, &ana, &format!("/api/invites/{}/accept", one.code), json!({})).await.is(200);
    let line = format!("/api/my/meshes/{}/invites", one.mesh);
    let more = async || {
        let made = post(&server, &one.bo, &line, json!({ "max_uses": 9 })).await;
        let (bo, mesh) = (one.bo.clone(), one.mesh.clone());
        Invited { bo, mesh, id: made.is(201).text("id"), code: made.text("code") }
    };
    let (revoked, late) = (more().await, more().await);
    delete(&server, &one.bo, &format!("/api/my/invites/{}", revoked.id)).await.is(204);
    let held = [one.ask(&server).await, revoked.ask(&server).await];
    // Whoever made them is not shown what was asked for with one that is closed.
    let waiting = get(&server, &one.bo, "/api/auth/cli/device-codes").await.is(200).json();
    assert_eq!((&waiting["data"], &waiting["total"]), (&json!([]), &json!(0)));
    assert_eq!(card(&server, &ana, &held[0]).await["state"], "joined");
    server.clock.advance(8 * DAY);
    for codes in [one.ask(&server).await, revoked.ask(&server).await, late.ask(&server).await] {
        let codes = &codes;
        assert_eq!(card(&server, &eves, codes).await["state"], "ended");
        // Signed out nothing is told of it.
        let page = format!("GET /D/{}", codes.user.replace('-', ""));
        let led = server.request(&page, &[("Accept", "text/html")], "").await;
        assert!(led.status == 303 && !led.body.contains("Team"), "{led:?}");
        server.settle(codes, &eve, Decision::Approve).await;
        server.poll(codes, &[]).await.is(200);
    }
    assert_eq!(slugs(&server, &eve).await, [""; 0]);
    let twice = "client_id=crewmesh&crewmesh_invite=a&crewmesh_invite=b";
    server.form("/oauth/device_authorization", twice).await.refuses(400, "invalid_request");
}

/// A person on a phone makes an account by the code of their terminal, lets that code
/// go by, and asks for another: with the same invite, which they used up themselves.
#[tokio::test]
async fn who_used_an_invite_up_to_sign_up_gets_another_code_with_it() {
    let config = Config { sign_up: SignUp::Invite, ..Config::in_memory() };
    let server = TestServer::of(config).await;
    let invited = invited(&server, 1).await;
    let first = invited.ask(&server).await;
    let plain = first.user.replace('-', "");
    let line = format!("GET /register?next=%2FD%2F{plain}");
    let page = server.request(&line, &[("Accept", "text/html")], "").await;
    let (_, rest) = page.is(200).body.split_once("name=\"csrf\" value=\"").expect("a token");
    let csrf = rest.split('"').next().expect("it ends");
    let cookie = page.header("set-cookie").expect("a cookie").split(';').next().expect("its name");
    let person = "name=Ana&email=ana%40example.org&password=correct+horse+battery";
    let body = format!("csrf={csrf}&next=%2FD%2F{plain}&{person}");
    let headers = [("Cookie", cookie), ("Content-Type", "application/x-www-form-urlencoded")];
    let made = server.request("POST /register", &headers, &body).await;
    assert_eq!(made.header("location"), Some(&*format!("/D/{plain}")), "{made:?}");
    let ana = server.running.state().store.account_by_email("ana@example.org").await;
    let ana = ana.expect("a database").expect("she was made");
    assert_eq!(slugs(&server, &ana).await, ["team"]);
    server.settle(&first, &ana, Decision::Deny).await;
    let second = invited.ask(&server).await;
    let session = server.session(&ana).await;
    assert_eq!(card(&server, &session, &second).await["state"], "joined");
    server.settle(&second, &ana, Decision::Approve).await;
    server.poll(&second, &[]).await.is(200);
    assert_eq!(invited.counts(&server).await.1, 2);
}

#[tokio::test]
async fn an_invite_that_ended_meanwhile_is_said_and_the_sign_in_goes_on() {
    let server = TestServer::new().await;
    let invited = invited(&server, 5).await;
    let ana = server.account("Ana").await;
    let session = server.session(&ana).await;
    let (revoked, gone) = (invited.ask(&server).await, invited.ask(&server).await);
    delete(&server, &invited.bo, &format!("/api/my/invites/{}", invited.id)).await.is(204);
    let ended = json!({ "mesh_name": "Team", "role": "member", "state": "ended" });
    assert_eq!(card(&server, &session, &revoked).await, ended);
    server.settle(&revoked, &ana, Decision::Approve).await;
    server.poll(&revoked, &[]).await.is(200);
    // And with it the whole mesh.
    delete(&server, &invited.bo, &format!("/api/my/meshes/{}", invited.mesh)).await.is(204);
    let ended = json!({ "mesh_name": "", "role": "member", "state": "ended" });
    assert_eq!(card(&server, &session, &gone).await, ended);
    server.settle(&gone, &ana, Decision::Approve).await;
    server.poll(&gone, &[]).await.is(200);
    assert_eq!(slugs(&server, &ana).await, [""; 0]);
}

#[tokio::test]
async fn the_last_place_is_given_once_and_all_are_signed_in() {
    let server = TestServer::new().await;
    let invited = invited(&server, 1).await;
    let mut all = Vec::new();
    for name in ["C", "D", "E"] {
        all.push((server.account(name).await, invited.ask(&server).await));
    }
    let settled = all.iter().map(|(who, codes)| server.settle(codes, who, Decision::Approve));
    futures_util::future::join_all(settled).await;
    let mut joined = 0;
    for (who, codes) in &all {
        server.poll(codes, &[]).await.is(200);
        joined += slugs(&server, who).await.len();
    }
    assert_eq!((joined, invited.counts(&server).await.1), (1, 2));
}

#[tokio::test]
async fn a_mesh_without_room_is_not_joined_and_uses_nothing_up() {
    let plans = Plans(vec!["free:members=1".parse().expect("a plan")]);
    let server = TestServer::of(Config { plans, ..Config::in_memory() }).await;
    let invited = invited(&server, 5).await;
    let ana = server.account("Ana").await;
    let codes = invited.ask(&server).await;
    server.settle(&codes, &ana, Decision::Approve).await;
    server.poll(&codes, &[]).await.is(200);
    assert_eq!(invited.counts(&server).await, (0, 1));
}

#[tokio::test]
async fn a_session_that_may_not_join_does_not_join_by_approving() {
    let server = TestServer::new().await;
    let invited = invited(&server, 5).await;
    let ana = server.account("Ana").await;
    let narrow = "client_id=crewmesh&scope=profile:read+token:manage";
    let asked = server.form("/oauth/device_authorization", narrow).await;
    let codes = Codes { device: asked.is(200).text("device_code"), user: asked.text("user_code") };
    server.settle(&codes, &ana, Decision::Approve).await;
    let session = Secret::new(server.poll(&codes, &[]).await.is(200).text("access_token"));
    let codes = invited.ask(&server).await;
    let line = format!("POST /api/auth/cli/device-code/{}/approve", codes.user);
    server.with(&session, &line, "").await.says_no(403, "insufficient_scope");
    assert_eq!(invited.counts(&server).await, (0, 1));
}

#[tokio::test]
async fn signed_out_only_the_invite_is_told_and_nobody_guesses_their_way_to_one() {
    let config = Config { sign_up: SignUp::Invite, ..Config::in_memory() };
    let server = TestServer::of(config).await;
    let invited = invited(&server, 5).await;
    let page = async |path: &str| {
        server.request(&format!("GET {path}"), &[("Accept", "text/html")], "").await
    };
    let codes = invited.ask(&server).await;
    let plain = codes.user.replace('-', "");
    let offered = page(&format!("/D/{plain}")).await;
    assert!(offered.is(200).body.contains("Team") && offered.body.contains("/register?next="));
    assert!(!offered.body.contains(&invited.code.replace('-', "")), "its code is nowhere");
    assert!(!offered.body.contains(&invited.code), "nor with its groups");
    page(&format!("/register?next=%2FD%2F{plain}")).await.is(200);
    // Without one it is as it was.
    let without = server.ask().await.user.replace('-', "");
    let led = page(&format!("/D/{without}")).await;
    assert_eq!((led.status, led.header("location").is_some()), (303, true), "{led:?}");
    page(&format!("/register?next=%2FD%2F{without}")).await.is(403);
    // Whoever tries codes is told of none any more, from that address.
    for letter in ["B", "C", "D", "F"] {
        page(&format!("/D/{plain}")).await.is(200);
        for _ in 0..5 {
            assert_eq!(page(&format!("/D/{}", letter.repeat(8))).await.status, 303);
        }
    }
    assert_eq!(page(&format!("/D/{plain}")).await.status, 303);
    page(&format!("/register?next=%2FD%2F{plain}")).await.is(403);
    // Whoever is signed in there looks codes up as before.
    let ana = server.account("Ana").await;
    let session = server.session(&ana).await;
    assert_eq!(card(&server, &session, &codes).await["state"], "joins");
    server.clock.advance(2 * super::MINUTE);
    page(&format!("/D/{plain}")).await.is(200);
    // Answered, it offers nothing.
    server.settle(&codes, &ana, Decision::Deny).await;
    assert_eq!(page(&format!("/D/{plain}")).await.status, 303);
}

/// Whoever tries codes must not learn from what a fifth one is told which of four exist.
#[tokio::test]
async fn a_code_that_exists_and_one_that_does_not_cost_the_same() {
    let server = TestServer::new().await;
    let invited = invited(&server, 5).await;
    let ana = server.account("Ana").await;
    let line = format!("/api/my/meshes/{}/invites", invited.mesh);
    let made = post(&server, &invited.bo, &line, json!({})).await;
    let (id, code) = (made.is(201).text("id"), made.text("code"));
    let other = Invited { bo: invited.bo.clone(), mesh: invited.mesh.clone(), id, code };
    let plain = |codes: &Codes| codes.user.replace('-', "");
    let (known, without) = (plain(&invited.ask(&server).await), plain(&server.ask().await));
    let (answered, ended) = (invited.ask(&server).await, plain(&other.ask(&server).await));
    server.settle(&answered, &ana, Decision::Deny).await;
    delete(&server, &other.bo, &format!("/api/my/invites/{}", other.id)).await.is(204);
    let page = async |code: &str| {
        server.request(&format!("GET /D/{code}"), &[("Accept", "text/html")], "").await.status
    };
    let tried = [&*without, &plain(&answered), &ended, "BBBBBBBB"];
    for (round, tried) in tried.into_iter().enumerate() {
        // Four are free, asked for again and again.
        for letter in ["C", "D", "F", "G"] {
            let none = letter.repeat(4) + &["B", "C", "D", "F"][round].repeat(4);
            for _ in 0..3 {
                assert_eq!((page(&none).await, page(&known).await), (303, 200), "{tried}");
            }
        }
        assert_eq!((page(tried).await, page(&known).await), (303, 303), "{tried}");
        server.clock.advance(super::MINUTE << round);
    }
}

super::on_postgres::on_postgres!(
    whoever_approves_joins_once,
    who_denies_joins_nothing,
    an_invite_that_lets_nobody_in_keeps_nobody_from_a_code,
    who_used_an_invite_up_to_sign_up_gets_another_code_with_it,
    an_invite_that_ended_meanwhile_is_said_and_the_sign_in_goes_on,
    the_last_place_is_given_once_and_all_are_signed_in,
    a_mesh_without_room_is_not_joined_and_uses_nothing_up,
    a_session_that_may_not_join_does_not_join_by_approving,
    signed_out_only_the_invite_is_told_and_nobody_guesses_their_way_to_one,
    a_code_that_exists_and_one_that_does_not_cost_the_same,
);
