//! Roles are the same words everywhere.

use api::{Needs, Operation, Role};

#[test]
fn words_on_the_command_line_are_the_words_in_json() {
    for role in Role::ALL {
        assert_eq!(serde_json::to_value(role).unwrap(), role.as_str());
        assert_eq!(role.as_str().parse::<Role>(), Ok(role));
    }
    let error = "owner".parse::<Role>().unwrap_err().to_string();
    assert!(error.contains("\"owner\"") && error.contains("privileged-player"), "{error}");
}

#[test]
fn only_these_operations_are_open_to_anybody() {
    let open: Vec<&str> = Operation::ALL
        .iter()
        .filter(|operation| operation.needs() == Needs::Nobody)
        .map(|operation| operation.path())
        .collect();
    assert_eq!(open, ["/api/v1/login", "/api/v1/enrol", "/api/v1/openapi.json", "/healthz"]);
}
