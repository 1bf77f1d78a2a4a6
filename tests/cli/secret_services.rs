//! Where a sign-in is kept when the keyring asks, says no, is closed or fails, and
//! what is said of it: the words and the place, with a service that follows the
//! documented protocol.

use serde_json::{Value, json};

use crate::cli::person_only::made;
use crate::cli::signed_in_person::Ana;
use crate::support::home::{Home, Said};
use crate::support::need;
use crate::support::secret_service::{Owner, ScriptedService, Taking};
use crate::support::server::Instance;

/// Somebody with a token, and a home with such a service.
struct World {
    instance: Instance,
    token: String,
    home: Home,
    service: ScriptedService,
}

impl World {
    fn new() -> Option<Self> {
        if !need("keyring") {
            return None;
        }
        let instance = Instance::start();
        let ana = Ana::at(&instance);
        let token = made(&ana, "ci");
        let mut home = Home::new();
        let service = ScriptedService::start(&mut home);
        Some(Self { instance, token, home, service })
    }

    /// Signs in with the token, where nobody can be asked.
    fn login(&self) -> Said {
        let url = self.instance.url();
        let said = self.home.run(&["login", "--json", "--instance", &url, "--token", "-"]);
        said.output(&self.token)
    }

    fn left_behind(&self) -> Value {
        let state: Value = serde_json::from_str(&self.home.kept("state.json")).expect("JSON");
        state["left_in_keyring"].clone()
    }
}

/// Nothing that only a programmer knows.
#[track_caller]
fn in_plain_words(text: &str) {
    for word in ["org.freedesktop", "zbus", "D-Bus", "object path", "SS error"] {
        assert!(!text.contains(word), "{text}");
    }
}

#[test]
fn a_keyring_that_asks_each_program_is_waited_for_where_somebody_sits() {
    let Some(world) = World::new() else { return };
    let url = world.instance.url();
    world.service.nature().asks = Some(Owner::Yes);
    let login = ["login", "--instance", &url, "--token", "-"];
    let mut terminal = world.home.run(&login).terminal(100, 24);
    terminal.shows("Access token").line(&world.token);
    terminal.exits(0).whole().shows_at_the_end("The keyring asks for permission");
    terminal.shows_at_the_end("Kept in the keyring");
    assert_eq!(world.service.nature().asked, 1, "once, as the next process would be");
    assert_eq!(world.service.stored().as_deref(), Some(&*world.token));
    assert!(!world.home.kept("auth.json").contains("cm_pat_"));

    // The next process is another program to it.
    let said = world.home.run(&["whoami", "--json"]).output("").exits(2);
    assert_eq!(said.json()["error"]["code"], "keyring_asks");
    assert!(said.err.contains("asks for permission"), "{said:#?}");
    assert_eq!(world.service.nature().asked, 1, "nobody is there to answer");
    let mut terminal = world.home.run(&["whoami"]).terminal(100, 24);
    terminal.exits(0).whole().shows_at_the_end("which asks for permission");
    terminal.shows_at_the_end("Ana Gil");
    world.service.nature().asks = Some(Owner::No);
    let mut terminal = world.home.run(&["whoami", "--lang", "es"]).terminal(100, 24);
    terminal.exits(2).whole().shows_at_the_end("el llavero dijo que no");
}

#[test]
fn a_no_is_called_so_and_the_sign_in_goes_to_a_file() {
    let Some(world) = World::new() else { return };
    let url = world.instance.url();
    world.service.nature().asks = Some(Owner::No);
    let mut terminal =
        world.home.run(&["login", "--instance", &url, "--token", "-"]).terminal(100, 24);
    terminal.shows("Access token").line(&world.token);
    terminal.exits(0).whole().shows_at_the_end("only you can read (the keyring said no)");
    assert_eq!(world.service.stored(), None, "it is not in two places");
    world.home.run(&["whoami"]).output("").exits(0);
}

#[test]
fn somebody_who_is_away_is_waited_for_until_ctrl_c() {
    let Some(world) = World::new() else { return };
    let url = world.instance.url();
    world.service.nature().asks = Some(Owner::Away);
    let login = ["login", "--instance", &url, "--token", "-"];
    let mut terminal = world.home.run(&login).terminal(100, 24);
    terminal.shows("Access token").line(&world.token);
    terminal.shows("The keyring asks for permission");
    world.service.is_asked();
    assert!(terminal.runs());
    terminal.press("ctrl+c");
    terminal.exits(130);
}

