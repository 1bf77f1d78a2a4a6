//! Instances, invites, machines and what is remembered of them: each command
//! in both forms against a real instance.

use crate::cli::signed_in_person::Ana;
use crate::support::home::Home;
use crate::support::server::Instance;

#[test]
fn an_instance_is_added_used_and_removed_with_its_session() {
    let instance = Instance::start();
    let mut ana = Ana::at(&instance);
    let (said, object) = ana.both(&["instance", "list"]);
    assert!(said.contains("(default)") && said.contains("Ana Gil <ana@example.org>"), "{said}");
    assert_eq!(object["instances"][0]["signed_in"], true);
    // Added again by who is signed in there: nobody is sent to sign in.
    let said = ana.home.run(&["instance", "add", &instance.url()]).output("").exits(0);
    assert!(!said.out.contains("crewmesh login"), "{said:#?}");
    let token = ana.token();
    let (url, host) = (instance.url(), instance.host());
    let said = ana.home.run(&["instance", "remove", &host, "--json"]).output("").exits(0);
    assert_eq!(said.json()["revoked"], true);
    let given = ["whoami", "--json", "--instance", &url, "--token", "-"];
    ana.home.run(&given).output(&token).exits(2);

    let (said, object) = ana.both(&["instance", "add", &url, "--name", "team"]);
    assert!(said.contains("team"), "{said}");
    assert_eq!(object["url"], format!("{url}/"));
    let said = ana.home.run(&["instance", "use", "team", "--json"]).output("").exits(0);
    assert_eq!(said.json()["default"], true);
    ana.home.run(&["instance", "use", "nowhere"]).output("").exits(5);
    ana.home.run(&["instance", "remove", "nowhere"]).output("").exits(5);
    let said = ana.home.run(&["instance", "add", &url, "--name", "a b"]).output("").exits(3);
    assert!(said.err.contains("a b"), "{said:#?}");
    ana.sign_in(&instance);
    assert_eq!(ana.json(&["whoami"])["instance"], "team");
}

#[test]
fn an_instance_that_is_none_is_not_added() {
    let home = Home::new();
    let said = home.run(&["instance", "add", "http://127.0.0.1:9"]).output("").exits(4);
    assert!(said.err.contains("127.0.0.1:9"), "{said:#?}");
    let object = home.run(&["instance", "list", "--json"]).output("").exits(0).json();
    let names = object["instances"].as_array().expect("a list");
    assert!(names.iter().all(|one| one["name"] == "local"), "{object}");
    // http off this computer is asked about, and nobody can be asked here.
    let said = home.run(&["instance", "add", "http://192.0.2.1"]).output("").exits(7);
    assert!(said.err.contains("--insecure-http"), "{said:#?}");
}

#[test]
fn status_tells_four_answers_apart() {
    let mut instance = Instance::start();
    let ana = Ana::at(&instance);
    let (said, object) = ana.both(&["status"]);
    assert!(said.contains("In use: 127.0.0.1"), "{said}");
    assert_eq!(object["instances"][0]["state"], "not_checked");
    let (said, object) = ana.both(&["status", "--check"]);
    assert!(said.contains("good"), "{said}");
    assert_eq!(object["instances"][0]["state"], "good");
    // Ended elsewhere: rejected, and kept until the next login.
    let sessions = ana.json(&["whoami", "--sessions"]);
    let id = sessions["sessions"][0]["id"].as_str().expect("an id");
    ana.home.run(&["whoami", "--revoke", id]).output("").exits(0);
    let said = ana.home.run(&["status", "--check", "--json"]).output("").exits(2);
    let object = said.json();
    assert_eq!(object["instances"][0]["state"], "rejected");
    assert_eq!((&object["status"], &object["exit_code"]), (&"error".into(), &2.into()));
    ana.home.run(&["whoami"]).output("").exits(2);
    assert!(!ana.token().is_empty());
    instance.kill();
    let said = ana.home.run(&["status", "--check", "--json"]).output("").exits(4);
    assert_eq!(said.json()["instances"][0]["state"], "unreachable");
    let said = Home::new().run(&["status", "--check", "--json"]).output("").exits(2);
    assert_eq!(said.json()["instances"][0]["state"], "signed_out");
    Home::new().run(&["status"]).output("").exits(0);
}

