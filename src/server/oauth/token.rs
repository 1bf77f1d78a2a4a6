//! The token endpoint: which grant is asked for, and the device grant
//! (RFC 8628 §3.4), with holds: a poll that prefers to wait is answered when
//! something happens.

use std::time::Duration;

use axum::Json;
use axum::extract::State as Extract;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use tokio::time::Instant;

use super::client::client;
use super::code;
use super::error::OAuthError;
use super::form::Form;
use super::metadata::{AUTHORIZATION_CODE, CLIENT_CREDENTIALS, REFRESH_TOKEN};
use super::{refresh, service};
use crate::secret::Secret;
use crate::server::domain::device_code_state::{CLAIM, LIFE, PollOutcome};
use crate::server::domain::poll_rate;
use crate::server::domain::resource::Resource;
use crate::server::http::client_ip::ClientIp;
use crate::server::http::extract::idempotency_key;
use crate::server::http::prefer::{self, prefer_wait};
use crate::server::operations::device_codes::{self, Claimed};
use crate::server::operations::storage_key;
use crate::server::state::State;
use crate::server::wake::{Hold, Woken};
use crate::wire::{DEVICE_CODE_GRANT, Opening, TokenGrant};

/// What one poll comes to: a token, or why there is none. `None` is an
/// unknown code.
type ClaimAttempt = Option<Result<Claimed, Unclaimed>>;

/// Why there is no token.
struct Unclaimed {
    outcome: PollOutcome,
    /// Milliseconds that the code still has.
    left: i64,
    /// What is new of whoever opened its page, for whoever asked to be told.
    opening: Option<Opening>,
}

impl Unclaimed {
    /// Whether nothing happened that the client wants to hear.
    fn is_no_news(&self) -> bool {
        self.outcome == PollOutcome::Pending && self.opening.is_none()
    }
}

pub(super) async fn token(
    Extract(state): Extract<State>,
    ip: ClientIp,
    headers: HeaderMap,
    form: Result<Form, OAuthError>,
) -> Response {
    // One after the other, so that nothing is kept beside a poll that is held
    // but what holding takes.
    let answer = match Box::pin(answer(state, ip, headers, form)).await {
        Ok(Step::Answered(response)) => Ok(response),
        Ok(Step::Held(held)) => held.wait().await,
        Err(refusal) => Err(refusal),
    };
    answer.unwrap_or_else(IntoResponse::into_response)
}

/// How far a request has come.
enum Step {
    Answered(Response),
    /// A poll that waits for something to happen.
    Held(Box<LongPoll>),
}

async fn answer(
    state: State,
    ip: ClientIp,
    headers: HeaderMap,
    form: Result<Form, OAuthError>,
) -> Result<Step, OAuthError> {
    let form = form?;
    let client = client(&state, &form, &headers, ip).await?;
    match form.get("grant_type") {
        Some(DEVICE_CODE_GRANT) => {}
        Some(CLIENT_CREDENTIALS) => {
            let granted = service::grant(&state, &client, &form, ip).await;
            return granted.map(Step::Answered);
        }
        // Where no browser can consent there is no code to show.
        Some(AUTHORIZATION_CODE) if !state.is_embedded() => {
            return code::grant(&state, client, &form, ip).await.map(Step::Answered);
        }
        Some(REFRESH_TOKEN) => {
            return refresh::grant(&state, &client, &form, ip).await.map(Step::Answered);
        }
        Some(_) => {
            return Err(OAuthError::new(
                "unsupported_grant_type",
                "This instance does not give tokens for that.",
            ));
        }
        None => return Err(OAuthError::new("invalid_request", "grant_type is missing.")),
    }
    let device_code = form
        .secret("device_code")
        .ok_or_else(|| OAuthError::new("invalid_request", "device_code is missing."))?;
    let key = idempotency_key(&headers).map_err(|_| {
        OAuthError::new("invalid_request", "An Idempotency-Key is 1 to 255 printable characters.")
    })?;
    let resource = client.resource(&state.base, &form)?;
    let known = form.get("crewmesh_opened").and_then(|known| known.parse().ok());
    let wait = prefer_wait(&headers).map(|wait| wait.min(state.config.longest_hold));
    drop((form, headers));

    let name = storage_key(&device_code);
    let now = state.now();
    let early = state
        .poll_rates
        .arrive(&name, now + LIFE + CLAIM, now, poll_rate::OAUTH, wait.is_some())
        .is_err();
    // Registered before the state is read: no approval falls between the two.
    let hold = wait.filter(|_| !early).map(|wait| (state.wake.hold(&name), wait));
    let poll = Poll { state, client_id: client.id, device_code, key, resource, known };
    match (poll.claim().await?, hold) {
        (None, _) => {
            poll.state.poll_rates.forget(&name);
            poll.state.rate_limits.request(&ip.counted()).map_err(OAuthError::too_many)?;
            Err(unknown_code())
        }
        (Some(Err(look)), Some((hold, wait))) if look.is_no_news() => {
            let left = look.left;
            let ends_at = poll.state.now() + left;
            let left = Duration::from_millis(u64::try_from(left).unwrap_or_default());
            Ok(Step::Held(Box::new(LongPoll { poll, hold, limit: wait.min(left), ends_at })))
        }
        (Some(Err(Unclaimed { outcome: PollOutcome::Pending, .. })), None) if early => {
            Err(OAuthError::new("slow_down", "Wait five seconds longer between polls."))
        }
        (Some(look), _) => poll_response(look, poll.state.now()).map(Step::Answered),
    }
}

