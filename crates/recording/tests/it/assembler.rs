//! The agent's side: checkpoints, what a recorder may not do, going on after a restart.

use recording::{
    AssembleError, Assembler, AssemblerState, BlockKind, BlockWriter, CHECKPOINT_INTERVAL_US, Chain, Decoder, End,
    EndReason, Entry, Footer, Gap, GapReason, Group, Head, Incarnation, Track, TrackKind, Verifier,
};

use crate::sample::{self, EVENTS, SCREEN, anchor};

fn started() -> (Assembler, Vec<u8>) {
    Assembler::new(&sample::header()).unwrap()
}

fn report(bytes: &[u8]) -> recording::Report {
    let mut verifier = Verifier::new();
    verifier.push(bytes).unwrap();
    verifier.finish().unwrap()
}

#[test]
fn checkpoints_stand_before_every_group_and_every_two_seconds() {
    let (mut assembler, mut out) = started();
    assembler.accept(&sample::recorder_blocks(0, 4, 30, 50), &anchor(1), &mut out).unwrap();
    let blocks = sample::blocks(&out);
    let mut newest_us = 0;
    for (before, block) in blocks.iter().zip(&blocks[1..]) {
        match block.known_kind() {
            Some(BlockKind::Group) => assert_eq!(before.known_kind(), Some(BlockKind::Checkpoint)),
            Some(BlockKind::Checkpoint) => newest_us = block.time_us,
            _ => {}
        }
        assert!(block.time_us < newest_us + CHECKPOINT_INTERVAL_US, "at {}", block.offset);
    }
    let mut chain = Chain::new();
    let mut decoder = Decoder::new();
    decoder.push(&out);
    for block in &blocks {
        if let Entry::Checkpoint(checkpoint) = decoder.next().unwrap().unwrap().entry {
            assert_eq!((checkpoint.chain, checkpoint.offset), (chain.value(), block.offset));
        }
        chain.append(&block.bytes);
    }
    assert_eq!(assembler.head(), Head { offset: out.len() as u64, chain: chain.value() });
}

#[test]
fn a_checkpoint_is_written_at_rest_and_only_once() {
    let (mut assembler, mut out) = started();
    assembler.accept(&sample::recorder_blocks(0, 1, 2, 50), &anchor(1), &mut out).unwrap();
    let last = assembler.last_time_us();
    assert!(!assembler.checkpoint_due(last));
    assert!(assembler.checkpoint_due(last + CHECKPOINT_INTERVAL_US));
    let before = out.len();
    assembler.checkpoint(last + CHECKPOINT_INTERVAL_US, &anchor(2), &mut out).unwrap();
    let once = out.len();
    assert!(once > before);
    assembler.checkpoint(last + 9 * CHECKPOINT_INTERVAL_US, &anchor(3), &mut out).unwrap();
    assert_eq!(out.len(), once);
    assert_eq!(report(&out).unwitnessed_bytes, 0);
}

#[test]
fn pieces_of_any_size_give_the_same_recording() {
    let blocks = sample::recorder_blocks(0, 2, 4, 5_000);
    let (mut assembler, mut expected) = started();
    assembler.accept(&blocks, &anchor(1), &mut expected).unwrap();
    for size in [1, 7, 1_000, 4_096] {
        let (mut assembler, mut out) = started();
        for piece in blocks.chunks(size) {
            assembler.accept(piece, &anchor(1), &mut out).unwrap();
        }
        assert!(out == expected, "pieces of {size}");
    }
}

