//! Two at once in a mesh, two hundred times: who claim the same, begin under the
//! same name, send the same, or go on in what is just being taken from them.

use crewmesh::secret::Secret;
use crewmesh::server::operations::{
    Account, Denied, DeniedInMesh, Page, Principal, members, meshes, messages, peers, tasks,
};
use crewmesh::server::state::State;
use crewmesh::server::store::{self, Tx};
use crewmesh::server::{Config, Database};
use crewmesh::wire::{NewMessage, NewPeer, NewTask, Role, TaskState, TaskStep};

use super::TestServer;
use super::races::{ROUNDS, at_once, mesh_of_both};

/// Ana and Ben, and a mesh that both administer.
struct Pair {
    server: TestServer,
    ana: Account,
    anas: Principal,
    bens: Principal,
    mesh: String,
    /// On whose disk it lies.
    _home: tempfile::TempDir,
}

impl Pair {
    async fn new() -> Self {
        let home = tempfile::tempdir().expect("a folder");
        let mut config = Config::in_memory();
        config.database = Database::in_home(home.path());
        let server = TestServer::of(config).await;
        let (ana, ben) = (server.account("Ana").await, server.account("Ben").await);
        let (anas, bens) = (Principal::at_terminal(ana.clone()), Principal::at_terminal(ben));
        let mesh = mesh_of_both(server.running.state(), &bens, &ana).await;
        Self { server, ana, anas, bens, mesh, _home: home }
    }

    fn state(&self) -> &State {
        self.server.running.state()
    }

    /// A mesh of its own for a round in which it, or Ana's seat in it, goes.
    async fn another(&self) -> String {
        mesh_of_both(self.state(), &self.bens, &self.ana).await
    }

    /// A new task of `mesh`; its number.
    async fn task(&self, mesh: &str) -> i64 {
        let new = NewTask { title: "x".into(), ..NewTask::default() };
        tasks::create(self.state(), &self.bens, mesh, new).await.expect("it is made").number
    }
}

fn to_all() -> NewMessage {
    NewMessage { to: "*".into(), text: "x".into(), ..NewMessage::default() }
}

#[tokio::test]
async fn of_two_who_claim_one_does_and_the_other_is_told_who() {
    let pair = Pair::new().await;
    let (state, mut span, mut first) = (pair.state(), 0, 0);
    for number in 0..ROUNDS {
        let task = pair.task(&pair.mesh).await;
        let claim = |by| tasks::claim(state, by, &pair.mesh, task, TaskStep::default());
        let both = at_once(number, &mut span, claim(&pair.anas), claim(&pair.bens));
        let (won, lost, winner) = match Box::pin(both).await {
            (Ok(won), Err(lost)) => (won, lost, "ana"),
            (Err(lost), Ok(won)) => (won, lost, "ben"),
            other => panic!("round {number}: {other:?}"),
        };
        assert_eq!(won.holder.as_deref(), Some(winner));
        let told = matches!(&lost, Denied::InMesh(DeniedInMesh::TaskClaimed(by)) if by == winner);
        assert!(told, "round {number}: {lost:?}");
        first += u32::from(winner == "ana");
    }
    println!("Ana claimed it {first} times of {ROUNDS}");
    pair.server.running.stop().await;
}

#[tokio::test]
async fn of_two_administrators_who_drop_what_is_somebody_elses_one_does() {
    let pair = Pair::new().await;
    let (state, mut span) = (pair.state(), 0);
    let ida = pair.server.account("Ida").await;
    let (mesh, id, now) = (pair.mesh.clone(), ida.id.clone(), state.now());
    let join =
        async move |tx: &mut Tx| store::members::insert(tx, &mesh, &id, Role::Member, now).await;
    assert!(state.store.write(join).await.expect("it answers"));
    let idas = Principal::at_terminal(ida);
    for number in 0..ROUNDS {
        let new = NewTask { title: "x".into(), ..NewTask::default() };
        let task = tasks::create(state, &idas, &pair.mesh, new).await.expect("it is made").number;
        let drop = |by| tasks::drop(state, by, &pair.mesh, task, TaskStep::default());
        let both = at_once(number, &mut span, drop(&pair.anas), drop(&pair.bens));
        match Box::pin(both).await {
            (Ok(_), Err(Denied::InMesh(DeniedInMesh::TaskEnded)))
            | (Err(Denied::InMesh(DeniedInMesh::TaskEnded)), Ok(_)) => {}
            other => panic!("round {number}: {other:?}"),
        }
    }
    pair.server.running.stop().await;
}

