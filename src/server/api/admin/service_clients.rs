//! Programs that sign in as themselves: listed, made, put into meshes,
//! revoked. All but the list needs a person; a client is put into a mesh by
//! somebody who also administers that mesh, because running the instance is no
//! leave to look into everybody's.

use crate::server::api::listing::listing;
use crate::server::api::my::words;
use crate::server::clock::timestamp;
use crate::server::domain::audit_action::AuditAction;
use crate::server::http::api_error::{ApiError, ApiResult};
use crate::server::http::extract::{Body, Paging, Path};
use crate::server::operations::Principal;
use crate::server::operations::service_clients::{ServiceClientError, fit, new_secret};
use crate::server::state::State;
use crate::server::store::{Event, UnchangedError};
use crate::wire::{Listing, MintedServiceClient, NewServiceClient, Role, ServiceClient};
use axum::Json;
use axum::extract::State as Extract;
use axum::http::StatusCode;

pub(super) async fn list(
    Extract(state): Extract<State>,
    _: Principal,
    Paging(page): Paging,
) -> ApiResult<Json<Listing<ServiceClient>>> {
    Ok(listing(state.store.service_clients(&page).await?))
}

pub(super) async fn create(
    Extract(state): Extract<State>,
    principal: Principal,
    Body(new): Body<NewServiceClient>,
) -> ApiResult<(StatusCode, Json<MintedServiceClient>)> {
    principal.require_session()?;
    let client = fit(&new, &principal.account.id).map_err(refused)?;
    let secret = new_secret();
    let event = |id: &str| {
        Event::new(AuditAction::ServiceClientCreated, &principal.account.id, principal.via(), id)
            .from(principal.ip.as_deref())
            .with("name", &client.name)
            .with("scopes", &client.scopes)
    };
    let now = state.now();
    let id = state.store.create_service_client(&secret, &client, event, now).await?;
    let made = MintedServiceClient {
        client_id: id.clone(),
        client_secret: secret,
        facts: ServiceClient {
            id,
            name: client.name,
            scopes: words(&client.scopes),
            redirect_uris: new.redirect_uris,
            meshes: Vec::new(),
            created_at: timestamp(now),
            last_used_at: None,
        },
    };
    Ok((StatusCode::CREATED, Json(made)))
}

fn refused(unfit: ServiceClientError) -> ApiError {
    ApiError::invalid(&match unfit {
        ServiceClientError::Name => "A name has 1 to 100 characters.".to_owned(),
        ServiceClientError::UnknownScope(scope) => {
            format!("No service client has the scope {scope}.")
        }
        ServiceClientError::NoScope => "A service client needs a scope.".to_owned(),
        ServiceClientError::ManyRedirects => {
            "A service client has at most 10 redirect addresses.".to_owned()
        }
        ServiceClientError::Redirect(uri) => format!(
            "{uri} is no address to send a browser to: https, http on loopback, or a scheme \
             of the program's own with a dot in it; no fragment."
        ),
    })
}

pub(super) async fn revoke(
    Extract(state): Extract<State>,
    principal: Principal,
    Path(id): Path<String>,
) -> ApiResult<StatusCode> {
    principal.require_session()?;
    let event =
        Event::new(AuditAction::ServiceClientRevoked, &principal.account.id, principal.via(), &id)
            .from(principal.ip.as_deref());
    if state.store.revoke_service_client(&id, &event, state.now()).await? {
        return Ok(StatusCode::NO_CONTENT);
    }
    Err(ApiError::not_found("service client"))
}

pub(super) async fn add(
    Extract(state): Extract<State>,
    principal: Principal,
    Path((id, mesh)): Path<(String, String)>,
) -> ApiResult<StatusCode> {
    let (client, mesh) = both(&state, &principal, &id, &mesh).await?;
    let event =
        Event::new(AuditAction::MemberAdded, &principal.account.id, principal.via(), &client)
            .from(principal.ip.as_deref())
            .with("mesh", &mesh);
    let added = state.store.add_member(&mesh, &client, &event, state.now()).await?;
    added.map(|_| StatusCode::NO_CONTENT).map_err(|full| ApiError::plan_required(&full))
}

pub(super) async fn remove(
    Extract(state): Extract<State>,
    principal: Principal,
    Path((id, mesh)): Path<(String, String)>,
) -> ApiResult<StatusCode> {
    let (client, mesh) = both(&state, &principal, &id, &mesh).await?;
    let event =
        Event::new(AuditAction::MemberRemoved, &principal.account.id, principal.via(), &client)
            .from(principal.ip.as_deref())
            .with("mesh", &mesh);
    match state.store.remove_member(&mesh, &client, &event, state.now()).await? {
        Ok(()) => Ok(StatusCode::NO_CONTENT),
        Err(UnchangedError::Unknown) => Err(ApiError::not_found("member")),
        Err(UnchangedError::LastAdmin) => Err(ApiError::new(
            StatusCode::CONFLICT,
            "last_admin",
            "A mesh keeps at least one administrator.",
        )),
    }
}

/// The ids of a live client and of a mesh that whoever asks administers,
/// named by its id or its slug.
async fn both(
    state: &State,
    principal: &Principal,
    client: &str,
    mesh: &str,
) -> ApiResult<(String, String)> {
    principal.require_session()?;
    let Some(client) = state.store.registered_client(client).await? else {
        return Err(ApiError::not_found("service client"));
    };
    let account = &principal.account.id;
    let mesh = match state.store.mesh(account, mesh).await? {
        Some(found) => Some(found),
        None => state.store.mesh_by_slug(account, mesh).await?,
    };
    match mesh {
        Some(mesh) if mesh.role == Role::Admin => Ok((client.id, mesh.id)),
        Some(_) => Err(ApiError::not_an_admin()),
        None => Err(ApiError::not_found("mesh")),
    }
}
