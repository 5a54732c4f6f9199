//! Templates of triggers through the interface.

use api::Role;
use serde_json::{Value, json};

use crate::harness::TestServer;

const PATH: &str = "/api/v1/trigger-templates";

fn template(name: &str) -> Value {
    let trigger = json!({ "description": "Copied", "event": "clipboard", "actions": ["lock"] });
    json!({ "name": name, "theme": "Data leaving", "category": "Clipboard", "keywords": ["copy"], "trigger": trigger })
}

#[tokio::test]
async fn a_template_is_kept_changed_and_removed_with_entries_in_the_log() {
    let server = TestServer::start().await;
    let ada = server.person("ada", &[Role::PolicyAdministrator]).await;
    let built_in = ada.get(PATH).await.body["items"].as_array().unwrap().len();
    assert!(built_in > 3);
    let made = ada.send("POST", PATH, json!({ "template": template("Copies") })).await;
    let facts = (made.status, &made.body["author"], &made.body["revision"]);
    assert_eq!(facts, (201, &json!("ada"), &json!(1)), "{}", made.body);
    let own = format!("{PATH}/{}", made.body["id"].as_str().unwrap());
    let again = ada.send("POST", PATH, json!({ "template": template("COPIES") })).await;
    assert_eq!(again.status, 409, "the name is taken: {}", again.body);

    let bob = server.person("bob", &[Role::PolicyAdministrator]).await;
    let change = json!({ "revision": 1, "template": template("Other copies") });
    let changed = bob.send("PUT", &own, change.clone()).await;
    let facts = (changed.status, &changed.body["changed_by"], &changed.body["author"]);
    assert_eq!(facts, (200, &json!("bob"), &json!("ada")), "{}", changed.body);
    assert_eq!(ada.send("PUT", &own, change).await.status, 409, "somebody else was faster");

    let server = server.restart(|_| {}).await;
    let reader = server.person("rea", &[Role::PolicyQuery]).await;
    let items = reader.get(PATH).await.body["items"].as_array().unwrap().clone();
    assert_eq!((items.len(), &items[0]["built_in"]), (built_in + 1, &json!(true)));
    assert_eq!(items[built_in]["template"], template("Other copies"));
    assert_eq!(reader.act("DELETE", &format!("{own}?revision=2")).await.status, 403);

    let eda = server.person("eda", &[Role::PolicyAdministrator, Role::LoggingReader]).await;
    assert_eq!(eda.act("DELETE", &format!("{own}?revision=1")).await.status, 409);
    assert_eq!(eda.act("DELETE", &format!("{own}?revision=2")).await.status, 204);
    assert_eq!(eda.get(PATH).await.body["items"].as_array().unwrap().len(), built_in);
    let log = eda.get("/api/v1/admin-log").await.body;
    let actions = log["items"].as_array().unwrap().iter().map(|item| item["action"].as_str().unwrap());
    let actions: Vec<&str> = actions.filter(|action| action.starts_with("trigger-template")).collect();
    assert_eq!(actions, ["trigger-template-removed", "trigger-template-changed", "trigger-template-created"]);
}

#[tokio::test]
async fn templates_that_make_no_sense_and_changes_of_built_in_ones_are_refused() {
    let server = TestServer::start().await;
    let ada = server.person("ada", &[Role::PolicyAdministrator]).await;
    let first = ada.get(PATH).await.body["items"][0].clone();
    let name = first["id"].as_str().unwrap();
    let same = ada.send("POST", PATH, json!({ "template": template(&name.to_uppercase()) })).await;
    assert_eq!(same.status, 400, "{}", same.body);
    let encoded = name.replace(' ', "%20");
    assert_eq!(ada.act("DELETE", &format!("{PATH}/{encoded}?revision=0")).await.status, 400);
    let mut wrong = template("Wrong");
    wrong["trigger"]["conditions"] = json!([{ "field": "title", "test": { "matches": "(" } }]);
    let refused = ada.send("POST", PATH, json!({ "template": wrong })).await;
    let said = refused.body["message"].as_str().unwrap();
    assert_eq!(refused.status, 400);
    assert!(said.starts_with("trigger “Copied”: the expression “(” cannot be used"), "{said}");
    assert_eq!(ada.act("DELETE", &format!("{PATH}/{}?revision=1", "0".repeat(32))).await.status, 404);
}
