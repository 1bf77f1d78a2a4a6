//! Whether an ID token is to be believed (OpenID Connect Core §3.1.3.7). Pure.
//!
//! `jsonwebtoken` reads it and sees that algorithm and key belong together;
//! *ring*, which speaks our TLS too, checks the signature. The surprising rule:
//! times are compared here, by the instance's own clock, so that a test can set
//! it.

use std::sync::Once;

use jsonwebtoken::crypto::{CryptoProvider, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::jwk::{Jwk, PublicKeyUse};
use jsonwebtoken::signature::{Error, Verifier};
use jsonwebtoken::{
    Algorithm, AlgorithmFamily, DecodingKey, DecodingKeyKind, Header, Validation, decode,
    decode_header,
};
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey,
};
use serde::Deserialize;

use super::tenants;

/// Seconds by which two clocks may differ.
const LEEWAY: f64 = 120.0;

/// What must be in it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Expected<'a> {
    /// Who signed, as its description says it; for many tenants, with a place
    /// for one.
    pub(super) issuer: &'a str,
    /// The client it must be made for (`aud`).
    pub(super) client_id: &'a str,
    /// What was sent along.
    pub(super) nonce: &'a str,
    pub(super) now: i64,
}

/// Why it is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum IdTokenError {
    /// None of these keys signed it.
    Key,
    /// This is not what it should be.
    Claim(&'static str),
    /// It is from another time.
    Time,
}

#[derive(Debug, Deserialize)]
pub(super) struct Claims {
    pub(super) iss: String,
    /// The tenant, where there are several.
    tid: Option<String>,
    pub(super) sub: String,
    aud: Audience,
    azp: Option<String>,
    exp: NumericDate,
    iat: NumericDate,
    nbf: Option<NumericDate>,
    nonce: Option<String>,
    #[serde(flatten)]
    pub(super) profile: Profile,
}

/// Seconds since 1970 (RFC 7519 §2): any JSON number, a fraction too, and never
/// a text.
#[derive(Clone, Copy, Debug, Deserialize)]
struct NumericDate(f64);

impl NumericDate {
    /// Whether it is over at `now`, by either clock.
    fn is_past(self, now: i64) -> bool {
        self.0 + LEEWAY <= seconds(now)
    }

    /// Whether it is still to come at `now`, by either clock.
    fn is_ahead(self, now: i64) -> bool {
        self.0 - LEEWAY > seconds(now)
    }
}

#[allow(clippy::cast_precision_loss, reason = "exact for 285 million years")]
fn seconds(now: i64) -> f64 {
    now as f64
}

/// What is said of somebody (Core §5.1).
#[derive(Debug, Default, Deserialize)]
pub(super) struct Profile {
    pub(super) name: Option<String>,
    pub(super) preferred_username: Option<String>,
    pub(super) email: Option<String>,
    email_verified: Option<Flag>,
}

/// Some write it as a text.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum Flag {
    Plain(bool),
    Written(String),
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

impl Profile {
    /// Whether more of it should be asked for.
    pub(super) fn is_lacking(&self) -> bool {
        self.email.is_none() || (self.name.is_none() && self.preferred_username.is_none())
    }

    /// What is missing from `more`. An address goes with what is said of it.
    pub(super) fn or(self, more: Self) -> Self {
        let (email, email_verified) = match self.email {
            Some(email) => (Some(email), self.email_verified),
            None => (more.email, more.email_verified),
        };
        Self {
            name: self.name.or(more.name),
            preferred_username: self.preferred_username.or(more.preferred_username),
            email,
            email_verified,
        }
    }

    /// Whether the address is theirs for certain; `None` where it is not said.
    pub(super) fn verified(&self) -> Option<bool> {
        self.email_verified.as_ref().map(|flag| match flag {
            Flag::Plain(verified) => *verified,
            Flag::Written(text) => text == "true",
        })
    }
}

/// A key, as an issuer publishes it.
#[derive(Debug, Deserialize)]
pub(super) struct Key {
    #[serde(flatten)]
    jwk: Jwk,
    /// Whose tokens it signs, where one list holds those of several tenants.
    issuer: Option<String>,
}

