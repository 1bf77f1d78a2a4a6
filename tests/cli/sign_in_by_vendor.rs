//! Signing in at a provider by the vendor's own program: what it leaves is taken, the
//! person's own is as it was, the folder goes, and what was taken is renewed once of all.

use std::fs;
use std::path::PathBuf;
use std::process::Stdio;

use data_encoding::BASE64URL_NOPAD;
use rustix::process::Signal;
use serde_json::{Value, json};

use crate::cli::upgrade_to_team::sign_in_alone;
use crate::support::fake_agent::{fake_agent, last_run, write_program};
use crate::support::home::{Home, Run};
use crate::support::token_endpoint::TokenEndpoint;

const LAUNCH: [&str; 6] = ["launch", "-y", "--agent", "codex", "--provider", "openai"];

/// Somebody on their own instance, whose codex signs in as a test says.
fn at_home(script: &str) -> Home {
    let home = Home::new();
    sign_in_alone(&home, "alejandro");
    for settles in [&["create", "alejandro's mesh"][..], &["machine", "register", "-y"]] {
        home.run(settles).output("").exits(0);
    }
    let agent = fake_agent(&home, "codex-agent", 0);
    let script = format!(
        "#!/bin/sh\n\
         case \"$1\" in --version) echo 'codex-cli 1.2.3'; exit 0;; login) ;; *) exec '{}' \"$@\";; esac\n\
         ls -A \"$CODEX_HOME\" >'{}'\n{script}\n",
        agent.display(),
        home.path().join("found").display(),
    );
    write_program(&home.bin().join("codex"), &script);
    home
}

fn jwt(claims: &Value) -> String {
    format!("e30.{}.x", BASE64URL_NOPAD.encode(claims.to_string().as_bytes()))
}

/// What codex leaves once it was let in, with an access token good until `exp`.
fn left(home: &Home, exp: i64) -> PathBuf {
    let account = json!({ "chatgpt_plan_type": "plus", "chatgpt_account_id": "acc-1" });
    let text = json!({
        "auth_mode": "chatgpt", "OPENAI_API_KEY": null, "last_refresh": "2026-11-30T00:00:00Z",
        "tokens": {
            "id_token": jwt(&json!({
                "email": "ana@example.org", "https://api.openai.com/auth": account,
            })),
            "access_token": jwt(&json!({ "exp": exp, "https://api.openai.com/auth": account })),
            "refresh_token": TokenEndpoint::first().1, "account_id": "acc-1",
        },
    });
    let file = home.path().join("left.json");
    fs::write(&file, text.to_string()).expect("a file");
    file
}

const SIGNS_IN: &str = "echo 'Go to https://auth.example.org and enter ABCD-12345'\n\
    cp \"$HOME/left.json\" \"$CODEX_HOME/auth.json\"; echo 'Successfully logged in' >&2";

fn at(run: Run, endpoint: &TokenEndpoint) -> Run {
    run.with("CREWMESH_PROVIDER_OPENAI_ADDRESS", endpoint.url())
}

/// Folders of starts and sign-ins that are left.
fn rooms(home: &Home) -> Vec<PathBuf> {
    let all = fs::read_dir(home.crewmesh().join("sessions")).into_iter().flatten();
    all.map(|entry| entry.expect("an entry").path()).collect()
}

