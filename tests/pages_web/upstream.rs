//! Signing in by another site: a real issuer and a real GitHub, as far as HTTP
//! goes, that can be told to be wrong. On both databases.

mod failures;
mod github;
mod login_methods;
mod phone;
mod round_trip;
mod signatures;
mod tenants;

use crewmesh::environment::Environment;
use crewmesh::http::Http;
use crewmesh::secret::Secret;
use crewmesh::server::store::{Page, Whose};
use crewmesh::server::upstreams::{Site, UpstreamConfig, Upstreams};
use crewmesh::server::{Config, Database};
use url::Url;

use super::{TestServer, register};
use crate::support::github::{self as fake_github, GitHub};
use crate::support::issuer::{self, Issuer};
use crate::support::web::Person;

/// An instance where people may also come by Acme.
struct Acme {
    issuer: Issuer,
    server: TestServer,
}

impl Acme {
    fn new(config: Config) -> Self {
        let issuer = Issuer::start();
        let server = TestServer::of(with(config, vec![acme(&issuer)]));
        issuer.is().clock = server.clock.clone();
        Self { issuer, server }
    }

    /// Somebody at `path`, who goes on to Acme from there.
    fn at(&self, path: &str) -> Person {
        let mut person = Person::new();
        person.open(&self.server.at(path));
        person.follow("Continue with Acme");
        person
    }

    /// Whoever Acme knows them as, with an account made just now.
    fn member(&self) -> Person {
        let mut person = self.at("/register");
        go_on(&mut person);
        assert_eq!(person.page.url.path(), "/meshes", "{}", person.page.text());
        person
    }

    /// What happened, with the way and the upstream.
    fn audit(&self) -> Vec<(String, String, String)> {
        let (store, page) = (&self.server.state().store, Page::default());
        let events = self.server.runtime.block_on(store.audit_events(Whose::Anybody, &page));
        let events = events.expect("the database answers").data.into_iter();
        events
            .map(|event| {
                let upstream = event.meta["upstream"].as_str().unwrap_or_default().to_owned();
                (event.action, event.via, upstream)
            })
            .collect()
    }
}

impl Acme {
    /// Why somebody was not let in last, as its operator reads it.
    fn last_failure(&self) -> String {
        let (store, page) = (&self.server.state().store, Page::default());
        let events = self.server.runtime.block_on(store.audit_events(Whose::Anybody, &page));
        let mut events = events.expect("the database answers").data.into_iter();
        let failed = events.find(|event| event.action == "auth.web.failed").expect("one");
        failed.meta["why"].as_str().expect("a reason").to_owned()
    }
}

pub(super) fn acme(issuer: &Issuer) -> UpstreamConfig {
    UpstreamConfig {
        slug: "acme".to_owned(),
        title: "Acme".to_owned(),
        site: Site::Issuer(Url::parse(&issuer.url).expect("an address")),
        client_id: issuer::CLIENT_ID.to_owned(),
        client_secret: Secret::new(issuer::CLIENT_SECRET),
    }
}

fn hub(github: &GitHub) -> UpstreamConfig {
    UpstreamConfig {
        slug: "github".to_owned(),
        title: "GitHub".to_owned(),
        site: Site::GitHub(Url::parse(&github.url).expect("an address")),
        client_id: fake_github::CLIENT_ID.to_owned(),
        client_secret: Secret::new(fake_github::CLIENT_SECRET),
    }
}

pub(super) fn with(mut config: Config, named: Vec<UpstreamConfig>) -> Config {
    let nowhere = Environment::of([("A", "b")].into_iter().collect());
    config.upstreams = Upstreams::new(Http::new(&nowhere).expect("a client"), named);
    config
}

/// On the page there, the answer that is hoped for.
#[track_caller]
fn go_on(person: &mut Person) {
    person.submit("decision", &[("decision", "yes")]);
}

/// Nobody is signed in here.
#[track_caller]
fn is_nobody(server: &TestServer, person: &mut Person) {
    person.open(&server.at("/meshes"));
    assert_eq!(person.page.url.path(), "/login", "{}", person.page.text());
}

/// Who is signed in here.
#[track_caller]
fn who(server: &TestServer, person: &mut Person) -> String {
    person.open(&server.at("/settings/sessions"));
    assert_eq!(person.page.url.path(), "/settings/sessions", "{}", person.page.text());
    let (_, rest) = person.page.html.split_once("class=\"name\">").expect("whoever it is");
    rest.split('<').next().expect("a name").to_owned()
}

/// Runs these on both databases.
macro_rules! on_both {
    ($($name:ident),* $(,)?) => {
        mod on_sqlite {
            $(#[test] fn $name() { super::$name(crewmesh::server::Config::in_memory()); })*
        }
        #[cfg(unix)]
        mod on_postgres {
            $(#[test] fn $name() { crate::pages_web::upstream::on_postgres(super::$name); })*
        }
    };
}
use on_both;

#[cfg(unix)]
fn on_postgres(test: fn(Config)) {
    use crate::support::postgres::{KEY, cluster};
    if !crate::support::need("postgres") {
        return;
    }
    let made = cluster().database();
    let mut config = Config::in_memory();
    config.database = Database::Postgres(Secret::new(made.url.as_str()));
    config.key = Some(Secret::new(KEY));
    test(config);
}
