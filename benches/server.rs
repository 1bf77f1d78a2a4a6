//! What the instance server costs: requests for each second of its own
//! processor time, as wrk drives them, with a thousand rows in every table and
//! with a million; many polls held at once; memory under a flood of sign-ins. A
//! real `crewmesh serve`, on SQLite and, where PostgreSQL is found, on that.
//!
//! `cargo bench --bench server`, or only some of it: `-- sqlite held flood
//! postgres`, and `small` for no million rows.
//!
//! The surprising rule: with a thousand rows most polls are answered
//! `slow_down`, because each of so few codes is asked for again within five
//! seconds; it is looked up all the same. With a million, 150,000 codes are
//! pending and hardly one is asked for twice. Limits per address and token are
//! set so high that they are counted and never reached. Nothing is switched
//! off: every code and every token is on the disk before it is answered. Of
//! several runs the cheapest counts, because other programs on the machine make
//! a request dearer and nothing makes it cheaper.

#![allow(clippy::print_stdout, reason = "figures are what it is for")]

#[cfg(all(target_os = "linux", feature = "server"))]
#[path = "server/fill.rs"]
mod fill;
#[cfg(all(target_os = "linux", feature = "server"))]
#[path = "server/held.rs"]
mod held;
#[cfg(all(target_os = "linux", feature = "server"))]
#[path = "server/load.rs"]
mod load;
#[cfg(all(target_os = "linux", feature = "server"))]
#[allow(dead_code, reason = "the tests' ground, of which this needs a corner")]
#[path = "../tests/support/mod.rs"]
mod support;

#[cfg(not(all(target_os = "linux", feature = "server")))]
fn main() {
    println!("measured on Linux, with the server");
}

#[cfg(all(target_os = "linux", feature = "server"))]
fn main() {
    let words: Vec<String> =
        std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let says = |word: &str| words.iter().any(|said| said == word);
    let all = !["sqlite", "held", "flood", "postgres"].into_iter().any(says);
    if support::find("wrk").is_none() {
        println!("measured with wrk, which is not on PATH");
        return;
    }
    let sizes: &[usize] = if says("small") { &[1_000] } else { &[1_000, 1_000_000] };
    if all || says("flood") {
        figures::flood(60);
        figures::flood(1_000);
    }
    if all || says("sqlite") {
        figures::sqlite(sizes);
    }
    if all || says("held") {
        figures::held();
    }
    if (all || says("postgres")) && support::need("postgres") {
        figures::postgres(sizes);
    }
}

#[cfg(all(target_os = "linux", feature = "server"))]
mod figures {
    use crewmesh::server::clock::Clock;

    use super::load::{Load, average, memory, run};
    use super::support::postgres::{Cluster, KEY};
    use super::support::server::Instance;
    use super::{fill, held};

    /// So much that nothing comes near it.
    const LIMITS: [&str; 8] = [
        "--sign-up",
        "open",
        "--limit-codes",
        "4000000000",
        "--limit-sign-ins",
        "4000000000",
        "--limit-requests",
        "4000000000",
    ];

    /// Seconds of each run.
    const SECONDS: usize = 5;

    /// Runs of each sort, of which the cheapest counts.
    const ROUNDS: usize = 3;

    /// Rows where the polls are held that nobody measures the size by.
    const HELD: usize = 200_000;

    /// Connections of each run.
    const CONNECTIONS: usize = 64;

    pub(super) fn sqlite(sizes: &[usize]) {
        let filled = |rows: &usize| (*rows, on_sqlite(*rows));
        compared("SQLite", &sizes.iter().map(filled).collect::<Vec<_>>());
    }

    fn on_sqlite(rows: usize) -> Instance {
        let mut instance = Instance::start_with(&LIMITS);
        instance.down();
        let file = instance.home.crewmesh().join("instance.db");
        fill::sqlite(&file, rows, Clock::default().now());
        instance.up();
        instance
    }

    /// Fresh, so that its memory is of the polls alone.
    pub(super) fn held() {
        let instance = on_sqlite(HELD);
        held::measure(&instance.host(), pid(&instance), 0);
    }

