//! What the holder of an invite can do: look at it, and join by it.
//!
//! And the mail that brings one to them, where there is a server for it: one
//! way for the API and the pages.
//!
//! A code is 100 random bits, 20 letters and digits in groups of five for
//! reading; it is found again without the groups and in any case.

use std::time::Duration;

use axum::extract::State as Extract;
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};

use super::api_error::{ApiError, ApiResult};
use super::caller::{ClientIp, Path, Principal};
use super::mail::Invitation;
use super::scopes::MESH_WRITE;
use super::state::State;
use super::store::{DbResult, Event, InviteError, NewInvite};
use crate::secret::{Secret, base32, random_bytes};
use crate::wire::{InvitePreview, Mesh};

/// Characters of a code.
const LENGTH: usize = 20;

/// The routes of an invite's holder.
pub fn routes() -> Router<State> {
    Router::new()
        .route("/api/invites/{code}", get(preview))
        .route("/api/invites/{code}/accept", post(accept))
}

/// A new code, without groups.
pub fn new_code() -> Secret {
    let text = base32().encode(&random_bytes::<13>());
    Secret::new(&text[..LENGTH])
}

/// A code as it is read: `abcde-fghij-klmno-pqrst`.
pub fn shown(code: &Secret) -> Secret {
    let letters: Vec<char> = code.expose().chars().collect();
    let groups: Vec<String> = letters.chunks(5).map(|group| group.iter().collect()).collect();
    Secret::new(groups.join("-"))
}

/// A code as somebody typed it, as it is kept.
pub fn plain(typed: &str) -> Secret {
    let letters = typed.chars().filter(char::is_ascii_alphanumeric);
    Secret::new(letters.map(|c| c.to_ascii_lowercase()).collect::<String>())
}

/// What became of a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mailed {
    /// Nobody asked for one.
    NotAsked,
    /// The instance has no mail server.
    NoServer,
    /// The mail server did not take it.
    Failed,
    /// The mail server took it.
    Sent,
}

/// Whether whoever invites may send another mail just now: nobody sends mails
/// to the whole world through us.
///
/// # Errors
/// Those of the database; inside, how long to wait.
pub async fn may_mail(
    state: &State,
    new: &NewInvite,
    account_id: &str,
) -> DbResult<Result<(), Duration>> {
    if state.mailer.is_none() || new.email.is_none() {
        return Ok(Ok(()));
    }
    state.may_sign_in(&format!("mails of {account_id}")).await
}

/// Mails an invite whose link is `link` to whom it is for.
pub async fn mail(
    state: &State,
    new: &NewInvite,
    inviter: &str,
    mesh: &str,
    link: &Secret,
    days: u32,
) -> Mailed {
    match (&state.mailer, &new.email) {
        (_, None) => Mailed::NotAsked,
        (None, Some(_)) => Mailed::NoServer,
        (Some(mailer), Some(to)) => {
            let sent = mailer.invite(&Invitation { to, inviter, mesh, link, days }).await;
            if sent { Mailed::Sent } else { Mailed::Failed }
        }
    }
}

async fn preview(
    Extract(state): Extract<State>,
    ClientIp(ip): ClientIp,
    Path(code): Path<String>,
) -> ApiResult<Json<InvitePreview>> {
    state.rate_limits.request(ip.as_deref().unwrap_or("unknown")).map_err(ApiError::slow_down)?;
    let preview = state.store.preview_invite(&plain(&code), state.now()).await?;
    preview.map(Json).map_err(closed)
}

async fn accept(
    Extract(state): Extract<State>,
    principal: Principal,
    Path(code): Path<String>,
) -> ApiResult<Json<Mesh>> {
    principal.require_scope(MESH_WRITE)?;
    let event = |id: &str| {
        Event::new("invite.accepted", &principal.account.id, principal.via(), id)
            .from(principal.ip.as_deref())
    };
    let (code, account) = (plain(&code), &principal.account.id);
    let joined = state.store.accept_invite(&code, account, event, state.now()).await?;
    joined.map(Json).map_err(closed)
}

fn closed(why: InviteError) -> ApiError {
    let gone = |error, message| ApiError::new(StatusCode::GONE, error, message);
    match why {
        InviteError::Unknown => ApiError::not_found("invite"),
        InviteError::Revoked => gone("revoked", "The invite was taken back."),
        InviteError::Expired => gone("expired", "The invite has expired."),
        InviteError::Exhausted => gone("exhausted", "As many people used the invite as may."),
        InviteError::Full(full) => ApiError::plan_required(&full),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_found_again_however_it_is_typed() {
        let code = new_code();
        assert_eq!(code.expose().len(), LENGTH);
        assert_eq!(shown(&code).expose().len(), LENGTH + 3);
        assert_eq!(plain(shown(&code).expose()), code);
        assert_eq!(plain(&format!(" {} ", code.expose().to_uppercase())), code);
    }
}
