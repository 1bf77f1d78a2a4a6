//! Connecting AI providers from the command line: what is kept, what is refused, and
//! that a key is seen nowhere.

use serde_json::{Value, json};

use crate::cli::signed_in_person::{Ana, PASSWORD};
use crate::support::github_device::GitHubDevice;
use crate::support::home::{Run, Said};
use crate::support::need;
use crate::support::port::Port;
use crate::support::provider::{KEY, Provider};
use crate::support::server::Instance;

const OPENAI: &str = "CREWMESH_PROVIDER_OPENAI_ADDRESS";

fn connect(ana: &Ana, arguments: &[&str]) -> Run {
    let all: Vec<_> = ["connect"].into_iter().chain(arguments.iter().copied()).collect();
    ana.home.run(&all)
}

fn connections(ana: &Ana) -> Vec<Value> {
    let object = ana.json(&["providers"]);
    object["connections"].as_array().expect("a list").clone()
}

#[track_caller]
fn fails(said: &Said, word: &str) {
    let object = said.json();
    assert_eq!(object["error"]["code"], word, "{said:#?}");
    assert!(!said.out.contains(KEY) && !said.err.contains(KEY), "{said:#?}");
}

#[test]
fn a_key_is_piped_in_listed_and_forgotten_and_seen_nowhere() {
    let instance = Instance::start();
    let ana = Ana::at(&instance);
    let openai = Provider::openai();
    let (said, object) = ana.both(&["providers"]);
    assert!(said.contains("Nothing is connected"), "{said}");
    assert!(said.contains("crewmesh connect anthropic"), "{said}");
    assert_eq!(object["total"], 0);
    assert!(object["providers"].as_array().expect("a list").iter().any(|one| {
        one["name"] == "openai" && one["ways"] == json!(["vendor", "import", "token"])
    }));

    let run = connect(&ana, &["openai", "--json"]).with(OPENAI, openai.address());
    let said = run.output(&format!("\u{feff}  {KEY}\r\n")).exits(0);
    let object = said.json();
    assert_eq!((&object["provider"], &object["last_four"]), (&json!("openai"), &json!("4711")));
    assert!(object["verified_at"].is_string() && object["default"] == true, "{object}");
    assert!(!said.out.contains(KEY) && !said.err.contains(KEY), "{said:#?}");
    assert_eq!(openai.asked().len(), 1, "one question");

    let label = ["openai", "--label", "work"];
    let said = connect(&ana, &label).with(OPENAI, openai.address()).output(KEY).exits(0);
    assert!(said.out.contains("OpenAI (work, …4711) is connected"), "{said:#?}");
    let (said, object) = ana.both(&["providers"]);
    assert!(said.contains("work") && said.contains("let in on"), "{said}");
    assert_eq!(object["total"], 2);

    // Which one is not clear, and nothing is taken for granted.
    ana.home.run(&["disconnect", "openai", "-y"]).output("").exits(3);
    ana.home.run(&["disconnect", "openai", "--label", "work"]).output("").exits(3);
    let other = ["disconnect", "openai", "--label", "nope", "-y"];
    let said = ana.home.run(&other).output("").exits(5);
    assert!(said.err.contains("Nothing there is called") && said.err.contains("work"), "{said:?}");
    let said = ana.home.run(&["disconnect", "openai", "--label", "work", "-y"]).output("").exits(0);
    assert!(said.out.contains("platform.openai.com"), "where it is ended: {said:#?}");
    assert_eq!(ana.json(&["disconnect", "OpenAI", "-y"])["disconnected"], true);
    ana.home.run(&["disconnect", "openai", "-y"]).output("").exits(5);
    assert!(connections(&ana).is_empty());
    let kept = ["auth.json", "state.json"].map(|file| ana.home.kept(file));
    assert!(!kept.concat().contains(KEY));
}

