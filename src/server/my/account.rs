//! The account itself: its password, and what was done in its name.

use axum::Json;
use axum::extract::State as Extract;
use axum::http::StatusCode;
use serde::Deserialize;

use super::listing;
use crate::secret::Secret;
use crate::server::caller::{Actor, Body, Paging};
use crate::server::passwords::{self, LONGEST, SHORTEST, Unfit};
use crate::server::refusal::{Answer, Refusal};
use crate::server::scopes::PROFILE_READ;
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
    actor: Actor,
    Paging(page): Paging,
) -> Answer<Json<Listing<AuditEvent>>> {
    actor.may(PROFILE_READ)?;
    Ok(listing(state.store.audit_events(Whose::Account(&actor.account.id), &page).await?))
}

/// Signs out every terminal and browser of the account, this one included;
/// personal access tokens stay.
pub(super) async fn change_password(
    Extract(state): Extract<State>,
    actor: Actor,
    Body(new): Body<NewPassword>,
) -> Answer<StatusCode> {
    actor.is_person()?;
    let account = &actor.account;
    let gate = state.may_sign_in(&format!("account {}", account.id)).await?;
    gate.map_err(Refusal::slow_down)?;
    passwords::fit(&new.password, &[&account.name, &account.email]).map_err(unfit)?;
    // A bearer's account comes without it.
    let kept = state.store.account(&account.id).await?.and_then(|account| account.password);
    if kept.is_none() {
        return Err(Refusal::new(
            StatusCode::FORBIDDEN,
            "no_password",
            "This account has no password yet. The first one is set on the page /settings/password.",
        ));
    }
    let wrong = || {
        let message = "That is not the password that holds now.";
        Refusal::new(StatusCode::FORBIDDEN, "wrong_password", message)
    };
    if !passwords::verify(new.current, kept.clone()).await.map_err(Refusal::busy)? {
        // Whoever has the token is not the person for that: they see it.
        let event = Event::new("auth.web.failed", &account.id, actor.via(), &account.id)
            .from(actor.ip.as_deref());
        state.store.audit(&event, state.now()).await?;
        return Err(wrong());
    }
    let hashed = passwords::hash(new.password).await.map_err(Refusal::busy)?;
    let event = Event::new("auth.password.changed", &account.id, actor.via(), &account.id)
        .from(actor.ip.as_deref());
    let (store, before) = (&state.store, kept.as_ref());
    let changed = store.change_password(&account.id, before, &hashed, &event, state.now()).await?;
    if changed { Ok(StatusCode::NO_CONTENT) } else { Err(wrong()) }
}

fn unfit(why: Unfit) -> Refusal {
    Refusal::invalid(&match why {
        Unfit::Short => format!("A password has at least {SHORTEST} characters."),
        Unfit::Long => format!("A password has at most {LONGEST} characters."),
        Unfit::Guessable => "A password is not one's own name or e-mail address.".to_owned(),
    })
}
