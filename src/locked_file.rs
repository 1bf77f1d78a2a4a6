//! A file that is locked between processes for as long as it is held.

use std::fs::{File, TryLockError};
use std::io::{ErrorKind, Result};
use std::ops::{Deref, DerefMut};

/// Locked until dropped.
///
/// Let go in so many words rather than by closing: a program that is being
/// started just then holds a copy of every open file until it has begun, and
/// the lock would outlive us in it.
#[derive(Debug)]
pub struct LockedFile(File);

impl LockedFile {
    /// Waits until nobody else holds it.
    ///
    /// # Errors
    /// [`ErrorKind::Unsupported`] on a disk that knows no locks, and what else
    /// the system says.
    pub fn wait(file: File) -> Result<Self> {
        file.lock()?;
        Ok(Self(file))
    }

    /// As [`LockedFile::wait`]; on a disk that knows no locks, held without one.
    ///
    /// # Errors
    /// What the system says.
    pub fn wait_if_possible(file: File) -> Result<Self> {
        match file.lock() {
            Err(fault) if fault.kind() != ErrorKind::Unsupported => Err(fault),
            _ => Ok(Self(file)),
        }
    }

    /// Nothing while somebody else holds it, or when it cannot be locked; on a
    /// disk that knows no locks, held without one.
    pub fn at_once(file: File) -> Option<Self> {
        match file.try_lock() {
            Ok(()) => Some(Self(file)),
            Err(TryLockError::Error(fault)) if fault.kind() == ErrorKind::Unsupported => {
                Some(Self(file))
            }
            Err(_) => None,
        }
    }
}

impl Deref for LockedFile {
    type Target = File;

    fn deref(&self) -> &File {
        &self.0
    }
}

impl DerefMut for LockedFile {
    fn deref_mut(&mut self) -> &mut File {
        &mut self.0
    }
}

impl Drop for LockedFile {
    fn drop(&mut self) {
        // Where this fails, closing it will do.
        let _ = self.0.unlock();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_in_a_program_that_is_being_started_keeps_nobody_out() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("lock");
        let open = || File::options().create(true).append(true).open(&path).expect("opened");
        let held = LockedFile::wait(open()).expect("locked");
        assert!(LockedFile::at_once(open()).is_none(), "somebody holds it");
        // What a fork makes of an open file.
        let copy = held.try_clone().expect("a copy");
        drop(held);
        assert!(LockedFile::at_once(open()).is_some(), "it was let go");
        drop(copy);
    }
}