#[tokio::test]
async fn what_somebody_claims_who_is_taken_out_is_open() {
    let pair = Pair::new().await;
    let (state, mut span, mut first) = (pair.state(), 0, 0);
    for number in 0..ROUNDS {
        let mesh = pair.another().await;
        let task = pair.task(&mesh).await;
        let taking = members::remove(state, &pair.bens, &mesh, &pair.ana.id);
        let claiming = tasks::claim(state, &pair.anas, &mesh, task, TaskStep::default());
        let (taken, claimed) = Box::pin(at_once(number, &mut span, taking, claiming)).await;
        taken.expect("it is Ben's to do");
        let is_refused = matches!(&claimed, Err(Denied::NotFound(_)));
        assert!(claimed.is_ok() || is_refused, "round {number}: {claimed:?}");
        let left = tasks::list(state, &pair.bens, &mesh, None, &Page::default()).await;
        let left = left.expect("he is in it").data;
        assert_eq!(left[0].state, TaskState::Open, "round {number}");
        assert_eq!(left[0].reopened, claimed.is_ok(), "round {number}");
        first += u32::from(claimed.is_ok());
    }
    println!("it was claimed before {first} times of {ROUNDS}");
    pair.server.running.stop().await;
}

#[tokio::test]
async fn nothing_is_sent_in_a_mesh_that_is_gone() {
    let pair = Pair::new().await;
    let (state, mut span, mut first) = (pair.state(), 0, 0);
    for number in 0..ROUNDS {
        let mesh = pair.another().await;
        let taking = meshes::remove(state, &pair.bens, &mesh);
        let sending = messages::send(state, &pair.anas, &mesh, to_all(), None);
        let (taken, sent) = Box::pin(at_once(number, &mut span, taking, sending)).await;
        taken.expect("it is Ben's to do");
        assert!(matches!(&sent, Ok(_) | Err(Denied::NotFound(_))), "round {number}: {sent:?}");
        first += u32::from(sent.is_ok());
    }
    for sql in [
        "DELETE FROM messages WHERE mesh_id NOT IN (SELECT id FROM meshes)",
        "DELETE FROM peer_names WHERE mesh_id NOT IN (SELECT id FROM meshes)",
        "DELETE FROM mesh_counters WHERE mesh_id NOT IN (SELECT id FROM meshes)",
    ] {
        assert_eq!(pair.server.sql(sql).await, Ok(0), "{sql}");
    }
    println!("it was sent before {first} times of {ROUNDS}");
    pair.server.running.stop().await;
}

#[tokio::test]
async fn two_that_begin_under_one_name_get_two_and_one_id_is_one_peer() {
    let pair = Pair::new().await;
    let (state, mut span) = (pair.state(), 0);
    let begin = async |by: &Principal, id: String, name: &str| {
        let new = NewPeer { id, name: Some(name.to_owned()), ..NewPeer::default() };
        peers::begin(state, by, &pair.mesh, new).await
    };
    for number in 0..ROUNDS {
        // Of one person, or of two.
        let other = if number % 4 < 2 { &pair.anas } else { &pair.bens };
        let name = format!("n{number}");
        let ids = [1, 2].map(|of| format!("session-{number:08}-{of}"));
        let one = begin(&pair.anas, ids[0].clone(), &name);
        let two = begin(other, ids[1].clone(), &name);
        let both = Box::pin(at_once(number, &mut span, one, two)).await;
        let names = [both.0, both.1].map(|peer| peer.expect("both begin").name);
        let mut sorted = names.clone();
        sorted.sort();
        assert_eq!(sorted, [name.clone(), format!("{name}-2")], "round {number}");
        // The id of one, by both.
        let id = format!("session-{number:08}-3");
        let one = begin(&pair.anas, id.clone(), "other");
        let two = begin(&pair.bens, id.clone(), "other");
        let whose = match Box::pin(at_once(number, &mut span, one, two)).await {
            (Ok(_), Err(Denied::NotFound(_))) => &pair.anas,
            (Err(Denied::NotFound(_)), Ok(_)) => &pair.bens,
            unexpected => panic!("round {number}: {unexpected:?}"),
        };
        for (by, id) in [(&pair.anas, &ids[0]), (other, &ids[1]), (whose, &id)] {
            peers::end(state, by, &pair.mesh, id).await.expect("it is theirs");
        }
    }
    pair.server.running.stop().await;
}

#[tokio::test]
async fn what_is_sent_twice_at_once_with_one_key_is_one_message() {
    let pair = Pair::new().await;
    let (state, mut span) = (pair.state(), 0);
    for number in 0..ROUNDS {
        let key = Secret::new(format!("key-{number}"));
        let send = || messages::send(state, &pair.anas, &pair.mesh, to_all(), Some(&key));
        let (one, two) = Box::pin(at_once(number, &mut span, send(), send())).await;
        let (one, two) = (one.expect("it is sent"), two.expect("it is there"));
        assert_eq!(one, two, "round {number}");
    }
    pair.server.running.stop().await;
}

super::on_postgres::on_postgres!(
    of_two_who_claim_one_does_and_the_other_is_told_who,
    of_two_administrators_who_drop_what_is_somebody_elses_one_does,
    what_somebody_claims_who_is_taken_out_is_open,
    nothing_is_sent_in_a_mesh_that_is_gone,
    two_that_begin_under_one_name_get_two_and_one_id_is_one_peer,
    what_is_sent_twice_at_once_with_one_key_is_one_message,
);
