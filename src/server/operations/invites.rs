//! Invites: made, listed and taken back by the administrators of a mesh, and
//! mailed where there is a server for it; looked at and joined by whoever holds
//! one. Only its hash is kept, so its link is seen once, by whoever made it,
//! whether or not it was mailed.

use std::collections::HashMap;

use super::announcements::Announcements;
use super::members::joined;
use super::meshes::{find_as_admin, require_mesh_admin};
use super::presence::require_second_factor;
use super::{Denied, Invalid, InviteClosed, Principal};
use crate::secret::Secret;
use crate::server::clock::{DAY, timestamp};
use crate::server::domain::audit_action::AuditAction;
use crate::server::domain::client_ip::ClientIp;
use crate::server::domain::invite_code::{grouped, new_code, normalize};
use crate::server::domain::plans::{Bound, Plans};
use crate::server::domain::scopes::MESH_WRITE;
use crate::server::mail::Invitation;
use crate::server::rate_limits::GuessKey;
use crate::server::state::State;
use crate::server::store::{self, Page, Rows, Tx, invites, members, meshes, plans};
use crate::wire::{InvitePreview, Mesh, MintedInvite, NewInvite, OpenInvite, Role, is_email};

/// What became of a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailOutcome {
    /// Nobody asked for one.
    NotAsked,
    /// The instance has no mail server.
    NoServer,
    /// The mail server did not take it.
    Failed,
    /// The mail server took it.
    Sent,
}

/// The invites of a mesh that still let somebody in, newest first.
///
/// # Errors
/// When they are not `by`'s to see.
pub async fn list(
    state: &State,
    by: &Principal,
    mesh: &str,
    page: &Page,
) -> Result<Rows<OpenInvite>, Denied> {
    let mesh = find_as_admin(state, by, mesh).await?;
    Ok(state.store.invites(&mesh.id, page, state.now()).await?)
}

/// How many of them each administrator made who made one, by account id: so many
/// end when they administer the mesh no more.
///
/// # Errors
/// When they are not `by`'s to see.
pub async fn by_inviter(
    state: &State,
    by: &Principal,
    mesh: &str,
) -> Result<HashMap<String, u64>, Denied> {
    let mesh = find_as_admin(state, by, mesh).await?;
    Ok(state.store.invites_by_inviter(&mesh.id, state.now()).await?)
}

/// Makes an invite to a mesh, and mails it to whom it is for.
///
/// # Errors
/// When it is not `by`'s to make, not as an invite should be, or
/// [`Denied::TooMany`].
pub async fn create(
    state: &State,
    by: &Principal,
    mesh: &str,
    new: NewInvite,
) -> Result<(MintedInvite, MailOutcome), Denied> {
    // To make an administrator is to change the mesh.
    if new.role == Role::Admin {
        by.require_scope(MESH_WRITE)?;
    }
    require_second_factor(state, by).await?;
    let mesh = find_as_admin(state, by, mesh).await?;
    let NewInvite { role, email, expires_in_days: days, max_uses } = new;
    if !(1..=365).contains(&days) {
        return Err(Invalid::InviteDays.into());
    }
    if !(1..=1_000).contains(&max_uses) {
        return Err(Invalid::InviteUses.into());
    }
    let email = email.map(|email| email.trim().to_owned()).filter(|email| !email.is_empty());
    if email.as_deref().is_some_and(|email| !is_email(email)) {
        return Err(Invalid::Email.into());
    }
    // Nobody sends mails to the whole world through us.
    if state.mailer.is_some() && email.is_some() {
        state.may_sign_in(&format!("mails of {}", by.account.id)).await?;
    }
    let (now, code, to) = (state.now(), new_code(), email.clone());
    let expires_at = now + i64::from(days) * DAY;
    let new = store::NewInvite { mesh_id: mesh.id, role, email, max_uses, expires_at };
    let kept = code.clone();
    let write = async move |tx: &mut Tx, by: Principal| {
        require_mesh_admin(tx, &by, &new.mesh_id).await?;
        let id = invites::create(tx, &kept, &new, &by.account.id, now).await?;
        let event = by.event(AuditAction::InviteCreated, &id).with("mesh", &new.mesh_id);
        event.write(tx, now).await?;
        Ok(id)
    };
    let id = state.write_as(by, write).await?;
    let url = Secret::new(state.page_for_others(&format!("/i/{}", code.expose())).await?);
    let mailed = match (&state.mailer, &to) {
        (_, None) => MailOutcome::NotAsked,
        (None, Some(_)) => MailOutcome::NoServer,
        (Some(mailer), Some(to)) => {
            let (inviter, mesh, link) = (&by.account.name, &mesh.name, &url);
            let sent = mailer.invite(&Invitation { to, inviter, mesh, link, days }).await;
            if sent { MailOutcome::Sent } else { MailOutcome::Failed }
        }
    };
    let (code, expires_at) = (grouped(&code), timestamp(expires_at));
    let emailed = mailed == MailOutcome::Sent;
    Ok((MintedInvite { id, code, url, expires_at, emailed }, mailed))
}

