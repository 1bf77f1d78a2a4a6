//! How it says no to what is done among the peers of a mesh.

use std::fmt;
use std::time::Duration;

use axum::http::StatusCode;

use super::api_error::ApiError;
use crate::server::operations::{DeniedInMesh, InvalidInMesh};
use crate::wire::{LONGEST_MESSAGE, LONGEST_TITLE};

impl From<DeniedInMesh> for ApiError {
    fn from(why: DeniedInMesh) -> Self {
        denied(why)
    }
}

fn denied(why: DeniedInMesh) -> ApiError {
    let conflict = |error, message| ApiError::new(StatusCode::CONFLICT, error, message);
    let forbidden = |error, message| ApiError::new(StatusCode::FORBIDDEN, error, message);
    match why {
        DeniedInMesh::UnknownPeer { to, there } => {
            let message = format!("Nobody in the mesh is called {to}.");
            let mut error = ApiError::new(StatusCode::NOT_FOUND, "unknown_peer", &message);
            error = match there.as_slice() {
                [] => error.hint("No agent is there now. `*` writes to everybody in the mesh."),
                _ => error.hint(&format!("There now: {}.", there.join(", "))),
            };
            error.body.there = Some(there);
            error
        }
        DeniedInMesh::TakesNone(name) => {
            let message = format!("{name} takes no messages: its person has turned them off.");
            conflict("takes_no_messages", &message)
        }
        DeniedInMesh::Blocked => forbidden(
            "blocked",
            "An administrator of the mesh has blocked you: you may read and not write.",
        ),
        DeniedInMesh::TaskClaimed(holder) => {
            let mut error = conflict("task_claimed", &format!("{holder} has the task."));
            error.body.holder = Some(holder);
            error
        }
        DeniedInMesh::TaskEnded => conflict("task_ended", "The task is done, or was dropped."),
        DeniedInMesh::NotTheHolder => forbidden(
            "not_the_holder",
            "Only whoever claimed a task finishes it; they, its author and an administrator drop it.",
        ),
        DeniedInMesh::TooMuch(wait) => {
            too_much(wait, "too_much_written", "You write too much in this mesh.")
        }
        DeniedInMesh::TooMuchToOne(wait) => too_much(
            wait,
            "too_much_to_one",
            "You write too much to them: two who answer each other never end.",
        ),
        DeniedInMesh::TooMuchInMesh(wait) => too_much(
            wait,
            "too_much_in_mesh",
            "Too much is written in this mesh, by all of its members.",
        ),
    }
}

fn too_much(wait: Duration, word: &str, why: &str) -> ApiError {
    let mut error = ApiError::slow_down(wait);
    word.clone_into(&mut error.body.error);
    why.clone_into(&mut error.body.message);
    error
}

impl fmt::Display for InvalidInMesh {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PeerId => write!(f, "id is 16 to 200 letters, digits, dashes and underscores."),
            Self::Text => write!(f, "text says something."),
            Self::TextTooLong => write!(f, "text has at most {LONGEST_MESSAGE} bytes."),
            Self::Title => write!(f, "title is one line of 1 to {LONGEST_TITLE} characters."),
        }
    }
}
