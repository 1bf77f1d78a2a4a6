//! Texts that are kept where others might come to: sealed by AES-256-GCM (NIST SP 800-38D),
//! each under a key of its own that follows from a root (HKDF-SHA-256, RFC 5869).
//!
//! A sealed text opens only where it was sealed: what the place is called goes into the
//! key and is authenticated with the text, so that one copied elsewhere does not open. With
//! 96 random bits as nonce a key is good for 2³² seals; one place comes nowhere near it.

use std::fmt;

use data_encoding::BASE64URL_NOPAD;
use hkdf::Hkdf;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::secret::{Secret, random_bytes};

/// What begins a text that was sealed so.
const VERSION: &str = "v1";

/// Letters by which a root is known again.
const KEY_ID_LENGTH: usize = 11;

/// The id of the key under which `text` was sealed; `None` of what never was.
pub fn sealed_under(text: &str) -> Option<&str> {
    let mut parts = text.splitn(3, '.');
    (parts.next() == Some(VERSION)).then(|| parts.next()).flatten()
}

/// Why a sealed text does not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unopened {
    /// It was sealed under another root.
    #[error("sealed under another key")]
    OtherKey,
    /// It was changed, or is kept where it was not sealed.
    #[error("changed since, or sealed for another place")]
    Changed,
    /// It is nothing that was ever sealed so.
    #[error("not a sealed text")]
    Malformed,
}

/// What seals and opens. Prints nothing of its key.
pub struct Sealer {
    root: Hkdf<Sha256>,
    /// By which the root is known again: no part of it.
    key_id: String,
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealer({})", self.key_id)
    }
}

impl Sealer {
    /// By a `root` of 256 random bits, for one `use`.
    pub fn new(root: &[u8], purpose: &str) -> Self {
        let told = Sha256::new().chain_update(purpose).chain_update([0]).chain_update(root);
        let mut key_id = BASE64URL_NOPAD.encode(&told.finalize());
        key_id.truncate(KEY_ID_LENGTH);
        Self { root: Hkdf::new(Some(purpose.as_bytes()), root), key_id }
    }

    /// By which texts that were sealed with this root are known.
    pub fn key_id(&self) -> &str {
        &self.key_id
    }

    /// `secret`, sealed for `place`: `v1.KEY.TEXT` in URL-safe base 64.
    ///
    /// # Panics
    /// When the operating system has no randomness to give.
    pub fn seal(&self, place: &[&str], secret: &Secret) -> String {
        let nonce: [u8; NONCE_LEN] = random_bytes();
        let mut text = Zeroizing::new(secret.expose().as_bytes().to_vec());
        let tag = self.key(place).seal_in_place_separate_tag(
            Nonce::assume_unique_for_key(nonce),
            Aad::from(framed(place)),
            &mut text,
        );
        // It refuses texts of 64 GiB.
        let Ok(tag) = tag else { unreachable!("what is sealed is a short text") };
        let sealed = [&nonce[..], &text, tag.as_ref()].concat();
        format!("{VERSION}.{}.{}", self.key_id, BASE64URL_NOPAD.encode(&sealed))
    }

    /// What was sealed for `place`.
    ///
    /// # Errors
    /// Why it does not open.
    pub fn open(&self, place: &[&str], sealed: &str) -> Result<Secret, Unopened> {
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
            .open_in_place(nonce, Aad::from(framed(place)), sealed)
            .map_err(|_| Unopened::Changed)?;
        std::str::from_utf8(opened).map(Secret::new).map_err(|_| Unopened::Changed)
    }

    fn key(&self, place: &[&str]) -> LessSafeKey {
        let mut key = Zeroizing::new([0; 32]);
        // 32 bytes are far below the 8160 that HKDF-SHA-256 can give, and what AES takes.
        let expanded = self.root.expand(&framed(place), key.as_mut());
        match (expanded, UnboundKey::new(&AES_256_GCM, key.as_ref())) {
            (Ok(()), Ok(key)) => LessSafeKey::new(key),
            _ => unreachable!("HKDF gives 32 bytes"),
        }
    }
}

/// Each part with its length before it: no two lists of parts are the same bytes.
fn framed(parts: &[&str]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for part in parts {
        bytes.extend((part.len() as u64).to_be_bytes());
        bytes.extend(part.as_bytes());
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACE: [&str; 3] = ["ana", "anthropic", "c1"];

    fn sealer() -> Sealer {
        Sealer::new(&[7; 32], "tests")
    }

    #[test]
    fn what_is_sealed_opens_where_it_was_sealed_and_nowhere_else() {
        let (sealer, secret) = (sealer(), Secret::new("sk-test-ü"));
        let text = sealer.seal(&PLACE, &secret);
        assert_eq!(sealer.open(&PLACE, &text), Ok(secret.clone()));
        assert!(!text.contains("sk-test"));
        assert_ne!(sealer.seal(&PLACE, &secret), text, "another nonce each time");
        let elsewhere: [&[&str]; 5] = [
            &["ben", "anthropic", "c1"],
            &["ana", "openai", "c1"],
            &["ana", "anthropic", "c2"],
            // The same letters in all, cut elsewhere.
            &["an", "aanthropic", "c1"],
            &["ana", "anthropic"],
        ];
        for place in elsewhere {
            assert_eq!(sealer.open(place, &text), Err(Unopened::Changed), "{place:?}");
        }
    }

    #[test]
    fn a_flipped_bit_another_key_and_nonsense_are_told_apart() {
        let sealer = sealer();
        let text = sealer.seal(&PLACE, &Secret::new("sk-test"));
        let (head, tail) = text.rsplit_once('.').expect("three parts");
        let bytes = BASE64URL_NOPAD.decode(tail.as_bytes()).expect("base 64");
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let flipped = format!("{head}.{}", BASE64URL_NOPAD.encode(&flipped));
            assert_eq!(sealer.open(&PLACE, &flipped), Err(Unopened::Changed), "bit {bit}");
        }
        let others = [Sealer::new(&[8; 32], "tests"), Sealer::new(&[7; 32], "something else")];
        for other in others {
            assert_eq!(other.open(&PLACE, &text), Err(Unopened::OtherKey));
        }
        let short = format!("v1.{}.AAAA", sealer.key_id());
        for nonsense in ["", "v1", "v1..", "v2.x.y", "sk-test", &short] {
            let why = sealer.open(&PLACE, nonsense).expect_err(nonsense);
            assert!(matches!(why, Unopened::Malformed | Unopened::OtherKey), "{nonsense}: {why}");
        }
        assert_eq!(sealer.open(&PLACE, &short), Err(Unopened::Malformed));
    }

    #[test]
    fn nothing_of_it_is_printed() {
        let printed = format!("{:?}", sealer());
        assert_eq!(printed, format!("Sealer({})", sealer().key_id()));
        assert!(!printed.contains("7, 7"));
    }
}
