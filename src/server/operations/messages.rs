//! What peers and people of a mesh write to each other. To one of them it is read by
//! its sender and its reader and by nobody else, whoever runs the mesh or the
//! instance.

use std::sync::Arc;
use std::time::Duration;

use data_encoding::HEXLOWER;

use super::actors::{actor, require_seat, require_unblocked, wanted};
use super::holds::Held;
use super::{Denied, Principal, meshes};
use crate::secret::Secret;
use crate::server::clock::{MINUTE, timestamp};
use crate::server::denied::{DeniedInMesh, InvalidInMesh};
use crate::server::domain::audit_action::AuditAction;
use crate::server::domain::news::{self, Address, Listener};
use crate::server::mesh_wake::MeshWait;
use crate::server::state::State;
use crate::server::store::messages::{InboxReader, NewMeshMessage};
use crate::server::store::{Tx, members, mesh_log, messages, peers};
use crate::wire::{Inbox, InboxRead, LARGEST_PAGE, LONGEST_MESSAGE, MeshMessage, NewMessage};

/// For how many milliseconds the same `Idempotency-Key` is the same message.
const REPEATED: i64 = 10 * MINUTE;

/// Writes a message; or, where `by` sent one with this `key` (`Idempotency-Key`) in
/// the last ten minutes, answers with that.
///
/// # Errors
/// When it is not as it should be, nobody is called so, `by` is blocked, or too much
/// is written.
pub async fn send(
    state: &State,
    by: &Principal,
    mesh: &str,
    new: NewMessage,
    key: Option<&Secret>,
) -> Result<MeshMessage, Denied> {
    text(&new.text)?;
    let to = new.to.trim().to_owned();
    may_write(state, by, mesh, &to)?;
    let key_hash = key.map(|key| HEXLOWER.encode(&key.sha256()));
    let (mesh, now) = (mesh.to_owned(), state.now());
    state
        .write_and_tell(by, async move |tx, by, told| {
            let writer = actor(tx, &by, &mesh, new.by_peer.as_deref(), now).await?;
            // An account writes one thing at a time: nobody writes it in between.
            if let Some(key) = &key_hash {
                let whose = (&*by.account.id, &**key);
                let written = messages::written(tx, &mesh, whose, now - REPEATED).await?;
                if let Some(written) = written {
                    return Ok(written);
                }
            }
            require_unblocked(tx, &by, &mesh).await?;
            let address = address(tx, &mesh, &to, now).await?;
            if let Some(number) = new.reply_to
                && !messages::is_seen(tx, &mesh, &by.account.id, number).await?
            {
                return Err(Denied::NotFound("message"));
            }
            let message = NewMeshMessage {
                mesh_id: mesh.clone(),
                account_id: by.account.id.clone(),
                sender: writer.name.clone(),
                to: address.clone(),
                kind: new.kind,
                reply_to: new.reply_to,
                text: new.text.clone(),
                key_hash,
            };
            let (number, id) = messages::insert(tx, message, now).await?;
            told.message(tx, &mesh, number, address).await?;
            Ok(MeshMessage {
                number,
                id,
                from: writer.name,
                person: by.account.name.clone(),
                to,
                kind: new.kind,
                reply_to: new.reply_to,
                text: new.text,
                at: timestamp(now),
            })
        })
        .await
}

/// Refuses whoever writes too much: in a mesh, to one of it, or all of it together.
fn may_write(state: &State, by: &Principal, mesh: &str, to: &str) -> Result<(), Denied> {
    let limits = &state.rate_limits;
    let account = &by.account.id;
    let refused = |of: fn(Duration) -> DeniedInMesh| move |wait| Denied::from(of(wait));
    limits.message(&format!("{account} in {mesh}")).map_err(refused(DeniedInMesh::TooMuch))?;
    limits
        .message_to(&format!("{account} in {mesh} to {to}"))
        .map_err(refused(DeniedInMesh::TooMuchToOne))?;
    limits.messages_of_mesh(mesh).map_err(refused(DeniedInMesh::TooMuchInMesh))
}

