//! The instance key and everything derived from it.
//!
//! The key is 32 random bytes in a file of mode 0600 beside the database, or
//! given by whoever runs the instance. It never protects anything itself: each
//! use has its own subkey (HKDF-SHA-256), so that none can stand in for
//! another. The surprising rule: user codes are derived from their device
//! code, so that a process that comes back with the device code can show the
//! page again although only hashes were kept.

use std::fmt;

use data_encoding::{BASE32_NOPAD, HEXLOWER, HEXLOWER_PERMISSIVE};
use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::error::{AppError, ErrorKind};
use crate::i18n::Message;
use crate::secret::{Secret, TokenKind, random_bytes};
use crate::server::domain::one_time_code::{self, SharedSecret};

/// The letters of a user code: no vowels, so no words (RFC 8628 §6.1).
pub const USER_CODE_LETTERS: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";

/// Characters of an owner ticket: 70 bits, so that the link on port 7437 still
/// fits a QR code of version 2.
const TICKET_LENGTH: usize = 14;

/// Bytes of the number that a browser is known by; 20 are left for its MAC.
const DEVICE_NUMBER: usize = 12;

/// The instance key's subkeys. Prints nothing of them.
pub struct Keys {
    check: Zeroizing<[u8; 32]>,
    user_codes: Zeroizing<[u8; 32]>,
    sealed_codes: Zeroizing<[u8; 32]>,
    repeats: Zeroizing<[u8; 32]>,
    refreshes: Zeroizing<[u8; 32]>,
    tickets: Zeroizing<[u8; 32]>,
    forms: Zeroizing<[u8; 32]>,
    upstreams: Zeroizing<[u8; 32]>,
    devices: Zeroizing<[u8; 32]>,
    second_factors: Zeroizing<[u8; 32]>,
    recovery_codes: Zeroizing<[u8; 32]>,
    vault: Zeroizing<[u8; 32]>,
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys(••••)")
    }
}

impl Keys {
    /// The subkeys of `key`.
    pub fn derive(key: &[u8; 32]) -> Self {
        let subkey = |purpose: &str| {
            let mut out = Zeroizing::new([0; 32]);
            // 32 bytes are far below the 8160 that HKDF-SHA-256 can give.
            if Hkdf::<Sha256>::new(Some(b"crewmesh instance"), key)
                .expand(purpose.as_bytes(), out.as_mut())
                .is_err()
            {
                unreachable!("HKDF gives 32 bytes");
            }
            out
        };
        Self {
            check: subkey("check"),
            user_codes: subkey("user codes"),
            sealed_codes: subkey("sealed user codes"),
            repeats: subkey("token repeats"),
            refreshes: subkey("refresh tokens"),
            tickets: subkey("owner tickets"),
            forms: subkey("forms"),
            upstreams: subkey("sign-ins elsewhere"),
            devices: subkey("known devices"),
            second_factors: subkey("second factors"),
            recovery_codes: subkey("recovery codes"),
            vault: subkey("vault"),
        }
    }

    /// Fresh ones, for an instance in memory.
    pub fn random() -> Self {
        Self::derive(&random_bytes())
    }

    /// From 64 hexadecimal digits.
    pub fn from_hex(text: &Secret) -> Result<Self, AppError> {
        let bytes = HEXLOWER_PERMISSIVE.decode(text.expose().trim().as_bytes()).map(Zeroizing::new);
        match bytes.ok().and_then(|bytes| <[u8; 32]>::try_from(bytes.as_slice()).ok()) {
            Some(key) => Ok(Self::derive(&Zeroizing::new(key))),
            None => Err(AppError::new(
                ErrorKind::BadArguments,
                "instance_key_malformed",
                Message::new("server-key-malformed"),
            )),
        }
    }

    /// What seals people's connections, unless the vault has a key of its own.
    pub fn vault(&self) -> &[u8; 32] {
        &self.vault
    }

    /// What the database keeps to know this key again.
    pub fn check_value(&self) -> String {
        HEXLOWER.encode(&mac(&self.check, &[b"this instance"]))
    }

    /// The user code of a device code, eight letters without the dash.
    pub fn user_code(&self, device_code: &Secret) -> String {
        let bytes = mac(&self.user_codes, &[b"derive", device_code.expose().as_bytes()]);
        let mut number = u128::from_be_bytes(bytes[..16].try_into().unwrap_or_default());
        let mut code = String::with_capacity(8);
        for _ in 0..8 {
            // Below 20, so the index is in range and the cast loses nothing.
            code.push(char::from(USER_CODE_LETTERS[(number % 20) as usize]));
            number /= 20;
        }
        code
    }

