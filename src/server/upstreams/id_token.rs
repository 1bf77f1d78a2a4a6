//! Whether an ID token is to be believed (OpenID Connect Core §3.1.3.7). Pure.
//!
//! The surprising rule: times are compared here, by the instance's own clock, so
//! that a test can set it.

use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{DecodingKey, Header, Validation, decode, decode_header};
use serde::Deserialize;

use super::{signatures, tenants};

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
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum IdTokenError {
    /// None of these keys signed it.
    Key,
    /// It is signed with this, which is not understood.
    Algorithm(String),
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
    signatures::checked_by_ring();
    let algorithm = signatures::named(token).ok_or(IdTokenError::Claim("header"))?;
    if !signatures::UNDERSTOOD.contains(&algorithm.as_str()) {
        return Err(IdTokenError::Algorithm(algorithm));
    }
    let header = decode_header(token).map_err(|_| IdTokenError::Claim("header"))?;
    // RFC 7515 §4.1.11: what must be understood and is not.
    if header.crit.is_some() {
        return Err(IdTokenError::Claim("crit"));
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
    let is_named = header.kid.is_none() || header.kid == key.common.key_id;
    is_named && signatures::fits(key, header.alg)
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

#[cfg(test)]
mod tests;
