//! A database that fails for a while: its disk is full, its file is moved away,
//! its server takes no writing, no connection, or is behind a pooler. Whoever asks
//! is told to come back, and once the cause is gone everything works without a
//! restart.

use std::path::Path;
use std::process::{Child, Command, Stdio};

use crewmesh::secret::Secret;
use crewmesh::server::clock::Clock;
use crewmesh::server::domain::device_code_state::Decision;
use crewmesh::server::{Config, Database, Server};
use rustix::fs::{Mode, OFlags, renameat};
use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection as _, Executor as _, PgConnection, Row as _};

use super::{Answer, TestServer};
use crate::support::port::Port;
use crate::support::postgres::{Cluster, KEY, as_nobody, cluster, give_to_nobody};
use crate::support::small_disk::{Ballast, on_a_small_disk, small_disk};
use crate::support::{PATIENCE, find, need, within};

const CODES: &str = "/oauth/device_authorization";

pub(super) fn on_file(path: &Path) -> Config {
    Config { database: Database::Sqlite(path.to_owned()), ..Config::in_memory() }
}

pub(super) fn on_server(url: &str) -> Config {
    let (database, key) = (Database::Postgres(Secret::new(url)), Some(Secret::new(KEY)));
    // The time of what goes on outside.
    Config { database, key, clock: Clock::default(), ..Config::in_memory() }
}

pub(super) async fn write(server: &TestServer) -> Answer {
    server.form(CODES, "client_id=crewmesh").await
}

/// Writes until that is refused, as it must be: 503, and when to come back.
async fn until_refused(server: &TestServer) {
    let refused = async {
        loop {
            let answer = write(server).await;
            if answer.status != 200 {
                answer.refuses(503, "temporarily_unavailable");
                assert_eq!(answer.header("retry-after"), Some("1"), "{answer:?}");
                return;
            }
        }
    };
    tokio::time::timeout(PATIENCE, refused).await.expect("it is refused");
}

/// Waits until `/readyz` answers with `status`.
pub(super) async fn until_ready(server: &TestServer, status: u16) {
    let ready = async { while server.request("GET /readyz", &[], "").await.status != status {} };
    tokio::time::timeout(PATIENCE, ready).await.unwrap_or_else(|_| panic!("/readyz {status}"));
}

/// Everything works again, at once and for good.
pub(super) async fn works(server: &TestServer) {
    for _ in 0..5 {
        write(server).await.is(200);
    }
    until_ready(server, 200).await;
    write(server).await.is(200);
}

#[tokio::test]
async fn a_file_that_was_moved_is_noticed_until_it_is_back() {
    let home = tempfile::tempdir().expect("a folder");
    let (file, away) = (home.path().join("instance.db"), home.path().join("away.db"));
    let server = TestServer::of(on_file(&file)).await;
    let session = server.session(&server.account("Ana").await).await;
    for _ in 0..3 {
        std::fs::rename(&file, &away).expect("it is moved");
        until_refused(&server).await;
        until_ready(&server, 503).await;
        std::fs::rename(&away, &file).expect("it is moved back");
        works(&server).await;
    }
    // A copy of itself is as good; another database is none.
    let copy = Database::Sqlite(file.clone());
    copy.back_up(&away).await.expect("it is copied");
    std::fs::rename(&away, &file).expect("the copy takes its place");
    for rest in ["instance.db-wal", "instance.db-shm"] {
        let _ = std::fs::remove_file(home.path().join(rest));
    }
    works(&server).await;
    server.with(&session, "GET /api/my/profile", "").await.is(200);
    let other = home.path().join("other.db");
    Server::start(on_file(&other)).await.expect("another").stop().await;
    std::fs::rename(&file, &away).expect("it is moved");
    std::fs::rename(&other, &file).expect("another takes its place");
    until_refused(&server).await;
    until_ready(&server, 503).await;
}

#[tokio::test]
async fn a_key_that_was_moved_is_noticed_until_it_is_back() {
    let home = tempfile::tempdir().expect("a folder");
    let server = TestServer::of(on_file(&home.path().join("instance.db"))).await;
    let (key, away) = (home.path().join("instance.key"), home.path().join("away.key"));
    until_ready(&server, 200).await;
    std::fs::rename(&key, &away).expect("it is moved");
    until_ready(&server, 503).await;
    std::fs::rename(&away, &key).expect("it is moved back");
    works(&server).await;
}

