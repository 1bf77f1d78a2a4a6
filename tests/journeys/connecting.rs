//! Connecting AI providers from the launch card, in a real terminal: what is connected is
//! what the agent starts with.

use crate::cli::upgrade_to_team::sign_in_alone;
use crate::support::fake_agent::{fake_agent, last_run, write_program};
use crate::support::github_device::{Decision, GitHubDevice, USER_CODE};
use crate::support::home::Home;
use crate::support::provider::{KEY, Provider};
use crate::support::qr;
use crate::support::terminal::Terminal;

/// Somebody on their own instance, with a mesh and this machine.
fn at_home() -> Home {
    let home = Home::new();
    sign_in_alone(&home, "alejandro");
    home.run(&["create", "alejandro's mesh"]).output("").exits(0);
    home.run(&["machine", "register", "-y"]).output("").exits(0);
    home
}

#[test]
fn a_code_is_shown_on_the_whole_screen_and_the_card_says_what_came_of_it() {
    let github = GitHubDevice::start();
    let mut home = at_home();
    for (name, value) in github.variables() {
        home.set(name, value);
    }
    fake_agent(&home, "claude", 0);
    let mut terminal = home.run(&["--choose"]).terminal(80, 24);
    terminal.shows("▸ Continue").press("p").shows("Connect an account once").press("7");
    terminal.shows("How should GitHub be connected?").press("enter");
    terminal.shows(USER_CODE).shows("https://github.com/login/device");
    terminal.wait("a QR code", |screen| qr::on_screen(screen).is_some());
    let light = terminal.look(qr::on_screen).expect("it is there");
    assert_eq!(qr::decoded(&light), "https://github.com/login/device");
    github.is().decision = Decision::Approved;
    terminal.shows("GitHub (anagil) is connected").shows("▸ Continue");
    terminal.press("p").shows("GitHub ✔").press("esc");
    terminal.shows("▸ Continue").press("enter").shows("agent claude is here").line("");
    terminal.exits(0);
    assert!(!terminal.raw().contains("gho_"));
    terminal.whole();
}

#[test]
fn a_key_is_pasted_and_its_agent_starts_with_it() {
    let openai = Provider::openai();
    let mut home = at_home();
    home.set("CREWMESH_PROVIDER_OPENAI_ADDRESS", openai.address());
    fake_agent(&home, "codex", 0);
    let mut terminal = home.run(&["--choose"]).terminal(80, 24);
    terminal.shows("its own sign-in").press("p").shows("▸ 1  OpenAI").press("enter");
    terminal.shows("Paste a key").press("2").shows("Paste a key of OpenAI");
    // Of another provider: nobody is asked about it.
    terminal.paste("sk-ant-api03-abc").press("enter");
    terminal.shows("That is a key of Anthropic, not of OpenAI").press("ctrl+u");
    terminal.paste(KEY).shows("4711").press("enter");
    terminal.shows("OpenAI (…4711) is connected").shows("Works with").shows("▸ Continue");
    terminal.press("enter").shows("It works with OpenAI (…4711)").shows("agent codex is here");
    terminal.line("");
    terminal.exits(0);
    assert!(!terminal.raw().contains(KEY));
    let run = last_run(&home, "codex");
    assert!(!run.arguments.iter().any(|argument| argument.contains(KEY)));
    assert_eq!(openai.asked().len(), 1, "one question");
    terminal.whole();
}

#[test]
fn a_program_of_the_vendors_has_the_terminal_and_gives_it_back_to_the_card() {
    let home = at_home();
    let agent = fake_agent(&home, "codex-agent", 0);
    let script = format!(
        "#!/bin/sh\n\
         case \"$1\" in --version) echo 1.2.3; exit 0;; login) ;; *) exec '{}' \"$@\";; esac\n\
         echo >>\"$HOME/tries\"; echo \"Try $(wc -l <\"$HOME/tries\")\"; read -r answer\n\
         test \"$answer\" = yes || exit 3\n\
         printf '{{\"OPENAI_API_KEY\":null,\"tokens\":{{\"access_token\":\"e30.eyJleHAiOjQwMDAwMDAwMDB9.x\",\
         \"refresh_token\":\"rt-1\",\"id_token\":\"e30.eyJlbWFpbCI6ImFuYUBleGFtcGxlLm9yZyJ9.x\"}}}}' \
         >\"$CODEX_HOME/auth.json\"\n",
        agent.display(),
    );
    write_program(&home.bin().join("codex"), &script);
    let mut terminal = home.run(&["--choose"]).terminal(80, 24);
    let begin = |terminal: &Terminal, tries: u8| {
        terminal.shows("▸ Continue").press("p").shows("▸ 1  OpenAI").press("enter");
        terminal.shows("1  Sign in with codex").press("enter");
        terminal.wait("the screen to be left", |screen| !screen.alternate_screen());
        terminal.shows(&format!("Try {tries}"));
    };
    begin(&terminal, 1);
    terminal.line("no");
    // What it said is there to be read until then.
    terminal.shows("Enter leads back.").shows("Try 1").line("");
    terminal.shows("codex ended without a sign-in (exit code 3)").shows("▸ Continue");
    begin(&terminal, 2);
    terminal.press("ctrl+c");
    terminal.wait("the card", vt100::Screen::alternate_screen);
    begin(&terminal, 3);
    terminal.line("yes");
    terminal.shows("OpenAI (ana@example.org) is connected").shows("▸ Continue");
    terminal.press("enter").shows("agent codex-agent is here").line("");
    terminal.exits(0);
    terminal.whole();
}
