//! The API's description of itself, `GET /api/openapi.json` (OpenAPI 3.1). It
//! is kept by hand in `assets/openapi`, a file for each family of routes; tests
//! compare it with the routes there are and with what they answer.
//!
//! The surprising rule: what many operations answer alike stands once, under
//! `x-answers`, and is written under each that names it when it is served.

use std::sync::LazyLock;

use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value};

use super::api_error::ApiError;
use super::routes::{Access, Routes};

/// Where it is served.
pub const PATH: &str = "/api/openapi.json";

/// What stands once and is written under many.
const ANSWERS: &str = "x-answers";

/// Each file's name and text.
const PARTS: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/openapi.rs"));

static DOCUMENT: LazyLock<serde_json::Result<String>> =
    LazyLock::new(|| document().map(|document| document.to_string()));

/// The route of the description.
pub fn routes() -> Routes {
    Routes::default().get(PATH, Access::Public, served)
}

async fn served() -> Response {
    match &*DOCUMENT {
        Ok(text) => ([(CONTENT_TYPE, "application/json")], text.as_str()).into_response(),
        Err(fault) => {
            tracing::error!(%fault, "the description of the API is not JSON");
            ApiError::internal().into_response()
        }
    }
}

/// The whole description.
///
/// # Errors
/// When a part is not JSON.
pub fn document() -> serde_json::Result<Value> {
    let mut whole = Value::Object(Map::new());
    for (_, part) in PARTS {
        merge(&mut whole, serde_json::from_str(part)?);
    }
    whole["info"]["version"] = env!("CARGO_PKG_VERSION").into();
    let common = whole.as_object_mut().and_then(|whole| whole.remove(ANSWERS)).unwrap_or_default();
    for operation in operations(&mut whole) {
        let named = operation.remove(ANSWERS).unwrap_or_default();
        for name in named.as_array().into_iter().flatten().filter_map(Value::as_str) {
            let Some(answers) = operation["responses"].as_object_mut() else { continue };
            for (status, answer) in common[name].as_object().into_iter().flatten() {
                // Its own words come first.
                answers.entry(status.as_str()).or_insert_with(|| answer.clone());
            }
        }
    }
    Ok(whole)
}

fn operations(whole: &mut Value) -> impl Iterator<Item = &mut Map<String, Value>> {
    let paths = whole["paths"].as_object_mut().into_iter().flatten();
    let methods = paths.filter_map(|(_, path)| path.as_object_mut()).flatten();
    methods.filter_map(|(_, operation)| operation.as_object_mut())
}

/// Adds `part` to `whole`, member by member.
fn merge(whole: &mut Value, part: Value) {
    match (whole, part) {
        (Value::Object(whole), Value::Object(part)) => {
            for (name, value) in part {
                merge(whole.entry(name).or_insert(Value::Null), value);
            }
        }
        (whole, part) => *whole = part,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn parts_come_together_and_nothing_is_said_twice() {
        let whole = document().unwrap();
        let mut seen = BTreeSet::new();
        for (_, part) in PARTS {
            let part: Value = serde_json::from_str(part).unwrap();
            let kinds = part["components"].as_object().into_iter().flatten();
            let components = kinds.flat_map(|(kind, named)| {
                named.as_object().unwrap().keys().map(move |name| format!("{kind} {name}"))
            });
            let paths = part["paths"].as_object().unwrap().keys().cloned();
            for name in components.chain(paths) {
                assert!(seen.insert(name.clone()), "{name} stands in two files");
            }
        }
        assert_eq!(whole["info"]["version"], env!("CARGO_PKG_VERSION"));
        let profile = &whole["paths"]["/api/my/profile"]["get"]["responses"];
        assert_eq!(profile["401"]["$ref"], "#/components/responses/Unauthorized");
    }

    /// Every reference leads somewhere, and nothing lies about unused.
    #[test]
    fn what_is_named_is_there_and_what_is_there_is_named() {
        fn references(value: &Value, found: &mut BTreeSet<String>) {
            match value {
                Value::Object(members) => {
                    for (name, value) in members {
                        if let (true, Some(to)) = (name == "$ref", value.as_str()) {
                            found.insert(to.to_owned());
                        }
                        references(value, found);
                    }
                }
                Value::Array(rows) => rows.iter().for_each(|row| references(row, found)),
                _ => {}
            }
        }
        let whole = document().unwrap();
        let mut named = BTreeSet::new();
        references(&whole, &mut named);
        let mut there = BTreeSet::new();
        for (kind, members) in whole["components"].as_object().unwrap() {
            if kind != "securitySchemes" {
                let members = members.as_object().unwrap().keys();
                there.extend(members.map(|name| format!("#/components/{kind}/{name}")));
            }
        }
        assert_eq!(named, there);
    }

    #[test]
    fn every_operation_is_called_by_a_name_of_its_own() {
        let mut whole = document().unwrap();
        let mut seen = BTreeSet::new();
        for operation in operations(&mut whole) {
            let name = operation["operationId"].as_str().unwrap().to_owned();
            assert!(seen.insert(name.clone()), "{name} twice");
            assert!(operation["summary"].as_str().is_some_and(|text| text.ends_with('.')));
            assert!(!operation.contains_key(ANSWERS) && !operation["responses"].is_null());
        }
    }
}
