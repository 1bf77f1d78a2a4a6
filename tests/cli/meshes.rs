//! Meshes and who is in them, from the command line; the rules are the server's.

use serde_json::{Value, json};

use crate::cli::person_only::made;
use crate::cli::signed_in_person::Ana;
use crate::support::home::Home;
use crate::support::server::Instance;

/// Ana's mesh, with Eva in it.
struct Team {
    instance: Instance,
    ana: Ana,
    eva: Ana,
}

impl Team {
    fn new() -> Self {
        let instance = Instance::start();
        let ana = Ana::at(&instance);
        let eva = Ana::called(&instance, "Eva Ruiz", "eva@example.org");
        ana.json(&["create", "Platform team"]);
        let invite = ana.json(&["invite"]);
        eva.json(&["join", invite["url"].as_str().expect("a link"), "-y"]);
        Self { instance, ana, eva }
    }
}

#[track_caller]
fn refused(who: &Ana, arguments: &[&str], code: i32, word: &str) -> Value {
    let json: Vec<_> = arguments.iter().copied().chain(["--json"]).collect();
    let object = who.home.run(&json).output("").exits(code).json();
    assert_eq!(object["error"]["code"], word, "{object}");
    object
}

#[test]
fn members_are_listed_changed_and_removed() {
    let Team { instance, ana, eva } = Team::new();
    let (said, object) = ana.both(&["members"]);
    assert!(said.contains("Ana Gil (you)") && said.contains("eva@example.org"), "{said}");
    assert_eq!((&object["mesh"], &object["total"]), (&json!("platform-team"), &json!(2)));
    let of = |object: &Value, name: &str| {
        let all = object["members"].as_array().expect("a list").clone();
        all.into_iter().find(|one| one["name"] == name).expect("a member")
    };
    let hers = of(&object, "Eva Ruiz");
    assert_eq!((&hers["role"], &hers["you"]), (&json!("member"), &json!(false)));
    assert_eq!(of(&object, "Ana Gil")["you"], true);
    // By name, by address, by id; the mesh by its name.
    refused(&eva, &["members", "role", "Ana Gil", "member"], 7, "not_an_admin");
    let changed = ana.json(&["members", "role", "Eva Ruiz", "admin", "--mesh", "Platform team"]);
    assert_eq!((&changed["role"], &changed["email"]), (&json!("admin"), &hers["email"]));
    let said = eva.home.run(&["members", "role", "EVA@example.org", "member", "--lang", "es"]);
    assert!(said.output("").exits(0).out.contains("permiso «miembro»"));
    // A mesh keeps an administrator, whoever asks.
    let object = refused(&ana, &["members", "role", "ana@example.org", "member"], 7, "last_admin");
    assert!(object["error"]["hint"].as_str().is_some_and(|hint| hint.contains("members role")));
    refused(&ana, &["members", "role", "Nobody", "admin"], 5, "not_found");
    ana.home.run(&["members", "role", "Eva Ruiz", "owner"]).output("").exits(3);

    let said = ana.home.run(&["members", "remove", "Eva Ruiz"]).output("").exits(3);
    assert!(said.err.contains("-y"), "{said:#?}");
    let mut terminal = ana.home.run(&["members", "remove", "Eva Ruiz"]).terminal(80, 24);
    terminal.shows("Take Eva Ruiz out of Platform team? [y/N]").line("");
    terminal.exits(0).whole().shows_at_the_end("Nothing was changed");
    let id = hers["id"].as_str().expect("an id");
    assert_eq!(ana.json(&["members", "remove", id, "-y"])["removed"], true);
    refused(&eva, &["members", "platform-team"], 5, "not_found");
    assert_eq!(ana.json(&["members", "platform-team"])["total"], 1);
    // By a token too.
    let token = made(&ana, "ci");
    let url = instance.url();
    let script = Home::new();
    let list = ["members", "platform-team", "--json", "--instance", &url, "--token", "-"];
    let object = script.run(&list).output(&token).exits(0).json();
    assert_eq!(object["members"][0]["you"], true);
}

#[test]
fn a_mesh_is_renamed_left_and_deleted() {
    let Team { instance: _instance, ana, eva } = Team::new();
    let (said, object) = ana.both(&["mesh", "rename", "Crew"]);
    assert!(said.contains("Crew") && said.contains("platform-team"), "{said}");
    assert_eq!((&object["name"], &object["slug"]), (&json!("Crew"), &json!("platform-team")));
    refused(&eva, &["mesh", "rename", "Mine"], 7, "not_an_admin");
    refused(&eva, &["mesh", "delete", "Crew", "-y"], 7, "not_an_admin");
    refused(&ana, &["mesh", "leave", "platform-team", "-y"], 7, "last_admin");
    let said = eva.home.run(&["mesh", "leave", "platform-team"]).output("").exits(3);
    assert!(said.err.contains("-y"), "{said:#?}");
    eva.json(&["list"]);
    assert!(eva.home.kept("state.json").contains("platform-team"));
    let (said, _) = eva.both(&["list"]);
    assert!(said.contains("Crew"), "{said}");
    let left = eva.json(&["mesh", "leave", "Crew", "-y"]);
    assert_eq!((&left["left"], &left["slug"]), (&json!(true), &json!("platform-team")));
    assert!(!eva.home.kept("state.json").contains("platform-team"), "nothing is remembered");
    assert_eq!(eva.json(&["list"])["total"], 0);
    refused(&eva, &["mesh", "leave", "Crew", "-y"], 5, "not_found");

    let mut terminal = ana.home.run(&["mesh", "delete", "Crew", "--lang", "es"]).terminal(80, 24);
    terminal.shows("¿Borrar Crew").shows("[s/N]").line("n");
    terminal.exits(0).whole().shows_at_the_end("No ha cambiado nada");
    assert_eq!(ana.json(&["mesh", "delete", "Crew", "-y"])["deleted"], true);
    assert_eq!(ana.json(&["list"])["total"], 0);
}

#[test]
fn what_a_token_may_not_do_is_said_with_its_name_and_the_right() {
    let Team { instance, ana, .. } = Team::new();
    let mut terminal = ana
        .home
        .run(&["token", "create", "laptop", "--scope", "profile:read,machine:read"])
        .terminal(100, 24);
    terminal.shows("[y/N]").line("y").shows("Your password on");
    terminal.line(crate::cli::signed_in_person::PASSWORD);
    terminal.exits(0).whole();
    let text = terminal.text();
    let token = text.lines().find(|line| line.starts_with("cm_pat_")).expect("printed").trim_end();
    let url = instance.url();
    let home = Home::new();
    let run = |lang: &str| {
        let register = ["machine", "register", "--location", "DE", "--lang", lang];
        let with = register.into_iter().chain(["--instance", &url, "--token", "-"]);
        home.run(&with.collect::<Vec<_>>()).output(token).exits(7)
    };
    let said = run("en");
    let wanted = "Your token “laptop” may not add or change machines (machine:write)";
    assert!(said.err.contains(wanted), "{said:#?}");
    let wanted = "Tu token «laptop» no puede añadir ni cambiar máquinas (machine:write)";
    assert!(run("es").err.contains(wanted));
    let list = ["list", "--json", "--instance", &url, "--token", "-"];
    let object = home.run(&list).output(token).exits(7).json();
    assert_eq!(object["error"]["code"], "insufficient_scope");
}
