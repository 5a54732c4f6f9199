//! Honest recordings raise no alarm, however they ended; what is not witnessed is said.

use evidence::{Expected, FaultKind, Verdict};
use recording::FindingKind;

use crate::sample::{COURSES, Course, Maker, Stored, expected, honest, judge, witnessed_checkpoint};

#[test]
fn honest_recordings_hold_half_of_them_crashed() {
    for (course, seed) in COURSES.into_iter().zip(10..) {
        let stored = honest(course, seed);
        let found = judge(&stored, expected());
        assert_eq!(found.faults, [], "{course:?}");
        let torn = course == Course::CrashedAndTorn;
        // A torn tail is the one thing that a crash leaves, and the container says what it is.
        assert!(found.container.findings.iter().all(|finding| torn && finding.kind == FindingKind::TornTail));
        assert_eq!(found.verdict == Verdict::Broken, torn, "{course:?}");
        // The first entry says whose word the others are.
        assert_eq!(found.receipts.confirmed, stored.entries.len() as u64 - 1, "{course:?}");
        assert_eq!(found.signatures.right, found.container.checkpoints, "{course:?}");
        let restarts = u64::from(matches!(course, Course::Restarted | Course::Incarnated | Course::CrashedAndTorn));
        assert_eq!(found.signatures.signers, 1 + restarts, "{course:?}");
        let ended = !matches!(course, Course::Growing | Course::CrashedAndTorn);
        assert_eq!((found.receipts.closed, found.container.ended.is_some()), (ended, ended), "{course:?}");
        if ended {
            assert_eq!(found.unwitnessed_bytes(), 0, "{course:?}");
        }
    }
}

#[test]
fn a_recording_is_judged_without_receipts_or_trusted_keys_too() {
    let stored = Stored { entries: Vec::new(), ..honest(Course::Finished, 20) };
    let found = judge(&stored, Expected::default());
    assert_eq!((found.verdict, found.signatures.machine_trusted), (Verdict::Holds, None));
    assert_eq!(found.unwitnessed_bytes(), stored.bytes.len() as u64);
}

#[test]
fn what_came_after_the_newest_receipt_is_unwitnessed() {
    let mut maker = Maker::new(21, None);
    maker.group(0);
    maker.receipt(false);
    let witnessed = maker.stored.bytes.len() as u64;
    let later = maker.stored.entries.len();
    maker.group(1);
    maker.stored.entries.truncate(later);
    let found = judge(&maker.stored, expected());
    assert_eq!((found.verdict, found.receipts.witnessed_bytes), (Verdict::Holds, witnessed));
    assert_eq!(found.unwitnessed_bytes(), maker.stored.bytes.len() as u64 - witnessed);
}

#[test]
fn a_repaired_copy_says_where_its_hole_is_and_holds_elsewhere() {
    let mut stored = honest(Course::Finished, 22);
    let middle = stored.bytes.len() / 2;
    stored.bytes[middle..middle + 2_000].fill(0xee);
    let damaged = judge(&stored, expected());
    assert_eq!(damaged.verdict, Verdict::Broken);
    let (mut repairer, mut copy) = (recording::Repairer::new(), Vec::new());
    repairer.push(&stored.bytes, &mut copy).unwrap();
    repairer.finish(&mut copy).unwrap();
    let repaired = Stored { bytes: copy, ..stored };
    let found = judge(&repaired, expected());
    assert_eq!(found.verdict, Verdict::HoldsInPart, "{:?}", found.faults);
    let [hole] = &found.faults[..] else { panic!("{:?}", found.faults) };
    assert!((hole.offset..hole.offset + hole.bytes).contains(&(middle as u64)), "{hole:?}");
    assert!(found.receipts.not_compared > 0 && found.receipts.confirmed > 5);
}

#[test]
fn a_header_that_cannot_be_read_costs_only_itself() {
    let mut stored = honest(Course::Finished, 23);
    stored.bytes[60] ^= 1;
    let found = judge(&stored, expected());
    assert_eq!(found.faults, []);
    assert_eq!(found.container.findings.len(), 1, "{:?}", found.container.findings);
    assert!(found.signatures.right > found.signatures.not_checked, "{:?}", found.signatures);
}

/// Behind damage a checkpoint states the chain at its own place, behind a change the chain is known to be another.
#[test]
fn a_receipt_that_ends_at_a_checkpoint_is_compared_with_what_is_known_there() {
    let (stored, before, checkpoint) = witnessed_checkpoint(24);
    let damaged = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut stored = stored.clone();
        change(&mut stored.bytes);
        judge(&stored, expected())
    };
    let unreadable = damaged(&|bytes| bytes[before.offset as usize + 30] ^= 1);
    assert_eq!((unreadable.receipts.confirmed, unreadable.receipts.witnessed_bytes), (1, checkpoint.offset));
    let changed = damaged(&|bytes| {
        let start = before.offset as usize;
        let end = before.end() as usize - 4;
        bytes[start + 30] ^= 1;
        let sum = crc32c::crc32c(&bytes[start..end]).to_le_bytes();
        bytes[end..end + 4].copy_from_slice(&sum);
    });
    assert_eq!(changed.receipts.confirmed, 0);
    let kinds: Vec<_> = changed.faults.iter().map(|fault| fault.kind).collect();
    assert!(kinds.contains(&FaultKind::ReceiptContradicted), "{kinds:?}");
}
