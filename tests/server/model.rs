//! Whatever anybody does in whatever order: what an instance answers, and what there
//! is afterwards, is what a few lists in plain Rust say. They know nothing of how an
//! instance does it.

mod oracle;

use crewmesh::secret::Secret;
use crewmesh::server::store::Account;
use proptest::prelude::*;
use serde_json::{Value, json};

use self::oracle::{Oracle, Outcome, PEOPLE, Step};
use super::TestServer;
use super::on_postgres::on_postgres;
use crate::support::cases::{hold_for, seldom};

/// Walks of one run, unless more are asked for.
const WALKS: u32 = 12;

/// Everybody and everything there is, by the numbers that the oracle knows them by.
struct World {
    server: TestServer,
    people: Vec<Account>,
    credentials: Vec<Secret>,
    credential_ids: Vec<String>,
    meshes: Vec<String>,
    /// Each invite's id and code.
    invites: Vec<(String, String)>,
}

impl World {
    async fn new() -> Self {
        let server = TestServer::new().await;
        let mut people = Vec::new();
        for name in PEOPLE {
            people.push(server.account(name).await);
        }
        let (credentials, credential_ids) = (Vec::new(), Vec::new());
        let (meshes, invites) = (Vec::new(), Vec::new());
        Self { server, people, credentials, credential_ids, meshes, invites }
    }

    async fn ask(&self, by: usize, line: &str, body: &Value) -> super::Answer {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.server.with(&self.credentials[by], line, &body).await
    }

    /// The rows of a list, whole; `None` where it is refused.
    async fn list(&self, by: usize, path: &str) -> Option<Vec<Value>> {
        let answer = self.ask(by, &format!("GET {path}?limit=100"), &Value::Null).await;
        if answer.status != 200 {
            return None;
        }
        let list = answer.json();
        let rows = list["data"].as_array().expect("a list").clone();
        assert_eq!(list["total"], rows.len(), "{list}");
        Some(rows)
    }

    /// Notes a credential that was made just now: what it is, and what it is called.
    async fn keep(&mut self, token: Secret, own_list: &str) {
        self.credentials.push(token);
        let by = self.credentials.len() - 1;
        // The newest is first.
        let rows = self.list(by, own_list).await.expect("a session lists its own");
        let current = rows.iter().find(|row| row["current"] == true).expect("it is among them");
        self.credential_ids.push(current["id"].as_str().expect("an id").to_owned());
    }

    async fn take(&mut self, step: &Step) -> u16 {
        let none = Value::Null;
        match *step {
            Step::SignIn { person } => {
                let token = self.server.session(&self.people[person].clone()).await;
                self.keep(token, "/api/my/cli/sessions").await;
                200
            }
            Step::MakeToken { by } => {
                let answer =
                    self.ask(by, "POST /api/my/cli/tokens", &json!({ "name": "ci" })).await;
                if answer.status == 201 {
                    self.credentials.push(Secret::new(answer.text("token")));
                    self.credential_ids.push(answer.text("id"));
                }
                answer.status
            }
            Step::EndSession { by, which } => {
                let id = &self.credential_ids[which];
                self.ask(by, &format!("DELETE /api/my/cli/sessions/{id}"), &none).await.status
            }
            Step::EndToken { by, which } => {
                let id = &self.credential_ids[which];
                self.ask(by, &format!("DELETE /api/my/cli/tokens/{id}"), &none).await.status
            }
            Step::EndAllSessions { by } => {
                self.ask(by, "DELETE /api/my/cli/sessions", &none).await.status
            }
            Step::MakeMesh { by } => {
                let body = json!({ "name": format!("Mesh {}", self.meshes.len()) });
                let answer = self.ask(by, "POST /api/my/meshes", &body).await;
                if answer.status == 201 {
                    self.meshes.push(answer.text("id"));
                }
                answer.status
            }
            Step::RenameMesh { by, mesh, number } => {
                let body = json!({ "name": format!("Renamed {number}") });
                let line = format!("PATCH /api/my/meshes/{}", self.meshes[mesh]);
                self.ask(by, &line, &body).await.status
            }
            Step::RemoveMesh { by, mesh } => {
                let line = format!("DELETE /api/my/meshes/{}", self.meshes[mesh]);
                self.ask(by, &line, &none).await.status
            }
            Step::Invite { by, mesh, admin, uses } => {
                let role = if admin { "admin" } else { "member" };
                let line = format!("POST /api/my/meshes/{}/invites", self.meshes[mesh]);
                let answer = self.ask(by, &line, &json!({ "role": role, "max_uses": uses })).await;
                if answer.status == 201 {
                    self.invites.push((answer.text("id"), answer.text("code")));
                }
                answer.status
            }
            Step::RevokeInvite { by, invite } => {
                let line = format!("DELETE /api/my/invites/{}", self.invites[invite].0);
                self.ask(by, &line, &none).await.status
            }
            Step::Accept { by, invite } => {
                let line = format!("POST /api/invites/{}/accept", self.invites[invite].1);
                self.ask(by, &line, &none).await.status
            }
            Step::SetRole { by, mesh, member, admin } => {
                let role = if admin { "admin" } else { "member" };
                let (mesh, member) = (&self.meshes[mesh], &self.people[member].id);
                let line = format!("PATCH /api/my/meshes/{mesh}/members/{member}");
                self.ask(by, &line, &json!({ "role": role })).await.status
            }
            Step::RemoveMember { by, mesh, member } => {
                let (mesh, member) = (&self.meshes[mesh], &self.people[member].id);
                let line = format!("DELETE /api/my/meshes/{mesh}/members/{member}");
                self.ask(by, &line, &none).await.status
            }
        }
    }

