//! What crewmesh costs as a person meets it: timed from outside, in a real
//! pseudo-terminal, the program as it is shipped.
//!
//! `cargo bench --bench bare --bench outside` measures the program it builds,
//! and beside it `bare.rs`, the least ratatui program; `-- PROGRAM` measures
//! another one. Each figure is printed with its median, its 99th percentile
//! and its least; on a busy machine the least says most.

#![allow(clippy::print_stdout, reason = "figures are what it is for")]

#[cfg(all(target_os = "linux", feature = "server"))]
#[allow(dead_code, reason = "shared with the tests")]
#[path = "../tests/support/mod.rs"]
mod support;

#[cfg(all(target_os = "linux", feature = "server"))]
#[allow(dead_code, reason = "shared with the tests")]
#[path = "../tests/cli/signed_in_person.rs"]
mod signed_in_person;

#[cfg(all(target_os = "linux", feature = "server"))]
#[path = "outside/mcp_serve.rs"]
mod mcp_serve;

fn main() {
    #[cfg(all(target_os = "linux", feature = "server"))]
    let word = std::env::args().skip(1).find(|word| !word.starts_with("--"));
    #[cfg(all(target_os = "linux", feature = "server"))]
    // It is run in another folder.
    let named = word.map(|word| std::path::absolute(word).expect("there is a folder"));
    #[cfg(all(target_os = "linux", feature = "server"))]
    figures::all(named.unwrap_or_else(|| support::crewmesh().to_owned()));
    #[cfg(not(all(target_os = "linux", feature = "server")))]
    println!("measured on Linux, with the server");
}

#[cfg(all(target_os = "linux", feature = "server"))]
mod figures {
    use std::fs;
    use std::path::{Path, PathBuf};
    use std::process::Stdio;
    use std::time::{Duration, Instant};

    use super::support::fake_agent::fake_agent;
    use super::support::home::Home;
    use super::support::server::Instance;
    use super::support::terminal::Terminal;
    use super::support::web::Person;

    /// The line of the bare program.
    const BARE: &str = "bare ratatui";

    const WAITING: &str = "Waiting for your approval";

    /// How long the page at rest is watched.
    const REST: Duration = Duration::from_secs(20);

    pub(super) fn all(program: PathBuf) {
        println!("{}", program.display());
        first_frame(&program);
        returning(&program);
        at_rest(&program);
        approval(&program);
        super::mcp_serve::all(&program);
    }

    /// From before the fork to the last cell of the first page, both programs
    /// by turns.
    fn first_frame(program: &Path) {
        let beside = bare();
        let (mut ours, mut bare) = (Vec::new(), Vec::new());
        for _ in 0..40 {
            let home = at_home();
            let start = Instant::now();
            let terminal = home.program(program, &[]).terminal(80, 24);
            terminal.shows("ctrl+c quit");
            ours.push(start.elapsed());
            let Some(beside) = &beside else { continue };
            let start = Instant::now();
            let terminal = home.program(beside, &[]).terminal(80, 24);
            terminal.shows(BARE);
            bare.push(start.elapsed());
        }
        say("first frame, empty home", ours);
        if bare.is_empty() {
            println!("  a bare ratatui program is measured where --bench bare has built it");
        } else {
            say("  a bare ratatui program", bare);
        }
    }

    /// From one exec to the next: what a returning start takes longer than the
    /// agent alone.
    fn returning(program: &Path) {
        let home = at_home();
        fake_agent(&home, "claude", 0);
        let mut terminal = home.program(program, &[]).terminal(80, 24);
        terminal.shows("Bring this machine").press("enter").shows(WAITING).press("a");
        terminal.shows("Deny").press("down").shows("▸ Approve").press("enter");
        terminal.shows("▸ Continue").press("enter").shows("agent claude is here").line("x");
        terminal.exits(0);
        // From here on the agent does nothing at all.
        let agent = home.bin().join("claude");
        fs::remove_file(&agent).expect("it was there");
        fs::copy("/bin/true", &agent).expect("the home takes files");
        let run = |program: &Path| {
            let mut command = home.program(program, &[]).command();
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
            let start = Instant::now();
            let status = command.status().expect("it can be started");
            assert!(status.success(), "{status}");
            start.elapsed()
        };
        let (mut through, mut alone) = (Vec::new(), Vec::new());
        for _ in 0..100 {
            through.push(run(program));
            alone.push(run(&agent));
        }
        say("returning start, to the agent's end", through);
        say("  the agent alone", alone);
    }

