//! How the JSON API says no: `{error, message, hint?}` with a stable word.
//! English on the wire; clients say it in the person's language by the word.

use std::time::Duration;

use axum::http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

use crate::error::AppError;
use crate::i18n::{Catalog, Language};
use crate::server::domain::device_code_state::TooLate;
use crate::server::domain::plans::Full;
use crate::server::domain::vault::Unopened;
use crate::server::operations::{DbError, Denied, Invalid, InviteClosed};
use crate::server::passwords::{BUSY, LONGEST, PasswordError, SHORTEST};
use crate::server::rate_limits::seconds;
use crate::wire::{ErrorBody, LONGEST_CREDENTIAL, MOST_A_DAY};

/// What is said while the database is away.
pub const AWAY: &str = "The instance cannot reach its database.";

/// One "no". Every route of the API answers with this or with what was asked.
#[derive(Clone, Debug)]
pub struct ApiError {
    pub status: StatusCode,
    pub body: ErrorBody,
    retry_after: Option<u64>,
    challenge: Option<String>,
}

/// What a route gives.
pub type ApiResult<T> = Result<T, ApiError>;

impl ApiError {
    /// `status` with the stable word `error` and what happened.
    pub fn new(status: StatusCode, error: &str, message: &str) -> Self {
        let body = ErrorBody {
            error: error.to_owned(),
            message: message.to_owned(),
            hint: None,
            suggested_slug: None,
            plan: None,
            there: None,
            holder: None,
            min_version: None,
        };
        Self { status, body, retry_after: None, challenge: None }
    }

    /// How long to leave us alone.
    pub fn retry_after(&self) -> Option<Duration> {
        self.retry_after.map(Duration::from_secs)
    }

    /// The same, and what to do.
    #[must_use]
    pub fn hint(mut self, hint: &str) -> Self {
        self.body.hint = Some(hint.to_owned());
        self
    }

    /// The request makes no sense.
    pub fn invalid(message: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_request", message)
    }

    /// There is no such thing, or none that the asking person may know of.
    pub fn not_found(what: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", &format!("There is no such {what}."))
    }

