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
    if known.access.is_some() && known.account.is_some() && !known.flags.sign_in_only {
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
