//! How many sessions that were to be recorded were, which were not, and what another policy would change.

use api::Role;
use catalogue::SessionAccount;
use protocol::{AgentMessage, SessionNow};
use recording::SessionFacts;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::harness::{TestServer, eventually};
use crate::ingest::scripted::Agent;
use crate::ingest::site::enrol;

const PATH: &str = "/api/v1/recording-success";
const DAY_US: i64 = 86_400_000_000;

fn account(number: u128, user: &str, wanted: &str, outcome: &str, began_us: i64) -> SessionAccount {
    SessionAccount {
        machine: Uuid::from_u128(7),
        session: number.to_string(),
        boot_id: "boot".to_owned(),
        began_us,
        is_over: true,
        facts: SessionFacts {
            display: Some(":10".to_owned()),
            ..SessionFacts::desktop("0".repeat(32), "fin-03", user.to_owned())
        },
        policy: "Finance".to_owned(),
        rule: Some("Desks".to_owned()),
        wanted: wanted.to_owned(),
        outcome: outcome.to_owned(),
        reason: format!("{outcome} <b>because</b>"),
        recording: None,
    }
}

/// Noon of a day that is so many days ago, by UTC.
fn noon(days_ago: i64) -> i64 {
    server::clock::now_us() / DAY_US * DAY_US - days_ago * DAY_US + DAY_US / 2
}

async fn keep(server: &TestServer, accounts: &[SessionAccount]) {
    for account in accounts {
        server.catalogue().keep_account(account, server::clock::now_us()).await.unwrap();
    }
}

#[tokio::test]
async fn sessions_are_counted_by_day_and_those_that_failed_are_listed_with_the_reason() {
    let server = TestServer::start().await;
    let ada = server.person("ada", &[Role::PolicyAdministrator]).await;
    assert_eq!(
        ada.get(PATH).await.body,
        json!({
            "sessions": counts(&[]), "days": [], "known_since_us": null
        })
    );
    keep(
        &server,
        &[
            account(1, "ana", "screen", "failed", noon(3)),
            account(2, "bob", "screen", "declined", noon(3)),
            account(3, "eve", "nothing", "not-wanted", noon(2)),
            account(4, "ana", "events", "failed", noon(2)),
            account(5, "old", "screen", "failed", noon(40)),
            account(6, "new", "screen", "a word of a later agent", noon(2)),
        ],
    )
    .await;
    let body = ada.get(PATH).await.body;
    assert_eq!(body["sessions"], counts(&[("failed", 2), ("declined", 1), ("not_wanted", 1)]));
    assert_eq!(body["known_since_us"], noon(40));
    let days = body["days"].as_array().unwrap();
    assert_eq!(
        days[0],
        json!({ "day_us": noon(3) - DAY_US / 2, "sessions": counts(&[("failed", 1), ("declined", 1)]) })
    );
    // Thirteen hours east of Greenwich noon is the next day.
    let east = ada.get(&format!("{PATH}?offset_minutes=780")).await.body;
    assert_eq!(east["days"][0]["day_us"], noon(3) + DAY_US / 2 - 780 * 60_000_000);
    let range = format!("from={}&to={}", noon(3), noon(2));
    let body = ada.get(&format!("{PATH}?{range}")).await.body;
    assert_eq!(body["sessions"], counts(&[("failed", 1), ("declined", 1)]));

    let list = ada.get(&format!("{PATH}/sessions")).await.body;
    assert_eq!(list["total"], 2);
    let item = &list["items"][0];
    assert_eq!((&item["user"], &item["outcome"], &item["rule"]), (&json!("ana"), &json!("failed"), &json!("Desks")));
    assert_eq!(item["reason"], "failed <b>because</b>");
    let list = ada.get(&format!("{PATH}/sessions?{range}&outcomes=declined,not-wanted")).await.body;
    assert_eq!((&list["total"], &list["items"][0]["user"]), (&json!(1), &json!("bob")));
    for wrong in ["?offset_minutes=900", "/sessions?outcomes=lost", "/sessions?limit=501", "?days=3"] {
        assert_eq!(ada.get(&format!("{PATH}{wrong}")).await.status, 400, "{wrong}");
    }
}

