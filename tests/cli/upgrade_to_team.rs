//! Somebody's own instance that becomes a team's: `crewmesh serve` in the home
//! that crewmesh was used in.

use serde_json::Value;

use crate::support::home::Home;
use crate::support::server::Instance;
use crate::support::web::Person;

pub fn json(home: &Home, arguments: &[&str]) -> Value {
    let arguments: Vec<_> = arguments.iter().copied().chain(["--json"]).collect();
    home.run(&arguments).output("").exits(0).json()
}

/// Signs `person` in on the instance in the binary, on the page that the command
/// serves; gives the address of that page.
pub fn sign_in_alone(home: &Home, person: &str) -> url::Url {
    let run = home.run(&["login", "--wait", "60", "--instance", "local"]);
    let mut terminal = run.terminal(200, 24);
    terminal.shows("If somebody else gave you this code");
    let screen = terminal.text();
    let mut link = screen.split_whitespace().filter(|word| word.to_lowercase().starts_with("http"));
    let mut owner = Person::new();
    owner.open(link.next_back().expect("a link"));
    owner.submit("decision", &[("decision", "approve")]);
    terminal.exits(0).whole().shows_at_the_end(&format!("Signed in as {person} on local"));
    owner.page.url
}

pub fn token(home: &Home) -> String {
    let auth: Value = serde_json::from_str(&home.kept("auth.json")).expect("JSON");
    auth["instances"]["local"]["token"].as_str().expect("kept").to_owned()
}

#[test]
fn what_was_one_persons_is_still_theirs_when_it_is_a_teams() {
    let home = Home::new();
    sign_in_alone(&home, "alejandro");
    json(&home, &["create", "alejandro's mesh"]);
    json(&home, &["machine", "register", "-y"]);
    let (before, kept) = (json(&home, &["whoami"]), token(&home));
    let alone = json(&home, &["invite", "--mesh", "alejandros-mesh"]);
    assert_eq!(alone["only_here"], true);
    let said = home.run(&["invite"]).output("").exits(0);
    assert!(said.err.contains("on this computer only") && said.err.contains("crewmesh serve"));

    let mut instance = Instance::in_home(home, &["--sign-up", "invite"]);
    let link = instance.says("first administrator");
    let link = link.split(' ').next_back().expect("a link").to_owned();
    let mut owner = Person::new();
    owner.open(&link);
    let text = owner.page.text();
    assert!(text.contains("yours alone until now"), "{text}");
    assert!(owner.page.html.contains("value=\"alejandro\""), "{}", owner.page.html);
    let fields = [
        ("name", "Alejandro Gutiérrez"),
        ("email", "alejandro@example.org"),
        ("password", "correct horse battery"),
    ];
    owner.submit("/register", &fields);
    assert_eq!(owner.page.url.path(), "/meshes", "{}", owner.page.text());
    assert!(owner.page.text().contains("alejandro's mesh"), "{}", owner.page.text());
    owner.open(&format!("{}/machines", instance.url()));
    assert!(!owner.page.text().contains("No machine yet"), "{}", owner.page.text());
    assert_eq!(owner.open(&format!("{}/admin/members", instance.url())).status, 200);
    // Once.
    let mut eve = Person::new();
    assert_eq!(eve.open(&link).status, 403);

    // The terminal is signed in as before, as the same account, while the
    // instance is served.
    let home = &instance.home;
    let now = json(home, &["whoami"]);
    assert_eq!(now["user"]["id"], before["user"]["id"]);
    assert_eq!(now["user"]["email"], "alejandro@example.org");
    assert_eq!(token(home), kept);
    assert_eq!(json(home, &["list"])["total"], 1);
    assert_eq!(json(home, &["machine", "register", "-y"])["adopted"], true);
    // Whom it invites comes to the team's address, and in.
    assert!(!alone["url"].as_str().expect("a link").starts_with(&instance.url()));
    let invite = json(home, &["invite", "--mesh", "alejandros-mesh"]);
    let invite = invite["url"].as_str().expect("a link").to_owned();
    assert!(invite.starts_with(&format!("{}/i/", instance.url())), "{invite}");
    let mut bo = Person::new();
    bo.open(&invite);
    bo.follow("Create an account");
    let fields =
        [("name", "Bo"), ("email", "bo@example.org"), ("password", "correct horse battery")];
    bo.submit("/register", &fields);
    assert!(bo.page.url.path().starts_with("/joined/"), "{}", bo.page.text());

    // A new sign-in on the owner's own works beside it, even where its pages
    // stood on the very port that is the team's now.
    let port = instance.host().rsplit_once(':').expect("a port").1.to_owned();
    std::fs::write(home.crewmesh().join("instance.port"), &port).expect("written");
    let page = sign_in_alone(home, "Alejandro Gutiérrez <alejandro@example.org>");
    assert_ne!(page.port().map(|port| port.to_string()), Some(port));
    assert_eq!(json(home, &["whoami"])["user"]["id"], before["user"]["id"]);

    // And by the team's address it is the same account and the same machine.
    let url = instance.url();
    let code = json(home, &["login", "--start", "--instance", &url]);
    owner.open(code["verification_uri_complete"].as_str().expect("a link"));
    owner.submit("decision", &[("decision", "approve")]);
    home.run(&["login", "--resume", "--json"]).output("").exits(0);
    let at = ["--instance", url.as_str()];
    let there = json(home, &[&["whoami"][..], &at].concat());
    assert_eq!(there["user"]["id"], before["user"]["id"]);
    let adopted = json(home, &[&["machine", "register", "-y"][..], &at].concat());
    assert_eq!(adopted["adopted"], true);

    // Stopped and started again: nobody is asked to be the first once more,
    // and alone it works on.
    instance.down();
    let home = &instance.home;
    let alone = json(home, &["list", "--instance", "local"]);
    assert_eq!(alone["meshes"][0]["member_count"], 2, "{alone}");
    instance.up();
    instance.says("Whoever has an invite");
    assert!(!instance.said.iter().any(|line| line.contains("first administrator")));
}