#[test]
fn without_a_terminal_a_keyring_that_asks_is_passed_over_and_that_is_said() {
    let Some(world) = World::new() else { return };
    world.service.nature().asks = Some(Owner::Away);
    world.service.nature().asks_to_delete = true;
    let said = world.login().exits(0).json();
    assert_eq!(said["store"], "file");
    assert_eq!(said["store_why"], "the keyring asks for permission first");
    assert_eq!(world.service.nature().asked, 0);
    // What it holds is remembered, and goes once its owner says yes.
    assert_eq!(world.left_behind()[0]["instance"], world.instance.host());
    world.service.nature().asks = Some(Owner::Yes);
    let mut terminal = world.home.run(&["logout"]).terminal(100, 24);
    terminal.exits(0).whole().shows_at_the_end("answer it there");
    assert_eq!((world.service.stored(), world.left_behind()), (None, Value::Null));
}

#[test]
fn a_service_without_an_open_collection_is_no_keyring_and_says_so() {
    let Some(world) = World::new() else { return };
    world.service.nature().has_collection = false;
    let url = world.instance.url();
    let login = ["login", "--instance", &url, "--token", "-"];
    let said = world.home.run(&login).output(&world.token).exits(0);
    let why = "(the keyring has no open collection: unlock or create one)";
    assert!(said.out.contains(why), "{said:#?}");
    let mut forced = world.home.run(&login).with("CREWMESH_STORE", "keyring");
    let said = forced.output(&world.token).exits(1);
    assert!(said.err.contains("Nothing was kept") && said.err.contains("CREWMESH_STORE=file"));
    assert!(!said.err.contains("CREWMESH_HOME"), "{said:#?}");
    // A locked one has its reason too.
    world.service.nature().has_collection = true;
    world.service.nature().locked = true;
    let said = world.home.run(&login).output(&world.token).exits(0);
    assert!(said.out.contains("(the keyring is locked)"), "{said:#?}");
    forced = forced.with("LANG", "es_ES.UTF-8");
    let said = forced.output(&world.token);
    assert!(said.code != Some(0) && said.err.contains("bloqueado"), "{said:#?}");
}

#[test]
fn a_write_that_fails_is_told_in_plain_words() {
    let Some(world) = World::new() else { return };
    let url = world.instance.url();
    let login = ["login", "--instance", &url, "--token", "-"];
    for (taking, why) in [
        (Taking::Fails, "the keyring did not do what it was asked"),
        (Taking::Forgets, "the keyring did not keep what it was given"),
    ] {
        world.service.nature().taking = taking;
        let said = world.home.run(&login).output(&world.token).exits(0);
        assert!(said.out.contains(&format!("only you can read ({why})")), "{said:#?}");
        in_plain_words(&(said.out + &said.err));
        let home = &world.home;
        let forced = home.run(&login).with("CREWMESH_STORE", "keyring").output(&world.token);
        let forced = forced.exits(1);
        let told: Vec<_> = forced.err.lines().collect();
        let wanted = format!(
            "✘ Nothing was kept: CREWMESH_STORE asks for the keyring, and {why}; \
             CREWMESH_STORE=file would keep it in a file"
        );
        assert_eq!(told, [wanted], "one sentence");
    }
}

#[test]
fn a_token_in_a_locked_keyring_is_signed_out_of_and_goes_once_it_opens() {
    let Some(world) = World::new() else { return };
    assert_eq!(world.login().exits(0).json()["store"], "keyring");
    assert_eq!(world.service.stored().as_deref(), Some(&*world.token));
    world.service.nature().locked = true;
    let said = world.home.run(&["logout"]).output("").exits(0);
    assert!(said.out.contains("still works elsewhere") && !said.out.contains("session"));
    assert!(said.err.contains("the keyring is locked") && !said.err.contains("session"));
    assert_eq!(world.left_behind()[0]["instance"], world.instance.host());
    // Closed still: nothing happens, and nothing more is said.
    let object = world.home.run(&["logout", "--json"]).output("").exits(0).json();
    assert_eq!((&object["signed_out"], &object["left_in_keyring"]), (&json!(false), &json!(true)));
    world.service.nature().locked = false;
    let said = world.home.run(&["whoami"]).output("").exits(2);
    assert!(said.err.contains("out of the keyring now"), "{said:#?}");
    assert_eq!((world.service.stored(), world.left_behind()), (None, Value::Null));
}

#[test]
fn what_was_left_behind_and_is_kept_again_stays() {
    let Some(world) = World::new() else { return };
    world.login().exits(0);
    world.service.nature().locked = true;
    world.home.run(&["logout"]).output("").exits(0);
    world.service.nature().locked = false;
    assert_eq!(world.login().exits(0).json()["store"], "keyring");
    world.home.run(&["whoami"]).output("").exits(0);
    assert_eq!(world.service.stored().as_deref(), Some(&*world.token));
    assert_eq!(world.left_behind(), Value::Null);
}
