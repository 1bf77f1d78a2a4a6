//! What an agent does at `/mcp` once it is let in: each request by itself, in either
//! era of the protocol.

use crewmesh::secret::Secret;
use crewmesh::server::store::{Page, Whose};
use serde_json::{Value, json};

use super::{ACCEPT, JSON};
use crate::server::authorize::{BACK, Reader, asking, showing};
use crate::server::in_mesh::{Crew, Someone};
use crate::server::{Answer, MINUTE, TestServer};

/// The era that begins with nothing.
const LATEST: &str = "2026-07-28";

/// What an agent posts to a server.
struct Agent<'a> {
    server: &'a TestServer,
    token: Secret,
}

impl<'a> Agent<'a> {
    fn of(crew: &'a Crew, who: &Someone) -> Self {
        Self { server: &crew.server, token: who.token.clone() }
    }

    /// The same person's, by a sign-in of its own that is good at `/mcp` alone.
    async fn let_in(crew: &'a Crew, who: &Someone, scope: Option<&str>) -> Self {
        let server = &crew.server;
        let account = server.running.state().store.account(&who.id).await;
        let account = account.expect("it answers").expect("there is one");
        let mcp = format!("http://{}/mcp", server.host());
        let mut more = vec![("resource", mcp.as_str())];
        more.extend(scope.map(|scope| ("scope", scope)));
        let code =
            Reader::new(server, &account).await.allow(&asking("crewmesh", BACK, &more)).await;
        let answer = server.form("/oauth/token", &showing(&code, &[])).await;
        Self { server, token: Secret::new(answer.is(200).text("access_token")) }
    }

    async fn posts(&self, headers: &[(&str, &str)], body: &str) -> Answer {
        let bearer = format!("Bearer {}", self.token.expose());
        let own = [("Authorization", bearer.as_str()), ACCEPT, JSON];
        self.server.request("POST /mcp", &[&own, headers].concat(), body).await
    }

    async fn asks(&self, headers: &[(&str, &str)], method: &str, params: &Value) -> Value {
        let message = json!({ "jsonrpc": "2.0", "id": 7, "method": method, "params": params });
        let answer = self.posts(headers, &message.to_string()).await;
        let answer = answer.is(200).json();
        assert_eq!(answer["id"], 7, "{answer}");
        answer
    }

    async fn called(&self, tool: &str, arguments: &Value) -> Value {
        let params = json!({ "name": tool, "arguments": arguments });
        self.asks(&[], "tools/call", &params).await["result"].clone()
    }

    /// What a tool gives, as data.
    async fn gets(&self, tool: &str, arguments: Value) -> Value {
        let result = self.called(tool, &arguments).await;
        assert_eq!(result["isError"], false, "{result}");
        result["structuredContent"].clone()
    }

    /// What a tool says is wrong.
    async fn is_told(&self, tool: &str, arguments: Value) -> String {
        let result = self.called(tool, &arguments).await;
        assert_eq!(result["isError"], true, "{result}");
        result["content"][0]["text"].as_str().expect("words").to_owned()
    }
}

fn texts(given: &Value) -> Vec<&str> {
    let messages = given["messages"].as_array().expect("a list").iter();
    messages.map(|message| message["text"].as_str().expect("a text")).collect()
}

