//! What somebody may do is theirs until it is written, not only until their
//! request was read: each operation that writes is asked on behalf of somebody
//! from whom it was taken in between.

use std::path::Path;
use std::time::Duration;

use crewmesh::secret::Secret;
use crewmesh::server::domain::client_ip::ClientIp;
use crewmesh::server::domain::device_code_state::Decision;
use crewmesh::server::domain::plans::Plans;
use crewmesh::server::domain::resource::Resource;
use crewmesh::server::domain::scopes;
use crewmesh::server::operations::authorization_codes::{self, Consent};
use crewmesh::server::operations::{
    Account, Denied, Page, Principal, accounts, agent_sessions, approvals, authentication,
    connections, device_flows, health, invites, leases, login_methods, machines, members, meshes,
    messages, passwords, peers, second_factors, service_clients, sessions, shares, tasks, tokens,
};
use crewmesh::server::state::State;
use crewmesh::server::store::{NewIdentity, Tx, Whose, credentials, web_sessions};
use crewmesh::server::{Config, store};
use crewmesh::wire::{
    InboxRead, MachineChange, NewAccessToken, NewConnection, NewDeviceFlow, NewInvite, NewLease,
    NewMachine, NewMessage, NewPeer, NewServiceClient, NewShare, NewTask, PeerChange, Role, StepUp,
    TaskStep, Way,
};

use super::{PASSWORD, TestServer, second_factor};
use crate::support::github_device::{self, GitHubDevice};

/// What there is to be written about, and whoever wants to.
struct Scene {
    server: TestServer,
    /// Runs the instance and administers `mesh`.
    ana: Account,
    /// A member of it.
    ben: Account,
    mesh: String,
    client: String,
    connection: String,
    invite: (String, String),
    machine: String,
    token: String,
    browser: String,
    code: super::Codes,
    /// A sign-in at a provider that the provider approves.
    flow: String,
    _github: GitHubDevice,
}

fn new_invite() -> NewInvite {
    NewInvite { role: Role::Member, email: None, expires_in_days: 1, max_uses: 5 }
}

fn new_client(name: &str) -> NewServiceClient {
    let scopes = vec![scopes::MESH_READ.to_owned()];
    NewServiceClient { name: name.into(), scopes, redirect_uris: Vec::new(), step_up: step_up() }
}

fn step_up() -> StepUp {
    StepUp { password: Some(Secret::new(PASSWORD)), one_time_code: None }
}

fn new_machine(digit: &str) -> NewMachine {
    let anchor = digit.repeat(64);
    let (os, arch) = ("linux".into(), "x86_64".into());
    NewMachine { anchor, name: "Rack".into(), slug: None, location: None, os, arch }
}

fn new_token() -> NewAccessToken {
    NewAccessToken {
        name: "ci".into(),
        expires_in_days: Some(30),
        scopes: None,
        step_up: step_up(),
    }
}

/// Connects something at `provider`; its id.
async fn connect(state: &State, by: &Principal, provider: &str) -> Result<String, Denied> {
    let new = NewConnection {
        provider: provider.into(),
        ..NewConnection::new(Way::Token, "api_key".into(), Some(Secret::new("sk-x")))
    };
    Ok(connections::connect(state, by, new).await?.0.id)
}

/// The id of an agent's session.
const PEER: &str = "session-of-agent-1";

fn new_task() -> NewTask {
    NewTask { title: "Test it".into(), ..NewTask::default() }
}

