//! The vault: what opens people's connections, sealed under a key that follows from the
//! instance key, or under one of its own.
//!
//! Its own keys stand in a file beside the database (`instance.vault`, 0600), newest first,
//! or are given (`CREWMESH_VAULT_KEYS`, newest first, with commas between). The newest
//! seals, each opens. The surprising rule: whoever seals looks at the file first, and does
//! so inside the transaction that writes, so that once a new key stands there nothing is
//! written under an older one.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::SystemTime;

use data_encoding::{HEXLOWER, HEXLOWER_PERMISSIVE};
use zeroize::Zeroizing;

use crate::error::{AppError, ErrorKind};
use crate::i18n::Message;
use crate::regular_file;
use crate::sealed::Sealer;
use crate::secret::{Secret, random_bytes};
use crate::server::domain::vault::{Place, Unopened};

/// What each key is for.
const PURPOSE: &str = "crewmesh vault";

/// The last line of a file in whose place the instance key's opens nothing any more.
const ALONE: &str = "alone";

/// No file of keys comes near this many bytes.
const LARGEST: u64 = 64 * 1024;

/// A key of 256 random bits.
type Key = Zeroizing<[u8; 32]>;

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
    stamp: Option<Stamp>,
}

/// By which a file that was replaced is known.
type Stamp = (SystemTime, u64, u64);

