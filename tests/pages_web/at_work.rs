//! Who is at work in a mesh, on its page: as it comes, and as it changes.

use crewmesh::server::operations::{Principal, peers, sessions, tasks};
use crewmesh::wire::{NewPeer, NewTask, PeerChange, PeerStatus};

use super::{PASSWORD, TestServer};
use crate::support::browser::Browser;
use crate::support::need;

const EMAIL: &str = "ana@example.org";
const ONE: &str = "session-of-agent-1";

/// What Ana's agents do in her mesh `ops`.
struct Work<'a> {
    server: &'a TestServer,
    ana: Principal,
    mesh: String,
}

impl<'a> Work<'a> {
    fn of(server: &'a TestServer) -> Self {
        let (ana, mesh) = server.runtime.block_on(async {
            let store = &server.state().store;
            let ana = store.account_by_email(EMAIL).await.expect("it answers").expect("Ana");
            let mesh = store.mesh_by_slug(&ana.id, "ops").await.expect("it answers");
            (Principal::at_terminal(ana), mesh.expect("just made").id)
        });
        Self { server, ana, mesh }
    }

    fn begin(&self, id: &str, name: &str) {
        let new = NewPeer {
            id: id.to_owned(),
            name: Some(name.to_owned()),
            agent: Some("claude".to_owned()),
            ..NewPeer::default()
        };
        let begun = peers::begin(self.server.state(), &self.ana, &self.mesh, new);
        self.server.runtime.block_on(begun).expect("it begins");
    }

    fn says(&self, id: &str, status: PeerStatus, summary: &str) {
        let change = PeerChange { status: Some(status), summary: Some(summary.to_owned()) };
        let changed = peers::change(self.server.state(), &self.ana, &self.mesh, id, change);
        self.server.runtime.block_on(changed).expect("it is there");
    }

    fn end(&self, id: &str) {
        let ended = peers::end(self.server.state(), &self.ana, &self.mesh, id);
        self.server.runtime.block_on(ended).expect("it is there");
    }

    fn task(&self, title: &str) {
        let new = NewTask { title: title.to_owned(), ..NewTask::default() };
        let made = tasks::create(self.server.state(), &self.ana, &self.mesh, new);
        self.server.runtime.block_on(made).expect("it is made");
    }
}

/// Ana at the page of her mesh `ops`.
fn open(server: &TestServer, browser: &Browser) {
    browser.goto(&server.at("/register"));
    browser.fill("#name", "Ana");
    browser.fill("#email", EMAIL);
    browser.fill("#password", PASSWORD);
    browser.click("button.strong");
    browser.fill("form[action='/meshes'] #name", "Ops");
    browser.click("form[action='/meshes'] button.strong");
    browser.shows("Invite somebody");
}

#[test]
fn an_empty_mesh_says_what_to_do() {
    let server = TestServer::new();
    let mut ana = server.member("Ana", EMAIL);
    ana.submit("action=\"/meshes\"", &[("name", "Ops")]);
    let text = ana.page.text();
    let launch = format!("crewmesh launch --instance {} --mesh ops", server.at(""));
    for words in ["Nobody is at work here", &launch, &server.at("/mcp")] {
        assert!(text.contains(words), "{words}: {text}");
    }
    let work = Work::of(&server);
    work.begin(ONE, "ana");
    for number in 0..60 {
        work.begin(&format!("session-of-many-{number}"), "crowd");
    }
    ana.open(&server.at("/meshes/ops"));
    let text = ana.page.text();
    assert!(text.contains("61 at work") && text.contains("and 11 more"), "{text}");
    assert!(!text.contains("crewmesh launch"), "{text}");
    ana.open(&server.at("/meshes/ops?ui_locales=es"));
    assert!(ana.page.text().contains("61 trabajando"), "{}", ana.page.text());
}

#[test]
fn who_comes_is_seen_and_heard_at_once_and_nothing_moves_for_it() {
    if !need("browser") {
        return;
    }
    let server = TestServer::new();
    let browser = Browser::phone();
    open(&server, &browser);
    let work = Work::of(&server);
    browser.ask("window.same = true");
    browser.click("#email");
    let place = "return document.querySelector('#email').getBoundingClientRect().top";
    let before = browser.ask(place);
    let heard = || browser.ask("return document.querySelector('.live [role=status]').textContent");

    work.begin(ONE, "ana");
    browser.shows("1 at work");
    assert_eq!(heard(), "ana is at work here now.");
    work.says(ONE, PeerStatus::Waiting, "asks which port");
    browser.shows("asks which port");
    assert_eq!(heard(), "ana: waiting, asks which port.");
    // More of them than there is room for.
    for number in 0..9 {
        work.begin(&format!("session-of-many-{number}"), "crowd");
    }
    work.task("mend the login");
    browser.shows("10 at work · 1 task");
    browser.shows("mend the login");
    work.end(ONE);
    browser.shows("9 at work");
    assert_eq!(heard(), "ana is not at work here any more.");

    assert_eq!(browser.ask(place), before, "a field that somebody is in moved");
    assert_eq!(browser.ask("return document.activeElement.id"), "email");
    assert_eq!(browser.ask("return window.same"), true, "it was never loaded again");
    let board = "const b = document.querySelector('.board');";
    let scrolls = format!("{board} return b.scrollHeight > b.clientHeight && b.tabIndex === 0");
    assert_eq!(browser.ask(&scrolls), true, "the keys reach what does not fit");

    // Whoever is signed out is told that this is the end of it.
    let ended = sessions::revoke_all(server.state(), &work.ana);
    server.runtime.block_on(ended).expect("it answers");
    work.end("session-of-many-1");
    let said = "return document.querySelector('.live [role=status]').textContent";
    while browser.ask(said) != "This page does not change by itself any more. Load it again." {}
    assert!(browser.text().contains("9 at work"), "{}", browser.text());
    browser.press("Reload");
    browser.shows("Sign in");
}

#[test]
fn without_a_script_the_page_is_whole_and_loads_again() {
    if !need("browser") {
        return;
    }
    let server = TestServer::new();
    let browser = Browser::phone();
    browser.without_scripts();
    open(&server, &browser);
    assert!(browser.text().contains("Nobody is at work here"), "{}", browser.text());
    assert!(!browser.text().contains("Live"), "it is not");
    let work = Work::of(&server);
    work.begin(ONE, "ana");
    work.task("mend the login");
    browser.press("Reload");
    browser.shows("1 at work · 1 task");
    browser.shows("mend the login");
}
