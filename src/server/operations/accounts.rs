//! Accounts: who may make one, how the first administrator comes to theirs, and
//! who else runs the instance. An instance keeps somebody who runs it.

use super::{Denied, Invalid, Named, Principal, invites};
use crate::secret::Secret;
use crate::server::config::SignUp;
use crate::server::domain::audit_action::AuditAction;
use crate::server::domain::client_ip::ClientIp;
use crate::server::passwords;
use crate::server::state::State;
use crate::server::store::{Account, NewAccount, Page, Rows, accounts, plans};
use crate::wire::{AccountFacts, display_name, is_email};

/// What [`crate::server::domain::keys::Keys::form_token`] is asked for to make
/// the link of the first administrator: `/register?first=TOKEN`, good while
/// there is none.
pub const FIRST_ADMIN: &str = "first administrator";

/// What lets somebody make an account. Empty is nothing.
#[derive(Clone, Debug, Default)]
pub struct Invitation {
    /// The code of an invite that they go on to.
    pub invite: Option<Secret>,
    /// The user code of a terminal that they go on to answer, which may have asked
    /// with an invite.
    pub user_code: Option<String>,
    /// The token of the first administrator's link.
    pub first: String,
}

/// An account to be, as somebody wrote it.
#[derive(Clone, Debug)]
pub struct NewPerson {
    /// Display name.
    pub name: String,
    /// E-mail address.
    pub email: String,
    pub password: Secret,
}

/// Refuses whoever may not make an account: anybody, whoever holds an invite,
/// the first administrator by the link that `serve` printed, or nobody may. `ip`
/// pays for codes that there are not.
///
/// Says whether it is the first administrator: only the link makes one, never
/// the mere claim.
///
/// # Errors
/// [`Denied::SignUpClosed`], [`Denied::InviteRequired`],
/// [`Denied::InviteClosed`], or the database's.
pub async fn require_sign_up(
    state: &State,
    with: &Invitation,
    ip: ClientIp,
) -> Result<bool, Denied> {
    if !with.first.is_empty() {
        let expected = state.keys.form_token(FIRST_ADMIN);
        let taken = state.store.has_admin().await?;
        if expected == Secret::new(with.first.as_str()) && !taken {
            return Ok(true);
        }
    }
    match (state.config.sign_up, &with.invite) {
        (SignUp::Open, _) => Ok(false),
        (SignUp::Closed, _) => Err(Denied::SignUpClosed),
        (SignUp::Invite, None) => {
            let offered = match &with.user_code {
                Some(user_code) => invites::of_code(state, user_code, ip).await?,
                None => None,
            };
            offered.map(|_| false).ok_or(Denied::InviteRequired)
        }
        (SignUp::Invite, Some(code)) => {
            let preview = state.store.preview_invite(code, state.now()).await?;
            preview.map(|_| false).map_err(Denied::InviteClosed)
        }
    }
}

/// Makes an account; on an instance that was somebody's own, the first
/// administrator's is theirs. `ip` pays for trying.
///
/// # Errors
/// When they may not, what they wrote is not as it should be, or the e-mail
/// address has an account.
pub async fn create(
    state: &State,
    with: &Invitation,
    new: NewPerson,
    ip: ClientIp,
) -> Result<Account, Denied> {
    state.may_sign_in(&format!("new {}", ip.counted())).await?;
    let admin = require_sign_up(state, with, ip).await?;
    let NewPerson { name, email, password } = new;
    let name = display_name(&name).ok_or(Invalid::Name(Named::Account))?;
    if !is_email(&email) {
        return Err(Invalid::Email.into());
    }
    passwords::check(&password, &[&name, &email]).map_err(Invalid::Password)?;
    let password = Some(passwords::hash(password).await?);
    let new = NewAccount { name, email, password, admin };
    let made = if admin {
        state.store.create_first_admin(&new, state.now()).await?
    } else {
        state.store.create_account(&new, state.now()).await?
    };
    made.ok_or(Denied::EmailTaken)
}

/// The owner of an embedded instance that the first administrator's link would
/// give a way in by its pages.
pub async fn owner_without_login(state: &State) -> Result<Option<Account>, Denied> {
    Ok(state.store.owner_without_a_way_in().await?)
}

/// Everybody with an account, in the order in which they came.
///
/// # Errors
/// When `by` does not run the instance.
pub async fn list(
    state: &State,
    by: &Principal,
    page: &Page,
) -> Result<Rows<AccountFacts>, Denied> {
    by.require_admin()?;
    Ok(state.store.accounts(&state.config.plans, page).await?)
}

/// Makes somebody one of those who run the instance, or takes it from them.
///
/// # Errors
/// When it is not `by`'s to do, there is no such account, or it is the last.
pub async fn set_admin(state: &State, by: &Principal, id: &str, admin: bool) -> Result<(), Denied> {
    let now = state.now();
    by.require_admin()?;
    by.require_session()?;
    by.require_recent(now)?;
    let id = id.to_owned();
    state
        .write_as_after(accounts::FIRST_ADMIN_LOCK, by, async move |tx, by| {
            by.require_admin()?;
            let changed = accounts::set_admin(tx, &id, admin).await?;
            if !changed.ok_or(Denied::NotFound("account"))? {
                return Ok(());
            }
            if !accounts::has_admin(tx).await? {
                return Err(Denied::LastAdmin);
            }
            let action = if admin { AuditAction::AdminGiven } else { AuditAction::AdminTaken };
            Ok(by.event(action, &id).write(tx, now).await?)
        })
        .await
}

/// Puts an account on another plan.
///
/// # Errors
/// When it is not `by`'s to do, or there is no such account or plan.
pub async fn set_plan(state: &State, by: &Principal, id: &str, plan: &str) -> Result<(), Denied> {
    let now = state.now();
    by.require_admin()?;
    by.require_session()?;
    by.require_recent(now)?;
    if !state.config.plans.0.iter().any(|known| known.name == plan) {
        return Err(Invalid::Plan.into());
    }
    let (id, plan) = (id.to_owned(), plan.to_owned());
    state
        .write_as_after(accounts::FIRST_ADMIN_LOCK, by, async move |tx, by| {
            by.require_admin()?;
            if !plans::set(tx, &id, &plan).await? {
                return Err(Denied::NotFound("account"));
            }
            let event = by.event(AuditAction::PlanChanged, &id).with("name", &plan);
            Ok(event.write(tx, now).await?)
        })
        .await
}
