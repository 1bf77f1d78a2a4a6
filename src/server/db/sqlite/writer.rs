//! The one thread that writes an SQLite file. Everybody who waits at the moment
//! shares one transaction, and with it one wait for the disk, which is most of
//! what writing costs.
//!
//! The surprising rule: an answer is given when the transaction is on the disk,
//! never before; and what fails takes nothing with it but what it wrote itself.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

use futures_util::future::FutureExt as _;
use rusqlite::{Connection, OpenFlags};
use tokio::sync::oneshot;

use super::file::DatabaseFile;
use super::statement;
use crate::server::db::error::{DbError, DbResult};
use crate::server::db::tx::Tx;
use crate::server::db::value::Value;

/// Writers that share a transaction at most, so that it ends soon.
const TOGETHER: usize = 256;

/// How long another process may keep the file: whoever asks is told after that.
pub(in crate::server::db) const BUSY: Duration = Duration::from_secs(5);

/// What may be kept of the file, in KiB below zero: enough for the inner pages
/// of each index among a million rows.
const CACHE: i64 = -8_192;

/// Statements that are kept ready.
const READY: usize = 64;

enum Job {
    Write(Writing),
    /// Something to be read, in no transaction of another's.
    Read(Box<dyn FnOnce(&Connection) + Send>),
}

/// Writes, and says whether what it wrote is to be kept.
type Write = Box<dyn FnOnce(&mut Tx) -> bool + Send>;

/// Something to be written.
struct Writing {
    write: Write,
    /// So that it can be undone; a single statement undoes itself.
    in_savepoint: bool,
    /// Is told once the transaction has ended; why, where the file failed.
    done: oneshot::Sender<DbResult<()>>,
}

/// Writes an SQLite database.
pub(in crate::server::db) struct Writer {
    file: Arc<DatabaseFile>,
    thread: Mutex<Thread>,
}

enum Thread {
    /// Nothing was written yet; without a connection, it is gone.
    None(Option<Box<Connection>>),
    Running(mpsc::Sender<Job>, JoinHandle<()>),
    Closed,
}

impl Writer {
    /// By `connection`, [opened](open) to `file`.
    /// Costs no thread until something is written.
    pub(super) fn of(file: Arc<DatabaseFile>, connection: Connection) -> Self {
        Self { file, thread: Mutex::new(Thread::None(Some(connection.into()))) }
    }

    /// Where its file is; `None` in memory.
    pub(super) fn path(&self) -> Option<&Path> {
        self.file.path()
    }

    /// Runs one statement, and says how many rows it changed once that is on
    /// the disk.
    pub(in crate::server::db) async fn execute(
        &self,
        sql: &'static str,
        values: Vec<Value>,
    ) -> DbResult<u64> {
        self.submit(false, move |tx| at_once(tx.execute(sql, values))).await
    }

    /// Runs `write`, and says what came of it once that is on the disk. What
    /// fails leaves nothing behind.
    pub(in crate::server::db) async fn write<T, E>(
        &self,
        write: impl AsyncFnOnce(&mut Tx) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        self.submit(true, move |tx| at_once(write(tx))).await
    }

    /// As little as can be is compiled for each `write`.
    async fn submit<T, E>(
        &self,
        in_savepoint: bool,
        write: impl FnOnce(&mut Tx) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        let (answer, mut answered) = oneshot::channel();
        let write = Box::new(move |tx: &mut Tx| {
            let made = write(tx);
            let keep = made.is_ok();
            // Who does not wait any more is not told.
            let _ = answer.send(made);
            keep
        });
        self.commit(write, in_savepoint).await?;
        answered.try_recv().unwrap_or_else(|_| Err(DbError::internal("a write panicked").into()))
    }

    async fn commit(&self, write: Write, in_savepoint: bool) -> DbResult<()> {
        let (done, committed) = oneshot::channel();
        self.send(Job::Write(Writing { write, in_savepoint, done }))?;
        committed.await.map_err(|_| DbError::unavailable("the file cannot be written"))?
    }

