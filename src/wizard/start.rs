//! Where a walk begins.

use crate::time_point::TimePoint;
use crate::wizard::next::To;
use crate::wizard::state::WizardState;

/// The screen that comes first: what was asked for on the command line, else
/// what was left unfinished, else whatever is missing first.
pub fn first_screen(state: &WizardState, now: TimePoint) -> To {
    if let Some(invite) = &state.flags.invite {
        return To::Join(Some(invite.clone()));
    }
    let signed_in = state.access.is_some() || state.instance.as_ref().is_some_and(|i| i.signed_in);
    if signed_in && !state.flags.sign_in_only {
        return To::Status;
    }
    if let Some(pending) = state.pending.as_ref().filter(|pending| !now.is_past(pending.deadline)) {
        return To::Resume(pending.clone());
    }
    let is_settled = state.instance.is_some() && state.flags.sign_in_only;
    if is_settled { To::SignIn } else { To::Welcome }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wizard::testing::{at, first_run, first_run_remote, pending};

    #[test]
    fn whatever_is_missing_first_comes_first() {
        let first = |state: &WizardState| first_screen(state, at(0));
        assert_eq!(first(&first_run()), To::Welcome);
        let mut state = WizardState { instance: None, ..first_run() };
        assert_eq!(first(&state), To::Welcome);
        state.flags.sign_in_only = true;
        assert_eq!(first(&state), To::Welcome, "where to sign in is asked there");
        state = first_run_remote();
        state.pending = Some(pending());
        assert_eq!(first(&state), To::Resume(pending()));
        // Somebody is signed in: nothing to begin, nothing to go on with.
        state.instance.as_mut().expect("an instance").signed_in = true;
        assert_eq!(first(&state), To::Status);
        // Unless a sign-in is what was asked for.
        state.flags.sign_in_only = true;
        assert_eq!(first(&state), To::Resume(pending()));
        state.pending = None;
        assert_eq!(first(&state), To::SignIn);
    }
}
