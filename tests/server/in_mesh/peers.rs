//! Who is at work in a mesh.

use serde_json::{Value, json};

use super::{Crew, ONE, TWO};

const NOTHING: Value = Value::Null;
/// Milliseconds.
const SECOND: i64 = 1_000;

#[tokio::test]
async fn a_name_is_one_persons_and_a_second_session_gets_a_number() {
    let crew = Crew::new().await;
    assert_eq!(crew.begins(&crew.ana, ONE, &json!({})).await, "ana");
    // Said again, it is the same.
    assert_eq!(crew.begins(&crew.ana, ONE, &json!({ "name": "other" })).await, "ana");
    assert_eq!(crew.begins(&crew.ana, TWO, &json!({})).await, "ana-2");
    let bens = "session-of-agent-3";
    assert_eq!(crew.begins(&crew.ben, bens, &json!({ "name": "Ana" })).await, "ana-3");
    assert_eq!(crew.there(&crew.ida).await, ["ana", "ana-2", "ana-3"]);
    // Ended or not, whoever was called so keeps their name, and their mail.
    crew.ask(&crew.ana, &format!("DELETE peers/{ONE}"), &NOTHING).await.is(204);
    let idas = "session-of-agent-4";
    assert_eq!(crew.begins(&crew.ida, idas, &json!({ "name": "ana" })).await, "ana-4");
    assert_eq!(crew.begins(&crew.ana, ONE, &json!({})).await, "ana");
    // A name of which no letter is left is one all the same.
    let named = json!({ "name": "東京" });
    assert_eq!(crew.begins(&crew.ida, "session-of-agent-5", &named).await, "peer");
}

#[tokio::test]
async fn members_see_each_other_and_nobody_else_does_or_acts_as_another() {
    let crew = Crew::new().await;
    let more = json!({
        "role": "Code Reviewer", "agent_version": "2.1", "directory": "api\u{1b}[31m", "name": "ana",
    });
    crew.begins(&crew.ana, ONE, &more).await;
    let seen = crew.ask(&crew.ben, "GET peers", &NOTHING).await.is(200).json();
    let peer = &seen["data"][0];
    assert_eq!(peer["person"], "Ana");
    assert_eq!(peer["role"], "code-reviewer", "as it is written to");
    assert_eq!(peer["directory"], "api", "nothing that a terminal obeys");
    assert_eq!((&peer["status"], &peer["id"]), (&json!("idle"), &NOTHING));
    let own = crew.ask(&crew.ana, "GET peers", &NOTHING).await.is(200).json();
    assert_eq!(own["data"][0]["id"], ONE);

    for (who, line, status) in [
        (&crew.eve, "GET peers".to_owned(), 404),
        (&crew.eve, "GET events".to_owned(), 404),
        (&crew.ben, format!("PATCH peers/{ONE}"), 404),
        (&crew.ben, format!("DELETE peers/{ONE}"), 404),
        (&crew.ana, "PATCH peers/session-of-nobody".to_owned(), 404),
    ] {
        let body = if line.starts_with("PATCH") { json!({}) } else { NOTHING };
        crew.ask(who, &line, &body).await.says_no(status, "not_found");
        let body = json!({ "summary": "x" });
        if line.starts_with("PATCH") {
            crew.ask(who, &line, &body).await.says_no(status, "not_found");
        }
    }
    crew.ask(&crew.ben, "POST peers", &json!({ "id": ONE })).await.says_no(404, "not_found");
    for id in ["short", "with a blank in the id", "with/slash/in/it/of/all"] {
        let answer = crew.ask(&crew.ana, "POST peers", &json!({ "id": id })).await;
        answer.says_no(400, "invalid_request");
    }
}

#[tokio::test]
async fn what_a_peer_is_at_is_seen_and_a_list_that_is_known_is_not_sent_again() {
    let crew = Crew::new().await;
    crew.begins(&crew.ana, ONE, &json!({})).await;
    let first = crew.ask(&crew.ben, "GET peers", &NOTHING).await;
    let tag = first.is(200).header("etag").expect("a tag").to_owned();
    let known = [("If-None-Match", tag.as_str())];
    assert_eq!(crew.ask_with(&crew.ben, "GET peers", &known).await.status, 304);
    let change = json!({ "status": "working", "summary": "tests\nof\u{7} it" });
    crew.ask(&crew.ana, &format!("PATCH peers/{ONE}"), &change).await.is(204);
    let after = crew.ask_with(&crew.ben, "GET peers", &known).await.is(200).json();
    assert_eq!(after["data"][0]["status"], "working");
    assert_eq!(after["data"][0]["summary"], "tests of it");
    let change = json!({ "summary": "" });
    crew.ask(&crew.ana, &format!("PATCH peers/{ONE}"), &change).await.is(204);
    let after = crew.ask(&crew.ben, "GET peers", &NOTHING).await.is(200).json();
    assert_eq!(
        (&after["data"][0]["summary"], &after["data"][0]["status"]),
        (&NOTHING, &json!("working"))
    );
}