    /// What `read` reads, once everything that came before is written.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection) -> DbResult<T> + Send + 'static,
    ) -> DbResult<T> {
        let (answer, answered) = oneshot::channel();
        self.send(Job::Read(Box::new(move |connection| {
            // Who does not wait any more is not told.
            let _ = answer.send(read(connection));
        })))?;
        answered.await.map_err(|_| DbError::unavailable("the file cannot be read"))?
    }

    fn send(&self, job: Job) -> DbResult<()> {
        let mut thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner);
        let (connection, job) = match std::mem::replace(&mut *thread, Thread::Closed) {
            Thread::Closed => return Err(sqlx::Error::PoolClosed.into()),
            Thread::None(connection) => (connection, job),
            Thread::Running(jobs, handle) => match jobs.send(job) {
                Ok(()) => {
                    *thread = Thread::Running(jobs, handle);
                    return Ok(());
                }
                // It has panicked: another opens the file anew.
                Err(mpsc::SendError(job)) => (None, job),
            },
        };
        let (jobs, queue) = mpsc::channel();
        let (give, given) = mpsc::channel::<Option<Box<Connection>>>();
        let file = Arc::clone(&self.file);
        let writes = move || run(given.recv().ok().flatten(), &file, &queue);
        match std::thread::Builder::new().spawn(writes) {
            Ok(handle) => {
                // The thread waits for both.
                let _ = give.send(connection);
                let _ = jobs.send(job);
                *thread = Thread::Running(jobs, handle);
                Ok(())
            }
            // Out of threads for now: the next tries again.
            Err(why) => {
                *thread = Thread::None(connection);
                Err(DbError::unavailable(why))
            }
        }
    }

    /// Writes what it was given and lets go of the file.
    pub(in crate::server::db) async fn close(&self) {
        let before = {
            let mut thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::replace(&mut *thread, Thread::Closed)
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

/// A connection that writes the file at `path`. One that was moved away is not
/// made again.
///
/// # Errors
/// When it cannot be opened.
pub(super) fn open(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let file = prepare(Connection::open_with_flags(path, flags)?)?;
    // A file that has a write-ahead log keeps it. Whether one works is tried on no
    // file that others may be writing: it would seem not to.
    let journal: String = file.query_row("PRAGMA journal_mode", [], |row| row.get(0))?;
    // Else a rollback journal that is truncated.
    if !journal.eq_ignore_ascii_case("wal") && !write_ahead(&file) {
        file.pragma_update(None, "journal_mode", "TRUNCATE")?;
    }
    // FULL: each commit waits until the log is on the disk.
    file.pragma_update(None, "synchronous", "FULL")?;
    file.pragma_update(None, "cache_size", CACHE)?;
    Ok(file)
}

/// The same after it failed or was moved away: what is there now must be the
/// database that it was.
fn reopen(file: &DatabaseFile) -> DbResult<Tx> {
    let path = file.path().ok_or_else(|| DbError::internal("gone from memory"))?;
    let connection = open(path)?;
    file.found(&connection)?;
    Ok(Tx::on_sqlite(connection))
}

/// A database that goes with its connection.
///
/// # Errors
/// When there is no memory for it.
pub(super) fn open_memory() -> rusqlite::Result<Connection> {
    prepare(Connection::open_in_memory()?)
}

fn prepare(connection: Connection) -> rusqlite::Result<Connection> {
    statement::plan_once(&connection)?;
    connection.busy_timeout(BUSY)?;
    connection.set_prepared_statement_cache_capacity(READY);
    connection.pragma_update(None, "foreign_keys", "ON")?;
    Ok(connection)
}

/// Whether a write-ahead log works. Tried by writing, because some network file
/// systems accept the mode and fail at the first use of its shared memory.
fn write_ahead(file: &Connection) -> bool {
    let chosen = file.query_row("PRAGMA journal_mode = WAL", [], |row| row.get::<_, String>(0));
    chosen.is_ok_and(|mode| mode.eq_ignore_ascii_case("wal"))
        && file.execute_batch("BEGIN IMMEDIATE; ROLLBACK").is_ok()
}

/// Writes until nobody can ask any more. A file that fails is let go of, and
/// opened anew for the next who asks.
fn run(connection: Option<Box<Connection>>, file: &DatabaseFile, queue: &mpsc::Receiver<Job>) {
    let mut open = connection.map(|connection| Tx::on_sqlite(*connection));
    let mut next = None;
    loop {
        next = next.or_else(|| queue.recv().ok());
        if next.is_none() {
            return;
        }
        let mut tried = Vec::new();
        if let Err(why) = go_on(&mut open, &mut next, &mut tried, file, queue) {
            tracing::warn!(%why, "cannot write");
            open = None;
            // Letting go of a job tells who waits for it. Whoever waits by now is told
            // as well, but only once all of them are known: who hears of it and asks
            // again is tried again.
            drop((queue.try_iter().collect::<Vec<Job>>(), next.take(), tried));
        }
    }
}

/// Those whose writing was tried, and what came of it.
type Tried = Vec<(oneshot::Sender<DbResult<()>>, DbResult<()>)>;

/// Does what is `next`, by what is `open` or is opened now, and what can be done
/// together with it; leaves what came after and cannot.
///
/// # Errors
/// When the file fails. Nobody has been told.
fn go_on(
    open: &mut Option<Tx>,
    next: &mut Option<Job>,
    tried: &mut Tried,
    file: &DatabaseFile,
    queue: &mpsc::Receiver<Job>,
) -> DbResult<()> {
    let writes = matches!(next, Some(Job::Write(_)));
    let tx = match open {
        // One that was moved away is let go of.
        Some(tx) if !writes || file.is_in_place() => tx,
        _ => open.insert(reopen(file)?),
    };
    if !writes {
        if let Some(Job::Read(read)) = next.take() {
            tx.read(read);
        }
        return Ok(());
    }
    tx.control("BEGIN IMMEDIATE")?;
    // A full disk can end the transaction in the middle: nothing more may be
    // written then.
    while tx.is_open()
        && tried.len() < TOGETHER
        && let Some(Job::Write(job)) = next.take_if(|job| matches!(job, Job::Write(_)))
    {
        tried.push((job.done, write(tx, job.write, job.in_savepoint)));
        *next = queue.try_recv().ok();
    }
    tx.control("COMMIT")?;
    for (done, written) in tried.drain(..) {
        let _ = done.send(written);
    }
    tx.read(|connection| file.identify(connection));
    Ok(())
}

/// Runs `write`; in a savepoint nothing of it stays where it fails.
fn write(tx: &mut Tx, write: Write, in_savepoint: bool) -> DbResult<()> {
    if !in_savepoint {
        write(tx);
        return Ok(());
    }
    tx.control("SAVEPOINT write")?;
    // A panic is a failure like any other: those it shares with go on.
    let keep = catch_unwind(AssertUnwindSafe(|| write(tx))).unwrap_or(false);
    if !keep && let Err(why) = tx.control("ROLLBACK TO write") {
        // Half of it must not be kept, so nobody's is: all of them are told.
        let _ = tx.control("ROLLBACK");
        return Err(why.into());
    }
    Ok(tx.control("RELEASE write")?)
}

/// What `future` gives, which waits for nothing but `Tx`, and that does not wait.
fn at_once<T, E: From<DbError>>(future: impl Future<Output = Result<T, E>>) -> Result<T, E> {
    future
        .now_or_never()
        .unwrap_or_else(|| Err(DbError::internal("a write waited for something else").into()))
}

#[cfg(test)]
mod tests {
    use super::*;

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
