//! Servers that stop and crash, catalogues that are lost, agents that do not come back.

use std::time::Duration;

use catalogue::{Catalogue, RecordingQuery, RecordingState, Visibility};
use recording::EndReason;
use server::ingest::{IngestOptions, Liveness, rebuild_catalogue};
use storage::{Store, StoreOptions};

use super::scripted::Agent;
use super::site::{Site, eventually};
use super::tape::Tape;

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_server_goes_on_where_it_was() {
    let site = Site::new().await;
    let mut tape = Tape::new(1, site.machine(1).await.id);
    let mut agent = Agent::connect(&site, 1).await;
    agent.open_and_send(&tape).await;
    let site = site.restart().await;
    site.row_in(tape.id, RecordingState::Silent).await;
    let watch = site.ingest.live().watch(tape.id).unwrap();
    assert_eq!((watch.borrow().state, watch.borrow().length), (Liveness::Silent, tape.head().offset));
    tape.record(3, 100);
    let mut agent = Agent::connect(&site, 1).await;
    agent.open_and_send(&tape).await;
    assert!(site.stored(tape.id) == tape.bytes);
}

#[tokio::test(flavor = "multi_thread")]
async fn how_long_a_recording_rests_is_known_while_its_agent_is_there() {
    let site = Site::new().await;
    let tape = Tape::new(1, site.machine(1).await.id);
    assert_eq!(site.ingest.rested_us(tape.id), None, "nobody knows it");
    let mut agent = Agent::connect(&site, 1).await;
    agent.open_and_send(&tape).await;
    let before = site.ingest.rested_us(tape.id).unwrap();
    let longer = eventually("time to pass", async || site.ingest.rested_us(tape.id).filter(|now| *now > before)).await;
    assert!(longer < 30_000_000, "{longer}");
    drop(agent);
    site.row_in(tape.id, RecordingState::Silent).await;
    assert_eq!(site.ingest.rested_us(tape.id), None, "a silent machine does not merely rest");
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_crash_everything_durable_is_there_and_the_agent_sends_the_rest() {
    let site = Site::new().await;
    let mut tape = Tape::new(1, site.machine(1).await.id);
    let mut agent = Agent::connect(&site, 1).await;
    agent.open_and_send(&tape).await;
    let mut place = tape.head();
    for _ in 0..5 {
        tape.record(3, 20_000);
        agent.send(&tape, place).await;
        place = tape.head();
        let crashed = site.crash().await;
        // Torn: what was being written when it crashed.
        let file = crashed.store.path(tape.id).unwrap();
        assert!(crashed.stored(tape.id) == tape.bytes);
        let mut after = Agent::connect(&crashed, 1).await;
        let mut longer = tape.clone();
        longer.record(2, 500);
        longer.end(EndReason::Logout);
        after.open_and_send(&longer).await;
        after.close(&longer).await;
        assert!(std::fs::read(file).unwrap() == longer.bytes);
        assert_eq!(crashed.row_in(tape.id, RecordingState::Finished).await.size_bytes, longer.head().offset);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_torn_end_is_removed_and_reported() {
    let site = Site::new().await;
    let tape = Tape::new(1, site.machine(1).await.id);
    let mut agent = Agent::connect(&site, 1).await;
    agent.open_and_send(&tape).await;
    site.row_in(tape.id, RecordingState::Live).await;
    let file = site.store.path(tape.id).unwrap();
    let mut torn = tape.bytes.clone();
    torn.extend(&tape.bytes[..50]);
    std::fs::write(file, torn).unwrap();
    let crashed = site.crash().await;
    assert!(crashed.stored(tape.id) == tape.bytes);
    crashed.diagnostic(2010).await;
    let mut agent = Agent::connect(&crashed, 1).await;
    assert_eq!(agent.open(&tape).await.head, tape.head());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_catalogue_is_made_anew_from_storage() {
    let site = Site::new().await;
    let machine = site.machine(1).await.id;
    let mut agent = Agent::connect(&site, 1).await;
    let (mut finished, mut crashed, silent) = (Tape::new(1, machine), Tape::new(2, machine), Tape::new(3, machine));
    finished.record(30, 5_000);
    finished.event(&recording::Event::new("client").with("connected", true).with("name", "desk-b"));
    finished.end(EndReason::Logout);
    crashed.end(EndReason::Lost);
    for tape in [&finished, &crashed] {
        agent.open_and_send(tape).await;
        agent.close(tape).await;
    }
    agent.open_and_send(&silent).await;
    drop(agent);
    site.row_in(silent.id, RecordingState::Silent).await;
    site.ingest.stop().await;

    let everything = RecordingQuery::new(Visibility::Everything);
    let mut before = site.catalogue.search(&everything).await.unwrap().items;
    // A copy, because the folder is locked while this process has it open.
    let copy = site.copy();
    let fresh = Catalogue::open(&copy.path().join("fresh.sqlite")).await.unwrap();
    let store = Store::open(StoreOptions::new(vec![copy.path().join("recordings")])).unwrap();
    for _ in 0..2 {
        let rebuilt = rebuild_catalogue(&fresh, &store).await.unwrap();
        assert_eq!((rebuilt.recordings, rebuilt.unreadable.len()), (3, 0));
        let mut after = fresh.search(&everything).await.unwrap().items;
        for row in before.iter_mut().chain(&mut after) {
            // From the file's time, as nothing else knows it.
            row.last_data_us = 0;
        }
        assert_eq!(before, after);
        assert!(after.iter().all(|row| row.events_only == Some(false)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn recordings_without_a_row_get_one_at_the_start() {
    let site = Site::new().await;
    let mut tape = Tape::new(1, site.machine(1).await.id);
    tape.end(EndReason::Logout);
    let mut agent = Agent::connect(&site, 1).await;
    agent.open_and_send(&tape).await;
    agent.close(&tape).await;
    site.catalogue.replace_recordings([]).await.unwrap();
    let site = site.restart().await;
    assert_eq!(site.row_in(tape.id, RecordingState::Finished).await.user, "ana");
    site.diagnostic(2012).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_whose_file_is_gone_is_reported() {
    let site = Site::new().await;
    let tape = Tape::new(1, site.machine(1).await.id);
    let mut agent = Agent::connect(&site, 1).await;
    agent.open_and_send(&tape).await;
    site.row_in(tape.id, RecordingState::Live).await;
    std::fs::remove_file(site.store.path(tape.id).unwrap()).unwrap();
    let crashed = site.crash().await;
    crashed.diagnostic(2013).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_that_comes_back_without_a_recording_has_lost_it_until_it_sends_more() {
    let options = IngestOptions { forgotten_after: Duration::from_millis(200), ..IngestOptions::default() };
    let site = Site::with(options).await;
    let mut tape = Tape::new(1, site.machine(1).await.id);
    let mut agent = Agent::connect(&site, 1).await;
    agent.open_and_send(&tape).await;
    site.row_in(tape.id, RecordingState::Live).await;
    drop(agent);
    site.row_in(tape.id, RecordingState::Silent).await;
    let mut agent = Agent::connect(&site, 1).await;
    let row = site.row_in(tape.id, RecordingState::Crashed).await;
    assert!(row.end_us.is_some() && !row.notices.is_empty());
    site.diagnostic(2031).await;
    eventually("ended for viewers", async || site.ingest.live().watch(tape.id).is_none().then_some(())).await;
    assert!(site.stored(tape.id) == tape.bytes, "a crashed recording can be played");
    tape.record(2, 100);
    tape.end(EndReason::Logout);
    agent.open_and_send(&tape).await;
    agent.close(&tape).await;
    site.row_in(tape.id, RecordingState::Finished).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn dormant_recordings_are_closed_and_those_with_an_agent_are_not() {
    let options = IngestOptions { dormant_after: Duration::from_millis(500), ..IngestOptions::default() };
    let site = Site::with(options).await;
    let machine = site.machine(1).await.id;
    let (left, held) = (Tape::new(1, machine), Tape::new(2, machine));
    let mut leaving = Agent::connect(&site, 1).await;
    leaving.open_and_send(&left).await;
    site.row_in(left.id, RecordingState::Live).await;
    drop(leaving);
    let mut staying = Agent::connect(&site, 1).await;
    staying.open_and_send(&held).await;
    site.row_in(left.id, RecordingState::Crashed).await;
    site.diagnostic(2030).await;
    site.row_in(held.id, RecordingState::Live).await;
}
