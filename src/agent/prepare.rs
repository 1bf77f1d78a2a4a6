//! What an agent is started with. Pure: [`prepare`] turns the choices of a
//! launch into a [`Spawn`], and whoever executes it adds nothing.
//!
//! Its one surprising rule: crewmesh adds no token of its own. The agent acts as the
//! person because the commands it runs find the person's own sign-in; and
//! `CREWMESH_SESSION` marks everything below it, so that nothing there can
//! approve a sign-in or make a token.

use std::path::{Path, PathBuf};

use data_encoding::BASE32_NOPAD;

use super::detect::SHELL;
pub use super::inject::Link;
use super::inject::{injected, taken_by};
use super::{shell, spec};
use crate::environment::children::withheld_from_agents;
use crate::environment::{Environment, Variables};
use crate::i18n::Message;
use crate::model::LaunchPlan;
use crate::secret::{Secret, random_bytes};
use crate::wire::{Connection, Lease};

/// The variable that marks everything that runs below an agent.
const SESSION: &str = "CREWMESH_SESSION";

/// A program to be started, with everything that it alone is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spawn {
    /// The program, absolute.
    pub program: PathBuf,
    /// Its arguments. Everybody on the machine can read them: never a secret.
    pub args: Vec<String>,
    /// Variables that are set for it; any other stays as the person had it.
    pub env: Vec<(String, Secret)>,
    /// Variables that are taken away.
    pub env_remove: Vec<String>,
    /// Files that only the person can read, written just before it starts.
    pub files: Vec<(PathBuf, Secret)>,
    /// Names in its private folder that lead to something of the person's.
    pub links: Vec<Link>,
    /// Whether it is given our server, by which it is seen in its mesh.
    pub has_server: bool,
}

/// What is started for `plan`, as the run called `session`, from `env`. In `folder`,
/// where there is one, stands what only this run is given; `lease` opens the account at a
/// provider that it works with, where that is not its own affair.
pub fn prepare(
    plan: &LaunchPlan,
    session: &str,
    folder: Option<&Path>,
    env: &Environment,
    lease: Option<&Lease>,
) -> Spawn {
    let role = plan.role.as_deref();
    let variables = [
        ("CREWMESH_INSTANCE", Some(plan.instance.as_str())),
        ("CREWMESH_MESH", Some(&plan.mesh)),
        ("CREWMESH_MACHINE", Some(&plan.machine)),
        ("CREWMESH_NAME", Some(&plan.name)),
        ("CREWMESH_AGENT", Some(&plan.agent)),
        // A role of an earlier launch does not leak into this one.
        ("CREWMESH_ROLE", role),
        // Nor what was wanted of it.
        ("CREWMESH_MESSAGES", (!plan.messages.is_default()).then(|| plan.messages.word())),
        (SESSION, Some(session)),
    ];
    let (mut set, mut env_remove) = (Vec::new(), withheld_from_agents(env));
    for (name, value) in variables {
        match value {
            Some(value) => set.push((name.to_owned(), Secret::new(value))),
            None => env_remove.push(name.to_owned()),
        }
    }
    let mut args = plan.arguments.clone();
    // Whoever gives a shell arguments has something else in mind than a prompt.
    if plan.agent == SHELL && args.is_empty() {
        let prompt = shell::prompt(&plan.program, &plan.mesh, env.variables.get("PROMPT_COMMAND"));
        args = prompt.args;
        set.extend(prompt.env);
    }
    let (mut files, mut links, mut has_server) = (Vec::new(), Vec::new(), false);
    if let (Some(spec), Some(folder), Some(own)) = (spec::find(&plan.agent), folder, &env.program) {
        let injected = injected(&spec, plan, &set, (folder, own), env, lease);
        args = [injected.before, args, injected.after].concat();
        set.extend(injected.env);
        env_remove.extend(injected.env_remove);
        (files, links, has_server) = (injected.files, injected.links, injected.has_server);
    }
    Spawn { program: plan.program.clone(), args, env: set, env_remove, files, links, has_server }
}

/// Whether the agent called `agent` can be given what opens this connection here.
pub fn takes(agent: &str, connection: &Connection, env: &Environment) -> bool {
    spec::find(agent).is_some_and(|spec| taken_by(&spec, connection, env).is_some())
}

/// The same of any connection, for whoever starts it, whatever variables they have set.
pub fn could_take(agent: &str, is_root: bool) -> impl Fn(&Connection) -> bool {
    let spec = spec::find(agent);
    let env = Environment { is_root, ..Environment::of(Variables::default()) };
    move |connection| spec.as_ref().is_some_and(|spec| taken_by(spec, connection, &env).is_some())
}