    /// What is kept of a user code, as somebody typed it: 80 bits, because a
    /// user code has but 35 and an index of short keys is cheaper to write.
    pub fn user_code_mac(&self, user_code: &str) -> String {
        let letters = plain_user_code(user_code);
        BASE32_NOPAD.encode(&mac(&self.user_codes, &[b"find", letters.as_bytes()])[..10])
    }

    /// A user code as it is kept to be shown again: each of its letters moved on by
    /// as many as follow from its MAC, which no other code has.
    pub fn sealed_user_code(&self, user_code: &str) -> String {
        let letters = plain_user_code(user_code);
        self.moved(&self.user_code_mac(&letters), &letters, |letter, by| letter + by)
    }

    /// The user code that was kept so beside this MAC of it; `None` where it is none.
    pub fn opened_user_code(&self, user_code_mac: &str, sealed: &str) -> Option<String> {
        let opened = self.moved(user_code_mac, sealed, |letter, by| letter + 20 - by);
        (self.user_code_mac(&opened) == user_code_mac).then_some(opened)
    }

    fn moved(
        &self,
        mac_of_code: &str,
        letters: &str,
        to: impl Fn(usize, usize) -> usize,
    ) -> String {
        let bytes = mac(&self.sealed_codes, &[mac_of_code.as_bytes()]);
        let mut number = u128::from_be_bytes(bytes[..16].try_into().unwrap_or_default());
        let mut moved = String::with_capacity(8);
        for letter in letters.bytes().take(8) {
            let place = USER_CODE_LETTERS.iter().position(|one| *one == letter).unwrap_or_default();
            // Below 20, so the index is in range and the cast loses nothing.
            let place = to(place, (number % 20) as usize) % 20;
            moved.push(char::from(USER_CODE_LETTERS[place]));
            number /= 20;
        }
        moved
    }

    /// The session token that a claim of `device_code` with this
    /// `Idempotency-Key` gives, the first time and each time after.
    pub fn repeatable_token(&self, device_code: &Secret, idempotency_key: &Secret) -> Secret {
        let bytes = mac(
            &self.repeats,
            &[device_code.expose().as_bytes(), idempotency_key.expose().as_bytes()],
        );
        Secret::token_from(TokenKind::Session, &bytes)
    }

    /// The same of a pair of tokens that are renewed: the one shown at routes, and
    /// the one that renews it.
    pub fn repeatable_pair(&self, device_code: &Secret, idempotency_key: &Secret) -> [Secret; 2] {
        [TokenKind::Access, TokenKind::Refresh].map(|kind| {
            let (code, key) = (device_code.expose().as_bytes(), idempotency_key.expose());
            let parts = [kind.prefix().as_bytes(), code, key.as_bytes()];
            Secret::token_from(kind, &mac(&self.repeats, &parts))
        })
    }

    /// The refresh token that comes after `token`, each time that is shown.
    pub fn next_refresh_token(&self, token: &Secret) -> Secret {
        let bytes = mac(&self.refreshes, &[b"next", token.expose().as_bytes()]);
        Secret::token_from(TokenKind::Refresh, &bytes)
    }

    /// The access token that `token` gives for `scopes` at `resource`, each time that
    /// is shown.
    pub fn renewed_access_token(
        &self,
        token: &Secret,
        resource: Option<&str>,
        scopes: &str,
    ) -> Secret {
        let resource = resource.unwrap_or_default().as_bytes();
        let parts = [b"access", token.expose().as_bytes(), resource, scopes.as_bytes()];
        Secret::token_from(TokenKind::Access, &mac(&self.refreshes, &parts))
    }

    /// The owner ticket for the device code with this id: upper-case base 32.
    pub fn owner_ticket(&self, code_id: &str) -> Secret {
        let text = BASE32_NOPAD.encode(&mac(&self.tickets, &[code_id.as_bytes()]));
        Secret::new(&text[..TICKET_LENGTH])
    }

    /// Whether `ticket` opens the device code with this id.
    pub fn is_owner_ticket(&self, code_id: &str, ticket: &str) -> bool {
        let ticket = ticket.to_ascii_uppercase();
        self.owner_ticket(code_id).expose().as_bytes().ct_eq(ticket.as_bytes()).into()
    }

    /// What a sign-in elsewhere is bound to by `what` (a nonce, a verifier): 64
    /// characters that follow from its state and from the cookie of the browser
    /// that began it, so that nothing secret of it is kept.
    pub fn upstream_binding(&self, what: &str, state: &Secret, browser: &Secret) -> Secret {
        let parts = [what.as_bytes(), state.expose().as_bytes(), browser.expose().as_bytes()];
        Secret::new(HEXLOWER.encode(&mac(&self.upstreams, &parts)))
    }

