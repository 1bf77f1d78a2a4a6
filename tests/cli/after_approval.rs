//! What goes wrong once somebody has approved: nothing of it may cost the
//! approval, least of all where a server gives its token once.

use serde_json::Value;

use crate::support::home::{Home, Said};
use crate::support::stand_in::{Answer, StandIn};

const ANA: &str = r#"{"sub":"u1","name":"Ana","email":"ana@example.org"}"#;

fn login(home: &Home, server: &StandIn, wait: &str) -> Said {
    home.run(&["login", "--json", "--wait", wait, "--instance", &server.url()]).output("")
}

fn kept(home: &Home) -> Value {
    let auth: Value = serde_json::from_str(&home.kept("auth.json")).expect("JSON");
    let name = auth["default_instance"].as_str().expect("a default");
    auth["instances"][name].clone()
}

/// Each passes by itself, and is asked again until it does.
#[test]
fn trouble_that_passes_is_asked_again_and_ends_in_a_kept_sign_in() {
    let too_many = Answer::Status(429, "Retry-After: 1\r\n", "{}".into());
    for trouble in [too_many, Answer::no(500), Answer::no(502), Answer::Cut, Answer::Half] {
        let server = StandIn::answering([trouble.clone(), Answer::says(ANA)]);
        let home = Home::new();
        let said = login(&home, &server, "30").exits(0);
        assert_eq!(said.json()["user"]["name"], "Ana", "{trouble:?}");
        assert!(said.err.contains("Trying again"), "{trouble:?}: {said:#?}");
        assert_eq!(kept(&home)["token"], "given-once", "{trouble:?}");
        assert_eq!(server.asked("/userinfo").len(), 2, "{trouble:?}");
        assert_eq!(server.asked("/revoke").len(), 0, "{trouble:?}");
        assert_eq!(home.run(&["login", "--resume"]).output("").code, Some(5), "nothing is left");
    }
}

/// Trouble that stays costs the name and nothing else: the next run goes on
/// with the token, which the server gave once.
#[test]
fn trouble_that_stays_is_taken_up_later_with_the_token_that_came_once() {
    let asked_too_often = Answer::Status(429, "Retry-After: 600\r\n", "{}".into());
    for trouble in [asked_too_often, Answer::no(502), Answer::Silence, Answer::no(403)] {
        let server = StandIn::answering([trouble.clone()]);
        let home = Home::new();
        let said = login(&home, &server, "2").exits(4);
        let error = said.json()["error"].clone();
        assert_eq!(error["code"], "not_named_yet", "{trouble:?}");
        let hint = error["hint"].as_str().expect("a hint");
        let command = format!("crewmesh login --resume --instance {}", server.url());
        assert!(hint.contains(&command), "{trouble:?}: {hint}");
        let status = ["status", "--json", "--instance", &server.url()];
        let status = home.run(&status).output("").exits(0).json();
        assert_eq!(status["pending"]["approved"], true, "{trouble:?}");

        server.answers([Answer::says(ANA)]);
        let resume = ["login", "--resume", "--json", "--instance", &server.url()];
        let said = home.run(&resume).output("").exits(0);
        assert_eq!(said.json()["user"]["email"], "ana@example.org", "{trouble:?}");
        assert_eq!(kept(&home)["token"], "given-once");
        assert_eq!((server.asked("/token").len(), server.asked("/revoke").len()), (1, 0));
    }
}

/// A disk or a file that does not take it is put right, and then it is there.
#[test]
fn what_cannot_be_kept_now_is_kept_by_the_next_run() {
    let server = StandIn::answering([Answer::says(ANA)]);
    let home = Home::new();
    let start = ["login", "--start", "--json", "--instance", &server.url()];
    home.run(&start).output("").exits(0);
    let auth = home.crewmesh().join("auth.json");
    // Nothing can be renamed over a folder.
    std::fs::create_dir(&auth).expect("a folder in its place");
    let resume = ["login", "--resume", "--json"];
    assert_ne!(home.run(&resume).output("").code, Some(0));
    std::fs::remove_dir(&auth).expect("put right");
    home.run(&resume).output("").exits(0);
    assert_eq!(kept(&home)["token"], "given-once");
    assert_eq!(server.asked("/revoke").len(), 0);
}

