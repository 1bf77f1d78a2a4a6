//! Work that a mesh shares: made by anybody in it, claimed by one, finished by
//! whoever claimed it, given up by them, by its author, or by an administrator of the
//! mesh. What a peer claimed is open again once it has been gone for a while.

use super::actors::{actor, require_unblocked};
use super::announcements::Announcements;
use super::messages::text;
use super::peers::bounded;
use super::{Denied, Principal, meshes};
use crate::server::denied::{DeniedInMesh, InvalidInMesh};
use crate::server::domain::audit_action::AuditAction;
use crate::server::state::State;
use crate::server::store::tasks::ReopenedTask;
use crate::server::store::{self, Page, Rows, Tx, tasks};
use crate::wire::{LONGEST_TITLE, MeshEventKind, NewTask, Role, Task, TaskState, TaskStep};

/// What a task is called where there is none.
const NOUN: &str = "task";

/// The tasks of a mesh that `by` is in, or those that stand like `of`, oldest first.
///
/// # Errors
/// [`Denied::NotFound`].
pub async fn list(
    state: &State,
    by: &Principal,
    mesh: &str,
    of: Option<TaskState>,
    page: &Page,
) -> Result<Rows<Task>, Denied> {
    meshes::require_seat(state, by, mesh).await?;
    reopen(state, mesh).await?;
    Ok(state.store.tasks(mesh, of, page).await?)
}

/// Makes a task.
///
/// # Errors
/// When it is not as it should be, there is no such mesh, or `by` is blocked there.
pub async fn create(
    state: &State,
    by: &Principal,
    mesh: &str,
    new: NewTask,
) -> Result<Task, Denied> {
    let title = bounded(&new.title, LONGEST_TITLE);
    if title.is_empty() || new.title.trim().chars().count() > LONGEST_TITLE {
        return Err(InvalidInMesh::Title.into());
    }
    if !new.text.is_empty() {
        text(&new.text)?;
    }
    let (mesh, now) = (mesh.to_owned(), state.now());
    state
        .write_and_tell(by, async move |tx, by, told| {
            let author = actor(tx, &by, &mesh, new.by_peer.as_deref(), now).await?;
            require_unblocked(tx, &by, &mesh).await?;
            let number = tasks::insert(tx, &mesh, &author, (&title, &new.text), now).await?;
            let who = (&*author.account_id, &*author.name);
            told.event(tx, &mesh, MeshEventKind::TaskCreated, who, &title, now).await?;
            done(tx, &by, AuditAction::TaskCreated, &mesh, number, now).await
        })
        .await
}

/// Claims an open task.
///
/// # Errors
/// [`DeniedInMesh::TaskClaimed`] where somebody has it, [`DeniedInMesh::TaskEnded`].
pub async fn claim(
    state: &State,
    by: &Principal,
    mesh: &str,
    number: i64,
    step: TaskStep,
) -> Result<Task, Denied> {
    reopen(state, mesh).await?;
    let (mesh, now) = (mesh.to_owned(), state.now());
    state
        .write_and_tell(by, async move |tx, by, told| {
            let holder = actor(tx, &by, &mesh, step.by_peer.as_deref(), now).await?;
            if !tasks::claim(tx, &mesh, number, &holder, now).await? {
                return Err(not_open(find(tx, &mesh, number).await?));
            }
            let task = done(tx, &by, AuditAction::TaskClaimed, &mesh, number, now).await?;
            let who = (&*holder.account_id, &*holder.name);
            told.event(tx, &mesh, MeshEventKind::TaskClaimed, who, &task.title, now).await?;
            Ok(task)
        })
        .await
}

/// Finishes a task that `by` has claimed.
///
/// # Errors
/// [`DeniedInMesh::NotTheHolder`], [`DeniedInMesh::TaskEnded`].
pub async fn finish(
    state: &State,
    by: &Principal,
    mesh: &str,
    number: i64,
    step: TaskStep,
) -> Result<Task, Denied> {
    let result = step.result.filter(|result| !result.trim().is_empty());
    result.as_deref().map_or(Ok(()), text)?;
    let (mesh, now) = (mesh.to_owned(), state.now());
    state
        .write_and_tell(by, async move |tx, by, told| {
            let holder = actor(tx, &by, &mesh, step.by_peer.as_deref(), now).await?;
            if !tasks::finish(tx, &mesh, number, &holder, result.as_deref(), now).await? {
                return Err(match find(tx, &mesh, number).await?.state {
                    TaskState::Done | TaskState::Dropped => DeniedInMesh::TaskEnded,
                    TaskState::Open | TaskState::Claimed => DeniedInMesh::NotTheHolder,
                }
                .into());
            }
            let task = done(tx, &by, AuditAction::TaskFinished, &mesh, number, now).await?;
            let who = (&*holder.account_id, &*holder.name);
            told.event(tx, &mesh, MeshEventKind::TaskFinished, who, &task.title, now).await?;
            Ok(task)
        })
        .await
}

