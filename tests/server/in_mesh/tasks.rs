//! Work that a mesh shares.

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::{Crew, ONE, TWO};

const NOTHING: Value = Value::Null;

#[tokio::test]
async fn a_task_is_made_claimed_and_finished() {
    let crew = Crew::new().await;
    crew.begins(&crew.ben, ONE, &json!({})).await;
    let new = json!({ "title": " Write\nthe tests ", "text": "all of\nthem" });
    let made = crew.ask(&crew.ana, "POST tasks", &new).await.is(201).json();
    assert_eq!((&made["number"], &made["title"]), (&json!(1), &json!("Write the tests")));
    assert_eq!((&made["state"], &made["author"]), (&json!("open"), &json!("ana")));
    let claim = json!({ "as": ONE });
    let claimed = crew.ask(&crew.ben, "POST tasks/1/claim", &claim).await.is(200).json();
    assert_eq!((&claimed["state"], &claimed["holder"]), (&json!("claimed"), &json!("ben")));
    let taken = crew.ask(&crew.ida, "POST tasks/1/claim", &json!({})).await;
    taken.says_no(409, "task_claimed");
    assert_eq!(taken.text("holder"), "ben");
    crew.ask(&crew.ida, "POST tasks/1/finish", &json!({})).await.says_no(403, "not_the_holder");
    let finish = json!({ "as": ONE, "result": "all green" });
    let done = crew.ask(&crew.ben, "POST tasks/1/finish", &finish).await.is(200).json();
    assert_eq!((&done["state"], &done["result"]), (&json!("done"), &json!("all green")));
    for step in ["claim", "finish", "drop"] {
        let line = format!("POST tasks/1/{step}");
        let by = if step == "finish" { &crew.ben } else { &crew.ana };
        crew.ask(by, &line, &json!({})).await.says_no(409, "task_ended");
    }
    let all = crew.log(&crew.ida).await;
    assert_eq!(all[all.len() - 3..], ["ana task_created", "ben task_claimed", "ben task_finished"]);
    let audit = crew.server.with(&crew.ben.token, "GET /api/my/audit", "").await.is(200).json();
    assert_eq!(audit["data"][0]["action"], "mesh.task.finished");
}

#[tokio::test]
async fn of_many_who_claim_at_once_one_does() {
    let crew = Crew::new().await;
    for round in 1..=10 {
        crew.ask(&crew.ana, "POST tasks", &json!({ "title": "x" })).await.is(201);
        let line = format!("POST tasks/{round}/claim");
        let all = [&crew.ana, &crew.ben, &crew.ida];
        let answers =
            join_all(all.map(|who| async { crew.ask(who, &line, &json!({})).await.status })).await;
        assert_eq!(answers.iter().filter(|status| **status == 200).count(), 1, "{answers:?}");
        assert_eq!(answers.iter().filter(|status| **status == 409).count(), 2, "{answers:?}");
    }
}

#[tokio::test]
async fn a_task_is_given_up_by_its_author_its_holder_or_an_administrator() {
    let crew = Crew::new().await;
    for title in ["one", "two", "three"] {
        crew.ask(&crew.ben, "POST tasks", &json!({ "title": title })).await.is(201);
    }
    crew.ask(&crew.ida, "POST tasks/1/drop", &json!({})).await.says_no(403, "not_the_holder");
    crew.ask(&crew.ben, "POST tasks/1/drop", &json!({})).await.is(200);
    crew.ask(&crew.ida, "POST tasks/2/claim", &json!({})).await.is(200);
    crew.ask(&crew.ida, "POST tasks/2/drop", &json!({})).await.is(200);
    crew.ask(&crew.ana, "POST tasks/3/drop", &json!({})).await.is(200);
    let list = crew.ask(&crew.ida, "GET tasks?state=dropped", &NOTHING).await.is(200).json();
    assert_eq!(list["total"], 3);
    let page = crew.ask(&crew.ida, "GET tasks?limit=2", &NOTHING).await.is(200).json();
    assert_eq!(page["next_cursor"], "2");
    let rest = crew.ask(&crew.ida, "GET tasks?limit=2&cursor=2", &NOTHING).await.is(200).json();
    assert_eq!(rest["data"][0]["number"], 3);
    assert_eq!(crew.ask(&crew.ida, "GET tasks?state=open", &NOTHING).await.json()["total"], 0);
    crew.ask(&crew.ida, "GET tasks?state=lost", &NOTHING).await.says_no(400, "invalid_request");
    for number in ["0", "99", "x"] {
        for step in ["claim", "finish", "drop"] {
            let line = format!("POST tasks/{number}/{step}");
            crew.ask(&crew.ida, &line, &json!({})).await.says_no(404, "not_found");
        }
    }
    for title in [String::new(), " \n".into(), "x".repeat(201)] {
        let answer = crew.ask(&crew.ida, "POST tasks", &json!({ "title": title })).await;
        answer.says_no(400, "invalid_request");
    }
    crew.ask(&crew.eve, "GET tasks", &NOTHING).await.says_no(404, "not_found");
    crew.ask(&crew.eve, "POST tasks", &json!({ "title": "x" })).await.says_no(404, "not_found");
}

