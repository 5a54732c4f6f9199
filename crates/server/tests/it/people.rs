//! Managing people.

use api::Role;
use serde_json::{Value, json};

use crate::harness::{Caller, PASSWORD, TestServer};

async fn id_of(caller: &Caller, name: &str) -> String {
    let list = caller.get("/api/v1/users").await.body;
    let items = list["items"].as_array().unwrap();
    items.iter().find(|item| item["name"] == name).unwrap()["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn people_are_added_given_roles_and_locked_out() {
    let server = TestServer::start().await;
    let adm = server.person("adm", &[Role::PolicyAdministrator]).await;
    let new = json!({ "name": "pia", "password": PASSWORD, "roles": ["player"] });
    let made = adm.send("POST", "/api/v1/users", new.clone()).await;
    assert_eq!((made.status, &made.body["roles"]), (201, &json!(["player"])));
    assert!(!made.body.to_string().contains("hash"), "{}", made.body);
    let pia = server.client();
    pia.sign_in("pia", PASSWORD).await;
    assert_eq!(pia.get("/api/v1/recordings").await.status, 200);

    let again = adm.send("POST", "/api/v1/users", new).await;
    assert_eq!((again.status, again.code()), (409, "conflict"));

    let id = id_of(&adm, "pia").await;
    let roles = adm.send("PUT", &format!("/api/v1/users/{id}/roles"), json!({ "roles": ["logging-reader"] })).await;
    assert_eq!(roles.body["roles"], json!(["logging-reader"]));
    assert_eq!(pia.get("/api/v1/recordings").await.status, 403);
    assert_eq!(pia.get("/api/v1/admin-log").await.status, 200);

    let locked = adm.send("PUT", &format!("/api/v1/users/{id}"), json!({ "enabled": false })).await;
    assert_eq!(locked.body["enabled"], false);
    assert_eq!(pia.get("/api/v1/me").await.status, 401);

    let back = json!({ "enabled": true, "password": "a new password" });
    assert_eq!(adm.send("PUT", &format!("/api/v1/users/{id}"), back).await.status, 200);
    assert_eq!(pia.get("/api/v1/me").await.status, 401, "the old session does not come back");
    pia.sign_in("pia", "a new password").await;
    let actions: Vec<Value> = pia.get("/api/v1/admin-log").await.body["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|entry| entry["user"] == "adm" && entry["target"] == "pia")
        .map(|entry| entry["action"].clone())
        .collect();
    assert_eq!(actions, ["user-enabled", "password-set", "user-disabled", "roles-changed", "user-created"]);
}

#[tokio::test]
async fn names_and_passwords_have_bounds() {
    let server = TestServer::start().await;
    let adm = server.person("adm", &[Role::PolicyAdministrator]).await;
    let long = "x".repeat(65);
    let cases = [
        ("", PASSWORD, 400),
        (&*long, PASSWORD, 400),
        ("two words", PASSWORD, 400),
        ("<b>", PASSWORD, 400),
        ("a/b", PASSWORD, 400),
        ("pia", "short", 400),
        ("pia", &*"x".repeat(1025), 400),
        ("zoë.o-k_1@example", PASSWORD, 201),
    ];
    for (name, password, expected) in cases {
        let answer = adm.send("POST", "/api/v1/users", json!({ "name": name, "password": password })).await;
        assert_eq!(answer.status, expected, "{name:?}: {}", answer.body);
    }
    let unknown_role = json!({ "name": "pia", "password": PASSWORD, "roles": ["owner"] });
    assert_eq!(adm.send("POST", "/api/v1/users", unknown_role).await.status, 400);
    assert_eq!(adm.send("PUT", "/api/v1/users/none/roles", json!({ "roles": [] })).await.status, 404);
}

#[tokio::test]
async fn the_last_administrator_stays() {
    let server = TestServer::start().await;
    let first = server.running.first_login().unwrap().clone();
    let admin = server.client();
    admin.sign_in(&first.user, &first.password).await;
    let id = id_of(&admin, "admin").await;
    for (path, body) in [
        (format!("/api/v1/users/{id}/roles"), json!({ "roles": ["player"] })),
        (format!("/api/v1/users/{id}"), json!({ "enabled": false })),
    ] {
        let answer = admin.send("PUT", &path, body).await;
        assert_eq!((answer.status, answer.code()), (409, "conflict"), "{path}");
    }
    server.add_person("second", &[Role::PolicyAdministrator]).await;
    let stepping_down = json!({ "roles": ["player"] });
    assert_eq!(admin.send("PUT", &format!("/api/v1/users/{id}/roles"), stepping_down).await.status, 200);
}
