//! Programs that sign in as themselves: listed, made, put into meshes,
//! revoked. All but the list needs a person; a client is put into a mesh by
//! somebody who also administers that mesh, because running the instance is no
//! leave to look into everybody's.

use axum::Json;
use axum::extract::State as Extract;
use axum::http::StatusCode;
use url::Url;

use super::runs_it;
use crate::http::is_loopback;
use crate::secret::{Secret, base32, random_bytes};
use crate::server::api_error::{ApiError, ApiResult};
use crate::server::caller::{Body, Paging, Path, Principal};
use crate::server::my::{listing, name, words};
use crate::server::scopes;
use crate::server::state::{State, timestamp};
use crate::server::store::{self, Event, UnchangedError};
use crate::wire::{Listing, MintedServiceClient, NewServiceClient, Role, ServiceClient};

/// The most redirect addresses of one client.
const MOST_REDIRECTS: usize = 10;

/// Bytes of the longest redirect address.
const LONGEST_REDIRECT: usize = 500;

pub(super) async fn list(
    Extract(state): Extract<State>,
    principal: Principal,
    Paging(page): Paging,
) -> ApiResult<Json<Listing<ServiceClient>>> {
    runs_it(&principal)?;
    Ok(listing(state.store.service_clients(&page).await?))
}

pub(super) async fn create(
    Extract(state): Extract<State>,
    principal: Principal,
    Body(new): Body<NewServiceClient>,
) -> ApiResult<(StatusCode, Json<MintedServiceClient>)> {
    runs_it(&principal)?;
    principal.require_session()?;
    let client = fit(&new, &principal.account.id).map_err(refused)?;
    let secret = new_secret();
    let event = |id: &str| {
        Event::new("service_client.created", &principal.account.id, principal.via(), id)
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

/// Why a client cannot be as it was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::server) enum ServiceClientError {
    /// It has no name, or too long a one.
    Name,
    /// It asks for what no client has.
    UnknownScope(String),
    /// It asks for nothing.
    NoScope,
    /// It names too many addresses.
    ManyRedirects,
    /// It names an address that no browser should be sent to.
    Redirect(String),
}

/// The client that `new` asks for, made by the account `by`: its scopes in our
/// order, each once.
pub(in crate::server) fn fit(
    new: &NewServiceClient,
    by: &str,
) -> Result<store::NewServiceClient, ServiceClientError> {
    let known = |scope: &&String| scopes::OF_SERVICES.contains(&scope.as_str());
    if let Some(unknown) = new.scopes.iter().find(|scope| !known(scope)) {
        return Err(ServiceClientError::UnknownScope(unknown.clone()));
    }
    let asked = new.scopes.join(" ");
    let scopes = scopes::OF_SERVICES.into_iter().filter(|scope| scopes::has(&asked, scope));
    let scopes: Vec<_> = scopes.collect();
    if scopes.is_empty() {
        return Err(ServiceClientError::NoScope);
    }
    if new.redirect_uris.len() > MOST_REDIRECTS {
        return Err(ServiceClientError::ManyRedirects);
    }
    if let Some(wrong) = new.redirect_uris.iter().find(|uri| !may_redirect_to(uri)) {
        return Err(ServiceClientError::Redirect(wrong.clone()));
    }
    Ok(store::NewServiceClient {
        name: name(&new.name).map_err(|_| ServiceClientError::Name)?,
        scopes: scopes.join(" "),
        redirect_uris: new.redirect_uris.join(" "),
        created_by: by.to_owned(),
    })
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

/// The secret of a new client.
pub(in crate::server) fn new_secret() -> Secret {
    Secret::new(format!("cm_secret_{}", base32().encode(&random_bytes::<32>())))
}

pub(super) async fn revoke(
    Extract(state): Extract<State>,
    principal: Principal,
    Path(id): Path<String>,
) -> ApiResult<StatusCode> {
    runs_it(&principal)?;
    principal.require_session()?;
    let event = Event::new("service_client.revoked", &principal.account.id, principal.via(), &id)
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
    let event = Event::new("mesh.member.added", &principal.account.id, principal.via(), &client)
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
    let event = Event::new("mesh.member.removed", &principal.account.id, principal.via(), &client)
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
    runs_it(principal)?;
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

/// Whether a browser may be sent there with a code (RFC 8252 §7, RFC 9700
/// §2.1).
fn may_redirect_to(uri: &str) -> bool {
    let plain = uri.len() <= LONGEST_REDIRECT && uri.bytes().all(|byte| byte.is_ascii_graphic());
    let Ok(url) = Url::parse(uri) else { return false };
    let bare = url.fragment().is_none() && url.username().is_empty() && url.password().is_none();
    let goes = match url.scheme() {
        "https" => url.has_host(),
        "http" => is_loopback(&url),
        own => own.contains('.') && !url.cannot_be_a_base(),
    };
    plain && bare && goes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_is_sent_to_sane_places_only() {
        for good in [
            "https://ci.example.org/back?x=1",
            "http://127.0.0.1/cb",
            "http://[::1]:8080/",
            "org.example.app:/back",
        ] {
            assert!(may_redirect_to(good), "{good}");
        }
        for bad in [
            "",
            "back",
            "http://ci.example.org/back",
            "https://ci.example.org/back#x",
            "https://a@ci.example.org/",
            "https://ci.example.org/a b",
            "javascript:alert(1)",
            "data:text/html,x",
            "app:/back",
        ] {
            assert!(!may_redirect_to(bad), "{bad}");
        }
    }
}