    pub(super) fn postgres(sizes: &[usize]) {
        // Gone with this process.
        let cluster: &'static Cluster = Box::leak(Box::new(Cluster::durable()));
        let databases: Vec<_> = sizes.iter().map(|_| cluster.database()).collect();
        let mut instances = Vec::new();
        for (&rows, made) in sizes.iter().zip(&databases) {
            fill::postgres(cluster, made, rows, Clock::default().now());
            instances.push((rows, Instance::start_on(&made.url, KEY, &LIMITS)));
        }
        compared("PostgreSQL", &instances);
        drop(instances);
        let made = cluster.database();
        fill::postgres(cluster, &made, HELD, Clock::default().now());
        let instance = Instance::start_on(&made.url, KEY, &LIMITS);
        held::measure(&instance.host(), pid(&instance), 0);
    }

    /// Wrong passwords from many at once.
    pub(super) fn flood(connections: usize) {
        let instance = Instance::start_with(&LIMITS);
        let (cookie, csrf) = held::form(&instance.host());
        let load = Load {
            kind: "sign-ins",
            first: 0,
            known: 1,
            expected: "<html",
            form: [&cookie, &csrf],
            connections,
            seconds: 20,
        };
        let figure = run(&instance.host(), pid(&instance), load);
        println!(
            "sign-in flood: {} connections, {} answers ({} other than a page), at most {:.0} MB; \
             load {}",
            load.connections,
            figure.requests,
            figure.wrong,
            memory(pid(&instance), "VmHWM"),
            average()
        );
    }

    /// What each sort of request costs in each of the databases, turn by turn,
    /// so that what else the machine does is the same for all of them.
    fn compared(database: &str, instances: &[(usize, Instance)]) {
        let sorts = [
            ("pending polls", "polls", "authorization_pending|slow_down"),
            ("bearer checks", "bearers", "\"via\":\"session\""),
            ("device authorizations", "codes", "\"user_code\""),
            // First: what is leased.
            ("connections to a provider", "connections", "\"provider\":\"anthropic\""),
            ("leases", "leases", "\"secret\":\"kkkk"),
        ];
        for (name, kind, expected) in sorts {
            let mut best = vec![0.0_f64; instances.len()];
            for _ in 0..ROUNDS {
                for ((rows, instance), best) in instances.iter().zip(&mut best) {
                    let known = fill::known(*rows) - fill::approved(*rows);
                    *best = best.max(cost(
                        database,
                        name,
                        (kind, expected),
                        *rows,
                        (0, known),
                        instance,
                    ));
                }
            }
            let shown: Vec<_> = best.iter().map(|best| format!("{best:.0}")).collect();
            let ratio = match best[..] {
                [few, many] => format!(", {:.2} times the cost with many rows", few / many),
                _ => String::new(),
            };
            println!("{database}: {name} a CPU second: {}{ratio}", shown.join(" and "));
        }
        for (rows, instance) in instances {
            let (known, approved) = (fill::known(*rows), fill::approved(*rows));
            if approved > 0 {
                let sort = ("polls", "access_token|invalid_grant");
                let part = (known - approved, known);
                cost(database, "claims", sort, *rows, part, instance);
            }
        }
    }

    fn cost(
        database: &str,
        name: &str,
        (kind, expected): (&str, &str),
        rows: usize,
        (first, known): (usize, usize),
        instance: &Instance,
    ) -> f64 {
        let load = Load {
            kind,
            first,
            known,
            expected,
            form: ["", ""],
            connections: CONNECTIONS,
            seconds: SECONDS,
        };
        let figure = run(&instance.host(), pid(instance), load);
        println!(
            "  {database}, {rows} rows: {name}: {:.0} a CPU second ({:.0} answers in {:.1} s, {} not \
             as expected; load {})",
            figure.a_cpu_second(),
            figure.requests,
            figure.clock,
            figure.wrong,
            average()
        );
        figure.a_cpu_second()
    }

    fn pid(instance: &Instance) -> u32 {
        instance.pid().expect("it runs")
    }
}
