//! Whatever goes wrong there: one clear page each, nobody signed in, nothing
//! lost.

use crewmesh::server::Config;
use serde_json::json;

use super::{Acme, acme, go_on, hub, is_nobody, on_both, with};
use crate::pages_web::{TestServer, send};
use crate::support::github::GitHub;
use crate::support::issuer::{Issuer, Wrong};
use crate::support::web::Person;

on_both!(each_wrong_answer_has_its_page, a_state_is_good_once, ten_minutes_are_enough);

fn each_wrong_answer_has_its_page(mut config: Config) {
    config.limits.device_authorizations = 1_000;
    let acme = Acme::new(config);
    acme.member();
    let asked = acme.server.ask("laptop");
    let card = format!("/D/{}", asked.plain());
    let unfit = (403, "does not fit what was asked");
    for (wrong, (status, says)) in [
        (Wrong::TokenPage, (502, "Acme gives no answer")),
        (Wrong::TokenDown, (502, "Acme gives no answer")),
        (Wrong::Busy, (502, "Acme gives no answer")),
        (Wrong::CodeUnknown, (403, "(invalid_grant)")),
        (Wrong::Nonce, unfit),
        (Wrong::NoNonce, unfit),
        (Wrong::Audience, unfit),
        (Wrong::Issuer, unfit),
        (Wrong::Party, unfit),
        (Wrong::Signature, unfit),
        (Wrong::Key, unfit),
        (Wrong::Unsigned, unfit),
        (Wrong::Confused, unfit),
        (Wrong::Answer, unfit),
        (Wrong::SilentAnswer, unfit),
    ] {
        acme.issuer.is().wrong = wrong;
        let mut ana = acme.at(&card);
        go_on(&mut ana);
        assert_eq!(ana.page.status, status, "{wrong:?}: {}", ana.page.text());
        assert!(ana.page.text().contains(says), "{wrong:?}: {}", ana.page.text());
        let again = ana.page.link("Try again").expect("a way on");
        let other = ana.page.link("Other ways to sign in").expect("another way");
        assert!(again.contains(&asked.plain()) && other.contains(&asked.plain()), "{wrong:?}");
        is_nobody(&acme.server, &mut ana);
        acme.issuer.is().wrong = Wrong::Nothing;
        ana.open(&acme.server.at(&again));
        go_on(&mut ana);
        assert_eq!(ana.page.url.path(), card, "{wrong:?}");
    }
    // Their profile is used for nobody else.
    acme.issuer.is().wrong = Wrong::Profile;
    acme.issuer.is().who.in_token = false;
    let mut ana = acme.at("/login");
    go_on(&mut ana);
    assert_eq!(ana.page.status, 403);
    let audit = acme.audit();
    let failed = |(action, via, _): &&(String, String, String)| {
        action == "auth.web.failed" && via == "upstream"
    };
    assert_eq!(audit.iter().filter(failed).count(), 13, "{audit:?}");
}

#[test]
fn a_clock_may_be_a_little_off() {
    let acme = Acme::new(Config::in_memory());
    acme.member();
    for (ahead, life, signs_in) in
        [(90, 300, true), (-90, 60, true), (600, 300, false), (-600, 300, false), (0, -300, false)]
    {
        {
            let mut inner = acme.issuer.is();
            (inner.ahead, inner.life) = (ahead, life);
        }
        let mut ana = acme.at("/login");
        go_on(&mut ana);
        if signs_in {
            assert_eq!(ana.page.url.path(), "/meshes", "{ahead} {life}: {}", ana.page.text());
        } else {
            assert_eq!(ana.page.status, 403, "{ahead} {life}");
            assert!(ana.page.text().contains("The clocks disagree"), "{}", ana.page.text());
        }
    }
}

/// RFC 7519 §2: a number of seconds, which may have a fraction; a text is none.
#[test]
fn a_time_is_any_number_and_no_text() {
    let acme = Acme::new(Config::in_memory());
    acme.member();
    let now = acme.server.clock.now() / 1_000;
    let part = |seconds: i64, part: &str| -> serde_json::Value {
        serde_json::from_str(&format!("{}.{part}", now + seconds)).expect("a number")
    };
    let (fits, late, unfit) = (None, Some("The clocks disagree"), Some("does not fit"));
    for (claims, says) in [
        (json!({ "iat": part(0, "25"), "exp": part(600, "5") }), fits),
        (json!({ "iat": part(0, "25"), "auth_time": part(-9, "75") }), fits),
        (json!({ "nbf": part(0, "999") }), fits),
        (json!({ "nbf": part(119, "999") }), fits),
        (json!({ "nbf": part(600, "5") }), late),
        (json!({ "iat": part(600, "5") }), late),
        (json!({ "exp": part(-121, "5") }), late),
        (json!({ "exp": 1e300, "iat": -1e300 }), fits),
        (json!({ "exp": (now + 600).to_string() }), unfit),
        (json!({ "iat": format!("{now}.25") }), unfit),
        (json!({ "nbf": now.to_string() }), unfit),
        (json!({ "exp": null }), unfit),
        (json!({ "iat": true }), unfit),
    ] {
        acme.issuer.is().claims = claims.clone();
        let mut ana = acme.at("/login");
        go_on(&mut ana);
        match says {
            None => assert_eq!(ana.page.url.path(), "/meshes", "{claims}: {}", ana.page.text()),
            Some(says) => assert!(ana.page.text().contains(says), "{claims}: {}", ana.page.text()),
        }
    }
}

