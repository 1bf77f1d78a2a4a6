//! What only a person may do: at a terminal, signed in, asked, default no.

use crate::cli::signed_in_person::{Ana, PASSWORD, next_app_code};
use crate::support::PATIENCE;
use crate::support::home::Home;
use crate::support::server::Instance;
use crate::support::web::Person;

fn start(home: &Home, instance: &Instance) -> serde_json::Value {
    let url = instance.url();
    let start = ["login", "--start", "--json", "--instance", &url];
    home.run(&start).output("").exits(0).json()
}

#[test]
fn a_second_terminal_approves_the_first() {
    let instance = Instance::start();
    let ana = Ana::at(&instance);
    let other = Home::new();
    let code = start(&other, &instance);
    let code = code["user_code"].as_str().expect("a code");
    let mut terminal = ana.home.run(&["approve", code]).terminal(80, 24);
    terminal.shows(code).shows("Only approve if you started this").shows("[y/N]");
    terminal.line("");
    terminal.exits(0).whole().shows_at_the_end("Nothing was changed");
    let mut terminal = ana.home.run(&["approve", code]).terminal(80, 24);
    terminal.shows("[y/N]").line("y").shows("Your password on").line("");
    terminal.exits(7).whole().shows_at_the_end("Without your password");
    // -y is no person.
    let mut terminal = ana.home.run(&["approve", code, "-y"]).terminal(80, 24);
    terminal.shows("[y/N]").line("y");
    // Whatever else runs as her here has the session, and not this.
    terminal.shows("Your password on").line("not that one at all");
    terminal.shows("not your password").line(PASSWORD);
    terminal.exits(0).whole().shows_at_the_end("Approved");
    assert!(!terminal.text().contains(PASSWORD), "{}", terminal.text());
    let object = other.run(&["login", "--resume", "--json"]).output("").exits(0).json();
    assert_eq!(object["user"]["name"], "Ana Gil");
    let mut terminal = ana.home.run(&["approve", code]).terminal(80, 24);
    terminal.exits(6).shows_at_the_end("answered already");
}

#[test]
fn without_a_code_what_waits_is_listed_and_one_is_picked() {
    let instance = Instance::start();
    let mut ana = Ana::at(&instance);
    let (said, list) = ana.both(&["approve"]);
    assert!(said.contains("Nothing waits for you") && said.contains("approve CODE"), "{said}");
    assert_eq!((&list["waiting"], &list["total"]), (&serde_json::json!([]), &0.into()));
    let other = Home::new();
    let code = start(&other, &instance);
    // She looks at the card, and leaves it so.
    ana.browser.open(code["verification_uri_complete"].as_str().expect("a link"));
    let deadline = std::time::Instant::now() + PATIENCE;
    let waiting = loop {
        let list = ana.json(&["approve"]);
        if list["total"] == 1 {
            break list["waiting"][0].clone();
        }
        assert!(std::time::Instant::now() < deadline, "{list}");
    };
    assert_eq!((&waiting["user_code"], &waiting["words"]), (&code["user_code"], &code["words"]));
    let code = code["user_code"].as_str().expect("a code");
    // The card of a launch tells of it as well, and leads there.
    ana.json(&["create", "Platform team"]);
    let mut terminal = ana.home.run(&["--choose"]).terminal(100, 30);
    terminal.shows("Name this machine").press("esc").shows("A sign-in waits for your approval");
    terminal.press("a").shows(code).shows("Only approve if").shows("▸ Deny").press("esc");
    terminal.shows("A sign-in waits for your approval").press("esc").shows("▸ Leave crewmesh");
    terminal.press("esc");
    terminal.exits(0).whole();
    let mut terminal = ana.home.run(&["approve"]).terminal(100, 24);
    terminal.shows(code).shows("NETWORK").shows("Is it this one?").line("");
    terminal.exits(0).whole().shows_at_the_end("Nothing was changed");
    let mut terminal = ana.home.run(&["approve"]).terminal(100, 24);
    terminal.shows("Is it this one?").line("2").line("1");
    // As with a code that was typed.
    terminal.shows("Only approve if you started this").shows("[y/N]").line("y");
    terminal.shows("Your password on").line(PASSWORD);
    terminal.exits(0).whole().shows_at_the_end("Approved");
    assert_eq!(ana.json(&["approve"])["total"], 0);
}

