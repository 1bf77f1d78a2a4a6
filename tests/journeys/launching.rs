//! From an empty home to the agent, and straight there the second time: the
//! real binary in a real pseudo-terminal, and a fake of the agent that
//! writes down what it was given.

use std::fs;
use std::path::Path;

use super::{WAITING, approve, at_home, code, row};
use crate::support::fake_agent::{AgentRun, fake_agent, last_run, write_program};
use crate::support::home::{Home, Run};
use crate::support::need;
use crate::support::server::Instance;
use crate::support::terminal::Terminal;

/// What every agent must have been given, and must not.
#[track_caller]
fn is_in_order(last_run: &AgentRun, mesh: &str) {
    let of = |name: &str| last_run.variables.get(name).map(String::as_str);
    assert_eq!(of("CREWMESH_MESH"), Some(mesh), "{last_run:#?}");
    for name in ["CREWMESH_INSTANCE", "CREWMESH_MACHINE", "CREWMESH_NAME", "CREWMESH_SESSION"] {
        assert!(of(name).is_some_and(|value| !value.is_empty()), "{name}: {last_run:#?}");
    }
    let all = format!("{last_run:?}");
    for secret in ["cm_session_", "cm_pat_", "cm_svc_", "cm_dc_"] {
        assert!(!all.contains(secret), "{secret} in what the agent was given: {all}");
    }
    // Cooked, echoing, and the cursor keys of nobody.
    for mode in ["icanon", "echo", "isig", "opost", "icrnl"] {
        let off = format!("-{mode}");
        let words: Vec<_> = last_run.modes.split([' ', ';', '\n']).collect();
        assert!(
            words.contains(&mode) && !words.contains(&off.as_str()),
            "{mode}: {}",
            last_run.modes
        );
    }
}

/// Signs in on the embedded instance and leaves the launch card open.
fn first_run(home: &Home) -> Terminal {
    let terminal = home.run(&[]).terminal(80, 24);
    terminal.shows("Bring this machine").press("enter").shows(WAITING).press("a");
    terminal.shows("Deny").press("down").shows("▸ Approve").press("enter").shows("▸ Continue");
    terminal
}

#[test]
#[cfg(feature = "server")]
fn from_an_empty_home_to_the_agent_and_straight_there_the_second_time() {
    let home = at_home();
    fake_agent(&home, "claude", 7);
    let mut terminal = first_run(&home);
    terminal.shows("alejandro's mesh (new)").shows("in DE (new)").shows("✔  claude");
    terminal.press("enter").shows("agent claude is here").line("hello").shows("agent heard hello");
    terminal.exits(7).whole();
    is_in_order(&last_run(&home, "claude"), "alejandros-mesh");
    assert_eq!(last_run(&home, "claude").variables["CREWMESH_INSTANCE"], "local");

    // Nothing is asked, nothing drawn, and what stands after -- is passed on.
    let mut again = home.run(&["--", "-p", "two words"]).terminal(80, 24);
    again.shows("claude in alejandros-mesh as alejandro on").shows("agent claude is here");
    again.line("bye");
    again.exits(7).whole();
    assert!(!again.raw().contains("\x1b[?1049h"), "no screen was taken");
    let second = last_run(&home, "claude");
    is_in_order(&second, "alejandros-mesh");
    assert!(second.arguments.ends_with(&["-p".into(), "two words".into()]), "{second:?}");
}

