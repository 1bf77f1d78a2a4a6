//! There, back, and on to where somebody was going.

use crewmesh::server::{Config, SignUp};
use serde_json::json;

use super::{Acme, acme, go_on, is_nobody, on_both, register, who, with};
use crate::pages_web::TestServer;
use crate::support::issuer::Issuer;
use crate::support::web::Person;

on_both!(
    whoever_is_new_is_asked_first,
    a_code_is_still_there_afterwards,
    a_program_that_asks_is_still_there_afterwards,
    an_invite_lets_in_once,
    where_nobody_may_sign_up_nobody_does,
    the_first_administrator_may_come_that_way,
    an_address_opens_nothing,
    a_name_there_is_not_who_somebody_is,
    keys_that_changed_are_fetched_again,
    what_the_profile_says_is_asked_for,
);

fn whoever_is_new_is_asked_first(config: Config) {
    let acme = Acme::new(config);
    let mut ana = acme.at("/login");
    assert!(ana.page.text().contains("Go on as Ana Gil"), "{}", ana.page.text());
    go_on(&mut ana);
    let text = ana.page.text();
    assert!(text.contains("Are you new here?") && text.contains("ana@example.org"), "{text}");
    is_nobody(&acme.server, &mut ana);
    ana.open(&acme.server.at("/login"));
    ana.follow("Continue with Acme");
    go_on(&mut ana);
    ana.follow("Create the account");
    go_on(&mut ana);
    assert_eq!(ana.page.url.path(), "/meshes", "{}", ana.page.text());
    assert_eq!(who(&acme.server, &mut ana), "Ana Gil");
    // From another browser, straight in.
    let mut phone = acme.at("/login");
    go_on(&mut phone);
    assert_eq!(phone.page.url.path(), "/meshes");
    let audit = acme.audit();
    let login = |(action, via, upstream): &&(String, String, String)| {
        action == "auth.web.login" && via == "upstream" && upstream == "acme"
    };
    assert_eq!(audit.iter().filter(login).count(), 2, "{audit:?}");
}

fn a_code_is_still_there_afterwards(config: Config) {
    let acme = Acme::new(config);
    acme.member();
    let asked = acme.server.ask("laptop");
    let card = format!("/D/{}", asked.plain());
    let mut ana = acme.at(&card);
    go_on(&mut ana);
    assert_eq!(ana.page.url.path(), card);
    ana.submit("decision", &[("decision", "approve")]);
    assert_eq!(acme.server.poll(&asked).status, 200);
    // Somebody new comes there as well, in one more step.
    acme.issuer.is().who.sub = "new";
    acme.issuer.is().who.email = Some("new@example.org");
    let asked = acme.server.ask("laptop");
    let card = format!("/D/{}", asked.plain());
    let mut bo = acme.at(&card);
    go_on(&mut bo);
    bo.follow("Create the account");
    go_on(&mut bo);
    assert_eq!(bo.page.url.path(), card);
}

fn a_program_that_asks_is_still_there_afterwards(config: Config) {
    let acme = Acme::new(config);
    acme.member();
    let asked = "/oauth/authorize?response_type=code&client_id=crewmesh\
        &redirect_uri=http%3A%2F%2F127.0.0.1%3A1%2Fback&state=a%26b&scope=profile%3Aread\
        &code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256";
    let mut ana = acme.at(asked);
    go_on(&mut ana);
    assert_eq!(ana.page.url.as_str(), acme.server.at(asked), "{}", ana.page.text());
    assert!(ana.page.text().contains("A program sent you here"), "{}", ana.page.text());
}

/// An invite of somebody who has a mesh.
fn invite(server: &TestServer, owner: &mut Person) -> String {
    owner.open(&server.at("/meshes"));
    owner.submit("action=\"/meshes\"", &[("name", "Platform")]);
    owner.submit("/invites\"", &[("role", "member"), ("uses", "1"), ("days", "7")]);
    let (_, rest) = owner.page.html.split_once("/i/").expect("a link");
    format!("/i/{}", rest.split('<').next().expect("a code"))
}

fn an_invite_lets_in_once(mut config: Config) {
    config.sign_up = SignUp::Invite;
    let acme = Acme::new(config);
    let first = acme.server.running.admin_link().expect("nobody runs it yet").expose().to_owned();
    let mut owner = Person::new();
    owner.open(&first);
    register(&mut owner, "Olga", "olga@example.org");
    let link = invite(&acme.server, &mut owner);
    // By the door alone nobody comes in.
    let mut ana = acme.at("/login");
    go_on(&mut ana);
    assert!(ana.page.link("Create the account").is_none(), "{}", ana.page.text());
    ana.open(&acme.server.at("/login/with/acme?new=1"));
    assert!(ana.page.text().contains("by invitation"), "{}", ana.page.text());
    ana.open(&acme.server.at(&link));
    ana.follow("Create an account");
    ana.follow("Continue with Acme");
    go_on(&mut ana);
    assert!(ana.page.url.path().starts_with("/joined/"), "{}", ana.page.text());
    acme.issuer.is().who.sub = "late";
    acme.issuer.is().who.email = Some("late@example.org");
    let mut late = Person::new();
    let with = format!("/login/with/acme?new=1&next={link}");
    late.open(&acme.server.at(&with));
    assert_eq!(late.page.status, 410, "{}", late.page.text());
}

