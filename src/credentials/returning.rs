//! The way of somebody who was here before: two small files are read, and the
//! agent starts. No keyring, no network, no server; nothing is repaired and
//! nothing said, because whatever is not in perfect order goes the long way,
//! which does both.
//!
//! An `expires_at` in the past does not sign anybody out here either: it only
//! means that the server is asked.

use std::path::Path;

use jiff::{SignedDuration, Timestamp};

use crate::credentials::file::{AuthFile, Kept};
use crate::credentials::home::Home;
use crate::credentials::resolve::{self, Given};
use crate::credentials::state::{Choice, STATE, StateFile};
use crate::credentials::{AUTH, Credentials};
use crate::environment::Environment;
use crate::model::LaunchPlan;

/// How long a server's word is taken without asking again.
const VERIFIED_FOR: SignedDuration = SignedDuration::from_hours(24);

impl Credentials {
    /// The launch to repeat, when nothing needs to be asked: signed in to the
    /// instance meant, verified by a server within a day, not past the expiry
    /// it named, and a choice remembered for this directory that can still be
    /// carried out. Arguments for the agent are the caller's to add.
    pub fn returning(&self, env: &Environment, given: &Given) -> Option<LaunchPlan> {
        self.returning_at(env, given, Timestamp::now())
    }

    fn returning_at(&self, env: &Environment, given: &Given, now: Timestamp) -> Option<LaunchPlan> {
        let (plan, kept) = self.last(env, given)?;
        let age = now.duration_since(kept.verified_at?);
        let fresh = !age.is_negative() && age < VERIFIED_FOR;
        let living = kept.expires_at.is_none_or(|end| now < end);
        (fresh && living).then_some(plan)
    }

    /// The launch to repeat once the server has been asked: as
    /// [`Credentials::returning`], whenever that was.
    pub fn again(&self, env: &Environment, given: &Given) -> Option<LaunchPlan> {
        self.last(env, given).map(|(plan, _)| plan)
    }

    fn last(&self, env: &Environment, given: &Given) -> Option<(LaunchPlan, Kept)> {
        let other_credential = ["CREWMESH_TOKEN", "CREWMESH_CLIENT_ID"]
            .into_iter()
            .any(|name| env.variables.has(name));
        if other_credential || given.token.is_some() {
            return None;
        }
        let home = Home::in_order(env)?;
        let read = |name| match home.read(name).ok()?? {
            (bytes, None) => Some(bytes),
            (_, Some(note)) => {
                self.note([note]);
                None
            }
        };
        let auth = AuthFile::parse(&read(AUTH)?, "").ok()?;
        let state = StateFile::parse(&read(STATE)?)?;
        let instance = resolve::choose_from(self, &auth, env, given).ok()?.instance;

        let kept = auth.instances.get(&instance.name).filter(|kept| kept.is_signed_in())?;

        let choice = state.choice(&instance.name, env.directory.as_deref()?)?;
        let meshes = state.instances.get(&instance.name).and_then(|seen| seen.meshes.as_ref());
        let still_a_member = meshes.is_none_or(|seen| seen.contains(&choice.mesh));
        let asked_for = given.directory.as_ref().and_then(|found| found.mesh.as_ref());
        let meant = asked_for.is_none_or(|mesh| *mesh == choice.mesh);
        (still_a_member && meant && can_run(&choice.program))
            .then(|| (plan(instance.name, choice.clone()), kept.clone()))
    }
}

fn plan(instance: String, choice: Choice) -> LaunchPlan {
    LaunchPlan {
        program: choice.program,
        agent: choice.agent,
        arguments: Vec::new(),
        instance,
        mesh: choice.mesh,
        machine: choice.machine,
        name: choice.name,
        role: choice.role,
    }
}

fn can_run(program: &Path) -> bool {
    #[cfg(unix)]
    let executable = rustix::fs::access(program, rustix::fs::Access::EXEC_OK).is_ok();
    #[cfg(not(unix))]
    let executable = true;
    program.is_absolute() && program.is_file() && executable
}

#[cfg(test)]
mod tests;