/// Nobody sees a browser there: the page leads with what works.
#[test]
#[cfg(feature = "server")]
fn over_ssh_and_only_this_computer_it_is_three_keys_from_the_command_to_the_agent() {
    let home = Home::new();
    fake_agent(&home, "claude", 0);
    let run = home.run(&[]).with("SSH_CONNECTION", "192.0.2.7 50000 192.0.2.1 22");
    let mut terminal = run.terminal(80, 24);
    terminal.shows("Bring this machine").press("2");
    terminal.shows(WAITING).shows("Enter approves").shows("ssh -L ").shows(":127.0.0.1:");
    terminal
        .shows("enter approve here")
        .press("enter")
        .shows("Signed in as alejandro")
        .shows("▸ Continue");
    terminal.press("enter").shows("agent claude is here").line("x");
    terminal.exits(0).whole();
    assert!(!terminal.raw().contains("HTTP://127.0.0.1"), "no link that nobody can open");
    let said = "claude in alejandros-mesh as alejandro on";
    assert!(terminal.text().contains(said), "{}", terminal.text());
    // Left while the code waits: it is told of, and the next start goes on with it.
    let away = Home::new();
    let run = || away.run(&[]).with("SSH_CONNECTION", "192.0.2.7 50000 192.0.2.1 22");
    let mut terminal = run().terminal(80, 24);
    terminal.shows("Bring this machine").press("2").shows("Enter approves");
    let waiting = code(&terminal);
    terminal.press("ctrl+c");
    terminal.exits(130).whole().shows_at_the_end("crewmesh goes on with it");
    terminal.shows_at_the_end(&waiting);
    let again = run().terminal(80, 24);
    again.shows("Go on with it").shows(&waiting);
}

/// A shell is named for what it is.
#[test]
#[cfg(feature = "server")]
fn a_shell_says_the_mesh_before_its_prompt_and_how_it_is_left() {
    let mut home = at_home();
    home.set("SHELL", "/bin/bash");
    let mut terminal = home.run(&["--agent", "shell"]).terminal(80, 24);
    terminal.shows("Bring this machine").press("enter").shows(WAITING).press("a");
    terminal.shows("Deny").press("down").shows("▸ Approve").press("enter").shows("▸ Continue");
    terminal.press("enter").shows("Type exit to leave it").shows("(alejandros-mesh) ");
    terminal.line("exit");
    terminal.exits(0).whole();
    // In a narrow window it breaks between words.
    let mut terminal = home.run(&["--choose"]).terminal(40, 24);
    terminal.shows("▸ Continue").press("enter").shows("Type exit to\nleave it.");
    terminal.shows("(alejandros-mesh) ").line("exit");
    terminal.exits(0).whole();
}

#[test]
#[cfg(feature = "server")]
fn choosing_shows_the_card_and_another_agent_is_one_row_away() {
    let home = at_home();
    fake_agent(&home, "claude", 0);
    fake_agent(&home, "codex", 0);
    let mut terminal = first_run(&home);
    terminal.press("enter").shows("agent claude is here").line("x");
    terminal.exits(0).whole();

    let mut terminal = home.run(&["--choose"]).terminal(80, 24);
    row(&terminal, "Agent");
    terminal.shows("What should be started?");
    terminal.press("down").shows("▸ 2  codex").press("enter").shows("✔  codex");
    terminal.shows("▸ Continue").press("enter").shows("agent codex is here").line("x");
    terminal.exits(0).whole();
    // The new choice is the one that is repeated.
    let mut again = home.run(&[]).terminal(80, 24);
    again.shows("agent codex is here").line("x");
    again.exits(0).whole();
}

/// Neither ends the session that the other goes on with.
#[test]
#[cfg(feature = "server")]
fn two_first_runs_beside_each_other_both_reach_their_agent() {
    let home = at_home();
    fake_agent(&home, "claude", 0);
    let mut both = [(); 2].map(|()| home.run(&[]).terminal(80, 24));
    for terminal in &both {
        terminal.shows("Bring this machine").press("enter").shows(WAITING);
    }
    for terminal in &both {
        terminal.press("a").shows("Deny").press("down").shows("▸ Approve").press("enter");
        terminal.shows("▸ Continue");
    }
    for terminal in &mut both {
        terminal.press("enter").shows("agent claude is here").line("x");
        terminal.exits(0).whole();
    }
}

/// A team's instance, and approval as a browser does it.
#[test]
#[cfg(feature = "server")]
fn on_a_teams_instance_mesh_and_machine_are_asked_for_once() {
    let mut server = Instance::start();
    let home = Home::new();
    fake_agent(&home, "claude", 0);
    let url = server.url();
    let mut terminal = home.run(&["--instance", &url]).terminal(80, 24);
    // Plain HTTP on loopback needs nobody's leave.
    terminal.shows("Bring this machine").press("enter").shows(WAITING);
    approve(&terminal, &url);
    terminal.shows("Create a mesh");
    terminal.press("enter").shows("Name").send(b"Platform team").shows("platform-team");
    terminal.press("enter").shows("Name this machine");
    terminal.press("enter").shows("▸ Continue").shows("Platform team");
    terminal.press("enter").shows("agent claude is here").line("x");
    terminal.exits(0).whole();
    is_in_order(&last_run(&home, "claude"), "platform-team");

    // The instance is gone: somebody who was verified today does not notice.
    server.down();
    let mut again = home.run(&["--instance", &server.host()]).terminal(80, 24);
    again.shows("claude in platform-team").shows("agent claude is here").line("x");
    again.exits(0).whole();
}

