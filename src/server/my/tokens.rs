//! Personal access tokens: list, make, revoke. Making one needs a person: a
//! token must not be able to make itself a successor.

use axum::Json;
use axum::extract::State as Extract;
use axum::http::StatusCode;

use super::{end, listing, name, words};
use crate::secret::{Secret, TokenKind};
use crate::server::api_error::{ApiError, ApiResult};
use crate::server::caller::{Body, Paging, Path, Principal};
use crate::server::scopes::{self, TOKEN_MANAGE};
use crate::server::state::{State, timestamp};
use crate::server::store::{Credential, CredentialKind, Event, NewCredential, Rows};
use crate::wire::{AccessToken, Listing, MintedAccessToken, NewAccessToken, PUBLIC_CLIENT_ID};

/// Milliseconds of a day.
const DAY: i64 = 86_400_000;

pub(super) async fn list(
    Extract(state): Extract<State>,
    principal: Principal,
    Paging(page): Paging,
) -> ApiResult<Json<Listing<AccessToken>>> {
    principal.require_scope(TOKEN_MANAGE)?;
    let account = &principal.account.id;
    let rows = state.store.credentials(account, CredentialKind::Pat, &page, state.now()).await?;
    let data = rows.data.into_iter().map(facts).collect();
    Ok(listing(Rows { data, total: rows.total, next: rows.next }))
}

pub(super) async fn create(
    Extract(state): Extract<State>,
    principal: Principal,
    Body(new): Body<NewAccessToken>,
) -> ApiResult<(StatusCode, Json<MintedAccessToken>)> {
    principal.require_scope(TOKEN_MANAGE)?;
    principal.require_session()?;
    let now = state.now();
    let expires_at = match new.expires_in_days {
        None => None,
        Some(days @ (30 | 90 | 365)) => Some(now + i64::from(days) * DAY),
        Some(_) => {
            return Err(ApiError::invalid("expires_in_days is 30, 90, 365, or null for never."));
        }
    };
    let held = &principal.credential.scopes;
    let scopes = match &new.scopes {
        None => held.clone(),
        Some(asked) => {
            if let Some(unknown) = asked.iter().find(|scope| !scopes::ALL.contains(&scope.as_str()))
            {
                return Err(ApiError::invalid(&format!("There is no scope {unknown}.")));
            }
            if let Some(lacking) = asked.iter().find(|scope| !scopes::has(held, scope)) {
                return Err(ApiError::insufficient_scope(lacking));
            }
            if asked.is_empty() {
                return Err(ApiError::invalid("A token needs a scope; leave it out for all."));
            }
            scopes::granted(&asked.join(" "), held)
        }
    };
    let credential = NewCredential {
        kind: CredentialKind::Pat,
        account_id: principal.account.id.clone(),
        client_id: PUBLIC_CLIENT_ID.to_owned(),
        name: name(&new.name)?,
        os: String::new(),
        arch: String::new(),
        ip: principal.ip.clone(),
        scopes,
        expires_at,
        ends_at: None,
    };
    let token = Secret::random_token(TokenKind::PersonalAccess);
    let event = |id: &str| {
        Event::new("auth.cli.pat.created", &principal.account.id, principal.via(), id)
            .from(principal.ip.as_deref())
            .with("name", &credential.name)
    };
    let made = state.store.create_credential(&token, &credential, event, now).await?;
    Ok((StatusCode::CREATED, Json(MintedAccessToken { facts: facts(made), token })))
}

pub(super) async fn revoke(
    Extract(state): Extract<State>,
    principal: Principal,
    Path(id): Path<String>,
) -> ApiResult<StatusCode> {
    end(&state, &principal, CredentialKind::Pat, &id).await
}

fn facts(token: Credential) -> AccessToken {
    AccessToken {
        id: token.id,
        name: token.name,
        last_four: token.last_four,
        scopes: words(&token.scopes),
        created_at: timestamp(token.created_at),
        last_used_at: token.last_used_at.map(timestamp),
        expires_at: token.expires_at.map(timestamp),
    }
}
