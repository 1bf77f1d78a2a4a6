//! One process at a time: locks between processes (and between threads of
//! one) that the operating system lets go of when their holder dies.
//!
//! A lock is a file of its own under `locks/`, never the file it guards: that
//! one is replaced by a rename, and a lock on the old one would guard nothing.
//! Lock files are empty and stay; removing one would let two in.

use std::fs::{File, OpenOptions};

use sha2::{Digest as _, Sha256};

use crate::error::AppError;
use crate::home::disk::file_error;
use crate::home::folder::Folder;
use crate::locked_file::LockedFile;

/// A lock by name, held until dropped.
#[derive(Debug)]
pub struct NamedLock {
    _file: LockedFile,
}

impl NamedLock {
    /// Waits for the lock called `name`: `auth`, `state`.
    ///
    /// # Errors
    /// When the lock file cannot be made.
    pub fn take(folder: &Folder, name: &str) -> Result<Self, AppError> {
        let path = folder.subfolder("locks")?.join(format!("{name}.lock"));
        let file = open(&path).map_err(|error| file_error(&path, &error))?;
        // In a home on a network that knows no locks, files are still whole,
        // and two who save in the same instant are rarer than such homes.
        let file = LockedFile::wait_if_possible(file).map_err(|error| file_error(&path, &error))?;
        Ok(Self { _file: file })
    }

    /// Waits for the lock of one instance's sign-in.
    ///
    /// # Errors
    /// As [`NamedLock::take`].
    pub fn of_instance(folder: &Folder, name: &str) -> Result<Self, AppError> {
        // Hashed, because a name is a person's choice and no file name.
        let hash = Sha256::digest(name.as_bytes());
        let hash = data_encoding::HEXLOWER.encode(&hash[..8]);
        Self::take(folder, &format!("instance-{hash}"))
    }
}

/// Opens a lock file of mode 0600, made where it is missing, never emptied.
pub(crate) fn open(path: &std::path::Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
