//! Whoever waits in a mesh is answered when something happens.

use std::collections::BTreeSet;
use std::time::Duration;

use crewmesh::server::clock::Clock;
use crewmesh::server::{Config, Database};
use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::{Crew, ONE, TWO, texts};
use crate::server::TestServer;

const NOTHING: Value = Value::Null;
const WAIT: (&str, &str) = ("Prefer", "wait=25");

#[tokio::test]
async fn a_message_wakes_whom_it_is_for_and_leaves_others_waiting() {
    let crew = Crew::new().await;
    crew.begins(&crew.ben, ONE, &json!({})).await;
    crew.begins(&crew.ida, TWO, &json!({})).await;
    let bens = format!("GET inbox?as={ONE}");
    let idas = format!("GET inbox?as={TWO}");
    let wait = [WAIT];
    let (ben, ida, ()) = tokio::join!(
        crew.ask_with(&crew.ben, &bens, &wait),
        crew.ask_with(&crew.ida, &idas, &wait),
        async {
            crew.until_waiting(2).await;
            crew.writes(&crew.ana, "ben", "to ben").await;
            crew.until_waiting(1).await;
            crew.writes(&crew.ana, "ida", "to ida").await;
        }
    );
    assert_eq!(ben.is(200).header("preference-applied"), Some("wait=25"));
    assert_eq!(texts(&ben.json()), ["to ben"]);
    assert_eq!(texts(&ida.is(200).json()), ["to ida"]);
    crew.until_waiting(0).await;
}

#[tokio::test]
async fn a_wait_that_runs_out_says_so_and_leaves_nothing() {
    let mut config = Config::in_memory();
    config.longest_hold = Duration::from_millis(20);
    let crew = Crew::on(TestServer::of(config).await).await;
    crew.begins(&crew.ben, ONE, &json!({})).await;
    let tag = crew.ask(&crew.ben, "GET peers", &NOTHING).await;
    let tag = tag.header("etag").expect("a tag");
    let last = crew.ask(&crew.ben, "GET events", &NOTHING).await.json()["last"].to_string();
    let inbox = crew.ask_with(&crew.ben, &format!("GET inbox?as={ONE}"), &[WAIT]).await;
    assert_eq!(inbox.is(200).json()["data"], json!([]));
    let events = crew.ask_with(&crew.ben, &format!("GET events?after={last}"), &[WAIT]).await;
    assert_eq!(events.is(200).json()["data"], json!([]));
    let peers = crew.ask_with(&crew.ben, "GET peers", &[WAIT, ("If-None-Match", tag)]).await;
    assert_eq!(peers.status, 304);
    assert_eq!(crew.server.running.state().mesh_wake.held(), 0);
}

#[tokio::test]
async fn who_comes_and_what_happens_is_told_at_once() {
    let crew = Crew::new().await;
    let tag = crew.ask(&crew.ben, "GET peers", &NOTHING).await;
    let tag = tag.header("etag").expect("a tag");
    let last = crew.ask(&crew.ben, "GET events", &NOTHING).await.json()["last"].to_string();
    let (peers_wait, wait) = ([WAIT, ("If-None-Match", tag)], [WAIT]);
    let line = format!("GET events?after={last}");
    let (peers, events, ()) = tokio::join!(
        crew.ask_with(&crew.ben, "GET peers", &peers_wait),
        crew.ask_with(&crew.ben, &line, &wait),
        async {
            crew.until_waiting(2).await;
            crew.begins(&crew.ana, ONE, &json!({})).await;
        }
    );
    assert_eq!(peers.is(200).json()["data"][0]["name"], "ana");
    let events = events.is(200).json();
    assert_eq!(
        (&events["data"][0]["what"], &events["data"][0]["subject"]),
        (&json!("launched"), &json!("claude"))
    );
}

#[tokio::test]
async fn whoever_was_signed_out_or_taken_out_meanwhile_is_told_nothing() {
    let crew = Crew::new().await;
    let wait = [WAIT];
    let (ben, ida, ()) = tokio::join!(
        crew.ask_with(&crew.ben, "GET inbox", &wait),
        crew.ask_with(&crew.ida, "GET inbox", &wait),
        async {
            crew.until_waiting(2).await;
            let end = "DELETE /api/my/cli/sessions/current";
            crew.server.with(&crew.ben.token, end, "").await.is(204);
            let line = format!("DELETE members/{}", crew.ida.id);
            crew.ask(&crew.ana, &line, &NOTHING).await.is(204);
            crew.writes(&crew.ana, "*", "to all").await;
        }
    );
    ben.says_no(401, "invalid_token");
    ida.says_no(404, "not_found");
}

