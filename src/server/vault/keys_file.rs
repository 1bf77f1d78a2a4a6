//! The file of the vault's own keys, newest first, 0600, replaced whole.

use std::path::Path;
use std::time::SystemTime;

use data_encoding::{HEXLOWER, HEXLOWER_PERMISSIVE};
use zeroize::Zeroizing;

use crate::error::{AppError, ErrorKind};
use crate::i18n::Message;
use crate::regular_file;
use crate::server::key_file::restrict_to_owner;

/// The last line of a file in whose place the instance key's opens nothing any more.
const ALONE: &str = "alone";

/// No file of keys comes near this many bytes.
const LARGEST: u64 = 64 * 1024;

/// A key of 256 random bits.
pub(super) type Key = Zeroizing<[u8; 32]>;

/// By which a file that was replaced is known.
pub(super) type Stamp = (SystemTime, u64, u64);

/// What stands in the file.
#[derive(Default)]
pub(super) struct Kept {
    pub keys: Vec<Key>,
    /// Whether the instance key's opens nothing any more.
    pub is_alone: bool,
}

pub(super) fn key(text: &str) -> Option<Key> {
    let bytes = HEXLOWER_PERMISSIVE.decode(text.as_bytes()).map(Zeroizing::new).ok()?;
    <[u8; 32]>::try_from(bytes.as_slice()).ok().map(Zeroizing::new)
}

pub(super) fn stamp(path: &Path) -> Option<Stamp> {
    let facts = std::fs::metadata(path).ok()?;
    #[cfg(unix)]
    let number = std::os::unix::fs::MetadataExt::ino(&facts);
    #[cfg(not(unix))]
    let number = 0;
    Some((facts.modified().ok()?, facts.len(), number))
}

/// What stands in the file at `path`; nothing where there is none.
pub(super) fn kept(path: &Path) -> Result<Kept, AppError> {
    let text = match regular_file::open(path) {
        Ok(mut file) => {
            let bytes = regular_file::read_open(&mut file, LARGEST)
                .map_err(|fault| unusable(path, &fault))?;
            restrict_to_owner(&file, path);
            Zeroizing::new(str::from_utf8(&bytes).unwrap_or_default().to_owned())
        }
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
pub(super) fn write(path: &Path, kept: &Kept) -> Result<(), AppError> {
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
        belong_as(&file, path)?;
        file.sync_all()?;
        std::fs::rename(&new, path)?;
        // That it has this name now is kept, too.
        path.parent().map_or(Ok(()), |folder| std::fs::File::open(folder)?.sync_all())
    })();
    written.map_err(|fault| {
        // Half written it is no use, and holds keys.
        let _ = std::fs::remove_file(&new);
        unusable(path, &fault)
    })
}

/// Gives `file` to whoever has the one at `path`, or else the database beside it: whoever
/// serves it has to read it.
#[cfg(unix)]
fn belong_as(file: &std::fs::File, path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::{MetadataExt as _, fchown};
    let there = std::fs::metadata(path).or_else(|_| std::fs::metadata(path.with_extension("db")));
    let (Ok(there), own) = (there, file.metadata()?) else { return Ok(()) };
    if (there.uid(), there.gid()) == (own.uid(), own.gid()) {
        return Ok(());
    }
    fchown(file, Some(there.uid()), Some(there.gid()))
}

#[cfg(not(unix))]
fn belong_as(_: &std::fs::File, _: &Path) -> std::io::Result<()> {
    Ok(())
}

pub(super) fn malformed(place: &str) -> AppError {
    let message = Message::new("server-vault-keys-malformed").with("place", place);
    AppError::new(ErrorKind::BadArguments, "vault_keys_malformed", message)
}

fn unusable(path: &Path, fault: &std::io::Error) -> AppError {
    let message = Message::new("server-vault-unreadable")
        .with("path", path.display().to_string())
        .with("why", fault.to_string());
    AppError::new(ErrorKind::Internal, "vault_keys_unreadable", message)
}
