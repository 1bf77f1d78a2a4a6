//! What must never be seen: tokens, device codes, invite codes, keys.
//!
//! A [`Secret`] is the only type such a text has between the door (a reply, a
//! paste, a file) and the wire. It prints as dots, has no `Display`, compares
//! in constant time and wipes itself. [`Secret::expose`] is the one way in, so
//! `git grep expose` lists every place that touches one.
//!
//! The shape of our own tokens lives here too, because client and server must
//! agree on it to the letter: `cm_(session|agent|pat|svc|access|refresh)_[a-z2-7]{52}`.

use std::fmt;

use data_encoding::{Encoding, Specification};
use serde::{Deserialize, Deserializer};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// A text that is wiped when dropped and prints as dots.
#[derive(Clone, Default)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes the text; the caller keeps no copy.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// The text itself, for the wire or for a file of mode 0600 and nothing else.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// SHA-256 of the text: all that the server keeps of a 256-bit random one.
    pub fn sha256(&self) -> [u8; 32] {
        Sha256::digest(self.0.as_bytes()).into()
    }

    /// The last four characters, which a person may see to tell two apart.
    pub fn last_four(&self) -> String {
        let count = self.0.chars().count();
        self.0.chars().skip(count.saturating_sub(4)).collect()
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// A new token of `kind`: its prefix and 32 bytes from the operating
    /// system's generator in lower-case base 32.
    ///
    /// # Panics
    /// When the operating system has no randomness to give.
    pub fn random_token(kind: TokenKind) -> Self {
        Self::token_from(kind, &random_bytes())
    }

    /// The token of `kind` that these 32 bytes spell.
    pub fn token_from(kind: TokenKind, bytes: &[u8; 32]) -> Self {
        Self::new(format!("{}{}", kind.prefix(), base32().encode(bytes)))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(••••)")
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_bytes().ct_eq(other.0.as_bytes()).into()
    }
}

impl Eq for Secret {}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::new)
    }
}

/// Writes a secret out on purpose: `#[serde(serialize_with = "secret::exposed")]`
/// marks each place that does.
///
/// # Errors
/// Those of the serializer.
pub fn exposed<S: serde::Serializer>(secret: &Secret, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(secret.expose())
}

/// The same, of what may not be there.
///
/// # Errors
/// Those of the serializer.
#[allow(clippy::ref_option, reason = "serde asks for exactly this type")]
pub fn exposed_if_any<S: serde::Serializer>(
    secret: &Option<Secret>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match secret {
        Some(secret) => exposed(secret, serializer),
        None => serializer.serialize_none(),
    }
}

/// What PKCE sends ahead of the verifier (RFC 7636 §4.2, `S256`).
pub fn code_challenge(verifier: &Secret) -> String {
    data_encoding::BASE64URL_NOPAD.encode(&verifier.sha256())
}

/// 32 bytes from the operating system's generator.
///
/// # Panics
/// When the operating system has no randomness to give: nothing that needs a
/// secret may go on without one.
pub fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the operating system's random generator answers");
    bytes
}

/// Lower-case RFC 4648 base 32 without padding.
///
/// # Panics
/// Never: the alphabet is a constant.
pub fn base32() -> Encoding {
    let mut specification = Specification::new();
    specification.symbols.push_str("abcdefghijklmnopqrstuvwxyz234567");
    specification.encoding().expect("the alphabet has 32 symbols")
}

/// The kinds of token an instance gives out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// `cm_session_…`: one signed-in device.
    Session,
    /// `cm_agent_…`: a code agent's that such a device started.
    Agent,
    /// `cm_pat_…`: a personal access token.
    PersonalAccess,
    /// `cm_svc_…`: a service client's access token.
    Service,
    /// `cm_access_…`: a program's token of an hour, which it renews.
    Access,
    /// `cm_refresh_…`: what it renews that with.
    Refresh,
}

/// Characters after the prefix: 32 bytes in base 32 without padding.
const BODY: usize = 52;

