//! Meshes, their members and invites, and the activity, in a browser.

use super::{World, register};
use crate::support::web::Person;

/// Ana's mesh with Ben in it, and Ana's page of it open.
fn team(world: &World) -> (Person, Person) {
    let mut ana = world.member("Ana", "ana@example.org");
    ana.submit("action=\"/meshes\"", &[("name", "Platform <team>")]);
    assert_eq!(ana.page.url.path(), "/meshes/platform-team", "{}", ana.page.text());
    let link = invite(&mut ana, "member");
    let mut ben = Person::new();
    ben.open(&link);
    ben.open(&world.at("/register"));
    register(&mut ben, "Ben", "ben@example.org");
    ben.open(&link);
    ben.submit("/i/", &[]);
    ana.open(&world.at("/meshes/platform-team"));
    (ana, ben)
}

/// Makes an invite on the page that is open; its link.
fn invite(person: &mut Person, role: &str) -> String {
    person.submit("name=\"uses\"", &[("role", role), ("uses", "1"), ("days", "7")]);
    assert_eq!(person.page.status, 201, "{}", person.page.text());
    let text = person.page.text();
    let link = text.split_whitespace().find(|word| word.contains("/i/"));
    link.expect("the link is shown").to_owned()
}

#[test]
fn a_mesh_is_made_shared_and_left() {
    let world = World::new();
    let (ana, mut ben) = team(&world);
    let text = ana.page.text();
    assert!(
        text.contains("Platform <team>") && text.contains("Ben") && text.contains("2 people"),
        "{text}"
    );
    assert!(!text.contains("/i/"), "a link is shown once: {text}");

    ben.open(&world.at("/meshes/platform-team"));
    let text = ben.page.text();
    assert!(text.contains("Ana") && !text.contains("Invite somebody"), "{text}");
    ben.submit("Leave", &[("do", "remove")]);
    assert_eq!(ben.page.url.path(), "/meshes");
    ben.open(&world.at("/meshes/platform-team"));
    assert_eq!(ben.page.status, 404, "nobody outside learns that there is one");
}

#[test]
fn an_administrator_changes_members_and_the_last_one_stays() {
    let world = World::new();
    let (mut ana, mut ben) = team(&world);
    ana.submit("Leave", &[("do", "member")]);
    assert_eq!(ana.page.status, 409);
    assert!(ana.page.text().contains("at least one administrator"), "{}", ana.page.text());
    ana.submit("Make Ben an administrator", &[("do", "admin")]);
    assert!(ana.page.html.contains("Make Ben a member"), "{}", ana.page.text());

    // What was an administrator's is Ben's now, and Ana can go.
    ben.open(&world.at("/meshes/platform-team"));
    invite(&mut ben, "admin");
    ben.open(&world.at("/meshes/platform-team"));
    ben.submit("Take back", &[]);
    assert!(ben.page.text().contains("No invite is open"), "{}", ben.page.text());
    ana.open(&world.at("/meshes/platform-team"));
    ana.submit("Leave", &[("do", "remove")]);
    assert_eq!(ana.page.url.path(), "/meshes");

    ben.open(&world.at("/audit"));
    let text = ben.page.text();
    for action in ["invite.revoked", "invite.created", "invite.accepted"] {
        assert!(text.contains(action), "{action}: {text}");
    }
    assert!(!text.contains("mesh.created"), "that was Ana's: {text}");
}

#[test]
fn a_member_cannot_do_what_is_an_administrators() {
    let world = World::new();
    let (ana, mut ben) = team(&world);
    // Ana's own forms, sent by Ben with his own token.
    ben.open(&world.at("/meshes/platform-team"));
    let leave = ben.page.form("Leave");
    let other = ana.page.form("Make Ben an administrator");
    assert_eq!(leave.action, other.action, "both are about Ben");
    ben.submit("Leave", &[("do", "admin")]);
    assert_eq!(ben.page.status, 403);
    assert!(ben.page.text().contains("Only an administrator"), "{}", ben.page.text());
}

#[test]
fn a_wrong_name_or_number_is_said_and_keeps_what_was_typed() {
    let world = World::new();
    let mut ana = world.member("Ana", "ana@example.org");
    ana.submit("action=\"/meshes\"", &[("name", "   ")]);
    assert_eq!(ana.page.status, 422);
    assert!(ana.page.text().contains("1 to 100 characters"));
    ana.submit("action=\"/meshes\"", &[("name", "Ops")]);
    ana.submit("name=\"uses\"", &[("role", "member"), ("uses", "0"), ("days", "7")]);
    assert_eq!(ana.page.status, 422);
    // A name that gives a taken slug gets the next one.
    ana.open(&world.at("/meshes"));
    ana.submit("action=\"/meshes\"", &[("name", "ops")]);
    assert_eq!(ana.page.url.path(), "/meshes/ops-2");
}

#[test]
fn people_and_everybodys_activity_are_for_whoever_runs_the_instance() {
    let world = World::new();
    let mut ana = world.member("Ana", "ana@example.org");
    for path in ["/admin/members", "/admin/audit"] {
        ana.open(&world.at(path));
        assert_eq!(ana.page.status, 404, "{path}");
    }
    assert!(!ana.page.html.contains("/admin/members"), "and is not led there");
    let mut nobody = Person::new();
    for path in ["/admin/members", "/audit", "/meshes/x"] {
        nobody.open(&world.at(path));
        assert_eq!(nobody.page.url.path(), "/login", "{path}");
    }
}
