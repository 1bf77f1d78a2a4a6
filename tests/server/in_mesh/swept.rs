//! What is old of a mesh is forgotten, and its numbers go on.

use serde_json::{Value, json};

use super::{Crew, ONE, TWO, texts};
use crate::server::DAY;

const NOTHING: Value = Value::Null;

/// Forgets what is old in so many days from now, where messages are kept 30.
async fn swept(crew: &Crew, days: i64) {
    let later = crew.server.clock.now() + days * DAY;
    crew.server.running.state().store.sweep(later, 30).await.expect("the database answers");
}

#[tokio::test]
async fn messages_ended_tasks_and_the_log_go_after_thirty_days_and_numbers_do_not_come_again() {
    let crew = Crew::new().await;
    let number = crew.writes(&crew.ana, "*", "old").await;
    for (title, ends) in [("one", true), ("two", true), ("three", false)] {
        let made = crew.ask(&crew.ana, "POST tasks", &json!({ "title": title })).await;
        let number = made.is(201).json()["number"].to_string();
        crew.ask(&crew.ana, &format!("POST tasks/{number}/claim"), &json!({})).await.is(200);
        if ends {
            let step = if title == "one" { "finish" } else { "drop" };
            crew.ask(&crew.ana, &format!("POST tasks/{number}/{step}"), &json!({})).await.is(200);
        }
    }
    let before = crew.log(&crew.ana).await;
    swept(&crew, 29).await;
    assert_eq!(crew.inbox(&crew.ben, "").await, ["old"]);
    assert_eq!(crew.log(&crew.ana).await, before);
    assert_eq!(crew.ask(&crew.ana, "GET tasks", &NOTHING).await.json()["total"], 3);
    swept(&crew, 31).await;
    assert_eq!(crew.inbox(&crew.ben, "").await, [""; 0]);
    assert_eq!(crew.log(&crew.ana).await, [""; 0]);
    let left = crew.ask(&crew.ana, "GET tasks", &NOTHING).await.is(200).json();
    assert_eq!((&left["total"], &left["data"][0]["title"]), (&json!(1), &json!("three")));
    assert!(crew.writes(&crew.ana, "*", "new").await > number + 8);
    let next = crew.ask(&crew.ana, "POST tasks", &json!({ "title": "four" })).await;
    assert_eq!(next.is(201).json()["number"], 4);
    let history = crew.ask(&crew.ben, "GET messages", &NOTHING).await.is(200).json();
    assert_eq!(texts(&history), ["new"]);
}

/// Nobody else is heard of who would notice it.
#[tokio::test]
async fn that_the_last_agent_is_gone_is_noticed() {
    let crew = Crew::new().await;
    crew.begins(&crew.ana, ONE, &json!({})).await;
    crew.begins(&crew.ben, TWO, &json!({})).await;
    crew.server.clock.advance(180_000);
    swept(&crew, 0).await;
    let all = crew.log(&crew.ida).await;
    let mut last = all[all.len() - 2..].to_vec();
    last.sort();
    assert_eq!(last, ["ana ended", "ben ended"]);
    swept(&crew, 1).await;
    assert_eq!(crew.log(&crew.ida).await, all, "once");
}

#[tokio::test]
async fn of_whoever_left_it_is_forgotten_what_they_read_and_whom_they_muted() {
    let crew = Crew::new().await;
    let number = crew.writes(&crew.ana, "*", "hello").await;
    for who in [&crew.ben, &crew.ida] {
        crew.ask(who, "PUT inbox", &json!({ "read_to": number })).await.is(204);
    }
    let (ben, ida) = (&crew.ben.id, &crew.ida.id);
    crew.ask(&crew.ben, &format!("PUT mutes/{ida}"), &NOTHING).await.is(204);
    crew.ask(&crew.ida, &format!("PUT mutes/{ben}"), &NOTHING).await.is(204);
    crew.ask(&crew.ida, &format!("PUT mutes/{}", crew.ana.id), &NOTHING).await.is(204);
    crew.ask(&crew.ben, &format!("DELETE members/{ben}"), &NOTHING).await.is(204);
    swept(&crew, 0).await;
    crew.joins(&crew.ben).await;
    let state = crew.server.running.state();
    let read_to = async |who: &str| {
        let reader = state.store.inbox_reader(&crew.mesh, who, None, None, state.now()).await;
        reader.expect("it answers").expect("they are in it").after
    };
    assert_eq!((read_to(ben).await, read_to(ida).await), (0, number));
    // Nobody is muted by who was there before; who stayed is.
    crew.writes(&crew.ida, "*", "from ida").await;
    crew.writes(&crew.ben, "*", "from ben").await;
    crew.writes(&crew.ana, "*", "from ana").await;
    let after = format!("?after={number}");
    assert_eq!(crew.inbox(&crew.ben, &after).await, ["from ida", "from ana"]);
    assert_eq!(crew.inbox(&crew.ida, "").await, ["from ben"]);
}

/// What was read is nothing that is still to come.
#[tokio::test]
async fn nobody_has_read_what_is_not_written() {
    let crew = Crew::new().await;
    for read_to in [i64::MAX, 1_000, -1] {
        crew.ask(&crew.ben, "PUT inbox", &json!({ "read_to": read_to })).await.is(204);
    }
    crew.writes(&crew.ana, "*", "hello").await;
    assert_eq!(crew.inbox(&crew.ben, "").await, ["hello"]);
}

crate::server::on_postgres::on_postgres!(
    messages_ended_tasks_and_the_log_go_after_thirty_days_and_numbers_do_not_come_again,
    that_the_last_agent_is_gone_is_noticed,
    of_whoever_left_it_is_forgotten_what_they_read_and_whom_they_muted,
    nobody_has_read_what_is_not_written,
);