#[test]
fn a_second_factor_is_asked_for_after_the_password() {
    let mut instance = Instance::start_with(&["--sign-up", "open", "--require-second-factor"]);
    instance.says("second factor");
    let mut browser = Person::new();
    browser.open(&format!("{}/register", instance.url()));
    let fields = [("name", "Ana Gil"), ("email", "ana@example.org"), ("password", PASSWORD)];
    browser.submit("/register", &fields);
    assert_eq!(browser.page.url.path(), "/settings/second-factor", "led there before all else");
    let mut ana = Ana { browser, home: Home::new() };
    let (link, recovery) = ana.set_up_second_factor(&instance);
    ana.sign_in(&instance);
    let create = |lang: &'static str| ana.home.run(&["token", "create", "ci", "--lang", lang]);
    let mut terminal = create("en").terminal(100, 24);
    terminal.shows("[y/N]").line("y").shows("Your password on").line(PASSWORD);
    terminal.shows("Code of your second factor on").line("");
    terminal.exits(7).whole().shows_at_the_end("Without a code nothing was done");
    let mut terminal = create("en").terminal(100, 24);
    terminal.shows("[y/N]").line("y").shows("Your password on").line(PASSWORD);
    terminal.shows("Code of your second factor on").line("12345");
    let code = next_app_code(&link);
    terminal.shows("no code that works now").line(&code);
    terminal.exits(0).whole().shows_at_the_end("the only time");
    assert!(!terminal.text().contains(&code), "{}", terminal.text());
    let mut terminal = create("es").terminal(100, 24);
    terminal.shows("[s/N]").line("s").shows("Tu contraseña en").line(PASSWORD);
    terminal.shows("Código de tu segundo factor en").line(&recovery[0]);
    terminal.exits(0).whole().shows_at_the_end("cm_pat_");
    // Without it, where everybody has to have one: told where it is set up.
    ana.browser.open(&format!("{}/settings/second-factor", instance.url()));
    ana.browser.submit("remove", &[("do", "remove"), ("proof", PASSWORD)]);
    let mut terminal = ana.home.run(&["token", "create", "ci"]).terminal(100, 24);
    terminal.shows("[y/N]").line("y");
    terminal.exits(7).whole().shows_at_the_end("/settings/second-factor");
    ana.home.run(&["whoami"]).output("").exits(0);
}

#[test]
fn a_second_terminal_turns_the_first_away() {
    let instance = Instance::start();
    let ana = Ana::at(&instance);
    let other = Home::new();
    let code = start(&other, &instance);
    let code = code["user_code"].as_str().expect("a code").to_lowercase();
    let mut terminal = ana.home.run(&["deny", &code, "--lang", "es"]).terminal(80, 24);
    terminal.shows("[s/N]").line("s");
    terminal.exits(0).whole().shows_at_the_end("Rechazado");
    let said = other.run(&["login", "--resume", "--json"]).output("").exits(1);
    assert_eq!(said.json()["error"]["code"], "refused");
    let mut terminal = ana.home.run(&["approve", "WDJB-MJPV"]).terminal(80, 24);
    terminal.exits(5).shows_at_the_end("no such code");
}

