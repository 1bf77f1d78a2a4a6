//! Programs that sign in as themselves: made, put into meshes, revoked, and
//! their own tokens. All but the list takes a person; a client is put into a
//! mesh by somebody who also administers that mesh, because running the
//! instance is no leave to look into everybody's.
//!
//! Making one, or letting one in somewhere, takes a recent sign-in, because
//! what is made goes on without the person; taking away does not.

use subtle::ConstantTimeEq as _;
use url::Url;

use super::announcements::Announcements;
use super::members::{joined, take_out};
use super::meshes::{self, require_mesh_admin};
use super::names::name;
use super::presence::{Presence, require_second_factor};
use super::{Denied, Invalid, Named, Principal};
use crate::http::is_loopback;
use crate::secret::{Secret, TokenKind, base32, random_bytes};
use crate::server::domain::audit_action::AuditAction;
use crate::server::domain::client_ip::ClientIp;
use crate::server::domain::plans::Bound;
use crate::server::domain::resource::Resource;
use crate::server::domain::scopes;
use crate::server::state::State;
pub use crate::server::store::TOKEN_LIFE;
use crate::server::store::{
    self, DbResult, Page, Registered, Rows, Tx, hash, members, plans, service_clients,
};
use crate::wire::{Mesh, NewServiceClient, Role, ServiceClient};

/// What a client is called where there is none.
const NOUN: &str = "service client";

/// The most redirect addresses of one client.
const MOST_REDIRECTS: usize = 10;

/// Bytes of the longest redirect address.
const LONGEST_REDIRECT: usize = 500;

/// A client that was just made.
#[derive(Debug)]
pub struct Made {
    /// Its id, which is its account's.
    pub id: String,
    /// What it shows itself by, seen this once.
    pub secret: Secret,
    /// When it was made, in Unix milliseconds.
    pub created_at: i64,
    /// As it is kept.
    pub client: store::NewServiceClient,
    /// Whether a mesh that it was meant for had no room.
    pub full: bool,
}

/// The live clients, newest first.
///
/// # Errors
/// When `by` does not run the instance.
pub async fn list(
    state: &State,
    by: &Principal,
    page: &Page,
) -> Result<Rows<ServiceClient>, Denied> {
    by.require_admin()?;
    Ok(state.store.service_clients(page).await?)
}

/// Makes the client that `new` asks for, and puts it into `meshes` (ids or
/// slugs): all of them or none, because a client in half of its meshes is
/// nobody's wish; one that has no room is told of in [`Made::full`].
///
/// # Errors
/// When it is not `by`'s to make, or not as a client should be.
pub async fn create(
    state: &State,
    by: &Principal,
    new: &NewServiceClient,
    meshes: &[String],
) -> Result<Made, Denied> {
    let now = state.now();
    by.require_admin()?;
    let presence = Presence::shown(state, by, new.step_up.clone()).await?;
    by.require_recent(now)?;
    let client = checked(new, &by.account.id)?;
    let mut into = Vec::new();
    for mesh in meshes {
        into.push(find_as_admin(state, by, mesh).await?.id);
    }
    // Whoever puts another into the same locks them in the same order.
    into.sort();
    let shared = state.clone();
    state
        .write_and_tell(by, async move |tx, by, told| {
            by.require_admin()?;
            presence.still_holds(tx, &by, now).await?;
            let secret = new_secret();
            let id = service_clients::create(tx, &secret, &client, now).await?;
            let event = by.event(AuditAction::ServiceClientCreated, &id);
            let event = event.with("name", &client.name).with("scopes", &client.scopes);
            event.write(tx, now).await?;
            let mut full = false;
            for mesh in into {
                match add(tx, told, &shared, &by, &id, &mesh, now).await {
                    Err(Denied::PlanFull(_)) => full = true,
                    added => added?,
                }
            }
            Ok(Made { id, secret, created_at: now, client, full })
        })
        .await
}

/// Puts a client into a mesh; in it already is what was wanted.
async fn add(
    tx: &mut Tx,
    told: &mut Announcements,
    state: &State,
    by: &Principal,
    client: &str,
    mesh: &str,
    now: i64,
) -> Result<(), Denied> {
    require_mesh_admin(tx, by, mesh).await?;
    if members::find(tx, mesh, client).await?.is_some() {
        return Ok(());
    }
    plans::require_room(tx, &state.config.plans, Bound::Members, mesh).await?;
    members::insert(tx, mesh, client, Role::Member, now).await?;
    joined(tx, told, mesh, client, now).await?;
    Ok(by.event(AuditAction::MemberAdded, client).with("mesh", mesh).write(tx, now).await?)
}

/// Revokes a client with its tokens and its memberships.
///
/// # Errors
/// When it is not `by`'s to revoke, or there is no such client.
pub async fn revoke(state: &State, by: &Principal, id: &str) -> Result<(), Denied> {
    by.require_admin()?;
    by.require_session()?;
    let (id, now) = (id.to_owned(), state.now());
    state
        .write_as(by, async move |tx, by| {
            by.require_admin()?;
            if !service_clients::revoke(tx, &id, now).await? {
                return Err(Denied::NotFound(NOUN));
            }
            Ok(by.event(AuditAction::ServiceClientRevoked, &id).write(tx, now).await?)
        })
        .await
}

/// Puts a client into a mesh (by its id or slug).
///
/// # Errors
/// When it is not `by`'s to do, or the mesh has no room.
pub async fn add_to_mesh(
    state: &State,
    by: &Principal,
    client: &str,
    mesh: &str,
) -> Result<(), Denied> {
    let (client, mesh) = both(state, by, client, mesh).await?;
    let (shared, now) = (state.clone(), state.now());
    by.require_recent(now)?;
    require_second_factor(state, by).await?;
    state
        .write_and_tell(by, async move |tx, by, told| {
            by.require_admin()?;
            service_clients::require_live(tx, &client).await?;
            add(tx, told, &shared, &by, &client, &mesh, now).await
        })
        .await
}

