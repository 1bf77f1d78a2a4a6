//! Invites of a mesh: make, list, take back. For its administrators.

use axum::Json;
use axum::extract::State as Extract;
use axum::http::StatusCode;

use super::listing;
use super::meshes::led;
use crate::secret::Secret;
use crate::server::caller::{Actor, Body, Paging, Path};
use crate::server::invites::{Mailed, mail, may_mail, new_code, shown};
use crate::server::refusal::{Answer, Refusal};
use crate::server::scopes::INVITE_CREATE;
use crate::server::state::{State, timestamp};
use crate::server::store::{Event, NewInvite};
use crate::wire::{Listing, MintedInvite, NewInvite as Asked, OpenInvite, is_email};

/// Milliseconds of a day.
const DAY: i64 = 86_400_000;

pub(super) async fn create(
    Extract(state): Extract<State>,
    actor: Actor,
    Path(mesh): Path<String>,
    Body(asked): Body<Asked>,
) -> Answer<(StatusCode, Json<MintedInvite>)> {
    actor.may(INVITE_CREATE)?;
    let mesh = led(&state, &actor, &mesh).await?;
    if !(1..=365).contains(&asked.expires_in_days) {
        return Err(Refusal::invalid("expires_in_days is a number from 1 to 365."));
    }
    if !(1..=1_000).contains(&asked.max_uses) {
        return Err(Refusal::invalid("max_uses is a number from 1 to 1000."));
    }
    let email = asked.email.map(|email| email.trim().to_owned()).filter(|email| !email.is_empty());
    if email.as_deref().is_some_and(|email| !is_email(email)) {
        return Err(Refusal::invalid("email is not an e-mail address."));
    }
    let now = state.now();
    let new = NewInvite {
        mesh_id: mesh.id,
        role: asked.role,
        email,
        max_uses: asked.max_uses,
        expires_at: now + i64::from(asked.expires_in_days) * DAY,
    };
    may_mail(&state, &new, &actor.account.id).await?.map_err(Refusal::slow_down)?;
    let code = new_code();
    let event = |id: &str| {
        Event::new("invite.created", &actor.account.id, actor.via(), id)
            .from(actor.ip.as_deref())
            .with("mesh", &new.mesh_id)
    };
    let id = state.store.create_invite(&code, &new, &actor.account.id, event, now).await?;
    let url = Secret::new(state.page_for_others(&format!("/i/{}", code.expose())).await?);
    let days = asked.expires_in_days;
    let mailed = mail(&state, &new, &actor.account.name, &mesh.name, &url, days).await;
    Ok((
        StatusCode::CREATED,
        Json(MintedInvite {
            id,
            url,
            code: shown(&code),
            expires_at: timestamp(new.expires_at),
            emailed: mailed == Mailed::Sent,
        }),
    ))
}

pub(super) async fn list(
    Extract(state): Extract<State>,
    actor: Actor,
    Path(mesh): Path<String>,
    Paging(page): Paging,
) -> Answer<Json<Listing<OpenInvite>>> {
    actor.may(INVITE_CREATE)?;
    let mesh = led(&state, &actor, &mesh).await?;
    Ok(listing(state.store.invites(&mesh.id, &page, state.now()).await?))
}

pub(super) async fn revoke(
    Extract(state): Extract<State>,
    actor: Actor,
    Path(id): Path<String>,
) -> Answer<StatusCode> {
    actor.may(INVITE_CREATE)?;
    let event =
        Event::new("invite.revoked", &actor.account.id, actor.via(), &id).from(actor.ip.as_deref());
    if state.store.revoke_invite(&actor.account.id, &id, &event, state.now()).await? {
        return Ok(StatusCode::NO_CONTENT);
    }
    Err(Refusal::not_found("invite"))
}
