//! Live sessions of code agents in a mesh: each says that it begins, every 30 s that
//! it lives, and that it ends.

use std::time::Duration;

use data_encoding::HEXLOWER;

use super::actors::{actor, require_seat, wanted};
use super::announcements::Announcements;
use super::{Denied, Principal, meshes};
use crate::i18n::{on_one_line, printable};
use crate::secret::Secret;
use crate::server::clock::MINUTE;
use crate::server::denied::InvalidInMesh;
use crate::server::domain::audit_action::AuditAction;
use crate::server::state::State;
use crate::server::store::peers::{GonePeer, LIFE};
use crate::server::store::{Tx, mesh_log, messages, peers};
use crate::slug::slugify;
use crate::wire::{
    LONGEST_ID, LONGEST_NAME, LONGEST_ROLE, LONGEST_TITLE, MeshEventKind, NewPeer, Peer, PeerChange,
};

/// What a peer is called where there is none.
const NOUN: &str = "peer";

/// The shortest id of a session: nobody is to come upon another's.
const SHORTEST_ID: usize = 16;

/// How long what was heard may wait to be written down.
const WRITTEN_WITHIN: Duration = Duration::from_secs(5);

/// How many milliseconds a peer is there that says nothing but by what it does: models
/// think, and builds run.
const QUIET: i64 = 15 * MINUTE;

/// Peers that are noticed to be gone in one transaction.
const PORTION: i64 = 200;

/// Who is at work in a mesh that `by` is in, those who began first first.
///
/// # Errors
/// [`Denied::NotFound`].
pub async fn list(state: &State, by: &Principal, mesh: &str) -> Result<Vec<Peer>, Denied> {
    meshes::require_seat(state, by, mesh).await?;
    Ok(state.store.peers(mesh, &by.account.id, state.now()).await?)
}

/// A session of `by` begins; or says again that it did, and is the same peer.
///
/// # Errors
/// When it is not as it should be, or there is no such mesh.
pub async fn begin(
    state: &State,
    by: &Principal,
    mesh: &str,
    new: NewPeer,
) -> Result<Peer, Denied> {
    let new = clean(new)?;
    let (mesh_id, id, now) = (mesh.to_owned(), new.id.clone(), state.now());
    state
        .write_and_tell(by, async move |tx, by, told| {
            require_seat(tx, &by, &mesh_id).await?;
            // Of two that begin with one id at once the second sees the first.
            tx.lock(&format!("peer {}", new.id)).await?;
            let account = &by.account;
            if let Some(live) = peers::live(tx, &new.id, now).await? {
                let same = live.account_id == account.id && live.mesh_id == mesh_id;
                return if same { Ok(()) } else { Err(Denied::NotFound(NOUN)) };
            }
            // One that was silent for too long begins anew.
            if let Some(gone) = peers::remove(tx, &new.id).await? {
                ended(tx, told, &gone, now).await?;
            }
            let name = wanted(new.name.as_deref().unwrap_or(&account.name));
            let name = peers::name(tx, &mesh_id, &account.id, &name, Some(&new.id), now).await?;
            peers::insert(tx, &mesh_id, &account.id, (&name, &new), now).await?;
            // What was written to others before is not its to read.
            let last = mesh_log::last(tx, &mesh_id).await?;
            messages::begin_inbox(tx, &mesh_id, (&account.id, &name), last).await?;
            let agent = new.agent.as_deref().unwrap_or_default();
            let who = (&*account.id, &*name);
            told.event(tx, &mesh_id, MeshEventKind::Launched, who, agent, now).await?;
            told.presence(tx, &mesh_id, now).await?;
            let event = by.event(AuditAction::PeerBegan, &mesh_id).with("name", &name);
            Ok(event.with("agent", agent).write(tx, now).await?)
        })
        .await?;
    if state.heartbeats.expect(now + LIFE) {
        tokio::spawn(look_after(state.clone()));
    }
    let all = state.store.peers(mesh, &by.account.id, now).await?;
    let own = all.into_iter().find(|peer| peer.id.as_deref() == Some(&id));
    own.ok_or(Denied::NotFound(NOUN))
}

/// The id of the peer as which `by` is seen in a mesh because of what they do there by
/// a program that says nothing at rest, such as one at `/mcp`. One sign-in is one peer;
/// it is there for [`QUIET`] after the last that it did.
///
/// # Errors
/// [`Denied::NotFound`] where there is no such mesh.
pub async fn at_work(state: &State, by: &Principal, mesh: &str) -> Result<String, Denied> {
    let id = own_id(by, mesh);
    if own(state, by, mesh).await?.is_none() {
        let agent = by.credential().map(|credential| credential.name.clone());
        begin(state, by, mesh, NewPeer { id: id.clone(), agent, ..NewPeer::default() }).await?;
    }
    heard(state, &id, state.now() + QUIET - LIFE);
    Ok(id)
}

/// What that peer is called, where it is seen there.
///
/// # Errors
/// [`Denied::NotFound`] where there is no such mesh.
pub async fn own(state: &State, by: &Principal, mesh: &str) -> Result<Option<String>, Denied> {
    let (account, id) = (&by.account.id, own_id(by, mesh));
    let found = state.store.own_peer(mesh, account, &id, state.now()).await?;
    Ok(found.ok_or(Denied::NotFound(meshes::NOUN))?.map(|peer| peer.name))
}

