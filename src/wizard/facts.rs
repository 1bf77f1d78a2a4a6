//! How what is known changes. The only place that does it.

use crate::wizard::known::{Fact, Known, Remembered};

impl Known {
    /// Takes one fact in.
    pub(super) fn learn(&mut self, fact: Fact) {
        match fact {
            Fact::Instance(instance) => {
                let same =
                    self.instance.as_ref().is_some_and(|known| known.place == instance.place);
                if !same {
                    self.forget_account();
                }
                self.instances.retain(|known| known.place != instance.place);
                self.instances.insert(0, instance.clone());
                self.instance = Some(instance);
            }
            Fact::Store(store) => self.store = Some(store),
            Fact::PreferFile(prefer) => self.prefer_file = prefer,
            Fact::Pending(pending) => self.pending = Some(pending),
            Fact::NoPending => self.pending = None,
            Fact::SignedIn(access, account) => {
                if self.account.as_ref().is_some_and(|known| known.id != account.id) {
                    self.forget_account();
                }
                for known in self.instances.iter_mut().chain(&mut self.instance) {
                    known.signed_in |= known.place == access.instance.place;
                }
                self.access = Some(access);
                self.account = Some(account);
            }
            Fact::Invite(invite) => self.invite = invite,
            Fact::Meshes(meshes) => self.meshes = Some(meshes),
            Fact::Mesh(mesh) => {
                let meshes = self.meshes.get_or_insert_default();
                match meshes.iter_mut().find(|known| known.id == mesh.id) {
                    Some(known) => *known = mesh.clone(),
                    None => meshes.push(mesh.clone()),
                }
                self.mesh = Some(mesh);
            }
            Fact::Machines(machines) => {
                self.machine = machines.iter().find(|machine| machine.this).cloned();
                self.machines = Some(machines);
            }
            Fact::Location(location) => self.location = Some(location),
            Fact::Machine(machine) => self.machine = Some(machine),
            Fact::Name(name) => self.name = Some(name),
            Fact::Role(role) => self.role = role,
            Fact::Agents(agents) => self.agents = Some(agents),
            Fact::Agent(agent) => self.agent = Some(agent),
            Fact::Language(language) => self.language = language,
        }
    }

    /// Another instance or another person: nothing of the one before is true.
    fn forget_account(&mut self) {
        self.access = None;
        self.account = None;
        self.meshes = None;
        self.mesh = None;
        self.machines = None;
        self.machine = None;
        self.remembered = Remembered::default();
        self.again = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Instance;
    use crate::wizard::known::Location;
    use crate::wizard::testing;

    #[test]
    fn another_instance_knows_nothing_of_the_one_before() {
        let mut known = testing::signed_in();
        known.learn(Fact::Mesh(testing::mesh("a")));
        known.learn(Fact::Location(Location::Later));
        let before = known.clone();
        let same = before.instance.clone().expect("an instance is in use");
        known.learn(Fact::Instance(same));
        assert_eq!(known, before);

        known.learn(Fact::Instance(Instance::local()));
        assert_eq!((&known.access, &known.account, &known.mesh), (&None, &None, &None));
        assert_eq!((&known.meshes, &known.machines, &known.machine), (&None, &None, &None));
        assert_eq!(known.instances[0], Instance::local());
        // Where the machine stands is not a matter of the instance.
        assert_eq!(known.location, Some(Location::Later));
    }

    #[test]
    fn a_new_mesh_joins_the_list() {
        let mut known = testing::signed_in();
        known.learn(Fact::Meshes(vec![testing::mesh("a")]));
        known.learn(Fact::Mesh(testing::mesh("b")));
        known.learn(Fact::Mesh(testing::mesh("b")));
        assert_eq!(known.meshes, Some(vec![testing::mesh("a"), testing::mesh("b")]));
        assert_eq!(known.mesh, Some(testing::mesh("b")));
    }

    #[test]
    fn this_machine_is_found_among_the_machines() {
        let mut known = testing::signed_in();
        known
            .learn(Fact::Machines(vec![testing::machine("x", false), testing::machine("y", true)]));
        assert_eq!(known.machine, Some(testing::machine("y", true)));
    }
}
