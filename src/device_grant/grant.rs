//! Asking a server for a device code and for its token. Forms go out as bare
//! `application/x-www-form-urlencoded`; to a server that answers 415 to that,
//! from then on as JSON.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use reqwest::Method;
use reqwest::header::{CONTENT_TYPE, HeaderValue};
use url::{Url, form_urlencoded};

use crate::device_grant::authorization::Authorization;
use crate::device_grant::poll::{IssuedToken, Poll};
use crate::device_grant::token_reply::token_reply;
use crate::error::AppError;
use crate::http::reply::Reply;
use crate::http::{Http, PATIENCE};
use crate::secret::{Secret, code_challenge};
use crate::wire::DEVICE_CODE_GRANT;

/// What a held request is given beyond its hold.
const BEYOND_HOLD: Duration = Duration::from_secs(10);

/// Where a server takes device codes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoints {
    /// RFC 8628 §3.1.
    pub device_authorization: Url,
    /// RFC 6749 §3.2.
    pub token: Url,
}

/// Who asks which server for what.
#[derive(Debug)]
pub struct Grant {
    /// What the server is called when something goes wrong.
    pub server: String,
    /// Where it is asked.
    pub endpoints: Endpoints,
    /// Who we say we are (RFC 6749 §2.2).
    pub client_id: String,
    /// Sent along with each form where the server wants one (RFC 6749 §2.3.1).
    pub client_secret: Option<Secret>,
    /// What is asked for (RFC 6749 §3.3), where it must be said.
    pub scope: Option<String>,
    wants_json: AtomicBool,
}

#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// What the server gave for polling.
    pub device_code: &'a Secret,
    /// The same with each poll for a code, so that a lost reply can be asked
    /// for again.
    pub idempotency_key: &'a Secret,
    /// What its challenge was made of, where one was sent (RFC 7636 §4.5).
    pub verifier: Option<&'a Secret>,
    /// How long the server may keep the answer back unless something happens
    /// (RFC 7240 `Prefer: wait`).
    pub hold: Option<Duration>,
    /// How many changes of the code's page are known here. Only a server that holds
    /// is asked for more of them.
    pub openings: Option<u32>,
}

impl Grant {
    /// The grant of a public client, without a scope.
    pub fn new(
        server: impl Into<String>,
        endpoints: Endpoints,
        client_id: impl Into<String>,
    ) -> Self {
        Self {
            server: server.into(),
            endpoints,
            client_id: client_id.into(),
            client_secret: None,
            scope: None,
            wants_json: AtomicBool::new(false),
        }
    }

    /// Asks for a device code (RFC 8628 §3.1), with the challenge of `verifier`:
    /// some servers want one with every grant, and others do not mind. `more`
    /// are further members of the form; `may_open` says whether a person may be sent to a link.
    ///
    /// # Errors
    /// Unreachable; refused; a reply that is no device code; a link nobody may
    /// be sent to.
    pub async fn authorize(
        &self,
        http: &Http,
        more: &[(&str, &str)],
        verifier: &Secret,
        may_open: impl Fn(&Url) -> bool,
    ) -> Result<Authorization, AppError> {
        let challenge = code_challenge(verifier);
        let mut fields = vec![
            ("client_id", self.client_id.as_str()),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ];
        fields.extend(more);
        fields.extend(self.scope.as_deref().map(|scope| ("scope", scope)));
        let url = &self.endpoints.device_authorization;
        let reply = self.post(http, url, &fields, None, None).await?;
        Authorization::from_reply(&reply, &self.server, Timestamp::now(), may_open)
    }

    /// Asks once whether the code was approved (RFC 8628 §3.4). With a hold,
    /// allows the server ten seconds more.
    pub async fn poll(&self, http: &Http, question: Question<'_>) -> Poll<IssuedToken> {
        let mut fields = vec![
            ("grant_type", DEVICE_CODE_GRANT),
            ("device_code", question.device_code.expose()),
            ("client_id", &self.client_id),
        ];
        fields.extend(question.verifier.map(|it| ("code_verifier", it.expose())));
        let openings = question.openings.map(|openings| openings.to_string());
        fields.extend(openings.as_deref().map(|openings| ("crewmesh_opened", openings)));
        let key = Some(question.idempotency_key);
        match self.post(http, &self.endpoints.token, &fields, key, question.hold).await {
            Ok(reply) => token_reply(&reply, &self.server, Timestamp::now()),
            Err(error) => Poll::Failed(error),
        }
    }

    /// Posts a form to one of the server's endpoints, with the client's secret
    /// where it has one.
    ///
    /// # Errors
    /// Those of [`Http::send`].
    pub async fn post(
        &self,
        http: &Http,
        url: &Url,
        fields: &[(&str, &str)],
        idempotency_key: Option<&Secret>,
        hold: Option<Duration>,
    ) -> Result<Reply, AppError> {
        let mut fields = fields.to_vec();
        fields.extend(self.client_secret.as_ref().map(|it| ("client_secret", it.expose())));
        let request = |json: bool| -> Result<_, AppError> {
            let mut request = http.request(Method::POST, url.clone());
            request = if json {
                request.json(&fields.iter().copied().collect::<BTreeMap<_, _>>())
            } else {
                let mut form = form_urlencoded::Serializer::new(String::new());
                form.extend_pairs(&fields);
                request
                    .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
                    .body(form.finish())
            };
            if let Some(key) = idempotency_key {
                request = request.header("Idempotency-Key", sensitive(key)?);
            }
            if let Some(hold) = hold {
                request = request.header("Prefer", format!("wait={}", hold.as_secs()));
            }
            Ok(request)
        };
        let patience = hold.map_or(PATIENCE, |hold| hold + BEYOND_HOLD);
        let json = self.wants_json.load(Ordering::Relaxed);
        let reply = http.send(request(json)?, patience).await?;
        if reply.status == 415 && !json {
            self.wants_json.store(true, Ordering::Relaxed);
            return http.send(request(true)?, patience).await;
        }
        Ok(reply)
    }
}

/// A header's value that is kept out of every log.
///
/// # Errors
/// Characters that no header takes.
pub(crate) fn sensitive(secret: &Secret) -> Result<HeaderValue, AppError> {
    let mut value = HeaderValue::from_str(secret.expose()).map_err(AppError::internal)?;
    value.set_sensitive(true);
    Ok(value)
}