#[test]
fn what_the_vendors_program_leaves_is_taken_and_starts_the_agent() {
    let endpoint = TokenEndpoint::strict();
    let home = at_home(SIGNS_IN);
    left(&home, 4_000_000_000);
    let own = home.path().join(".codex");
    fs::create_dir(&own).expect("a folder");
    fs::write(own.join("auth.json"), "{\"OPENAI_API_KEY\":\"of-ana\"}").expect("a file");
    let before = fs::metadata(own.join("auth.json")).expect("it is there");

    let mut terminal = home.run(&["connect", "openai"]).terminal(80, 24);
    terminal.shows("How should OpenAI be connected?").shows("1  Sign in with codex");
    terminal.shows("Choose [1]:").line("");
    terminal.shows("codex signs in at OpenAI now").shows("ABCD-12345");
    terminal.exits(0).shows_at_the_end("OpenAI (ana@example.org, plus) is connected");
    terminal.whole();
    let found = fs::read_to_string(home.path().join("found")).expect("it looked");
    assert!(!found.contains("auth.json"), "in a folder that is for it alone: {found}");
    assert!(rooms(&home).is_empty(), "{:?}", rooms(&home));
    let after = fs::metadata(own.join("auth.json")).expect("it is there");
    assert_eq!(before.modified().expect("a time"), after.modified().expect("a time"));

    let object = home.run(&["providers", "--json"]).output("").exits(0).json();
    let one = &object["connections"][0];
    assert_eq!((&one["way"], &one["plan"]), (&json!("vendor"), &json!("plus")), "{object}");
    let said = home.run(&["providers"]).output("").exits(0).out;
    assert!(said.contains("ana@example.org") && said.contains("plus"), "{said}");

    let mut agent = at(home.run(&LAUNCH), &endpoint).terminal(100, 24);
    agent.shows("It works with OpenAI (ana@example.org, plus)").shows("codex-agent is here");
    let run = last_run(&home, "codex-agent");
    let auth = fs::read_to_string(PathBuf::from(&run.variables["CODEX_HOME"]).join("auth.json"));
    let auth: Value = serde_json::from_str(&auth.expect("a file")).expect("JSON");
    assert_eq!(
        (&auth["auth_mode"], &auth["tokens"]["refresh_token"]),
        (&json!("chatgptAuthTokens"), &json!(""))
    );
    assert_eq!(auth["tokens"]["account_id"], "acc-1");
    assert!(auth["tokens"]["access_token"].as_str().is_some_and(|token| token.starts_with("e30.")));
    agent.line("bye");
    agent.exits(0);

    let said = at(home.run(&["disconnect", "openai", "-y"]), &endpoint).output("").exits(0);
    assert!(endpoint.is_revoked(), "{said:?}");
}

#[test]
fn a_program_that_signs_nobody_in_leaves_nothing() {
    let cases = [
        ("exit 3", "vendor_ended", "exit code 3"),
        ("true", "vendor_ended", "exit code 0"),
        ("kill -9 $$", "vendor_ended", "it was stopped"),
        ("printf '{\"tokens\":{\"acc' >\"$CODEX_HOME/auth.json\"", "vendor_unread", "not whole"),
        ("echo '{\"OPENAI_API_KEY\":\"sk-x\"}' >\"$CODEX_HOME/auth.json\"", "vendor_unread", ""),
    ];
    for (script, code, said) in cases {
        let home = at_home(script);
        let run = home.run(&["connect", "openai", "--way", "vendor", "--json"]).output("").exits(1);
        let error = &run.json()["error"];
        assert_eq!(error["code"], code, "{script}: {run:?}");
        assert!(error["message"].to_string().contains(said), "{script}: {run:?}");
        assert!(error["hint"].to_string().contains("--way token"), "{script}: {run:?}");
        assert!(rooms(&home).is_empty(), "{script}");
        let object = home.run(&["providers", "--json"]).output("").exits(0).json();
        assert_eq!(object["total"], 0, "{script}");
    }
    let home = at_home(SIGNS_IN);
    left(&home, 4_000_000_000);
    fs::remove_file(home.bin().join("codex")).expect("it was there");
    let run = home.run(&["connect", "openai", "--way", "vendor"]).output("").exits(9);
    assert!(run.err.contains("npm install -g @openai/codex"), "{run:?}");
    // Nor is it offered then, and what is missing is said.
    let mut terminal = home.run(&["connect", "openai"]).terminal(80, 24);
    terminal.shows("npm install -g @openai/codex").shows("(not shown):").press("ctrl+c");
    terminal.exits(130).whole();
}

