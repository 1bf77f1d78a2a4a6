//! The launch as it stands: for each row of the card what is known, what would
//! be made, or that somebody has to say. Pure, and the same for the card, for
//! `-y` and for what is started in the end.
//!
//! Its one surprising rule: on the embedded instance nothing needs to be
//! asked. Whoever is alone there has one mesh, named after them, and this
//! machine is called what the computer is called.

use crate::i18n::{Catalog, Message};
use crate::model::{Agent, LaunchPlan, Machine, Mesh};
use crate::wizard::known::{Known, Location};

/// One row of the card.
#[derive(Clone, Debug, PartialEq)]
pub enum Of<T, N> {
    /// It is there.
    There(T),
    /// It is made when the launch goes on.
    New(N),
    /// Somebody has to say.
    Open,
}

impl<T, N> Of<T, N> {
    /// Whether nobody has to be asked.
    pub fn is_settled(&self) -> bool {
        !matches!(self, Self::Open)
    }
}

/// A machine to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewMachine {
    /// Display name.
    pub name: String,
    /// Zone key; `None` after "set later".
    pub location: Option<String>,
}

/// The mesh: the one chosen, named on the command line or remembered; the only
/// one there is; on the embedded instance one of one's own.
pub fn mesh(known: &Known) -> Of<Mesh, String> {
    if let Some(mesh) = &known.mesh {
        return Of::There(mesh.clone());
    }
    let meshes = known.meshes.as_deref().unwrap_or_default();
    if let Some(asked) = &known.flags.mesh {
        return meshes
            .iter()
            .find(|mesh| is_called(mesh, asked))
            .cloned()
            .map_or(Of::Open, Of::There);
    }
    let remembered = known.remembered.mesh.as_ref();
    if let Some(mesh) = meshes.iter().find(|mesh| Some(&mesh.slug) == remembered) {
        return Of::There(mesh.clone());
    }
    match meshes {
        [only] => Of::There(only.clone()),
        [] if is_alone(known) => Of::New(own_mesh(known)),
        _ => Of::Open,
    }
}

/// Whether a mesh is what somebody called it: by slug, id or name.
pub fn is_called(mesh: &Mesh, asked: &str) -> bool {
    mesh.slug == asked || mesh.id == asked || mesh.name.to_lowercase() == asked.to_lowercase()
}

/// `--mesh` names none that the account is in.
pub fn asks_for_unknown_mesh(known: &Known) -> bool {
    known.flags.mesh.is_some() && known.meshes.is_some() && mesh(known) == Of::Open
}

/// This machine: as the account knows it; else named on the command line; else,
/// where nobody else is or every default is taken, after its host.
pub fn machine(known: &Known) -> Of<Machine, NewMachine> {
    if let Some(machine) = &known.machine {
        return Of::There(machine.clone());
    }
    let takes_defaults = is_alone(known) || known.flags.yes;
    let name = match &known.flags.machine {
        Some(name) => name.clone(),
        None if takes_defaults => known.here.host_alone().to_owned(),
        None => return Of::Open,
    };
    match (&known.location, &known.here.zone) {
        (Some(Location::Zone(key)), _) => Of::New(NewMachine { name, location: Some(key.clone()) }),
        (Some(Location::Later), _) => Of::New(NewMachine { name, location: None }),
        (None, Some(zone)) if takes_defaults => {
            Of::New(NewMachine { name, location: Some(zone.key.clone()) })
        }
        // A time zone that tells nothing: with `-y` and where nobody else asks
        // for it, it is set later.
        (None, None) if takes_defaults => Of::New(NewMachine { name, location: None }),
        _ => Of::Open,
    }
}

/// The agent: the one chosen, named or remembered; else the first that was
/// found. A shell alone is no agent: somebody has to say so.
pub fn agent(known: &Known) -> Option<Agent> {
    if let Some(agent) = &known.agent {
        return Some(agent.clone());
    }
    let agents = known.agents.as_deref().unwrap_or_default();
    let called = |name: &str| agents.iter().find(|agent| agent.name == name).cloned();
    if let Some(asked) = &known.flags.agent {
        return called(asked);
    }
    known
        .remembered
        .agent
        .as_deref()
        .and_then(called)
        .or_else(|| agents.iter().find(|agent| agent.name != SHELL).cloned())
}

/// What the person's shell is called among the agents.
pub const SHELL: &str = "shell";

/// The display name in the mesh. Never a question.
pub fn name(known: &Known) -> String {
    let own = || known.account.as_ref().map(|account| account.name.clone());
    let given = known.name.clone().or_else(|| known.flags.name.clone());
    given.or_else(|| known.remembered.name.clone()).or_else(own).unwrap_or_default()
}

