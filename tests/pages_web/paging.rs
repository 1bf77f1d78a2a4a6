//! Machines on their page, and lists that are longer than a page.

use crewmesh::server::domain::audit_action::AuditAction;
use crewmesh::server::store::{Event, NewAccount};
use crewmesh::wire::NewMachine;

use super::World;
use crate::support::web::Person;

/// Rows of a list on one page.
const ROWS: usize = 50;

/// More than two pages of anything.
const MANY: usize = 120;

fn account(world: &World, email: &str) -> String {
    let found = world.runtime.block_on(world.state().store.account_by_email(email));
    found.expect("the database answers").expect("there is one").id
}

fn machine(world: &World, account: &str, number: usize) {
    let new = NewMachine {
        anchor: format!("{number:064x}"),
        name: format!("Rack {number}"),
        slug: None,
        location: None,
        os: String::new(),
        arch: String::new(),
    };
    let event = |id: &str| Event::new(AuditAction::MachineRegistered, account, "session", id);
    let (store, slug) = (&world.state().store, format!("rack-{number}"));
    let made = store.register_machine(account, &new, &slug, event, world.clock.now());
    world.runtime.block_on(made).expect("the database answers");
}

#[test]
fn a_machine_is_named_placed_and_forgotten() {
    let world = World::new();
    let mut ana = world.member("Ana", "ana@example.org");
    machine(&world, &account(&world, "ana@example.org"), 7);
    ana.open(&world.at("/machines"));
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
    let moved = |world: &World| {
        let id = account(world, "ana@example.org");
        world.audit_of(&id).iter().filter(|action| *action == "machine.changed").count()
    };
    let before = moved(&world);
    ana.submit("/machines/", &[("do", "save")]);
    assert_eq!(moved(&world), before + 1);

    // What is Ana's is nobody else's to change.
    let mut ben = world.member("Ben", "ben@example.org");
    ben.open(&world.at("/settings/tokens"));
    let token = ben.page.form("/settings/tokens").fields[0].1.clone();
    let path = ana.page.form("/machines/").action;
    let theirs = [("csrf", token.as_str()), ("name", "Ben's"), ("do", "save")];
    ben.post(&world.at(&path), &theirs);
    assert_eq!(ben.page.status, 404);
    ben.post(&world.at(&path), &[("csrf", token.as_str()), ("do", "remove")]);
    ana.open(&world.at("/machines"));
    assert!(ana.page.text().contains("Munich"), "{}", ana.page.text());
    ana.submit("/machines/", &[("do", "remove")]);
    assert!(ana.page.text().contains("No machine yet."), "{}", ana.page.text());
}

/// How often each page of a list shows a row, following its link to the end.
fn walk(person: &mut Person, world: &World, path: &str, row: &str, name: &str) -> Vec<usize> {
    let mut rows = Vec::new();
    person.open(&world.at(path));
    loop {
        assert_eq!(person.page.status, 200, "{}", person.page.text());
        rows.push(person.page.html.matches(row).count());
        let mark = format!("{path}?{name}=");
        let Some((_, rest)) = person.page.html.split_once(&format!("rel=\"next\" href=\"{mark}"))
        else {
            return rows;
        };
        let next = rest.split('"').next().expect("a link").to_owned();
        person.open(&world.at(&format!("{mark}{next}")));
        assert!(person.page.text().contains("First page"), "and a way back");
    }
}

#[test]
fn long_lists_go_on_behind_a_link() {
    let world = World::new();
    let mut ana = Person::new();
    let link = world.running.admin_link().expect("nobody runs it yet").expose().to_owned();
    ana.open(&link);
    super::register(&mut ana, "Ana", "ana@example.org");
    ana.submit("action=\"/meshes\"", &[("name", "Ops")]);
    let (id, store) = (account(&world, "ana@example.org"), world.state().store.clone());
    let now = world.clock.now();
    world.runtime.block_on(async {
        let mesh = store.mesh_by_slug(&id, "ops").await.expect("it answers").expect("just made");
        for number in 0..MANY {
            let (name, email) = (format!("Person {number}"), format!("{number}@example.org"));
            let new = NewAccount { name, email, password: None, admin: false };
            let made = store.create_account(&new, now).await.expect("it answers");
            let made = made.expect("the address is free");
            let event = Event::new(AuditAction::InviteAccepted, &made.id, "web", &mesh.id);
            let added = store.add_member(&mesh.id, &made.id, &event, now).await;
            assert_eq!(added.expect("it answers"), Ok(true));
        }
    });
    for number in 0..MANY {
        machine(&world, &id, number);
    }
    let rest = MANY - 2 * ROWS;
    let pages = walk(&mut ana, &world, "/machines", "<strong>Rack ", "after");
    assert_eq!(pages, [ROWS, ROWS, rest]);
    let pages =
        walk(&mut ana, &world, "/meshes/ops", "<li>\n<div class=\"what\"><strong>", "members");
    assert_eq!(pages.len(), 3, "Ana is one more: {pages:?}");
    let pages = walk(&mut ana, &world, "/admin/members", "@example.org</small>", "after");
    assert_eq!(pages, [ROWS, ROWS, rest + 1]);
    let pages = walk(&mut ana, &world, "/audit", "<time ", "after");
    assert_eq!(pages.iter().sum::<usize>(), MANY + 2, "{pages:?}");
    let pages = walk(&mut ana, &world, "/admin/audit", "<time ", "after");
    assert_eq!(pages.iter().sum::<usize>(), 2 * MANY + 2, "{pages:?}");
    // What is no id of ours is asked of nobody.
    for wrong in ["%27", "zzzz", "..%2F"] {
        ana.open(&world.at(&format!("/machines?after={wrong}")));
        assert_eq!(ana.page.status, 200, "{wrong}");
    }
}
