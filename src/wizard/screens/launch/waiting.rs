//! Who waits for this person to let them in: asked once when the card is seen, and
//! once more after one of them was looked at. What is not answered is not told of.

use crate::i18n::{Message, Words};
use crate::input::user_code::UserCode;
use crate::secret::is_session;
use crate::wizard::effect::Effect;
use crate::wizard::page::Tone;
use crate::wizard::state::WizardState;

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Waiting {
    asked: bool,
    /// What waits, newest first.
    codes: Vec<UserCode>,
    /// What was looked at last.
    looked_at: Option<UserCode>,
}

impl Waiting {
    /// What is to be asked when the card is seen.
    pub(super) fn ask(&mut self, state: &WizardState) -> Option<Effect> {
        let access = state.access.clone()?;
        // A token lets nobody in, and on this computer's own instance nobody else waits.
        let may = is_session(&access.token) && !access.instance.is_embedded();
        if !may || state.flags.headless || std::mem::replace(&mut self.asked, true) {
            return None;
        }
        Some(Effect::ListWaiting(access))
    }

    /// What came of it.
    pub(super) fn learn(&mut self, codes: Vec<UserCode>) {
        self.codes = codes;
    }

    pub(super) fn is_anybody(&self) -> bool {
        !self.codes.is_empty()
    }

    /// The one to look at: after the last, so that none stands before another.
    pub(super) fn next(&mut self) -> Option<UserCode> {
        let last = self.codes.iter().position(|code| Some(code) == self.looked_at.as_ref());
        let next = last.map_or(0, |last| last + 1) % self.codes.len().max(1);
        self.looked_at = self.codes.get(next).cloned();
        self.asked = false;
        self.looked_at.clone()
    }

    /// What is told beside the card.
    pub(super) fn notice(&self) -> Option<(Tone, Words)> {
        let count = i64::try_from(self.codes.len()).unwrap_or(i64::MAX);
        let words = Message::new("launch-waiting").with("count", count);
        self.is_anybody().then(|| (Tone::Tip, words.into()))
    }
}
