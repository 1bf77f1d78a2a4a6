//! Signing in at an AI provider in the browser that has the page open: there, back, and
//! connected once, by whoever went.

use crewmesh::environment::Environment;
use crewmesh::server::Config;
use crewmesh::server::providers::Providers;

use super::TestServer;
use crate::support::github_device::{Decision, Fault, GitHubDevice, Useless};
use crate::support::openrouter::{KEY, OpenRouter};
use crate::support::web::Person;

const LIST: &str = "/settings/providers";
const GO: &str = "/settings/providers/github/redirect";
const SECRET: &str = "standin-client-secret";

/// An instance with a client at `github`, and Ana.
fn at(github: &GitHubDevice) -> (TestServer, Person) {
    github.is().secret = Some(SECRET);
    let mut pairs = github.variables().to_vec();
    pairs.push(("CREWMESH_PROVIDER_GITHUB_CLIENT_SECRET", SECRET));
    pairs.push(("CREWMESH_PROVIDER_GITHUB_SCOPE", "read:user copilot"));
    with(&pairs)
}

fn with(pairs: &[(&str, &str)]) -> (TestServer, Person) {
    on(Config::in_memory(), pairs)
}

fn on(mut config: Config, pairs: &[(&str, &str)]) -> (TestServer, Person) {
    config.providers = Providers::new(None, &Environment::of(pairs.iter().copied().collect()));
    let server = TestServer::of(config);
    let ana = server.member("Ana", "ana@example.org");
    (server, ana)
}

/// A code is good once: what it brought is written, though the database is in the way at
/// first.
#[test]
#[cfg(unix)]
fn what_the_provider_gave_is_written_again() {
    use crewmesh::secret::Secret;
    use crewmesh::server::Database;

    use crate::support::postgres::{KEY as INSTANCE_KEY, cluster};
    if !crate::support::need("postgres") {
        return;
    }
    let made = cluster().database();
    let mut config = Config::in_memory();
    config.database = Database::Postgres(Secret::new(made.url.as_str()));
    config.key = Some(Secret::new(INSTANCE_KEY));
    let openrouter = OpenRouter::start();
    let (server, mut ana) =
        on(config, &[("CREWMESH_PROVIDER_OPENROUTER_ADDRESS", openrouter.url.as_str())]);
    // A sequence goes on where what it was for is rolled back.
    cluster().ask_of(
        &made.name,
        "CREATE SEQUENCE tries;
         CREATE FUNCTION fails_twice() RETURNS trigger LANGUAGE plpgsql AS $$
         BEGIN IF nextval('tries') < 3 THEN RAISE 'not now'; END IF; RETURN NEW; END $$;
         CREATE TRIGGER fails_twice BEFORE INSERT ON connections
            FOR EACH ROW EXECUTE FUNCTION fails_twice()",
    );
    on_the_way(&server, &mut ana, "/settings/providers/openrouter/redirect", "");
    ana.follow("Go on to localhost");
    assert!(ana.page.text().contains("OpenRouter (…4711)"), "{}", ana.page.text());
    assert_eq!(cluster().ask_of(&made.name, "SELECT last_value FROM tries").trim(), "3");
}

/// The page that leads on, begun on the list under this name.
fn on_the_way(server: &TestServer, person: &mut Person, action: &str, label: &str) {
    person.open(&server.at(LIST));
    person.submit(action, &[("label", label)]);
}

fn listed(server: &TestServer, person: &mut Person) -> String {
    person.open(&server.at(LIST)).text()
}

#[test]
fn a_browser_goes_there_by_itself_and_comes_back_connected() {
    let github = GitHubDevice::start();
    let (server, mut ana) = at(&github);
    on_the_way(&server, &mut ana, GO, "work");
    assert_eq!(ana.page.status, 200, "{}", ana.page.text());
    assert!(ana.page.text().contains("read:user copilot"), "{}", ana.page.text());
    let refresh = ana.page.headers["refresh"].to_str().expect("text").to_owned();
    let link = ana.page.link("Go on to localhost").expect("for whoever does not go by itself");
    assert_eq!(refresh, format!("0; url={}", link.replace("&amp;", "&")));
    ana.follow("Go on to localhost");
    assert_eq!((ana.page.url.path(), ana.page.status), (LIST, 200));
    // At what is new.
    let id = ana.page.url.fragment().expect("a place").to_owned();
    assert!(ana.page.html.contains(&format!("<li id=\"{id}\">")), "{id}");
    let text = ana.page.text();
    assert!(text.contains("GitHub (work, anagil)") && text.contains("Let in when"), "{text}");
    assert!(!ana.page.html.contains("gho_"));
    ana.open(&server.at("/audit"));
    assert!(ana.page.text().contains("Connected a provider"), "{}", ana.page.text());
}

#[test]
fn what_comes_back_wrong_connects_nothing_and_says_why() {
    let github = GitHubDevice::start();
    let (server, mut ana) = at(&github);
    let mut tries = |wrong: &dyn Fn(), why: &str| {
        wrong();
        on_the_way(&server, &mut ana, GO, "");
        ana.follow("Go on to localhost");
        let text = ana.page.text();
        assert!(ana.page.status == 409 && text.contains(why), "{why}: {text}");
        assert!(!ana.page.html.contains("standin-browser-code"), "{text}");
        *github.is() = crate::support::github_device::Inner::default();
        github.is().secret = Some(SECRET);
        assert!(listed(&server, &mut ana).contains("Nothing is connected yet"));
    };
    tries(&|| github.is().decision = Decision::Denied, "was refused at GitHub");
    tries(&|| github.is().faults.push_back(Fault::Html), "GitHub");
    tries(&|| github.is().useless = Some(Useless::NotLetIn), "no such key");
    tries(&|| github.is().useless = Some(Useless::NoToken), "GitHub");
    tries(&|| github.is().secret = Some("changed there"), "incorrect_client_credentials");
    tries(&|| github.is().error = Some("application_suspended"), "with application_suspended");
}

