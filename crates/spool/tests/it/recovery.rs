//! The agent's end at any moment: what is whole is found again, torn ends are cut off, the rest goes on.

use std::fs;
use std::path::{Path, PathBuf};

use recording::{Head, split_blocks};
use spool::Spool;

use crate::fixture::{anchor, create, gap_reasons, payload_numbers, read_from, settings, verify};

/// The newest file with blocks.
fn newest(folder: &Path) -> PathBuf {
    let mut files: Vec<_> =
        walk(folder).into_iter().filter(|path| path.extension().is_some_and(|e| e == "blocks")).collect();
    files.sort();
    files.pop().expect("a file with blocks")
}

fn walk(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() { files.extend(walk(&path)) } else { files.push(path) }
    }
    files
}

#[test]
fn a_tail_torn_at_any_byte_costs_only_the_torn_block() {
    let folder = tempfile::tempdir().expect("a folder");
    let spool = Spool::open(settings(folder.path())).expect("a new spool");
    let (journal, mut source) = create(&spool, 1);
    source.fill(&journal, 2);
    let recording = journal.recording();
    let whole = read_from(&journal, Head::start());
    drop((journal, spool));
    let file = newest(folder.path());
    for length in 1..=whole.len() {
        fs::write(&file, &whole[..length]).expect("the file can be cut");
        let spool = Spool::open(settings(folder.path())).expect("it is recovered");
        let journal = spool.journal(recording).expect("the recording is found");
        let expected: usize = (0..=length)
            .rev()
            .find_map(|end| split_blocks(0, &whole[..end]).ok())
            .map_or(0, |blocks| blocks.iter().map(|block| block.bytes.len()).sum());
        assert_eq!(read_from(&journal, Head::start()), whole[..expected], "cut to {length} bytes");
        assert_eq!(spool.used_bytes(), expected as u64, "cut to {length} bytes");
    }
}

#[test]
fn a_recovered_recording_goes_on_with_a_declared_gap() {
    let folder = tempfile::tempdir().expect("a folder");
    let spool = Spool::open(settings(folder.path())).expect("a new spool");
    let (journal, mut source) = create(&spool, 1);
    source.fill(&journal, 60);
    let recording = journal.recording();
    drop((journal, spool));
    let spool = Spool::open(settings(folder.path())).expect("it is recovered");
    let journal = spool.journal(recording).expect("the recording is found");
    assert!(!journal.is_live() && !journal.has_ended());
    // A recorder of the old agent cannot be the one that goes on: its group is over.
    journal.accept(&source.data(), &anchor(source.time_us)).expect("dropped, not refused");
    source.next -= 1;
    source.continue_at(journal.next_group());
    source.fill(&journal, 60);
    source.end(&journal);
    let bytes = read_from(&journal, Head::start());
    let report = verify(&bytes);
    assert!(report.intact, "{report:?}");
    assert_eq!(gap_reasons(&bytes), ["agent-restarted"]);
    assert_eq!(payload_numbers(1, &bytes), (0..120).collect::<Vec<_>>());
    drop((journal, spool));
    let spool = Spool::open(settings(folder.path())).expect("it is recovered");
    assert!(spool.journal(recording).expect("found").has_ended(), "the end is found again");
}

#[test]
fn what_was_forgotten_stays_forgotten_and_the_rest_still_fits() {
    let folder = tempfile::tempdir().expect("a folder");
    let spool = Spool::open(settings(folder.path())).expect("a new spool");
    let (journal, mut source) = create(&spool, 1);
    source.fill(&journal, 200);
    let head = journal.position().head;
    journal.durable(head).expect("files can be removed");
    let (recording, base) = (journal.recording(), journal.position().base);
    assert!(base.offset > 0);
    drop((journal, spool));
    let spool = Spool::open(settings(folder.path())).expect("it is recovered");
    let position = spool.journal(recording).expect("found").position();
    assert_eq!((position.base, position.head), (base, head));
}

#[test]
fn a_recording_that_cannot_be_read_is_set_aside_and_harms_no_other() {
    let folder = tempfile::tempdir().expect("a folder");
    let spool = Spool::open(settings(folder.path())).expect("a new spool");
    let (bad, mut source) = create(&spool, 1);
    source.fill(&bad, 5);
    let (good, mut source) = create(&spool, 2);
    source.fill(&good, 5);
    let (bad, good) = (bad.recording(), good.recording());
    drop(spool);
    let note = folder.path().join(bad.to_string()).join("recording.json");
    fs::write(&note, b"{ torn").expect("the note can be damaged");
    let spool = Spool::open(settings(folder.path())).expect("the spool opens all the same");
    assert!(spool.journal(bad).is_none());
    assert!(spool.journal(good).is_some());
    assert!(folder.path().join("set-aside").join(bad.to_string()).exists(), "nothing is deleted");
}

#[test]
fn an_interrupted_rewrite_leaves_the_old_copy_in_force() {
    let folder = tempfile::tempdir().expect("a folder");
    let spool = Spool::open(settings(folder.path())).expect("a new spool");
    let (journal, mut source) = create(&spool, 1);
    source.fill(&journal, 30);
    let before = read_from(&journal, Head::start());
    let recording = journal.recording();
    drop((journal, spool));
    let unfinished = folder.path().join(recording.to_string()).join("g000001");
    fs::create_dir(&unfinished).expect("a folder");
    fs::write(unfinished.join("rubbish"), b"half a copy").expect("a file");
    let spool = Spool::open(settings(folder.path())).expect("it is recovered");
    assert_eq!(read_from(&spool.journal(recording).expect("found"), Head::start()), before);
    assert!(!unfinished.exists());
}
