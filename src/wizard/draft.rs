//! The launch as it stands: for each row of the card what is known, what would
//! be made, or that somebody has to say. Pure, and the same for the card, for
//! `-y` and for what is started in the end.
//!
//! On the embedded instance nothing needs to be asked. Whoever is alone there has one mesh, named after them, and this
//! machine is called what the computer is called.

pub use crate::agent::detect::SHELL;
use crate::agent::prepare;
use crate::i18n::{Catalog, Message, Words};
use crate::model::{Agent, Delivery, LaunchPlan, Machine, Mesh, NO_PROVIDER};
use crate::wire::{Connection, NewMesh};
use crate::wizard::state::{Location, WizardState};

#[derive(Clone, Debug, PartialEq)]
pub enum CardRow<T, N> {
    Existing(T),
    /// It is made when the launch goes on.
    ToCreate(N),
    /// Somebody has to say.
    Undecided,
}

impl<T, N> CardRow<T, N> {
    /// Whether nobody has to be asked.
    pub fn is_settled(&self) -> bool {
        !matches!(self, Self::Undecided)
    }
}

/// A machine to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewMachine {
    pub name: String,
    /// Made of the name by the instance when `None`.
    pub slug: Option<String>,
    /// Zone key; `None` after "set later".
    pub location: Option<String>,
}

/// The mesh: the one chosen, named on the command line or remembered; the only
/// one there is; on the embedded instance one of one's own.
pub fn mesh(state: &WizardState) -> CardRow<Mesh, NewMesh> {
    if let Some(mesh) = &state.mesh {
        return CardRow::Existing(mesh.clone());
    }
    if let Some(new) = &state.new_mesh {
        return CardRow::ToCreate(new.clone());
    }
    let meshes = state.meshes.as_deref().unwrap_or_default();
    if let Some(asked) = &state.flags.mesh {
        return meshes
            .iter()
            .find(|mesh| is_called(mesh, asked))
            .cloned()
            .map_or(CardRow::Undecided, CardRow::Existing);
    }
    let remembered = state.remembered.mesh.as_ref();
    if let Some(mesh) = meshes.iter().find(|mesh| Some(&mesh.slug) == remembered) {
        return CardRow::Existing(mesh.clone());
    }
    // With nobody to ask none takes the place of the last one.
    let is_free = remembered.is_none() || !state.flags.headless;
    match meshes {
        [only] if is_free => CardRow::Existing(only.clone()),
        [] if is_alone(state) => CardRow::ToCreate(NewMesh { name: own_mesh(state), slug: None }),
        _ => CardRow::Undecided,
    }
}

/// Whether a mesh is what somebody called it: by slug, id or name.
pub fn is_called(mesh: &Mesh, asked: &str) -> bool {
    mesh.slug == asked || mesh.id == asked || mesh.name.to_lowercase() == asked.to_lowercase()
}

/// `--mesh` names none that the account is in.
pub fn asks_for_unknown_mesh(state: &WizardState) -> bool {
    state.flags.mesh.is_some() && state.meshes.is_some() && mesh(state) == CardRow::Undecided
}

/// This machine: as the account knows it; else named on the command line; else,
/// where nobody else is or every default is taken, after its host.
pub fn machine(state: &WizardState) -> CardRow<Machine, NewMachine> {
    if let Some(machine) = &state.machine {
        return CardRow::Existing(machine.clone());
    }
    let takes_defaults = is_alone(state) || state.flags.yes;
    let (name, slug) = match (&state.machine_name, &state.flags.machine) {
        (Some(given), _) => (given.name.clone(), given.slug.clone()),
        (None, Some(name)) => (name.clone(), None),
        (None, None) if takes_defaults => (state.host.short_hostname().to_owned(), None),
        (None, None) => return CardRow::Undecided,
    };
    // A time zone that tells nothing: with `-y` and where nobody else asks for
    // it, it is set later.
    let location = match (&state.location, place(state).filter(|_| takes_defaults)) {
        (Some(said), _) => said.clone(),
        (None, Some(guess)) => guess,
        (None, None) if takes_defaults => Location::Later,
        (None, None) => return CardRow::Undecided,
    };
    let location = match location {
        Location::Zone(key) => Some(key),
        Location::Later => None,
    };
    CardRow::ToCreate(NewMachine { name, slug, location })
}

/// Where this machine stands: what the person said, else what is guessed.
pub fn place(state: &WizardState) -> Option<Location> {
    let guess = || state.host.zone.as_ref().map(|zone| Location::Zone(zone.key.clone()));
    state.location.clone().or_else(guess)
}

