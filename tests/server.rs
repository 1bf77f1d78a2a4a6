//! Every route of an instance, right and wrong, over HTTP as it goes over the
//! wire: what is sent and what comes back is written down here byte for byte,
//! by a client that is not our own.

mod account;
mod agent_sessions;
mod audit;
mod authority;
mod authorization_matrix;
mod authorize;
mod cli_routes;
mod client_addresses;
#[cfg(unix)]
mod concurrent_nodes;
mod connections;
mod contract;
mod device_flows;
mod durable;
mod embedded;
#[cfg(unix)]
mod failover;
#[cfg(unix)]
mod faults;
mod first_start;
mod given;
mod half_sent;
mod health;
mod held_polls;
mod in_mesh;
mod invite_limit;
mod invited_codes;
mod invites;
#[cfg(unix)]
mod killed;
mod mcp;
mod members;
#[cfg(unix)]
mod mesh_kept;
mod model;
#[cfg(unix)]
mod nodes;
mod oauth;
mod on_postgres;
mod openings;
#[cfg(unix)]
mod overload;
mod own_resources;
mod plans;
mod presence;
mod processes;
mod races;
mod races_in_mesh;
mod renewals;
mod request_guard;
mod second_factor;
mod service_clients;
mod shares;
mod vault_keys;
mod waiting_codes;
#[cfg(unix)]
mod writer_lock;
mod wrong_passwords;

use std::fmt::Write as _;
use std::net::SocketAddr;

use crewmesh::secret::{Secret, random_value};
use crewmesh::server::clock::Clock;
use crewmesh::server::domain::client_ip::ClientIp;
use crewmesh::server::domain::device_code_state::Decision;
use crewmesh::server::domain::resource::Resource;
use crewmesh::server::operations::{Authority, Principal, approvals, authentication, tokens};
use crewmesh::server::store::{Account, NewAccount, NewWebSession, Tx, accounts, web_sessions};
use crewmesh::server::{Config, Database, Limits, Running, Server};
use crewmesh::wire::{PUBLIC_CLIENT_ID, StepUp};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::PATIENCE;

/// Milliseconds of a minute and of a day.
const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 86_400_000;

/// The password of every account here, and how it is kept: with the least work
/// that there is.
const PASSWORD: &str = "a long enough one";
const PASSWORD_HASH: &str = "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHRzYWx0c2FsdA$\
    tvzSDgbxaQZ6vb972gTNWEgZo/x7IpQgZwbbI8wUu1w";

/// How the device grant is spelled in a form.
const GRANT: &str = "urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code";

/// An answer as it came.
#[derive(Clone, Debug)]
struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: String,
}

impl Answer {
    #[track_caller]
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|fault| panic!("{fault}: {self:?}"))
    }

    fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(header, _)| header.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// The stable word of a "no".
    #[track_caller]
    fn error(&self) -> String {
        let json = self.json();
        json["error"].as_str().unwrap_or_else(|| panic!("no error: {self:?}")).to_owned()
    }

    /// The same, where there is one.
    fn error_if_any(&self) -> Option<String> {
        let json: Value = serde_json::from_str(&self.body).ok()?;
        Some(json["error"].as_str()?.to_owned())
    }

    #[track_caller]
    fn is(&self, status: u16) -> &Self {
        assert_eq!(self.status, status, "{self:?}");
        assert_eq!(self.header("cache-control"), Some("no-store"), "{self:?}");
        self
    }

    /// An OAuth error, whole.
    #[track_caller]
    fn refuses(&self, status: u16, error: &str) {
        self.is(status);
        assert_eq!(self.error(), error, "{self:?}");
        assert!(self.json()["error_description"].is_string(), "{self:?}");
    }

    /// An error of our own API, whole.
    #[track_caller]
    fn says_no(&self, status: u16, error: &str) {
        self.is(status);
        assert_eq!(self.error(), error, "{self:?}");
        assert!(self.json()["message"].is_string(), "{self:?}");
    }

    #[track_caller]
    fn text(&self, member: &str) -> String {
        let json = self.json();
        json[member].as_str().unwrap_or_else(|| panic!("no {member}: {self:?}")).to_owned()
    }
}

/// Waits until nobody takes connections there: another test may have been given
/// the port a moment after it was let go.
async fn until_nobody_listens(address: SocketAddr) {
    let refused = async {
        while TcpStream::connect(address).await.is_ok() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, refused).await.expect("nobody listens any more");
}

/// Sends one request and reads the answer to its end.
async fn send(address: SocketAddr, head: &str, body: &str) -> Answer {
    parsed(&exchange(address, head, body).await)
}

/// The same, as it came; empty where the connection was cut.
async fn exchange(address: SocketAddr, head: &str, body: &str) -> String {
    let exchange = async {
        let mut stream = TcpStream::connect(address).await.expect("somebody listens");
        let request =
            format!("{head}Connection: close\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        stream.write_all(request.as_bytes()).await.expect("a request is read");
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).await.expect("an answer comes");
        String::from_utf8(bytes).expect("an answer is text")
    };
    tokio::time::timeout(PATIENCE, exchange).await.expect("an answer in time")
}

