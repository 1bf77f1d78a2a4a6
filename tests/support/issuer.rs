//! An OIDC issuer that speaks what OpenID Connect Core and Discovery 1.0 write
//! down, on a port of its own: description, a page that asks, token, keys that
//! rotate, profile. It is strict about what it is asked, and can be told to be
//! wrong in what it answers.
//!
//! It goes by `localhost`, the instances of tests by 127.0.0.1: for a browser
//! that is another site.

pub mod signing;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};

use axum::extract::{Form, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use crewmesh::server::clock::Clock;
use data_encoding::{BASE64, BASE64URL_NOPAD};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use self::signing::Signing;
use super::serve;

/// What an instance is known by here; each has what must be encoded.
pub const CLIENT_ID: &str = "crewmesh: the mesh";
pub const CLIENT_SECRET: &str = "s3cret/+ :&=%";

/// What is wrong with it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Wrong {
    #[default]
    Nothing,
    /// Its description is away.
    NoDescription,
    /// Its description is another issuer's.
    OthersDescription,
    /// A proxy answers for the token endpoint.
    TokenPage,
    /// Its token endpoint is down.
    TokenDown,
    /// It does not know the code.
    CodeUnknown,
    Nonce,
    NoNonce,
    Audience,
    Issuer,
    /// Made out to another party as well, which asked for it.
    Party,
    /// Says it belongs to a tenant that it does not.
    Tenant,
    /// Of another tenant than its key signs for.
    TenantsKey,
    /// Changed after it was signed.
    Signature,
    /// By a key that it does not publish.
    Key,
    /// Not signed at all.
    Unsigned,
    /// "Signed" with its public key as if that were a shared secret.
    Confused,
    /// It answers as if it were another issuer (RFC 9207).
    Answer,
    /// It forgets to say who answers.
    SilentAnswer,
    /// The profile is somebody else's.
    Profile,
    /// The page that asks sends everybody back with this.
    Busy,
}

/// Somebody with an account there.
#[derive(Clone, Debug)]
pub struct Who {
    pub sub: &'static str,
    pub name: Option<&'static str>,
    pub email: Option<&'static str>,
    /// `email_verified`, as it is written.
    pub verified: Value,
    /// Whether the token says it all, or the profile.
    pub in_token: bool,
}

pub const ANA: Who = Who {
    sub: "248289761001",
    name: Some("Ana Gil"),
    email: Some("ana@example.org"),
    verified: Value::Bool(true),
    in_token: true,
};

/// A running issuer.
pub struct Issuer {
    pub url: String,
    inner: Arc<Mutex<Inner>>,
    _running: serve::Running,
}

pub struct Inner {
    url: String,
    pub who: Who,
    pub wrong: Wrong,
    /// What time it is there: where an instance's clock stands, the same one.
    pub clock: Clock,
    /// Seconds by which its clock is ahead.
    pub ahead: i64,
    /// Seconds that a token is good.
    pub life: i64,
    /// Claims of a token that are otherwise than they would be.
    pub claims: Value,
    /// The tenant that everybody belongs to, where it speaks for several: it is
    /// found at `/common/v2.0` then, as Microsoft's is.
    pub tenant: Option<&'static str>,
    /// The same of a token's head, and of its key as it is published.
    pub head: Value,
    pub jwk: Value,
    /// What its description says it signs with, where that is not true.
    pub says_it_signs_with: Option<Value>,
    /// How it wants to be told the secret.
    pub method: &'static str,
    /// How often its keys were fetched.
    pub keys_fetched: u32,
    pub key: Signing,
    codes: HashMap<String, Asked>,
    granted: u32,
}

#[derive(Clone, Debug)]
struct Asked {
    redirect_uri: String,
    nonce: String,
    challenge: String,
}

type Shared = Arc<Mutex<Inner>>;

