//! `/i/CODE`: what an invite says, joining by it in the browser, and the
//! command that joins from a terminal.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;

use super::browser::{Browser, Reply};
use super::form::CsrfForm;
use super::frame::{Frame, render};
use super::message_page::{MessagePage, Tone};
use super::next;
use super::opening;
use crate::i18n::Message;
use crate::server::domain::invite_code::{grouped, normalize};
use crate::server::domain::keys::format_user_code;
use crate::server::operations::{Principal, invites, meshes};
use crate::wire::{InvitePreview, OpeningStep};

#[derive(Template)]
#[template(path = "invite.html")]
struct InvitePage<'a> {
    page: Frame,
    invite: &'a InvitePreview,
    code: &'a str,
    link: &'a str,
    login: &'a str,
    register: &'a str,
    /// The code that leads there from a terminal, which has the invite already.
    user_code: &'a str,
}

/// `GET /i/CODE`.
pub(super) async fn look(mut browser: Browser, Path(typed): Path<String>) -> Reply {
    let state = browser.state.clone();
    let invite = browser.allowed(invites::preview(&state, &typed).await)?;
    let code = grouped(&normalize(&typed));
    let path = format!("/i/{}", code.expose());
    let link = state.page(&path);
    let (mut login, mut register) = (String::new(), String::new());
    if browser.signed_in.is_none() && !state.is_embedded() {
        login = next::link("/login", &path);
        if next::may_register(&browser, &path).await? {
            register = next::link("/register", &path);
        }
    }
    Ok(browser.show(|page| {
        let page = InvitePage {
            page,
            invite: &invite,
            code: code.expose(),
            link: &link,
            login: &login,
            register: &register,
            user_code: "",
        };
        render(StatusCode::OK, &page)
    }))
}

/// What the invite says that came with the code `user_code`, to somebody who is not
/// signed in: they do so, or make an account, and come back to the card.
pub(super) async fn look_from_code(
    browser: &mut Browser,
    invite: &InvitePreview,
    user_code: &str,
) -> Reply {
    let card = format!("/D/{user_code}");
    let login = next::link("/login", &card);
    let register = if next::may_register(browser, &card).await? {
        next::link("/register", &card)
    } else {
        String::new()
    };
    opening::note(browser, user_code, OpeningStep::Opened);
    // Whole on its line.
    let user_code = &format_user_code(user_code).replace('-', "\u{2011}");
    Ok(browser.show(|page| {
        let (code, link, login, register) = ("", "", &*login, &*register);
        let page = InvitePage { page, invite, code, link, login, register, user_code };
        render(StatusCode::OK, &page)
    }))
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
