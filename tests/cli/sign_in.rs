//! Signing in and out without the wizard, and what holds in between.

use crate::cli::signed_in_person::Ana;
use crate::support::home::Home;
use crate::support::server::Instance;

#[test]
fn a_script_signs_in_by_code_and_out_again_and_the_token_is_dead() {
    let instance = Instance::start();
    let ana = Ana::at(&instance);
    let (said, object) = ana.both(&["whoami"]);
    assert!(
        said.contains("Ana Gil <ana@example.org>") && said.contains("kept in a file"),
        "{said}"
    );
    assert_eq!(object["user"]["email"], "ana@example.org");
    assert_eq!(object["via"], "session");
    assert_eq!(object["token"]["source"], "stored");
    let (said, object) = ana.both(&["whoami", "--sessions"]);
    assert!(said.contains("(this one)"), "{said}");
    assert_eq!(object["sessions"].as_array().expect("a list").len(), 1);

    let token = ana.token();
    let url = instance.url();
    let alone = Home::new();
    let given = ["whoami", "--json", "--instance", &url, "--token", "-"];
    alone.run(&given).output(&token).exits(0);
    let object = ana.json(&["logout"]);
    assert_eq!(object["signed_out"], true);
    assert_eq!(object["revoked"], true);
    // Dead on the server, not only forgotten here.
    let said = alone.run(&given).output(&token).exits(2);
    let error = &said.json()["error"];
    assert_eq!(error["code"], "token_rejected");
    // Another login would change nothing: what is given goes first.
    let hint = error["hint"].as_str().expect("a hint");
    assert!(hint.contains("--token -") && !hint.contains("crewmesh login"), "{hint}");
    ana.home.run(&["whoami"]).output("").exits(2);
    let (said, object) = ana.both(&["logout"]);
    assert!(said.contains("Nobody was signed in"), "{said}");
    assert_eq!(object["signed_out"], false);
}

#[test]
fn a_code_is_given_again_waited_for_and_refused() {
    let instance = Instance::start();
    let mut ana = Ana::at(&instance);
    let url = instance.url();
    let home = Home::new();
    let start = ["login", "--start", "--json", "--instance", &url];
    let first = home.run(&start).output("").exits(0).json();
    let again = home.run(&start).output("").exits(0).json();
    assert_eq!(first["user_code"], again["user_code"], "whoever lost it gets it again");
    let said = home.run(&["login", "--resume", "--wait", "0", "--json"]).output("").exits(1);
    assert_eq!(said.json()["error"]["code"], "still_pending");
    assert!(said.err.contains(first["user_code"].as_str().expect("a code")), "{said:#?}");
    ana.answer(&again, "deny");
    let said = home.run(&["login", "--resume", "--json"]).output("").exits(1);
    assert_eq!(said.json()["error"]["code"], "refused");
    let said = home.run(&["login", "--resume", "--json"]).output("").exits(5);
    assert_eq!(said.json()["error"]["code"], "nothing_pending");
}

#[test]
fn signing_in_again_ends_the_earlier_session() {
    let instance = Instance::start();
    let mut ana = Ana::at(&instance);
    let earlier = ana.token();
    let said = ana.sign_in(&instance).json();
    assert_eq!(said["replaced"], true);
    assert_ne!(ana.token(), earlier);
    let url = instance.url();
    let given = ["whoami", "--json", "--instance", &url, "--token", "-"];
    Home::new().run(&given).output(&earlier).exits(2);
    ana.home.run(&["whoami"]).output("").exits(0);
}

/// Neither ends the session that the other goes on with, as in the wizard.
#[test]
#[cfg(unix)]
fn a_sign_in_ends_no_session_that_another_terminal_has_just_begun() {
    let instance = Instance::start();
    let mut ana = Ana::at(&instance);
    let url = instance.url();
    let mut waiting =
        ana.home.run(&["login", "--wait", "60", "--instance", &url]).terminal(200, 24);
    waiting.shows("If somebody else gave you this code");
    let screen = waiting.text();
    let link = screen.split_whitespace().rfind(|word| word.to_lowercase().starts_with("http"));
    let code = serde_json::json!({ "verification_uri_complete": link.expect("a link") });
    ana.sign_in(&instance);
    let beside = ana.token();
    ana.answer(&code, "approve");
    waiting.exits(0).whole();
    assert_ne!(ana.token(), beside);
    let given = ["whoami", "--json", "--instance", &url, "--token", "-"];
    Home::new().run(&given).output(&beside).exits(0);
}