/// Takes an invite back.
///
/// # Errors
/// [`Denied::NotFound`] where it is not open, or not `by`'s to take back.
pub async fn revoke(state: &State, by: &Principal, id: &str) -> Result<(), Denied> {
    const NONE: Denied = Denied::NotFound("invite");
    let (id, now) = (id.to_owned(), state.now());
    state
        .write_as(by, async move |tx, by| {
            let mesh = invites::mesh_of(tx, &id).await?.ok_or(NONE)?;
            match require_mesh_admin(tx, &by, &mesh).await {
                Err(Denied::NotFound(_) | Denied::NotMeshAdmin) => return Err(NONE),
                allowed => drop(allowed?),
            }
            if !invites::revoke(tx, &id, now).await? {
                return Err(NONE);
            }
            Ok(by.event(AuditAction::InviteRevoked, &id).write(tx, now).await?)
        })
        .await
}

/// What whoever holds the invite with this code sees of it; `typed` with or
/// without its groups.
///
/// # Errors
/// [`Denied::InviteClosed`].
pub async fn preview(state: &State, typed: &str) -> Result<InvitePreview, Denied> {
    let preview = state.store.preview_invite(&normalize(typed), state.now()).await?;
    preview.map_err(Denied::InviteClosed)
}

/// The id of the invite with this code, whether or not it lets somebody in: whoever
/// joined by it before, and used it up, signs in with it all the same.
///
/// # Errors
/// [`InviteClosed::Unknown`] where there is none.
pub async fn id_of(state: &State, typed: &str) -> Result<String, Denied> {
    let id = state.store.invite_id(&normalize(typed)).await?;
    Ok(id.ok_or(InviteClosed::Unknown)?)
}

/// Joins by the invite with this code. Somebody who is a member already gets the
/// mesh and uses nothing up, even where the invite is closed by now.
///
/// # Errors
/// [`Denied::InviteClosed`], [`Denied::PlanFull`].
pub async fn accept(state: &State, by: &Principal, typed: &str) -> Result<Mesh, Denied> {
    let (code, shared, now) = (normalize(typed), state.clone(), state.now());
    state
        .write_and_tell(by, async move |tx, by, told| {
            let invite = invites::find(tx, &code, now).await?.ok_or(InviteClosed::Unknown)?;
            join(tx, told, &shared.config.plans, &by, invite, now).await
        })
        .await
}

/// Joins by `invite`. What it refuses it refuses before it writes.
async fn join(
    tx: &mut Tx,
    told: &mut Announcements,
    all: &Plans,
    by: &Principal,
    invite: invites::Invite,
    now: i64,
) -> Result<Mesh, Denied> {
    let (account, mesh) = (&by.account.id, &invite.mesh_id);
    if !meshes::lock(tx, mesh).await? {
        return Err(InviteClosed::Unknown.into());
    }
    if let Some(mesh) = meshes::seen(tx, account, mesh).await? {
        return Ok(mesh);
    }
    if let Some(closed) = invite.closed {
        return Err(closed.into());
    }
    plans::require_room(tx, all, Bound::Members, mesh).await?;
    if !invites::count_use(tx, &invite.id).await? {
        return Err(InviteClosed::Exhausted.into());
    }
    members::insert(tx, mesh, account, invite.role, now).await?;
    joined(tx, told, mesh, account, now).await?;
    by.event(AuditAction::InviteAccepted, &invite.id).write(tx, now).await?;
    let mesh = meshes::seen(tx, account, mesh).await?;
    Ok(mesh.ok_or(InviteClosed::Unknown)?)
}

/// Joins by the invite with this id, where it lets `by` in; where it does not, or not
/// any more, nothing is done and nothing fails.
pub(super) async fn join_if_open(
    tx: &mut Tx,
    told: &mut Announcements,
    all: &Plans,
    by: &Principal,
    id: &str,
    now: i64,
) -> Result<(), Denied> {
    let Some(invite) = invites::find_by_id(tx, id, now).await? else { return Ok(()) };
    match join(tx, told, all, by, invite, now).await {
        Ok(_) | Err(Denied::InviteClosed(_) | Denied::PlanFull(_)) => Ok(()),
        Err(denied) => Err(denied),
    }
}

/// The invite that came with the code `user_code`, for somebody at `ip` who is not
/// signed in and was sent there by the terminal that shows it; `None` where there is
/// no such code that waits, or none with an invite. Every code that gives none counts
/// against the address, whether or not it exists: what the next one is told would else
/// tell which do. The same code counts once, so that a page is opened again at no cost.
/// Where the address tried too many there is none.
///
/// # Errors
/// [`Denied::InviteClosed`], or the database's.
pub async fn of_code(
    state: &State,
    user_code: &str,
    ip: ClientIp,
) -> Result<Option<InvitePreview>, Denied> {
    let guesser = GuessKey::signed_out(ip);
    let _turn = state.rate_limits.guess_turn(&guesser).await;
    match state.may_guess(&guesser).await {
        Err(Denied::TooMany(_)) => return Ok(None),
        may => may?,
    }
    let (mac, now) = (state.keys.user_code_mac(user_code), state.now());
    let code = state.store.device_code_by_mac(&mac, now).await?;
    let waits = code.filter(|code| code.approval.may_settle(now).is_ok());
    let found = match waits.and_then(|code| code.invite_id) {
        Some(id) => match state.store.invite(&id, now).await? {
            Some((preview, None)) => return Ok(Some(preview)),
            Some((_, Some(closed))) => Err(closed.into()),
            None => Err(InviteClosed::Unknown.into()),
        },
        None => Ok(None),
    };
    state.guessed_wrong_with(&guesser, &mac).await?;
    found
}
