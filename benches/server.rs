//! What the instance server costs: requests for each second of its own
//! processor time, as wrk drives them; many polls held at once; the same with
//! a million rows in every table; memory under a flood of sign-ins. A real
//! `crewmesh serve`, on SQLite and, where PostgreSQL is found, on that.
//!
//! `cargo bench --bench server`, or with `-- small` without the million rows.
//!
//! The surprising rule: no code is polled twice. A second poll within five
//! seconds is answered `slow_down`, which would be another thing to measure;
//! so each poll is of the next of 200,000 pending codes. Limits per address
//! and token are set so high that they are counted and never reached. Nothing
//! is switched off: every code and every approval is on the disk before it is
//! answered.

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
    let words: Vec<String> = std::env::args().skip(1).collect();
    let says = |word: &str| words.iter().any(|said| said == word);
    if support::find("wrk").is_none() {
        println!("measured with wrk, which is not on PATH");
        return;
    }
    let sizes: &[usize] = if says("small") { &[1_000] } else { &[1_000, 1_000_000] };
    figures::sqlite(sizes);
    figures::flood();
    if support::need("postgres") {
        figures::postgres(sizes);
    }
}

#[cfg(all(target_os = "linux", feature = "server"))]
mod figures {
    use crewmesh::server::state::Clock;

    use super::load::{Load, memory, run};
    use super::support::postgres::{KEY, cluster};
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

    /// Seconds of each run, and of the run before it that fills the caches.
    const SECONDS: usize = 5;
    const BEFORE: usize = 1;

    /// Connections of each run.
    const CONNECTIONS: usize = 32;

    pub(super) fn sqlite(sizes: &[usize]) {
        let mut costs = Vec::new();
        for &rows in sizes {
            let mut instance = Instance::start_with(&LIMITS);
            instance.down();
            let file = instance.home.crewmesh().join("instance.db");
            fill::sqlite(&file, rows, Clock::default().now());
            instance.up();
            costs.push(requests("SQLite", rows, &instance));
            if rows == sizes[0] {
                held::measure(&instance.host(), pid(&instance), fill::CODES / 2);
            }
        }
        compare("SQLite", sizes, &costs);
    }

    pub(super) fn postgres(sizes: &[usize]) {
        let mut costs = Vec::new();
        for &rows in sizes {
            let made = cluster().database();
            fill::postgres(&made, rows, Clock::default().now());
            let instance = Instance::start_on(&made.url, KEY, &LIMITS);
            costs.push(requests("PostgreSQL", rows, &instance));
            if rows == sizes[0] {
                held::measure(&instance.host(), pid(&instance), fill::CODES / 2);
            }
        }
        compare("PostgreSQL", sizes, &costs);
    }

    /// Wrong passwords from many at once.
    pub(super) fn flood() {
        let instance = Instance::start_with(&LIMITS);
        let (cookie, csrf) = held::form(&instance.host());
        let load = Load {
            kind: "sign-ins",
            first: 0,
            expected: "<html",
            form: [&cookie, &csrf],
            connections: 1_000,
            seconds: 10,
        };
        let figure = run(&instance.host(), pid(&instance), load);
        println!(
            "sign-in flood: {} connections, {} answers ({} other than a page), at most {:.0} MB",
            load.connections,
            figure.requests,
            figure.wrong,
            memory(pid(&instance), "VmHWM")
        );
    }

    /// What each sort of request costs; in seconds of processor.
    fn requests(database: &str, rows: usize, instance: &Instance) -> Vec<f64> {
        let (host, pid) = (instance.host(), pid(instance));
        let sorts = [
            ("pending polls", "polls", "authorization_pending"),
            ("bearer checks", "bearers", "\"via\":\"session\""),
            ("device authorizations", "codes", "\"user_code\""),
        ];
        let mut costs = Vec::new();
        for (name, kind, expected) in sorts {
            let load = |first, seconds| Load {
                kind,
                first,
                expected,
                form: ["", ""],
                connections: CONNECTIONS,
                seconds,
            };
            // From the other end: the codes of the run itself are untouched.
            run(&host, pid, load(fill::CODES * 3 / 4, BEFORE));
            let figure = run(&host, pid, load(0, SECONDS));
            println!(
                "{database}, {rows} rows: {name}: {:.0} a CPU second ({:.0} answers in {:.1} s, \
                 {} not as expected)",
                figure.a_cpu_second(),
                figure.requests,
                figure.clock,
                figure.wrong
            );
            costs.push(1.0 / figure.a_cpu_second());
        }
        costs
    }

    fn compare(database: &str, sizes: &[usize], costs: &[Vec<f64>]) {
        let [few, many] = costs else { return };
        let ratios: Vec<_> =
            few.iter().zip(many).map(|(few, many)| format!("{:.2}", many / few)).collect();
        println!(
            "{database}: cost with {} rows against {}: polls, bearers, codes: {}",
            sizes[1],
            sizes[0],
            ratios.join(", ")
        );
    }

    fn pid(instance: &Instance) -> u32 {
        instance.pid().expect("it runs")
    }
}
