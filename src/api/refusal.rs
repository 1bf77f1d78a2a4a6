//! What a server's "no" means, each in its own words. Known error codes are said in ours; the words of a server that
//! knows more are shown as they are. Surprising rule: a 401 is "rejected" only
//! when the server itself says so: a proxy's page with a 401 on it signs
//! nobody out.

use serde::Deserialize;
use serde_json::Value;

use crate::api::scopes;
use crate::error::{AppError, ErrorKind};
use crate::http::reply::{Reply, clipped, text_if_any};
use crate::i18n::{Argument, Message, Words};
use crate::slug::is_slug;
use crate::wire::Via;

/// What a refused request was about, for the words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Subject {
    #[default]
    Any,
    /// An invite's code.
    Invite,
    /// A device's user code.
    Code,
    /// A sign-in by OAuth: nothing that somebody typed can be wrong with it.
    Grant,
}

/// Who was asked, and how.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// What the instance is called.
    pub name: &'a str,
    /// Whether a token was sent along.
    pub with_token: bool,
    /// Whether that token's end, as far as it is known here, has come.
    pub token_ended: bool,
    /// Whether that is a code agent's own.
    pub is_agents: bool,
    /// What it was about.
    pub subject: Subject,
}

/// Every member of an error body that is looked at: ours and OAuth's.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Body {
    #[serde(deserialize_with = "text_if_any")]
    error: Option<String>,
    #[serde(deserialize_with = "text_if_any")]
    message: Option<String>,
    #[serde(deserialize_with = "text_if_any")]
    error_description: Option<String>,
    #[serde(deserialize_with = "text_if_any")]
    hint: Option<String>,
    #[serde(deserialize_with = "text_if_any")]
    suggested_slug: Option<String>,
    #[serde(deserialize_with = "text_if_any")]
    min_version: Option<String>,
    #[serde(deserialize_with = "text_if_any")]
    plan: Option<String>,
    #[serde(deserialize_with = "text_if_any")]
    holder: Option<String>,
    /// Texts; anything else in their place is passed over.
    there: Value,
}

impl<'a> Context<'a> {
    /// Asked without a token.
    pub fn about(name: &'a str) -> Self {
        let subject = Subject::Any;
        Self { name, with_token: false, token_ended: false, is_agents: false, subject }
    }

    /// Asked for a code or a token (RFC 6749, RFC 8628).
    pub fn of_grant(name: &'a str) -> Self {
        Self { subject: Subject::Grant, ..Self::about(name) }
    }

    /// What a reply that is no success means.
    pub fn refusal(&self, reply: &Reply) -> AppError {
        let detail: Option<Body> = reply.json::<Body>().ok().filter(|body| body.error.is_some());
        let bearer = reply.challenge.as_deref().filter(|challenge| {
            challenge.get(..6).is_some_and(|scheme| scheme.eq_ignore_ascii_case("bearer"))
        });
        let scope = bearer.and_then(missing_scope);
        let error = match (reply.status, detail) {
            (300..=399, _) => self.redirected(reply),
            (429, _) => self.too_many(reply),
            (407, _) => self.plain(ErrorKind::Unreachable, "proxy_refused", "reach-proxy-refused"),
            (500.., _) => self.server_fault(reply.status),
            (401, Some(body)) if self.subject == Subject::Grant => self.error_of(401, &body),
            (401, detail) if detail.is_some() || bearer.is_some() => self.unauthorized(),
            (403, _) if scope.is_some() => self.may_not(scope.unwrap_or_default(), None),
            (403, None) if bearer.is_some_and(|text| text.contains("insufficient_scope")) => {
                self.plain(ErrorKind::NotAllowed, "insufficient_scope", "api-insufficient-scope")
            }
            (status, Some(body)) => self.error_of(status, &body),
            (_, None) => self.not_an_instance(),
        };
        AppError { retry_after: reply.retry_after, ..error }
    }

    /// What answers there is no instance: HTML, or no JSON at all.
    pub fn not_an_instance(&self) -> AppError {
        self.plain(ErrorKind::Unreachable, "not_an_instance", "reach-not-an-instance")
            .hint(Message::new("reach-not-an-instance-hint"))
    }

    /// It is an instance, but the reply is not what the route promises.
    pub fn malformed(&self) -> AppError {
        self.plain(ErrorKind::Unreachable, "malformed_reply", "reach-malformed-reply")
            .hint(Message::new("reach-malformed-reply-hint"))
    }

    /// What a success means that was not to be read.
    pub fn unread(&self, reply: &Reply) -> AppError {
        if reply.json::<Value>().is_ok() { self.malformed() } else { self.not_an_instance() }
    }