#[tokio::test]
async fn what_an_agent_claimed_is_open_again_once_it_is_gone() {
    let crew = Crew::new().await;
    crew.begins(&crew.ben, ONE, &json!({})).await;
    crew.begins(&crew.ben, TWO, &json!({})).await;
    for title in ["one", "two"] {
        crew.ask(&crew.ana, "POST tasks", &json!({ "title": title })).await.is(201);
    }
    crew.ask(&crew.ben, "POST tasks/1/claim", &json!({ "as": ONE })).await.is(200);
    // By themselves a person has it until they say otherwise.
    crew.ask(&crew.ben, "POST tasks/2/claim", &json!({})).await.is(200);
    let other = json!({ "as": TWO });
    crew.ask(&crew.ben, "POST tasks/1/finish", &other).await.says_no(403, "not_the_holder");
    crew.server.clock.advance(179_000);
    let open = async || {
        let list = crew.ask(&crew.ida, "GET tasks?state=open", &NOTHING).await.is(200).json();
        list["data"].as_array().expect("a list").clone()
    };
    assert_eq!(open().await, [NOTHING; 0]);
    crew.server.clock.advance(1_000);
    let again = open().await;
    assert_eq!(again.len(), 1);
    assert_eq!((&again[0]["reopened"], &again[0]["holder"]), (&json!(true), &json!("ben")));
    crew.ask(&crew.ida, "POST tasks/1/claim", &json!({})).await.is(200);
    assert!(crew.log(&crew.ida).await.contains(&"ben task_reopened".to_owned()));
}

/// What is done in a mesh is written down under the person, whoever did it for them.
#[tokio::test]
async fn what_is_done_in_a_mesh_is_audited() {
    let crew = Crew::new().await;
    crew.begins(&crew.ana, ONE, &json!({})).await;
    for title in ["one", "two"] {
        crew.ask(&crew.ana, "POST tasks", &json!({ "title": title })).await.is(201);
    }
    crew.ask(&crew.ana, "POST tasks/1/claim", &json!({ "as": ONE })).await.is(200);
    crew.ask(&crew.ana, "POST tasks/1/finish", &json!({ "as": ONE })).await.is(200);
    crew.ask(&crew.ana, "POST tasks/2/drop", &json!({})).await.is(200);
    crew.ask(&crew.ana, &format!("PUT blocks/{}", crew.ben.id), &NOTHING).await.is(204);
    crew.ask(&crew.ana, &format!("DELETE blocks/{}", crew.ben.id), &NOTHING).await.is(204);
    crew.ask(&crew.ana, &format!("DELETE peers/{ONE}"), &NOTHING).await.is(204);
    let audit = crew.server.with(&crew.ana.token, "GET /api/my/audit", "").await.is(200).json();
    let all = audit["data"].as_array().expect("a list").iter();
    let mut done: Vec<_> = all.map(|event| event["action"].as_str().expect("a word")).collect();
    done.reverse();
    let since = done.iter().position(|action| *action == "mesh.peer.began").expect("it began");
    let expected = [
        "mesh.peer.began",
        "mesh.task.created",
        "mesh.task.created",
        "mesh.task.claimed",
        "mesh.task.finished",
        "mesh.task.dropped",
        "mesh.member.blocked",
        "mesh.member.unblocked",
        "mesh.peer.ended",
    ];
    assert_eq!(done[since..], expected);
}

crate::server::on_postgres::on_postgres!(
    a_task_is_made_claimed_and_finished,
    of_many_who_claim_at_once_one_does,
    a_task_is_given_up_by_its_author_its_holder_or_an_administrator,
    what_an_agent_claimed_is_open_again_once_it_is_gone,
    what_is_done_in_a_mesh_is_audited,
);
