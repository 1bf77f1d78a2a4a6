//! What an issuer signs with: a key for each algorithm that RFC 7518 and RFC 8037
//! know and *ring* can make.

use crewmesh::secret::random_bytes;
use data_encoding::BASE64URL_NOPAD;
use ring::rand::SystemRandom;
use ring::rsa::PublicKeyComponents;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair,
    EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384,
    RSA_PKCS1_SHA512, RSA_PSS_SHA256, RSA_PSS_SHA384, RSA_PSS_SHA512, RsaEncoding, RsaKeyPair,
};
use serde_json::{Value, json};

/// Signs in tests, and nowhere else.
const RSA: &[u8] = include_bytes!("../issuer-rsa.der");

/// A key and what it signs by.
pub struct Signing {
    /// As `alg` says it.
    pub algorithm: &'static str,
    /// As `kid` says it.
    pub kid: String,
    pair: Pair,
}

enum Pair {
    Rsa(&'static dyn RsaEncoding),
    /// And the name of its curve.
    Ec(EcdsaKeyPair, &'static str),
    Ed(Ed25519KeyPair),
}

impl Signing {
    /// A new key for `algorithm`; for RSA, which takes its time, always the same.
    pub fn by(algorithm: &'static str, kid: &str) -> Self {
        let ec = |how: &'static EcdsaSigningAlgorithm, curve| {
            let random = SystemRandom::new();
            let made = EcdsaKeyPair::generate_pkcs8(how, &random).expect("a key");
            let pair = EcdsaKeyPair::from_pkcs8(how, made.as_ref(), &random).expect("just made");
            Pair::Ec(pair, curve)
        };
        let pair = match algorithm {
            "RS256" => Pair::Rsa(&RSA_PKCS1_SHA256),
            "RS384" => Pair::Rsa(&RSA_PKCS1_SHA384),
            "RS512" => Pair::Rsa(&RSA_PKCS1_SHA512),
            "PS256" => Pair::Rsa(&RSA_PSS_SHA256),
            "PS384" => Pair::Rsa(&RSA_PSS_SHA384),
            "PS512" => Pair::Rsa(&RSA_PSS_SHA512),
            "ES256" => ec(&ECDSA_P256_SHA256_FIXED_SIGNING, "P-256"),
            "ES384" => ec(&ECDSA_P384_SHA384_FIXED_SIGNING, "P-384"),
            "EdDSA" => {
                let seed = random_bytes::<32>();
                Pair::Ed(Ed25519KeyPair::from_seed_unchecked(&seed).expect("a key"))
            }
            other => panic!("nobody signs with {other}"),
        };
        Self { algorithm, kid: kid.to_owned(), pair }
    }

    pub fn signature(&self, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match &self.pair {
            Pair::Rsa(encoding) => {
                let pair = rsa();
                let mut signature = vec![0; pair.public().modulus_len()];
                pair.sign(*encoding, &random, message, &mut signature).expect("signed");
                signature
            }
            Pair::Ec(pair, _) => pair.sign(&random, message).expect("signed").as_ref().to_vec(),
            Pair::Ed(pair) => pair.sign(message).as_ref().to_vec(),
        }
    }

    /// The public half, as RFC 7517 has it.
    pub fn published(&self) -> Value {
        let encoded = |bytes: &[u8]| BASE64URL_NOPAD.encode(bytes);
        let mut key = match &self.pair {
            Pair::Rsa(_) => {
                let PublicKeyComponents { n, e } =
                    PublicKeyComponents::<Vec<u8>>::from(rsa().public());
                json!({ "kty": "RSA", "alg": self.algorithm, "n": encoded(&n), "e": encoded(&e) })
            }
            Pair::Ec(pair, curve) => {
                let point = &pair.public_key().as_ref()[1..];
                let (x, y) = point.split_at(point.len() / 2);
                json!({ "kty": "EC", "crv": curve, "x": encoded(x), "y": encoded(y) })
            }
            Pair::Ed(pair) => {
                json!({ "kty": "OKP", "crv": "Ed25519", "x": encoded(pair.public_key().as_ref()) })
            }
        };
        key["use"] = json!("sig");
        key["kid"] = json!(self.kid);
        key
    }
}

/// A signature of `message` by the public half of RSA's key, taken for a shared
/// secret.
pub fn confused(message: &[u8]) -> Vec<u8> {
    let public = rsa().public().as_ref().to_vec();
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, &public);
    ring::hmac::sign(&key, message).as_ref().to_vec()
}

fn rsa() -> RsaKeyPair {
    RsaKeyPair::from_der(RSA).expect("a key")
}
