//! `/i/CODE`: what an invite says, joining by it in the browser, and the
//! command that joins from a terminal.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;

use super::browser::Browser;
use super::form::CsrfForm;
use super::frame::{Frame, render};
use super::message_page::{MessagePage, Tone};
use super::next;
use crate::i18n::Message;
use crate::server::domain::invite_code::{grouped, normalize};
use crate::server::operations::{Principal, invites, meshes};
use crate::wire::InvitePreview;

#[derive(Template)]
#[template(path = "invite.html")]
struct InvitePage<'a> {
    page: Frame,
    invite: &'a InvitePreview,
    code: &'a str,
    link: &'a str,
    login: &'a str,
    register: &'a str,
}

/// `GET /i/CODE`.
pub(super) async fn look(mut browser: Browser, Path(typed): Path<String>) -> Response {
    let state = browser.state.clone();
    let invite = match invites::preview(&state, &typed).await {
        Ok(invite) => invite,
        Err(denied) => return browser.denied(denied),
    };
    let code = grouped(&normalize(&typed));
    let path = format!("/i/{}", code.expose());
    let link = state.page(&path);
    let (mut login, mut register) = (String::new(), String::new());
    if browser.signed_in.is_none() && !state.is_embedded() {
        login = next::link("/login", &path);
        if next::may_register(&state, &path) {
            register = next::link("/register", &path);
        }
    }
    browser.show(|page| {
        let page = InvitePage {
            page,
            invite: &invite,
            code: code.expose(),
            link: &link,
            login: &login,
            register: &register,
        };
        render(StatusCode::OK, &page)
    })
}

/// `POST /i/CODE`.
pub(super) async fn accept(
    Path(typed): Path<String>,
    CsrfForm { mut browser, .. }: CsrfForm,
) -> Response {
    let Some(by) = browser.signed_in.clone() else {
        let path = format!("/i/{}", grouped(&normalize(&typed)).expose());
        return browser.redirect(&next::link("/login", &path));
    };
    join(&mut browser, &typed, &by).await
}

/// Joins as `by`, and leads to the page that says so.
pub(super) async fn join(browser: &mut Browser, typed: &str, by: &Principal) -> Response {
    match invites::accept(&browser.state, by, typed).await {
        Ok(mesh) => browser.redirect(&format!("/joined/{}", mesh.id)),
        Err(denied) => browser.denied(denied),
    }
}

/// `/joined/MESH`: said only to a member of it.
pub(super) async fn joined(mut browser: Browser, Path(id): Path<String>) -> Response {
    let Some(by) = &browser.signed_in else { return browser.message(&MessagePage::missing()) };
    match meshes::find(&browser.state, by, &id).await {
        Ok(mesh) => {
            let (title, text) = ("page-joined-title", "page-joined-text");
            let joined = MessagePage::new(StatusCode::OK, Tone::Good, title, text)
                .with("mesh", mesh.name)
                .detail(Message::new("page-joined-detail"))
                .next("/meshes", "page-see-meshes");
            browser.message(&joined)
        }
        Err(denied) => browser.denied(denied),
    }
}
