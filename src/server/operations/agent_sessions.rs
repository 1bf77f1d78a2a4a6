//! What a code agent acts by: a session of its own, which the signed-in device that
//! starts the agent asks for. It may do less than that device, ends with it and after a
//! day, and can let nobody in: that is for the person.

use std::time::Duration;

use super::names::name;
use super::{Denied, Named, Principal};
use crate::secret::{Secret, TokenKind};
use crate::server::clock::DAY;
use crate::server::domain::audit_action::AuditAction;
use crate::server::domain::scopes;
use crate::server::state::State;
use crate::server::store::{Credential, CredentialKind, NewCredential, credentials};

/// Milliseconds it lives at most.
const LIFE: i64 = DAY;

/// How many a device has at once.
const MOST: usize = 100;

/// Begins a session for the agent called `agent`, on behalf of `by`'s; gives what is
/// kept of it, and the token, which is seen this once.
///
/// # Errors
/// When it is not `by`'s to begin, or there are too many.
pub async fn begin(
    state: &State,
    by: &Principal,
    agent: &str,
) -> Result<(Credential, Secret), Denied> {
    by.require_session()?;
    let (agent, now) = (name(agent, Named::Agent)?, state.now());
    state
        .write_as(by, async move |tx, by| {
            let device = by.credential().ok_or(Denied::StepUpRequired)?;
            let ends = credentials::agents_end(tx, &device.id, now).await?;
            if let Some(first) = ends.first().filter(|_| ends.len() >= MOST) {
                let wait = u64::try_from(first - now).unwrap_or_default();
                return Err(Denied::TooMany(Duration::from_millis(wait)));
            }
            let token = Secret::random_token(TokenKind::Agent);
            let end = now + LIFE;
            let new = NewCredential {
                kind: CredentialKind::Agent,
                account_id: by.account.id.clone(),
                client_id: device.client_id.clone(),
                name: agent,
                os: device.os.clone(),
                arch: device.arch.clone(),
                ip: by.ip.told(),
                scopes: scopes::of_agent(&by.scopes()),
                resource: device.resource,
                expires_at: Some(device.expires_at.map_or(end, |device| device.min(end))),
                ends_at: None,
                parent_id: Some(device.id.clone()),
            };
            let made = credentials::insert(tx, &token, new, now).await?;
            let event = by.event(AuditAction::SessionCreated, &made.id).with("agent", &made.name);
            event.write(tx, now).await?;
            Ok((made, token))
        })
        .await
}
