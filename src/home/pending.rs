//! `pending/ID.json`: a sign-in that is being waited for, so that closing the
//! terminal loses nothing.
//!
//! Written before the first poll, locked for as long as somebody polls, gone
//! when settled. The lock is on the file itself and is there before the file
//! has its name, so nobody ever sees one that is in use and not locked. The
//! surprising rule: a [`Claim`] that is dropped leaves the file; only
//! [`Claim::settle`] removes it. A process that dies drops its claim, and
//! that is exactly the sign-in the next one may go on with.
//!
//! The token that an approval brings is added to the file before anything else
//! is done with it: many servers give it once. From then on the sign-in lives
//! as long as the token, whatever became of the code.

use std::fs::{self, File};
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::environment::Environment;
use crate::error::{AppError, ErrorKind};
use crate::home::disk::{LARGEST_FILE, file_error, sync_folder, to_json};
use crate::home::folder::Folder;
use crate::i18n::Message;
use crate::locked_file::LockedFile;
use crate::model::{
    Access, Account, Approval, Audience, DeviceCode, Instance, Links, Pending, Place, Source,
};
use crate::regular_file::{open_with, read_open};
use crate::secret::{Secret, base32, exposed, exposed_if_any, random_bytes};
use crate::time_point::TimePoint;
use crate::wire::{User, Via, are_code_words};

const FOLDER: &str = "pending";

/// How long a token is offered whose end its server did not say.
const WITHOUT_END: Duration = Duration::from_hours(24 * 365);

/// Held by whoever polls. Dropping it lets another process go on.
#[derive(Debug)]
pub struct Claim {
    id: String,
    path: PathBuf,
    file: LockedFile,
    /// The token that the file holds.
    token: Option<Secret>,
}

impl Claim {
    /// Name of the file without its ending, as in [`Pending::id`].
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Adds what an approval brought.
    ///
    /// # Errors
    /// When the disk does not take it; the code is still there.
    pub fn keep(&mut self, approval: &Approval) -> Result<(), AppError> {
        let bytes = to_json(&ApprovedFile::from_approval(approval))?;
        let attempt = |file: &mut File| -> io::Result<()> {
            let end = file.seek(SeekFrom::End(0))?;
            file.write_all(&bytes).and_then(|()| file.sync_all()).inspect_err(|_| {
                // Half a token is none.
                let _ = file.set_len(end);
            })
        };
        attempt(&mut self.file).map_err(|error| file_error(&self.path, &error))?;
        self.token = Some(approval.access.token.clone());
        Ok(())
    }

    /// Whether this token is in the file.
    pub fn holds(&self, token: &Secret) -> bool {
        self.token.as_ref() == Some(token)
    }

    /// The code is settled or given up: nobody goes on with it.
    pub fn settle(self) {
        // Best effort: a file that stays is one whose code is dead, and those
        // are swept away when looked for.
        let _ = fs::remove_file(&self.path);
    }
}

/// What the file holds, as JSON.
#[derive(Serialize, Deserialize)]
struct PendingFile {
    version: u32,
    instance: PendingInstance,
    #[serde(serialize_with = "exposed")]
    device_code: Secret,
    user_code: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    words: Option<String>,
    verification_uri: Url,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    verification_uri_complete: Option<String>,
    #[serde(default)]
    this_computer_only: bool,
    deadline: Timestamp,
    interval_ms: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    wait_ms: Option<u64>,
    #[serde(serialize_with = "exposed")]
    idempotency_key: Secret,
    #[serde(default, skip_serializing_if = "Option::is_none", serialize_with = "exposed_if_any")]
    code_verifier: Option<Secret>,
    #[serde(default)]
    foreign: bool,
    #[serde(default)]
    slow_down_early: bool,
}

#[derive(Serialize, Deserialize)]
struct PendingInstance {
    name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    url: Option<Url>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    #[serde(default)]
    signed_in: bool,
}

/// What follows that in the file, once the code was approved.
#[derive(Serialize, Deserialize)]
struct ApprovedFile {
    #[serde(serialize_with = "exposed")]
    token: Secret,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expires_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    user: Option<User>,
}

