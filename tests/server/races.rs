//! Two at once, two hundred times: somebody takes what somebody else is just
//! using. Whichever comes first, nothing that it stood on is written after it
//! was taken. What is written, and in which order, is read from the audit, which
//! each writes last, under the locks that put them in order.

use std::cell::Cell;

use crewmesh::secret::Secret;
use crewmesh::server::domain::client_ip::ClientIp;
use crewmesh::server::domain::device_code_state::Decision;
use crewmesh::server::domain::scopes;
use crewmesh::server::operations::{
    Account, Denied, DeviceCode, Principal, accounts, approvals, authentication, invites, members,
    meshes, passwords, service_clients, sessions, tokens,
};
use crewmesh::server::state::State;
use crewmesh::server::store::{self, Tx};
use crewmesh::server::{Config, Database};
use crewmesh::wire::{NewAccessToken, NewInvite, NewServiceClient, Role, StepUp};
use sqlx::{Connection as _, Row as _};

use super::{PASSWORD, TestServer};

pub(super) const ROUNDS: u32 = 200;

/// What is taken, what is done meanwhile, and how the audit calls both.
const RACES: [(&str, &str, &str, &str); 9] = [
    ("members::remove", "meshes::rename", "mesh.member.removed", "mesh.renamed"),
    ("members::set_role", "invites::create", "mesh.member.changed", "invite.created"),
    ("meshes::remove", "invites::create", "mesh.removed", "invite.created"),
    (
        "accounts::set_admin",
        "service_clients::create",
        "account.admin.taken",
        "service_client.created",
    ),
    ("sessions::revoke_all", "tokens::create", "auth.cli.session.revoked", "auth.cli.pat.created"),
    (
        "sessions::revoke_all",
        "approvals::settle",
        "auth.cli.session.revoked",
        "auth.cli.device.approved",
    ),
    ("passwords::change", "approvals::settle", "auth.password.changed", "auth.cli.device.approved"),
    ("passwords::change", "tokens::create", "auth.password.changed", "auth.cli.pat.created"),
    ("tokens::revoke", "invites::create", "auth.cli.pat.revoked", "invite.created"),
];

/// What one round is about; empty where it is not.
#[derive(Default)]
struct Round {
    mesh: String,
    /// The token that Ana acts by.
    token: String,
    code: Option<DeviceCode>,
}

async fn take(
    what: &str,
    state: &State,
    Round { mesh, token, .. }: &Round,
    by: &Principal,
    ana: &str,
) -> Result<(), Denied> {
    match what {
        "members::remove" => members::remove(state, by, mesh, ana).await,
        "members::set_role" => {
            members::set_role(state, by, mesh, ana, Role::Member).await.map(drop)
        }
        "meshes::remove" => meshes::remove(state, by, mesh).await,
        "accounts::set_admin" => accounts::set_admin(state, by, ana, false).await,
        "sessions::revoke_all" => sessions::revoke_all(state, by).await.map(drop),
        "passwords::change" => {
            // The same again: only that it is changed counts.
            passwords::change(state, by, Secret::new(PASSWORD), Secret::new(PASSWORD)).await
        }
        "tokens::revoke" => tokens::revoke(state, by, token).await,
        unknown => panic!("no way to take {unknown}"),
    }
}

async fn act(what: &str, state: &State, round: &Round, by: &Principal) -> Result<(), Denied> {
    match what {
        "meshes::rename" => meshes::rename(state, by, &round.mesh, "Other").await.map(drop),
        "invites::create" => {
            let new =
                NewInvite { role: Role::Member, email: None, expires_in_days: 1, max_uses: 1 };
            invites::create(state, by, &round.mesh, new).await.map(drop)
        }
        "service_clients::create" => {
            let scopes = vec![scopes::MESH_READ.to_owned()];
            let new = NewServiceClient {
                name: "ci".into(),
                scopes,
                redirect_uris: Vec::new(),
                step_up: StepUp::default(),
            };
            service_clients::create(state, by, &new, &[]).await.map(drop)
        }
        "tokens::create" => tokens::create(state, by, &new_token()).await.map(drop),
        "approvals::settle" => {
            let code = round.code.as_ref().expect("there is one");
            approvals::settle(state, by, code, Decision::Approve, StepUp::default()).await
        }
        unknown => panic!("nothing to do called {unknown}"),
    }
}

fn new_token() -> NewAccessToken {
    NewAccessToken {
        name: "ci".into(),
        expires_in_days: Some(30),
        scopes: None,
        step_up: StepUp::default(),
    }
}

