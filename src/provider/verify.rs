//! Asks a provider whether a credential is good, by a question that spends nothing.

use std::time::Duration;

use reqwest::Method;
use reqwest::header::HeaderValue;
use url::Url;

use super::credential::Credential;
use super::spec::{Check, ProviderSpec, at};
use super::verdict;
pub use super::verdict::Verdict;
use crate::error::AppError;
use crate::http::Http;
use crate::http::reply::Reply;

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
