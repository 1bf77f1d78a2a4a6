//! Invites, and the mail that brings one to whom it is for, where there is a
//! server for it.

use super::Denied;
use crate::secret::Secret;
use crate::server::mail::Invitation;
use crate::server::state::State;
use crate::server::store::NewInvite;

/// What became of a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mailed {
    /// Nobody asked for one.
    NotAsked,
    /// The instance has no mail server.
    NoServer,
    /// The mail server did not take it.
    Failed,
    /// The mail server took it.
    Sent,
}

/// Whether whoever invites may send another mail just now: nobody sends mails
/// to the whole world through us.
///
/// # Errors
/// [`Denied::TooMany`], or the database's.
pub async fn may_mail(state: &State, new: &NewInvite, account_id: &str) -> Result<(), Denied> {
    if state.mailer.is_none() || new.email.is_none() {
        return Ok(());
    }
    state.may_sign_in(&format!("mails of {account_id}")).await
}

/// Mails an invite whose link is `link` to whom it is for.
pub async fn mail(
    state: &State,
    new: &NewInvite,
    inviter: &str,
    mesh: &str,
    link: &Secret,
    days: u32,
) -> Mailed {
    match (&state.mailer, &new.email) {
        (_, None) => Mailed::NotAsked,
        (None, Some(_)) => Mailed::NoServer,
        (Some(mailer), Some(to)) => {
            let sent = mailer.invite(&Invitation { to, inviter, mesh, link, days }).await;
            if sent { Mailed::Sent } else { Mailed::Failed }
        }
    }
}