#[test]
#[cfg(feature = "server")]
fn without_a_terminal_what_is_missing_is_named() {
    let home = at_home();
    home.run(&["launch"]).output("").exits(2);
    fake_agent(&home, "claude", 3);
    let mut terminal = first_run(&home);
    terminal.press("esc").shows("▸ Leave crewmesh").press("esc");
    terminal.exits(0).whole();
    // Signed in, and on the embedded instance everything has a default.
    let said = home.run(&["launch", "--mesh", "nowhere"]).output("").exits(5);
    assert!(said.err.contains("nowhere"), "{said:?}");
    let said = home.run(&["launch", "--agent", "no-such-agent"]).output("").exits(9);
    assert!(said.err.contains("no-such-agent"), "{said:?}");
    let said = home.run(&["launch", "--no-mcp", "--", "--flag"]).output("typed\n").exits(3);
    assert!(said.out.contains("agent claude is here") && said.out.contains("typed"), "{said:?}");
    assert_eq!(last_run(&home, "claude").arguments, ["--flag"]);
    home.run(&["launch", "--json"]).output("").exits(3);
}

/// What an agent must never see, wherever it came from.
#[test]
#[cfg(feature = "server")]
fn the_instance_key_is_withheld_and_a_given_token_stays() {
    let home = at_home();
    fake_agent(&home, "claude", 0);
    let mut terminal = first_run(&home);
    terminal.press("esc").shows("▸ Leave crewmesh").press("esc");
    terminal.exits(0);
    let key = "00".repeat(32);
    let run = home.run(&["launch", "-y"]).with("CREWMESH_INSTANCE_KEY", &key);
    run.output("").exits(0);
    let seen = last_run(&home, "claude");
    assert!(!seen.variables.contains_key("CREWMESH_INSTANCE_KEY"), "{seen:?}");
    let files = fs::read_to_string(home.crewmesh().join("state.json")).expect("kept");
    assert!(!files.contains("cm_session_"), "{files}");
}

/// Signed in on the embedded instance, and launched once.
#[cfg(feature = "server")]
fn was_here(agent: &str) -> Home {
    let home = at_home();
    fake_agent(&home, agent, 0);
    let mut terminal = first_run(&home);
    terminal.press("enter").shows(&format!("agent {agent} is here")).line("x");
    terminal.exits(0).whole();
    home
}

/// Puts a program of one's own where the agent was.
fn instead(home: &Home, agent: &str, script: &str) {
    write_program(&home.bin().join(agent), script);
}

#[test]
#[cfg(all(feature = "server", target_os = "linux"))]
fn nothing_of_ours_is_open_in_the_agent_and_signals_do_what_they_do_by_default() {
    let home = was_here("claude");
    // Read by the shell itself: while it starts a program it blocks signals.
    instead(
        &home,
        "claude",
        "#!/bin/sh\nls -l /proc/$$/fd\n\
         while read -r line; do case $line in Sig[BI]*) echo \"$line\";; esac; done < /proc/$$/status\n",
    );
    let by_wizard = ["--choose"];
    for arguments in [&[][..], &by_wizard] {
        let mut terminal = home.run(arguments).terminal(100, 40);
        if !arguments.is_empty() {
            terminal.shows("▸ Continue").press("enter");
        }
        terminal.exits(0).whole();
        let text = terminal.text();
        // A shell keeps its own script open.
        let open: Vec<_> = text.lines().filter(|line| line.contains(" -> ")).collect();
        let alien = |line: &&&str| !line.contains("/dev/pts/") && !line.contains("/bin/claude");
        assert!(!open.is_empty() && open.iter().filter(alien).count() == 0, "{text}");
        let mask = |name: &str| {
            let line = text.lines().find(|line| line.starts_with(name)).expect("a mask");
            let digits = line.split_whitespace().last().expect("digits");
            u64::from_str_radix(digits, 16).expect("hexadecimal")
        };
        assert_eq!(mask("SigBlk"), 0, "{text}");
        // SIGPIPE, SIGHUP, SIGINT, SIGTERM, SIGTSTP; others may be inherited.
        for number in [13, 1, 2, 15, 20] {
            assert_eq!(mask("SigIgn") >> (number - 1) & 1, 0, "{number}: {text}");
        }
    }
}

