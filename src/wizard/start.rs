//! Where a walk begins.

use crate::moment::Moment;
use crate::wizard::screens::{
    AnyScreen, device_code::SignIn, instance::Instances, invite::Join, resume::Resume,
    status::Status, welcome::Welcome,
};
use crate::wizard::state::WizardState;

/// The screen that comes first: what was asked for on the command line, else
/// what was left unfinished, else whatever is missing first.
pub fn first_screen(state: &WizardState, now: Moment) -> AnyScreen {
    if let Some(invite) = &state.flags.invite {
        return Join::with(invite).into();
    }
    let signed_in = state.access.is_some() || state.instance.as_ref().is_some_and(|i| i.signed_in);
    if signed_in && !state.flags.sign_in_only {
        return Status::new().into();
    }
    if let Some(pending) = state.pending.as_ref().filter(|pending| !now.is_past(pending.deadline)) {
        return Resume::new(pending.clone()).into();
    }
    if state.instance.is_none() {
        return Instances::first().into();
    }
    if state.flags.sign_in_only { SignIn::new().into() } else { Welcome::default().into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wizard::testing::{at, first_run, first_run_remote, pending};

    #[test]
    fn whatever_is_missing_first_comes_first() {
        let first = |state: &WizardState| first_screen(state, at(0)).name();
        assert_eq!(first(&first_run()), "Welcome");
        let mut state = WizardState { instance: None, ..first_run() };
        assert_eq!(first(&state), "Instances");
        state = first_run_remote();
        state.pending = Some(pending());
        assert_eq!(first(&state), "Resume");
        // Somebody is signed in: nothing to begin, nothing to go on with.
        state.instance.as_mut().expect("an instance").signed_in = true;
        assert_eq!(first(&state), "Status");
        // Unless a sign-in is what was asked for.
        state.flags.sign_in_only = true;
        assert_eq!(first(&state), "Resume");
        state.pending = None;
        assert_eq!(first(&state), "SignIn");
    }
}
