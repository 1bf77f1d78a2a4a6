//! Connecting an account at an AI provider on the page: by a key that its provider is asked
//! about, and by a code that is typed there.

use crewmesh::environment::Environment;
use crewmesh::server::Config;
use crewmesh::server::providers::Providers;

use super::TestServer;
use crate::support::github_device::{Decision, GitHubDevice, USER_CODE};
use crate::support::provider::{KEY, Provider};
use crate::support::web::Person;

const LIST: &str = "/settings/providers";

fn connect(ana: &mut Person, provider: &str, key: &str, label: &str) {
    ana.submit("name=\"key\"", &[("provider", provider), ("key", key), ("label", label)]);
}

#[test]
fn a_key_is_asked_about_kept_and_not_seen_again() {
    let openai = Provider::openai();
    let address = openai.address();
    let pairs = [("CREWMESH_PROVIDER_OPENAI_ADDRESS", address.as_str())];
    let mut config = Config::in_memory();
    config.providers = Providers::new(None, &Environment::of(pairs.into_iter().collect()));
    let server = TestServer::of(config);
    let mut ana = server.member("Ana", "ana@example.org");
    ana.open(&server.at(LIST));
    assert!(!ana.page.html.contains("/github/sign-in"), "there is no client for it");
    for (provider, key, why) in [
        ("openai", format!("{KEY}0"), "no such key"),
        ("openai", String::new(), "nothing in it"),
        ("openai", format!("sk-ant-api03-{KEY}"), "key of Anthropic"),
        ("openai", format!("{KEY} x"), "there is"),
    ] {
        connect(&mut ana, provider, &key, "work");
        assert_eq!(ana.page.status, 422, "{}", ana.page.text());
        assert!(ana.page.text().contains(why), "{why}: {}", ana.page.text());
        assert!(ana.page.html.contains("value=\"work\""), "what was written stays");
        assert!(!ana.page.html.contains(KEY), "but for the key");
    }
    connect(&mut ana, "openai", KEY, &"x".repeat(101));
    assert_eq!(ana.page.status, 422, "{}", ana.page.text());
    connect(&mut ana, "nowhere", KEY, "");
    assert_eq!(ana.page.status, 404);
    ana.open(&server.at(LIST));
    connect(&mut ana, "openai", KEY, "work");
    assert_eq!((ana.page.url.path(), ana.page.status), (LIST, 200));
    let text = ana.page.text();
    assert!(text.contains("OpenAI (work, …4711)") && text.contains("Let in when"), "{text}");
    assert!(!ana.page.html.contains(KEY));
}

#[test]
fn a_code_is_typed_at_the_provider_and_the_page_says_what_became_of_it() {
    let github = GitHubDevice::start();
    let mut config = Config::in_memory();
    config.providers = github.providers();
    let server = TestServer::of(config);
    let mut ana = server.member("Ana", "ana@example.org");
    let begin = |ana: &mut Person| {
        ana.open(&server.at(LIST));
        ana.submit("/settings/providers/github/sign-in", &[]);
        assert!(ana.page.url.path().starts_with("/settings/providers/sign-in/"));
        ana.page.url.to_string()
    };
    let here = begin(&mut ana);
    let text = ana.page.text();
    assert!(text.contains(USER_CODE) && text.contains("Waiting for GitHub"), "{text}");
    assert!(ana.page.html.contains("href=\"https://github.com/login/device\""));
    // Of nobody else.
    let mut ben = server.member("Ben", "ben@example.org");
    ben.open(&here);
    assert_eq!(ben.page.url.path(), LIST);
    github.is().decision = Decision::Approved;
    server.clock.advance(1_000);
    ana.open(&here);
    let text = ana.page.text();
    assert!(text.contains("GitHub (anagil) is connected") && !text.contains(USER_CODE), "{text}");
    ana.open(&server.at(LIST));
    assert!(ana.page.text().contains("GitHub (anagil)"), "{}", ana.page.text());

    github.is().decision = Decision::None;
    let here = begin(&mut ana);
    ana.submit("/stop", &[]);
    assert_eq!(ana.page.url.path(), LIST);
    ana.open(&here);
    assert_eq!(ana.page.url.path(), LIST, "it is over");
    github.is().is_off = true;
    ana.submit("/settings/providers/github/sign-in", &[]);
    let text = ana.page.text();
    assert!(ana.page.status == 409 && text.contains("explicitly enabled"), "{text}");
}
