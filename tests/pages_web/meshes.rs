//! Meshes, their members and invites, and the activity, in a browser.

use super::{TestServer, register};
use crate::support::smtp::Sink;
use crate::support::web::Person;

/// Ana's mesh with Ben in it, and Ana's page of it open.
fn team(server: &TestServer) -> (Person, Person) {
    let mut ana = server.member("Ana", "ana@example.org");
    ana.submit("action=\"/meshes\"", &[("name", "Platform <team>")]);
    assert_eq!(ana.page.url.path(), "/meshes/platform-team", "{}", ana.page.text());
    let link = invite(&mut ana, "member");
    let mut ben = Person::new();
    ben.open(&link);
    ben.open(&server.at("/register"));
    register(&mut ben, "Ben", "ben@example.org");
    ben.open(&link);
    ben.submit("/i/", &[]);
    ana.open(&server.at("/meshes/platform-team"));
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
    let server = TestServer::new();
    let (ana, mut ben) = team(&server);
    let text = ana.page.text();
    assert!(
        text.contains("Platform <team>") && text.contains("Ben") && text.contains("2 people"),
        "{text}"
    );
    assert!(!text.contains("/i/"), "a link is shown once: {text}");

    ben.open(&server.at("/meshes/platform-team"));
    let text = ben.page.text();
    assert!(text.contains("Ana") && !text.contains("Invite somebody"), "{text}");
    ben.submit("Leave", &[("do", "remove")]);
    assert_eq!(ben.page.url.path(), "/meshes");
    ben.open(&server.at("/meshes/platform-team"));
    assert_eq!(ben.page.status, 404, "nobody outside learns that there is one");
}

#[test]
fn an_administrator_changes_members_and_the_last_one_stays() {
    let server = TestServer::new();
    let (mut ana, mut ben) = team(&server);
    ana.submit("Leave", &[("do", "member")]);
    assert_eq!(ana.page.status, 409);
    assert!(ana.page.text().contains("at least one administrator"), "{}", ana.page.text());
    ana.submit("Make Ben an administrator", &[("do", "admin")]);
    assert!(ana.page.html.contains("Make Ben a member"), "{}", ana.page.text());

    // What was an administrator's is Ben's now, and Ana can go.
    ben.open(&server.at("/meshes/platform-team"));
    invite(&mut ben, "admin");
    ben.open(&server.at("/meshes/platform-team"));
    ben.submit("Take back", &[]);
    assert!(ben.page.text().contains("No invite is open"), "{}", ben.page.text());
    ana.open(&server.at("/meshes/platform-team"));
    ana.submit("Leave", &[("do", "remove")]);
    assert_eq!(ana.page.url.path(), "/meshes");

    ben.open(&server.at("/audit"));
    let text = ben.page.text();
    for action in ["invite.revoked", "invite.created", "invite.accepted"] {
        assert!(text.contains(action), "{action}: {text}");
    }
    assert!(!text.contains("mesh.created"), "that was Ana's: {text}");
}

#[test]
fn a_member_cannot_do_what_is_an_administrators() {
    let server = TestServer::new();
    let (ana, mut ben) = team(&server);
    // Ana's own forms, sent by Ben with his own token.
    ben.open(&server.at("/meshes/platform-team"));
    let leave = ben.page.form("Leave");
    let other = ana.page.form("Make Ben an administrator");
    assert_eq!(leave.action, other.action, "both are about Ben");
    ben.submit("Leave", &[("do", "admin")]);
    assert_eq!(ben.page.status, 403);
    assert!(ben.page.text().contains("Only an administrator"), "{}", ben.page.text());
}

#[test]
fn a_wrong_name_or_number_is_said_and_keeps_what_was_typed() {
    let server = TestServer::new();
    let mut ana = server.member("Ana", "ana@example.org");
    ana.submit("action=\"/meshes\"", &[("name", "   ")]);
    assert_eq!(ana.page.status, 422);
    assert!(ana.page.text().contains("1 to 100 characters"));
    ana.submit("action=\"/meshes\"", &[("name", "Ops")]);
    ana.submit("name=\"uses\"", &[("role", "member"), ("uses", "0"), ("days", "7")]);
    assert_eq!(ana.page.status, 422);
    // A name that gives a taken slug gets the next one.
    ana.open(&server.at("/meshes"));
    ana.submit("action=\"/meshes\"", &[("name", "ops")]);
    assert_eq!(ana.page.url.path(), "/meshes/ops-2");
}

/// The mesh `ops`, its page open to its one administrator.
fn ops(server: &TestServer) -> Person {
    let mut ana = server.member("Ana", "ana@example.org");
    ana.submit("action=\"/meshes\"", &[("name", "Ops")]);
    ana
}

/// The link on the page, which is there once.
fn link(person: &Person) -> String {
    let text = person.page.text();
    let link = text.split_whitespace().find(|word| word.contains("/i/"));
    link.unwrap_or_else(|| panic!("{text}")).to_owned()
}