impl Issuer {
    pub fn start() -> Self {
        let listener = serve::bound();
        let url = format!("http://localhost:{}", listener.local_addr().expect("bound").port());
        let inner = Arc::new(Mutex::new(Inner {
            url: url.clone(),
            who: ANA,
            wrong: Wrong::Nothing,
            clock: Clock::default(),
            ahead: 0,
            life: 300,
            claims: json!({}),
            head: json!({}),
            jwk: json!({}),
            says_it_signs_with: None,
            tenant: None,
            method: "client_secret_basic",
            keys_fetched: 0,
            key: Signing::by("RS256", "rsa"),
            codes: HashMap::new(),
            granted: 0,
        }));
        let routes = Router::new()
            .route("/.well-known/openid-configuration", get(description))
            .route("/common/v2.0/.well-known/openid-configuration", get(description))
            .route("/authorize", get(page).post(decided))
            .route("/token", post(token))
            .route("/keys", get(keys))
            .route("/profile", get(profile))
            .with_state(inner.clone());
        Self { url, inner, _running: serve::on(listener, routes) }
    }

    /// To look at it or change it.
    pub fn is(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().expect("no test has failed in here")
    }

    /// Signs with a new key of another kind from now on, without a word.
    pub fn rotate(&self) {
        self.sign_by("ES256");
    }

    /// Signs by `algorithm` from now on, with a new key.
    pub fn sign_by(&self, algorithm: &'static str) {
        let mut inner = self.is();
        inner.key = Signing::by(algorithm, &format!("{algorithm}-{}", inner.granted));
    }
}

async fn description(State(shared): State<Shared>) -> Response {
    let inner = shared.lock().expect("whole");
    let url = &inner.url;
    let issuer = match inner.wrong {
        Wrong::NoDescription => return StatusCode::SERVICE_UNAVAILABLE.into_response(),
        Wrong::OthersDescription => "https://evil.example",
        _ => &inner.issuer("{tenantid}"),
    };
    let signs_with = json!([inner.key.algorithm]);
    Json(json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{url}/authorize"),
        "token_endpoint": format!("{url}/token"),
        "jwks_uri": format!("{url}/keys"),
        "userinfo_endpoint": format!("{url}/profile"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": inner.says_it_signs_with.as_ref().unwrap_or(&signs_with),
        "token_endpoint_auth_methods_supported": [inner.method],
        "authorization_response_iss_parameter_supported": inner.tenant.is_none(),
    }))
    .into_response()
}

type Pairs = HashMap<String, String>;

async fn page(State(shared): State<Shared>, Query(asked): Query<Pairs>) -> Response {
    let inner = shared.lock().expect("whole");
    let has = |name: &str, value: &str| asked.get(name).is_some_and(|given| given == value);
    let long = |name: &str| asked.get(name).is_some_and(|given| given.len() >= 43);
    let right = has("response_type", "code")
        && has("client_id", CLIENT_ID)
        && has("code_challenge_method", "S256")
        && asked.get("scope").is_some_and(|scope| scope.split(' ').any(|one| one == "openid"))
        && asked.get("redirect_uri").is_some_and(|uri| uri.ends_with("/back"))
        && long("state")
        && long("nonce")
        && long("code_challenge");
    if !right {
        return (StatusCode::BAD_REQUEST, Html(format!("<p>not a request: {asked:?}")))
            .into_response();
    }
    let hidden = serve::hidden(&["redirect_uri", "state", "nonce", "code_challenge"], &asked);
    let name = inner.who.name.unwrap_or(inner.who.sub);
    Html(format!(
        "<!doctype html><html lang=\"en\"><title>Acme</title><h1>Sign in to the mesh?</h1>
         <form method=\"post\" action=\"/authorize\">{hidden}
         <button name=\"decision\" value=\"yes\">Go on as {name}</button>
         <button name=\"decision\" value=\"no\">Cancel</button></form>"
    ))
    .into_response()
}

