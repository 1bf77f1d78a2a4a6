//! Somebody comes back to a mesh that was deleted meanwhile. The start that asks no
//! network cannot know; whatever learns of it first says so and notes it, so that the
//! next start says so too and asks.

use serde_json::json;

use crate::cli::mcp::Server;
use crate::cli::signed_in_person::Ana;
use crate::support::fake_agent::{fake_agent, last_run};
use crate::support::server::Instance;

/// Eva, who was in Ana's mesh and is alone in another, in which Ana's is gone.
fn left_alone(instance: &Instance) -> Ana {
    let (ana, eva) = (Ana::at(instance), Ana::called(instance, "Eva", "eva@example.org"));
    ana.json(&["create", "Platform team"]);
    eva.json(&["create", "Own"]);
    let invite = ana.json(&["invite"]);
    eva.json(&["join", invite["url"].as_str().expect("a link"), "-y"]);
    fake_agent(&eva.home, "claude", 0);
    let first = ["launch", "-y", "--mesh", "platform-team", "--machine", "desk"];
    eva.home.run(&first).output("").exits(0);
    ana.json(&["mesh", "delete", "platform-team", "-y"]);
    // Nothing here has heard of it.
    let said = eva.home.run(&[]).output("").exits(0);
    assert!(said.err.contains("claude in platform-team as"), "{said:#?}");
    eva
}

/// What the next start says, to a person and to nobody.
fn the_next_start_says_so(eva: &Ana) {
    let said = eva.home.run(&[]).output("").exits(3);
    assert!(said.err.contains("“platform-team”, where you were last time"), "{said:#?}");
    assert!(said.err.contains("--mesh") && said.err.contains("own"), "{said:#?}");
    let mut terminal = eva.home.run(&[]).terminal(80, 24);
    terminal.shows("“platform-team”, where you were last time").shows("▸ Continue");
    terminal.press("enter").shows("claude in own as").shows("agent claude is here").line("x");
    terminal.exits(0).whole();
    // And from then on at once again.
    let said = eva.home.run(&[]).output("").exits(0);
    assert!(said.err.contains("claude in own as"), "{said:#?}");
}

#[test]
fn an_agents_server_says_that_its_mesh_is_gone_and_is_in_no_other_instead() {
    let instance = Instance::start();
    let eva = left_alone(&instance);
    let mut serve = eva.home.run(&["mcp", "serve"]);
    for (name, value) in last_run(&eva.home, "claude").variables {
        if name.starts_with("CREWMESH_") {
            serve = serve.with(&name, value);
        }
    }
    let mut server = Server::start(&serve);
    server.initialize("2025-11-25");
    for (tool, arguments) in [
        ("list_peers", json!({})),
        ("read_messages", json!({})),
        ("send_message", json!({ "to": "*", "text": "hello" })),
    ] {
        let said = server.refused(tool, &arguments);
        assert!(said.contains("“platform-team” that this was started in is gone"), "{said}");
        assert!(said.contains("crewmesh --choose"), "{said}");
    }
    let who = server.call("whoami", &json!({}));
    assert!(who["name"].is_null(), "{who}");
    // Another that it is told by name is there all the same.
    assert_eq!(server.call("list_peers", &json!({ "mesh": "own" }))["peers"], json!([]));
    assert_eq!(server.closes(), Some(0));
    the_next_start_says_so(&eva);
}

#[test]
fn any_command_that_learns_of_it_has_the_next_start_say_so() {
    let instance = Instance::start();
    let eva = left_alone(&instance);
    eva.home.run(&["peers", "own"]).output("").exits(0);
    the_next_start_says_so(&eva);
}

#[test]
fn the_mesh_of_a_launch_says_nothing_of_another_instance() {
    let instance = Instance::start();
    let ana = Ana::at(&instance);
    ana.json(&["create", "Own"]);
    let host = instance.host();
    for (launched_at, code) in [(&*host, 5), ("mesh.example.org", 0)] {
        let peers = ana.home.run(&["peers", "--json", "--instance", &host]);
        let below = peers.with("CREWMESH_SESSION", "s").with("CREWMESH_MESH", "gone");
        below.with("CREWMESH_INSTANCE", launched_at).output("").exits(code).json();
    }
}