    /// What changes a mesh is for its administrators.
    pub fn not_an_admin() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "not_an_admin",
            "Only an administrator of the mesh may do that.",
        )
    }

    /// A mesh keeps its last administrator.
    pub fn last_admin() -> Self {
        Self::new(StatusCode::CONFLICT, "last_admin", "A mesh keeps at least one administrator.")
            .hint("Make somebody else an administrator first, or remove the mesh.")
    }

    /// The invite lets nobody in.
    pub fn invite_closed(why: InviteClosed) -> Self {
        let gone = |error, message| Self::new(StatusCode::GONE, error, message);
        match why {
            InviteClosed::Unknown => Self::not_found("invite"),
            InviteClosed::Revoked => gone("revoked", "The invite was taken back."),
            InviteClosed::Expired => gone("expired", "The invite has expired."),
            InviteClosed::Exhausted => gone("exhausted", "As many people used the invite as may."),
        }
    }

    /// The slug is taken; `free` is not.
    pub fn slug_taken(free: String) -> Self {
        let mut refusal =
            Self::new(StatusCode::CONFLICT, "slug_taken", "Something else has that slug.");
        refusal.body.suggested_slug = Some(free);
        refusal
    }

    /// The plan has no room for one more.
    pub fn plan_required(full: &Full) -> Self {
        let (what, room, plan) = (full.bound.noun(), full.room, &full.plan);
        let mut refusal = Self::new(
            StatusCode::FORBIDDEN,
            "plan_required",
            &format!("The plan {plan} has room for {room} {what}."),
        );
        refusal.body.plan = Some(full.needed.as_ref().unwrap_or(plan).clone());
        refusal.hint(&match &full.needed {
            Some(needed) => {
                format!("The plan {needed} has room for more; ask whoever runs the instance.")
            }
            None => "No plan of this instance has room for more.".to_owned(),
        })
    }

    /// Too much; come back after `wait`.
    pub fn slow_down(wait: Duration) -> Self {
        let mut refusal = Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            "too_many_requests",
            "Too many requests in too short a time.",
        );
        refusal.retry_after = Some(seconds(wait));
        refusal
    }

    /// Too many want the same at once (503 with Retry-After), or what else
    /// went wrong inside.
    pub fn busy(error: AppError) -> Self {
        let wait = match error.retry_after {
            Some(wait) if error.code == BUSY => wait,
            Some(_) => return Self::unavailable(AWAY),
            None => {
                tracing::error!(%error.code, "a request failed");
                return Self::internal();
            }
        };
        let mut refusal = Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "busy",
            "The instance is busy with other sign-ins.",
        );
        refusal.retry_after = Some(seconds(wait));
        refusal
    }

    /// The instance failed; the log says at what.
    pub fn internal() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "The instance failed.")
            .hint("Try again; if it stays, tell whoever runs the instance.")
    }

    /// No credential came with the request.
    pub fn unauthorized() -> Self {
        let mut refusal =
            Self::new(StatusCode::UNAUTHORIZED, "unauthorized", "This needs a bearer token.");
        // A challenge has a parameter at least (RFC 6750 §3).
        refusal.challenge = Some("Bearer realm=\"crewmesh\"".to_owned());
        refusal
    }

    /// The credential is unknown, revoked or ended (RFC 6750 §3.1).
    pub fn invalid_token() -> Self {
        let mut refusal = Self::new(
            StatusCode::UNAUTHORIZED,
            "invalid_token",
            "The token is unknown, was revoked, or has expired.",
        );
        refusal.challenge = Some("Bearer error=\"invalid_token\"".to_owned());
        refusal
    }

    /// The same of a protected resource that is described at `metadata`, and what
    /// a token for it should be asked for (RFC 9728 §5.1, RFC 6750 §3).
    #[must_use]
    pub fn at_resource(mut self, metadata: &str, scopes: &str) -> Self {
        if self.status == StatusCode::UNAUTHORIZED {
            let error = match self.body.error.as_str() {
                "invalid_token" => "error=\"invalid_token\", ",
                _ => "",
            };
            let challenge =
                format!("Bearer {error}resource_metadata=\"{metadata}\", scope=\"{scopes}\"");
            self.challenge = Some(challenge);
        }
        self
    }

    /// The credential may not do that (RFC 6750 §3.1).
    pub fn insufficient_scope(scope: &str) -> Self {
        let mut refusal = Self::new(
            StatusCode::FORBIDDEN,
            "insufficient_scope",
            &format!("The token may not do that: it lacks the scope {scope}."),
        );
        refusal.challenge = Some(format!("Bearer error=\"insufficient_scope\", scope=\"{scope}\""));
        refusal
    }

    /// The client is older than the `oldest` that this instance works with.
    pub fn upgrade_required(oldest: [u64; 3]) -> Self {
        let oldest = oldest.map(|number| number.to_string()).join(".");
        let mut refusal = Self::new(
            StatusCode::UPGRADE_REQUIRED,
            "upgrade_required",
            &format!("This instance works with crewmesh {oldest} and newer."),
        );
        refusal.body.min_version = Some(oldest);
        refusal
    }

    /// Asking again in a moment may help.
    pub fn unavailable(message: &str) -> Self {
        let mut refusal = Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", message);
        refusal.retry_after = Some(1);
        refusal
    }

    /// The same as the OAuth endpoints say it: `error_description` instead of
    /// `message` (RFC 6749 §5.2).
    pub fn in_oauth(&self) -> Response {
        let (error, description) = (&self.body.error, &self.body.message);
        let mut body = serde_json::json!({ "error": error, "error_description": description });
        if let Some(oldest) = &self.body.min_version {
            body["min_version"] = oldest.as_str().into();
        }
        self.respond(&body)
    }

    fn respond(&self, body: impl serde::Serialize) -> Response {
        let mut response = (self.status, axum::Json(body)).into_response();
        let headers = response.headers_mut();
        if let Some(wait) = self.retry_after {
            headers.insert(RETRY_AFTER, wait.into());
        }
        if let Some(challenge) = &self.challenge {
            // Words of ours, all of them ASCII.
            if let Ok(challenge) = HeaderValue::try_from(challenge) {
                headers.insert(WWW_AUTHENTICATE, challenge);
            }
        }
        response
    }

    /// Minting and approving need a person at a signed-in terminal or a page.
    pub fn step_up_required() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "step_up_required",
            "A person has to do that, at a signed-in terminal or on the web page.",
        )
        .hint("Run it at a terminal that was signed in with a code.")
    }
}

