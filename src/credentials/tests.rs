use super::*;

use std::fs;
use std::path::Path;

use crate::credentials::auth_file::keyring_user;
use crate::home;
use crate::home::tests::{ids, set_mode};
use crate::i18n::Language;
use crate::model::{Access, Account, Source, StorePlace, StoreState, Via};
use crate::secret::{Secret, TokenKind};

/// Somebody's home, empty, and the credentials in it; no keyring is asked.
pub(crate) struct Desk {
    desk: home::tests::Desk,
    pub credentials: Credentials,
}

impl std::ops::Deref for Desk {
    type Target = home::tests::Desk;

    fn deref(&self) -> &Self::Target {
        &self.desk
    }
}

impl std::ops::DerefMut for Desk {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.desk
    }
}

impl Desk {
    pub fn new() -> Self {
        Self::with(&[])
    }

    pub fn with(variables: &[(&str, &str)]) -> Self {
        let desk = home::tests::Desk::with(variables);
        let credentials = Credentials { home: desk.home.clone() };
        Self { desk, credentials }
    }

    pub fn sign_in(&self, name: &str) -> Access {
        let access = access(name);
        let place = self.credentials.save(&access, &account(), &StorePlace::File);
        assert_eq!(place.expect("kept"), StorePlace::File);
        access
    }
}

pub(crate) fn instance(name: &str) -> Instance {
    let place = match name {
        "local" => Place::Embedded,
        _ => Place::At(format!("https://{name}/").parse().expect("a URL")),
    };
    Instance { name: name.into(), place, id: Some(format!("id-of-{name}")), signed_in: false }
}

pub(crate) fn access(name: &str) -> Access {
    Access {
        instance: instance(name),
        token: Secret::random_token(TokenKind::Session),
        expires_at: Some(Timestamp::now() + std::time::Duration::from_hours(24 * 90)),
        source: Source::DeviceCode,
    }
}

pub(crate) fn account() -> Account {
    Account {
        id: "u1".into(),
        name: "Alejandro Gutiérrez".into(),
        email: "a@example.org".into(),
        via: Via::Session,
        token_name: "workbench".into(),
        scopes: Vec::new(),
        expires_at: None,
    }
}

#[cfg(unix)]
fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;
    fs::metadata(path).expect("it is there").permissions().mode() & 0o777
}

#[test]
fn a_sign_in_is_there_the_next_time() {
    let desk = Desk::new();
    assert_eq!(desk.credentials.token("mesh.example.org"), Ok(None));
    assert!(!desk.path().exists(), "looking leaves no trace");

    let access = desk.sign_in("mesh.example.org");
    let later = Credentials::new(&desk.env);
    let kept = later.token("mesh.example.org").expect("readable").expect("kept");
    assert_eq!(kept.token, access.token);
    assert_eq!(kept.source, Source::Stored);
    assert_eq!(kept.expires_at, access.expires_at);
    assert!(kept.instance.signed_in);

    let file: serde_json::Value = serde_json::from_str(&desk.text("auth.json")).expect("JSON");
    let entry = &file["instances"]["mesh.example.org"];
    assert_eq!(file["version"], 1);
    assert_eq!(file["default_instance"], "mesh.example.org");
    assert_eq!(entry["url"], "https://mesh.example.org/");
    assert_eq!(entry["instance_id"], "id-of-mesh.example.org");
    assert_eq!(entry["user"]["name"], "Alejandro Gutiérrez");
    assert_eq!(entry["source"], "device-code");
    assert_eq!(entry["store"], "file");
    assert_eq!(entry["token"], access.token.expose());
}

#[test]
fn the_embedded_instance_has_no_address() {
    let desk = Desk::new();
    desk.sign_in("local");
    let file: serde_json::Value = serde_json::from_str(&desk.text("auth.json")).expect("JSON");
    assert!(file["instances"]["local"].get("url").is_none());
    let kept = desk.credentials.token("local").expect("readable").expect("kept");
    assert!(kept.instance.is_embedded());
}