#[test]
fn a_token_that_is_given_is_checked_before_it_is_kept() {
    let instance = Instance::start();
    let ana = Ana::at(&instance);
    let url = instance.url();
    let home = Home::new();
    let login = ["login", "--json", "--instance", &url, "--token", "-"];
    let unknown = format!("cm_pat_{}", "a".repeat(52));
    let said = home.run(&login).output(&unknown).exits(2);
    assert_eq!(said.json()["error"]["code"], "token_rejected");
    assert!(!home.crewmesh().join("auth.json").exists(), "nothing was kept");
    let object = home.run(&login).output(&ana.token()).exits(0).json();
    assert_eq!(object["user"]["name"], "Ana Gil");
    assert_eq!(object["store"], "file");
    home.run(&["whoami"]).output("").exits(0);
}

#[test]
fn a_server_that_is_gone_is_said_and_the_local_copy_goes_all_the_same() {
    let mut instance = Instance::start();
    let ana = Ana::at(&instance);
    instance.kill();
    for command in [&["whoami"][..], &["list"], &["logout", "--json"]] {
        ana.home.run(command).output("").exits(4);
    }
    let said = ana.home.run(&["logout"]).output("").exits(0);
    assert!(said.out.contains("Nobody was signed in"), "{said:#?}");
}

#[test]
fn meshes_are_made_and_listed_and_a_taken_name_gets_a_free_one() {
    let instance = Instance::start();
    let ana = Ana::at(&instance);
    let (said, object) = ana.both(&["list"]);
    assert!(said.contains("crewmesh create"), "{said}");
    assert_eq!(object["meshes"], serde_json::json!([]));
    let made = ana.json(&["create", "Platform team"]);
    assert_eq!(made["slug"], "platform-team");
    let said = ana.home.run(&["create", "Platform team", "--json"]).output("").exits(6);
    let error = &said.json()["error"];
    assert_eq!(error["suggestion"], "platform-team-2");
    assert!(error["hint"].as_str().expect("a hint").contains("--slug platform-team-2"));
    let said = ana.home.run(&["create", "Other", "--slug", "platform-team-2"]).output("").exits(0);
    assert!(said.out.contains("platform-team-2"), "{said:#?}");
    let (said, object) = ana.both(&["list"]);
    assert!(said.contains("Platform team") && said.contains("admin"), "{said}");
    assert_eq!(object["total"], 2);
    let said = ana.home.run(&["list", "--lang", "es"]).output("").exits(0);
    assert!(said.out.contains("MALLA"), "{said:#?}");
}

/// The instance in the binary: the owner approves on the page that the waiting
/// command serves, and later commands start it again for themselves.
#[test]
#[cfg(unix)]
fn the_embedded_instance_is_used_by_commands_and_left_by_them() {
    use crate::cli::upgrade_to_team::{json, sign_in_alone, token};

    let home = Home::new();
    sign_in_alone(&home, "alejandro");
    let json = |arguments: &[&str]| json(&home, arguments);
    assert_eq!(json(&["whoami"])["user"]["name"], "alejandro");
    assert_eq!(json(&["create", "alejandro's mesh"])["slug"], "alejandros-mesh");
    assert_eq!(json(&["list"])["total"], 1);
    assert_eq!(json(&["machine", "register", "-y"])["adopted"], false);
    assert_eq!(json(&["status", "--check"])["instances"][0]["state"], "good");
    let token = token(&home);
    assert_eq!(json(&["logout"])["revoked"], true);
    let given = ["whoami", "--json", "--instance", "local", "--token", "-"];
    let said = home.run(&given).output(&token).exits(2);
    assert_eq!(said.json()["error"]["code"], "token_rejected");
}

/// `| head`: whoever read us went away.
#[test]
#[cfg(unix)]
fn a_reader_who_goes_away_is_no_fault() {
    let home = Home::new();
    for command in ["--help", "list --json", "whoami", "login --help"] {
        let line = format!("\"$0\" {command} | true; echo ${{PIPESTATUS[0]}}");
        let program = crate::support::crewmesh().to_str().expect("text").to_owned();
        let said = home.program("bash", &["-c", &line, &program]).output("").exits(0);
        assert!(!said.err.contains("panicked"), "{command}: {said:#?}");
        assert!(["0\n", "2\n"].contains(&said.out.as_str()), "{command}: {said:#?}");
    }
}
