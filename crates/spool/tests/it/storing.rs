//! What goes in comes out, and is forgotten when it may be.

use recording::{BlockWriter, GapReason, Head, split_blocks};
use spool::{Chunk, Spool, SpoolError};

use crate::fixture::{Source, anchor, create, gap_reasons, payload_numbers, read_from, settings, verify};

#[test]
fn a_recording_comes_out_as_it_went_in() {
    let folder = tempfile::tempdir().expect("a folder");
    let spool = Spool::open(settings(folder.path())).expect("a new spool");
    let (journal, mut source) = create(&spool, 1);
    source.fill(&journal, 40);
    source.fill(&journal, 40);
    source.end(&journal);
    let bytes = read_from(&journal, Head::start());
    let report = verify(&bytes);
    assert!(report.intact, "{report:?}");
    assert_eq!(report.ended.map(|end| end.reason), journal.position().ended);
    assert_eq!(payload_numbers(1, &bytes), (0..80).collect::<Vec<_>>());
    assert_eq!(spool.used_bytes(), bytes.len() as u64);
}

#[test]
fn durable_files_go_and_the_rest_stays_readable() {
    let folder = tempfile::tempdir().expect("a folder");
    let spool = Spool::open(settings(folder.path())).expect("a new spool");
    let (journal, mut source) = create(&spool, 1);
    source.fill(&journal, 100);
    let all = read_from(&journal, Head::start());
    let Chunk::Blocks { after, .. } = journal.read(Head::start(), 40_000).expect("readable") else {
        panic!("a hundred payloads are there")
    };
    assert!(journal.holds(after).expect("readable"));
    journal.durable(after).expect("files can be removed");
    assert!(spool.used_bytes() < all.len() as u64);
    assert!(journal.position().base.offset <= after.offset, "nothing that is not durable may go");
    assert_eq!(read_from(&journal, after), all[usize::try_from(after.offset).expect("small")..]);
    assert!(!journal.holds(Head { offset: 0, ..after }).expect("readable"), "other bytes stand there");
}

#[test]
fn a_second_agent_is_kept_out() {
    let folder = tempfile::tempdir().expect("a folder");
    let _first = Spool::open(settings(folder.path())).expect("a new spool");
    let second = Spool::open(settings(folder.path()));
    assert!(matches!(second, Err(SpoolError::InUse { .. })), "{second:?}");
}

#[test]
fn a_recorder_that_breaks_the_format_is_named_and_the_next_goes_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let spool = Spool::open(settings(folder.path())).expect("a new spool");
    let (journal, mut source) = create(&spool, 1);
    source.fill(&journal, 2);
    let mut undeclared = Vec::new();
    BlockWriter::new().data(9, source.time_us, b"?", &mut undeclared).expect("it fits");
    let refused = journal.accept(&split_blocks(0, &undeclared).expect("whole"), &anchor(source.time_us));
    assert!(matches!(refused, Err(SpoolError::Recorder(_))), "{refused:?}");
    journal.recorder_ended(GapReason::RecorderRestarted);
    source.continue_at(journal.next_group());
    source.fill(&journal, 2);
    source.end(&journal);
    let bytes = read_from(&journal, Head::start());
    assert!(verify(&bytes).intact);
    assert_eq!(payload_numbers(1, &bytes), [0, 1, 2, 3]);
    assert_eq!(gap_reasons(&bytes), ["recorder-restarted"]);
}

#[test]
fn nothing_is_added_after_the_end() {
    let folder = tempfile::tempdir().expect("a folder");
    let spool = Spool::open(settings(folder.path())).expect("a new spool");
    let (journal, mut source) = create(&spool, 1);
    source.fill(&journal, 1);
    source.end(&journal);
    let before = journal.position().head;
    let refused = journal.accept(&source.group(), &anchor(source.time_us));
    assert!(matches!(refused, Err(SpoolError::Ended { .. })), "{refused:?}");
    source.end(&journal);
    assert_eq!(journal.position().head, before, "an end is written once");
}

#[test]
fn a_forgotten_recording_leaves_nothing_behind() {
    let folder = tempfile::tempdir().expect("a folder");
    let spool = Spool::open(settings(folder.path())).expect("a new spool");
    let (journal, mut source) = create(&spool, 1);
    source.fill(&journal, 50);
    spool.forget(journal.recording()).expect("it can be removed");
    assert_eq!(spool.used_bytes(), 0);
    assert!(spool.journals().is_empty());
    assert!(!folder.path().join(journal.recording().to_string()).exists());
    let refused = journal.accept(&source.data(), &anchor(source.time_us));
    assert!(matches!(refused, Err(SpoolError::Ended { .. })), "whoever still records is told: {refused:?}");
}

#[test]
fn a_source_keeps_its_own_numbers() {
    // The oracle itself: two payloads are never alike.
    let (mut one, mut other) = (Source::new(1), Source::new(2));
    assert_ne!(one.data()[0].bytes, other.data()[0].bytes);
    assert_ne!(one.data()[0].bytes, one.data()[0].bytes);
}