#[test]
fn members_nobody_knows_are_written_back() {
    let desk = Desk::new();
    desk.write(
        "auth.json",
        r#"{"version":1,"colour":{"deep":[1,2]},"instances":{"a.example":
            {"url":"https://a.example/","mood":"good"}}}"#,
    );
    desk.write("state.json", r#"{"version":1,"weather":"rain","instances":{"a.example":{"x":1}}}"#);
    desk.sign_in("a.example");
    desk.sign_in("b.example");
    desk.credentials.remove("a.example", None).expect("signed out");
    desk.home.keep_language(Language::ALL[1]).expect("kept");
    let auth: serde_json::Value = serde_json::from_str(&desk.text("auth.json")).expect("JSON");
    assert_eq!(auth["colour"]["deep"][1], 2);
    assert_eq!(auth["instances"]["a.example"]["mood"], "good");
    let state: serde_json::Value = serde_json::from_str(&desk.text("state.json")).expect("JSON");
    assert_eq!(state["weather"], "rain");
    assert_eq!(state["instances"]["a.example"]["x"], 1);
    assert_eq!(desk.home.language(), Language::parse("es"));
}

#[test]
fn a_damaged_file_is_said_left_alone_and_quarantined_on_request() {
    let desk = Desk::new();
    let access = desk.sign_in("mesh.example.org");
    let whole = desk.text("auth.json");
    let wrong_type = whole.replace("\"expires_at\": \"", "\"expires_at\": \"cm_pat_secret");
    let cut = (1..whole.trim_end().len()).step_by(7).map(|end| whole.get(..end).unwrap_or("{"));
    for broken in cut.chain(["", "[]", "\u{0}\u{0}\u{0}", "<html>", &wrong_type]) {
        desk.write("auth.json", broken);
        let error = desk.credentials.auth().expect_err("damaged");
        assert_eq!((error.kind, error.code.as_str()), (ErrorKind::NotSignedIn, "auth_corrupt"));
        let said = format!("{error:?}");
        assert!(!said.contains("secret") && !said.contains(access.token.expose()), "{said}");
        // Nothing that comes after changes it.
        let again = desk.credentials.save(&access, &account(), &StorePlace::File);
        assert_eq!(again.expect_err("damaged").code, "auth_corrupt");
        assert!(desk.credentials.remove("mesh.example.org", None).is_err());
        assert_eq!(desk.text("auth.json"), broken);
    }
    let broken = desk.text("auth.json");
    let name = desk.credentials.quarantine().expect("quarantined");
    assert!(name.starts_with("auth.json.corrupt-2"), "{name}");
    assert_eq!(desk.text(&name), broken);
    assert_eq!(desk.credentials.auth(), Ok(AuthFile::default()));
    assert_eq!(desk.credentials.quarantine().expect_err("nothing to do").code, "not_corrupt");
    desk.sign_in("mesh.example.org");

    // Two in one second: neither is lost.
    desk.write("auth.json", "one");
    let one = desk.credentials.quarantine().expect("quarantined");
    desk.write("auth.json", "two");
    let two = desk.credentials.quarantine().expect("quarantined");
    assert_eq!((desk.text(&one), desk.text(&two)), ("one".into(), "two".into()));
}

#[test]
fn marks_that_an_editor_left_around_a_file_are_not_read() {
    let desk = Desk::new();
    let access = desk.sign_in("mesh.example.org");
    desk.home.keep_language(Language::ALL[1]).expect("kept");
    for file in ["auth.json", "state.json"] {
        let text = desk.text(file);
        desk.write(file, &format!("\u{feff}\u{200b}{text}\u{feff}"));
    }
    let kept = desk.credentials.token("mesh.example.org").expect("readable").expect("kept");
    assert_eq!(kept.token, access.token);
    assert_eq!(desk.home.language(), Language::parse("es"));
}

