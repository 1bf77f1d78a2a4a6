//! Invites on the page of their mesh: made, mailed where that can be done, and
//! taken back. Its one surprising rule: an invite's link is shown on the one
//! page that made it and never again, because only its hash is kept; so it is
//! shown there whether or not it was mailed.

use axum::extract::Path;
use axum::http::StatusCode;

use super::browser::Reply;
use super::denied::field_error;
use super::form::{CsrfForm, Fields};
use super::mesh::{FormState, InviteForm, MadeInvite, refused, require_mesh_admin, show};
use super::message_page::MessagePage;
use crate::i18n::{Message, printable};
use crate::input::invite::only_there;
use crate::server::operations::Denied;
use crate::server::operations::invites::{self, MailOutcome};
use crate::wire::{NewInvite, Role};

impl InviteForm {
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
    let Some(invite_form) = InviteForm::of(&fields) else {
        return Ok(browser.message(&MessagePage::stale()));
    };
    let state = browser.state.clone();
    let (status, form) = match invites::create(&state, &by, &mesh.id, invite_form.invite()).await {
        Ok((invite, mailed)) => {
            let message = Message::new(match mailed {
                MailOutcome::NotAsked => "page-invite-made-text",
                MailOutcome::NoServer => "page-invite-made-unmailed",
                MailOutcome::Failed => "page-invite-made-failed",
                MailOutcome::Sent => "page-invite-made-mailed",
            });
            let message = message.with("email", invite_form.email.as_str());
            let only_there = only_there(&invite.url, state.is_embedded());
            let made = MadeInvite { link: invite.url, message, sent: invite.emailed, only_there };
            (StatusCode::CREATED, FormState { made: Some(made), ..FormState::default() })
        }
        Err(denied) => {
            let Some(fault) = field_error(&denied) else {
                return refused(&mut browser, &by, mesh, denied).await;
            };
            let form = FormState { fault: Some(fault), invite_form, ..FormState::default() };
            (StatusCode::UNPROCESSABLE_ENTITY, form)
        }
    };
    show(&mut browser, &by, mesh, status, form).await
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