/// Claude Code shows its token, broken over lines, and leaves nothing.
#[test]
fn a_token_that_is_shown_is_taken_from_where_it_is_shown() {
    let home = at_home("");
    let shows = |name: &str, script: &str| {
        let script = format!("#!/bin/sh\n[ \"$1\" = setup-token ] || exit 9\n{script}\n");
        write_program(&home.bin().join(name), &script);
    };
    let token = format!("sk-ant-oat01-of-the-test-{}-0123456789-AA", "abcdefgh".repeat(8));
    let (one, two) = token.split_at(78);
    let script = format!(
        "[ -t 0 ] && [ -t 1 ] && [ -z \"$ANTHROPIC_API_KEY\" ] || exit 8\n\
         stty size; printf 'Paste code here > '; read -r code\n\
         printf '\\n Your token:\\n\\n \\033[38;5;220m{one}\\n {two}\\033[39m\\n\\n Store it.\\n'"
    );
    shows("claude", &script);
    let run = home.run(&["connect", "anthropic", "--way", "vendor"]).with("ANTHROPIC_API_KEY", "x");
    let mut terminal = run.terminal(80, 24);
    terminal.shows("claude signs in at Anthropic now").shows("24 80").shows("Paste code here");
    terminal.line("abc#def");
    terminal.exits(0).shows_at_the_end("is connected").whole();
    assert!(rooms(&home).is_empty());
    let object = home.run(&["providers", "--json"]).output("").exits(0).json();
    let one = &object["connections"][0];
    assert_eq!((&one["kind"], &one["last_four"]), (&json!("oauth_token"), &json!("9-AA")));

    // What it shows is no part of the answer.
    let run = home.run(&["connect", "anthropic", "--way", "vendor", "--json"]);
    let out = home.path().join("out.json");
    let into = format!("exec \"$@\" >'{}'", out.display());
    let mut terminal = run.under(&["sh", "-c", &into, "sh"]).terminal(80, 24);
    terminal.shows("Paste code here").line("abc#def").shows("Store it.");
    terminal.exits(0).whole();
    let object = fs::read_to_string(out).expect("a file");
    let object: Value = serde_json::from_str(&object).expect("one object");
    assert_eq!(object["last_four"], "9-AA");

    // It ends well, and shows none; or no key ends it.
    shows("claude", "echo 'Login successful.'");
    let run = home.run(&["connect", "anthropic", "--way", "vendor"]);
    run.terminal(80, 24).exits(1).shows_at_the_end("ended without a sign-in").whole();
    shows("claude", "stty raw -echo; printf 'no key ends this'; exec sleep 600");
    for code in [130, 143] {
        let run = home.run(&["connect", "anthropic", "--way", "vendor"]);
        let mut terminal = run.terminal(80, 24);
        terminal.shows("no key ends this");
        if code == 130 {
            terminal.press("ctrl+c");
        } else {
            terminal.signal(Signal::TERM);
        }
        terminal.exits(code).whole();
    }
    // It does not go when it is asked to, and does the second time.
    shows(
        "claude",
        "trap '' TERM; stty raw -echo; printf 'no key ends this'; while :; do read -r x; printf again; done",
    );
    let mut terminal = home.run(&["connect", "anthropic", "--way", "vendor"]).terminal(80, 24);
    terminal.shows("no key ends this").press("ctrl+c").press("ctrl+c");
    terminal.exits(130).whole();
    let said = home.run(&["connect", "anthropic", "--way", "vendor"]).output("").exits(1);
    assert!(said.err.contains("at a terminal only"), "{said:?}");
    assert!(rooms(&home).is_empty());
}

#[test]
fn whoever_stops_it_in_the_middle_leaves_nothing_behind() {
    let home = at_home("echo 'Waiting for you'; exec sleep 600");
    for stop in ["ctrl+c", "a signal"] {
        let run = home.run(&["connect", "openai", "--way", "vendor"]);
        let mut terminal = run.terminal(80, 24);
        terminal.shows("Waiting for you");
        assert_eq!(rooms(&home).len(), 1);
        let code = if stop == "ctrl+c" {
            terminal.press("ctrl+c");
            130
        } else {
            terminal.signal(Signal::TERM);
            143
        };
        terminal.exits(code).whole();
        assert!(rooms(&home).is_empty(), "{stop}");
    }
}

