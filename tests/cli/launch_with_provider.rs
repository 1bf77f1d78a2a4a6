//! An agent that is started with an account that was connected: it is given what opens
//! that and nothing else, and nothing of it is left.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Instant;

use serde_json::Value;

use crate::cli::signed_in_person::Ana;
use crate::support::PATIENCE;
use crate::support::fake_agent::{AgentRun, fake_agent, last_run};
use crate::support::provider::KEY;
use crate::support::server::Instance;
use crate::support::terminal::Terminal;

/// Ana in a mesh, with fake agents, and a key of this provider connected.
fn connected(providers: &[&str], agents: &[&str]) -> (Instance, Ana) {
    let instance = Instance::logging("json");
    let ana = Ana::at(&instance);
    ana.json(&["create", "Platform team"]);
    for agent in agents {
        fake_agent(&ana.home, agent, 0);
    }
    for provider in providers {
        let connect = ["connect", provider, "--unchecked", "--json"];
        ana.home.run(&connect).output(&key(provider)).exits(0);
    }
    (instance, ana)
}

fn key(provider: &str) -> String {
    if provider == "anthropic" { format!("sk-ant-api03-{KEY}") } else { KEY.to_owned() }
}

fn launched(ana: &Ana, arguments: &[&str]) -> Terminal {
    let launch = [&["launch", "-y", "--machine", "desk"], arguments].concat();
    let terminal = ana.home.run(&launch).terminal(100, 24);
    terminal.shows("is here");
    terminal
}

/// The folder that this run alone has.
fn folder(ana: &Ana, run: &AgentRun) -> PathBuf {
    ana.home.crewmesh().join("sessions").join(&run.variables["CREWMESH_SESSION"])
}

#[track_caller]
fn until_gone(folder: &Path) {
    let since = Instant::now();
    while folder.exists() {
        assert!(since.elapsed() < PATIENCE, "{} is left", folder.display());
        std::thread::yield_now();
    }
}

#[test]
fn an_agent_asks_a_server_of_its_persons_own_for_the_model_that_was_said() {
    let (_instance, ana) = connected(&[], &["codex", "claude"]);
    let endpoint = ["connect", "self-hosted", "--unchecked", "--json", "--endpoint"];
    let endpoint = [&endpoint[..], &["http://10.0.0.7:8000/llm"]].concat();
    ana.home.run(&endpoint).output("").exits(0);
    let launch = ["launch", "-y", "--machine", "desk", "--provider", "self-hosted", "--agent"];
    let said = ana.home.run(&[&launch[..], &["codex"]].concat()).output("").exits(3);
    assert!(said.err.contains("which model") && said.err.contains("--model"), "{said:#?}");

    let codex = ["--agent", "codex", "--provider", "self-hosted", "--model", "qwen3:8b"];
    let mut agent = launched(&ana, &codex);
    agent.shows("It works with Self-hosted (http://10.0.0.7:8000/llm)").line("");
    agent.exits(0);
    let run = last_run(&ana.home, "codex");
    let url = "model_providers.crewmesh-endpoint.base_url=\"http://10.0.0.7:8000/llm/v1\"";
    assert!(run.arguments.iter().any(|one| one == url), "{:?}", run.arguments);
    assert!(run.arguments.iter().any(|one| one == "qwen3:8b"), "{:?}", run.arguments);
    // The next start is as this one.
    let mut agent = ana.home.run(&["launch"]).terminal(100, 24);
    agent.shows("codex is here").line("");
    agent.exits(0);
    let again = last_run(&ana.home, "codex");
    assert!(again.arguments.iter().any(|one| one == "qwen3:8b"), "{:?}", again.arguments);

    // The person's own sign-in there would go to that server: it is none of it.
    let run = ana.home.run(&[&launch[..], &["claude", "--model", "m"]].concat());
    let run = run.with("ANTHROPIC_API_KEY", "sk-of-ana").with("CLAUDE_CODE_USE_VERTEX", "1");
    let mut agent = run.terminal(100, 24);
    agent.shows("claude is here").line("");
    agent.exits(0);
    let run = last_run(&ana.home, "claude");
    assert_eq!(run.variables["ANTHROPIC_BASE_URL"], "http://10.0.0.7:8000/llm");
    assert_eq!(run.variables["ANTHROPIC_AUTH_TOKEN"], "none");
    for gone in ["ANTHROPIC_API_KEY", "CLAUDE_CODE_USE_VERTEX"] {
        assert!(!run.variables.contains_key(gone), "{gone}");
    }
}

