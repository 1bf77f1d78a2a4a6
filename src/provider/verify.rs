//! Asks a provider whether a credential is good, by a question that spends nothing.

use std::time::Duration;

use reqwest::Method;
use reqwest::header::HeaderValue;
use serde_json::Value;
use url::Url;

use super::credential::Credential;
use super::spec::{Check, ProviderSpec, at};
use super::verdict;
pub use super::verdict::Verdict;
use crate::error::{AppError, ErrorKind};
use crate::http::Http;
use crate::http::reply::Reply;
use crate::i18n::{Message, Words};
use crate::wire::Health;

/// How long a provider may take to answer.
const PATIENCE: Duration = Duration::from_secs(8);

/// What is known of a credential after the provider was asked.
#[derive(Clone, Debug, PartialEq)]
pub enum Verified {
    /// It told, and whose the credential is where it says so.
    Told(Verdict, Option<String>),
    /// It answered what says nothing of the credential, with this status.
    Unclear(u16),
    /// It could not be asked.
    Unreachable(AppError),
    /// Nobody can be asked about a credential of this kind.
    Nobody,
}

/// Asks the provider.
pub async fn verify(http: &Http, spec: &ProviderSpec, credential: &Credential) -> Verified {
    let asked = spec.check.as_ref().filter(|check| check.kinds.contains(&credential.kind));
    let url = |check: &Check| at(&check.url, spec.address());
    let Some((check, url)) = asked.and_then(|check| Some((check, url(check)?))) else {
        return Verified::Nobody;
    };
    match ask(http, check, url, credential).await {
        Ok(reply) => {
            let holder = check.holder.as_deref();
            verdict::of(&check.verdicts, holder, reply.status, &reply.body)
                .map_or(Verified::Unclear(reply.status), |(verdict, holder)| {
                    Verified::Told(verdict, holder)
                })
        }
        Err(error) => Verified::Unreachable(error),
    }
}

/// How a credential is now, as its provider says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    pub health: Health,
    /// What is left there, as the provider counts it.
    pub left: Option<String>,
}

/// Asks the provider how it is.
pub async fn check(http: &Http, spec: &ProviderSpec, credential: &Credential) -> Checked {
    let told = |health| Checked { health, left: None };
    let asked = spec.check.as_ref().filter(|check| check.kinds.contains(&credential.kind));
    let url = |check: &Check| at(&check.url, spec.address());
    let Some((check, url)) = asked.and_then(|check| Some((check, url(check)?))) else {
        return told(Health::Unknown);
    };
    let Ok(reply) = ask(http, check, url, credential).await else { return told(Health::Down) };
    let health = match verdict::of(&check.verdicts, None, reply.status, &reply.body) {
        Some((Verdict::Good, _)) => Health::Good,
        Some((Verdict::Narrow, _)) => Health::Narrow,
        Some((Verdict::Poor, _)) => Health::Poor,
        Some((Verdict::Wrong, _)) => Health::Over,
        None if reply.status >= 500 => Health::Down,
        None => Health::Unknown,
    };
    let value: Option<Value> = serde_json::from_slice(&reply.body).ok();
    let place = check.left.as_deref();
    let left = place.and_then(|place| value.as_ref()?.pointer(place)?.as_f64());
    Checked { health, left: left.map(|left| left.to_string()) }
}

/// What is kept of a credential, and said of it, once its provider was asked.
#[derive(Clone, Debug, PartialEq)]
pub struct Judged {
    /// Wants `what` is connected.
    pub said: Message,
    /// Whose it is, where the provider told.
    pub holder: Option<String>,
    /// Whether the provider let it in.
    pub verified: bool,
}

/// What to make of `verified`.
///
/// # Errors
/// Code `credential_wrong` where the provider knows of no such credential.
pub fn judge(spec: &ProviderSpec, verified: Verified) -> Result<Judged, AppError> {
    let unverified = |why: Words| {
        let said = Message::new("provider-connected-unverified").with("why", why);
        Judged { said, holder: None, verified: false }
    };
    let title = spec.title.as_str();
    Ok(match verified {
        Verified::Told(Verdict::Wrong, _) => {
            let message = Message::new("provider-key-wrong").with("provider", title);
            let error = AppError::new(ErrorKind::Failed, "credential_wrong", message);
            return Err(match &spec.keys {
                Some(page) => {
                    error.hint(Message::new("provider-key-hint").with("page", page.as_str()))
                }
                None => error,
            });
        }
        Verified::Told(verdict, holder) => {
            let said = Message::new(match verdict {
                Verdict::Poor => "provider-connected-poor",
                Verdict::Narrow => "provider-connected-narrow",
                Verdict::Good | Verdict::Wrong => "provider-connected",
            });
            Judged { said: said.with("provider", title), holder, verified: true }
        }
        Verified::Unclear(status) => {
            unverified(Message::new("provider-unclear").with("status", i64::from(status)).into())
        }
        Verified::Unreachable(error) => unverified(error.message),
        Verified::Nobody => Judged {
            said: Message::new("provider-connected-unasked"),
            holder: None,
            verified: false,
        },
    })
}

async fn ask(
    http: &Http,
    check: &Check,
    url: Url,
    credential: &Credential,
) -> Result<Reply, AppError> {
    let mut request = http.request(Method::GET, url);
    for (name, value) in &check.headers {
        let value = value.replace("{secret}", credential.secret.expose());
        let mut value = HeaderValue::try_from(value).map_err(AppError::internal)?;
        value.set_sensitive(true);
        request = request.header(name, value);
    }
    http.send(request, PATIENCE).await
}
