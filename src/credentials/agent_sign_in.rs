//! What the code agent acts by that this process runs below: a session of its own, kept
//! in the private folder of its launch ([`crate::home::sessions`]). It goes before the
//! person's sign-in, whose it is, and ends with that. In a shell there is none: what is
//! typed there is typed by the person.

use std::io;
use std::path::PathBuf;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::credentials::Credentials;
use crate::error::AppError;
use crate::home::disk::{LARGEST_FILE, to_json, write_whole};
use crate::home::lock;
use crate::home::sessions;
use crate::locked_file::LockedFile;
use crate::model::{Access, Instance, Source};
use crate::regular_file;
use crate::secret::{Secret, exposed};
use crate::wire::AgentSession;

/// In the folder of a launch: a sign-in for each instance.
const FILE: &str = "sign-ins.json";
/// In the same: held by whoever is about to make one.
const LOCK: &str = "sign-ins.lock";

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Kept {
    /// What the instance is called here.
    instance: String,
    /// When the person's sign-in was kept that it ends with.
    of: Option<Timestamp>,
    #[serde(serialize_with = "exposed")]
    token: Secret,
    expires_at: Timestamp,
}

impl Credentials {
    /// The agent's sign-in to this instance; `None` outside an agent, and where there is
    /// none that may be good.
    ///
    /// # Errors
    /// As [`Credentials::auth`].
    pub fn agent_sign_in(&self, instance: &Instance) -> Result<Option<Access>, AppError> {
        if self.agent_folder().is_none() {
            return Ok(None);
        }
        let (of, now) = (self.kept_at(instance)?, Timestamp::now());
        let is_good =
            |kept: &Kept| kept.instance == instance.name && kept.expires_at > now && kept.of == of;
        let kept = self.kept().into_iter().find(is_good).filter(|_| of.is_some());
        Ok(kept.map(|kept| kept.access(instance.clone())))
    }

    /// All of the agent's sign-ins to instances that are known, for whoever ends them.
    ///
    /// # Errors
    /// As [`Credentials::auth`].
    pub fn agent_sign_ins(&self) -> Result<Vec<Access>, AppError> {
        let auth = self.auth()?;
        let known = self.kept().into_iter();
        Ok(known.filter_map(|kept| Some(kept.access(auth.instance(&kept.instance)?))).collect())
    }

    /// Keeps a session that was begun for the agent at this instance. Where it cannot be
    /// kept it is begun again by whoever needs it next.
    ///
    /// # Errors
    /// As [`Credentials::auth`].
    pub fn keep_agent_sign_in(
        &self,
        instance: &Instance,
        begun: AgentSession,
    ) -> Result<Access, AppError> {
        let of = self.kept_at(instance)?;
        let instance_name = instance.name.clone();
        let new =
            Kept { instance: instance_name, of, token: begun.token, expires_at: begun.expires_at };
        let access = new.access(instance.clone());
        if let Some(folder) = self.agent_folder() {
            let mut all = self.kept();
            all.retain(|kept| kept.instance != new.instance);
            all.push(new);
            let _ = write_whole(&folder.join(FILE), &to_json(&all)?);
        }
        Ok(access)
    }

    /// Waits until no other process of the agent is about to begin one; `None` where
    /// this process runs below no agent.
    ///
    /// # Errors
    /// When the lock cannot be made.
    pub fn agent_turn(&self) -> io::Result<Option<LockedFile>> {
        let Some(folder) = self.agent_folder() else { return Ok(None) };
        LockedFile::wait_if_possible(lock::open(&folder.join(LOCK))?).map(Some)
    }

    /// The private folder of the agent's launch.
    fn agent_folder(&self) -> Option<PathBuf> {
        let session = self.home().env().agents_session()?;
        sessions::find(self.home().look().ok()??.path(), session)
    }

    fn kept(&self) -> Vec<Kept> {
        let file = self.agent_folder().map(|folder| folder.join(FILE));
        let text = file.and_then(|file| regular_file::read(&file, LARGEST_FILE).ok());
        // What cannot be read is begun again.
        text.and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default()
    }

    /// When the person's sign-in to `instance` was kept; `None` where there is none.
    fn kept_at(&self, instance: &Instance) -> Result<Option<Timestamp>, AppError> {
        let auth = self.auth()?;
        let entry = auth.instances.get(&instance.name).filter(|entry| entry.is_signed_in());
        Ok(entry.and_then(|entry| entry.created_at))
    }
}

impl Kept {
    fn access(&self, instance: Instance) -> Access {
        let (token, expires_at) = (self.token.clone(), Some(self.expires_at));
        Access { instance, token, expires_at, source: Source::Agent }
    }
}