#[test]
fn a_full_disk_is_said_and_forgotten_once_it_has_room() {
    if !need("mounts") {
        return;
    }
    let said = on_a_small_disk("server::faults::on_a_disk_that_fills", 4);
    assert!(said.contains("filled 3 times"), "{said}");
}

/// Started by the test above on a disk that holds little.
#[test]
fn on_a_disk_that_fills() {
    let Some(disk) = small_disk() else { return };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let server = TestServer::of(on_file(&disk.join("instance.db"))).await;
        let session = server.session(&server.account("Ana").await).await;
        let ballast = Ballast::on(&disk);
        for _ in 0..3 {
            ballast.fill_but(0);
            until_refused(&server).await;
            until_ready(&server, 503).await;
            for _ in 0..20 {
                write(&server).await.refuses(503, "temporarily_unavailable");
            }
            // Who only reads is answered all the while.
            server.with(&session, "GET /api/my/profile", "").await.is(200);
            server.request("GET /login", &[], "").await.is(200);
            ballast.free();
            works(&server).await;
        }
        println!("filled 3 times");
    });
}

#[test]
fn a_disk_that_comes_back_read_only_is_said_and_forgotten_once_it_is_not() {
    if !need("mounts") {
        return;
    }
    on_a_small_disk("server::faults::on_a_disk_that_turns_read_only", 4);
}

/// Started by the test above on a disk of its own.
#[test]
fn on_a_disk_that_turns_read_only() {
    let Some(disk) = small_disk() else { return };
    let told = |program: &str, arguments: &[&str]| {
        let status = Command::new(program).args(arguments).arg(&disk).status();
        assert!(status.expect("it can be started").success(), "{program} {arguments:?}");
    };
    let path = disk.to_str().expect("UTF-8");
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let server = TestServer::of(on_file(&disk.join("instance.db"))).await;
        let session = server.session(&server.account("Ana").await).await;
        // What is above it later hides it: this leads past that.
        let below = rustix::fs::open(&disk, OFlags::DIRECTORY, Mode::empty()).expect("a folder");
        let moved = |from: &str, to: &str| renameat(&below, from, &below, to).expect("it is moved");
        for _ in 0..3 {
            // It goes away, and is back in a state that nobody wants it in.
            moved("instance.db", "away.db");
            until_refused(&server).await;
            told("mount", &["--bind", path]);
            told("mount", &["-o", "remount,bind,ro"]);
            moved("away.db", "instance.db");
            until_ready(&server, 503).await;
            for _ in 0..20 {
                write(&server).await.refuses(503, "temporarily_unavailable");
            }
            // Who only reads is answered all the while.
            server.with(&session, "GET /api/my/profile", "").await.is(200);
            server.request("GET /login", &[], "").await.is(200);
            told("umount", &["-l"]);
            works(&server).await;
        }
    });
}