impl From<DbError> for ApiError {
    fn from(fault: DbError) -> Self {
        tracing::error!(%fault, "a request failed");
        if fault.is_passing() {
            return Self::unavailable(AWAY);
        }
        Self::internal()
    }
}

impl From<Denied> for ApiError {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::InvalidToken => Self::invalid_token(),
            Denied::MissingScope(scope) => Self::insufficient_scope(&scope),
            // A browser whose sign-in is too old never asks the API.
            Denied::StepUpRequired | Denied::SignInTooOld => Self::step_up_required(),
            Denied::PasswordRequired => {
                let message = "That takes the account's password as well.";
                Self::new(StatusCode::FORBIDDEN, "password_required", message)
                    .hint("Send it as \"password\", or do it on the instance's pages.")
            }
            Denied::PageRequired => {
                let message = "That is done on the instance's pages: the account has no password.";
                Self::new(StatusCode::FORBIDDEN, "page_required", message)
            }
            Denied::OneTimeCodeRequired => {
                let message = "That takes a code of the account's second factor as well.";
                Self::new(StatusCode::FORBIDDEN, "one_time_code_required", message)
                    .hint("Send it as \"one_time_code\", or do it on the instance's pages.")
            }
            Denied::WrongOneTimeCode => {
                let message = "That is no code of the second factor, or it was used before.";
                Self::new(StatusCode::FORBIDDEN, "wrong_one_time_code", message)
            }
            Denied::SecondFactorRequired => {
                let message = "This instance requires a second factor, which the account lacks.";
                Self::new(StatusCode::FORBIDDEN, "second_factor_required", message)
                    .hint("It is set up on the page /settings/second-factor.")
            }
            Denied::NotFound(noun) => Self::not_found(noun),
            Denied::NotMeshAdmin => Self::not_an_admin(),
            Denied::LastAdmin => Self::last_admin(),
            Denied::NoPassword => Self::new(
                StatusCode::FORBIDDEN,
                "no_password",
                "This account has no password yet. The first one is set on the page /settings/password.",
            ),
            Denied::WrongPassword => {
                let message = "That is not the password that holds now.";
                Self::new(StatusCode::FORBIDDEN, "wrong_password", message)
            }
            Denied::InviteClosed(why) => Self::invite_closed(why),
            Denied::SlugTaken(free) => Self::slug_taken(free),
            Denied::PlanFull(full) => Self::plan_required(&full),
            Denied::Unopened(why) => {
                tracing::error!(%why, "what was kept of a connection does not open");
                Self::new(StatusCode::CONFLICT, "connection_unopened", unopened(why))
                    .hint("Connect it again.")
            }
            Denied::Revoked => {
                let message = "The provider lets that connection in no more.";
                Self::new(StatusCode::CONFLICT, "connection_revoked", message)
                    .hint("Connect it again.")
            }
            Denied::NotRenewed => {
                let message = "That connection is to be renewed, and its provider does not answer.";
                Self::new(StatusCode::CONFLICT, "connection_not_renewed", message)
                    .hint("Try again in a moment.")
            }
            Denied::ConnectionsFull => {
                let message = "As much is connected as there is room for: disconnect something.";
                Self::new(StatusCode::CONFLICT, "connections_full", message)
            }
            Denied::ShareUsedUp => {
                let message = "That connection is shared with you, and used up for today.";
                Self::new(StatusCode::CONFLICT, "share_used_up", message).hint(
                    "It is good again after midnight (UTC); whoever shares it can allow more.",
                )
            }
            Denied::WayNotOffered => {
                let message = "Nobody signs in at that provider with a device code here.";
                Self::new(StatusCode::CONFLICT, "way_not_offered", message)
                    .hint("Whoever runs the instance registers a client there first.")
            }
            Denied::ProviderFailed(error) => {
                let catalog = Catalog::new(Language::ENGLISH);
                let message = catalog.words(&error.message);
                Self::new(StatusCode::CONFLICT, "provider_failed", &message)
            }
            Denied::InMesh(why) => why.into(),
            Denied::Invalid(invalid) => Self::invalid(&message(&invalid)),
            Denied::TooLate(TooLate::Settled(_)) => {
                let message = "That code was approved or denied before.";
                Self::new(StatusCode::CONFLICT, "already_settled", message)
            }
            Denied::TooLate(TooLate::Expired) => {
                Self::new(StatusCode::GONE, "expired", "That code has expired.")
            }
            Denied::TooMany(wait) => Self::slow_down(wait),
            Denied::Db(fault) => fault.into(),
            Denied::Failed(error) => Self::busy(error),
            // What only pages and OAuth do.
            Denied::EmailTaken
            | Denied::WrongResource
            | Denied::LinkEnded
            | Denied::SignInEnded(_)
            | Denied::SignUpClosed
            | Denied::InviteRequired
            | Denied::LastLoginMethod => {
                tracing::error!(?denied, "an operation refused what no route of the API asks for");
                Self::internal()
            }
        }
    }
}

