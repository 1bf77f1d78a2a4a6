//! The vault: what opens people's connections, sealed under a key that follows from the
//! instance key, or under one of its own.
//!
//! Its own keys stand in a file beside the database (`instance.vault`, 0600), newest first,
//! or are given (`CREWMESH_VAULT_KEYS`, newest first, with commas between). The newest
//! seals, each opens. The surprising rule: whoever seals looks at the file first, and does
//! so inside the transaction that writes, so that once a new key stands there nothing is
//! written under an older one.

mod keys_file;

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};

use zeroize::Zeroizing;

use self::keys_file::{Kept, Key, Stamp, kept, key, malformed, stamp, write};
use crate::error::{AppError, ErrorKind};
use crate::i18n::Message;
use crate::sealed::Sealer;
use crate::secret::{Secret, random_bytes};
use crate::server::domain::vault::{Place, Unopened};

/// What each key is for.
const PURPOSE: &str = "crewmesh vault";

/// What seals and opens. Prints nothing of its keys.
pub struct Vault {
    /// That of the instance key.
    first: Arc<Sealer>,
    ring: RwLock<Arc<Ring>>,
    file: Option<PathBuf>,
}

/// The keys there are, newest first.
struct Ring {
    sealers: Vec<Arc<Sealer>>,
    /// Whether any is the vault's own.
    has_own: bool,
    stamp: Option<Stamp>,
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Vault(••••)")
    }
}

impl Vault {
    /// By the subkey of the instance key, keys that were `given`, or those in `file`.
    ///
    /// # Errors
    /// Where either holds what is no key.
    pub fn new(
        first: &[u8; 32],
        given: Option<&Secret>,
        file: Option<PathBuf>,
    ) -> Result<Self, AppError> {
        let first = Arc::new(Sealer::new(first, PURPOSE));
        if let Some(path) = file.as_ref().filter(|file| given.is_some() && file.exists()) {
            let message = Message::new("server-vault-keys-twice");
            let message = message.with("path", path.display().to_string());
            return Err(AppError::new(ErrorKind::BadArguments, "vault_keys_twice", message));
        }
        let file = file.filter(|_| given.is_none());
        let ring = match given {
            Some(text) => {
                let keys = text.expose().split(',').map(str::trim).filter(|key| !key.is_empty());
                let keys: Option<Vec<Key>> = keys.map(key).collect();
                let keys = keys.ok_or_else(|| malformed("CREWMESH_VAULT_KEYS"))?;
                ring(Kept { keys, is_alone: false }, &first, None)
            }
            None => match &file {
                Some(path) => {
                    let stamp = stamp(path);
                    ring(kept(path)?, &first, stamp)
                }
                None => ring(Kept::default(), &first, None),
            },
        };
        Ok(Self { first, ring: RwLock::new(Arc::new(ring)), file })
    }

    /// Lets no key open anything that is older than the one called `key_id`, which was
    /// taken for all.
    ///
    /// # Errors
    /// `vault_key_missing` where there is none of that name.
    pub fn require(&self, key_id: &str) -> Result<(), AppError> {
        let ring = self.ring();
        let at = ring.sealers.iter().position(|sealer| sealer.key_id() == key_id);
        let at = at.ok_or_else(missing)?;
        let (sealers, has_own) = (ring.sealers[..=at].to_vec(), ring.has_own);
        *self.ring.write().unwrap_or_else(PoisonError::into_inner) =
            Arc::new(Ring { sealers, has_own, stamp: ring.stamp });
        Ok(())
    }

    /// By which texts are known that are sealed now.
    ///
    /// # Errors
    /// Where the newest key cannot be read.
    pub fn key_id(&self) -> Result<String, AppError> {
        self.renew()?;
        Ok(self.ring().sealers[0].key_id().to_owned())
    }

    /// Whether it has keys of its own in a file.
    pub fn is_in_file(&self) -> bool {
        self.file.is_some()
    }

    /// `secret`, sealed for `place`.
    ///
    /// # Errors
    /// Where the newest key cannot be read: what an older one seals, nothing may open.
    pub fn seal(&self, place: &Place<'_>, secret: &Secret) -> Result<String, AppError> {
        self.renew()?;
        Ok(self.ring().sealers[0].seal(&place.parts(), secret))
    }

    /// What was sealed for `place`.
    ///
    /// # Errors
    /// Why it does not open.
    pub fn open(&self, place: &Place<'_>, sealed: &str) -> Result<Secret, Unopened> {
        match self.ring().open(place, sealed) {
            // By a key that is newer than what was read last.
            Err(Unopened::OtherKey) if self.renew().unwrap_or_default() => {
                self.ring().open(place, sealed)
            }
            opened => opened,
        }
    }

    /// Puts a new key before those in the file; nothing where one stands there that is
    /// newer than `last`, which was taken for all: that was left in the middle.
    ///
    /// # Errors
    /// When the file cannot be read or written.
    pub fn add_key(&self, last: Option<&str>) -> Result<(), AppError> {
        let Some(path) = &self.file else { return Ok(()) };
        let mut kept = kept(path)?;
        let newest = kept.keys.first().map(|key| Sealer::new(key.as_ref(), PURPOSE));
        if newest.is_some_and(|newest| Some(newest.key_id()) != last) {
            return Ok(());
        }
        kept.keys.insert(0, Zeroizing::new(random_bytes()));
        write(path, &kept)?;
        self.renew().map(drop)
    }

