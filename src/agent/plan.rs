//! What an agent is given when it is started. Pure.
//!
//! Its one surprising rule: crewmesh adds no token. The agent acts as the
//! person because the commands it runs find the person's own sign-in; and
//! `CREWMESH_SESSION` marks everything below it, so that nothing there can
//! approve a sign-in or make a token.

use data_encoding::BASE32_NOPAD;

use crate::i18n::Message;
use crate::model::LaunchPlan;
use crate::secret::random_bytes;

/// Variables that are whoever runs an instance's, and nobody's agent's: the
/// instance key opens every vault, a database address may hold a password.
pub const WITHHELD: [&str; 3] =
    ["CREWMESH_INSTANCE_KEY", "CREWMESH_DATABASE", "CREWMESH_SMTP_PASSWORD"];

/// The variable that marks everything that runs below an agent.
pub const SESSION: &str = "CREWMESH_SESSION";

/// A name for one run of an agent: what its presence is known by. No secret.
pub fn new_session() -> String {
    BASE32_NOPAD.encode(&random_bytes::<10>()).to_ascii_lowercase()
}

/// The variables that are set (`Some`) or taken away (`None`); everything else
/// stays as the person had it.
pub fn environment(plan: &LaunchPlan, session: &str) -> Vec<(&'static str, Option<String>)> {
    let set = |name, value: &str| (name, Some(value.to_owned()));
    let mut environment = vec![
        set("CREWMESH_INSTANCE", &plan.instance),
        set("CREWMESH_MESH", &plan.mesh),
        set("CREWMESH_MACHINE", &plan.machine),
        set("CREWMESH_NAME", &plan.name),
        ("CREWMESH_ROLE", plan.role.clone()),
        set(SESSION, session),
    ];
    environment.extend(WITHHELD.map(|name| (name, None)));
    environment
}

/// The one line that is said before the agent takes the terminal.
pub fn line(plan: &LaunchPlan) -> Message {
    Message::new("launch-line")
        .with("agent", plan.agent.clone())
        .with("mesh", plan.mesh.clone())
        .with("name", plan.name.clone())
        .with("machine", plan.machine.clone())
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    fn plan() -> LaunchPlan {
        LaunchPlan {
            program: PathBuf::from("/usr/bin/claude"),
            agent: "claude".into(),
            arguments: vec![],
            instance: "local".into(),
            mesh: "platform-team".into(),
            machine: "radiology-3".into(),
            name: "Alejandro".into(),
            role: None,
        }
    }

    #[test]
    fn the_agent_is_told_where_it_is_and_is_given_no_secret() {
        let environment = environment(&plan(), "abc");
        let of = |name: &str| {
            let found = environment.iter().find(|(set, _)| *set == name);
            found.unwrap_or_else(|| panic!("{name} is left as it was")).1.as_deref()
        };
        assert_eq!(of("CREWMESH_INSTANCE"), Some("local"));
        assert_eq!(of("CREWMESH_MESH"), Some("platform-team"));
        assert_eq!(of("CREWMESH_MACHINE"), Some("radiology-3"));
        assert_eq!(of("CREWMESH_NAME"), Some("Alejandro"));
        assert_eq!(of("CREWMESH_SESSION"), Some("abc"));
        // A role of an earlier launch does not leak into this one.
        assert_eq!(of("CREWMESH_ROLE"), None);
        assert_eq!(of("CREWMESH_INSTANCE_KEY"), None);
        assert!(!environment.iter().any(|(name, _)| *name == "CREWMESH_TOKEN"));
    }

    #[test]
    fn every_run_has_a_name_of_its_own() {
        assert_ne!(new_session(), new_session());
        assert_eq!(new_session().len(), 16);
    }
}
