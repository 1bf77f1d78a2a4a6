//! The folder everything is kept in: `CREWMESH_HOME`, else `~/.crewmesh`.
//!
//! It is 0700 or it is not used: made so, repaired where it is wider, refused
//! where that does not help (a filesystem without modes) or where it belongs
//! to somebody else. Files are written whole: a temporary file of mode 0600,
//! synced, renamed, and the folder synced after it. The surprising rule:
//! looking never makes the folder, so that asking who is signed in leaves no
//! trace on a machine where nobody is.

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::environment::Environment;
use crate::error::{AppError, ErrorKind};
use crate::i18n::{Message, printable};

/// Nothing we keep comes near this; a file that does is not ours.
const LONGEST_FILE: u64 = 4 * 1024 * 1024;

/// The folder, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Home {
    path: PathBuf,
    notes: Vec<Message>,
}

impl Home {
    /// The folder, made where it is missing, repaired where others could read
    /// it. What was repaired is in [`Home::notes`].
    ///
    /// # Errors
    /// When there is no home, it cannot be made, it belongs to somebody else,
    /// or it cannot be closed to others.
    pub fn open(env: &Environment) -> Result<Self, AppError> {
        let path = place(env)?;
        make(&path, true)?;
        check(path)
    }

    /// The folder if it is there; repaired as in [`Home::open`], never made.
    ///
    /// # Errors
    /// As [`Home::open`].
    pub fn look(env: &Environment) -> Result<Option<Self>, AppError> {
        let path = place(env)?;
        match fs::metadata(&path) {
            Ok(_) => check(path).map(Some),
            Err(fault) if is_missing(&fault) => Ok(None),
            Err(fault) => Err(file_trouble(&path, &fault)),
        }
    }

    /// The folder if it is there and needs no repair. Says nothing: the way to
    /// a returning launch, which leaves everything else to the long way.
    pub fn in_order(env: &Environment) -> Option<Self> {
        let path = place(env).ok()?;
        let facts = fs::metadata(&path).ok()?;
        (facts.is_dir() && is_ours(&facts) && !is_open_to_others(&facts))
            .then(|| Self { path, notes: Vec::new() })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What was found wrong and repaired, for whoever can say it.
    pub fn notes(&self) -> &[Message] {
        &self.notes
    }

    /// A folder of its own inside, 0700.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn folder(&self, name: &str) -> Result<PathBuf, AppError> {
        let path = self.path.join(name);
        make(&path, false)?;
        Ok(path)
    }

    /// Reads a file whole. A mode wider than 0600 is repaired and noted.
    ///
    /// # Errors
    /// When it is there and cannot be read.
    pub fn read(&self, name: &str) -> Result<Option<(Contents, Option<Message>)>, AppError> {
        let path = self.path.join(name);
        let mut file = match File::open(&path) {
            Ok(file) => file,
            Err(fault) if is_missing(&fault) => return Ok(None),
            Err(fault) => return Err(file_trouble(&path, &fault)),
        };
        let note = close_to_others(&path, &file);
        let contents = contents(&mut file).map_err(|fault| file_trouble(&path, &fault))?;
        Ok(Some((contents, note)))
    }

    /// Writes a file whole or not at all. Whoever calls holds the file's lock.
    ///
    /// # Errors
    /// When the folder is read-only, the disk is full, …; what was there
    /// before is then still there.
    pub fn write(&self, name: &str, contents: &[u8]) -> Result<(), AppError> {
        let path = self.path.join(name);
        self.sweep(name);
        write_whole(&self.path, &path, contents).map_err(|fault| file_trouble(&path, &fault))
    }

    /// Whether a file can be written here now: one is, and is taken away again.
    ///
    /// # Errors
    /// When not, and why.
    pub fn try_write(&self) -> Result<(), AppError> {
        let attempt = || -> io::Result<()> {
            let mut file = tempfile::Builder::new().prefix(".try.").tempfile_in(&self.path)?;
            // A page: a full disk often still has room for a file of nothing.
            file.write_all(&[0; 4096])?;
            file.as_file().sync_all()?;
            file.close()
        };
        attempt().map_err(|fault| file_trouble(&self.path, &fault))
    }

    /// Takes away what a process that was killed while writing `name` left.
    /// Only the lock's holder writes, so whatever is there is stale.
    fn sweep(&self, name: &str) {
        let prefix = temporary_prefix(name);
        for entry in fs::read_dir(&self.path).into_iter().flatten().flatten() {
            if entry.file_name().to_string_lossy().starts_with(&prefix) {
                let _ = fs::remove_file(entry.path());
            }
        }
    }
}

/// The bytes of a file, wiped when dropped: there may be a token among them.
pub type Contents = Zeroizing<Vec<u8>>;