async fn decided(State(shared): State<Shared>, Form(sent): Form<Pairs>) -> Response {
    let mut inner = shared.lock().expect("whole");
    inner.granted += 1;
    let code = format!("code-{}", inner.granted);
    let mut back = url::Url::parse(&sent["redirect_uri"]).expect("looked at before");
    {
        let mut query = back.query_pairs_mut();
        query.append_pair("state", &sent["state"]);
        match inner.wrong {
            Wrong::SilentAnswer => {}
            _ if inner.tenant.is_some() => {}
            Wrong::Answer => drop(query.append_pair("iss", "https://evil.example")),
            _ => drop(query.append_pair("iss", &inner.url)),
        }
        let busy = inner.wrong == Wrong::Busy;
        if busy {
            query.append_pair("error", "temporarily_unavailable");
        } else if sent.get("decision").is_some_and(|decision| decision == "no") {
            query.append_pair("error", "access_denied");
            query.append_pair("error_description", "<b>The person said no</b>");
        } else {
            query.append_pair("code", &code);
        }
    }
    let asked = Asked {
        redirect_uri: sent["redirect_uri"].clone(),
        nonce: sent["nonce"].clone(),
        challenge: sent["code_challenge"].clone(),
    };
    inner.codes.insert(code, asked);
    Redirect::to(back.as_str()).into_response()
}

fn refused(error: &str) -> Response {
    (StatusCode::BAD_REQUEST, Json(json!({ "error": error }))).into_response()
}

async fn token(
    State(shared): State<Shared>,
    headers: HeaderMap,
    Form(sent): Form<Pairs>,
) -> Response {
    let mut inner = shared.lock().expect("whole");
    match inner.wrong {
        Wrong::TokenPage => return Html("<h1>Welcome to the hotel</h1>").into_response(),
        Wrong::TokenDown => return StatusCode::BAD_GATEWAY.into_response(),
        Wrong::CodeUnknown => return refused("invalid_grant"),
        _ => {}
    }
    let sent_of = |name: &str| sent.get(name).map(String::as_str).unwrap_or_default();
    let proven = match inner.method {
        "client_secret_post" => {
            sent_of("client_id") == CLIENT_ID && sent_of("client_secret") == CLIENT_SECRET
        }
        _ => basic(&headers) == Some((CLIENT_ID.to_owned(), CLIENT_SECRET.to_owned())),
    };
    if !proven {
        return (StatusCode::UNAUTHORIZED, Json(json!({ "error": "invalid_client" })))
            .into_response();
    }
    // Once.
    let Some(asked) = inner.codes.remove(sent_of("code")) else {
        return refused("invalid_grant");
    };
    let challenge = BASE64URL_NOPAD.encode(&Sha256::digest(sent_of("code_verifier")));
    let same = sent_of("redirect_uri") == asked.redirect_uri && challenge == asked.challenge;
    if sent_of("grant_type") != "authorization_code" || !same {
        return refused("invalid_grant");
    }
    Json(json!({
        "access_token": "for the profile",
        "token_type": "Bearer",
        "expires_in": inner.life,
        "id_token": inner.id_token(&asked),
    }))
    .into_response()
}

/// RFC 6749 §2.3.1.
fn basic(headers: &HeaderMap) -> Option<(String, String)> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Basic ")?;
    let text = String::from_utf8(BASE64.decode(value.as_bytes()).ok()?).ok()?;
    let (id, secret) = text.split_once(':')?;
    let read = |text: &str| {
        let pair = format!("x={text}");
        url::form_urlencoded::parse(pair.as_bytes()).next().map(|(_, value)| value.into_owned())
    };
    Some((read(id)?, read(secret)?))
}

/// A tenant that nobody here belongs to.
const ANOTHER: &str = "aaaaaaaa-6c67-4c5b-b112-36a304b66dad";

impl Inner {
    /// What it is called for people of `tenant`.
    fn issuer(&self, tenant: &str) -> String {
        let url = &self.url;
        self.tenant.map_or_else(|| url.clone(), |_| format!("{url}/{tenant}/v2.0"))
    }