#[test]
fn claude_is_given_a_key_by_a_file_of_its_own_and_no_variable() {
    let (mut instance, ana) = connected(&["anthropic", "openai"], &["claude"]);
    let claude = ["--agent", "claude", "--provider", "anthropic"];
    let mut terminal = launched(&ana, &claude);
    terminal.shows("It works with Anthropic (…4711).");
    let run = last_run(&ana.home, "claude");
    let shown = format!("{run:?}");
    assert!(!shown.contains(KEY), "{shown}");
    let folder = folder(&ana, &run);
    let key_file = folder.join("key");
    assert_eq!(fs::read_to_string(&key_file).expect("a key"), key("anthropic"));
    assert_eq!(fs::metadata(&key_file).expect("a key").permissions().mode() & 0o777, 0o600);
    assert_eq!(fs::metadata(&folder).expect("a folder").permissions().mode() & 0o777, 0o700);
    let settings = run.arguments.iter().find_map(|one| one.strip_prefix("--settings="));
    let settings = fs::read_to_string(settings.expect("settings")).expect("a file");
    let settings: Value = serde_json::from_str(&settings).expect("JSON");
    let helper = settings["apiKeyHelper"].as_str().expect("a command");
    let told = ana.home.program("/bin/sh", &["-c", helper]).output("").exits(0);
    assert_eq!(told.out, key("anthropic"));
    // Nobody else that stands by has it either.
    for process in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let bytes = ["environ", "cmdline"].map(|what| fs::read(process.path().join(what)));
        let bytes = bytes.into_iter().flatten().flatten().collect::<Vec<_>>();
        let has = |text: &str| bytes.windows(text.len()).any(|part| part == text.as_bytes());
        // Other tests have that key as well.
        let is_anas = has(ana.home.path().to_str().expect("text"));
        assert!(!is_anas || !has(KEY), "{}", process.path().display());
    }
    terminal.line("bye");
    terminal.exits(0);
    until_gone(&folder);

    // The next time it is as it was.
    let mut again = ana.home.run(&[]).terminal(100, 24);
    again.shows("It works with Anthropic").shows("is here").line("bye");
    again.exits(0);
    assert!(ana.home.kept("state.json").contains("\"provider\": \"anthropic\""));
    // What was leased is good for that as well, and lies nowhere open.
    let uses = || ana.json(&["providers"])["connections"][0]["uses"][29].clone();
    assert_eq!(uses(), 1);
    assert!(!ana.home.kept("leases.json").contains(KEY));
    // Connected anew, nothing of before is good.
    ana.home.run(&["connect", "anthropic", "--unchecked"]).output("sk-ant-api03-new").exits(0);
    let mut again = ana.home.run(&[]).terminal(100, 24);
    again.shows("It works with Anthropic (…-new)").shows("is here").line("bye");
    again.exits(0);
    assert_eq!(uses(), 2);
    let mut own = launched(&ana, &["--agent", "claude", "--provider", "none"]);
    let run = last_run(&ana.home, "claude");
    assert!(!run.arguments.iter().any(|one| one.starts_with("--settings")), "{run:?}");
    own.line("bye");
    own.exits(0);
    assert!(!own.raw().contains("It works with"));
    let log = instance.all_it_said();
    assert!(log.contains("/api/my/providers/{id}/lease"), "{log}");
    assert!(!log.contains(KEY) && !log.contains("sk-ant-"), "{log}");
    assert!(!ana.home.kept("state.json").contains("\"provider\""));
}

/// On the card it is a row, which says that there is something to choose.
#[test]
fn what_an_agent_works_with_is_chosen_on_the_card() {
    let (_instance, ana) = connected(&["anthropic"], &["claude"]);
    ana.json(&["machine", "register", "desk", "--location", "DE"]);
    let launch = ["launch", "--choose", "--agent", "claude"];
    let terminal = ana.home.run(&launch).terminal(80, 24);
    terminal.shows("Works with   ✔  its own sign-in (1 connected)").shows("▸ Continue");
    terminal.press("up").press("up").shows("▸ Works with").press("enter");
    terminal.shows("Works with   ✔  Anthropic (…4711)");
    terminal.press("down").press("down").shows("▸ Continue").press("enter");
    terminal.shows("It works with Anthropic (…4711).").shows("is here").line("bye");
    let settings = last_run(&ana.home, "claude").arguments;
    assert!(settings.iter().any(|one| one.starts_with("--settings=")), "{settings:?}");
    // The next card begins with it.
    let terminal = ana.home.run(&["launch", "--choose"]).terminal(80, 24);
    terminal.shows("Works with   ✔  Anthropic (…4711)");
}

