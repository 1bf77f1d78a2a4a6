//! Whatever an issuer, or whoever stands between, sends as an ID token or as keys.

use data_encoding::BASE64URL_NOPAD;
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use serde_json::Value;

use super::*;
use crate::cases::{hold, json, texts};

const NOW: i64 = 1_790_000_000;

const EXPECTED: Expected<'static> = Expected {
    issuer: "https://login.acme.example",
    client_id: "crewmesh",
    nonce: "n-0S6",
    now: NOW,
};

const CLAIMS: [&str; 2] = [
    r#"{"iss":"https://login.acme.example","sub":"248289761001","aud":"crewmesh","exp":1790000300,
        "iat":1790000000.25,"nbf":1789999990,"nonce":"n-0S6","name":"Ana","email":"ana@example.org",
        "email_verified":true}"#,
    r#"{"iss":"https://login.acme.example","sub":"2","aud":["crewmesh","x"],"azp":"crewmesh",
        "exp":1790000300,"iat":1790000000,"nonce":"n-0S6","email_verified":"true","tid":"t"}"#,
];

const HEADS: [&str; 3] = [
    r#"{"alg":"EdDSA","kid":"one"}"#,
    r#"{"alg":"EdDSA","typ":"JWT"}"#,
    r#"{"alg":"RS256","kid":"one"}"#,
];

fn pair() -> Ed25519KeyPair {
    Ed25519KeyPair::from_seed_unchecked(&[7; 32]).expect("a key")
}

fn published() -> String {
    let x = BASE64URL_NOPAD.encode(pair().public_key().as_ref());
    format!(r#"{{"kty":"OKP","crv":"Ed25519","use":"sig","kid":"one","x":"{x}"}}"#)
}

fn keys(text: &str) -> Vec<Key> {
    serde_json::from_str(text).into_iter().collect()
}

fn signed(pair: &Ed25519KeyPair, head: &str, claims: &str) -> String {
    let part = |text: &str| BASE64URL_NOPAD.encode(text.as_bytes());
    let message = format!("{}.{}", part(head), part(claims));
    let signature = BASE64URL_NOPAD.encode(pair.sign(message.as_bytes()).as_ref());
    format!("{message}.{signature}")
}

/// What is signed by the right key is believed only where every claim fits.
#[test]
fn a_signed_token_is_believed_only_where_each_claim_fits() {
    let (pair, keys) = (pair(), keys(&published()));
    hold((json(&HEADS), json(&CLAIMS)), |(head, claims)| {
        let Ok(read) = super::read(&signed(&pair, &head, &claims), &keys, &EXPECTED) else {
            return;
        };
        let head: Value = serde_json::from_str(&head).expect("it was read");
        assert_eq!(head["alg"], "EdDSA");
        assert!(head.get("crit").is_none() && matches!(head["kid"].as_str(), None | Some("one")));
        let claims: Value = serde_json::from_str(&claims).expect("it was read");
        assert_eq!(claims["iss"], EXPECTED.issuer);
        assert_eq!(claims["nonce"], EXPECTED.nonce);
        assert_eq!(claims["sub"], read.sub.as_str());
        let is_ours = |aud: &Value| *aud == EXPECTED.client_id;
        assert!(
            is_ours(&claims["aud"])
                || claims["aud"].as_array().is_some_and(|a| a.iter().any(is_ours))
        );
        let time = |name: &str| claims[name].as_f64().expect("a number");
        let now = seconds(NOW);
        assert!(time("exp") + LEEWAY > now && time("iat") - LEEWAY <= now, "{claims}");
        assert!(claims["nbf"].as_f64().is_none_or(|nbf| nbf - LEEWAY <= now), "{claims}");
        for name in ["exp", "iat", "nbf"] {
            assert!(!claims[name].is_string(), "{claims}");
        }
    });
}

/// A token of which a letter is another is none.
#[test]
fn nothing_but_what_was_signed_is_believed() {
    let whole = signed(&pair(), HEADS[0], CLAIMS[0]);
    let seeds: &'static [&'static str] =
        Box::leak(Box::new([&*Box::leak(whole.clone().into_boxed_str())]));
    let keys = keys(&published());
    assert!(super::read(&whole, &keys, &EXPECTED).is_ok());
    hold(texts(seeds), |token| {
        assert!(token == whole || super::read(&token, &keys, &EXPECTED).is_err(), "{token}");
    });
}

/// A key that says something else of itself checks nothing.
#[test]
fn a_key_checks_only_what_it_says_it_does() {
    let seeds: &'static [&'static str] =
        Box::leak(Box::new([&*Box::leak(published().into_boxed_str())]));
    let token = signed(&pair(), HEADS[0], CLAIMS[0]);
    let x = BASE64URL_NOPAD.encode(pair().public_key().as_ref());
    hold(json(seeds), |text| {
        if super::read(&token, &keys(&text), &EXPECTED).is_err() {
            return;
        }
        let key: Value = serde_json::from_str(&text).expect("it was read");
        assert_eq!(
            (&key["kty"], &key["crv"], &key["kid"]),
            (&"OKP".into(), &"Ed25519".into(), &"one".into())
        );
        assert_eq!(key["x"], x.as_str(), "{text}");
        assert!(key.get("use").is_none_or(|own| own.is_null() || own == "sig"), "{text}");
    });
}
