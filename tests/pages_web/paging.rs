//! Machines on their page, and lists that are longer than a page.

use crewmesh::secret::Secret;
use crewmesh::server::domain::audit_action::AuditAction;
use crewmesh::server::operations::{Principal, connections, leases, machines, meshes, shares};
use crewmesh::server::store::{Event, NewAccount, Tx, members};
use crewmesh::wire::{NewConnection, NewLease, NewMachine, NewShare, Role, Way};

use super::TestServer;
use crate::support::web::Person;

/// Rows of a list on one page.
const ROWS: usize = 50;

/// More than two pages of anything.
const MANY: usize = 120;

fn account(server: &TestServer, email: &str) -> String {
    let found = server.runtime.block_on(server.state().store.account_by_email(email));
    found.expect("the database answers").expect("there is one").id
}

fn machine(server: &TestServer, account: &str, number: usize) {
    let new = NewMachine {
        anchor: format!("{number:064x}"),
        name: format!("Rack {number}"),
        slug: None,
        location: None,
        os: String::new(),
        arch: String::new(),
    };
    let state = server.state();
    let made = async {
        let owner = state.store.account(account).await.expect("it answers").expect("there is one");
        machines::register(state, &Principal::at_terminal(owner), new).await
    };
    server.runtime.block_on(made).expect("it is kept");
}

#[test]
fn a_machine_is_named_placed_and_forgotten() {
    let server = TestServer::new();
    let mut ana = server.member("Ana", "ana@example.org");
    machine(&server, &account(&server, "ana@example.org"), 7);
    ana.open(&server.at("/machines"));
    assert!(ana.page.text().contains("Rack 7 rack-7 · no place set"), "{}", ana.page.text());
    let change = [("name", "Munich <7>"), ("location", "germany"), ("do", "save")];
    ana.submit("/machines/", &change);
    assert_eq!(ana.page.url.path(), "/machines");
    assert!(ana.page.text().contains("Munich <7> rack-7 · Germany"), "{}", ana.page.text());
    for (name, place, why) in
        [(" ", "", "1 to 100 characters"), ("Munich", "Atlantis", "No place is called that")]
    {
        ana.submit("/machines/", &[("name", name), ("location", place), ("do", "save")]);
        assert_eq!(ana.page.status, 422);
        assert!(ana.page.text().contains(why), "{}", ana.page.text());
    }
    // Saved as it is, it has not moved.
    let moved = |server: &TestServer| {
        let id = account(server, "ana@example.org");
        server.audit_of(&id).iter().filter(|action| *action == "machine.changed").count()
    };
    let before = moved(&server);
    ana.submit("/machines/", &[("do", "save")]);
    assert_eq!(moved(&server), before + 1);

    // What is Ana's is nobody else's to change.
    let mut ben = server.member("Ben", "ben@example.org");
    ben.open(&server.at("/settings/tokens"));
    let token = ben.page.form("/settings/tokens").fields[0].1.clone();
    let path = ana.page.form("/machines/").action;
    let theirs = [("csrf", token.as_str()), ("name", "Ben's"), ("do", "save")];
    ben.post(&server.at(&path), &theirs);
    assert_eq!(ben.page.status, 404);
    ben.post(&server.at(&path), &[("csrf", token.as_str()), ("do", "remove")]);
    ana.open(&server.at("/machines"));
    assert!(ana.page.text().contains("Munich"), "{}", ana.page.text());
    ana.submit("/machines/", &[("do", "remove")]);
    assert!(ana.page.text().contains("No machine yet."), "{}", ana.page.text());
}

/// How often each page of a list shows a row, following its link to the end.
fn walk(person: &mut Person, server: &TestServer, path: &str, row: &str, name: &str) -> Vec<usize> {
    let mut rows = Vec::new();
    person.open(&server.at(path));
    loop {
        assert_eq!(person.page.status, 200, "{}", person.page.text());
        rows.push(person.page.html.matches(row).count());
        let mark = format!("{path}?{name}=");
        let Some((_, rest)) = person.page.html.split_once(&format!("rel=\"next\" href=\"{mark}"))
        else {
            return rows;
        };
        let next = rest.split('"').next().expect("a link").to_owned();
        person.open(&server.at(&format!("{mark}{next}")));
        assert!(person.page.text().contains("First page"), "and a way back");
    }
}

