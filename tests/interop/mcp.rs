//! The clients that most code agents are made with, on their way to `/mcp` by the
//! address alone.

use super::{Script, member};
use crate::support::need;
use crate::support::server::Instance;

#[test]
fn the_sdk_of_code_agents_finds_its_way_to_mcp_and_back() {
    finds_its_way_and_back(&["sdk"], "legacy");
}

#[test]
fn what_followed_it_finds_it_as_well_in_either_era() {
    finds_its_way_and_back(&["client", "legacy"], "legacy");
    finds_its_way_and_back(&["client", "auto"], "modern");
}

/// By `client`, which speaks as clients of this `era` do.
#[track_caller]
fn finds_its_way_and_back(client: &[&str], era: &str) {
    if !need("interop") {
        return;
    }
    let instance = Instance::start();
    let mut ana = member(&instance.url());
    let url = instance.url();
    let script = Script::node_program("mcp_client", &[&[&*url], client].concat());
    script.says_that("came", "unauthorized").says_that("registered", "dyn_");
    script.says_that("resource", "true");
    // What the challenge says, and what lets it renew its token.
    let scope = script.says("scope");
    assert!(scope.starts_with("profile:read mesh:read"), "{scope}");
    ana.open(&script.says("open"));
    let card = ana.page.text();
    assert!(card.contains("what the program calls itself; nobody here knows it"), "{card}");
    ana.submit("decision", &[("decision", "approve")]);
    assert_eq!(ana.page.html, "back at the program");
    script.says_that("lives", "3600");
    let came = format!("Ana {era}");
    script.says_that("came", &came).says_that("elsewhere", "401");
    script.says_that("came", &came).says_that("renewed", "true");
    script.says_that("came", &came).ends();
}
