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

/// Written down apart from the declarations, so that loosening one by mistake is noticed.
#[test]
fn who_may_call_what() {
    use Role::{LoggingReader, Player, PolicyAdministrator, PolicyQuery, PrivilegedPlayer};
    let expected = |path: &str, is_change: bool| -> Option<Vec<Role>> {
        let room = path.trim_start_matches("/api/v1/").split('/').next()?;
        Some(match room {
            "recordings" | "responses" => vec![Player, PrivilegedPlayer],
            "machines" | "sessions" | "enrolment-tokens" | "users" => vec![PolicyAdministrator],
            // Trying changes nothing.
            "trigger-templates" if is_change => vec![PolicyAdministrator],
            "trigger-templates" => vec![PolicyAdministrator, PolicyQuery],
            "policies" if is_change && !path.ends_with("/try") => vec![PolicyAdministrator],
            "policies" => vec![PolicyAdministrator, PolicyQuery],
            "recording-success" => vec![PolicyAdministrator, LoggingReader],
            "diagnostics" | "admin-log" => vec![LoggingReader],
            _ => return None,
        })
    };
    let mut checked = 0;
    for operation in Operation::ALL {
        let Some(roles) = expected(operation.path(), operation.method() != api::Method::Get) else { continue };
        for role in Role::ALL {
            assert_eq!(operation.needs().allow(&[role]), roles.contains(&role), "{operation:?} by {role}");
        }
        assert!(!operation.needs().allow(&[]), "{operation:?} by somebody without a role");
        checked += 1;
    }
    assert_eq!(checked, 40);
}
