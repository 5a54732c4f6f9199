//! What was done in response to events, over all recordings.

use api::Role;
use catalogue::{NewEvents, RecordedEvent, RecordedResponse, RecordingState};
use events::{Came, Said};
use serde_json::{Value, json};

use crate::fixture;
use crate::harness::{Caller, TestServer};

const PATH: &str = "/api/v1/responses";

async fn put(server: &TestServer, number: u8, user: &str, texts: &[(u64, &str)]) {
    // One that has ended would have the events that stand in its file looked up meanwhile.
    let fixture = fixture::make(number, user);
    fixture.list(server, user, RecordingState::Live).await;
    let recording = fixture.id;
    let event = |(time_us, text): &(u64, &str)| RecordedEvent {
        time_us: *time_us,
        kind: "response".into(),
        text: (*text).into(),
    };
    let events = texts.iter().map(event).collect();
    let response = |(place, (_, text)): (u64, &(u64, &str))| {
        let said = Said::by(text)?;
        let outcome = match said.came {
            Came::Refused => "refused",
            Came::Asked => "asked",
            _ => "done",
        };
        Some(RecordedResponse {
            place,
            action: said.action.name().into(),
            outcome: outcome.into(),
            trigger: said.trigger.into(),
            of: "topmost-window".into(),
            detail: "SAP: Gehälter".into(),
            rule: "Finance".into(),
            policy: "Evenings".into(),
        })
    };
    let responses = (0..).zip(texts).filter_map(response).collect();
    let new = NewEvents { recording, first: 0, events, responses, left_out: 0, whole: false };
    assert_eq!(server.catalogue().note_events(&[new]).await.unwrap()[0].taken, texts.len() as u64);
}

async fn texts(caller: &Caller, query: &str) -> Vec<String> {
    let answer = caller.get(&format!("{PATH}{query}")).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let items = answer.body["items"].as_array().unwrap().clone();
    items.iter().map(|item| item["text"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn responses_are_listed_filtered_and_counted_by_day() {
    let server = TestServer::start().await;
    let (locked, refused) = ("“Payroll”: the session was locked", "“Payroll”: the session was not locked: no locker");
    put(&server, 1, "ana", &[(1_000, locked), (2_000, "“Payroll”: a mail was asked for")]).await;
    put(&server, 2, "ben", &[(3_000, refused), (4_000, "words of another version")]).await;
    let pia = server.person("pia", &[Role::Player]).await;
    let all = pia.get(&format!("{PATH}?offset_minutes=60")).await.body;
    assert_eq!(all["total"], 4, "{all}");
    let first = &all["items"][0];
    assert_eq!((&first["user"], &first["time_us"], first.get("action")), (&json!("ben"), &json!(4_000), None));
    let second = &all["items"][1];
    assert_eq!((&second["action"], &second["outcome"]), (&json!("lock"), &json!("refused")), "{second}");
    assert_eq!(second["trigger"], "Payroll");
    let rest = ["of", "detail", "rule", "policy"].map(|name| second[name].as_str().unwrap_or_default());
    assert_eq!(rest, ["topmost-window", "SAP: Gehälter", "Finance", "Evenings"]);
    assert_eq!(first.get("rule"), None);
    let counts: Vec<&Value> = all["days"].as_array().unwrap().iter().map(|day| &day["count"]).collect();
    assert_eq!(counts, [1, 1, 2], "another version's words, a mail, and two times locking");
    let start = all["days"][0]["start_us"].as_i64().unwrap();
    assert_eq!((start + 3_600_000_000) % 86_400_000_000, 0, "days are those of the caller");

    assert_eq!(texts(&pia, "?action=lock").await, [refused, locked]);
    assert_eq!(texts(&pia, "?action=lock&outcome=done").await, [locked]);
    assert_eq!(texts(&pia, "?outcome=asked").await, ["“Payroll”: a mail was asked for"]);
    assert_eq!(texts(&pia, "?text=ben%20LOCKER").await, [refused]);
    assert_eq!(texts(&pia, "?text=gehälter%20evenings%20ben").await, [refused]);
    assert_eq!(texts(&pia, "?limit=1&offset=1").await, [refused]);
    let at = second["at_us"].as_i64().unwrap();
    assert_eq!(texts(&pia, &format!("?from={at}&to={}", at + 1)).await, [refused]);
    for wrong in ["?limit=0", "?action=dance", "?offset_minutes=1441"] {
        assert_eq!(pia.get(&format!("{PATH}{wrong}")).await.status, 400, "{wrong}");
    }
    let ada = server.person("ada", &[Role::PolicyAdministrator]).await;
    assert_eq!(ada.get(PATH).await.status, 403, "who may not play learns nothing of what happened");
}
