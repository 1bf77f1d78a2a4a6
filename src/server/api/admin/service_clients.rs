//! `/api/admin/service-clients`: programs that sign in as themselves.

use axum::Json;
use axum::extract::State as Extract;
use axum::http::StatusCode;

use crate::server::api::listing::{listing, words};
use crate::server::clock::timestamp;
use crate::server::domain::scopes::ADMIN;
use crate::server::http::api_error::ApiResult;
use crate::server::http::extract::{Paging, Path, SentBy};
use crate::server::http::routes::Access::Scope;
use crate::server::http::routes::Routes;
use crate::server::operations::{Principal, service_clients};
use crate::server::state::State;
use crate::wire::{Listing, MintedServiceClient, NewServiceClient, ServiceClient};

const CLIENTS: &str = "/api/admin/service-clients";
const CLIENT: &str = "/api/admin/service-clients/{id}";
const CLIENT_IN_MESH: &str = "/api/admin/service-clients/{id}/meshes/{mesh}";

pub(super) fn routes() -> Routes {
    Routes::default()
        .get(CLIENTS, Scope(ADMIN), list)
        .post(CLIENTS, Scope(ADMIN), create)
        .delete(CLIENT, Scope(ADMIN), revoke)
        .put(CLIENT_IN_MESH, Scope(ADMIN), add)
        .delete(CLIENT_IN_MESH, Scope(ADMIN), remove)
}

async fn list(
    Extract(state): Extract<State>,
    by: Principal,
    Paging(page): Paging,
) -> ApiResult<Json<Listing<ServiceClient>>> {
    Ok(listing(service_clients::list(&state, &by, &page).await?))
}

async fn create(
    Extract(state): Extract<State>,
    SentBy(by, new): SentBy<NewServiceClient>,
) -> ApiResult<(StatusCode, Json<MintedServiceClient>)> {
    let made = service_clients::create(&state, &by, &new, &[]).await?;
    let facts = ServiceClient {
        id: made.id.clone(),
        name: made.client.name,
        scopes: words(&made.client.scopes),
        redirect_uris: new.redirect_uris,
        meshes: Vec::new(),
        created_at: timestamp(made.created_at),
        last_used_at: None,
    };
    let minted = MintedServiceClient { client_id: made.id, client_secret: made.secret, facts };
    Ok((StatusCode::CREATED, Json(minted)))
}

async fn revoke(
    Extract(state): Extract<State>,
    by: Principal,
    Path(id): Path<String>,
) -> ApiResult<StatusCode> {
    service_clients::revoke(&state, &by, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn add(
    Extract(state): Extract<State>,
    by: Principal,
    Path((id, mesh)): Path<(String, String)>,
) -> ApiResult<StatusCode> {
    service_clients::add_to_mesh(&state, &by, &id, &mesh).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn remove(
    Extract(state): Extract<State>,
    by: Principal,
    Path((id, mesh)): Path<(String, String)>,
) -> ApiResult<StatusCode> {
    service_clients::remove_from_mesh(&state, &by, &id, &mesh).await?;
    Ok(StatusCode::NO_CONTENT)
}
