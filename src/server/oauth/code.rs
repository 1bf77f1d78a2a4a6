//! The authorization code grant (RFC 6749 §4.1.3): a code that a browser
//! brought to a client becomes a session.
//!
//! The surprising rule: a code that is shown twice takes back what it was
//! good for (§4.1.2), but only where the second one shows the verifier too.
//! Without it nobody ever got a token, and a code that is found in a browser's
//! history must not sign anybody out.

use axum::Json;
use axum::response::{IntoResponse, Response};
use data_encoding::BASE64URL_NOPAD;
use subtle::ConstantTimeEq;

use super::client::Client;
use super::{Form, OAuthError};
use crate::secret::{Secret, TokenKind};
use crate::server::domain::device_code_state::SESSION_LIFE;
use crate::server::domain::scopes;
use crate::server::state::State;
use crate::server::store::{AuthorizationCode, CredentialKind, NewCredential};
use crate::wire::TokenGrant;

/// Characters of a verifier (RFC 7636 §4.1).
const VERIFIER: std::ops::RangeInclusive<usize> = 43..=128;

/// The session that the code in `form` is good for.
pub(super) async fn grant(
    state: &State,
    client: Client,
    form: &Form,
    ip: Option<String>,
) -> Result<Response, OAuthError> {
    let missing = |description| OAuthError::new("invalid_request", description);
    let code = form.secret("code").ok_or_else(|| missing("code is missing."))?;
    let verifier =
        form.secret("code_verifier").ok_or_else(|| missing("code_verifier is missing."))?;
    let address = form.get("redirect_uri").ok_or_else(|| missing("redirect_uri is missing."))?;
    let now = state.now();
    let kept = state.store.authorization_code(&code).await?;
    let Some(kept) = kept.filter(|kept| {
        kept.client_id == client.id && kept.redirect_uri == address && answers(&verifier, kept)
    }) else {
        let address = ip.as_deref().unwrap_or("unknown");
        state.rate_limits.request(address).map_err(OAuthError::too_many)?;
        return Err(gone());
    };
    let Some(account) = state.store.account(&kept.account_id).await? else { return Err(gone()) };
    let token = Secret::random_token(TokenKind::Session);
    let granted = scopes::granted(&kept.scopes, &scopes::of_account(account.admin));
    let ends_at = now + SESSION_LIFE;
    let expires_at = crate::server::domain::device_code_state::extended_expiry(now, ends_at);
    let new = NewCredential {
        kind: CredentialKind::Session,
        account_id: account.id.clone(),
        name: client.name().to_owned(),
        client_id: client.id,
        os: String::new(),
        arch: String::new(),
        ip,
        scopes: granted.clone(),
        expires_at: Some(expires_at),
        ends_at: Some(ends_at),
    };
    let registered = client.registered.is_some();
    if !state.store.claim_authorization_code(&kept, registered, &token, &new, now).await? {
        return Err(gone());
    }
    let grant = TokenGrant {
        access_token: token,
        token_type: "Bearer".to_owned(),
        expires_in: u64::try_from((expires_at - now) / 1_000).ok(),
        scope: Some(granted),
        user: Some(account.user()),
    };
    Ok(Json(grant).into_response())
}

/// Whether `verifier` is what the challenge was made of (RFC 7636 §4.6).
fn answers(verifier: &Secret, kept: &AuthorizationCode) -> bool {
    let challenge = BASE64URL_NOPAD.encode(&verifier.sha256());
    VERIFIER.contains(&verifier.expose().len())
        && bool::from(challenge.as_bytes().ct_eq(kept.challenge.as_bytes()))
}

fn gone() -> OAuthError {
    OAuthError::new(
        "invalid_grant",
        "The code is unknown, used or over, or not for this client, address and verifier.",
    )
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
