//! On PostgreSQL, where two nodes write at once: whoever signs an account out
//! everywhere does not miss the session that is being made at that moment.

use crewmesh::secret::Secret;
use crewmesh::server::domain::device_code_state::Decision;
use crewmesh::server::domain::resource::Resource;
use crewmesh::server::operations::authorization_codes::{self, Consent};
use crewmesh::server::operations::{Account, invites, members, meshes, sessions};
use crewmesh::server::{Config, Database};
use crewmesh::wire::{NewInvite, Role};
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

/// What comes of `first`, which waits just before it is committed until `second`
/// waits too, and of that.
async fn in_turn<A, B>(
    made: &Made,
    first: impl Future<Output = A>,
    second: impl Future<Output = B>,
) -> (A, B) {
    // Nothing is written down: the last thing each does before it commits.
    let mut clerk = PgConnection::connect(&made.url).await.expect("it is there");
    clerk.execute("BEGIN; LOCK TABLE audit IN SHARE MODE").await.expect("it locks");
    let after = async {
        until_waiting(made, 1).await;
        let letting_go = async {
            until_waiting(made, 2).await;
            clerk.execute("COMMIT").await.expect("it lets go");
        };
        tokio::join!(second, letting_go).0
    };
    tokio::join!(first, after)
}

/// Sends `form` for a session of Ana's, signs her out everywhere while it is
/// being made, and gives the answer.
async fn signed_out_meanwhile(
    made: &Made,
    server: &TestServer,
    ana: &Account,
    form: &str,
) -> Answer {
    let (_, by) = server.browser(ana).await;
    let ending = sessions::revoke_all(server.running.state(), &by);
    let (answer, ended) = Box::pin(in_turn(made, server.form("/oauth/token", form), ending)).await;
    assert_eq!(ended.expect("it is hers to do"), 1, "the session that was being made");
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

    let consent = Consent {
        client_id: "crewmesh".into(),
        client_name: "crewmesh".into(),
        redirect_uri: BACK.into(),
        scopes: "mesh:read".into(),
        resource: Resource::Instance,
        refreshes: false,
        challenge: CHALLENGE.into(),
    };
    let (_, by) = server.browser(&ana).await;
    let code = authorization_codes::approve(server.running.state(), &by, consent).await;
    let code = code.expect("it is kept");
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

/// What is taken from somebody counts from when that is committed: whoever waits
/// for it writes nothing any more, and whoever is writing is waited for.
#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_may_do_is_taken_before_they_write_or_after() {
    if !need("postgres") {
        return;
    }
    let made = cluster().database();
    let server = world_on(&made).await;
    let (ana, ben) = (server.account_of("Ana", true).await, server.account("Ben").await);
    let (state, (_, by)) = (server.running.state(), server.browser(&ana).await);
    let mesh = meshes::create(state, &by, "Ops", None).await.expect("it is new").id;
    let new = NewInvite { role: Role::Admin, email: None, expires_in_days: 1, max_uses: 1 };
    let (invite, _) = invites::create(state, &by, &mesh, new).await.expect("it is kept");
    let (_, bens) = server.browser(&ben).await;
    invites::accept(state, &bens, invite.code.expose()).await.expect("he joins");

    let mut clerk = PgConnection::connect(&made.url).await.expect("it is there");
    let client = "{\"name\":\"ci\",\"scopes\":[\"mesh:read\"]}";
    for (loss, status, error) in [
        ("UPDATE credentials SET revoked_at = 1", 401, "invalid_token"),
        ("UPDATE accounts SET admin = 0", 403, "insufficient_scope"),
    ] {
        let token = server.session(&ana).await;
        server.use_once(&token).await.is(200);
        clerk.execute("BEGIN").await.expect("it begins");
        clerk.execute(loss).await.expect("it is taken");
        let taking = async {
            until_waiting(&made, 1).await;
            clerk.execute("COMMIT").await.expect("it is committed");
        };
        let asked = server.with(&token, "POST /api/admin/service-clients", client);
        let (answer, ()) = tokio::join!(asked, taking);
        answer.says_no(status, error);
    }

    let token = server.session(&ana).await;
    server.use_once(&token).await.is(200);
    let line = format!("PATCH /api/my/meshes/{mesh}");
    let rename = async || server.with(&token, &line, "{\"name\":\"Other\"}").await;
    let demote = async || members::set_role(state, &bens, &mesh, &ana.id, Role::Member).await;
    let (renamed, demoted) = Box::pin(in_turn(&made, rename(), demote())).await;
    renamed.is(200);
    demoted.expect("once that was written");
    members::set_role(state, &bens, &mesh, &ana.id, Role::Admin).await.expect("it is Ben's to do");
    let (demoted, renamed) = Box::pin(in_turn(&made, demote(), rename())).await;
    demoted.expect("nobody is in the way");
    renamed.says_no(403, "not_an_admin");
    server.running.stop().await;
}