#[test]
fn an_invite_is_made_listed_used_and_taken_back() {
    let instance = Instance::start();
    let ana = Ana::at(&instance);
    let eve = Ana::called(&instance, "Eva Ruiz", "eva@example.org");
    let said = ana.home.run(&["invite", "--json"]).output("").exits(5);
    assert_eq!(said.json()["error"]["code"], "no_mesh");
    ana.json(&["create", "Platform team"]);
    // The only mesh there is; the link alone on stdout.
    let said = ana.home.run(&["invite"]).output("").exits(0);
    let link = said.out.trim_end();
    assert!(link.starts_with(&instance.url()) && !link.contains(char::is_whitespace), "{said:#?}");
    assert!(said.err.contains("Platform team"), "{said:#?}");
    // Of an instance under a loopback address it is said that it opens nowhere else.
    assert!(said.err.contains("only on the computer that the instance runs on"), "{said:#?}");
    assert!(said.err.contains("--public-url"), "{said:#?}");
    let made = ana.home.run(&["invite", "--json", "--uses", "2"]).output("").exits(0).json();
    assert_eq!(made["only_here"], true, "{made}");

    // Nobody can be asked here: -y says yes.
    let said = eve.home.run(&["join", link, "--json"]).output("").exits(3);
    assert!(said.json()["error"]["hint"].as_str().expect("a hint").contains("-y"));
    let joined = eve.json(&["join", link, "-y"]);
    assert_eq!(joined["slug"], "platform-team");
    assert_eq!(joined["role"], "member");
    // In it already: nobody is asked, although nobody could answer.
    let said = eve.home.run(&["join", link]).output("").exits(0);
    assert!(said.out.contains("already"), "{said:#?}");
    assert_eq!((&joined["already"], &said.err[..]), (&false.into(), ""));
    let made = ana.json(&["invite", "--uses", "5"]);
    let open = made["url"].as_str().expect("a link");
    assert_eq!(eve.json(&["join", open])["already"], true);
    // Members cannot invite.
    let said = eve.home.run(&["invite", "--json"]).output("").exits(7);
    assert_eq!(said.json()["status"], "error");
    assert!(said.err.contains("administrator of the mesh"), "{said:#?}");

    let made = ana.json(&[
        "invite",
        "--mesh",
        "Platform team",
        "--role",
        "admin",
        "--uses",
        "5",
        "--expires-in",
        "2w",
        "--email",
        "leo@example.org",
    ]);
    assert_eq!((&made["role"], &made["max_uses"]), (&"admin".into(), &5.into()));
    let (said, list) = ana.both(&["invite", "list"]);
    assert!(said.contains("leo@example.org") && said.contains("0/5"), "{said}");
    let id = made["id"].as_str().expect("an id");
    assert!(list["invites"].as_array().expect("a list").iter().any(|one| one["id"] == id));
    ana.json(&["invite", "revoke", id]);
    let code = made["code"].as_str().expect("a code");
    let leo = Ana::called(&instance, "Leo Paz", "leo@example.org");
    let said = leo.home.run(&["join", code, "-y", "--json"]).output("").exits(5);
    assert!(said.err.contains("taken back"), "{said:#?}");
    let said = ana.home.run(&["invite", "revoke", "nothing"]).output("").exits(5);
    assert!(said.err.contains("“nothing”") && said.err.contains("invite list"), "{said:#?}");
    // Two meshes: neither is guessed.
    ana.json(&["create", "Second"]);
    let said = ana.home.run(&["invite", "--json"]).output("").exits(3);
    let hint = said.json()["error"]["hint"].as_str().expect("a hint").to_owned();
    assert!(hint.contains("--mesh") && hint.contains("second"), "{hint}");
    ana.home.run(&["invite", "--mesh", "third"]).output("").exits(5);
}

#[test]
fn an_invite_of_another_instance_takes_no_token_there() {
    let (here, there) = (Instance::start(), Instance::start());
    let ana = Ana::at(&here);
    let link = format!("{}/i/abcd2efgh3ijkl4mnop5", there.url());
    // Nobody is signed in there.
    let said = ana.home.run(&["join", &link, "-y", "--json"]).output("").exits(2);
    assert_eq!(said.json()["error"]["code"], "not_signed_in");
    let url = here.url();
    let said = ana.home.run(&["join", &link, "-y", "--json", "--instance", &url]).output("");
    let said = said.exits(3);
    assert_eq!(said.json()["error"]["code"], "invite_elsewhere");
    assert!(said.err.contains(&there.host()) && said.err.contains(&here.host()), "{said:#?}");
}

