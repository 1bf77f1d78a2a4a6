//! Sharing a connection in a mesh from the command line, and starting an agent with what
//! somebody else shares.

use serde_json::json;

use crate::cli::signed_in_person::Ana;
use crate::support::fake_agent::{fake_agent, last_run};
use crate::support::provider::KEY;
use crate::support::server::Instance;

/// Ana, who connected a key of OpenAI, and Eva, who is in her mesh.
fn team() -> (Instance, Ana, Ana) {
    let instance = Instance::start();
    let ana = Ana::at(&instance);
    let eva = Ana::called(&instance, "Eva Ruiz", "eva@example.org");
    ana.json(&["create", "Platform team"]);
    let invite = ana.json(&["invite", "--mesh", "platform-team"]);
    let link = invite["url"].as_str().expect("a link");
    eva.json(&["join", link, "-y"]);
    let connect = ["connect", "openai", "--label", "work", "--unchecked", "--json"];
    ana.home.run(&connect).output(KEY).exits(0);
    fake_agent(&eva.home, "codex", 0);
    (instance, ana, eva)
}

const SHARE: [&str; 5] = ["providers", "share", "openai", "--mesh", "platform-team"];
const LAUNCH: [&str; 8] =
    ["launch", "-y", "--machine", "desk", "--agent", "codex", "--provider", "openai"];

#[test]
fn a_member_starts_an_agent_with_it_as_often_as_they_may_and_until_it_ends() {
    let (_instance, ana, eva) = team();
    let said = eva.home.run(&LAUNCH).output("").exits(5);
    assert!(said.err.contains("crewmesh connect openai"), "{said:#?}");

    // It is asked about, and a script says so.
    let said = ana.home.run(&SHARE).output("").exits(3);
    assert!(said.err.contains("-y"), "{said:#?}");
    let mut asked = ana.home.run(&SHARE).terminal(80, 24);
    asked.shows("Let everybody in Platform team").shows("are given what opens it").line("");
    asked.exits(0);
    let daily = [&SHARE[..], &["--daily", "2", "-y"]].concat();
    let said = ana.home.run(&daily).output("").exits(0).out;
    assert!(said.contains("Everybody in Platform team may start agents with OpenAI"), "{said}");
    assert!(said.contains("2 times a day"), "{said}");
    let own = ana.json(&["providers"]);
    assert_eq!(own["connections"][0]["shared_in"], json!(["platform-team"]));
    assert!(ana.home.run(&["providers"]).output("").out.contains("shared in platform-team"));

    let (said, seen) = eva.both(&["providers", "--mesh", "platform-team"]);
    assert!(said.contains("Ana Gil") && said.contains("0/2") && said.contains("work"), "{said}");
    assert_eq!((&seen["total"], &seen["shares"][0]["last_four"]), (&json!(1), &json!("")));
    assert_eq!(eva.json(&["providers"])["total"], 0, "none of her own");

    for start in 1..=2 {
        let mut agent = eva.home.run(&LAUNCH).terminal(100, 24);
        agent.shows("It works with OpenAI (work, Ana Gil)").shows("agent codex is here").line("");
        agent.exits(0);
        let run = last_run(&eva.home, "codex");
        assert!(run.variables.contains_key("CODEX_HOME"), "{start}: {run:?}");
        assert!(!run.variables.values().any(|value| value.contains(KEY)));
        // Nothing is kept that would outlive the sharing.
        let leases = eva.home.crewmesh().join("leases.json");
        assert!(!leases.exists(), "{start}");
    }
    let said = eva.home.run(&LAUNCH).output("").exits(7);
    assert!(said.err.contains("used up for today"), "{said:#?}");
    let spanish = eva.home.run(&LAUNCH).with("LANG", "es_ES.UTF-8").output("").exits(7);
    assert!(spanish.err.contains("se ha agotado por hoy"), "{spanish:#?}");
    let seen = eva.json(&["providers", "--mesh", "platform-team"]);
    assert_eq!(seen["shares"][0]["used_today"], 2);

    let end = ["providers", "unshare", "openai", "--mesh", "platform-team"];
    eva.home.run(&end).output("").exits(7);
    let said = ana.home.run(&end).output("").exits(0).out;
    assert!(said.contains("Nobody in Platform team"), "{said}");
    ana.home.run(&end).output("").exits(5);
    eva.home.run(&LAUNCH).output("").exits(5);
    let said = eva.home.run(&["providers", "--mesh", "platform-team"]).output("").exits(0).out;
    assert!(said.contains("Nobody shares anything"), "{said}");
}

#[test]
fn only_an_administrator_shares_and_an_agent_never() {
    let (_instance, ana, eva) = team();
    let connect = ["connect", "mistral", "--unchecked", "--json"];
    eva.home.run(&connect).output("a-key-of-mistral").exits(0);
    let share = ["providers", "share", "mistral", "--mesh", "platform-team", "-y"];
    let said = eva.home.run(&share).output("").exits(7);
    assert!(said.err.contains("administrator"), "{said:#?}");
    let yes = [&SHARE[..], &["-y"]].concat();
    let said = ana.home.run(&yes).with("CREWMESH_SESSION", "x").output("");
    assert_ne!(said.code, Some(0), "{said:#?}");
    for wrong in [&["--daily", "0"], &["--daily", "x"]] {
        ana.home.run(&[&yes[..], &wrong[..]].concat()).output("").exits(3);
    }
    ana.home.run(&["providers", "share", "nope", "-y"]).output("").exits(5);
}
