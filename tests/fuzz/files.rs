//! What files hold that somebody else may have written: a newer version, an editor,
//! half a disk, an enemy with a repository.

use crewmesh::credentials::auth_file::AuthFile;
use crewmesh::environment::Environment;
use crewmesh::home::directory_file::{FILE_NAME, Found, find};
use crewmesh::home::pending;
use crewmesh::home::state::StateFile;
use crewmesh::slug::is_slug;
use crewmesh::time_point::TimePoint;

use super::typed::said;
use crate::support::cases::{hold, hold_for, is_shown_as_it_is, json, seldom, texts};

const AUTH: [&str; 2] = [
    r#"{"version":1,"default_instance":"mesh.example.org","instances":{"mesh.example.org":{
        "url":"https://mesh.example.org/","instance_id":"i1","user":{"id":"u1","name":"Ana",
        "email":"ana@example.org"},"source":"device-code","created_at":"2026-11-21T08:00:00Z",
        "expires_at":null,"store":"file","token":"cm_pat_hunter2","newer":{"a":[1,2.5]}}},"later":true}"#,
    r#"{"version":1,"instances":{"local":{"settings":{"client_id":"x","insecure_http":true},
        "store":"keyring"},"b":{"url":"http://127.0.0.1:7437/","store":"keyring","user":{"id":"2","name":""}}}}"#,
];

#[test]
fn a_file_of_sign_ins_is_written_back_as_it_was_read_and_told_by_its_place_alone() {
    hold(json(&AUTH), |text| match AuthFile::parse(text.as_bytes(), "auth.json") {
        Ok(file) => {
            let written = serde_json::to_vec(&file).expect("JSON");
            let again = AuthFile::parse(&written, "auth.json").expect("what was written");
            assert_eq!(again, file, "{text}");
            let kept = file.instances.values().filter_map(|entry| entry.token.as_ref());
            for token in kept.filter(|token| token.expose().contains("hunter2")) {
                assert!(!format!("{token:?} {file:?}").contains("cm_pat_hunter2"), "{text}");
            }
            for instance in file.list() {
                assert_eq!(file.instance(&instance.name).as_ref(), Some(&instance));
            }
        }
        Err(error) => {
            let said = said(&error);
            assert!(
                !said.contains("hunter2") && !format!("{error:?}").contains("hunter2"),
                "{said}"
            );
            assert!(is_shown_as_it_is(&said), "{said:?}");
        }
    });
}

const STATE: [&str; 1] = [r#"{"version":1,"language":"es","store":{"place":"file","chosen":true},
    "instances":{"mesh.example.org":{"meshes":["platform"],"directories":{"/work/one":{
    "mesh":"platform","machine":"m-1","name":"Ana","role":"lead","agent":"shell","program":"/bin/sh",
    "at":"2026-11-21T08:00:00Z"}},"x":1}},"directory_files":{"ab":true},"later":[1.5]}"#];

#[test]
fn choices_are_written_back_as_they_were_read() {
    hold(json(&STATE), |text| {
        let Some(file) = StateFile::parse(text.as_bytes()) else { return };
        let written = serde_json::to_vec(&file).expect("JSON");
        assert_eq!(StateFile::parse(&written).as_ref(), Some(&file), "{text}");
        for instance in file.instances.keys() {
            let _ = file.remembered(instance, Some(std::path::Path::new("/work/one")));
        }
    });
}

const DIRECTORY: [&str; 4] = [
    "instance = 'mesh.example.org'\nmesh = 'platform'\n",
    "mesh = \"team-2\" # ours\n",
    "instance = 'https://evil.example'\n",
    "instance = 'evil.example:8443'\n[agent]\nname = 'x'\n",
];

#[test]
fn a_directory_names_no_address_and_no_path() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut env = Environment::of([("A", "b")].into_iter().collect());
    env.directory = Some(folder.path().to_owned());
    hold_for(seldom(500), texts(&DIRECTORY), |text| {
        std::fs::write(folder.path().join(FILE_NAME), &text).expect("written");
        match find(&env) {
            Found::Choice(choice) => {
                assert!(choice.mesh.iter().all(|mesh| is_slug(mesh)), "{choice:?}");
                let bad = ['/', '\\', '@', '?', '#'];
                if let Some(name) = &choice.instance {
                    assert!(is_shown_as_it_is(name) && !name.contains(bad), "{name:?}");
                    assert!((1..=255).contains(&name.len()), "{name:?}");
                }
                assert_eq!(choice.fingerprint(), choice.clone().fingerprint());
            }
            Found::Ignored { because, .. } => {
                let shown =
                    crewmesh::i18n::Catalog::new(crewmesh::i18n::Language::ENGLISH).say(&because);
                assert!(is_shown_as_it_is(&shown), "{shown:?}");
            }
            Found::Nothing => {}
        }
    });
}

const PENDING: [&str; 2] = [
    r#"{"version":1,"instance":{"name":"mesh.example.org","url":"https://mesh.example.org/","id":"i1",
        "signed_in":true},"device_code":"cm_dc_hunter2","user_code":"WDJB-MJPV",
        "verification_uri":"https://mesh.example.org/d","verification_uri_complete":
        "https://mesh.example.org/D/WDJBMJPV","this_computer_only":false,
        "deadline":"2026-11-21T08:15:00Z","interval_ms":5000,"wait_ms":25000,
        "idempotency_key":"k","foreign":false,"slow_down_early":false}"#,
    r#"{"version":1,"instance":{"name":"local"},"device_code":"cm_dc_hunter2","user_code":"WDJB-MJPV",
        "verification_uri":"http://127.0.0.1:7437/d","deadline":"9999-12-30T00:00:00Z",
        "interval_ms":18446744073709551615,"wait_ms":18446744073709551615,"idempotency_key":"k"}"#,
];

/// A sign-in that was waited for goes on whole, ends by its deadline, and can be
/// waited for: no span in it is beyond what a clock counts.
#[test]
fn a_sign_in_that_waits_goes_on_whole_or_not_at_all() {
    let home = crate::support::home::Home::new();
    let folder = home.crewmesh();
    let env =
        Environment::of([("CREWMESH_HOME", folder.to_str().expect("UTF-8"))].into_iter().collect());
    // The first makes the folder, as it is made.
    let wall: jiff::Timestamp = "2026-11-21T08:00:00Z".parse().expect("a time");
    let now = TimePoint { wall, ..TimePoint::now() };
    let claim = pending::write(&env, &crate::support::fixtures::code()).expect("written");
    let file = folder.join("pending").join(format!("{}.json", claim.id()));
    drop(claim);
    hold_for(seldom(300), json(&PENDING), |text| {
        std::fs::write(&file, &text).expect("written");
        let Some(found) = pending::find(&env, None, now) else {
            return assert!(!file.exists(), "what is no sign-in is taken away: {text}");
        };
        assert!(!now.is_past(found.deadline));
        let (code, claim) = pending::resume(&env, &found, now).expect("it was found");
        assert!(now.until(code.deadline) > std::time::Duration::ZERO);
        assert!(!format!("{code:?}").contains("hunter2"));
        // What is done with it: the next poll is somewhere ahead.
        let _ = now.after(code.interval).after(code.wait.unwrap_or_default());
        drop(claim);
    });
}
