//! Programs that sign in as themselves, for whoever runs the instance: made,
//! put into meshes, revoked. Its one surprising rule: making one, or letting
//! one in somewhere, needs a sign-in of the last half hour, because what is
//! made goes on without the person; taking away needs none.

use crate::server::domain::audit_action::AuditAction;
use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;

use super::browser::{Browser, Reply};
use super::form::{CsrfForm, Fields};
use super::frame::{Frame, render};
use super::list::{self, More};
use super::message_page::MessagePage;
use super::session_guard::require_admin;
use crate::i18n::{Message, printable};
use crate::server::domain::scopes;
use crate::server::operations::service_clients::{ServiceClientError, fit, new_secret};
use crate::server::store::{Account, Event, Page, UnchangedError};
use crate::wire::{Mesh, NewServiceClient, Role, ServiceClient};

/// Where the list is.
const HERE: &str = "/admin/service-clients";

/// What is ticked at first: enough to look around.
const MODEST: &str = "profile:read mesh:read";

/// What somebody wrote into the form.
struct Wanted {
    name: String,
    scopes: String,
    meshes: Vec<String>,
    redirect_uris: String,
}

impl Default for Wanted {
    fn default() -> Self {
        let scopes = MODEST.to_owned();
        Self { name: String::new(), scopes, meshes: Vec::new(), redirect_uris: String::new() }
    }
}

impl Wanted {
    fn of(fields: &Fields) -> Self {
        Self {
            name: printable(fields.get("name")).trim().to_owned(),
            scopes: fields.all("scope").join(" "),
            meshes: fields.all("mesh").to_vec(),
            redirect_uris: printable(fields.get("redirect")).trim().to_owned(),
        }
    }

    fn has_scope(&self, scope: &str) -> bool {
        scopes::has(&self.scopes, scope)
    }

    fn has_mesh(&self, slug: &str) -> bool {
        self.meshes.iter().any(|mesh| mesh == slug)
    }
}

#[derive(Template)]
#[template(path = "services.html")]
struct ServicesPage {
    page: Frame,
    clients: Vec<ServiceClient>,
    more: More,
    scopes: &'static [&'static str],
    /// Those that whoever looks administers.
    meshes: Vec<Mesh>,
    recent: bool,
    wanted: Wanted,
    fault: String,
}

impl ServicesPage {
    /// Whether whoever looks may take a client out of this mesh.
    fn leads(&self, slug: &str) -> bool {
        self.meshes.iter().any(|mesh| mesh.slug == slug)
    }

    /// Those that a client could be put into.
    fn others(&self, client: &ServiceClient) -> Vec<&Mesh> {
        self.meshes.iter().filter(|mesh| !client.meshes.contains(&mesh.slug)).collect()
    }
}

#[derive(Template)]
#[template(path = "service.html")]
struct ServicePage<'a> {
    page: Frame,
    name: &'a str,
    lines: &'a str,
    /// A mesh that it was meant for had no room.
    full: bool,
}

/// `GET /admin/service-clients`.
pub(super) async fn list(mut browser: Browser) -> Reply {
    let account = require_admin(&mut browser)?.account;
    show(&mut browser, &account, StatusCode::OK, Wanted::default(), None).await
}

async fn show(
    browser: &mut Browser,
    account: &Account,
    status: StatusCode,
    wanted: Wanted,
    fault: Option<Message>,
) -> Reply {
    let store = browser.state.store.clone();
    let rows = browser.db(store.service_clients(&list::part(browser, "after")).await)?;
    let mut meshes = browser.db(store.meshes(&account.id, &Page::default()).await)?.data;
    meshes.retain(|mesh| mesh.role == Role::Admin);
    let more = More::of(browser, HERE, "after", "page-services-title", &rows);
    let recent = browser.is_recent();
    Ok(browser.show(|page| {
        let fault = fault.map(|fault| page.say(&fault)).unwrap_or_default();
        let (clients, scopes) = (rows.data, scopes::OF_SERVICES.as_slice());
        let shown = ServicesPage { page, clients, more, scopes, meshes, recent, wanted, fault };
        render(status, &shown)
    }))
}

