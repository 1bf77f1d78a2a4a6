//! A mesh as its members see it, and what its administrators do there: change
//! and remove, it and who is in it. Its one surprising rule: a mesh that gets
//! another name keeps its slug, because links and settings name it.

use std::collections::HashMap;

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;

use super::at_work::{AtWork, Board};
use super::browser::{Browser, Reply};
use super::denied::field_error;
use super::form::CsrfForm;
use super::frame::{Frame, render};
use super::list::{self, More};
use super::message_page::MessagePage;
use super::session_guard::{require_member, require_sign_in};
use crate::i18n::{Message, printable};
use crate::secret::Secret;
use crate::server::operations::{Denied, Principal, Rows, invites, members, meshes};
use crate::wire::{Member, Mesh, OpenInvite, Role};

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
    /// Who is at work there.
    board: Board,
    members: Vec<Member>,
    more_members: More,
    invites: Vec<OpenInvite>,
    more_invites: More,
    /// How many open invites each administrator made, by account id.
    by_inviter: HashMap<String, u64>,
    account: &'a str,
    /// An invite that was just made: the only time its link is seen.
    made: Option<MadeInvite>,
    invite_form: InviteForm,
    /// Whether there is a mail server.
    mails: bool,
    fault: String,
}

impl MeshPage<'_> {
    fn is_admin(&self) -> bool {
        self.mesh.role == Role::Admin
    }

    /// How many invites end with what `member` may do.
    fn ends_with(&self, member: &Member) -> u64 {
        self.by_inviter.get(&member.id).copied().unwrap_or_default()
    }
}

/// An invite that was just made.
pub(super) struct MadeInvite {
    pub(super) link: Secret,
    /// What became of the mail, and what to do.
    pub(super) message: Message,
    /// Whether it is on its way without anybody doing anything.
    pub(super) sent: bool,
    /// That it opens on no other computer, where that is so, and what to do.
    pub(super) only_there: Option<[Message; 2]>,
}

/// What somebody wrote into the form.
pub(super) struct InviteForm {
    /// Whom to mail it to; nobody where it is empty.
    pub(super) email: String,
    /// What the new member may do.
    pub(super) role: Role,
    /// How many may use it.
    pub(super) uses: String,
    /// Days until it ends.
    pub(super) days: String,
}

impl Default for InviteForm {
    fn default() -> Self {
        let (uses, days) = ("1".to_owned(), "7".to_owned());
        Self { email: String::new(), role: Role::Member, uses, days }
    }
}

/// What is on a mesh's page besides the mesh.
#[derive(Default)]
pub(super) struct FormState {
    /// What went wrong.
    pub(super) fault: Option<Message>,
    /// The invite that was just made.
    pub(super) made: Option<MadeInvite>,
    /// What was typed into the form for another.
    pub(super) invite_form: InviteForm,
}

impl FormState {
    pub(super) fn with_fault(fault: &'static str) -> Self {
        Self { fault: Some(Message::new(fault)), ..Self::default() }
    }
}

/// `GET /meshes`.
pub(super) async fn list(mut browser: Browser) -> Reply {
    let by = require_sign_in(&mut browser)?;
    show_list(&mut browser, &by, StatusCode::OK, "", None).await
}

async fn show_list(
    browser: &mut Browser,
    by: &Principal,
    status: StatusCode,
    name: &str,
    fault: Option<Message>,
) -> Reply {
    let part = list::part(browser, "after");
    let rows = browser.allowed(meshes::list(&browser.state, by, &part).await)?;
    let more = More::of(browser, "/meshes", "after", "page-meshes-title", &rows);
    Ok(browser.show(|page| {
        let fault = fault.map(|fault| page.say(&fault)).unwrap_or_default();
        render(status, &MeshesPage { page, meshes: rows.data, more, name, fault })
    }))
}

/// `POST /meshes`. A name whose slug is taken gets the next one that is free.
pub(super) async fn create(CsrfForm { mut browser, fields }: CsrfForm) -> Reply {
    let by = require_sign_in(&mut browser)?;
    let name = printable(fields.get("name")).trim().to_owned();
    let state = browser.state.clone();
    let mut slug = None;
    for _ in 0..3 {
        match meshes::create(&state, &by, &name, slug.as_deref()).await {
            Ok(mesh) => return Ok(browser.redirect(&format!("/meshes/{}", mesh.slug))),
            Err(Denied::SlugTaken(free)) => slug = Some(free),
            Err(denied) => {
                let Some(fault) = field_error(&denied) else { return Err(browser.denied(denied)) };
                let status = StatusCode::UNPROCESSABLE_ENTITY;
                return show_list(&mut browser, &by, status, &name, Some(fault)).await;
            }
        }
    }
    let (status, fault) = (StatusCode::CONFLICT, Message::new("page-mesh-name-taken"));
    show_list(&mut browser, &by, status, &name, Some(fault)).await
}

/// `GET /meshes/SLUG`.
pub(super) async fn look(mut browser: Browser, Path(slug): Path<String>) -> Reply {
    let (by, mesh) = require_member(&mut browser, &slug).await?;
    show(&mut browser, &by, mesh, StatusCode::OK, FormState::default()).await
}

/// The same to an administrator of it.
pub(super) async fn require_mesh_admin(
    browser: &mut Browser,
    slug: &str,
) -> Result<(Principal, Mesh), Response> {
    let (by, mesh) = require_member(browser, slug).await?;
    if mesh.role == Role::Admin {
        return Ok((by, mesh));
    }
    Err(refused(browser, &by, mesh, Denied::NotMeshAdmin).await?)
}

