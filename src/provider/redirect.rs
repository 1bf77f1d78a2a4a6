//! A sign-in that leads a browser to the provider and back with a code, which is exchanged
//! for a credential (RFC 6749 §4.1 with RFC 7636, as far as a provider follows them).

use jiff::Timestamp;
use reqwest::header::CONTENT_TYPE;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use url::Url;

use super::renewal::PATIENCE;
use super::spec::{ProviderSpec, Redirect};
use crate::api::is_token;
use crate::device_grant::token_reply::token_reply;
use crate::device_grant::{IssuedToken, Poll};
use crate::error::{AppError, ErrorKind};
use crate::http::Http;
use crate::http::reply::Reply;
use crate::i18n::{Message, Words};
use crate::secret::{Secret, code_challenge};

/// The most that a code has, in bytes.
const LONGEST_CODE: usize = 2_048;

/// The codes of errors that tell of a reply that is none.
pub const NO_REPLY: [&str; 3] = ["not_an_instance", "malformed_reply", "too_large"];

/// There and back: what is the same on both ways.
#[derive(Clone, Copy, Debug)]
pub struct RoundTrip<'a> {
    pub spec: &'a ProviderSpec,
    pub redirect: &'a Redirect,
    /// What the challenge is made of (RFC 7636 §4.1).
    pub verifier: &'a Secret,
    /// Where the browser comes back to; with none the provider shows the code instead.
    pub callback: Option<&'a Url>,
}