    /// What a browser keeps in which `account` signed in, which is known by what is
    /// kept of its password: a number of its own, and a MAC of all three. 52
    /// characters of base 32. It ends with the password.
    pub fn known_device(&self, account: &str, password: &Secret) -> Secret {
        self.device(account, password, random_bytes())
    }

    /// The number of the browser that keeps `device`, where `account` signed in there
    /// while it had this password.
    pub fn device_number(
        &self,
        account: &str,
        password: &Secret,
        device: &Secret,
    ) -> Option<String> {
        let text = device.expose();
        let bytes = BASE32_NOPAD.decode(text.to_ascii_uppercase().as_bytes()).ok()?;
        let number = bytes.first_chunk::<DEVICE_NUMBER>()?;
        let own = self.device(account, password, *number);
        (own == *device).then(|| BASE32_NOPAD.encode(number))
    }

    fn device(&self, account: &str, password: &Secret, number: [u8; DEVICE_NUMBER]) -> Secret {
        let parts = [account.as_bytes(), password.expose().as_bytes(), &number];
        let tag = mac(&self.devices, &parts);
        let mut bytes = [0; 32];
        bytes[..DEVICE_NUMBER].copy_from_slice(&number);
        bytes[DEVICE_NUMBER..].copy_from_slice(&tag[..32 - DEVICE_NUMBER]);
        Secret::new(BASE32_NOPAD.encode(&bytes).to_ascii_lowercase())
    }

    /// What the app of an account shares with the instance. It follows from the
    /// `seed` that is kept, so that the database alone makes no code.
    pub fn shared_secret(&self, account_id: &str, seed: &Secret) -> SharedSecret {
        let bytes = mac(&self.second_factors, &[account_id.as_bytes(), seed.expose().as_bytes()]);
        let mut shared = SharedSecret::default();
        shared.copy_from_slice(&bytes[..20]);
        shared
    }

    /// What is kept of a recovery code of an account, as somebody typed it.
    pub fn recovery_code_mac(&self, account_id: &str, typed: &Secret) -> String {
        let digits = one_time_code::digits(typed);
        let parts = [account_id.as_bytes(), digits.expose().as_bytes()];
        HEXLOWER.encode(&mac(&self.recovery_codes, &parts))
    }

    /// A token for a form of a page, bound to `what` (a web session, a code).
    pub fn form_token(&self, what: &str) -> Secret {
        Secret::new(HEXLOWER.encode(&mac(&self.forms, &[what.as_bytes()])))
    }
}

/// A user code as it is compared: letters only, upper case.
pub fn plain_user_code(typed: &str) -> String {
    typed.chars().filter(char::is_ascii_alphabetic).map(|c| c.to_ascii_uppercase()).collect()
}

/// Whether what somebody typed can be a user code at all.
pub fn is_user_code(typed: &str) -> bool {
    let plain = plain_user_code(typed);
    plain.len() == 8 && plain.bytes().all(|letter| USER_CODE_LETTERS.contains(&letter))
}

/// A user code as it is shown: `WDJB-MJPV`.
pub fn format_user_code(code: &str) -> String {
    let plain = plain_user_code(code);
    match plain.split_at_checked(4) {
        Some((first, rest)) if !rest.is_empty() => format!("{first}-{rest}"),
        _ => plain,
    }
}

