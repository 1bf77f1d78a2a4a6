//! Waiting until a database file is written to, without looking: Linux tells.
//! Elsewhere, and where it does not, the file is looked at four times a second.
//!
//! The surprising rule: being told comes a moment before a commit can be seen,
//! because SQLite writes its log first and says so in shared memory after; so
//! what follows a change is looked at several times, further and further apart.

use std::path::Path;
use std::time::Duration;

#[cfg(target_os = "linux")]
use tokio::time::Instant;

/// How often a file is looked at where nobody tells.
const LOOK: Duration = Duration::from_millis(250);

/// How long nothing is looked at where somebody does; in case they forget.
#[cfg(target_os = "linux")]
const PATIENCE: Duration = Duration::from_secs(20);

/// Milliseconds between the looks after a change: long enough in all for a
/// disk that is slow to promise that the log is kept.
#[cfg(target_os = "linux")]
const AFTER: [u64; 8] = [2, 8, 20, 50, 120, 300, 600, 1_500];

/// Between two looks at a file that is written to all the time.
#[cfg(target_os = "linux")]
const BETWEEN: Duration = Duration::from_millis(100);

/// Changes of one file and of the journals beside it.
pub(in crate::server::db) struct FileChanges {
    #[cfg(target_os = "linux")]
    told: Option<told::Told>,
    /// Looks still to be taken after the last change.
    #[cfg(target_os = "linux")]
    left: usize,
    /// When it was last said that it is worth looking.
    #[cfg(target_os = "linux")]
    looked: Option<Instant>,
}

impl FileChanges {
    /// From now on.
    pub(in crate::server::db) fn of(file: &Path) -> Self {
        #[cfg(target_os = "linux")]
        return Self { told: told::Told::about(file), left: AFTER.len(), looked: None };
        #[cfg(not(target_os = "linux"))]
        {
            let _ = file;
            Self {}
        }
    }

    /// Waits until it is worth looking again.
    pub(in crate::server::db) async fn next(&mut self) {
        #[cfg(target_os = "linux")]
        if let Some(told) = &mut self.told {
            let soon = match self.left {
                0 => PATIENCE,
                left => Duration::from_millis(AFTER[AFTER.len() - left]),
            };
            match tokio::time::timeout(soon, told.next()).await {
                // More was written: what follows it is looked at from the start.
                Ok(Ok(())) => {
                    self.left = AFTER.len();
                    if let Some(looked) = self.looked {
                        tokio::time::sleep_until(looked + BETWEEN).await;
                    }
                }
                Ok(Err(fault)) => {
                    tracing::debug!(%fault, "nobody tells of changes to the database any more");
                    self.told = None;
                }
                Err(_) => self.left = self.left.saturating_sub(1),
            }
            self.looked = Some(Instant::now());
            return;
        }
        tokio::time::sleep(LOOK).await;
    }
}

#[cfg(target_os = "linux")]
mod told {
    use std::io;
    use std::path::Path;

    use rustix::fs::inotify::{self, CreateFlags, WatchFlags};
    use tokio::net::unix::pipe::Receiver;

    /// inotify(7) on the folder of a file, whose journals come and go. What
    /// else is written there is a look more, which costs little.
    pub(in crate::server::db) struct Told(Receiver);

    impl Told {
        /// `None` where the kernel or the file system does not tell.
        pub(in crate::server::db) fn about(file: &Path) -> Option<Self> {
            let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
            let from = inotify::init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC).ok()?;
            let folder = folder.unwrap_or(Path::new("."));
            inotify::add_watch(&from, folder, WatchFlags::MODIFY).ok()?;
            // It is read as a pipe is.
            Receiver::from_owned_fd_unchecked(from).ok().map(Self)
        }

        /// Waits until something was written there.
        pub(in crate::server::db) async fn next(&mut self) -> io::Result<()> {
            let mut told = false;
            let mut events = [0; 4096];
            while !told {
                self.0.readable().await?;
                loop {
                    match self.0.try_read(&mut events) {
                        Ok(_) => told = true,
                        Err(fault) if fault.kind() == io::ErrorKind::WouldBlock => break,
                        Err(fault) => return Err(fault),
                    }
                }
            }
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_journal_that_is_written_to_is_a_change() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("crewmesh.db");
        std::fs::write(&file, "x").expect("a file");
        let mut changes = FileChanges::of(&file);
        #[cfg(target_os = "linux")]
        {
            assert!(changes.told.is_some(), "the kernel tells");
            changes.left = 0;
        }
        std::fs::write(folder.path().join("crewmesh.db-wal"), "x").expect("a file");
        changes.next().await;
        #[cfg(target_os = "linux")]
        assert_eq!(changes.left, AFTER.len());
    }
}