#[test]
fn a_newer_file_is_neither_read_nor_written() {
    let desk = Desk::new();
    desk.write("auth.json", r#"{"version":2,"instances":{}}"#);
    let error = desk.credentials.auth().expect_err("newer");
    assert_eq!((error.kind, error.code.as_str()), (ErrorKind::NotSignedIn, "auth_newer"));
}

#[cfg(unix)]
#[test]
fn modes_are_narrow_and_wider_ones_repaired_and_said() {
    let desk = Desk::new();
    let access = desk.sign_in("mesh.example.org");
    let home = desk.path();
    assert_eq!(mode(&home), 0o700);
    assert_eq!(mode(&home.join("locks")), 0o700);
    for file in ["auth.json", "state.json", "locks/auth.lock"] {
        assert_eq!(mode(&home.join(file)), 0o600, "{file}");
    }
    assert_eq!(ids(desk.home.take_notes()), Vec::<&str>::new());

    set_mode(&home, 0o755);
    set_mode(&home.join("auth.json"), 0o644);
    let kept = desk.credentials.token("mesh.example.org").expect("readable").expect("kept");
    assert_eq!(kept.token, access.token);
    assert_eq!((mode(&home), mode(&home.join("auth.json"))), (0o700, 0o600));
    let notes = desk.home.take_notes();
    assert!(notes[0].arguments.contains(&("mode", "0755".into())), "{notes:?}");
    assert_eq!(ids(notes), ["keep-home-repaired", "keep-file-repaired"]);
    assert!(desk.home.take_notes().is_empty(), "said once");
}

#[test]
fn a_home_that_is_no_folder_is_refused() {
    let desk = Desk::new();
    fs::write(desk.path(), "a file").expect("written");
    let error = desk.credentials.auth().expect_err("refused");
    assert_eq!(error.code, "home_no_folder");
    assert!(matches!(desk.credentials.probe(), StoreState::Nowhere { .. }));
    let nowhere = Credentials::new(&Environment::of([("A", "b")].into_iter().collect()));
    assert_eq!(nowhere.auth().expect_err("no home").code, "no_home");
}

#[cfg(unix)]
#[test]
fn what_is_written_is_what_was_read_also_behind_a_link() {
    let desk = Desk::new();
    desk.sign_in("a.example");
    let elsewhere = tempfile::tempdir().expect("a folder");
    for file in ["auth.json", "state.json"] {
        let (link, target) = (desk.path().join(file), elsewhere.path().join(file));
        fs::rename(&link, &target).expect("moved");
        std::os::unix::fs::symlink(&target, &link).expect("linked");
    }
    let behind = || fs::read_to_string(elsewhere.path().join("auth.json")).expect("there");
    let access = desk.sign_in("b.example");
    assert!(behind().contains(access.token.expose()));
    for name in ["a.example", "b.example"] {
        desk.credentials.remove(name, None).expect("signed out");
    }
    assert!(!behind().contains("cm_session_"), "{}", behind());
    for file in ["auth.json", "state.json"] {
        assert!(desk.path().join(file).is_symlink(), "{file}");
        assert_eq!(mode(&elsewhere.path().join(file)), 0o600);
    }
    // Not made yet, and round in a circle.
    let dangling = desk.path().join("auth.json");
    fs::remove_file(elsewhere.path().join("auth.json")).expect("gone");
    desk.sign_in("c.example");
    assert!(behind().contains("cm_session_"));
    fs::remove_file(&dangling).expect("ours");
    std::os::unix::fs::symlink(&dangling, &dangling).expect("linked");
    assert!(desk.credentials.auth().is_err());
}

#[test]
fn what_a_killed_writer_left_is_swept_away() {
    let desk = Desk::new();
    desk.sign_in("a.example");
    let stale = desk.path().join(".auth.json.new-abc");
    fs::write(&stale, "half").expect("written");
    desk.sign_in("b.example");
    assert!(!stale.exists());
}

#[test]
fn signing_out_compares_first_and_forgets_nothing_else() {
    let desk = Desk::new();
    let first = desk.sign_in("mesh.example.org");
    let second = desk.sign_in("mesh.example.org");
    let remove = |token| desk.credentials.remove("mesh.example.org", token);
    assert_eq!(remove(Some(&first.token)), Ok(false), "another window signed in meanwhile");
    assert!(desk.credentials.token("mesh.example.org").expect("readable").is_some());
    assert_eq!(remove(Some(&second.token)), Ok(true));
    assert_eq!(remove(Some(&second.token)), Ok(false));
    assert!(!desk.text("auth.json").contains("cm_session_"));
    let auth = desk.credentials.auth().expect("readable");
    assert_eq!(auth.default_instance.as_deref(), Some("mesh.example.org"));
    let known = auth.instance("mesh.example.org").expect("still known");
    assert!(!known.signed_in);
    assert_eq!(known.id.as_deref(), Some("id-of-mesh.example.org"));

    assert_eq!(desk.credentials.forget_instance("mesh.example.org"), Ok(true));
    assert_eq!(desk.credentials.forget_instance("mesh.example.org"), Ok(false));
    assert_eq!(desk.credentials.auth().expect("readable").list(), []);
}

#[test]
fn instances_are_known_before_anybody_signs_in() {
    let desk = Desk::new();
    let found = instance("mesh.example.org");
    desk.credentials.add_instance(&found).expect("put down");
    desk.credentials
        .change_settings(&found, |settings| settings.insecure_http = true)
        .expect("set");
    assert!(desk.credentials.settings(&found).expect("readable").insecure_http);
    assert_eq!(
        desk.credentials.auth().expect("readable").instance(&found.name),
        Some(found.clone())
    );
    // Signing in and out leaves what the person set.
    desk.sign_in("mesh.example.org");
    desk.credentials.remove("mesh.example.org", None).expect("signed out");
    assert!(desk.credentials.settings(&found).expect("readable").insecure_http);

    let other =
        Instance { place: Place::At("https://evil.example/".parse().expect("a URL")), ..found };
    let error = desk.credentials.add_instance(&other).expect_err("the name is taken");
    assert_eq!(
        (error.kind, error.code.as_str()),
        (ErrorKind::AlreadyExists, "instance_name_taken")
    );

    assert_eq!(
        desk.credentials.set_default("nowhere").expect_err("unknown").kind,
        ErrorKind::NotFound
    );
    desk.sign_in("b.example");
    desk.credentials.set_default("mesh.example.org").expect("known");
    let names: Vec<_> = desk.credentials.auth().expect("readable").list();
    let names: Vec<_> = names.iter().map(|instance| instance.name.as_str()).collect();
    assert_eq!(names, ["mesh.example.org", "b.example"]);
}

#[test]
fn an_id_belongs_to_the_address_it_is_known_at() {
    let desk = Desk::new();
    desk.sign_in("mesh.example.org");
    let id = Some("id-of-mesh.example.org".to_owned());
    let evil = Instance { id: id.clone(), ..instance("evil.example") };
    let refused = desk.credentials.add_instance(&evil).expect_err("another's id");
    assert_eq!(
        (refused.kind, refused.code.as_str()),
        (ErrorKind::AlreadyExists, "instance_known_elsewhere")
    );
    let access = Access { instance: evil.clone(), ..access("evil.example") };
    let refused = desk.credentials.save(&access, &account(), &StorePlace::File);
    assert_eq!(refused.expect_err("another's id").code, "instance_known_elsewhere");
    // It comes to say so later.
    desk.sign_in("evil.example");
    assert!(desk.credentials.save(&access, &account(), &StorePlace::File).is_err());
    // The one in the binary may become a team's, and is no address.
    desk.sign_in("local");
    let team = Instance { id: Some("id-of-local".into()), ..instance("team.example") };
    desk.credentials.add_instance(&team).expect("the same database");
    // The person knows that it moved.
    desk.credentials.moved(&evil).expect("forgotten there");
    desk.credentials.save(&access, &account(), &StorePlace::File).expect("kept");
    assert_eq!(desk.credentials.token("mesh.example.org"), Ok(None));
}

#[test]
fn a_keyring_item_is_named_by_its_origin() {
    let one = keyring_user(&instance("mesh.example.org"), "u1");
    let same_ids = Instance { id: instance("mesh.example.org").id, ..instance("evil.example") };
    assert_ne!(one, keyring_user(&same_ids, "u1"));
    // One that was named before is found under its name, by its own entry
    // alone: an entry made now never leads to it.
    let desk = Desk::new();
    let entry = |name: &str, more: &str| {
        format!(
            r#""{name}":{{"url":"https://{name}/","instance_id":"i","store":"keyring",
                "user":{{"id":"u1","name":"A","email":""}}{more}}}"#
        )
    };
    let read = |entries: &[String]| {
        let text = format!(r#"{{"version":1,"instances":{{{}}}}}"#, entries.join(","));
        desk.write("auth.json", &text);
        desk.credentials.auth().expect("read")
    };
    let new = entry("new.example", r#","item_by_origin":true"#);
    let auth = read(&[entry("old.example", ""), new]);
    let item = |name: &str| auth.instances[name].keyring_user(name);
    assert_eq!(item("old.example").as_deref(), Some("i/u1"));
    assert_eq!(item("new.example").as_deref(), Some("https://new.example i/u1"));
    assert!(!auth.shares_keyring_item("old.example") && !auth.shares_keyring_item("new.example"));
    // Two that were: whose token is in it, nobody knows.
    let auth = read(&[entry("old.example", ""), entry("evil.example", "")]);
    assert!(auth.shares_keyring_item("old.example") && auth.shares_keyring_item("evil.example"));
    let lost = desk.credentials.token("evil.example").expect_err("not another's");
    assert_eq!(lost.code, "keyring_lost");
}

#[test]
fn two_hosts_never_share_a_name() {
    let desk = Desk::new();
    desk.sign_in("a.example");
    let auth = desk.credentials.auth().expect("readable");
    let name = |url: &str| auth.name_for(&url.parse().expect("a URL"));
    assert_eq!(name("https://a.example"), "a.example");
    assert_eq!(name("http://a.example"), "a.example-2");
    assert_eq!(name("https://a.example:8443"), "a.example:8443");
    assert_eq!(name("https://local"), "local-2");
}

#[test]
fn a_servers_word_is_kept_for_the_next_start() {
    let desk = Desk::new();
    desk.sign_in("mesh.example.org");
    let now = Timestamp::now() + std::time::Duration::from_hours(2);
    let end = Some(now + std::time::Duration::from_hours(24));
    desk.credentials.verified("mesh.example.org", now, end).expect("kept");
    desk.credentials.verified("nobody.example", now, end).expect("nothing to keep");
    let auth = desk.credentials.auth().expect("readable");
    assert_eq!(auth.instances["mesh.example.org"].verified_at, Some(now));
    assert_eq!(auth.instances["mesh.example.org"].expires_at, end);
    assert!(!auth.instances.contains_key("nobody.example"));
}

#[test]
fn many_at_once_lose_nothing_and_never_read_half() {
    let desk = Desk::new();
    let reading = std::sync::atomic::AtomicBool::new(true);
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            while reading.load(std::sync::atomic::Ordering::Relaxed) {
                desk.credentials.auth().expect("whole at every moment");
            }
        });
        let writers: Vec<_> = (0..6)
            .map(|writer| {
                let desk = &desk;
                scope.spawn(move || {
                    for round in 0..5 {
                        desk.sign_in(&format!("w{writer}-{round}.example"));
                    }
                })
            })
            .collect();
        for writer in writers {
            writer.join().expect("saved");
        }
        reading.store(false, std::sync::atomic::Ordering::Relaxed);
        reader.join().expect("read");
    });
    assert_eq!(desk.credentials.auth().expect("readable").instances.len(), 30);
}

/// A newer crewmesh may keep a token in a member that this one does not know.
#[test]
fn what_is_not_known_is_written_back_and_shown_nowhere() {
    let text = r#"{"version":1,"spare":{"token":"hunter2"},"instances":{"mesh.example.org":
        {"url":"https://mesh.example.org/","refresh_token":"hunter2","token":"hunter2"}}}"#;
    let file = AuthFile::parse(text.as_bytes(), "auth.json").expect("it is read");
    assert!(!format!("{file:?}").contains("hunter2"), "{file:?}");
    let written = serde_json::to_value(&file).expect("JSON");
    assert_eq!(written["spare"]["token"], "hunter2");
    assert_eq!(written["instances"]["mesh.example.org"]["refresh_token"], "hunter2");
    // Found by the property: numbers that were another after each writing.
    let text = r#"{"version":1,"later":[118446744073709551616.5,2.5e-7,-1.5e300]}"#;
    let file = AuthFile::parse(text.as_bytes(), "auth.json").expect("it is read");
    let written = serde_json::to_vec(&file).expect("JSON");
    assert_eq!(AuthFile::parse(&written, "auth.json").expect("it is read"), file);
}
