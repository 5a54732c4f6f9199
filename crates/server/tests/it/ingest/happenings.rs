//! What happened in recordings is found while they grow, when they have ended, after a crash and after the catalogue was lost.

use api::Role;
use catalogue::{Catalogue, EventFilter, EventHits, RecordingQuery, RecordingState, Visibility};
use recording::{EndReason, Event, RecordingId};
use server::ingest::rebuild_catalogue;
use storage::{Store, StoreOptions};

use super::scripted::Agent;
use super::site::{Site, enrol, eventually};
use super::tape::Tape;
use crate::harness;

async fn hits(catalogue: &Catalogue, text: &str) -> Vec<(RecordingId, EventHits)> {
    let filter = EventFilter { text: Some(text.into()), kinds: Vec::new() };
    let found = catalogue.search_events(&RecordingQuery::new(Visibility::Everything), &filter).await.unwrap();
    found.items.into_iter().map(|(recording, hits)| (recording.id, hits)).collect()
}

async fn count(catalogue: &Catalogue, text: &str) -> u64 {
    hits(catalogue, text).await.iter().map(|(_, hits)| hits.count).sum()
}

fn window(title: &str) -> Event {
    Event::topmost_window(title, Some("/usr/bin/soffice"), None)
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_list_recordings_finds_what_happened_in_one_that_an_agent_sends_and_others_do_not() {
    let server = harness::TestServer::start().await;
    let machine = enrol(server.catalogue(), 1).await;
    let mut tape = Tape::new(1, machine.id);
    tape.event(&window("Rechnung 4711"));
    tape.event(&window("増値税の請求書 <b>"));
    tape.event(&Event::new("custom").with("text", "a,b: Rechnung"));
    let mut agent = Agent::of(&server.app().ingest, machine).await;
    agent.open_and_send(&tape).await;

    let player = server.person("pia", &[Role::Player]).await;
    let ask = async |query: &[(&str, &str)]| {
        let response = player.request("GET", "/api/v1/recordings").query(query).send().await.unwrap();
        harness::Answer::of(response).await
    };
    harness::eventually("it is found", async || ask(&[("event_text", "RECHN")]).await.body["total"] == 1).await;
    let all = ask(&[("event_text", "RECHN")]).await.body;
    assert_eq!((&all["has_more"], &all["since_us"]), (&false.into(), &serde_json::Value::Null));
    assert_eq!(all["items"][0]["id"], tape.id.to_string());
    let first = serde_json::json!([
        { "time_us": 100_000, "kind": "topmost-window", "text": "soffice: Rechnung 4711" },
        { "time_us": 300_000, "kind": "custom", "text": "a,b: Rechnung" },
    ]);
    assert_eq!(all["items"][0]["hits"], serde_json::json!({ "first": first, "count": 2 }));
    let cases: [(&[(&str, &str)], usize); 12] = [
        (&[("event_text", "請求書")], 1),
        (&[("event_text", "求")], 1),
        (&[("event_text", "rechnung"), ("event_kinds", "custom")], 1),
        (&[("event_kinds", "custom,topmost-window")], 1),
        (&[("event_kinds", "lock")], 0),
        (&[("event_kinds", "a%2Cb")], 0),
        (&[("event_text", "rechnung"), ("event_kinds", "lock")], 0),
        (&[("event_text", "rechnung"), ("state", "live"), ("text", "ana")], 1),
        (&[("event_text", "rechnung"), ("state", "finished")], 0),
        (&[("event_text", "rechnung"), ("text", "nobody")], 0),
        (&[("event_text", "rechnung"), ("to", "1000")], 0),
        (&[("event_text", "nothing of the kind")], 0),
    ];
    for (query, expected) in cases {
        let answer = ask(query).await;
        let items = answer.body["items"].as_array().unwrap().len();
        assert_eq!((answer.status, items, &answer.body["total"]), (200, expected, &expected.into()), "{query:?}");
    }
    assert!(ask(&[("event_text", " ")]).await.body["items"][0].get("hits").is_none(), "nothing was looked for");
    let (long, many) = ("x".repeat(257), ["lock"; 65].join(","));
    for query in [("event_text", long.as_str()), ("event_kinds", many.as_str()), ("event_kinds", &long[..65])] {
        let answer = ask(&[query]).await;
        assert_eq!((answer.status, answer.code()), (400, "bad-request"), "{query:?}");
    }

    let others = [Role::PolicyAdministrator, Role::PolicyQuery, Role::LoggingReader];
    let other = server.person("olga", &others).await;
    assert_eq!(other.get("/api/v1/recordings?event_text=rechnung").await.code(), "not-allowed");
    assert_eq!(server.client().get("/api/v1/recordings?event_text=rechnung").await.code(), "not-signed-in");
}

#[tokio::test(flavor = "multi_thread")]
async fn events_are_found_as_they_come_and_all_of_them_once_the_recording_has_ended() {
    let site = Site::new().await;
    let mut tape = Tape::new(1, site.machine(1).await.id);
    tape.event(&window("the first"));
    let mut agent = Agent::connect(&site, 1).await;
    agent.open_and_send(&tape).await;
    eventually("the first is found", async || (count(&site.catalogue, "first").await == 1).then_some(())).await;
    let from = tape.head();
    // More than are written at once.
    for n in 0..2_500 {
        tape.event(&window(&format!("p{n}x")));
    }
    tape.end(EndReason::Logout);
    agent.send(&tape, from).await;
    agent.close(&tape).await;
    for (text, expected) in [("first", 1), ("p0x", 1), ("p1234x", 1), ("p2499x", 1), ("p2500x", 0)] {
        assert_eq!(count(&site.catalogue, text).await, expected, "{text}");
    }
    assert!(site.catalogue.without_events(None, 9).await.unwrap().is_empty());
    let found = hits(&site.catalogue, "p2499x").await;
    assert_eq!(found[0].1.first[0].time_us, tape.time_us);
}

#[tokio::test(flavor = "multi_thread")]
async fn events_that_the_catalogue_lacks_are_read_from_storage() {
    let site = Site::new().await;
    let machine = site.machine(1).await.id;
    let (mut finished, mut silent) = (Tape::new(1, machine), Tape::new(2, machine));
    finished.event(&window("finished one"));
    finished.end(EndReason::Logout);
    silent.event(&window("silent one"));
    let mut agent = Agent::connect(&site, 1).await;
    agent.open_and_send(&finished).await;
    agent.close(&finished).await;
    agent.open_and_send(&silent).await;
    site.row_in(silent.id, RecordingState::Live).await;
    eventually("both", async || (count(&site.catalogue, "one").await == 2).then_some(())).await;
    // As of a version that knew nothing of events.
    for tape in [&finished, &silent] {
        site.catalogue.forget_events(tape.id).await.unwrap();
    }
    assert_eq!(count(&site.catalogue, "one").await, 0);
    drop(agent);
    let site = site.restart().await;
    eventually("both again", async || (count(&site.catalogue, "one").await == 2).then_some(())).await;

    // As of a catalogue that was lost, with and without a server that notices.
    site.ingest.stop().await;
    let copy = site.copy();
    let fresh = Catalogue::open(&copy.path().join("fresh.sqlite")).await.unwrap();
    let store = Store::open(StoreOptions::new(vec![copy.path().join("recordings")])).unwrap();
    for _ in 0..2 {
        rebuild_catalogue(&fresh, &store).await.unwrap();
        assert_eq!((count(&fresh, "one").await, count(&fresh, "soffice: finished").await), (2, 1));
        assert!(fresh.without_events(None, 9).await.unwrap().is_empty());
    }
    let site = site.restart().await;
    site.catalogue.replace_recordings([]).await.unwrap();
    assert_eq!(count(&site.catalogue, "one").await, 0);
    let site = site.restart().await;
    eventually("once more", async || (count(&site.catalogue, "one").await == 2).then_some(())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_instead_of_events_that_were_lost_replaces_them() {
    let site = Site::new().await;
    let mut tape = Tape::new(1, site.machine(1).await.id);
    let mut agent = Agent::connect(&site, 1).await;
    agent.open_and_send(&tape).await;
    let durable = tape.head();
    let mut lost = tape.clone();
    lost.event(&window("lost one"));
    lost.event(&window("lost two"));
    agent.send(&lost, durable).await;
    eventually("both are found", async || (count(&site.catalogue, "lost").await == 2).then_some(())).await;
    drop(agent);
    site.ingest.stop().await;
    // The end of the file goes with its disk.
    let length = durable.offset;
    std::fs::OpenOptions::new().write(true).open(site.store.path(tape.id).unwrap()).unwrap().set_len(length).unwrap();
    let site = site.restart().await;
    tape.event(&window("kept"));
    let mut agent = Agent::connect(&site, 1).await;
    let opened = agent.open(&tape).await;
    agent.send(&tape, opened.head).await;
    let only_kept =
        async || ((count(&site.catalogue, "lost").await, count(&site.catalogue, "kept").await) == (0, 1)).then_some(());
    eventually("only what is there is found", only_kept).await;
}
