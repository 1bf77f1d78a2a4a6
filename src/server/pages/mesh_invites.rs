//! Invites on the page of their mesh: made, mailed where that can be done, and
//! taken back. Its one surprising rule: an invite's link is shown on the one
//! page that made it and never again, because only its hash is kept; so it is
//! shown there whether or not it was mailed.

use crate::server::domain::audit_action::AuditAction;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;

use super::browser::{Browser, Reply};
use super::form::{CsrfForm, Fields};
use super::mesh::{Said, led, show};
use super::message_page::MessagePage;
use crate::i18n::{Message, printable};
use crate::secret::Secret;
use crate::server::domain::invite_code::new_code;
use crate::server::operations::invites::{Mailed, mail, may_mail};
use crate::server::store::{Account, Event, NewInvite};
use crate::wire::{Mesh, Role, is_email};

/// Milliseconds of a day.
const DAY: i64 = 86_400_000;

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

    /// The uses and the days.
    fn numbers(&self) -> Result<(u32, u32), &'static str> {
        if !self.email.is_empty() && !is_email(&self.email) {
            return Err("page-email-fault");
        }
        match (self.uses.parse(), self.days.parse()) {
            (Ok(uses @ 1..=1_000), Ok(days @ 1..=365)) => Ok((uses, days)),
            _ => Err("page-invite-fault"),
        }
    }
}

/// `POST /meshes/SLUG/invites`: the only time the link is seen.
pub(super) async fn make(
    Path(slug): Path<String>,
    CsrfForm { mut browser, fields }: CsrfForm,
) -> Reply {
    let (account, mesh) = led(&mut browser, &slug).await?;
    let Some(wanted) = Wanted::of(&fields) else {
        return Ok(browser.message(&MessagePage::stale()));
    };
    match keep(&browser, &account, &mesh, &wanted).await? {
        Ok(made) => {
            let said = Said { made: Some(made), ..Said::default() };
            show(&mut browser, &account, mesh, StatusCode::CREATED, said).await
        }
        Err(fault) => {
            let said = Said { fault: Some(fault), wanted, ..Said::default() };
            show(&mut browser, &account, mesh, StatusCode::UNPROCESSABLE_ENTITY, said).await
        }
    }
}

async fn keep(
    browser: &Browser,
    account: &Account,
    mesh: &Mesh,
    wanted: &Wanted,
) -> Result<Result<Made, &'static str>, Response> {
    let (uses, days) = match wanted.numbers() {
        Ok(numbers) => numbers,
        Err(fault) => return Ok(Err(fault)),
    };
    let (state, now) = (&browser.state, browser.state.now());
    let new = NewInvite {
        mesh_id: mesh.id.clone(),
        role: wanted.role,
        email: Some(wanted.email.clone()).filter(|email| !email.is_empty()),
        max_uses: uses,
        expires_at: now + i64::from(days) * DAY,
    };
    browser.allowed(may_mail(state, &new, &account.id).await)?;
    let code = new_code();
    let event = |id: &str| {
        Event::new(AuditAction::InviteCreated, &account.id, "web", id)
            .from(browser.ip.as_deref())
            .with("mesh", &new.mesh_id)
    };
    let kept = state.store.create_invite(&code, &new, &account.id, event, now).await;
    browser.db(kept)?;
    let link = Secret::new(state.page(&format!("/i/{}", code.expose())));
    let mailed = mail(state, &new, &account.name, &mesh.name, &link, days).await;
    let said = Message::new(match mailed {
        Mailed::NotAsked => "page-invite-made-text",
        Mailed::NoServer => "page-invite-made-unmailed",
        Mailed::Failed => "page-invite-made-failed",
        Mailed::Sent => "page-invite-made-mailed",
    });
    let said = said.with("email", wanted.email.as_str());
    Ok(Ok(Made { link, said, sent: mailed == Mailed::Sent }))
}

/// `POST /meshes/SLUG/invites/ID/revoke`.
pub(super) async fn revoke(
    Path((slug, id)): Path<(String, String)>,
    CsrfForm { mut browser, .. }: CsrfForm,
) -> Reply {
    let (account, mesh) = led(&mut browser, &slug).await?;
    let event =
        Event::new(AuditAction::InviteRevoked, &account.id, "web", &id).from(browser.ip.as_deref());
    let (store, now) = (&browser.state.store, browser.state.now());
    // Not there any more is what was wanted.
    browser.db(store.revoke_invite(&account.id, &id, &event, now).await)?;
    Ok(browser.redirect(&format!("/meshes/{}", mesh.slug)))
}