/// Where a machine of the account is to be moved: it has no place and one is
/// known, or the person said another. A guess moves nothing.
pub fn relocation(state: &WizardState, machine: &Machine) -> Option<String> {
    let Some(Location::Zone(said)) = place(state) else { return None };
    let is_said = matches!(&state.location, Some(Location::Zone(_)))
        && state.host.zone.as_ref().is_none_or(|guess| guess.key != said);
    match &machine.location {
        None => Some(said),
        Some(stands) => (is_said && *stands != said).then_some(said),
    }
}

/// That the mesh of last time is none of the account's any more.
pub fn gone_mesh(state: &WizardState) -> Option<Words> {
    let last = state.remembered.mesh.as_ref().filter(|_| state.flags.mesh.is_none())?;
    let meshes = state.meshes.as_ref()?;
    let gone = !meshes.iter().any(|mesh| mesh.slug == *last);
    gone.then(|| Message::new("mesh-gone").with("mesh", Words::verbatim(last)).into())
}

/// That something else stands on the card than the last time, because that is not
/// there any more.
pub fn replaced(state: &WizardState) -> Vec<Words> {
    let mesh = gone_mesh(state)
        .filter(|_| state.mesh.is_none() && matches!(mesh(state), CardRow::Existing(_)));
    let agent = gone_agent(state).filter(|_| state.agent.is_none() && agent(state).is_some());
    mesh.into_iter().chain(agent).collect()
}

/// That this machine is none of the account's any more.
pub fn gone_machine(state: &WizardState) -> Option<Words> {
    let last = state.last_launch.as_ref()?;
    let gone = state.machines.is_some() && state.machine.is_none();
    gone.then(|| {
        Message::new("machine-gone").with("machine", Words::verbatim(&last.machine)).into()
    })
}

/// That the agent of last time is not found any more.
pub fn gone_agent(state: &WizardState) -> Option<Words> {
    let last = state.remembered.agent.as_ref().filter(|_| state.flags.agent.is_none())?;
    let agents = state.agents.as_ref()?;
    let gone = !agents.iter().chain(&state.agent).any(|agent| agent.name == *last);
    gone.then(|| Message::new("agent-gone-since").with("agent", Words::verbatim(last)).into())
}

/// The agent: the one chosen, named or remembered; else the first that was
/// found. A shell alone is no agent: somebody has to say so.
pub fn agent(state: &WizardState) -> Option<Agent> {
    if let Some(agent) = &state.agent {
        return Some(agent.clone());
    }
    let agents = state.agents.as_deref().unwrap_or_default();
    let called = |name: &str| agents.iter().find(|agent| agent.name == name).cloned();
    if let Some(asked) = &state.flags.agent {
        return called(asked);
    }
    let last = state.remembered.agent.as_deref();
    last.and_then(called).or_else(|| {
        // With nobody to ask none is started in the place of the last one.
        let free = last.is_none() || !state.flags.headless;
        agents.iter().find(|agent| free && agent.name != SHELL).cloned()
    })
}

/// The display name in the mesh. Never a question.
pub fn name(state: &WizardState) -> String {
    let account_name = || state.account.as_ref().map(|account| account.name.clone());
    let given = state.name.clone().or_else(|| state.flags.name.clone());
    given.or_else(|| state.remembered.name.clone()).or_else(account_name).unwrap_or_default()
}

/// How messages reach the agent. Never a question.
pub fn messages(state: &WizardState) -> Delivery {
    let given = state.messages.or(state.flags.messages).or(state.remembered.messages);
    given.unwrap_or_default()
}

/// What the agent called `agent` works with, where that is not its own affair: what was
/// asked for, or what it worked with the last time.
pub fn provider(state: &WizardState, agent: &str) -> Option<String> {
    let remembered = || remembered_provider(state, agent);
    let given = state.provider.clone().or_else(|| state.flags.provider.clone());
    given.or_else(remembered).filter(|provider| provider != NO_PROVIDER)
}

/// The model it is to ask for there: what was named, or what it asked for the last time at
/// the same.
fn model(state: &WizardState, agent: &str) -> Option<String> {
    let provider = provider(state, agent)?;
    let is_same = remembered_provider(state, agent).as_ref() == Some(&provider);
    let remembered = || state.remembered.model.clone().filter(|_| is_same);
    state.flags.model.clone().or_else(remembered)
}

/// What the agent called `agent` worked with the last time.
pub fn remembered_provider(state: &WizardState, agent: &str) -> Option<String> {
    let is_same = state.remembered.agent.as_deref() == Some(agent);
    state.remembered.provider.clone().filter(|_| is_same)
}

/// The provider that the agent called `agent` is made for, where it can be given an
/// account there.
pub fn first_provider(state: &WizardState, agent: &str) -> Option<String> {
    prepare::providers_of(agent, state.host.is_root).into_iter().next()
}