/// Writes a code down and claims it, before it is first polled for.
///
/// # Errors
/// When nothing can be written here; the sign-in can go on without.
pub fn write(env: &Environment, code: &DeviceCode) -> Result<Claim, AppError> {
    let folder = Folder::open(env)?.subfolder(FOLDER)?;
    let id = base32().encode(&random_bytes::<10>());
    let path = file_of(&folder, &id);
    let bytes = to_json(&PendingFile::from_code(code))?;
    let attempt = || -> std::io::Result<LockedFile> {
        let (file, name) =
            tempfile::Builder::new().prefix(".new-").tempfile_in(&folder)?.into_parts();
        let mut file = LockedFile::wait(file)?;
        file.write_all(&bytes)?;
        file.sync_all()?;
        name.persist_noclobber(&path).map_err(|error| error.error)?;
        sync_folder(&folder);
        Ok(file)
    };
    let file = attempt().map_err(|error| file_error(&path, &error))?;
    Ok(Claim { id, path, file, token: None })
}

/// The newest sign-in that can go on, on the instance at `place` where one is
/// meant.
pub fn find(env: &Environment, place: Option<&Place>, now: TimePoint) -> Option<Pending> {
    let is_meant = |found: &Pending| place.is_none_or(|place| found.instance.place.is_same(place));
    waiting(env, now).into_iter().find(is_meant)
}

/// Every sign-in that can go on, the newest first: alive, and nobody polls for
/// it. Those that are dead are removed on the way.
pub fn waiting(env: &Environment, now: TimePoint) -> Vec<Pending> {
    let Ok(Some(folder)) = Folder::look(env) else { return Vec::new() };
    let folder = folder.path().join(FOLDER);
    let mut all = Vec::new();
    for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let Some(name) = name.to_str() else { continue };
        let path = entry.path();
        let Some(id) = name.strip_suffix(".json").filter(|id| is_id(id)) else {
            if name.starts_with(".new-") {
                sweep(&path);
            }
            continue;
        };
        let Some(mut file) = try_claim(&path) else { continue };
        let Some(code) = read(&mut file, now) else {
            let _ = fs::remove_file(&path);
            continue;
        };
        all.push(Pending {
            id: id.to_owned(),
            instance: code.instance,
            user_code: code.user_code,
            deadline: code.deadline,
            approved: code.approved.is_some(),
        });
    }
    all.sort_by_key(|found| std::cmp::Reverse(found.deadline.wall));
    all
}

/// Takes up a sign-in that was found. On the embedded instance its complete
/// link is gone with the process that made it; ask for a new one.
///
/// # Errors
/// Code `pending_taken` when another process goes on with it already,
/// `pending_gone` when it is settled or over.
pub fn resume(
    env: &Environment,
    pending: &Pending,
    now: TimePoint,
) -> Result<(DeviceCode, Claim), AppError> {
    let gone =
        || AppError::new(ErrorKind::Failed, "pending_gone", Message::new("keep-pending-gone"));
    if !is_id(&pending.id) {
        return Err(gone());
    }
    let folder = Folder::look(env)?.ok_or_else(gone)?;
    let path = file_of(&folder.path().join(FOLDER), &pending.id);
    if !path.exists() {
        return Err(gone());
    }
    let Some(mut file) = try_claim(&path) else {
        let message = Message::new("keep-pending-taken");
        return Err(AppError::new(ErrorKind::Failed, "pending_taken", message));
    };
    // Settled between the look and the lock: the file we hold has no name.
    let Some(code) = read(&mut file, now).filter(|_| path.exists()) else {
        let _ = fs::remove_file(&path);
        return Err(gone());
    };
    let token = code.approved.as_ref().map(|approval| approval.access.token.clone());
    Ok((code, Claim { id: pending.id.clone(), path, file, token }))
}

/// Removes the file of a code, whoever wrote it, unless somebody else polls
/// for it: what [`Claim::settle`] does for a holder without its claim. Answers
/// with the way in that was in it, which lives on.
pub fn drop(env: &Environment, id: &str) -> Option<Access> {
    let folder = Folder::look(env).ok().flatten().filter(|_| is_id(id))?;
    let path = file_of(&folder.path().join(FOLDER), id);
    let mut file = try_claim(&path)?;
    let code = read(&mut file, TimePoint::now());
    let _ = fs::remove_file(&path);
    Some(code?.approved?.access)
}

