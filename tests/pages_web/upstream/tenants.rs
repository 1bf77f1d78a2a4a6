//! An issuer that speaks for many tenants, as Microsoft's Entra does at
//! `/common/v2.0`: each token is its own tenant's word and nobody else's.

use crewmesh::server::Config;
use crewmesh::server::upstreams::Site;
use url::Url;

use super::{Acme, Person, TestServer, acme, go_on, is_nobody, on_both, register, who, with};
use crate::support::issuer::{Issuer, Wrong};

const ONE: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";
const TWO: &str = "72f988bf-86f1-41af-91ab-2d7cd011db47";

on_both!(somebody_of_any_tenant_comes_in_as_themselves);

/// An instance that knows Acme by `path`.
fn known_by(config: Config, issuer: Issuer, path: &str) -> Acme {
    let mut named = acme(&issuer);
    let url = format!("{}/{path}/v2.0", issuer.url);
    named.site = Site::Issuer(Url::parse(&url).expect("an address"));
    let server = TestServer::of(with(config, vec![named]));
    issuer.is().clock = server.clock.clone();
    Acme { issuer, server }
}

fn somebody_of_any_tenant_comes_in_as_themselves(config: Config) {
    let issuer = Issuer::start();
    issuer.is().tenant = Some(ONE);
    let acme = known_by(config, issuer, "common");
    // The address is only what a tenant says of it: it is asked for.
    let mut ana = acme.at("/register");
    go_on(&mut ana);
    assert_eq!(who(&acme.server, &mut ana), "Ana Gil");
    ana.open(&acme.server.at("/settings/ways"));
    let ways = ana.page.text();
    assert!(ways.contains("Acme") && !ways.contains(ONE), "{ways}");
    assert!(!ways.contains("ana@example.org"), "{ways}");
    assert!(ana.page.link("Connect").is_none(), "it is connected: {ways}");

    // Whoever has the same name for the issuer in another tenant is another.
    acme.issuer.is().tenant = Some(TWO);
    let mut eve = acme.at("/login");
    go_on(&mut eve);
    assert_eq!(eve.page.status, 404, "{}", eve.page.text());
    is_nobody(&acme.server, &mut eve);

    for wrong in [Wrong::Tenant, Wrong::Issuer, Wrong::TenantsKey] {
        let mut inner = acme.issuer.is();
        (inner.tenant, inner.wrong) = (Some(ONE), wrong);
        drop(inner);
        if wrong == Wrong::TenantsKey {
            // The list is fetched again when a key is missing.
            acme.issuer.rotate();
        }
        let mut eve = acme.at("/login");
        go_on(&mut eve);
        assert_eq!(eve.page.status, 403, "{wrong:?}: {}", eve.page.text());
        is_nobody(&acme.server, &mut eve);
    }
    acme.issuer.is().wrong = Wrong::Nothing;
    acme.issuer.rotate();
    let mut ana = acme.at("/login");
    go_on(&mut ana);
    assert_eq!(who(&acme.server, &mut ana), "Ana Gil");
}

#[test]
fn an_address_of_a_tenant_is_nobody_elses_account() {
    let issuer = Issuer::start();
    issuer.is().tenant = Some(ONE);
    let acme = known_by(Config::in_memory(), issuer, "common");
    let mut ana = Person::new();
    ana.open(&acme.server.at("/register"));
    register(&mut ana, "Ana Gil", "ana@example.org");
    // The same address, on the word of a tenant that anybody can have: no hint
    // that there is such an account, and no way into it.
    let mut eve = acme.at("/register");
    go_on(&mut eve);
    assert_eq!(eve.page.status, 200, "{}", eve.page.text());
    assert_eq!(who(&acme.server, &mut eve), "Ana Gil", "an account of their own, without address");
    eve.open(&acme.server.at("/settings/password"));
    assert!(!eve.page.html.contains("ana@example.org"), "{}", eve.page.text());
}