#[test]
fn a_machine_is_registered_once_renamed_located_and_removed() {
    let instance = Instance::start();
    let mut ana = Ana::at(&instance);
    let (said, object) = ana.both(&["machine", "list"]);
    assert!(said.contains("machine register"), "{said}");
    assert_eq!(object["machines"], serde_json::json!([]));
    ana.home.run(&["machine", "rename", "X"]).output("").exits(5);
    // Nobody can confirm the place, and it is never left out in silence.
    let said = ana.home.run(&["machine", "register", "Radiology", "--json"]).output("").exits(3);
    assert!(said.json()["error"]["hint"].as_str().expect("a hint").contains("--location"));
    let made = ana.json(&["machine", "register", "Radiology", "-y"]);
    assert_eq!((&made["slug"], &made["location"]), (&"radiology".into(), &"DE".into()));
    assert_eq!(made["adopted"], false);
    let again = ana.json(&["machine", "register", "Other", "--location", "later"]);
    assert_eq!((&again["adopted"], &again["name"]), (&true.into(), &"Radiology".into()));
    let register = ["machine", "register", "Lab", "--location", "ES", "--slug", "lab"];
    let (said, again) = ana.both(&register);
    for told in ["machine rename \"Lab\"", "machine locate ES", "short name is fixed"] {
        assert!(said.contains(told), "{told}: {said}");
    }
    assert_eq!(again["unchanged"], serde_json::json!(["name", "slug", "location"]));
    let (said, again) = ana.both(&["machine", "register", "Radiology", "--location", "DE"]);
    assert_eq!((said.lines().count(), &again["unchanged"]), (1, &serde_json::json!([])));
    let renamed = ana.json(&["machine", "rename", "Radiology 3"]);
    assert_eq!((&renamed["name"], &renamed["slug"]), (&"Radiology 3".into(), &"radiology".into()));
    let moved = ana.json(&["machine", "locate", "spain", "--machine", "radiology"]);
    assert_eq!((&moved["location"], &moved["this"]), (&"ES".into(), &true.into()));
    let (said, _) = ana.both(&["machine", "list"]);
    assert!(said.contains("Radiology 3 (this machine)") && said.contains("ES (Spain)"), "{said}");
    ana.home.run(&["machine", "remove", "nothing", "-y"]).output("").exits(5);
    let said = ana.home.run(&["machine", "remove", "radiology"]).output("").exits(3);
    assert!(said.err.contains("-y"), "{said:#?}");
    assert_eq!(ana.json(&["machine", "remove", "radiology", "-y"])["removed"], true);
    ana.home.set("CREWMESH_LOCATION", "FR");
    assert_eq!(ana.json(&["machine", "register"])["location"], "FR");
}

#[test]
fn what_is_remembered_is_brought_in_line() {
    let instance = Instance::start();
    let ana = Ana::at(&instance);
    ana.json(&["create", "One"]);
    let object = ana.json(&["sync"]);
    assert_eq!((&object["total"], &object["added"]), (&1.into(), &serde_json::json!(["one"])));
    let (said, object) = ana.both(&["sync"]);
    assert!(said.contains("One mesh"), "{said}");
    assert_eq!(object["added"], serde_json::json!([]));
    assert!(ana.home.kept("state.json").contains("\"one\""));
}

/// Nobody is asked for what cannot be made.
#[test]
#[cfg(unix)]
fn a_session_that_is_over_is_found_out_before_anything_is_asked() {
    let instance = Instance::start();
    let ana = Ana::at(&instance);
    let sessions = ana.json(&["whoami", "--sessions"]);
    let id = sessions["sessions"][0]["id"].as_str().expect("an id");
    ana.home.run(&["whoami", "--revoke", id]).output("").exits(0);
    for command in
        [&["token", "create", "ci"][..], &["service", "create", "ci", "--scope", "mesh:read"]]
    {
        let mut terminal = ana.home.run(command).terminal(100, 24);
        terminal.exits(2).whole();
        assert!(!terminal.text().contains("[y/N]"), "{}", terminal.text());
    }
}

/// The answer that is preselected ends it.
#[test]
#[cfg(unix)]
fn a_link_to_an_instance_that_is_not_wanted_ends_with_enter() {
    let home = Home::new();
    let link = "https://mesh.example.org/i/abcd2efgh3ijkl4mnop5";
    let mut terminal = home.run(&["join", link]).terminal(100, 24);
    terminal.shows("not used on this machine yet").press("enter");
    terminal.exits(0).whole();
    assert!(!home.crewmesh().join("auth.json").exists());
}

/// A file that came with somebody else's code decides nothing by itself.
#[test]
fn a_directory_that_nobody_was_asked_about_is_ignored_and_that_is_said() {
    let instance = Instance::start();
    let ana = Ana::at(&instance);
    let file = ana.home.work().join(".crewmesh.toml");
    std::fs::write(&file, format!("instance = \"{}\"\n", instance.host())).expect("written");
    let said = ana.home.run(&["whoami"]).output("").exits(0);
    assert!(said.err.contains(".crewmesh.toml") && said.out.contains("default"), "{said:#?}");
}

#[test]
#[cfg(target_os = "linux")]
fn an_answer_that_no_disk_takes_is_told_and_what_was_made_for_it_is_not_left_behind() {
    let instance = Instance::start();
    let ana = Ana::at(&instance);
    ana.json(&["create", "Platform team"]);
    let program = crate::support::crewmesh().to_str().expect("a plain path");
    let into_full = |command: &str| {
        let script = format!("exec \"$0\" {command} >/dev/full");
        ana.home.program("sh", &["-c", &script, program]).output("").exits(1)
    };
    for command in ["list", "list --json", "whoami", "completions bash", "man"] {
        let said = into_full(command);
        assert!(said.err.contains("stdout did not take"), "{command}: {said:#?}");
    }
    let said = into_full("invite");
    assert!(said.err.contains("taken back"), "{said:#?}");
    let invites = ana.json(&["invite", "list"]);
    assert_eq!(invites["total"], 0, "{invites}");
}