    /// What was sent along may not do that; `token` is what is known of it.
    fn may_not(&self, scope: &str, token: Option<(Via, &str)>) -> AppError {
        let id = match token {
            Some((Via::Session, _)) => "api-you-may-not",
            Some((Via::Agent, _)) => "api-agent-may-not",
            Some((_, name)) if !name.is_empty() => "api-token-may-not",
            _ => "api-this-may-not",
        };
        let name = token.map_or("", |(_, name)| name);
        let what = scopes::verb(scope).map_or_else(|| Words::verbatim(scope), said_as);
        let message = Message::new(id)
            .with("host", self.name)
            .with("token", crate::i18n::printable(&clipped(name)))
            .with("what", what)
            .with("scope", scope);
        let error = AppError::new(ErrorKind::NotAllowed, "insufficient_scope", message);
        match token {
            Some((Via::Session, _)) => error,
            Some((Via::Agent, _)) => error.hint(Message::new("api-step-up-required-hint")),
            _ => error.hint(Message::new("api-token-may-not-hint")),
        }
    }

    /// The same refusal, once it is known by what it was asked.
    pub fn named(&self, error: AppError, via: Via, token: &str) -> AppError {
        let Words::Message(message) = &error.message else { return error };
        let scope = message.arguments.iter().find_map(|(name, value)| match value {
            Argument::Text(scope) if *name == "scope" => Some(scope.clone()),
            _ => None,
        });
        scope.map_or(error, |scope| self.may_not(&scope, Some((via, token))))
    }

    fn plain(&self, kind: ErrorKind, code: &str, id: &'static str) -> AppError {
        AppError::new(kind, code, Message::new(id).with("host", self.name))
    }

    fn unauthorized(&self) -> AppError {
        let error = match (self.with_token, self.token_ended) {
            (false, _) => self.plain(ErrorKind::NotSignedIn, "not_signed_in", "api-not-signed-in"),
            (true, true) => {
                self.plain(ErrorKind::NotSignedIn, "token_expired", "api-token-expired")
            }
            (true, false) => {
                self.plain(ErrorKind::NotSignedIn, "token_rejected", "api-token-rejected")
            }
        };
        let hint = if self.is_agents { "api-agent-ended-hint" } else { "api-sign-in-hint" };
        error.hint(Message::new(hint))
    }

    fn redirected(&self, reply: &Reply) -> AppError {
        let to = reply.location.as_deref().unwrap_or("?");
        AppError::new(
            ErrorKind::Unreachable,
            "redirected",
            Message::new("reach-redirected")
                .with("host", self.name)
                .with("to", crate::i18n::printable(&clipped(to))),
        )
        .hint(Message::new("reach-redirected-hint"))
    }

    fn too_many(&self, reply: &Reply) -> AppError {
        let seconds = reply.retry_after.map_or(0, |wait| wait.as_secs());
        let message = if seconds == 0 {
            Message::new("api-too-many-requests")
        } else {
            Message::new("api-too-many-requests-wait")
                .with("seconds", i64::try_from(seconds).unwrap_or(i64::MAX))
        };
        AppError::new(ErrorKind::Failed, "too_many_requests", message.with("host", self.name))
    }

    fn server_fault(&self, status: u16) -> AppError {
        AppError::new(
            ErrorKind::Unreachable,
            "server_fault",
            Message::new("reach-server-fault")
                .with("host", self.name)
                .with("status", i64::from(status)),
        )
        .hint(Message::new("reach-server-fault-hint"))
    }

