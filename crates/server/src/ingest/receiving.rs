//! One recording on one connection: opened, appended to, closed. Each runs by itself, so that one that waits for its disk
//! holds up no other.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use catalogue::RecordingState;
use protocol::{Append, Close, Durable, Open, Opened, RefusalCode, Refused, ServerMessage};
use recording::{Head, RecordingId, split_blocks};
use storage::{Sender, Standing, StorageError, Store};
use tokio::sync::{mpsc, watch};
use uuid::Uuid;

use super::admission::{self, Expected, Refusal, Verdict};
use super::desk::Desk;
use super::diagnosis::Finding;
use super::live_recordings::{Accepted, Liveness};
use super::progress;
use super::sending::Outgoing;
use super::tracked::{Synced, Tracked};
use super::{CREDIT_BYTES, IngestError};
use crate::clock;

/// What the agent said about one recording.
#[derive(Debug)]
pub(super) enum Job {
    Open(Box<Open>),
    Append(Append),
    Close(Close),
    /// The agent sent more than it may: the recording is not open any more.
    TooMuch,
}

/// Works on one recording for one connection.
pub(super) struct Receiving {
    pub(super) desk: Arc<Desk>,
    pub(super) id: RecordingId,
    pub(super) machine: Uuid,
    pub(super) connection: u64,
    pub(super) outgoing: mpsc::Sender<Outgoing>,
    /// Bytes of appends that wait for this worker.
    pub(super) queued: Arc<AtomicUsize>,
    pub(super) held: Option<Held>,
}

/// A recording that this connection holds.
pub(super) struct Held {
    tracked: Arc<Tracked>,
    sender: Sender,
    /// The recording names the sender.
    announced: bool,
    head: Head,
    synced: watch::Receiver<Synced>,
    told_durable: u64,
    cut_backs: u64,
    /// The agent closed the recording at its head.
    closing: bool,
}

/// The connection is gone, or the recording is finished: the worker ends.
struct Done;

impl Receiving {
    /// Works until the connection ends or the recording is finished.
    pub(super) async fn run(mut self, mut jobs: mpsc::Receiver<Job>) {
        loop {
            let step = tokio::select! {
                job = jobs.recv() => match job {
                    Some(job) => self.job(job).await,
                    None => Err(Done),
                },
                () = news(&mut self.held) => self.report().await,
            };
            if step.is_err() {
                break;
            }
        }
        self.let_go();
    }

    async fn job(&mut self, job: Job) -> Result<(), Done> {
        match job {
            Job::Open(open) => self.open(*open).await,
            Job::Append(append) => {
                let bytes = append.bytes.len();
                let step = self.append(append).await;
                self.queued.fetch_sub(bytes, Ordering::Relaxed);
                step
            }
            Job::Close(close) => self.close(close).await,
            Job::TooMuch => {
                let Some(held) = &self.held else { return Ok(()) };
                let incarnation = held.sender.incarnation;
                let text = "more was sent than the credit allows";
                self.refuse(incarnation, Refusal::new(RefusalCode::TooLarge, text), None).await
            }
        }
    }

    async fn open(&mut self, open: Open) -> Result<(), Done> {
        self.let_go();
        let sender = Sender { incarnation: open.incarnation, number: open.number };
        let tracked = match self.desk.claim(self.id, self.machine, self.connection).await {
            Ok(tracked) => tracked,
            Err(refusal) => {
                if refusal.code == RefusalCode::Held {
                    let (desk, text) = (&self.desk, refusal.text.clone());
                    desk.diagnosis.report(Finding::HeldElsewhere, Some(self.machine), Some(self.id), text).await;
                }
                return self.refuse(sender.incarnation, refusal, None).await;
            }
        };
        let (id, started) = (self.id, open.started_unix_us);
        let standing = match self.desk.on_disk(move |store| stand(store, id, started, sender)).await {
            Ok(standing) => standing,
            Err(error) => return self.open_failed(&tracked, sender, &error).await,
        };
        let verdict = admission::judge(standing.sender, sender);
        if verdict == Verdict::Stale {
            self.desk.release(&tracked, self.connection);
            let text = "a later incarnation, or another one with this number, has sent this recording";
            let report = format!("{text}; the machine may be a clone, or its spool an older copy");
            self.desk.diagnosis.report(Finding::StaleSender, Some(self.machine), Some(id), report).await;
            let refusal = Refusal::new(RefusalCode::StaleIncarnation, text);
            return self.refuse(sender.incarnation, refusal, Some(standing)).await;
        }
        self.take_up(tracked, sender, verdict, standing).await
    }