/// `POST /admin/service-clients`: the only time the secret is seen.
pub(super) async fn make(CsrfForm { mut browser, fields }: CsrfForm) -> Reply {
    let account = require_admin(&mut browser)?.account;
    let wanted = Wanted::of(&fields);
    if !browser.is_recent() {
        return show(&mut browser, &account, StatusCode::FORBIDDEN, wanted, None).await;
    }
    let words = |text: &str| text.split_ascii_whitespace().map(str::to_owned).collect::<Vec<_>>();
    let new = NewServiceClient {
        name: wanted.name.clone(),
        scopes: words(&wanted.scopes),
        redirect_uris: words(&wanted.redirect_uris),
    };
    let new = match fit(&new, &account.id) {
        Ok(new) => new,
        Err(unfit) => {
            let (status, fault) = (StatusCode::UNPROCESSABLE_ENTITY, Some(said(unfit)));
            return show(&mut browser, &account, status, wanted, fault).await;
        }
    };
    // All of them or none: a client in half of its meshes is nobody's wish.
    let mut meshes = Vec::new();
    for slug in &wanted.meshes {
        meshes.push(led(&browser, &account, slug).await?);
    }
    let (secret, now) = (new_secret(), browser.state.now());
    let event = |id: &str| {
        Event::new(AuditAction::ServiceClientCreated, &account.id, "web", id)
            .from(browser.ip.as_deref())
            .with("name", &new.name)
            .with("scopes", &new.scopes)
    };
    let store = browser.state.store.clone();
    let id = browser.db(store.create_service_client(&secret, &new, event, now).await)?;
    let mut full = false;
    for mesh in &meshes {
        let event = put_in(&browser, &account, &id, mesh);
        let added = browser.db(store.add_member(&mesh.id, &id, &event, now).await)?;
        // Its secret is shown all the same: it was made, and says where it is.
        full |= added.is_err();
    }
    Ok(browser.show(|mut page| {
        // The same page in another language would be without the secret.
        page.others.clear();
        let lines = format!("CREWMESH_CLIENT_ID={id}\nCREWMESH_CLIENT_SECRET={}", secret.expose());
        render(StatusCode::CREATED, &ServicePage { page, name: &new.name, lines: &lines, full })
    }))
}

fn said(unfit: ServiceClientError) -> Message {
    match unfit {
        ServiceClientError::Name => Message::new("page-service-name-fault"),
        // No form of ours sends a scope that there is not.
        ServiceClientError::UnknownScope(_) | ServiceClientError::NoScope => {
            Message::new("page-service-scope-fault")
        }
        ServiceClientError::ManyRedirects => Message::new("page-service-redirects-fault"),
        ServiceClientError::Redirect(uri) => {
            Message::new("page-service-redirect-fault").with("uri", printable(&uri))
        }
    }
}

fn put_in(browser: &Browser, account: &Account, client: &str, mesh: &Mesh) -> Event {
    Event::new(AuditAction::MemberAdded, &account.id, "web", client)
        .from(browser.ip.as_deref())
        .with("mesh", &mesh.id)
}

/// A mesh that `account` administers: running the instance is no leave to look
/// into everybody's.
async fn led(browser: &Browser, account: &Account, slug: &str) -> Result<Mesh, Response> {
    let mesh = browser.db(browser.state.store.mesh_by_slug(&account.id, slug).await)?;
    mesh.filter(|mesh| mesh.role == Role::Admin)
        .ok_or_else(|| browser.refuse(&MessagePage::missing()))
}

/// `POST /admin/service-clients/ID`: into a mesh, out of one, or revoked.
pub(super) async fn change(
    Path(id): Path<String>,
    CsrfForm { mut browser, fields }: CsrfForm,
) -> Reply {
    let account = require_admin(&mut browser)?.account;
    HERE.clone_into(&mut browser.here);
    let (store, now) = (browser.state.store.clone(), browser.state.now());
    let Some(client) = browser.db(store.registered_client(&id).await)? else {
        // Revoked meanwhile is what was wanted, or the end of what was.
        return Ok(browser.redirect(HERE));
    };
    let client = client.id;
    if fields.get("do") == "revoke" {
        let event = Event::new(AuditAction::ServiceClientRevoked, &account.id, "web", &client)
            .from(browser.ip.as_deref());
        browser.db(store.revoke_service_client(&client, &event, now).await)?;
        return Ok(browser.redirect(HERE));
    }
    let out = fields.get("out");
    let slug = if out.is_empty() { fields.get("mesh") } else { out };
    let mesh = led(&browser, &account, slug).await?;
    if out.is_empty() {
        if !browser.is_recent() {
            let (status, wanted) = (StatusCode::FORBIDDEN, Wanted::default());
            return show(&mut browser, &account, status, wanted, None).await;
        }
        let event = put_in(&browser, &account, &client, &mesh);
        let added = browser.db(store.add_member(&mesh.id, &client, &event, now).await)?;
        return Ok(match added {
            Ok(_) => browser.redirect(HERE),
            Err(full) => browser.message(&MessagePage::full(&full)),
        });
    }
    let event = Event::new(AuditAction::MemberRemoved, &account.id, "web", &client)
        .from(browser.ip.as_deref())
        .with("mesh", &mesh.id);
    match browser.db(store.remove_member(&mesh.id, &client, &event, now).await)? {
        Ok(()) | Err(UnchangedError::Unknown) => Ok(browser.redirect(HERE)),
        Err(UnchangedError::LastAdmin) => {
            let fault = Some(Message::new("page-mesh-last-admin"));
            show(&mut browser, &account, StatusCode::CONFLICT, Wanted::default(), fault).await
        }
    }
}
