//! What peers and people of a mesh write to each other.

use crewmesh::server::{Config, Limits};
use serde_json::{Value, json};

use super::{Crew, ONE, Someone, TWO, texts};
use crate::server::{MINUTE, TestServer};

const NOTHING: Value = Value::Null;

#[tokio::test]
async fn a_message_is_read_by_whom_it_is_for_and_by_nobody_else() {
    let crew = Crew::new().await;
    crew.begins(&crew.ben, ONE, &json!({ "role": "reviewer" })).await;
    crew.begins(&crew.ben, TWO, &json!({})).await;
    crew.writes(&crew.ida, "ben", "to ben").await;
    crew.writes(&crew.ida, "@Reviewer", "to reviewers").await;
    crew.writes(&crew.ida, "*", "to all").await;
    let of = |peer: &str| format!("?as={peer}");
    assert_eq!(crew.inbox(&crew.ben, &of(ONE)).await, ["to ben", "to reviewers", "to all"]);
    assert_eq!(crew.inbox(&crew.ben, &of(TWO)).await, ["to all"]);
    assert_eq!(crew.inbox(&crew.ben, "").await, ["to ben", "to reviewers", "to all"]);
    // An administrator of the mesh reads no more than others.
    assert_eq!(crew.inbox(&crew.ana, "").await, ["to reviewers", "to all"]);
    let history = crew.ask(&crew.ana, "GET messages", &NOTHING).await.is(200).json();
    assert_eq!(texts(&history), ["to reviewers", "to all"]);
    // Whoever wrote sees it among what was written, not among what is to be read.
    assert_eq!(crew.inbox(&crew.ida, "").await, [""; 0]);
    let history = crew.ask(&crew.ida, "GET messages", &NOTHING).await.is(200).json();
    assert_eq!(texts(&history), ["to ben", "to reviewers", "to all"]);
    assert_eq!(
        (&history["data"][0]["from"], &history["data"][0]["person"]),
        (&json!("ida"), &json!("Ida"))
    );
    // Nobody reads as an agent of somebody else.
    crew.ask(&crew.ida, &format!("GET inbox?as={ONE}"), &NOTHING).await.says_no(404, "not_found");
    crew.ask(&crew.eve, "GET inbox", &NOTHING).await.says_no(404, "not_found");
    let as_other = json!({ "to": "*", "text": "x", "as": ONE });
    crew.ask(&crew.ida, "POST messages", &as_other).await.says_no(404, "not_found");
}

#[tokio::test]
async fn what_is_for_one_and_for_all_is_read_in_its_order() {
    let crew = Crew::new().await;
    crew.begins(&crew.ben, ONE, &json!({ "role": "reviewer" })).await;
    let mut written = Vec::new();
    for round in 0..3 {
        for to in ["*", "ben", "ana", "@reviewer"] {
            let text = format!("{round} {to}");
            let number = crew.writes(&crew.ida, to, &text).await;
            written.extend((to != "ana").then_some((number, text)));
        }
    }
    for from in 0..written.len() {
        let after = written[from].0 - 1;
        let read = crew.inbox(&crew.ben, &format!("?as={ONE}&after={after}")).await;
        let expected: Vec<_> = written[from..].iter().map(|(_, text)| text.clone()).collect();
        assert_eq!(read, expected);
    }
}

