//! The start of somebody who was here before: two small files are read, and
//! the agent starts. No keyring, no network, no server; nothing is repaired and
//! nothing said, because whatever is not in perfect order takes the ordinary
//! start, which does both.
//!
//! An `expires_at` in the past does not sign anybody out here either: it only
//! means that the server is asked.

use jiff::{SignedDuration, Timestamp};

use crate::credentials::auth_file::{AuthFile, InstanceEntry};
use crate::credentials::resolve::{self, Selection};
use crate::credentials::{AUTH, Credentials};
use crate::environment::Environment;
use crate::home::folder::Folder;
use crate::home::last_launch::last_launch;
use crate::home::state::{STATE, StateFile};
use crate::model::LaunchPlan;

/// How long a server's word is taken without asking again.
const VERIFIED_FOR: SignedDuration = SignedDuration::from_hours(24);

impl Credentials {
    /// The launch to repeat, when nothing needs to be asked: signed in to the
    /// instance meant, verified by a server within a day, not past the expiry
    /// it named, and a choice remembered for this directory that can still be
    /// carried out. Arguments for the agent are the caller's to add.
    pub fn fast_start(&self, env: &Environment, selection: &Selection) -> Option<LaunchPlan> {
        self.fast_start_at(env, selection, Timestamp::now())
    }

    fn fast_start_at(
        &self,
        env: &Environment,
        selection: &Selection,
        now: Timestamp,
    ) -> Option<LaunchPlan> {
        let (plan, entry) = self.last_launch_and_entry(env, selection)?;
        let age = now.duration_since(entry.verified_at?);
        let is_fresh = !age.is_negative() && age < VERIFIED_FOR;
        let is_alive = entry.expires_at.is_none_or(|end| now < end);
        (is_fresh && is_alive).then_some(plan)
    }

    /// The launch to repeat once the server has been asked: as
    /// [`Credentials::fast_start`], whenever that was.
    pub fn last_launch(&self, env: &Environment, selection: &Selection) -> Option<LaunchPlan> {
        self.last_launch_and_entry(env, selection).map(|(plan, _)| plan)
    }

    fn last_launch_and_entry(
        &self,
        env: &Environment,
        selection: &Selection,
    ) -> Option<(LaunchPlan, InstanceEntry)> {
        let other_credential = ["CREWMESH_TOKEN", "CREWMESH_CLIENT_ID"]
            .into_iter()
            .any(|name| env.variables.has(name));
        if other_credential || selection.token.is_some() {
            return None;
        }
        let folder = Folder::in_order(env)?;
        let read = |name| match folder.read(name).ok()?? {
            (bytes, None) => Some(bytes),
            (_, Some(note)) => {
                self.home().note([note]);
                None
            }
        };
        let auth = AuthFile::parse(&read(AUTH)?, "").ok()?;
        let state = StateFile::parse(&read(STATE)?)?;
        let name = resolve::choose_from(self, &auth, env, selection).ok()?.instance.name;
        let entry = auth.instances.get(&name).filter(|entry| entry.is_signed_in())?;
        let mesh = selection.directory.as_ref().and_then(|found| found.mesh.as_deref());
        let plan = last_launch(&state, &name, env.directory.as_deref()?, mesh)?;
        Some((plan, entry.clone()))
    }
}

#[cfg(test)]
mod tests;
