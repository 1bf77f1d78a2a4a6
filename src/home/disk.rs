//! Files of ours on a disk: read in one piece, written whole or not at all, of
//! mode 0600, and what the operating system says about them in words.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::error::{AppError, ErrorKind};
use crate::i18n::{Message, printable};
use crate::regular_file::{Contents, open_with};

/// No file of ours comes near this many bytes; one that does is not ours.
pub(crate) const LARGEST_FILE: u64 = 4 * 1024 * 1024;

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

/// Where the file at `path` really is: a link stands for what it leads to, so
/// that what is written is what was read.
pub(crate) fn behind_links(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_owned();
    // As many as Linux follows.
    for _ in 0..40 {
        match fs::read_link(&path) {
            Ok(to) => path = path.parent().unwrap_or(Path::new("/")).join(to),
            // No link, or not there yet.
            Err(_) => return Ok(path),
        }
    }
    Err(io::Error::other("too many symbolic links"))
}

/// Writes a file whole or not at all: beside where it is, then renamed.
pub(crate) fn write_whole(path: &Path, contents: &[u8]) -> io::Result<()> {
    let path = behind_links(path)?;
    let folder = path.parent().unwrap_or(Path::new("/"));
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    // Mode 0600 from its first moment: the crate's default, kept by a test.
    let mut file = tempfile::Builder::new().prefix(&temporary_prefix(&name)).tempfile_in(folder)?;
    file.write_all(contents)?;
    file.as_file().sync_all()?;
    file.persist(&path).map_err(|error| error.error)?;
    sync_folder(folder);
    Ok(())
}

/// Writes over a file where it stands, for where nothing new can be made: a
/// full disk still takes what is no longer than what was there.
pub(crate) fn overwrite(path: &Path, contents: &[u8]) -> io::Result<()> {
    let mut file = open_with(File::options().write(true), path)?;
    let length = contents.len() as u64;
    if length > file.metadata()?.len() {
        return Err(io::ErrorKind::StorageFull.into());
    }
    file.write_all(contents)?;
    file.set_len(length)?;
    file.sync_all()
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
