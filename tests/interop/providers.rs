//! A whole provider from npm, oidc-provider, at which the instance has a client: somebody
//! signs in there through its own pages, in a browser that comes back and with a code; what
//! that brings starts agents, is renewed there, and ended there.

use std::fs;

use serde_json::json;

use super::Script;
use crate::cli::signed_in_person::{Ana, PASSWORD};
use crate::support::browser::Browser;
use crate::support::fake_agent::{fake_agent, last_run};
use crate::support::need;
use crate::support::server::Instance;

/// No shape of a secret of GitHub's.
const CLIENT_SECRET: &str = "s3cret/of+this:test";

/// It stands where GitHub is, its own check and renewal with it.
fn tables(issuer: &str, secret: &std::path::Path) -> String {
    format!(
        r#"
[github.client]
id = "crewmesh"
secret_file = "{}"
scope = "openid"

[github.device]
authorization = "{issuer}/device/auth"
token = "{issuer}/token"

[github.redirect]
authorization = "{issuer}/auth"
token = "{issuer}/token"

[github.check]
url = "{issuer}/me"
holder = "/sub"
verdicts = [
    {{ status = 200, says = "\"sub\":", means = "good" }},
    {{ status = 401, means = "wrong" }},
]

[github.renewal]
url = "{issuer}/token"
revocation = "{issuer}/token/revocation"
"#,
        secret.display()
    )
}

/// Somebody with a browser, an instance, and a provider at which that has a client.
struct There {
    provider: Script,
    instance: Instance,
    ana: Ana,
    browser: Browser,
    _files: tempfile::TempDir,
}

impl There {
    fn start() -> Self {
        // A token that ends within five minutes is renewed for every start.
        let mut provider = Script::node_program("provider", &["crewmesh", CLIENT_SECRET, "120"]);
        let issuer = provider.says("issuer");
        let files = tempfile::tempdir().expect("a folder");
        let (secret, file) = (files.path().join("secret"), files.path().join("providers.toml"));
        fs::write(&secret, format!("{CLIENT_SECRET}\n")).expect("a file");
        fs::write(&file, tables(&issuer, &secret)).expect("a file");
        let file = file.to_str().expect("UTF-8");
        let arguments = ["--sign-up", "open", "--log", "text", "--providers", file];
        let mut instance = Instance::start_with(&arguments);
        let callback = format!("{}/providers/github/callback", instance.url());
        assert!(instance.says("GitHub sends people back").contains(&callback));
        provider.told(&callback).says_that("serves", "all");
        let ana = Ana::at(&instance);
        let browser = Browser::phone();
        browser.goto(&format!("{}/login", instance.url()));
        browser.fill("#email", "ana@example.org");
        browser.fill("#password", PASSWORD);
        browser.click("main form button:not([type=button])");
        browser.shows("Meshes");
        Self { provider, instance, ana, browser, _files: files }
    }

    /// Begins on the page, under this name; ends at the provider.
    fn go(&self, label: &str) {
        let Self { browser, instance, .. } = self;
        browser.goto(&format!("{}/settings/providers", instance.url()));
        browser.fill("#label-sign-in", label);
        browser.press("Sign in at GitHub");
        browser.shows("[ Cancel ]");
        assert!(browser.url().starts_with("http://localhost:"), "{}", browser.url());
    }

    /// Says who they are, as its own page asks.
    fn is_anagil(&self) {
        self.browser.fill("input[name=login]", "anagil");
        self.browser.fill("input[name=password]", "anything");
        self.browser.click("button[type=submit]");
        self.browser.shows("Authorize");
    }
}

#[test]
fn whoever_signs_in_at_a_provider_starts_agents_until_it_is_ended_there() {
    if !need("interop") || !need("browser") {
        return;
    }
    let there = There::start();
    let There { provider, instance, ana, browser, .. } = &there;

    // Turned back, and nothing comes of it.
    there.go("");
    browser.press("[ Cancel ]");
    browser.shows("was refused at GitHub");
    assert_eq!(ana.json(&["providers"])["total"], 0);

    there.go("work");
    there.is_anagil();
    browser.press("Continue");
    browser.shows("GitHub (work, anagil)");
    provider.says_that("granted", "authorization_code");
    let list = format!("{}/settings/providers#", instance.url());
    assert!(browser.url().starts_with(&list), "{}", browser.url());
    let kept = ana.json(&["providers"])["connections"][0].clone();
    let told = (&kept["way"], &kept["holder"], kept["verified_at"].is_string());
    assert_eq!(told, (&json!("redirect"), &json!("anagil"), true), "{kept}");

    // Each start asks for what follows on a refresh token that is good once.
    ana.json(&["create", "Platform team"]);
    fake_agent(&ana.home, "copilot", 0);
    let start = || {
        let launch = ["launch", "-y", "--agent", "copilot", "--provider", "github"];
        let mut terminal = ana.home.run(&launch).terminal(80, 24);
        terminal.shows("is here");
        terminal.line("done");
        terminal.ends();
        provider.says_that("granted", "refresh_token");
        last_run(&ana.home, "copilot").variables["COPILOT_GITHUB_TOKEN"].clone()
    };
    let tokens = [start(), start()];
    assert_ne!(tokens[0], tokens[1]);

    // With a code, on the provider's own pages, at which they are signed in by now.
    let connect = ["connect", "github", "--way", "device", "--label", "phone"];
    let mut terminal = ana.home.run(&connect).terminal(100, 40);
    terminal.shows("Waiting for GitHub");
    let screen = terminal.text();
    let is_link = |word: &&str| word.contains("/device");
    let link = screen.split_whitespace().find(is_link).expect("a link").to_owned();
    let is_code = |word: &&str| word.len() == 9 && word.chars().nth(4) == Some('-');
    let code = screen.split_whitespace().find(is_code).expect("a code").to_owned();
    browser.goto(&link);
    browser.fill("input[name=user_code]", &code);
    browser.press("Continue");
    browser.shows(&code);
    browser.press("Continue");
    browser.shows("successful");
    provider.says_that("granted", "urn:ietf:params:oauth:grant-type:device_code");
    terminal.exits(0).shows_at_the_end("GitHub (phone, anagil) is connected");

    // Ended there, which is told here.
    ana.home.run(&["disconnect", "github", "--label", "work", "-y"]).output("").exits(0);
    provider.says_that("ended", "refresh_token");
    let left = ana.json(&["providers"]);
    assert_eq!((&left["total"], &left["connections"][0]["label"]), (&json!(1), &json!("phone")));
    #[cfg(unix)]
    {
        let mut there = there;
        let log = there.instance.all_it_said();
        for secret in [CLIENT_SECRET, &tokens[0], &tokens[1], "code="] {
            assert!(!log.contains(secret), "{secret} is in the log: {log}");
        }
    }
}