/// Takes a client out of a mesh (by its id or slug).
///
/// # Errors
/// When it is not `by`'s to do, the client is not in it, or it is the last
/// administrator there.
pub async fn remove_from_mesh(
    state: &State,
    by: &Principal,
    client: &str,
    mesh: &str,
) -> Result<(), Denied> {
    let (client, mesh) = both(state, by, client, mesh).await?;
    let now = state.now();
    state
        .write_and_tell(by, async move |tx, by, told| {
            by.require_admin()?;
            require_mesh_admin(tx, &by, &mesh).await?;
            let event = by.event(AuditAction::MemberRemoved, &client).with("mesh", &mesh);
            take_out(tx, told, event, &mesh, &client, now).await
        })
        .await
}

/// The meshes that `by` could put a client into.
///
/// # Errors
/// When `by` does not run the instance.
pub async fn meshes(state: &State, by: &Principal) -> Result<Vec<Mesh>, Denied> {
    by.require_admin()?;
    let mut meshes = state.store.meshes(&by.account.id, &Page::default()).await?.data;
    meshes.retain(|mesh| mesh.role == Role::Admin);
    Ok(meshes)
}

/// The live client of this id.
pub async fn registered(state: &State, id: &str) -> DbResult<Option<Registered>> {
    state.store.registered_client(id).await
}

/// The live client of this id, where `secret` is its own.
pub async fn authenticate(
    state: &State,
    id: &str,
    secret: &Secret,
) -> DbResult<Option<Registered>> {
    let found = registered(state, id).await?;
    let hash = hash(secret);
    Ok(found.filter(|client| client.secret_hash.as_bytes().ct_eq(hash.as_bytes()).into()))
}

/// A token of a client's own for [`TOKEN_LIFE`] at `resource`; `None` where it was revoked
/// meanwhile.
pub async fn grant_token(
    state: &State,
    client: &Registered,
    scopes: &str,
    resource: Resource,
    ip: ClientIp,
) -> DbResult<Option<Secret>> {
    let token = Secret::random_token(TokenKind::Service);
    let (given, now) = ((scopes, resource), state.now());
    let granted = state.store.grant_service_token(client, &token, given, ip.told(), now).await?;
    Ok(granted.then_some(token))
}

/// The ids of a live client, and of a mesh that `by`, who runs the instance,
/// administers too.
async fn both(
    state: &State,
    by: &Principal,
    client: &str,
    mesh: &str,
) -> Result<(String, String), Denied> {
    by.require_admin()?;
    by.require_session()?;
    let client = registered(state, client).await?.ok_or(Denied::NotFound(NOUN))?;
    Ok((client.id, find_as_admin(state, by, mesh).await?.id))
}

/// A mesh (by its id or slug) that `by` administers.
async fn find_as_admin(state: &State, by: &Principal, mesh: &str) -> Result<Mesh, Denied> {
    match meshes::find_as_admin(state, by, mesh).await {
        Err(Denied::NotFound(_)) => {
            meshes::find_by_slug(state, by, mesh).await.and_then(meshes::as_admin)
        }
        found => found,
    }
}

/// The client that `new` asks for, made by the account `by`: its scopes in our
/// order, each once.
fn checked(new: &NewServiceClient, by: &str) -> Result<store::NewServiceClient, Invalid> {
    let known = |scope: &&String| scopes::OF_SERVICES.contains(&scope.as_str());
    if let Some(unknown) = new.scopes.iter().find(|scope| !known(scope)) {
        return Err(Invalid::UnknownServiceScope(unknown.clone()));
    }
    let asked = new.scopes.join(" ");
    let scopes = scopes::OF_SERVICES.into_iter().filter(|scope| scopes::has(&asked, scope));
    let scopes: Vec<_> = scopes.collect();
    if scopes.is_empty() {
        return Err(Invalid::NoServiceScope);
    }
    if new.redirect_uris.len() > MOST_REDIRECTS {
        return Err(Invalid::ManyRedirects);
    }
    if let Some(wrong) = new.redirect_uris.iter().find(|uri| !may_redirect_to(uri)) {
        return Err(Invalid::Redirect(wrong.clone()));
    }
    Ok(store::NewServiceClient {
        name: name(&new.name, Named::ServiceClient)?,
        scopes: scopes.join(" "),
        redirect_uris: new.redirect_uris.join(" "),
        created_by: by.to_owned(),
    })
}

fn new_secret() -> Secret {
    Secret::new(format!("cm_secret_{}", base32().encode(&random_bytes::<32>())))
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

    #[test]
    fn no_address_to_be_sent_to_has_a_password_a_blank_or_a_script() {
        let seeds = &[
            "https://ci.example.org/back?x=1",
            "http://127.0.0.1/cb",
            "http://localhost:8080/",
            "org.example.app:/back",
            "javascript:alert(1)",
            "data:text/html,x",
        ];
        crate::cases::hold(crate::cases::texts(seeds), |uri| {
            if !may_redirect_to(&uri) {
                return;
            }
            let url = Url::parse(&uri).unwrap();
            assert!(uri.len() <= LONGEST_REDIRECT && uri.bytes().all(|b| b.is_ascii_graphic()));
            assert!(url.fragment().is_none() && !uri.contains('#'), "{uri:?}");
            assert!(url.username().is_empty() && url.password().is_none(), "{uri:?}");
            let known = matches!(url.scheme(), "https" | "http") || url.scheme().contains('.');
            assert!(known && (url.scheme() != "http" || is_loopback(&url)), "{uri:?}");
        });
    }
}