#[test]
fn whoever_lets_something_go_for_it_reads_so_first() {
    let github = GitHubDevice::start();
    let (server, mut ana) = at(&github);
    for has_one in [false, true] {
        on_the_way(&server, &mut ana, GO, "");
        let text = ana.page.text();
        assert_eq!(text.contains("takes its place"), has_one, "{text}");
        assert_eq!(ana.page.headers.contains_key("refresh"), !has_one, "{text}");
        ana.follow("Go on to localhost");
        assert_eq!(ana.page.status, 200, "{}", ana.page.text());
    }
    // Both ways are there, and what is no name is said at the form.
    assert!(ana.page.text().contains("Sign in at GitHub with a code"), "{}", ana.page.text());
    on_the_way(&server, &mut ana, GO, &"x".repeat(101));
    assert_eq!((ana.page.status, ana.page.url.path()), (409, GO), "{}", ana.page.text());
    assert!(ana.page.html.contains("role=\"alert\""));
    // A link of somebody else's brings no words of theirs to the page.
    ana.open(&server.at("/providers/Your%20key%20was%20stolen/callback"));
    assert!(ana.page.status == 404 && !ana.page.text().contains("stolen"), "{}", ana.page.text());
}

#[test]
fn it_is_whoever_went_in_the_browser_in_which_they_went_and_once() {
    let github = GitHubDevice::start();
    let (server, mut ana) = at(&github);
    let mut ben = server.member("Ben", "ben@example.org");
    let nothing = |person: &mut Person, link: &str| {
        person.open(link);
        let text = person.page.text();
        assert!(person.page.status == 409 && text.contains("Begin again"), "{text}");
    };
    // What is known of a way back that somebody else was on.
    on_the_way(&server, &mut ana, GO, "");
    let link = ana.page.link("Go on to localhost").expect("a link").replace("&amp;", "&");
    let asked = url::Url::parse(&link).expect("an address");
    let state = asked.query_pairs().find(|(name, _)| name == "state").expect("one").1.into_owned();
    let back = server.at("/providers/github/callback");
    nothing(&mut ben, &format!("{back}?code=standin-browser-code-0&state={state}"));
    nothing(&mut ana, &format!("{back}?code=standin-browser-code-0&state=another"));
    nothing(&mut ana, &format!("{back}?code=standin-browser-code-0"));
    let elsewhere = server.at("/providers/openrouter/callback");
    nothing(&mut ana, &format!("{elsewhere}?code=standin-browser-code-0&state={state}"));
    let head = super::send(
        server.running.address(),
        "HEAD",
        &format!("/providers/github/callback?code=standin-browser-code-0&state={state}"),
        &[],
        "",
    );
    assert_eq!(head.status, 404, "nobody's look uses it up");
    // Theirs is still open; and over then.
    ana.open(&link);
    assert_eq!(ana.page.status, 200, "{}", ana.page.text());
    assert!(listed(&server, &mut ana).contains("GitHub (anagil)"));
    nothing(&mut ana, &format!("{back}?code=standin-browser-code-0&state={state}"));
    // Too late.
    on_the_way(&server, &mut ana, GO, "late");
    server.clock.advance(10 * 60_000);
    ana.follow("Go on to localhost");
    assert!(ana.page.text().contains("took too long"), "{}", ana.page.text());
    // Nobody signed in, who comes back to the list and not to the code.
    let mut nobody = Person::new();
    nobody.open(&format!("{back}?code=x&state={state}"));
    assert_eq!(nobody.page.url.path(), "/login");
    let query = nobody.page.url.query().unwrap_or_default();
    assert!(!query.contains("state") && !nobody.page.html.contains("code=x"), "{query}");
    // Nothing begins but by our own form.
    ana.post(&server.at(GO), &[("label", "")]);
    assert_ne!(ana.page.status, 200);
    assert!(!ana.page.headers.contains_key("refresh"));
}

#[test]
fn where_no_client_is_needed_the_state_stands_in_the_way_back() {
    let openrouter = OpenRouter::start();
    let (server, mut ana) = with(&[("CREWMESH_PROVIDER_OPENROUTER_ADDRESS", &openrouter.url)]);
    assert!(!listed(&server, &mut ana).contains("Sign in at GitHub"), "there is no client");
    let go = "/settings/providers/openrouter/redirect";
    on_the_way(&server, &mut ana, go, "");
    ana.follow("Go on to localhost");
    let text = ana.page.text();
    assert!(text.contains("OpenRouter (…4711)"), "{text}");
    assert!(!ana.page.html.contains(KEY));
    openrouter.is().refuses = true;
    on_the_way(&server, &mut ana, go, "again");
    ana.follow("Go on to localhost");
    assert!(ana.page.text().contains("was refused at OpenRouter"), "{}", ana.page.text());
}