/// What is wrong with the model that an agent would ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ModelFault {
    /// It has to be said which, and was not.
    Missing,
    /// With one of this name what opens the account could be sent elsewhere.
    Refused(String),
}

/// What is wrong with the model of this connection that the agent of `plan` would ask for.
pub fn model_fault(
    plan: &LaunchPlan,
    connection: &Connection,
    env: &Environment,
) -> Option<ModelFault> {
    let spec = spec::find(&plan.agent)?;
    let by = taken_by(&spec, connection, env)?;
    let Some(model) = plan.model.as_ref().or(connection.model.as_ref()) else {
        return by.wants_model().then_some(ModelFault::Missing);
    };
    let lower = model.to_ascii_lowercase();
    let is_refused = spec.not_models.iter().any(|part| lower.contains(part));
    is_refused.then(|| ModelFault::Refused(model.clone()))
}

/// What keeps the agent of `plan` from being given an account here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InTheWay {
    /// An option of the person's, after which it would read ours no more.
    Option(String),
    /// A variable of the person's, by which it would be told.
    Variable(String),
}

/// What of the person's is in the way of giving the agent of `plan` an account.
pub fn in_the_way(plan: &LaunchPlan, env: &Environment) -> Option<InTheWay> {
    let spec = spec::find(&plan.agent)?;
    let given = plan.arguments.iter().take_while(|one| *one != "--");
    let given = given.map(|one| one.split('=').next().unwrap_or_default());
    // A beginning of one is taken for it (argparse).
    let is_its = |given: &str, option: &str| {
        option == given || (given.starts_with("--") && option.starts_with(given))
    };
    let named = |given: &&str| spec.in_the_way.iter().any(|option| is_its(given, option));
    if let Some(option) = given.clone().find(named) {
        return Some(InTheWay::Option(option.to_owned()));
    }
    let way = spec.settings?;
    let options = way.args.iter().filter_map(|one| Some(one.split_once('=')?.0.to_owned()));
    let is_given = |option: &String| given.clone().any(|given| given == option);
    let option = options.into_iter().find(is_given).map(InTheWay::Option);
    let set = |name: &&String| env.variables.has(name);
    option.or_else(|| way.env.keys().find(set).cloned().map(InTheWay::Variable))
}

/// Whether the agent finds what opens an account below `folder`: some names are more than
/// names to it.
pub fn is_found_in(agent: &str, folder: &Path) -> bool {
    let is_plain = !folder.to_string_lossy().contains(['"', '\\', '}', '\u{fffd}']);
    let refers = |by: &spec::ProviderInjection| {
        by.settings.as_ref().is_some_and(|said| said.to_string().contains("{file:"))
    };
    is_plain || !spec::find(agent).is_some_and(|spec| spec.provider.iter().any(refers))
}

