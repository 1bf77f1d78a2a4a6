//! A whole sign-in over loopback, client and server both real: the embedded
//! instance, and one that stands on its own.

use std::sync::Arc;
use std::time::Duration;

use crewmesh::credentials::Credentials;
use crewmesh::device_grant::{Ask, Pacing, Step, Verdict};
use crewmesh::error::ErrorKind;
use crewmesh::instance::Connector;
use crewmesh::model::{Access, Approval, Audience, DeviceCode, Instance, Poll};
use crewmesh::server::{Config, Database, Server};
use crewmesh::sign_in::{self, known_instances};
use crewmesh::time_point::TimePoint;
use crewmesh::wire::StepUp;
use tempfile::TempDir;

use super::{device, environment};
use crate::server::until_held;

struct Person {
    _home: TempDir,
    connector: Arc<Connector>,
}

impl Person {
    fn new() -> Self {
        let home = tempfile::tempdir().expect("a home");
        let env = environment(&home, &[("USER", "ada")]);
        Self { connector: Arc::new(Connector::new(Arc::new(env))), _home: home }
    }

    async fn ask(&self, instance: &Instance) -> DeviceCode {
        sign_in::request_code(&self.connector, instance, device(), None).await.expect("a code")
    }

    /// Asks as the wizard does, until it is over: the first question, at once,
    /// is the one that is held and answered.
    fn wait(&self, code: &DeviceCode) -> tokio::task::JoinHandle<(Verdict, Option<Access>)> {
        let (connector, code) = (Arc::clone(&self.connector), code.clone());
        tokio::spawn(async move {
            let mut pacing = Pacing::new(&code, TimePoint::now());
            let Ask { after, hold } = pacing.first();
            assert_eq!(after, Duration::ZERO, "whoever holds is asked at once");
            let poll = sign_in::poll(&connector, &code, hold).await;
            let Step::Stop(verdict) = pacing.after(&poll, TimePoint::now()) else {
                panic!("it would be asked again: {poll:?}");
            };
            let access = match poll {
                Poll::Approved(Approval { access, .. }) => Some(access),
                _ => None,
            };
            (verdict, access)
        })
    }

    async fn sign_in_here(&self) -> Access {
        let code = self.ask(&Instance::local()).await;
        let waiting = self.wait(&code);
        sign_in::answer(&self.connector, &code, true).await.expect("approved");
        waiting.await.expect("no panic").1.expect("a token")
    }

    async fn leave(self) {
        let connector = Arc::into_inner(self.connector).expect("nobody else asks");
        connector.stop().await;
    }
}

#[tokio::test]
async fn the_owner_signs_in_to_the_embedded_instance_and_out_again() {
    let person = Person::new();
    let local = person.connector.find("local").await.expect("started");
    let id = local.id.clone().expect("an id");
    let code = person.ask(&local).await;
    assert_eq!(code.wait, Some(Duration::from_secs(25)));
    assert_eq!(code.links.audience, Audience::ThisComputer);
    assert!(!code.foreign);
    let complete = code.links.complete.clone().expect("a link with the code in it");
    assert!(complete.contains(&code.user_code.replace('-', "")), "{complete}");
    let card = sign_in::approval_card(&person.connector, &code).await.expect("a card");
    assert_eq!(card.user_code, code.user_code);
    assert_eq!(card.device.device_name, "radiology-3");

    let waiting = person.wait(&code);
    sign_in::answer(&person.connector, &code, true).await.expect("approved");
    let (verdict, access) = waiting.await.expect("no panic");
    assert_eq!(verdict, Verdict::Approved);
    sign_in::drop_pending(&person.connector, &code);
    let access = access.expect("a token");
    assert_eq!(access.instance.id, Some(id));

    let account = sign_in::identify(&person.connector, &access).await.expect("known");
    assert_eq!(account.name, "ada");
    assert_eq!(account.token_name, "radiology-3");
    assert!(account.expires_at.is_some());

    sign_in::revoke(&person.connector, &access).await.expect("revoked");
    let error = sign_in::identify(&person.connector, &access).await.expect_err("dead");
    assert_eq!((error.kind, error.code.as_str()), (ErrorKind::NotSignedIn, "token_rejected"));
    sign_in::revoke(&person.connector, &access).await.expect("dead already is as good");
    person.leave().await;
}