#[tokio::test]
async fn two_agents_of_one_person_talk() {
    let crew = Crew::new().await;
    let writer = crew.begins(&crew.ana, ONE, &json!({})).await;
    let reader = crew.begins(&crew.ana, TWO, &json!({})).await;
    let question = json!({ "to": reader, "text": "done?", "kind": "ask", "as": ONE });
    let asked = crew.ask(&crew.ana, "POST messages", &question).await.is(201).json();
    let inbox = crew.ask(&crew.ana, &format!("GET inbox?as={TWO}"), &NOTHING).await.is(200).json();
    assert_eq!(inbox["data"], json!([asked]));
    assert_eq!(crew.inbox(&crew.ana, &format!("?as={ONE}")).await, [""; 0]);
    let answer = json!({ "to": writer, "text": "yes", "reply_to": asked["number"], "kind": "answer", "as": TWO });
    crew.ask(&crew.ana, "POST messages", &answer).await.is(201);
    let inbox = crew.ask(&crew.ana, &format!("GET inbox?as={ONE}"), &NOTHING).await.is(200).json();
    assert_eq!(inbox["data"][0]["reply_to"], asked["number"]);
    assert_eq!(inbox["last"], inbox["data"][0]["number"]);
}

#[tokio::test]
async fn reading_goes_on_where_it_was_left_and_after_a_pause() {
    let crew = Crew::new().await;
    crew.writes(&crew.ana, "*", "before").await;
    crew.begins(&crew.ben, ONE, &json!({})).await;
    let query = format!("?as={ONE}");
    assert_eq!(crew.inbox(&crew.ben, &query).await, [""; 0], "that was to others");
    let first = crew.writes(&crew.ana, "ben", "one").await;
    assert_eq!(crew.inbox(&crew.ben, &query).await, ["one"]);
    assert_eq!(crew.inbox(&crew.ben, &query).await, ["one"], "until it is said to be read");
    let read = json!({ "read_to": first, "as": ONE });
    crew.ask(&crew.ben, "PUT inbox", &read).await.is(204);
    crew.ask(&crew.ben, &format!("DELETE peers/{ONE}"), &NOTHING).await.is(204);
    crew.writes(&crew.ana, "ben", "two").await;
    crew.begins(&crew.ben, TWO, &json!({})).await;
    let query = format!("?as={TWO}");
    assert_eq!(crew.inbox(&crew.ben, &query).await, ["two"], "written while it was away");
    assert_eq!(crew.inbox(&crew.ben, &format!("{query}&after=0")).await, ["before", "one", "two"]);
    // Less than was read is read already.
    crew.ask(&crew.ben, "PUT inbox", &json!({ "read_to": 1, "as": TWO })).await.is(204);
    assert_eq!(crew.inbox(&crew.ben, &query).await, ["two"]);
    for after in ["-1", "x", "1.5"] {
        let line = format!("GET inbox?after={after}");
        crew.ask(&crew.ben, &line, &NOTHING).await.says_no(400, "invalid_request");
    }
}

#[tokio::test]
async fn whoever_is_not_there_is_named_with_those_who_are() {
    let crew = Crew::new().await;
    let send = async |to: &str, text: &str| {
        crew.ask(&crew.ana, "POST messages", &json!({ "to": to, "text": text })).await
    };
    let nobody = send("bob", "x").await;
    nobody.says_no(404, "unknown_peer");
    assert_eq!(nobody.json()["there"], json!([]));
    crew.begins(&crew.ben, ONE, &json!({ "role": "reviewer" })).await;
    for to in ["bob", "@writer", "", "Ben Smith", "@"] {
        let unknown = send(to, "x").await;
        unknown.says_no(404, "unknown_peer");
        assert_eq!(unknown.json()["there"], json!(["ben", "@reviewer"]), "{to}");
    }
    send(" BEN ", "x").await.is(201);
    // Whoever is a member and did nothing there yet.
    send("ida", "welcome").await.is(201);
    assert_eq!(crew.inbox(&crew.ida, "").await, ["welcome"]);
    let longest = "ñ".repeat(8 * 1_024);
    send("ben", &longest).await.is(201);
    for text in [String::new(), " \n".into(), "a\0b".into(), format!("{longest}x")] {
        send("ben", &text).await.says_no(400, "invalid_request");
    }
    let message = crew.writes(&crew.ida, "ben", "between us").await;
    for number in [message, 999] {
        let answer = json!({ "to": "ben", "text": "x", "reply_to": number });
        crew.ask(&crew.ana, "POST messages", &answer).await.says_no(404, "not_found");
    }
}

