//! What every command says when it cannot do its work, in both forms: nobody
//! signed in, nobody there, a token that is none, a token without an instance.

use serde_json::json;
use wiremock::matchers::{any, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::home::Home;

/// A command of each kind that asks an instance.
const ASKING: &[&[&str]] = &[
    &["whoami"],
    &["whoami", "--sessions"],
    &["whoami", "--revoke", "x"],
    &["list"],
    &["create", "Platform team"],
    &["join", "abcd2efgh3ijkl4mnop5"],
    &["token", "list"],
    &["token", "revoke", "ci"],
    &["invite"],
    &["invite", "list"],
    &["invite", "revoke", "x"],
    &["audit"],
    &["audit", "--all", "--limit", "5"],
    &["sync"],
    &["members"],
    &["members", "role", "eva@example.org", "admin"],
    &["members", "remove", "eva@example.org", "-y"],
    &["mesh", "rename", "Crew"],
    &["mesh", "leave", "crew", "-y"],
    &["mesh", "delete", "crew", "-y"],
    &["providers"],
    &["connect", "openai"],
    &["disconnect", "openai", "-y"],
    &["machine", "list"],
    &["machine", "register", "--location", "DE"],
    &["machine", "rename", "Radiology"],
    &["machine", "locate", "DE"],
    &["machine", "remove", "radiology", "-y"],
];

const TOKEN: &str = "cm_pat_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

/// Runs it in both forms; the exit code, the error's word and the sentence
/// must be told in each.
#[track_caller]
fn fails(home: &Home, arguments: &[&str], stdin: &str, code: i32, word: &str, says: &str) {
    let said = home.run(arguments).output(stdin).exits(code);
    assert!(said.out.is_empty() && said.err.contains(says), "{arguments:?}: {said:#?}");
    let json: Vec<_> = arguments.iter().copied().chain(["--json"]).collect();
    let said = home.run(&json).output(stdin).exits(code);
    let object = said.json();
    assert_eq!(object["status"], "error", "{arguments:?}");
    assert_eq!(object["exit_code"], code, "{arguments:?}");
    assert_eq!(object["error"]["code"], word, "{arguments:?}: {object}");
    assert!(object["error"]["message"].as_str().is_some_and(|text| !text.is_empty()));
}

#[test]
#[cfg(feature = "server")]
fn who_is_not_signed_in_is_told_how() {
    let home = Home::new();
    for arguments in ASKING {
        fails(&home, arguments, "", 2, "not_signed_in", "crewmesh login");
        // A script cannot take that advice.
        fails(&home, arguments, "", 2, "not_signed_in", "CREWMESH_TOKEN");
    }
    assert!(!home.crewmesh().join("instance.db").exists(), "nothing was started for it");
}

#[test]
fn an_instance_that_is_not_there_is_said_to_be_not_there() {
    let home = Home::new();
    for arguments in ASKING {
        let arguments: Vec<_> = arguments
            .iter()
            .copied()
            .chain(["--instance", "http://127.0.0.1:9", "--token", "-"])
            .collect();
        fails(&home, &arguments, TOKEN, 4, "connection_refused", "127.0.0.1:9");
    }
}

/// One that calls itself an instance, and answers everything else like this.
fn answering(runtime: &tokio::runtime::Runtime, body: &'static str) -> MockServer {
    runtime.block_on(async {
        let server = MockServer::start().await;
        let (base, at) = (server.uri(), "/.well-known/oauth-authorization-server");
        let metadata = json!({
            "issuer": base, "crewmesh_version": "0.1.0",
            "device_authorization_endpoint": format!("{base}/oauth/device_authorization"),
            "token_endpoint": format!("{base}/oauth/token"),
        });
        let found = ResponseTemplate::new(200).set_body_json(metadata);
        Mock::given(path(at)).respond_with(found).with_priority(1).mount(&server).await;
        let odd = ResponseTemplate::new(200).set_body_raw(body, "application/json");
        Mock::given(any()).respond_with(odd).mount(&server).await;
        server
    })
}

#[test]
fn an_answer_that_is_none_is_named_by_every_command() {
    let (home, runtime) = (Home::new(), tokio::runtime::Runtime::new().expect("a runtime"));
    for (body, word) in [
        (r#"{"data":{},"id":17,"user":null}"#, "malformed_reply"),
        (r#"{"data":[{"id":"m1","#, "not_an_instance"),
        ("<html>Sign in to this network</html>", "not_an_instance"),
    ] {
        let server = answering(&runtime, body);
        let host = server.address().to_string();
        let is_done = |arguments: &&&[&str]| arguments.len() == 3 && arguments[2] == "x";
        // What is done may be answered by any JSON.
        let read = ASKING.iter().filter(|all| word != "malformed_reply" || !is_done(all));
        for arguments in read {
            let more = ["--instance", &server.uri(), "--token", "-"];
            let arguments: Vec<_> = arguments.iter().copied().chain(more).collect();
            fails(&home, &arguments, TOKEN, 4, word, &host);
        }
    }
}

#[test]
fn a_token_is_for_an_instance_that_is_named() {
    let home = Home::new();
    for arguments in ASKING {
        let arguments: Vec<_> = arguments.iter().copied().chain(["--token", "-"]).collect();
        fails(&home, &arguments, TOKEN, 3, "instance_missing", "--instance");
    }
}

#[test]
fn a_token_that_is_none_is_said_to_be_none() {
    let home = Home::new();
    for (given, says) in [("ghp_abc", "no crewmesh token"), (&TOKEN[..40], "cut short")] {
        let arguments = ["list", "--instance", "http://127.0.0.1:9", "--token", "-"];
        fails(&home, &arguments, given, 1, "token_malformed", says);
    }
    fails(&home, &["list", "--token", "-"], "", 3, "token_missing", "stdin");
}

#[test]
fn a_token_in_the_arguments_is_warned_of_and_never_repeated() {
    let home = Home::new();
    let arguments = ["list", "--instance", "http://127.0.0.1:9", "--token", TOKEN];
    let said = home.run(&arguments).output("").exits(4);
    assert!(said.err.contains("--token -"), "{said:#?}");
    assert!(!said.err.contains(TOKEN));
    // Also where the arguments themselves are wrong.
    for arguments in [&["login", TOKEN][..], &["login", TOKEN, "--json"]] {
        let said = home.run(arguments).output("").exits(3);
        assert!(!said.err.contains(TOKEN) && !said.out.contains(TOKEN), "{said:#?}");
    }
}

#[test]
fn wrong_arguments_are_named() {
    let home = Home::new();
    let cases: &[(&[&str], &str, &str)] = &[
        (&["create"], "bad_arguments", "NAME"),
        (&["create", " \t"], "name_malformed", "1 to 100"),
        (&["machine", "register", ""], "name_malformed", "1 to 100"),
        (&["machine", "rename", "\u{200b}"], "name_malformed", "1 to 100"),
        (&["token", "create", ""], "name_malformed", "1 to 100"),
        (&["invite", "--email", "ana"], "email_malformed", "“ana” is no e-mail address"),
        (&["create", "X", "--slug", "Not A Slug"], "slug_malformed", "lower-case"),
        (&["join", "https://mesh.example.org/"], "invite_malformed", "invite"),
        (&["join", "abcd2"], "invite_malformed", "cut short"),
        (&["whoami", "--sessions", "--revoke", "x"], "bad_arguments", "--revoke"),
        (&["token", "create", "ci", "--expires-in", "2y"], "bad_arguments", "never"),
        (&["invite", "--expires-in", "400d"], "bad_arguments", "365"),
        (&["invite", "--uses", "0"], "bad_arguments", "1"),
        (&["invite", "--role", "owner"], "bad_arguments", "admin"),
        (&["token", "create", "ci", "--scope", "mesh:red"], "bad_arguments", "mesh:read"),
        (&["service", "create", "ci", "--scope", "admin"], "bad_arguments", "token:introspect"),
        (&["machine", "locate", "Atlantis"], "unknown_location", "zone"),
        (&["approve", "WDJB"], "code_malformed", "eight letters"),
        (&["deny", "WDJB-MJPA"], "code_malformed", "eight letters"),
        (&["instance", "add", "https://mesh.example.org/x"], "address_with_path", "host"),
        (&["login", "--start", "--resume"], "bad_arguments", "--resume"),
        (&["completions"], "bad_arguments", "bash, elvish, fish, powershell, zsh"),
    ];
    for (arguments, word, says) in cases {
        fails(&home, arguments, "", 3, word, says);
    }
}

#[test]
fn a_name_that_is_none_is_told_in_the_persons_language_before_anybody_is_asked() {
    let home = Home::new();
    let long = "x".repeat(101);
    for arguments in [
        &["create", &long][..],
        &["launch", "--name", "", "--agent", "shell"],
        &["launch", "--machine", &long],
    ] {
        let said = home.run(arguments).with("LANG", "es_ES.UTF-8").output("").exits(3);
        assert!(said.err.contains("de 1 a 100 caracteres"), "{arguments:?}: {said:#?}");
    }
    let said = home.run(&["launch", "--role", &long]).output("").exits(3);
    assert!(said.err.contains("at most 40"), "{said:#?}");
}

#[test]
fn every_command_has_a_page_of_help_with_examples() {
    let home = Home::new();
    let whole = home.run(&["--help"]).output("").exits(0).out;
    let commands: Vec<_> = whole
        .lines()
        .skip_while(|line| !line.starts_with("Commands:"))
        .skip(1)
        .map_while(|line| line.strip_prefix("  "))
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert!(commands.len() > 5, "{whole}");
    // What a launch alone understands is no option of every command.
    let every = whole.find("Options of every command:").expect("a part of its own");
    assert!(whole.find("--mesh <").is_some_and(|at| at < every), "{whole}");
    assert!(whole.contains("  crewmesh login --instance"), "{whole}");
    for command in commands {
        let help = home.run(&[command, "--help"]).output("").exits(0).out;
        assert!(help.contains("Examples:"), "{command}: {help}");
        // What is the command's own comes first, not among what all take.
        let every = help.find("Options of every command:").expect("a part of its own");
        assert!(help.find("--instance <").is_some_and(|at| at > every), "{command}: {help}");
        // An instance has more to be told than a command.
        let page = if command == "serve" { 100 } else { 48 };
        assert!(help.lines().count() < page, "{command}: more than a page");
        let help = home.run(&[command, "--lang", "es", "--help"]).output("").exits(0).out;
        assert!(help.contains("Uso: crewmesh") && help.contains("Ejemplos:"), "{help}");
        assert!(!help.contains("Options:") && !help.contains("[default"), "{help}");
        let every = help.find("Opciones de todas las órdenes:").expect("a part of its own");
        let instance = help.find("--instance <").expect("everywhere");
        // Not what a command hands on to its own commands.
        for own in ["--public-url <", "--database <"] {
            assert!(help.find(own).is_none_or(|at| at < every.min(instance)), "{help}");
        }
    }
}

#[test]
fn every_shell_gets_its_completions() {
    let home = Home::new();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let said = home.run(&["completions", shell]).output("").exits(0);
        assert!(said.out.contains("whoami") && said.err.is_empty(), "{shell}: {said:#?}");
    }
    // bash takes what it is given.
    let script = home.run(&["completions", "bash"]).output("").out;
    home.program("bash", &["-n"]).output(&script).exits(0);
    home.run(&["completions", "cmd"]).output("").exits(3);
    // One object, whatever is asked for.
    let object = home.run(&["completions", "bash", "--json"]).output("").exits(0).json();
    assert_eq!((&object["status"], &object["script"]), (&"ok".into(), &script.into()));
    let object = home.run(&["man", "--json"]).output("").exits(0).json();
    assert!(object["page"].as_str().is_some_and(|page| page.starts_with(".TH CREWMESH")));
}

#[test]
fn arguments_that_are_not_understood_are_told_in_the_persons_language() {
    let home = Home::new();
    let cases: &[(&[&str], &[&str], &[&str])] = &[
        (&["lst"], &["no command lst", "mean list?"], &["ninguna orden lst", "decir list?"]),
        (&["list", "--jsn"], &["no option --jsn", "mean --json?"], &["opción --jsn", "--json?"]),
        // Nothing is made up: this is like no option here.
        (&["list", "--mesh"], &["--mesh", "crewmesh list --help"], &["crewmesh list --help"]),
        (&["list", "--qqq"], &["--qqq", "crewmesh list --help"], &["crewmesh list --help"]),
        (&["claude"], &["crewmesh --agent claude"], &["crewmesh --agent claude"]),
        (&["create"], &["NAME is missing", "NAME: "], &["Falta NAME", "NAME: "]),
        (&["list", "more"], &["more is more than"], &["more está de más"]),
        (&["invite", "--uses"], &["--uses needs a value"], &["--uses necesita un valor"]),
        (&["invite", "--uses", "x"], &["x is no value for --uses"], &["x no vale para --uses"]),
        (
            &["invite", "--role", "x"],
            &["--role takes admin or member", "crewmesh invite --help"],
            &["--role admite admin o member"],
        ),
        (
            &["token", "create", "ci", "--expires-in", "x"],
            &["--expires-in takes 30d, 90d, 1y or never"],
            &["--expires-in admite 30d, 90d, 1y o never"],
        ),
        (&["--plain=yes"], &["--plain takes no value"], &["--plain no lleva valor"]),
        // A language that nobody speaks.
        (&["--lang", "qaa"], &["--lang takes en or es"], &["--lang admite en o es"]),
        (&["whoami", "--plain", "--plain"], &["--plain is given twice"], &["--plain aparece dos"]),
        (
            &["login", "--start", "--resume"],
            &["--start and --resume do not go together"],
            &["no van juntas"],
        ),
        (
            &["launch", "--dangerously"],
            &["goes after two dashes: -- --dangerously"],
            &["después de dos guiones: -- --dangerously"],
        ),
    ];
    for (arguments, english, spanish) in cases {
        let said = home.run(arguments).output("").exits(3);
        assert!(english.iter().all(|says| said.err.contains(says)), "{arguments:?}: {said:#?}");
        let run = home.run(arguments).with("LANG", "es_ES.UTF-8");
        let said = run.output("").exits(3);
        assert!(spanish.iter().all(|says| said.err.contains(says)), "{arguments:?}: {said:#?}");
        for word in ["error:", "tip:", "Usage", "For more"] {
            assert!(!said.err.contains(word), "{arguments:?}: {said:#?}");
        }
        assert_eq!(said.err.lines().count(), 2, "what is wrong, and what to do: {said:#?}");
        let json: Vec<_> = arguments.iter().copied().chain(["--json"]).collect();
        let object = home.run(&json).with("LANG", "es").output("").exits(3).json();
        assert_eq!(object["error"]["code"], "bad_arguments");
        let message = object["error"]["message"].as_str().expect("words");
        assert!(said.err.contains(message), "{message} is not in {said:#?}");
    }
    let object = home.run(&["lst", "--json"]).output("").exits(3).json();
    assert_eq!(object["error"]["suggestion"], "list");
    // Which of its own commands is meant: a person sees the page of help.
    assert!(home.run(&["token"]).output("").exits(3).err.contains("revoke"));
    let object = home.run(&["token", "--json"]).output("").exits(3).json();
    assert!(object["error"]["hint"].as_str().is_some_and(|hint| hint.contains("revoke")));
}

#[test]
fn help_and_version_are_commands_too() {
    let home = Home::new();
    let said = |arguments: &[&str]| home.run(arguments).output("").exits(0).out;
    assert_eq!(said(&["help"]), said(&["--help"]));
    assert_eq!(said(&["help", "machine", "rename"]), said(&["machine", "rename", "--help"]));
    assert_eq!(said(&["help", "mesh", "--lang", "es"]), said(&["mesh", "--help", "--lang", "es"]));
    assert_eq!(said(&["version"]), said(&["--version"]));
    let object = home.run(&["version", "--json"]).output("").exits(0).json();
    assert_eq!(object["version"], env!("CARGO_PKG_VERSION"));
    let object = home.run(&["help", "login", "--json"]).output("").exits(0).json();
    assert!(object["help"].as_str().is_some_and(|page| page.contains("--no-browser")));
    let said = home.run(&["help", "lst"]).output("").exits(3);
    assert!(said.err.contains("no command lst") && said.err.contains("mean list?"), "{said:#?}");
}

#[test]
fn the_card_needs_a_terminal() {
    let home = Home::new();
    for arguments in [&["--choose"][..], &["launch", "--choose", "-y"]] {
        let said = home.run(arguments).output("").exits(3);
        assert!(said.err.contains("--choose") && said.err.contains("--mesh"), "{said:#?}");
    }
}

#[test]
fn the_manual_page_is_there_in_both_languages() {
    let home = Home::new();
    for (language, title) in [("en", ".SH EXIT STATUS"), ("es", ".SH CÓDIGO DE SALIDA")] {
        let page = home.run(&["man", "--lang", language]).output("").exits(0).out;
        assert!(page.starts_with(".TH CREWMESH 1") && page.contains(title), "{page}");
    }
}

#[test]
#[cfg(feature = "server")]
fn a_password_in_an_address_is_never_repeated() {
    let home = Home::new();
    for url in
        ["https://u:s3cret@host", "https://u:s3/cret@host", "https://u:s3cret@ho st", "u:s3cret@"]
    {
        for arguments in [&["serve", "--public-url", url][..], &["whoami", "--instance", url]] {
            let with: Vec<_> = arguments.iter().copied().chain(["--json"]).collect();
            let said = home.run(&with).output("").exits(3);
            assert!(!format!("{said:?}").contains("s3"), "{arguments:?}: {said:#?}");
        }
    }
}
