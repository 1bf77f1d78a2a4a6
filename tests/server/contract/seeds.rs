//! What a run of schemathesis is given to ask with: somebody's token, and a little of
//! everything that there is.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crewmesh::secret::Secret;
use crewmesh::server::domain::device_code_state::Decision;
use crewmesh::wire::{DEVICE_CODE_GRANT, PUBLIC_CLIENT_ID};
use serde_json::{Value, json};

use crate::server::{PASSWORD, TestServer};

/// What path parameters, queries and bodies are filled from: operation, where,
/// from which list of [`Seeds`].
const FILLED: [(&str, &str, &str); 88] = [
    ("mesh", "path.id", "meshes"),
    ("changeMesh", "path.id", "meshes"),
    ("removeMesh", "path.id", "spare meshes"),
    ("members", "path.id", "meshes"),
    ("changeMember", "path.id", "meshes"),
    ("changeMember", "path.member", "members"),
    ("removeMember", "path.id", "meshes"),
    ("removeMember", "path.member", "spare members"),
    ("invites", "path.id", "meshes"),
    ("createInvite", "path.id", "meshes"),
    ("revokeInvite", "path.id", "invites"),
    ("previewInvite", "path.code", "codes of invites"),
    ("acceptInvite", "path.code", "codes of invites"),
    ("changeMachine", "path.id", "machines"),
    ("removeMachine", "path.id", "machines"),
    ("registerMachine", "body.anchor", "anchors"),
    ("connect", "body.provider", "providers"),
    ("disconnect", "path.id", "spare connections"),
    ("lease", "path.id", "connections"),
    ("checkConnection", "path.id", "connections"),
    ("shares", "path.id", "meshes"),
    ("share", "path.id", "meshes"),
    ("share", "body.connection", "connections"),
    ("unshare", "path.id", "meshes"),
    ("unshare", "path.connection", "spare shares"),
    ("leaseShared", "path.id", "meshes"),
    ("leaseShared", "path.connection", "connections"),
    ("startDeviceFlow", "path.provider", "providers with codes"),
    ("deviceFlow", "path.id", "flows"),
    ("dropDeviceFlow", "path.id", "spare flows"),
    ("revokeSession", "path.id", "sessions"),
    ("revokeToken", "path.id", "tokens"),
    ("card", "path.code", "codes to see"),
    ("approveCode", "path.code", "codes to approve"),
    ("approveCode", "body.password", "passwords"),
    ("createToken", "body.password", "passwords"),
    ("createServiceClient", "body.password", "passwords"),
    ("denyCode", "path.code", "codes to deny"),
    ("pollCode", "path.code", "device codes"),
    ("token", "body.device_code", "device codes"),
    ("token", "body.client_id", "clients"),
    ("token", "body.grant_type", "grants"),
    ("authorizeDevice", "body.client_id", "clients"),
    ("authorizeDevice", "body.resource", "resources"),
    ("introspect", "body.token", "live tokens"),
    ("introspect", "body.client_id", "clients"),
    ("revoke", "body.token", "spare tokens"),
    ("revoke", "body.client_id", "clients"),
    ("revokeServiceClient", "path.id", "spare clients"),
    ("addToMesh", "path.id", "clients"),
    ("addToMesh", "path.mesh", "meshes"),
    ("removeFromMesh", "path.id", "clients"),
    ("removeFromMesh", "path.mesh", "meshes"),
    ("peers", "path.id", "busy meshes"),
    ("beginPeer", "path.id", "busy meshes"),
    ("changePeer", "path.id", "busy meshes"),
    ("changePeer", "path.peer", "peers"),
    ("endPeer", "path.id", "busy meshes"),
    ("endPeer", "path.peer", "spare peers"),
    ("messages", "path.id", "busy meshes"),
    ("sendMessage", "path.id", "busy meshes"),
    ("sendMessage", "body.to", "addresses"),
    ("sendMessage", "body.as", "peers"),
    ("inbox", "path.id", "busy meshes"),
    ("inbox", "query.as", "peers"),
    ("readMessages", "path.id", "busy meshes"),
    ("readMessages", "body.as", "peers"),
    ("mute", "path.id", "busy meshes"),
    ("mute", "path.member", "members"),
    ("unmute", "path.id", "busy meshes"),
    ("unmute", "path.member", "members"),
    ("block", "path.id", "busy meshes"),
    ("block", "path.member", "members"),
    ("unblock", "path.id", "busy meshes"),
    ("unblock", "path.member", "members"),
    ("tasks", "path.id", "busy meshes"),
    ("createTask", "path.id", "busy meshes"),
    ("createTask", "body.as", "peers"),
    ("claimTask", "path.id", "busy meshes"),
    ("claimTask", "path.number", "open tasks"),
    ("claimTask", "body.as", "peers"),
    ("finishTask", "path.id", "busy meshes"),
    ("finishTask", "path.number", "claimed tasks"),
    ("finishTask", "body.as", "peers"),
    ("dropTask", "path.id", "busy meshes"),
    ("dropTask", "path.number", "spare tasks"),
    ("dropTask", "body.as", "peers"),
    ("events", "path.id", "busy meshes"),
];