fn counts(some: &[(&str, i64)]) -> Value {
    let names = [
        "recorded",
        "interrupted",
        "failed",
        "missing",
        "beginning",
        "declined",
        "switched_off",
        "undecided",
        "not_wanted",
    ];
    let mut counts: Value =
        names.iter().map(|name| ((*name).to_owned(), json!(0))).collect::<serde_json::Map<_, _>>().into();
    some.iter().for_each(|(name, count)| counts[name] = json!(count));
    counts
}

#[tokio::test]
async fn a_forecast_says_what_another_policy_would_change_and_why() {
    let server = TestServer::start().await;
    let ada = server.person("ada", &[Role::PolicyAdministrator]).await;
    keep(
        &server,
        &[
            account(1, "ana", "screen", "recorded", noon(3)),
            account(2, "bob", "screen", "failed", noon(2)),
            account(3, "old", "screen", "recorded", noon(40)),
            account(4, "off", "unknown", "switched-off", noon(2)),
        ],
    )
    .await;
    let notice = json!({ "name": "Ana", "action": { "do": "record-screen", "notice": true }, "when": { "who": [{ "user": "ana" }] } });
    let document = json!({ "version": 1, "name": "Finance", "rules": [notice] });
    let path = "/api/v1/policies/forecast";
    let told = ada.send("POST", path, json!({ "document": document })).await;
    assert_eq!(told.status, 200, "{}", told.body);
    let past = &told.body["past"];
    assert_eq!((&past["sessions"], &past["active"]["nothing"]), (&json!(2), &json!(2)));
    assert_eq!((&past["other"]["screen_with_notice"], &past["other"]["nothing"]), (&json!(1), &json!(1)));
    assert_eq!(past["changes"].as_array().unwrap().len(), 1);
    let change = &past["changes"][0];
    assert_eq!((&change["from"], &change["to"]), (&json!("nothing"), &json!("screen-with-notice")));
    let example = &change["examples"][0];
    assert_eq!((&example["user"], &example["machine"]), (&json!("ana"), &json!("fin-03")));
    assert!(example["reason_other"].as_str().unwrap().contains("rule “Ana”"), "{example}");
    assert_eq!(told.body["running"]["sessions"], 0);
    let longer = ada.send("POST", path, json!({ "policy": "record-everything", "days": 60 })).await.body;
    assert_eq!(longer["past"]["other"]["screen"], 3);
    for wrong in [json!({}), json!({ "policy": "record-everything", "days": 93 })] {
        assert_eq!(ada.send("POST", path, wrong).await.status, 400);
    }
    assert_eq!(ada.send("POST", path, json!({ "policy": "none" })).await.status, 404);
    let asker = server.person("quin", &[Role::PolicyQuery]).await;
    assert_eq!(asker.send("POST", path, json!({ "policy": "record-everything" })).await.status, 403);
}

#[tokio::test]
async fn a_forecast_counts_sessions_that_run_apart_and_says_of_which_nothing_is_known() {
    let server = TestServer::start().await;
    let ada = server.person("ada", &[Role::PolicyAdministrator]).await;
    let machine = enrol(server.catalogue(), 1).await;
    let of_machine = |session: &str, is_over: bool| SessionAccount {
        machine: machine.id,
        session: session.to_owned(),
        is_over,
        ..account(1, session, "screen", "recorded", noon(2))
    };
    keep(&server, &[of_machine("10-1-1", false), of_machine("11-1-1", true), of_machine("12-1-1", false)]).await;
    let mut agent = Agent::of(&server.app().ingest, machine.clone()).await;
    // Of the third it says nothing: it ended while nobody looked. The fourth has no account.
    for session in ["10-1-1", "14-1-1"] {
        let now = SessionNow {
            session: session.to_owned(),
            gone: false,
            user: "ana".to_owned(),
            display: ":10".to_owned(),
            recording: None,
            started_by: "policy".to_owned(),
            user_may_start: false,
            why: String::new(),
        };
        agent.say(AgentMessage::Session(now)).await;
    }
    eventually("both sessions are known", async || {
        ada.get("/api/v1/sessions").await.body["items"].as_array().is_some_and(|items| items.len() == 2)
    })
    .await;
    let told = ada.send("POST", "/api/v1/policies/forecast", json!({ "policy": "record-everything" })).await.body;
    assert_eq!((&told["running"]["sessions"], &told["running_unknown"]), (&json!(1), &json!(1)), "{told}");
    assert_eq!(told["running"]["changes"][0]["examples"][0]["user"], "10-1-1");
    assert_eq!((&told["past"]["sessions"], &told["newest_only"]), (&json!(2), &json!(false)));
}
