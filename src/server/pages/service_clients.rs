//! Programs that sign in as themselves, for whoever runs the instance.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;

use super::browser::{Browser, Reply};
use super::denied::field_error;
use super::form::{CsrfForm, Fields};
use super::frame::{Frame, render};
use super::list::{self, More};
use super::session_guard::require_admin;
use crate::i18n::{Message, printable};
use crate::server::domain::scopes;
use crate::server::operations::{Denied, Principal, service_clients};
use crate::wire::{Mesh, NewServiceClient, ServiceClient, StepUp};

/// Where the list is.
const HERE: &str = "/admin/service-clients";

/// What is ticked at first: enough to look around.
const MODEST: &str = "profile:read mesh:read";

/// What somebody wrote into the form.
struct ClientForm {
    name: String,
    scopes: String,
    meshes: Vec<String>,
    redirect_uris: String,
}

impl Default for ClientForm {
    fn default() -> Self {
        let scopes = MODEST.to_owned();
        Self { name: String::new(), scopes, meshes: Vec::new(), redirect_uris: String::new() }
    }
}

impl ClientForm {
    fn of(fields: &Fields) -> Self {
        Self {
            name: printable(fields.get("name")).trim().to_owned(),
            scopes: fields.all("scope").join(" "),
            meshes: fields.all("mesh").to_vec(),
            redirect_uris: printable(fields.get("redirect")).trim().to_owned(),
        }
    }

    fn client(&self) -> NewServiceClient {
        let words = |text: &str| text.split_ascii_whitespace().map(str::to_owned).collect();
        NewServiceClient {
            name: self.name.clone(),
            scopes: words(&self.scopes),
            redirect_uris: words(&self.redirect_uris),
            step_up: StepUp::default(),
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
    form: ClientForm,
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
    let by = require_admin(&mut browser)?;
    show(&mut browser, &by, StatusCode::OK, ClientForm::default(), None).await
}

async fn show(
    browser: &mut Browser,
    by: &Principal,
    status: StatusCode,
    form: ClientForm,
    fault: Option<Message>,
) -> Reply {
    let state = browser.state.clone();
    let part = list::part(browser, "after");
    let rows = browser.allowed(service_clients::list(&state, by, &part).await)?;
    let meshes = browser.allowed(service_clients::meshes(&state, by).await)?;
    let more = More::of(browser, HERE, "after", "page-services-title", &rows);
    let recent = browser.is_recent();
    Ok(browser.show(|page| {
        let fault = fault.map(|fault| page.say(&fault)).unwrap_or_default();
        let (clients, scopes) = (rows.data, scopes::OF_SERVICES.as_slice());
        let shown = ServicesPage { page, clients, more, scopes, meshes, recent, form, fault };
        render(status, &shown)
    }))
}

/// `POST /admin/service-clients`: the only time the secret is seen.
pub(super) async fn create(CsrfForm { mut browser, fields }: CsrfForm) -> Reply {
    let by = require_admin(&mut browser)?;
    let (state, form) = (browser.state.clone(), ClientForm::of(&fields));
    let made = match service_clients::create(&state, &by, &form.client(), &form.meshes).await {
        Ok(made) => made,
        Err(Denied::SignInTooOld) => {
            return show(&mut browser, &by, StatusCode::FORBIDDEN, form, None).await;
        }
        Err(denied) => {
            let Some(fault) = field_error(&denied) else { return Err(browser.denied(denied)) };
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            return show(&mut browser, &by, status, form, Some(fault)).await;
        }
    };
    Ok(browser.show(|mut page| {
        // The same page in another language would be without the secret.
        page.others.clear();
        let (id, secret) = (&made.id, made.secret.expose());
        let lines = format!("CREWMESH_CLIENT_ID={id}\nCREWMESH_CLIENT_SECRET={secret}");
        let (name, full) = (made.client.name.as_str(), made.full);
        render(StatusCode::CREATED, &ServicePage { page, name, lines: &lines, full })
    }))
}

/// `POST /admin/service-clients/ID`: into a mesh, out of one, or revoked.
pub(super) async fn change(
    Path(id): Path<String>,
    CsrfForm { mut browser, fields }: CsrfForm,
) -> Reply {
    let by = require_admin(&mut browser)?;
    HERE.clone_into(&mut browser.path_and_query);
    let state = browser.state.clone();
    let out = fields.get("out");
    let done = if fields.get("do") == "revoke" {
        service_clients::revoke(&state, &by, &id).await
    } else if out.is_empty() {
        service_clients::add_to_mesh(&state, &by, &id, fields.get("mesh")).await
    } else {
        service_clients::remove_from_mesh(&state, &by, &id, out).await
    };
    let (status, fault) = match done {
        // Revoked or out meanwhile is what was wanted, or the end of what was.
        Ok(()) | Err(Denied::NotFound("service client" | "member")) => {
            return Ok(browser.redirect(HERE));
        }
        Err(Denied::SignInTooOld) => (StatusCode::FORBIDDEN, None),
        Err(Denied::LastAdmin) => {
            (StatusCode::CONFLICT, Some(Message::new("page-mesh-last-admin")))
        }
        Err(denied) => return Err(browser.denied(denied)),
    };
    show(&mut browser, &by, status, ClientForm::default(), fault).await
}
