//! How what is known changes. The only place that does it.

use crate::agent::prepare;
use crate::i18n::{Message, Words};
use crate::wire::Connection;
use crate::wizard::draft;
use crate::wizard::state::{Fact, Remembered, WizardState};

impl WizardState {
    /// Takes one fact in.
    pub(super) fn apply(&mut self, fact: Fact) {
        match fact {
            Fact::Instance(instance) => {
                let same = self.instance.as_ref().is_some_and(|used| used.place == instance.place);
                if !same {
                    if self.access.is_some() {
                        self.before = Some(Box::new(Self { before: None, ..self.clone() }));
                    }
                    self.forget_account();
                }
                // An invite goes to its own instance and to no other.
                self.invite =
                    self.invite.take().filter(|invite| invite.instance.place == instance.place);
                self.instances.retain(|known| known.place != instance.place);
                self.instances.insert(0, instance.clone());
                self.instance = Some(instance);
            }
            Fact::Store(store) => self.store = Some(store),
            Fact::PreferFile(prefer) => self.prefer_file = prefer,
            Fact::Pending(pending) => self.pending = Some(pending),
            Fact::NoPending => self.pending = None,
            Fact::SignedIn(access, account) => {
                if self.account.as_ref().is_some_and(|before| before.id != account.id) {
                    self.forget_account();
                }
                for known in self.instances.iter_mut().chain(&mut self.instance) {
                    known.signed_in |= known.place == access.instance.place;
                }
                self.access = Some(access);
                self.account = Some(account);
                self.before = None;
            }
            Fact::ToApprove(code) => self.to_approve = code,
            Fact::LeftMesh(id) => {
                self.meshes.get_or_insert_default().retain(|mesh| mesh.id != id);
                self.mesh = self.mesh.take().filter(|mesh| mesh.id != id);
            }
            Fact::Receipt(words) => self.receipt.push(words),
            Fact::Invite(invite) => self.invite = invite,
            Fact::Meshes(meshes) => self.meshes = Some(meshes),
            Fact::Mesh(mesh) => {
                let meshes = self.meshes.get_or_insert_default();
                match meshes.iter_mut().find(|known| known.id == mesh.id) {
                    Some(known) => *known = mesh.clone(),
                    None => meshes.push(mesh.clone()),
                }
                self.mesh = Some(mesh);
                self.new_mesh = None;
            }
            Fact::NewMesh(new) => {
                self.new_mesh = Some(new);
                self.mesh = None;
            }
            Fact::Machines(machines) => {
                self.machine = machines.iter().find(|machine| machine.this).cloned();
                self.machines = Some(machines);
            }
            Fact::Location(location) => self.location = Some(location),
            Fact::Machine(machine) => self.machine = Some(machine),
            Fact::MachineName(name) => self.machine_name = Some(name),
            Fact::Name(name) => self.name = Some(name),
            Fact::Role(role) => self.role = role,
            Fact::Messages(messages) => self.messages = Some(messages),
            Fact::Connections(connections) => self.connections = Some(connections),
            Fact::Shares(mesh, shares) => self.shares = Some((mesh, shares)),
            Fact::Connected(connection, said) => self.take_in(*connection, said),
            Fact::ConnectedSaid => self.connected = None,
            Fact::Provider(provider) => self.provider = Some(provider),
            Fact::Agents(agents) => self.agents = Some(agents),
            Fact::AgentVersion(versioned) => {
                for agent in self.agents.iter_mut().flatten().chain(&mut self.agent) {
                    if agent.program == versioned.program {
                        agent.version.clone_from(&versioned.version);
                    }
                }
            }
            Fact::Agent(agent) => {
                // What another worked with may be nothing to this one.
                if self.agent.as_ref().is_some_and(|before| before.name != agent.name) {
                    self.provider = None;
                }
                self.agent = Some(agent);
            }
            Fact::Language(language) => self.language = language,
        }
    }