/// What stands where something is connected at `provider` that is given no name of its own.
pub fn in_place<'s>(state: &'s WizardState, provider: &str) -> Option<&'s Connection> {
    let mut all = state.connections.iter().flatten();
    all.find(|one| one.provider == provider && one.label.is_empty())
}

/// What is shared in the mesh on the card.
fn shared(state: &WizardState) -> &[Connection] {
    match (mesh(state), &state.shares) {
        (CardRow::Existing(mesh), Some((id, shares))) if mesh.id == *id => shares,
        _ => &[],
    }
}

/// What a connection is called where an agent is to work with it.
pub fn name_of(connection: &Connection) -> &str {
    if connection.default { &connection.provider } else { &connection.id }
}

/// What the agent called `agent` could work with, each as [`provider`] has it: its own
/// sign-in, and what is connected that it takes.
pub fn providers<'s>(
    state: &'s WizardState,
    agent: &str,
) -> Vec<(Option<String>, Option<&'s Connection>)> {
    let takes = prepare::could_take(agent, state.host.is_root);
    let named =
        |connection: &'s Connection| (Some(name_of(connection).to_owned()), Some(connection));
    let is_good = |one: &&Connection| one.revoked_at.is_none() && takes(one);
    let shared = shared(state).iter().filter(|one| {
        // One's own is there already.
        !state.connections.iter().flatten().any(|own| own.id == one.id)
    });
    let connected = state.connections.iter().flatten().chain(shared);
    let connected = connected.filter(is_good).map(named);
    let mut all: Vec<_> = std::iter::once((None, None)).chain(connected).collect();
    // What was asked for is told, though nobody knows yet whether it is there.
    let chosen = provider(state, agent);
    if !all.iter().any(|(name, _)| *name == chosen) {
        all.push((chosen, None));
    }
    all
}

/// The whole launch; `None` while something is open or still to be made.
pub fn plan(state: &WizardState) -> Option<LaunchPlan> {
    let (CardRow::Existing(mesh), CardRow::Existing(machine)) = (mesh(state), machine(state))
    else {
        return None;
    };
    let agent = agent(state)?;
    Some(LaunchPlan {
        program: agent.program,
        agent: agent.name.clone(),
        arguments: state.flags.arguments.clone(),
        instance: state.access.as_ref()?.instance.name.clone(),
        mesh: mesh.slug,
        machine: machine.slug,
        name: name(state),
        role: state.role.clone(),
        messages: messages(state),
        model: model(state, &agent.name),
        provider: provider(state, &agent.name),
        mcp: true,
        task: None,
    })
}

/// On the embedded instance nobody else is.
fn is_alone(state: &WizardState) -> bool {
    state.access.as_ref().is_some_and(|access| access.instance.is_embedded())
}

