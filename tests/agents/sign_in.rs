//! Claude Code on its way to `/mcp` by the address of an instance alone, by its own
//! commands, let in by a person in Chromium. The others are tried by
//! `.ci/agents-sign-in`.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use serde_json::{Value, json};

use super::until;
use crate::cli::signed_in_person::{Ana, PASSWORD};
use crate::support::browser::Browser;
use crate::support::home::{Home, Run};
use crate::support::server::Instance;
use crate::support::{agents, need};

/// What it calls itself by, and says of itself there; an instance that asks nobody
/// outside is given it as a file.
const DOCUMENT: &str = "https://claude.ai/oauth/claude-code-client-metadata";

/// A home in which it knows a mesh by its address.
struct Client {
    home: Home,
    /// What it had opened in a browser.
    opened: PathBuf,
}

impl Client {
    fn of(url: &str) -> Self {
        let home = Home::new();
        let opened = home.path().join("opened");
        let script = home.bin().join("xdg-open");
        let text = format!("#!/bin/sh\nprintf '%s\\n' \"$1\" >'{}'\n", opened.display());
        fs::write(&script, text).expect("a file");
        fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).expect("a file of ours");
        let settings = json!({ "hasCompletedOnboarding": true }).to_string();
        fs::write(home.path().join(".claude.json"), settings).expect("a file");
        let client = Self { home, opened };
        let address = format!("{url}/mcp");
        let add = ["mcp", "add", "--scope", "user", "--transport", "http", "mesh", &address];
        client.run(&add).output("").exits(0);
        client
    }

    fn run(&self, arguments: &[&str]) -> Run {
        self.home
            .program(agents::claude().expect("need(\"claude\") was asked"), arguments)
            .with("BROWSER", self.home.bin().join("xdg-open"))
            .with("DISPLAY", ":0")
            .with("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "1")
            .with("CLAUDE_CODE_TMPDIR", self.home.path())
            .with("DISABLE_AUTOUPDATER", "1")
    }

    /// Whether it is let in, by what it says.
    fn comes(&self) -> Result<(), String> {
        let said = self.run(&["mcp", "list"]).output("");
        if said.out.contains("Connected") { Ok(()) } else { Err(said.out + &said.err) }
    }

    /// What it keeps.
    fn kept(&self) -> String {
        let file = self.home.path().join(".claude/.credentials.json");
        fs::read_to_string(file).unwrap_or_default()
    }

    /// Its access token is over, and it knows: only renewing helps.
    fn spoil(&self) {
        let mut kept: Value = serde_json::from_str(&self.kept()).expect("JSON");
        let entries = kept["mcpOAuth"].as_object_mut().expect("what servers gave it");
        for entry in entries.values_mut() {
            assert!(entry["accessToken"].as_str().is_some_and(|it| it.starts_with("cm_access_")));
            entry["accessToken"] = json!("cm_access_over");
            entry["expiresAt"] = json!(1);
        }
        let file = self.home.path().join(".claude/.credentials.json");
        fs::write(file, kept.to_string()).expect("a file");
    }
}

/// Ana's sessions of programs that came to `/mcp`.
fn sessions(ana: &Ana) -> Vec<Value> {
    let all = ana.json(&["whoami", "--sessions"])["sessions"].clone();
    let all = all.as_array().cloned().unwrap_or_default();
    all.into_iter().filter(|one| one["program"] == DOCUMENT).collect()
}

#[test]
fn claude_code_signs_in_by_the_address_of_an_instance_alone() {
    if !need("claude") || !need("browser") {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let document = json!({
        "client_id": DOCUMENT,
        "client_name": "Claude Code",
        "redirect_uris": ["http://localhost/callback", "http://127.0.0.1/callback"],
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "none",
    });
    fs::write(folder.path().join("claude.json"), document.to_string()).expect("a file");
    let documents = folder.path().to_str().expect("a path of letters");
    let instance = Instance::start_with(&["--mcp-client-documents", documents]);
    let ana = Ana::at(&instance);
    let client = Client::of(&instance.url());
    assert!(client.comes().is_err(), "nobody let it in");

    let mut terminal = client.run(&["mcp", "login", "mesh"]).terminal(100, 40);
    let asked = until("its page", || {
        let opened = fs::read_to_string(&client.opened).ok()?;
        opened.ends_with('\n').then(|| opened.trim().to_owned())
    });
    let browser = Browser::phone();
    browser.goto(&format!("{}/login", instance.url()));
    browser.fill("#email", "ana@example.org");
    browser.fill("#password", PASSWORD);
    browser.click("main form button:not([type=button])");
    browser.shows("Meshes");
    browser.goto(&asked);
    // Whoever vouches for its name is named.
    browser.shows("Claude Code");
    browser.shows("claude.ai");
    browser.click("button[name=decision][value=approve]");
    terminal.exits(0);
    assert!(client.kept().contains("cm_access_"), "{}", terminal.text());
    client.comes().expect("it was let in");

    client.spoil();
    client.comes().expect("it renews what is over");
    assert!(!client.kept().contains("cm_access_over"));
    client.spoil();
    std::thread::scope(|scope| {
        let both = [(); 2].map(|()| scope.spawn(|| client.comes()));
        for one in both {
            one.join().expect("no panic").expect("both are let in");
        }
    });
    client.comes().expect("whoever renewed last");

    let all = sessions(&ana);
    assert_eq!((all.len(), &all[0]["name"]), (1, &json!("Claude Code")), "{all:?}");
    let id = all[0]["id"].as_str().expect("an id");
    ana.home.run(&["whoami", "--revoke", id]).output("").exits(0);
    assert!(client.comes().is_err(), "its session was ended");
}
