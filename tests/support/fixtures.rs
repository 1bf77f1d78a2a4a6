//! People, meshes and machines that tests talk about. Compiled into the unit
//! tests and into the flows, so that both speak of the same ones.
#![allow(dead_code, missing_docs, reason = "each of the two uses what it needs")]

use std::time::Duration;

use crewmesh::connect::{KeptIn, ProviderHere, WayHere};
use crewmesh::error::{AppError, ErrorKind};
use crewmesh::i18n::Message;
use crewmesh::model::{
    Access, Account, Agent, Audience, Delivery, DeviceCode, Instance, Invite, LaunchPlan, Links,
    Liveness, Machine, Mesh, Pending, Place, Role, Source, StoreState, Via,
};
use crewmesh::secret::{Secret, TokenKind};
use crewmesh::time_point::TimePoint;
use crewmesh::wire::{ApprovalCard, Connection, Device, Member, Way};
use crewmesh::wizard::effect::{Attempt, ProviderFlow};
use crewmesh::wizard::event::{Event, Key, KeyCode, Reply};
use crewmesh::wizard::state::{GuessedZone, HostFacts, WizardState};
use jiff::Timestamp;

/// Seconds after the beginning of a test.
pub fn at(seconds: u64) -> TimePoint {
    TimePoint {
        boot: Duration::from_secs(1_000 + seconds),
        wall: Timestamp::from_second(1_790_000_000 + i64::try_from(seconds).expect("small"))
            .expect("in range"),
    }
}

pub const ENTER: Event = Event::Key(Key::plain(KeyCode::Enter));
pub const UP: Event = Event::Key(Key::plain(KeyCode::Up));
pub const DOWN: Event = Event::Key(Key::plain(KeyCode::Down));

/// The answer to the first thing that was asked.
pub fn reply(reply: Reply) -> Event {
    Event::Reply(Attempt(1), reply)
}