#[test]
fn a_mesh_gets_another_name_and_keeps_its_slug() {
    let server = TestServer::new();
    let mut ana = ops(&server);
    ana.submit("/meshes/ops/name", &[("name", " Field <ops> \u{202e}")]);
    assert_eq!((ana.page.status, ana.page.url.path()), (200, "/meshes/ops"));
    assert!(ana.page.text().contains("Field <ops>"), "{}", ana.page.text());
    ana.submit("/meshes/ops/name", &[("name", " ")]);
    assert_eq!(ana.page.status, 422);
    assert!(ana.page.text().contains("1 to 100 characters"), "{}", ana.page.text());
    assert!(ana.page.html.contains("/meshes/ops?ui_locales=es"), "the language leads to the page");
}

#[test]
fn a_mesh_is_deleted_by_whoever_types_its_slug() {
    let server = TestServer::new();
    let mut ana = ops(&server);
    ana.submit("/meshes/ops/remove", &[("slug", "Ops")]);
    assert_eq!(ana.page.status, 422);
    assert!(ana.page.text().contains("Nothing was deleted"), "{}", ana.page.text());
    ana.submit("/meshes/ops/remove", &[("slug", "ops")]);
    assert_eq!(ana.page.url.path(), "/meshes");
    assert!(ana.page.text().contains("You are in no mesh yet."), "{}", ana.page.text());
    ana.open(&server.at("/meshes/ops"));
    assert_eq!(ana.page.status, 404);
}

#[test]
fn an_invite_is_mailed_where_there_is_a_mail_server() {
    let sink = Sink::refusing("nobody@");
    let server = TestServer::mailing(&sink);
    let mut ana = ops(&server);
    let form = [("role", "member"), ("uses", "2"), ("days", "3")];
    let to = |email| [&form[..], &[("email", email)]].concat();
    ana.submit("name=\"uses\"", &to("ben@example.org"));
    assert_eq!(ana.page.status, 201);
    assert!(ana.page.text().contains("on its way to ben@example.org"), "{}", ana.page.text());
    let link = link(&ana);
    let mail = sink.mail();
    assert!(mail.contains("To: ben@example.org") && mail.contains(&link), "{mail}");
    assert!(mail.contains("3 days"), "{mail}");
    assert!(ana.page.text().contains("ben@example.org Member 0 of 2 used"), "{}", ana.page.text());

    // The mail server says no: the link is there all the same, and it is said.
    ana.submit("name=\"uses\"", &to("nobody@example.org"));
    assert_eq!(ana.page.status, 201);
    let text = ana.page.text();
    assert!(text.contains("could not be sent. Pass this link on yourself."), "{text}");
    assert_ne!(self::link(&ana), link);

    ana.submit("name=\"uses\"", &to("no address"));
    assert_eq!(ana.page.status, 422);
    assert!(ana.page.text().contains("does not look like an e-mail"), "{}", ana.page.text());
    assert!(ana.page.html.contains("value=\"no address\""), "what was typed stays");
    assert!(ana.page.html.contains("value=\"3\""), "all of it");
}

#[test]
fn mails_to_the_whole_world_are_stopped() {
    let sink = Sink::refusing("nobody@");
    let server = TestServer::mailing(&sink);
    let mut ana = ops(&server);
    let form = [("email", "ben@example.org"), ("role", "member"), ("uses", "1"), ("days", "1")];
    for _ in 0..10 {
        ana.submit("name=\"uses\"", &form);
        assert_eq!(ana.page.status, 201);
    }
    ana.submit("name=\"uses\"", &form);
    assert_eq!(ana.page.status, 429);
    assert!(ana.page.headers.contains_key("retry-after"));
}

#[test]
fn without_a_mail_server_it_is_said_and_the_link_is_there() {
    let server = TestServer::new();
    let mut ana = ops(&server);
    assert!(ana.page.text().contains("This instance sends no mail"), "{}", ana.page.text());
    let form = [("email", "ben@example.org"), ("role", "admin"), ("uses", "1"), ("days", "7")];
    ana.submit("name=\"uses\"", &form);
    assert_eq!(ana.page.status, 201);
    let text = ana.page.text();
    assert!(text.contains("No mail was sent to ben@example.org"), "{text}");
    assert!(text.contains("opens only on the computer that the instance runs on"), "{text}");
    assert!(text.contains("crewmesh serve --public-url"), "{text}");
    let mut ben = Person::new();
    ben.open(&link(&ana));
    assert_eq!(ben.page.status, 200, "{}", ben.page.text());
}

#[test]
fn people_and_everybodys_activity_are_for_whoever_runs_the_instance() {
    let server = TestServer::new();
    let mut ana = server.member("Ana", "ana@example.org");
    for path in ["/admin/members", "/admin/audit"] {
        ana.open(&server.at(path));
        assert_eq!(ana.page.status, 404, "{path}");
    }
    assert!(!ana.page.html.contains("/admin/members"), "and is not led there");
    let mut nobody = Person::new();
    for path in ["/admin/members", "/audit", "/meshes/x"] {
        nobody.open(&server.at(path));
        assert_eq!(nobody.page.url.path(), "/login", "{path}");
    }
}
