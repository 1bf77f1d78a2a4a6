//! How what opens a person's connections is kept: sealed by AES-256-GCM (NIST SP
//! 800-38D), each under a key of its own that follows from the instance key (HKDF-SHA-256).
//!
//! A sealed text opens only where it was sealed: the person, the provider, the
//! connection and the kind of credential go into the key or are authenticated with it,
//! so that a row copied to somebody else, or to another connection, does not open. With
//! 96 random bits as nonce a key is good for 2³² seals; one that a single connection
//! has, and that is renewed once an hour, comes nowhere near it.

use std::fmt;

use data_encoding::BASE64URL_NOPAD;
use hkdf::Hkdf;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::secret::{Secret, random_bytes};

/// What begins a text that was sealed so.
const VERSION: &str = "v1";

/// Letters by which a key is known again.
const KEY_ID_LENGTH: usize = 11;

/// Where something is kept. A text opens nowhere else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place<'a> {
    /// The account's id.
    pub account: &'a str,
    /// The provider's name.
    pub provider: &'a str,
    /// The connection's id.
    pub connection: &'a str,
    /// What kind of credential it is, in its own word.
    pub kind: &'a str,
}

/// Why a sealed text does not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unopened {
    /// It was sealed under another instance key.
    #[error("sealed under another instance key")]
    OtherKey,
    /// It was changed, or is kept where it was not sealed.
    #[error("changed since, or sealed for another place")]
    Changed,
    /// It is nothing that was ever sealed here.
    #[error("not a sealed text")]
    Malformed,
}

/// What seals and opens. Prints nothing of its key.
pub struct Vault {
    root: Hkdf<Sha256>,
    /// By which the key is known again: no part of it.
    key_id: String,
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Vault({})", self.key_id)
    }
}

impl Vault {
    /// The vault of this subkey.
    pub fn of(subkey: &[u8; 32]) -> Self {
        let told = Sha256::new().chain_update(b"vault key id").chain_update(subkey).finalize();
        let mut key_id = BASE64URL_NOPAD.encode(&told);
        key_id.truncate(KEY_ID_LENGTH);
        Self { root: Hkdf::new(Some(b"crewmesh vault"), subkey), key_id }
    }

    /// By which texts that were sealed with this key are known.
    pub fn key_id(&self) -> &str {
        &self.key_id
    }

    /// `secret`, sealed for `place`: `v1.KEY.TEXT` in URL-safe base 64.
    ///
    /// # Panics
    /// When the operating system has no randomness to give.
    pub fn seal(&self, place: &Place<'_>, secret: &Secret) -> String {
        let nonce: [u8; NONCE_LEN] = random_bytes();
        let mut text = Zeroizing::new(secret.expose().as_bytes().to_vec());
        let tag = self.key(place).seal_in_place_separate_tag(
            Nonce::assume_unique_for_key(nonce),
            Aad::from(place.authenticated()),
            &mut text,
        );
        // It refuses texts of 64 GiB.
        let Ok(tag) = tag else { unreachable!("a credential is a short text") };
        let sealed = [&nonce[..], &text, tag.as_ref()].concat();
        format!("{VERSION}.{}.{}", self.key_id, BASE64URL_NOPAD.encode(&sealed))
    }