#[track_caller]
fn parsed(text: &str) -> Answer {
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("cut off: {text:?}"));
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).expect("a status");
    let headers = lines.filter_map(|line| line.split_once(": "));
    Answer {
        status: status.parse().expect("a number"),
        headers: headers.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        body: body.to_owned(),
    }
}

/// A running instance and its clock.
struct TestServer {
    running: Running,
    clock: Clock,
}

impl TestServer {
    /// In memory, with gates so wide that only a test of gates meets them.
    async fn new() -> Self {
        Self::of(Config::in_memory()).await
    }

    async fn of(mut config: Config) -> Self {
        if config.limits == Limits::default() {
            let wide = 1_000_000;
            config.limits = Limits {
                device_authorizations: wide,
                sign_ins: wide,
                requests: wide,
                messages: wide,
            };
        }
        #[cfg(unix)]
        let config = on_postgres::moved(config);
        let clock = config.clock.clone();
        Self { running: Server::start(config).await.expect("an instance starts"), clock }
    }

    /// Changes its database behind its back; that is on a disk. Gives the rows changed.
    async fn sql(&self, sql: &'static str) -> Result<u64, String> {
        use sqlx::Connection as _;
        match &self.running.state().config.database {
            Database::Postgres(url) => {
                let mut there =
                    sqlx::PgConnection::connect(url.expose()).await.expect("it is there");
                let done = sqlx::query(sql).execute(&mut there).await;
                done.map(|done| done.rows_affected()).map_err(|why| why.to_string())
            }
            Database::Sqlite(path) => {
                let done = rusqlite::Connection::open(path).expect("it is there").execute(sql, []);
                done.map(|rows| rows as u64).map_err(|why| why.to_string())
            }
            Database::Memory => unreachable!("it is on a disk"),
        }
    }

    fn host(&self) -> String {
        self.running.address().to_string()
    }

    async fn request(&self, line: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let mut head = format!("{line} HTTP/1.1\r\nHost: {}\r\n", self.host());
        for (name, value) in headers {
            let _ = write!(head, "{name}: {value}\r\n");
        }
        send(self.running.address(), &head, body).await
    }

    async fn form(&self, path: &str, body: &str) -> Answer {
        let form = ("Content-Type", "application/x-www-form-urlencoded");
        self.request(&format!("POST {path}"), &[form], body).await
    }

    /// A request with a bearer, and a JSON body where there is one. A person at
    /// their terminal gives their [`PASSWORD`] where that is asked for.
    async fn with(&self, token: &Secret, line: &str, body: &str) -> Answer {
        let is_asked = line.starts_with("POST /api/auth/cli/") && line.ends_with("/approve")
            || ["POST /api/my/cli/tokens", "POST /api/admin/service-clients"].contains(&line);
        if is_asked && token.expose().starts_with("cm_session_") {
            let body = if body.is_empty() { "{}" } else { body };
            let mut body: Value = serde_json::from_str(body).expect("an object");
            body["password"] = PASSWORD.into();
            return self.without_password(token, line, &body.to_string()).await;
        }
        self.without_password(token, line, body).await
    }

    /// The same of what is no person, or gives no password.
    async fn without_password(&self, token: &Secret, line: &str, body: &str) -> Answer {
        let bearer = format!("Bearer {}", token.expose());
        let json = ("Content-Type", "application/json");
        self.request(line, &[("Authorization", &bearer), json], body).await
    }

    async fn account(&self, name: &str) -> Account {
        self.account_of(name, false).await
    }

    async fn account_of(&self, name: &str, admin: bool) -> Account {
        let new = NewAccount {
            name: name.to_owned(),
            email: format!("{name}@example.org"),
            password: Some(Secret::new(PASSWORD_HASH)),
            admin,
        };
        self.made(new).await
    }

    /// One that has no password.
    async fn account_without_password(&self, name: &str, admin: bool) -> Account {
        let email = format!("{name}@example.org");
        self.made(NewAccount { name: name.to_owned(), email, password: None, admin }).await
    }

    /// What somebody with a password does at a browser's sign-in; the browser sends
    /// `headers` as well, and keeps the cookies of `kept`.
    async fn sign_in(
        &self,
        headers: &[(&str, &str)],
        kept: &str,
        email: &str,
        password: &str,
    ) -> Answer {
        let accept = [&[("Accept", "text/html")], headers].concat();
        let page = self.request("GET /login", &accept, "").await;
        let cookie = page.is(200).header("set-cookie").expect("a form has a cookie").to_owned();
        let cookie = format!("{}; {kept}", cookie.split(';').next().expect("a pair"));
        let csrf = page.body.split_once("name=\"csrf\" value=\"").expect("a token").1;
        let csrf = csrf.split('"').next().expect("its end");
        let fields = [("csrf", csrf), ("email", email), ("password", password)];
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        let form = form.extend_pairs(fields).finish();
        let own =
            [("Content-Type", "application/x-www-form-urlencoded"), ("Cookie", cookie.as_str())];
        self.request("POST /login", &[&own, headers].concat(), &form).await
    }