    /// Leaves the newest key in the file, and none beside it.
    ///
    /// # Errors
    /// When the file cannot be read or written.
    pub fn keep_newest(&self) -> Result<(), AppError> {
        let Some(path) = &self.file else { return Ok(()) };
        let mut kept = kept(path)?;
        kept.keys.truncate(1);
        kept.is_alone = true;
        write(path, &kept)?;
        self.renew().map(drop)
    }

    fn ring(&self) -> Arc<Ring> {
        Arc::clone(&self.ring.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Reads the file again where it is another by now: whether it was.
    ///
    /// # Errors
    /// Where it cannot be read, or is there no more.
    fn renew(&self) -> Result<bool, AppError> {
        let Some(path) = &self.file else { return Ok(false) };
        let now = stamp(path);
        if now == self.ring().stamp {
            return Ok(false);
        }
        let kept = kept(path).and_then(|kept| {
            let is_gone = kept.keys.is_empty() && self.ring().has_own;
            if is_gone { Err(missing()) } else { Ok(kept) }
        });
        let kept = kept.inspect_err(|error| {
            tracing::error!(%error.code, "the vault's keys cannot be read");
        })?;
        *self.ring.write().unwrap_or_else(PoisonError::into_inner) =
            Arc::new(ring(kept, &self.first, now));
        Ok(true)
    }
}

impl Ring {
    fn open(&self, place: &Place<'_>, sealed: &str) -> Result<Secret, Unopened> {
        let mut opened = Err(Unopened::OtherKey);
        for sealer in &self.sealers {
            opened = sealer.open(&place.parts(), sealed);
            if opened != Err(Unopened::OtherKey) {
                break;
            }
        }
        opened
    }
}

fn ring(kept: Kept, first: &Arc<Sealer>, stamp: Option<Stamp>) -> Ring {
    let own = kept.keys.iter().map(|key| Arc::new(Sealer::new(key.as_ref(), PURPOSE)));
    let mut sealers: Vec<_> = own.collect();
    let has_own = !sealers.is_empty();
    if !kept.is_alone || sealers.is_empty() {
        sealers.push(Arc::clone(first));
    }
    Ring { sealers, has_own, stamp }
}

fn missing() -> AppError {
    let message = Message::new("server-vault-key-missing");
    AppError::new(ErrorKind::NotAllowed, "vault_key_missing", message)
        .hint(Message::new("server-vault-key-missing-hint"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACE: Place<'_> =
        Place { account: "ana", provider: "openai", connection: "c1", kind: "api_key" };

    #[test]
    fn a_process_that_runs_seals_under_the_newest_and_opens_what_older_ones_sealed() {
        let home = tempfile::tempdir().expect("a folder");
        let file = home.path().join("instance.vault");
        let vault = || Vault::new(&[7; 32], None, Some(file.clone())).expect("it can be read");
        let (running, rotating) = (vault(), vault());
        let secret = Secret::new("sk-x");
        let old = running.seal(&PLACE, &secret).expect("sealed");
        rotating.add_key(None).expect("it is written");
        let new = running.seal(&PLACE, &secret).expect("sealed");
        assert_ne!(old.split('.').nth(1), new.split('.').nth(1));
        for vault in [&running, &rotating, &vault()] {
            assert_eq!(vault.open(&PLACE, &old), Ok(secret.clone()));
            assert_eq!(vault.open(&PLACE, &new), Ok(secret.clone()));
        }
        // Left in the middle it is gone on with.
        let id = rotating.key_id().expect("it is read");
        rotating.add_key(None).expect("it is read");
        assert_eq!(rotating.key_id().ok(), Some(id.clone()));
        rotating.keep_newest().expect("it is written");
        assert_eq!(running.key_id().ok(), Some(id));
        // Where it is gone, nothing is sealed that nothing would open.
        let away = home.path().join("away");
        std::fs::rename(&file, &away).expect("it was there");
        assert_eq!(running.seal(&PLACE, &secret).expect_err("gone").code, "vault_key_missing");
        assert_eq!(running.open(&PLACE, &new), Ok(secret.clone()));
        std::fs::rename(&away, &file).expect("it is there");
        running.seal(&PLACE, &secret).expect("sealed");
        let given = Vault::new(&[7; 32], Some(&Secret::new("a".repeat(64))), Some(file.clone()));
        assert_eq!(given.expect_err("which of the two").code, "vault_keys_twice");
        for vault in [running, rotating, vault()] {
            assert_eq!(vault.open(&PLACE, &old), Err(Unopened::OtherKey));
            assert_eq!(vault.open(&PLACE, &new), Ok(secret.clone()));
        }
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = file.metadata().expect("it is there").permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        std::fs::write(&file, "").expect("a file");
        let fault = Vault::new(&[7; 32], None, Some(file)).expect_err("nothing in it");
        assert_eq!(fault.code, "vault_keys_malformed");
    }

    #[test]
    fn what_is_given_is_newest_first() {
        let given = |text: String| Vault::new(&[7; 32], Some(&Secret::new(text)), None);
        let (one, two) = ("a".repeat(64), "B".repeat(64));
        let old = given(one.clone()).expect("a key");
        let both = given(format!("{two}, {one}")).expect("keys");
        let sealed = old.seal(&PLACE, &Secret::new("x")).expect("sealed");
        assert!(both.open(&PLACE, &sealed).is_ok() && both.key_id().ok() != old.key_id().ok());
        let id = both.key_id().expect("it is given");
        both.require(&id).expect("it is there");
        assert_eq!(both.open(&PLACE, &sealed), Err(Unopened::OtherKey));
        assert_eq!(old.require(&id).expect_err("it is not").code, "vault_key_missing");
        assert!(given("hunter2".into()).is_err() && given(one[1..].into()).is_err());
    }
}
