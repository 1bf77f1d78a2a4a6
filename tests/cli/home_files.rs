//! What may stand where a file of ours is expected, and what the folder they
//! are in may be like: each is said, and no command waits for anybody.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use crate::support::home::Home;

fn pipe(path: &Path) {
    let made = std::process::Command::new("mkfifo").arg(path).status();
    assert!(made.expect("mkfifo is there").success());
}

/// A home that is there and has nothing in it.
fn empty() -> Home {
    let home = Home::new();
    fs::create_dir(home.crewmesh()).expect("a folder");
    fs::set_permissions(home.crewmesh(), fs::Permissions::from_mode(0o700)).expect("ours");
    home
}

#[test]
fn a_pipe_where_a_file_belongs_holds_nobody_up() {
    let home = empty();
    pipe(&home.crewmesh().join("auth.json"));
    for command in
        [&["whoami", "--json"][..], &["logout", "--json"], &["login", "--start", "--json"]]
    {
        let said = home.run(command).output("").exits(1);
        assert_eq!(said.json()["error"]["code"], "file_fault", "{said:#?}");
        assert!(said.err.contains("not a regular file"), "{said:#?}");
    }
    // Without a server of its own nobody is asked where no instance is named.
    #[cfg(feature = "server")]
    {
        let home = empty();
        pipe(&home.crewmesh().join("state.json"));
        home.run(&["whoami"]).output("").exits(2);
        let home = empty();
        pipe(&home.work().join(".crewmesh.toml"));
        let said = home.run(&["whoami"]).output("").exits(2);
        assert!(said.err.contains(".crewmesh.toml"), "{said:#?}");
    }
}

#[test]
fn a_device_is_no_file_of_certificates() {
    let home = empty();
    let whoami = ["login", "--start", "--json", "--instance", "https://127.0.0.1:9"];
    let said = home.run(&whoami).with("CREWMESH_CA_FILE", "/dev/zero").output("").exits(3);
    assert_eq!(said.json()["error"]["code"], "ca_file_unreadable");
    #[cfg(feature = "server")]
    for (arguments, code) in [
        (&["--tls-cert", "/dev/zero", "--tls-key", "/dev/zero"][..], "tls_unusable"),
        (&["--upstreams", "/dev/zero"], "upstreams_unreadable"),
    ] {
        let serve = ["serve", "--json", "--listen", "127.0.0.1:0"];
        let said = home.run(&[&serve, arguments].concat()).output("").exits(3);
        assert_eq!(said.json()["error"]["code"], code, "{said:#?}");
    }
}

#[test]
fn a_folder_that_others_could_read_is_closed_and_that_is_said_by_whoever_comes_first() {
    for mode in [0o755, 0o1777] {
        for command in [&["status"][..], &["login", "--resume"], &["whoami"]] {
            let home = empty();
            let folder = home.crewmesh();
            fs::set_permissions(&folder, fs::Permissions::from_mode(mode)).expect("ours");
            let said = home.run(command).output("");
            assert!(said.err.contains(&format!("{mode:04o}")), "{mode:o} {command:?}: {said:#?}");
            let now = fs::metadata(&folder).expect("there").permissions().mode() & 0o7777;
            assert_eq!(now, 0o700, "{mode:o} {command:?}");
        }
    }
}

#[test]
fn a_folder_that_is_another_in_each_directory_is_refused() {
    let home = Home::new();
    for command in [&["whoami", "--json"][..], &["login", "--start", "--json"]] {
        for folder in ["here", "./here", "~/.crewmesh"] {
            let said = home.run(command).with("CREWMESH_HOME", folder).output("").exits(3);
            let error = said.json()["error"].clone();
            assert_eq!(error["code"], "home_relative");
            assert!(error["message"].as_str().expect("words").contains(folder), "{error}");
        }
    }
    assert!(!home.work().join("here").exists());
}
