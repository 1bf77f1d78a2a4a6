//! Links that set a new password for whoever lost theirs. Nothing is kept of
//! one: it is a MAC over the account, its end and the password that holds now,
//! so it opens until that password is another one: once.
//!
//! Who asks for a mail gets the same answer at the same speed whether or not
//! there is such an account, because the account is looked up after the answer.

use subtle::ConstantTimeEq as _;

use super::passwords::replace;
use super::{Denied, Invalid};
use crate::server::clock::{HOUR, MINUTE};
use crate::server::domain::audit_action::AuditAction;
use crate::server::domain::client_ip::ClientIp;
use crate::server::passwords;
use crate::server::state::State;
use crate::server::store::{DbResult, Event};
use crate::wire::is_email;

use crate::secret::Secret;
use crate::server::domain::keys::Keys;
use crate::server::store::Account;

/// Milliseconds a link opens.
pub const LIFE: i64 = HOUR;

/// What the link of `account` carries when it is made at `now`.
pub fn token(keys: &Keys, account: &Account, now: i64) -> Secret {
    let until = now + LIFE;
    Secret::new(format!("{}-{until}-{}", account.id, mac(keys, account, until).expose()))
}

/// Mails a link to the account of `email`, if there is one, after this. `ip`
/// pays for asking.
///
/// # Errors
/// [`Denied::NotFound`] where there is no mail server, [`Invalid::Email`],
/// [`Denied::TooMany`].
pub async fn request(state: &State, email: &str, ip: ClientIp) -> Result<(), Denied> {
    if state.mailer.is_none() {
        return Err(Denied::NotFound("page"));
    }
    state.may_sign_in(&format!("reset {}", ip.counted())).await?;
    if !is_email(email) {
        return Err(Invalid::Email.into());
    }
    let (state, to) = (state.clone(), email.to_owned());
    tokio::spawn(async move {
        if let Err(fault) = mail_link(&state, &to, ip).await {
            tracing::error!(%fault, "a link for a lost password could not be made");
        }
    });
    Ok(())
}

/// Mails the link to the account of `email`, where there is one and it was not
/// sent too many already.
async fn mail_link(state: &State, email: &str, ip: ClientIp) -> DbResult<()> {
    let Some(mailer) = &state.mailer else { return Ok(()) };
    let Some(account) = state.store.account_by_email(email).await? else { return Ok(()) };
    if !state.may_mail_link(&account.id).await? {
        return Ok(());
    }
    let now = state.now();
    let event = Event::new(AuditAction::ResetLinkMade, "", "mail", &account.id).from(ip.told());
    state.store.audit(&event, now).await?;
    let token = token(&state.keys, &account, now);
    let link = Secret::new(state.page(&format!("/reset/{}", token.expose())));
    let host = state.pages.host_str().unwrap_or_default();
    mailer.reset(&account.email, host, &link, LIFE / MINUTE).await;
    Ok(())
}

/// Whose password the link with `token` sets.
///
/// # Errors
/// [`Denied::LinkEnded`], or the database's.
pub async fn account(state: &State, token: &str) -> Result<Account, Denied> {
    let found = match account_of(token) {
        Some(id) => state.store.account(id).await?,
        None => None,
    };
    let opens = |account: &Account| opens(&state.keys, account, token, state.now());
    found.filter(opens).ok_or(Denied::LinkEnded)
}

/// Sets the password of `account`, which a link opened, and signs everything
/// of it out; personal access tokens stay.
///
/// # Errors
/// When it cannot be one, or the link was used meanwhile.
pub async fn set(
    state: &State,
    account: &Account,
    fresh: Secret,
    ip: ClientIp,
) -> Result<(), Denied> {
    passwords::check(&fresh, &[&account.name, &account.email]).map_err(Invalid::Password)?;
    let hashed = passwords::hash(fresh).await?;
    let event =
        Event::new(AuditAction::PasswordChanged, &account.id, "reset", &account.id).from(ip.told());
    let (id, before, now) = (account.id.clone(), account.password.clone(), state.now());
    let set = state.store.write(async move |tx| {
        tx.lock(&id).await?;
        replace(tx, &id, before.as_ref(), &hashed, &event, now).await
    });
    set.await.map_err(|denied| match denied {
        Denied::WrongPassword => Denied::LinkEnded,
        denied => denied,
    })
}

/// Whose link this says it is.
fn account_of(token: &str) -> Option<&str> {
    parts(token).map(|(id, ..)| id)
}

/// Whether `token` sets a new password for `account` at `now`.
fn opens(keys: &Keys, account: &Account, token: &str, now: i64) -> bool {
    let Some((id, until, given)) = parts(token) else { return false };
    let expected = mac(keys, account, until);
    let same: bool = expected.expose().as_bytes().ct_eq(given.as_bytes()).into();
    same && id == account.id && now < until
}

fn parts(token: &str) -> Option<(&str, i64, &str)> {
    let mut parts = token.split('-');
    let found = (parts.next()?, parts.next()?.parse().ok()?, parts.next()?);
    parts.next().is_none().then_some(found)
}

fn mac(keys: &Keys, account: &Account, until: i64) -> Secret {
    let password = account.password.as_ref().map_or("", |password| password.expose());
    let what = Secret::new(format!("password of {} until {until}, now {password}", account.id));
    keys.form_token(what.expose())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(id: &str, password: Option<&str>) -> Account {
        Account {
            id: id.to_owned(),
            name: "Ana".to_owned(),
            email: "ana@example.org".to_owned(),
            password: password.map(Secret::new),
            admin: false,
            created_at: 0,
        }
    }

    #[test]
    fn a_link_opens_its_own_account_for_an_hour_and_one_password() {
        let keys = Keys::random();
        let ana = account("a", Some("one"));
        let token = token(&keys, &ana, 5);
        let token = token.expose();
        assert_eq!(account_of(token), Some("a"));
        assert!(opens(&keys, &ana, token, LIFE + 4));
        assert!(!opens(&keys, &ana, token, LIFE + 5));
        assert!(!opens(&keys, &account("a", Some("two")), token, 5));
        assert!(!opens(&keys, &account("a", None), token, 5));
        assert!(!opens(&keys, &account("b", Some("one")), token, 5));
        assert!(!opens(&Keys::random(), &ana, token, 5));
        let longer = token.replacen("-3600005-", "-9999999-", 1);
        assert_ne!(longer, token);
        assert!(!opens(&keys, &ana, &longer, 5));
        for wrong in ["", "a", "a-x-b", "a-1-b-c"] {
            assert!(!opens(&keys, &ana, wrong, 0), "{wrong}");
        }
    }
}
