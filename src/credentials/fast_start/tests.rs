use super::*;

use std::fs;
use std::path::Path;
use std::time::Duration;

use crate::credentials::tests::Desk;
use crate::home::directory_file;
use crate::model::Delivery;
use crate::secret::{Secret, TokenKind};

const MESH: &str = "mesh.example.org";

/// Somebody who was here before.
fn desk(variables: &[(&str, &str)]) -> Desk {
    let desk = Desk::with(variables);
    desk.sign_in(MESH);
    let program = desk.folder.path().join("agent");
    fs::write(&program, "#!/bin/sh\n").expect("written");
    set_mode(&program, 0o755);
    let plan = LaunchPlan {
        program,
        agent: "agent".into(),
        arguments: Vec::new(),
        instance: MESH.into(),
        mesh: "platform-team".into(),
        machine: "radiology-3".into(),
        name: "Alejandro".into(),
        role: Some("reviewer".into()),
        messages: Delivery::default(),
        provider: None,
        model: None,
        mcp: true,
        task: None,
    };
    desk.home.remember(desk.folder.path(), &plan).expect("remembered");
    desk
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("ours");
}

#[cfg(not(unix))]
fn set_mode(_: &Path, _: u32) {}

fn fast_start(desk: &Desk, given: &Selection) -> Option<LaunchPlan> {
    desk.credentials.fast_start(&desk.env, given)
}

fn goes_the_long_way(desk: &Desk) -> bool {
    fast_start(desk, &Selection::default()).is_none()
}

#[test]
fn somebody_who_was_here_goes_straight_to_the_agent() {
    let desk = desk(&[]);
    let plan = fast_start(&desk, &Selection::default()).expect("a launch");
    assert_eq!((plan.instance.as_str(), plan.mesh.as_str()), (MESH, "platform-team"));
    assert_eq!((plan.machine.as_str(), plan.agent.as_str()), ("radiology-3", "agent"));
    assert_eq!((plan.name.as_str(), plan.role.as_deref()), ("Alejandro", Some("reviewer")));
    assert_eq!(plan.program, desk.folder.path().join("agent"));
}

#[test]
fn a_keyring_is_not_opened_on_the_way() {
    let desk = desk(&[]);
    let to_keyring = |auth: &mut AuthFile| {
        let kept = auth.instances.get_mut(MESH).expect("known");
        kept.store = Some(crate::home::state::TokenStore::Keyring);
        kept.token = None;
    };
    // A keyring that holds nothing of ours: only not asking it can succeed.
    desk.credentials.change_auth(to_keyring).expect("written");
    assert!(fast_start(&desk, &Selection::default()).is_some());
}

#[test]
fn a_servers_word_is_good_for_a_day() {
    let desk = desk(&[]);
    let at = |span: Duration| {
        let now = Timestamp::now() + span;
        desk.credentials.fast_start_at(&desk.env, &Selection::default(), now)
    };
    assert!(at(Duration::from_hours(23)).is_some());
    assert!(at(Duration::from_hours(24)).is_none());
    // A clock that was set back knows nothing about yesterday.
    let back = Timestamp::now() - Duration::from_hours(1);
    assert!(desk.credentials.fast_start_at(&desk.env, &Selection::default(), back).is_none());
}

#[test]
fn a_local_expiry_only_means_that_the_server_is_asked() {
    let desk = desk(&[]);
    let past = Some(Timestamp::now() - Duration::from_mins(1));
    desk.credentials.verified(MESH, Timestamp::now(), past).expect("kept");
    assert!(goes_the_long_way(&desk));
    assert!(desk.credentials.token(MESH).expect("readable").is_some(), "still signed in");
}

#[test]
fn whatever_is_not_in_order_goes_the_long_way() {
    type Change = fn(&Desk);
    let ways: [(&str, Change); 9] = [
        ("signed out", |desk| {
            desk.credentials.remove(MESH, None).expect("signed out");
        }),
        ("no agent", |desk| fs::remove_file(desk.folder.path().join("agent")).expect("gone")),
        ("a folder for an agent", |desk| {
            fs::remove_file(desk.folder.path().join("agent")).expect("gone");
            fs::create_dir(desk.folder.path().join("agent")).expect("made");
        }),
        ("no choices", |desk| fs::remove_file(desk.path().join("state.json")).expect("gone")),
        ("broken choices", |desk| desk.write("state.json", "{")),
        ("a broken sign-in", |desk| desk.write("auth.json", "{")),
        ("another default", |desk| {
            desk.sign_in("other.example");
        }),
        ("no longer a member", |desk| {
            desk.home.saw_meshes(MESH, vec!["another".into()]).expect("kept");
        }),
        ("no home", |desk| fs::remove_dir_all(desk.path()).expect("gone")),
    ];
    for (name, change) in ways {
        let desk = desk(&[]);
        change(&desk);
        assert!(goes_the_long_way(&desk), "{name}");
    }
    let desk = desk(&[]);
    desk.home.saw_meshes(MESH, vec!["platform-team".into()]).expect("kept");
    assert!(!goes_the_long_way(&desk));
}

#[cfg(unix)]
#[test]
fn what_must_be_repaired_first_goes_the_long_way() {
    for (path, mode) in [("", 0o755), ("auth.json", 0o644)] {
        let desk = desk(&[]);
        set_mode(&desk.path().join(path), mode);
        assert!(goes_the_long_way(&desk), "{path}");
    }
    let desk = desk(&[]);
    set_mode(&desk.folder.path().join("agent"), 0o644);
    assert!(goes_the_long_way(&desk), "an agent that cannot be run");
}

#[test]
fn another_credential_or_place_goes_the_long_way() {
    let token = Secret::random_token(TokenKind::PersonalAccess);
    assert!(goes_the_long_way(&desk(&[("CREWMESH_TOKEN", token.expose())])));
    assert!(goes_the_long_way(&desk(&[("CREWMESH_CLIENT_ID", "ci")])));
    assert!(goes_the_long_way(&desk(&[("CREWMESH_INSTANCE", "other.example")])));
    assert!(!goes_the_long_way(&desk(&[("CREWMESH_INSTANCE", MESH)])));
    let mut elsewhere = desk(&[]);
    elsewhere.env.directory = Some("/somewhere/else".into());
    assert!(goes_the_long_way(&elsewhere));
    let with_token = Selection { token: Some(token), ..Selection::default() };
    assert!(fast_start(&desk(&[]), &with_token).is_none());
}

#[test]
fn a_directorys_mesh_must_be_the_one_remembered() {
    let desk = desk(&[]);
    let given = |mesh: &str| Selection {
        directory: Some(directory_file::DirectoryChoice {
            file: "/repo/.crewmesh.toml".into(),
            instance: Some(MESH.into()),
            mesh: Some(mesh.into()),
        }),
        ..Selection::default()
    };
    assert!(fast_start(&desk, &given("platform-team")).is_some());
    assert!(fast_start(&desk, &given("another")).is_none());
}