#[test]
fn an_issuer_that_is_not_there_stops_nobody_else() {
    let acme = Acme::new(Config::in_memory());
    acme.server.member("Ana", "ana@example.org");
    for wrong in [Wrong::NoDescription, Wrong::OthersDescription] {
        acme.issuer.is().wrong = wrong;
        let mut ana = acme.at("/login");
        assert!(matches!(ana.page.status, 502 | 403), "{}", ana.page.text());
        ana.follow("Other ways to sign in");
        let fields = [("email", "ana@example.org"), ("password", crate::pages_web::PASSWORD)];
        ana.submit("action=\"/login\"", &fields);
        assert_eq!(ana.page.url.path(), "/meshes");
    }
    // What is known of it is used on while its description is away.
    acme.issuer.is().wrong = Wrong::Nothing;
    acme.issuer.is().who.email = None;
    acme.member();
    acme.issuer.is().wrong = Wrong::NoDescription;
    let mut ana = acme.at("/login");
    go_on(&mut ana);
    assert_eq!(ana.page.url.path(), "/meshes", "{}", ana.page.text());
}

/// Where somebody is sent back to, without going there.
fn way_back(acme: &Acme, person: &mut Person) -> String {
    let address = acme.server.running.address();
    let form = person.page.form("decision");
    let mut fields = form.fields;
    fields.push(("decision".to_owned(), "yes".to_owned()));
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&fields).finish();
    let there = person.page.url.socket_addrs(|| None).expect("an address");
    let there = there.into_iter().find(std::net::SocketAddr::is_ipv4).expect("of this computer");
    let answer = send(there, "POST", "/authorize", &[], &body);
    let back = answer.header("location").unwrap_or_else(|| panic!("{answer:?}")).to_owned();
    assert!(back.contains(&address.to_string()), "{back}");
    back
}

fn a_state_is_good_once(config: Config) {
    let acme = Acme::new(config);
    acme.member();
    let mut ana = acme.at("/login");
    let back = way_back(&acme, &mut ana);
    // In another browser, with and without a sign-in of its own under way.
    for mut eve in [Person::new(), acme.at("/login")] {
        eve.open(&back);
        assert_eq!(eve.page.status, 400, "{}", eve.page.text());
        assert!(eve.page.text().contains("This sign-in is not open"), "{}", eve.page.text());
        is_nobody(&acme.server, &mut eve);
    }
    ana.open(&back);
    assert_eq!(ana.page.url.path(), "/meshes", "{}", ana.page.text());
    // Once more: said, and still signed in.
    assert_eq!(ana.open(&back).status, 400);
    assert!(ana.page.link("See your meshes").is_some(), "{}", ana.page.text());
    // Without a state, with one of nobody's, with one of ours at another site.
    for query in ["", "?code=x", "?code=x&state=", "?state=x&error=access_denied"] {
        let path = format!("/login/with/acme/back{query}");
        assert_eq!(ana.open(&acme.server.at(&path)).status, 400, "{query}");
    }
    assert_eq!(ana.open(&acme.server.at("/login/with/nobody")).status, 404);
    assert_eq!(ana.open(&acme.server.at("/login/with/nobody/back?state=x&code=y")).status, 404);
}

fn ten_minutes_are_enough(config: Config) {
    let acme = Acme::new(config);
    let asked = acme.server.ask("laptop");
    let mut ana = acme.at(&format!("/D/{}", asked.plain()));
    let back = way_back(&acme, &mut ana);
    acme.server.clock.advance(600_000);
    ana.open(&back);
    assert_eq!(ana.page.status, 410, "{}", ana.page.text());
    assert!(ana.page.link("Try again").expect("a way on").contains(&asked.plain()));
}

#[test]
fn an_answer_of_one_site_is_no_answer_of_another() {
    let (issuer, github) = (Issuer::start(), GitHub::start());
    let named = vec![acme(&issuer), hub(&github)];
    let server = TestServer::of(with(Config::in_memory(), named));
    let acme = Acme { issuer, server };
    let mut ana = acme.at("/login");
    let back = way_back(&acme, &mut ana).replace("/with/acme/", "/with/github/");
    ana.open(&back);
    assert_eq!(ana.page.status, 400, "{}", ana.page.text());
    is_nobody(&acme.server, &mut ana);
}

#[test]
fn what_it_is_bound_to_is_this_hosts_alone_and_short_lived() {
    let issuer = Issuer::start();
    let mut config = with(Config::in_memory(), vec![acme(&issuer)]);
    config.public_url = Some("https://mesh.example.org".parse().expect("an address"));
    let server = TestServer::of(config);
    let host = "Host: mesh.example.org";
    let answer = send(server.running.address(), "GET", "/login/with/acme", &[host], "");
    assert_eq!(answer.status, 303, "{answer:?}");
    let cookies = answer.cookies();
    let [cookie] = cookies.as_slice() else { panic!("{answer:?}") };
    assert!(cookie.starts_with("__Host-crewmesh-elsewhere="), "{cookie}");
    assert!(cookie.ends_with("; Path=/; HttpOnly; SameSite=Lax; Max-Age=600; Secure"), "{cookie}");
    let there = answer.header("location").expect("a way there");
    assert!(
        there.contains("redirect_uri=https%3A%2F%2Fmesh.example.org%2Flogin%2Fwith%2Facme%2Fback")
    );
    // Neither what comes back nor what proves it can be told from it.
    let value = cookie.split(['=', ';']).nth(1).expect("a value");
    assert!(!there.contains(value), "{there}");
}
