//! The checked-in OpenAPI document is the one the types make.

use std::collections::BTreeSet;

use serde_json::Value;

const CHECKED_IN: &str = include_str!("../../openapi.json");

#[test]
fn checked_in_document_is_current() {
    let made = api::document_json().unwrap();
    assert!(
        made == CHECKED_IN,
        "crates/api/openapi.json differs from the types; make it anew with\n    \
         cargo run -q -p api --example openapi > openapi.json && mv openapi.json crates/api/openapi.json"
    );
}

#[test]
fn every_operation_is_in_the_document_and_nothing_else() {
    let document: Value = serde_json::from_str(CHECKED_IN).unwrap();
    let mut documented = BTreeSet::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys() {
            documented.insert(format!("{} {path}", method.to_uppercase()));
        }
    }
    let declared: BTreeSet<String> = api::Operation::ALL
        .iter()
        .map(|operation| format!("{} {}", operation.method().as_str(), operation.path()))
        .collect();
    assert_eq!(documented, declared);
}

#[test]
fn every_reference_leads_somewhere() {
    fn references<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
        match value {
            Value::Object(fields) => {
                if let Some(Value::String(target)) = fields.get("$ref") {
                    found.push(target);
                }
                fields.values().for_each(|field| references(field, found));
            }
            Value::Array(items) => items.iter().for_each(|item| references(item, found)),
            _ => {}
        }
    }
    let document: Value = serde_json::from_str(CHECKED_IN).unwrap();
    let mut found = Vec::new();
    references(&document, &mut found);
    assert!(found.len() > 50);
    for target in found {
        let pointer = target.trim_start_matches('#');
        assert!(document.pointer(pointer).is_some(), "{target} leads nowhere");
    }
}
