//! Who is at work in the mesh on the card: asked once for each mesh that it shows,
//! and told where nothing moves for it. What is not answered is not told of: nobody
//! launches because of it.

use crate::error::AppError;
use crate::i18n::{Message, Words};
use crate::wizard::draft::{self, CardRow};
use crate::wizard::effect::Effect;
use crate::wizard::page::Tone;
use crate::wizard::state::{Mesh, WizardState};
use crate::wizard::words::verbatim;

/// The most names that are told.
const MOST: usize = 8;

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct AtWork {
    /// The id of the mesh that was asked about last.
    asked: Option<String>,
    /// Who is in that one, once answered.
    names: Option<Vec<String>>,
}

impl AtWork {
    /// What is to be asked when the card is seen.
    pub(super) fn ask(&mut self, state: &WizardState) -> Option<Effect> {
        let (mesh, access) = (shown(state)?, state.access.clone()?);
        // With nobody to tell nothing is asked.
        if state.flags.headless || self.asked.as_ref() == Some(&mesh.id) {
            return None;
        }
        *self = Self { asked: Some(mesh.id.clone()), names: None };
        Some(Effect::ListPeers { access, mesh: mesh.id })
    }

    /// What came of it.
    pub(super) fn learn(&mut self, mesh: &str, names: Result<Vec<String>, AppError>) {
        if self.asked.as_deref() == Some(mesh) {
            self.names = names.ok();
        }
    }

    /// What is told beside the card.
    pub(super) fn notice(&self, state: &WizardState) -> Option<(Tone, Words)> {
        let (mesh, names) = (shown(state)?, self.names.as_ref()?);
        if self.asked.as_ref() != Some(&mesh.id) {
            return None;
        }
        let mut told = names.iter().take(MOST).cloned().collect::<Vec<_>>().join(", ");
        if names.len() > MOST {
            told.push_str(", …");
        }
        let words = Message::new("launch-at-work")
            .with("count", i64::try_from(names.len()).unwrap_or(i64::MAX))
            .with("mesh", verbatim(&mesh.name))
            .with("names", verbatim(&told));
        Some((Tone::Dim, words.into()))
    }
}

/// The mesh on the card, where it is made already.
fn shown(state: &WizardState) -> Option<Mesh> {
    match draft::mesh(state) {
        CardRow::Existing(mesh) => Some(mesh),
        CardRow::ToCreate(_) | CardRow::Undecided => None,
    }
}
