//! Signing in at a provider with a device code from the command line: what is shown, what
//! each end of it is told as, and that the token is seen nowhere.

use serde_json::json;

use crate::cli::upgrade_to_team::sign_in_alone;
use crate::support::github_device::{Decision, Fault, GitHubDevice, USER_CODE};
use crate::support::home::{Home, Run};
use crate::support::qr;

/// Somebody on their own instance, which is known at `github`.
fn at_home(github: &GitHubDevice) -> Home {
    let mut home = Home::new();
    for (name, value) in github.variables() {
        home.set(name, value);
    }
    sign_in_alone(&home, "alejandro");
    home
}

fn connect(home: &Home) -> Run {
    home.run(&["connect", "github", "--way", "device"])
}

#[test]
fn a_code_is_shown_and_whoever_approves_it_is_connected() {
    let github = GitHubDevice::start();
    let home = at_home(&github);
    let mut terminal = home.run(&["connect", "github", "--label", "work"]).terminal(80, 40);
    terminal.shows("How should GitHub be connected?");
    terminal.shows("1  Sign in at GitHub with a code").shows("Choose [1]:").line("");
    terminal.shows("https://github.com/login/device").shows(USER_CODE);
    terminal.wait("a QR code", |screen| qr::on_screen(screen).is_some());
    let light = terminal.look(qr::on_screen).expect("it is there");
    assert_eq!(qr::decoded(&light), "https://github.com/login/device");
    terminal.shows("Waiting for GitHub 14:5").shows("Ctrl+C stops");
    github.is().faults.push_back(Fault::Status(503));
    terminal.shows("GitHub does not answer as it should; it is asked again.");
    github.is().decision = Decision::Approved;
    terminal.exits(0).shows_at_the_end("GitHub (work, anagil) is connected");
    assert!(!terminal.raw().contains("gho_"));
    terminal.whole();
    assert!(!terminal.text().contains("Waiting"), "{}", terminal.text());
}

#[test]
fn where_there_is_no_room_the_words_do() {
    let github = GitHubDevice::start();
    let home = at_home(&github);
    let mut terminal = connect(&home).terminal(40, 12);
    terminal.shows("https://github.com/login/device").shows(USER_CODE).shows("Waiting for GitHub");
    assert!(terminal.look(|screen| qr::on_screen(screen).is_none()));
    terminal.press("ctrl+c");
    terminal.exits(130);
    terminal.whole();
    assert_eq!(home.run(&["providers", "--json"]).output("").exits(0).json()["total"], 0);
}

#[test]
fn a_script_gets_an_object_and_whoever_reads_along_the_code() {
    let github = GitHubDevice::start();
    let home = at_home(&github);
    github.is().decision = Decision::Approved;
    let said = home.run(&["connect", "github", "--way", "device", "--json"]).output("").exits(0);
    let object = said.json();
    assert_eq!((&object["way"], &object["holder"]), (&json!("device"), &json!("anagil")));
    assert!(said.err.contains(USER_CODE) && said.err.contains("github.com/login/device"));
    assert!(said.err.contains("Waiting for GitHub. Ctrl+C stops it."), "{said:#?}");
    assert!(!said.err.contains('\u{1b}') && !said.out.contains("gho_"), "{said:#?}");
    let ways = home.run(&["providers", "--json"]).output("").exits(0).json();
    assert_eq!(ways["connections"][0]["way"], "device");
    let mut known = ways["providers"].as_array().expect("a list").iter();
    let known = known.find(|one| one["name"] == "github").expect("it is known");
    assert_eq!(known["ways"], json!(["device", "vendor", "import", "token"]));
    let said = home.run(&["disconnect", "github", "-y"]).output("").exits(0);
    assert!(said.out.contains("github.com/settings/applications"), "{said:#?}");
}

#[test]
fn what_is_no_sign_in_is_told_and_nothing_is_kept() {
    let github = GitHubDevice::start();
    let home = at_home(&github);
    for (decision, code) in
        [(Decision::Denied, "access_denied"), (Decision::Expired, "expired_token")]
    {
        github.is().decision = decision;
        let said =
            home.run(&["connect", "github", "--way", "device", "--json"]).output("").exits(1);
        assert_eq!(said.json()["error"]["code"], code, "{said:#?}");
    }
    let said = connect(&home).output("").exits(1);
    assert!(said.err.contains("crewmesh connect github --way device"), "{said:#?}");
    github.is().is_off = true;
    let said = connect(&home).output("").exits(1);
    assert!(said.err.contains("gives no code") && said.err.contains("explicitly"), "{said:#?}");
    let client = "CREWMESH_PROVIDER_GITHUB_CLIENT_ID";
    let said = connect(&home).without(client).output("").exits(3);
    assert!(said.err.contains(client), "it says what to give: {said:#?}");
    home.run(&["connect", "openai", "--way", "device"]).output("").exits(3);
    assert_eq!(home.run(&["providers", "--json"]).output("").exits(0).json()["total"], 0);
}

#[test]
fn a_file_about_providers_that_makes_no_sense_is_refused_by_its_line() {
    let github = GitHubDevice::start();
    let home = at_home(&github);
    let file = home.path().join("providers.toml");
    std::fs::write(&file, "[github.device]\nclient = \"hunter2\"\n").expect("a file");
    let said = connect(&home).with("CREWMESH_PROVIDERS", &file).output("").exits(3);
    assert!(said.err.contains("providers.toml") && said.err.contains("line 2"), "{said:#?}");
    assert!(said.err.contains("`client`") && !said.err.contains("hunter2"), "{said:#?}");
    let serve = home.run(&["serve", "--listen", "127.0.0.1:0"]);
    let said = serve.with("CREWMESH_PROVIDERS", &file).output("").exits(3);
    assert!(said.err.contains("line 2"), "{said:#?}");
    let serve = home.run(&["serve", "--listen", "127.0.0.1:0", "--providers", "/nowhere"]);
    serve.output("").exits(3);
    let said = connect(&home).with("CREWMESH_PROVIDER_GITHUB_CLIENT_ID", "a b").output("").exits(3);
    assert!(said.err.contains("CREWMESH_PROVIDER_GITHUB_CLIENT_ID"), "{said:#?}");
}
