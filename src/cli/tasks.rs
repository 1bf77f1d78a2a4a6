//! Work that a mesh shares, from the terminal.

use clap::{Args, Subcommand, ValueEnum};
use serde_json::json;

use super::context::CommandContext;
use super::in_mesh::{InMesh, text};
use crate::error::AppError;
use crate::i18n::{Message, Words};
use crate::model::Mesh;
use crate::wire::{NewTask, Task, TaskAction, TaskState, TaskStep};

/// List, create, claim, finish or drop the tasks of a mesh
#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true)]
#[command(after_help = "Examples:
  crewmesh tasks                    what is open or claimed in the mesh in use
  crewmesh tasks --state done --json
  crewmesh tasks create \"Test the login\" --text \"on PostgreSQL, too\"
  crewmesh tasks claim 3
  crewmesh tasks finish 3 --result \"all green\"")]
pub(crate) struct Tasks {
    #[command(subcommand)]
    what: Option<What>,
    /// The mesh: its short name, name or id; the one in use where not given
    mesh: Option<String>,
    /// Only those that stand so; all but those that ended where not given
    #[arg(long, value_enum)]
    state: Option<State>,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Make a task that anybody in the mesh may claim
    Create {
        /// What is to be done, on one line
        title: String,
        /// What there is to know about it; - reads it from stdin
        #[arg(long)]
        text: Option<String>,
        /// The mesh: its short name, name or id; the one in use where not given
        #[arg(long)]
        mesh: Option<String>,
    },
    /// Take a task: nobody else does it meanwhile
    Claim {
        /// The task's number
        number: i64,
        /// The mesh: its short name, name or id; the one in use where not given
        #[arg(long)]
        mesh: Option<String>,
    },
    /// Say that a task you claimed is done
    Finish {
        /// The task's number
        number: i64,
        /// What came of it; - reads it from stdin
        #[arg(long)]
        result: Option<String>,
        /// The mesh: its short name, name or id; the one in use where not given
        #[arg(long)]
        mesh: Option<String>,
    },
    /// Give a task up: nobody will do it
    Drop {
        /// The task's number
        number: i64,
        /// The mesh: its short name, name or id; the one in use where not given
        #[arg(long)]
        mesh: Option<String>,
    },
}

/// As [`TaskState`].
#[derive(Clone, Copy, Debug, ValueEnum)]
enum State {
    Open,
    Claimed,
    Done,
    Dropped,
}

impl From<State> for TaskState {
    fn from(state: State) -> Self {
        match state {
            State::Open => Self::Open,
            State::Claimed => Self::Claimed,
            State::Done => Self::Done,
            State::Dropped => Self::Dropped,
        }
    }
}

pub(super) fn run(command: &Tasks, context: &CommandContext) -> Result<u8, AppError> {
    match &command.what {
        None => list(context, command.mesh.as_deref(), command.state.map(TaskState::from)),
        Some(What::Create { title, text, mesh }) => {
            create(context, title, text.as_deref(), mesh.as_deref())
        }
        Some(What::Claim { number, mesh }) => {
            step(context, *number, TaskAction::Claim, None, mesh.as_deref())
        }
        Some(What::Finish { number, result, mesh }) => {
            step(context, *number, TaskAction::Finish, result.as_deref(), mesh.as_deref())
        }
        Some(What::Drop { number, mesh }) => {
            step(context, *number, TaskAction::Drop, None, mesh.as_deref())
        }
    }
}