/// Whom `to` names in a mesh.
async fn address(tx: &mut Tx, mesh: &str, to: &str, now: i64) -> Result<Address, Denied> {
    if to == "*" {
        return Ok(Address::Mesh);
    }
    if let Some(role) = to.strip_prefix('@') {
        let role = role.to_lowercase();
        if peers::has_role(tx, mesh, &role, now).await? {
            return Ok(Address::Role(role));
        }
    } else {
        let name = to.to_lowercase();
        let owner = match peers::owner(tx, mesh, &name).await? {
            Some(account) => Some(account),
            None => member_called(tx, mesh, &name, now).await?,
        };
        if let Some(account) = owner {
            if peers::takes_nothing(tx, mesh, &name, now).await? {
                return Err(DeniedInMesh::TakesNone(name).into());
            }
            return Ok(Address::Peer { name, account });
        }
    }
    let there = peers::names(tx, mesh, now).await?;
    let mut all: Vec<String> = there.iter().map(|(name, _)| name.clone()).collect();
    let mut roles: Vec<String> =
        there.into_iter().filter_map(|(_, role)| role).map(|role| format!("@{role}")).collect();
    roles.sort();
    roles.dedup();
    all.extend(roles);
    Err(DeniedInMesh::UnknownPeer { to: to.to_owned(), there: all }.into())
}

/// The first member whose name gives `name`, which is theirs from now on: whoever never
/// wrote or launched anything in a mesh is written to as well.
async fn member_called(
    tx: &mut Tx,
    mesh: &str,
    name: &str,
    now: i64,
) -> Result<Option<String>, Denied> {
    let all = members::names(tx, mesh).await?;
    let found = all.into_iter().find(|(_, of)| wanted(of) == name);
    let Some((account, _)) = found else { return Ok(None) };
    let given = peers::name(tx, mesh, &account, name, None, now).await?;
    Ok((given == name).then_some(account))
}

/// Refuses what is no text of a message or a task.
pub(super) fn text(text: &str) -> Result<(), Denied> {
    if text.len() > LONGEST_MESSAGE {
        return Err(InvalidInMesh::TextTooLong.into());
    }
    if text.trim().is_empty() || text.contains('\0') {
        return Err(InvalidInMesh::Text.into());
    }
    Ok(())
}

/// What is asked for of an inbox.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    /// The id of the peer that reads; the person themselves where it is absent.
    pub by_peer: Option<String>,
    /// After this number; after what was read where it is absent.
    pub after: Option<i64>,
}

/// Waits from now on for messages to `by`, and so for whatever [`Reader::of`] finds
/// to be read after that.
pub fn wait(state: &State, by: &Principal, mesh: &str) -> MeshWait {
    let all = news::Inbox { account: by.account.id.clone(), peer: None };
    state.mesh_wake.wait_in(mesh, Listener::Inbox(all.into()))
}

/// Somebody who reads messages, and may wait for the next.
#[derive(Debug)]
pub struct Reader {
    mesh: String,
    whose: Arc<news::Inbox>,
    after: i64,
    /// Whether there was anything to be read.
    is_behind: bool,
}

impl Reader {
    /// `by` reads in `mesh`.
    ///
    /// # Errors
    /// [`Denied::NotFound`].
    pub async fn of(
        state: &State,
        by: &Principal,
        mesh: &str,
        reading: Reading,
    ) -> Result<Self, Denied> {
        let (id, now) = (reading.by_peer.as_deref(), state.now());
        let account = by.account.id.clone();
        let found = state.store.inbox_reader(mesh, &account, id, reading.after, now).await?;
        let InboxReader { peer, after, is_behind } = found.ok_or(Denied::NotFound(meshes::NOUN))?;
        if id.is_some() && peer.is_none() {
            return Err(Denied::NotFound("peer"));
        }
        let whose = news::Inbox { account, peer }.into();
        Ok(Self { mesh: mesh.to_owned(), whose, after, is_behind })
    }

    /// Waits by `place` for what is to this reader alone.
    pub fn wait_by(&self, place: &mut MeshWait) {
        place.listen_as(Listener::Inbox(Arc::clone(&self.whose)));
    }

