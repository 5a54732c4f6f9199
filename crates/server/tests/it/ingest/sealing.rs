//! Sealed recordings: only agents that can seal record them, and nothing of them is plain on the server.

use catalogue::Setting;
use protocol::{AgentMessage, Decide, Decision, Hello, ServerMessage};
use recording::{BlockWriter, Event, Group, SealClass, Track, TrackKind};
use sealing::{PrivateKey, SealPlan, Sealer, Seed};
use serde_json::json;

use super::scripted::{Agent, connect_silent, hear, hello};
use super::site::{Site, eventually};
use super::tape::{Tape, session};

fn key() -> PrivateKey {
    PrivateKey::generate(&Seed::new([1; 32]))
}

/// Everything is recorded and sealed for one key.
async fn sealing_site() -> Site {
    let site = Site::new().await;
    let setting = json!({
        "classes": ["picture", "events"],
        "recipients": [{ "name": "Alice", "public_key": key().public().to_string() }],
    });
    site.catalogue.set_setting(Setting::Sealing, &setting.to_string()).await.unwrap();
    site.catalogue.set_setting(Setting::ActivePolicy, "record-everything").await.unwrap();
    let site = site.restart().await;
    site.machine(1).await;
    site
}

async fn decision(site: &Site, can_seal: bool) -> (String, Decision) {
    let machine = site.machine(1).await;
    let mut socket = connect_silent(site, machine.clone()).await;
    let say = |message: AgentMessage| tokio_tungstenite::tungstenite::Message::Binary(message.encode().unwrap().into());
    let greeting = Hello { can_seal, ..hello(&machine) };
    futures_util::SinkExt::send(&mut socket, say(AgentMessage::Hello(greeting))).await.unwrap();
    let Some(ServerMessage::Welcome(welcome)) = hear(&mut socket).await else { panic!("no welcome") };
    let decide = AgentMessage::Decide(Decide { request: 1, session: session(machine.id), began_unix_us: None });
    futures_util::SinkExt::send(&mut socket, say(decide)).await.unwrap();
    loop {
        match hear(&mut socket).await {
            Some(ServerMessage::Decision(decision)) => return (welcome.policy, decision),
            Some(ServerMessage::PolicyChanged(_)) => {}
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn agents_are_told_what_to_seal_and_those_that_cannot_record_nothing() {
    let site = sealing_site().await;
    let (document, told) = decision(&site, true).await;
    assert!(told.record);
    let seal = told.seal.unwrap();
    assert_eq!(
        (seal.classes, seal.recipients),
        (vec!["picture".to_owned(), "events".to_owned()], vec![key().public().to_string()])
    );
    assert!(document.parse::<policy::HandedOut>().unwrap().seal.is_some(), "for when the server cannot be asked");

    let (document, refused) = decision(&site, false).await;
    assert!(!refused.record && refused.seal.is_none());
    assert!(refused.reason.contains("cannot seal"), "{}", refused.reason);
    assert!(document.parse::<policy::Policy>().is_err(), "an old agent finds nothing to record by in {document:?}");
    assert!(site.diagnostic(2024).await.contains("newer"), "the operator is told");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_setting_that_cannot_be_read_records_nothing() {
    let site = sealing_site().await;
    site.catalogue.set_setting(Setting::Sealing, "{").await.unwrap();
    let told = eventually("the setting", async || {
        let (_, told) = decision(&site, true).await;
        (!told.record).then_some(told)
    });
    assert!(told.await.seal.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_a_sealed_recording_is_plain_in_the_store_or_the_catalogue() {
    const MARKER: &str = "a marker in plain sight";
    let site = sealing_site().await;
    let mut tape = Tape::new(1, site.machine(1).await.id);
    let tracks = vec![Track { id: 1, kind: TrackKind::Screen }, Track { id: 2, kind: TrackKind::Events }];
    let classes = vec![SealClass::Picture, SealClass::Events];
    let mut sealer = Sealer::new(tape.id, SealPlan::new(classes, vec![key().public()]).unwrap());
    let keys = sealer.begin_group(tape.group, &tracks, &Seed::new([7; 32])).unwrap();
    let (writer, mut blocks, time_us) = (BlockWriter::new(), Vec::new(), tape.time_us + 1);
    let group = Group { number: tape.group, tracks, key_frame_interval_us: 1, keys, ..Group::default() };
    writer.group(&group, time_us, &mut blocks).unwrap();
    let event = Event::new("note").with("text", MARKER).to_payload().unwrap();
    for (track, payload) in [(1, MARKER.as_bytes()), (2, &event[..])] {
        let sealed = sealer.seal(track, time_us, payload).unwrap().unwrap();
        writer.sealed_data(track, time_us, &sealed, &mut blocks).unwrap();
    }
    tape.add(&blocks);
    tape.end(recording::EndReason::Logout);
    let mut agent = Agent::connect(&site, 1).await;
    agent.open_and_send(&tape).await;
    agent.close(&tape).await;
    assert!(site.stored(tape.id) == tape.bytes, "stored as it came");

    let row = site.catalogue.recording(tape.id).await.unwrap().unwrap();
    assert_eq!(row.user, "ana", "who, where and when stand open");
    let found = std::process::Command::new("grep").args(["-rl", MARKER]).arg(site.folder.path()).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&found.stdout), "", "files that hold the marker");
}