    /// Everything there is, as everybody sees it.
    async fn compare(&self, oracle: &Oracle) {
        for (by, credential) in oracle.credentials.iter().enumerate() {
            let profile = self.ask(by, "GET /api/my/profile", &Value::Null).await;
            let Some(who) = credential.live.then_some(credential.person) else {
                assert_eq!(profile.status, 401, "credential {by}: {profile:?}");
                continue;
            };
            assert_eq!(profile.is(200).text("id"), self.people[who].id);
            let mut seen: Vec<_> = self.list(by, "/api/my/meshes").await.expect("their own");
            seen.sort_by_key(|mesh| mesh["id"].to_string());
            let mut known: Vec<_> = oracle
                .meshes_of(who)
                .map(|(mesh, facts)| {
                    json!({ "id": self.meshes[mesh], "role": oracle::word(facts.members[&who]),
                    "name": facts.name, "member_count": facts.members.len() })
                })
                .collect();
            known.sort_by_key(|mesh| mesh["id"].to_string());
            for mesh in &mut seen {
                let members = mesh.as_object_mut().expect("a mesh");
                members.retain(|name, _| {
                    ["id", "role", "name", "member_count"].contains(&name.as_str())
                });
            }
            assert_eq!(seen, known, "meshes of {who}");
            for (path, is_session) in
                [("/api/my/cli/sessions", true), ("/api/my/cli/tokens", false)]
            {
                let rows = self.list(by, path).await.expect("their own");
                let mut seen: Vec<_> =
                    rows.iter().map(|row| row["id"].as_str().expect("an id")).collect();
                let live = oracle.credentials.iter().zip(&self.credential_ids);
                let mut known: Vec<_> = live
                    .filter(|(one, _)| {
                        one.live && one.person == who && one.is_session == is_session
                    })
                    .map(|(_, id)| id.as_str())
                    .collect();
                seen.sort_unstable();
                known.sort_unstable();
                assert_eq!(seen, known, "{path} of {who}");
            }
            for (mesh, id) in self.meshes.iter().enumerate() {
                let rows = self.list(by, &format!("/api/my/meshes/{id}/members")).await;
                let seen = rows.map(|rows| {
                    let pair = |row: &Value| (row["id"].to_string(), row["role"].to_string());
                    let mut all: Vec<_> = rows.iter().map(pair).collect();
                    all.sort();
                    all
                });
                let known = oracle.seen(who, mesh).map(|facts| {
                    let pair = |(who, admin): (&usize, &bool)| {
                        (
                            format!("{:?}", self.people[*who].id),
                            format!("{:?}", oracle::word(*admin)),
                        )
                    };
                    let mut all: Vec<_> = facts.members.iter().map(pair).collect();
                    all.sort();
                    all
                });
                assert_eq!(seen, known, "members of {mesh} as {who} sees them");
                let rows = self.list(by, &format!("/api/my/meshes/{id}/invites")).await;
                let seen = rows.map(|rows| {
                    let mut all: Vec<_> = rows
                        .iter()
                        .map(|row| row["id"].as_str().expect("an id").to_owned())
                        .collect();
                    all.sort();
                    all
                });
                let known = oracle.open_invites(who, mesh).map(|open| {
                    let mut all: Vec<_> =
                        open.map(|invite| self.invites[invite].0.clone()).collect();
                    all.sort();
                    all
                });
                assert_eq!(seen, known, "invites of {mesh} as {who} sees them");
            }
        }
    }
}

/// One walk; what is done, and by whom, is read off `choices`.
async fn walk(choices: &[(u8, u16, u16, u16)]) {
    let (mut world, mut oracle) = (World::new().await, Oracle::new());
    for person in 0..PEOPLE.len() {
        let step = Step::SignIn { person };
        oracle.take(&step);
        world.take(&step).await;
    }
    let mut taken = Vec::new();
    for choice in choices {
        let Some(step) = oracle.step(*choice) else { continue };
        let Outcome(expected) = oracle.take(&step);
        let status = world.take(&step).await;
        taken.push(step);
        assert_eq!(status, expected, "the last of {taken:#?}");
    }
    world.compare(&oracle).await;
}

fn walks() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.expect("a runtime");
    let choices = prop::collection::vec(any::<(u8, u16, u16, u16)>(), 40..80);
    hold_for(seldom(WALKS), choices, |choices| runtime.block_on(walk(&choices)));
}

#[test]
fn whatever_is_done_in_whatever_order_is_what_the_lists_say() {
    walks();
}

on_postgres!(whatever_is_done_in_whatever_order_is_what_the_lists_say);
