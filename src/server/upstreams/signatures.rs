//! Which signatures of an issuer are understood, and whether one is sound
//! (RFC 7518 §3, RFC 8037 §3.1).
//!
//! `jsonwebtoken` reads the parts; *ring*, which speaks our TLS too, checks the
//! signature. The surprising rule: a key fits one algorithm only where everything
//! it says of itself does, for a signature under another is whoever's chance to
//! choose a weaker one. A shared secret is none: who checks could sign.

use std::sync::Once;

use data_encoding::BASE64URL_NOPAD;
use jsonwebtoken::crypto::{CryptoProvider, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::jwk::{
    AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, KeyOperations, PublicKeyUse,
};
use jsonwebtoken::signature::{Error, Verifier};
use jsonwebtoken::{Algorithm, DecodingKey, DecodingKeyKind};
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256,
    RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, RSA_PSS_2048_8192_SHA256,
    RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512, RsaParameters, RsaPublicKeyComponents,
    UnparsedPublicKey, VerificationAlgorithm,
};
use serde::Deserialize;

use super::site::shown;

/// Every algorithm whose signature is checked, as `alg` names it.
pub(super) const UNDERSTOOD: [&str; 9] =
    ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"];

/// What the head of `token` says it is signed with, in its own word; `None` where
/// it has no head.
pub(super) fn named(token: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Head {
        alg: String,
    }
    let head = BASE64URL_NOPAD.decode(token.split('.').next()?.as_bytes()).ok()?;
    let head: Head = serde_json::from_slice(&head).ok()?;
    Some(shown(&head.alg))
}

/// What an issuer says it signs with, where nothing of that is understood.
pub(super) fn not_understood(says: Option<&[String]>) -> Option<String> {
    let says = says.filter(|all| !all.is_empty())?;
    let strange = !says.iter().any(|one| UNDERSTOOD.contains(&one.as_str()));
    strange.then(|| says.iter().map(|one| shown(one)).collect::<Vec<_>>().join(", "))
}

/// Whether `key` may have made a signature of this `algorithm`, by everything it
/// says of itself (RFC 7517 §4, RFC 7518 §6, RFC 8037 §2).
pub(super) fn fits(key: &Jwk, algorithm: Algorithm) -> bool {
    let own = match (&key.algorithm, algorithm) {
        (AlgorithmParameters::RSA(_), algorithm) => rsa(algorithm).is_some(),
        (AlgorithmParameters::EllipticCurve(key), Algorithm::ES256) => {
            key.curve == EllipticCurve::P256
        }
        (AlgorithmParameters::EllipticCurve(key), Algorithm::ES384) => {
            key.curve == EllipticCurve::P384
        }
        (AlgorithmParameters::OctetKeyPair(key), Algorithm::EdDSA) => {
            key.curve == EllipticCurve::Ed25519
        }
        _ => false,
    };
    let common = &key.common;
    own && common.key_algorithm.is_none_or(|own| own == KeyAlgorithm::from(algorithm))
        && matches!(common.public_key_use, None | Some(PublicKeyUse::Signature))
        && common.key_operations.as_ref().is_none_or(|all| all.contains(&KeyOperations::Verify))
}

fn rsa(algorithm: Algorithm) -> Option<&'static RsaParameters> {
    Some(match algorithm {
        Algorithm::RS256 => &RSA_PKCS1_2048_8192_SHA256,
        Algorithm::RS384 => &RSA_PKCS1_2048_8192_SHA384,
        Algorithm::RS512 => &RSA_PKCS1_2048_8192_SHA512,
        Algorithm::PS256 => &RSA_PSS_2048_8192_SHA256,
        Algorithm::PS384 => &RSA_PSS_2048_8192_SHA384,
        Algorithm::PS512 => &RSA_PSS_2048_8192_SHA512,
        _ => return None,
    })
}

fn of_curve(algorithm: Algorithm) -> Option<&'static dyn VerificationAlgorithm> {
    Some(match algorithm {
        Algorithm::ES256 => &ECDSA_P256_SHA256_FIXED,
        Algorithm::ES384 => &ECDSA_P384_SHA384_FIXED,
        Algorithm::EdDSA => &ED25519,
        _ => return None,
    })
}

/// Checks signatures of one algorithm with *ring*.
struct ByRing {
    algorithm: Algorithm,
    key: DecodingKey,
}