/// Closing a file that this process has open elsewhere would take the locks of
/// SQLite from it.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_store_that_is_opened_twice_keeps_its_locks() {
    use std::os::unix::fs::MetadataExt as _;
    let home = tempfile::tempdir().expect("a folder");
    let file = home.path().join("instance.db");
    let server = TestServer::of(on_file(&file)).await;
    works(&server).await;
    let inode = file.metadata().expect("it is there").ino();
    let locks = || {
        let all = std::fs::read_to_string("/proc/locks").expect("Linux tells");
        let (process, inode) = (format!(" {} ", std::process::id()), format!(":{inode} "));
        all.lines().filter(|line| line.contains(&process) && line.contains(&inode)).count()
    };
    let before = locks();
    assert!(before > 0, "a file with a write-ahead log is locked while it is open");
    let second = Server::start(on_file(&file)).await.expect("twice in one process");
    assert!(locks() >= before, "{} of {before}", locks());
    drop(second);
    works(&server).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_became_a_standby_is_left_for_who_took_its_place() {
    if !need("postgres") {
        return;
    }
    let made = cluster().database();
    let server = TestServer::of(on_server(&made.url)).await;
    let session = server.session(&server.account("Ana").await).await;
    let set = |value| {
        let name = &made.name;
        cluster()
            .ask(&format!("ALTER DATABASE {name} SET default_transaction_read_only = {value}"));
    };
    // Connections that there are do not see what is set: each is asked anew.
    let end_all = || {
        cluster().ask(&format!(
            "SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = '{}'",
            made.name
        ));
    };
    for _ in 0..2 {
        set("on");
        end_all();
        until_refused(&server).await;
        until_ready(&server, 503).await;
        // Whoever only reads may be given one that was opened just now.
        server.with(&session, "GET /api/my/profile", "").await.is(200);
        for _ in 0..3 {
            write(&server).await.refuses(503, "temporarily_unavailable");
        }
        // The connections that could not write are gone: new ones see what is set now.
        set("off");
        works(&server).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_connections_is_asked_again_once_it_has_some() {
    if !need("postgres") {
        return;
    }
    let cluster = Cluster::start_with("-c fsync=off -c max_connections=24");
    cluster.ask("CREATE DATABASE own");
    let server = TestServer::of(on_server(&cluster.url("own"))).await;
    let session = server.session(&server.account("Ana").await).await;
    works(&server).await;
    let taken = all_connections(&cluster).await;
    until_refused(&server).await;
    until_ready(&server, 503).await;
    drop(taken);
    let back = async { while write(&server).await.status != 200 {} };
    tokio::time::timeout(PATIENCE, back).await.expect("it is back");
    works(&server).await;
    server.with(&session, "GET /api/my/profile", "").await.is(200);
}

/// Every connection that `cluster` has, taken from whoever had them.
async fn all_connections(cluster: &Cluster) -> Vec<PgConnection> {
    let how: PgConnectOptions = cluster.url("postgres").parse().expect("an address");
    let how = how.application_name("taker");
    let mut taken = vec![PgConnection::connect_with(&how).await.expect("there is one")];
    let end_others = "SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity
         WHERE application_name <> 'taker' AND backend_type = 'client backend'";
    let take = async {
        loop {
            while let Ok(one) = PgConnection::connect_with(&how).await {
                taken.push(one);
            }
            let others: i64 = taken[0].fetch_one(end_others).await.expect("it answers").get(0);
            if others == 0 {
                break;
            }
        }
    };
    tokio::time::timeout(PATIENCE, take).await.expect("all are taken");
    taken
}

/// PgBouncer before the tests' PostgreSQL, ended when it is dropped.
struct Pooler {
    process: Child,
    port: Port,
    _folder: tempfile::TempDir,
}

impl Pooler {
    fn start(mode: &str, server: &str) -> Self {
        let folder = tempfile::TempDir::with_prefix("crewmesh-pooler-").expect("a folder");
        let (port, file) = (Port::free(), folder.path().join("pgbouncer.ini"));
        let (host, server_port) = server.rsplit_once(':').expect("a port");
        // By this kind of sign-in it comes as whom the database names.
        let settings = format!(
            "[databases]\n* = user=crewmesh host={host} port={server_port}\n[pgbouncer]\nlisten_addr = 127.0.0.1\n\
             listen_port = {}\nauth_type = any\npool_mode = {mode}\nunix_socket_dir =\n\
             max_client_conn = 200\ndefault_pool_size = 40\n",
            port.number()
        );
        std::fs::write(&file, settings).expect("its settings");
        give_to_nobody(folder.path());
        give_to_nobody(&file);
        let process = as_nobody(&find("pgbouncer").expect("looked for"))
            .arg(&file)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("pgbouncer can be started");
        let pooler = Self { process, port, _folder: folder };
        let listens = within(PATIENCE, {
            let host = pooler.port.host();
            move || while std::net::TcpStream::connect(&host).is_err() {}
        });
        listens.expect("pgbouncer listens");
        pooler
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pooler_that_keeps_a_connection_to_one_client_will_do_and_no_other() {
    if !need("postgres") || !need("pgbouncer") {
        return;
    }
    let made = cluster().database();
    let through = |pooler: &Pooler| made.url.replace(&cluster().host(), &pooler.port.host());

    let pooler = Pooler::start("transaction", &cluster().host());
    let refused = Server::start(on_server(&through(&pooler))).await.expect_err("another each time");
    assert_eq!(refused.code, "database_pooled", "{refused:?}");
    drop(pooler);

    let pooler = Pooler::start("session", &cluster().host());
    let server = TestServer::of(on_server(&through(&pooler))).await;
    let session = server.session(&server.account("Ana").await).await;
    works(&server).await;
    server.with(&session, "GET /api/my/profile", "").await.is(200);
    // Whom somebody else tells is woken there as well.
    let codes = server.ask().await;
    let poll = async { server.poll(&codes, &[("Prefer", "wait=20")]).await };
    let approve = async {
        server.until_held(1).await;
        let other = TestServer::of(on_server(&made.url)).await;
        let account = other.running.state().store.account_by_email("Ana@example.org").await;
        let account = account.expect("it answers").expect("she is there");
        other.settle(&codes, &account, Decision::Approve).await;
    };
    let (answer, ()) = tokio::join!(poll, approve);
    answer.is(200);
}
