//! A repair loses nothing that is whole, hides nothing that is lost, and is done after once.

use recording::{BlockKind, RepairSummary, Repairer, Report, Verifier};

use crate::sample;
use crate::vectors::vector;

fn repaired(bytes: &[u8]) -> (Vec<u8>, RepairSummary) {
    let (mut repairer, mut copy) = (Repairer::new(), Vec::new());
    for piece in bytes.chunks(4_099) {
        repairer.push(piece, &mut copy).unwrap();
    }
    let summary = repairer.finish(&mut copy).unwrap();
    assert_eq!(summary.bytes_written, copy.len() as u64);
    assert_eq!(summary.bytes_read, bytes.len() as u64);
    (copy, summary)
}

fn report(bytes: &[u8]) -> Report {
    let mut verifier = Verifier::new();
    verifier.push(bytes).unwrap();
    verifier.finish().unwrap()
}

fn content_end(bytes: &[u8]) -> usize {
    let index = sample::blocks(bytes).into_iter().find(|block| block.known_kind() == Some(BlockKind::Index));
    index.unwrap().offset as usize
}

#[test]
fn a_sound_recording_is_copied_byte_for_byte() {
    for name in ["every-kind", "fragments", "repaired"] {
        let bytes = vector(name);
        let (copy, summary) = repaired(&bytes);
        assert!(copy == bytes, "{name}");
        assert!(!summary.changed && !summary.index_rebuilt, "{name}: {summary:?}");
    }
}

#[test]
fn an_index_that_is_missing_or_cut_anywhere_is_rebuilt_the_same() {
    let bytes = vector("every-kind");
    let start = content_end(&bytes);
    for cut in start..bytes.len() {
        let (copy, summary) = repaired(&bytes[..cut]);
        assert!(copy == bytes, "cut at {cut}");
        assert!(summary.holes.is_empty() && summary.index_rebuilt);
    }
}

#[test]
fn a_hole_just_before_an_index_is_no_part_of_it() {
    // A repair gave this one an index though it never ended; then its last frame is damaged.
    let (mut copy, _) = repaired(&vector("growing"));
    let last = sample::blocks(&copy).into_iter().rfind(|block| block.kind == 3).unwrap();
    copy[last.offset as usize] ^= 1;
    let (again, summary) = repaired(&copy);
    assert_eq!(summary.holes.len(), 1, "{summary:?}");
    assert!(report(&again).intact);
    // The same with the footer gone as well.
    let (_, summary) = repaired(&copy[..copy.len() - 10]);
    assert_eq!(summary.holes.len(), 1, "{summary:?}");
}

#[test]
fn content_lost_together_with_the_beginning_of_a_long_index_is_declared() {
    let (mut assembler, mut bytes) = recording::Assembler::new(&sample::header()).unwrap();
    let writer = recording::BlockWriter::new();
    let mut recorder = Vec::new();
    writer.group(&sample::group(0), 0, &mut recorder).unwrap();
    for time_us in 0..2_000 {
        let event = recording::Event::new("window").with("text", format!("the window number {time_us}"));
        writer.event(sample::EVENTS, time_us, &event, &mut recorder).unwrap();
    }
    assembler.accept(&recorder, &sample::anchor(1), &mut bytes).unwrap();
    let end = recording::End { reason: recording::EndReason::Logout, text: String::new(), successor: None };
    assembler.end(&end, 2_000, &sample::anchor(2), &mut bytes).unwrap();
    let whole = sample::blocks(&bytes);
    let index = whole.iter().position(|block| block.known_kind() == Some(BlockKind::Index)).unwrap();
    assert_eq!(whole[index + 1].known_kind(), Some(BlockKind::Index), "the index takes several blocks");
    // The checkpoint before the index keeps its header; the index loses its first block, and the footer is cut off.
    bytes[whole[index].offset as usize - 1] ^= 1;
    bytes[whole[index].offset as usize] ^= 1;
    let (copy, summary) = repaired(&bytes[..bytes.len() - 1]);
    assert_eq!(summary.holes.len(), 1, "{summary:?}");
    assert!(report(&copy).intact);
}

#[test]
fn an_index_in_the_middle_stays_in_the_chain() {
    // A recording that went on after it had ended.
    let mut reopened = vector("every-kind");
    let ended = reopened.len();
    let mut state = recording::AssemblerState::new();
    sample::blocks(&reopened).iter().for_each(|block| state.replay(block));
    let mut assembler = recording::Assembler::resume(state);
    let late = sample::recorder_blocks(9, 2, 3, 400);
    assembler.accept(&late, &sample::anchor(9), &mut reopened).unwrap();
    assert!(report(&reopened).intact, "{:?}", report(&reopened).findings);
    let (copy, summary) = repaired(&reopened);
    assert!(copy.starts_with(&reopened) && summary.holes.is_empty());
    // Now part of the chain: damage in the old index is a hole.
    reopened[ended - 50] ^= 1;
    let (copy, summary) = repaired(&reopened);
    assert_eq!(summary.holes.len(), 1);
    assert!(report(&copy).intact, "{:?}", report(&copy).findings);
}

#[test]
fn a_lost_header_is_replaced_by_its_second_copy() {
    let mut bytes = vector("every-kind");
    bytes[9] ^= 1;
    let (copy, summary) = repaired(&bytes);
    assert_eq!(summary.holes.len(), 1);
    assert_eq!(report(&copy).recording, Some(sample::header().recording));
}