#[test]
fn long_lists_go_on_behind_a_link() {
    let server = TestServer::new();
    let mut ana = Person::new();
    let link = server.running.admin_link().expect("nobody runs it yet").expose().to_owned();
    ana.open(&link);
    super::register(&mut ana, "Ana", "ana@example.org");
    ana.submit("action=\"/meshes\"", &[("name", "Ops")]);
    let (id, store) = (account(&server, "ana@example.org"), server.state().store.clone());
    let now = server.clock.now();
    server.runtime.block_on(async {
        let mesh = store.mesh_by_slug(&id, "ops").await.expect("it answers").expect("just made");
        for number in 0..MANY {
            let (name, email) = (format!("Person {number}"), format!("{number}@example.org"));
            let new = NewAccount { name, email, password: None, admin: false };
            let made = store.create_account(&new, now).await.expect("it answers");
            let made = made.expect("the address is free");
            let mesh = mesh.id.clone();
            let add = async move |tx: &mut Tx| {
                members::insert(tx, &mesh, &made.id, Role::Member, now).await?;
                let event = Event::new(AuditAction::InviteAccepted, &made.id, "web", &mesh);
                event.write(tx, now).await
            };
            store.write(add).await.expect("it answers");
        }
    });
    for number in 0..MANY {
        machine(&server, &id, number);
    }
    let rest = MANY - 2 * ROWS;
    let pages = walk(&mut ana, &server, "/machines", "<strong>Rack ", "after");
    assert_eq!(pages, [ROWS, ROWS, rest]);
    let pages =
        walk(&mut ana, &server, "/meshes/ops", "<li>\n<div class=\"what\"><strong>", "members");
    assert_eq!(pages.len(), 3, "Ana is one more: {pages:?}");
    let pages = walk(&mut ana, &server, "/admin/members", "@example.org</small>", "after");
    assert_eq!(pages, [ROWS, ROWS, rest + 1]);
    let pages = walk(&mut ana, &server, "/audit", "<time ", "after");
    assert_eq!(pages.iter().sum::<usize>(), MANY + 2, "{pages:?}");
    let pages = walk(&mut ana, &server, "/admin/audit", "<time ", "after");
    assert_eq!(pages.iter().sum::<usize>(), 2 * MANY + 2, "{pages:?}");
    // What is no id of ours is asked of nobody.
    for wrong in ["%27", "zzzz", "..%2F"] {
        ana.open(&server.at(&format!("/machines?after={wrong}")));
        assert_eq!(ana.page.status, 200, "{wrong}");
    }
}

#[test]
fn what_is_connected_is_seen_and_forgotten_by_whose_it_is() {
    let server = TestServer::new();
    let mut ana = server.member("Ana", "ana@example.org");
    let owner = server.runtime.block_on(server.state().store.account_by_email("ana@example.org"));
    let owner = owner.expect("the database answers").expect("there is one");
    let new = NewConnection {
        provider: "openai".to_owned(),
        label: "<work>".to_owned(),
        verified: true,
        ..NewConnection::new(
            Way::Token,
            "api_key".to_owned(),
            Some(Secret::new("sk-of-the-test-4711")),
        )
    };
    let by = Principal::at_terminal(owner);
    let made = server.runtime.block_on(connections::connect(server.state(), &by, new));
    let id = made.expect("it is kept").0.id;
    ana.open(&server.at("/settings/providers"));
    let text = ana.page.text();
    assert!(text.contains("OpenAI (<work>, …4711)") && text.contains("Let in when"), "{text}");
    assert!(!ana.page.html.contains("sk-of-the-test"), "{}", ana.page.html);
    let leased = leases::lease(server.state(), &by, &id, NewLease::default());
    server.runtime.block_on(leased).expect("it is leased");
    ana.open(&server.at("/settings/providers"));
    assert!(ana.page.text().contains("Leased for an agent once"), "{}", ana.page.text());
    assert!(ana.page.html.contains("<path d=\"M116 16h3v-16h-3z\"/>"), "{}", ana.page.html);

    // Where it is shared.
    let shared = async {
        let mesh = meshes::create(server.state(), &by, "Ops", None).await?;
        let new = NewShare { connection: id.clone(), daily: Some(20) };
        shares::share(server.state(), &by, &mesh.id, new).await
    };
    server.runtime.block_on(shared).expect("it can be done");
    ana.open(&server.at("/settings/providers"));
    let text = ana.page.text();
    assert!(text.contains("Members of ops start agents with it"), "{text}");

    // What is Ana's is nobody else's to forget.
    let mut ben = server.member("Ben", "ben@example.org");
    ben.open(&server.at("/settings/tokens"));
    let token = ben.page.form("/settings/tokens").fields[0].1.clone();
    let path = format!("/settings/providers/{id}/disconnect");
    ben.post(&server.at(&path), &[("csrf", token.as_str())]);
    ana.open(&server.at("/settings/providers"));
    assert!(ana.page.text().contains("OpenAI"), "{}", ana.page.text());
    ana.submit("/settings/providers/", &[]);
    assert!(ana.page.text().contains("Nothing is connected yet."), "{}", ana.page.text());
    assert!(server.audit_of(&by.account.id).contains(&"provider.disconnected".to_owned()));
}
