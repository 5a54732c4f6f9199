//! Walks every operation with every role, with none, with all, and signed out: who may call is what is declared.

use api::{Needs, Operation, Role};
use serde_json::json;

use crate::fixture;
use crate::harness::{Answer, Caller, TestServer};

/// What an operation is asked with: enough to get past the authorisation point, too little to change anything.
async fn call(caller: &Caller, operation: Operation, id: &str) -> Answer {
    let path = operation.path().replace("{id}", id);
    match operation.method() {
        api::Method::Get => caller.get(&path).await,
        method if path.ends_with("/logout") => caller.act(method.as_str(), &path).await,
        method => caller.send(method.as_str(), &path, json!({ "not-a-field": true })).await,
    }
}

fn is_refusal(answer: &Answer) -> bool {
    matches!(answer.code(), "not-signed-in" | "not-allowed")
}

#[tokio::test]
async fn every_operation_with_every_role() {
    let server = TestServer::start().await;
    let recording = fixture::finished(&server, 1, "eve").await.id.to_string();
    let mut callers: Vec<(String, Vec<Role>)> =
        vec![("none".to_owned(), vec![]), ("all".to_owned(), Role::ALL.to_vec())];
    callers.extend(Role::ALL.map(|role| (role.to_string(), vec![role])));
    let mut walked = 0;
    for (name, roles) in &callers {
        let caller = server.person(name, roles).await;
        for operation in Operation::ALL {
            // Logging out would end the walk; it has a test of its own.
            if *operation == Operation::Logout {
                continue;
            }
            let answer = call(&caller, *operation, &recording).await;
            let allowed = operation.needs().allow(roles);
            assert_eq!(is_refusal(&answer), !allowed, "{operation:?} by {name}: {} {}", answer.status, answer.body);
            if !allowed {
                assert_eq!((answer.status, answer.code()), (403, "not-allowed"), "{operation:?} by {name}");
            }
            assert!(answer.status < 500, "{operation:?} by {name}: {} {}", answer.status, answer.body);
            walked += 1;
        }
    }
    assert_eq!(walked, (Operation::ALL.len() - 1) * callers.len());
}

#[tokio::test]
async fn every_operation_signed_out() {
    let server = TestServer::start().await;
    let recording = fixture::finished(&server, 1, "eve").await.id.to_string();
    let caller = server.client();
    for operation in Operation::ALL {
        let answer = call(&caller, *operation, &recording).await;
        if operation.needs() == Needs::Nobody {
            assert!(!is_refusal(&answer), "{operation:?}");
        } else {
            assert_eq!((answer.status, answer.code()), (401, "not-signed-in"), "{operation:?}");
        }
    }
}

#[tokio::test]
async fn nothing_outside_the_list_is_reachable() {
    let server = TestServer::start().await;
    let caller = server.person("root", &Role::ALL).await;
    let declared = |method: &str, path: &str| {
        Operation::ALL.iter().any(|operation| {
            let same = operation.path() == path.replace("some-id", "{id}");
            same && (operation.method().as_str() == method
                || method == "HEAD" && operation.method() == api::Method::Get)
        })
    };
    let mut refused = 0;
    for operation in Operation::ALL {
        let path = operation.path().replace("{id}", "some-id");
        for method in ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"] {
            if !declared(method, &path) {
                let answer = caller.act(method, &path).await;
                assert_eq!(answer.status, 405, "{method} {path}: {}", answer.body);
                refused += 1;
            }
        }
    }
    assert!(refused > 100, "{refused}");
    for path in ["/api", "/api/", "/api/v1", "/api/v1/", "/api/v2/me", "/api/v1/recordings/", "/api/v1//me"] {
        let answer = caller.get(path).await;
        assert!(answer.status == 404 || path == "/api", "{path}: {}", answer.status);
        assert_ne!(answer.body["user"], "root", "{path}");
    }
}

#[tokio::test]
async fn what_somebody_may_do_changes_with_the_next_request() {
    let server = TestServer::start().await;
    let id = server.add_person("ana", &[]).await;
    let caller = server.client();
    caller.sign_in("ana", crate::harness::PASSWORD).await;
    assert_eq!(caller.get("/api/v1/recordings").await.status, 403);
    server.catalogue().set_roles(id, &[catalogue::Role::Player].into()).await.unwrap();
    assert_eq!(caller.get("/api/v1/recordings").await.status, 200);
    server.catalogue().set_roles(id, &[].into()).await.unwrap();
    assert_eq!(caller.get("/api/v1/recordings").await.status, 403);
}

#[tokio::test]
async fn refused_readings_of_the_log_are_in_the_log() {
    let server = TestServer::start().await;
    let caller = server.person("ana", &[Role::PolicyAdministrator]).await;
    assert_eq!(caller.get("/api/v1/admin-log").await.status, 403);
    let reader = server.person("rea", &[Role::LoggingReader]).await;
    let log = reader.get("/api/v1/admin-log").await;
    let entries = log.body["items"].as_array().unwrap();
    let refused = entries.iter().find(|entry| entry["action"] == "log-read-refused").unwrap();
    assert_eq!((&refused["user"], &refused["target"]), (&json!("ana"), &json!("/api/v1/admin-log")));
}
