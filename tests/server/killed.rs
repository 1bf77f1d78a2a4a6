//! An instance whose disk fills and empties while it is killed and started again,
//! over and over: what was acknowledged is kept, what was refused was refused with
//! a 503, and the file stays whole.
//!
//! `CREWMESH_KILLS=200` kills it so often; `CREWMESH_SEED` repeats the order in
//! which things happen to it, though not the moments.

mod writers;

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;

use crewmesh::secret::Secret;
use crewmesh::server::clock::Clock;
use crewmesh::server::operations::tokens;
use crewmesh::server::store::storage_key;
use crewmesh::server::{Config, Database};
use crewmesh::wire::{NewAccessToken, StepUp};

use self::writers::{Done, Heard, Writer};
use super::durable::{FORM, exchange};
use super::{GRANT, TestServer};
use crate::support::server::Instance;
use crate::support::small_disk::{Ballast, on_a_small_disk, small_disk};
use crate::support::{PATIENCE, need};

/// So often it is killed in the usual run.
const USUAL: u32 = 10;

/// So often with one file, and then with another: a file that grows without end
/// takes longer and longer to be looked through.
const ON_ONE_FILE: u32 = 20;

/// So many of each kind are asked about after a kill: those it was closest to.
const LAST: usize = 40;

/// Tokens that may be revoked between two kills.
const TOKENS: usize = 12;

fn number<T: std::str::FromStr>(variable: &str) -> Option<T> {
    let text = std::env::var(variable).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{variable}: a number")))
}

fn kills() -> u32 {
    number("CREWMESH_KILLS").unwrap_or(USUAL)
}

#[test]
fn a_full_disk_and_kill_9_lose_nothing_that_was_acknowledged() {
    if !need("mounts") {
        return;
    }
    let said = on_a_small_disk("server::killed::on_a_disk_that_fills", 40);
    let figures = said.lines().find(|line| line.contains(" kills, ")).expect("it ran");
    println!("{figures}");
}

/// What comes next.
struct Chance(u64);

impl Chance {
    /// By splitmix64.
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }
}

/// What was acknowledged on one file.
#[derive(Default)]
struct Told {
    codes: Vec<String>,
    meshes: Vec<String>,
    renamed: u64,
    revoked: Vec<usize>,
}

/// What is told at the end.
#[derive(Default)]
struct Sum {
    kills: u32,
    done: u64,
    refused: u64,
    fills: u32,
    felt: u32,
    started_full: u32,
}

impl std::fmt::Display for Sum {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { kills, done, refused, fills, felt, started_full } = self;
        write!(
            f,
            "{kills} kills, {fills} fills of which {felt} were felt, {started_full} starts on a \
             full disk, {done} writes acknowledged and kept, {refused} refused"
        )
    }
}

/// Who listens to the writers.
struct Listener<'a> {
    heard: mpsc::Receiver<Heard>,
    told: &'a mut Told,
    sum: &'a mut Sum,
}

impl Listener<'_> {
    #[track_caller]
    fn note(&mut self, heard: Heard) {
        match heard {
            Heard::Done(done) => {
                self.sum.done += 1;
                match done {
                    Done::Code(code) => self.told.codes.push(code),
                    Done::Mesh(id) => self.told.meshes.push(id),
                    Done::Renamed(name) => self.told.renamed = name,
                    Done::Revoked(which) => self.told.revoked.push(which),
                }
            }
            Heard::Refused => self.sum.refused += 1,
            Heard::Wrong(what) => panic!("neither done nor refused: {what}"),
        }
    }

    /// Until it heard so many more.
    fn hear(&mut self, more: u64, what: fn(&Sum) -> u64) {
        let end = what(self.sum) + more;
        while what(self.sum) < end {
            let heard = self.heard.recv_timeout(PATIENCE).expect("somebody is answered");
            self.note(heard);
        }
    }

    /// What was said until nobody says anything any more.
    fn rest(mut self) {
        while let Ok(heard) = self.heard.recv() {
            self.note(heard);
        }
    }
}

/// Somebody's sign-in, their mesh, and their tokens with the ids of them.
type Prepared = (Secret, String, Vec<(String, Secret)>);

