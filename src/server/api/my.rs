//! `/api/my`: what belongs to whoever asks.

mod account;
mod invites;
mod machines;
mod members;
mod meshes;
mod sessions;
mod tokens;

use axum::Json;

use super::listing::words;
use crate::server::clock::timestamp;
use crate::server::domain::scopes::{
    INVITE_CREATE, MACHINE_READ, MACHINE_WRITE, MESH_READ, MESH_WRITE, PROFILE_READ, TOKEN_MANAGE,
};
use crate::server::http::api_error::{ApiError, ApiResult};
use crate::server::http::routes::Access::{Bearer, Scope};
use crate::server::http::routes::Routes;
use crate::server::operations::Principal;
use crate::wire::{Profile, TokenFacts};

/// The routes of `/api/my`.
pub fn routes() -> Routes {
    Routes::default()
        .get("/api/my/profile", Scope(PROFILE_READ), profile)
        .get("/api/my/meshes", Scope(MESH_READ), meshes::list)
        .post("/api/my/meshes", Scope(MESH_WRITE), meshes::create)
        .get("/api/my/meshes/{id}", Scope(MESH_READ), meshes::show)
        .patch("/api/my/meshes/{id}", Scope(MESH_WRITE), meshes::change)
        .delete("/api/my/meshes/{id}", Scope(MESH_WRITE), meshes::remove)
        .get("/api/my/meshes/{id}/members", Scope(MESH_READ), members::list)
        .patch("/api/my/meshes/{id}/members/{member}", Scope(MESH_WRITE), members::change)
        .delete("/api/my/meshes/{id}/members/{member}", Scope(MESH_WRITE), members::remove)
        .get("/api/my/meshes/{id}/invites", Scope(INVITE_CREATE), invites::list)
        .post("/api/my/meshes/{id}/invites", Scope(INVITE_CREATE), invites::create)
        .delete("/api/my/invites/{id}", Scope(INVITE_CREATE), invites::revoke)
        .get("/api/my/machines", Scope(MACHINE_READ), machines::list)
        .post("/api/my/machines", Scope(MACHINE_WRITE), machines::register)
        .patch("/api/my/machines/{id}", Scope(MACHINE_WRITE), machines::change)
        .delete("/api/my/machines/{id}", Scope(MACHINE_WRITE), machines::remove)
        .get("/api/my/cli/sessions", Scope(TOKEN_MANAGE), sessions::list)
        .delete("/api/my/cli/sessions", Scope(TOKEN_MANAGE), sessions::revoke_all)
        .delete("/api/my/cli/sessions/current", Bearer, sessions::revoke_current)
        // One's own end needs nobody's leave.
        .delete("/api/my/cli/sessions/{id}", Bearer, sessions::revoke)
        .get("/api/my/cli/tokens", Scope(TOKEN_MANAGE), tokens::list)
        .post("/api/my/cli/tokens", Scope(TOKEN_MANAGE), tokens::create)
        .delete("/api/my/cli/tokens/{id}", Bearer, tokens::revoke)
        .get("/api/my/audit", Scope(PROFILE_READ), account::events)
        .post("/api/my/password", Bearer, account::change_password)
}

async fn profile(principal: Principal) -> ApiResult<Json<Profile>> {
    let credential = principal.credential().ok_or_else(ApiError::unauthorized)?;
    Ok(Json(Profile {
        user: principal.account.user(),
        via: credential.kind.via(),
        token: TokenFacts {
            name: credential.name.clone(),
            expires_at: credential.expires_at.map(timestamp),
            scopes: words(&credential.scopes),
        },
    }))
}