#[tokio::test]
async fn a_second_terminal_approves_and_denies_the_first() {
    let person = Person::new();
    let access = person.sign_in_here().await;
    let client = person.connector.client(&access).await.expect("a client");
    let local = Instance::local();

    let code = person.ask(&local).await;
    let waiting = person.wait(&code);
    let card = client.card(&code.user_code).await.expect("a card");
    assert_eq!(card.device.device_os, "linux");
    client.approve(&code.user_code, StepUp::default()).await.expect("approved");
    let (verdict, second) = waiting.await.expect("no panic");
    assert_eq!(verdict, Verdict::Approved);
    assert_ne!(second.expect("a token").token, access.token);
    let again = client.approve(&code.user_code, StepUp::default()).await.expect_err("settled");
    assert!(matches!(again.kind, ErrorKind::AlreadyExists | ErrorKind::NotFound), "{again:?}");

    let code = person.ask(&local).await;
    let waiting = person.wait(&code);
    client.deny(&code.user_code).await.expect("denied");
    assert_eq!(waiting.await.expect("no panic").0, Verdict::Refused);
    let error = client.approve("BBBB-BBBB", StepUp::default()).await.expect_err("unknown");
    assert_eq!(error.kind, ErrorKind::NotFound);

    let sessions = client.sessions().await.expect("listed");
    assert_eq!(sessions.len(), 2);
    assert_eq!(sessions.iter().filter(|session| session.current).count(), 1);
    drop(client);
    person.leave().await;
}

#[tokio::test]
async fn a_reply_that_was_lost_can_be_asked_for_again() {
    let person = Person::new();
    let code = person.ask(&Instance::local()).await;
    sign_in::answer(&person.connector, &code, true).await.expect("approved");
    let mut tokens = Vec::new();
    for _ in 0..2 {
        match sign_in::poll(&person.connector, &code, None).await {
            Poll::Approved(Approval { access, .. }) => tokens.push(access.token),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(tokens[0], tokens[1]);
    person.leave().await;
}

#[tokio::test]
async fn an_instance_that_stands_on_its_own_is_discovered_and_asked() {
    let listen = "127.0.0.1:0".parse().expect("an address");
    let config = Config::new(listen, Database::Memory);
    let running = Server::start(config).await.expect("started");
    let person = Person::new();
    let found = person.connector.find(running.base_url().as_str()).await.expect("found");
    assert!(found.id.is_some());
    let code = person.ask(&found).await;
    assert!(code.wait.is_some() && !code.foreign);
    // Going down answers what is held; nothing is lost, it is asked again.
    let (held, ()) = tokio::join!(sign_in::poll(&person.connector, &code, code.wait), async {
        until_held(&running, 1).await;
        running.stop().await;
    });
    assert!(matches!(held, Poll::Pending), "{held:?}");
    let Poll::Failed(error) = sign_in::poll(&person.connector, &code, None).await else {
        panic!("nobody is there");
    };
    assert_eq!(error.kind, ErrorKind::Unreachable);
    person.leave().await;
}

#[tokio::test]
async fn instances_are_added_used_and_removed() {
    let listen = "127.0.0.1:0".parse().expect("an address");
    let running = Server::start(Config::new(listen, Database::Memory)).await.expect("started");
    let person = Person::new();
    let credentials = Credentials::new(person.connector.env());
    let names = |known: &[known_instances::KnownInstance]| -> Vec<(String, bool)> {
        known.iter().map(|known| (known.instance.name.clone(), known.default)).collect()
    };
    let all = known_instances::list(&credentials).expect("listed");
    assert_eq!(names(&all), [("local".to_owned(), false)]);

    let typed = running.base_url().as_str();
    let wrong = known_instances::add(&person.connector, &credentials, typed, Some("a b")).await;
    assert_eq!(wrong.expect_err("no name").code, "name_malformed");
    let added = known_instances::add(&person.connector, &credentials, typed, Some("team"))
        .await
        .expect("added");
    assert!(added.id.is_some());
    assert_eq!(person.connector.find("team").await.expect("known").name, "team");
    known_instances::make_default(&credentials, "team").expect("used");
    let all = known_instances::list(&credentials).expect("listed");
    assert_eq!(names(&all), [("team".to_owned(), true), ("local".to_owned(), false)]);

    let left =
        known_instances::remove(&person.connector, &credentials, "team").await.expect("removed");
    assert_eq!(left, known_instances::RevocationOutcome::Nothing);
    let again = known_instances::remove(&person.connector, &credentials, "team")
        .await
        .expect_err("unknown");
    assert_eq!(again.kind, ErrorKind::NotFound);
    person.leave().await;
    running.stop().await;
}
