//! The table of routes is whole, and the description of the API says of each
//! what it asks for.

use std::collections::BTreeSet;

use crewmesh::server::http::openapi;
use crewmesh::server::http::routes::{Access, Route};
use crewmesh::server::router;
use serde_json::Value;

use super::Needs::{Device, Mcp, Nothing, OwnSession, Person, Scope, SessionWith};
use super::ROUTES;

/// A route that is described and asks for a bearer is in the table, and what
/// is in the table is described so; what a success tells has an id, and what is
/// a list comes in pages.
#[test]
fn the_table_is_whole_and_so_is_the_description() {
    let routes = router::routes();
    let of_table = |line: &str| ROUTES.iter().find(|row| row.0 == line).map(|row| row.1);
    for Route { method, path, access } in routes.table() {
        let line = format!("{method} {path}");
        let needs = of_table(&line).unwrap_or_else(|| panic!("{line} is not in the table"));
        let is_so = match access {
            Access::Public => needs == Nothing,
            Access::Bearer => matches!(needs, Device | OwnSession | SessionWith(_)),
            Access::Scope(scope) => [Scope(scope), SessionWith(scope)].contains(&needs),
            Access::Person => needs == Person,
            Access::Mcp => needs == Mcp,
        };
        assert!(is_so, "{line}: {needs:?}");
    }
    assert_eq!(routes.table().len(), ROUTES.len());

    let document = openapi::document().expect("JSON");
    let mut described = BTreeSet::new();
    for (path, methods) in document["paths"].as_object().expect("paths") {
        for (method, operation) in methods.as_object().expect("methods") {
            let line = format!("{} {path}", method.to_uppercase());
            let wants = operation["security"].as_array().expect("security");
            if wants.iter().any(|way| way["bearer"].is_array()) {
                described.insert(line.clone());
            }
            let needs = of_table(&line);
            let text = operation["description"].as_str().unwrap_or_default();
            if let Some(Scope(scope) | SessionWith(scope)) = needs
                && path.starts_with("/api/")
            {
                assert!(text.contains(&format!("`{scope}`")), "{line} says its scope: {text}");
            }
            if matches!(needs, Some(SessionWith(_))) {
                assert!(text.contains("session's token"), "{line}: {text}");
            }
            if path.starts_with("/api/") && path != openapi::PATH {
                whole(&document, &line, operation);
            }
        }
    }
    // What is said at /mcp is another protocol's to describe.
    let listed = ROUTES.iter().filter(|row| ![Nothing, Mcp].contains(&row.1));
    let listed = listed.map(|row| row.0.to_owned());
    assert_eq!(described, listed.collect());
}

fn whole(document: &Value, line: &str, operation: &Value) {
    let at = |place: &Value| {
        let Some(to) = place["$ref"].as_str() else { return place.clone() };
        let mut there = document.pointer(to.trim_start_matches('#')).expect("it is there").clone();
        // What stands beside a reference holds as well.
        let more = place["required"].as_array().cloned().unwrap_or_default();
        if let Some(required) = there["required"].as_array_mut() {
            required.extend(more);
        }
        there
    };
    for (status, answer) in operation["responses"].as_object().expect("answers") {
        let schema = at(&at(answer)["content"]["application/json"]["schema"]);
        if !status.starts_with('2') || schema.is_null() {
            continue;
        }
        let kinds = schema["oneOf"].as_array().cloned().unwrap_or_else(|| vec![schema.clone()]);
        for kind in kinds {
            let required = kind["required"].as_array().expect("required members");
            let has = |member: &str| required.contains(&member.into());
            if has("data") {
                // In pages; or read on from a number; or whole, and known by its tag.
                let by: &[&str] = match (has("total"), has("last")) {
                    (true, false) if at(answer)["headers"]["ETag"].is_object() => {
                        &["If-None-Match"]
                    }
                    (true, false) => &["limit", "cursor"],
                    (false, true) => &["after"],
                    _ => panic!("{line} has a total or a last"),
                };
                let given = operation["parameters"].as_array().expect("parameters");
                for name in by {
                    assert!(given.iter().any(|one| at(one)["name"] == *name), "{line}: {name}");
                }
            } else {
                // A task is called by a number.
                assert!(has("id") || has("number"), "{line} {status} has an id");
            }
        }
    }
}
