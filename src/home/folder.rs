//! The folder everything is kept in: `CREWMESH_HOME`, else `~/.crewmesh`.
//!
//! It is 0700 or it is not used: made so, repaired where it is wider, refused
//! where that does not help (a filesystem without modes) or where it belongs
//! to somebody else. Files are written whole: a temporary file of mode 0600,
//! synced, renamed, and the folder synced after it. The surprising rule:
//! looking never makes the folder, so that asking who is signed in leaves no
//! trace on a machine where nobody is.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::environment::Environment;
use crate::error::{AppError, ErrorKind};
use crate::home::disk::{
    LARGEST_FILE, behind_links, close_to_others, file_error, is_missing, is_open_to_others,
    is_ours, mode_text, overwrite, path_text, set_mode, temporary_prefix, write_whole,
};
use crate::i18n::Message;
use crate::regular_file::{self, Contents, read_open};

/// The folder, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folder {
    path: PathBuf,
    notes: Vec<Message>,
}

impl Folder {
    /// The folder, made where it is missing, repaired where others could read
    /// it. What was repaired is in [`Folder::notes`].
    ///
    /// # Errors
    /// When there is no home, it cannot be made, it belongs to somebody else,
    /// or it cannot be closed to others.
    pub fn open(env: &Environment) -> Result<Self, AppError> {
        let path = place(env)?;
        make(&path, true)?;
        check(path)
    }

    /// The folder if it is there; repaired as in [`Folder::open`], never made.
    ///
    /// # Errors
    /// As [`Folder::open`].
    pub fn look(env: &Environment) -> Result<Option<Self>, AppError> {
        let path = place(env)?;
        match fs::metadata(&path) {
            Ok(_) => check(path).map(Some),
            Err(error) if is_missing(&error) => Ok(None),
            Err(error) => Err(file_error(&path, &error)),
        }
    }

    /// The folder if it is there and needs no repair. Says nothing: the way to
    /// a returning launch, which leaves everything else to the long way.
    pub fn in_order(env: &Environment) -> Option<Self> {
        let path = place(env).ok()?;
        let metadata = fs::metadata(&path).ok()?;
        (metadata.is_dir() && is_ours(&metadata) && !is_open_to_others(&metadata))
            .then(|| Self { path, notes: Vec::new() })
    }

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
    pub fn subfolder(&self, name: &str) -> Result<PathBuf, AppError> {
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
        let mut file = match regular_file::open(&path) {
            Ok(file) => file,
            Err(error) if is_missing(&error) => return Ok(None),
            Err(error) => return Err(file_error(&path, &error)),
        };
        let note = close_to_others(&path, &file);
        let contents =
            read_open(&mut file, LARGEST_FILE).map_err(|error| file_error(&path, &error))?;
        Ok(Some((contents, note)))
    }

    /// Writes a file whole or not at all. Whoever calls holds the file's lock.
    ///
    /// # Errors
    /// When the folder is read-only, the disk is full, …; what was there
    /// before is then still there.
    pub fn write(&self, name: &str, contents: &[u8]) -> Result<(), AppError> {
        let path = self.path.join(name);
        sweep(&path);
        write_whole(&path, contents).map_err(|error| file_error(&path, &error))
    }

    /// Writes a file that a secret was taken out of. Where no new one can be
    /// made it is written over: then it is whole only if that is not cut off.
    ///
    /// # Errors
    /// When the secret is still there.
    pub fn write_less(&self, name: &str, contents: &[u8]) -> Result<(), AppError> {
        let path = self.path.join(name);
        self.write(name, contents).or_else(|error| overwrite(&path, contents).map_err(|_| error))
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
        attempt().map_err(|error| file_error(&self.path, &error))
    }
}

/// Takes away what a process that was killed while writing this file left.
/// Only the lock's holder writes, so whatever is there is stale.
fn sweep(path: &Path) {
    let Ok(path) = behind_links(path) else { return };
    let prefix = temporary_prefix(&path.file_name().unwrap_or_default().to_string_lossy());
    for entry in path.parent().and_then(|folder| fs::read_dir(folder).ok()).into_iter().flatten() {
        if let Ok(entry) = entry
            && entry.file_name().to_string_lossy().starts_with(&prefix)
        {
            let _ = fs::remove_file(entry.path());
        }
    }
}

fn place(env: &Environment) -> Result<PathBuf, AppError> {
    let home = env.home.as_deref().ok_or_else(|| {
        AppError::new(ErrorKind::Failed, "no_home", Message::new("keep-no-home"))
            .hint(Message::new("keep-no-home-hint"))
    })?;
    if home.is_relative() {
        // Another folder in each directory, and nobody signed in there.
        let message = Message::new("keep-home-relative").with("path", path_text(home));
        return Err(AppError::new(ErrorKind::BadArguments, "home_relative", message)
            .hint(Message::new("keep-home-relative-hint")));
    }
    Ok(home.to_owned())
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
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
            made => made,
        }
    };
    attempt().map_err(|error| file_error(path, &error))
}

fn check(path: PathBuf) -> Result<Folder, AppError> {
    let metadata = fs::metadata(&path).map_err(|error| file_error(&path, &error))?;
    let refuse = |code: &str, message: &'static str| {
        AppError::new(ErrorKind::Failed, code, Message::new(message).with("path", path_text(&path)))
            .hint(Message::new("keep-home-refused-hint"))
    };
    if !metadata.is_dir() {
        return Err(refuse("home_no_folder", "keep-home-no-folder"));
    }
    if !is_ours(&metadata) {
        return Err(refuse("home_of_another", "keep-home-of-another"));
    }
    if !is_open_to_others(&metadata) {
        return Ok(Folder { path, notes: Vec::new() });
    }
    let _ = set_mode(&path, 0o700);
    let closed = fs::metadata(&path).is_ok_and(|metadata| !is_open_to_others(&metadata));
    if !closed {
        return Err(refuse("home_open_to_others", "keep-home-open-to-others"));
    }
    let note = Message::new("keep-home-repaired")
        .with("path", path_text(&path))
        .with("mode", mode_text(&metadata));
    Ok(Folder { path, notes: vec![note] })
}