#[test]
fn a_member_that_is_null_or_no_text_is_as_good_as_none() {
    for body in [
        r#"{"sub":"u1","name":"Ana","email":null}"#,
        r#"{"sub":"u1","name":null,"preferred_username":"ana","email":null}"#,
        r#"{"sub":"u1"}"#,
        r#"{"sub":"u1","name":{"first":"Ana"},"preferred_username":17,"email":["a@example.org"]}"#,
        r#"{"sub":"u1","name":"Ana","email":false,"picture":{}}"#,
    ] {
        let server = StandIn::answering([Answer::says(body)]);
        let home = Home::new();
        let said = login(&home, &server, "30").exits(0);
        assert_eq!(said.json()["user"]["id"], "u1", "{body}");
        assert_eq!(kept(&home)["token"], "given-once");
    }
}

#[test]
fn a_token_that_the_server_rejects_is_not_taken_up_again() {
    let server =
        StandIn::answering([Answer::Status(401, "", r#"{"error":"invalid_token"}"#.into())]);
    let home = Home::new();
    let said = login(&home, &server, "30").exits(2);
    assert_eq!(said.json()["error"]["code"], "token_rejected");
    assert_eq!(home.run(&["login", "--resume"]).output("").code, Some(5));
}

#[test]
fn only_what_waits_for_the_instance_that_was_named_is_gone_on_with() {
    let (one, other) = (StandIn::answering([]), StandIn::answering([]));
    let home = Home::new();
    for server in [&one, &other] {
        home.run(&["login", "--start", "--instance", &server.url()]).output("").exits(0);
    }
    let nowhere = "http://127.0.0.1:9";
    let resume = ["login", "--resume", "--json", "--wait", "30"];
    let by_flag = home.run(&[&resume[..], &["--instance", nowhere]].concat());
    let by_variable = home.run(&resume).with("CREWMESH_INSTANCE", nowhere);
    for said in [by_flag.output(""), by_variable.output("")] {
        let error = said.exits(5).json()["error"].clone();
        assert_eq!(error["code"], "nothing_pending");
        let hint = error["hint"].as_str().expect("a hint");
        for server in [&one, &other] {
            assert!(hint.contains(server.url().trim_start_matches("http://")), "{hint}");
        }
    }
    assert_eq!(one.asked("/token").len() + other.asked("/token").len(), 0);
    // The older of the two, because it is the one that is named.
    home.run(&[&resume[..], &["--instance", &one.url()]].concat()).output("").exits(4);
    assert_eq!((one.asked("/token").len(), other.asked("/token").len()), (1, 0));
}

#[test]
#[cfg(unix)]
fn on_the_whole_screen_it_is_asked_again_by_itself_too() {
    let too_many = Answer::Status(429, "Retry-After: 1\r\n", "{}".into());
    let all = [too_many, Answer::no(500), Answer::Cut, Answer::Half, Answer::says(ANA)];
    let server = StandIn::answering(all);
    let home = Home::new();
    let login = ["login", "--no-browser", "--instance", &server.url()];
    let mut terminal = home.run(&login).terminal(100, 30);
    terminal.shows("Trying again");
    terminal.exits(0).whole().shows_at_the_end("Signed in as Ana");
    assert_eq!(kept(&home)["token"], "given-once");
    assert_eq!(server.asked("/revoke").len(), 0);
}

#[test]
#[cfg(unix)]
fn whoever_leaves_meanwhile_is_asked_the_next_time_whether_to_go_on() {
    let server = StandIn::answering([Answer::no(502)]);
    let home = Home::new();
    let url = server.url();
    let login = ["login", "--no-browser", "--instance", &url];
    let mut terminal = home.run(&login).terminal(100, 30);
    terminal.shows("Trying again").press("ctrl+c");
    terminal.exits(130).whole();
    server.answers([Answer::says(ANA)]);
    let mut terminal = home.run(&login).terminal(100, 30);
    terminal.shows("was approved and is not kept yet").press("enter");
    terminal.exits(0).whole().shows_at_the_end("Signed in as Ana");
    assert_eq!((server.asked("/token").len(), server.asked("/revoke").len()), (1, 0));
}
