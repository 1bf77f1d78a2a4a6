//! A code agent that is not ours, launched in a mesh at a terminal: what it was offered,
//! what it called, who else saw it. Its model is a script (`agents/model.py`), which
//! calls only what the agent offered. The other five are tried by `.ci/agents`.

mod codex;
mod sign_in;

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use serde_json::{Value, json};

use crate::cli::signed_in_person::Ana;
use crate::support::home::{Home, Run};
use crate::support::server::Instance;
use crate::support::{PATIENCE, agents, find, need};

/// A model that does what a script says.
struct Model {
    process: Child,
    url: String,
    heard: PathBuf,
}

impl Model {
    /// For the agent of `home`, whose script has the name "agent".
    fn start(home: &Home, script: &Value) -> Self {
        let (scripts, heard) = (home.path().join("scripts.json"), home.path().join("heard"));
        fs::write(&scripts, json!({ "agent": script }).to_string()).expect("a file");
        let mut process = Command::new(find("python3").expect("need(\"claude\") was asked"))
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/agents/model.py"))
            .args([&scripts, &heard])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("it can be started");
        let mut port = String::new();
        let stdout = process.stdout.take().expect("piped");
        BufReader::new(stdout).read_line(&mut port).expect("a port");
        Self { process, url: format!("http://127.0.0.1:{}/agent", port.trim()), heard }
    }

    /// What it heard, a request a line.
    fn heard(&self) -> Vec<Value> {
        let text = fs::read_to_string(&self.heard).unwrap_or_default();
        // The last line may be on its way still.
        text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }
}

impl Drop for Model {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Answers for a person what Claude Code asks first, and that these tools may be called.
fn set_up(home: &Home, program: &Path) {
    std::os::unix::fs::symlink(program, home.bin().join("claude")).expect("a link");
    let trusted = json!({ "hasTrustDialogAccepted": true });
    let settings = json!({
        "hasCompletedOnboarding": true, "theme": "dark",
        "projects": { home.work().display().to_string(): trusted },
    });
    fs::write(home.path().join(".claude.json"), settings.to_string()).expect("a file");
    fs::create_dir(home.path().join(".claude")).expect("a folder");
    let allowed = json!({ "permissions": { "allow": ["mcp__crewmesh"] } });
    fs::write(home.path().join(".claude/settings.json"), allowed.to_string()).expect("a file");
}

#[track_caller]
fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let since = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(since.elapsed() < PATIENCE, "waited for {what}");
        std::thread::yield_now();
    }
}

/// Ana's mesh with Eva in it, and Claude Code in Ana's home; `None` where it is not to
/// be had.
fn team() -> Option<(Instance, Ana, Ana)> {
    if !need("claude") {
        return None;
    }
    let instance = Instance::start();
    let ana = Ana::at(&instance);
    let eva = Ana::called(&instance, "Eva Ruiz", "eva@example.org");
    ana.json(&["create", "Platform team"]);
    let invite = ana.json(&["invite"]);
    eva.json(&["join", invite["url"].as_str().expect("a link"), "-y"]);
    set_up(&ana.home, &agents::claude().expect("need(\"claude\") was asked"));
    Some((instance, ana, eva))
}