/// Somebody's token, and what they have.
pub(super) struct Seeds {
    pub(super) token: Secret,
    /// A registered client's id and secret.
    client: Option<(String, String)>,
    lists: BTreeMap<&'static str, Vec<String>>,
}

impl Seeds {
    /// Somebody new with a little of everything that there is.
    pub(super) async fn of(server: &TestServer, name: &str, admin: bool) -> Self {
        let who = server.account_of(name, admin).await;
        let token = server.session(&who).await;
        let mut seeds = Self { token, client: None, lists: BTreeMap::new() };
        for (list, count) in [("meshes", 2), ("spare meshes", 2)] {
            for number in 0..count {
                let body = json!({ "name": format!("{list} {name} {number}") });
                let mesh = seeds.make(server, "/api/my/meshes", body).await;
                seeds.add(list, &mesh["id"]);
            }
        }
        let invites = format!("/api/my/meshes/{}/invites", seeds.lists["meshes"][0]);
        for uses in [1, 50, 50, 50] {
            let invite = seeds.make(server, &invites, json!({ "max_uses": uses })).await;
            seeds.add("invites", &invite["id"]);
            seeds.add("codes of invites", &invite["code"]);
        }
        for (list, code) in [("members", 0), ("spare members", 1)] {
            let guest = server.account(&format!("Of the {list} of {name}")).await;
            let guests = server.session(&guest).await;
            let code = &seeds.lists["codes of invites"][code];
            server.with(&guests, &format!("POST /api/invites/{code}/accept"), "").await.is(200);
            seeds.add(list, &json!(guest.id));
        }
        seeds.at_work(server, name).await;
        for number in 0..3 {
            let anchor = format!("{number:064x}");
            let body = json!({ "anchor": anchor, "name": format!("box {number}") });
            let machine = seeds.make(server, "/api/my/machines", body).await;
            seeds.add("machines", &machine["id"]);
            seeds.add("anchors", &json!(anchor));
        }
        for (list, provider) in [("connections", "anthropic"), ("spare connections", "openai")] {
            let body = json!({
                "provider": provider, "way": "token", "kind": "api_key", "secret": "sk-x",
            });
            let made = seeds.make(server, "/api/my/providers", body).await;
            seeds.add("providers", &json!(provider));
            seeds.add(list, &made["id"]);
        }
        let body = json!({
            "provider": "groq", "way": "token", "kind": "api_key", "secret": "sk-x",
        });
        let spare = seeds.make(server, "/api/my/providers", body).await;
        seeds.add("spare shares", &spare["id"]);
        for mesh in seeds.lists["meshes"].clone() {
            for list in ["connections", "spare shares"] {
                let body = json!({ "connection": seeds.lists[list][0] });
                seeds.make(server, &format!("/api/my/meshes/{mesh}/providers"), body).await;
            }
        }
        seeds.add("providers with codes", &json!("github"));
        for list in ["flows", "spare flows"] {
            let body = json!({ "label": list });
            let begun = seeds.make(server, "/api/device-flow/github/start", body).await;
            seeds.add(list, &begun["id"]);
        }
        for list in ["live tokens", "spare tokens"] {
            let minted = seeds.make(server, "/api/my/cli/tokens", json!({ "name": list })).await;
            seeds.add("tokens", &minted["id"]);
            seeds.add(list, &minted["token"]);
        }
        seeds.add("live tokens", &json!("cm_pat_unknown"));
        server.session(&who).await;
        let sessions = server.with(&seeds.token, "GET /api/my/cli/sessions", "").await.json();
        let mut sessions = sessions["data"].as_array().expect("a list").iter();
        let other = sessions.find(|session| session["current"] == false);
        seeds.add("sessions", &other.expect("the second")["id"]);
        for list in ["codes to see", "codes to approve", "codes to deny"] {
            for _ in 0..2 {
                let codes = server.ask().await;
                seeds.add(list, &json!(codes.user));
                seeds.add("device codes", &json!(codes.device));
            }
        }
        for decision in [Decision::Approve, Decision::Deny] {
            let codes = server.ask().await;
            server.settle(&codes, &who, decision).await;
            seeds.add("device codes", &json!(codes.device));
        }
        for path in ["", "/mcp"] {
            seeds.add("resources", &json!(format!("http://{}{path}", server.host())));
        }
        seeds.add("passwords", &json!(PASSWORD));
        seeds.add("grants", &json!(DEVICE_CODE_GRANT));
        if admin {
            seeds.add("grants", &json!("client_credentials"));
            for list in ["clients", "spare clients"] {
                let body = json!({ "name": list, "scopes": ["mesh:read", "token:introspect"] });
                let client = seeds.make(server, "/api/admin/service-clients", body).await;
                seeds.add(list, &client["id"]);
                let text = |member: &str| client[member].as_str().expect("text").to_owned();
                seeds.client.get_or_insert((text("client_id"), text("client_secret")));
            }
        } else {
            seeds.add("clients", &json!(PUBLIC_CLIENT_ID));
        }
        seeds
    }