/// The page of a mesh with what an operation refused there.
pub(super) async fn refused(
    browser: &mut Browser,
    by: &Principal,
    mesh: Mesh,
    denied: Denied,
) -> Reply {
    let (status, fault) = match &denied {
        Denied::NotMeshAdmin => {
            (StatusCode::FORBIDDEN, Some(Message::new("page-mesh-admins-only")))
        }
        Denied::LastAdmin => (StatusCode::CONFLICT, Some(Message::new("page-mesh-last-admin"))),
        denied => (StatusCode::UNPROCESSABLE_ENTITY, field_error(denied)),
    };
    let Some(fault) = fault else { return Err(browser.denied(denied)) };
    show(browser, by, mesh, status, FormState { fault: Some(fault), ..FormState::default() }).await
}

/// The page of a mesh. It answers forms of other addresses too, and is then
/// called by its own, so that it has another language and an end to its lists.
pub(super) async fn show(
    browser: &mut Browser,
    by: &Principal,
    mesh: Mesh,
    status: StatusCode,
    form: FormState,
) -> Reply {
    let path = format!("/meshes/{}", mesh.slug);
    if browser.path_and_query.split('?').next() != Some(path.as_str()) {
        browser.path_and_query.clone_from(&path);
    }
    let (state, part) = (browser.state.clone(), list::part(browser, "members"));
    let at_work = browser.allowed(AtWork::find(&state, by, &mesh).await)?;
    let members = browser.allowed(members::list(&state, by, &mesh.id, &part).await)?;
    let part = list::part(browser, "invites");
    let (invites, by_inviter) = if mesh.role == Role::Admin {
        let invites = invites::list(&state, by, &mesh.id, &part).await;
        (invites, invites::by_inviter(&state, by, &mesh.id).await)
    } else {
        (Ok(Rows { data: Vec::new(), total: 0, next: None }), Ok(HashMap::new()))
    };
    let (invites, by_inviter) = (browser.allowed(invites)?, browser.allowed(by_inviter)?);
    let more_members = More::of(browser, &path, "members", "page-mesh-people", &members);
    let more_invites = More::of(browser, &path, "invites", "page-mesh-invites", &invites);
    let mails = browser.state.mailer.is_some();
    Ok(browser.show(|mut page| {
        let FormState { fault, made, invite_form } = form;
        if made.is_some() {
            // The same page in another language would be without the link.
            page.others.clear();
        }
        let fault = fault.map(|fault| page.say(&fault)).unwrap_or_default();
        let (members, invites) = (members.data, invites.data);
        let board = at_work.board(&page);
        let account = by.account.id.as_str();
        let shown = MeshPage {
            page,
            mesh,
            board,
            members,
            more_members,
            invites,
            more_invites,
            by_inviter,
            account,
            made,
            invite_form,
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
    let (by, mesh) = require_mesh_admin(&mut browser, &slug).await?;
    let name = printable(fields.get("name")).trim().to_owned();
    match meshes::rename(&browser.state, &by, &mesh.id, &name).await {
        Ok(_) => Ok(browser.redirect(&format!("/meshes/{}", mesh.slug))),
        Err(denied) => refused(&mut browser, &by, mesh, denied).await,
    }
}

/// `POST /meshes/SLUG/remove`: for everybody in it, so its slug is typed.
pub(super) async fn remove(
    Path(slug): Path<String>,
    CsrfForm { mut browser, fields }: CsrfForm,
) -> Reply {
    let (by, mesh) = require_mesh_admin(&mut browser, &slug).await?;
    if fields.get("slug").trim() != mesh.slug {
        let (status, form) =
            (StatusCode::UNPROCESSABLE_ENTITY, FormState::with_fault("page-mesh-delete-fault"));
        return show(&mut browser, &by, mesh, status, form).await;
    }
    match meshes::remove(&browser.state, &by, &mesh.id).await {
        // Not there any more is what was wanted.
        Ok(()) | Err(Denied::NotFound(_)) => Ok(browser.redirect("/meshes")),
        Err(denied) => refused(&mut browser, &by, mesh, denied).await,
    }
}

/// `POST /meshes/SLUG/members/ID`: another permission, or out. Anybody may
/// take themselves out.
pub(super) async fn change_member(
    Path((slug, member)): Path<(String, String)>,
    CsrfForm { mut browser, fields }: CsrfForm,
) -> Reply {
    let leaves = browser.account().is_some_and(|account| account.id == member)
        && fields.get("do") == "remove";
    let (by, mesh) = if leaves {
        require_member(&mut browser, &slug).await?
    } else {
        require_mesh_admin(&mut browser, &slug).await?
    };
    let state = browser.state.clone();
    let role = match fields.get("do") {
        "remove" => None,
        "admin" => Some(Role::Admin),
        "member" => Some(Role::Member),
        _ => return Ok(browser.message(&MessagePage::stale())),
    };
    let changed = match role {
        None => members::remove(&state, &by, &mesh.id, &member).await,
        Some(role) => members::set_role(&state, &by, &mesh.id, &member, role).await.map(drop),
    };
    match changed {
        Ok(()) if leaves => Ok(browser.redirect("/meshes")),
        Ok(()) | Err(Denied::NotFound("member")) => {
            Ok(browser.redirect(&format!("/meshes/{}", mesh.slug)))
        }
        Err(denied) => refused(&mut browser, &by, mesh, denied).await,
    }
}