    /// This was connected just now. Whoever connects it here wants to work with it.
    fn take_in(&mut self, connection: Connection, said: Words) {
        let agent = draft::agent(self).map(|agent| agent.name);
        let takes = |name: &String| prepare::could_take(name, self.host.is_root)(&connection);
        self.connected = Some(match agent {
            Some(agent) if !takes(&agent) => {
                let words = Message::new("connected-not-taken");
                words.with("said", said).with("agent", agent).into()
            }
            Some(_) => {
                self.provider = Some(draft::name_of(&connection).to_owned());
                said
            }
            None => said,
        });
        let all = self.connections.get_or_insert_default();
        all.retain(|known| known.id != connection.id);
        all.push(connection);
    }

    /// Nobody signed in to the other instance: what was known before is in use
    /// again.
    pub(super) fn restore(&mut self) {
        if let Some(before) = self.before.take().filter(|_| self.access.is_none()) {
            let (language, host) = (self.language, self.host.clone());
            *self = Self { language, host, ..*before };
        }
    }

    /// Another instance or another person: nothing of the one before is true.
    fn forget_account(&mut self) {
        self.access = None;
        self.account = None;
        self.meshes = None;
        self.mesh = None;
        self.new_mesh = None;
        self.machines = None;
        self.machine = None;
        self.machine_name = None;
        self.connections = None;
        self.shares = None;
        self.connected = None;
        self.provider = None;
        self.remembered = Remembered::default();
        self.last_launch = None;
        self.receipt = Vec::new();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Instance;
    use crate::wizard::state::Location;
    use crate::wizard::testing;

    #[test]
    fn another_instance_knows_nothing_of_the_one_before() {
        let mut state = testing::signed_in();
        state.apply(Fact::Mesh(testing::mesh("a")));
        state.apply(Fact::Location(Location::Later));
        let before = state.clone();
        let same = before.instance.clone().expect("an instance is in use");
        state.apply(Fact::Instance(same));
        assert_eq!(state, before);

        state.apply(Fact::Instance(Instance::local()));
        assert_eq!((&state.access, &state.account, &state.mesh), (&None, &None, &None));
        assert_eq!((&state.meshes, &state.machines, &state.machine), (&None, &None, &None));
        assert_eq!(state.instances[0], Instance::local());
        // Where the machine stands is not a matter of the instance.
        assert_eq!(state.location, Some(Location::Later));
    }

    #[test]
    fn whoever_walks_away_from_another_instance_goes_on_with_what_was_known() {
        let mut state = testing::signed_in();
        state.apply(Fact::Mesh(testing::mesh("a")));
        let before = state.clone();
        state.apply(Fact::Instance(Instance::local()));
        state.restore();
        assert_eq!(state, before);
        state.apply(Fact::Instance(Instance::local()));
        state.apply(Fact::SignedIn(testing::local_access(), testing::local_account()));
        state.restore();
        let used = state.instance.map(|used| used.place);
        assert_eq!(used, Some(Instance::local().place), "signed in there by now");
    }

    #[test]
    fn an_invite_is_forgotten_with_its_instance() {
        let mut state = testing::first_run_remote();
        state.apply(Fact::Invite(Some(testing::invite())));
        state.apply(Fact::Instance(testing::remote()));
        assert!(state.invite.is_some());
        state.apply(Fact::Instance(Instance::local()));
        assert_eq!(state.invite, None);
    }

    #[test]
    fn a_new_mesh_joins_the_list() {
        let mut state = testing::signed_in();
        state.apply(Fact::Meshes(vec![testing::mesh("a")]));
        state.apply(Fact::Mesh(testing::mesh("b")));
        state.apply(Fact::Mesh(testing::mesh("b")));
        assert_eq!(state.meshes, Some(vec![testing::mesh("a"), testing::mesh("b")]));
        assert_eq!(state.mesh, Some(testing::mesh("b")));
    }

    #[test]
    fn this_machine_is_found_among_the_machines() {
        let mut state = testing::signed_in();
        state
            .apply(Fact::Machines(vec![testing::machine("x", false), testing::machine("y", true)]));
        assert_eq!(state.machine, Some(testing::machine("y", true)));
    }
}
