//! Codex with an account that was chosen for it, with a key and with what it signs in by
//! itself, in a home where something else would let its person in. `.ci/agents-providers`
//! tries it in every other, and the other agents.

use std::process::{Command, Stdio};

use crate::support::{agents, find, need};

#[test]
fn codex_works_with_the_account_that_was_chosen_and_with_no_other() {
    if !need("codex") {
        return;
    }
    agents::codex().expect("need(\"codex\") was asked");
    // Not under /tmp: Codex passes over a home there.
    let work = tempfile::tempdir_in(agents::folder()).expect("a folder");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/agents/providers.py");
    let output = Command::new(find("python3").expect("need(\"codex\") was asked"))
        .args(["-B", script, "--accounts", "--what", "both", env!("CARGO_BIN_EXE_crewmesh")])
        .args([agents::folder(), &work.path().join("world")])
        .arg("codex")
        .stdin(Stdio::null())
        .output()
        .expect("it can be started");
    let (table, told) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{table}\n{told}");
    let rows: Vec<_> = table.lines().filter(|line| line.contains("codex")).collect();
    assert_eq!(rows.len(), 2, "{table}\n{told}");
    for row in rows {
        assert!(row.contains("chosen") && row.contains("both"), "{table}");
        assert!(!row.contains("shell") && row.matches("nothing").count() == 2, "{table}");
    }
}