    /// What was there to be read when this reader came.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn read_first(&self, state: &State) -> Result<Inbox, Denied> {
        if self.is_behind { self.read(state).await } else { Ok(self.nothing()) }
    }

    /// That there is nothing to be read.
    pub fn nothing(&self) -> Inbox {
        Inbox { data: Vec::new(), last: self.after }
    }

    /// What is there to be read.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn read(&self, state: &State) -> Result<Inbox, Denied> {
        let most = i64::from(LARGEST_PAGE);
        let data = state.store.inbox(&self.mesh, &self.whose, self.after, most).await?;
        let last = data.last().map_or(self.after, |message| message.number);
        Ok(Inbox { data, last })
    }

    /// What is there to be read; where nothing is, what comes within `wait`.
    ///
    /// # Errors
    /// [`Denied::InvalidToken`] and [`Denied::NotFound`], also for whoever lost what
    /// they came by, or left the mesh, meanwhile.
    pub async fn read_within(
        &self,
        state: &State,
        by: &Principal,
        wait: Option<Duration>,
    ) -> Result<Inbox, Denied> {
        // Before it is read: nothing falls between the two.
        let place = wait.map(|limit| {
            let mut place = self::wait(state, by, &self.mesh);
            self.wait_by(&mut place);
            (place, limit)
        });
        let mut inbox = self.read(state).await?;
        let Some((place, limit)) = place.filter(|_| inbox.data.is_empty()) else {
            return Ok(inbox);
        };
        let mut held = Held::new(state, by, place, limit);
        while inbox.data.is_empty() && Box::pin(held.next(state)).await? {
            inbox = self.read(state).await?;
        }
        Ok(inbox)
    }
}

/// The messages of a mesh after number `after` that `by` may read, theirs too.
///
/// # Errors
/// [`Denied::NotFound`].
pub async fn history(
    state: &State,
    by: &Principal,
    mesh: &str,
    after: i64,
) -> Result<Inbox, Denied> {
    meshes::require_seat(state, by, mesh).await?;
    let most = i64::from(LARGEST_PAGE);
    let data = state.store.messages(mesh, &by.account.id, after, most).await?;
    let last = data.last().map_or(after, |message| message.number);
    Ok(Inbox { data, last })
}

/// Everything up to a message was read.
///
/// # Errors
/// [`Denied::NotFound`].
pub async fn read(
    state: &State,
    by: &Principal,
    mesh: &str,
    read: InboxRead,
) -> Result<(), Denied> {
    let (mesh, now) = (mesh.to_owned(), state.now());
    state
        .write_as(by, async move |tx, by| {
            let name = if let Some(peer) = &read.by_peer {
                actor(tx, &by, &mesh, Some(peer), now).await?.name
            } else {
                require_seat(tx, &by, &mesh).await?;
                String::new()
            };
            let whose = (&*by.account.id, &*name);
            // What is still to be written was read by nobody.
            let read_to = read.read_to.min(mesh_log::last(tx, &mesh).await?);
            Ok(messages::set_read(tx, &mesh, whose, read_to).await?)
        })
        .await
}

/// `by` hears nothing of the member with this account id any more, or does again.
///
/// # Errors
/// [`Denied::NotFound`].
pub async fn mute(
    state: &State,
    by: &Principal,
    mesh: &str,
    member: &str,
    is_muted: bool,
) -> Result<(), Denied> {
    let (mesh, member) = (mesh.to_owned(), member.to_owned());
    state
        .write_as(by, async move |tx, by| {
            require_seat(tx, &by, &mesh).await?;
            if is_muted && members::find(tx, &mesh, &member).await?.is_none() {
                return Err(Denied::NotFound("member"));
            }
            Ok(messages::mute(tx, &mesh, (&by.account.id, &member), is_muted).await?)
        })
        .await
}

/// The member with this account id may write nothing in the mesh any more, or may
/// again.
///
/// # Errors
/// When it is not `by`'s to do, or there is no such member.
pub async fn block(
    state: &State,
    by: &Principal,
    mesh: &str,
    member: &str,
    is_blocked: bool,
) -> Result<(), Denied> {
    let (mesh, member, now) = (mesh.to_owned(), member.to_owned(), state.now());
    state
        .write_as(by, async move |tx, by| {
            meshes::require_mesh_admin(tx, &by, &mesh).await?;
            let at = is_blocked.then_some(now);
            if !members::set_blocked(tx, &mesh, &member, at).await? {
                return Err(Denied::NotFound("member"));
            }
            let action =
                if is_blocked { AuditAction::MemberBlocked } else { AuditAction::MemberUnblocked };
            Ok(by.event(action, &member).with("mesh", &mesh).write(tx, now).await?)
        })
        .await
}