#[test]
fn what_a_recorder_may_not_do_is_refused_and_what_came_before_is_kept() {
    let writer = BlockWriter::new();
    let start = |number| {
        let mut out = Vec::new();
        writer.group(&sample::group(number), 1_000, &mut out).unwrap();
        writer.data(SCREEN, 2_000, b"frame", &mut out).unwrap();
        out
    };
    let data = |track, time_us, payload: &[u8]| {
        let mut out = Vec::new();
        writer.data(track, time_us, payload, &mut out).unwrap();
        out
    };
    let large = data(SCREEN, 3_000, &vec![1; 140_000]);
    let first = sample::blocks(&large)[0].bytes.len();
    let cut = [&large[..first], &start(2)[..]].concat();
    let interleaved = [&large[..first], &data(SCREEN, 3_000, b"another")[..]].concat();
    let mut damaged = data(SCREEN, 3_000, b"frame");
    damaged[5] ^= 1;
    let end = sample::raw_block(7, 0, br#"{"reason":"logout","text":""}"#);
    let mut after_gap = Vec::new();
    let reason = GapReason::RecorderRestarted;
    let text = String::new();
    let gap = Gap { from_us: 3_000, to_us: 3_000, reason, text, chain_before: None, chain_after: None };
    writer.gap(&gap, &mut after_gap).unwrap();
    after_gap.extend(data(SCREEN, 3_000, b"frame"));
    type Expected = fn(&AssembleError) -> bool;
    let cases: [(&str, Vec<u8>, Expected); 10] = [
        ("undeclared", data(9, 3_000, b""), |e| matches!(e, AssembleError::UndeclaredTrack { track: 9, .. })),
        ("backwards", data(SCREEN, 1_999, b""), |e| matches!(e, AssembleError::TimeBackwards { .. })),
        ("group again", start(1), |e| matches!(e, AssembleError::GroupNumber { number: 1, last: 1, .. })),
        ("cut fragment", cut, |e| matches!(e, AssembleError::Fragment { track: SCREEN, .. })),
        ("two at once", interleaved, |e| matches!(e, AssembleError::Fragment { track: SCREEN, .. })),
        ("orphan", large[first..].to_vec(), |e| matches!(e, AssembleError::Fragment { track: SCREEN, .. })),
        ("after a gap", after_gap, |e| matches!(e, AssembleError::NoGroup { .. })),
        ("end", end, |e| matches!(e, AssembleError::Kind { kind: 7, .. })),
        ("damaged", damaged, |e| matches!(e, AssembleError::Damaged { .. })),
        ("bad group", sample::raw_block(2, 0, b"{}"), |e| matches!(e, AssembleError::Rejected(_))),
    ];
    for (name, bad, expected) in cases {
        let (mut assembler, mut out) = started();
        let error = assembler.accept(&[start(1), bad].concat(), &anchor(1), &mut out).unwrap_err();
        assert!(expected(&error), "{name}: {error}");
        assert_eq!(assembler.head().offset, out.len() as u64, "{name}");
        assembler.recorder_ended();
        assembler.accept(&start(5), &anchor(2), &mut out).unwrap();
        let report = report(&out);
        assert!(report.intact && report.groups == 2, "{name}: {report:?}");
    }
    let (mut assembler, mut out) = started();
    let error = assembler.accept(&data(EVENTS, 0, b"{}"), &anchor(1), &mut out).unwrap_err();
    assert!(matches!(error, AssembleError::NoGroup { .. }), "{error}");
    let many = (0..65).map(|id| Track { id, kind: TrackKind::Other(id + 100) }).collect();
    let group = Group { number: 1, tracks: many, key_frame_interval_us: 0, ..Group::default() };
    assert!(writer.group(&group, 0, &mut Vec::new()).is_err());
}

#[test]
fn a_restarted_agent_goes_on_from_its_spool_as_if_nothing_had_been() {
    let (mut assembler, mut out) = started();
    assembler.accept(&sample::recorder_blocks(0, 2, 5, 300), &anchor(1), &mut out).unwrap();
    let mut replayed = AssemblerState::new();
    sample::blocks(&out).iter().for_each(|block| replayed.replay(block));
    assert_eq!(&replayed, assembler.state());
    let kept: AssemblerState = serde_json::from_slice(&serde_json::to_vec(assembler.state()).unwrap()).unwrap();
    assert_eq!(kept, replayed);
    let mut resumed = Assembler::resume(kept);
    assert_eq!(resumed.last_group(), Some(1));
    let end = End { reason: EndReason::Logout, text: String::new(), successor: None };
    let mut copy = out.clone();
    for (assembler, out) in [(&mut assembler, &mut out), (&mut resumed, &mut copy)] {
        assembler.recorder_ended();
        assembler.accept(&sample::recorder_blocks(2, 2, 5, 300), &anchor(2), out).unwrap();
        assembler.end(&end, assembler.last_time_us(), &anchor(3), out).unwrap();
    }
    assert!(out == copy);
    assert!(report(&out).intact);
}

#[test]
fn a_writer_that_follows_another_head_verifies_and_leaves_the_index_to_the_server() {
    let (mut first, mut stored) = started();
    first.accept(&sample::recorder_blocks(0, 2, 3, 300), &anchor(1), &mut stored).unwrap();
    let head = first.head();
    // An older copy of the spool: it knows less than the server has.
    let (mut older, _) = started();
    let follows = Some(head);
    let incarnation = Incarnation { incarnation: 5, number: 1, follows };
    older.incarnation(&incarnation, 9_000_000, &mut stored).unwrap();
    older.accept(&sample::recorder_blocks(7, 1, 3, 300), &anchor(2), &mut stored).unwrap();
    let end = End { reason: EndReason::Logout, text: String::new(), successor: None };
    older.end(&end, older.last_time_us(), &anchor(3), &mut stored).unwrap();
    assert_eq!(older.head().offset, stored.len() as u64);
    let checked = report(&stored);
    assert!(checked.intact, "{:?}", checked.findings);
    assert_eq!(checked.incarnations, 1);
    let tail = &stored[stored.len() - recording::FOOTER_BYTES..];
    assert!(Footer::from_tail(tail, stored.len() as u64).is_err());
    // After other bytes than those that it followed, the writer itself is named.
    let blocks = sample::blocks(&stored);
    let second = blocks.iter().position(|block| block.known_kind() == Some(BlockKind::Incarnation)).unwrap();
    let mut elsewhere = stored.clone();
    let dropped = &blocks[second - 1];
    elsewhere.drain(dropped.offset as usize..dropped.end() as usize);
    let findings = report(&elsewhere).findings;
    assert!(findings.iter().any(|finding| finding.offset == dropped.offset), "{findings:?}");
    assert!(findings[0].what.contains("followed other bytes"), "{findings:?}");
}
