//! What every site that vouches for people has in common: what is sent along,
//! who comes back, how it is asked, and why nobody was vouched for.

use std::time::Duration;

use reqwest::RequestBuilder;
use serde::de::DeserializeOwned;
use url::Url;

use crate::http::reply::Reply;
use crate::http::{Http, is_loopback};
use crate::i18n::printable;
use crate::secret::Secret;

/// How long one question may take: somebody waits for the page.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);

/// Characters that are kept of what somebody is called elsewhere.
const LONGEST_LABEL: usize = 100;

/// What a site knows this instance by.
#[derive(Debug)]
pub(super) struct Client {
    pub(super) id: String,
    pub(super) secret: Secret,
}

/// One way there and back: what is sent along and must come back.
#[derive(Debug)]
pub struct Flow {
    /// Where people are sent back to.
    pub redirect_uri: String,
    /// Ties the way back to the browser that went (RFC 6749 §10.12).
    pub state: Secret,
    /// OpenID Connect Core §3.1.2.1.
    pub nonce: Secret,
    /// RFC 7636: only who began can end.
    pub verifier: Secret,
}

/// Somebody as another site vouches for them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// The issuer identifier of the site that vouches for them.
    pub issuer: String,
    /// What they are called there, for ever.
    pub subject: String,
    /// What people call them; empty where it was not said.
    pub name: String,
    /// Their address, unless the site says that it is not theirs for certain.
    pub email: Option<String>,
    /// How they know themselves there.
    pub label: String,
}

/// Why nobody was vouched for. Holds no secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// Not reached, or what came is no answer.
    #[error("no answer: {0}")]
    Unreachable(String),
    /// The site refuses, in its own word.
    #[error("refused: {0}")]
    Refused(String),
    /// What came does not fit what was asked.
    #[error("not to be believed: {0}")]
    Invalid(&'static str),
    /// What came is signed with this.
    #[error("signed with {0}, which is not understood")]
    Algorithm(String),
    /// What came is from another time.
    #[error("the clocks disagree")]
    ClockSkew,
}

impl Person {
    pub(super) fn new(issuer: &str, subject: String) -> Self {
        let (issuer, label) = (issuer.to_owned(), subject.clone());
        Self { issuer, subject, name: String::new(), email: None, label }
    }

    /// Called `name`, or `handle` where they have no name there.
    pub(super) fn with_name(mut self, name: Option<&str>, handle: Option<&str>) -> Self {
        let mut words = [name, handle].into_iter().flatten().map(shown).filter(|w| !w.is_empty());
        self.name = words.next().unwrap_or_default();
        if let Some(handle) = handle.map(shown).filter(|handle| !handle.is_empty()) {
            self.label = handle;
        }
        self
    }

    /// With this address, unless the site says that it is not theirs for
    /// certain. One that says nothing of it was named by whoever runs the
    /// instance, and the address opens nothing.
    pub(super) fn with_email(mut self, email: Option<&str>, verified: Option<bool>) -> Self {
        let email = email.map(shown).filter(|email| email.contains('@'));
        if let Some(email) = email
            && verified != Some(false)
        {
            self.label.clone_from(&email);
            self.email = Some(email);
        }
        self
    }
}

pub(super) fn shown(text: &str) -> String {
    printable(text).trim().chars().take(LONGEST_LABEL).collect()
}

/// Whether a site may be asked there: nobody in between reads or changes it.
pub fn is_private(url: &Url) -> bool {
    url.has_host() && (url.scheme() == "https" || (url.scheme() == "http" && is_loopback(url)))
}

/// Asks, and gives what was answered, whatever its status.
pub(super) async fn ask(http: &Http, request: RequestBuilder) -> Result<Reply, Failure> {
    let reply = http
        .send(request, REQUEST_TIMEOUT)
        .await
        .map_err(|error| Failure::Unreachable(error.code))?;
    if reply.status >= 500 || reply.status == 429 {
        return Err(Failure::Unreachable(format!("status {}", reply.status)));
    }
    Ok(reply)
}

/// An answer of this shape. A page of a proxy is none; a refusal is told by its
/// body, because not everybody's status says so.
pub(super) fn read<T: DeserializeOwned>(reply: &Reply) -> Result<T, Failure> {
    let Ok(value) = reply.json::<serde_json::Value>() else {
        return Err(Failure::Unreachable("no JSON".to_owned()));
    };
    if let Some(error) = value["error"].as_str() {
        return Err(Failure::Refused(shown(error)));
    }
    if !reply.is_success() {
        return Err(Failure::Refused(format!("status {}", reply.status)));
    }
    serde_json::from_value(value).map_err(|_| Failure::Unreachable("another shape".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_is_not_theirs_for_certain_is_not_taken() {
        let of = |email, verified| Person::new("x", "7".into()).with_email(email, verified);
        assert_eq!(of(Some("a@b"), Some(true)).email.as_deref(), Some("a@b"));
        assert_eq!(of(Some("a@b"), None).email.as_deref(), Some("a@b"));
        assert_eq!(of(Some("a@b"), Some(false)), of(None, None));
        assert_eq!(of(Some("\u{7}"), None).email, None);
    }

    #[test]
    fn a_name_is_what_people_call_them() {
        let of = |name, handle| Person::new("x", "7".into()).with_name(name, handle);
        assert_eq!(of(Some("Ana\u{202e}"), Some("ana")).name, "Ana");
        assert_eq!(of(Some(" "), Some("ana")).name, "ana");
        assert_eq!(of(None, None).label, "7");
    }

    #[test]
    fn nobody_in_between_reads_along() {
        for (url, private) in [
            ("https://accounts.example.org", true),
            ("http://127.0.0.1:9000", true),
            ("http://localhost:9000", true),
            ("http://accounts.example.org", false),
            ("file:///etc/passwd", false),
        ] {
            assert_eq!(is_private(&Url::parse(url).unwrap()), private, "{url}");
        }
    }
}
