use super::*;

use proptest::prelude::*;

use crate::credentials::tests::Desk;
use crate::secret::TokenKind;

const FLAG: &str = "flag.example";
const VARIABLE: &str = "variable.example";
const API_URL: &str = "https://api.example";
const DIRECTORY: &str = "directory.example";
const DEFAULT: &str = "default.example";

fn token() -> Secret {
    Secret::random_token(TokenKind::PersonalAccess)
}

fn directory(name: &str) -> DirectoryChoice {
    DirectoryChoice { file: "/repo/.crewmesh.toml".into(), instance: Some(name.into()), mesh: None }
}

/// A desk with sign-ins to the directory's and the default instance.
fn desk(variables: &[(&str, &str)]) -> Desk {
    let desk = Desk::with(variables);
    desk.sign_in(DIRECTORY);
    desk.sign_in(DEFAULT);
    desk
}

fn id(words: &Words) -> &'static str {
    match words {
        Words::Message(message) => message.id,
        Words::Verbatim(text) => panic!("not ours: {text}"),
    }
}

#[test]
fn the_first_that_names_an_instance_wins_and_says_why() {
    let variables = [("CREWMESH_INSTANCE", VARIABLE), ("CREWMESH_API_URL", API_URL)];
    let given = |flag: bool, file: bool| Selection {
        instance: flag.then(|| FLAG.into()),
        directory: file.then(|| directory(DIRECTORY)),
        token: None,
    };
    let cases = [
        (&variables[..], given(true, true), FLAG, "keep-why-instance-flag"),
        (&variables[..], given(false, true), VARIABLE, "keep-why-instance-variable"),
        (&variables[1..], given(false, true), "api.example", "keep-why-instance-variable"),
        (&[], given(false, true), DIRECTORY, "keep-why-instance-directory"),
        (&[], given(false, false), DEFAULT, "keep-why-instance-default"),
    ];
    for (variables, given, name, why) in cases {
        let desk = desk(variables);
        let resolved = resolve(&desk.credentials, &desk.env, &given).expect("an instance");
        assert_eq!((resolved.instance.name.as_str(), id(&resolved.instance_why)), (name, why));
        let signed_in = [DIRECTORY, DEFAULT].contains(&name);
        assert_eq!(resolved.access.is_some(), signed_in);
        let why = if signed_in { "keep-why-token-file" } else { "keep-why-token-none" };
        assert_eq!(id(&resolved.access_why), why);
    }
}

#[cfg(feature = "server")]
#[test]
fn with_nothing_set_up_it_is_this_computer() {
    let desk = Desk::new();
    let resolved = resolve(&desk.credentials, &desk.env, &Selection::default()).expect("local");
    assert_eq!(resolved.instance, Instance::local());
    assert_eq!(id(&resolved.instance_why), "keep-why-instance-local");
    assert_eq!(resolved.access, None);
    assert!(!desk.path().exists());
}

#[test]
fn a_given_token_wins_over_a_kept_one() {
    let variable = token();
    let desk = desk(&[("CREWMESH_TOKEN", variable.expose())]);
    let resolved = resolve(&desk.credentials, &desk.env, &Selection::default()).expect("one");
    let access = resolved.access.expect("given");
    assert_eq!((access.token, access.source), (variable, Source::Environment));
    assert_eq!(id(&resolved.access_why), "keep-why-token-variable");

    let flag = token();
    let given = Selection { token: Some(flag.clone()), ..Selection::default() };
    let resolved = resolve(&desk.credentials, &desk.env, &given).expect("one");
    let access = resolved.access.expect("given");
    assert_eq!((access.token, access.source), (flag, Source::Flag));
    assert_eq!(id(&resolved.access_why), "keep-why-token-flag");
}

#[test]
fn a_service_client_comes_before_what_is_kept_and_after_a_token() {
    let both = [("CREWMESH_CLIENT_ID", "ci"), ("CREWMESH_CLIENT_SECRET", " s3cret ")];
    let desk = desk(&both);
    let resolved = resolve(&desk.credentials, &desk.env, &Selection::default()).expect("one");
    let key = ServiceKey { id: "ci".into(), secret: Secret::new("s3cret") };
    assert_eq!((resolved.client, resolved.access), (Some(key), None));
    assert_eq!(resolved.instance.name, DEFAULT);
    let given = Selection { token: Some(token()), ..Selection::default() };
    let resolved = resolve(&desk.credentials, &desk.env, &given).expect("one");
    assert_eq!(resolved.client, None);
    // Nobody sends a secret where only a directory points, or to this computer.
    let there = Selection { directory: Some(directory(DIRECTORY)), ..Selection::default() };
    let resolved = resolve(&desk.credentials, &desk.env, &there).expect("one");
    assert_eq!(resolved.instance.name, DEFAULT);
    let nowhere = Desk::with(&both);
    let fault = resolve(&nowhere.credentials, &nowhere.env, &there).expect_err("no instance");
    assert_eq!(fault.code, "instance_missing");
    for half in &both {
        let desk = Desk::with(&[*half]);
        let fault = resolve(&desk.credentials, &desk.env, &Selection::default()).expect_err("half");
        assert_eq!(
            (fault.kind, fault.code.as_str()),
            (ErrorKind::BadArguments, "client_half_given")
        );
    }
}

