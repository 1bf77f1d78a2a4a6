//! A PostgreSQL of one's own: a cluster in a temporary folder, gone with the
//! process that started it, even where that is killed. One for all tests of a
//! process, a database of its own for each; a test that stops it starts its own.

use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use crewmesh::secret::Secret;
use crewmesh::server::Database;
use crewmesh::server::store::Store;

use super::port::Port;

/// The instance key of every database made here.
pub const KEY: &str = "5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a";

/// Starts it, says so, and takes it away when nobody holds its input any more.
const KEEPER: &str = r#"
"$1/pg_ctl" -D "$2/data" -w -l "$2/log" -o "$3" start >/dev/null || { cat "$2/log" >&2; exit 1; }
echo ready
cat >/dev/null
"$1/pg_ctl" -D "$2/data" -m immediate stop >/dev/null 2>&1
rm -rf "$2"
"#;

/// The user that the programs run as where the tests run as root, which
/// PostgreSQL refuses: nobody.
const NOBODY: u32 = 65_534;

/// Where the server's programs are, if they are here.
pub fn programs() -> Option<PathBuf> {
    if let Some(initdb) = super::find("initdb") {
        return initdb.canonicalize().ok()?.parent().map(Path::to_owned);
    }
    let mut versions: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .ok()?
        .filter_map(|entry| Some(entry.ok()?.path().join("bin")))
        .filter(|bin| bin.join("initdb").is_file())
        .collect();
    versions.sort();
    versions.pop()
}

/// A running PostgreSQL.
pub struct Cluster {
    programs: PathBuf,
    folder: PathBuf,
    port: Port,
    keeper: Child,
    made: AtomicU32,
}

/// A database of a [`Cluster`], gone when dropped.
pub struct Made {
    /// Where it is.
    pub url: String,
    /// What the cluster calls it.
    pub name: String,
    cluster: &'static Cluster,
}

impl Made {
    /// Everything it holds, as text.
    pub fn dump(&self) -> String {
        let output = Command::new(self.cluster.programs.join("pg_dump"))
            .args(["--data-only", &self.url])
            .output()
            .expect("pg_dump can be started");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("text")
    }
}

impl Drop for Made {
    fn drop(&mut self) {
        self.cluster.ask(&format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name));
    }
}

/// The one for all tests of this process.
pub fn cluster() -> &'static Cluster {
    static CLUSTER: OnceLock<Cluster> = OnceLock::new();
    CLUSTER.get_or_init(|| {
        let cluster = Cluster::start();
        cluster.make_template();
        cluster
    })
}

impl Cluster {
    /// An empty one. Letters sort as people sort them, not as bytes. Nothing in
    /// it outlives a power cut.
    pub fn start() -> Self {
        Self::start_with("-c fsync=off")
    }

    /// One that keeps what is committed, whatever happens.
    pub fn durable() -> Self {
        let cluster = Self::start_with("");
        cluster.make_template();
        cluster
    }