impl PendingFile {
    fn from_code(code: &DeviceCode) -> Self {
        let url = match &code.instance.place {
            Place::Embedded => None,
            Place::At(url) => Some(url.clone()),
        };
        Self {
            version: 1,
            device_code: code.device_code.clone(),
            user_code: code.user_code.clone(),
            words: code.words.clone(),
            verification_uri: code.links.uri.clone(),
            // There it carries the owner's ticket, which ends with us.
            verification_uri_complete: code.links.complete.clone().filter(|_| url.is_some()),
            this_computer_only: code.links.audience != Audience::Anywhere,
            deadline: code.deadline.wall,
            interval_ms: millis(code.interval),
            wait_ms: code.wait.map(millis),
            idempotency_key: code.idempotency_key.clone(),
            code_verifier: code.verifier.clone(),
            foreign: code.foreign,
            slow_down_early: code.slow_down_early,
            instance: PendingInstance {
                name: code.instance.name.clone(),
                url,
                id: code.instance.id.clone(),
                signed_in: code.instance.signed_in,
            },
        }
    }

    /// The code, if it or the token that came of it still lives. The boot clock
    /// may have begun anew since, so its half of the deadline is worked out
    /// from what is left.
    fn code(self, approved: Option<ApprovedFile>, now: TimePoint) -> Option<DeviceCode> {
        let ends = match &approved {
            Some(approved) => approved.expires_at.unwrap_or(now.wall + WITHOUT_END),
            None => self.deadline,
        };
        let left = Duration::try_from(ends.duration_since(now.wall)).ok()?;
        if left.is_zero() {
            return None;
        }
        let deadline = TimePoint { boot: now.boot + left, wall: ends };
        let audience =
            if self.this_computer_only { Audience::ThisComputer } else { Audience::Anywhere };
        let instance = Instance {
            name: self.instance.name,
            place: self.instance.url.map_or(Place::Embedded, Place::At),
            id: self.instance.id,
            signed_in: self.instance.signed_in,
        };
        Some(DeviceCode {
            approved: approved.map(|approved| approved.approval(&instance)),
            instance,
            device_code: self.device_code,
            user_code: self.user_code,
            words: self.words.filter(|words| are_code_words(words)),
            links: Links {
                uri: self.verification_uri,
                complete: self.verification_uri_complete,
                audience,
            },
            deadline,
            interval: Duration::from_millis(self.interval_ms),
            wait: self.wait_ms.map(Duration::from_millis),
            idempotency_key: self.idempotency_key,
            verifier: self.code_verifier,
            foreign: self.foreign,
            slow_down_early: self.slow_down_early,
            opening: None,
        })
    }
}

impl ApprovedFile {
    fn from_approval(approval: &Approval) -> Self {
        let user = approval.account.as_ref().map(|account| User {
            id: account.id.clone(),
            name: account.name.clone(),
            email: account.email.clone(),
        });
        let Access { token, expires_at, .. } = approval.access.clone();
        Self { token, expires_at, user }
    }

    fn approval(self, instance: &Instance) -> Approval {
        let Self { token, expires_at, user } = self;
        let instance = instance.clone();
        Approval {
            access: Access { instance, token, expires_at, source: Source::DeviceCode },
            account: user.map(|User { id, name, email }| Account {
                id,
                name,
                email,
                via: Via::Session,
                token_name: String::new(),
                scopes: Vec::new(),
                expires_at,
            }),
        }
    }
}

fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

fn file_of(folder: &Path, id: &str) -> PathBuf {
    folder.join(format!("{id}.json"))
}

/// An id is a file name we made, and never leads anywhere else.
fn is_id(id: &str) -> bool {
    !id.is_empty() && id.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'2'..=b'7'))
}

/// Opens and locks a file, unless somebody holds it.
fn try_claim(path: &Path) -> Option<LockedFile> {
    let file = open_with(File::options().read(true).write(true), path).ok()?;
    LockedFile::at_once(file)
}

fn sweep(path: &Path) {
    if let Some(_file) = try_claim(path) {
        let _ = fs::remove_file(path);
    }
}

/// What the file says, if it still lives.
fn read(file: &mut File, now: TimePoint) -> Option<DeviceCode> {
    let bytes = read_open(file, LARGEST_FILE).ok()?;
    let mut parts = serde_json::Deserializer::from_slice(&bytes);
    let pending = PendingFile::deserialize(&mut parts).ok().filter(|file| file.version == 1)?;
    let approved = ApprovedFile::deserialize(&mut parts).ok();
    pending.code(approved, now)
}

#[cfg(test)]
mod tests;
