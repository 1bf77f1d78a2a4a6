//! How far a launch is that goes on from the card.

use crate::error::AppError;
use crate::i18n::Words;

/// How far the launch is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Stage {
    Choosing {
        error: Option<AppError>,
        /// What the person is to know before they go on.
        tip: Option<Words>,
    },
    CreatingMesh {
        tries: u8,
    },
    Registering {
        tries: u8,
    },
    /// It was known without a place, or at another.
    Locating,
}

impl Stage {
    pub(super) const CHOOSING: Self = Self::Choosing { error: None, tip: None };
}