    fn make_template(&self) {
        self.ask("CREATE DATABASE template_of_tests");
        let database = Database::Postgres(Secret::new(self.url("template_of_tests")));
        // On a thread of its own: the test that comes first has a runtime.
        let made = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime").block_on(async {
                let opened = Store::open(&database, Some(1), (Some(&Secret::new(KEY)), None)).await;
                opened.expect("an empty database is migrated").store.close().await;
            });
        });
        made.join().expect("a template is made");
    }

    /// An empty one with other settings.
    pub fn start_with(settings: &str) -> Self {
        let programs = programs().expect("support::need has looked for it");
        let folder = tempfile::TempDir::with_prefix("crewmesh-postgres-").expect("a folder").keep();
        give_to_nobody(&folder);
        let mut initdb = as_nobody(&programs.join("initdb"));
        initdb.current_dir(&folder).args(["-D", "data", "-U", "crewmesh", "-A", "trust", "-N"]);
        initdb.args(["--encoding=UTF8", "--locale=C", "--locale-provider=icu", "--icu-locale=en"]);
        let output = initdb.output().expect("initdb can be started");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Self::run(programs, folder, settings)
    }

    /// Another that follows this one, and takes its place once it is promoted.
    pub fn standby(&self) -> Self {
        let folder = tempfile::TempDir::with_prefix("crewmesh-postgres-").expect("a folder").keep();
        give_to_nobody(&folder);
        let output = as_nobody(&self.programs.join("pg_basebackup"))
            .current_dir(&folder)
            .args(["-D", "data", "-U", "crewmesh", "-h", "127.0.0.1", "-p"])
            .args([&self.port.number().to_string(), "-X", "stream", "-c", "fast", "-N", "-R"])
            .output()
            .expect("pg_basebackup can be started");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Self::run(self.programs.clone(), folder, "-c fsync=off")
    }

    /// Starts what is in `folder`.
    fn run(programs: PathBuf, folder: PathBuf, settings: &str) -> Self {
        let port = Port::free();
        let options = format!(
            "-p {} -c listen_addresses=127.0.0.1 -c unix_socket_directories= \
             -c max_connections=400 -c track_commit_timestamp=on {settings}",
            port.number()
        );
        let mut keeper = as_nobody(Path::new("sh"))
            .args(["-c", KEEPER, "keeper"])
            .args([programs.as_os_str(), folder.as_os_str(), options.as_ref()])
            .current_dir(&folder)
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a shell can be started");
        let mut line = String::new();
        let said = BufReader::new(keeper.stdout.take().expect("piped")).read_line(&mut line);
        assert!(said.is_ok() && line.trim() == "ready", "PostgreSQL does not start: {line:?}");
        Self { programs, folder, port, keeper, made: AtomicU32::new(0) }
    }

    /// Where it listens.
    pub fn host(&self) -> String {
        self.port.host()
    }

    /// The address of the database called `name`.
    pub fn url(&self, name: &str) -> String {
        format!("postgres://crewmesh@{}/{name}?sslmode=disable", self.port.host())
    }

    /// Makes a database that was migrated already.
    pub fn database(&'static self) -> Made {
        self.make("TEMPLATE template_of_tests")
    }

    /// Makes a database with nothing in it.
    pub fn empty(&'static self) -> Made {
        self.make("")
    }

    fn make(&'static self, how: &str) -> Made {
        let name = format!("test_{}", self.made.fetch_add(1, Ordering::Relaxed));
        self.ask(&format!("CREATE DATABASE {name} {how}"));
        Made { url: self.url(&name), name, cluster: self }
    }

    /// Says one sentence of SQL to the server, and gives what it answers.
    pub fn ask(&self, sql: &str) -> String {
        self.ask_of("postgres", sql)
    }

    /// The same of the database called `name`.
    pub fn ask_of(&self, name: &str, sql: &str) -> String {
        let output = Command::new(self.programs.join("psql"))
            .args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", sql, &self.url(name)])
            .output()
            .expect("psql can be started");
        assert!(output.status.success(), "{sql}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("text")
    }

    /// Stops it as a crash does, and starts it again.
    pub fn crash_and_restart(&self) {
        self.told(&["-m", "immediate", "restart"]);
    }

    /// Stops it as a crash does.
    pub fn crash(&self) {
        self.told(&["-m", "immediate", "stop"]);
    }

    /// Stops it.
    pub fn stop(&self) {
        self.told(&["-m", "fast", "stop"]);
    }

    /// Starts it after that.
    pub fn again(&self) {
        // What it was started with is only read again by this one.
        self.told(&["restart"]);
    }

    fn told(&self, what: &[&str]) {
        let status = as_nobody(&self.programs.join("pg_ctl"))
            .args(["-D", "data", "-w", "-l", "log"])
            .args(what)
            .current_dir(&self.folder)
            .stdout(Stdio::null())
            .status();
        assert!(status.expect("pg_ctl can be started").success(), "{what:?}");
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        let _ = self.keeper.wait();
    }
}

fn as_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// Lets [`as_nobody`] use what is at `path`.
pub fn give_to_nobody(path: &Path) {
    if as_root() {
        std::os::unix::fs::chown(path, Some(NOBODY), Some(NOBODY)).expect("root may");
    }
}

/// `program`, which does not run as root.
pub fn as_nobody(program: &Path) -> Command {
    if !as_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    let nobody = NOBODY.to_string();
    command.args(["--reuid", &nobody, "--regid", &nobody, "--clear-groups", "--"]).arg(program);
    command
}
