//! An OIDC issuer (OpenID Connect Core and Discovery 1.0): found by its name,
//! believed by its signature.
//!
//! What it says of itself is kept for an hour; its keys until one is missing,
//! because a rotation is not announced. The surprising rule: an old description
//! is better than none, so an issuer whose discovery is away for a moment still
//! signs people in.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use reqwest::Method;
use serde::Deserialize;
use url::Url;
use url::form_urlencoded::byte_serialize;

use super::id_token::{self, Expected, IdTokenError, Key, Profile};
use super::site::{Client, Failure, Flow, Person, ask, is_private, read};
use super::{signatures, tenants};
use crate::http::Http;
use crate::i18n::Language;
use crate::secret::{Secret, code_challenge};

/// How long a description is good.
const METADATA_LIFETIME: Duration = Duration::from_hours(1);

/// One issuer, and what is known of it.
#[derive(Debug)]
pub(super) struct Issuer {
    /// As it was configured, without a slash at its end.
    name: String,
    metadata: Mutex<Option<(Instant, Arc<Metadata>)>>,
    keys: Mutex<Arc<[Key]>>,
}

/// What an issuer says of itself (Discovery §3).
#[derive(Clone, Debug, Deserialize)]
struct Metadata {
    issuer: String,
    authorization_endpoint: Url,
    token_endpoint: Url,
    jwks_uri: Url,
    userinfo_endpoint: Option<Url>,
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
    id_token_signing_alg_values_supported: Option<Vec<String>>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

#[derive(Deserialize)]
struct TokenResponse {
    id_token: Secret,
    access_token: Option<Secret>,
}

/// Each key by itself: one of a kind that nobody knows spoils no other.
#[derive(Deserialize)]
struct KeySet {
    keys: Vec<serde_json::Value>,
}

#[derive(Deserialize)]
struct UserInfo {
    sub: String,
    #[serde(flatten)]
    profile: Profile,
}

impl Issuer {
    pub(super) fn new(url: &Url) -> Self {
        Self {
            name: without_trailing_slash(url.as_str()).to_owned(),
            metadata: Mutex::default(),
            keys: Mutex::default(),
        }
    }