impl Scene {
    async fn new() -> Self {
        let github = GitHubDevice::start();
        github.is().decision = github_device::Decision::Approved;
        let mut config = Config::in_memory();
        config.plans = Plans(vec!["free".parse().expect("a plan")]);
        config.providers = github.providers();
        let server = TestServer::of(config).await;
        let (ana, ben) =
            (server.account_without_password("Ana", true).await, server.account("Ben").await);
        let state = server.running.state();
        let ((_, by), (_, bens)) = (server.browser(&ana).await, server.browser(&ben).await);
        let mesh = meshes::create(state, &by, "Ops", None).await.expect("it can be done").id;
        let (invite, _) =
            invites::create(state, &by, &mesh, new_invite()).await.expect("it can be done");
        invites::accept(state, &bens, invite.code.expose()).await.expect("it can be done");
        tasks::create(state, &by, &mesh, new_task()).await.expect("it can be done");
        let made =
            service_clients::create(state, &by, &new_client("a"), std::slice::from_ref(&mesh))
                .await;
        let (machine, _) =
            machines::register(state, &by, new_machine("a")).await.expect("it can be done");
        let connected = connect(state, &by, "anthropic").await;
        let connection = connected.expect("it can be done");
        let new = NewDeviceFlow::default();
        let flow = device_flows::start(state, &by, "github", new).await.expect("it can be done").id;
        server.clock.advance(2_000);
        let (token, _) = tokens::create(state, &by, &new_token()).await.expect("it can be done");
        second_factor::set_up(&server, &ben).await;
        let browser = by.web_session().expect("it can be done").id.clone();
        let invite = (invite.id, invite.code.expose().to_owned());
        let client = made.expect("it can be done").id;
        let asked = format!("client_id=crewmesh&crewmesh_invite={}", invite.1);
        let asked = server.form("/oauth/device_authorization", &asked).await;
        let (device, user) = (asked.is(200).text("device_code"), asked.text("user_code"));
        let code = super::Codes { device, user };
        let (machine, token) = (machine.id, token.id);
        Self {
            server,
            ana,
            ben,
            mesh,
            client,
            connection,
            invite,
            machine,
            token,
            browser,
            code,
            flow,
            _github: github,
        }
    }

    fn state(&self) -> &State {
        self.server.running.state()
    }

    async fn events(&self) -> u64 {
        let store = &self.state().store;
        store.audit_events(Whose::Anybody, &Page::default()).await.expect("it can be done").total
    }

    /// Ana by a session of hers.
    async fn by_session(&self) -> (Secret, Principal) {
        let token = self.server.session(&self.ana).await;
        let by = authentication::by_token(self.state(), &token, ClientIp::NONE)
            .await
            .expect("it can be done");
        (token, by)
    }
}

/// Each operation that writes on somebody's behalf, in an order in which all can
/// be done.
const OPERATIONS: [&str; 54] = [
    "accounts::set_admin",
    "accounts::set_plan",
    "agent_sessions::begin",
    "approvals::join_before",
    "approvals::settle",
    "authorization_codes::approve",
    "authorization_codes::deny",
    "connections::connect",
    "leases::lease",
    "health::check",
    "shares::share",
    "shares::unshare",
    "connections::disconnect",
    "device_flows::start",
    "device_flows::status",
    "device_flows::remove",
    "invites::accept",
    "invites::create",
    "login_methods::connect",
    "login_methods::disconnect",
    "machines::register",
    "machines::change",
    "machines::remove",
    "meshes::create",
    "meshes::rename",
    "members::set_role",
    "peers::begin",
    "peers::change",
    "messages::send",
    "messages::read",
    "messages::mute",
    "messages::block",
    "tasks::create",
    "tasks::claim",
    "tasks::finish",
    "tasks::drop",
    "peers::end",
    "members::remove",
    "service_clients::add_to_mesh",
    "service_clients::remove_from_mesh",
    "service_clients::create",
    "service_clients::revoke",
    "invites::revoke",
    "meshes::remove",
    "passwords::set_first",
    "second_factors::set_up",
    "second_factors::renew_recovery_codes",
    "second_factors::remove",
    "second_factors::take_away",
    "passwords::change",
    "sessions::end_browser",
    "sessions::revoke",
    "tokens::create",
    "sessions::revoke_all",
];

/// Those that are for whoever runs the instance.
const OF_ADMINISTRATORS: [&str; 7] = [
    "accounts::set_admin",
    "accounts::set_plan",
    "second_factors::take_away",
    "service_clients::add_to_mesh",
    "service_clients::create",
    "service_clients::remove_from_mesh",
    "service_clients::revoke",
];

