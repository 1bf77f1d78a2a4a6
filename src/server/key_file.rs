//! The file of the instance key, beside the database.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::Path;

use data_encoding::HEXLOWER;
use zeroize::Zeroizing;

use crate::error::{AppError, ErrorKind};
use crate::i18n::Message;
use crate::regular_file;
use crate::secret::{Secret, random_bytes};
use crate::server::domain::keys::Keys;

/// No key's file comes near this many bytes.
const LARGEST: u64 = 64 * 1024;

/// From the file at `path`, which is made with mode 0600 if it is not
/// there, and given it where it has a wider one: a copy that was put back
/// may have. The caller holds the instance's lock.
///
/// # Errors
/// When it can be neither read nor made, or does not hold a key.
pub fn keys_in(path: &Path) -> Result<Keys, AppError> {
    match regular_file::open(path) {
        Ok(mut file) => {
            let bytes = regular_file::read_open(&mut file, LARGEST)
                .map_err(|fault| unreadable(path, &fault))?;
            restrict_to_owner(&file, path);
            // What is no text is no key either, and is said to be none.
            Keys::from_hex(&Secret::new(str::from_utf8(&bytes).unwrap_or_default()))
        }
        Err(fault) if fault.kind() == std::io::ErrorKind::NotFound => {
            let key = Zeroizing::new(random_bytes::<32>());
            let text = Zeroizing::new(HEXLOWER.encode(key.as_ref()));
            write_new(path, text.as_bytes()).map_err(|fault| unreadable(path, &fault))?;
            Ok(Keys::derive(&key))
        }
        Err(fault) => Err(unreadable(path, &fault)),
    }
}

fn write_new(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all());
    if written.is_err() {
        // Half a key is worse than none: the next start makes a whole one.
        let _ = std::fs::remove_file(path);
    }
    written
}

/// Somebody else's file may be read and not changed.
#[cfg(unix)]
pub(super) fn restrict_to_owner(file: &File, path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    let is_open = file.metadata().is_ok_and(|facts| facts.permissions().mode() & 0o077 != 0);
    if !is_open {
        return;
    }
    let closed = file.set_permissions(std::fs::Permissions::from_mode(0o600)).is_ok();
    tracing::warn!(path = %path.display(), closed, "others could read a key of the instance");
}

#[cfg(not(unix))]
pub(super) fn restrict_to_owner(_: &File, _: &Path) {}

fn unreadable(path: &Path, fault: &std::io::Error) -> AppError {
    AppError::new(
        ErrorKind::Internal,
        "instance_key_unreadable",
        Message::new("server-key-unreadable")
            .with("path", path.display().to_string())
            .with("why", fault.to_string()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_file_is_made_once_and_only_for_its_owner() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("instance.key");
        let first = keys_in(&path).unwrap().check_value();
        assert_eq!(keys_in(&path).unwrap().check_value(), first);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = || path.metadata().unwrap().permissions().mode() & 0o777;
            assert_eq!(mode(), 0o600);
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
            assert_eq!(keys_in(&path).unwrap().check_value(), first);
            assert_eq!(mode(), 0o600, "nobody else goes on reading it");
        }
        std::fs::write(&path, "not a key").unwrap();
        assert_eq!(keys_in(&path).unwrap_err().code, "instance_key_malformed");
    }
}
