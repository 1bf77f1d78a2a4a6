//! The command line from outside: arguments, exit codes, what is said where.

mod after_approval;
#[cfg(all(feature = "server", target_os = "linux"))]
mod agent_sign_in;
#[cfg(all(feature = "server", target_os = "linux"))]
mod companion;
mod errors;
#[cfg(unix)]
mod home_files;
#[cfg(all(feature = "server", unix))]
mod in_mesh;
#[cfg(all(feature = "server", target_os = "linux"))]
mod launch_with_provider;
#[cfg(all(feature = "server", unix))]
mod mcp;
#[cfg(all(feature = "server", unix))]
mod mesh_gone;
#[cfg(all(feature = "server", unix))]
mod meshes;
#[cfg(all(feature = "server", unix))]
mod operator;
#[cfg(all(feature = "server", unix))]
mod operator_keys;
#[cfg(all(feature = "server", unix))]
mod person_only;
#[cfg(all(feature = "server", unix))]
mod providers;
#[cfg(feature = "server")]
mod resources;
#[cfg(all(feature = "server", target_os = "linux"))]
mod secret_services;
#[cfg(all(feature = "server", unix))]
mod service_clients;
#[cfg(all(feature = "server", unix))]
mod shared_providers;
#[cfg(feature = "server")]
mod sign_in;
#[cfg(all(feature = "server", target_os = "linux"))]
mod sign_in_by_device;
#[cfg(all(feature = "server", target_os = "linux"))]
mod sign_in_by_redirect;
#[cfg(all(feature = "server", target_os = "linux"))]
mod sign_in_by_vendor;
#[cfg(feature = "server")]
pub mod signed_in_person;
#[cfg(all(feature = "server", unix))]
pub mod upgrade_to_team;
#[cfg(unix)]
mod waiting;

use assert_cmd::Command;

fn crewmesh(home: &std::path::Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_crewmesh"));
    command.env_clear().env("HOME", home).env("PATH", "/usr/bin:/bin").env("LANG", "en_US.UTF-8");
    command
}

#[test]
fn help_and_version_are_no_fault() {
    let home = tempfile::tempdir().expect("a folder");
    for arguments in [&["--help"][..], &["--version"], &["login", "--help"]] {
        crewmesh(home.path()).args(arguments).assert().code(0);
    }
}

#[test]
fn wrong_arguments_exit_with_3_in_both_forms() {
    let home = tempfile::tempdir().expect("a folder");
    crewmesh(home.path()).arg("sing-in").assert().code(3);
    let said = crewmesh(home.path()).args(["sing-in", "--json"]).assert().code(3);
    let object: serde_json::Value =
        serde_json::from_slice(&said.get_output().stdout).expect("one object");
    assert_eq!(object["status"], "error");
    assert_eq!(object["exit_code"], 3);
    assert_eq!(object["error"]["code"], "bad_arguments");
}

#[test]
fn where_nobody_can_answer_nothing_is_asked() {
    let home = tempfile::tempdir().expect("a folder");
    for arguments in [&["login"][..], &["login", "--plain"]] {
        let said = crewmesh(home.path()).args(arguments).write_stdin("").assert().code(3);
        let said = String::from_utf8_lossy(&said.get_output().stderr).into_owned();
        assert!(said.contains("no terminal"), "{said}");
    }
    // A launch needs no answers, only somebody signed in; without an instance
    // of its own a client has nowhere to be signed in to.
    let nobody = if cfg!(feature = "server") { 2 } else { 3 };
    crewmesh(home.path()).write_stdin("").assert().code(nobody);
    let said =
        crewmesh(home.path()).args(["login", "--lang", "es"]).write_stdin("").assert().code(3);
    assert!(String::from_utf8_lossy(&said.get_output().stderr).contains("nadie puede responder"));
}

#[test]
#[cfg(feature = "server")]
fn serving_off_loopback_in_the_clear_is_refused() {
    let home = tempfile::tempdir().expect("a folder");
    let said = crewmesh(home.path()).args(["serve", "--listen", "0.0.0.0:0"]).assert().failure();
    let output = said.get_output();
    assert!(output.stdout.is_empty() && !output.stderr.is_empty());
}