#[tokio::test]
async fn an_agent_whose_person_turned_messages_off_is_sent_none() {
    let crew = Crew::new().await;
    let off = json!({ "role": "reviewer", "no_messages": true });
    crew.begins(&crew.ben, ONE, &off).await;
    let peers = crew.ask(&crew.ana, "GET peers", &NOTHING).await.is(200).json();
    assert_eq!(peers["data"][0]["no_messages"], true);
    let send = async |to: &str| {
        crew.ask(&crew.ana, "POST messages", &json!({ "to": to, "text": "x" })).await
    };
    send("Ben").await.says_no(409, "takes_no_messages");
    let unknown = send("@reviewer").await;
    unknown.says_no(404, "unknown_peer");
    assert_eq!(unknown.json()["there"], json!([]));
    send("*").await.is(201);
    // Another of the same person's, and that one once it is gone.
    let second = crew.begins(&crew.ben, TWO, &json!({ "role": "reviewer" })).await;
    send(&second).await.is(201);
    send("@reviewer").await.is(201);
    crew.ask(&crew.ben, &format!("DELETE peers/{ONE}"), &NOTHING).await.is(204);
    send("ben").await.is(201);
    let peers = crew.ask(&crew.ana, "GET peers", &NOTHING).await.is(200).json();
    assert!(peers["data"][0].get("no_messages").is_none(), "{peers}");
}

#[tokio::test]
async fn a_person_mutes_and_an_administrator_blocks() {
    let crew = Crew::new().await;
    let (ben, ida) = (&crew.ben.id, &crew.ida.id);
    crew.ask(&crew.ana, &format!("PUT mutes/{ben}"), &NOTHING).await.is(204);
    crew.writes(&crew.ben, "*", "noise").await;
    assert_eq!(crew.inbox(&crew.ana, "").await, [""; 0]);
    assert_eq!(crew.inbox(&crew.ida, "").await, ["noise"]);
    crew.ask(&crew.ana, &format!("DELETE mutes/{ben}"), &NOTHING).await.is(204);
    assert_eq!(crew.inbox(&crew.ana, "").await, ["noise"]);
    crew.ask(&crew.ana, "PUT mutes/nobody", &NOTHING).await.says_no(404, "not_found");

    crew.ask(&crew.ben, &format!("PUT blocks/{ida}"), &NOTHING).await.says_no(403, "not_an_admin");
    crew.ask(&crew.ana, "PUT blocks/nobody", &NOTHING).await.says_no(404, "not_found");
    crew.ask(&crew.ana, &format!("PUT blocks/{ben}"), &NOTHING).await.is(204);
    let send =
        async || crew.ask(&crew.ben, "POST messages", &json!({ "to": "*", "text": "x" })).await;
    send().await.says_no(403, "blocked");
    let task = json!({ "title": "x" });
    crew.ask(&crew.ben, "POST tasks", &task).await.says_no(403, "blocked");
    // Reading is theirs still.
    crew.writes(&crew.ana, "*", "hush").await;
    assert_eq!(crew.inbox(&crew.ben, "").await, ["hush"]);
    crew.ask(&crew.ana, &format!("DELETE blocks/{ben}"), &NOTHING).await.is(204);
    send().await.is(201);
}

