//! What a program that we start is given of our own variables. Each of them
//! begins with `CREWMESH_`, and what is not named here stays behind: a new
//! variable is nobody's before somebody decided so.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Stdio};

use super::Environment;

/// How each variable of ours begins.
const OURS: &str = "CREWMESH_";

/// What an agent is given, so that a crewmesh that it runs finds what the
/// person's own would find. Nothing in here is whoever runs an instance's: its
/// key opens every vault, an address of a database or of a mail server may hold
/// a password.
const FOR_AGENTS: [&str; 17] = [
    "CREWMESH_AGENT",
    "CREWMESH_API_URL",
    "CREWMESH_CALM",
    "CREWMESH_CA_FILE",
    "CREWMESH_CLIENT_ID",
    "CREWMESH_CLIENT_SECRET",
    "CREWMESH_HOME",
    "CREWMESH_INSTANCE",
    "CREWMESH_LOCATION",
    "CREWMESH_MACHINE",
    "CREWMESH_MESH",
    "CREWMESH_MESSAGES",
    "CREWMESH_NAME",
    "CREWMESH_ROLE",
    "CREWMESH_SESSION",
    "CREWMESH_STORE",
    "CREWMESH_TOKEN",
];

/// The variables set here that an agent is not given.
pub fn withheld_from_agents(env: &Environment) -> Vec<String> {
    ours(env).filter(|name| !FOR_AGENTS.contains(name)).map(str::to_owned).collect()
}

/// A program that does one thing for us (a browser, tmux, an agent asked for
/// its version) and needs nothing of ours, from its terminal to its variables.
pub fn tool(env: &Environment, program: impl AsRef<OsStr>) -> Command {
    bare(env, Command::new(program))
}

/// The same of a command that somebody else put together.
pub fn bare(env: &Environment, mut command: Command) -> Command {
    for name in ours(env) {
        command.env_remove(name);
    }
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// This program once more, which is given all that this one has.
pub fn again(program: &Path) -> Command {
    let mut command = Command::new(program);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

fn ours(env: &Environment) -> impl Iterator<Item = &str> {
    env.variables.names().filter(|name| name.starts_with(OURS))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;

    use super::*;

    /// Whoever runs an instance has these, and nobody they start.
    const OPERATORS: [&str; 8] = [
        "CREWMESH_DATABASE",
        "CREWMESH_INSTANCE_KEY",
        "CREWMESH_LOG",
        "CREWMESH_SMTP_PASSWORD",
        "CREWMESH_SMTP_URL",
        "CREWMESH_PROVIDERS",
        "CREWMESH_UPSTREAMS",
        "CREWMESH_VAULT_KEYS",
    ];

    fn sources(folder: &Path, read: &mut dyn FnMut(&Path, &str)) {
        for entry in fs::read_dir(folder).expect("ours").flatten() {
            let path = entry.path();
            if path.is_dir() {
                sources(&path, read);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                read(&path, &fs::read_to_string(&path).expect("text"));
            }
        }
    }

    #[test]
    fn each_variable_of_ours_is_given_to_agents_or_is_an_operators() {
        let mut named = BTreeSet::new();
        sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut |_, text| {
            for found in text.split(OURS).skip(1) {
                let end = found.find(|c: char| !c.is_ascii_uppercase() && c != '_');
                let name = &found[..end.unwrap_or(found.len())];
                // A secret of an upstream, or where a provider is, is named after it.
                let is_family = name.starts_with("UPSTREAM_") || name.starts_with("PROVIDER_");
                if !name.is_empty() && !is_family {
                    named.insert(format!("{OURS}{name}"));
                }
            }
        });
        let decided: BTreeSet<String> =
            FOR_AGENTS.into_iter().chain(OPERATORS).map(str::to_owned).collect();
        assert_eq!(named, decided, "decide in FOR_AGENTS who is given the new one");
    }

    #[test]
    fn what_nobody_decided_about_stays_behind() {
        let pairs = [
            ("CREWMESH_TOKEN", "x"),
            ("CREWMESH_UPSTREAM_ACME_SECRET", "x"),
            ("CREWMESH_of_tomorrow", "x"),
            ("PATH", "/bin"),
        ];
        let env = Environment::of(pairs.into_iter().collect());
        let withheld = ["CREWMESH_UPSTREAM_ACME_SECRET", "CREWMESH_of_tomorrow"];
        assert_eq!(withheld_from_agents(&env), withheld);
        let tool = tool(&env, "x");
        let removed: Vec<_> = tool.get_envs().filter(|(_, value)| value.is_none()).collect();
        assert_eq!(removed.len(), 3);
    }

    #[test]
    fn no_program_is_started_around_this() {
        let here = Path::new("environment").join("children.rs");
        // The agent itself is given what is on the list.
        let agent = Path::new("agent").join("hand_off.rs");
        sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut |path, text| {
            let code = text.split("mod tests").next().unwrap_or_default();
            if !path.ends_with(&here) && !path.ends_with(&agent) {
                assert!(!code.contains("Command::new("), "{}", path.display());
            }
        });
    }
}
