//! A mesh as its members see it, and what its administrators do there: invite,
//! change and remove. Its one surprising rule: an invite's link is shown on the
//! one page that made it and never again, because only its hash is kept.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;

use super::browser::{Browser, Posted};
use super::frame::{Frame, Verdict, render};
use super::settings::{hidden, person};
use crate::api::wire::{Member, Mesh, OpenInvite, Role};
use crate::i18n::printable;
use crate::machine::slug::slugify;
use crate::secret::random_bytes;
use crate::server::invites::new_code;
use crate::server::store::{Account, Event, NewInvite, Page, Unchanged};

/// Milliseconds of a day.
const DAY: i64 = 86_400_000;

/// Characters of a mesh's longest name.
const LONGEST_NAME: usize = 100;

#[derive(Template)]
#[template(path = "meshes.html")]
struct MeshesPage<'a> {
    page: Frame,
    meshes: Vec<Mesh>,
    hidden: u64,
    name: &'a str,
    fault: String,
}

#[derive(Template)]
#[template(path = "mesh.html")]
struct MeshPage<'a> {
    page: Frame,
    mesh: Mesh,
    members: Vec<Member>,
    hidden: u64,
    invites: Vec<OpenInvite>,
    account: &'a str,
    /// Just made: the only time it is seen.
    link: &'a str,
    fault: String,
}

impl MeshPage<'_> {
    fn leads(&self) -> bool {
        self.mesh.role == Role::Admin
    }
}

/// `GET /meshes`.
pub(super) async fn list(mut browser: Browser) -> Response {
    match person(&mut browser) {
        Ok(account) => show_list(&mut browser, &account, StatusCode::OK, "", None).await,
        Err(response) => response,
    }
}

async fn show_list(
    browser: &mut Browser,
    account: &Account,
    status: StatusCode,
    name: &str,
    fault: Option<&'static str>,
) -> Response {
    match browser.state.store.meshes(&account.id, &Page::default()).await {
        Ok(rows) => browser.show(|page| {
            let hidden = hidden(rows.total, rows.data.len());
            let fault = fault.map(|id| page.t(id).to_string()).unwrap_or_default();
            render(status, &MeshesPage { page, meshes: rows.data, hidden, name, fault })
        }),
        Err(fault) => browser.fault(&fault),
    }
}

/// `POST /meshes`. A name whose slug is taken gets the next one that is free.
pub(super) async fn create(Posted { mut browser, fields }: Posted) -> Response {
    let account = match person(&mut browser) {
        Ok(account) => account,
        Err(response) => return response,
    };
    let name = printable(fields.get("name")).trim().to_owned();
    if name.is_empty() || name.chars().count() > LONGEST_NAME {
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
            Event::new("mesh.created", &account.id, "web", id)
                .from(browser.ip.as_deref())
                .with("slug", &slug)
        };
        match browser.state.store.create_mesh(&account.id, &name, &slug, event, now).await {
            Ok(Ok(mesh)) => return browser.go(&format!("/meshes/{}", mesh.slug)),
            Ok(Err(free)) => slug = free,
            Err(fault) => return browser.fault(&fault),
        }
    }
    let (status, fault) = (StatusCode::CONFLICT, "page-mesh-name-taken");
    show_list(&mut browser, &account, status, &name, Some(fault)).await
}

/// `GET /meshes/SLUG`.
pub(super) async fn look(mut browser: Browser, Path(slug): Path<String>) -> Response {
    match seen(&mut browser, &slug).await {
        Ok((account, mesh)) => show(&mut browser, &account, mesh, StatusCode::OK, "", None).await,
        Err(response) => response,
    }
}

/// The mesh, to a member of it. Nobody else learns that there is one.
async fn seen(browser: &mut Browser, slug: &str) -> Result<(Account, Mesh), Response> {
    let account = person(browser)?;
    match browser.state.store.mesh_by_slug(&account.id, slug).await {
        Ok(Some(mesh)) => Ok((account, mesh)),
        Ok(None) => Err(browser.say(&Verdict::missing())),
        Err(fault) => Err(browser.fault(&fault)),
    }
}

/// The same to an administrator of it.
async fn led(browser: &mut Browser, slug: &str) -> Result<(Account, Mesh), Response> {
    let (account, mesh) = seen(browser, slug).await?;
    if mesh.role == Role::Admin {
        return Ok((account, mesh));
    }
    let fault = Some("page-mesh-admins-only");
    Err(show(browser, &account, mesh, StatusCode::FORBIDDEN, "", fault).await)
}