#[test]
fn nothing_is_approved_or_made_by_a_token_an_agent_or_nobody() {
    let instance = Instance::start();
    let ana = Ana::at(&instance);
    let token = made(&ana, "ci");
    let url = instance.url();
    let commands: [&[&str]; 4] = [
        &["approve", "WDJB-MJPV"],
        &["deny", "WDJB-MJPV"],
        &["token", "create", "more"],
        &["logout", "--everywhere"],
    ];
    for command in commands {
        // Without a terminal, whatever -y says.
        let with: Vec<_> = command.iter().copied().chain(["-y", "--json"]).collect();
        let said = ana.home.run(&with).output("y\n").exits(7);
        assert_eq!(said.json()["error"]["code"], "step_up_required", "{command:?}");
        // Inside an agent.
        let run = ana.home.run(command).with("CREWMESH_SESSION", "s");
        run.terminal(80, 24).exits(7).shows_at_the_end("inside an agent");
        // With a personal access token.
        let with: Vec<_> = command.iter().copied().chain(["--instance", &url]).collect();
        let home = Home::new();
        let run = home.run(&with).with("CREWMESH_TOKEN", &token);
        run.terminal(80, 24).exits(7).shows_at_the_end("access token is not enough");
    }
    ana.home.run(&["whoami"]).output("").exits(0);
}

#[test]
fn an_agent_changes_nothing_of_who_is_signed_in_here() {
    let instance = Instance::start();
    let other = Instance::start();
    let ana = Ana::at(&instance);
    let before = ana.home.kept("auth.json");
    let auth: serde_json::Value = serde_json::from_str(&before).expect("JSON");
    let name = auth["default_instance"].as_str().expect("a default").to_owned();
    let url = other.url();
    let token = ana.token();
    let commands: [&[&str]; 8] = [
        &["login", "--instance", &url, "--start"],
        &["login", "--instance", &url, "--wait", "1"],
        &["login", "--instance", &url, "--token", "-"],
        &["login", "--resume"],
        &["login", "--instance", &url],
        &["logout"],
        &["instance", "use", &name],
        &["instance", "remove", &name],
    ];
    for command in commands {
        let with: Vec<_> = command.iter().copied().chain(["-y", "--json"]).collect();
        let run = ana.home.run(&with).with("CREWMESH_SESSION", "s");
        let said = run.output(&token).exits(7);
        assert_eq!(said.json()["error"]["code"], "step_up_required", "{command:?}");
        assert_eq!(ana.home.kept("auth.json"), before, "{command:?}");
    }
    // It goes on as the person.
    ana.home.run(&["whoami"]).with("CREWMESH_SESSION", "s").output("").exits(0);
}

/// Makes an access token as a person does, and gives what was printed.
pub(super) fn made(ana: &Ana, name: &str) -> String {
    let mut terminal = ana.home.run(&["token", "create", name]).terminal(100, 24);
    terminal.shows("[y/N]").line("y").shows("Your password on").line(PASSWORD);
    terminal.exits(0).whole().shows_at_the_end("the only time");
    let text = terminal.text();
    let token = text.lines().find(|line| line.starts_with("cm_pat_")).expect("printed");
    token.trim_end().to_owned()
}

#[test]
fn an_access_token_is_made_used_kept_and_revoked() {
    let instance = Instance::start();
    let ana = Ana::at(&instance);
    let (said, object) = ana.both(&["token", "list"]);
    assert!(said.contains("No access token"), "{said}");
    assert_eq!(object["tokens"], serde_json::json!([]));
    let token = made(&ana, "ci");
    let (said, object) = ana.both(&["token", "list"]);
    assert!(said.contains("ci") && !said.contains(&token), "{said}");
    assert_eq!(object["total"], 1);

    let url = instance.url();
    let mut script = Home::new();
    script.set("CREWMESH_TOKEN", &token).set("CREWMESH_INSTANCE", &url);
    let object = script.run(&["whoami", "--json"]).output("").exits(0).json();
    assert_eq!(
        (&object["via"], &object["token"]["source"]),
        (&"pat".into(), &"environment".into())
    );
    script.run(&["create", "CI run", "--json"]).output("").exits(0);
    assert!(!script.crewmesh().join("auth.json").exists(), "nothing was kept");

    // Kept by login, and still alive after logout: other machines use it.
    let home = Home::new();
    let login = ["login", "--instance", &url, "--token", "-"];
    let said = home.run(&login).output(&token).exits(0);
    assert!(said.out.contains("“ci”"), "{said:#?}");
    let said = home.run(&["logout"]).output("").exits(0);
    assert!(said.out.contains("still works elsewhere"), "{said:#?}");
    script.run(&["whoami"]).output("").exits(0);

    let object = ana.json(&["token", "revoke", "ci"]);
    assert_eq!(object["revoked"], true);
    script.run(&["whoami"]).output("").exits(2);
    ana.home.run(&["token", "revoke", "ci"]).output("").exits(5);
}