fn list(
    context: &CommandContext,
    wanted: Option<&str>,
    state: Option<TaskState>,
) -> Result<u8, AppError> {
    let (instance, mesh, tasks) = context.signed_in(async |signed_in| {
        let InMesh { mesh, .. } = InMesh::of(&signed_in, wanted).await?;
        let mut tasks = signed_in.client.tasks(&mesh.id, state).await?;
        let goes_on = |task: &Task| matches!(task.state, TaskState::Open | TaskState::Claimed);
        tasks.retain(|task| state.is_some() || goes_on(task));
        Ok((signed_in.access.instance.name, mesh, tasks))
    })?;
    let whole = json!({
        "instance": instance, "mesh": mesh.slug, "tasks": tasks, "total": tasks.len(),
    });
    context.out.answer(whole, |lines| {
        let rows: Vec<_> = tasks
            .iter()
            .map(|task| {
                vec![
                    Words::Verbatim(task.number.to_string()),
                    Words::verbatim(&task.title),
                    stands(task).into(),
                    Words::verbatim(&task.author),
                ]
            })
            .collect();
        lines.table(&["column-number", "column-task", "column-state", "column-from"], &rows);
        if tasks.is_empty() {
            lines.say(&Message::new("tasks-none").with("mesh", mesh.name.as_str()));
        }
    })?;
    Ok(0)
}

/// How a task stands, in a column.
fn stands(task: &Task) -> Message {
    let id = match task.state {
        TaskState::Open if task.reopened => "task-open-again",
        TaskState::Open => "task-open",
        TaskState::Claimed => "task-claimed",
        TaskState::Done => "task-done",
        TaskState::Dropped => "task-dropped",
    };
    Message::new(id).with("holder", task.holder.as_deref().unwrap_or_default())
}

fn create(
    context: &CommandContext,
    title: &str,
    about: Option<&str>,
    wanted: Option<&str>,
) -> Result<u8, AppError> {
    let (mesh, task) = context.signed_in(async |signed_in| {
        let text = match about {
            Some(about) => text(about).await?,
            None => String::new(),
        };
        let InMesh { mesh, peer, .. } = InMesh::of(&signed_in, wanted).await?;
        let new = NewTask { title: title.to_owned(), text, by_peer: peer };
        let task = signed_in.client.create_task(&mesh.id, &new).await?;
        Ok((mesh, task))
    })?;
    answer(context, &mesh, &task, "task-created-line")
}

fn step(
    context: &CommandContext,
    number: i64,
    action: TaskAction,
    result: Option<&str>,
    wanted: Option<&str>,
) -> Result<u8, AppError> {
    let (mesh, task) = context.signed_in(async |signed_in| {
        let result = match result {
            Some(result) => Some(text(result).await?),
            None => None,
        };
        let InMesh { mesh, peer, .. } = InMesh::of(&signed_in, wanted).await?;
        let step = TaskStep { by_peer: peer, result };
        let task = signed_in.client.task_step(&mesh.id, number, action, &step).await;
        let task = task.map_err(|error| no_such(error, number, &mesh))?;
        Ok((mesh, task))
    })?;
    let said = match action {
        TaskAction::Claim => "task-claimed-line",
        TaskAction::Finish => "task-finished-line",
        TaskAction::Drop => "task-dropped-line",
    };
    answer(context, &mesh, &task, said)
}

/// A task that is not there, by its number.
fn no_such(error: AppError, number: i64, mesh: &Mesh) -> AppError {
    if error.code != "not_found" {
        return error;
    }
    let message = Message::new("task-unknown").with("number", number.to_string());
    AppError { message: message.with("mesh", mesh.name.as_str()).into(), ..error }
}

fn answer(
    context: &CommandContext,
    mesh: &Mesh,
    task: &Task,
    said: &'static str,
) -> Result<u8, AppError> {
    let mut whole = json!(task);
    whole["mesh"] = json!(mesh.slug);
    context.out.answer(whole, |lines| {
        lines.say(
            &Message::new(said)
                .with("number", task.number.to_string())
                .with("title", task.title.as_str())
                .with("mesh", mesh.name.as_str()),
        );
        // What there is to know, for whoever has it now.
        if task.state == TaskState::Claimed {
            for line in task.text.lines() {
                lines.raw(&format!("  {line}"));
            }
        }
    })?;
    Ok(0)
}