    /// The server said an error code.
    fn error_of(&self, status: u16, body: &Body) -> AppError {
        let code = body.error.as_deref().unwrap_or_default();
        let kind = match (self.subject, code) {
            (_, "invalid_client" | "unauthorized_client" | "last_admin" | "share_used_up") => {
                ErrorKind::NotAllowed
            }
            (Subject::Grant, _) if (400..=422).contains(&status) => ErrorKind::Failed,
            _ => kind_of(status),
        };
        let message_id = match (self.subject, code) {
            (Subject::Invite, "not_found") => Some("api-invite-not-found"),
            (Subject::Invite | Subject::Grant, "revoked" | "invite_revoked") => {
                Some("api-invite-revoked")
            }
            (Subject::Invite | Subject::Grant, "expired" | "invite_expired") => {
                Some("api-invite-expired")
            }
            (Subject::Invite | Subject::Grant, "exhausted" | "invite_exhausted") => {
                Some("api-invite-exhausted")
            }
            (Subject::Code, "not_found") => Some("api-code-not-found"),
            (Subject::Code, "expired" | "code_expired" | "expired_token") => {
                Some("api-code-expired")
            }
            (Subject::Code, "already_settled" | "settled") => Some("api-code-settled"),
            (Subject::Code, _) if status == 409 => Some("api-code-settled"),
            (_, "not_found") => Some("api-not-found"),
            (_, "slug_taken") => Some("api-slug-taken"),
            (_, "step_up_required") => Some("api-step-up-required"),
            (_, "password_required") => Some("api-password-required"),
            (_, "one_time_code_required") => Some("api-one-time-code-required"),
            (_, "second_factor_required") => Some("api-second-factor-required"),
            (_, "page_required") => Some("api-page-required"),
            (_, "insufficient_scope") => Some("api-insufficient-scope"),
            (_, "plan_required") => Some("api-plan-required"),
            (_, "not_an_admin") => Some("api-not-an-admin"),
            (_, "last_admin") => Some("api-last-admin"),
            (_, "unknown_peer") => Some("api-unknown-peer"),
            (_, "takes_no_messages") => Some("api-takes-no-messages"),
            (_, "blocked") => Some("api-blocked"),
            (_, "task_claimed") => Some("api-task-claimed"),
            (_, "task_ended") => Some("api-task-ended"),
            (_, "not_the_holder") => Some("api-not-the-holder"),
            (_, "connections_full") => Some("api-connections-full"),
            (_, "share_used_up") => Some("api-share-used-up"),
            (_, "connection_unopened") => Some("api-connection-unopened"),
            (_, "connection_revoked") => Some("api-connection-revoked"),
            (_, "connection_not_renewed") => Some("api-connection-not-renewed"),
            (_, "forbidden" | "not_allowed") => Some("api-not-allowed"),
            (_, "upgrade_required") => Some("api-upgrade-required"),
            (_, "invalid_client") => Some("api-unknown-client"),
            (_, "unauthorized_client") => Some("api-client-not-allowed"),
            _ => None,
        };
        let words = match message_id {
            Some(id) => {
                let words = Message::new(id).with("host", self.name).with("detail", detail(body));
                Words::from(words.with("said", said(body)))
            }
            None => self.their_words(status, body),
        };
        let mut error = AppError::new(kind, word(code), words);
        error.hint = match (code, &body.hint) {
            ("unknown_peer", _) => Some(there(&body.there)),
            ("last_admin", _) => Some(Message::new("api-last-admin-hint").into()),
            ("step_up_required", _) => Some(Message::new("api-step-up-required-hint").into()),
            ("invalid_client" | "unauthorized_client", _) => {
                Some(Message::new("api-client-hint").into())
            }
            ("upgrade_required", _) => Some(Message::new("api-upgrade-required-hint").into()),
            (_, Some(hint)) if message_id.is_none() => Some(Words::verbatim(&clipped(hint))),
            _ => None,
        };
        error.suggestion =
            body.suggested_slug.as_deref().filter(|slug| is_slug(slug)).map(str::to_owned);
        error
    }

    fn their_words(&self, status: u16, body: &Body) -> Words {
        let texts = [&body.message, &body.error_description].into_iter().flatten();
        let detail = texts.into_iter().find(|text| !text.is_empty());
        detail.map_or_else(
            || {
                Message::new("api-refused")
                    .with("host", self.name)
                    .with("status", i64::from(status))
                    .with("error", word(body.error.as_deref().unwrap_or_default()))
                    .into()
            },
            |detail| Words::verbatim(&clipped(detail)),
        )
    }
}

/// The scope that a challenge says is missing (RFC 6750 §3).
fn missing_scope(challenge: &str) -> Option<&str> {
    if !challenge.contains("insufficient_scope") {
        return None;
    }
    let (_, rest) = challenge.split_once("scope=\"")?;
    let (scope, _) = rest.split_once('"')?;
    let is_one = |c: char| c.is_ascii_lowercase() || matches!(c, ':' | '_' | ' ');
    ((1..=64).contains(&scope.len()) && scope.chars().all(is_one)).then_some(scope)
}

fn said_as(id: &'static str) -> Words {
    Message::new(id).into()
}

fn kind_of(status: u16) -> ErrorKind {
    match status {
        401 => ErrorKind::NotSignedIn,
        402 | 403 => ErrorKind::NotAllowed,
        404 | 410 => ErrorKind::NotFound,
        409 => ErrorKind::AlreadyExists,
        400 | 405..=408 | 411..=422 => ErrorKind::BadArguments,
        _ => ErrorKind::Failed,
    }
}

/// What our own sentence leaves open: a version, a plan's name.
fn detail(body: &Body) -> String {
    let details = [&body.min_version, &body.plan, &body.holder];
    let detail = details.into_iter().flatten().next().map_or("", String::as_str);
    crate::i18n::printable(&clipped(detail))
}

/// Who is in the mesh, for whoever asked for somebody who is not.
fn there(there: &Value) -> Words {
    let names = there.as_array().into_iter().flatten().filter_map(Value::as_str);
    let names: Vec<_> = names.map(|name| crate::i18n::printable(&clipped(name))).collect();
    if names.is_empty() {
        return said_as("api-nobody-there");
    }
    Message::new("api-there").with("names", names.join(", ")).into()
}

/// The server's own reason, after ours.
fn said(body: &Body) -> String {
    let said =
        crate::i18n::printable(&clipped(body.error_description.as_deref().unwrap_or_default()));
    if said.trim().is_empty() { String::new() } else { format!(" {}", said.trim()) }
}

/// An error code is a word for scripts; anything else in its place is not.
fn word(code: &str) -> String {
    let sane = !code.is_empty()
        && code.len() <= 64
        && code.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-' || b == b'.');
    if sane { code.to_owned() } else { "refused".to_owned() }
}
