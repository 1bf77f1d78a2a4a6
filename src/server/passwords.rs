//! Passwords: Argon2id with the parameters OWASP names (19 MiB, two passes),
//! kept in PHC form.
//!
//! The surprising rule: a hash is a matter of turns. As many are worked on at
//! once as there are cores, eight at most, each always in the same memory; 32
//! more may wait, and the next is told that we are busy; else a flood of
//! sign-ins would take gigabytes. And an e-mail that nobody has costs the same
//! time as a wrong password.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex, OnceLock, PoisonError, mpsc};
use std::time::Duration;

use argon2::password_hash::phc::{Output, ParamsString, Salt};
use argon2::{Algorithm, Argon2, Block, Params, PasswordHash, Version};
use subtle::ConstantTimeEq;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use crate::error::{AppError, ErrorKind};
use crate::i18n::Message;
use crate::secret::{Secret, random_bytes};

/// Characters a new password has at least.
pub const SHORTEST: usize = 10;

/// Characters a password has at most: more only costs us time.
pub const LONGEST: usize = 256;

/// How many are worked on at once where there are more cores: 152 MiB.
const MOST: usize = 8;

/// How many may wait for their turn.
const QUEUE: usize = 32;

/// What whoever finds the queue full is told to wait.
const COME_BACK: Duration = Duration::from_secs(5);

/// The code of the trouble that too many passwords wait already.
pub const BUSY: &str = "busy";

/// Why a password cannot be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasswordError {
    /// Fewer than [`SHORTEST`] characters.
    Short,
    /// More than [`LONGEST`] characters.
    Long,
    /// The person's own name or e-mail address.
    Guessable,
}

/// Whether `password` can become the password of somebody with these names.
///
/// # Errors
/// Why not.
pub fn check(password: &Secret, names: &[&str]) -> Result<(), PasswordError> {
    let characters = password.expose().chars().count();
    if characters < SHORTEST {
        return Err(PasswordError::Short);
    }
    if characters > LONGEST {
        return Err(PasswordError::Long);
    }
    let plain = password.expose().trim().to_lowercase();
    if names.iter().any(|name| name.trim().to_lowercase() == plain) {
        return Err(PasswordError::Guessable);
    }
    Ok(())
}

/// The PHC form of `password`.
///
/// # Errors
/// Busy, with how long to wait.
pub async fn hash(password: Secret) -> Result<Secret, AppError> {
    let turn = TURNS.take().await?;
    at_work(move |memory| {
        let _turn = turn;
        hashed(&password, memory).map_err(AppError::internal)
    })
    .await?
}

/// Whether `password` is the one that `stored` (PHC form) was made from. With
/// nothing kept the answer is no, and takes as long.
///
/// # Errors
/// Busy, with how long to wait.
pub async fn verify(password: Secret, stored: Option<Secret>) -> Result<bool, AppError> {
    let turn = TURNS.take().await?;
    at_work(move |memory| {
        let _turn = turn;
        let known = stored.is_some();
        let stored = stored.unwrap_or_else(|| nobody(memory).clone());
        known & is_hash_of(&password, &stored, memory).unwrap_or(false)
    })
    .await
}

/// Where a hash is worked out.
type Memory = Vec<Block>;

fn hashed(password: &Secret, memory: &mut Memory) -> Result<Secret, argon2::password_hash::Error> {
    let (params, salt) = (Params::DEFAULT, Salt::generate());
    let mut bytes = [0; Params::DEFAULT_OUTPUT_LEN];
    work_out(password, &salt, Version::default(), &params, &mut bytes, memory)?;
    let hash = PasswordHash {
        algorithm: Algorithm::default().ident(),
        version: Some(Version::default().into()),
        params: ParamsString::try_from(&params)?,
        salt: Some(salt),
        hash: Output::new(&bytes).ok(),
    };
    Ok(Secret::new(hash.to_string()))
}

/// `None` where `stored` is no hash of ours.
fn is_hash_of(password: &Secret, stored: &Secret, memory: &mut Memory) -> Option<bool> {
    let stored = PasswordHash::new(stored.expose()).ok()?;
    if stored.algorithm != Algorithm::default().ident() {
        return None;
    }
    let version = stored.version.map_or(Ok(Version::default()), Version::try_from).ok()?;
    let params = Params::try_from(&stored).ok()?;
    let (salt, hash) = (stored.salt?, stored.hash?);
    let mut bytes = vec![0; hash.len()];
    work_out(password, &salt, version, &params, &mut bytes, memory).ok()?;
    Some(bytes.as_slice().ct_eq(hash.as_ref()).into())
}

fn work_out(
    password: &Secret,
    salt: &[u8],
    version: Version,
    params: &Params,
    into: &mut [u8],
    memory: &mut Memory,
) -> Result<(), argon2::Error> {
    let blocks = params.block_count();
    if memory.len() < blocks {
        memory.resize(blocks, Block::new());
    }
    Argon2::new(Algorithm::default(), version, params.clone()).hash_password_into_with_memory(
        normal(password).as_bytes(),
        salt,
        into,
        memory,
    )
}

/// The hash of a password that nobody knows.
fn nobody(memory: &mut Memory) -> &'static Secret {
    static NOBODY: OnceLock<Secret> = OnceLock::new();
    NOBODY.get_or_init(|| {
        let password = Secret::new(data_encoding::HEXLOWER.encode(&random_bytes::<32>()));
        hashed(&password, memory).unwrap_or_default()
    })
}

type Work = Box<dyn FnOnce(&mut Memory) + Send>;

