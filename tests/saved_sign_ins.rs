//! Keeping a sign-in on a real machine: several processes at once, a real
//! Secret Service, disks that are full or read-only. What acts is this test
//! binary again, started as another process ([`act`]), so that the process
//! under test has an environment of its own.

use std::collections::BTreeMap;
use std::process::Stdio;

use crewmesh::credentials::Credentials;
use crewmesh::credentials::auth_file::LOCAL;
use crewmesh::environment::Environment;
use crewmesh::error::AppError;
use crewmesh::model::{Access, Account, Instance, Place, Source, StorePlace, StoreState, Via};
use crewmesh::secret::{Secret, TokenKind};
use serde_json::{Value, json};

use crate::support::home::{Home, Run, Said};
#[cfg(target_os = "linux")]
use crate::support::{keyring::Keyring, need};

const MESH: &str = "mesh.example.org";
const ACT: &str = "CREWMESH_TEST_ACT";

/// What another process is to do: words in a variable. A test that does
/// nothing when nobody asks.
#[test]
fn act() {
    let Ok(words) = std::env::var(ACT) else { return };
    let env = Environment::gather();
    let credentials = Credentials::new(&env);
    let words: Vec<_> = words.split(' ').collect();
    let answer = match words[..] {
        ["probe"] => json!(place(&credentials.probe())),
        ["save", name, place] => saved(&credentials, name, place),
        ["token", name] => token(credentials.token(name)),
        ["unlock", name] => token(credentials.token_unlocking(name)),
        ["remove", name] => match credentials.remove(name, None) {
            Ok(removed) => json!(removed),
            Err(error) => fault(&error),
        },
        ["many", prefix] => {
            for number in 0..5 {
                saved(&credentials, &format!("{prefix}-{number}.example"), "file");
            }
            json!("done")
        }
        #[cfg(target_os = "linux")]
        ["lock"] => lock_default_collection(),
        _ => panic!("nobody knows how to {words:?}"),
    };
    let notes: Vec<_> = credentials.home().take_notes().iter().map(|note| note.id).collect();
    println!("\nANSWER {}", json!({ "answer": answer, "notes": notes }));
}

fn place(state: &StoreState) -> &'static str {
    match state {
        StoreState::Keyring => "keyring",
        StoreState::KeyringLocked => "locked",
        StoreState::File { because } | StoreState::Nowhere { because } => because.id,
    }
}

fn token(token: Result<Option<Access>, AppError>) -> Value {
    match token {
        Ok(access) => json!(access.map(|access| access.token.expose().to_owned())),
        Err(error) => fault(&error),
    }
}

fn fault(error: &AppError) -> Value {
    json!({ "code": error.code, "exit": error.kind.exit_code() })
}

fn saved(credentials: &Credentials, name: &str, place: &str) -> Value {
    let place = match place {
        "keyring" => StorePlace::Keyring,
        _ => StorePlace::File,
    };
    let instance = match name {
        LOCAL => Instance::local(),
        _ => Instance {
            name: name.into(),
            place: Place::At(format!("https://{name}/").parse().expect("a URL")),
            id: Some(format!("id-of-{name}")),
            signed_in: false,
        },
    };
    let token = Secret::random_token(TokenKind::Session);
    let access =
        Access { instance, token: token.clone(), expires_at: None, source: Source::DeviceCode };
    let account = Account {
        id: "u1".into(),
        name: "Alejandro".into(),
        email: "a@example.org".into(),
        via: Via::Session,
        token_name: "workbench".into(),
        scopes: Vec::new(),
        expires_at: None,
    };
    match credentials.save(&access, &account, &place) {
        Ok(place) => json!({ "place": format!("{place:?}"), "token": token.expose() }),
        Err(error) => fault(&error),
    }
}

#[cfg(target_os = "linux")]
fn lock_default_collection() -> Value {
    use secret_service::{EncryptionType, blocking::SecretService};
    let service = SecretService::connect(EncryptionType::Plain).expect("a keyring is there");
    let collection = service.get_default_collection().expect("it has a default");
    collection.lock().expect("it can be locked");
    json!(collection.is_locked().expect("it says"))
}

