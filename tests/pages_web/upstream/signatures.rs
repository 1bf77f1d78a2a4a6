//! What an issuer signs with: everything that its standards name and is sound,
//! each by a key that fits it.

use crewmesh::server::Config;
use crewmesh::server::upstreams::UNDERSTOOD;
use serde_json::json;

use super::{Acme, go_on, is_nobody};

#[test]
fn each_algorithm_that_is_understood_lets_people_in() {
    let acme = Acme::new(Config::in_memory());
    acme.member();
    for algorithm in UNDERSTOOD {
        acme.issuer.sign_by(algorithm);
        let mut ana = acme.at("/login");
        go_on(&mut ana);
        assert_eq!(ana.page.url.path(), "/meshes", "{algorithm}: {}", ana.page.text());
        // Another key under the same name signed it.
        let key = acme.issuer.is().key.published();
        acme.issuer.sign_by(algorithm);
        acme.issuer.is().jwk = json!({ "x": key["x"], "y": key["y"], "n": "AQAB" });
        acme.issuer.is().jwk.as_object_mut().expect("members").retain(|_, value| !value.is_null());
        let mut eve = acme.at("/login");
        go_on(&mut eve);
        assert_eq!(eve.page.status, 403, "{algorithm}: {}", eve.page.text());
        acme.issuer.is().jwk = json!({});
    }
}

#[test]
fn what_does_not_fit_its_key_or_is_never_one_is_not_believed() {
    let acme = Acme::new(Config::in_memory());
    acme.member();
    for (by, head, jwk, why) in [
        ("RS256", json!({}), json!({ "alg": "RS512" }), "signature"),
        ("RS256", json!({}), json!({ "alg": "PS256" }), "signature"),
        ("PS256", json!({}), json!({ "alg": "RS256" }), "signature"),
        ("RS256", json!({ "alg": "PS256" }), json!({ "alg": "PS256" }), "signature"),
        ("RS512", json!({}), json!({ "use": "enc" }), "signature"),
        ("RS512", json!({}), json!({ "use": "tls" }), "signature"),
        ("RS512", json!({}), json!({ "key_ops": ["encrypt"] }), "signature"),
        ("ES256", json!({ "alg": "ES384" }), json!({}), "signature"),
        ("ES384", json!({}), json!({ "crv": "P-256" }), "signature"),
        ("ES384", json!({}), json!({ "alg": "ES256" }), "signature"),
        ("EdDSA", json!({}), json!({ "crv": "X25519" }), "signature"),
        ("EdDSA", json!({}), json!({ "kty": "EC", "y": "AA" }), "signature"),
        ("EdDSA", json!({ "alg": "RS256" }), json!({}), "signature"),
        ("RS256", json!({ "crit": ["exp"], "exp": 1 }), json!({}), "crit"),
        ("RS256", json!({ "alg": null }), json!({}), "header"),
        ("ES256", json!({ "alg": "ES512" }), json!({}), "signed with ES512"),
        ("ES256", json!({ "alg": "eddsa" }), json!({}), "signed with eddsa"),
        ("RS256", json!({ "alg": "none" }), json!({}), "signed with none"),
        ("RS256", json!({ "alg": "HS256" }), json!({ "alg": "HS256" }), "signed with HS256"),
        ("RS256", json!({ "alg": "HS384" }), json!({ "kty": "oct", "k": "AA" }), "HS384"),
        ("RS256", json!({ "alg": "HS512" }), json!({ "kty": "oct", "k": "AA" }), "HS512"),
    ] {
        acme.issuer.sign_by(by);
        let case = format!("{by} {head} {jwk}");
        acme.issuer.is().head = head;
        acme.issuer.is().jwk = jwk;
        let mut eve = acme.at("/login");
        go_on(&mut eve);
        assert_eq!(eve.page.status, 403, "{case}: {}", eve.page.text());
        assert!(eve.page.text().contains("does not fit what was asked"), "{case}");
        is_nobody(&acme.server, &mut eve);
        assert!(acme.last_failure().contains(why), "{case}: {}", acme.last_failure());
    }
}
