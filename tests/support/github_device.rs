//! GitHub's sign-in by device code, and in a browser, as its documentation describes it,
//! oddities included: every refusal has status 200, a pace that is too fast is answered with
//! the next one, form encoding is what comes unless JSON is asked for, and a code of a
//! browser is exchanged only with the client's secret.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use axum::extract::{Form, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use crewmesh::environment::Environment;
use crewmesh::secret::{Secret, code_challenge};
use crewmesh::server::providers::Providers;
use serde_json::{Value, json};

use super::{PATIENCE, serve};

/// What whoever runs an instance is known by here.
pub const CLIENT_ID: &str = "Ov23liStandIn0123456";

/// What somebody types.
pub const USER_CODE: &str = "WDJB-MJPV";

/// What whoever signs in decides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Decision {
    #[default]
    None,
    Approved,
    Denied,
    /// The code ran out there.
    Expired,
}

/// What goes wrong with one poll.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    Status(u16),
    /// A page of a hotel's network.
    Html,
    /// It was too fast: this pace from now on.
    SlowDown(u64),
}

/// What is wrong with what it gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Useless {
    /// It does not let that in itself.
    NotLetIn,
    /// No header holds it.
    NoToken,
    /// What renews it is no text.
    RefreshToken,
}

/// A running one.
pub struct GitHubDevice {
    pub url: String,
    shared: Shared,
    _running: serve::Running,
}

/// To look at it or change it.
#[derive(Default)]
pub struct Inner {
    pub decision: Decision,
    pub faults: VecDeque<Fault>,
    pub useless: Option<Useless>,
    /// Whether tokens end after eight hours.
    pub expires: bool,
    /// With what a browser is sent back instead of a code.
    pub error: Option<&'static str>,
    /// The client's secret, where it has one.
    pub secret: Option<&'static str>,
    /// Whether the app has the device flow on.
    pub is_off: bool,
    /// How often it was polled, and how often something was renewed.
    pub polled: u64,
    pub renewed: u64,
    /// How many tokens were given out.
    given: u64,
    codes: u64,
    /// What was asked for in a browser, by code.
    asked: HashMap<String, Pairs>,
    /// Those that brought a token.
    used: Vec<u64>,
    /// Whether replies to polls wait until they are let through.
    is_held: bool,
}

type Shared = Arc<(Mutex<Inner>, Condvar)>;
type Pairs = HashMap<String, String>;

impl GitHubDevice {
    pub fn start() -> Self {
        let listener = serve::bound();
        let url = format!("http://localhost:{}", listener.local_addr().expect("bound").port());
        let shared = Shared::default();
        let routes = Router::new()
            .route("/login/device/code", post(device_code))
            .route("/login/oauth/authorize", get(authorize))
            .route("/login/oauth/access_token", post(token))
            .route("/user", get(user))
            .with_state(shared.clone());
        Self { url, shared, _running: serve::on(listener, routes) }
    }

    /// How an instance asks it that is known there.
    pub fn providers(&self) -> Providers {
        let env = Environment::of(self.variables().into_iter().collect());
        Providers::new(None, &env)
    }

    /// The variables that say so.
    pub fn variables(&self) -> [(&str, &str); 2] {
        [
            ("CREWMESH_PROVIDER_GITHUB_ADDRESS", self.url.as_str()),
            ("CREWMESH_PROVIDER_GITHUB_CLIENT_ID", CLIENT_ID),
        ]
    }

    pub fn is(&self) -> MutexGuard<'_, Inner> {
        lock(&self.shared)
    }

    /// Holds replies to polls, or lets them through.
    pub fn hold(&self, hold: bool) {
        self.is().is_held = hold;
        self.shared.1.notify_all();
    }

    /// Waits until it was polled so often.
    pub async fn until_polled(&self, times: u64) {
        let polled = async {
            while self.is().polled < times {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(PATIENCE, polled).await.expect("nobody polled");
    }

    /// What opens the account now.
    pub fn good(&self) -> String {
        access(self.is().given)
    }
}

fn lock(shared: &Shared) -> MutexGuard<'_, Inner> {
    shared.0.lock().unwrap_or_else(PoisonError::into_inner)
}

fn access(number: u64) -> String {
    format!("gho_standin{number:025}")
}

fn refresh(number: u64) -> String {
    format!("ghr_standin{number:025}")
}

/// In the way that was asked for.
fn answered(body: Value, headers: &HeaderMap) -> Response {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    if accept.is_some_and(|accept| accept.contains("application/json")) {
        return Json(body).into_response();
    }
    let pairs = body.as_object().expect("an object").iter();
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let pairs = pairs.map(|(name, value)| (name.clone(), text(value)));
    let text = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    let form = "application/x-www-form-urlencoded; charset=utf-8";
    ([(header::CONTENT_TYPE, form)], text).into_response()
}

async fn device_code(
    State(shared): State<Shared>,
    headers: HeaderMap,
    Form(sent): Form<Pairs>,
) -> Response {
    let mut inner = lock(&shared);
    if sent.get("client_id").is_none_or(|id| id != CLIENT_ID) {
        return (StatusCode::NOT_FOUND, Json(json!({ "error": "Not Found" }))).into_response();
    }
    if inner.is_off {
        let body = json!({
            "error": "device_flow_disabled",
            "error_description": "Device Flow must be explicitly enabled for this App",
        });
        return (StatusCode::BAD_REQUEST, Json(body)).into_response();
    }
    inner.codes += 1;
    let body = json!({
        "device_code": format!("standin-device-code-{}", inner.codes),
        "user_code": USER_CODE, "verification_uri": "https://github.com/login/device",
        "expires_in": 899, "interval": 1,
    });
    answered(body, &headers)
}

