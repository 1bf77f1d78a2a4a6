//! The same tests on PostgreSQL. A file lists its own with [`on_postgres!`];
//! each then runs a second time, with every database it asks for replaced by
//! one of PostgreSQL, a new one or, where it names a file, that file's.

#[cfg(unix)]
pub(super) use self::moving::{dumped, moved, run};

#[cfg(unix)]
mod moving {
    use std::cell::RefCell;
    use std::collections::HashMap;
    use std::path::PathBuf;

    use crewmesh::secret::Secret;
    use crewmesh::server::{Config, Database};

    use crate::support::postgres::{KEY, Made, cluster};

    thread_local! {
        /// What this thread's test uses, by the file it named. A test's runtime
        /// stays on its thread.
        static MADE: RefCell<Option<HashMap<PathBuf, Made>>> = const { RefCell::new(None) };
    }

    /// Runs `test` with its databases on PostgreSQL.
    pub(in crate::server) fn run(test: fn()) {
        if !crate::support::need("postgres") {
            return;
        }
        MADE.set(Some(HashMap::new()));
        test();
        drop(MADE.take());
    }

    /// `config` with its database on PostgreSQL, inside [`run`].
    pub(in crate::server) fn moved(mut config: Config) -> Config {
        MADE.with_borrow_mut(|made| {
            let Some(made) = made else { return };
            let place = match &config.database {
                Database::Memory => PathBuf::from(format!("memory {}", made.len())),
                Database::Sqlite(path) => path.clone(),
                Database::Postgres(_) => return,
            };
            let database = made.entry(place).or_insert_with(|| cluster().database());
            config.database = Database::Postgres(Secret::new(database.url.as_str()));
            config.key = Some(Secret::new(KEY));
        });
        config
    }

    /// Everything the test's databases on PostgreSQL hold, as text.
    pub(in crate::server) fn dumped() -> Option<String> {
        MADE.with_borrow(|made| Some(made.as_ref()?.values().map(Made::dump).collect()))
    }
}

/// Runs these tests of the file a second time, on PostgreSQL.
macro_rules! on_postgres {
    ($($name:ident),* $(,)?) => {
        #[cfg(unix)]
        mod on_postgres {
            $(
                #[test]
                fn $name() {
                    $crate::server::on_postgres::run(super::$name);
                }
            )*
        }
    };
}
pub(super) use on_postgres;

/// A test that is not listed would never see PostgreSQL.
#[test]
fn every_test_runs_on_both() {
    for (file, text) in [
        ("account", include_str!("account.rs")),
        ("agent_sessions", include_str!("agent_sessions.rs")),
        ("authorize", include_str!("authorize.rs")),
        ("audit", include_str!("audit.rs")),
        ("authority", include_str!("authority.rs")),
        ("races", include_str!("races.rs")),
        ("races_in_mesh", include_str!("races_in_mesh.rs")),
        ("in_mesh/held", include_str!("in_mesh/held.rs")),
        ("in_mesh/messages", include_str!("in_mesh/messages.rs")),
        ("in_mesh/page", include_str!("in_mesh/page.rs")),
        ("in_mesh/peers", include_str!("in_mesh/peers.rs")),
        ("in_mesh/swept", include_str!("in_mesh/swept.rs")),
        ("in_mesh/tasks", include_str!("in_mesh/tasks.rs")),
        ("invites", include_str!("invites.rs")),
        ("invited_codes", include_str!("invited_codes.rs")),
        ("authorization_matrix", include_str!("authorization_matrix.rs")),
        ("cli_routes", include_str!("cli_routes.rs")),
        ("invite_limit", include_str!("invite_limit.rs")),
        ("request_guard", include_str!("request_guard.rs")),
        ("half_sent", include_str!("half_sent.rs")),
        ("client_addresses", include_str!("client_addresses.rs")),
        ("held_polls", include_str!("held_polls.rs")),
        ("mcp", include_str!("mcp.rs")),
        ("mcp/documents", include_str!("mcp/documents.rs")),
        ("mcp/refresh", include_str!("mcp/refresh.rs")),
        ("mcp/registration", include_str!("mcp/registration.rs")),
        ("mcp/resource", include_str!("mcp/resource.rs")),
        ("mcp/tools", include_str!("mcp/tools.rs")),
        ("connections", include_str!("connections.rs")),
        ("shares", include_str!("shares.rs")),
        ("health", include_str!("health.rs")),
        ("device_flows", include_str!("device_flows.rs")),
        ("renewals", include_str!("renewals.rs")),
        ("members", include_str!("members.rs")),
        ("own_resources", include_str!("own_resources.rs")),
        ("oauth", include_str!("oauth.rs")),
        ("openings", include_str!("openings.rs")),
        ("plans", include_str!("plans.rs")),
        ("presence", include_str!("presence.rs")),
        ("processes", include_str!("processes.rs")),
        ("second_factor", include_str!("second_factor.rs")),
        ("second_factor/elsewhere", include_str!("second_factor/elsewhere.rs")),
        ("waiting_codes", include_str!("waiting_codes.rs")),
        ("service_clients", include_str!("service_clients.rs")),
    ] {
        let list = text.split_once("on_postgres!(").expect(file).1;
        let listed: Vec<_> = list.split(|c: char| c != '_' && !c.is_alphanumeric()).collect();
        for after in text.split("#[tokio::test]\nasync fn ").skip(1) {
            let name = after.split('(').next().expect("a name");
            assert!(listed.contains(&name), "{file}: {name} is not in on_postgres!");
        }
    }
}
