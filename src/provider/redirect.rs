//! A sign-in that leads a browser to the provider and back with a code, which is exchanged
//! for a credential (RFC 6749 §4.1 with RFC 7636, as far as a provider follows them).

use reqwest::Method;
use reqwest::header::CONTENT_TYPE;
use serde_json::{Value, json};
use url::Url;

use super::renewal::PATIENCE;
use super::spec::{ProviderSpec, Redirect};
use crate::api::is_token;
use crate::error::{AppError, ErrorKind};
use crate::http::Http;
use crate::i18n::{Message, Words};
use crate::secret::{Secret, code_challenge};

/// The most that a code has, in bytes.
const LONGEST_CODE: usize = 2_048;

/// Where the browser goes: with `callback` where it comes back to, or none where the
/// provider shows the code instead.
pub fn authorization(
    spec: &ProviderSpec,
    redirect: &Redirect,
    verifier: &Secret,
    callback: Option<&Url>,
    label: &str,
) -> Option<Url> {
    let mut url = spec.at(&redirect.authorization)?;
    let mut pairs = url.query_pairs_mut();
    if let Some(callback) = callback {
        pairs.append_pair(&redirect.callback, callback.as_str());
    }
    pairs.append_pair("code_challenge", &code_challenge(verifier));
    pairs.append_pair("code_challenge_method", "S256");
    if let Some(name) = &redirect.label {
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
pub async fn exchange(
    http: &Http,
    spec: &ProviderSpec,
    redirect: &Redirect,
    verifier: &Secret,
    code: &Secret,
) -> Result<Secret, AppError> {
    let title = spec.title.as_str();
    let refused = || {
        let message = Message::new("provider-redirect-refused").with("provider", title);
        AppError::new(ErrorKind::Failed, "code_refused", message)
    };
    if code.is_empty() || code.expose().len() > LONGEST_CODE {
        return Err(refused());
    }
    let url = spec.at(&redirect.token);
    let url = url.ok_or_else(|| AppError::internal("no address of a token endpoint"))?;
    let body = json!({
        "code": code.expose(),
        "code_verifier": verifier.expose(),
        "code_challenge_method": "S256",
    });
    let request = http.request(Method::POST, url);
    let request = request.header(CONTENT_TYPE, "application/json").body(body.to_string());
    let odd = |why: Words| {
        let message = Message::new("provider-redirect-odd").with("provider", title);
        AppError::new(ErrorKind::Failed, "no_key", message.with("why", why))
    };
    let reply = http.send(request, PATIENCE).await.map_err(|error| odd(error.message))?;
    // Whatever is wrong with the code: which of the two comes is not to be relied on.
    if matches!(reply.status, 400 | 403) {
        return Err(refused());
    }
    let given = reply.json::<Value>().ok().filter(|_| reply.is_success());
    let secret = given.and_then(|given| {
        given.pointer(&redirect.secret)?.as_str().map(Secret::new).filter(is_token)
    });
    let status = i64::from(reply.status);
    secret
        .ok_or_else(|| odd(Message::new("provider-redirect-status").with("status", status).into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::spec;

    #[test]
    fn the_way_there_says_where_to_come_back_to_and_what_is_proved() {
        let spec = spec::find("openrouter").expect("it is known");
        let redirect = spec.redirect.clone().expect("it has one");
        let verifier = Secret::new("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
        let callback = Url::parse("http://127.0.0.1:9/x").expect("an address");
        let to = |callback| authorization(&spec, &redirect, &verifier, callback, "crewmesh on a");
        let url = to(Some(&callback)).expect("an address");
        assert_eq!((url.scheme(), url.host_str()), ("https", Some("openrouter.ai")));
        let pairs: Vec<_> = url.query_pairs().collect();
        // RFC 7636, appendix B.
        let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
        assert!(pairs.contains(&("callback_url".into(), callback.as_str().into())), "{url}");
        assert!(pairs.contains(&("code_challenge".into(), challenge.into())), "{url}");
        assert!(pairs.contains(&("code_challenge_method".into(), "S256".into())), "{url}");
        assert!(pairs.contains(&("key_label".into(), "crewmesh on a".into())), "{url}");
        assert!(!to(None).expect("an address").as_str().contains("callback_url"));
    }
}
