//! The one thread that writes an SQLite file. Everybody who waits at the moment
//! shares one transaction, and with it one wait for the disk, which is most of
//! what writing costs.
//!
//! The surprising rule: an answer is given when the transaction is on the disk,
//! never before; and what fails takes nothing with it but what it said itself.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex as Lock, PoisonError, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};
use tokio::sync::{Mutex, OwnedMutexGuard, oneshot};

use super::writing::{Writing, away, of_file, write_in_file};
use super::{DbError, DbResult};

/// Writings that share a transaction at most, so that a turn ends soon.
const TOGETHER: usize = 256;

/// How long another process may keep the file.
const PATIENCE: Duration = Duration::from_secs(20);

/// What may be kept of the file, in KiB below zero: enough for the inner pages
/// of each index among a million rows.
const CACHE: i64 = -8_192;

/// Statements that are kept ready.
const READY: usize = 64;

/// Something to be written: what it says once the transaction has ended.
type Job = Box<dyn FnOnce(&mut Connection) -> ApiResult + Send>;

/// Tells whoever waits what came of it; with why, when nothing did.
type ApiResult = Box<dyn FnOnce(Option<&rusqlite::Error>) + Send>;

/// Writes an SQLite file.
pub(super) struct Writer {
    path: PathBuf,
    thread: Lock<Thread>,
    turn: Arc<Mutex<()>>,
}

enum Thread {
    /// Nothing was written yet.
    None,
    Running(mpsc::Sender<Job>, JoinHandle<()>),
    InviteError,
}

impl Writer {
    /// Of the file at `path`, which has a write-ahead log. Costs nothing until
    /// something is written.
    pub(super) fn of(path: PathBuf) -> Self {
        Self { path, thread: Lock::new(Thread::None), turn: Arc::default() }
    }

    /// Waits until nobody else in this process writes the file.
    pub(super) async fn turn(&self) -> OwnedMutexGuard<()> {
        self.turn.clone().lock_owned().await
    }

    /// Writes, and says what came of it once that is on the disk.
    pub(super) async fn write<W: Writing>(&self, writing: W) -> DbResult<W::Made> {
        let (told, answer) = oneshot::channel();
        self.send(Box::new(move |file| {
            let made = write_in_file(writing, file);
            Box::new(move |why| {
                // Who does not wait any more is not told.
                let _ = told.send(why.map_or(made, |why| Err(of_file(why))));
            })
        }))?;
        answer.await.map_err(|_| away("the file cannot be written"))?
    }

    fn send(&self, job: Job) -> Result<(), DbError> {
        let mut thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner);
        let job = match &*thread {
            Thread::InviteError => return Err(sqlx::Error::PoolClosed.into()),
            // It has ended where it could not go on: the next opens the file anew.
            Thread::Running(jobs, _) => match jobs.send(job) {
                Ok(()) => return Ok(()),
                Err(mpsc::SendError(job)) => job,
            },
            Thread::None => job,
        };
        let (jobs, queue) = mpsc::channel();
        let (path, turn) = (self.path.clone(), self.turn.clone());
        let writes = move || match open(&path) {
            Ok(file) => run(file, &queue, &turn),
            Err(why) => tracing::warn!(%why, "cannot open the file for writing"),
        };
        let handle = std::thread::Builder::new().spawn(writes).map_err(away)?;
        let _ = jobs.send(job);
        *thread = Thread::Running(jobs, handle);
        Ok(())
    }

    /// Writes what it was given and lets go of the file.
    pub(super) async fn close(&self) {
        let before = {
            let mut thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::replace(&mut *thread, Thread::InviteError)
        };
        if let Thread::Running(jobs, handle) = before {
            drop(jobs);
            let _ = tokio::task::spawn_blocking(move || handle.join()).await;
        }
    }
}

impl fmt::Debug for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Writer")
    }
}

fn open(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let file = Connection::open_with_flags(path, flags)?;
    file.busy_timeout(PATIENCE)?;
    file.set_prepared_statement_cache_capacity(READY);
    // FULL: each commit waits until the log is on the disk.
    file.execute_batch("PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL;")?;
    file.pragma_update(None, "cache_size", CACHE)?;
    Ok(file)
}

/// Writes until nobody can ask any more. Whoever is not answered hears that
/// too.
fn run(mut file: Connection, queue: &mpsc::Receiver<Job>, turn: &Mutex<()>) {
    while let Ok(first) = queue.recv() {
        let mine = turn.blocking_lock();
        if let Err(why) = say(&file, "BEGIN IMMEDIATE") {
            tracing::warn!(%why, "cannot write");
            continue;
        }
        let mut answers = Vec::new();
        let mut next = Some(first);
        // A full disk can end the transaction in the middle: nothing more may
        // be said then.
        while !file.is_autocommit()
            && let Some(job) = next
        {
            answers.push(job(&mut file));
            next = if answers.len() < TOGETHER { queue.try_recv().ok() } else { None };
        }
        let why = say(&file, "COMMIT").err();
        if why.is_some() && !file.is_autocommit() {
            let _ = say(&file, "ROLLBACK");
        }
        drop(mine);
        for answer in answers {
            answer(why.as_ref());
        }
    }
}

