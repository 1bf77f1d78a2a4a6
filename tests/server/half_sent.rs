//! Requests whose body comes long after their head: what was lost meanwhile is
//! lost, whoever kept the other half.

use crewmesh::server::operations::{Page, Principal, meshes, service_clients, sessions, tokens};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::{TestServer, parsed};
use crate::support::PATIENCE;

/// A request of which the last letter of the body is not sent yet.
struct Half {
    stream: TcpStream,
    last: String,
}

impl Half {
    async fn send(server: &TestServer, line: &str, headers: &[&str], body: &str) -> Self {
        let (first, last) = body.split_at(body.len() - 1);
        let head = format!(
            "{line} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n{}\r\nContent-Length: {}\r\n\r\n",
            server.host(),
            headers.join("\r\n"),
            body.len()
        );
        let mut stream = TcpStream::connect(server.running.address()).await.expect("it listens");
        stream.write_all((head + first).as_bytes()).await.expect("it is taken");
        Self { stream, last: last.to_owned() }
    }

    /// Sends the rest; the status of the answer.
    async fn finish(mut self) -> u16 {
        let finished = async {
            self.stream.write_all(self.last.as_bytes()).await.expect("it is taken");
            let mut answer = String::new();
            self.stream.read_to_string(&mut answer).await.expect("it answers");
            parsed(&answer).status
        };
        tokio::time::timeout(PATIENCE, finished).await.expect("it answers")
    }
}

#[tokio::test]
async fn what_is_lost_before_the_rest_of_a_request_comes_is_lost() {
    let server = TestServer::new().await;
    let ana = server.account_of("Ana", true).await;
    let elsewhere = Principal::at_terminal(ana.clone());
    let state = server.running.state();
    let mesh = server
        .with(&server.session(&ana).await, "POST /api/my/meshes", "{\"name\":\"Ops\"}")
        .await
        .is(201)
        .text("id");
    // A rolling set: the next are begun before those before are finished.
    let mut kept: Vec<Half> = Vec::new();
    for _ in 0..5 {
        let session = server.session(&ana).await;
        let (cookie, csrf) = server.web_session(&ana).await;
        let codes = server.ask().await;
        let bearer = format!("Authorization: Bearer {}", session.expose());
        let cookie = format!("Cookie: {cookie}");
        let form = "Content-Type: application/x-www-form-urlencoded";
        let invites = format!("POST /api/my/meshes/{mesh}/invites");
        let approve = format!("POST /api/auth/cli/device-code/{}/approve", codes.user);
        for (line, body) in [
            ("POST /api/my/cli/tokens", "{\"name\":\"ci\",\"expires_in_days\":30}"),
            ("POST /api/my/meshes", "{\"name\":\"Other\"}"),
            (invites.as_str(), "{\"role\":\"admin\"}"),
            ("POST /api/admin/service-clients", "{\"name\":\"ci\",\"scopes\":[\"mesh:read\"]}"),
            (approve.as_str(), "{}"),
        ] {
            kept.push(Half::send(&server, line, &[&bearer], body).await);
        }
        for (line, fields) in [
            (format!("POST /D/{}", codes.user), "&decision=approve"),
            ("POST /settings/tokens".to_owned(), "&name=ci&days=30&scope=mesh%3Aread"),
            ("POST /meshes".to_owned(), "&name=Other"),
        ] {
            let body = format!("csrf={csrf}{fields}");
            kept.push(Half::send(&server, &line, &[&cookie, form], &body).await);
        }
        let before = everything_of(&server, &elsewhere).await;
        sessions::revoke_all(state, &elsewhere).await.expect("it is hers to do");
        let mut answers = Vec::new();
        for half in kept.drain(..) {
            answers.push(half.finish().await);
        }
        assert_eq!(answers, [401, 401, 401, 401, 401, 403, 403, 403], "nobody is signed in");
        assert_eq!(everything_of(&server, &elsewhere).await, before);
        assert!(server.poll(&codes, &[]).await.body.contains("authorization_pending"));
    }
}

/// What Ana has, but for what she is signed in by.
async fn everything_of(server: &TestServer, by: &Principal) -> Vec<u64> {
    let (state, page) = (server.running.state(), Page::default());
    vec![
        tokens::list(state, by, &page).await.expect("it answers").total,
        meshes::list(state, by, &page).await.expect("it answers").total,
        service_clients::list(state, by, &page).await.expect("it answers").total,
    ]
}

super::on_postgres::on_postgres!(what_is_lost_before_the_rest_of_a_request_comes_is_lost);
