//! What is sent next, and what answers mean: the order of the protocol for all recordings of one connection, without the
//! connection.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use protocol::{AgentMessage, Append, Close, Durable, Limits, Open, Opened, RefusalCode, Refused, Severity};
use recording::{Head, RecordingId};
use thiserror::Error;

use super::backoff::Backoff;
use crate::{Chunk, Journal, Spool, SpoolError};

/// Waits before a refused recording is opened again, where the server names none.
const FIRST_RETRY: Duration = Duration::from_secs(1);
const LONGEST_RETRY: Duration = Duration::from_secs(300);
/// New incarnations that one recording may begin on a connection before it has to wait: a server that gives
/// contradicting answers must not make the agent rewrite its spool for ever.
const MAX_ADOPTIONS: u32 = 3;
/// Places after recent appends that are remembered for comparing them with what is durable.
const MAX_SENT_HEADS: usize = 1_024;

/// The server broke the protocol; the connection has to be given up.
#[derive(Debug, Error, Clone, PartialEq, Eq)]
pub(crate) enum Violation {
    #[error("the server acknowledged byte {offset} of recording {recording}, of which {sent} were sent")]
    AcknowledgedUnsent { recording: RecordingId, offset: u64, sent: u64 },
    #[error("the server's answer does not fit the conversation: {0}")]
    Unexpected(&'static str),
    #[error(transparent)]
    Message(#[from] protocol::MessageError),
}

/// Something about a recording that the operator should be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Remark {
    pub(crate) severity: Severity,
    pub(crate) number: u16,
    pub(crate) recording: RecordingId,
    pub(crate) text: String,
}

/// All recordings on one connection.
#[derive(Debug)]
pub(crate) struct Courier {
    spool: Spool,
    limits: Limits,
    deliveries: BTreeMap<RecordingId, Delivery>,
    /// The recording that sent last, by class: the next in turn goes first.
    turn: [Option<RecordingId>; 2],
    remarks: VecDeque<Remark>,
}

#[derive(Debug)]
struct Delivery {
    journal: Arc<Journal>,
    state: State,
    retry: Backoff,
    adoptions: u32,
}

#[derive(Debug)]
enum State {
    /// To be opened, not before this moment.
    Idle { not_before: Instant },
    /// Opened, not answered yet.
    Opening { incarnation: u64 },
    /// Being sent.
    Sending(Sending),
    /// Not wanted on this connection.
    SetAside,
}

#[derive(Debug)]
struct Sending {
    incarnation: u64,
    next: Head,
    /// Bytes up to this offset may be sent.
    limit: u64,
    closed: bool,
    /// Places after appends that are not durable yet.
    sent: VecDeque<Head>,
}

/// Live recordings go before what is left of ended ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    Live = 0,
    Backlog = 1,
}

impl Courier {
    /// For a fresh connection with its agreed limits.
    pub(crate) fn new(spool: Spool, limits: Limits) -> Self {
        let mut courier =
            Self { spool, limits, deliveries: BTreeMap::new(), turn: [None, None], remarks: VecDeque::new() };
        courier.refresh(Instant::now());
        courier
    }

    /// Takes new recordings of the spool up, and forgets those that are gone.
    pub(crate) fn refresh(&mut self, now: Instant) {
        let journals = self.spool.journals();
        self.deliveries.retain(|recording, _| journals.iter().any(|journal| journal.recording() == *recording));
        for journal in journals {
            self.deliveries.entry(journal.recording()).or_insert_with(|| Delivery {
                journal,
                state: State::Idle { not_before: now },
                retry: Backoff::new(FIRST_RETRY, LONGEST_RETRY),
                adoptions: 0,
            });
        }
    }

    /// The next message to send, if there is one now: openings, then live data, then backlog.
    pub(crate) fn next(&mut self, now: Instant) -> Option<AgentMessage> {
        self.next_open(now).or_else(|| self.next_data(Class::Live)).or_else(|| self.next_data(Class::Backlog))
    }