impl TokenKind {
    /// Every kind.
    pub const ALL: [Self; 6] = [
        Self::Session,
        Self::Agent,
        Self::PersonalAccess,
        Self::Service,
        Self::Access,
        Self::Refresh,
    ];

    /// How a token of this kind begins.
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Session => "cm_session_",
            Self::Agent => "cm_agent_",
            Self::PersonalAccess => "cm_pat_",
            Self::Service => "cm_svc_",
            Self::Access => "cm_access_",
            Self::Refresh => "cm_refresh_",
        }
    }

    /// Reads the kind off a token's shape, or says what is wrong with it.
    ///
    /// # Errors
    /// The first fault a person can do something about.
    pub fn of(token: &str) -> Result<Self, TokenFault> {
        let Some(kind) = Self::ALL.into_iter().find(|kind| token.starts_with(kind.prefix())) else {
            return Err(TokenFault::NotOurs);
        };
        let body = &token[kind.prefix().len()..];
        if let Some(wrong) = body.chars().find(|c| !matches!(c, 'a'..='z' | '2'..='7')) {
            return Err(TokenFault::Character(kind, wrong));
        }
        match body.len() {
            BODY => Ok(kind),
            have if have < BODY => Err(TokenFault::CutShort { kind, missing: BODY - have }),
            have => Err(TokenFault::TooLong { kind, surplus: have - BODY }),
        }
    }
}

/// Whether a token is a code agent's own.
pub fn is_agents(token: &Secret) -> bool {
    TokenKind::of(token.expose()) == Ok(TokenKind::Agent)
}

/// Whether a token is one device's session, which signing out ends. Everything
/// but our other kinds is one: another server's tokens look like nothing we know.
pub fn is_session(token: &Secret) -> bool {
    matches!(TokenKind::of(token.expose()), Ok(TokenKind::Session) | Err(_))
}

/// Why a text is not a token of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenFault {
    /// It begins like none of ours.
    NotOurs,
    /// It ends before it should.
    CutShort {
        /// What it began as.
        kind: TokenKind,
        /// How many characters are not there.
        missing: usize,
    },
    /// It goes on after it should have ended.
    TooLong {
        /// What it began as.
        kind: TokenKind,
        /// How many characters are too many.
        surplus: usize,
    },
    /// It holds a character that no token has.
    Character(TokenKind, char),
}

/// 256 random bits in base 32: 52 characters.
pub fn random_value() -> Secret {
    Secret::new(base32().encode(&random_bytes::<32>()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_never_prints_itself() {
        let secret = Secret::new("cm_pat_plain");
        assert_eq!(format!("{secret:?}"), "Secret(••••)");
        assert_eq!(format!("{:?}", Some(&secret)), "Some(Secret(••••))");
    }

    #[test]
    fn every_kind_reads_back_what_it_makes() {
        for kind in TokenKind::ALL {
            let token = Secret::random_token(kind);
            assert_eq!(TokenKind::of(token.expose()), Ok(kind));
            assert_ne!(token, Secret::random_token(kind));
        }
    }

    #[test]
    fn a_wrong_token_says_what_is_wrong_with_it() {
        let token = Secret::random_token(TokenKind::PersonalAccess);
        let text = token.expose();
        assert_eq!(
            TokenKind::of(&text[..text.len() - 3]),
            Err(TokenFault::CutShort { kind: TokenKind::PersonalAccess, missing: 3 })
        );
        assert_eq!(
            TokenKind::of(&format!("{text}aa")),
            Err(TokenFault::TooLong { kind: TokenKind::PersonalAccess, surplus: 2 })
        );
        assert_eq!(
            TokenKind::of("cm_pat_A"),
            Err(TokenFault::Character(TokenKind::PersonalAccess, 'A'))
        );
        assert_eq!(TokenKind::of("ghp_abc"), Err(TokenFault::NotOurs));
    }

    #[test]
    fn the_challenge_is_that_of_rfc_7636() {
        let verifier = Secret::new("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
        assert_eq!(code_challenge(&verifier), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }
}
