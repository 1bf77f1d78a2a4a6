//! A GitHub Enterprise Server as its documentation describes it, oddities
//! included: refusals with status 200, form encoding unless JSON is asked for,
//! nobody without a User-Agent.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};

use axum::extract::{Form, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::serve;

/// What an instance is known by here.
pub const CLIENT_ID: &str = "Iv1.0123456789abcdef";
pub const CLIENT_SECRET: &str = "github secret";

/// What is wrong with it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Wrong {
    #[default]
    Nothing,
    /// Refuses the code, with status 200.
    Code,
    /// The same in form encoding, whatever was asked for.
    CodeInForm,
    /// Gives a token in form encoding, whatever was asked for.
    TokenInForm,
    /// Lets nobody see addresses.
    NoEmails,
    /// Its API is down.
    Down,
}

/// A running one.
pub struct GitHub {
    pub url: String,
    inner: Arc<Mutex<Inner>>,
    _running: serve::Running,
}

pub struct Inner {
    pub wrong: Wrong,
    pub id: u64,
    pub login: &'static str,
    pub name: Option<&'static str>,
    pub emails: Value,
    codes: HashMap<String, (String, String)>,
    granted: u32,
}

type Shared = Arc<Mutex<Inner>>;
type Pairs = HashMap<String, String>;

impl GitHub {
    pub fn start() -> Self {
        let listener = serve::bound();
        let url = format!("http://localhost:{}", listener.local_addr().expect("bound").port());
        let inner = Arc::new(Mutex::new(Inner {
            wrong: Wrong::Nothing,
            id: 583_231,
            login: "anagil",
            name: Some("Ana Gil"),
            emails: json!([
                { "email": "old@example.org", "primary": false, "verified": true, "visibility": null },
                { "email": "typo@example.org", "primary": false, "verified": false, "visibility": null },
                { "email": "ana@example.org", "primary": true, "verified": true, "visibility": "private" },
            ]),
            codes: HashMap::new(),
            granted: 0,
        }));
        let routes = Router::new()
            .route("/login/oauth/authorize", get(page).post(decided))
            .route("/login/oauth/access_token", post(token))
            .route("/api/v3/user", get(user))
            .route("/api/v3/user/emails", get(emails))
            .with_state(inner.clone());
        Self { url, inner, _running: serve::on(listener, routes) }
    }

    /// To look at it or change it.
    pub fn is(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().expect("no test has failed in here")
    }
}

async fn page(State(shared): State<Shared>, Query(asked): Query<Pairs>) -> Response {
    let inner = shared.lock().expect("whole");
    if asked.get("client_id").is_none_or(|id| id != CLIENT_ID) {
        return StatusCode::NOT_FOUND.into_response();
    }
    let scope = asked.get("scope").map(String::as_str).unwrap_or_default();
    assert_eq!(scope, "read:user user:email");
    let hidden = serve::hidden(&["redirect_uri", "state", "code_challenge"], &asked);
    Html(format!(
        "<!doctype html><h1>Authorize the mesh</h1>
         <form method=\"post\" action=\"/login/oauth/authorize\">{hidden}
         <button name=\"decision\" value=\"yes\">Authorize as {}</button>
         <button name=\"decision\" value=\"no\">Cancel</button></form>",
        inner.login
    ))
    .into_response()
}

async fn decided(State(shared): State<Shared>, Form(sent): Form<Pairs>) -> Response {
    let mut inner = shared.lock().expect("whole");
    inner.granted += 1;
    let code = format!("gh{}", inner.granted);
    let mut back = url::Url::parse(&sent["redirect_uri"]).expect("an address");
    if sent.get("decision").is_some_and(|decision| decision == "no") {
        back.query_pairs_mut()
            .append_pair("error", "access_denied")
            .append_pair("error_description", "The user has denied your application access.")
            .append_pair("error_uri", "https://docs.github.com/apps/troubleshooting")
            .append_pair("state", &sent["state"]);
    } else {
        back.query_pairs_mut().append_pair("code", &code).append_pair("state", &sent["state"]);
    }
    let kept = (sent["redirect_uri"].clone(), sent["code_challenge"].clone());
    inner.codes.insert(code, kept);
    Redirect::to(back.as_str()).into_response()
}

/// In the way that was asked for, always with status 200.
fn answered(pairs: &[(&str, &str)], as_json: bool) -> Response {
    if as_json {
        let object: serde_json::Map<_, _> =
            pairs.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
        return Json(object).into_response();
    }
    let text = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    ([(header::CONTENT_TYPE, "application/x-www-form-urlencoded; charset=utf-8")], text)
        .into_response()
}

async fn token(
    State(shared): State<Shared>,
    headers: HeaderMap,
    Form(sent): Form<Pairs>,
) -> Response {
    let mut inner = shared.lock().expect("whole");
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    let in_form = matches!(inner.wrong, Wrong::CodeInForm | Wrong::TokenInForm);
    let as_json = !in_form && accept.is_some_and(|accept| accept.contains("application/json"));
    let sent_of = |name: &str| sent.get(name).map(String::as_str).unwrap_or_default();
    if sent_of("client_id") != CLIENT_ID || sent_of("client_secret") != CLIENT_SECRET {
        return answered(&[("error", "incorrect_client_credentials")], as_json);
    }
    let challenge = BASE64URL_NOPAD.encode(&Sha256::digest(sent_of("code_verifier")));
    let kept = inner.codes.remove(sent_of("code"));
    let right = kept.is_some_and(|kept| kept == (sent_of("redirect_uri").to_owned(), challenge));
    if !right || matches!(inner.wrong, Wrong::Code | Wrong::CodeInForm) {
        let error = [
            ("error", "bad_verification_code"),
            ("error_description", "The code passed is incorrect or expired."),
        ];
        return answered(&error, as_json);
    }
    let granted = [
        ("access_token", "gho_for_the_api"),
        ("scope", "read:user,user:email"),
        ("token_type", "bearer"),
    ];
    answered(&granted, as_json)
}

/// What stands before every answer of the API.
fn door(inner: &Inner, headers: &HeaderMap) -> Result<(), Response> {
    if inner.wrong == Wrong::Down {
        return Err(StatusCode::SERVICE_UNAVAILABLE.into_response());
    }
    if !headers.contains_key(header::USER_AGENT) {
        let text = "Request forbidden by administrative rules.";
        return Err((StatusCode::FORBIDDEN, text).into_response());
    }
    let bearer = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    if bearer != Some("Bearer gho_for_the_api") {
        let body = json!({ "message": "Bad credentials" });
        return Err((StatusCode::UNAUTHORIZED, Json(body)).into_response());
    }
    Ok(())
}

async fn user(State(shared): State<Shared>, headers: HeaderMap) -> Response {
    let inner = shared.lock().expect("whole");
    if let Err(response) = door(&inner, &headers) {
        return response;
    }
    // Its `email` is the public one, which says nothing of whose it is.
    let (id, login, name) = (inner.id, inner.login, inner.name);
    Json(json!({ "id": id, "login": login, "name": name, "email": "boss@example.org" }))
        .into_response()
}

async fn emails(State(shared): State<Shared>, headers: HeaderMap) -> Response {
    let inner = shared.lock().expect("whole");
    if let Err(response) = door(&inner, &headers) {
        return response;
    }
    if inner.wrong == Wrong::NoEmails {
        let body = json!({ "message": "Not Found" });
        return (StatusCode::NOT_FOUND, Json(body)).into_response();
    }
    Json(inner.emails.clone()).into_response()
}