/// Reads an open file to its end.
///
/// # Errors
/// Those of reading; a file that is too long, or none, is invalid data.
pub fn contents(file: &mut File) -> io::Result<Contents> {
    let facts = file.metadata()?;
    if !facts.is_file() || facts.len() > LONGEST_FILE {
        return Err(io::ErrorKind::InvalidData.into());
    }
    // All of it at once: a buffer that grows leaves copies behind.
    let length = usize::try_from(facts.len()).unwrap_or_default();
    let mut bytes = Zeroizing::new(Vec::with_capacity(length + 1));
    file.take(LONGEST_FILE).read_to_end(&mut bytes)?;
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

fn write_whole(folder: &Path, path: &Path, contents: &[u8]) -> io::Result<()> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    // Mode 0600 from its first moment: the crate's default, kept by a test.
    let mut file = tempfile::Builder::new().prefix(&temporary_prefix(&name)).tempfile_in(folder)?;
    file.write_all(contents)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|fault| fault.error)?;
    sync_folder(folder);
    Ok(())
}

fn temporary_prefix(name: &str) -> String {
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

fn place(env: &Environment) -> Result<PathBuf, AppError> {
    let home = env.home.as_deref().ok_or_else(|| {
        AppError::new(ErrorKind::Failed, "no_home", Message::new("keep-no-home"))
            .hint(Message::new("keep-no-home-hint"))
    })?;
    Ok(match &env.directory {
        Some(directory) if home.is_relative() => directory.join(home),
        _ => home.to_owned(),
    })
}

fn make(path: &Path, with_parents: bool) -> Result<(), AppError> {
    if path.is_dir() {
        return Ok(());
    }
    let attempt = || -> io::Result<()> {
        if with_parents && let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        let mut builder = fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        match builder.create(path) {
            // Another process was a moment faster.
            Err(fault) if fault.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
            made => made,
        }
    };
    attempt().map_err(|fault| file_trouble(path, &fault))
}

fn check(path: PathBuf) -> Result<Home, AppError> {
    let facts = fs::metadata(&path).map_err(|fault| file_trouble(&path, &fault))?;
    let refuse = |code: &str, message: &'static str| {
        AppError::new(ErrorKind::Failed, code, Message::new(message).with("path", shown(&path)))
            .hint(Message::new("keep-home-refused-hint"))
    };
    if !facts.is_dir() {
        return Err(refuse("home_no_folder", "keep-home-no-folder"));
    }
    if !is_ours(&facts) {
        return Err(refuse("home_of_another", "keep-home-of-another"));
    }
    if !is_open_to_others(&facts) {
        return Ok(Home { path, notes: Vec::new() });
    }
    let _ = set_mode(&path, 0o700);
    let closed = fs::metadata(&path).is_ok_and(|facts| !is_open_to_others(&facts));
    if !closed {
        return Err(refuse("home_open_to_others", "keep-home-open-to-others"));
    }
    let note = Message::new("keep-home-repaired")
        .with("path", shown(&path))
        .with("mode", shown_mode(&facts));
    Ok(Home { path, notes: vec![note] })
}

/// Repairs a file that others can read. What could not be repaired is said
/// too: the folder around it is closed, so it is no reason to stop.
fn close_to_others(path: &Path, file: &File) -> Option<Message> {
    let facts = file.metadata().ok().filter(is_open_to_others)?;
    let id = match set_mode(path, 0o600) {
        Ok(()) => "keep-file-repaired",
        Err(_) => "keep-file-open-to-others",
    };
    Some(Message::new(id).with("path", shown(path)).with("mode", shown_mode(&facts)))
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}

#[cfg(unix)]
fn is_open_to_others(facts: &fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    facts.permissions().mode() & 0o077 != 0
}

#[cfg(unix)]
fn shown_mode(facts: &fs::Metadata) -> String {
    use std::os::unix::fs::PermissionsExt as _;
    format!("{:04o}", facts.permissions().mode() & 0o7777)
}

#[cfg(unix)]
fn is_ours(facts: &fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    facts.uid() == rustix::process::geteuid().as_raw()
}

// Windows: a person's profile is closed to others by its access list.
#[cfg(not(unix))]
fn set_mode(_: &Path, _: u32) -> io::Result<()> {
    Ok(())
}

#[cfg(not(unix))]
fn is_open_to_others(_: &fs::Metadata) -> bool {
    false
}

#[cfg(not(unix))]
fn shown_mode(_: &fs::Metadata) -> String {
    String::new()
}

#[cfg(not(unix))]
fn is_ours(_: &fs::Metadata) -> bool {
    true
}

fn is_missing(fault: &io::Error) -> bool {
    matches!(fault.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

pub(crate) fn shown(path: &Path) -> String {
    printable(&path.to_string_lossy())
}

/// What the operating system said about a file of ours, as something a person
/// can act on.
pub(crate) fn file_trouble(path: &Path, fault: &io::Error) -> AppError {
    let (code, message, hint) = match fault.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            ("disk_full", "keep-disk-full", "keep-disk-full-hint")
        }
        io::ErrorKind::ReadOnlyFilesystem => {
            ("home_read_only", "keep-read-only", "keep-home-refused-hint")
        }
        io::ErrorKind::PermissionDenied => ("home_denied", "keep-denied", "keep-home-refused-hint"),
        _ => {
            let message = Message::new("keep-file-fault")
                .with("path", shown(path))
                .with("what", printable(&fault.to_string()));
            return AppError::new(ErrorKind::Failed, "file_fault", message)
                .hint(Message::new("keep-home-refused-hint"));
        }
    };
    AppError::new(ErrorKind::Failed, code, Message::new(message).with("path", shown(path)))
        .hint(Message::new(hint))
}
