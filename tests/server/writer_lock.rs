//! An SQLite file that another process keeps for writing, for longer than anybody
//! waits: a copy being made, a shell in which somebody forgot a transaction. Whoever
//! writes is told to come back, again and again; whoever reads notices nothing; and
//! once the other lets go everything works without a restart.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use crewmesh::secret::Secret;
use futures_util::future::join_all;

use super::faults::{on_file, until_ready, works, write};
use super::{Answer, TestServer};
use crate::support::PATIENCE;

/// The file that is kept, told to the process that keeps it.
const KEPT: &str = "CREWMESH_TEST_KEPT_FILE";

/// Another process, which keeps a file for as long as this lives.
struct Keeper {
    process: Child,
    /// What it says, which it may go on with.
    _said: BufReader<ChildStdout>,
}

impl Keeper {
    fn of(file: &Path) -> Self {
        let program = std::env::current_exe().expect("a test binary");
        let mut process = Command::new(program)
            .args(["--exact", "server::writer_lock::keeper", "--nocapture"])
            .env(KEPT, file)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("it can be started");
        let mut said = BufReader::new(process.stdout.take().expect("a pipe"));
        let keeps =
            said.by_ref().lines().map_while(Result::ok).any(|line| line.contains("keeps it"));
        assert!(keeps, "it ended before it had the file");
        Self { process, _said: said }
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        // It waits for the end of this pipe.
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}

/// Not a test when it is started by the test below: the other process.
#[test]
fn keeper() {
    let Some(file) = std::env::var_os(KEPT).map(PathBuf::from) else { return };
    let other = rusqlite::Connection::open(file).expect("it is open to others");
    other.execute_batch("BEGIN IMMEDIATE").expect("nobody writes");
    println!("keeps it");
    let _ = std::io::stdin().read(&mut [0]);
    other.execute_batch("COMMIT").expect("it ends");
}

/// Everything that only reads, which is answered while the file is kept: each would
/// note that somebody was there.
async fn reads(server: &TestServer, session: &Secret, cookie: &str) {
    server.with(session, "GET /api/my/profile", "").await.is(200);
    server.with(session, "GET /api/my/meshes", "").await.is(200);
    server.request("GET /meshes", &[("Cookie", cookie)], "").await.is(200);
    server.request("GET /login", &[], "").await.is(200);
    server.request("GET /healthz", &[], "").await.is(200);
}

/// Told that the file cannot be written, and when to come back.
#[track_caller]
fn is_told_to_come_back(answer: &Answer) {
    answer.is(503);
    assert_eq!(answer.header("retry-after"), Some("1"), "{answer:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_another_process_keeps_for_long_is_read_all_the_while() {
    let home = tempfile::tempdir().expect("a folder");
    let file = home.path().join("instance.db");
    let server = TestServer::of(on_file(&file)).await;
    let ana = server.account("Ana").await;
    let session = server.session(&ana).await;
    let (cookie, csrf) = server.web_session(&ana).await;
    works(&server).await;
    let keeper = Keeper::of(&file);
    reads(&server, &session, &cookie).await;
    until_ready(&server, 503).await;
    // Once with the connection that there was, and then with those that are opened
    // while the other writes.
    for _ in 0..3 {
        let meshes = |name: usize| {
            let (server, session) = (&server, &session);
            async move {
                let body = format!(r#"{{"name":"Mesh {name}"}}"#);
                server.with(session, "POST /api/my/meshes", &body).await
            }
        };
        let page = async {
            let form = format!("csrf={csrf}&name=Ours");
            let headers =
                [("Content-Type", "application/x-www-form-urlencoded"), ("Cookie", &*cookie)];
            server.request("POST /meshes", &headers, &form).await
        };
        // Many who write are told together, not one after the other.
        let writes = async {
            tokio::join!(
                join_all((0..20).map(|_| write(&server))),
                join_all((0..5).map(meshes)),
                page
            )
        };
        // Nobody who reads waits as long as those who write.
        let first = async {
            let mut writes = std::pin::pin!(writes);
            tokio::select! {
                () = reads(&server, &session, &cookie) => {}
                _ = &mut writes => panic!("whoever reads waited for whoever writes"),
            }
            writes.await
        };
        let (codes, meshes, page) =
            tokio::time::timeout(PATIENCE, first).await.expect("all are told");
        for answer in &codes {
            answer.refuses(503, "temporarily_unavailable");
            is_told_to_come_back(answer);
        }
        for answer in &meshes {
            is_told_to_come_back(answer);
            answer.says_no(503, &answer.error());
        }
        is_told_to_come_back(&page);
        reads(&server, &session, &cookie).await;
        until_ready(&server, 503).await;
    }
    drop(keeper);
    works(&server).await;
    // Nothing that was refused is there, and what is asked for again is.
    let list = server.with(&session, "GET /api/my/meshes", "").await;
    assert_eq!(list.is(200).json()["total"], 0, "{list:?}");
    server.with(&session, "POST /api/my/meshes", r#"{"name":"Mesh 0"}"#).await.is(201);
}
