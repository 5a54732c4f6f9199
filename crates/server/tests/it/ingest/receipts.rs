//! Receipts: in the evidence file, for exactly what is stored, whatever happened to server and file in between.

use std::path::PathBuf;

use catalogue::RecordingState;
use evidence::{Expected, Judge, Judgement, ReceiptKey};
use futures_util::SinkExt;
use protocol::{AgentMessage, Hello, PublicKey, ServerMessage};
use recording::EndReason;
use tokio_tungstenite::tungstenite::Message;

use super::scripted::{Agent, connect_silent, hear, hello};
use super::site::{Site, eventually};
use super::tape::Tape;

fn file(site: &Site, tape: &Tape) -> PathBuf {
    site.store.path(tape.id).unwrap().with_extension("kev")
}

fn judge(site: &Site, tape: &Tape) -> Judgement {
    let server_key = Some(ReceiptKey::from_seed([0x55; 32]).public());
    let mut judge = Judge::new(Expected { machine_key: None, server_key });
    judge.push_evidence(&std::fs::read(file(site, tape)).unwrap_or_default());
    judge.push(&site.stored(tape.id)).unwrap();
    judge.finish().unwrap()
}

/// Waits for a receipt for all that the tape holds.
async fn witnessed(site: &Site, tape: &Tape) -> Judgement {
    eventually("a receipt for everything", async || {
        let judgement = judge(site, tape);
        (judgement.unwitnessed_bytes() == 0).then_some(judgement)
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_durable_has_receipts_from_the_opening_to_the_close() {
    let site = Site::new().await;
    let mut tape = Tape::new(1, site.machine(1).await.id);
    let mut agent = Agent::connect(&site, 1).await;
    let opened = agent.open(&tape).await;
    agent.send(&tape, opened.head).await;
    let judgement = witnessed(&site, &tape).await;
    assert_eq!((judgement.faults, judgement.receipts.closed), (vec![], false));
    let row = site.row_in(tape.id, RecordingState::Live).await;
    assert!(row.notices.iter().any(|notice| notice.starts_with("Not signed")), "{:?}", row.notices);
    let from = tape.head();
    tape.record(3, 500);
    agent.send(&tape, from).await;
    let grown = witnessed(&site, &tape).await;
    assert!(grown.receipts.confirmed > judgement.receipts.confirmed);
    let from = tape.head();
    tape.end(EndReason::Logout);
    agent.send(&tape, from).await;
    agent.close(&tape).await;
    // Closing is answered when the last receipt is written.
    let judgement = judge(&site, &tape);
    assert_eq!((judgement.faults, judgement.receipts.closed), (vec![], true));
    assert_eq!(judgement.receipts.witnessed_bytes, tape.bytes.len() as u64);
    // One entry says whose word the others are.
    assert_eq!(judgement.receipts.confirmed + 1, judgement.receipts.entries);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_torn_entry_is_cut_off_and_the_entries_go_on_after_a_crash() {
    let site = Site::new().await;
    let mut tape = Tape::new(1, site.machine(1).await.id);
    let mut agent = Agent::connect(&site, 1).await;
    agent.open_and_send(&tape).await;
    witnessed(&site, &tape).await;
    let site = site.crash().await;
    let path = file(&site, &tape);
    let mut torn = std::fs::read(&path).unwrap();
    let whole = torn.len();
    torn.extend_from_within(..40);
    std::fs::write(&path, &torn).unwrap();
    let mut agent = Agent::connect(&site, 1).await;
    let opened = agent.open(&tape).await;
    tape.record(2, 500);
    agent.send(&tape, opened.head).await;
    let judgement = witnessed(&site, &tape).await;
    assert_eq!(judgement.faults, []);
    assert!(judgement.receipts.right >= 2);
    assert_eq!(std::fs::read(&path).unwrap()[..whole], torn[..whole], "what was written stays");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_that_cannot_be_written_holds_nobody_up_and_is_made_up_for() {
    let site = Site::new().await;
    let tape = Tape::new(1, site.machine(1).await.id);
    let mut agent = Agent::connect(&site, 1).await;
    let opened = agent.open(&tape).await;
    // A folder where the file should be: nothing can be written there.
    let path = file(&site, &tape);
    std::fs::create_dir(&path).unwrap();
    agent.send(&tape, opened.head).await;
    site.row_in(tape.id, RecordingState::Live).await;
    std::fs::remove_dir(&path).unwrap();
    assert_eq!(witnessed(&site, &tape).await.faults, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_signing_key_is_kept_and_another_is_reported() {
    let site = Site::new().await;
    let machine = site.machine(1).await;
    let first = PublicKey([7; 32]);
    for key in [first, first, PublicKey([8; 32])] {
        let mut socket = connect_silent(&site, machine.clone()).await;
        let greeting = AgentMessage::Hello(Hello { signing_key: Some(key), ..hello(&machine) });
        socket.send(Message::Binary(greeting.encode().unwrap().into())).await.unwrap();
        assert!(matches!(hear(&mut socket).await, Some(ServerMessage::Welcome(_))));
        let kept = site.machine(1).await.signing_key;
        assert_eq!(kept, Some(first.to_string()));
    }
    let text = site.diagnostic(2023).await;
    assert!(text.contains(&PublicKey([8; 32]).to_string()) && text.contains(&first.to_string()), "{text}");
}
