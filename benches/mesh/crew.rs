//! Instances with people, meshes and agents in them.

use crewmesh::server::clock::Clock;

use crate::fill;
use crate::support::postgres::{Cluster, KEY};
use crate::support::server::Instance;

/// So much that nothing comes near it.
const LIMITS: [&str; 8] = [
    "--limit-codes",
    "4000000000",
    "--limit-requests",
    "4000000000",
    "--limit-messages",
    "40000000",
    "--limit-connections",
    "4000000",
];

/// Milliseconds for which an agent counts as heard from, before it says so itself.
const AHEAD: i64 = 600_000;

/// Who is there. Agent `i` is of account `i` modulo the number of people, and comes
/// with session `i`.
#[derive(Clone, Copy, Debug)]
pub struct Crew {
    /// At most a thousand.
    pub people: usize,
    /// People in each mesh.
    pub each: usize,
    pub agents: usize,
}

/// A hundred agents of a hundred people in one mesh.
pub const TALKING: Crew = Crew { people: 100, each: 100, agents: 100 };

/// Ten thousand agents of a thousand people in a hundred meshes.
pub const MANY: Crew = Crew { people: 1_000, each: 10, agents: 10_000 };

const ROWS: [&str; 3] = [
    "INSERT INTO members (mesh_id, account_id, role, joined_at)
     SELECT 'f' || (i / :each), 'f' || i, 'member', :now FROM n WHERE i > 0 AND i < :people",
    "INSERT INTO peer_names (mesh_id, name, account_id)
     SELECT 'f' || (i % :people / :each), 'p' || i, 'f' || (i % :people) FROM n",
    "INSERT INTO peers (id, mesh_id, account_id, name, status, since, heard_at)
     SELECT 'session-of-agent-' || i, 'f' || (i % :people / :each), 'f' || (i % :people),
        'p' || i, 'idle', :now, :now + :ahead FROM n",
];

impl Crew {
    /// The id of an agent's mesh.
    pub fn mesh(self, agent: usize) -> String {
        format!("f{}", agent % self.people / self.each)
    }

    fn sentences(self) -> Vec<String> {
        let now = Clock::default().now();
        let count = |text: &str| {
            let numbers = format!(
                "WITH RECURSIVE n(i) AS
                    (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < {}) {text}",
                self.agents.max(self.people)
            );
            numbers
                .replace(":each", &self.each.to_string())
                .replace(":people", &self.people.to_string())
                .replace(":now", &now.to_string())
                .replace(":ahead", &AHEAD.to_string())
        };
        ROWS.into_iter().map(count).collect()
    }

    fn rows(self) -> usize {
        self.agents.max(1_000)
    }
}

/// An instance on a SQLite file.
pub fn on_sqlite(crew: Crew) -> Instance {
    let mut instance = Instance::start_with(&LIMITS);
    instance.down();
    let file = instance.home.crewmesh().join("instance.db");
    fill::sqlite(&file, crew.rows(), Clock::default().now());
    let database = rusqlite::Connection::open(&file).expect("a database");
    for sentence in crew.sentences() {
        database.execute(&sentence, []).expect(&sentence);
    }
    drop(database);
    instance.up();
    instance
}

/// So many nodes on a PostgreSQL that waits for its disk.
pub fn on_postgres(crew: Crew, count: usize) -> Vec<Instance> {
    // Gone with this process.
    let cluster: &'static Cluster = Box::leak(Box::new(Cluster::durable()));
    let made = Box::leak(Box::new(cluster.database()));
    fill::postgres(cluster, made, crew.rows(), Clock::default().now());
    for sentence in crew.sentences() {
        drop(cluster.ask_of(&made.name, &sentence));
    }
    let node = |_| Instance::node_with("http://127.0.0.1:1", &made.url, KEY, &LIMITS);
    (0..count).map(node).collect()
}