/// `alejandro's mesh`, in the language of whoever makes it.
fn own_mesh(state: &WizardState) -> String {
    let person = state.account.as_ref().map_or("", |account| account.name.as_str());
    Catalog::new(state.language)
        .say(&Message::new("mesh-own-name").with("person", person.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wizard::state::MachineName;
    use crate::wizard::testing::{self, at_launch, local_access, local_account};

    fn alone() -> WizardState {
        WizardState {
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
        let state = alone();
        let own = NewMesh { name: "alejandro's mesh".into(), slug: None };
        assert_eq!(mesh(&state), CardRow::ToCreate(own));
        let new =
            NewMachine { name: "radiology-3".into(), slug: None, location: Some("DE".into()) };
        assert_eq!(machine(&state), CardRow::ToCreate(new));
        assert_eq!(agent(&state), Some(testing::agent("claude")));
        assert_eq!(name(&state), "alejandro");
        assert_eq!(plan(&state), None, "nothing is made yet");
    }

    #[test]
    fn on_a_teams_instance_mesh_and_machine_are_asked_for() {
        let state = at_launch();
        assert_eq!((mesh(&state), machine(&state)), (CardRow::Undecided, CardRow::Undecided));
        let one = WizardState { meshes: Some(vec![testing::mesh("ops")]), ..at_launch() };
        assert_eq!(mesh(&one), CardRow::Existing(testing::mesh("ops")));
        let none = WizardState { meshes: Some(vec![]), ..at_launch() };
        assert_eq!(mesh(&none), CardRow::Undecided);
    }

    #[test]
    fn a_flag_comes_before_what_is_remembered() {
        let mut state = at_launch();
        state.remembered.mesh = Some("radiology".into());
        assert_eq!(mesh(&state), CardRow::Existing(testing::mesh("radiology")));
        for asked in ["ops", "m-ops", "OPS"] {
            state.flags.mesh = Some(asked.into());
            assert_eq!(mesh(&state), CardRow::Existing(testing::mesh("ops")), "{asked}");
        }
        state.flags.mesh = Some("gone".into());
        assert_eq!(mesh(&state), CardRow::Undecided);
        assert!(asks_for_unknown_mesh(&state));

        state.remembered.agent = Some("shell".into());
        assert_eq!(agent(&state), Some(testing::agent("shell")));
        state.flags.agent = Some("claude".into());
        assert_eq!(agent(&state), Some(testing::agent("claude")));
        state.flags.agent = Some("gemini".into());
        assert_eq!(agent(&state), None, "never another than the one asked for");
    }

    #[test]
    fn yes_takes_the_defaults_that_are_shown() {
        let mut state = at_launch();
        state.flags.yes = true;
        let new =
            NewMachine { name: "radiology-3".into(), slug: None, location: Some("DE".into()) };
        assert_eq!(machine(&state), CardRow::ToCreate(new));
        state.host.zone = None;
        assert!(matches!(machine(&state), CardRow::ToCreate(NewMachine { location: None, .. })));
        // Which mesh is no default.
        assert_eq!(mesh(&state), CardRow::Undecided);
    }

    #[test]
    fn a_machine_that_is_known_keeps_its_name() {
        let mut state = at_launch();
        state.flags.machine = Some("another".into());
        state.machine = Some(testing::machine("radiology-3", true));
        assert_eq!(machine(&state), CardRow::Existing(testing::machine("radiology-3", true)));
    }

    #[test]
    fn a_machine_that_was_named_still_wants_its_place_said_where_others_are() {
        let name = || Some(MachineName { name: "Lab".into(), slug: Some("lab".into()) });
        let mut state = WizardState { machine_name: name(), ..at_launch() };
        assert_eq!(machine(&state), CardRow::Undecided, "a guess is not confirmed");
        state.location = Some(Location::Later);
        let new = NewMachine { name: "Lab".into(), slug: Some("lab".into()), location: None };
        assert_eq!(machine(&state), CardRow::ToCreate(new));
    }

    #[test]
    fn a_guess_moves_nothing_but_what_the_person_said_does() {
        let at = |key: Option<&str>| Machine {
            location: key.map(ToOwned::to_owned),
            ..testing::machine("lab", true)
        };
        let mut state = at_launch();
        assert_eq!(relocation(&state, &at(None)).as_deref(), Some("DE"));
        assert_eq!(relocation(&state, &at(Some("FR"))), None);
        state.location = Some(Location::Zone("ES".into()));
        assert_eq!(relocation(&state, &at(Some("FR"))).as_deref(), Some("ES"));
        assert_eq!(relocation(&state, &at(Some("ES"))), None);
        state.location = Some(Location::Later);
        assert_eq!(relocation(&state, &at(None)), None);
    }

    #[test]
    fn what_is_gone_since_the_last_time_has_its_reason() {
        let mut state = at_launch();
        assert_eq!((gone_mesh(&state), gone_agent(&state)), (None, None));
        state.remembered.mesh = Some("gone".into());
        state.remembered.agent = Some("gemini".into());
        assert!(gone_mesh(&state).is_some() && gone_agent(&state).is_some());
        state.flags.mesh = Some("ops".into());
        assert_eq!(gone_mesh(&state), None, "another was asked for");
    }

    #[test]
    fn nothing_takes_the_place_of_what_is_gone_unsaid() {
        let mut state = WizardState { meshes: Some(vec![testing::mesh("ops")]), ..at_launch() };
        assert_eq!(replaced(&state), []);
        state.remembered.mesh = Some("gone".into());
        state.remembered.agent = Some("gemini".into());
        assert_eq!(mesh(&state), CardRow::Existing(testing::mesh("ops")));
        assert_eq!(replaced(&state).len(), 2);
        state.mesh = Some(testing::mesh("ops"));
        state.agent = Some(testing::agent("claude"));
        assert_eq!(replaced(&state), [], "the person said so");
        // With nobody to see it, nothing does.
        state.mesh = None;
        state.flags.headless = true;
        assert_eq!(mesh(&state), CardRow::Undecided);
    }

    #[test]
    fn a_shell_is_started_only_when_somebody_says_so() {
        let state = WizardState { agents: Some(vec![testing::agent("shell")]), ..at_launch() };
        assert_eq!(agent(&state), None);
    }

    #[test]
    fn a_plan_is_whole() {
        let state = WizardState {
            mesh: Some(testing::mesh("ops")),
            machine: Some(testing::machine("radiology-3", true)),
            role: Some("reviewer".into()),
            ..at_launch()
        };
        let plan = plan(&state).expect("everything is there");
        assert_eq!((plan.mesh.as_str(), plan.machine.as_str()), ("ops", "radiology-3"));
        assert_eq!((plan.agent.as_str(), plan.role.as_deref()), ("claude", Some("reviewer")));
    }
}