#[test]
#[cfg(feature = "server")]
fn an_agent_that_a_signal_ends_ends_so_for_whoever_started_it() {
    let home = was_here("claude");
    instead(&home, "claude", "#!/bin/sh\nkill -TERM $$\n");
    let mut terminal = home.run(&[]).terminal(80, 24);
    let ended = terminal.ends();
    assert!(ended.signal.is_some(), "{ended:?}");
    terminal.whole();
}

#[test]
#[cfg(feature = "server")]
fn a_script_that_names_no_interpreter_is_started_as_a_shell_does() {
    let home = was_here("claude");
    instead(&home, "claude", "echo plain script; exit 5\n");
    let said = home.run(&[]).output("").exits(5);
    assert!(said.out.contains("plain script"), "{said:?}");
}

#[test]
#[cfg(feature = "server")]
fn an_agent_that_is_gone_is_not_replaced_unasked() {
    let home = was_here("claude");
    fake_agent(&home, "codex", 0);
    let before = home.kept("state.json");
    fs::remove_file(home.bin().join("claude")).expect("it was there");
    let said = home.run(&[]).output("").exits(9);
    assert!(said.err.contains("claude"), "{said:?}");
    assert_eq!(home.kept("state.json"), before, "the choice is kept");
    // Somebody who can be asked sees what else there is.
    let mut terminal = home.run(&[]).terminal(80, 24);
    terminal.shows("▸ Continue").shows("✔  codex").shows("at work in alejandro's mesh");
    terminal.press("esc").press("esc");
    terminal.exits(0).whole();
}

#[test]
#[cfg(feature = "server")]
fn what_runs_inside_an_agent_cannot_approve_for_the_owner() {
    let home = was_here("claude");
    let inside = |arguments: &[&str]| home.run(arguments).with("CREWMESH_SESSION", "abc");
    let said = inside(&["login", "--start", "--json"]).output("").exits(7);
    assert_eq!(said.json()["error"]["code"], "step_up_required");
    assert!(!said.out.contains("/D/"), "no ticket: {said:?}");
    inside(&["approve", "WDJB-MJPV"]).output("").exits(7);
}

/// Every file and socket a returning start touches, and whom it starts: the agent's
/// companion.
#[test]
#[cfg(all(feature = "server", target_os = "linux"))]
fn a_returning_start_opens_no_connection_no_database_and_no_keyring() {
    if !need("strace") {
        return;
    }
    let home = was_here("claude");
    let trace = home.path().join("trace");
    let wanted = "trace=socket,connect,openat,execve,clone,clone3";
    let strace = ["strace", "-e", wanted, "-o", trace.to_str().expect("text")];
    let run: Run = home.run(&[]).under(&strace);
    run.output("").exits(0);
    let traced = fs::read_to_string(&trace).expect("written");
    let agent = Path::new("bin/claude").display().to_string();
    let ours = traced.split(&agent).next().unwrap_or_default();
    assert!(traced.contains(&agent), "{traced}");
    for call in ["socket(", "connect("] {
        assert!(!ours.contains(call), "{call} before the agent:\n{ours}");
    }
    assert_eq!(ours.matches("clone").count(), 1, "{ours}");
    assert!(!ours.contains(".db\"") && !ours.contains("sqlite"), "{ours}");
}