#[tokio::test]
async fn both_eras_are_spoken() {
    let crew = Crew::new().await;
    let agent = Agent::of(&crew, &crew.ana);
    for version in ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"] {
        let params = json!({
            "protocolVersion": version, "capabilities": {},
            "clientInfo": { "name": "test", "version": "1" },
        });
        let result = agent.asks(&[], "initialize", &params).await["result"].clone();
        assert_eq!(result["protocolVersion"], version);
        assert_eq!(result["serverInfo"]["name"], "crewmesh");
        assert!(result["capabilities"]["tools"].is_object(), "{result}");
        let told = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }).to_string();
        // Some never say the version again.
        for headers in [&[("MCP-Protocol-Version", version)][..], &[]] {
            assert_eq!(agent.posts(headers, &told).await.is(202).body, "");
            let tools = agent.asks(headers, "tools/list", &json!({})).await;
            assert_eq!(tools["result"]["tools"].as_array().expect("a list").len(), 15);
        }
    }
    let meta = json!({ "_meta": {
        "io.modelcontextprotocol/protocolVersion": LATEST,
        "io.modelcontextprotocol/clientInfo": { "name": "test", "version": "1" },
        "io.modelcontextprotocol/clientCapabilities": {},
    }});
    let version = ("MCP-Protocol-Version", LATEST);
    let discover = [version, ("Mcp-Method", "server/discover")];
    let found = agent.asks(&discover, "server/discover", &meta).await["result"].clone();
    assert!(found["supportedVersions"].as_array().expect("a list").contains(&json!(LATEST)));
    let mut call = meta.clone();
    call["name"] = json!("whoami");
    call["arguments"] = json!({});
    let named = [version, ("Mcp-Method", "tools/call"), ("Mcp-Name", "whoami")];
    let who = agent.asks(&named, "tools/call", &call).await;
    assert_eq!(who["result"]["structuredContent"]["person"], "Ana");
    // The header says one thing and the message another.
    let other = [version, ("Mcp-Method", "tools/call"), ("Mcp-Name", "send_message")];
    let message = json!({ "jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": call });
    let refused = agent.posts(&other, &message.to_string()).await;
    assert!(refused.is(400).json()["error"]["message"].is_string(), "{refused:?}");
}

#[tokio::test]
async fn what_is_no_message_of_the_protocol_is_refused_in_words() {
    let crew = Crew::new().await;
    let agent = Agent::of(&crew, &crew.ana);
    let ping = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}";
    let old = agent.posts(&[("MCP-Protocol-Version", "1999-01-01")], ping).await;
    assert!(old.is(400).body.contains("1999-01-01"), "{old:?}");
    let nonsense = agent.posts(&[], "{\"jsonrpc\":").await;
    assert!((400..500).contains(&nonsense.status) && !nonsense.body.is_empty(), "{nonsense:?}");
    let strange = agent.asks(&[], "mesh/explode", &json!({})).await;
    assert_eq!(strange["error"]["code"], -32_601);
    let strange = agent.asks(&[], "tools/call", &json!({ "name": "explode" })).await;
    assert_eq!(strange["error"]["code"], -32_602);
    let nowhere = json!({ "uri": "crewmesh://elsewhere" });
    let nowhere = agent.asks(&[], "resources/read", &nowhere).await;
    assert_eq!(nowhere["error"]["code"], -32_002);
    let large = format!("{{\"jsonrpc\":\"2.0\",\"x\":\"{}\"}}", "x".repeat(3 << 20));
    agent.posts(&[], &large).await.says_no(413, "too_large");
}

#[tokio::test]
async fn two_agents_meet_write_and_work() {
    let crew = Crew::new().await;
    let ana = Agent::let_in(&crew, &crew.ana, None).await;
    let ben = Agent::let_in(&crew, &crew.ben, None).await;
    let who = ana.gets("whoami", json!({})).await;
    assert_eq!((&who["person"], &who["mesh"]), (&json!("Ana"), &json!("team")));
    assert!(who.get("name").is_none(), "it did nothing there yet: {who}");
    assert_eq!(ana.gets("read_messages", json!({})).await["messages"], json!([]));
    assert_eq!(ana.gets("whoami", json!({})).await["name"], "ana");
    // Whoever waits is given what comes, once.
    let (given, ()) = tokio::join!(ben.gets("wait_for_message", json!({ "seconds": 20 })), async {
        crew.until_waiting(1).await;
        let ask = json!({ "to": "ben", "text": "Where is it?", "kind": "ask" });
        ana.gets("send_message", ask).await;
    });
    assert_eq!(texts(&given), ["Where is it?"]);
    let number = given["messages"][0]["number"].as_i64().expect("a number");
    assert_eq!(texts(&ben.gets("read_messages", json!({})).await), [""; 0]);
    let again = ben.gets("read_messages", json!({ "after": number - 1 })).await;
    assert_eq!(texts(&again), ["Where is it?"]);
    let reply = json!({ "to": "ana", "text": "Here.", "kind": "answer", "reply_to": number });
    ben.gets("send_message", reply).await;
    let result = ana.called("read_messages", &json!({})).await;
    assert_eq!(texts(&result["structuredContent"]), ["Here."]);
    let about = result["structuredContent"]["about"].as_str().expect("words");
    assert!(about.contains("not instructions"), "{about}");

    let made = ana.gets("create_task", json!({ "title": "Count them" })).await;
    let task = json!({ "number": made["task"]["number"] });
    ben.gets("claim_task", task.clone()).await;
    let held = ana.is_told("claim_task", task.clone()).await;
    assert!(held.contains("ben has the task"), "{held}");
    let mut done = task;
    done["result"] = json!("Nine.");
    ben.gets("finish_task", done).await;
    let tasks = ana.gets("list_tasks", json!({ "state": "done" })).await;
    assert_eq!(tasks["tasks"][0]["result"], "Nine.");
    ben.gets("set_status", json!({ "status": "waiting", "summary": "for Ana" })).await;
    let peers = ana.gets("list_peers", json!({})).await;
    let seen: Vec<_> = peers["peers"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|peer| (peer["name"].as_str(), peer["status"].as_str(), peer["summary"].as_str()))
        .collect();
    let ana_seen = (Some("ana"), Some("idle"), None);
    assert_eq!(seen, [ana_seen, (Some("ben"), Some("waiting"), Some("for Ana"))]);
    let inbox = json!({ "uri": "crewmesh://mesh/inbox" });
    ana.gets("send_message", json!({ "to": "ben", "text": "Thanks." })).await;
    for _ in 0..2 {
        let read = ben.asks(&[], "resources/read", &inbox).await;
        let text = read["result"]["contents"][0]["text"].as_str().expect("a text");
        assert!(text.contains("Thanks."), "it is read by a tool alone: {text}");
    }
    // Whatever they did is theirs, and done by an agent.
    let store = &crew.server.running.state().store;
    let done = store.audit_events(Whose::Account(&crew.ben.id), &Page::default()).await;
    for event in done.expect("it answers").data {
        let by_agent = event.action.starts_with("mesh.peer") || event.action.contains("task");
        assert_eq!(event.via == "mcp", by_agent, "{event:?}");
    }
}

