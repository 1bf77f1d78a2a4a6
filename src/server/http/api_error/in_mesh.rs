//! How it says no to what is done among the peers of a mesh.

use std::time::Duration;

use axum::http::StatusCode;

use super::ApiError;
use crate::server::operations::{DeniedInMesh, InvalidInMesh};
use crate::wire::{LONGEST_MESSAGE, LONGEST_TITLE};

pub(super) fn denied(why: DeniedInMesh) -> ApiError {
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
        DeniedInMesh::TooMuch(wait) => too_much(wait, "You write too much in this mesh."),
        DeniedInMesh::TooMuchToOne(wait) => {
            too_much(wait, "You write too much to them: two who answer each other never end.")
        }
        DeniedInMesh::TooMuchInMesh(wait) => {
            too_much(wait, "Too much is written in this mesh, by all of its members.")
        }
    }
}

fn too_much(wait: Duration, why: &str) -> ApiError {
    let mut error = ApiError::slow_down(wait);
    why.clone_into(&mut error.body.message);
    error
}

pub(super) fn invalid(invalid: InvalidInMesh) -> String {
    match invalid {
        InvalidInMesh::PeerId => {
            "id is 16 to 200 letters, digits, dashes and underscores.".to_owned()
        }
        InvalidInMesh::Text => "text says something.".to_owned(),
        InvalidInMesh::TextTooLong => format!("text has at most {LONGEST_MESSAGE} bytes."),
        InvalidInMesh::Title => format!("title is one line of 1 to {LONGEST_TITLE} characters."),
    }
}
