//! Service clients: made by a person at a terminal, used by a program that has
//! two lines in its environment.

use crate::cli::signed_in_person::{Ana, PASSWORD};
use crate::support::home::Home;
use crate::support::server::Instance;

/// Whoever runs the instance, signed in here.
fn root(instance: &mut Instance) -> Ana {
    let said = instance.says("/register?first=");
    let link = said.split(' ').find(|word| word.contains("/register?first="));
    let mut root = Ana { browser: crate::support::web::Person::new(), home: Home::new() };
    root.browser.open(link.expect("a link for the first administrator"));
    let fields = [("name", "Root"), ("email", "root@example.org"), ("password", PASSWORD)];
    root.browser.submit("/register", &fields);
    root.sign_in(instance);
    root
}

fn value(text: &str, name: &str) -> String {
    let line = text.lines().find_map(|line| line.trim_end().strip_prefix(name));
    line.and_then(|rest| rest.strip_prefix('=')).expect("printed").to_owned()
}

#[test]
fn a_service_client_is_made_used_and_revoked() {
    let mut instance = Instance::start();
    let root = root(&mut instance);
    root.json(&["create", "Platform team"]);
    let (said, object) = root.both(&["service", "list"]);
    assert!(said.contains("No service client"), "{said}");
    assert_eq!(object["service_clients"], serde_json::json!([]));

    let create =
        ["service", "create", "ci", "--scope", "profile:read,mesh:read", "--mesh", "platform-team"];
    root.home.run(&create).output("").exits(7);
    let mut terminal = root.home.run(&create).terminal(120, 24);
    terminal.shows("profile:read mesh:read").shows("[y/N]").line("y");
    terminal.shows("Your password on").line(PASSWORD);
    terminal.exits(0).whole().shows_at_the_end("this once");
    let text = terminal.text();
    let (id, secret) = (value(&text, "CREWMESH_CLIENT_ID"), value(&text, "CREWMESH_CLIENT_SECRET"));

    let mut program = Home::new();
    program
        .set("CREWMESH_CLIENT_ID", &id)
        .set("CREWMESH_CLIENT_SECRET", &secret)
        .set("CREWMESH_INSTANCE", instance.url());
    let object = program.run(&["whoami", "--json"]).output("").exits(0).json();
    assert_eq!((&object["via"], &object["user"]["name"]), (&"service".into(), &"ci".into()));
    assert_eq!(object["token"]["source"], "environment");
    assert!(object["token"]["why"].to_string().contains("CREWMESH_CLIENT_ID"), "{object}");
    let object = program.run(&["list", "--json"]).output("").exits(0).json();
    assert_eq!(object["meshes"][0]["slug"], "platform-team");
    // It is in the meshes it was put into since, and in no other.
    root.json(&["create", "Lab"]);
    let add = ["service", "add", "ci", "--mesh", "lab,platform-team"];
    root.home.run(&add).output("").exits(7);
    let mut terminal = root.home.run(&add).terminal(120, 24);
    terminal.shows("Let ci into lab, platform-team?").line("n");
    terminal.exits(0).shows_at_the_end("Nothing was changed");
    let mut terminal = root.home.run(&add).terminal(120, 24);
    terminal.shows("profile:read mesh:read").line("y");
    terminal.exits(0).shows_at_the_end("ci is in lab, platform-team.");
    let object = program.run(&["list", "--json"]).output("").exits(0).json();
    assert_eq!(object["meshes"].as_array().map(Vec::len), Some(2));
    let object = root.json(&["service", "remove", &id, "--mesh", "lab"]);
    assert_eq!(object["meshes"], serde_json::json!(["platform-team"]));
    root.home.run(&["service", "remove", "ci", "--mesh", "nowhere"]).output("").exits(5);
    root.home.run(&["service", "remove", "nobody", "--mesh", "lab"]).output("").exits(5);
    root.home.run(&["service", "add", "ci"]).output("").exits(3);
    // It may do what it was given, and nothing that is a person's.
    program.run(&["create", "Other"]).output("").exits(7);
    program.run(&["token", "create", "x"]).terminal(80, 24).exits(7);
    assert!(!program.crewmesh().join("auth.json").exists(), "nothing was kept");

    let (said, object) = root.both(&["service", "list"]);
    assert!(said.contains("ci") && said.contains("platform-team") && !said.contains(&secret));
    assert_eq!(object["service_clients"][0]["id"], id);
    assert_eq!(root.json(&["service", "revoke", "ci"])["revoked"], true);
    root.home.run(&["service", "revoke", "ci"]).output("").exits(5);
    let said = program.run(&["whoami", "--json"]).output("").exits(2);
    assert_eq!(said.json()["error"]["code"], "client_rejected");
    let said = program.run(&["whoami"]).without("CREWMESH_CLIENT_SECRET").output("").exits(3);
    assert!(said.err.contains("CREWMESH_CLIENT_SECRET"), "{said:#?}");
}

#[test]
fn a_service_client_that_cannot_be_put_where_it_should_is_not_left_behind() {
    let mut instance = Instance::start();
    let root = root(&mut instance);
    let create = ["service", "create", "ci", "--scope", "mesh:read", "--mesh", "nowhere"];
    let mut terminal = root.home.run(&create).terminal(120, 24);
    terminal.shows("[y/N]").line("y").shows("Your password on").line(PASSWORD);
    terminal.exits(5);
    assert_eq!(root.json(&["service", "list"])["total"], 0);
    // Nobody else makes or sees one.
    let ana = Ana::at(&instance);
    ana.home.run(&["service", "list"]).output("").exits(7);
}
