//! One process at a time: locks between processes (and between threads of
//! one) that the operating system lets go of when their holder dies.
//!
//! A lock is a file of its own under `locks/`, never the file it guards: that
//! one is replaced by a rename, and a lock on the old one would guard nothing.
//! Lock files are empty and stay; removing one would let two in.

use std::fs::{File, OpenOptions};

use sha2::{Digest as _, Sha256};

use crate::credentials::home::{Home, file_trouble};
use crate::error::AppError;
use crate::locked::Locked;

/// Held until dropped.
#[derive(Debug)]
pub struct Lock {
    _file: Locked,
}

impl Lock {
    /// Waits for the lock called `name`: `auth`, `state`.
    ///
    /// # Errors
    /// When the lock file cannot be made.
    pub fn take(home: &Home, name: &str) -> Result<Self, AppError> {
        let path = home.folder("locks")?.join(format!("{name}.lock"));
        let file = open(&path).map_err(|fault| file_trouble(&path, &fault))?;
        // In a home on a network that knows no locks, files are still whole,
        // and two who save in the same instant are rarer than such homes.
        let file = Locked::wait_if_possible(file).map_err(|fault| file_trouble(&path, &fault))?;
        Ok(Self { _file: file })
    }

    /// Waits for the lock of one instance's sign-in.
    ///
    /// # Errors
    /// As [`Lock::take`].
    pub fn of_instance(home: &Home, name: &str) -> Result<Self, AppError> {
        // Hashed, because a name is a person's choice and no file name.
        let hash = Sha256::digest(name.as_bytes());
        let hash = data_encoding::HEXLOWER.encode(&hash[..8]);
        Self::take(home, &format!("instance-{hash}"))
    }
}

pub(crate) fn open(path: &std::path::Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
