//! GitHub as it is, oddities included.

use crewmesh::server::Config;

use super::{go_on, hub, is_nobody, on_both, who, with};
use crate::pages_web::TestServer;
use crate::support::github::{GitHub, Wrong};
use crate::support::web::Person;

on_both!(whoever_has_the_number_is_it, its_refusals_and_its_forms_are_understood);

fn start(config: Config) -> (GitHub, TestServer) {
    let github = GitHub::start();
    let server = TestServer::of(with(config, vec![hub(&github)]));
    (github, server)
}

fn go(server: &TestServer, path: &str) -> Person {
    let mut person = Person::new();
    person.open(&server.at(path));
    person.follow("Continue with GitHub");
    go_on(&mut person);
    person
}

fn whoever_has_the_number_is_it(config: Config) {
    let (github, server) = start(config);
    let mut ana = go(&server, "/register");
    assert_eq!(ana.page.url.path(), "/meshes", "{}", ana.page.text());
    assert_eq!(who(&server, &mut ana), "Ana Gil");
    // The one she uses first, not the public one, which may be anybody's.
    assert!(ana.page.text().contains("ana@example.org"), "{}", ana.page.text());
    github.is().login = "ana-renamed";
    assert_eq!(go(&server, "/login").page.url.path(), "/meshes");
    // Whoever took the old name is somebody else.
    {
        let mut inner = github.is();
        (inner.login, inner.id) = ("anagil", 99);
        inner.emails = serde_json::json!([]);
    }
    let mut eve = go(&server, "/login");
    assert!(eve.page.text().contains("Are you new here?"), "{}", eve.page.text());
    is_nobody(&server, &mut eve);
}

fn its_refusals_and_its_forms_are_understood(config: Config) {
    let (github, server) = start(config);
    go(&server, "/register");
    for wrong in [Wrong::Code, Wrong::CodeInForm] {
        github.is().wrong = wrong;
        let mut ana = go(&server, "/login");
        assert_eq!(ana.page.status, 403, "{wrong:?}");
        assert!(ana.page.text().contains("(bad_verification_code)"), "{}", ana.page.text());
        is_nobody(&server, &mut ana);
    }
    github.is().wrong = Wrong::Down;
    assert_eq!(go(&server, "/login").page.status, 502);
    github.is().wrong = Wrong::TokenInForm;
    assert_eq!(go(&server, "/login").page.url.path(), "/meshes");
    // Whoever shows no address has an account without one.
    github.is().wrong = Wrong::NoEmails;
    github.is().id = 7;
    github.is().name = None;
    let mut bo = go(&server, "/register");
    assert_eq!(who(&server, &mut bo), "anagil");
    // Turned back there.
    let mut person = Person::new();
    person.open(&server.at("/login"));
    person.follow("Continue with GitHub");
    person.submit("decision", &[("decision", "no")]);
    assert!(person.page.text().contains("You did not go on at GitHub"), "{}", person.page.text());
    assert!(!person.page.html.contains("denied your application"), "not in its words");
}