    /// Whether the server has made everything durable that was sent.
    pub(crate) fn is_settled(&self) -> bool {
        self.deliveries.values().all(|delivery| match &delivery.state {
            State::Sending(sending) => sending.sent.is_empty() && !sending.closed,
            State::Opening { .. } => false,
            State::Idle { .. } | State::SetAside => true,
        })
    }

    /// When [`Courier::next`] may have something without anything else happening.
    pub(crate) fn next_wake(&self) -> Option<Instant> {
        let waits = |delivery: &Delivery| match delivery.state {
            State::Idle { not_before } => Some(not_before),
            _ => None,
        };
        self.deliveries.values().filter_map(waits).min()
    }

    /// What the operator should be told.
    pub(crate) fn take_remarks(&mut self) -> Vec<Remark> {
        self.remarks.drain(..).collect()
    }

    fn next_open(&mut self, now: Instant) -> Option<AgentMessage> {
        let open = self.deliveries.values().filter(|delivery| delivery.is_open()).count();
        if open >= self.limits.recordings as usize {
            return None;
        }
        let due = |delivery: &&mut Delivery| matches!(delivery.state, State::Idle { not_before } if not_before <= now);
        // Those that are being made now first: they are watched.
        let mut waiting: Vec<_> = self.deliveries.values_mut().filter(due).collect();
        waiting.sort_by_key(|delivery| !delivery.journal.is_live());
        let delivery = waiting.into_iter().next()?;
        let position = delivery.journal.position();
        delivery.state = State::Opening { incarnation: position.incarnation };
        Some(AgentMessage::Open(Open {
            recording: delivery.journal.recording(),
            incarnation: position.incarnation,
            number: position.number,
            base_offset: position.base.offset,
            head: position.head,
            live: position.live,
            started_unix_us: position.header.started.unix_us,
            session: position.header.session,
        }))
    }

    fn next_data(&mut self, class: Class) -> Option<AgentMessage> {
        let last = self.turn[class as usize];
        let mut order: Vec<RecordingId> = self.deliveries.keys().copied().collect();
        let next = order.partition_point(|recording| last.is_some_and(|last| *recording <= last));
        order.rotate_left(next);
        for recording in order {
            let delivery = self.deliveries.get_mut(&recording)?;
            if delivery.class() != class {
                continue;
            }
            match delivery.next_data(self.limits.append_bytes as usize) {
                Ok(Some(message)) => {
                    self.turn[class as usize] = Some(recording);
                    return Some(message);
                }
                Ok(None) => {}
                Err(error) => {
                    tracing::warn!(%recording, %error, "cannot read a recording in the spool");
                    delivery.wait(Instant::now(), 0);
                }
            }
        }
        None
    }

    /// The server opened a recording.
    pub(crate) fn opened(&mut self, opened: &Opened, now: Instant) -> Result<(), Violation> {
        let Some(delivery) = self.deliveries.get_mut(&opened.recording) else { return Ok(()) };
        let State::Opening { incarnation } = delivery.state else {
            return Err(Violation::Unexpected("Opened without Open"));
        };
        if incarnation != opened.incarnation {
            return Err(Violation::Unexpected("Opened names another incarnation"));
        }
        match delivery.journal.holds(opened.head) {
            Ok(true) => {
                delivery.retry.reset();
                delivery.state = State::Sending(Sending {
                    incarnation,
                    next: opened.head,
                    limit: opened.head.offset.saturating_add(opened.credit.into()),
                    closed: false,
                    sent: VecDeque::new(),
                });
                let recording = opened.recording;
                self.durable(&Durable { recording, head: opened.durable }, now)
            }
            Ok(false) => {
                let number = delivery.journal.position().number;
                self.adopt(opened.recording, opened.head, number, now);
                Ok(())
            }
            Err(error) => {
                tracing::warn!(recording = %opened.recording, %error, "cannot read a recording in the spool");
                delivery.wait(now, 0);
                Ok(())
            }
        }
    }

