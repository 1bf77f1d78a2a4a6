//! Invites on the page of their mesh: made, mailed where that can be done, and
//! taken back. Its one surprising rule: an invite's link is shown on the one
//! page that made it and never again, because only its hash is kept; so it is
//! shown there whether or not it was mailed.

use axum::extract::Path;
use axum::http::StatusCode;

use super::browser::Reply;
use super::denied::field_error;
use super::form::{CsrfForm, Fields};
use super::mesh::{Said, refused, require_mesh_admin, show};
use super::message_page::MessagePage;
use crate::i18n::{Message, printable};
use crate::secret::Secret;
use crate::server::operations::Denied;
use crate::server::operations::invites::{self, Mailed};
use crate::wire::{NewInvite, Role};

/// An invite that was just made.
pub(super) struct Made {
    /// Its link.
    pub(super) link: Secret,
    /// What became of the mail, and what to do.
    pub(super) said: Message,
    /// Whether it is on its way without anybody doing anything.
    pub(super) sent: bool,
}

/// What somebody wrote into the form.
pub(super) struct Wanted {
    /// Whom to mail it to; nobody where it is empty.
    pub(super) email: String,
    /// What the new member may do.
    pub(super) role: Role,
    /// How many may use it.
    pub(super) uses: String,
    /// Days until it ends.
    pub(super) days: String,
}

impl Default for Wanted {
    fn default() -> Self {
        let (uses, days) = ("1".to_owned(), "7".to_owned());
        Self { email: String::new(), role: Role::Member, uses, days }
    }
}

impl Wanted {
    /// `None` where it is no form of ours.
    fn of(fields: &Fields) -> Option<Self> {
        let role = match fields.get("role") {
            "admin" => Role::Admin,
            "member" => Role::Member,
            _ => return None,
        };
        Some(Self {
            email: printable(fields.get("email")).trim().to_owned(),
            role,
            uses: fields.get("uses").trim().to_owned(),
            days: fields.get("days").trim().to_owned(),
        })
    }

    /// What is asked of the operation; a number that is none is one that it
    /// refuses.
    fn invite(&self) -> NewInvite {
        NewInvite {
            role: self.role,
            email: Some(self.email.clone()),
            expires_in_days: self.days.parse().unwrap_or_default(),
            max_uses: self.uses.parse().unwrap_or_default(),
        }
    }
}

/// `POST /meshes/SLUG/invites`: the only time the link is seen.
pub(super) async fn create(
    Path(slug): Path<String>,
    CsrfForm { mut browser, fields }: CsrfForm,
) -> Reply {
    let (by, mesh) = require_mesh_admin(&mut browser, &slug).await?;
    let Some(wanted) = Wanted::of(&fields) else {
        return Ok(browser.message(&MessagePage::stale()));
    };
    let state = browser.state.clone();
    let (status, said) = match invites::create(&state, &by, &mesh.id, wanted.invite()).await {
        Ok((invite, mailed)) => {
            let said = Message::new(match mailed {
                Mailed::NotAsked => "page-invite-made-text",
                Mailed::NoServer => "page-invite-made-unmailed",
                Mailed::Failed => "page-invite-made-failed",
                Mailed::Sent => "page-invite-made-mailed",
            });
            let said = said.with("email", wanted.email.as_str());
            let made = Made { link: invite.url, said, sent: invite.emailed };
            (StatusCode::CREATED, Said { made: Some(made), ..Said::default() })
        }
        Err(denied) => {
            let Some(fault) = field_error(&denied) else {
                return refused(&mut browser, &by, mesh, denied).await;
            };
            let said = Said { fault: Some(fault), wanted, ..Said::default() };
            (StatusCode::UNPROCESSABLE_ENTITY, said)
        }
    };
    show(&mut browser, &by, mesh, status, said).await
}

/// `POST /meshes/SLUG/invites/ID/revoke`.
pub(super) async fn revoke(
    Path((slug, id)): Path<(String, String)>,
    CsrfForm { mut browser, .. }: CsrfForm,
) -> Reply {
    let (by, mesh) = require_mesh_admin(&mut browser, &slug).await?;
    match invites::revoke(&browser.state, &by, &id).await {
        // Not there any more is what was wanted.
        Ok(()) | Err(Denied::NotFound(_)) => {
            Ok(browser.redirect(&format!("/meshes/{}", mesh.slug)))
        }
        Err(denied) => Err(browser.denied(denied)),
    }
}
