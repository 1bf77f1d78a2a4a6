//! Files of ours on a disk: read in one piece, written whole or not at all, of
//! mode 0600, and what the operating system says about them in words.

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::Path;

use zeroize::Zeroizing;

use crate::error::{AppError, ErrorKind};
use crate::i18n::{Message, printable};

/// No file of ours comes near this many bytes; one that does is not ours.
const LARGEST_FILE: u64 = 4 * 1024 * 1024;

/// The bytes of a file, wiped when dropped: there may be a token among them.
pub type Contents = Zeroizing<Vec<u8>>;

/// Reads an open file to its end.
///
/// # Errors
/// Those of reading; a file that is too long, or none, is invalid data.
pub fn read_whole(file: &mut File) -> io::Result<Contents> {
    let metadata = file.metadata()?;
    if !metadata.is_file() || metadata.len() > LARGEST_FILE {
        return Err(io::ErrorKind::InvalidData.into());
    }
    // All of it at once: a buffer that grows leaves copies behind.
    let length = usize::try_from(metadata.len()).unwrap_or_default();
    let mut bytes = Zeroizing::new(Vec::with_capacity(length + 1));
    file.take(LARGEST_FILE).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// JSON for a file, in a buffer that is wiped and did not grow on the way.
///
/// # Errors
/// Never for our own types.
pub fn to_json<T: serde::Serialize>(value: &T) -> Result<Contents, AppError> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(64 * 1024));
    serde_json::to_writer_pretty(&mut *bytes, value).map_err(AppError::internal)?;
    bytes.push(b'\n');
    Ok(bytes)
}

pub(crate) fn write_whole(folder: &Path, path: &Path, contents: &[u8]) -> io::Result<()> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    // Mode 0600 from its first moment: the crate's default, kept by a test.
    let mut file = tempfile::Builder::new().prefix(&temporary_prefix(&name)).tempfile_in(folder)?;
    file.write_all(contents)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    sync_folder(folder);
    Ok(())
}

pub(crate) fn temporary_prefix(name: &str) -> String {
    format!(".{name}.new-")
}

/// Makes a rename outlive a power cut. Best effort: some filesystems refuse
/// it, and the file itself is synced.
pub(crate) fn sync_folder(folder: &Path) {
    if cfg!(unix)
        && let Ok(folder) = File::open(folder)
    {
        let _ = folder.sync_all();
    }
}

/// Repairs a file that others can read. What could not be repaired is said
/// too: the folder around it is closed, so it is no reason to stop.
pub(crate) fn close_to_others(path: &Path, file: &File) -> Option<Message> {
    let metadata = file.metadata().ok().filter(is_open_to_others)?;
    let id = match set_mode(path, 0o600) {
        Ok(()) => "keep-file-repaired",
        Err(_) => "keep-file-open-to-others",
    };
    Some(Message::new(id).with("path", path_text(path)).with("mode", mode_text(&metadata)))
}

#[cfg(unix)]
pub(crate) fn set_mode(path: &Path, mode: u32) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}

#[cfg(unix)]
pub(crate) fn is_open_to_others(metadata: &fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    metadata.permissions().mode() & 0o077 != 0
}

#[cfg(unix)]
pub(crate) fn mode_text(metadata: &fs::Metadata) -> String {
    use std::os::unix::fs::PermissionsExt as _;
    format!("{:04o}", metadata.permissions().mode() & 0o7777)
}

#[cfg(unix)]
pub(crate) fn is_ours(metadata: &fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    metadata.uid() == rustix::process::geteuid().as_raw()
}

// Windows: a person's profile is closed to others by its access list.
#[cfg(not(unix))]
pub(crate) fn set_mode(_: &Path, _: u32) -> io::Result<()> {
    Ok(())
}

#[cfg(not(unix))]
pub(crate) fn is_open_to_others(_: &fs::Metadata) -> bool {
    false
}

#[cfg(not(unix))]
pub(crate) fn mode_text(_: &fs::Metadata) -> String {
    String::new()
}

#[cfg(not(unix))]
pub(crate) fn is_ours(_: &fs::Metadata) -> bool {
    true
}

pub(crate) fn is_missing(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

pub(crate) fn path_text(path: &Path) -> String {
    printable(&path.to_string_lossy())
}

/// What the operating system said about a file of ours, as something a person
/// can act on.
pub(crate) fn file_error(path: &Path, error: &io::Error) -> AppError {
    let (code, message, hint) = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            ("disk_full", "keep-disk-full", "keep-disk-full-hint")
        }
        io::ErrorKind::ReadOnlyFilesystem => {
            ("home_read_only", "keep-read-only", "keep-home-refused-hint")
        }
        io::ErrorKind::PermissionDenied => ("home_denied", "keep-denied", "keep-home-refused-hint"),
        _ => {
            let message = Message::new("keep-file-fault")
                .with("path", path_text(path))
                .with("what", printable(&error.to_string()));
            return AppError::new(ErrorKind::Failed, "file_fault", message)
                .hint(Message::new("keep-home-refused-hint"));
        }
    };
    AppError::new(ErrorKind::Failed, code, Message::new(message).with("path", path_text(path)))
        .hint(Message::new(hint))
}
