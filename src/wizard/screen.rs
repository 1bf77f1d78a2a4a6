//! What every screen can do.

use crate::error::AppError;
use crate::input::pasted::Pasted;
use crate::secret::Secret;
use crate::time_point::TimePoint;
use crate::wizard::effect::{Effect, Exit};
use crate::wizard::event::{Event, Key, Reply};
use crate::wizard::keymap::Keys;
use crate::wizard::next::Next;
use crate::wizard::page::Page;
use crate::wizard::state::WizardState;

/// One screen of the wizard. Pure: no clock, no IO, no environment.
pub trait Screen {
    /// Called when the screen is entered, again when the person comes back to
    /// it, and answers with what is to be asked for first.
    fn open(&mut self, state: &WizardState, now: TimePoint) -> Next {
        let _ = (state, now);
        Next::stay()
    }

    /// Called with what happened. Ctrl+C, Esc, Leave and `?` never get here.
    /// Replies do also while another screen covers this one.
    fn on(&mut self, event: Event, state: &WizardState, now: TimePoint) -> Next {
        match event {
            Event::Key(key) => self.on_key(key, state, now),
            Event::Paste(pasted) => self.on_paste(&pasted, state),
            Event::Reply(_, reply) => self.on_reply(reply, state, now),
            Event::Tick => self.on_tick(state, now),
            Event::Leave(_) => Next::stay(),
        }
    }

    /// Called with a key that was pressed.
    fn on_key(&mut self, key: Key, state: &WizardState, now: TimePoint) -> Next {
        let _ = (key, state, now);
        Next::stay()
    }

    /// Whether what was pasted is this screen's own to read. Anything else that
    /// is recognised leads to the screen that it belongs to.
    fn takes(&self, pasted: &Pasted, text: &Secret, state: &WizardState) -> bool {
        let _ = (pasted, text, state);
        false
    }

    /// Called with a text that was pasted and leads nowhere else.
    fn on_paste(&mut self, pasted: &Secret, state: &WizardState) -> Next {
        let _ = (pasted, state);
        Next::stay()
    }

    /// Called with the answer to something that was asked.
    fn on_reply(&mut self, reply: Reply, state: &WizardState, now: TimePoint) -> Next {
        let _ = (reply, state, now);
        Next::stay()
    }

    /// Called when the page's `wake` has come.
    fn on_tick(&mut self, state: &WizardState, now: TimePoint) -> Next {
        let _ = (state, now);
        Next::stay()
    }

    /// What it just learned is known by now ([`Go::Proceed`]): what follows?
    ///
    /// [`Go::Proceed`]: crate::wizard::next::Go::Proceed
    fn proceed(&mut self, state: &WizardState, now: TimePoint) -> Next {
        self.open(state, now)
    }

    /// What it looks like now, without its hints: those come from `keys`.
    fn page(&self, state: &WizardState, now: TimePoint) -> Page;

    /// The keys that do something now, from the table `on_key` matches with.
    fn keys(&self, state: &WizardState, now: TimePoint) -> Keys;

    /// Esc was pressed: closes an inner state if there is one, and says so.
    /// Otherwise the person goes back, from every screen.
    fn close_inner(&mut self) -> bool {
        false
    }

    /// Whether what was asked for is given up with the inner state that was closed.
    fn gives_up_inner(&self) -> bool {
        false
    }

    /// What it could not do, where it goes on only if the person says so.
    fn error(&self) -> Option<&AppError> {
        None
    }

    /// How the walk ends when the person goes back from here and nothing is
    /// behind.
    fn given_up(&self) -> Exit {
        Exit::Cancelled
    }

    /// The screen is left for good, or with the whole walk (`walk_over`): what
    /// must not be left undone? Nobody awaits the answers.
    fn leave(&self, walk_over: bool) -> Vec<Effect> {
        let _ = walk_over;
        Vec::new()
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::wizard::next::Go;
    use crate::wizard::testing::at;

    /// What comes of `next` once its facts are known.
    pub fn proceeds(screen: &mut impl Screen, state: &mut WizardState, next: Next) -> Next {
        assert_eq!(next.go, Go::Proceed, "{next:?}");
        next.facts.into_iter().for_each(|fact| state.apply(fact));
        screen.proceed(state, at(0))
    }
}
