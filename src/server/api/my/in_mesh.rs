//! What is asked for of what happens in a mesh, in the query.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use crate::server::http::api_error::ApiError;
use crate::server::http::extract::query;
use crate::server::state::State;
use crate::wire::TaskState;

/// `?after=&as=&state=`, each where it is meant.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    /// What comes after this number.
    pub after: Option<i64>,
    /// The id of the peer that asks.
    pub by_peer: Option<String>,
    /// Tasks that stand so.
    pub state: Option<TaskState>,
}

impl FromRequestParts<State> for Asked {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &State) -> Result<Self, ApiError> {
        let after = query(parts, "after").map(|after| {
            let number = after.parse().ok().filter(|after| *after >= 0);
            number.ok_or_else(|| ApiError::invalid("after is a number, 0 or more."))
        });
        let state = query(parts, "state").map(|word| {
            let known = TaskState::ALL.into_iter().find(|state| state.word() == word);
            known.ok_or_else(|| ApiError::invalid("state is open, claimed, done or dropped."))
        });
        Ok(Self {
            after: after.transpose()?,
            by_peer: query(parts, "as").filter(|peer| !peer.is_empty()),
            state: state.transpose()?,
        })
    }
}
