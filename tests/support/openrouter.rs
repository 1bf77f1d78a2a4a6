//! OpenRouter's sign-in as its documentation describes it: a page that leads back with a
//! code, or shows it where nobody said where to, and an exchange that wants the proof.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};

use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::serve;

/// What it gives out, in no file of ours.
pub const KEY: &str = "sk-or-v1-standin-4711";

/// A running one.
pub struct OpenRouter {
    pub url: String,
    shared: Shared,
    _running: serve::Running,
}

/// To look at it or change it.
#[derive(Default)]
pub struct Inner {
    /// Whether whoever comes refuses.
    pub refuses: bool,
    /// The names that keys were given.
    pub labels: Vec<String>,
    /// Challenges, by code.
    codes: HashMap<String, String>,
    given: usize,
}

type Shared = Arc<Mutex<Inner>>;
type Pairs = HashMap<String, String>;

impl OpenRouter {
    pub fn start() -> Self {
        let listener = serve::bound();
        let url = format!("http://localhost:{}", listener.local_addr().expect("bound").port());
        let shared = Shared::default();
        let routes = Router::new()
            .route("/auth", get(page))
            .route("/api/v1/auth/keys", post(exchange))
            .route("/api/v1/key", get(key))
            .with_state(shared.clone());
        Self { url, shared, _running: serve::on(listener, routes) }
    }

    pub fn is(&self) -> MutexGuard<'_, Inner> {
        self.shared.lock().expect("no test has failed in here")
    }
}

async fn page(State(shared): State<Shared>, Query(asked): Query<Pairs>) -> Response {
    let mut inner = shared.lock().expect("whole");
    if asked.get("code_challenge_method").is_none_or(|method| method != "S256") {
        return StatusCode::BAD_REQUEST.into_response();
    }
    inner.labels.extend(asked.get("key_label").cloned());
    inner.given += 1;
    let code = format!("standin-code-{}", inner.given);
    let refuses = inner.refuses;
    inner.codes.insert(code.clone(), asked["code_challenge"].clone());
    let Some(callback) = asked.get("callback_url") else { return Html(code).into_response() };
    let mut back = url::Url::parse(callback).expect("an address");
    assert_eq!(back.host_str(), Some("127.0.0.1"));
    if refuses {
        back.query_pairs_mut().append_pair("error", "access_denied");
    } else {
        back.query_pairs_mut().append_pair("code", &code);
    }
    Redirect::to(back.as_str()).into_response()
}

async fn exchange(State(shared): State<Shared>, Json(sent): Json<Value>) -> Response {
    let mut inner = shared.lock().expect("whole");
    let text = |name: &str| sent[name].as_str().unwrap_or_default();
    let challenge = BASE64URL_NOPAD.encode(&Sha256::digest(text("code_verifier")));
    // Good once.
    if inner.codes.remove(text("code")) != Some(challenge) {
        let error = json!({ "error": { "message": "Invalid code", "code": 400 } });
        return (StatusCode::BAD_REQUEST, Json(error)).into_response();
    }
    Json(json!({ "key": KEY, "user_id": "user_1" })).into_response()
}

async fn key(headers: HeaderMap) -> Response {
    let bearer = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    if bearer != Some(&format!("Bearer {KEY}")) {
        let error = json!({ "error": { "message": "No auth", "code": 401 } });
        return (StatusCode::UNAUTHORIZED, Json(error)).into_response();
    }
    let data = json!({ "label": "sk-or-v1-sta...711", "limit": null, "limit_remaining": null });
    Json(json!({ "data": data })).into_response()
}