#[test]
fn a_token_that_never_ends_is_warned_of_and_no_is_no() {
    let instance = Instance::start();
    let ana = Ana::at(&instance);
    let run = ana.home.run(&["token", "create", "ci", "--expires-in", "never"]);
    let mut terminal = run.terminal(80, 24);
    terminal.shows("never ends").shows("[y/N]").line("n");
    terminal.exits(0).whole().shows_at_the_end("Nothing was changed");
    assert_eq!(ana.json(&["token", "list"])["total"], 0);
}

#[test]
fn signing_out_everywhere_ends_every_device() {
    let instance = Instance::start();
    let mut ana = Ana::at(&instance);
    let first = std::mem::replace(&mut ana.home, Home::new());
    ana.sign_in(&instance);
    let mut terminal = ana.home.run(&["logout", "--everywhere"]).terminal(80, 24);
    terminal.shows("every device").line("y");
    terminal.exits(0).whole().shows_at_the_end("everywhere");
    first.run(&["whoami"]).output("").exits(2);
    ana.home.run(&["whoami"]).output("").exits(2);
}

#[test]
fn a_token_typed_at_a_terminal_is_not_shown_and_the_terminal_stays_whole() {
    let instance = Instance::start();
    let ana = Ana::at(&instance);
    let (url, token) = (instance.url(), ana.token());
    let home = Home::new();
    let login = ["login", "--instance", &url, "--token", "-"];
    let mut terminal = home.run(&login).terminal(100, 24);
    terminal.shows("it is not shown").line(&token);
    terminal.exits(0).whole().shows_at_the_end("Signed in as Ana Gil");
    assert!(!terminal.raw().contains(&token));
    let home = Home::new();
    let mut terminal = home.run(&login).terminal(100, 24);
    terminal.shows("it is not shown").press("ctrl+c");
    terminal.exits(130).whole();
    // Nobody is left without echo, nor comes back to a question that shows what is typed.
    let mut terminal = home.run(&login).terminal(100, 24);
    terminal.shows("it is not shown").send(b"\x1c\x1a").press("ctrl+c");
    terminal.exits(130).whole();
    // On a line of its own, not behind the question.
    assert!(terminal.text().lines().any(|line| line == "✘ Stopped."), "{}", terminal.text());
}

#[test]
fn a_signal_ends_a_question_and_the_exit_code_says_which() {
    use rustix::process::Signal;
    let home = Home::new();
    let login = ["login", "--instance", "http://127.0.0.1:9", "--token", "-"];
    for (signal, code) in [(Signal::TERM, 143), (Signal::HUP, 129), (Signal::INT, 130)] {
        let mut terminal = home.run(&login).terminal(100, 24);
        terminal.shows("it is not shown").signal(signal);
        terminal.exits(code).whole();
    }
}

#[test]
fn a_directory_is_asked_about_once() {
    let instance = Instance::start();
    let ana = Ana::at(&instance);
    let file = ana.home.work().join(".crewmesh.toml");
    std::fs::write(&file, format!("instance = \"{}\"\n", instance.host())).expect("written");
    let mut terminal = ana.home.run(&["whoami"]).terminal(100, 24);
    terminal.shows("[y/N]").line("y");
    terminal.exits(0).whole().shows_at_the_end(".crewmesh.toml)");
    let said = ana.home.run(&["whoami"]).output("").exits(0);
    assert!(said.out.contains(".crewmesh.toml)"), "{said:#?}");
}