    /// The server took bytes and renews the credit.
    pub(crate) fn accepted(&mut self, accepted: protocol::Accepted) -> Result<(), Violation> {
        let protocol::Accepted { recording, offset, credit } = accepted;
        let Some(sending) = self.sending(recording) else { return Ok(()) };
        if offset > sending.next.offset {
            return Err(Violation::AcknowledgedUnsent { recording, offset, sent: sending.next.offset });
        }
        sending.limit = offset.saturating_add(credit.into());
        Ok(())
    }

    /// The server will not lose what lies before a place.
    pub(crate) fn durable(&mut self, durable: &Durable, now: Instant) -> Result<(), Violation> {
        let Durable { recording, head } = *durable;
        let Some(sending) = self.sending(recording) else { return Ok(()) };
        if head.offset > sending.next.offset {
            return Err(Violation::AcknowledgedUnsent { recording, offset: head.offset, sent: sending.next.offset });
        }
        let known = sending.sent.contains(&head);
        let closed = sending.closed;
        while sending.sent.front().is_some_and(|sent| sent.offset <= head.offset) {
            sending.sent.pop_front();
        }
        let Some(delivery) = self.deliveries.get_mut(&recording) else { return Ok(()) };
        let position = delivery.journal.position();
        if head.offset < position.base.offset {
            return Ok(());
        }
        // Nothing is forgotten on a word about other bytes than ours.
        if !known && !delivery.journal.holds(head).unwrap_or(false) {
            delivery.wait(now, 0);
            return Ok(());
        }
        if closed && position.ended.is_some() && head == position.head {
            self.deliveries.remove(&recording);
            self.forget(recording);
        } else if let Err(error) = delivery.journal.durable(head) {
            tracing::warn!(%recording, %error, "cannot remove a spool file that the server has");
        }
        Ok(())
    }

    /// The server refused something about one recording.
    pub(crate) fn refused(&mut self, refused: &Refused, now: Instant) {
        let recording = refused.recording;
        let Some(delivery) = self.deliveries.get_mut(&recording) else { return };
        if delivery.incarnation() != Some(refused.incarnation) {
            // An answer to what was given up meanwhile.
            return;
        }
        tracing::info!(%recording, code = ?refused.code, text = refused.text, "the server refused a recording");
        match (refused.code, refused.head) {
            (RefusalCode::Mismatch, Some(head)) if delivery.journal.holds(head).unwrap_or(false) => {
                delivery.wait(now, refused.retry_after_secs);
            }
            (RefusalCode::Mismatch | RefusalCode::StaleIncarnation, Some(head)) => {
                let own = delivery.journal.position().number;
                self.adopt(recording, head, refused.number.unwrap_or(own).max(own), now);
            }
            (RefusalCode::Removed, _) => {
                self.remark(Severity::Warning, super::notices::RECORDING_REMOVED, recording, &refused.text);
                self.deliveries.remove(&recording);
                self.forget(recording);
            }
            (RefusalCode::NotYours, _) => {
                delivery.state = State::SetAside;
                self.remark(Severity::Error, super::notices::RECORDING_REFUSED, recording, &refused.text);
            }
            (code, _) => {
                delivery.wait(now, refused.retry_after_secs);
                if matches!(code, RefusalCode::BadBlocks | RefusalCode::Held) {
                    self.remark(Severity::Warning, super::notices::RECORDING_REFUSED, recording, &refused.text);
                }
            }
        }
    }

