//! Invites of a mesh: make, list, take back. For its administrators.

use crate::server::domain::audit_action::AuditAction;
use axum::Json;
use axum::extract::State as Extract;
use axum::http::StatusCode;

use crate::secret::Secret;
use crate::server::api::listing::listing;
use crate::server::api::my::meshes::led;
use crate::server::clock::timestamp;
use crate::server::domain::invite_code::{new_code, shown};
use crate::server::http::api_error::{ApiError, ApiResult};
use crate::server::http::extract::{Body, Paging, Path};
use crate::server::operations::Principal;
use crate::server::operations::invites::{Mailed, mail, may_mail};
use crate::server::state::State;
use crate::server::store::{Event, NewInvite};
use crate::wire::{Listing, MintedInvite, NewInvite as Asked, OpenInvite, is_email};

/// Milliseconds of a day.
const DAY: i64 = 86_400_000;

pub(super) async fn create(
    Extract(state): Extract<State>,
    principal: Principal,
    Path(mesh): Path<String>,
    Body(asked): Body<Asked>,
) -> ApiResult<(StatusCode, Json<MintedInvite>)> {
    let mesh = led(&state, &principal, &mesh).await?;
    if !(1..=365).contains(&asked.expires_in_days) {
        return Err(ApiError::invalid("expires_in_days is a number from 1 to 365."));
    }
    if !(1..=1_000).contains(&asked.max_uses) {
        return Err(ApiError::invalid("max_uses is a number from 1 to 1000."));
    }
    let email = asked.email.map(|email| email.trim().to_owned()).filter(|email| !email.is_empty());
    if email.as_deref().is_some_and(|email| !is_email(email)) {
        return Err(ApiError::invalid("email is not an e-mail address."));
    }
    let now = state.now();
    let new = NewInvite {
        mesh_id: mesh.id,
        role: asked.role,
        email,
        max_uses: asked.max_uses,
        expires_at: now + i64::from(asked.expires_in_days) * DAY,
    };
    may_mail(&state, &new, &principal.account.id).await?;
    let code = new_code();
    let event = |id: &str| {
        Event::new(AuditAction::InviteCreated, &principal.account.id, principal.via(), id)
            .from(principal.ip.as_deref())
            .with("mesh", &new.mesh_id)
    };
    let id = state.store.create_invite(&code, &new, &principal.account.id, event, now).await?;
    let url = Secret::new(state.page_for_others(&format!("/i/{}", code.expose())).await?);
    let days = asked.expires_in_days;
    let mailed = mail(&state, &new, &principal.account.name, &mesh.name, &url, days).await;
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
    principal: Principal,
    Path(mesh): Path<String>,
    Paging(page): Paging,
) -> ApiResult<Json<Listing<OpenInvite>>> {
    let mesh = led(&state, &principal, &mesh).await?;
    Ok(listing(state.store.invites(&mesh.id, &page, state.now()).await?))
}

pub(super) async fn revoke(
    Extract(state): Extract<State>,
    principal: Principal,
    Path(id): Path<String>,
) -> ApiResult<StatusCode> {
    let event = Event::new(AuditAction::InviteRevoked, &principal.account.id, principal.via(), &id)
        .from(principal.ip.as_deref());
    if state.store.revoke_invite(&principal.account.id, &id, &event, state.now()).await? {
        return Ok(StatusCode::NO_CONTENT);
    }
    Err(ApiError::not_found("invite"))
}