fn say(file: &Connection, sql: &str) -> rusqlite::Result<()> {
    file.prepare_cached(sql)?.raw_execute().map(drop)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::super::Store;
    use super::super::writing::Place;
    use super::*;
    use crate::server::config::Database;

    /// Notes a name, and then fails or does not.
    struct Noting {
        name: String,
        fails: bool,
    }

    impl Writing for Noting {
        type Made = u64;

        fn about(&self) -> Option<String> {
            Some(self.name.clone())
        }

        async fn write(self, place: &mut Place<'_>) -> DbResult<u64> {
            // The second before the first: numbers count, not places.
            let sql = "INSERT INTO instance (value, name) VALUES ($2, $1)";
            let noted = place.execute(sql, &[self.name.as_str().into(), "noted".into()]).await?;
            if self.fails {
                place.execute("INSERT INTO nowhere (name) VALUES ($1)", &[1.into()]).await?;
            }
            Ok(noted)
        }
    }

    /// Notes a name, and then panics.
    struct Panicking;

    impl Writing for Panicking {
        type Made = ();

        fn about(&self) -> Option<String> {
            Some(String::new())
        }

        async fn write(self, place: &mut Place<'_>) -> DbResult<()> {
            let sql = "INSERT INTO instance (name, value) VALUES ($1, $2)";
            place.execute(sql, &["panics".into(), "noted".into()]).await?;
            panic!("on purpose");
        }
    }

    async fn opened(home: &Path) -> Store {
        Store::open(&Database::in_home(home), None, None, 0).await.unwrap().store
    }

    async fn noted(store: &Store) -> i64 {
        let sql = "SELECT COUNT(*) AS count FROM instance WHERE value = $1";
        store.row(sql, "noted", |row| row.number("count")).await.unwrap().unwrap()
    }

    #[tokio::test]
    async fn what_fails_takes_nothing_with_it_of_those_it_shares_with() {
        let home = tempfile::tempdir().unwrap();
        let store = opened(home.path()).await;
        assert!(store.writer.is_some(), "a write-ahead log works here");
        let writings = (0..600).map(|number| {
            let writing = Noting { name: format!("n{number}"), fails: number % 3 == 0 };
            store.write(writing)
        });
        let made = futures_util::future::join_all(writings).await;
        for (number, made) in made.iter().enumerate() {
            assert_eq!(made.as_ref().ok(), (number % 3 != 0).then_some(&1), "{number}: {made:?}");
        }
        assert_eq!(noted(&store).await, 400);
        store.close().await;
        assert!(store.say("DELETE FROM instance", Vec::new()).await.is_err());
    }

    #[tokio::test]
    async fn a_panic_takes_nothing_with_it_either() {
        let home = tempfile::tempdir().unwrap();
        let store = opened(home.path()).await;
        let note = |name: &str| store.write(Noting { name: name.to_owned(), fails: false });
        // Joined, they are sent before the first of them is answered.
        let (before, panicked, after) =
            tokio::join!(note("before"), store.write(Panicking), note("after"));
        assert!(before.is_ok() && panicked.is_err() && after.is_ok(), "{panicked:?}");
        assert_eq!(noted(&store).await, 2);
        assert_eq!(note("later").await.unwrap(), 1);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn whoever_writes_otherwise_gets_a_turn_among_many() {
        let home = tempfile::tempdir().unwrap();
        let store = opened(home.path()).await;
        let enough = Arc::new(AtomicBool::new(false));
        let crowd: Vec<_> = (0..20)
            .map(|one| {
                let (store, enough) = (store.clone(), enough.clone());
                tokio::spawn(async move {
                    let mut number = 0;
                    while !enough.load(Ordering::Relaxed) {
                        let name = format!("{one} {number}");
                        store.write(Noting { name, fails: false }).await.unwrap();
                        number += 1;
                    }
                    number
                })
            })
            .collect();
        for number in 0..20 {
            let mut transaction = store.begin().await.unwrap();
            sqlx::query("INSERT INTO instance (name, value) VALUES ($1, 'otherwise')")
                .bind(number.to_string())
                .execute(&mut *transaction)
                .await
                .unwrap();
            transaction.commit().await.unwrap();
        }
        enough.store(true, Ordering::Relaxed);
        let mut all = 0;
        for one in crowd {
            all += one.await.unwrap();
        }
        assert_eq!(noted(&store).await, all);
    }

    #[test]
    fn a_commit_waits_for_the_disk() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("instance.db");
        Connection::open(&path).unwrap();
        let file = open(&path).unwrap();
        let full: i64 = file.query_row("PRAGMA synchronous", [], |row| row.get(0)).unwrap();
        assert_eq!(full, 2);
    }
}