/// The providers of which the agent called `agent` takes something from whoever starts it,
/// the one it is made for first.
pub fn providers_of(agent: &str, is_root: bool) -> Vec<String> {
    let Some(spec) = spec::find(agent) else { return Vec::new() };
    let has_settings = spec.settings.as_ref().is_some_and(|way| is_root || !way.only_root);
    let given = spec.provider.into_iter().filter(|by| by.settings.is_none() || has_settings);
    let mut names = Vec::new();
    for name in given.flat_map(|by| by.names) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// A name for one run of an agent: what its presence is known by. No secret.
pub fn new_session() -> String {
    BASE32_NOPAD.encode(&random_bytes::<10>()).to_ascii_lowercase()
}

/// The one line that is said before the agent takes the terminal.
pub fn announcement(plan: &LaunchPlan) -> Message {
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
    use crate::model::Delivery;

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
            messages: Delivery::default(),
            provider: None,
            model: None,
            mcp: true,
            task: None,
        }
    }

    #[test]
    fn the_agent_is_told_where_it_is_and_is_given_no_secret() {
        let variables = [("CREWMESH_INSTANCE_KEY", "k"), ("CREWMESH_SMTP_URL", "u")];
        let env = Environment::of(variables.into_iter().collect());
        let spawn = prepare(&plan(), "abc", None, &env, None);
        let pairs = spawn.env.iter().map(|(name, value)| (name.as_str(), value.expose()));
        let set: Vec<_> = pairs.collect();
        let expected = [
            ("CREWMESH_INSTANCE", "local"),
            ("CREWMESH_MESH", "platform-team"),
            ("CREWMESH_MACHINE", "radiology-3"),
            ("CREWMESH_NAME", "Alejandro"),
            ("CREWMESH_AGENT", "claude"),
            ("CREWMESH_SESSION", "abc"),
        ];
        assert_eq!(set, expected);
        for name in ["CREWMESH_ROLE", "CREWMESH_INSTANCE_KEY", "CREWMESH_SMTP_URL"] {
            assert!(spawn.env_remove.iter().any(|removed| removed == name), "{name}");
        }
        let reviewer = LaunchPlan { role: Some("reviewer".into()), ..plan() };
        let spawn = prepare(&reviewer, "abc", None, &env, None);
        assert!(spawn.env.contains(&("CREWMESH_ROLE".to_owned(), Secret::new("reviewer"))));
        assert!(!spawn.env_remove.iter().any(|removed| removed == "CREWMESH_ROLE"));
    }

    #[test]
    fn a_shell_names_the_mesh_before_its_prompt_unless_it_is_given_something_to_do() {
        let env = Environment::of(Vec::<(&str, &str)>::new().into_iter().collect());
        let mut plan =
            LaunchPlan { agent: SHELL.into(), program: PathBuf::from("/bin/dash"), ..plan() };
        let named = ("PS1".to_owned(), Secret::new("(platform-team) $ "));
        assert!(prepare(&plan, "abc", None, &env, None).env.contains(&named));
        plan.arguments = vec!["-c".into(), "true".into()];
        assert!(!prepare(&plan, "abc", None, &env, None).env.contains(&named));
    }

    #[test]
    fn gemini_is_given_a_key_where_root_starts_it() {
        let connection = |kind: &str| -> Connection {
            serde_json::from_value(serde_json::json!({
                "id": "c", "provider": "google", "way": "token", "kind": kind, "default": true,
                "created_at": "2026-11-30T00:00:00Z",
            }))
            .expect("a connection")
        };
        let takes = |kind, is_root| could_take("gemini", is_root)(&connection(kind));
        assert!(takes("api_key", true) && !takes("api_key", false) && !takes("other", true));
        assert_eq!(providers_of("gemini", true), ["google"]);
        assert!(providers_of("gemini", false).is_empty() && providers_of("goose", true).is_empty());
        let claude = providers_of("claude", false);
        assert_eq!(claude.iter().filter(|name| *name == "anthropic").count(), 1);
        assert_eq!((claude[0].as_str(), claude.len()), ("anthropic", 5), "{claude:?}");
    }

    #[test]
    fn what_would_send_an_account_elsewhere_is_told_before() {
        let env = Environment::of(Variables::default());
        let with = |arguments: &[&str]| {
            let arguments = arguments.iter().map(|one| (*one).to_owned()).collect();
            in_the_way(&LaunchPlan { agent: "aider".into(), arguments, ..plan() }, &env)
        };
        for (arguments, option) in [
            (&["--model", "opus"][..], "--model"),
            (&["--no-git", "--weak-model=x"], "--weak-model"),
            // As it takes them itself.
            (&["--model-set", "f"], "--model-set"),
            (&["--verb"], "--verb"),
            (&["-v"], "-v"),
        ] {
            let told = Some(InTheWay::Option(option.to_owned()));
            assert_eq!(with(arguments), told, "{arguments:?}");
        }
        for arguments in [&[][..], &["--message", "--model"][..1], &["--no-git", "--", "--model"]] {
            assert_eq!(with(arguments), None, "{arguments:?}");
        }
        let connection: Connection = serde_json::from_value(serde_json::json!({
            "id": "c", "provider": "openrouter", "way": "token", "kind": "api_key",
            "default": true, "created_at": "2026-11-30T00:00:00Z", "endpoint": "https://o",
        }))
        .expect("a connection");
        let fault = |agent: &str, model: Option<&str>| {
            let model = model.map(str::to_owned);
            model_fault(&LaunchPlan { agent: agent.into(), model, ..plan() }, &connection, &env)
        };
        assert_eq!(fault("aider", None), Some(ModelFault::Missing));
        assert_eq!(fault("aider", Some("openai/gpt-5")), None);
        let refused = "x/Replicate-1";
        assert_eq!(fault("aider", Some(refused)), Some(ModelFault::Refused(refused.to_owned())));
        assert_eq!(fault("codex", Some(refused)), None);
    }

    #[test]
    fn every_run_has_a_name_of_its_own() {
        assert_ne!(new_session(), new_session());
        assert_eq!(new_session().len(), 16);
    }
}