/// Gives a task up.
///
/// # Errors
/// [`DeniedInMesh::NotTheHolder`] where it is not `by`'s to do,
/// [`DeniedInMesh::TaskEnded`].
pub async fn drop(
    state: &State,
    by: &Principal,
    mesh: &str,
    number: i64,
    step: TaskStep,
) -> Result<Task, Denied> {
    let (mesh, now) = (mesh.to_owned(), state.now());
    state
        .write_and_tell(by, async move |tx, by, told| {
            let who = actor(tx, &by, &mesh, step.by_peer.as_deref(), now).await?;
            let whose = tasks::whose(tx, &mesh, number).await?;
            let (author, holder) = whose.ok_or(Denied::NotFound(NOUN))?;
            let own = author == by.account.id || holder.as_deref() == Some(&by.account.id);
            // The mesh is held: nobody becomes its administrator meanwhile.
            if !own && !is_admin(tx, &by, &mesh).await? {
                return Err(DeniedInMesh::NotTheHolder.into());
            }
            if !tasks::drop(tx, &mesh, number, now).await? {
                return Err(DeniedInMesh::TaskEnded.into());
            }
            let task = done(tx, &by, AuditAction::TaskDropped, &mesh, number, now).await?;
            let who = (&*who.account_id, &*who.name);
            told.event(tx, &mesh, MeshEventKind::TaskDropped, who, &task.title, now).await?;
            Ok(task)
        })
        .await
}

async fn find(tx: &mut Tx, mesh: &str, number: i64) -> Result<Task, Denied> {
    tasks::find(tx, mesh, number).await?.ok_or(Denied::NotFound(NOUN))
}

async fn is_admin(tx: &mut Tx, by: &Principal, mesh: &str) -> Result<bool, Denied> {
    let seen = store::meshes::seen(tx, &by.account.id, mesh).await?;
    Ok(seen.is_some_and(|mesh| mesh.role == Role::Admin))
}

/// Why a task that is not open cannot be claimed.
fn not_open(task: Task) -> Denied {
    match task.state {
        TaskState::Done | TaskState::Dropped => DeniedInMesh::TaskEnded,
        TaskState::Open | TaskState::Claimed => {
            DeniedInMesh::TaskClaimed(task.holder.unwrap_or_default())
        }
    }
    .into()
}

/// Writes down that `by` did `action` to a task, and says how it stands now.
async fn done(
    tx: &mut Tx,
    by: &Principal,
    action: AuditAction,
    mesh: &str,
    number: i64,
    now: i64,
) -> Result<Task, Denied> {
    let event = by.event(action, mesh).with("task", &number.to_string());
    event.write(tx, now).await?;
    find(tx, mesh, number).await
}

/// Opens again what peers that are gone have left in a mesh.
async fn reopen(state: &State, mesh: &str) -> Result<(), Denied> {
    let now = state.now();
    if !state.store.has_left_tasks(mesh, now).await? {
        return Ok(());
    }
    let (mesh, mut told) = (mesh.to_owned(), Announcements::new(&state.mesh_wake));
    let told = state
        .store
        .write(async move |tx| {
            if !store::meshes::hold(tx, &mesh).await? {
                return Ok(told);
            }
            let left = tasks::reopen_left(tx, &mesh, now).await?;
            reopened(tx, &mut told, &mesh, left, now).await?;
            Ok::<_, Denied>(told)
        })
        .await?;
    told.written();
    Ok(())
}

/// Tells that tasks are open again.
pub(super) async fn reopened(
    tx: &mut Tx,
    told: &mut Announcements,
    mesh: &str,
    left: Vec<ReopenedTask>,
    now: i64,
) -> Result<(), Denied> {
    for task in left {
        let who = (&*task.holder.account_id, &*task.holder.name);
        told.event(tx, mesh, MeshEventKind::TaskReopened, who, &task.title, now).await?;
    }
    Ok(())
}
