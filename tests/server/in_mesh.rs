//! What happens in a mesh: who is at work there, what they write to each other, what
//! they do together.

mod held;
mod messages;
mod page;
mod peers;
mod swept;
mod tasks;

use crewmesh::secret::Secret;
use serde_json::{Value, json};

use super::{Answer, TestServer};

/// A mesh with Ana, who administers it, Ben and Ida; Eve is outside.
pub(super) struct Crew {
    pub(super) server: TestServer,
    pub(super) mesh: String,
    pub(super) ana: Someone,
    pub(super) ben: Someone,
    pub(super) ida: Someone,
    eve: Someone,
}

/// Somebody who is signed in.
pub(super) struct Someone {
    pub(super) id: String,
    pub(super) token: Secret,
}

impl Crew {
    pub(super) async fn new() -> Self {
        Self::on(TestServer::new().await).await
    }

    pub(super) async fn on(server: TestServer) -> Self {
        let mut people = Vec::new();
        for name in ["Ana", "Ben", "Ida", "Eve"] {
            let account = server.account(name).await;
            let token = server.session(&account).await;
            people.push(Someone { id: account.id, token });
        }
        let [ana, ben, ida, eve] = people.try_into().ok().expect("four people");
        let mesh = server.with(&ana.token, "POST /api/my/meshes", "{\"name\":\"Team\"}").await;
        let mesh = mesh.is(201).text("id");
        let crew = Self { server, mesh, ana, ben, ida, eve };
        crew.joins(&crew.ben).await;
        crew.joins(&crew.ida).await;
        crew
    }

    async fn joins(&self, who: &Someone) {
        let invite = self.ask(&self.ana, "POST invites", &json!({ "role": "member" })).await;
        let line = format!("POST /api/invites/{}/accept", invite.is(201).text("code"));
        self.server.with(&who.token, &line, "").await.is(200);
    }

    /// Asks for what is in the mesh: `GET peers`.
    pub(super) async fn ask(&self, who: &Someone, line: &str, body: &Value) -> Answer {
        let (line, body) = self.line(line, body);
        self.server.with(&who.token, &line, &body).await
    }

    /// The same with more headers.
    async fn ask_with(&self, who: &Someone, line: &str, headers: &[(&str, &str)]) -> Answer {
        let (line, _) = self.line(line, &Value::Null);
        let bearer = format!("Bearer {}", who.token.expose());
        let headers = [&[("Authorization", bearer.as_str())], headers].concat();
        self.server.request(&line, &headers, "").await
    }

    fn line(&self, line: &str, body: &Value) -> (String, String) {
        let (method, path) = line.split_once(' ').expect("a method and a path");
        let body = if body.is_null() { String::new() } else { body.to_string() };
        (format!("{method} /api/my/meshes/{}/{path}", self.mesh), body)
    }

    /// An agent of `who` begins; the name it gets.
    pub(super) async fn begins(&self, who: &Someone, id: &str, more: &Value) -> String {
        let mut new = json!({ "id": id, "agent": "claude" });
        new.as_object_mut()
            .expect("an object")
            .extend(more.as_object().cloned().unwrap_or_default());
        self.ask(who, "POST peers", &new).await.is(201).text("name")
    }

    /// Writes as `who`; the number of the message.
    pub(super) async fn writes(&self, who: &Someone, to: &str, text: &str) -> i64 {
        let sent = self.ask(who, "POST messages", &json!({ "to": to, "text": text })).await;
        sent.is(201).json()["number"].as_i64().expect("a number")
    }

    /// The texts of an inbox, `?as=…&after=…`.
    async fn inbox(&self, who: &Someone, query: &str) -> Vec<String> {
        let inbox = self.ask(who, &format!("GET inbox{query}"), &Value::Null).await;
        texts(&inbox.is(200).json())
    }

    /// The names of who is there, as `who` sees them.
    pub(super) async fn there(&self, who: &Someone) -> Vec<String> {
        let list = self.ask(who, "GET peers", &Value::Null).await.is(200).json();
        let names = list["data"].as_array().expect("a list").iter();
        names.map(|peer| peer["name"].as_str().expect("a name").to_owned()).collect()
    }

    /// What happened, and who did it.
    pub(super) async fn log(&self, who: &Someone) -> Vec<String> {
        let log = self.ask(who, "GET events", &Value::Null).await.is(200).json();
        let word = |event: &Value, member: &str| event[member].as_str().unwrap_or("").to_owned();
        log["data"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|event| format!("{} {}", word(event, "who"), word(event, "what")))
            .collect()
    }

    /// Until so many wait in the mesh.
    pub(super) async fn until_waiting(&self, count: usize) {
        while self.server.running.state().mesh_wake.held() != count {
            tokio::task::yield_now().await;
        }
    }
}

fn texts(inbox: &Value) -> Vec<String> {
    let data = inbox["data"].as_array().expect("a list").iter();
    data.map(|message| message["text"].as_str().expect("a text").to_owned()).collect()
}

/// The ids of two sessions.
const ONE: &str = "session-of-agent-1";
const TWO: &str = "session-of-agent-2";