/// The whole launch; `None` while something is open or still to be made.
pub fn plan(known: &Known) -> Option<LaunchPlan> {
    let (Of::There(mesh), Of::There(machine)) = (mesh(known), machine(known)) else { return None };
    let agent = agent(known)?;
    Some(LaunchPlan {
        program: agent.program,
        agent: agent.name,
        arguments: known.flags.arguments.clone(),
        instance: known.access.as_ref()?.instance.name.clone(),
        mesh: mesh.slug,
        machine: machine.slug,
        name: name(known),
        role: known.role.clone(),
    })
}

/// On the embedded instance nobody else is.
fn is_alone(known: &Known) -> bool {
    known.access.as_ref().is_some_and(|access| access.instance.is_embedded())
}

/// `alejandro's mesh`, in the language of whoever makes it.
fn own_mesh(known: &Known) -> String {
    let person = known.account.as_ref().map_or("", |account| account.name.as_str());
    Catalog::new(known.language)
        .say(&Message::new("mesh-own-name").with("person", person.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wizard::testing::{self, at_launch, local_access, local_account};

    fn alone() -> Known {
        Known {
            access: Some(local_access()),
            account: Some(local_account()),
            meshes: Some(vec![]),
            machines: Some(vec![]),
            agents: Some(vec![testing::agent("claude"), testing::agent("shell")]),
            ..testing::first_run()
        }
    }

    #[test]
    fn whoever_is_alone_is_asked_nothing() {
        let known = alone();
        assert_eq!(mesh(&known), Of::New("alejandro's mesh".into()));
        let new = NewMachine { name: "radiology-3".into(), location: Some("DE".into()) };
        assert_eq!(machine(&known), Of::New(new));
        assert_eq!(agent(&known), Some(testing::agent("claude")));
        assert_eq!(name(&known), "alejandro");
        assert_eq!(plan(&known), None, "nothing is made yet");
    }

    #[test]
    fn on_a_teams_instance_mesh_and_machine_are_asked_for() {
        let known = at_launch();
        assert_eq!((mesh(&known), machine(&known)), (Of::Open, Of::Open));
        let one = Known { meshes: Some(vec![testing::mesh("ops")]), ..at_launch() };
        assert_eq!(mesh(&one), Of::There(testing::mesh("ops")));
        let none = Known { meshes: Some(vec![]), ..at_launch() };
        assert_eq!(mesh(&none), Of::Open);
    }

    #[test]
    fn a_flag_comes_before_what_is_remembered() {
        let mut known = at_launch();
        known.remembered.mesh = Some("radiology".into());
        assert_eq!(mesh(&known), Of::There(testing::mesh("radiology")));
        for asked in ["ops", "m-ops", "OPS"] {
            known.flags.mesh = Some(asked.into());
            assert_eq!(mesh(&known), Of::There(testing::mesh("ops")), "{asked}");
        }
        known.flags.mesh = Some("gone".into());
        assert_eq!(mesh(&known), Of::Open);
        assert!(asks_for_unknown_mesh(&known));

        known.remembered.agent = Some("shell".into());
        assert_eq!(agent(&known), Some(testing::agent("shell")));
        known.flags.agent = Some("claude".into());
        assert_eq!(agent(&known), Some(testing::agent("claude")));
        known.flags.agent = Some("gemini".into());
        assert_eq!(agent(&known), None, "never another than the one asked for");
    }

    #[test]
    fn yes_takes_the_defaults_that_are_shown() {
        let mut known = at_launch();
        known.flags.yes = true;
        let new = NewMachine { name: "radiology-3".into(), location: Some("DE".into()) };
        assert_eq!(machine(&known), Of::New(new));
        known.here.zone = None;
        assert!(matches!(machine(&known), Of::New(NewMachine { location: None, .. })));
        // Which mesh is no default.
        assert_eq!(mesh(&known), Of::Open);
    }

    #[test]
    fn a_machine_that_is_known_keeps_its_name() {
        let mut known = at_launch();
        known.flags.machine = Some("another".into());
        known.machine = Some(testing::machine("radiology-3", true));
        assert_eq!(machine(&known), Of::There(testing::machine("radiology-3", true)));
    }

    #[test]
    fn a_shell_is_started_only_when_somebody_says_so() {
        let known = Known { agents: Some(vec![testing::agent("shell")]), ..at_launch() };
        assert_eq!(agent(&known), None);
    }

    #[test]
    fn a_plan_is_whole() {
        let known = Known {
            mesh: Some(testing::mesh("ops")),
            machine: Some(testing::machine("radiology-3", true)),
            role: Some("reviewer".into()),
            ..at_launch()
        };
        let plan = plan(&known).expect("everything is there");
        assert_eq!((plan.mesh.as_str(), plan.machine.as_str()), ("ops", "radiology-3"));
        assert_eq!((plan.agent.as_str(), plan.role.as_deref()), ("claude", Some("reviewer")));
    }
}
