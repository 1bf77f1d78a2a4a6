//! An invite opened in a browser.

use crewmesh::secret::Secret;
use crewmesh::server::domain::invite_code::{grouped, normalize};
use crewmesh::server::operations::{Principal, invites, meshes};
use crewmesh::server::store::NewAccount;
use crewmesh::server::{Config, SignUp};
use crewmesh::wire::{NewInvite, Role};

use super::{TestServer, ask_with, register};
use crate::support::web::Person;

/// A mesh of Bo's, and an invite to it for so many.
pub(super) fn invite(server: &TestServer, max_uses: u32) -> Secret {
    let state = server.state();
    server.runtime.block_on(async {
        let new = NewAccount {
            name: "Bo".into(),
            email: "bo@example.org".into(),
            password: None,
            admin: false,
        };
        let bo = state.store.create_account(&new, state.now()).await.expect("it is kept");
        let by = Principal::at_terminal(bo.expect("it is new"));
        let mesh = meshes::create(state, &by, "Platform <team>", Some("platform-team")).await;
        let mesh = mesh.expect("it is new").id;
        let new = NewInvite { role: Role::Member, email: None, expires_in_days: 7, max_uses };
        let (made, _) = invites::create(state, &by, &mesh, new).await.expect("it is kept");
        normalize(made.code.expose())
    })
}

#[test]
fn an_invite_is_a_way_in_where_sign_up_is_not_open() {
    let mut config = Config::in_memory();
    config.sign_up = SignUp::Invite;
    let server = TestServer::of(config);
    let code = invite(&server, 1);
    let mut ana = Person::new();
    ana.open(&server.at("/register"));
    assert_eq!(ana.page.status, 403);
    assert!(ana.page.text().contains("by invitation"), "{}", ana.page.text());

    let path = format!("/i/{}", grouped(&code).expose());
    ana.open(&server.at(&format!("/i/{}", code.expose().to_uppercase())));
    let text = ana.page.text();
    assert!(text.contains("Bo invites you to Platform <team>"), "{text}");
    assert!(text.contains(&format!("crewmesh join {}", server.at(&path))), "{text}");
    assert!(text.contains("Member") && text.contains("in 7 days"), "{text}");
    ana.open(&server.at(&format!("/register?next={}", path.replace('/', "%2F"))));
    assert!(ana.page.text().contains("to join with your invite"));
    register(&mut ana, "Ana", "ana@example.org");
    assert!(ana.page.text().contains("You are a member of Platform <team>."));
    ana.open(&server.at("/meshes"));
    assert!(ana.page.text().contains("Platform <team> platform-team 2 people Member"));

    // It was for one.
    let mut eve = Person::new();
    eve.open(&server.at(&path));
    assert_eq!((eve.page.status, eve.page.text().contains("has ended")), (410, true));
    eve.open(&server.at(&format!("/register?next={}", path.replace('/', "%2F"))));
    assert_eq!(eve.page.status, 410);
    eve.open(&server.at("/i/none"));
    assert_eq!((eve.page.status, eve.page.text().contains("No such invite")), (404, true));
}

#[test]
fn a_code_that_comes_with_an_invite_leads_from_no_account_into_the_mesh() {
    for sign_up in [SignUp::Invite, SignUp::Open] {
        let server = TestServer::of(Config { sign_up, ..Config::in_memory() });
        let code = invite(&server, 1);
        let asked = ask_with(server.running.address(), "radiology-3", Some(&code));
        let card = format!("/D/{}", asked.plain());
        let mut ana = Person::new();
        ana.open(&server.at(&card));
        let text = ana.page.text();
        let shown = asked.user_code.replace('-', "\u{2011}");
        for said in ["Bo invites you to Platform <team>", "Member", &shown] {
            assert!(text.contains(said), "{said}: {text}");
        }
        assert!(!text.contains("radiology") && !text.contains("crewmesh join"), "{text}");
        ana.follow("Create an account");
        assert!(ana.page.text().contains("to answer the code"), "{}", ana.page.text());
        register(&mut ana, "Ana", "ana@example.org");
        assert_eq!(ana.page.url.path(), card, "{}", ana.page.text());
        // An invite that lets somebody make an account is used by that.
        let joins = match sign_up {
            SignUp::Invite => "Joins Platform <team> you are in it already",
            _ => "Joins Platform <team> as a member, once you approve",
        };
        assert!(ana.page.text().contains(joins), "{}", ana.page.text());
        ana.submit("decision", &[("decision", "approve")]);
        let done = "radiology-3 is signed in as Ana, and you are a member of Platform <team>.";
        assert!(ana.page.text().contains(done), "{}", ana.page.text());
        assert_eq!(server.poll(&asked).status, 200);
        ana.open(&server.at("/meshes"));
        assert!(ana.page.text().contains("Platform <team> platform-team 2 people Member"));
        // The code of the invite was in no address and on no page.
        assert!(!text.contains(grouped(&code).expose()) && !card.contains(code.expose()));
    }
}

#[test]
fn an_invite_that_ends_before_the_approval_is_said_on_the_card_and_after_it() {
    let server = TestServer::new();
    let code = invite(&server, 1);
    let asked = ask_with(server.running.address(), "laptop", Some(&code));
    let mut ana = server.member("Ana", "ana@example.org");
    let mut eve = server.member("Eve", "eve@example.org");
    eve.open(&server.at(&format!("/i/{}", code.expose())));
    eve.submit("/i/", &[]);
    // Signed out, the page is the way to sign in, as for any code.
    let mut bob = Person::new();
    bob.open(&server.at(&format!("/D/{}", asked.plain())));
    assert_eq!(bob.page.url.path(), "/login");
    ana.open(&server.at(&format!("/D/{}", asked.plain())));
    assert!(ana.page.text().contains("the invite has ended: this only signs in"));
    ana.submit("decision", &[("decision", "approve")]);
    let text = ana.page.text();
    assert!(text.contains("Its invite lets nobody in any more"), "{text}");
    assert_eq!(server.poll(&asked).status, 200);
}

#[test]
fn somebody_with_an_account_signs_in_and_joins_with_the_approval() {
    let server = TestServer::new();
    let code = invite(&server, 2);
    let asked = ask_with(server.running.address(), "laptop", Some(&code));
    server.member("Ana", "ana@example.org");
    let mut ana = Person::new();
    ana.open(&server.at(&format!("/d?code={}", asked.user_code)));
    ana.follow("Sign in");
    ana.submit("/login", &[("email", "ana@example.org"), ("password", super::PASSWORD)]);
    assert!(ana.page.text().contains("as a member, once you approve"), "{}", ana.page.text());
    ana.submit("decision", &[("decision", "approve")]);
    assert!(ana.page.text().contains("you are a member of Platform <team>"));
}

#[test]
fn somebody_with_an_account_joins_with_one_press() {
    let server = TestServer::new();
    let code = invite(&server, 5);
    let path = format!("/i/{}", grouped(&code).expose());
    let mut ana = server.member("Ana", "ana@example.org");
    ana.open(&server.at(&path));
    ana.submit("/i/", &[]);
    assert!(ana.page.text().contains("You are in"), "{}", ana.page.text());
    assert!(ana.page.url.path().starts_with("/joined/"));
    // Who is no member is told nothing of the mesh.
    let joined = ana.page.url.to_string();
    let mut eve = server.member("Eve", "eve@example.org");
    eve.open(&joined);
    assert_eq!((eve.page.status, eve.page.text().contains("Platform")), (404, false));
}
