//! Personal access tokens. Making one takes a person: a token must not be able
//! to make itself a successor.

use super::names::name;
use super::presence::Presence;
use super::sessions::end;
use super::{Denied, Invalid, Named, Principal};
use crate::secret::{Secret, TokenKind};
use crate::server::clock::DAY;
use crate::server::domain::audit_action::AuditAction;
use crate::server::domain::resource::Resource;
use crate::server::domain::scopes;
use crate::server::state::State;
use crate::server::store::{Credential, CredentialKind, NewCredential, Page, Rows, credentials};
use crate::wire::{NewAccessToken, PUBLIC_CLIENT_ID};

/// The live tokens of `by`'s account, newest first.
pub async fn list(state: &State, by: &Principal, page: &Page) -> Result<Rows<Credential>, Denied> {
    let kind = CredentialKind::Pat;
    let rows = state.store.credentials(&by.account.id, kind, page, state.now()).await?;
    Ok(rows.map(|listed| listed.credential))
}

/// Makes a token that may do no more than `by` may; gives what is kept of it,
/// and the token, which is seen this once.
///
/// # Errors
/// When it is not `by`'s to make, or not as a token should be.
pub async fn create(
    state: &State,
    by: &Principal,
    new: &NewAccessToken,
) -> Result<(Credential, Secret), Denied> {
    let presence = Presence::shown(state, by, new.step_up.clone()).await?;
    let now = state.now();
    let expires_at = match new.expires_in_days {
        None => None,
        Some(days @ (30 | 90 | 365)) => Some(now + i64::from(days) * DAY),
        Some(_) => return Err(Invalid::TokenDays.into()),
    };
    let (name, asked) = (name(&new.name, Named::Token)?, new.scopes.clone());
    state
        .write_as(by, async move |tx, by| {
            presence.still_holds(tx, &by, now).await?;
            let token = Secret::random_token(TokenKind::PersonalAccess);
            let scopes = granted(&by, asked.as_deref())?;
            let new = NewCredential {
                kind: CredentialKind::Pat,
                account_id: by.account.id.clone(),
                client_id: PUBLIC_CLIENT_ID.to_owned(),
                name,
                os: String::new(),
                arch: String::new(),
                ip: by.ip.told(),
                scopes,
                resource: Resource::Instance,
                expires_at,
                ends_at: None,
                parent_id: None,
            };
            let made = credentials::insert(tx, &token, new, now).await?;
            let event = by.event(AuditAction::PatCreated, &made.id).with("name", &made.name);
            event.write(tx, now).await?;
            Ok((made, token))
        })
        .await
}

/// Those of `asked` as they are kept; without any asked for, all that `by` may.
fn granted(by: &Principal, asked: Option<&[String]>) -> Result<String, Denied> {
    let held = by.scopes();
    let Some(asked) = asked else { return Ok(held.into_owned()) };
    if let Some(unknown) = asked.iter().find(|scope| !scopes::ALL.contains(&scope.as_str())) {
        return Err(Invalid::UnknownScope(unknown.clone()).into());
    }
    if let Some(lacking) = asked.iter().find(|scope| !scopes::has(&held, scope)) {
        return Err(Denied::MissingScope(lacking.clone()));
    }
    if asked.is_empty() {
        return Err(Invalid::NoScope.into());
    }
    Ok(scopes::granted(&asked.join(" "), &held))
}

/// Ends a token of `by`'s account. A token may end itself; another's end is a
/// person's to decide.
///
/// # Errors
/// When it is not `by`'s to end, or there is no such token.
pub async fn revoke(state: &State, by: &Principal, id: &str) -> Result<(), Denied> {
    end(state, by, CredentialKind::Pat, id).await
}