#[test]
fn a_directory_never_decides_where_a_given_token_goes() {
    let desk = desk(&[]);
    let given = Selection {
        token: Some(token()),
        directory: Some(directory(DIRECTORY)),
        ..Selection::default()
    };
    let resolved = resolve(&desk.credentials, &desk.env, &given).expect("one");
    assert_eq!(resolved.instance.name, DEFAULT);
}

#[test]
fn a_token_for_no_instance_goes_nowhere() {
    let given = Selection {
        token: Some(token()),
        directory: Some(directory(DIRECTORY)),
        ..Selection::default()
    };
    let desk = Desk::new();
    let nowhere = resolve(&desk.credentials, &desk.env, &given).expect_err("no instance");
    assert_eq!(
        (nowhere.kind, nowhere.code.as_str()),
        (ErrorKind::BadArguments, "instance_missing")
    );
    // A default of `local` is no answer either: it was never meant.
    desk.sign_in("local");
    let nowhere = resolve(&desk.credentials, &desk.env, &given).expect_err("no instance");
    assert_eq!(nowhere.code, "instance_missing");
    let named = Selection { instance: Some("local".into()), ..given };
    let resolved = resolve(&desk.credentials, &desk.env, &named).expect("named");
    assert!(resolved.instance.is_embedded());
}

#[test]
fn a_directory_that_names_a_stranger_is_ignored_and_that_is_said() {
    let desk = desk(&[]);
    desk.home.take_notes();
    let given =
        Selection { directory: Some(directory("stranger.example")), ..Selection::default() };
    let resolved = resolve(&desk.credentials, &desk.env, &given).expect("the default");
    assert_eq!(resolved.instance.name, DEFAULT);
    assert_eq!(desk.home.take_notes()[0].id, "keep-directory-ignored");
}

#[test]
fn names_and_addresses_are_told_apart() {
    let desk = desk(&[]);
    let auth = desk.credentials.auth().expect("readable");
    let name = |typed: &str| auth.find_instance(typed).map(|instance| instance.name);
    assert_eq!(name("https://default.example/").as_deref(), Ok(DEFAULT));
    assert_eq!(name("http://default.example").as_deref(), Ok("default.example-2"));
    assert_eq!(name("mesh.example.org:8443").as_deref(), Ok("mesh.example.org:8443"));
    let unknown = auth.find_instance("team").expect_err("nobody knows it");
    assert_eq!((unknown.kind, unknown.code.as_str()), (ErrorKind::NotFound, "instance_unknown"));
    assert!(auth.find_instance("https://a b").is_err());
}

#[test]
fn a_token_works_on_where_nothing_can_be_kept() {
    let variable = token();
    let variables =
        [("CREWMESH_TOKEN", variable.expose()), ("CREWMESH_INSTANCE", "https://mesh.example.org")];
    let desk = Desk::with(&variables);
    std::fs::write(desk.path(), "no folder").expect("written");
    let resolved = resolve(&desk.credentials, &desk.env, &Selection::default()).expect("a way in");
    assert_eq!(resolved.access.expect("given").token, variable);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// The order holds for every combination of what may be set.
    #[test]
    fn precedence_is_one_order(
        flag: bool, variable: bool, url: bool, file: bool, default: bool,
        token_flag: bool, token_variable: bool,
    ) {
        let secret = token();
        let mut variables = vec![("CREWMESH_STORE", "file")];
        if variable { variables.push(("CREWMESH_INSTANCE", VARIABLE)); }
        if url { variables.push(("CREWMESH_API_URL", API_URL)); }
        if token_variable { variables.push(("CREWMESH_TOKEN", secret.expose())); }
        let desk = Desk::with(&variables);
        desk.sign_in(DIRECTORY);
        desk.sign_in(DEFAULT);
        if !default {
            desk.credentials.change_auth(|auth| auth.default_instance = None).expect("written");
        }
        let given = Selection {
            instance: flag.then(|| FLAG.into()),
            token: token_flag.then(token),
            directory: file.then(|| directory(DIRECTORY)),
        };
        let with_token = token_flag || token_variable;
        let expected = [
            (flag, Some(FLAG)),
            (variable, Some(VARIABLE)),
            (url, Some("api.example")),
            (file && !with_token, Some(DIRECTORY)),
            (default, Some(DEFAULT)),
            (with_token, None),
            (cfg!(feature = "server"), Some(LOCAL)),
        ];
        let expected = expected.into_iter().find(|(set, _)| *set).and_then(|(_, name)| name);
        let resolved = resolve(&desk.credentials, &desk.env, &given);
        match (expected, resolved) {
            (Some(name), Ok(resolved)) => {
                prop_assert_eq!(&resolved.instance.name, name);
                let source = resolved.access.map(|access| access.source);
                if token_flag {
                    prop_assert_eq!(source, Some(Source::Flag));
                } else if token_variable {
                    prop_assert_eq!(source, Some(Source::Environment));
                } else {
                    let kept = [DIRECTORY, DEFAULT].contains(&name);
                    prop_assert_eq!(source, kept.then_some(Source::Stored));
                }
            }
            (None, Err(error)) => prop_assert_eq!(error.code, "instance_missing"),
            (expected, resolved) => prop_assert!(false, "{expected:?}, not {resolved:?}"),
        }
    }
}
