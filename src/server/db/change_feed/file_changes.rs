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

/// From being told to the first look: what one commit writes is told in several words.
#[cfg(target_os = "linux")]
const SETTLING: Duration = Duration::from_millis(2);

/// Milliseconds between the looks after that: long enough in all for a disk that is
/// slow to promise that the log is kept.
#[cfg(target_os = "linux")]
const AFTER: [u64; 7] = [8, 20, 50, 120, 300, 600, 1_500];

/// So often, and no more, within so long is what is told looked at once: a file may be
/// written to all the time.
#[cfg(target_os = "linux")]
const OFTEN: u32 = 3;
#[cfg(target_os = "linux")]
const WITHIN: Duration = Duration::from_millis(100);

/// Changes of one file and of the journals beside it.
pub(in crate::server::db) struct FileChanges {
    #[cfg(target_os = "linux")]
    told: Option<told::Told>,
    /// Looks still to be taken after the last change.
    #[cfg(target_os = "linux")]
    left: usize,
    /// How often it was told since when.
    #[cfg(target_os = "linux")]
    lately: (u32, Instant),
}

impl FileChanges {
    /// From now on.
    pub(in crate::server::db) fn of(file: &Path) -> Self {
        #[cfg(target_os = "linux")]
        return Self {
            told: told::Told::about(file),
            left: AFTER.len(),
            lately: (0, Instant::now()),
        };
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
            let heard = match tokio::time::timeout(soon, told.next()).await {
                // More was written: what follows it is looked at from the start.
                Ok(Ok(())) => {
                    self.left = AFTER.len();
                    settle(&mut self.lately).await;
                    told.forget()
                }
                Ok(Err(fault)) => Err(fault),
                Err(_) => {
                    self.left = self.left.saturating_sub(1);
                    Ok(())
                }
            };
            if let Err(fault) = heard {
                tracing::debug!(%fault, "nobody tells of changes to the database any more");
                self.told = None;
            }
            return;
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// Waits until the commit that was told of can be seen; longer where it was told
/// [`OFTEN`] `lately`.
#[cfg(target_os = "linux")]
async fn settle(lately: &mut (u32, Instant)) {
    let (often, since) = *lately;
    let over = since + WITHIN;
    if often >= OFTEN {
        tokio::time::sleep_until(over).await;
    }
    *lately = if Instant::now() < over { (often + 1, since) } else { (1, Instant::now()) };
    tokio::time::sleep(SETTLING).await;
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
            loop {
                self.0.readable().await?;
                if self.read()? {
                    return self.forget();
                }
            }
        }

        /// What was written until now is known.
        pub(in crate::server::db) fn forget(&mut self) -> io::Result<()> {
            while self.read()? {}
            Ok(())
        }

        /// Whether there was anything.
        fn read(&mut self) -> io::Result<bool> {
            let mut events = [0; 4096];
            match self.0.try_read(&mut events) {
                Ok(_) => Ok(true),
                Err(fault) if fault.kind() == io::ErrorKind::WouldBlock => Ok(false),
                Err(fault) => Err(fault),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_os = "linux")]
    #[tokio::test(start_paused = true)]
    async fn what_is_written_now_and_then_is_seen_at_once_and_what_is_always_now_and_then() {
        let mut lately = (0, Instant::now());
        for _ in 0..5 {
            let told = Instant::now();
            settle(&mut lately).await;
            assert!(told.elapsed() < WITHIN / 10);
            tokio::time::sleep(WITHIN).await;
        }
        let told = Instant::now();
        for _ in 0..10 * OFTEN {
            settle(&mut lately).await;
        }
        assert!(told.elapsed() > WITHIN * 8 && told.elapsed() < WITHIN * 11);
    }

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
