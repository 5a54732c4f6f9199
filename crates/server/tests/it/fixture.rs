//! Recordings to look at, put into storage and catalogue as if an agent had sent them.

use recording::{
    Anchor, Assembler, BlockWriter, ChainValue, End, EndReason, Event, Follows, Group, Head, Header, RecordingId,
    SessionFacts, StartReason, Track, TrackKind, split_blocks,
};

use crate::harness::TestServer;

/// A recording of a few groups with bytes in them, made by the recorder's and the agent's own code.
pub struct Fixture {
    pub id: RecordingId,
    pub bytes: Vec<u8>,
    pub groups: usize,
}

const START_UNIX_US: i64 = 1_795_000_000_000_000;

fn anchor() -> Anchor {
    Anchor { unix_us: START_UNIX_US, boottime_us: 7_000_000, boot_id: "a-boot".to_owned(), uncertainty_us: 10 }
}

/// The number of each test's recordings, so that ids differ.
pub fn recording_id(number: u8) -> RecordingId {
    RecordingId::from_parts(u64::try_from(START_UNIX_US / 1000).unwrap(), [number; 10])
}

pub fn make(number: u8, user: &str) -> Fixture {
    made(number, user, None, None)
}

/// One of several recordings of a session, between these two.
pub fn made(number: u8, user: &str, earlier: Option<u8>, later: Option<u8>) -> Fixture {
    written(number, user, (earlier, later), true)
}

/// One without a picture.
pub fn events_only(number: u8, user: &str) -> Fixture {
    written(number, user, (None, None), false)
}

fn written(number: u8, user: &str, (earlier, later): (Option<u8>, Option<u8>), has_picture: bool) -> Fixture {
    let id = recording_id(number);
    let header = Header {
        format: recording::FORMAT_VERSION,
        recording: id,
        session: SessionFacts {
            uid: Some(1000),
            display: Some(":10".to_owned()),
            ..SessionFacts::desktop("0".repeat(32), "fin-03", user.to_owned())
        },
        started: anchor(),
        software: "test".to_owned(),
        follows: earlier.map(|number| Follows { recording: recording_id(number), chain: ChainValue::origin() }),
        reason: StartReason {
            policy: "record-everything".to_owned(),
            rule: None,
            text: "every session is recorded".to_owned(),
        },
    };
    let (mut assembler, mut bytes) = Assembler::new(&header).unwrap();
    let groups = 3;
    for number in 0..groups {
        let time_us = number * 1_000_000;
        let made = BlockWriter::new();
        let kinds: &[TrackKind] = match has_picture {
            true => &[TrackKind::Screen, TrackKind::Events, TrackKind::Thumbnails],
            false => &[TrackKind::Events],
        };
        let tracks = kinds.iter().map(|kind| Track { id: kind.number(), kind: *kind }).collect();
        let group = Group { number, tracks, key_frame_interval_us: 60_000_000, ..Group::default() };
        let mut blocks = Vec::new();
        made.group(&group, time_us, &mut blocks).unwrap();
        if has_picture {
            made.data(1, time_us, &payload(number), &mut blocks).unwrap();
            let resize = Event::new("resize").with("width", 640).with("height", 480);
            made.event(3, time_us, &resize, &mut blocks).unwrap();
            made.data(4, time_us, format!("thumbnail {number}").as_bytes(), &mut blocks).unwrap();
        } else {
            made.event(3, time_us, &Event::new("lock"), &mut blocks).unwrap();
        }
        assembler.accept(&blocks, &anchor(), &mut bytes).unwrap();
    }
    let end =
        End { reason: EndReason::Logout, text: "the user logged out".to_owned(), successor: later.map(recording_id) };
    assembler.end(&end, groups * 1_000_000, &anchor(), &mut bytes).unwrap();
    Fixture { id, bytes, groups: usize::try_from(groups).unwrap() }
}

/// Bytes that do not repeat, larger than a piece of a live message.
fn payload(seed: u64) -> Vec<u8> {
    let mut state = seed + 1;
    (0..150_000)
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            state.to_be_bytes()[0]
        })
        .collect()
}

impl Fixture {
    /// Puts the first `length` bytes (to the end of a block) into storage; says how many that are.
    pub fn store(&self, server: &TestServer, length: usize) -> u64 {
        let store = &server.app().store;
        let sender = storage::Sender { incarnation: 1, number: 0 };
        store.create(self.id, START_UNIX_US, sender).unwrap();
        self.append(server, length)
    }

    /// Appends what follows the stored bytes, up to `length`.
    pub fn append(&self, server: &TestServer, length: usize) -> u64 {
        let store = &server.app().store;
        let head: Head = store.standing(self.id).unwrap().head;
        let from = usize::try_from(head.offset).unwrap();
        let blocks: Vec<_> = split_blocks(head.offset, &self.bytes[from..])
            .unwrap()
            .into_iter()
            .take_while(|block| block.end() <= length as u64)
            .collect();
        store.append(self.id, head, &blocks).unwrap();
        store.standing(self.id).unwrap().head.offset
    }

    /// Lists it in the catalogue.
    pub async fn list(&self, server: &TestServer, user: &str, state: catalogue::RecordingState) {
        server
            .catalogue()
            .put_recording(&catalogue::Recording {
                id: self.id,
                machine_id: "0".repeat(32),
                machine: "fin-03".to_owned(),
                user: user.to_owned(),
                uid: Some(1000),
                display: Some(":10".to_owned()),
                session_kind: "desktop".to_owned(),
                client_name: None,
                client_address: None,
                application: None,
                groups: Vec::new(),
                state,
                start_us: START_UNIX_US,
                end_us: (!state.is_open()).then_some(START_UNIX_US + 3_000_000),
                duration_us: 3_000_000,
                size_bytes: self.bytes.len() as u64,
                last_data_us: START_UNIX_US,
                policy: "record-everything".to_owned(),
                rule: None,
                start_text: "every session is recorded".to_owned(),
                end_reason: (!state.is_open()).then(|| "logout".to_owned()),
                end_text: None,
                width: Some(640),
                height: Some(480),
                notices: Vec::new(),
                events_only: None,
            })
            .await
            .unwrap();
    }
}

/// A whole, finished recording in storage and catalogue.
pub async fn finished(server: &TestServer, number: u8, user: &str) -> Fixture {
    let fixture = make(number, user);
    let stored = fixture.store(server, fixture.bytes.len());
    assert_eq!(stored, fixture.bytes.len() as u64);
    fixture.list(server, user, catalogue::RecordingState::Finished).await;
    fixture
}
