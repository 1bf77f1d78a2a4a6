//! Connecting and disconnecting, and the password of an account that had none.

use crewmesh::server::Config;

use super::{Acme, go_on, is_nobody, on_both, who};
use crate::pages_web::PASSWORD;
use crate::support::authenticator;
use crate::support::web::Person;

on_both!(
    an_account_is_connected_and_disconnected,
    the_last_way_in_stays,
    a_first_password_is_for_whoever_signed_in_just_now,
    nobody_is_connected_twice,
    another_site_is_half_of_the_way_too,
);

fn ways(acme: &Acme, person: &mut Person) -> String {
    person.open(&acme.server.at("/settings/ways"));
    person.page.text()
}

fn an_account_is_connected_and_disconnected(config: Config) {
    let acme = Acme::new(config);
    let mut ana = acme.server.member("Ana Díaz", "ana@example.org");
    assert!(ways(&acme, &mut ana).contains("Not connected"));
    ana.follow("Connect");
    go_on(&mut ana);
    assert_eq!(ana.page.url.path(), "/settings/ways", "{}", ana.page.text());
    assert!(ana.page.text().contains("Disconnect"), "{}", ana.page.text());
    let mut phone = acme.at("/login");
    go_on(&mut phone);
    assert_eq!(who(&acme.server, &mut phone), "Ana Díaz");
    ways(&acme, &mut ana);
    ana.submit("/disconnect", &[]);
    assert!(ana.page.text().contains("Not connected"), "{}", ana.page.text());
    let mut phone = acme.at("/login");
    go_on(&mut phone);
    assert_eq!(phone.page.status, 409, "by address nobody comes in");
    let audit = acme.audit();
    for action in ["auth.upstream.connected", "auth.upstream.disconnected"] {
        assert!(audit.iter().any(|(done, ..)| done == action), "{action}: {audit:?}");
    }
    // Turned back there: the same page, unchanged.
    ways(&acme, &mut ana);
    ana.follow("Connect");
    ana.submit("decision", &[("decision", "no")]);
    ana.follow("Ways to sign in");
    assert!(ana.page.text().contains("Not connected"), "{}", ana.page.text());
}

fn the_last_way_in_stays(config: Config) {
    let acme = Acme::new(config);
    let mut ana = acme.member();
    ways(&acme, &mut ana);
    ana.submit("/disconnect", &[]);
    assert_eq!(ana.page.status, 409);
    assert!(ana.page.text().contains("Your only way in"), "{}", ana.page.text());
    ana.follow("Set a password");
    ana.submit("/settings/password", &[("fresh", PASSWORD)]);
    assert!(ana.page.text().contains("Password changed"), "{}", ana.page.text());
    ana.follow("Sign in");
    let fields = [("email", "ana@example.org"), ("password", PASSWORD)];
    ana.submit("action=\"/login\"", &fields);
    assert_eq!(who(&acme.server, &mut ana), "Ana Gil");
    ways(&acme, &mut ana);
    ana.submit("/disconnect", &[]);
    assert_eq!(ana.page.status, 200);
    assert!(ana.page.text().contains("Not connected"), "{}", ana.page.text());
}

fn a_first_password_is_for_whoever_signed_in_just_now(config: Config) {
    let acme = Acme::new(config);
    acme.issuer.is().who.email = None;
    let mut ana = acme.member();
    acme.server.clock.advance(11 * 60_000);
    ana.open(&acme.server.at("/settings/password"));
    assert_eq!(ana.page.status, 403);
    ana.follow("Sign in");
    go_on(&mut ana);
    assert_eq!(ana.page.url.path(), "/settings/password", "{}", ana.page.text());
    // Where there is no address yet it is asked for; one that has an account
    // is not taken.
    acme.server.member("Bo", "bo@example.org");
    for (email, fresh, status) in [
        ("none", PASSWORD, 422),
        ("bo@example.org", PASSWORD, 422),
        ("ana@example.org", "short", 422),
        ("ana@example.org", PASSWORD, 200),
    ] {
        ana.submit("/settings/password", &[("email", email), ("fresh", fresh)]);
        assert_eq!(ana.page.status, status, "{email} {fresh}: {}", ana.page.text());
    }
    ana.follow("Sign in");
    ana.submit("action=\"/login\"", &[("email", "ana@example.org"), ("password", PASSWORD)]);
    assert_eq!(who(&acme.server, &mut ana), "Ana Gil");
    // From now on it is asked for.
    ana.open(&acme.server.at("/settings/password"));
    ana.submit("/settings/password", &[("fresh", "staple battery horse")]);
    assert_eq!(ana.page.status, 422, "{}", ana.page.text());
}

fn nobody_is_connected_twice(config: Config) {
    let acme = Acme::new(config);
    acme.member();
    acme.issuer.is().who.email = None;
    let mut bo = acme.server.member("Bo", "bo@example.org");
    ways(&acme, &mut bo);
    bo.follow("Connect");
    go_on(&mut bo);
    assert_eq!(bo.page.status, 409);
    assert!(bo.page.text().contains("connected with another account"), "{}", bo.page.text());
    // A link of another page, of another session, or of nobody connects nothing.
    ways(&acme, &mut bo);
    let link = bo.page.link("Connect").expect("a link");
    let mut eve = acme.server.member("Eve", "eve@example.org");
    for path in ["/settings/ways/acme/connect", "/settings/ways/acme/connect?token=x", &link] {
        eve.open(&acme.server.at(path));
        assert_eq!(eve.page.status, 403, "{path}");
        assert!(eve.page.text().contains("too old"), "{}", eve.page.text());
    }
    // Nor does a way back for somebody who is signed out meanwhile.
    acme.issuer.is().who.sub = "unknown";
    ways(&acme, &mut bo);
    bo.follow("Connect");
    let there = bo.page.clone();
    bo.open(&acme.server.at("/settings/sessions"));
    bo.submit("/logout", &[]);
    bo.page = there;
    go_on(&mut bo);
    assert_eq!(bo.page.status, 400, "{}", bo.page.text());
    is_nobody(&acme.server, &mut bo);
}

fn another_site_is_half_of_the_way_too(config: Config) {
    let acme = Acme::new(config);
    let mut ana = acme.member();
    ana.open(&acme.server.at("/settings/second-factor/app"));
    let link = ana.page.html.split('"').find(|part| part.starts_with("otpauth:"));
    let link = link.expect("a link").to_owned();
    let now = acme.server.clock.now();
    ana.submit("name=\"code\"", &[("code", &authenticator::code(&link, now))]);
    assert_eq!(ana.page.status, 201, "{}", ana.page.text());
    let mut phone = acme.at("/login?next=/settings/ways");
    go_on(&mut phone);
    assert_eq!(phone.page.url.path(), "/login/code", "{}", phone.page.text());
    let code = authenticator::code(&link, now + 30_000);
    phone.submit("name=\"code\"", &[("code", &code)]);
    assert_eq!(phone.page.url.path(), "/settings/ways", "{}", phone.page.text());
    let signed_in = ("auth.web.login".to_owned(), "upstream".to_owned(), "acme".to_owned());
    assert_eq!(acme.audit().into_iter().filter(|event| *event == signed_in).count(), 2);
    // She has no password: a code is what removes it.
    phone.open(&acme.server.at("/settings/second-factor"));
    phone.submit("remove", &[("do", "remove"), ("proof", &code)]);
    assert_eq!(phone.page.status, 422, "it was used: {}", phone.page.text());
}