async fn show(
    browser: &mut Browser,
    account: &Account,
    mesh: Mesh,
    status: StatusCode,
    link: &str,
    fault: Option<&'static str>,
) -> Response {
    let (store, now) = (browser.state.store.clone(), browser.state.now());
    let members = match store.members(&mesh.id, &Page::default()).await {
        Ok(rows) => rows,
        Err(fault) => return browser.fault(&fault),
    };
    let invites = match mesh.role {
        Role::Admin => store.invites(&mesh.id, &Page::default(), now).await.map(|rows| rows.data),
        Role::Member => Ok(Vec::new()),
    };
    let invites = match invites {
        Ok(invites) => invites,
        Err(fault) => return browser.fault(&fault),
    };
    browser.show(|mut page| {
        if !link.is_empty() {
            // The same page in another language would be without the link.
            page.other = None;
        }
        let hidden = hidden(members.total, members.data.len());
        let fault = fault.map(|id| page.t(id).to_string()).unwrap_or_default();
        let members = members.data;
        let account = account.id.as_str();
        render(status, &MeshPage { page, mesh, members, hidden, invites, account, link, fault })
    })
}

/// `POST /meshes/SLUG/invites`: the only time the link is seen.
pub(super) async fn invite(
    Path(slug): Path<String>,
    Posted { mut browser, fields }: Posted,
) -> Response {
    let (account, mesh) = match led(&mut browser, &slug).await {
        Ok(seen) => seen,
        Err(response) => return response,
    };
    let role = match fields.get("role") {
        "admin" => Role::Admin,
        "member" => Role::Member,
        _ => return browser.say(&Verdict::stale()),
    };
    let numbers = (fields.get("uses").parse(), fields.get("days").parse());
    let (Ok(max_uses @ 1..=1_000), Ok(days @ 1..=365_i64)) = numbers else {
        let (status, fault) = (StatusCode::UNPROCESSABLE_ENTITY, "page-invite-fault");
        return show(&mut browser, &account, mesh, status, "", Some(fault)).await;
    };
    let now = browser.state.now();
    let expires_at = now + days * DAY;
    let new = NewInvite { mesh_id: mesh.id.clone(), role, email: None, max_uses, expires_at };
    let code = new_code();
    let event = |id: &str| {
        Event::new("invite.created", &account.id, "web", id)
            .from(browser.ip.as_deref())
            .with("mesh", &new.mesh_id)
    };
    if let Err(fault) =
        browser.state.store.create_invite(&code, &new, &account.id, event, now).await
    {
        return browser.fault(&fault);
    }
    let link = browser.state.page(&format!("/i/{}", code.expose()));
    show(&mut browser, &account, mesh, StatusCode::CREATED, &link, None).await
}

/// `POST /meshes/SLUG/invites/ID/revoke`.
pub(super) async fn revoke_invite(
    Path((slug, id)): Path<(String, String)>,
    Posted { mut browser, .. }: Posted,
) -> Response {
    let (account, mesh) = match led(&mut browser, &slug).await {
        Ok(seen) => seen,
        Err(response) => return response,
    };
    let event = Event::new("invite.revoked", &account.id, "web", &id).from(browser.ip.as_deref());
    let (store, now) = (&browser.state.store, browser.state.now());
    match store.revoke_invite(&account.id, &id, &event, now).await {
        // Not there any more is what was wanted.
        Ok(_) => browser.go(&format!("/meshes/{}", mesh.slug)),
        Err(fault) => browser.fault(&fault),
    }
}

/// `POST /meshes/SLUG/members/ID`: another permission, or out. Anybody may
/// take themselves out.
pub(super) async fn change_member(
    Path((slug, member)): Path<(String, String)>,
    Posted { mut browser, fields }: Posted,
) -> Response {
    let leaves = browser.account().is_some_and(|account| account.id == member)
        && fields.get("do") == "remove";
    let allowed =
        if leaves { seen(&mut browser, &slug).await } else { led(&mut browser, &slug).await };
    let (account, mesh) = match allowed {
        Ok(allowed) => allowed,
        Err(response) => return response,
    };
    let event = |action: &'static str| {
        Event::new(action, &account.id, "web", &member)
            .from(browser.ip.as_deref())
            .with("mesh", &mesh.id)
    };
    let (store, now) = (&browser.state.store, browser.state.now());
    let changed = match fields.get("do") {
        "remove" => {
            let event = event(if leaves { "mesh.left" } else { "mesh.member.removed" });
            store.remove_member(&mesh.id, &member, &event, now).await
        }
        to @ ("admin" | "member") => {
            let role = if to == "admin" { Role::Admin } else { Role::Member };
            let event = event("mesh.member.changed").with("role", to);
            let changed = store.change_member(&mesh.id, &member, role, &event, now).await;
            changed.map(|changed| changed.map(drop))
        }
        _ => return browser.say(&Verdict::stale()),
    };
    match changed {
        Ok(Ok(())) if leaves => browser.go("/meshes"),
        Ok(Ok(()) | Err(Unchanged::Unknown)) => browser.go(&format!("/meshes/{}", mesh.slug)),
        Ok(Err(Unchanged::LastAdmin)) => {
            let (status, fault) = (StatusCode::CONFLICT, "page-mesh-last-admin");
            show(&mut browser, &account, mesh, status, "", Some(fault)).await
        }
        Err(fault) => browser.fault(&fault),
    }
}