/// What it is known by.
fn own_id(by: &Principal, mesh: &str) -> String {
    let one = Secret::new(format!("{} in {mesh}", by.authority_id()));
    format!("mcp_{}", HEXLOWER.encode(&one.sha256()[..16]))
}

/// The peer with this id lives, and says what it is at.
///
/// # Errors
/// [`Denied::NotFound`] where it is not `by`'s, or is gone: then it begins again.
pub async fn change(
    state: &State,
    by: &Principal,
    mesh: &str,
    id: &str,
    change: PeerChange,
) -> Result<(), Denied> {
    let (mesh, id, now) = (mesh.to_owned(), id.to_owned(), state.now());
    if change == PeerChange::default() {
        meshes::own_peer(state, by, &mesh, &id).await?;
        heard(state, &id, now);
        return Ok(());
    }
    let summary = change.summary.map(|line| bounded(&line, LONGEST_TITLE));
    state
        .write_and_tell(by, async move |tx, by, told| {
            actor(tx, &by, &mesh, Some(&id), now).await?;
            if peers::change(tx, &id, change.status, summary.as_deref(), now).await? {
                told.presence(tx, &mesh, now).await?;
            }
            Ok(())
        })
        .await
}

/// The peer with this id ends.
///
/// # Errors
/// [`Denied::NotFound`] where it is not `by`'s.
pub async fn end(state: &State, by: &Principal, mesh: &str, id: &str) -> Result<(), Denied> {
    let (mesh, id, now) = (mesh.to_owned(), id.to_owned(), state.now());
    state
        .write_and_tell(by, async move |tx, by, told| {
            require_seat(tx, &by, &mesh).await?;
            let gone = peers::remove(tx, &id).await?;
            let own = gone.filter(|gone| gone.account_id == by.account.id && gone.mesh_id == mesh);
            let gone = own.ok_or(Denied::NotFound(NOUN))?;
            ended(tx, told, &gone, now).await?;
            let event = by.event(AuditAction::PeerEnded, &mesh).with("name", &gone.name);
            Ok(event.write(tx, now).await?)
        })
        .await
}

/// Tells that a peer, whose row is removed, has ended.
pub(super) async fn ended(
    tx: &mut Tx,
    told: &mut Announcements,
    gone: &GonePeer,
    now: i64,
) -> Result<(), Denied> {
    let who = (&*gone.account_id, &*gone.name);
    told.event(tx, &gone.mesh_id, MeshEventKind::Ended, who, &gone.agent, now).await?;
    Ok(told.presence(tx, &gone.mesh_id, now).await?)
}

/// The peer with this id was heard from at `at`. Of many who say so within seconds it is
/// written down once.
fn heard(state: &State, id: &str, at: i64) {
    if state.heartbeats.note(id, at, at + LIFE) {
        tokio::spawn(look_after(state.clone()));
    }
}

/// Writes down who was heard from, and notices who is not any more, until the last has
/// fallen silent.
async fn look_after(state: State) {
    while let Some(left) = state.heartbeats.left(state.now()) {
        if tokio::time::timeout(left, state.heartbeats.more()).await.is_ok() {
            tokio::time::sleep(WRITTEN_WITHIN).await;
        }
        if let Err(fault) = look_once(&state).await {
            tracing::warn!(?fault, "cannot note who was heard from");
        }
    }
}

async fn look_once(state: &State) -> Result<(), Denied> {
    let heard = state.heartbeats.take();
    if !heard.is_empty()
        && let Err(fault) = state.store.heard_from(heard.clone()).await
    {
        // Whoever was told that they were heard is not to be found silent for it.
        state.heartbeats.put_back(heard);
        return Err(fault.into());
    }
    notice_silent(state).await
}

/// Notices who was not heard from any more.
async fn notice_silent(state: &State) -> Result<(), Denied> {
    let now = state.now();
    while state.store.has_silent_peers(now).await? {
        let mut told = Announcements::new(&state.mesh_wake);
        let told = state
            .store
            .write(async move |tx| {
                for gone in peers::remove_silent(tx, PORTION, now).await? {
                    ended(tx, &mut told, &gone, now).await?;
                }
                Ok::<_, Denied>(told)
            })
            .await?;
        told.written();
    }
    Ok(())
}

/// `new` as it is kept.
fn clean(mut new: NewPeer) -> Result<NewPeer, Denied> {
    let is_id = (SHORTEST_ID..=LONGEST_ID).contains(&new.id.len())
        && new.id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    if !is_id {
        return Err(InvalidInMesh::PeerId.into());
    }
    let kept = |text: Option<String>, most| {
        text.map(|text| bounded(&text, most)).filter(|text| !text.is_empty())
    };
    new.name = kept(new.name, LONGEST_NAME);
    // As it is written to: a blank in it would end its name.
    new.role = kept(new.role, LONGEST_ROLE).map(|role| slugify(&role));
    new.role = new.role.filter(|role| !role.is_empty());
    new.machine = kept(new.machine, LONGEST_ID);
    new.agent = kept(new.agent, LONGEST_NAME);
    new.agent_version = kept(new.agent_version, LONGEST_NAME);
    new.directory = kept(new.directory, LONGEST_NAME);
    Ok(new)
}

/// `text` on one line, without what a terminal obeys, cut off after `most`
/// characters.
pub(super) fn bounded(text: &str, most: usize) -> String {
    printable(&on_one_line(text)).trim().chars().take(most).collect()
}
