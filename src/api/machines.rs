//! Machines: `/api/my/machines`.

use reqwest::Method;

use crate::api::{Client, segment};
use crate::error::AppError;
use crate::wire::{Machine, MachineChange, NewMachine};

/// A machine as the server answered for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registered {
    pub machine: Machine,
    /// It was known already and keeps the name and slug it had.
    pub adopted: bool,
}

impl Client {
    /// The account's machines, all of them. With an anchor, the one it belongs
    /// to is marked `this`.
    pub async fn machines(&self, anchor: Option<&str>) -> Result<Vec<Machine>, AppError> {
        let query: Vec<_> = anchor.map(|anchor| ("anchor", anchor)).into_iter().collect();
        self.list(&["api", "my", "machines"], &query).await
    }

    /// Makes this machine known, or finds it again by its anchor.
    ///
    /// # Errors
    /// `slug_taken`, with a free slug as suggestion; those of every route.
    pub async fn register_machine(&self, machine: &NewMachine) -> Result<Registered, AppError> {
        let reply = self.send(Method::POST, &["api", "my", "machines"], &[], Some(machine)).await?;
        Ok(Registered { machine: self.read(&reply)?, adopted: reply.status != 201 })
    }

    /// Changes a machine's name or location; its slug is frozen.
    ///
    /// # Errors
    /// Not found; those of every route.
    pub async fn change_machine(
        &self,
        id: &str,
        change: &MachineChange,
    ) -> Result<Machine, AppError> {
        let path = ["api", "my", "machines", segment(id)?];
        let reply = self.send(Method::PATCH, &path, &[], Some(change)).await?;
        self.read(&reply)
    }

    /// Forgets a machine.
    ///
    /// # Errors
    /// Not found; those of every route.
    pub async fn remove_machine(&self, id: &str) -> Result<(), AppError> {
        let path = ["api", "my", "machines", segment(id)?];
        self.act(Method::DELETE, &path, None::<&()>).await
    }
}