#[tokio::test]
async fn one_that_is_silent_for_90_seconds_is_gone_and_begins_anew() {
    let crew = Crew::new().await;
    crew.begins(&crew.ana, ONE, &json!({})).await;
    crew.server.clock.advance(60 * SECOND);
    crew.ask(&crew.ana, &format!("PATCH peers/{ONE}"), &json!({ "status": "working" }))
        .await
        .is(204);
    crew.server.clock.advance(89 * SECOND);
    assert_eq!(crew.there(&crew.ben).await, ["ana"]);
    crew.server.clock.advance(SECOND);
    assert_eq!(crew.there(&crew.ben).await, [""; 0]);
    crew.ask(&crew.ana, &format!("PATCH peers/{ONE}"), &json!({})).await.says_no(404, "not_found");
    assert_eq!(crew.begins(&crew.ana, ONE, &json!({})).await, "ana");
    assert_eq!(
        crew.log(&crew.ben).await,
        ["Ben joined", "Ida joined", "ana launched", "ana ended", "ana launched"]
    );
}

/// What is heard of many is written down a little later, and then it is noticed who
/// was not heard of.
#[tokio::test]
async fn a_heartbeat_keeps_one_and_notices_who_is_gone() {
    let crew = Crew::new().await;
    crew.begins(&crew.ana, ONE, &json!({})).await;
    crew.begins(&crew.ben, TWO, &json!({})).await;
    crew.server.clock.advance(60 * SECOND);
    crew.ask(&crew.ana, &format!("PATCH peers/{ONE}"), &json!({})).await.is(204);
    crew.server.clock.advance(31 * SECOND);
    // As it is written down, and not before.
    while crew.log(&crew.ana).await.last().map(String::as_str) != Some("ben ended") {
        tokio::task::yield_now().await;
    }
    assert_eq!(crew.there(&crew.ida).await, ["ana"]);
}

#[tokio::test]
async fn whoever_leaves_takes_their_agents_and_names_along() {
    let crew = Crew::new().await;
    crew.begins(&crew.ben, ONE, &json!({})).await;
    let made = crew.ask(&crew.ana, "POST tasks", &json!({ "title": "Test it" })).await;
    made.is(201);
    crew.ask(&crew.ben, "POST tasks/1/claim", &json!({ "as": ONE })).await.is(200);
    let ben = crew.ben.id.clone();
    crew.ask(&crew.ben, &format!("DELETE members/{ben}"), &NOTHING).await.is(204);
    assert_eq!(crew.there(&crew.ana).await, [""; 0]);
    let all = crew.log(&crew.ana).await;
    assert_eq!(all[all.len() - 3..], ["ben task_reopened", "ben ended", "Ben left"]);
    let nobody = crew.ask(&crew.ana, "POST messages", &json!({ "to": "ben", "text": "x" })).await;
    nobody.says_no(404, "unknown_peer");
    crew.ask(&crew.ben, "GET inbox", &NOTHING).await.says_no(404, "not_found");
    crew.ask(&crew.ben, &format!("PATCH peers/{ONE}"), &json!({})).await.says_no(404, "not_found");
    assert_eq!(crew.begins(&crew.ida, TWO, &json!({ "name": "ben" })).await, "ben");
}

#[tokio::test]
async fn a_mesh_is_removed_with_all_that_is_in_it() {
    let crew = Crew::new().await;
    crew.begins(&crew.ana, ONE, &json!({})).await;
    crew.writes(&crew.ana, "*", "hello").await;
    crew.ask(&crew.ana, "POST tasks", &json!({ "title": "Test it" })).await.is(201);
    crew.ask(&crew.ana, &format!("PUT mutes/{}", crew.ben.id), &NOTHING).await.is(204);
    let line = format!("DELETE /api/my/meshes/{}", crew.mesh);
    crew.server.with(&crew.ana.token, &line, "").await.is(204);
    crew.ask(&crew.ana, "GET peers", &NOTHING).await.says_no(404, "not_found");
}

crate::server::on_postgres::on_postgres!(
    a_name_is_one_persons_and_a_second_session_gets_a_number,
    members_see_each_other_and_nobody_else_does_or_acts_as_another,
    what_a_peer_is_at_is_seen_and_a_list_that_is_known_is_not_sent_again,
    one_that_is_silent_for_90_seconds_is_gone_and_begins_anew,
    a_heartbeat_keeps_one_and_notices_who_is_gone,
    whoever_leaves_takes_their_agents_and_names_along,
    a_mesh_is_removed_with_all_that_is_in_it,
);