#[test]
fn what_a_provider_refuses_is_not_kept_and_what_it_does_not_tell_is_not_verified() {
    let instance = Instance::start();
    let ana = Ana::at(&instance);
    let openai = Provider::openai();
    let asked = |address: &str, key: &str| {
        connect(&ana, &["openai", "--json"]).with(OPENAI, address).output(key)
    };
    fails(&asked(&openai.address(), &format!("{KEY}0")).exits(1), "credential_wrong");
    fails(&asked(&openai.address(), "").exits(3), "credential_malformed");
    fails(&asked(&openai.address(), &format!("{KEY} x")).exits(3), "credential_malformed");
    let said = asked(&openai.address(), &format!("sk-ant-api03-{KEY}")).exits(3);
    fails(&said, "credential_malformed");
    let message = said.json()["error"]["message"].to_string();
    assert!(message.contains("crewmesh connect anthropic"), "{message}");
    assert!(connections(&ana).is_empty() && openai.asked().len() == 1);

    let gone = format!("http://{}", Port::free().host());
    let page = Provider::answering(200, "<html>Welcome to the hotel</html>");
    let fault = Provider::answering(500, "{\"error\":{}}");
    for address in [gone, page.address(), fault.address()] {
        let object = asked(&address, KEY).exits(0).json();
        assert!(object["verified_at"].is_null(), "{object}");
        let said = connect(&ana, &["openai"]).with(OPENAI, &address).output(KEY).exits(0);
        assert!(said.out.contains("not verified: "), "{said:#?}");
    }
    let poor = Provider::answering(429, r#"{"error":{"type":"insufficient_quota"}}"#);
    let said = connect(&ana, &["openai"]).with(OPENAI, poor.address()).output(KEY).exits(0);
    assert!(said.out.contains("no credit"), "{said:#?}");
    let narrow = r#"{"error":{"message":"You have insufficient permissions. Missing scopes: a"}}"#;
    let narrow = Provider::answering(401, narrow);
    let said = connect(&ana, &["openai"]).with(OPENAI, narrow.address()).output(KEY).exits(0);
    assert!(said.out.contains("may not do everything"), "{said:#?}");
    // Nobody is asked where that is wanted so.
    let before = narrow.asked().len();
    let run = connect(&ana, &["openai", "--unchecked"]).with(OPENAI, narrow.address());
    assert!(run.output(KEY).exits(0).out.contains("not verified"));
    assert_eq!((narrow.asked().len(), connections(&ana).len()), (before, 1));
}

#[test]
fn what_is_set_here_is_taken_over_once_somebody_says_so() {
    let instance = Instance::start();
    let ana = Ana::at(&instance);
    let anthropic = Provider::anthropic();
    let at = |run: Run| run.with("CREWMESH_PROVIDER_ANTHROPIC_ADDRESS", anthropic.address());
    let import = ["anthropic", "--way", "import"];
    let said = at(connect(&ana, &import)).output("").exits(5);
    assert!(said.err.contains("ANTHROPIC_API_KEY") && said.err.contains("--way token"), "{said:?}");
    let key = format!("sk-ant-api03-{KEY}");
    let with_key = |run: Run| at(run).with("ANTHROPIC_API_KEY", &key);
    let said = with_key(connect(&ana, &import)).output("").exits(0);
    assert!(said.out.contains("Anthropic (…4711) is connected"), "{said:#?}");

    let mut terminal = with_key(connect(&ana, &["anthropic", "--label", "b"])).terminal(80, 24);
    terminal.shows("1  The key in ANTHROPIC_API_KEY (…4711)").shows("Choose [1]:").line("");
    terminal.exits(0).shows_at_the_end("Anthropic (b, …4711) is connected");
    let mut terminal = with_key(connect(&ana, &["anthropic", "--label", "c"])).terminal(80, 24);
    terminal.shows("Choose [1]:").press("ctrl+d");
    terminal.exits(130);
    assert_eq!(connections(&ana).len(), 2, "the end of the input is no choice");
    let mut terminal = with_key(connect(&ana, &["anthropic", "--label", "c"])).terminal(80, 24);
    terminal.shows("Choose [1]:").line("2").shows("platform.claude.com").shows("(not shown):");
    terminal.line(&key);
    terminal.exits(0).shows_at_the_end("Anthropic (c, …4711) is connected");
    assert!(!terminal.raw().contains(KEY), "it was shown while it was typed");
    let ways: Vec<_> = connections(&ana).iter().map(|one| one["way"].clone()).collect();
    assert_eq!(ways, ["import", "import", "token"]);
}

/// Lays down what another program keeps in this home.
fn keeps(ana: &Ana, file: &str, text: &str) -> std::path::PathBuf {
    let path = ana.home.path().join(file);
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    std::fs::write(&path, text).expect("a file");
    path
}

#[test]
fn what_another_program_keeps_is_taken_over_or_stays_with_it() {
    let instance = Instance::start();
    let ana = Ana::at(&instance);
    let openai = Provider::openai();
    let import = |more: &[&str]| {
        let arguments = [&["openai", "--way", "import"], more].concat();
        connect(&ana, &arguments).with(OPENAI, openai.address())
    };
    let said = import(&[]).output("").exits(5);
    assert!(said.err.contains("OPENAI_API_KEY, CODEX_API_KEY, codex, opencode"), "{said:#?}");

    // As codex 0.171.0 keeps an account of ChatGPT: what it renews is in one place.
    let account = r#"{"auth_mode":"chatgpt","OPENAI_API_KEY":null,
        "tokens":{"id_token":"i","access_token":"a.b.c","refresh_token":"rt_1"}}"#;
    let codex = keeps(&ana, ".codex/auth.json", account);
    let said = import(&["--json"]).output("");
    fails(&said, "used_in_place");
    let said = import(&[]).output("").exits(1);
    assert!(said.err.contains("codex is signed in here"), "{said:#?}");
    assert_eq!(std::fs::read_to_string(&codex).expect("it stays"), account);
    assert!(connections(&ana).is_empty());

    // Somebody else keeps a key, and is asked for by name, or because nothing else is here.
    let key = format!(r#"{{"openai":{{"type":"api","key":"{KEY}"}}}}"#);
    keeps(&ana, ".local/share/opencode/auth.json", &key);
    let mut terminal = connect(&ana, &["openai"]).with(OPENAI, openai.address()).terminal(100, 24);
    terminal.shows("What codex keeps in ~/.codex/auth.json");
    terminal.shows("What opencode keeps in ~/.local/share/opencode/auth.json");
    // What is in them is not known yet: none of them is what one gets for leaving it open.
    terminal.shows("1  Paste a key").shows("Choose [1]:").line("3");
    terminal.exits(0).shows_at_the_end("OpenAI (…4711) is connected");
    assert!(!terminal.raw().contains(KEY));
    import(&["--from", "opencode", "--label", "b"]).output("").exits(0);
    let said = import(&["--from", "codex", "--label", "c"]).output("").exits(1);
    assert!(said.err.contains("stays where it is"), "{said:#?}");
    let said = import(&["--from", "claude"]).output("").exits(5);
    assert!(said.err.contains("codex, opencode"), "{said:#?}");
    // However it is spelled, and nothing of it is said again: it may be a key.
    import(&["--from", "$OpenAI_API_key", "--label", "c"])
        .with("OPENAI_API_KEY", " ")
        .output("")
        .exits(5);
    assert!(!import(&["--from", KEY]).output("").exits(5).err.contains(KEY));
    let token = connect(&ana, &["openai", "--way", "token", "--from", "codex"]);
    assert!(token.output("").exits(3).err.contains("--from"));

    // Where its variable says, and not in its usual place.
    let elsewhere = keeps(&ana, "other/auth.json", &format!(r#"{{"OPENAI_API_KEY":"{KEY}"}}"#));
    let home = elsewhere.parent().expect("a folder");
    import(&["--from", "codex", "--label", "c"]).with("CODEX_HOME", home).output("").exits(0);
    // What cannot be read is said.
    std::fs::remove_file(&codex).expect("it was there");
    std::fs::write(&codex, [0xff, 0xfe]).expect("a file");
    let said = import(&["--from", "codex", "--label", "d"]).output("").exits(1);
    assert!(said.err.contains("cannot be read"), "{said:#?}");
    std::fs::write(&codex, "{\"OPENAI_API_KEY\":\"sk-pro").expect("a file");
    let said = import(&["--from", "codex", "--label", "d"]).output("").exits(1);
    assert!(said.err.contains("cannot be read") && !said.err.contains("sk-pro"), "{said:#?}");
    let ways: Vec<_> = connections(&ana).iter().map(|one| one["way"].clone()).collect();
    assert_eq!(ways, ["import", "import", "import"]);
}

#[test]
fn what_gh_is_signed_in_with_is_asked_of_gh() {
    if !need("gh") {
        return;
    }
    let instance = Instance::start();
    let ana = Ana::at(&instance);
    let gh = crate::support::find("gh").expect("need(\"gh\") was asked");
    std::os::unix::fs::symlink(gh, ana.home.bin().join("gh")).expect("a link");
    let github = GitHubDevice::start();
    let run = |label: &str| {
        let arguments = ["github", "--way", "import", "--from", "gh", "--label", label];
        connect(&ana, &arguments).with("CREWMESH_PROVIDER_GITHUB_ADDRESS", &github.url)
    };
    let said = run("a").output("").exits(5);
    assert!(said.err.contains("nothing") || said.err.contains("Nothing"), "{said:#?}");
    // What is of another host goes to that host alone.
    let other = "ghe.example.org:\n    oauth_token: gho_of_the_company\n    user: ana\n";
    keeps(&ana, ".config/gh/hosts.yml", other);
    let said = run("a").output("").exits(1);
    assert!(said.err.contains("gh keeps cannot be read"), "{said:#?}");
    let hosts = |token: &str| {
        let text = format!("github.com:\n    oauth_token: {token}\n    user: anagil\n");
        keeps(&ana, ".config/gh/hosts.yml", &text)
    };
    hosts(&github.good());
    // What is set besides is not what it is signed in with.
    let said = run("a").with("GH_TOKEN", "gho_of_somebody_else").output("").exits(0);
    assert!(said.out.contains("GitHub (a, anagil") && !said.out.contains("gho_"), "{said:#?}");
    let mut terminal = connect(&ana, &["github", "--label", "b"])
        .with("CREWMESH_PROVIDER_GITHUB_ADDRESS", &github.url)
        .terminal(100, 24);
    terminal.shows("What gh is signed in with (gh auth token --hostname github.com)");
    terminal.shows("Choose [1]:").line("2");
    terminal.exits(0).shows_at_the_end("GitHub (b, anagil");
    // One that is over is let in nowhere.
    hosts("gho_over0000000000000000000000000000000");
    let said = run("c").output("").exits(1);
    assert!(said.err.contains("no such key"), "{said:#?}");
}

#[test]
fn a_model_server_is_asked_what_it_has() {
    let instance = Instance::start();
    let ana = Ana::at(&instance);
    let own = Provider::openai();
    let open = r#"{"models":[{"name":"llama3:8b"},{"name":"qwen\u001b[31m"}]}"#;
    let ollama = Provider::answering(200, open);
    let run = connect(&ana, &["ollama", "--endpoint", &ollama.address(), "--json"]);
    let object = run.output("").exits(0).json();
    assert_eq!((&object["last_four"], &object["endpoint"]), (&json!(""), &json!(ollama.address())));
    let models = object["models"].as_array().expect("a list");
    assert!(models[0] == "llama3:8b" && !models[1].to_string().contains("u001b"), "{object}");

    let endpoint = ["self-hosted", "--endpoint", &own.address()];
    let run = connect(&ana, &endpoint);
    fails(&connect(&ana, &[&endpoint[..], &["--json"]].concat()).output("").exits(1), "key_wanted");
    let said = run.output("sk-wrong").exits(1);
    assert!(said.err.contains("does not take this key"), "{said:#?}");
    let mut terminal = run.terminal(80, 24);
    terminal.shows("wants a key (not shown):").line(KEY);
    terminal.exits(0).shows_at_the_end("Models: gpt-x");
    assert!(!terminal.raw().contains(KEY));

    // Which one agents ask for: named, picked, or the only one there is.
    let several = r#"{"models":[{"name":"llama3:8b"},{"name":"qwen3:8b"}]}"#;
    let several = Provider::answering(200, several);
    let at = ["ollama", "--endpoint", &several.address()];
    let named = [&at[..], &["--model", "qwen3:8b", "--json"]].concat();
    assert_eq!(connect(&ana, &named).output("").exits(0).json()["model"], "qwen3:8b");
    let unknown = [&at[..], &["--model", "nope", "--json"]].concat();
    fails(&connect(&ana, &unknown).output("").exits(5), "not_found");
    let wrong = [&at[..], &["--model", "a b", "--json"]].concat();
    fails(&connect(&ana, &wrong).output("").exits(3), "model_malformed");
    let nobody = connect(&ana, &[&at[..], &["--json"]].concat()).output("").exits(0).json();
    assert!(nobody["model"].is_null(), "nobody said: {nobody}");
    let mut terminal = connect(&ana, &at).terminal(80, 24);
    terminal.shows("Which model do agents ask for there?").shows("2  qwen3:8b").line("2");
    terminal.exits(0);
    let all = connections(&ana);
    let kept = all.iter().find(|one| one["provider"] == "ollama").expect("it is kept");
    assert_eq!(kept["model"], "qwen3:8b");
    let openai = ["openai", "--model", "gpt-x", "--json"];
    fails(&connect(&ana, &openai).output(KEY).exits(3), "no_models");

    let page = Provider::answering(200, "<html>");
    let json =
        |address: &str| connect(&ana, &["self-hosted", "--endpoint", address, "--json"]).output("");
    fails(&json(&page.address()).exits(4), "no_model_server");
    let gone = json(&format!("http://{}", Port::free().host())).exits(4);
    fails(&gone, "connection_refused");
    assert!(gone.out.contains("Is it running?"), "{gone:#?}");
    fails(&json("http://me:word@host").exits(3), "endpoint_malformed");
    fails(&connect(&ana, &["self-hosted", "--json"]).output("").exits(3), "endpoint_missing");
    let openai = ["openai", "--endpoint", "http://h", "--json"];
    fails(&connect(&ana, &openai).output("").exits(3), "no_endpoint");
    let way = ["ollama", "--way", "token", "--json"];
    fails(&connect(&ana, &way).output("").exits(3), "no_such_way");
    fails(&connect(&ana, &["opneai", "--json"]).output("").exits(5), "not_found");
    assert_eq!(connections(&ana).len(), 2);
}

#[test]
fn an_agent_and_a_token_connect_nothing() {
    let instance = Instance::start();
    let ana = Ana::at(&instance);
    for arguments in [&["connect", "openai", "--json"][..], &["disconnect", "openai", "--json"]] {
        let said = ana.home.run(arguments).with("CREWMESH_SESSION", "x").output(KEY).exits(7);
        fails(&said, "step_up_required");
    }
    let mut terminal = ana.home.run(&["token", "create", "ci"]).terminal(120, 24);
    terminal.shows("[y/N]").line("y").shows("Your password on").line(PASSWORD);
    terminal.exits(0);
    let text = terminal.text();
    let token = text.lines().map(str::trim).find(|line| line.starts_with("cm_pat_"));
    let openai = Provider::openai();
    let run = connect(&ana, &["openai", "--json"]).with(OPENAI, openai.address());
    let run = run.with("CREWMESH_TOKEN", token.expect("a token"));
    let run = run.with("CREWMESH_INSTANCE", instance.url());
    fails(&run.output(KEY).exits(7), "step_up_required");
    assert!(connections(&ana).is_empty());
}

#[test]
fn what_is_connected_is_asked_how_it_is() {
    let openai = Provider::openai();
    let instance = Instance::asking(&[("CREWMESH_PROVIDER_OPENAI_ADDRESS", &openai.address())]);
    let ana = Ana::at(&instance);
    for (label, key) in [("good", KEY), ("gone", "sk-of-yesterday")] {
        let connect = ["connect", "openai", "--label", label, "--unchecked", "--json"];
        ana.home.run(&connect).output(key).exits(0);
    }
    let away = format!("http://{}", Port::free().host());
    let server = ["connect", "self-hosted", "--unchecked", "--json", "--endpoint", &away];
    ana.home.run(&server).output("").exits(0);
    let (said, object) = ana.both(&["providers", "--check"]);
    assert!(said.contains("lets you in") && said.contains("does not answer"), "{said}");
    assert!(said.contains("over: connect it again"), "{said}");
    let all = object["connections"].as_array().expect("a list");
    let health = |label: &str| {
        let one = all.iter().find(|one| one["label"] == label).expect("it is connected");
        one["health"].as_str().expect("it was asked").to_owned()
    };
    assert_eq!(
        (health("good"), health("gone"), health("")),
        ("good".into(), "over".into(), "down".into())
    );
    // Later it is told as it was.
    let said = ana.home.run(&["providers"]).output("").exits(0).out;
    assert!(said.contains("lets you in") && said.contains("over: connect it again"), "{said}");
}
