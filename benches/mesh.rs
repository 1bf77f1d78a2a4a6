//! What a mesh at work costs: a hundred agents of a hundred people that each write
//! once a second to another and wait for what is written to them, on SQLite and on
//! three nodes over PostgreSQL; beside them the same messages through a room that
//! anybody would write with Node and `ws`, which keeps none. Ten thousand agents
//! that say every 30 s that they live. Ten thousand that wait, against as many
//! polls of a sign-in that wait.
//!
//! `cargo bench --bench mesh`, or only some of it: `-- sqlite room nodes present
//! waiting`.
//!
//! The surprising rule: the processor is the server's own, from /proc, and neither
//! PostgreSQL's nor this program's; but milliseconds are of a machine on which all
//! three run, so a busy one makes them longer. Every message is on the disk before
//! it is acknowledged; the room's are not.

#![allow(clippy::print_stdout, reason = "figures are what it is for")]

#[cfg(all(target_os = "linux", feature = "server"))]
#[path = "mesh/crew.rs"]
mod crew;
#[cfg(all(target_os = "linux", feature = "server"))]
#[allow(dead_code, reason = "of another measurement, of which this needs a corner")]
#[path = "server/fill.rs"]
mod fill;
#[cfg(all(target_os = "linux", feature = "server"))]
#[allow(dead_code, reason = "of another measurement, of which this needs a corner")]
#[path = "server/load.rs"]
mod load;
#[cfg(all(target_os = "linux", feature = "server"))]
#[path = "mesh/many.rs"]
mod many;
#[cfg(all(target_os = "linux", feature = "server"))]
#[path = "mesh/room.rs"]
mod room;
#[cfg(all(target_os = "linux", feature = "server"))]
#[allow(dead_code, reason = "the tests' ground, of which this needs a corner")]
#[path = "../tests/support/mod.rs"]
mod support;
#[cfg(all(target_os = "linux", feature = "server"))]
#[path = "mesh/talk.rs"]
mod talk;
#[cfg(all(target_os = "linux", feature = "server"))]
#[path = "mesh/wire.rs"]
mod wire;

#[cfg(not(all(target_os = "linux", feature = "server")))]
fn main() {
    println!("measured on Linux, with the server");
}

#[cfg(all(target_os = "linux", feature = "server"))]
fn main() {
    let words: Vec<String> =
        std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let says = |word: &str| words.is_empty() || words.iter().any(|said| said == word);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let (mut ours, mut theirs) = (None, None);
        if says("sqlite") {
            let instance = crew::on_sqlite(crew::TALKING);
            ours = Some(talk::measure("SQLite", &[&instance]).await);
        }
        if says("room") {
            theirs = room::measure().await;
        }
        if let (Some(ours), Some(theirs)) = (ours, theirs) {
            println!("  that is {:.1} times the room's processor", ours / theirs);
        }
        if says("nodes") && support::need("postgres") {
            let nodes = crew::on_postgres(crew::TALKING, 3);
            let nodes: Vec<_> = nodes.iter().collect();
            talk::measure("three nodes on PostgreSQL", &nodes).await;
        }
        if says("present") {
            many::present(&crew::on_sqlite(crew::MANY)).await;
        }
        if says("waiting") {
            many::waiting(&crew::on_sqlite(crew::MANY), many::Waits::Polls).await;
            many::waiting(&crew::on_sqlite(crew::MANY), many::Waits::Reads).await;
        }
    });
}
