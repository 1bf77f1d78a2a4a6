//! What is shared in the mesh on the card: asked once for each mesh that it shows.

use crate::wizard::draft::{self, CardRow};
use crate::wizard::effect::Effect;
use crate::wizard::state::WizardState;

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Shared {
    /// The id of the mesh that was asked about last.
    asked: Option<String>,
}

impl Shared {
    /// What is to be asked when the card is seen.
    pub(super) fn ask(&mut self, state: &WizardState) -> Option<Effect> {
        let CardRow::Existing(mesh) = draft::mesh(state) else { return None };
        let access = state.access.clone().filter(|_| !state.flags.headless)?;
        // Nobody else is there.
        if access.instance.is_embedded() || self.asked.as_ref() == Some(&mesh.id) {
            return None;
        }
        self.asked = Some(mesh.id.clone());
        Some(Effect::ListShares { access, mesh: mesh.id })
    }
}