fn new_consent() -> Consent {
    Consent {
        client_id: "crewmesh".into(),
        client_name: "crewmesh".into(),
        redirect_uri: "http://127.0.0.1/".into(),
        scopes: scopes::MESH_READ.into(),
        resource: Resource::Instance,
        refreshes: false,
        challenge: "x".repeat(43),
    }
}

async fn ask(scene: &Scene, name: &str, by: &Principal) -> Result<(), Denied> {
    let Scene { ben, mesh, client, connection, invite, machine, token, browser, code, .. } = scene;
    let state = scene.state();
    let identity =
        NewIdentity { issuer: "https://id.example".into(), subject: "1".into(), label: "a".into() };
    match name {
        "accounts::set_admin" => accounts::set_admin(state, by, &ben.id, true).await,
        "accounts::set_plan" => accounts::set_plan(state, by, &ben.id, "free").await,
        "approvals::join_before" => approvals::join_before(state, by, &code.user).await,
        "approvals::settle" => {
            let code = approvals::find(state, by, &code.user).await?;
            approvals::settle(state, by, &code, Decision::Approve, step_up()).await
        }
        "authorization_codes::approve" => {
            authorization_codes::approve(state, by, new_consent()).await.map(drop)
        }
        "authorization_codes::deny" => authorization_codes::deny(state, by, "x", "x").await,
        name if of_connections(name) => connected(state, by, name, (mesh, connection)).await,
        name if name.starts_with("device_flows::") => sign_in(state, by, name, &scene.flow).await,
        "invites::accept" => invites::accept(state, by, &invite.1).await.map(drop),
        "invites::create" => invites::create(state, by, mesh, new_invite()).await.map(drop),
        "invites::revoke" => invites::revoke(state, by, &invite.0).await,
        "login_methods::connect" => login_methods::connect(state, by, &identity).await,
        "login_methods::disconnect" => login_methods::disconnect(state, by, "x").await,
        "machines::change" => {
            let change = MachineChange { name: Some("Other".into()), location: None };
            machines::change(state, by, machine, change).await.map(drop)
        }
        "machines::register" => machines::register(state, by, new_machine("b")).await.map(drop),
        "machines::remove" => machines::remove(state, by, machine).await,
        "members::remove" => members::remove(state, by, mesh, &ben.id).await,
        "members::set_role" => {
            members::set_role(state, by, mesh, &ben.id, Role::Admin).await.map(drop)
        }
        "messages::block" => messages::block(state, by, mesh, &ben.id, true).await,
        "messages::mute" => messages::mute(state, by, mesh, &ben.id, true).await,
        "messages::read" => {
            let read = InboxRead { read_to: 1, by_peer: None };
            messages::read(state, by, mesh, read).await
        }
        "messages::send" => {
            let new = NewMessage { to: "*".into(), text: "x".into(), ..NewMessage::default() };
            messages::send(state, by, mesh, new, None).await.map(drop)
        }
        "peers::begin" => {
            let new = NewPeer { id: PEER.into(), ..NewPeer::default() };
            peers::begin(state, by, mesh, new).await.map(drop)
        }
        "peers::change" => {
            let change = PeerChange { summary: Some("x".into()), status: None };
            peers::change(state, by, mesh, PEER, change).await
        }
        "peers::end" => peers::end(state, by, mesh, PEER).await,
        "tasks::claim" => tasks::claim(state, by, mesh, 1, TaskStep::default()).await.map(drop),
        "tasks::create" => tasks::create(state, by, mesh, new_task()).await.map(drop),
        "tasks::drop" => tasks::drop(state, by, mesh, 2, TaskStep::default()).await.map(drop),
        "tasks::finish" => tasks::finish(state, by, mesh, 1, TaskStep::default()).await.map(drop),
        "meshes::create" => meshes::create(state, by, "Another", None).await.map(drop),
        "meshes::remove" => meshes::remove(state, by, mesh).await,
        "meshes::rename" => meshes::rename(state, by, mesh, "Other").await.map(drop),
        "passwords::change" => {
            passwords::change(state, by, Secret::new(PASSWORD), Secret::new("another long one"))
                .await
        }
        "passwords::set_first" => {
            passwords::set_first(state, by, "ana@example.org", Secret::new(PASSWORD)).await
        }
        "second_factors::set_up" => {
            let seed = Secret::new("seed");
            let code = second_factor::code(state, &by.account, &seed, 0);
            second_factors::set_up(state, by, &seed, &code).await.map(drop)
        }
        "second_factors::renew_recovery_codes" => {
            let password = Secret::new(PASSWORD);
            second_factors::renew_recovery_codes(state, by, password).await.map(drop)
        }
        "second_factors::remove" => second_factors::remove(state, by, Secret::new(PASSWORD)).await,
        "second_factors::take_away" => second_factors::take_away(state, by, &ben.id).await,
        "service_clients::add_to_mesh" => {
            service_clients::add_to_mesh(state, by, client, mesh).await
        }
        "service_clients::create" => {
            service_clients::create(state, by, &new_client("b"), &[]).await.map(drop)
        }
        "service_clients::remove_from_mesh" => {
            service_clients::remove_from_mesh(state, by, client, mesh).await
        }
        "service_clients::revoke" => service_clients::revoke(state, by, client).await,
        "agent_sessions::begin" => agent_sessions::begin(state, by, "x").await.map(drop),
        "sessions::end_browser" => sessions::end_browser(state, by, browser).await,
        "sessions::revoke" => tokens::revoke(state, by, token).await,
        "sessions::revoke_all" => sessions::revoke_all(state, by).await.map(drop),
        "tokens::create" => tokens::create(state, by, &new_token()).await.map(drop),
        unknown => panic!("no operation {unknown}"),
    }
}

