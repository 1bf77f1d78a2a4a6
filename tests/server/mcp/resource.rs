//! What a token is good for is what it was asked for (RFC 8707).

use crewmesh::secret::Secret;
use crewmesh::server::domain::device_code_state::Decision;

use crate::server::authorize::{BACK, Reader, asking, landed, part, showing};
use crate::server::{Codes, GRANT, TestServer};

/// Opens `/mcp` and nothing else.
async fn opens_mcp_alone(server: &TestServer, token: &Secret) {
    server.with(token, "GET /mcp", "").await.is(405);
    for line in ["GET /api/my/profile", "GET /api/my/meshes", "POST /api/my/cli/tokens"] {
        server.without_password(token, line, "{}").await.says_no(401, "invalid_token");
    }
    for line in ["DELETE /api/my/cli/sessions/current", "DELETE /api/my/cli/sessions"] {
        server.with(token, line, "").await.says_no(401, "invalid_token");
    }
    server.with(token, "GET /oauth/userinfo", "").await.refuses(401, "invalid_token");
    let codes = server.ask().await;
    let approve = format!("POST /api/auth/cli/device-code/{}/approve", codes.user);
    server.with(token, &approve, "").await.says_no(401, "invalid_token");
}

async fn opens_all(server: &TestServer, token: &Secret) {
    server.with(token, "GET /mcp", "").await.is(405);
    server.with(token, "GET /api/my/profile", "").await.is(200);
}

fn token(answer: &crate::server::Answer) -> Secret {
    Secret::new(answer.is(200).text("access_token"))
}

#[tokio::test]
async fn a_token_for_mcp_opens_nothing_else() {
    let server = TestServer::new().await;
    let ana = server.account_of("Ana", true).await;
    let reader = Reader::new(&server, &ana).await;
    let base = format!("http://{}", server.host());
    let mcp = format!("{base}/mcp");
    let show = async |code: &str, more: &[(&str, &str)]| {
        server.form("/oauth/token", &showing(code, more)).await
    };
    // Asked for in both places, as clients do; its tools' scopes come without a word.
    let asked = asking("crewmesh", BACK, &[("resource", &mcp)]);
    let card = reader.look(&asked).await;
    assert!(card.is(200).body.contains("Show that an agent is at work"), "{}", card.body);
    let code = reader.allow(&asked).await;
    let answer = show(&code, &[("resource", &mcp)]).await;
    let scopes = "profile:read mesh:read invite:create machine:read presence:write";
    assert_eq!(answer.is(200).text("scope"), scopes);
    opens_mcp_alone(&server, &token(&answer)).await;

    // Whatever else is asked for there, no tool needs it.
    let scope = ("scope", "admin token:manage mesh:write mesh:read");
    let asked = asking("crewmesh", BACK, &[("resource", &mcp), scope]);
    let code = reader.allow(&asked).await;
    // More than was allowed is refused, and the code is good all the same.
    for other in [base.as_str(), "https://other.example/mcp", "nonsense"] {
        show(&code, &[("resource", other)]).await.refuses(400, "invalid_target");
    }
    let answer = show(&code, &[]).await;
    assert_eq!(answer.is(200).text("scope"), "mesh:read");
    opens_mcp_alone(&server, &token(&answer)).await;

    // What was allowed for all may be taken for less.
    let scope = ("scope", "profile:read mesh:write");
    let code = reader.allow(&asking("crewmesh", BACK, &[scope])).await;
    let answer = show(&code, &[("resource", &mcp)]).await;
    assert_eq!(answer.is(200).text("scope"), "profile:read");
    opens_mcp_alone(&server, &token(&answer)).await;
    // Who names the whole instance, or nothing, is given what they always were.
    for resource in [base.as_str(), ""] {
        let asked = asking("crewmesh", BACK, &[scope, ("resource", resource)]);
        let code = reader.allow(&asked).await;
        opens_all(&server, &token(&show(&code, &[("resource", resource)]).await)).await;
    }
    // A stranger's resource is told to the program.
    let asked = asking("crewmesh", BACK, &[("resource", "https://other.example/mcp")]);
    let back = landed(&reader.look(&asked).await);
    assert_eq!(part(&back, "error").as_deref(), Some("invalid_target"));
}

#[tokio::test]
async fn a_device_asks_for_mcp_as_a_browser_does() {
    let server = TestServer::new().await;
    let ana = server.account("Ana").await;
    let (base, path) = (format!("http://{}", server.host()), "/oauth/device_authorization");
    let ask = async |more: &str| {
        let asked = server.form(path, &format!("client_id=crewmesh{more}")).await;
        let codes =
            Codes { device: asked.is(200).text("device_code"), user: asked.text("user_code") };
        server.settle(&codes, &ana, Decision::Approve).await;
        format!("grant_type={GRANT}&device_code={}&client_id=crewmesh", codes.device)
    };
    let mcp = format!("&resource={base}/mcp");
    for (asked, claimed) in [(mcp.as_str(), ""), (&mcp, &*mcp), ("&scope=mesh:read", &*mcp)] {
        let form = ask(asked).await;
        let answer = server.form("/oauth/token", &format!("{form}{claimed}")).await;
        opens_mcp_alone(&server, &token(&answer)).await;
    }
    let form = ask(&mcp).await;
    let more = format!("{form}&resource={base}");
    server.form("/oauth/token", &more).await.refuses(400, "invalid_target");
    server.form("/oauth/token", &form).await.is(200);
    let strange = "client_id=crewmesh&resource=https://other.example";
    server.form(path, strange).await.refuses(400, "invalid_target");
}

#[tokio::test]
async fn a_service_client_asks_for_mcp_and_is_told_so_again() {
    let server = TestServer::new().await;
    let root = server.session(&server.account_of("Root", true).await).await;
    let body = "{\"name\":\"ci\",\"scopes\":[\"profile:read\",\"mesh:write\",\"mesh:read\"]}";
    let made = server.with(&root, "POST /api/admin/service-clients", body).await;
    let (id, secret) = (made.is(201).text("client_id"), made.text("client_secret"));
    let form = format!("client_id={id}&client_secret={secret}");
    let mcp = format!("http://{}/mcp", server.host());
    let ask = format!("{form}&grant_type=client_credentials&resource={mcp}");
    let answer = server.form("/oauth/token", &ask).await;
    assert_eq!(answer.is(200).text("scope"), "profile:read mesh:read");
    let bound = token(&answer);
    opens_mcp_alone(&server, &bound).await;
    let asked = format!("{form}&token={}", bound.expose());
    let told = server.form("/oauth/introspect", &asked).await.is(200).json();
    assert_eq!((&told["active"], &told["aud"]), (&true.into(), &mcp.into()));
}

crate::server::on_postgres::on_postgres!(
    a_token_for_mcp_opens_nothing_else,
    a_device_asks_for_mcp_as_a_browser_does,
    a_service_client_asks_for_mcp_and_is_told_so_again,
);
