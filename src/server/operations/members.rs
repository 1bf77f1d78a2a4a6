//! Who is in a mesh. Every member sees the others; an administrator changes and
//! removes them; and anybody may leave, which is removing oneself. A mesh keeps
//! an administrator. Whoever is one no more has no open invites there either: by
//! their own they could come back as one.

use super::announcements::Announcements;
use super::meshes::{self, require_member, require_mesh_admin};
use super::peers::ended;
use super::tasks::reopened;
use super::{Denied, Principal};
use crate::server::domain::audit_action::AuditAction;
use crate::server::state::State;
use crate::server::store::{Event, Page, Rows, Tx, invites, members, peers, shares, tasks};
use crate::wire::{Member, MeshEventKind, Role};

/// What a member is called where there is none.
const NOUN: &str = "member";

/// The members of a mesh that `by` is in, by account id.
///
/// # Errors
/// [`Denied::NotFound`].
pub async fn list(
    state: &State,
    by: &Principal,
    mesh: &str,
    page: &Page,
) -> Result<Rows<Member>, Denied> {
    let mesh = meshes::find(state, by, mesh).await?;
    Ok(state.store.members(&mesh.id, page).await?)
}

/// Gives a member another permission.
///
/// # Errors
/// When it is not `by`'s to do, there is no such member, or
/// [`Denied::LastAdmin`].
pub async fn set_role(
    state: &State,
    by: &Principal,
    mesh: &str,
    member: &str,
    role: Role,
) -> Result<Member, Denied> {
    let (mesh, id, now) = (mesh.to_owned(), member.to_owned(), state.now());
    state
        .write_as(by, async move |tx, by| {
            require_mesh_admin(tx, &by, &mesh).await?;
            let member = members::find(tx, &mesh, &id).await?;
            let mut member = member.ok_or(Denied::NotFound(NOUN))?;
            if member.role == role {
                return Ok(member);
            }
            require_other_admin(tx, &mesh, &id).await?;
            members::set_role(tx, &mesh, &id, role).await?;
            let event = by.event(AuditAction::MemberChanged, &id).with("mesh", &mesh);
            let mut event = event.with("role", role.word());
            if role == Role::Member {
                event = with_ended(event, invites::revoke_of(tx, &mesh, &id, now).await?);
            }
            event.write(tx, now).await?;
            member.role = role;
            Ok(member)
        })
        .await
}

/// Takes a member out of a mesh; by themselves, that is leaving it.
///
/// # Errors
/// When it is not `by`'s to do, there is no such member, or
/// [`Denied::LastAdmin`].
pub async fn remove(state: &State, by: &Principal, mesh: &str, member: &str) -> Result<(), Denied> {
    let (mesh, id, now) = (mesh.to_owned(), member.to_owned(), state.now());
    state
        .write_and_tell(by, async move |tx, by, told| {
            let action = if id == by.account.id {
                require_member(tx, &by, &mesh).await?;
                AuditAction::MeshLeft
            } else {
                require_mesh_admin(tx, &by, &mesh).await?;
                AuditAction::MemberRemoved
            };
            let event = by.event(action, &id).with("mesh", &mesh);
            take_out(tx, told, event, &mesh, &id, now).await
        })
        .await
}

/// Tells that an account is in a mesh from now on.
pub(super) async fn joined(
    tx: &mut Tx,
    told: &mut Announcements,
    mesh: &str,
    account: &str,
    now: i64,
) -> Result<(), Denied> {
    let new = members::find(tx, mesh, account).await?.ok_or(Denied::NotFound(NOUN))?;
    let who = (account, &*new.name);
    Ok(told.event(tx, mesh, MeshEventKind::Joined, who, "", now).await?)
}

/// Takes a member out of a mesh that the caller has locked, which is `event`.
///
/// # Errors
/// [`Denied::NotFound`], [`Denied::LastAdmin`].
pub(super) async fn take_out(
    tx: &mut Tx,
    told: &mut Announcements,
    event: Event,
    mesh: &str,
    member: &str,
    now: i64,
) -> Result<(), Denied> {
    require_other_admin(tx, mesh, member).await?;
    let left = members::find(tx, mesh, member).await?.ok_or(Denied::NotFound(NOUN))?;
    let claimed = tasks::reopen_of(tx, mesh, member, now).await?;
    reopened(tx, told, mesh, claimed, now).await?;
    for gone in peers::remove_of(tx, mesh, member).await? {
        ended(tx, told, &gone, now).await?;
    }
    told.event(tx, mesh, MeshEventKind::Left, (member, &left.name), "", now).await?;
    if !members::remove(tx, mesh, member).await? {
        return Err(Denied::NotFound(NOUN));
    }
    shares::remove_of(tx, mesh, member).await?;
    let revoked = invites::revoke_of(tx, mesh, member, now).await?;
    Ok(with_ended(event, revoked).write(tx, now).await?)
}

/// `event` with the number of `invites` that ended by it, where there were some.
fn with_ended(event: Event, invites: u64) -> Event {
    if invites == 0 { event } else { event.with("invites", &invites.to_string()) }
}

/// Refuses to take the permission of a mesh's only administrator.
async fn require_other_admin(tx: &mut Tx, mesh: &str, member: &str) -> Result<(), Denied> {
    let is_last = members::is_last_admin(tx, mesh, member).await?;
    if is_last { Err(Denied::LastAdmin) } else { Ok(()) }
}