pub fn time(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

pub fn remote() -> Instance {
    Instance {
        name: "mesh.example.org".into(),
        place: Place::At("https://mesh.example.org/".parse().expect("a URL")),
        id: Some("i1".into()),
        signed_in: false,
    }
}

pub fn token() -> Secret {
    Secret::token_from(TokenKind::PersonalAccess, &[7; 32])
}

pub fn access() -> Access {
    Access {
        instance: remote(),
        token: Secret::token_from(TokenKind::Session, &[1; 32]),
        expires_at: Some(time("2027-02-19T00:00:00Z")),
        source: Source::DeviceCode,
    }
}

pub fn account() -> Account {
    Account {
        id: "u1".into(),
        name: "Alejandro Gutiérrez".into(),
        email: "a@example.org".into(),
        via: Via::Session,
        token_name: "radiology-3".into(),
        scopes: Vec::new(),
        expires_at: Some(time("2027-02-19T00:00:00Z")),
    }
}

pub fn local_access() -> Access {
    Access { instance: Instance::local(), ..access() }
}

pub fn local_account() -> Account {
    Account { name: "alejandro".into(), email: String::new(), ..account() }
}

pub fn mesh(slug: &str) -> Mesh {
    Mesh {
        id: format!("m-{slug}"),
        name: slug.replace('-', " "),
        slug: slug.into(),
        role: Role::Member,
        member_count: 4,
        created_at: time("2026-01-01T00:00:00Z"),
    }
}

pub fn member(name: &str) -> Member {
    Member {
        id: format!("u-{name}"),
        name: name.into(),
        email: format!("{}@example.org", name.to_lowercase()),
        role: Role::Member,
        service: false,
        joined_at: time("2026-01-01T00:00:00Z"),
    }
}

pub fn machine(slug: &str, this: bool) -> Machine {
    Machine {
        id: format!("c-{slug}"),
        name: slug.replace('-', " "),
        slug: slug.into(),
        location: Some("DE".into()),
        this,
        liveness: if this { Liveness::Online } else { Liveness::Offline },
        created_at: time("2026-01-01T00:00:00Z"),
        last_seen_at: None,
    }
}

pub fn agent(name: &str) -> Agent {
    Agent {
        name: name.into(),
        program: format!("/usr/bin/{name}").into(),
        version: (name == "claude").then(|| "2.1".into()),
    }
}

/// What was started here the last time.
pub fn last_launch() -> LaunchPlan {
    LaunchPlan {
        program: "/usr/bin/claude".into(),
        agent: "claude".into(),
        arguments: vec![],
        instance: "mesh.example.org".into(),
        mesh: "ops".into(),
        machine: "radiology-3".into(),
        name: "Alejandro".into(),
        role: None,
        messages: Delivery::default(),
        provider: None,
        model: None,
        mcp: true,
        task: None,
    }
}

/// What is connected at `provider`.
pub fn connection(provider: &str, label: &str) -> Connection {
    serde_json::from_value(serde_json::json!({
        "id": format!("c-{provider}"), "provider": provider, "way": "token", "kind": "api_key",
        "label": label, "last_four": "4711", "default": true,
        "created_at": "2026-11-30T00:00:00Z",
    }))
    .expect("a connection")
}

/// As it can be connected where somebody set a key, and codex is not installed.
pub fn provider_here(name: &str, title: &str, ways: &[Way]) -> ProviderHere {
    let said = |way| match way {
        Way::Device => Message::new("provider-way-device").with("provider", title),
        Way::Redirect => Message::new("provider-way-redirect").with("provider", title),
        Way::Vendor => Message::new("provider-way-vendor").with("agent", "claude"),
        Way::Import => Message::new("provider-way-import")
            .with("variable", "ANTHROPIC_API_KEY")
            .with("end", "4711"),
        Way::Token => Message::new("provider-way-token"),
        Way::Endpoint => Message::new("provider-way-endpoint"),
    };
    let here = |way| {
        let kept_in = KeptIn::Variable("ANTHROPIC_API_KEY".into());
        WayHere { way, said: said(way), kept_in: Some(kept_in).filter(|_| way == Way::Import) }
    };
    ProviderHere {
        name: name.into(),
        title: title.into(),
        ways: ways.iter().map(|way| here(*way)).collect(),
        missing: None,
        keys: Some(format!("https://keys.example.org/{name}")),
        endpoint: ways.contains(&Way::Endpoint).then(|| "http://127.0.0.1:11434".into()),
    }
}

/// A sign-in there by device code, which goes on.
pub fn provider_flow() -> ProviderFlow {
    let flow = serde_json::json!({
        "id": "flow-1", "provider": "github", "user_code": "WDJB-MJPV",
        "verification_uri": "https://github.com/login/device",
        "expires_at": "2026-11-30T00:15:00Z", "state": "pending",
    });
    let flow = serde_json::from_value(flow).expect("a flow");
    ProviderFlow { access: access(), flow, deadline: at(900) }
}

pub fn invite() -> Invite {
    Invite {
        instance: remote(),
        code: Secret::new("abcde23456fghij67234"),
        mesh_name: "Platform team".into(),
        inviter: "Ada".into(),
        role: Role::Member,
        member_count: 4,
        expires_at: time("2026-12-01T00:00:00Z"),
    }
}

pub fn pending() -> Pending {
    Pending {
        id: "p1".into(),
        instance: remote(),
        user_code: "WDJB-MJPV".into(),
        deadline: at(432),
        approved: false,
    }
}

/// What the approval card says of a device that asks.
pub fn approval_card() -> ApprovalCard {
    ApprovalCard {
        id: "code".into(),
        user_code: "WDJB-MJPV".into(),
        words: Some("coral piano".into()),
        program: "crewmesh".into(),
        registered: false,
        client_id: Some("crewmesh".into()),
        scopes: vec!["profile:read".into()],
        device: Device {
            device_name: "radiology-3".into(),
            device_os: "linux".into(),
            device_arch: "x86_64".into(),
        },
        ip: Some("127.0.0.1".into()),
        expires_in: 587,
        invite: None,
    }
}

/// A code asked for at the beginning of a test, of an instance that holds.
pub fn code() -> DeviceCode {
    DeviceCode {
        instance: remote(),
        device_code: Secret::new("cm_dc_one"),
        user_code: "WDJB-MJPV".into(),
        words: Some("coral piano".into()),
        links: Links {
            uri: "https://mesh.example.org/d".parse().expect("a URL"),
            complete: Some("HTTPS://MESH.EXAMPLE.ORG/D/WDJBMJPV".into()),
            audience: Audience::Anywhere,
        },
        deadline: at(600),
        interval: Duration::from_secs(5),
        wait: Some(Duration::from_secs(25)),
        idempotency_key: Secret::new("key"),
        verifier: None,
        foreign: false,
        slow_down_early: false,
        approved: None,
        opening: None,
    }
}

/// The same of the embedded instance.
pub fn local_code() -> DeviceCode {
    DeviceCode {
        instance: Instance::local(),
        links: Links {
            uri: "http://127.0.0.1:7437/d".parse().expect("a URL"),
            complete: Some("HTTP://127.0.0.1:7437/D/WDJBMJPV/TICKET".into()),
            audience: Audience::ThisComputer,
        },
        ..code()
    }
}

pub fn unreachable() -> AppError {
    AppError::new(ErrorKind::Unreachable, "unreachable", Message::new("test-unreachable"))
}

pub fn rejected() -> AppError {
    AppError::new(ErrorKind::NotSignedIn, "invalid_token", Message::new("test-rejected"))
}

pub fn slug_taken(suggestion: &str) -> AppError {
    AppError {
        suggestion: Some(suggestion.into()),
        ..AppError::new(ErrorKind::AlreadyExists, "slug_taken", Message::new("test-slug-taken"))
    }
}

pub fn host() -> HostFacts {
    HostFacts {
        can_open_browser: false,
        ssh: false,
        has_embedded: true,
        calm: false,
        draws_qr: true,
        user: "alejandro".into(),
        hostname: "radiology-3".into(),
        person: "alejandro".into(),
        is_root: false,
        zone: Some(GuessedZone {
            key: "DE".into(),
            name: "Germany".into(),
            from: "Europe/Berlin".into(),
        }),
    }
}

/// A first run with a display: the embedded instance is in use.
pub fn first_run() -> WizardState {
    WizardState {
        host: host(),
        instances: vec![Instance::local()],
        instance: Some(Instance::local()),
        ..WizardState::default()
    }
}

/// A first run against a team's instance.
pub fn first_run_remote() -> WizardState {
    WizardState {
        instances: vec![remote(), Instance::local()],
        instance: Some(remote()),
        ..first_run()
    }
}

/// Signed in, nothing asked for yet.
pub fn signed_in() -> WizardState {
    WizardState {
        store: Some(StoreState::Keyring),
        access: Some(access()),
        account: Some(account()),
        ..first_run_remote()
    }
}

/// Signed in, and everything is known that the launch card needs to be drawn.
pub fn at_launch() -> WizardState {
    WizardState {
        meshes: Some(vec![mesh("platform-team"), mesh("radiology"), mesh("ops")]),
        machines: Some(vec![machine("build-box", false)]),
        agents: Some(vec![agent("claude"), agent("shell")]),
        ..signed_in()
    }
}