/// What it does when it is told to stop is done before its folder goes, and what it has
/// changed about the terminal is as it was.
#[test]
fn a_program_that_ends_badly_leaves_neither_files_nor_the_terminal_changed() {
    let home = at_home(
        "trap 'sleep 0.5; mkdir -p \"$CODEX_HOME\"; echo late >\"$CODEX_HOME/auth.json\"; exit 9' TERM INT\n\
         echo 'Waiting for you'; while :; do sleep 0.1; done",
    );
    for signal in [Signal::TERM, Signal::INT] {
        let mut terminal = home.run(&["connect", "openai", "--way", "vendor"]).terminal(80, 24);
        terminal.shows("Waiting for you").signal(signal);
        terminal.exits(if signal == Signal::TERM { 143 } else { 130 }).whole();
        assert!(rooms(&home).is_empty(), "{:?}", rooms(&home));
    }
    let home = at_home("stty raw -echo; printf '\\033[?1049h\\033[?25l\\033[?1000h'; kill -9 $$");
    let mut terminal = home.run(&["connect", "openai", "--way", "vendor"]).terminal(80, 24);
    terminal.exits(1).shows_at_the_end("ended without a sign-in").whole();
}

/// On one's own instance it is this process that renews, and what a provider gives once
/// must not go with it.
#[test]
fn whoever_stops_a_start_that_renews_is_signed_in_still() {
    let endpoint = TokenEndpoint::strict();
    let home = at_home(SIGNS_IN);
    left(&home, 1_000_000_000);
    home.run(&["connect", "openai", "--way", "vendor"]).output("").exits(0);
    endpoint.hold(true);
    let mut terminal = at(home.run(&LAUNCH), &endpoint).terminal(80, 24);
    endpoint.until_asked(1);
    terminal.press("ctrl+c");
    terminal.shows("A provider is still being asked");
    endpoint.hold(false);
    terminal.exits(130).whole();
    assert_eq!(endpoint.counts(), (1, 1));
    let mut agent = at(home.run(&LAUNCH), &endpoint).terminal(80, 24);
    agent.shows("codex-agent is here");
    assert_eq!(endpoint.counts(), (1, 1), "what it gave was kept");
    agent.press("ctrl+c");
    agent.ends();
}

#[test]
fn twenty_starts_at_once_renew_it_once() {
    let endpoint = TokenEndpoint::strict();
    let home = at_home(SIGNS_IN);
    left(&home, 1_000_000_000);
    home.run(&["connect", "openai", "--way", "vendor"]).output("").exits(0);
    // Where the launch is settled, each goes straight to its agent.
    let run = at(home.run(&LAUNCH), &endpoint);
    let starts: Vec<_> = (0..20)
        .map(|_| {
            let mut command = run.command();
            command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
            command.spawn().expect("it starts")
        })
        .collect();
    for start in starts {
        let said = start.wait_with_output().expect("it ends");
        let text = String::from_utf8_lossy(&said.stdout).into_owned();
        assert!(
            text.contains("codex-agent is here"),
            "{text} {}",
            String::from_utf8_lossy(&said.stderr)
        );
    }
    assert_eq!(endpoint.counts(), (1, 1));
    let object = home.run(&["providers", "--json"]).output("").exits(0).json();
    assert!(object["connections"][0]["revoked_at"].is_null(), "{object}");

    // What the person took back is said, with what to do.
    let home = at_home(SIGNS_IN);
    left(&home, 1_000_000_000);
    home.run(&["connect", "openai", "--way", "vendor"]).output("").exits(0);
    endpoint.revoke();
    let said = at(home.run(&LAUNCH), &endpoint).output("").exits(6);
    assert!(said.err.contains("lets your account there in no more"), "{said:?}");
    assert!(said.err.contains("crewmesh connect openai"), "{said:?}");
    let said = home.run(&["providers"]).output("").exits(0);
    assert!(said.out.contains("over: connect it again"), "{said:?}");
}
