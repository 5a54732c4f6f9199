//! Any history of recording, crashes, restarts, losses and deliveries ends in one sound recording on the server, in which
//! nothing stands twice and nothing that is missing goes undeclared.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use proptest::prelude::*;
use recording::{GapReason, Head, RecordingId, split_blocks};
use spool::{Chunk, Journal, Spool};

use crate::fixture::{Source, anchor, create, gap_reasons, payload_numbers, settings, verify};

#[derive(Debug, Clone)]
enum Step {
    /// Payloads of the present group.
    Record(u8),
    /// The recorder dies and is replaced.
    Recorder,
    /// The agent is killed and started again.
    Agent,
    /// The server takes so many chunks.
    Send(u8),
    /// The server calls durable what it has.
    Durable,
    /// The server loses what it never called durable.
    ServerCrash,
    /// The server loses everything.
    ServerRestored,
    /// Whatever waits has waited too long.
    Expire,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (1..40_u8).prop_map(Step::Record),
        1 => Just(Step::Recorder),
        1 => Just(Step::Agent),
        4 => (1..20_u8).prop_map(Step::Send),
        2 => Just(Step::Durable),
        1 => Just(Step::ServerCrash),
        1 => Just(Step::ServerRestored),
        1 => Just(Step::Expire),
    ]
}

/// One recording between an agent and a server, without the network.
struct History {
    _folder: tempfile::TempDir,
    settings: spool::SpoolSettings,
    spool: Option<Spool>,
    recording: RecordingId,
    source: Source,
    server: Vec<u8>,
    head: Head,
    number: u32,
    durable: Head,
    /// Whether something happened after which payloads may be missing.
    lossy: bool,
}

impl History {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let settings = settings(folder.path());
        let spool = Spool::open(settings.clone()).expect("a new spool");
        let (journal, mut source) = create(&spool, 1);
        source.fill(&journal, 1);
        let recording = journal.recording();
        let (head, durable) = (Head::start(), Head::start());
        let server = Vec::new();
        Self {
            _folder: folder,
            settings,
            spool: Some(spool),
            recording,
            source,
            server,
            head,
            number: 0,
            durable,
            lossy: false,
        }
    }

    fn spool(&self) -> &Spool {
        self.spool.as_ref().expect("the agent runs")
    }

    fn journal(&self) -> Arc<Journal> {
        self.spool().journal(self.recording).expect("it is not delivered yet")
    }

    fn group(&mut self) {
        let journal = self.journal();
        self.source.continue_at(journal.next_group());
        let group = self.source.group();
        journal.accept(&group, &anchor(self.source.time_us)).expect("there is room");
    }

    fn step(&mut self, step: &Step) {
        match step {
            Step::Record(payloads) => {
                if self.journal().wants_group() {
                    self.step(&Step::Recorder);
                }
                for _ in 0..*payloads {
                    let data = self.source.data();
                    self.journal().accept(&data, &anchor(self.source.time_us)).expect("there is room");
                }
            }
            Step::Recorder => {
                self.journal().recorder_ended(GapReason::RecorderRestarted);
                self.group();
            }
            Step::Agent => {
                self.spool = None;
                self.spool = Some(Spool::open(self.settings.clone()).expect("it is recovered"));
                self.group();
            }
            Step::Send(chunks) => self.send(usize::from(*chunks)),
            Step::Durable => {
                if self.journal().holds(self.head).expect("readable") {
                    self.durable = self.head;
                    self.journal().durable(self.head).expect("files can be removed");
                }
            }
            Step::ServerCrash => self.server_back_to(self.durable),
            Step::ServerRestored => {
                self.lossy = true;
                self.server_back_to(Head::start());
            }
            Step::Expire => {
                self.lossy = true;
                self.spool().maintain(SystemTime::now() + Duration::from_secs(3_601));
            }
        }
    }

    fn server_back_to(&mut self, head: Head) {
        self.server.truncate(usize::try_from(head.offset).expect("small"));
        (self.head, self.durable) = (head, head);
        // Which incarnation sent last is known from the bytes.
        self.number = u32::try_from(if head.offset == 0 { 0 } else { verify(&self.server).incarnations }).expect("few");
    }

    /// As the connection does: goes on at the server's head, or behind it as a new incarnation.
    fn send(&mut self, chunks: usize) {
        let journal = self.journal();
        if !journal.holds(self.head).expect("readable") {
            let number = journal.position().number.max(self.number) + 1;
            journal.adopt(self.head, number).expect("there is room");
        }
        for _ in 0..chunks {
            match journal.read(self.head, 4_096).expect("readable") {
                Chunk::Blocks { bytes, after } => {
                    assert_eq!(
                        split_blocks(self.head.offset, &bytes).expect("whole").last().map(|b| b.end()),
                        Some(after.offset)
                    );
                    self.server.extend_from_slice(&bytes);
                    self.head = after;
                }
                Chunk::Empty => return,
                Chunk::Gone => panic!("the server's head was there a moment ago"),
            }
        }
    }

    fn finish(mut self) -> Result<(), TestCaseError> {
        self.source.end(&self.journal());
        self.send(usize::MAX);
        let report = verify(&self.server);
        prop_assert!(report.intact, "{:?}", report.findings);
        prop_assert!(report.ended.is_some());
        prop_assert_eq!(self.head, self.journal().position().head);
        let numbers = payload_numbers(1, &self.server);
        prop_assert!(numbers.windows(2).all(|pair| pair[0] < pair[1]), "in order and once: {:?}", numbers);
        let missing = self.source.next - numbers.len() as u64;
        prop_assert!(missing == 0 || self.lossy, "{} payloads are missing", missing);
        prop_assert!(missing == 0 || !gap_reasons(&self.server).is_empty(), "{} are missing undeclared", missing);
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn every_history_ends_well(steps in prop::collection::vec(step(), 1..40)) {
        let mut history = History::new();
        for step in &steps {
            history.step(step);
        }
        history.finish()?;
    }
}
