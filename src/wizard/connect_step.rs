//! Asking about what somebody brings of a provider, and keeping it: the same on each page
//! that brings something.

use crate::connect::ProviderHere;
use crate::error::AppError;
use crate::wizard::effect::{Brings, Effect};
use crate::wizard::event::Reply;
use crate::wizard::next::Next;
use crate::wizard::page::Block;
use crate::wizard::state::{Fact, WizardState};
use crate::wizard::words::{error_here, takes_place};

/// How far it is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ConnectStep {
    is_asking: bool,
    error: Option<AppError>,
}

impl ConnectStep {
    /// Asks, then keeps it.
    pub fn ask(&mut self, provider: &ProviderHere, brings: Brings, state: &WizardState) -> Next {
        let Some(access) = state.access.clone() else { return Next::back() };
        *self = Self { is_asking: true, error: None };
        Next::ask(Effect::Connect { access, provider: provider.name.clone(), brings })
    }

    pub fn is_asking(&self) -> bool {
        self.is_asking
    }

    /// Nothing is asked, and nothing is wrong: also what comes of another key in a field.
    /// Whether something was asked.
    pub fn clear(&mut self) -> bool {
        std::mem::take(self).is_asking
    }

    /// What came of it.
    pub fn reply(&mut self, reply: Reply) -> Next {
        match reply {
            Reply::Connected(Ok((connection, said))) => {
                Next::back().learn(Fact::Connected(connection, said.into()))
            }
            Reply::Connected(Err(what)) => {
                *self = Self { is_asking: false, error: Some(what) };
                Next::stay()
            }
            _ => Next::stay(),
        }
    }

    pub fn error(&self) -> Option<&AppError> {
        self.error.as_ref()
    }

    /// What went wrong; else what will make way.
    pub fn blocks(&self, provider: &ProviderHere, state: &WizardState) -> Vec<Block> {
        match &self.error {
            Some(what) => error_here(what),
            None => takes_place(state, &provider.name).into_iter().collect(),
        }
    }
}