#[tokio::test]
async fn whoever_writes_too_much_is_told_why() {
    let mut config = Config::in_memory();
    config.limits = Limits { messages: 2, ..Limits::default() };
    let crew = Crew::on(TestServer::of(config).await).await;
    crew.begins(&crew.ben, ONE, &json!({})).await;
    let send = async |to: &str| {
        crew.ask(&crew.ana, "POST messages", &json!({ "to": to, "text": "x" })).await
    };
    send("ben").await.is(201);
    send("ben").await.is(201);
    let refused = send("ben").await;
    refused.says_no(429, "too_much_written");
    assert_eq!(refused.text("message"), "You write too much in this mesh.");
    assert_eq!(refused.header("retry-after"), Some("30"));
    // Ten in an hour to one, however slowly.
    for _ in 0..8 {
        crew.server.clock.advance(60_000);
        send("ben").await.is(201);
    }
    crew.server.clock.advance(60_000);
    send("*").await.is(201);
    let mut more = 0;
    let refused = loop {
        crew.server.clock.advance(60_000);
        let answer = send("ben").await;
        if answer.status != 201 {
            break answer;
        }
        more += 1;
        assert!(more < 20, "two who answer each other for ever are slowed");
    };
    refused.says_no(429, "too_much_to_one");
    assert!(refused.text("message").contains("too much to them"), "{refused:?}");
}

/// Its answer was lost: it is sent again, and is there once.
#[tokio::test]
async fn what_is_sent_again_with_its_key_is_one_message() {
    let crew = Crew::new().await;
    let send = async |who: &Someone, key: &str, text: &str| {
        let path = format!("POST /api/my/meshes/{}/messages", crew.mesh);
        let bearer = format!("Bearer {}", who.token.expose());
        let headers = [("Authorization", bearer.as_str()), ("Idempotency-Key", key)];
        let body = json!({ "to": "*", "text": text }).to_string();
        crew.server.request(&path, &headers, &body).await
    };
    let first = send(&crew.ana, "one", "hello").await.is(201).json();
    assert_eq!(send(&crew.ana, "one", "hello").await.is(201).json(), first);
    assert_ne!(send(&crew.ana, "two", "again").await.is(201).json()["id"], first["id"]);
    assert_ne!(send(&crew.ben, "one", "ben's").await.is(201).json()["id"], first["id"]);
    assert_eq!(crew.inbox(&crew.ida, "").await, ["hello", "again", "ben's"]);
    crew.ask(&crew.ana, &format!("PUT blocks/{}", crew.ben.id), &NOTHING).await.is(204);
    // Whoever was blocked meanwhile is told that it was written all the same.
    send(&crew.ben, "one", "ben's").await.is(201);
    send(&crew.ben, "three", "more").await.says_no(403, "blocked");
    crew.server.clock.advance(10 * MINUTE - 1_000);
    assert_eq!(send(&crew.ana, "one", "hello").await.is(201).json()["id"], first["id"]);
    crew.server.clock.advance(1_000);
    assert_ne!(send(&crew.ana, "one", "hello").await.is(201).json()["id"], first["id"]);
    for key in ["", "with blank", &"k".repeat(256)] {
        send(&crew.ana, key, "x").await.says_no(400, "invalid_request");
    }
    // In another mesh it is another.
    let other = crew.server.with(&crew.ana.token, "POST /api/my/meshes", "{\"name\":\"B\"}").await;
    let crew = Crew { mesh: other.is(201).text("id"), ..crew };
    let bearer = format!("Bearer {}", crew.ana.token.expose());
    let headers = [("Authorization", bearer.as_str()), ("Idempotency-Key", "one")];
    let path = format!("POST /api/my/meshes/{}/messages", crew.mesh);
    let there = crew.server.request(&path, &headers, "{\"to\":\"*\",\"text\":\"hello\"}").await;
    assert_eq!(there.is(201).json()["number"], 1);
}

crate::server::on_postgres::on_postgres!(
    what_is_sent_again_with_its_key_is_one_message,
    a_message_is_read_by_whom_it_is_for_and_by_nobody_else,
    what_is_for_one_and_for_all_is_read_in_its_order,
    two_agents_of_one_person_talk,
    reading_goes_on_where_it_was_left_and_after_a_pause,
    whoever_is_not_there_is_named_with_those_who_are,
    a_person_mutes_and_an_administrator_blocks,
    whoever_writes_too_much_is_told_why,
    an_agent_whose_person_turned_messages_off_is_sent_none,
);