#[test]
fn what_would_stand_in_its_place_is_taken_away_for_this_start() {
    let (_instance, ana) = connected(&["openai"], &["codex", "opencode"]);
    let own = ana.home.path().join(".codex");
    fs::create_dir(&own).expect("a folder");
    fs::write(own.join("auth.json"), "{\"OPENAI_API_KEY\":\"of-ana\"}").expect("a file");
    fs::write(own.join("config.toml"), "model = \"x\"\n").expect("a file");
    let launch = ["launch", "-y", "--machine", "desk", "--agent", "codex", "--provider", "openai"];
    let run = ana.home.run(&launch).with("OPENAI_API_KEY", "of-ana");
    let run = run.with("GITHUB_TOKEN", "of-ana-too");
    let mut terminal = run.terminal(100, 24);
    terminal.shows("is here");
    let run = last_run(&ana.home, "codex");
    assert!(!run.variables.contains_key("OPENAI_API_KEY"), "{run:?}");
    assert_eq!(run.variables["GITHUB_TOKEN"], "of-ana-too", "nothing to do with it");
    let home = PathBuf::from(&run.variables["CODEX_HOME"]);
    let auth: Value =
        serde_json::from_str(&fs::read_to_string(home.join("auth.json")).expect("a sign-in"))
            .expect("JSON");
    assert_eq!(auth["OPENAI_API_KEY"], KEY);
    assert_eq!(fs::read_to_string(home.join("config.toml")).expect("a link"), "model = \"x\"\n");
    // What it keeps there stays when its home has gone.
    fs::write(home.join("sessions/one.jsonl"), "{}").expect("a folder");
    terminal.line("bye");
    terminal.exits(0);
    until_gone(&folder(&ana, &run));
    assert!(own.join("sessions/one.jsonl").exists());
    let kept = fs::read_to_string(own.join("auth.json")).expect("a file");
    assert_eq!(kept, "{\"OPENAI_API_KEY\":\"of-ana\"}", "Ana's own is as it was");

    let mut terminal = launched(&ana, &["--agent", "opencode", "--provider", "openai"]);
    let run = last_run(&ana.home, "opencode");
    assert_eq!(run.variables["OPENCODE_AUTH_CONTENT"], "{}");
    let config: Value =
        serde_json::from_str(&run.variables["OPENCODE_CONFIG_CONTENT"]).expect("JSON");
    let told = config["provider"]["openai"]["options"]["apiKey"].as_str().expect("a text");
    let file = told.trim_start_matches("{file:").trim_end_matches('}');
    assert_eq!(fs::read_to_string(file).expect("a key"), KEY);
    terminal.line("bye");
    terminal.exits(0);
}

/// Claude once more, with nobody to ask.
fn code_again(ana: &Ana, arguments: &[&str]) -> Option<i32> {
    let launch = [&["launch", "-y", "--machine", "desk", "--agent", "claude"], arguments].concat();
    ana.home.run(&launch).output("").code
}

#[test]
fn what_is_not_there_is_said_before_anything_is_started() {
    let (instance, ana) = connected(&["anthropic"], &["claude", "codex", "goose"]);
    let code = |agent: &str, provider: &str| {
        let launch =
            ["launch", "-y", "--machine", "desk", "--agent", agent, "--provider", provider];
        let said = ana.home.run(&launch).output("");
        assert!(said.err.contains("--provider none"), "{said:#?}");
        assert!(!ana.home.path().join(format!("given-to-{agent}")).exists(), "it was started");
        (said.code, said.err)
    };
    let (status, said) = code("codex", "anthropic");
    assert!(status == Some(3) && said.contains("It takes these: openai"), "{said}");
    let (status, said) = code("codex", "openai");
    assert!(status == Some(5) && said.contains("crewmesh connect openai"), "{said}");
    assert_eq!(code("goose", "anthropic").0, Some(3));
    // Copilot passes over a classic token without a word.
    fake_agent(&ana.home, "copilot", 0);
    ana.home.run(&["connect", "github", "--unchecked"]).output("ghp_of_the_test").exits(0);
    let (status, said) = code("copilot", "github");
    assert!(status == Some(3) && said.contains("another kind of credential"), "{said}");
    assert_eq!(code("claude", "nobody").0, Some(5));
    assert_eq!(code("claude", "").0, Some(3));
    // However it is typed.
    let mut terminal = launched(&ana, &["--agent", "claude", "--provider", " Anthropic"]);
    terminal.line("bye");
    terminal.exits(0);
    // What could not be is not remembered in place of what could.
    assert_eq!(code_again(&ana, &["--provider", "nobody"]), Some(5));
    assert!(ana.home.kept("state.json").contains("\"provider\": \"anthropic\""));
    // Of two it would read the last alone, which is not ours.
    assert_eq!(code_again(&ana, &["--provider", "anthropic", "--", "--settings=x"]), Some(3));
    assert_eq!(code_again(&ana, &["--provider", "anthropic", "--", "--settings", "x"]), Some(3));
    drop(instance);
    let launch = ["launch", "-y", "--agent", "claude", "--provider", "anthropic"];
    ana.home.run(&launch).output("").exits(4);
    // As the last time it goes on without the instance.
    let mut again = ana.home.run(&[]).terminal(100, 24);
    again.shows("It works with Anthropic").shows("is here").line("bye");
    again.exits(0);
}