/// What stands in the file.
#[derive(Default)]
struct Kept {
    keys: Vec<Key>,
    is_alone: bool,
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
        let file = file.filter(|_| given.is_none());
        let ring = match given {
            Some(text) => {
                let keys = text.expose().split(',').map(str::trim).filter(|key| !key.is_empty());
                let keys: Option<Vec<Key>> = keys.map(key).collect();
                let keys = keys.ok_or_else(|| malformed("CREWMESH_VAULT_KEYS"))?;
                ring(Kept { keys, is_alone: false }, &first, None)
            }
            None => match &file {
                Some(path) => ring(kept(path)?, &first, stamp(path)),
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
        let at = at.ok_or_else(|| {
            let message = Message::new("server-vault-key-missing");
            AppError::new(ErrorKind::NotAllowed, "vault_key_missing", message)
                .hint(Message::new("server-vault-key-missing-hint"))
        })?;
        let sealers = ring.sealers[..=at].to_vec();
        *self.ring.write().unwrap_or_else(PoisonError::into_inner) =
            Arc::new(Ring { sealers, stamp: ring.stamp });
        Ok(())
    }

    /// By which texts are known that are sealed now.
    pub fn key_id(&self) -> String {
        self.renew();
        self.ring().sealers[0].key_id().to_owned()
    }

    /// Whether it has keys of its own in a file.
    pub fn is_in_file(&self) -> bool {
        self.file.is_some()
    }

    /// `secret`, sealed for `place`.
    pub fn seal(&self, place: &Place<'_>, secret: &Secret) -> String {
        self.renew();
        self.ring().sealers[0].seal(&place.parts(), secret)
    }

    /// What was sealed for `place`.
    ///
    /// # Errors
    /// Why it does not open.
    pub fn open(&self, place: &Place<'_>, sealed: &str) -> Result<Secret, Unopened> {
        match self.ring().open(place, sealed) {
            // By a key that is newer than what was read last.
            Err(Unopened::OtherKey) if self.renew() => self.ring().open(place, sealed),
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
        self.renew();
        Ok(())
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
        self.renew();
        Ok(())
    }

    fn ring(&self) -> Arc<Ring> {
        Arc::clone(&self.ring.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Reads the file again where it is another by now: whether it was.
    fn renew(&self) -> bool {
        let Some(path) = &self.file else { return false };
        let now = stamp(path);
        if now == self.ring().stamp {
            return false;
        }
        match kept(path) {
            Ok(kept) => {
                *self.ring.write().unwrap_or_else(PoisonError::into_inner) =
                    Arc::new(ring(kept, &self.first, now));
                true
            }
            Err(error) => {
                tracing::error!(%error.code, "the vault's keys cannot be read");
                false
            }
        }
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
    if !kept.is_alone || sealers.is_empty() {
        sealers.push(Arc::clone(first));
    }
    Ring { sealers, stamp }
}

fn key(text: &str) -> Option<Key> {
    let bytes = HEXLOWER_PERMISSIVE.decode(text.as_bytes()).map(Zeroizing::new).ok()?;
    <[u8; 32]>::try_from(bytes.as_slice()).ok().map(Zeroizing::new)
}

fn stamp(path: &Path) -> Option<Stamp> {
    let facts = std::fs::metadata(path).ok()?;
    #[cfg(unix)]
    let number = std::os::unix::fs::MetadataExt::ino(&facts);
    #[cfg(not(unix))]
    let number = 0;
    Some((facts.modified().ok()?, facts.len(), number))
}

/// What stands in the file at `path`; nothing where there is none.
fn kept(path: &Path) -> Result<Kept, AppError> {
    let text = match regular_file::read_text(path, LARGEST) {
        Ok(text) => text,
        Err(fault) if fault.kind() == std::io::ErrorKind::NotFound => return Ok(Kept::default()),
        Err(fault) => return Err(unusable(path, &fault)),
    };
    let mut kept = Kept::default();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        match key(line) {
            Some(key) => kept.keys.push(key),
            None if line == ALONE => kept.is_alone = true,
            None => return Err(malformed(&path.display().to_string())),
        }
    }
    // What was cut off has lost keys.
    if kept.keys.is_empty() { Err(malformed(&path.display().to_string())) } else { Ok(kept) }
}

/// Replaces the file at `path`, whole or not at all.
fn write(path: &Path, kept: &Kept) -> Result<(), AppError> {
    use std::io::Write as _;
    let mut text = Zeroizing::new(String::new());
    for key in &kept.keys {
        text.push_str(&HEXLOWER.encode(key.as_ref()));
        text.push('\n');
    }
    if kept.is_alone {
        text.push_str(ALONE);
        text.push('\n');
    }
    let new = path.with_extension("vault.new");
    let written = (|| {
        let _ = std::fs::remove_file(&new);
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&new)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&new, path)?;
        // That it has this name now is kept, too.
        path.parent().map_or(Ok(()), |folder| std::fs::File::open(folder)?.sync_all())
    })();
    written.map_err(|fault| unusable(path, &fault))
}

fn malformed(place: &str) -> AppError {
    let message = Message::new("server-vault-keys-malformed").with("place", place);
    AppError::new(ErrorKind::BadArguments, "vault_keys_malformed", message)
}

fn unusable(path: &Path, fault: &std::io::Error) -> AppError {
    let message = Message::new("server-key-unreadable")
        .with("path", path.display().to_string())
        .with("why", fault.to_string());
    AppError::new(ErrorKind::Internal, "instance_key_unreadable", message)
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
        let old = running.seal(&PLACE, &secret);
        rotating.add_key(None).expect("it is written");
        let new = running.seal(&PLACE, &secret);
        assert_ne!(old.split('.').nth(1), new.split('.').nth(1));
        for vault in [&running, &rotating, &vault()] {
            assert_eq!(vault.open(&PLACE, &old), Ok(secret.clone()));
            assert_eq!(vault.open(&PLACE, &new), Ok(secret.clone()));
        }
        // Left in the middle it is gone on with.
        let id = rotating.key_id();
        rotating.add_key(None).expect("it is read");
        assert_eq!(rotating.key_id(), id);
        rotating.keep_newest().expect("it is written");
        assert_eq!(running.key_id(), id);
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
        let sealed = old.seal(&PLACE, &Secret::new("x"));
        assert!(both.open(&PLACE, &sealed).is_ok() && both.key_id() != old.key_id());
        let id = both.key_id();
        both.require(&id).expect("it is there");
        assert_eq!(both.open(&PLACE, &sealed), Err(Unopened::OtherKey));
        assert_eq!(old.require(&id).expect_err("it is not").code, "vault_key_missing");
        assert!(given("hunter2".into()).is_err() && given(one[1..].into()).is_err());
    }
}