/// This binary, doing that in that home.
fn acting(home: &Home, words: &str) -> Run {
    let this = std::env::current_exe().expect("a test binary");
    home.program(this, &["--exact", "saved_sign_ins::act", "--nocapture"]).with(ACT, words)
}

#[track_caller]
fn heard(said: &Said) -> Value {
    let line = said.out.lines().find_map(|line| line.strip_prefix("ANSWER "));
    let line = line.unwrap_or_else(|| panic!("no answer: {said:#?}"));
    serde_json::from_str(line).expect("JSON")
}

#[track_caller]
fn answer(home: &Home, words: &str) -> Value {
    heard(&acting(home, words).output(""))["answer"].take()
}

fn kept(home: &Home) -> Value {
    serde_json::from_str(&home.kept("auth.json")).expect("whole")
}

#[test]
fn several_processes_save_at_once_and_nothing_is_lost() {
    let home = Home::new();
    let children: Vec<_> = (0..6)
        .map(|number| {
            acting(&home, &format!("many p{number}"))
                .command()
                .stdout(Stdio::null())
                .spawn()
                .expect("this binary can be started")
        })
        .collect();
    let path = home.crewmesh().join("auth.json");
    let mut running = children;
    while !running.is_empty() {
        running.retain_mut(|child| match child.try_wait().expect("ours") {
            Some(status) => {
                assert!(status.success());
                false
            }
            None => true,
        });
        // Whole at every moment at which it is looked at.
        if let Ok(text) = std::fs::read_to_string(&path) {
            let _: Value = serde_json::from_str(&text).expect("never half a file");
        }
    }
    let instances: BTreeMap<String, Value> =
        serde_json::from_value(kept(&home)["instances"].take()).expect("a map");
    assert_eq!(instances.len(), 30);
    assert!(instances.values().all(|entry| entry["token"].is_string()));
}