/// A thread for each that is worked on at once, and the memory with it: given
/// back and asked for again, 19 MiB at a time, an allocator keeps many times
/// as much.
static WORKERS: LazyLock<mpsc::Sender<Work>> = LazyLock::new(|| {
    let (sender, receiver) = mpsc::channel::<Work>();
    let receiver = Arc::new(Mutex::new(receiver));
    for _ in 0..at_once() {
        let receiver = Arc::clone(&receiver);
        std::thread::spawn(move || {
            let mut memory = Memory::new();
            loop {
                let next = receiver.lock().unwrap_or_else(PoisonError::into_inner).recv();
                let Ok(work) = next else { return };
                // Whoever waits for it hears that nothing came.
                let _ = catch_unwind(AssertUnwindSafe(|| work(&mut memory)));
            }
        });
    }
    sender
});

/// Does `work` on one of them.
async fn at_work<T: Send + 'static>(
    work: impl FnOnce(&mut Memory) -> T + Send + 'static,
) -> Result<T, AppError> {
    let (done, result) = oneshot::channel();
    let work = move |memory: &mut Memory| {
        // Nobody waits any more: then nobody is told.
        let _ = done.send(work(memory));
    };
    WORKERS.send(Box::new(work)).map_err(AppError::internal)?;
    result.await.map_err(AppError::internal)
}

fn at_once() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from).min(MOST)
}

static TURNS: LazyLock<KeyedLocks> = LazyLock::new(|| KeyedLocks::new(at_once()));

/// The same password, on whatever keyboard it is typed (NIST SP 800-63B).
fn normal(password: &Secret) -> Zeroizing<String> {
    Zeroizing::new(password.expose().nfkc().collect())
}

struct KeyedLocks {
    working: Arc<Semaphore>,
    waiting: AtomicUsize,
}

/// Counts somebody who waits, until they have their turn or went away.
struct Waiting<'a>(&'a AtomicUsize);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

impl KeyedLocks {
    fn new(at_once: usize) -> Self {
        Self { working: Arc::new(Semaphore::new(at_once)), waiting: AtomicUsize::new(0) }
    }

    async fn take(&self) -> Result<OwnedSemaphorePermit, AppError> {
        if let Ok(turn) = self.working.clone().try_acquire_owned() {
            return Ok(turn);
        }
        let before = self.waiting.fetch_add(1, Ordering::AcqRel);
        let _waiting = Waiting(&self.waiting);
        if before >= QUEUE {
            let message = Message::new("trouble-passwords-busy");
            let mut busy = AppError::new(ErrorKind::Failed, BUSY, message);
            busy.retry_after = Some(COME_BACK);
            return Err(busy);
        }
        self.working.clone().acquire_owned().await.map_err(AppError::internal)
    }
}

#[cfg(test)]
mod tests {
    use std::task::{Context, Waker};

    use super::*;

    #[tokio::test]
    async fn a_password_is_known_again_and_no_other() {
        let stored = hash(Secret::new("correct horse é")).await.unwrap();
        assert!(
            stored.expose().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{}",
            stored.expose()
        );
        // The same letters, composed on another keyboard.
        let typed = Secret::new("correct horse e\u{301}");
        assert!(verify(typed, Some(stored.clone())).await.unwrap());
        assert!(!verify(Secret::new("correct horse e"), Some(stored)).await.unwrap());
        assert!(!verify(Secret::new("correct horse e"), None).await.unwrap());
        let nobody = nobody(&mut Memory::new());
        assert!(nobody.expose().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
    }

    #[test]
    fn what_the_library_made_is_known_and_what_we_made_it_knows() {
        use argon2::{PasswordHasher, PasswordVerifier};
        let (password, mut memory) = (Secret::new("correct horse"), Memory::new());
        // Of other parameters than ours: what was kept says which.
        let weaker = Argon2::from(Params::new(64, 1, 1, Some(24)).unwrap());
        let theirs = weaker.hash_password(b"correct horse").unwrap().to_string();
        assert_eq!(is_hash_of(&password, &Secret::new(theirs), &mut memory), Some(true));
        let ours = hashed(&password, &mut memory).unwrap();
        assert!(Argon2::default().verify_password(b"correct horse", ours.expose()).is_ok());
        assert_eq!(is_hash_of(&password, &Secret::new("$2b$12$x"), &mut memory), None);
    }

    #[test]
    fn a_password_is_long_and_not_ones_own_name() {
        let check = |password: &str| check(&Secret::new(password), &["Ana", "Ana@example.org"]);
        assert_eq!(check("123456789"), Err(PasswordError::Short));
        assert_eq!(check("ñandú ñand"), Ok(()));
        assert_eq!(check(&"x".repeat(257)), Err(PasswordError::Long));
        assert_eq!(check("ana@EXAMPLE.org"), Err(PasswordError::Guessable));
    }

    #[tokio::test]
    async fn whoever_finds_the_queue_full_is_told_to_come_back() {
        let turns = Arc::new(KeyedLocks::new(1));
        let first = turns.take().await.unwrap();
        let mut queue: Vec<_> = (0..QUEUE)
            .map(|_| {
                let turns = turns.clone();
                Box::pin(async move { turns.take().await.map(drop) })
            })
            .collect();
        let mut context = Context::from_waker(Waker::noop());
        for waiting in &mut queue {
            assert!(waiting.as_mut().poll(&mut context).is_pending());
        }
        let busy = turns.take().await.unwrap_err();
        assert_eq!((busy.code.as_str(), busy.retry_after), ("busy", Some(COME_BACK)));
        // Somebody goes away: there is room for another.
        queue.pop();
        assert_eq!(turns.waiting.load(Ordering::Acquire), QUEUE - 1);
        drop(first);
        for waiting in queue {
            waiting.await.unwrap();
        }
        assert_eq!(turns.waiting.load(Ordering::Acquire), 0);
    }
}
