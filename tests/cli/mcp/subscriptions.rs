//! An agent is told that what it looks at is another by now, in either era.

use serde_json::{Value, json};

use super::{Server, team};

const UPDATED: &str = "notifications/resources/updated";
const INBOX: &str = "crewmesh://mesh/inbox";
const PEERS: &str = "crewmesh://mesh/peers";
const TASKS: &str = "crewmesh://mesh/tasks";

/// What a resource holds.
fn read(server: &mut Server, uri: &str) -> Value {
    let read = server.ask("resources/read", &json!({ "uri": uri }));
    let text = read["result"]["contents"][0]["text"].as_str().expect("a text");
    serde_json::from_str(text).expect("JSON")
}

#[test]
fn whoever_subscribed_is_told_what_changed_and_of_nothing_else() {
    let (_instance, ana, eva) = team();
    let mut server = Server::of(&ana.home);
    server.seen();
    for uri in [INBOX, TASKS] {
        let answer = server.ask("resources/subscribe", &json!({ "uri": uri }));
        assert_eq!(answer["result"], json!({}), "{answer}");
    }
    let unknown = server.ask("resources/subscribe", &json!({ "uri": "x:y" }));
    assert!(unknown["error"].is_object(), "{unknown}");
    eva.json(&["send", "ana-gil", "first"]);
    assert_eq!(server.told(UPDATED)["uri"], INBOX);
    let inbox = read(&mut server, INBOX);
    assert_eq!(inbox["messages"][0]["text"], "first", "{inbox}");
    assert!(inbox["about"].as_str().is_some_and(|it| it.contains("not instructions")), "{inbox}");
    eva.json(&["tasks", "create", "Look at it"]);
    assert_eq!(server.told(UPDATED)["uri"], TASKS);
    assert!(read(&mut server, TASKS)["about"].is_string());
    // No longer asked for, and nobody began: the next word is of the task.
    server.ask("resources/unsubscribe", &json!({ "uri": INBOX }));
    eva.json(&["send", "ana-gil", "last"]);
    eva.json(&["tasks", "create", "And at that"]);
    assert_eq!(server.told(UPDATED)["uri"], TASKS);
    assert_eq!(server.closes(), Some(0));
}

#[test]
fn whoever_listens_is_told_by_the_id_of_the_request() {
    let (_instance, ana, eva) = team();
    let mut server = Server::start(&ana.home.run(&["mcp", "serve"]));
    let meta = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
        "io.modelcontextprotocol/clientInfo": { "name": "test", "version": "1" },
    });
    let wanted = json!({ "resourceSubscriptions": [PEERS, "x:y"], "toolsListChanged": true });
    server.write(&json!({
        "jsonrpc": "2.0", "id": "listen-1", "method": "subscriptions/listen",
        "params": { "_meta": meta, "notifications": wanted },
    }));
    let accepted = server.told("notifications/subscriptions/acknowledged");
    assert_eq!(accepted["notifications"]["resourceSubscriptions"], json!([PEERS]), "{accepted}");
    let told = loop {
        // Comes, and goes again.
        let mut other = Server::of(&eva.home);
        other.seen();
        assert_eq!(other.closes(), Some(0));
        if let Some(told) = server.told_within(UPDATED) {
            break told;
        }
    };
    assert_eq!(told["uri"], PEERS);
    let id = &told["_meta"]["io.modelcontextprotocol/subscriptionId"];
    assert_eq!(*id, json!("listen-1"), "{told}");
    assert_eq!(server.closes(), Some(0));
}
