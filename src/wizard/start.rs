//! Where a walk begins.

use crate::moment::Moment;
use crate::wizard::known::Known;
use crate::wizard::screens::{
    AnyScreen, device_code::SignIn, instance::Instances, invite::Join, resume::Resume,
    status::Status, welcome::Welcome,
};

/// The screen that comes first: what was asked for on the command line, else
/// what was left unfinished, else whatever is missing first.
pub fn first_screen(known: &Known, now: Moment) -> AnyScreen {
    if let Some(invite) = &known.flags.invite {
        return Join::with(invite).into();
    }
    let signed_in = known.access.is_some() || known.instance.as_ref().is_some_and(|i| i.signed_in);
    if signed_in && !known.flags.sign_in_only {
        return Status::new().into();
    }
    if let Some(pending) = known.pending.as_ref().filter(|pending| !now.is_past(pending.deadline)) {
        return Resume::new(pending.clone()).into();
    }
    if known.instance.is_none() {
        return Instances::first().into();
    }
    if known.flags.sign_in_only { SignIn::new().into() } else { Welcome::default().into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wizard::testing::{at, first_run, first_run_remote, pending};

    #[test]
    fn whatever_is_missing_first_comes_first() {
        let first = |known: &Known| first_screen(known, at(0)).name();
        assert_eq!(first(&first_run()), "Welcome");
        let mut known = Known { instance: None, ..first_run() };
        assert_eq!(first(&known), "Instances");
        known = first_run_remote();
        known.pending = Some(pending());
        assert_eq!(first(&known), "Resume");
        // Somebody is signed in: nothing to begin, nothing to go on with.
        known.instance.as_mut().expect("an instance").signed_in = true;
        assert_eq!(first(&known), "Status");
        // Unless a sign-in is what was asked for.
        known.flags.sign_in_only = true;
        assert_eq!(first(&known), "Resume");
        known.pending = None;
        assert_eq!(first(&known), "SignIn");
    }
}
