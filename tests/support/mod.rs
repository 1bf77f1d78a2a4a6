//! What the tests stand on: a person at a terminal, a person at a browser, a
//! home, an instance, an agent. Nothing here sleeps: it waits for a condition
//! and gives up, saying what was seen instead, after [`PATIENCE`].

use std::io::Write as _;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc;
use std::time::Duration;

#[cfg(all(unix, feature = "server"))]
pub mod agents;
#[cfg(feature = "server")]
pub mod authenticator;
#[cfg(feature = "server")]
pub mod balancer;
#[cfg(feature = "server")]
pub mod browser;
pub mod cases;
#[cfg(unix)]
pub mod fake_agent;
pub mod fixtures;
#[cfg(feature = "server")]
pub mod github;
#[cfg(feature = "server")]
pub mod github_device;
pub mod home;
#[cfg(feature = "server")]
pub mod issuer;
#[cfg(target_os = "linux")]
pub mod keyring;
#[cfg(target_os = "linux")]
pub mod netns;
#[cfg(feature = "server")]
pub mod node;
#[cfg(feature = "server")]
pub mod openrouter;
pub mod port;
#[cfg(all(unix, feature = "server"))]
pub mod postgres;
#[cfg(all(unix, feature = "server"))]
pub mod provider;
pub mod python;
pub mod qr;
pub mod recording_proxy;
pub mod script;
#[cfg(target_os = "linux")]
pub mod secret_service;
#[cfg(feature = "server")]
pub mod serve;
#[cfg(feature = "server")]
pub mod server;
#[cfg(all(unix, feature = "server"))]
pub mod small_disk;
#[cfg(feature = "server")]
pub mod smtp;
pub mod stand_in;
#[cfg(unix)]
pub mod terminal;
#[cfg(unix)]
pub mod terminal_modes;
pub mod token_endpoint;
pub mod web;

/// How long anything may take before a test gives up. Generous, because it is
/// only ever reached by a test that fails, on machines that are busy.
pub const PATIENCE: Duration = Duration::from_mins(1);

/// What `work` gives, if it gives it in that time. For what cannot be told to
/// stop waiting: the end of a process, of a stream, of a thread.
pub fn within<T: Send + 'static>(
    time: Duration,
    work: impl FnOnce() -> T + Send + 'static,
) -> Option<T> {
    let (given, got) = mpsc::channel();
    std::thread::spawn(move || {
        let _ = given.send(work());
    });
    got.recv_timeout(time).ok()
}

static SKIPPED: AtomicU32 = AtomicU32::new(0);

/// Whether what a test stands on is on this machine. What is missing is said
/// in one line and counted; where `CREWMESH_TEST_REQUIRE` lists it (comma
/// separated, as CI does) it is a failure instead.
///
/// # Panics
/// When it is required and missing, or nobody knows what it is.
pub fn need(thing: &str) -> bool {
    let missing = missing(thing);
    let Some(why) = missing else { return true };
    let required = std::env::var("CREWMESH_TEST_REQUIRE").unwrap_or_default();
    assert!(
        !required.split(',').any(|name| name.trim() == thing),
        "{thing} is required here (CREWMESH_TEST_REQUIRE) and missing: {why}"
    );
    let count = SKIPPED.fetch_add(1, Ordering::Relaxed) + 1;
    let test = std::thread::current().name().unwrap_or("a test").to_owned();
    // Past the test harness's capture, so that a skipped test is seen.
    let _ = writeln!(std::io::stderr(), "skipped ({count} so far): {test}: no {thing}: {why}");
    false
}

/// Why `thing` cannot be used here, if it cannot.
fn missing(thing: &str) -> Option<String> {
    let without = |programs: &[&str]| {
        let absent: Vec<_> = programs.iter().filter(|program| find(program).is_none()).collect();
        (!absent.is_empty()).then(|| format!("{absent:?} not on PATH"))
    };
    match thing {
        "browser" => without(&["chromedriver"]).or_else(|| {
            ["chromium", "google-chrome", "chrome"]
                .iter()
                .all(|name| find(name).is_none())
                .then(|| "no Chromium on PATH".to_owned())
        }),
        "keyring" => without(&["dbus-daemon", "dbus-send", "gnome-keyring-daemon", "secret-tool"]),
        "tmux" => without(&["tmux"]),
        "netns" => without(&["ip"]).or_else(|| refuses("ip", &["netns", "list"])).or_else(|| {
            // Listing is allowed to everybody; making one is not.
            refuses("unshare", &["-n", "true"])
        }),
        "mounts" => without(&["unshare", "mount"])
            .or_else(|| refuses("unshare", &["-Urm", "mount", "-t", "tmpfs", "none", "/mnt"])),
        "decoder" => without(&["zbarimg"]),
        "gh" => without(&["gh"]),
        #[cfg(all(unix, feature = "server"))]
        "postgres" => postgres::programs()
            .is_none()
            .then(|| "no initdb on PATH or under /usr/lib/postgresql".to_owned()),
        #[cfg(not(all(unix, feature = "server")))]
        "postgres" => Some("only on Unix, with the server".to_owned()),
        "axe" => axe().err(),
        #[cfg(feature = "server")]
        "interop" => python::programs().err().or_else(|| node::programs().err()),
        #[cfg(all(unix, feature = "server"))]
        "claude" => agents::claude().err(),
        #[cfg(all(unix, feature = "server"))]
        "codex" => without(&["tmux", "openssl", "zstd"]).or_else(|| agents::codex().err()),
        "schemathesis" => python::programs().err(),
        "strace" => without(&["strace"]),
        "pgbouncer" => without(&["pgbouncer"]),
        other => panic!("nobody knows how to look for {other:?}"),
    }
}

/// The absolute path of a program on this process's PATH, or where Debian keeps
/// servers.
pub fn find(program: &str) -> Option<std::path::PathBuf> {
    let path = std::env::var_os("PATH")?;
    let folders = std::env::split_paths(&path).chain(["/usr/sbin".into()]);
    folders.map(|folder| folder.join(program)).find(|file| file.is_file())
}

/// The script of axe-core, fetched once by npm into `target`.
///
/// # Errors
/// Why it cannot be had.
pub fn axe() -> Result<String, String> {
    static AXE: std::sync::OnceLock<Result<String, String>> = std::sync::OnceLock::new();
    AXE.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("axe");
        let script = folder.join("node_modules/axe-core/axe.min.js");
        if !script.is_file() {
            let npm = find("npm").ok_or("no npm on PATH")?;
            std::fs::create_dir_all(&folder).map_err(|fault| fault.to_string())?;
            let output = std::process::Command::new(npm)
                .args(["install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix"])
                .arg(&folder)
                .arg("axe-core@4.10.3")
                .output()
                .map_err(|fault| fault.to_string())?;
            if !output.status.success() {
                return Err(String::from_utf8_lossy(&output.stderr).trim().to_owned());
            }
        }
        std::fs::read_to_string(script).map_err(|fault| fault.to_string())
    })
    .clone()
}

fn refuses(program: &str, arguments: &[&str]) -> Option<String> {
    let output = std::process::Command::new(program).args(arguments).output();
    match output {
        Ok(output) if output.status.success() => None,
        Ok(output) => Some(String::from_utf8_lossy(&output.stderr).trim().to_owned()),
        Err(fault) => Some(fault.to_string()),
    }
}

/// The program under test.
pub fn crewmesh() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_crewmesh"))
}

/// Where pictures go, for a person to look at.
pub fn pictures() -> std::path::PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("screenshots");
    std::fs::create_dir_all(&folder).expect("target can be written to");
    folder
}