/// Whether it is about what somebody connected.
fn of_connections(name: &str) -> bool {
    ["connections::", "health::", "leases::", "shares::"].iter().any(|one| name.starts_with(one))
}

async fn connected(
    state: &State,
    by: &Principal,
    name: &str,
    (mesh, connection): (&str, &str),
) -> Result<(), Denied> {
    match name {
        "connections::connect" => connect(state, by, "openai").await.map(drop),
        "connections::disconnect" => connections::disconnect(state, by, connection).await,
        "leases::lease" => {
            leases::lease(state, by, connection, NewLease::default()).await.map(drop)
        }
        "health::check" => health::check(state, by, connection).await.map(drop),
        "shares::share" => {
            let new = NewShare { connection: connection.to_owned(), daily: None };
            shares::share(state, by, mesh, new).await.map(drop)
        }
        "shares::unshare" => shares::unshare(state, by, mesh, connection).await,
        unknown => panic!("no operation {unknown}"),
    }
}

/// Of a sign-in at a provider.
async fn sign_in(state: &State, by: &Principal, name: &str, flow: &str) -> Result<(), Denied> {
    match name {
        "device_flows::start" => {
            let new = NewDeviceFlow { label: "other".into() };
            device_flows::start(state, by, "github", new).await.map(drop)
        }
        "device_flows::status" => {
            device_flows::status(state, by, flow, Duration::ZERO).await.map(drop)
        }
        "device_flows::remove" => device_flows::remove(state, by, flow).await,
        unknown => panic!("no operation {unknown}"),
    }
}

/// What becomes of each operation of `names` on behalf of `by`: refused as
/// `expected`, and nothing is written.
async fn all_refused(scene: &Scene, names: &[&str], by: &Principal, expected: fn(&Denied) -> bool) {
    let before = scene.events().await;
    for name in names {
        let denied = ask(scene, name, by).await.expect_err(name);
        assert!(expected(&denied), "{name}: {denied:?}");
        assert_eq!(scene.events().await, before, "{name} wrote something down");
    }
}

