//! The account itself: its password, and what was done in its name.

use crate::server::domain::audit_action::AuditAction;
use axum::Json;
use axum::extract::State as Extract;
use axum::http::StatusCode;
use serde::Deserialize;

use crate::secret::Secret;
use crate::server::api::listing::listing;
use crate::server::http::api_error::{ApiError, ApiResult};
use crate::server::http::extract::{Body, Paging};
use crate::server::operations::Principal;
use crate::server::passwords::{self, LONGEST, PasswordError, SHORTEST};
use crate::server::state::State;
use crate::server::store::{Event, Whose};
use crate::wire::{AuditEvent, Listing};

/// `POST /api/my/password`.
#[derive(Debug, Deserialize)]
pub(super) struct NewPassword {
    /// The one that holds now.
    current: Secret,
    /// The one that holds from now on.
    password: Secret,
}

pub(super) async fn audit(
    Extract(state): Extract<State>,
    principal: Principal,
    Paging(page): Paging,
) -> ApiResult<Json<Listing<AuditEvent>>> {
    Ok(listing(state.store.audit_events(Whose::Account(&principal.account.id), &page).await?))
}

/// Signs out every terminal and browser of the account, this one included;
/// personal access tokens stay.
pub(super) async fn change_password(
    Extract(state): Extract<State>,
    principal: Principal,
    Body(new): Body<NewPassword>,
) -> ApiResult<StatusCode> {
    principal.require_session()?;
    let account = &principal.account;
    state.may_sign_in(&format!("account {}", account.id)).await?;
    passwords::fit(&new.password, &[&account.name, &account.email]).map_err(unfit)?;
    // A bearer's account comes without it.
    let kept = state.store.account(&account.id).await?.and_then(|account| account.password);
    if kept.is_none() {
        return Err(ApiError::new(
            StatusCode::FORBIDDEN,
            "no_password",
            "This account has no password yet. The first one is set on the page /settings/password.",
        ));
    }
    let wrong = || {
        let message = "That is not the password that holds now.";
        ApiError::new(StatusCode::FORBIDDEN, "wrong_password", message)
    };
    if !passwords::verify(new.current, kept.clone()).await.map_err(ApiError::busy)? {
        // Whoever has the token is not the person for that: they see it.
        let event =
            Event::new(AuditAction::SignInFailed, &account.id, principal.via(), &account.id)
                .from(principal.ip.as_deref());
        state.store.audit(&event, state.now()).await?;
        return Err(wrong());
    }
    let hashed = passwords::hash(new.password).await.map_err(ApiError::busy)?;
    let event = Event::new(AuditAction::PasswordChanged, &account.id, principal.via(), &account.id)
        .from(principal.ip.as_deref());
    let (store, before) = (&state.store, kept.as_ref());
    let changed = store.change_password(&account.id, before, &hashed, &event, state.now()).await?;
    if changed { Ok(StatusCode::NO_CONTENT) } else { Err(wrong()) }
}

fn unfit(why: PasswordError) -> ApiError {
    ApiError::invalid(&match why {
        PasswordError::Short => format!("A password has at least {SHORTEST} characters."),
        PasswordError::Long => format!("A password has at most {LONGEST} characters."),
        PasswordError::Guessable => {
            "A password is not one's own name or e-mail address.".to_owned()
        }
    })
}