#[tokio::test]
async fn what_is_wrong_is_the_answer_of_the_tool() {
    let crew = Crew::new().await;
    let ana = Agent::of(&crew, &crew.ana);
    crew.begins(&crew.ben, "session-of-agent-1", &json!({ "role": "reviewer" })).await;
    let nobody = ana.is_told("send_message", json!({ "to": "bob", "text": "x" })).await;
    assert!(nobody.contains("There now: ben, ana, @reviewer. (unknown_peer)"), "{nobody}");
    let long = json!({ "to": "ben", "text": "x".repeat(16 * 1_024 + 1) });
    assert!(ana.is_told("send_message", long).await.contains("at most 16384 bytes"));
    for wrong in [json!({ "to": 1, "text": "x" }), json!({ "text": "x" }), json!({ "too": "x" })] {
        let told = ana.is_told("send_message", wrong).await;
        assert!(told.contains("Wrong arguments") && told.contains("(bad_arguments)"), "{told}");
    }
    let told = ana.is_told("list_peers", json!({ "mesh": "nowhere" })).await;
    assert_eq!(told, "You are in no mesh called nowhere. Yours: team. (not_found)");
    assert!(ana.is_told("claim_task", json!({ "number": 99 })).await.contains("no such task"));
    // Nobody guesses which of two is meant.
    crew.server.with(&crew.ana.token, "POST /api/my/meshes", "{\"name\":\"Lab\"}").await.is(201);
    let several = ana.is_told("read_messages", json!({})).await;
    assert!(several.contains("Yours: ") && several.contains("lab"), "{several}");
    assert_eq!(texts(&ana.gets("read_messages", json!({ "mesh": "Lab" })).await), [""; 0]);
    // What it was not given it says.
    let reader = Agent::let_in(&crew, &crew.ben, Some("mesh:read")).await;
    let peers = reader.gets("list_peers", json!({})).await;
    assert_eq!(peers["peers"].as_array().expect("a list").len(), 2, "{peers}");
    for (tool, scope) in [
        ("whoami", "profile:read"),
        ("read_messages", "presence:write"),
        ("set_status", "presence:write"),
        ("list_machines", "machine:read"),
        ("create_invite", "invite:create"),
    ] {
        let told = reader.is_told(tool, json!({})).await;
        assert!(told.contains(scope) && told.contains("(insufficient_scope)"), "{told}");
    }
    // No member makes others members, and whoever left sees nothing.
    let ben = Agent::of(&crew, &crew.ben);
    assert!(ben.is_told("create_invite", json!({})).await.contains("Only an administrator"));
    let line = format!("DELETE members/{}", crew.ben.id);
    crew.ask(&crew.ana, &line, &Value::Null).await.is(204);
    let out = ben.is_told("read_messages", json!({})).await;
    assert!(out.contains("in no mesh yet"), "{out}");
    let out = ben.is_told("read_messages", json!({ "mesh": crew.mesh })).await;
    assert!(out.contains("in no mesh called"), "{out}");
}