impl RoundTrip<'_> {
    /// Where the browser goes. It comes back with `state`, and what it brings is called
    /// `label` there, where the provider gives names.
    pub fn authorization(&self, state: Option<&Secret>, label: &str) -> Option<Url> {
        let Self { spec, redirect, verifier, callback } = *self;
        let mut url = spec.at(&redirect.authorization)?;
        let mut pairs = url.query_pairs_mut();
        match (&redirect.without_client, callback) {
            (Some(own), Some(callback)) => {
                // What is not sent back stands in where it comes back to.
                let mut callback = callback.clone();
                if let Some(state) = state {
                    callback.query_pairs_mut().append_pair("state", state.expose());
                }
                pairs.append_pair(&own.callback, callback.as_str());
            }
            (Some(_), None) => {}
            (None, callback) => {
                pairs.append_pair("response_type", "code");
                pairs.append_pair("client_id", spec.client.id.as_deref()?);
                pairs.append_pair("redirect_uri", callback?.as_str());
                pairs.append_pair("state", state?.expose());
                if let Some(scope) = &spec.client.scope {
                    pairs.append_pair("scope", scope);
                }
            }
        }
        pairs.append_pair("code_challenge", &code_challenge(verifier));
        pairs.append_pair("code_challenge_method", "S256");
        if let Some(name) = redirect.without_client.as_ref().and_then(|own| own.label.as_ref()) {
            pairs.append_pair(name, label);
        }
        drop(pairs);
        Some(url)
    }

    /// What the provider gives for `code`.
    ///
    /// # Errors
    /// `code_refused` where it takes the code not, or no more; those of the network; what is
    /// no answer to that.
    pub async fn exchange(&self, http: &Http, code: &Secret) -> Result<IssuedToken, AppError> {
        if code.is_empty() || code.expose().len() > LONGEST_CODE {
            return Err(self.refused());
        }
        let url = self.spec.at(&self.redirect.token);
        let url = url.ok_or_else(|| AppError::internal("no address of a token endpoint"))?;
        let request = http.request(Method::POST, url);
        let Some(own) = &self.redirect.without_client else {
            return self.granted(http, request, code).await;
        };
        let body = json!({
            "code": code.expose(),
            "code_verifier": self.verifier.expose(),
            "code_challenge_method": "S256",
        });
        let request = request.header(CONTENT_TYPE, "application/json").body(body.to_string());
        let reply = self.sent(http, request).await?;
        // Whatever is wrong with the code: which of the two comes is not to be relied on.
        if matches!(reply.status, 400 | 403) {
            return Err(self.refused());
        }
        let given = reply.json::<Value>().ok().filter(|_| reply.is_success());
        let token = given.and_then(|given| {
            given.pointer(&own.secret)?.as_str().map(Secret::new).filter(is_token)
        });
        let status = i64::from(reply.status);
        let token = token.ok_or_else(|| {
            self.odd(Message::new("provider-redirect-status").with("status", status).into())
        })?;
        Ok(IssuedToken { token, expires_at: None, refresh_token: None, user: None })
    }

    /// What a token endpoint gives to a client (RFC 6749 §4.1.3).
    async fn granted(
        &self,
        http: &Http,
        request: RequestBuilder,
        code: &Secret,
    ) -> Result<IssuedToken, AppError> {
        let client = &self.spec.client;
        let mut fields = vec![
            ("grant_type", "authorization_code"),
            ("code", code.expose()),
            ("client_id", client.id.as_deref().unwrap_or_default()),
            ("code_verifier", self.verifier.expose()),
        ];
        fields.extend(self.callback.map(|callback| ("redirect_uri", callback.as_str())));
        fields.extend(client.secret.as_ref().map(|secret| ("client_secret", secret.expose())));
        let reply = self.sent(http, request.form(&fields)).await?;
        match token_reply(&reply, &self.spec.title, Timestamp::now()) {
            Poll::Approved(issued) => Ok(issued),
            // GitHub's word for it.
            Poll::Failed(error) if error.code == "bad_verification_code" => Err(self.refused()),
            Poll::Refused | Poll::Expired | Poll::Gone => Err(self.refused()),
            // What says so of instances says it of no provider.
            Poll::Failed(error) if !NO_REPLY.contains(&&*error.code) => {
                Err(self.odd(error.message))
            }
            _ => {
                let status = Message::new("provider-redirect-status");
                Err(self.odd(status.with("status", i64::from(reply.status)).into()))
            }
        }
    }

    async fn sent(&self, http: &Http, request: RequestBuilder) -> Result<Reply, AppError> {
        http.send(request, PATIENCE).await.map_err(|error| self.odd(error.message))
    }

    fn refused(&self) -> AppError {
        let message = Message::new("provider-redirect-refused");
        let message = message.with("provider", self.spec.title.as_str());
        AppError::new(ErrorKind::Failed, "code_refused", message)
    }

    fn odd(&self, why: Words) -> AppError {
        let message = Message::new("provider-redirect-odd");
        let message = message.with("provider", self.spec.title.as_str());
        AppError::new(ErrorKind::Failed, "no_key", message.with("why", why))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::spec;

    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    // RFC 7636, appendix B.
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    fn pairs(url: &Url) -> Vec<(String, String)> {
        url.query_pairs().map(|(name, value)| (name.into(), value.into())).collect()
    }

    #[test]
    fn the_way_there_says_where_to_come_back_to_and_what_is_proved() {
        let spec = spec::find("openrouter").expect("it is known");
        let redirect = spec.redirect.as_ref().expect("it has one");
        let verifier = Secret::new(VERIFIER);
        let callback = Url::parse("http://127.0.0.1:9/x").expect("an address");
        let state = Secret::new("of-this-browser");
        let to = |callback, state| {
            let trip = RoundTrip { spec: &spec, redirect, verifier: &verifier, callback };
            trip.authorization(state, "crewmesh on a").expect("an address")
        };
        let url = to(Some(&callback), None);
        assert_eq!((url.scheme(), url.host_str()), ("https", Some("openrouter.ai")));
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(
            pairs(&url),
            [
                pair("callback_url", "http://127.0.0.1:9/x"),
                pair("code_challenge", CHALLENGE),
                pair("code_challenge_method", "S256"),
                pair("key_label", "crewmesh on a"),
            ]
        );
        let with_state = pair("callback_url", "http://127.0.0.1:9/x?state=of-this-browser");
        assert_eq!(pairs(&to(Some(&callback), Some(&state)))[0], with_state);
        assert!(!to(None, None).as_str().contains("callback_url"));
    }

    #[test]
    fn a_client_says_who_it_is_and_goes_nowhere_without_a_state() {
        let mut spec = spec::find("github").expect("it is known");
        assert_eq!(spec.by_redirect(), None, "nobody's client");
        spec.client.id = Some("Iv1.a".into());
        spec.client.scope = Some("read:user copilot".into());
        assert_eq!(spec.by_redirect(), None, "it wants the secret");
        spec.client.secret = Some(Secret::new("hunter2"));
        let redirect = spec.by_redirect().expect("it has all");
        let (verifier, state) = (Secret::new(VERIFIER), Secret::new("of-this-browser"));
        let callback = Url::parse("https://mesh.example.org/back").expect("an address");
        let callback = Some(&callback);
        let trip = RoundTrip { spec: &spec, redirect, verifier: &verifier, callback };
        let url = trip.authorization(Some(&state), "work").expect("an address");
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(
            pairs(&url),
            [
                pair("response_type", "code"),
                pair("client_id", "Iv1.a"),
                pair("redirect_uri", "https://mesh.example.org/back"),
                pair("state", "of-this-browser"),
                pair("scope", "read:user copilot"),
                pair("code_challenge", CHALLENGE),
                pair("code_challenge_method", "S256"),
            ]
        );
        assert_eq!(trip.authorization(None, "work"), None);
        assert_eq!(RoundTrip { callback: None, ..trip }.authorization(Some(&state), "work"), None);
    }
}