    async fn open_failed(&mut self, tracked: &Arc<Tracked>, sender: Sender, error: &IngestError) -> Result<(), Done> {
        if let IngestError::Storage(error) = error {
            self.desk.storage_trouble(tracked, error).await;
        }
        self.desk.release(tracked, self.connection);
        if !self.desk.store.contains(self.id) {
            self.desk.forget(self.id);
        }
        let refusal = match error {
            IngestError::Storage(StorageError::StartOutOfRange(_)) => {
                Refusal::new(RefusalCode::BadBlocks, "the recording's start is no date that can be stored under")
            }
            error => self.desk.storage_refusal(error),
        };
        self.refuse(sender.incarnation, refusal, None).await
    }

    async fn take_up(
        &mut self,
        tracked: Arc<Tracked>,
        sender: Sender,
        verdict: Verdict,
        standing: Standing,
    ) -> Result<(), Done> {
        let Standing { head, durable, closed, .. } = standing;
        // A round that ended meanwhile may know better.
        tracked.synced.send_if_modified(|synced| {
            let newer = durable.offset >= synced.durable.offset;
            if newer {
                (synced.durable, synced.closed) = (durable, closed);
            }
            newer
        });
        let mut synced = tracked.synced.subscribe();
        synced.mark_changed();
        let cut_backs = synced.borrow().cut_backs;
        {
            let mut facts = tracked.facts();
            (facts.accepted, facts.durable) = (head.offset, durable.offset);
            if facts.state.is_open() {
                facts.state = RecordingState::Live;
                facts.changed = true;
                self.desk.live.note(self.id, Accepted { length: head.offset, state: Liveness::Live });
            }
        }
        let announced = verdict == Verdict::Resumes;
        let told_durable = durable.offset;
        self.held = Some(Held { tracked, sender, announced, head, synced, told_durable, cut_backs, closing: false });
        let incarnation = sender.incarnation;
        let opened = Opened { recording: self.id, incarnation, head, durable, credit: CREDIT_BYTES };
        self.send(ServerMessage::Opened(opened)).await
    }

    async fn append(&mut self, append: Append) -> Result<(), Done> {
        // What was on its way when the recording was refused is dropped in silence; so is what an earlier Open sent.
        let Some(held) = &mut self.held else { return Ok(()) };
        if append.incarnation != held.sender.incarnation {
            return Ok(());
        }
        let at = Head { offset: append.offset, chain: append.chain };
        if at != held.head {
            return self.refuse_mismatch(append.incarnation).await;
        }
        let checked = match split_blocks(at.offset, &append.bytes) {
            Err(error) => Err(Refusal::new(RefusalCode::BadBlocks, error.to_string())),
            Ok(blocks) => {
                let (recording, machine, sender) = (self.id, self.machine, held.sender);
                let expected = Expected { recording, machine, sender, head: at, announced: held.announced };
                admission::check_blocks(&expected, &blocks).map(|announced| (blocks, announced))
            }
        };
        let (blocks, announced) = match checked {
            Ok(checked) => checked,
            Err(refusal) => {
                let report = format!("a recording sent by this machine was refused: {}", refusal.text);
                let finding = Finding::ProtocolViolation;
                self.desk.diagnosis.report(finding, Some(self.machine), Some(self.id), report).await;
                return self.refuse(append.incarnation, refusal, None).await;
            }
        };
        let id = self.id;
        match self.desk.on_disk(move |store| store.append(id, at, &blocks)).await {
            Ok(standing) => {
                held.announced = announced;
                held.head = standing.head;
                held.closing = false;
                self.accepted(standing, append.bytes.len()).await
            }
            Err(IngestError::Storage(StorageError::NotAtHead { .. })) => self.refuse_mismatch(append.incarnation).await,
            Err(error) => {
                if let IngestError::Storage(error) = &error {
                    self.desk.storage_trouble(&held.tracked, error).await;
                }
                let refusal = self.desk.storage_refusal(&error);
                self.refuse(append.incarnation, refusal, None).await
            }
        }
    }

    /// Viewers first, then the agent, then the disk.
    async fn accepted(&mut self, standing: Standing, bytes: usize) -> Result<(), Done> {
        let Some(held) = &self.held else { return Ok(()) };
        let length = standing.head.offset;
        {
            let mut facts = held.tracked.facts();
            facts.accepted = length;
            facts.messages += 1;
            facts.state = RecordingState::Live;
            facts.last_data_us = clock::now_us();
            facts.changed = true;
        }
        self.desk.live.note(self.id, Accepted { length, state: Liveness::Live });
        self.desk.metrics.received_bytes.increment(bytes as u64);
        self.desk.unsynced.notify_one();
        let accepted = protocol::Accepted { recording: self.id, offset: length, credit: CREDIT_BYTES };
        self.send(ServerMessage::Accepted(accepted)).await
    }