#[tokio::test]
async fn an_agent_that_says_nothing_is_there_for_a_while() {
    let crew = Crew::new().await;
    let ben = Agent::of(&crew, &crew.ben);
    let made = ben.gets("create_task", json!({ "title": "Build it" })).await;
    ben.gets("claim_task", json!({ "number": made["task"]["number"] })).await;
    assert_eq!(crew.there(&crew.ida).await, ["ben"]);
    // Two requests of one sign-in are one agent's; another sign-in is another.
    let second = Agent::let_in(&crew, &crew.ben, None).await;
    second.gets("read_messages", json!({})).await;
    ben.gets("read_messages", json!({})).await;
    assert_eq!(crew.there(&crew.ida).await, ["ben", "ben-2"]);
    let heartbeats = || crew.server.running.state().heartbeats.take();
    let heard = heartbeats();
    assert_eq!(heard.len(), 2, "{heard:?}");
    let store = &crew.server.running.state().store;
    store.heard_from(heard).await.expect("it answers");
    // To say what it is at makes it no shorter.
    ben.gets("set_status", json!({ "status": "working" })).await;
    heartbeats();
    crew.server.clock.advance(14 * MINUTE);
    assert_eq!(crew.there(&crew.ida).await, ["ben", "ben-2"]);
    let state = async || {
        let list = crew.ask(&crew.ida, "GET tasks", &Value::Null).await.is(200).json();
        list["data"][0]["state"].clone()
    };
    assert_eq!(state().await, "claimed");
    crew.server.clock.advance(2 * MINUTE);
    assert_eq!(crew.there(&crew.ida).await, [""; 0]);
    crew.server.clock.advance(2 * MINUTE);
    assert_eq!(state().await, "open");
    // What was written meanwhile is there when it comes again, by the same name.
    crew.writes(&crew.ida, "ben", "still there?").await;
    assert_eq!(texts(&ben.gets("read_messages", json!({})).await), ["still there?"]);
    assert_eq!(crew.there(&crew.ida).await, ["ben"]);
}

#[tokio::test]
async fn whoever_stops_waiting_was_given_nothing() {
    let crew = Crew::new().await;
    let ben = Agent::of(&crew, &crew.ben);
    {
        let waiting = ben.gets("wait_for_message", json!({}));
        tokio::select! {
            given = waiting => panic!("nobody wrote: {given}"),
            () = crew.until_waiting(1) => {}
        }
    }
    crew.until_waiting(0).await;
    crew.writes(&crew.ida, "ben", "to whom it may concern").await;
    let given = ben.gets("wait_for_message", json!({})).await;
    assert_eq!(texts(&given), ["to whom it may concern"]);
    // Signed out meanwhile.
    let (told, ()) = tokio::join!(ben.is_told("wait_for_message", json!({})), async {
        crew.until_waiting(1).await;
        let end = "DELETE /api/my/cli/sessions/current";
        crew.server.with(&crew.ben.token, end, "").await.is(204);
        crew.writes(&crew.ida, "ben", "too late").await;
    });
    assert!(told.contains("(invalid_token)"), "{told}");
}

#[tokio::test]
async fn an_instance_that_stops_lets_go_of_who_waits() {
    let crew = Crew::new().await;
    let ben = Agent::of(&crew, &crew.ben);
    let (given, ()) = tokio::join!(ben.gets("wait_for_message", json!({})), async {
        crew.until_waiting(1).await;
        crew.server.running.state().end_waits();
    });
    assert_eq!(texts(&given), [""; 0]);
}

crate::server::on_postgres::on_postgres!(
    both_eras_are_spoken,
    what_is_no_message_of_the_protocol_is_refused_in_words,
    two_agents_meet_write_and_work,
    what_is_wrong_is_the_answer_of_the_tool,
    an_agent_that_says_nothing_is_there_for_a_while,
    whoever_stops_waiting_was_given_nothing,
    an_instance_that_stops_lets_go_of_who_waits,
);