/// What is said of what was kept and does not open.
fn unopened(why: Unopened) -> &'static str {
    match why {
        Unopened::OtherKey => "It was kept under another instance key, which is gone.",
        Unopened::Changed | Unopened::Malformed => "What is kept of it was changed since.",
    }
}

/// What is said of something that is not as it should be.
fn message(invalid: &Invalid) -> String {
    match invalid {
        Invalid::Name(_) => "A name has 1 to 100 characters.".to_owned(),
        Invalid::TokenDays => "expires_in_days is 30, 90, 365, or null for never.".to_owned(),
        Invalid::UnknownScope(scope) => format!("There is no scope {scope}."),
        Invalid::UnknownServiceScope(scope) => format!("No service client has the scope {scope}."),
        Invalid::NoServiceScope => "A service client needs a scope.".to_owned(),
        Invalid::ManyRedirects => "A service client has at most 10 redirect addresses.".to_owned(),
        Invalid::Redirect(uri) => format!(
            "{uri} is no address to send a browser to: https, http on loopback, or a scheme \
             of the program's own with a dot in it; no fragment."
        ),
        Invalid::Email => "email is not an e-mail address.".to_owned(),
        Invalid::Password(PasswordError::Short) => {
            format!("A password has at least {SHORTEST} characters.")
        }
        Invalid::Password(PasswordError::Long) => {
            format!("A password has at most {LONGEST} characters.")
        }
        Invalid::Password(PasswordError::Guessable) => {
            "A password is not one's own name or e-mail address.".to_owned()
        }
        Invalid::Plan => "The instance has no such plan.".to_owned(),
        Invalid::Slug => {
            "A slug is 1 to 63 lower-case letters and digits, with single dashes between."
                .to_owned()
        }
        Invalid::InviteDays => "expires_in_days is a number from 1 to 365.".to_owned(),
        Invalid::InviteUses => "max_uses is a number from 1 to 1000.".to_owned(),
        Invalid::Anchor => "anchor is 64 lower-case hexadecimal digits.".to_owned(),
        Invalid::Zone => "location is a zone key such as DE.".to_owned(),
        Invalid::Provider => {
            "provider is a name such as anthropic, kind one such as api_key.".to_owned()
        }
        Invalid::Credential => format!(
            "secret is 1 to {LONGEST_CREDENTIAL} characters without a space; a model server \
             needs none, but an endpoint."
        ),
        Invalid::Daily => format!("daily is a number from 1 to {MOST_A_DAY}."),
        Invalid::Model => "model is one word, as its server names it.".to_owned(),
        Invalid::ModelServer => "endpoint is an http or https address without a query.".to_owned(),
        Invalid::InMesh(invalid) => invalid.to_string(),
        Invalid::NoScope => "A token needs a scope; leave it out for all.".to_owned(),
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        self.respond(&self.body)
    }
}