    /// Without a slash at its end.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) async fn authorization_url(
        &self,
        http: &Http,
        client: &Client,
        flow: &Flow,
        language: Language,
    ) -> Result<Url, Failure> {
        let mut url = self.metadata(http).await?.authorization_endpoint.clone();
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &client.id)
            .append_pair("redirect_uri", &flow.redirect_uri)
            .append_pair("scope", "openid profile email")
            .append_pair("state", flow.state.expose())
            .append_pair("nonce", flow.nonce.expose())
            .append_pair("code_challenge", &code_challenge(&flow.verifier))
            .append_pair("code_challenge_method", "S256")
            .append_pair("ui_locales", language.tag());
        Ok(url)
    }

    pub(super) async fn check_iss(&self, http: &Http, iss: Option<&str>) -> Result<(), Failure> {
        let metadata = self.metadata(http).await?;
        match iss {
            Some(iss) if iss == metadata.issuer => Ok(()),
            Some(iss) if tenants::matches_issuer(&metadata.issuer, iss) => Ok(()),
            None if !metadata.authorization_response_iss_parameter_supported => Ok(()),
            _ => Err(Failure::Invalid("iss of the answer")),
        }
    }

    /// `now` in seconds.
    pub(super) async fn authenticate(
        &self,
        http: &Http,
        client: &Client,
        flow: &Flow,
        code: &Secret,
        now: i64,
    ) -> Result<Person, Failure> {
        let metadata = self.metadata(http).await?;
        let tokens = exchange_code(http, &metadata, client, flow, code).await?;
        let expected = Expected {
            issuer: &metadata.issuer,
            client_id: &client.id,
            nonce: flow.nonce.expose(),
            now,
        };
        let cached = self.keys.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let result = match id_token::read(tokens.id_token.expose(), &cached, &expected) {
            // Rotated since, or never fetched.
            Err(IdTokenError::Key) => {
                let keys = self.fetched_keys(http, &metadata).await?;
                id_token::read(tokens.id_token.expose(), &keys, &expected)
            }
            result => result,
        };
        let claims = result.map_err(|fault| match fault {
            IdTokenError::Key => Failure::Invalid("signature"),
            IdTokenError::Claim(which) => Failure::Invalid(which),
            IdTokenError::Algorithm(named) => Failure::Algorithm(named),
            IdTokenError::Time => Failure::ClockSkew,
        })?;
        let mut profile = claims.profile;
        if let (Some(url), Some(token)) = (&metadata.userinfo_endpoint, &tokens.access_token)
            && profile.is_lacking()
        {
            let request = http.request(Method::GET, url.clone()).bearer_auth(token.expose());
            let more: UserInfo = read(&ask(http, request).await?)?;
            // Core §5.3.2: of somebody else it must not be used.
            if more.sub != claims.sub {
                return Err(Failure::Invalid("subject of the profile"));
            }
            profile = profile.or(more.profile);
        }
        let (issuer, verified) = if tenants::is_multi_tenant(&metadata.issuer) {
            // Nobody knows who runs a tenant, and each says what addresses its
            // people have.
            (without_trailing_slash(&claims.iss), Some(false))
        } else {
            (self.name.as_str(), profile.verified())
        };
        Ok(Person::new(issuer, claims.sub)
            .with_name(profile.name.as_deref(), profile.preferred_username.as_deref())
            .with_email(profile.email.as_deref(), verified))
    }

    /// What it says it signs with, where it says so now and nothing of it is
    /// understood.
    pub(super) async fn strange_signatures(&self, http: &Http) -> Option<String> {
        let metadata = self.metadata(http).await.ok()?;
        signatures::not_understood(metadata.id_token_signing_alg_values_supported.as_deref())
    }

    async fn metadata(&self, http: &Http) -> Result<Arc<Metadata>, Failure> {
        let cached = self.metadata.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((when, metadata)) = &cached
            && when.elapsed() < METADATA_LIFETIME
        {
            return Ok(metadata.clone());
        }
        match self.discovered(http).await {
            Ok(metadata) => {
                let metadata = Arc::new(metadata);
                *self.metadata.lock().unwrap_or_else(PoisonError::into_inner) =
                    Some((Instant::now(), metadata.clone()));
                Ok(metadata)
            }
            Err(failure) => cached.map(|(_, metadata)| metadata).ok_or(failure),
        }
    }

    async fn discovered(&self, http: &Http) -> Result<Metadata, Failure> {
        let url = format!("{}/.well-known/openid-configuration", self.name);
        let url = Url::parse(&url).map_err(|_| Failure::Invalid("address"))?;
        let metadata: Metadata = read(&ask(http, http.request(Method::GET, url)).await?)?;
        // Discovery §4.3; a slash at its end is all that operators get wrong.
        if !tenants::matches_issuer(without_trailing_slash(&metadata.issuer), &self.name) {
            let (named, says) = (&self.name, &metadata.issuer);
            tracing::warn!(named, says, "an issuer calls itself otherwise than it was named");
            return Err(Failure::Invalid("issuer of the description"));
        }
        let endpoints = [
            Some(&metadata.authorization_endpoint),
            Some(&metadata.token_endpoint),
            Some(&metadata.jwks_uri),
            metadata.userinfo_endpoint.as_ref(),
        ];
        if !endpoints.into_iter().flatten().all(is_private) {
            return Err(Failure::Invalid("address in the clear"));
        }
        Ok(metadata)
    }

    async fn fetched_keys(&self, http: &Http, metadata: &Metadata) -> Result<Arc<[Key]>, Failure> {
        let request = http.request(Method::GET, metadata.jwks_uri.clone());
        let set: KeySet = read(&ask(http, request).await?)?;
        let keys = set.keys.into_iter().filter_map(|key| serde_json::from_value(key).ok());
        let keys: Arc<[Key]> = keys.collect();
        *self.keys.lock().unwrap_or_else(PoisonError::into_inner) = keys.clone();
        Ok(keys)
    }
}

/// What the token endpoint gives for `code` (Core §3.1.3).
async fn exchange_code(
    http: &Http,
    metadata: &Metadata,
    client: &Client,
    flow: &Flow,
    code: &Secret,
) -> Result<TokenResponse, Failure> {
    let mut form = vec![
        ("grant_type", "authorization_code"),
        ("code", code.expose()),
        ("redirect_uri", &flow.redirect_uri),
        ("code_verifier", flow.verifier.expose()),
    ];
    let mut request = http.request(Method::POST, metadata.token_endpoint.clone());
    // Basic is what an issuer takes that does not say (Discovery §3).
    let methods = metadata.token_endpoint_auth_methods_supported.as_deref();
    let takes = |method: &str| methods.is_some_and(|all| all.iter().any(|one| one == method));
    if takes("client_secret_post") && !takes("client_secret_basic") {
        form.push(("client_id", &client.id));
        form.push(("client_secret", client.secret.expose()));
    } else {
        // RFC 6749 §2.3.1: encoded as in a form, then put together.
        let encoded = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
        let secret = Secret::new(encoded(client.secret.expose()));
        request = request.basic_auth(encoded(&client.id), Some(secret.expose()));
    }
    read(&ask(http, request.form(&form)).await?)
}

fn without_trailing_slash(issuer: &str) -> &str {
    issuer.trim_end_matches('/')
}