    /// Memory at the sign-in page, and what the page does while nothing happens.
    fn at_rest(program: &Path) {
        let server = Instance::start();
        let url = server.url();
        for (whose, arguments) in [
            ("a team's instance", &["login", "--instance", &url][..]),
            ("the embedded instance, its server within", &["login", "--instance", "local"][..]),
        ] {
            let home = at_home();
            let terminal = home.program(program, arguments).terminal(80, 24);
            terminal.shows(WAITING);
            // The first seconds settle: connections, the keyring's answer, threads
            // that wait ten seconds for more to do.
            std::thread::sleep(Duration::from_secs(13));
            let pid = terminal.pid();
            let status = format!("/proc/{pid}/status");
            let (all, own) = (field(&status, "VmRSS:"), field(&status, "RssAnon:"));
            let before = (switches(pid), terminal.bytes().len());
            std::thread::sleep(REST);
            let after = (switches(pid), terminal.bytes().len());
            let each = |count: f64| count / REST.as_secs_f64();
            #[allow(clippy::cast_precision_loss, reason = "small numbers")]
            let (woken, written) = ((after.0 - before.0) as f64, (after.1 - before.1) as f64);
            println!("waiting for the approval, {whose}");
            println!("  resident memory                               {:.1} MiB", mib(all));
            println!("  of it not shared with the program's file      {:.1} MiB", mib(own));
            println!("  written each second                           {:.1} B", each(written));
            println!("  wake-ups each second                          {:.1}", each(woken));
        }
    }

    /// From the click on Approve to the next row on the screen: the browser's
    /// request, the held one answered, the page drawn.
    fn approval(program: &Path) {
        let server = Instance::start();
        let url = server.url();
        let mut ana = Person::new();
        ana.open(&format!("{url}/register"));
        ana.submit(
            "name",
            &[("name", "Ana"), ("email", "ana@example.org"), ("password", "correct horse battery")],
        );
        let mut taken = Vec::new();
        // Fewer than the instance takes from one address in a minute.
        for _ in 0..25 {
            let home = at_home();
            let run = home.program(program, &["login", "--instance", &url, "--no-browser"]);
            let terminal = run.terminal(80, 24);
            terminal.shows(WAITING);
            ana.open(&format!("{url}/d?code={}", code(&terminal)));
            std::thread::scope(|scope| {
                let start = Instant::now();
                let click = scope.spawn(|| {
                    ana.submit("decision", &[("decision", "approve")]);
                });
                terminal.hides(&format!("▸ {WAITING}"));
                taken.push(start.elapsed());
                click.join().expect("the page took it");
            });
        }
        say("approval to screen", taken);
    }

    /// What cargo built of `bare.rs` last, beside this program.
    fn bare() -> Option<PathBuf> {
        let own = std::env::current_exe().ok()?;
        let is_it = |path: &PathBuf| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            name.starts_with("bare-") && path.extension().is_none()
        };
        let all = fs::read_dir(own.parent()?).ok()?.flatten().map(|entry| entry.path());
        all.filter(is_it).max_by_key(|path| path.metadata().and_then(|data| data.modified()).ok())
    }

    fn at_home() -> Home {
        let mut home = Home::new();
        home.set("BROWSER", "/bin/true").set("CREWMESH_STORE", "file");
        home
    }

    /// The code that stands alone on its line.
    fn code(terminal: &Terminal) -> String {
        let text = terminal.text();
        let shaped = |word: &&str| word.len() == 9 && word.as_bytes()[4] == b'-';
        let codes = |word: &&str| word.bytes().all(|b| b == b'-' || b.is_ascii_uppercase());
        text.split_whitespace().filter(shaped).find(codes).expect("a code").to_owned()
    }

    /// How often any thread of the process has gone to sleep of its own.
    pub(super) fn switches(pid: i32) -> u64 {
        let tasks = fs::read_dir(format!("/proc/{pid}/task")).expect("it runs");
        let status = |task: fs::DirEntry| task.path().join("status").display().to_string();
        tasks.flatten().map(|task| field(&status(task), "voluntary_ctxt_switches:")).sum()
    }

    pub(super) fn field(file: &str, name: &str) -> u64 {
        let text = fs::read_to_string(file).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
        line.split_whitespace().next().and_then(|word| word.parse().ok()).unwrap_or_default()
    }

    #[allow(clippy::cast_precision_loss, reason = "small numbers")]
    pub(super) fn mib(kib: u64) -> f64 {
        kib as f64 / 1024.0
    }

    pub(super) fn say(what: &str, mut taken: Vec<Duration>) {
        taken.sort_unstable();
        let at = |percent: usize| taken[(taken.len() - 1) * percent / 100].as_secs_f64() * 1e3;
        let (middle, most, least) = (at(50), at(99), at(0));
        println!("{what:<47} {middle:.1} ms (99 in 100: {most:.1}, least {least:.1})");
    }
}