/// What there is before anything happens.
async fn prepared(path: &Path, count: usize) -> Prepared {
    let database = Database::Sqlite(path.to_owned());
    let config = Config { database, clock: Clock::default(), ..Config::in_memory() };
    let server = TestServer::of(config).await;
    let ana = server.account("Ana").await;
    let session = server.session(&ana).await;
    let mesh = server.with(&session, "POST /api/my/meshes", r#"{"name":"0"}"#).await;
    let mesh = mesh.is(201).text("id");
    let (_, by) = server.browser(&ana).await;
    let mut made = Vec::new();
    for _ in 0..count {
        let new = NewAccessToken {
            name: "ci".into(),
            expires_in_days: None,
            scopes: None,
            step_up: StepUp::default(),
        };
        let (token, secret) =
            tokens::create(server.running.state(), &by, &new).await.expect("it is hers to make");
        made.push((token.id, secret));
    }
    server.running.stop().await;
    (session, mesh, made)
}

/// Started by the test above on a disk that holds little.
#[test]
fn on_a_disk_that_fills() {
    let Some(disk) = small_disk() else { return };
    let seed = number("CREWMESH_SEED").unwrap_or_else(|| {
        if kills() == USUAL { 1 } else { u64::from_le_bytes(crewmesh::secret::random_bytes()) }
    });
    println!("CREWMESH_SEED={seed}");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let mut chance = Chance(seed);
    let mut sum = Sum::default();
    while sum.kills < kills() {
        let folder = tempfile::tempdir_in(&disk).expect("a folder");
        let path = folder.path().join("instance.db");
        let here = (kills() - sum.kills).min(ON_ONE_FILE);
        let before = runtime.block_on(prepared(&path, TOKENS * here as usize));
        let mut story = Story::of(&path, &disk, before);
        for round in 0..here as usize {
            story.until_killed(round, &mut chance, &mut sum);
            story.up_again(&mut sum);
            story.all_is_there();
            story.works_as_it_was_left(round);
        }
    }
    println!("{sum}");
}

fn bearer(token: &Secret) -> String {
    format!("Content-Type: application/json\r\nAuthorization: Bearer {}\r\n", token.expose())
}

/// One file, and those who write it.
struct Story {
    path: PathBuf,
    instance: Instance,
    ballast: Ballast,
    bearer: String,
    /// The mesh that gets one name after the other.
    mesh: String,
    tokens: Vec<(String, Secret)>,
    /// How many meshes and names were asked for.
    tried: Arc<[AtomicU64; 2]>,
    told: Told,
}

impl Story {
    fn of(path: &Path, disk: &Path, (session, mesh, tokens): Prepared) -> Self {
        let wide = ["--limit-codes", "1000000", "--limit-requests", "1000000"];
        let mut instance = Instance::of_file(path, &wide);
        instance.up();
        Self {
            path: path.to_owned(),
            instance,
            ballast: Ballast::on(disk),
            bearer: bearer(&session),
            mesh,
            tokens,
            tried: Arc::default(),
            told: Told::default(),
        }
    }

    fn writers(&self, round: usize, heard: mpsc::Sender<Heard>) -> Vec<JoinHandle<Option<()>>> {
        let writer = Writer { host: self.instance.host(), bearer: self.bearer.clone(), heard };
        let ids = self.tokens.iter().map(|(id, _)| id.clone()).enumerate();
        let ids = ids.skip(round * TOKENS).take(TOKENS).collect();
        let mut all = Vec::new();
        for _ in 0..3 {
            let writer = writer.clone();
            all.push(std::thread::spawn(move || writer.codes()));
        }
        for which in 0..2 {
            let (writer, tried) = (writer.clone(), Arc::clone(&self.tried));
            let mesh = self.mesh.clone();
            all.push(std::thread::spawn(move || match which {
                0 => writer.meshes(&tried[0]),
                _ => writer.names(&mesh, &tried[1]),
            }));
        }
        all.push(std::thread::spawn(move || writer.revocations(ids)));
        all
    }

    /// Everybody writes, the disk fills and empties, and in the middle of it the
    /// process is killed.
    fn until_killed(&mut self, round: usize, chance: &mut Chance, sum: &mut Sum) {
        let (tell, heard) = mpsc::channel();
        let writers = self.writers(round, tell);
        let ballast = &self.ballast;
        let mut all = Listener { heard, told: &mut self.told, sum };
        all.hear(1 + chance.below(100), |all| all.done);
        for fill in 0..chance.below(4) {
            if fill > 0 {
                ballast.free();
                all.hear(chance.below(60), |all| all.done);
            }
            ballast.fill_but(chance.below(40_000));
            all.sum.fills += 1;
            let before = all.sum.refused;
            if chance.below(4) > 0 {
                all.hear(1 + chance.below(60), |all| all.refused);
            } else {
                all.hear(chance.below(60), |all| all.done + all.refused);
            }
            all.sum.felt += u32::from(all.sum.refused > before);
        }
        if chance.below(2) > 0 {
            ballast.free();
            all.hear(chance.below(60), |all| all.done);
        }
        for _ in 0..chance.below(200_000) {
            std::hint::spin_loop();
        }
        self.instance.kill();
        all.sum.kills += 1;
        all.rest();
        for writer in writers {
            writer.join().expect("a writer ends well");
        }
    }

    /// Starts it on the disk as it is, and then gives that room.
    fn up_again(&mut self, sum: &mut Sum) {
        self.instance.up();
        sum.started_full += u32::from(self.ballast.is_there());
        self.ballast.free();
    }

    /// The file is whole, and everything in it that was ever acknowledged.
    fn all_is_there(&self) {
        let file = rusqlite::Connection::open(&self.path).expect("it is there");
        let texts = |sql: &str| -> HashSet<String> {
            let mut all = file.prepare(sql).expect("it is SQL");
            let all = all.query_map([], |row| row.get(0)).and_then(Iterator::collect);
            all.expect("it answers")
        };
        assert_eq!(texts("PRAGMA integrity_check"), HashSet::from(["ok".to_owned()]));
        assert_eq!(texts("SELECT \"table\" FROM pragma_foreign_key_check"), HashSet::new());
        let codes = texts("SELECT code_hash FROM device_codes");
        for code in &self.told.codes {
            let key = storage_key(&Secret::new(code.as_str()));
            assert!(codes.contains(&key), "a code that was given out is gone");
        }
        let meshes = texts("SELECT id FROM meshes");
        for id in &self.told.meshes {
            assert!(meshes.contains(id), "a mesh that was made is gone");
        }
    }

    /// What was acknowledged last before the kill is answered for.
    fn works_as_it_was_left(&self, round: usize) {
        let host = self.instance.host();
        let as_ana = |line: &str| exchange(&host, line, &self.bearer, "").expect("an answer");
        for code in self.told.codes.iter().rev().take(LAST) {
            let body = format!("grant_type={GRANT}&client_id=crewmesh&device_code={code}");
            let reply = exchange(&host, "POST /oauth/token", FORM, &body).expect("an answer");
            let is_pending = reply.body.contains("authorization_pending");
            // Of the round before.
            assert!(is_pending || reply.body.contains("slow_down"), "{}", reply.body);
        }
        for id in self.told.meshes.iter().rev().take(LAST) {
            assert_eq!(as_ana(&format!("GET /api/my/meshes/{id}")).status, 200, "{id}");
        }
        let name = as_ana(&format!("GET /api/my/meshes/{}", self.mesh)).json();
        let name: u64 = name["name"].as_str().and_then(|name| name.parse().ok()).expect("a number");
        let tried = self.tried[1].load(Ordering::Relaxed);
        assert!((self.told.renamed..=tried).contains(&name), "{} {name}", self.told.renamed);
        // One that nobody asked about yet works; those that were revoked do not.
        let alive = |which: usize| {
            let bearer = bearer(&self.tokens[which].1);
            exchange(&host, "GET /api/my/profile", &bearer, "").expect("an answer").status
        };
        for &which in self.told.revoked.iter().filter(|&&which| which >= round * TOKENS) {
            assert_eq!(alive(which), 401, "a revoked token");
        }
        let next = (round + 1) * TOKENS;
        assert!(next >= self.tokens.len() || alive(next) == 200, "a token nobody revoked");
    }
}