    /// Gives `account` the [`PASSWORD`], which signs out everything of it.
    async fn set_password(&self, account: &Account) {
        let (id, now) = (account.id.clone(), self.clock.now());
        let set = async move |tx: &mut Tx| {
            accounts::set_password(tx, &id, &Secret::new(PASSWORD_HASH), now).await
        };
        self.running.state().store.write(set).await.expect("the database answers");
    }

    async fn made(&self, new: NewAccount) -> Account {
        let made = self.running.state().store.create_account(&new, self.clock.now()).await;
        made.expect("the database answers").expect("the address is free")
    }

    /// A browser that is signed in as `account`: its cookie, and who acts by it.
    async fn browser(&self, account: &Account) -> (Secret, Principal) {
        let (cookie, now) = (random_value(), self.clock.now());
        let account_id = account.id.clone();
        let new =
            NewWebSession { account_id, ip: None, user_agent: None, expires_at: now + 30 * DAY };
        let kept = cookie.clone();
        let store = &self.running.state().store;
        let made = store.write(async move |tx| web_sessions::insert(tx, &kept, new, now).await);
        let authority = Authority::WebSession(made.await.expect("the database answers"));
        (
            cookie,
            Principal {
                account: account.clone(),
                authority,
                ip: ClientIp::NONE,
                required: None,
                at: Resource::Instance,
            },
        )
    }

    /// A pair of codes, over the wire.
    async fn ask(&self) -> Codes {
        let scopes = crewmesh::api::scopes::ALL.join("+");
        let body = format!(
            "client_id=crewmesh&device_name=Laptop&device_os=linux&device_arch=x86_64&scope={scopes}"
        );
        let answer = self.form("/oauth/device_authorization", &body).await;
        answer.is(200);
        Codes { device: answer.text("device_code"), user: answer.text("user_code") }
    }

    /// Decides about a code as the page does, without a browser.
    async fn settle(&self, codes: &Codes, account: &Account, decision: Decision) {
        let state = self.running.state();
        let (_, by) = self.browser(account).await;
        let code = approvals::find(state, &by, &codes.user).await.expect("there is such a code");
        approvals::settle(state, &by, &code, decision, StepUp::default())
            .await
            .expect("it was open");
    }

    async fn poll(&self, codes: &Codes, headers: &[(&str, &str)]) -> Answer {
        let body =
            format!("grant_type={GRANT}&device_code={}&client_id={PUBLIC_CLIENT_ID}", codes.device);
        let mut all = vec![("Content-Type", "application/x-www-form-urlencoded")];
        all.extend_from_slice(headers);
        self.request("POST /oauth/token", &all, &body).await
    }

    /// A signed-in device of `account`.
    async fn session(&self, account: &Account) -> Secret {
        let codes = self.ask().await;
        self.settle(&codes, account, Decision::Approve).await;
        let answer = self.poll(&codes, &[]).await;
        Secret::new(answer.is(200).text("access_token"))
    }

    /// Uses `token`, and waits until that is noted.
    async fn use_once(&self, token: &Secret) -> Answer {
        let answer = self.with(token, "GET /api/my/profile", "").await;
        let noted = async {
            while !self.running.state().uses_noted.is_idle() {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(PATIENCE, noted).await.expect("it is noted");
        answer
    }

    /// A browser that `account` signed in: its cookie, and the token of its forms.
    async fn web_session(&self, account: &Account) -> (String, String) {
        let (cookie, by) = self.browser(account).await;
        let id = &by.web_session().expect("a browser's").id;
        let form_token = self.running.state().keys.form_token(&format!("web session {id}"));
        (format!("crewmesh={}", cookie.expose()), form_token.expose().to_owned())
    }

    /// A personal access token of whoever holds `session`, made as on the page.
    async fn pat(&self, session: &Secret, body: &str) -> Secret {
        let state = self.running.state();
        let by = authentication::by_token(state, session, ClientIp::NONE).await;
        let (_, by) = self.browser(&by.expect("a live session").account).await;
        let new = serde_json::from_str(body).expect("what the API takes");
        tokens::create(state, &by, &new).await.expect("it is theirs to make").1
    }

    /// Waits until so many polls are held.
    async fn until_held(&self, count: usize) {
        until_held(&self.running, count).await;
    }
}

/// Waits until so many polls are held there: registered, and found pending. One
/// that is only registered may find its code approved already.
pub async fn until_held(running: &Running, count: usize) {
    let wake = &running.state().wake;
    let held = async {
        while (wake.held(), wake.waiting()) != (count, count) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, held).await.expect("the poll is held");
}

/// A pair of codes as a client has them.
#[derive(Clone, Debug)]
struct Codes {
    device: String,
    user: String,
}
