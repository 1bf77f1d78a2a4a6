//! A browser of the account whose second factor is asked for.

use std::collections::BTreeMap;

use crewmesh::secret::Secret;
use crewmesh::server::operations::Account;
use url::form_urlencoded;

use super::CODE;
use crate::server::{Answer, TestServer};

/// A browser: keeps its cookies, and sends what its last page's forms carry.
pub(super) struct Browser<'a> {
    pub(super) server: &'a TestServer,
    pub(super) cookies: BTreeMap<String, String>,
    pub(super) csrf: String,
}

impl<'a> Browser<'a> {
    pub(super) fn new(server: &'a TestServer) -> Self {
        Self { server, cookies: BTreeMap::new(), csrf: String::new() }
    }

    /// One that `account` signed in a moment ago.
    pub(super) async fn of(server: &'a TestServer, account: &Account) -> Self {
        let mut browser = Self::new(server);
        let (cookie, _) = server.browser(account).await;
        browser.cookies.insert("crewmesh".to_owned(), cookie.expose().to_owned());
        browser
    }

    async fn ask(&mut self, line: &str, body: &str) -> Answer {
        let jar: Vec<_> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let jar = jar.join("; ");
        let form = ("Content-Type", "application/x-www-form-urlencoded");
        let headers = [("Cookie", jar.as_str()), ("Accept", "text/html"), form];
        let answer = self.server.request(line, &headers, body).await;
        for (name, value) in &answer.headers {
            if name.eq_ignore_ascii_case("set-cookie") {
                let (name, value) = value.split_once('=').expect("a pair");
                let value = value.split(';').next().unwrap_or_default();
                if value.is_empty() {
                    self.cookies.remove(name);
                } else {
                    self.cookies.insert(name.to_owned(), value.to_owned());
                }
            }
        }
        if let Some((_, rest)) = answer.body.split_once("name=\"csrf\" value=\"") {
            rest.split('"').next().unwrap_or_default().clone_into(&mut self.csrf);
        }
        answer
    }

    pub(super) async fn get(&mut self, path: &str) -> Answer {
        self.ask(&format!("GET {path}"), "").await
    }

    pub(super) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let mut body = form_urlencoded::Serializer::new(String::new());
        body.append_pair("csrf", &self.csrf).extend_pairs(fields);
        self.ask(&format!("POST {path}"), &body.finish()).await
    }

    /// Where `path` leads.
    pub(super) async fn led(&mut self, path: &str) -> String {
        leads(&self.get(path).await)
    }

    /// Gives address and password, and the code is asked for.
    pub(super) async fn begin(&mut self, account: &Account, password: &str, next: &str) {
        self.get("/login").await.is(200);
        let fields = [("email", account.email.as_str()), ("password", password), ("next", next)];
        assert_eq!(leads(&self.post("/login", &fields).await), CODE);
        assert!(!self.is_in(), "{:?}", self.cookies);
        self.get(CODE).await.is(200);
    }

    pub(super) async fn give(&mut self, code: &Secret) -> Answer {
        self.post(CODE, &[("code", code.expose())]).await
    }

    /// Whether it has the cookie of a web session.
    pub(super) fn is_in(&self) -> bool {
        self.cookies.contains_key("crewmesh")
    }

    pub(super) fn seed(&self) -> Secret {
        Secret::new(self.cookies["crewmesh-seed"].as_str())
    }
}

/// Where an answer leads.
#[track_caller]
pub(super) fn leads(answer: &Answer) -> String {
    assert_eq!(answer.status, 303, "{answer:?}");
    answer.header("location").expect("a redirect").to_owned()
}