/// With `-y` and everything known no page is seen, whatever is to be different.
#[test]
#[cfg(feature = "server")]
fn yes_flashes_no_screen_where_all_is_known() {
    let home = was_here("claude");
    fake_agent(&home, "codex", 0);
    let mut terminal = home.run(&["-y", "--agent", "codex"]).terminal(80, 24);
    terminal.shows("codex in alejandros-mesh").shows("agent codex is here").line("x");
    terminal.exits(0).whole();
    assert!(!terminal.raw().contains("\x1b[?1049h"), "{}", terminal.raw().escape_debug());
    // What is not known is still asked for.
    let mut terminal = home.run(&["-y", "--mesh", "nowhere"]).terminal(80, 24);
    terminal.shows("none called nowhere").press("ctrl+c");
    terminal.exits(130).whole();
}

/// The server's word is a week old.
#[cfg(feature = "server")]
fn a_week_passes(home: &Home, instance: &str) {
    let mut auth: serde_json::Value = serde_json::from_str(&home.kept("auth.json")).expect("JSON");
    let kept = &mut auth["instances"][instance];
    let earlier = |days: i64| jiff::Timestamp::now() - jiff::SignedDuration::from_hours(24 * days);
    kept["verified_at"] = earlier(7).to_string().into();
    // Past by the clock here; on the server it has moved on since.
    kept["expires_at"] = earlier(1).to_string().into();
    let file = home.crewmesh().join("auth.json");
    fs::write(&file, auth.to_string()).expect("our own file");
}

/// In a train, or in a job of the night: what was started here the last time
/// starts without the instance; whatever needs it says that it is not there.
#[test]
#[cfg(feature = "server")]
fn without_the_instance_the_launch_of_last_time_starts_all_the_same() {
    let mut server = Instance::start();
    let (home, host) = (Home::new(), server.host());
    fake_agent(&home, "claude", 0);
    let mut terminal = home.run(&["login", "--instance", &server.url()]).terminal(80, 24);
    terminal.shows(WAITING);
    approve(&terminal, &server.url());
    terminal.exits(0);
    home.run(&["create", "Platform team"]).output("").exits(0);
    let said = home.run(&["launch", "-y"]).output("").exits(0);
    assert!(said.out.contains("agent claude is here"), "{said:?}");
    // The server is there: it decides, and what it says is kept.
    a_week_passes(&home, &host);
    let old = home.kept("auth.json");
    home.run(&["launch"]).output("").exits(0);
    let now: serde_json::Value = serde_json::from_str(&home.kept("auth.json")).expect("JSON");
    let ends: jiff::Timestamp = now["instances"][&host]["expires_at"]
        .as_str()
        .and_then(|end| end.parse().ok())
        .expect("a time");
    assert!(ends > jiff::Timestamp::now() && old != home.kept("auth.json"), "it slid: {ends}");

    server.down();
    a_week_passes(&home, &host);
    for arguments in [&["launch"][..], &["-y", "--", "-p", "x"]] {
        let said = home.run(arguments).output("").exits(0);
        assert!(said.err.contains("Starting all the same"), "{said:?}");
        assert!(said.out.contains("agent claude is here"), "{said:?}");
    }
    assert!(last_run(&home, "claude").arguments.ends_with(&["-p".into(), "x".into()]));
    let mut terminal = home.run(&["-y"]).terminal(80, 24);
    terminal.shows("Starting all the same").shows("agent claude is here").line("x");
    terminal.exits(0).whole();
    // Anything else than the last time needs the instance.
    home.run(&["launch", "--mesh", "platform-team"]).output("").exits(4);
    let launch = home.run(&["launch"]).with("CREWMESH_TOKEN", format!("cm_pat_{}", "a".repeat(52)));
    launch.output("").exits(4);
    // And somebody at a terminal decides.
    let mut terminal = home.run(&[]).terminal(80, 24);
    terminal.shows("start anyway").press("a").shows("agent claude is here").line("x");
    terminal.exits(0).whole();
    // Where the server can say that it is over, it is over.
    server.up();
    let token = serde_json::from_str::<serde_json::Value>(&home.kept("auth.json")).expect("JSON");
    let token = token["instances"][&host]["token"].as_str().expect("in the file").to_owned();
    let revoked = home.run(&["logout", "--instance", &server.url(), "--token", "-"]);
    revoked.with("HOME", home.work()).output(&token).exits(0);
    home.run(&["launch"]).output("").exits(2);
}
