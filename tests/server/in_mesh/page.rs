//! Who is at work, on the page of a mesh: as it is held for a browser.

use std::time::Duration;

use crewmesh::server::Config;
use serde_json::{Value, json};

use super::{Crew, ONE, Someone, TWO};
use crate::server::{Answer, TestServer};

const NOTHING: Value = Value::Null;
const WAIT: (&str, &str) = ("Prefer", "wait=25");

/// A browser that `who` is signed in with.
struct Window<'a> {
    crew: &'a Crew,
    cookie: String,
}

impl<'a> Window<'a> {
    async fn of(crew: &'a Crew, who: &Someone) -> Self {
        let store = &crew.server.running.state().store;
        let account = store.account(&who.id).await.expect("it answers").expect("somebody");
        Self { crew, cookie: crew.server.web_session(&account).await.0 }
    }

    /// Asks for who is at work in the mesh.
    async fn asks(&self, headers: &[(&str, &str)]) -> Answer {
        let own = [("Cookie", self.cookie.as_str()), ("Accept", "text/html")];
        let line = "GET /meshes/team/peers";
        self.crew.server.request(line, &[&own, headers].concat(), "").await
    }

    /// Waits for another answer than the one with this tag.
    async fn waits(&self, tag: &str) -> Answer {
        self.asks(&[WAIT, ("If-None-Match", tag)]).await
    }

    async fn tag(&self) -> String {
        self.asks(&[]).await.is(200).header("etag").expect("a tag").to_owned()
    }
}

#[tokio::test]
async fn whoever_looks_at_the_page_sees_who_comes_and_what_is_to_be_done() {
    let crew = Crew::new().await;
    let ben = Window::of(&crew, &crew.ben).await;
    let empty = ben.tag().await;
    // The page has it, and says which it is.
    let headers = [("Cookie", ben.cookie.as_str()), ("Accept", "text/html")];
    let page = crew.server.request("GET /meshes/team", &headers, "").await;
    let tag = empty.replace('"', "&#34;");
    assert!(page.is(200).body.contains(&format!("data-tag=\"{tag}\"")), "{}", page.body);

    let (came, ()) = tokio::join!(ben.waits(&empty), async {
        crew.until_waiting(2).await;
        crew.begins(&crew.ana, ONE, &json!({ "role": "Code <reviewer>" })).await;
    });
    // Where she came after the wait was entered and before the board was read, nothing was
    // held.
    let applied = came.is(200).header("preference-applied");
    assert!(applied.is_none_or(|applied| applied == "wait=25"), "{applied:?}");
    assert!(came.body.contains("<strong>ana</strong>"), "{}", came.body);
    assert!(came.body.contains("Ana · claude · @code-reviewer · started just now"));
    assert!(!came.body.contains(ONE), "whose it is not is not told its id");

    let tag = came.header("etag").expect("a tag");
    let status = json!({ "status": "working", "summary": "reads <b>all</b>" });
    let (changed, ()) = tokio::join!(ben.waits(tag), async {
        crew.until_waiting(2).await;
        let line = format!("PATCH peers/{ONE}");
        crew.ask(&crew.ana, &line, &status).await.is(204);
    });
    assert!(changed.is(200).body.contains("reads &#60;b&#62;all"), "{}", changed.body);

    let tag = changed.header("etag").expect("a tag");
    let (task, ()) = tokio::join!(ben.waits(tag), async {
        crew.until_waiting(2).await;
        crew.ask(&crew.ida, "POST tasks", &json!({ "title": "mend it" })).await.is(201);
    });
    assert!(task.is(200).body.contains("mend it"), "{}", task.body);
    let claim = json!({ "as": ONE });
    crew.ask(&crew.ana, "POST tasks/1/claim", &claim).await.is(200);
    assert!(ben.asks(&[]).await.is(200).body.contains("ana is at it"));
    crew.ask(&crew.ana, "POST tasks/1/finish", &claim).await.is(200);
    assert!(!ben.asks(&[]).await.is(200).body.contains("mend it"), "it is done");
    crew.until_waiting(0).await;
}

#[tokio::test]
async fn a_page_that_waits_in_vain_is_told_so_and_so_is_one_of_an_instance_that_stops() {
    let mut config = Config::in_memory();
    config.longest_hold = Duration::from_millis(20);
    let crew = Crew::on(TestServer::of(config).await).await;
    let ben = Window::of(&crew, &crew.ben).await;
    let tag = ben.tag().await;
    let waited = ben.waits(&tag).await;
    assert_eq!((waited.status, waited.body.as_str()), (304, ""));
    assert_eq!(waited.header("etag"), Some(tag.as_str()));
    assert_eq!(waited.header("preference-applied"), Some("wait=1"));
    crew.until_waiting(0).await;

    let crew = Crew::new().await;
    let ben = Window::of(&crew, &crew.ben).await;
    let tag = ben.tag().await;
    let (waited, ()) = tokio::join!(ben.waits(&tag), async {
        crew.until_waiting(2).await;
        crew.server.running.state().end_waits();
    });
    assert_eq!(waited.status, 304);
}

#[tokio::test]
async fn whoever_was_signed_out_or_taken_out_meanwhile_sees_nothing() {
    let crew = Crew::new().await;
    let (ben, ida) = (Window::of(&crew, &crew.ben).await, Window::of(&crew, &crew.ida).await);
    let (tag_of_ben, tag_of_ida) = (ben.tag().await, ida.tag().await);
    let (ben, ida, ()) = tokio::join!(ben.waits(&tag_of_ben), ida.waits(&tag_of_ida), async {
        crew.until_waiting(4).await;
        crew.server.with(&crew.ben.token, "DELETE /api/my/cli/sessions", "").await.is(200);
        let line = format!("DELETE members/{}", crew.ida.id);
        crew.ask(&crew.ana, &line, &NOTHING).await.is(204);
        crew.begins(&crew.ana, TWO, &json!({ "name": "newcomer" })).await;
    });
    assert_eq!(ben.is(303).header("location"), Some("/login?next=%2Fmeshes%2Fteam"));
    assert!(!ben.body.contains("newcomer") && ben.header("etag").is_none(), "{ben:?}");
    assert!(!ida.is(404).body.contains("newcomer") && ida.header("etag").is_none(), "{ida:?}");
}

#[tokio::test]
async fn nobody_from_outside_sees_who_is_at_work() {
    let crew = Crew::new().await;
    crew.begins(&crew.ana, ONE, &json!({})).await;
    let eve = Window::of(&crew, &crew.eve).await;
    for headers in [&[][..], &[WAIT, ("If-None-Match", "\"x\"")]] {
        assert!(!eve.asks(headers).await.is(404).body.contains("ana"));
    }
    let cookie = "crewmesh=nobody".to_owned();
    let nobody = Window { crew: &crew, cookie };
    let answer = nobody.asks(&[WAIT]).await;
    assert_eq!(answer.is(303).header("location"), Some("/login?next=%2Fmeshes%2Fteam"));
    // A bearer is for programs: no page knows one.
    let bearer = format!("Bearer {}", crew.ben.token.expose());
    let bearer = [("Authorization", bearer.as_str())];
    crew.server.request("GET /meshes/team/peers", &bearer, "").await.is(303);
}

crate::server::on_postgres::on_postgres!(
    whoever_looks_at_the_page_sees_who_comes_and_what_is_to_be_done,
    a_page_that_waits_in_vain_is_told_so_and_so_is_one_of_an_instance_that_stops,
    whoever_was_signed_out_or_taken_out_meanwhile_sees_nothing,
    nobody_from_outside_sees_who_is_at_work,
);
