//! What a provider's token says of itself, where it is a JWT (RFC 7519 §3). Read, not
//! checked: it came from the provider, and nobody is let in for it.

use data_encoding::BASE64URL_NOPAD;
use jiff::Timestamp;
use serde_json::Value;

use crate::secret::Secret;

/// The claims of `token`; `None` of any other text.
pub fn of(token: &Secret) -> Option<Value> {
    let mut parts = token.expose().split('.');
    let (Some(_), Some(claims), Some(_), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return None;
    };
    let claims = BASE64URL_NOPAD.decode(claims.trim_end_matches('=').as_bytes()).ok()?;
    serde_json::from_slice(&claims).ok()
}

/// When `token` ends, where it says so (`exp`, RFC 7519 §4.1.4).
pub fn end(token: &Secret) -> Option<Timestamp> {
    Timestamp::from_second(of(token)?.get("exp")?.as_i64()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_jwt_says_when_it_ends_and_other_texts_say_nothing() {
        let jwt = |claims: &str| {
            Secret::new(format!("e30.{}.x", BASE64URL_NOPAD.encode(claims.as_bytes())))
        };
        assert_eq!(
            end(&jwt(r#"{"exp":1800000000}"#)).map(Timestamp::as_second),
            Some(1_800_000_000)
        );
        for other in [r#"{"exp":"soon"}"#, r#"{"exp":9223372036854775807}"#, "{}", "[]", "no"] {
            assert_eq!(end(&jwt(other)), None, "{other}");
        }
        for other in ["", "gho_abc", "a.b", "a.b.c.d", "a.%.c"] {
            assert_eq!(of(&Secret::new(other)), None, "{other}");
        }
    }
}
