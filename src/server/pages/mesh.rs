//! A mesh as its members see it, and what its administrators do there: change
//! and remove, it and who is in it. Its one surprising rule: a mesh that gets
//! another name keeps its slug, because links and settings name it.

use crate::server::domain::audit_action::AuditAction;
use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;

use super::browser::{Browser, Reply};
use super::form::CsrfForm;
use super::frame::{Frame, render};
use super::list::{self, More};
use super::mesh_invites::{Made, Wanted};
use super::message_page::MessagePage;
use super::session_guard::require_sign_in;
use crate::i18n::printable;
use crate::secret::random_bytes;
use crate::server::store::{Account, CreateMeshError, Event, Rows, UnchangedError};
use crate::slug::slugify;
use crate::wire::{Member, Mesh, OpenInvite, Role, display_name};

#[derive(Template)]
#[template(path = "meshes.html")]
struct MeshesPage<'a> {
    page: Frame,
    meshes: Vec<Mesh>,
    more: More,
    name: &'a str,
    fault: String,
}

#[derive(Template)]
#[template(path = "mesh.html")]
struct MeshPage<'a> {
    page: Frame,
    mesh: Mesh,
    members: Vec<Member>,
    more_members: More,
    invites: Vec<OpenInvite>,
    more_invites: More,
    account: &'a str,
    /// An invite that was just made: the only time its link is seen.
    made: Option<Made>,
    wanted: Wanted,
    /// Whether there is a mail server.
    mails: bool,
    fault: String,
}

impl MeshPage<'_> {
    fn leads(&self) -> bool {
        self.mesh.role == Role::Admin
    }
}

/// What is on a mesh's page besides the mesh.
#[derive(Default)]
pub(super) struct Said {
    /// What went wrong.
    pub(super) fault: Option<&'static str>,
    /// The invite that was just made.
    pub(super) made: Option<Made>,
    /// What was typed into the form for another.
    pub(super) wanted: Wanted,
}

impl Said {
    pub(super) fn wrong(fault: &'static str) -> Self {
        Self { fault: Some(fault), ..Self::default() }
    }
}

/// `GET /meshes`.
pub(super) async fn list(mut browser: Browser) -> Reply {
    let account = require_sign_in(&mut browser)?.account;
    show_list(&mut browser, &account, StatusCode::OK, "", None).await
}

async fn show_list(
    browser: &mut Browser,
    account: &Account,
    status: StatusCode,
    name: &str,
    fault: Option<&'static str>,
) -> Reply {
    let rows =
        browser.db(browser.state.store.meshes(&account.id, &list::part(browser, "after")).await)?;
    let more = More::of(browser, "/meshes", "after", "page-meshes-title", &rows);
    Ok(browser.show(|page| {
        let fault = fault.map(|id| page.t(id).to_string()).unwrap_or_default();
        render(status, &MeshesPage { page, meshes: rows.data, more, name, fault })
    }))
}

/// `POST /meshes`. A name whose slug is taken gets the next one that is free.
pub(super) async fn create(CsrfForm { mut browser, fields }: CsrfForm) -> Reply {
    let account = require_sign_in(&mut browser)?.account;
    let name = printable(fields.get("name")).trim().to_owned();
    if display_name(&name).is_none() {
        let (status, fault) = (StatusCode::UNPROCESSABLE_ENTITY, "page-mesh-name-fault");
        return show_list(&mut browser, &account, status, &name, Some(fault)).await;
    }
    let mut slug = slugify(&name);
    if slug.is_empty() {
        slug = format!("mesh-{}", data_encoding::HEXLOWER.encode(&random_bytes::<4>()));
    }
    let now = browser.state.now();
    for _ in 0..3 {
        let event = |id: &str| {
            Event::new(AuditAction::MeshCreated, &account.id, "web", id)
                .from(browser.ip.as_deref())
                .with("slug", &slug)
        };
        let made = browser.state.store.create_mesh(&account.id, &name, &slug, event, now).await;
        match browser.db(made)? {
            Ok(mesh) => return Ok(browser.redirect(&format!("/meshes/{}", mesh.slug))),
            Err(CreateMeshError::Taken(free)) => slug = free,
            Err(CreateMeshError::Full(full)) => {
                return Ok(browser.message(&MessagePage::full(&full)));
            }
        }
    }
    let (status, fault) = (StatusCode::CONFLICT, "page-mesh-name-taken");
    show_list(&mut browser, &account, status, &name, Some(fault)).await
}

/// `GET /meshes/SLUG`.
pub(super) async fn look(mut browser: Browser, Path(slug): Path<String>) -> Reply {
    let (account, mesh) = seen(&mut browser, &slug).await?;
    show(&mut browser, &account, mesh, StatusCode::OK, Said::default()).await
}

/// The mesh, to a member of it. Nobody else learns that there is one.
async fn seen(browser: &mut Browser, slug: &str) -> Result<(Account, Mesh), Response> {
    let account = require_sign_in(browser)?.account;
    match browser.state.store.mesh_by_slug(&account.id, slug).await {
        Ok(Some(mesh)) => Ok((account, mesh)),
        Ok(None) => Err(browser.message(&MessagePage::missing())),
        Err(fault) => Err(browser.fault(&fault)),
    }
}

/// The same to an administrator of it.
pub(super) async fn led(browser: &mut Browser, slug: &str) -> Result<(Account, Mesh), Response> {
    let (account, mesh) = seen(browser, slug).await?;
    if mesh.role == Role::Admin {
        return Ok((account, mesh));
    }
    let said = Said::wrong("page-mesh-admins-only");
    Err(show(browser, &account, mesh, StatusCode::FORBIDDEN, said).await?)
}