struct Poll {
    state: State,
    client_id: String,
    device_code: Secret,
    key: Option<Secret>,
    /// What the token is asked for, where that is said again.
    resource: Option<Resource>,
    /// How many changes of its page the client knows, where it asks to be told.
    known: Option<u32>,
}

impl Poll {
    async fn claim(&self) -> Result<ClaimAttempt, OAuthError> {
        let now = self.state.now();
        let code = device_codes::find(&self.state, &self.device_code).await?;
        let Some(mut code) = code.filter(|code| code.client_id == self.client_id) else {
            return Ok(None);
        };
        if let Some(resource) = self.resource {
            if !code.resource.covers(resource) {
                return Err(OAuthError::invalid_target());
            }
            code.resource = resource;
        }
        let left = code.approval.time_left(now);
        let claimed =
            device_codes::claim(&self.state, &code, &self.device_code, self.key.as_ref()).await?;
        let known = self.known.unwrap_or(u32::MAX);
        let opening = code.opening.filter(|opening| opening.changes > known);
        Ok(Some(claimed.map_err(|outcome| Unclaimed { outcome, left, opening })))
    }
}

/// A poll that is held open until something happens.
struct LongPoll {
    poll: Poll,
    hold: Hold,
    /// How long at most.
    limit: Duration,
    /// When the code does (Unix milliseconds).
    ends_at: i64,
}

impl LongPoll {
    /// Waits until something happens, and looks once more; or until it was long
    /// enough. Nothing happened then, and who asks again is looked for again:
    /// a second look here would double what a held poll costs.
    async fn wait(mut self: Box<Self>) -> Result<Response, OAuthError> {
        self.poll.state.watch();
        let until = Instant::now() + self.limit;
        let answer = loop {
            let woken = self.hold.wait(until - Instant::now()).await;
            let Self { poll, hold, ends_at, .. } = &mut *self;
            match woken {
                Some(Woken::Replaced | Woken::Stopping) => break Err(authorization_pending()),
                None if poll.state.now() < *ends_at => break Err(authorization_pending()),
                // Before the look, as at first.
                Some(Woken::Changed) => {
                    hold.renew();
                    // While nobody was held the watch may have ended.
                    poll.state.watch();
                }
                None => {}
            }
            match Box::pin(poll.claim()).await? {
                // What this client did not ask to be told of.
                Some(Err(look)) if woken.is_some() && look.is_no_news() => {}
                Some(look) => break poll_response(look, poll.state.now()),
                None => break Err(unknown_code()),
            }
        };
        let Self { hold, limit, .. } = *self;
        drop(hold);
        let mut response = answer.unwrap_or_else(IntoResponse::into_response);
        prefer::applied(&mut response, limit);
        Ok(response)
    }
}

fn poll_response(look: Result<Claimed, Unclaimed>, now: i64) -> Result<Response, OAuthError> {
    match look {
        Ok(claimed) => {
            // Whole seconds, rounded up: the milliseconds since the claim are ours.
            let left = (claimed.expires_at - now + 999) / 1_000;
            Ok(Json(TokenGrant {
                access_token: claimed.tokens.access,
                token_type: "Bearer".to_owned(),
                expires_in: u64::try_from(left).ok(),
                refresh_token: claimed.tokens.refresh,
                scope: Some(claimed.scopes),
                user: Some(claimed.user),
            })
            .into_response())
        }
        Err(Unclaimed { outcome, opening, .. }) => Err(match outcome {
            PollOutcome::Pending => OAuthError { opening, ..authorization_pending() },
            PollOutcome::Denied => OAuthError::new("access_denied", "The sign-in was denied."),
            PollOutcome::Expired => {
                OAuthError::new("expired_token", "The code has expired; ask for a new one.")
            }
            PollOutcome::AlreadyClaimed | PollOutcome::Mint | PollOutcome::Repeat => unknown_code(),
        }),
    }
}

fn authorization_pending() -> OAuthError {
    OAuthError::new("authorization_pending", "Nobody has approved the code yet.")
}

fn unknown_code() -> OAuthError {
    OAuthError::new("invalid_grant", "The code is unknown, or its token was given out already.")
}