    /// Peers and tasks of a mesh in which others write, too.
    async fn at_work(&mut self, server: &TestServer, name: &str) {
        let mesh = self.lists["meshes"][0].clone();
        self.add("busy meshes", &json!(mesh));
        let within = |path: &str| format!("/api/my/meshes/{mesh}/{path}");
        for (list, number) in [("peers", 1), ("peers", 2), ("spare peers", 3), ("spare peers", 4)] {
            let id = format!("session-of-{name}-{number:016}");
            let peer = self.make(server, &within("peers"), json!({ "id": id })).await;
            self.add(list, &peer["id"]);
            self.add("addresses", &peer["name"]);
        }
        self.add("addresses", &json!("*"));
        for list in ["open tasks", "claimed tasks", "spare tasks"] {
            for _ in 0..4 {
                let task = self.make(server, &within("tasks"), json!({ "title": list })).await;
                let number = task["number"].to_string();
                if list == "claimed tasks" {
                    let claim = within(&format!("tasks/{number}/claim"));
                    server.with(&self.token, &format!("POST {claim}"), "{}").await.is(200);
                }
                self.add(list, &json!(number));
            }
        }
        let new = json!({ "to": "*", "text": "hello", "kind": "ask" });
        self.make(server, &within("messages"), new).await;
    }

    async fn make(&self, server: &TestServer, path: &str, body: Value) -> Value {
        let line = format!("POST {path}");
        server.with(&self.token, &line, &body.to_string()).await.is(201).json()
    }

    fn add(&mut self, list: &'static str, value: &Value) {
        let value = value.as_str().unwrap_or_else(|| panic!("{list}: {value}"));
        self.lists.entry(list).or_default().push(value.to_owned());
    }

    /// The settings of a run that asks with `token`, or with none.
    pub(super) fn settings(&self, token: Option<&Secret>) -> String {
        let mut text = SETTINGS.to_owned();
        if let Some(token) = token {
            let _ = writeln!(text, "[auth.openapi.bearer]\nbearer = {:?}", token.expose());
        }
        if let Some((id, secret)) = self.client.as_ref().filter(|_| token.is_some()) {
            let _ = writeln!(text, "[auth.openapi.client]\nusername = {id:?}");
            let _ = writeln!(text, "password = {secret:?}");
        }
        for (list, values) in &self.lists {
            // What is a number in a path is one here.
            let is_number = list.ends_with("tasks");
            let values = values
                .iter()
                .map(|value| if is_number { value.clone() } else { format!("{value:?}") });
            let values = values.collect::<Vec<_>>().join(", ");
            let _ = writeln!(text, "[dictionaries.{list:?}]\nvalues = [{values}]");
        }
        let mut filled: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for (operation, place, list) in FILLED {
            if self.lists.contains_key(list) {
                // What takes something away is given nothing that others need, nor what
                // schemathesis saw in a reply.
                let chance = if list.starts_with("spare ") { 1.0 } else { 0.9 };
                let from =
                    format!("{place:?} = {{ dictionary = {list:?}, probability = {chance:?} }}");
                filled.entry(operation).or_default().push(from);
            }
        }
        for (operation, from) in filled {
            let _ = writeln!(text, "[[operations]]\ninclude-operation-id = {operation:?}");
            let _ = writeln!(text, "parameters = {{ {} }}", from.join(", "));
        }
        text
    }
}

/// The same requests each time: a fault that was found is found again.
const SETTINGS: &str = r#"
color = false
continue-on-failure = true
workers = 1

[generation]
deterministic = true
database = "none"
max-examples = 10

[cache]
enabled = false

# What a schema cannot say (no such code, the last administrator) is refused.
[checks.positive_data_acceptance]
enabled = false

[phases.examples]
enabled = false

# What is wrong in every way there is; then much that is right.
[phases.fuzzing.generation]
mode = "positive"

[phases.stateful]
enabled = false

"#;
