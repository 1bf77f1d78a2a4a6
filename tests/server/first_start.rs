//! Eight first starts at once on an empty home: all of them, every time.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Barrier;

use crewmesh::server::embedded::{Embedded, Owner};
use crewmesh::server::providers::Providers;

/// How a child process of the test below is told where to start.
const HOME: &str = "CREWMESH_TEST_FIRST_START";

fn start(home: &Path) -> String {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let owner = Owner {
            key: None,
            user: "ana".into(),
            person: "Ana".into(),
            providers: Providers::default(),
        };
        let local = Embedded::start(home, owner).await.expect("a first start succeeds");
        let id = local.instance_id().to_owned();
        local.stop().await;
        id
    })
}

#[test]
fn eight_first_starts_at_once_a_hundred_times() {
    for round in 0..100 {
        let home = tempfile::tempdir().expect("a home");
        let line = Barrier::new(8);
        let ids: BTreeSet<String> = std::thread::scope(|scope| {
            let starts: Vec<_> = (0..8)
                .map(|_| {
                    scope.spawn(|| {
                        line.wait();
                        start(home.path())
                    })
                })
                .collect();
            starts.into_iter().map(|start| start.join().expect("no panic")).collect()
        });
        assert_eq!(ids.len(), 1, "round {round}: one instance, not {ids:?}");
    }
}

#[test]
fn eight_first_starts_of_eight_processes() {
    for _ in 0..5 {
        let home = tempfile::tempdir().expect("a home");
        let program = std::env::current_exe().expect("this program");
        let children: Vec<_> = (0..8)
            .map(|_| {
                std::process::Command::new(&program)
                    .args(["--exact", "server::first_start::one_first_start", "--nocapture"])
                    .env(HOME, home.path())
                    .stdout(std::process::Stdio::piped())
                    .stderr(std::process::Stdio::piped())
                    .spawn()
                    .expect("a child")
            })
            .collect();
        let mut ids = BTreeSet::new();
        for child in children {
            let output = child.wait_with_output().expect("a child ends");
            let said = String::from_utf8_lossy(&output.stdout).into_owned();
            assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
            let id = said.lines().find_map(|line| line.split_once("instance ")).map(|(_, id)| id);
            ids.insert(id.unwrap_or_else(|| panic!("{said}")).to_owned());
        }
        assert_eq!(ids.len(), 1, "one instance, not {ids:?}");
    }
}

/// What each of those processes does; nothing where it is not one of them.
#[test]
fn one_first_start() {
    if let Some(home) = std::env::var_os(HOME) {
        println!("instance {}", start(Path::new(&home)));
    }
}