fn where_nobody_may_sign_up_nobody_does(mut config: Config) {
    config.sign_up = SignUp::Closed;
    let acme = Acme::new(config);
    let mut ana = acme.at("/login");
    go_on(&mut ana);
    assert!(ana.page.link("Create the account").is_none(), "{}", ana.page.text());
    assert_eq!(ana.open(&acme.server.at("/login/with/acme?new=1")).status, 403);
    is_nobody(&acme.server, &mut ana);
}

fn the_first_administrator_may_come_that_way(mut config: Config) {
    config.sign_up = SignUp::Closed;
    let acme = Acme::new(config);
    let first = acme.server.running.admin_link().expect("nobody runs it yet").expose().to_owned();
    let mut ana = Person::new();
    ana.open(&first);
    ana.follow("Continue with Acme");
    // Turning back loses nothing.
    ana.submit("decision", &[("decision", "no")]);
    assert!(ana.page.text().contains("You turned back"), "{}", ana.page.text());
    ana.follow("Try again");
    go_on(&mut ana);
    assert_eq!(ana.page.url.path(), "/meshes", "{}", ana.page.text());
    assert_eq!(ana.open(&acme.server.at("/admin/members")).status, 200);
    // Once.
    let mut eve = Person::new();
    assert_eq!(eve.open(&first).status, 403);
}

fn an_address_opens_nothing(config: Config) {
    let acme = Acme::new(config);
    acme.server.member("Ana Díaz", "Ana@example.org");
    for path in ["/login", "/register"] {
        let mut ana = acme.at(path);
        go_on(&mut ana);
        assert_eq!(ana.page.status, 409);
        assert!(ana.page.text().contains("You have an account already"), "{}", ana.page.text());
        is_nobody(&acme.server, &mut ana);
    }
    let asked = acme.server.ask("laptop");
    let mut ana = acme.at(&format!("/D/{}", asked.plain()));
    go_on(&mut ana);
    // As before, and still on the way.
    ana.follow("Sign in");
    let fields = [("email", "ana@example.org"), ("password", crate::pages_web::PASSWORD)];
    ana.submit("action=\"/login\"", &fields);
    assert_eq!(ana.page.url.path(), format!("/D/{}", asked.plain()));
    // Nor does one that is not theirs for certain make an account by it.
    acme.issuer.is().who.verified = json!(false);
    acme.issuer.is().who.name = None;
    let mut eve = acme.at("/register");
    go_on(&mut eve);
    assert_eq!(who(&acme.server, &mut eve), acme.issuer.is().who.sub);
    assert!(!eve.page.text().contains("ana@example.org"), "{}", eve.page.text());
}

fn a_name_there_is_not_who_somebody_is(config: Config) {
    let acme = Acme::new(config);
    acme.member();
    // The same person under another address.
    acme.issuer.is().who.email = Some("ana.gil@example.com");
    let mut ana = acme.at("/login");
    go_on(&mut ana);
    assert_eq!(ana.page.url.path(), "/meshes", "{}", ana.page.text());
    // Another one under theirs.
    acme.issuer.is().who.sub = "another";
    acme.issuer.is().who.email = Some("ana@example.org");
    let mut eve = acme.at("/login");
    go_on(&mut eve);
    assert_eq!(eve.page.status, 409, "{}", eve.page.text());
    is_nobody(&acme.server, &mut eve);
}

fn keys_that_changed_are_fetched_again(config: Config) {
    let acme = Acme::new(config);
    acme.member();
    let mut ana = acme.at("/login");
    go_on(&mut ana);
    assert_eq!(acme.issuer.is().keys_fetched, 1, "kept as long as they fit");
    acme.issuer.rotate();
    let mut ana = acme.at("/login");
    go_on(&mut ana);
    assert_eq!(ana.page.url.path(), "/meshes", "{}", ana.page.text());
    assert_eq!(acme.issuer.is().keys_fetched, 2);
}

fn what_the_profile_says_is_asked_for(config: Config) {
    let acme = Acme::new(config);
    {
        let mut inner = acme.issuer.is();
        inner.who.in_token = false;
        inner.who.verified = json!("true");
        inner.method = "client_secret_post";
    }
    let mut ana = acme.member();
    assert_eq!(who(&acme.server, &mut ana), "Ana Gil");
    assert!(ana.page.text().contains("ana@example.org"));
}

/// Begun on one node, back on another.
#[cfg(unix)]
#[test]
fn several_nodes_are_one() {
    use crate::support::balancer::Balancer;
    super::on_postgres(|config| {
        let issuer = Issuer::start();
        issuer.is().clock = config.clock.clone();
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        let balancer = runtime.block_on(Balancer::bind());
        let public = format!("http://{}", balancer.address);
        let node = || {
            let mut config = with(config.clone(), vec![acme(&issuer)]);
            config.public_url = Some(public.parse().expect("an address"));
            TestServer::of(config)
        };
        let nodes = [node(), node()];
        balancer.over(nodes.iter().map(|node| node.running.address()).collect());
        let mut ana = Person::new();
        ana.open(&format!("{public}/register"));
        let mut seen = Vec::new();
        for turn in 0..4 {
            // The way there and the way back each time on another one.
            balancer.next_is(turn);
            ana.open(&format!("{public}/login/with/acme?new=1"));
            seen.push(balancer.last());
            balancer.next_is(turn + 1);
            go_on(&mut ana);
            assert_eq!(ana.page.url.path(), "/meshes", "{}", ana.page.text());
        }
        assert_eq!(seen, [0, 1, 0, 1]);
    });
}