    /// What was sealed for `place`.
    ///
    /// # Errors
    /// Why it does not open.
    pub fn open(&self, place: &Place<'_>, sealed: &str) -> Result<Secret, Unopened> {
        let mut parts = sealed.splitn(3, '.');
        let (Some(VERSION), Some(key_id), Some(text)) = (parts.next(), parts.next(), parts.next())
        else {
            return Err(Unopened::Malformed);
        };
        if key_id != self.key_id {
            return Err(Unopened::OtherKey);
        }
        let text = BASE64URL_NOPAD.decode(text.as_bytes()).map_err(|_| Unopened::Malformed)?;
        let mut text = Zeroizing::new(text);
        let (nonce, sealed) = text.split_at_mut_checked(NONCE_LEN).ok_or(Unopened::Malformed)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| Unopened::Malformed)?;
        let opened = self
            .key(place)
            .open_in_place(nonce, Aad::from(place.authenticated()), sealed)
            .map_err(|_| Unopened::Changed)?;
        std::str::from_utf8(opened).map(Secret::new).map_err(|_| Unopened::Changed)
    }

    fn key(&self, place: &Place<'_>) -> LessSafeKey {
        let mut key = Zeroizing::new([0; 32]);
        let info = [framed("person", place.account), framed("connection", place.connection)];
        // 32 bytes are far below the 8160 that HKDF-SHA-256 can give, and what AES takes.
        let expanded = self.root.expand(&info.concat(), key.as_mut());
        match (expanded, UnboundKey::new(&AES_256_GCM, key.as_ref())) {
            (Ok(()), Ok(key)) => LessSafeKey::new(key),
            _ => unreachable!("HKDF gives 32 bytes"),
        }
    }
}

impl Place<'_> {
    /// What goes with the text and cannot be changed either.
    fn authenticated(&self) -> Vec<u8> {
        [
            framed(VERSION, self.account),
            framed("provider", self.provider),
            framed("connection", self.connection),
            framed("kind", self.kind),
        ]
        .concat()
    }
}

/// A part with its length before it: no two lists of parts are the same bytes.
fn framed(what: &str, text: &str) -> Vec<u8> {
    [what.as_bytes(), &[0], &(text.len() as u64).to_be_bytes(), text.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACE: Place<'_> =
        Place { account: "ana", provider: "anthropic", connection: "c1", kind: "api_key" };

    fn vault() -> Vault {
        Vault::of(&[7; 32])
    }

    #[test]
    fn what_is_sealed_opens_where_it_was_sealed_and_nowhere_else() {
        let (vault, secret) = (vault(), Secret::new("sk-test-ü"));
        let sealed = vault.seal(&PLACE, &secret);
        assert_eq!(vault.open(&PLACE, &sealed), Ok(secret.clone()));
        assert!(!sealed.contains("sk-test"));
        assert_ne!(vault.seal(&PLACE, &secret), sealed, "another nonce each time");
        let elsewhere = [
            Place { account: "ben", ..PLACE },
            Place { provider: "openai", ..PLACE },
            Place { connection: "c2", ..PLACE },
            Place { kind: "oauth_token", ..PLACE },
            // The same letters in all, cut elsewhere.
            Place { account: "an", provider: "aanthropic", ..PLACE },
        ];
        for place in elsewhere {
            assert_eq!(vault.open(&place, &sealed), Err(Unopened::Changed), "{place:?}");
        }
    }

    #[test]
    fn a_flipped_bit_another_key_and_nonsense_are_told_apart() {
        let vault = vault();
        let sealed = vault.seal(&PLACE, &Secret::new("sk-test"));
        let (head, text) = sealed.rsplit_once('.').expect("three parts");
        let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).expect("base 64");
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let flipped = format!("{head}.{}", BASE64URL_NOPAD.encode(&flipped));
            assert_eq!(vault.open(&PLACE, &flipped), Err(Unopened::Changed), "bit {bit}");
        }
        let other = Vault::of(&[8; 32]);
        assert_eq!(other.open(&PLACE, &sealed), Err(Unopened::OtherKey));
        let short = format!("v1.{}.AAAA", vault.key_id());
        for nonsense in ["", "v1", "v1..", "v2.x.y", "sk-test", &short] {
            let why = vault.open(&PLACE, nonsense).expect_err(nonsense);
            assert!(matches!(why, Unopened::Malformed | Unopened::OtherKey), "{nonsense}: {why}");
        }
        assert_eq!(vault.open(&PLACE, &short), Err(Unopened::Malformed));
    }

    #[test]
    fn nothing_of_it_is_printed() {
        let printed = format!("{:?}", vault());
        assert_eq!(printed, format!("Vault({})", vault().key_id()));
        assert!(!printed.contains("7, 7"));
    }
}
