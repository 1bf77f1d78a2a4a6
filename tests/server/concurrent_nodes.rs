//! On PostgreSQL, where two nodes write at once: whoever signs an account out
//! everywhere does not miss the session that is being made at that moment.

use crewmesh::secret::Secret;
use crewmesh::server::domain::audit_action::AuditAction;
use crewmesh::server::domain::device_code_state::Decision;
use crewmesh::server::store::{Account, Event, NewAuthorizationCode};
use crewmesh::server::{Config, Database};
use sqlx::{Connection as _, Executor as _, PgConnection};

use super::{Answer, GRANT, TestServer};
use crate::support::postgres::{KEY, Made, cluster};
use crate::support::{PATIENCE, need};

/// RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// Where the browser took the code.
const BACK: &str = "http://127.0.0.1:53117/back";

async fn world_on(made: &Made) -> TestServer {
    let mut config = Config::in_memory();
    config.database = Database::Postgres(Secret::new(made.url.as_str()));
    config.key = Some(Secret::new(KEY));
    TestServer::of(config).await
}

/// Waits until so many transactions wait for a lock.
async fn until_waiting(made: &Made, count: usize) {
    let sql = format!(
        "SELECT COUNT(*) FROM pg_stat_activity
         WHERE datname = '{}' AND wait_event_type = 'Lock'",
        made.name
    );
    let waiting = async {
        while cluster().ask(&sql).trim() != count.to_string() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.expect("they wait for each other");
}

/// Sends `form` for a session of Ana's, signs her out everywhere while it is
/// being made, and gives the answer.
async fn signed_out_meanwhile(
    made: &Made,
    server: &TestServer,
    ana: &Account,
    form: &str,
) -> Answer {
    // Nothing is written down, so the session waits just before it is there.
    let mut clerk = PgConnection::connect(&made.url).await.expect("it is there");
    clerk.execute("BEGIN; LOCK TABLE audit IN SHARE MODE").await.expect("it locks");
    let making = server.form("/oauth/token", form);
    let ending = async {
        until_waiting(made, 1).await;
        let event = Event::new(AuditAction::SessionRevoked, &ana.id, "web", &ana.id);
        let (store, now) = (&server.running.state().store, server.clock.now());
        let ended = store.revoke_sessions(&ana.id, &event, now);
        let letting_go = async {
            until_waiting(made, 2).await;
            clerk.execute("COMMIT").await.expect("it lets go");
        };
        let (ended, ()) = tokio::join!(ended, letting_go);
        ended.expect("the database answers")
    };
    let (answer, ended) = tokio::join!(making, ending);
    assert_eq!(ended, 1, "the session that was being made");
    answer
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_is_being_made_ends_with_the_others() {
    if !need("postgres") {
        return;
    }
    let made = cluster().database();
    let server = world_on(&made).await;
    let ana = server.account("Ana").await;

    let codes = server.ask().await;
    server.settle(&codes, &ana, Decision::Approve).await;
    let form = format!("grant_type={GRANT}&client_id=crewmesh&device_code={}", codes.device);
    let answer = signed_out_meanwhile(&made, &server, &ana, &form).await;
    let token = Secret::new(answer.is(200).text("access_token"));
    server.with(&token, "GET /api/my/profile", "").await.says_no(401, "invalid_token");

    let code = Secret::new("cm_ac_of_a_test");
    let new = NewAuthorizationCode {
        client_id: "crewmesh".into(),
        account_id: ana.id.clone(),
        redirect_uri: BACK.into(),
        scopes: "mesh:read".into(),
        challenge: CHALLENGE.into(),
    };
    let event = |id: &str| Event::new(AuditAction::CodeApproved, &ana.id, "web", id);
    let (store, now) = (&server.running.state().store, server.clock.now());
    store.create_authorization_code(&code, &new, event, now).await.expect("it is kept");
    let form = format!(
        "grant_type=authorization_code&client_id=crewmesh&code={}&code_verifier={VERIFIER}\
         &redirect_uri={BACK}",
        code.expose()
    );
    let answer = signed_out_meanwhile(&made, &server, &ana, &form).await;
    let token = Secret::new(answer.is(200).text("access_token"));
    server.with(&token, "GET /api/my/profile", "").await.says_no(401, "invalid_token");
    server.running.stop().await;
}