impl Key {
    fn signs_for(&self, claims: &Claims) -> bool {
        let issuer =
            self.issuer.as_deref().map(|issuer| tenants::issuer_of(issuer, claims.tid.as_deref()));
        issuer.is_none_or(|issuer| issuer.as_ref() == Some(&claims.iss))
    }
}

/// Reads `token`, which one of `keys` must have signed.
pub(super) fn read(token: &str, keys: &[Key], expected: &Expected) -> Result<Claims, IdTokenError> {
    checked_by_ring();
    let header = decode_header(token).map_err(|_| IdTokenError::Claim("header"))?;
    if !matches!(header.alg, Algorithm::RS256 | Algorithm::ES256) {
        return Err(IdTokenError::Claim("algorithm"));
    }
    let mut validation = Validation::new(header.alg);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_aud = false;
    for key in keys.iter().filter(|key| may_have_signed(&key.jwk, &header)) {
        let Ok(decoding) = DecodingKey::from_jwk(&key.jwk) else { continue };
        match decode::<Claims>(token, &decoding, &validation) {
            Ok(data) if !key.signs_for(&data.claims) => return Err(IdTokenError::Claim("key")),
            Ok(data) => return data.claims.checked(expected),
            Err(fault) if matches!(fault.kind(), ErrorKind::Json(_)) => {
                return Err(IdTokenError::Claim("claims"));
            }
            Err(_) => {}
        }
    }
    Err(IdTokenError::Key)
}

fn may_have_signed(key: &Jwk, header: &Header) -> bool {
    let named = header.kid.is_none() || header.kid == key.common.key_id;
    let signs = !matches!(key.common.public_key_use, Some(PublicKeyUse::Encryption));
    named && signs
}

impl Claims {
    fn checked(self, expected: &Expected) -> Result<Self, IdTokenError> {
        let client = expected.client_id;
        if tenants::issuer_of(expected.issuer, self.tid.as_deref()).as_ref() != Some(&self.iss) {
            return Err(IdTokenError::Claim("iss"));
        }
        let (for_us, alone) = match &self.aud {
            Audience::One(one) => (one == client, true),
            Audience::Many(all) => (all.iter().any(|one| one == client), all.len() == 1),
        };
        if !for_us {
            return Err(IdTokenError::Claim("aud"));
        }
        if self.azp.as_deref().map_or(!alone, |azp| azp != client) {
            return Err(IdTokenError::Claim("azp"));
        }
        if self.nonce.as_deref() != Some(expected.nonce) {
            return Err(IdTokenError::Claim("nonce"));
        }
        let begins = [Some(self.iat), self.nbf];
        if self.exp.is_past(expected.now)
            || begins.into_iter().flatten().any(|begin| begin.is_ahead(expected.now))
        {
            return Err(IdTokenError::Time);
        }
        Ok(self)
    }
}

/// Checks signatures of one algorithm with *ring*.
struct ByRing {
    algorithm: Algorithm,
    key: DecodingKey,
}

impl Verifier<Vec<u8>> for ByRing {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> Result<(), Error> {
        let sound = match (self.algorithm, self.key.kind()) {
            (Algorithm::RS256, DecodingKeyKind::RsaModulusExponent { n, e }) => {
                RsaPublicKeyComponents { n, e }.verify(
                    &RSA_PKCS1_2048_8192_SHA256,
                    message,
                    signature,
                )
            }
            (Algorithm::ES256, DecodingKeyKind::SecretOrDer(point)) => {
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(message, signature)
            }
            _ => return Err(Error::new()),
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
        let family = match algorithm {
            Algorithm::RS256 => AlgorithmFamily::Rsa,
            Algorithm::ES256 => AlgorithmFamily::Ec,
            _ => return Err(ErrorKind::InvalidAlgorithm.into()),
        };
        if key.family() != family {
            return Err(ErrorKind::InvalidKeyFormat.into());
        }
        Ok(Box::new(ByRing { algorithm: *algorithm, key: key.clone() }))
    },
    key_utils: KeyUtils::new_unimplemented(),
};

fn checked_by_ring() {
    static ONCE: Once = Once::new();
    // Nobody else in this program installs one.
    ONCE.call_once(|| {
        let _ = PROVIDER.install_default();
    });
}
