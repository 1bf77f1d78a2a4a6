//! Tasks of a mesh: `/api/my/meshes/:id/tasks`.

use crate::api::{Client, segment};
use crate::error::AppError;
use crate::wire::{NewTask, Task, TaskAction, TaskState, TaskStep};

impl Client {
    /// The tasks of a mesh, or those that stand like `state`, oldest first.
    ///
    /// # Errors
    /// Not found; those of every route.
    pub async fn tasks(
        &self,
        mesh_id: &str,
        state: Option<TaskState>,
    ) -> Result<Vec<Task>, AppError> {
        let path = ["api", "my", "meshes", segment(mesh_id)?, "tasks"];
        let query: Vec<_> = state.map(|state| ("state", state.word())).into_iter().collect();
        self.list(&path, &query).await
    }

    /// Makes a task.
    ///
    /// # Errors
    /// `blocked`; not found; those of every route.
    pub async fn create_task(&self, mesh_id: &str, new: &NewTask) -> Result<Task, AppError> {
        self.post(&["api", "my", "meshes", segment(mesh_id)?, "tasks"], new).await
    }

    /// Claims, finishes or drops a task.
    ///
    /// # Errors
    /// `task_claimed`, which names who has it; `task_ended`; `not_the_holder`; not
    /// found; those of every route.
    pub async fn task_step(
        &self,
        mesh_id: &str,
        number: i64,
        action: TaskAction,
        step: &TaskStep,
    ) -> Result<Task, AppError> {
        let action = match action {
            TaskAction::Claim => "claim",
            TaskAction::Finish => "finish",
            TaskAction::Drop => "drop",
        };
        let number = number.to_string();
        let path = ["api", "my", "meshes", segment(mesh_id)?, "tasks", &number, action];
        self.post(&path, step).await
    }
}