    async fn close(&mut self, close: Close) -> Result<(), Done> {
        let Some(held) = &mut self.held else { return Ok(()) };
        if close.incarnation != held.sender.incarnation {
            return Ok(());
        }
        if close.head != held.head {
            return self.refuse_mismatch(close.incarnation).await;
        }
        held.closing = true;
        if held.synced.borrow().closed {
            // Closed before, and the agent did not hear of it.
            return self.report().await;
        }
        let id = self.id;
        if let Err(error) = self.desk.on_disk(move |store| store.close(id)).await {
            let refusal = self.desk.storage_refusal(&error);
            return self.refuse(close.incarnation, refusal, None).await;
        }
        self.desk.unsynced.notify_one();
        Ok(())
    }

    /// Passes on what the sync loop said.
    async fn report(&mut self) -> Result<(), Done> {
        let Some(held) = &mut self.held else { return Ok(()) };
        let synced = *held.synced.borrow_and_update();
        if synced.cut_backs != held.cut_backs {
            let incarnation = held.sender.incarnation;
            let code = if synced.full { RefusalCode::StorageFull } else { RefusalCode::StorageFailed };
            let text = "what was not durable could not be written; send it again later";
            return self.refuse(incarnation, Refusal::later(code, 2, text), None).await;
        }
        let durable = Durable { recording: self.id, head: synced.durable };
        if held.closing && synced.closed && synced.durable == held.head {
            let tracked = Arc::clone(&held.tracked);
            let incarnation = held.sender.incarnation;
            if let Err(error) = progress::finish(&self.desk, &tracked).await {
                tracing::error!(recording = %self.id, %error, "could not note that a recording is finished");
                let text = "the catalogue cannot be written; close the recording again later";
                let refusal = Refusal::later(RefusalCode::StorageFailed, 10, text);
                return self.refuse(incarnation, refusal, None).await;
            }
            self.held = None;
            self.send(ServerMessage::Durable(durable)).await?;
            return Err(Done);
        }
        if synced.durable.offset > held.told_durable {
            held.told_durable = synced.durable.offset;
            self.send(ServerMessage::Durable(durable)).await?;
        }
        Ok(())
    }

    async fn refuse_mismatch(&mut self, incarnation: u64) -> Result<(), Done> {
        let id = self.id;
        let standing = self.desk.on_disk(move |store| store.standing(id)).await;
        let refusal = Refusal::new(RefusalCode::Mismatch, "the bytes do not continue what is stored");
        self.refuse(incarnation, refusal, standing.ok()).await
    }

    async fn refuse(&mut self, incarnation: u64, refusal: Refusal, standing: Option<Standing>) -> Result<(), Done> {
        tracing::info!(recording = %self.id, machine = %self.machine, code = ?refusal.code, text = refusal.text, "refused");
        self.let_go();
        self.send(ServerMessage::Refused(Refused {
            recording: self.id,
            incarnation,
            code: refusal.code,
            head: standing.map(|standing| standing.head),
            number: standing.and_then(|standing| standing.sender).map(|sender| sender.number),
            retry_after_secs: refusal.retry_after_secs,
            text: refusal.text,
        }))
        .await
    }

    fn let_go(&mut self) {
        if let Some(held) = self.held.take() {
            self.desk.release(&held.tracked, self.connection);
        }
    }

    async fn send(&self, message: ServerMessage) -> Result<(), Done> {
        self.outgoing.send(Outgoing::Message(Box::new(message))).await.map_err(|_| Done)
    }
}

/// Waits until the sync loop has something to say; for ever while nothing is held.
async fn news(held: &mut Option<Held>) {
    let Some(held) = held else { return std::future::pending().await };
    if held.synced.changed().await.is_err() {
        // Cannot be while `held` keeps the sender alive.
        std::future::pending::<()>().await;
    }
}

/// How the recording stands; made where it is not stored yet.
fn stand(store: &Store, id: RecordingId, started_unix_us: i64, sender: Sender) -> Result<Standing, StorageError> {
    if !store.contains(id) {
        match store.create(id, started_unix_us, sender) {
            Err(StorageError::Exists(_)) => {}
            other => return other,
        }
    }
    let standing = store.standing(id)?;
    // The index is kept from here on, so that the catalogue can be told how the recording grows.
    store.look(id, |_| ())?;
    Ok(standing)
}
