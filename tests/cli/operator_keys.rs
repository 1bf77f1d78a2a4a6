//! What whoever runs an instance keeps besides it: a copy, its key, and the keys of its
//! vault. Each against a real `crewmesh serve`.

use std::path::Path;

use super::operator::post;
use super::signed_in_person::Ana;
use crate::support::home::Home;
use crate::support::server::Instance;

#[test]
fn a_copy_made_while_it_runs_is_put_back_with_its_key() {
    let mut instance = Instance::start();
    let ana = Ana::at(&instance);
    let copy = instance.home.path().join("copy.db");
    let backup = ["serve", "backup", copy.to_str().expect("UTF-8")];
    let said = instance.home.run(&backup).output("").exits(0);
    assert!(said.out.contains("instance.key"), "{said:#?}");
    assert_eq!(mode(&copy), 0o600);
    // What is there is not written over.
    instance.home.run(&backup).output("").exits(6);
    // Lost after the copy.
    ana.json(&["create", "Too late"]);
    instance.kill();
    let kept = instance.home.crewmesh();
    for beside in ["instance.db", "instance.db-wal", "instance.db-shm"] {
        let _ = std::fs::remove_file(kept.join(beside));
    }
    std::fs::copy(&copy, kept.join("instance.db")).expect("put back");
    instance.up();
    assert_eq!(ana.json(&["whoami"])["user"]["name"], "Ana Gil");
    assert_eq!(ana.json(&["list"])["total"], 0);
    let home = Home::new();
    let said = home.run(&["serve", "backup", "x.db"]).output("").exits(5);
    assert!(said.err.contains("instance.db") && !home.work().join("x.db").exists(), "{said:#?}");
}

/// While it runs, and twice; the file is needed from then on.
#[test]
fn what_opens_accounts_is_sealed_under_a_new_key() {
    let mut instance = Instance::start();
    let ana = Ana::at(&instance);
    ana.home.run(&["connect", "openai", "--unchecked"]).output("sk-test-0").exits(0);
    let kept = instance.home.crewmesh();
    let rotate = || instance.home.run(&["serve", "rotate-key"]);
    let said = rotate().output("").exits(0);
    assert!(said.out.contains("One connection is under the new key"), "{said:#?}");
    assert!(said.out.contains("instance.vault") && mode(&kept.join("instance.vault")) == 0o600);
    let object = instance.home.run(&["serve", "rotate-key", "--json"]).output("").exits(0).json();
    assert_eq!((&object["sealed"], &object["unopened"]), (&1.into(), &0.into()), "{object}");
    let database = rusqlite::Connection::open(kept.join("instance.db")).expect("it is there");
    let sentence = "SELECT COUNT(*) FROM audit WHERE action = 'vault.key_rotated'";
    let noted: i64 = database.query_row(sentence, [], |row| row.get(0)).expect("a row");
    assert_eq!(noted, 2);
    drop(database);
    let lease = format!("{}/api/my/providers/openai/lease", instance.url());
    assert!(post(&lease, &ana.token(), "{}").contains("sk-test-0"), "by the server that ran");
    assert!(ana.json(&["list"])["total"].is_u64());
    let copy = instance.home.path().join("copy.db");
    let backup = ["serve", "backup", copy.to_str().expect("UTF-8")];
    let said = instance.home.run(&backup).output("").exits(0);
    assert!(said.out.contains("instance.vault"), "it is kept with the copy: {said:#?}");
    instance.kill();
    std::fs::rename(kept.join("instance.vault"), kept.join("gone")).expect("it was there");
    let said = instance.home.run(&["serve", "--listen", "127.0.0.1:0"]).output("").exits(7);
    assert!(said.err.contains(".vault"), "{said:#?}");
    std::fs::rename(kept.join("gone"), kept.join("instance.vault")).expect("it is there");
    instance.up();
    assert!(post(&lease, &ana.token(), "{}").contains("sk-test-0"));
}

fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;
    path.metadata().expect("it is there").permissions().mode() & 0o777
}