/// The last two actions that were committed, the last first.
async fn last_written(server: &TestServer) -> Vec<String> {
    match &server.running.state().config.database {
        Database::Sqlite(path) => {
            let file = rusqlite::Connection::open(path).expect("it is there");
            let sql = "SELECT action FROM audit ORDER BY rowid DESC LIMIT 2";
            let mut statement = file.prepare(sql).expect("it is SQL");
            let actions = statement.query_map([], |row| row.get(0)).expect("it answers");
            actions.map(|action| action.expect("it is text")).collect()
        }
        Database::Postgres(url) => {
            let mut there = sqlx::PgConnection::connect(url.expose()).await.expect("it is there");
            let sql =
                "SELECT action FROM audit ORDER BY pg_xact_commit_timestamp(xmin) DESC LIMIT 2";
            let rows = sqlx::query(sql).fetch_all(&mut there).await.expect("it answers");
            rows.iter().map(|row| row.get(0)).collect()
        }
        Database::Memory => unreachable!("it is on a disk"),
    }
}

#[tokio::test]
async fn nothing_is_written_by_what_was_taken() {
    let home = tempfile::tempdir().expect("a folder");
    let mut config = Config::in_memory();
    config.database = Database::in_home(home.path());
    let server = TestServer::of(config).await;
    let state = server.running.state();
    let (ana, ben) = (server.account_of("Ana", true).await, server.account_of("Ben", true).await);
    for (taking, acting, taken, done) in RACES {
        let (mut first, mut span) = (0, 0_u32);
        for number in 0..ROUNDS {
            let mut round = Round::default();
            let mut codes = None;
            let bens = Principal::at_terminal(ben.clone());
            let (_, mut actor) = server.browser(&ana).await;
            let mut taker = bens.clone();
            if acting == "approvals::settle" {
                let asked = server.ask().await;
                round.code = Some(approvals::find(state, &bens, &asked.user).await.expect("open"));
                codes = Some(asked);
            }
            match taking {
                "accounts::set_admin" => {
                    accounts::set_admin(state, &bens, &ana.id, true).await.expect("Ben may");
                }
                "sessions::revoke_all" | "passwords::change" => taker = actor.clone(),
                _ => round.mesh = mesh_of_both(state, &bens, &ana).await,
            }
            if taking == "tokens::revoke" {
                taker = actor;
                let (made, token) =
                    tokens::create(state, &taker, &new_token()).await.expect("hers");
                round.token = made.id;
                actor = authentication::by_token(state, &token, ClientIp::NONE)
                    .await
                    .expect("just made");
            }
            let taking_it = take(taking, state, &round, &taker, &ana.id);
            let acting_it = act(acting, state, &round, &actor);
            let (took, acted) = Box::pin(at_once(number, &mut span, taking_it, acting_it)).await;
            took.unwrap_or_else(|denied| panic!("{taking}: {denied:?}"));
            let written = last_written(&server).await;
            assert_eq!(written[0], taken, "{taking} and {acting}, round {number}: {acted:?}");
            assert!(!matches!(acted, Err(Denied::Db(_) | Denied::Failed(_))), "{acted:?}");
            if acted.is_ok() {
                assert_eq!(written[1], done, "{taking} and {acting}, round {number}");
                first += 1;
            }
            if let Some(codes) = codes {
                let error = server.poll(&codes, &[]).await.error();
                let nothing = ["access_denied", "authorization_pending"];
                assert!(nothing.contains(&error.as_str()), "{taking}: {error}");
            }
        }
        println!("{acting} came before {taking} {first} times of {ROUNDS}");
    }
    server.running.stop().await;
}

/// What comes of both in round `number`: now the one is ahead, now the other, by a
/// part of what the first took the last time.
pub(super) async fn at_once<A, B>(
    number: u32,
    span: &mut u32,
    first: impl Future<Output = A>,
    second: impl Future<Output = B>,
) -> (A, B) {
    let (ahead, part) = (number.is_multiple_of(2), *span * (number / 2 % 12) / 10);
    let over = Cell::new(false);
    let first = async {
        turns(if ahead { 0 } else { part }).await;
        let made = first.await;
        over.set(true);
        made
    };
    let second = async {
        turns(if ahead { part } else { 0 }).await;
        second.await
    };
    let counted = async {
        let mut counted = 0;
        while !over.get() {
            turns(1).await;
            counted += 1;
        }
        counted
    };
    let (first, second, counted) = tokio::join!(first, second, counted);
    *span = u32::saturating_sub(counted, if ahead { 0 } else { part });
    (first, second)
}

/// Lets everybody else go on so many times.
async fn turns(count: u32) {
    for _ in 0..count {
        tokio::task::yield_now().await;
    }
}

/// A mesh that Ben, by whom it is made, and Ana administer.
pub(super) async fn mesh_of_both(state: &State, bens: &Principal, ana: &Account) -> String {
    let mesh = meshes::create(state, bens, "Ops", None).await;
    let mesh = match mesh {
        Err(Denied::SlugTaken(free)) => meshes::create(state, bens, "Ops", Some(&free)).await,
        made => made,
    };
    let id = mesh.expect("it is new").id;
    let (mesh, ana, now) = (id.clone(), ana.id.clone(), state.now());
    let join =
        async move |tx: &mut Tx| store::members::insert(tx, &mesh, &ana, Role::Admin, now).await;
    assert!(state.store.write(join).await.expect("it answers"));
    id
}

super::on_postgres::on_postgres!(nothing_is_written_by_what_was_taken);