impl Verifier<Vec<u8>> for ByRing {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> Result<(), Error> {
        let sound = match self.key.kind() {
            DecodingKeyKind::RsaModulusExponent { n, e } => {
                let how = rsa(self.algorithm).ok_or_else(Error::new)?;
                RsaPublicKeyComponents { n, e }.verify(how, message, signature)
            }
            DecodingKeyKind::SecretOrDer(point) => {
                let how = of_curve(self.algorithm).ok_or_else(Error::new)?;
                UnparsedPublicKey::new(how, point).verify(message, signature)
            }
        };
        sound.map_err(|_| Error::new())
    }
}

impl JwtVerifier for ByRing {
    fn algorithm(&self) -> Algorithm {
        self.algorithm
    }
}

/// Signs nothing, and checks what this program accepts.
static PROVIDER: CryptoProvider = CryptoProvider {
    signer_factory: |_, _| Err(ErrorKind::InvalidAlgorithm.into()),
    verifier_factory: |algorithm, key| {
        if rsa(*algorithm).is_none() && of_curve(*algorithm).is_none() {
            return Err(ErrorKind::InvalidAlgorithm.into());
        }
        if key.family() != algorithm.family() {
            return Err(ErrorKind::InvalidKeyFormat.into());
        }
        Ok(Box::new(ByRing { algorithm: *algorithm, key: key.clone() }))
    },
    key_utils: KeyUtils::new_unimplemented(),
};

/// Has `jsonwebtoken` ask us.
pub(super) fn checked_by_ring() {
    static ONCE: Once = Once::new();
    // Nobody else in this program installs one.
    ONCE.call_once(|| {
        let _ = PROVIDER.install_default();
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_algorithm_that_is_said_to_be_understood_is_checked() {
        for name in UNDERSTOOD {
            let algorithm: Algorithm = name.parse().expect(name);
            assert_ne!(rsa(algorithm).is_some(), of_curve(algorithm).is_some(), "{name}");
        }
        for name in ["HS256", "HS384", "HS512"] {
            let algorithm: Algorithm = name.parse().expect(name);
            assert!(rsa(algorithm).is_none() && of_curve(algorithm).is_none(), "{name}");
        }
    }

    #[test]
    fn an_issuer_is_strange_where_nothing_it_signs_with_is_understood() {
        let all = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
        let said = |names: &[&str]| not_understood(Some(&all(names)));
        assert_eq!(not_understood(None), None);
        assert_eq!(said(&[]), None);
        assert_eq!(said(&["HS256", "ES256"]), None);
        assert_eq!(said(&["ES512", "none"]).as_deref(), Some("ES512, none"));
        assert_eq!(said(&["rs256"]).as_deref(), Some("rs256"));
    }

    #[test]
    fn a_key_fits_where_everything_it_says_of_itself_does() {
        let rsa = r#""kty":"RSA","n":"AQ","e":"AQAB""#;
        let p256 = r#""kty":"EC","crv":"P-256","x":"AQ","y":"AQ""#;
        let p384 = r#""kty":"EC","crv":"P-384","x":"AQ","y":"AQ""#;
        let ed = r#""kty":"OKP","crv":"Ed25519","x":"AQ""#;
        let oct = r#""kty":"oct","k":"AQ""#;
        for (own, more, fitting) in [
            (rsa, "", &UNDERSTOOD[..6]),
            (rsa, r#","alg":"PS256","use":"sig""#, &["PS256"]),
            (rsa, r#","alg":"RSA-OAEP""#, &[]),
            (rsa, r#","use":"enc""#, &[]),
            (rsa, r#","use":"tls""#, &[]),
            (rsa, r#","key_ops":["verify"]"#, &UNDERSTOOD[..6]),
            (rsa, r#","key_ops":["encrypt"]"#, &[]),
            (p256, "", &["ES256"]),
            (p256, r#","alg":"ES384""#, &[]),
            (p384, "", &["ES384"]),
            (ed, "", &["EdDSA"]),
            (ed, r#","alg":"ES256""#, &[]),
            (oct, "", &[]),
        ] {
            let key: Jwk = serde_json::from_str(&format!("{{{own}{more}}}")).expect("a key");
            let all = UNDERSTOOD.into_iter().chain(["HS256", "HS384", "HS512"]);
            let found: Vec<_> =
                all.filter(|name| fits(&key, name.parse().expect("known"))).collect();
            assert_eq!(found, fitting, "{own}{more}");
        }
    }
}
