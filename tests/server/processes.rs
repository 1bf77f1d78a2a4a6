//! Several instances on one database file, as several processes have it.

use crewmesh::server::clock::Clock;
use crewmesh::server::domain::device_code_state::Decision;
use crewmesh::server::{Config, Database};

use super::{Codes, DAY, MINUTE, TestServer};

async fn on(home: &tempfile::TempDir, clock: Clock) -> TestServer {
    let mut config = Config::in_memory();
    config.database = Database::in_home(home.path());
    config.clock = clock;
    TestServer::of(config).await
}

async fn two_on(home: &tempfile::TempDir) -> (TestServer, TestServer) {
    let clock = Clock::standing();
    (on(home, clock.clone()).await, on(home, clock).await)
}

#[tokio::test]
async fn an_approval_elsewhere_answers_what_is_held_here() {
    let home = tempfile::tempdir().unwrap();
    let (here, there) = two_on(&home).await;
    let ana = there.account("Ana").await;
    let codes = here.ask().await;
    let (answer, ()) = tokio::join!(here.poll(&codes, &[("Prefer", "wait=25")]), async {
        here.until_held(1).await;
        there.settle(&codes, &ana, Decision::Approve).await;
    });
    assert_eq!(answer.is(200).header("preference-applied"), Some("wait=25"));
    let token = crewmesh::secret::Secret::new(answer.text("access_token"));
    there.with(&token, "GET /api/my/profile", "").await.is(200);
    there.with(&token, "DELETE /api/my/cli/sessions/current", "").await.is(204);
    here.with(&token, "GET /api/my/profile", "").await.says_no(401, "invalid_token");
    here.running.stop().await;
    there.running.stop().await;
}

#[tokio::test]
async fn a_page_that_is_opened_elsewhere_is_told_of_here() {
    let home = tempfile::tempdir().unwrap();
    let (here, there) = two_on(&home).await;
    let codes = here.ask().await;
    let body = format!(
        "grant_type={}&client_id=crewmesh&crewmesh_opened=0&device_code={}",
        super::GRANT,
        codes.device
    );
    let form = ("Content-Type", "application/x-www-form-urlencoded");
    let headers = [form, ("Prefer", "wait=25")];
    let (told, page) = tokio::join!(here.request("POST /oauth/token", &headers, &body), async {
        here.until_held(1).await;
        let line = format!("GET /login?next=%2FD%2F{}", codes.user.replace('-', ""));
        there.request(&line, &[("Accept", "text/html")], "").await
    });
    page.is(200);
    told.refuses(400, "authorization_pending");
    assert_eq!(told.json()["crewmesh_opened"]["step"], "opened");
    here.running.stop().await;
    there.running.stop().await;
}

#[tokio::test]
async fn the_words_beside_a_code_are_the_same_everywhere_for_its_life() {
    let home = tempfile::tempdir().unwrap();
    let (here, there) = two_on(&home).await;
    let ana = here.account("Ana").await;
    let session = here.session(&ana).await;
    let json = ("Content-Type", "application/json");
    for asked in [
        here.form("/oauth/device_authorization", "client_id=crewmesh").await,
        here.request("POST /api/auth/cli/device-code", &[json], "{}").await,
    ] {
        let (words, user_code) = (asked.text("crewmesh_words"), asked.text("user_code"));
        let card = format!("GET /api/auth/cli/device-code/{user_code}/card");
        assert_eq!(here.with(&session, &card, "").await.is(200).text("words"), words);
        here.clock.advance(4 * MINUTE);
        assert_eq!(there.with(&session, &card, "").await.is(200).text("words"), words);
    }
    here.running.stop().await;
    there.running.stop().await;
}

#[tokio::test]
async fn a_code_is_claimed_once_between_processes() {
    let home = tempfile::tempdir().unwrap();
    let (here, there) = two_on(&home).await;
    let ana = there.account("Ana").await;
    for _ in 0..10 {
        let codes = here.ask().await;
        here.settle(&codes, &ana, Decision::Approve).await;
        let (one, two) = tokio::join!(here.poll(&codes, &[]), there.poll(&codes, &[]));
        let mut statuses = [one.status, two.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 400], "{one:?} {two:?}");
    }
    // A repeat may come to another process than the claim did.
    let codes: Codes = here.ask().await;
    here.settle(&codes, &ana, Decision::Approve).await;
    let key = [("Idempotency-Key", "one")];
    let first = here.poll(&codes, &key).await.is(200).text("access_token");
    assert_eq!(there.poll(&codes, &key).await.is(200).text("access_token"), first);
    here.running.stop().await;
    there.running.stop().await;
}

#[tokio::test]
async fn one_of_them_forgets_what_ended_long_ago() {
    let home = tempfile::tempdir().unwrap();
    let (here, there) = two_on(&home).await;
    for _ in 0..3 {
        here.ask().await;
    }
    let later = here.clock.now() + 8 * DAY;
    let sweep = |server: &TestServer, now| {
        let store = server.running.state().store.clone();
        async move { store.sweep(now, 30).await.unwrap() }
    };
    let (one, two) = tokio::join!(sweep(&here, later), sweep(&there, later));
    // Where nodes count together, how often codes were asked for goes too.
    assert!(one + two >= 3, "the codes are gone: {one} {two}");
    assert_eq!(one * two, 0, "one of the two did it");
    here.ask().await;
    assert_eq!(sweep(&there, later + 59 * MINUTE).await, 0, "that was not an hour");
    assert!(sweep(&there, later + 60 * MINUTE).await >= 1);
    here.running.stop().await;
    there.running.stop().await;
}

#[tokio::test]
async fn nothing_secret_lies_in_the_files() {
    let home = tempfile::tempdir().unwrap();
    let server = on(&home, Clock::standing()).await;
    let ana = server.account("Ana").await;
    let codes = server.ask().await;
    server.settle(&codes, &ana, Decision::Approve).await;
    let token = server.poll(&codes, &[]).await.text("access_token");
    let session = crewmesh::secret::Secret::new(token.clone());
    let mesh = server.with(&session, "POST /api/my/meshes", "{\"name\":\"T\"}").await.text("id");
    let line = format!("POST /api/my/meshes/{mesh}/invites");
    let invite = server.with(&session, &line, "{}").await.text("code").replace('-', "");
    let plain = codes.user.replace('-', "");
    let pat = server.pat(&session, "{\"name\":\"ci\"}").await;
    #[cfg(unix)]
    if let Some(dump) = super::on_postgres::dumped() {
        assert!(dump.contains(&ana.id), "the dump is of this database");
        for secret in [&token, &codes.device, &codes.user, &plain, &invite, pat.expose()] {
            assert!(!dump.contains(secret as &str), "the database holds a secret");
        }
    }
    for entry in std::fs::read_dir(home.path()).unwrap() {
        let path = entry.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        for secret in [&token, &codes.device, &codes.user, &plain, &invite, pat.expose()] {
            let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!found, "{} holds a secret", path.display());
        }
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = path.metadata().unwrap().permissions().mode() & 0o777;
            assert_eq!(mode, 0o600, "{}", path.display());
        }
    }
    server.running.stop().await;
}

super::on_postgres::on_postgres!(
    one_of_them_forgets_what_ended_long_ago,
    an_approval_elsewhere_answers_what_is_held_here,
    a_page_that_is_opened_elsewhere_is_told_of_here,
    the_words_beside_a_code_are_the_same_everywhere_for_its_life,
    a_code_is_claimed_once_between_processes,
    nothing_secret_lies_in_the_files,
);