    /// Begins a new incarnation behind the server's head.
    fn adopt(&mut self, recording: RecordingId, server: Head, number: u32, now: Instant) {
        let Some(delivery) = self.deliveries.get_mut(&recording) else { return };
        delivery.adoptions += 1;
        if delivery.adoptions > MAX_ADOPTIONS {
            delivery.wait(now, 0);
        }
        match delivery.journal.adopt(server, number.saturating_add(1)) {
            Ok(()) => {
                if !matches!(delivery.state, State::Idle { .. }) {
                    delivery.state = State::Idle { not_before: now };
                }
                let text = format!(
                    "the server's copy ended at byte {} and did not continue this machine's; a new incarnation goes on there",
                    server.offset
                );
                self.remark(Severity::Warning, super::notices::NEW_INCARNATION, recording, &text);
            }
            Err(error) => {
                delivery.wait(now, 0);
                self.remark(Severity::Error, super::notices::SPOOL_TROUBLE, recording, &error.to_string());
            }
        }
    }

    fn sending(&mut self, recording: RecordingId) -> Option<&mut Sending> {
        match &mut self.deliveries.get_mut(&recording)?.state {
            State::Sending(sending) => Some(sending),
            _ => None,
        }
    }

    fn forget(&mut self, recording: RecordingId) {
        match self.spool.forget(recording) {
            Ok(()) => tracing::info!(%recording, "a recording has left the spool"),
            Err(error) => tracing::warn!(%recording, %error, "cannot remove a recording from the spool"),
        }
    }

    fn remark(&mut self, severity: Severity, number: u16, recording: RecordingId, text: &str) {
        let text = text.chars().take(protocol::limits::MAX_TEXT_BYTES / 4).collect();
        self.remarks.push_back(Remark { severity, number, recording, text });
    }
}

impl Delivery {
    fn is_open(&self) -> bool {
        matches!(self.state, State::Opening { .. } | State::Sending(_))
    }

    fn incarnation(&self) -> Option<u64> {
        match &self.state {
            State::Opening { incarnation } | State::Sending(Sending { incarnation, .. }) => Some(*incarnation),
            _ => None,
        }
    }

    fn class(&self) -> Class {
        if self.journal.is_live() { Class::Live } else { Class::Backlog }
    }

    /// Opens again later: after the time the server named, or with growing waits.
    fn wait(&mut self, now: Instant, retry_after_secs: u32) {
        let own = self.retry.next(rand::random());
        let wait = if retry_after_secs > 0 { Duration::from_secs(retry_after_secs.into()) } else { own };
        self.state = State::Idle { not_before: now + wait.min(LONGEST_RETRY) };
    }

    fn next_data(&mut self, append_bytes: usize) -> Result<Option<AgentMessage>, SpoolError> {
        let State::Sending(sending) = &mut self.state else { return Ok(None) };
        let credit = usize::try_from(sending.limit.saturating_sub(sending.next.offset)).unwrap_or(usize::MAX);
        let recording = self.journal.recording();
        match self.journal.read(sending.next, append_bytes.min(credit.max(1)))? {
            // The first block is given out however small the credit is.
            Chunk::Blocks { bytes, .. } if bytes.len() > credit => Ok(None),
            Chunk::Blocks { bytes, after } => {
                let Head { offset, chain } = std::mem::replace(&mut sending.next, after);
                if sending.sent.len() >= MAX_SENT_HEADS {
                    sending.sent.pop_front();
                }
                sending.sent.push_back(after);
                let incarnation = sending.incarnation;
                Ok(Some(AgentMessage::Append(Append { recording, incarnation, offset, chain, bytes })))
            }
            Chunk::Empty => Ok(sending.close(&self.journal)),
            Chunk::Gone => {
                self.state = State::Idle { not_before: Instant::now() };
                Ok(None)
            }
        }
    }
}

impl Sending {
    /// Says once that an ended recording is whole.
    fn close(&mut self, journal: &Journal) -> Option<AgentMessage> {
        let position = journal.position();
        let reason = position.ended.filter(|_| !self.closed && position.head == self.next)?;
        self.closed = true;
        Some(AgentMessage::Close(Close {
            recording: journal.recording(),
            incarnation: self.incarnation,
            head: self.next,
            reason: reason.as_str().to_owned(),
        }))
    }
}