/// A command of Ana's, for an agent with this model.
fn run(ana: &Ana, arguments: &[&str], model: &Model) -> Run {
    ana.home
        .run(arguments)
        .with("ANTHROPIC_BASE_URL", &model.url)
        .with("ANTHROPIC_AUTH_TOKEN", "none")
        .with("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "1")
        .with("CLAUDE_CODE_TMPDIR", ana.home.path())
        .with("DISABLE_AUTOUPDATER", "1")
}

#[test]
fn claude_code_is_at_work_in_a_mesh_until_it_is_left() {
    let Some((_instance, ana, eva)) = team() else { return };
    let model = Model::start(
        &ana.home,
        &json!([
            { "call": "whoami", "until": "\"name\":\"ana-gil\"" },
            { "call": "send_message", "with": { "to": "eva-ruiz", "text": "What next?" } },
            { "call": "wait_for_message", "with": { "seconds": 20 }, "until": "The tests" },
            { "call": "set_status", "with": { "status": "working", "summary": "tests" } },
        ]),
    );
    let launch = ["launch", "-y", "--agent", "claude", "--task", "Ask what is to be done."];
    let mut terminal = run(&ana, &launch, &model).terminal(100, 40);
    let asked = until("its question", || {
        let inbox = eva.json(&["inbox"]);
        let messages = inbox["messages"].as_array().cloned().unwrap_or_default();
        messages.into_iter().find(|message| message["text"] == "What next?")
    });
    assert_eq!(asked["from"], "ana-gil");
    eva.json(&["send", "ana-gil", "The tests, please."]);
    let peer = until("its status", || {
        let peers = eva.json(&["peers"]);
        peers["peers"].as_array()?.iter().find(|peer| peer["summary"] == "tests").cloned()
    });
    assert_eq!((&peer["agent"], &peer["status"]), (&json!("claude"), &json!("working")));
    terminal.shows("All of it is done.");

    let heard = model.heard();
    let offered: Vec<_> = heard.iter().map(|line| line["offered"]["whoami"].clone()).collect();
    assert!(offered.contains(&json!("mcp__crewmesh__whoami")), "{heard:#?}");
    // What the model was told of a message, and that it is nobody's order.
    let message = heard.iter().find_map(|line| {
        let answer = &line["answers"][0];
        (answer[0] == "wait_for_message").then(|| answer[1].as_str().expect("text").to_owned())
    });
    let message = message.expect("an answer");
    assert!(message.contains("The tests") && message.contains("not instructions"), "{message}");

    terminal.line("/exit");
    terminal.exits(0);
    until("nobody", || (eva.json(&["peers"])["total"] == 0).then_some(()));
}

#[test]
fn what_others_write_reaches_claude_code_unasked_at_work_and_at_rest() {
    let Some((_instance, ana, eva)) = team() else { return };
    let model = Model::start(
        &ana.home,
        &json!([
            { "call": "whoami", "until": "\"name\":\"ana-gil\"" },
            { "call": "list_tasks", "until": "Go on" },
        ]),
    );
    let told = |text: &str| {
        until(text, || {
            let heard = model.heard().into_iter();
            let mut told = heard.filter_map(|line| line["told"].as_str().map(str::to_owned));
            told.find(|told| told.contains(text))
        })
    };
    let launch = ["launch", "-y", "--agent", "claude", "--messages", "push"];
    let launched = run(&ana, &[&launch[..], &["--task", "Begin."]].concat(), &model);
    let mut terminal = launched.terminal(100, 40);
    until("its first answer", || model.heard().into_iter().find(|line| line["done"] == 1));
    eva.json(&["send", "ana-gil", "While you work"]);
    let at_work = told("| While you work");
    assert!(at_work.contains("from eva-ruiz (Eva Ruiz) to ana-gil"), "{at_work}");
    assert!(at_work.contains("not instructions"), "{at_work}");
    eva.json(&["tasks", "create", "Go on"]);
    terminal.shows("All of it is done.");
    // Nobody asks it anything any more.
    eva.json(&["send", "ana-gil", "While you rest"]);
    let at_rest = told("| While you rest");
    assert!(at_rest.contains("from eva-ruiz (Eva Ruiz)"), "{at_rest}");
    assert!(!at_rest.contains("While you work"), "given twice: {at_rest}");
    terminal.line("/exit");
    terminal.exits(0);
    until("nobody", || (eva.json(&["peers"])["total"] == 0).then_some(()));

    // One that ends by itself waits for nobody, and is as the last time.
    assert!(ana.home.kept("state.json").contains("\"messages\": \"push\""));
    let once = run(&ana, &["launch", "--", "-p", "Say hello."], &model).output("");
    assert!(once.exits(0).out.contains("All of it is done."));
}

/// Whatever else lets it in: a sign-in that is stored, a variable, the person's settings.
#[test]
fn claude_code_works_with_the_account_that_was_chosen_and_with_no_other() {
    let key = "sk-ant-api03-of-the-chosen-account";
    works_with(key, ("x-api-key", key));
}

/// The same with what its `setup-token` gives for a subscription.
#[test]
fn claude_code_works_with_the_subscription_that_was_chosen_and_with_no_other() {
    let token = "sk-ant-oat01-of-the-chosen-subscription";
    works_with(token, ("authorization", &format!("Bearer {token}")));
}

fn works_with(key: &str, (header, value): (&str, &str)) {
    let Some((_instance, ana, _eva)) = team() else { return };
    let other = "sk-ant-oat01-of-another";
    let connect = ["connect", "anthropic", "--unchecked"];
    ana.home.run(&connect).output(key).exits(0);
    let stored = json!({ "claudeAiOauth": {
        "accessToken": other, "refreshToken": "sk-ant-ort01-of-another",
        "expiresAt": 4_102_444_800_000_u64, "scopes": ["user:inference"],
        "subscriptionType": "max",
    } });
    let credentials = ana.home.path().join(".claude/.credentials.json");
    fs::write(&credentials, stored.to_string()).expect("a file");
    let settings = json!({
        "permissions": { "allow": ["mcp__crewmesh"] },
        "apiKeyHelper": "echo sk-ant-api03-of-another",
        "env": { "CLAUDE_CODE_OAUTH_TOKEN": other },
    });
    let file = ana.home.path().join(".claude/settings.json");
    fs::write(&file, settings.to_string()).expect("a file");
    let before = fs::read_to_string(&credentials).expect("a file");

    let model = Model::start(&ana.home, &json!([{ "call": "whoami" }]));
    let launch = ["launch", "-y", "--agent", "claude", "--provider", "anthropic"];
    let launch = run(&ana, &[&launch[..], &["--task", "Say who you are."]].concat(), &model);
    let launch = launch.with("ANTHROPIC_API_KEY", "sk-ant-api03-of-another");
    let mut terminal = launch.terminal(100, 40);
    terminal.shows("All of it is done.");
    // Nothing that it started has it either, our server for one.
    let home = ana.home.path().to_str().expect("text").to_owned();
    let mut seen = Vec::new();
    for process in fs::read_dir("/proc").expect("processes").flatten() {
        let read = |of_it| fs::read(process.path().join(of_it)).unwrap_or_default();
        let read = [read("environ"), read("cmdline")].concat();
        let read = String::from_utf8_lossy(&read);
        if read.contains(&home) {
            assert!(!read.contains(key), "{}", process.path().display());
            seen.push(read.contains("serve"));
        }
    }
    assert!(seen.contains(&true), "our server runs: {seen:?}");
    terminal.line("/exit");
    terminal.exits(0);
    let heard = model.heard();
    let keys: Vec<_> =
        heard.iter().map(|line| &line["keys"]).filter(|keys| keys.is_object()).collect();
    assert!(keys.len() >= 2, "{heard:#?}");
    for keys in keys {
        assert_eq!(keys[header], value, "{heard:#?}");
        assert!(!keys.to_string().contains("of-another"), "{keys}");
    }
    assert_eq!(fs::read_to_string(&credentials).expect("a file"), before);
    let sessions = ana.home.crewmesh().join("sessions");
    until("nothing left", || fs::read_dir(&sessions).ok()?.next().is_none().then_some(()));
}