#[test]
fn each_operation_that_writes_is_in_the_table() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/server/operations");
    let files = std::fs::read_dir(folder)
        .expect("it is there")
        .map(|file| file.expect("it can be done").path());
    let calls = files.map(|file| {
        let text = std::fs::read_to_string(file).expect("UTF-8");
        text.matches(".write_as").count() + text.matches(".write_and_tell").count()
    });
    // The three more are what the second stands on, how a provider is asked at all, and what
    // is looked up before one is asked how something is.
    assert_eq!(calls.sum::<usize>(), OPERATIONS.len() + 3);
}

#[tokio::test]
async fn whoever_is_signed_out_writes_nothing() {
    let scene = Scene::new().await;
    let (state, now) = (scene.state().clone(), scene.server.clock.now());
    scene.server.set_password(&scene.ana).await;
    let id = scene.ana.id.clone();
    let is_over = |denied: &Denied| matches!(denied, Denied::InvalidToken);

    let (_, revoked) = scene.by_session().await;
    let credential = revoked.credential().expect("a session").clone();
    let revoke = async move |tx: &mut Tx| {
        credentials::revoke(tx, &id, credential.kind, &credential.id, now).await
    };
    assert!(state.store.write(revoke).await.expect("it can be done"));
    // It has a password, so there is no first one to set.
    let with_password: Vec<_> =
        OPERATIONS.into_iter().filter(|name| *name != "passwords::set_first").collect();
    all_refused(&scene, &with_password, &revoked, is_over).await;

    let (_, ended) = scene.by_session().await;
    let ended_id = &ended.credential().expect("a session").id;
    state.store.touch_credential(ended_id, now, Some(now)).await.expect("it can be done");
    all_refused(&scene, &with_password, &ended, is_over).await;

    let (_, left) = scene.server.browser(&scene.ana).await;
    let (id, browser) = (scene.ana.id.clone(), left.web_session().expect("a browser").id.clone());
    state
        .store
        .write(async move |tx| web_sessions::end(tx, &id, &browser).await)
        .await
        .expect("it can be done");
    all_refused(&scene, &with_password, &left, is_over).await;
}

#[tokio::test]
async fn whoever_runs_it_no_more_changes_nothing_of_it() {
    let scene = Scene::new().await;
    scene.server.set_password(&scene.ana).await;
    let (_, by_session) = scene.by_session().await;
    let (_, by_browser) = scene.server.browser(&scene.ana).await;
    let id = scene.ana.id.clone();
    let take = async move |tx: &mut Tx| store::accounts::set_admin(tx, &id, false).await;
    assert_eq!(scene.state().store.write(take).await.expect("it can be done"), Some(true));
    for by in [by_session, by_browser] {
        let lacks = |denied: &Denied| matches!(denied, Denied::MissingScope(scope) if scope == scopes::ADMIN);
        all_refused(&scene, &OF_ADMINISTRATORS, &by, lacks).await;
    }
}

/// As long as it is theirs they do all that, and it is written down.
#[tokio::test]
async fn whoever_may_does() {
    let scene = Scene::new().await;
    // What is so already, or whose audit tells nothing.
    let silent = [
        "approvals::join_before",
        "device_flows::remove",
        "device_flows::start",
        "health::check",
        "invites::accept",
        "login_methods::disconnect",
        "messages::mute",
        "messages::read",
        "messages::send",
        "peers::change",
        "service_clients::add_to_mesh",
        "sessions::end_browser",
    ];
    for name in OPERATIONS {
        // An agent runs on a device.
        let (_, by) = match name {
            "agent_sessions::begin" => scene.by_session().await,
            _ => scene.server.browser(&scene.ana).await,
        };
        let before = scene.events().await;
        ask(&scene, name, &by).await.unwrap_or_else(|denied| panic!("{name}: {denied:?}"));
        assert_eq!(scene.events().await > before, !silent.contains(&name), "{name}");
    }
}

super::on_postgres::on_postgres!(
    whoever_is_signed_out_writes_nothing,
    whoever_runs_it_no_more_changes_nothing_of_it,
    whoever_may_does,
);