/// Each part with its length before it, so that no two lists of parts are the
/// same bytes.
fn mac(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else {
        unreachable!("HMAC takes a key of any length");
    };
    for part in parts {
        mac.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_code_is_opened_with_the_key_that_sealed_it_and_with_no_other() {
        let (keys, others) = (Keys::derive(&[7; 32]), Keys::derive(&[8; 32]));
        let mut unmoved = 0;
        for number in 0..200 {
            let code = keys.user_code(&Secret::new(number.to_string()));
            let (mac, sealed) = (keys.user_code_mac(&code), keys.sealed_user_code(&code));
            assert!(is_user_code(&sealed), "{sealed}");
            assert_eq!(keys.opened_user_code(&mac, &sealed), Some(code.clone()));
            assert_eq!(others.opened_user_code(&mac, &sealed), None);
            unmoved += sealed.bytes().zip(code.bytes()).filter(|(one, other)| one == other).count();
        }
        // One letter of twenty, by chance.
        assert!((40..=120).contains(&unmoved), "{unmoved}");
        assert_eq!(keys.opened_user_code("x", "WDJBMJPV"), None);
    }

    #[test]
    fn user_codes_follow_from_their_device_code() {
        let keys = Keys::derive(&[7; 32]);
        let (one, two) = (Secret::new("cm_dc_one"), Secret::new("cm_dc_two"));
        let code = keys.user_code(&one);
        assert_eq!(code, keys.user_code(&one));
        assert_ne!(code, keys.user_code(&two));
        assert!(code.len() == 8 && code.bytes().all(|b| USER_CODE_LETTERS.contains(&b)), "{code}");
        assert_eq!(keys.user_code_mac(&code), keys.user_code_mac(&format_user_code(&code)));
        assert_eq!(keys.user_code_mac(&code), keys.user_code_mac(&code.to_lowercase()));
        assert_ne!(keys.user_code(&one), Keys::derive(&[8; 32]).user_code(&one));
    }

    #[test]
    fn a_ticket_opens_its_own_code_only() {
        let keys = Keys::derive(&[7; 32]);
        let ticket = keys.owner_ticket("a");
        assert!(keys.is_owner_ticket("a", ticket.expose()));
        assert!(!keys.is_owner_ticket("b", ticket.expose()));
        assert!(!keys.is_owner_ticket("a", ""));
        assert!(!keys.is_owner_ticket("a", &ticket.expose()[..13]));
    }

    #[test]
    fn a_device_is_known_for_its_account_and_its_password_only() {
        let keys = Keys::derive(&[7; 32]);
        let (now, before) = (Secret::new("hash"), Secret::new("hash before"));
        let device = keys.known_device("a", &now);
        let number = keys.device_number("a", &now, &device);
        assert!(number.is_some());
        assert_ne!(keys.device_number("a", &now, &keys.known_device("a", &now)), number);
        assert_eq!(keys.device_number("b", &now, &device), None);
        assert_eq!(keys.device_number("a", &before, &device), None);
        assert_eq!(Keys::derive(&[8; 32]).device_number("a", &now, &device), None);
        for other in ["", "short", &"a".repeat(52), &device.expose()[1..]] {
            assert_eq!(keys.device_number("a", &now, &Secret::new(other)), None);
        }
    }

    #[test]
    fn an_app_shares_a_secret_with_one_account_of_one_instance() {
        let (keys, seed) = (Keys::derive(&[7; 32]), Secret::new("seed"));
        let shared = keys.shared_secret("a", &seed);
        assert_eq!(shared, keys.shared_secret("a", &seed));
        assert_ne!(shared, keys.shared_secret("b", &seed));
        assert_ne!(shared, keys.shared_secret("a", &Secret::new("other")));
        assert_ne!(shared, Keys::derive(&[8; 32]).shared_secret("a", &seed));
        let mac = |account, typed| keys.recovery_code_mac(account, &Secret::new(typed));
        assert_eq!(mac("a", "1234-5678-9012"), mac("a", " 123456789012 "));
        assert_ne!(mac("a", "123456789012"), mac("b", "123456789012"));
    }

    #[test]
    fn what_a_refresh_token_gives_follows_from_it_and_the_key() {
        let (keys, token) = (Keys::derive(&[7; 32]), Secret::random_token(TokenKind::Refresh));
        let next = keys.next_refresh_token(&token);
        assert_eq!(next, keys.next_refresh_token(&token));
        assert_ne!(next, keys.next_refresh_token(&next));
        assert_ne!(next, Keys::derive(&[8; 32]).next_refresh_token(&token));
        assert_eq!(TokenKind::of(next.expose()), Ok(TokenKind::Refresh));
        let access = |resource, scopes| keys.renewed_access_token(&token, resource, scopes);
        assert_eq!(access(Some("mcp"), "a b"), access(Some("mcp"), "a b"));
        assert_ne!(access(Some("mcp"), "a b"), access(None, "a b"));
        assert_ne!(access(None, "a"), access(None, "a b"));
        let (code, key) = (Secret::new("cm_dc_one"), Secret::new("key"));
        let [access, refresh] = keys.repeatable_pair(&code, &key);
        assert_eq!(TokenKind::of(access.expose()), Ok(TokenKind::Access));
        assert_eq!(TokenKind::of(refresh.expose()), Ok(TokenKind::Refresh));
        assert_ne!(access.last_four(), keys.repeatable_token(&code, &key).last_four());
    }

    #[test]
    fn parts_of_a_mac_do_not_run_together() {
        assert_ne!(mac(&[0; 32], &[b"ab", b"c"]), mac(&[0; 32], &[b"a", b"bc"]));
    }
}