    fn person(&self, mut claims: Value) -> Value {
        let who = &self.who;
        for (name, value) in [("name", who.name), ("email", who.email)] {
            if let Some(value) = value {
                claims[name] = json!(value);
            }
        }
        if !who.verified.is_null() {
            claims["email_verified"] = who.verified.clone();
        }
        claims
    }

    fn id_token(&self, asked: &Asked) -> String {
        let now = self.clock.now() / 1_000 + self.ahead;
        let mut claims = json!({
            "iss": self.issuer(self.tenant.unwrap_or_default()),
            "sub": self.who.sub,
            "aud": CLIENT_ID,
            "exp": now + self.life,
            "iat": now,
            "nonce": asked.nonce,
        });
        if let Some(tenant) = self.tenant {
            claims["tid"] = json!(tenant);
        }
        match self.wrong {
            Wrong::Tenant => claims["tid"] = json!(ANOTHER),
            Wrong::Nonce => claims["nonce"] = json!("another"),
            Wrong::NoNonce => drop(claims.as_object_mut().expect("one").remove("nonce")),
            Wrong::Audience => claims["aud"] = json!("another"),
            Wrong::Issuer => claims["iss"] = json!("https://evil.example"),
            Wrong::Party => {
                claims["aud"] = json!([CLIENT_ID, "another"]);
                claims["azp"] = json!("another");
            }
            _ => {}
        }
        if self.who.in_token {
            claims = self.person(claims);
        }
        change(&mut claims, &self.claims);
        let (alg, kid) = match self.wrong {
            Wrong::Unsigned => ("none", "rsa"),
            Wrong::Confused => ("HS256", "rsa"),
            Wrong::Key => ("RS256", "of nobody"),
            _ => (self.key.algorithm, self.key.kid.as_str()),
        };
        let mut head = json!({ "alg": alg, "kid": kid });
        change(&mut head, &self.head);
        let part = |value: &Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
        let message = format!("{}.{}", part(&head), part(&claims));
        let signature = match self.wrong {
            Wrong::Unsigned => Vec::new(),
            Wrong::Confused => signing::confused(message.as_bytes()),
            _ => self.key.signature(message.as_bytes()),
        };
        if self.wrong == Wrong::Signature {
            claims["sub"] = json!("somebody else");
            let header = message.split('.').next().expect("a header");
            return format!("{header}.{}.{}", part(&claims), BASE64URL_NOPAD.encode(&signature));
        }
        format!("{message}.{}", BASE64URL_NOPAD.encode(&signature))
    }
}

/// Puts the members of `others` into `object`.
fn change(object: &mut Value, others: &Value) {
    for (name, value) in others.as_object().expect("members by their names") {
        object[name] = value.clone();
    }
}

async fn keys(State(shared): State<Shared>) -> Response {
    let mut inner = shared.lock().expect("whole");
    inner.keys_fetched += 1;
    let mut key = inner.key.published();
    change(&mut key, &inner.jwk);
    if inner.tenant.is_some() {
        let tenant = if inner.wrong == Wrong::TenantsKey { ANOTHER } else { "{tenantid}" };
        key["issuer"] = json!(inner.issuer(tenant));
    }
    // Of a kind that nobody has heard of yet: it must spoil nothing.
    let strange = json!({ "kty": "LATTICE", "kid": "strange", "alg": "ML-DSA-44" });
    let broken = json!({ "kty": "RSA", "kid": "broken" });
    Json(json!({ "keys": [strange, broken, key] })).into_response()
}

async fn profile(State(shared): State<Shared>, headers: HeaderMap) -> Response {
    let inner = shared.lock().expect("whole");
    let bearer = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    if bearer != Some("Bearer for the profile") {
        return (StatusCode::UNAUTHORIZED, Json(json!({ "error": "invalid_token" })))
            .into_response();
    }
    let sub = if inner.wrong == Wrong::Profile { "somebody else" } else { inner.who.sub };
    Json(inner.person(json!({ "sub": sub }))).into_response()
}