/// The page of a mesh. It answers forms of other addresses too, and is then
/// called by its own, so that it has another language and an end to its lists.
pub(super) async fn show(
    browser: &mut Browser,
    account: &Account,
    mesh: Mesh,
    status: StatusCode,
    said: Said,
) -> Reply {
    let (store, now) = (browser.state.store.clone(), browser.state.now());
    let here = format!("/meshes/{}", mesh.slug);
    if browser.here.split('?').next() != Some(here.as_str()) {
        browser.here.clone_from(&here);
    }
    let members = browser.db(store.members(&mesh.id, &list::part(browser, "members")).await)?;
    let part = list::part(browser, "invites");
    let invites = match mesh.role {
        Role::Admin => store.invites(&mesh.id, &part, now).await,
        Role::Member => Ok(Rows { data: Vec::new(), total: 0, next: None }),
    };
    let invites = browser.db(invites)?;
    let more_members = More::of(browser, &here, "members", "page-mesh-people", &members);
    let more_invites = More::of(browser, &here, "invites", "page-mesh-invites", &invites);
    let mails = browser.state.mailer.is_some();
    Ok(browser.show(|mut page| {
        let Said { fault, made, wanted } = said;
        if made.is_some() {
            // The same page in another language would be without the link.
            page.others.clear();
        }
        let fault = fault.map(|id| page.t(id).to_string()).unwrap_or_default();
        let (members, invites) = (members.data, invites.data);
        let account = account.id.as_str();
        let shown = MeshPage {
            page,
            mesh,
            members,
            more_members,
            invites,
            more_invites,
            account,
            made,
            wanted,
            mails,
            fault,
        };
        render(status, &shown)
    }))
}

/// `POST /meshes/SLUG/name`.
pub(super) async fn rename(
    Path(slug): Path<String>,
    CsrfForm { mut browser, fields }: CsrfForm,
) -> Reply {
    let (account, mesh) = led(&mut browser, &slug).await?;
    let name = printable(fields.get("name")).trim().to_owned();
    if display_name(&name).is_none() {
        let (status, said) =
            (StatusCode::UNPROCESSABLE_ENTITY, Said::wrong("page-mesh-name-fault"));
        return show(&mut browser, &account, mesh, status, said).await;
    }
    let event = Event::new(AuditAction::MeshRenamed, &account.id, "web", &mesh.id)
        .from(browser.ip.as_deref())
        .with("name", &name);
    let (store, now) = (&browser.state.store, browser.state.now());
    browser.db(store.rename_mesh(&mesh.id, &name, &event, now).await)?;
    Ok(browser.redirect(&format!("/meshes/{}", mesh.slug)))
}

/// `POST /meshes/SLUG/remove`: for everybody in it, so its slug is typed.
pub(super) async fn remove(
    Path(slug): Path<String>,
    CsrfForm { mut browser, fields }: CsrfForm,
) -> Reply {
    let (account, mesh) = led(&mut browser, &slug).await?;
    if fields.get("slug").trim() != mesh.slug {
        let (status, said) =
            (StatusCode::UNPROCESSABLE_ENTITY, Said::wrong("page-mesh-delete-fault"));
        return show(&mut browser, &account, mesh, status, said).await;
    }
    let event = Event::new(AuditAction::MeshRemoved, &account.id, "web", &mesh.id)
        .from(browser.ip.as_deref())
        .with("slug", &mesh.slug);
    let (store, now) = (&browser.state.store, browser.state.now());
    // Not there any more is what was wanted.
    browser.db(store.remove_mesh(&mesh.id, &event, now).await)?;
    Ok(browser.redirect("/meshes"))
}

/// `POST /meshes/SLUG/members/ID`: another permission, or out. Anybody may
/// take themselves out.
pub(super) async fn change_member(
    Path((slug, member)): Path<(String, String)>,
    CsrfForm { mut browser, fields }: CsrfForm,
) -> Reply {
    let leaves = browser.account().is_some_and(|account| account.id == member)
        && fields.get("do") == "remove";
    let allowed =
        if leaves { seen(&mut browser, &slug).await } else { led(&mut browser, &slug).await };
    let (account, mesh) = allowed?;
    let event = |action: AuditAction| {
        Event::new(action, &account.id, "web", &member)
            .from(browser.ip.as_deref())
            .with("mesh", &mesh.id)
    };
    let (store, now) = (&browser.state.store, browser.state.now());
    let changed = match fields.get("do") {
        "remove" => {
            let event =
                event(if leaves { AuditAction::MeshLeft } else { AuditAction::MemberRemoved });
            store.remove_member(&mesh.id, &member, &event, now).await
        }
        to @ ("admin" | "member") => {
            let role = if to == "admin" { Role::Admin } else { Role::Member };
            let event = event(AuditAction::MemberChanged).with("role", to);
            let changed = store.change_member(&mesh.id, &member, role, &event, now).await;
            changed.map(|changed| changed.map(drop))
        }
        _ => return Ok(browser.message(&MessagePage::stale())),
    };
    match browser.db(changed)? {
        Ok(()) if leaves => Ok(browser.redirect("/meshes")),
        Ok(()) | Err(UnchangedError::Unknown) => {
            Ok(browser.redirect(&format!("/meshes/{}", mesh.slug)))
        }
        Err(UnchangedError::LastAdmin) => {
            let (status, said) = (StatusCode::CONFLICT, Said::wrong("page-mesh-last-admin"));
            show(&mut browser, &account, mesh, status, said).await
        }
    }
}
