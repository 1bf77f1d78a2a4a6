//! An invite opened in a browser.

use crewmesh::secret::Secret;
use crewmesh::server::domain::invite_code::{grouped, normalize};
use crewmesh::server::operations::{Principal, invites, meshes};
use crewmesh::server::store::NewAccount;
use crewmesh::server::{Config, SignUp};
use crewmesh::wire::{NewInvite, Role};

use super::{TestServer, register};
use crate::support::web::Person;

/// A mesh of Bo's, and an invite to it for so many.
fn invite(server: &TestServer, max_uses: u32) -> Secret {
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
