//! Detection policies through the interface: kept, tried and activated as recording policies are, and apart from them.

use api::Role;
use serde_json::{Value, json};

use crate::harness::{Caller, TestServer};

const PATH: &str = "/api/v1/detection-policies";

fn document(name: &str) -> Value {
    let rule = |name: &str, log: Value| json!({ "name": name, "log": log, "when": { "who": [{ "user": "ana" }] } });
    let rules = [rule("Older", json!({ "topmost_window": true })), rule("Newer", json!({}))];
    json!({ "version": 1, "name": name, "description": "what for", "rules": rules })
}

async fn administrator(server: &TestServer) -> Caller {
    server.person("ada", &[Role::PolicyAdministrator, Role::LoggingReader]).await
}

async fn create(caller: &Caller, path: &str, document: Value) -> String {
    let created = caller.send("POST", path, json!({ "document": document })).await;
    assert_eq!(created.status, 201, "{}", created.body);
    created.body["policy"]["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_detection_policy_is_kept_changed_activated_and_removed() {
    let server = TestServer::start().await;
    let ada = administrator(&server).await;
    let list = ada.get(PATH).await.body;
    let names = |list: &Value| -> Vec<String> {
        list["items"].as_array().unwrap().iter().map(|item| item["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names(&list), ["Each machine's own settings", "Log nothing"]);
    assert_eq!(list["active"], "machine-settings", "none is active after installation");
    let id = create(&ada, PATH, document("Titles")).await;
    let own = format!("{PATH}/{id}");
    assert_eq!(ada.get(&own).await.body["document"], document("Titles"), "rules stay in their order");
    let copied = ada.send("POST", &format!("{own}/copy"), json!({ "name": "Copy" })).await;
    assert_eq!(copied.body["document"]["rules"], document("")["rules"]);
    let nothing = ada.send("POST", &format!("{PATH}/log-nothing/copy"), json!({ "name": "Nothing" })).await;
    assert_eq!(nothing.body["document"]["rules"][0]["log"], json!({}));
    let nowhere = ada.send("POST", &format!("{PATH}/machine-settings/copy"), json!({ "name": "Own" })).await;
    assert_eq!(nowhere.status, 400, "{}", nowhere.body);

    let change = json!({ "revision": 1, "document": document("Titles of ana") });
    assert_eq!(ada.send("PUT", &own, change.clone()).await.body["policy"]["revision"], 2);
    assert_eq!(ada.send("PUT", &own, change).await.status, 409, "somebody else was faster");
    let choice = json!({ "revision": 2, "instead_of": "machine-settings" });
    let activated = ada.send("POST", &format!("{own}/activate"), choice.clone()).await;
    assert_eq!((activated.status, &activated.body["policy"]["active"]), (200, &json!(true)), "{}", activated.body);
    assert_eq!(ada.send("POST", &format!("{own}/activate"), choice).await.status, 409);
    assert_eq!(ada.act("DELETE", &format!("{own}?revision=2")).await.status, 409, "it is active");
    let back = json!({ "revision": 0, "instead_of": id });
    assert_eq!(ada.send("POST", &format!("{PATH}/machine-settings/activate"), back).await.status, 200);
    assert_eq!(ada.act("DELETE", &format!("{own}?revision=2")).await.status, 204);
    let log = ada.get("/api/v1/admin-log").await.body;
    let actions: Vec<&str> =
        log["items"].as_array().unwrap().iter().map(|item| item["action"].as_str().unwrap()).collect();
    let actions: Vec<&str> =
        actions.into_iter().filter_map(|action| action.strip_prefix("detection-policy-")).collect();
    assert_eq!(actions, ["removed", "activated", "activated", "changed", "created", "created", "created"]);
}

#[tokio::test]
async fn the_two_kinds_of_policies_know_nothing_of_each_other() {
    let server = TestServer::start().await;
    let ada = administrator(&server).await;
    let rule = json!({ "name": "r", "action": { "do": "do-not-record" }, "when": { "tags": ["x"] } });
    let recording = json!({ "version": 1, "name": "Titles", "rules": [rule] });
    let (detects, records) =
        (create(&ada, PATH, document("Titles")).await, create(&ada, "/api/v1/policies", recording.clone()).await);
    for (path, id) in [(PATH, &records), ("/api/v1/policies", &detects)] {
        let own = format!("{path}/{id}");
        assert_eq!(ada.get(&own).await.status, 404);
        assert_eq!(ada.act("DELETE", &format!("{own}?revision=1")).await.status, 404);
        let choice =
            json!({ "revision": 1, "instead_of": if path == PATH { "machine-settings" } else { "do-not-record" } });
        assert_eq!(ada.send("POST", &format!("{own}/activate"), choice).await.status, 404);
    }
    for (path, wrong) in [(PATH, recording), ("/api/v1/policies", document("Other"))] {
        assert_eq!(ada.send("POST", path, json!({ "document": wrong })).await.status, 400);
    }
    let taken = json!({ "document": document("LOG nothing") });
    assert!(ada.send("POST", PATH, taken).await.body["message"].as_str().unwrap().contains("built-in"));
}

#[tokio::test]
async fn a_session_is_tried_against_the_oldest_rule_that_holds() {
    let server = TestServer::start().await;
    let ada = administrator(&server).await;
    let id = create(&ada, PATH, document("Titles")).await;
    let attempt = |policy: Value, user: &str| {
        let mut body = policy;
        body["session"] = json!({ "user": user, "machine": "fin-1" });
        ada.send("POST", "/api/v1/detection-policies/try", body)
    };
    let tried = attempt(json!({ "policy": id }), "ana").await;
    assert_eq!((tried.status, &tried.body["rules"]), (200, &json!(["Older"])), "{}", tried.body);
    assert_eq!(tried.body["log"], json!({ "topmost_window": true }));
    assert!(tried.body["reason"].as_str().unwrap().contains("oldest of 2"), "{}", tried.body);
    let tried = attempt(json!({ "document": document("Draft") }), "bob").await;
    assert_eq!((&tried.body["log"], &tried.body["rules"]), (&json!({}), &json!([])));
    let tried = attempt(json!({ "policy": "machine-settings" }), "ana").await;
    assert_eq!(tried.body["log"], Value::Null);
    assert_eq!(attempt(json!({}), "ana").await.status, 400);
}

#[tokio::test]
async fn kinds_of_events_are_told_with_what_can_be_asked_about_them() {
    let server = TestServer::start().await;
    let told = server.person("pia", &[]).await.get("/api/v1/event-kinds").await;
    assert_eq!(told.status, 200, "{}", told.body);
    let of = |name: &str| {
        let items = told.body["items"].as_array().unwrap();
        items.iter().find(|item| item["name"] == name).unwrap_or_else(|| panic!("{name} in {}", told.body))
    };
    let clipboard = of("clipboard");
    assert_eq!((&clipboard["logged_by"], &clipboard["triggers"]), (&json!("clipboard"), &json!(true)));
    let choice = json!({ "field": "type", "values": "choice", "words": ["text", "file", "bitmap"] });
    assert_eq!(clipboard["dimensions"][0], choice);
    assert_eq!(of("idle")["dimensions"][0], json!({ "field": "seconds", "values": "number", "words": [] }));
    assert_eq!(of("lock").get("logged_by"), None, "it is always told");
    assert_eq!(of("response")["triggers"], false, "a response to a response would go on for ever");
    assert_eq!(of("session-end")["triggers"], false, "it comes too late for anything");
    assert_eq!(told.body["bounds"]["before_seconds"], json!({ "least": 10, "most": 120 }));
    assert_eq!(told.body["bounds"]["after_minutes"], json!({ "least": 1, "most": 1_440 }));
    assert_eq!(server.client().get("/api/v1/event-kinds").await.status, 401);

    let ada = administrator(&server).await;
    let respond = json!({ "triggers": [{ "description": "Copied", "event": "clipboard", "actions": ["lock"] }] });
    let mut asked = document("Copies");
    asked["rules"][0]["respond"] = respond;
    assert_eq!(ada.send("POST", PATH, json!({ "document": asked.clone() })).await.status, 201);
    asked["name"] = json!("Other copies");
    asked["rules"][0]["respond"]["triggers"][0]["conditions"] =
        json!([{ "field": "seconds", "test": { "greater": 3 } }]);
    let refused = ada.send("POST", PATH, json!({ "document": asked })).await;
    let said = refused.body.to_string();
    assert_eq!(refused.status, 400, "{said}");
    assert!(said.contains("Copied") && said.contains("no field “seconds”"), "{said}");
}