/// Each of many who write at once is read once, in the order of the numbers.
#[tokio::test]
async fn of_many_messages_at_once_none_is_skipped_or_read_twice() {
    const EACH: usize = 20;
    let crew = Crew::new().await;
    crew.begins(&crew.ida, ONE, &json!({})).await;
    let writers = [(&crew.ana, "a"), (&crew.ben, "b"), (&crew.ana, "c"), (&crew.ben, "d")];
    let all = writers.len() * EACH;
    let write = join_all(writers.map(|(who, letter)| {
        let crew = &crew;
        async move {
            for number in 0..EACH {
                crew.writes(who, "ida", &format!("{letter}{number}")).await;
            }
        }
    }));
    let read = async {
        let (mut found, mut after) = (Vec::new(), 0);
        while found.len() < all {
            let line = format!("GET inbox?as={ONE}&after={after}");
            let inbox = crew.ask_with(&crew.ida, &line, &[WAIT]).await.is(200).json();
            let numbers: Vec<_> = inbox["data"]
                .as_array()
                .expect("a list")
                .iter()
                .map(|message| message["number"].as_i64().expect("a number"))
                .collect();
            assert!(numbers.iter().all(|number| *number > after) && numbers.is_sorted());
            found.extend(texts(&inbox));
            after = inbox["last"].as_i64().expect("a number");
        }
        found
    };
    let (_, found) = tokio::join!(write, read);
    assert_eq!(found.len(), all);
    assert_eq!(found.iter().collect::<BTreeSet<_>>().len(), all);
    for (_, letter) in writers {
        let own: Vec<_> = found.iter().filter(|text| text.starts_with(letter)).cloned().collect();
        let expected: Vec<_> = (0..EACH).map(|number| format!("{letter}{number}")).collect();
        assert_eq!(own, expected);
    }
}

/// Two processes write to one file at once: whoever waits on one hears of each.
#[tokio::test]
async fn what_another_process_writes_in_between_is_heard_of() {
    const EACH: usize = 15;
    let home = tempfile::tempdir().expect("a folder");
    let mut config = Config::in_memory();
    config.database = Database::in_home(home.path());
    config.clock = Clock::standing();
    let there = TestServer::of(config.clone()).await;
    let crew = Crew::on(TestServer::of(config).await).await;
    let path = format!("POST /api/my/meshes/{}/messages", crew.mesh);
    let own = async {
        for number in 0..EACH {
            crew.writes(&crew.ana, "ben", &format!("here {number}")).await;
        }
    };
    let others = async {
        for number in 0..EACH {
            let body = json!({ "to": "ben", "text": format!("there {number}") }).to_string();
            there.with(&crew.ida.token, &path, &body).await.is(201);
        }
    };
    let read = async {
        let (mut found, mut after) = (Vec::new(), 0);
        while found.len() < 2 * EACH {
            let line = format!("GET inbox?after={after}");
            let inbox = crew.ask_with(&crew.ben, &line, &[WAIT]).await.is(200).json();
            assert_ne!(inbox["data"], json!([]), "it waited in vain after {after}");
            found.extend(texts(&inbox));
            after = inbox["last"].as_i64().expect("a number");
        }
        found
    };
    let (mut found, (), ()) = tokio::join!(read, own, others);
    found.sort();
    found.dedup();
    assert_eq!(found.len(), 2 * EACH);
    crew.server.running.stop().await;
    there.running.stop().await;
}

#[tokio::test]
async fn a_stream_tells_what_happens_as_it_does_and_goes_on_where_it_was_left() {
    let crew = Crew::new().await;
    let first = stream(&crew, None, "launched", async {
        crew.until_waiting(1).await;
        crew.begins(&crew.ana, ONE, &json!({})).await;
    })
    .await;
    assert!(!first.contains("joined"), "what was before is not told: {first}");
    crew.begins(&crew.ben, TWO, &json!({})).await;
    let id = first.lines().find_map(|line| line.strip_prefix("id: ")).expect("an id");
    let second = stream(&crew, Some(id), "\"ben\"", async {}).await;
    assert!(!second.contains("\"ana\""), "{second}");
}

/// What a stream says until it says `word`.
async fn stream(
    crew: &Crew,
    last: Option<&str>,
    word: &str,
    meanwhile: impl Future<Output = ()>,
) -> String {
    let token = crew.ana.token.expose();
    let (host, mesh) = (crew.server.host(), &crew.mesh);
    let last = last.map_or(String::new(), |last| format!("Last-Event-ID: {last}\r\n"));
    let request = format!(
        "GET /api/my/meshes/{mesh}/events HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\
         Accept: text/event-stream\r\nAuthorization: Bearer {token}\r\n{last}\r\n"
    );
    let read = async {
        let mut connection = TcpStream::connect(&host).await.expect("somebody listens");
        connection.write_all(request.as_bytes()).await.expect("a request is read");
        let (mut text, mut part) = (String::new(), [0; 1_024]);
        while !text.contains(word) {
            let read = connection.read(&mut part).await.expect("a stream");
            assert!(read > 0, "it ended: {text}");
            text.push_str(&String::from_utf8_lossy(&part[..read]));
        }
        text
    };
    let both = async { tokio::join!(read, meanwhile).0 };
    tokio::time::timeout(crate::support::PATIENCE, both).await.expect("in time")
}

crate::server::on_postgres::on_postgres!(
    a_message_wakes_whom_it_is_for_and_leaves_others_waiting,
    a_wait_that_runs_out_says_so_and_leaves_nothing,
    who_comes_and_what_happens_is_told_at_once,
    whoever_was_signed_out_or_taken_out_meanwhile_is_told_nothing,
    of_many_messages_at_once_none_is_skipped_or_read_twice,
    what_another_process_writes_in_between_is_heard_of,
    a_stream_tells_what_happens_as_it_does_and_goes_on_where_it_was_left,
);