/// Where a browser goes; back at once, as with somebody who let the app in before.
async fn authorize(State(shared): State<Shared>, Query(asked): Query<Pairs>) -> Response {
    let mut inner = lock(&shared);
    assert_eq!((&*asked["client_id"], &*asked["response_type"]), (CLIENT_ID, "code"));
    assert_eq!(asked["code_challenge_method"], "S256");
    let mut back = url::Url::parse(&asked["redirect_uri"]).expect("an address");
    let (name, value) = match (inner.decision, inner.error) {
        (_, Some(error)) => ("error", error.to_owned()),
        (Decision::Denied, _) => ("error", "access_denied".to_owned()),
        _ => ("code", format!("standin-browser-code-{}", inner.asked.len())),
    };
    back.query_pairs_mut().append_pair(name, &value).append_pair("state", &asked["state"]);
    inner.asked.insert(value, asked);
    Redirect::to(back.as_str()).into_response()
}

async fn token(
    State(shared): State<Shared>,
    headers: HeaderMap,
    Form(sent): Form<Pairs>,
) -> Response {
    let reply = lock(&shared).reply(&sent);
    if sent.get("grant_type").is_none_or(|grant| grant != "refresh_token") {
        let waits = |inner: &mut Inner| inner.is_held;
        let wait = move || drop(shared.1.wait_while(lock(&shared), waits));
        tokio::task::spawn_blocking(wait).await.expect("it ends");
    }
    match reply {
        Ok(body) => answered(body, &headers),
        Err((status, page)) => (status, page).into_response(),
    }
}

impl Inner {
    /// What whoever sent this is told; or what something says that is not GitHub.
    fn reply(&mut self, sent: &Pairs) -> Result<Value, (StatusCode, &'static str)> {
        let sent_of = |name: &str| sent.get(name).map(String::as_str).unwrap_or_default();
        let secret = sent.get("client_secret").map(String::as_str);
        if sent_of("client_id") != CLIENT_ID || secret != self.secret {
            return Ok(json!({ "error": "incorrect_client_credentials" }));
        }
        if sent_of("grant_type") == "refresh_token" {
            if sent_of("refresh_token") != refresh(self.given) {
                return Ok(json!({ "error": "bad_refresh_token" }));
            }
            self.renewed += 1;
            return Ok(self.granted());
        }
        if sent_of("grant_type") == "authorization_code" {
            let asked = self.asked.remove(sent_of("code"));
            let is_whole = asked.is_some_and(|asked| {
                let verifier = Secret::new(sent_of("code_verifier"));
                asked["code_challenge"] == code_challenge(&verifier)
                    && asked["redirect_uri"] == sent_of("redirect_uri")
            });
            return match self.faults.pop_front() {
                Some(Fault::Html) => Err((StatusCode::OK, "<html>Welcome</html>")),
                Some(fault) => unreachable!("{fault:?}: nobody polls"),
                None if is_whole && secret.is_some() => Ok(self.granted()),
                None => Ok(json!({
                    "error": "bad_verification_code",
                    "error_description": "The code passed is incorrect or expired.",
                })),
            };
        }
        assert_eq!(sent_of("grant_type"), "urn:ietf:params:oauth:grant-type:device_code");
        self.polled += 1;
        match self.faults.pop_front() {
            Some(Fault::Status(status)) => {
                return Err((StatusCode::from_u16(status).expect("a status"), ""));
            }
            Some(Fault::Html) => return Err((StatusCode::OK, "<html>Welcome</html>")),
            Some(Fault::SlowDown(interval)) => {
                return Ok(json!({ "error": "slow_down", "interval": interval }));
            }
            None => {}
        }
        let code = sent_of("device_code").strip_prefix("standin-device-code-");
        let code = code.and_then(|number| number.parse().ok()).unwrap_or_default();
        if !(1..=self.codes).contains(&code) || self.used.contains(&code) {
            return Ok(json!({ "error": "incorrect_device_code" }));
        }
        Ok(match self.decision {
            Decision::None => json!({ "error": "authorization_pending" }),
            Decision::Denied => json!({ "error": "access_denied" }),
            Decision::Expired => json!({ "error": "expired_token" }),
            Decision::Approved => {
                self.used.push(code);
                self.granted()
            }
        })
    }

    fn granted(&mut self) -> Value {
        self.given += 1;
        let mut body = json!({
            "access_token": access(self.given), "token_type": "bearer", "scope": "read:user",
        });
        if self.useless == Some(Useless::NoToken) {
            body["access_token"] = json!("gho_standin\n0");
        }
        if self.expires {
            body["expires_in"] = json!(28_800);
            body["refresh_token"] = json!(refresh(self.given));
            body["refresh_token_expires_in"] = json!(15_811_200);
        }
        if self.useless == Some(Useless::RefreshToken) {
            body["refresh_token"] = json!(5);
        }
        body
    }
}

async fn user(State(shared): State<Shared>, headers: HeaderMap) -> Response {
    let inner = lock(&shared);
    let bearer = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let is_good = bearer == Some(&format!("Bearer {}", access(inner.given)));
    if !is_good || inner.useless == Some(Useless::NotLetIn) {
        let body = json!({ "message": "Bad credentials" });
        return (StatusCode::UNAUTHORIZED, Json(body)).into_response();
    }
    Json(json!({ "login": "anagil", "id": 583_231 })).into_response()
}
