//! Authorization codes (RFC 6749 §4.1): somebody lets a program act as them,
//! and it takes the code that the browser brought it for a session.
//!
//! A code that is shown twice takes back what it was good for (§4.1.2), but
//! only where the second one shows the verifier too. Without it nobody ever got
//! a token, and a code that is found in a browser's history must not sign
//! anybody out.

use data_encoding::BASE64URL_NOPAD;
use subtle::ConstantTimeEq;

use super::presence::require_second_factor;
use super::refresh_tokens::{Granted, issue};
use super::{Denied, Principal};
use crate::secret::{Secret, random_value};
use crate::server::domain::audit_action::AuditAction;
use crate::server::domain::client_ip::ClientIp;
use crate::server::domain::device_code_state::{SESSION_LIFE, extended_expiry};
use crate::server::domain::resource::Resource;
use crate::server::domain::scopes;
use crate::server::state::State;
use crate::server::store::{
    AuthorizationCode, CredentialKind, NewAuthorizationCode, NewCredential, authorization_codes,
};

/// Characters of a verifier (RFC 7636 §4.1).
const VERIFIER: std::ops::RangeInclusive<usize> = 43..=128;

/// What somebody lets a program do.
#[derive(Clone, Debug)]
pub struct Consent {
    /// The program.
    pub client_id: String,
    /// What it is called.
    pub client_name: String,
    /// Where the code is brought.
    pub redirect_uri: String,
    /// Space-separated.
    pub scopes: String,
    /// What for.
    pub resource: Resource,
    /// Whether it renews its token.
    pub refreshes: bool,
    /// What its verifier has to answer (RFC 7636 §4.2).
    pub challenge: String,
}

/// Makes the code that stands for `consent`.
///
/// # Errors
/// When it is not `by`'s to give.
pub async fn approve(state: &State, by: &Principal, consent: Consent) -> Result<Secret, Denied> {
    by.require_session()?;
    require_second_factor(state, by).await?;
    let code = Secret::new(format!("cm_ac_{}", random_value().expose()));
    let Consent { client_id, client_name, redirect_uri, scopes, resource, refreshes, challenge } =
        consent;
    let account_id = by.account.id.clone();
    let new = NewAuthorizationCode {
        client_id,
        client_name,
        account_id,
        redirect_uri,
        scopes,
        resource,
        refreshes,
        challenge,
    };
    let now = state.now();
    state
        .write_as(by, async move |tx, by| {
            let id = authorization_codes::create(tx, &code, &new, now).await?;
            let event = by.event(AuditAction::CodeApproved, &id).with("client", &new.client_id);
            let event = event.with("name", &new.client_name).with("scopes", &new.scopes);
            event.write(tx, now).await?;
            Ok(code)
        })
        .await
}

/// Writes down that `by` does not let a program act as them.
pub async fn deny(
    state: &State,
    by: &Principal,
    client_id: &str,
    client_name: &str,
) -> Result<(), Denied> {
    let (client_id, name, now) = (client_id.to_owned(), client_name.to_owned(), state.now());
    state
        .write_as(by, async move |tx, by| {
            let event = by.event(AuditAction::CodeDenied, &client_id).with("name", &name);
            Ok(event.write(tx, now).await?)
        })
        .await
}

/// What a program shows for a session.
#[derive(Clone, Debug)]
pub struct Shown {
    /// The program.
    pub client_id: String,
    pub code: Secret,
    /// What answers the challenge of the code.
    pub verifier: Secret,
    /// Where it says that the code was brought.
    pub redirect_uri: String,
    /// What it asks the token for, where it says so.
    pub resource: Option<Resource>,
    /// The network address it asks from, which pays for wrong codes.
    pub ip: ClientIp,
}

/// Makes the session that a code is good for.
///
/// # Errors
/// [`Denied::NotFound`] where the code is unknown, used or over, or is not for
/// this client, address and verifier; [`Denied::WrongResource`] where it was granted
/// for less than is asked, which leaves it as it was; [`Denied::TooMany`].
pub async fn redeem(state: &State, shown: Shown) -> Result<Granted, Denied> {
    const GONE: Denied = Denied::NotFound("code");
    let now = state.now();
    let kept = state.store.authorization_code(&shown.code).await?;
    let Some(kept) = kept.filter(|kept| {
        kept.client_id == shown.client_id
            && kept.redirect_uri == shown.redirect_uri
            && answers(&shown.verifier, kept)
    }) else {
        let address = &shown.ip.counted();
        state.rate_limits.request(address).map_err(Denied::TooMany)?;
        return Err(GONE);
    };
    let resource = shown.resource.unwrap_or(kept.resource);
    if !kept.resource.covers(resource) {
        return Err(Denied::WrongResource);
    }
    let account = state.store.account(&kept.account_id).await?.ok_or(GONE)?;
    let tokens = issue(kept.refreshes);
    let scopes = scopes::granted(&kept.scopes, &scopes::of_account(account.admin));
    let scopes = resource.scopes(&scopes);
    let ends_at = now + SESSION_LIFE;
    let expires_at = extended_expiry(now, ends_at);
    let new = NewCredential {
        kind: CredentialKind::Session,
        account_id: account.id.clone(),
        name: kept.client_name.clone(),
        client_id: shown.client_id,
        os: String::new(),
        arch: String::new(),
        ip: shown.ip.told(),
        scopes: scopes.clone(),
        resource,
        expires_at: Some(expires_at),
        ends_at: Some(ends_at),
        parent_id: None,
    };
    let made = state.store.claim_authorization_code(&kept, &tokens, &new, now).await?;
    let expires_at = made.ok_or(GONE)?.expires_at.unwrap_or(expires_at);
    Ok(Granted { tokens, scopes, at: now, expires_at, user: account.user() })
}

/// Whether `verifier` is what the challenge was made of (RFC 7636 §4.6).
fn answers(verifier: &Secret, kept: &AuthorizationCode) -> bool {
    let challenge = BASE64URL_NOPAD.encode(&verifier.sha256());
    VERIFIER.contains(&verifier.expose().len())
        && bool::from(challenge.as_bytes().ct_eq(kept.challenge.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of RFC 7636, appendix B.
    #[test]
    fn a_verifier_answers_its_own_challenge() {
        let mut kept = AuthorizationCode {
            challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM".into(),
            ..AuthorizationCode::default()
        };
        let verifier = Secret::new("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
        assert!(answers(&verifier, &kept));
        assert!(!answers(&Secret::new("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXl"), &kept));
        let short = Secret::new("short");
        kept.challenge = BASE64URL_NOPAD.encode(&short.sha256());
        assert!(!answers(&short, &kept), "nothing that could be guessed");
    }
}