#[test]
fn two_processes_sign_in_to_one_instance_and_one_whole_sign_in_stays() {
    let home = Home::new();
    let run = |_| {
        let words = format!("save {MESH} file");
        acting(&home, &words).command().stdout(Stdio::null()).spawn().expect("started")
    };
    let children: Vec<_> = (0..4).map(run).collect();
    for mut child in children {
        assert!(child.wait().expect("ours").success());
    }
    let token = answer(&home, &format!("token {MESH}"));
    assert_eq!(TokenKind::of(token.as_str().expect("a token")), Ok(TokenKind::Session));
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_or_read_only_disk_is_said_and_what_was_kept_stays() {
    if !need("mounts") {
        return;
    }
    let home = Home::new();
    let this = std::env::current_exe().expect("a test binary");
    let script = r#"
        set -eu
        mount -t tmpfs -o size=256k,mode=700 none "$HOME/.crewmesh"
        act() { CREWMESH_TEST_ACT="$1" "$0" --exact saved_sign_ins::act --nocapture | grep ANSWER; }
        act "save first.example file"
        before=$(cat "$HOME/.crewmesh/auth.json")
        same() { test "$before" = "$(cat "$HOME/.crewmesh/auth.json")" && echo same; }
        dd if=/dev/zero of="$HOME/.crewmesh/ballast" bs=4k 2>/dev/null || true
        act "save second.example file"
        act "probe"
        same
        act "remove first.example"
        grep -c '"token"' "$HOME/.crewmesh/auth.json" || true
        rm "$HOME/.crewmesh/ballast"
        act "save first.example file"
        act "save third.example file"
        before=$(cat "$HOME/.crewmesh/auth.json")
        mount -o remount,ro "$HOME/.crewmesh"
        act "save fourth.example file"
        act "probe"
        act "remove first.example"
        act "token first.example"
        same
        ls -A "$HOME/.crewmesh"
    "#;
    std::fs::create_dir(home.crewmesh()).expect("an empty home");
    let run =
        home.program("unshare", &["-Urm", "sh", "-c", script, this.to_str().expect("Unicode")]);
    let said = run.output("").exits(0);
    let lines: Vec<_> = said.out.lines().map(|line| line.trim_start_matches("ANSWER ")).collect();
    let answer = |line: usize| -> Value {
        serde_json::from_str(lines[line])
            .map_or(Value::Null, |mut said: Value| said["answer"].take())
    };
    assert_eq!(answer(0)["place"], "File", "{said:#?}");
    assert_eq!(answer(1), json!({ "code": "disk_full", "exit": 1 }));
    assert_eq!(answer(2), "keep-disk-full");
    assert_eq!(lines[3], "same");
    assert_eq!(answer(4), true, "signing out needs no room");
    assert_eq!(lines[5], "0", "the token is gone");
    assert_eq!(answer(6)["place"], "File");
    assert_eq!(answer(7)["place"], "File");
    assert_eq!(answer(8), json!({ "code": "home_read_only", "exit": 1 }));
    assert_eq!(answer(9), "keep-read-only");
    assert_eq!(answer(10)["code"], "home_read_only");
    assert_eq!(answer(11), answer(6)["token"], "reading goes on");
    assert_eq!(lines[12], "same");
    assert_eq!(lines[13..], ["auth.json", "locks", "state.json"], "nothing half is left");
}

#[cfg(unix)]
#[test]
fn a_home_of_somebody_else_is_refused() {
    let home = Home::new();
    let folder = home.crewmesh();
    std::fs::create_dir(&folder).expect("an empty home");
    if std::os::unix::fs::chown(&folder, Some(12345), None).is_err() {
        eprintln!("skipped: only root can give a folder away");
        return;
    }
    let refused = answer(&home, &format!("save {MESH} file"));
    assert_eq!(refused, json!({ "code": "home_of_another", "exit": 1 }));
    assert_eq!(answer(&home, "probe"), "keep-home-of-another");
    assert_eq!(std::fs::read_dir(folder).expect("readable").count(), 0);
}

#[cfg(target_os = "linux")]
#[test]
fn without_a_keyring_it_is_a_file_and_that_is_said() {
    if !need("keyring") {
        return;
    }
    let mut home = Home::new();
    assert_eq!(answer(&home, "probe"), "keep-keyring-none", "no bus");
    let refused = answer(&home, &format!("save {MESH} keyring"));
    assert_eq!(refused, json!({ "code": "keyring_absent", "exit": 1 }));
    // The bus starts one that was never set up.
    let _bus = Keyring::bus_only(&mut home);
    assert_eq!(answer(&home, "probe"), "keep-keyring-no-collection");
    let refused = answer(&home, &format!("save {MESH} keyring"));
    assert_eq!(refused, json!({ "code": "keyring_no_collection", "exit": 1 }));
    assert!(!home.crewmesh().join("auth.json").exists());
    // The token is still the caller's, and another place takes it.
    let saved = answer(&home, &format!("save {MESH} file"));
    assert_eq!(answer(&home, &format!("token {MESH}")), saved["token"]);
    home.set("CREWMESH_STORE", "keyring");
    assert_eq!(answer(&home, "probe"), "keep-keyring-forced");
}

#[cfg(target_os = "linux")]
#[test]
fn a_real_keyring_keeps_a_sign_in() {
    if !need("keyring") {
        return;
    }
    let mut home = Home::new();
    let _keyring = Keyring::unlocked(&mut home);
    assert_eq!(answer(&home, "probe"), "keyring");
    let saved = answer(&home, &format!("save {MESH} keyring"));
    assert_eq!(saved["place"], "Keyring");
    assert_eq!(answer(&home, &format!("token {MESH}")), saved["token"], "another process");

    let entry = &kept(&home)["instances"][MESH];
    assert_eq!(entry["store"], "keyring");
    assert!(!home.kept("auth.json").contains("cm_session_"));
    let user = format!("https://{MESH} id-of-{MESH}/u1");
    let lookup = ["lookup", "service", "crewmesh", "username", &user];
    let look = || home.program("secret-tool", &lookup).output("").out;
    assert_eq!(Some(look().as_str()), saved["token"].as_str(), "under the documented name");

    // A new sign-in replaces the old one; one kept in a file takes it away.
    let again = answer(&home, &format!("save {MESH} keyring"));
    assert_eq!(Some(look().as_str()), again["token"].as_str());
    answer(&home, &format!("save {MESH} file"));
    assert_eq!(look(), "");
    answer(&home, &format!("save {MESH} keyring"));
    assert_eq!(answer(&home, &format!("remove {MESH}")), true);
    assert_eq!(look(), "");
    assert_eq!(answer(&home, &format!("token {MESH}")), Value::Null);

    // Gone behind our back.
    answer(&home, &format!("save {MESH} keyring"));
    home.program("secret-tool", &["clear", "service", "crewmesh"]).output("");
    let lost = answer(&home, &format!("token {MESH}"));
    assert_eq!(lost, json!({ "code": "keyring_lost", "exit": 2 }));
}

#[cfg(target_os = "linux")]
#[test]
fn a_locked_keyring_is_said_to_be_locked_and_is_not_opened_on_the_way() {
    if !need("keyring") {
        return;
    }
    let mut home = Home::new();
    let _keyring = Keyring::unlocked(&mut home);
    answer(&home, &format!("save {MESH} keyring"));
    assert_eq!(answer(&home, "lock"), true);
    assert_eq!(answer(&home, "probe"), "locked");
    let locked = answer(&home, &format!("token {MESH}"));
    assert_eq!(locked, json!({ "code": "keyring_locked", "exit": 2 }));
    assert_eq!(answer(&home, "probe"), "locked", "nothing unlocked it");
    // Nobody is there who could ask for the password: the answer is that it
    // stayed locked, not a wait without end, and the token is not lost.
    let refused = answer(&home, "save other.example keyring");
    assert_eq!(refused, json!({ "code": "keyring_locked", "exit": 1 }));
    assert_eq!(answer(&home, &format!("unlock {MESH}"))["code"], "keyring_locked");
    // The same for a command: said at once without a terminal, and at one only
    // after its owner was asked.
    let arguments = ["whoami", "--instance", MESH];
    let said = home.run(&arguments).output("").exits(2);
    assert!(said.err.contains("the keyring is locked"), "{said:?}");
    assert!(!said.err.contains("asks to be unlocked"), "{said:?}");
    let mut terminal = home.run(&arguments).terminal(100, 24);
    terminal.exits(2).whole().shows_at_the_end("asks to be unlocked");
    terminal.shows_at_the_end("the keyring is locked");
    // Signing out does not wait for its owner: the local copy always goes.
    let said = heard(&acting(&home, &format!("remove {MESH}")).output(""));
    assert_eq!(said, json!({ "answer": true, "notes": ["keep-left-in-keyring"] }));
}

#[cfg(target_os = "linux")]
#[test]
fn two_processes_sign_in_through_one_keyring_and_file_and_keyring_agree() {
    if !need("keyring") {
        return;
    }
    let mut home = Home::new();
    let _keyring = Keyring::unlocked(&mut home);
    let run = |_| {
        let words = format!("save {MESH} keyring");
        acting(&home, &words).command().stdout(Stdio::piped()).spawn().expect("started")
    };
    let children: Vec<_> = (0..3).map(run).collect();
    let tokens: Vec<_> = children
        .into_iter()
        .map(|child| {
            let output = child.wait_with_output().expect("ours");
            let out = String::from_utf8(output.stdout).expect("UTF-8");
            heard(&Said { code: Some(0), out, err: String::new() })["answer"]["token"].take()
        })
        .collect();
    let token = answer(&home, &format!("token {MESH}"));
    assert!(token.is_string() && tokens.contains(&token), "{token} of {tokens:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_keyring_that_never_answers_is_given_up_on() {
    if !need("keyring") {
        return;
    }
    let mut home = Home::new();
    let keyring = Keyring::unlocked(&mut home);
    answer(&home, &format!("save {MESH} keyring"));
    keyring.stall();
    assert_eq!(answer(&home, "probe"), "keep-keyring-no-answer");
    let slow = answer(&home, &format!("token {MESH}"));
    assert_eq!(slow, json!({ "code": "keyring_slow", "exit": 2 }));
    let refused = answer(&home, "save other.example keyring");
    assert_eq!(refused, json!({ "code": "keyring_slow", "exit": 1 }));
    let said = heard(&acting(&home, &format!("save {MESH} file")).output(""));
    assert_eq!(said["answer"]["place"], "File");
    assert_eq!(said["notes"], json!(["keep-left-in-keyring"]), "the old token is still in it");
}
