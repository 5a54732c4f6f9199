//! Recordings cut at every offset and with every bit flipped: what each reader must still give.
//!
//! The checks look only at what lies around the place of the attack, from the group before it to the group after it, so
//! that all places of a large recording can be tried: a reader may start at any group, and nothing further away is read.

use std::ops::Range;

use recording::{
    BlockKind, BlockScanner, DecodeError, Decoder, FindingKind, Located, RawBlock, Repairer, Scanned, Verifier,
};

use crate::sample;

/// A sound recording and what is in it.
pub struct Subject {
    pub bytes: Vec<u8>,
    pub blocks: Vec<RawBlock>,
    /// Every entry, and the end of the block that completed it.
    entries: Vec<(Located, u64)>,
    /// Where groups start.
    groups: Vec<u64>,
}

impl Subject {
    pub fn new(bytes: Vec<u8>) -> Subject {
        let blocks = sample::blocks(&bytes);
        let mut decoder = Decoder::new();
        let mut entries = Vec::new();
        for block in &blocks {
            decoder.push(&block.bytes);
            while let Some(located) = decoder.next().unwrap() {
                entries.push((located, block.end()));
            }
        }
        let of_group = |block: &&RawBlock| block.known_kind() == Some(BlockKind::Group);
        let groups = blocks.iter().filter(of_group).map(|block| block.offset).collect();
        Subject { bytes, blocks, entries, groups }
    }

    /// The block that holds a byte.
    fn hit(&self, at: usize) -> &RawBlock {
        &self.blocks[self.blocks.partition_point(|block| block.end() <= at as u64)]
    }

    /// From the start of the group before the one that holds a byte to the end of the one after it.
    fn surroundings(&self, at: usize) -> Range<usize> {
        let next = self.groups.partition_point(|start| *start <= at as u64);
        let start = next.checked_sub(2).map_or(0, |group| self.groups[group]);
        let end = self.groups.get(next + 1).map_or(self.bytes.len(), |start| *start as usize);
        start as usize..end
    }

    fn blocks_in(&self, range: &Range<usize>) -> &[RawBlock] {
        let from = self.blocks.partition_point(|block| block.offset < range.start as u64);
        let to = self.blocks.partition_point(|block| block.end() <= range.end as u64);
        &self.blocks[from..to.max(from)]
    }

    fn entries_in(&self, range: &Range<usize>) -> impl Iterator<Item = &Located> {
        let (start, end) = (range.start as u64, range.end as u64);
        let within = move |(located, complete): &&(Located, u64)| located.offset >= start && *complete <= end;
        self.entries.iter().filter(within).map(|(located, _)| located)
    }
}

fn decoded(bytes: &[u8], offset: usize) -> Vec<Located> {
    let mut decoder = Decoder::at(offset as u64);
    decoder.push(bytes);
    std::iter::from_fn(|| decoder.next().unwrap()).collect()
}

/// Cut there, every complete block before is read, and every payload whose blocks are all there.
pub fn check_cut(subject: &Subject, cut: usize) {
    let range = subject.surroundings(cut.saturating_sub(1)).start..cut;
    let mut scanner = BlockScanner::at(range.start as u64);
    scanner.push(&subject.bytes[range.clone()]);
    let whole = subject.blocks_in(&range);
    for block in whole {
        assert_eq!(scanner.next().as_ref(), Some(&Scanned::Block(block.clone())), "cut at {cut}");
    }
    assert_eq!(scanner.next(), None, "cut at {cut}");
    let end = whole.last().map_or(range.start as u64, RawBlock::end);
    assert_eq!(scanner.finish().map_or(0, |tail| tail.len), cut as u64 - end, "cut at {cut}");
    let left = decoded(&subject.bytes[range.clone()], range.start);
    assert!(left.iter().eq(subject.entries_in(&range)), "cut at {cut}");
}

/// Cut there, a repair keeps every complete block, trims the rest, and its copy verifies and is its own repair.
pub fn check_repair_of_cut(subject: &Subject, cut: usize) {
    let (mut repairer, mut copy) = (Repairer::new(), Vec::new());
    repairer.push(&subject.bytes[..cut], &mut copy).unwrap();
    let repaired = repairer.finish(&mut copy);
    let Some(last) = subject.blocks_in(&(0..cut)).last() else {
        let expected = match cut {
            0 => DecodeError::NotARecording { bytes: 0 },
            _ => DecodeError::HeaderIncomplete { bytes: cut as u64 },
        };
        assert_eq!(repaired.unwrap_err(), expected);
        return;
    };
    let summary = repaired.unwrap();
    let is_index = |block: &&RawBlock| matches!(block.known_kind(), Some(BlockKind::Index | BlockKind::Footer));
    let content = subject.blocks_in(&(0..cut)).iter().rfind(|block| !is_index(block)).unwrap().end();
    assert!(copy.starts_with(&subject.bytes[..content as usize]), "cut at {cut}");
    let torn = cut as u64 - last.end();
    assert_eq!(summary.trimmed.map_or(0, |tail| tail.bytes), torn, "cut at {cut}");
    assert!(summary.holes.is_empty(), "cut at {cut}: {summary:?}");
    check_copy(&copy, &format!("cut at {cut}"));
}

/// What is promised of every copy that a repair makes.
fn check_copy(copy: &[u8], place: &str) -> recording::Report {
    let mut verifier = Verifier::new();
    verifier.push(copy).unwrap();
    let report = verifier.finish().unwrap();
    assert!(report.intact, "{place}: {:?}", report.findings);
    let (mut repairer, mut again) = (Repairer::new(), Vec::new());
    repairer.push(copy, &mut again).unwrap();
    let second = repairer.finish(&mut again).unwrap();
    assert!(!second.changed && again == copy, "{place}: repairing twice differs from repairing once");
    report
}

/// The flip is found in its block; every other block is read; at most the group it lies in is harmed.
///
/// `flipped` is the subject's bytes with that bit changed.
pub fn check_flip(subject: &Subject, flipped: &[u8], bit: usize) {
    let at = bit / 8;
    let hit = subject.hit(at);
    let range = subject.surroundings(at);
    let mut scanner = BlockScanner::at(range.start as u64);
    scanner.push(&flipped[range.clone()]);
    let mut damage = 0;
    let mut expected = subject.blocks_in(&range).iter().filter(|block| block.offset != hit.offset);
    while let Some(found) = scanner.next() {
        match found {
            Scanned::Block(block) => assert_eq!(Some(&block), expected.next(), "bit {bit}"),
            Scanned::Damaged(damaged) => {
                let end = damaged.offset + damaged.len;
                assert!(hit.offset <= damaged.offset && end <= hit.end(), "bit {bit}");
                damage += damaged.len;
            }
        }
    }
    assert_eq!(expected.next(), None, "bit {bit}");
    damage += scanner.finish().map_or(0, |tail| tail.len);
    assert_eq!(damage, hit.bytes.len() as u64, "bit {bit}: the flip must be found");
    // Harmed is what stands from the damaged block on to the next group; payloads that began before it, too.
    let group_after = subject.groups.iter().copied().find(|start| *start > hit.offset).unwrap_or(u64::MAX);
    let harmed = |located: &Located, complete: u64| complete > hit.offset && located.offset < group_after;
    let sound = subject.entries.iter().filter(|(located, complete)| {
        range.contains(&(located.offset as usize)) && *complete <= range.end as u64 && !harmed(located, *complete)
    });
    let left = decoded(&flipped[range.clone()], range.start);
    let mut left = left.iter().filter(|located| {
        located.offset >= group_after
            || located.offset < hit.offset && !matches!(located.entry, recording::Entry::Damaged { .. })
    });
    for (located, _) in sound {
        assert_eq!(left.next(), Some(located), "bit {bit}");
    }
    assert_eq!(left.next(), None, "bit {bit}");
}

/// A verification of the whole recording says so, at the right place, and once.
pub fn check_report_of_flip(subject: &Subject, flipped: &[u8], bit: usize) {
    let hit = subject.hit(bit / 8);
    let mut verifier = Verifier::new();
    verifier.push(flipped).unwrap();
    let report = verifier.finish().unwrap();
    assert!(!report.intact, "bit {bit}");
    let found = |finding: &recording::Finding| (hit.offset..hit.end()).contains(&finding.offset);
    assert!(report.findings.iter().any(found), "bit {bit}: {:?}", report.findings);
    let chains = report.findings.iter().filter(|finding| finding.kind == FindingKind::ChainBroken).count();
    assert_eq!(chains, 0, "one fault is told once; bit {bit}: {:?}", report.findings);
}

/// A repair keeps every other block and declares the hole once, or builds the index anew where that was hit.
pub fn check_repair_of_flip(subject: &Subject, flipped: &[u8], bit: usize) {
    let hit = subject.hit(bit / 8);
    let (mut repairer, mut copy) = (Repairer::new(), Vec::new());
    repairer.push(flipped, &mut copy).unwrap();
    let summary = repairer.finish(&mut copy).unwrap();
    assert!(summary.changed, "bit {bit}");
    if let Some(BlockKind::Index | BlockKind::Footer) = hit.known_kind() {
        assert!(copy == subject.bytes, "bit {bit}: an index is rebuilt the same");
        assert!(summary.holes.is_empty() && summary.index_rebuilt, "bit {bit}: {summary:?}");
        return;
    }
    let before = &subject.bytes[..hit.offset as usize];
    assert!(copy.starts_with(before), "bit {bit}");
    assert_eq!(summary.trimmed, None, "bit {bit}");
    let [hole] = summary.holes[..] else { panic!("bit {bit}: {summary:?}") };
    assert_eq!((hole.offset, hole.bytes), (hit.offset, hit.bytes.len() as u64), "bit {bit}");
    let copied = sample::blocks(&copy);
    let gap = copied.iter().position(|block| block.offset == hit.offset).unwrap();
    assert_eq!(copied[gap].known_kind(), Some(BlockKind::Gap), "bit {bit}");
    let is_content = |block: &&RawBlock| !matches!(block.known_kind(), Some(BlockKind::Index | BlockKind::Footer));
    let after = subject.blocks.iter().filter(|block| block.offset > hit.offset).filter(is_content);
    let kept = copied[gap + 1..].iter().filter(is_content);
    assert!(after.map(|block| &block.bytes).eq(kept.map(|block| &block.bytes)), "bit {bit}");
    assert_eq!(check_copy(&copy, &format!("bit {bit}")).repaired_holes, 1, "bit {bit}");
}

/// Runs a check for each of these cuts, on all processors.
pub fn cut_each(subject: &Subject, step: usize, check: impl Fn(&Subject, usize) + Sync) {
    shared(subject.bytes.len() + 1, step, |cuts| cuts.for_each(|cut| check(subject, cut)));
}

/// Runs a check with each of these bits flipped, on all processors.
pub fn flip_each(subject: &Subject, step: usize, check: impl Fn(&Subject, &[u8], usize) + Sync) {
    shared(subject.bytes.len() * 8, step, |bits| {
        let mut flipped = subject.bytes.clone();
        for bit in bits {
            flipped[bit / 8] ^= 1 << (bit % 8);
            check(subject, &flipped, bit);
            flipped[bit / 8] = subject.bytes[bit / 8];
        }
    });
}

/// Gives every processor its share of the numbers below `count`, `step` apart.
fn shared(count: usize, step: usize, work: impl Fn(Box<dyn Iterator<Item = usize>>) + Sync) {
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    std::thread::scope(|scope| {
        for first in 0..threads {
            let work = &work;
            scope.spawn(move || work(Box::new((first * step..count).step_by(step * threads))));
        }
    });
}

/// 32 KB that hold every kind of block.
fn small() -> Subject {
    let subject = Subject::new(sample::every_kind());
    assert!((30_000..40_000).contains(&subject.bytes.len()), "{} bytes", subject.bytes.len());
    subject
}

/// A payload of three blocks, with another track's block between them.
fn fragments() -> Subject {
    Subject::new(crate::vectors::fragments())
}

/// 1 MB of the same kinds.
fn large() -> Subject {
    let subject = Subject::new(sample::finished(32, 6, 2_650));
    assert!(subject.bytes.len() > 1_000_000, "{} bytes", subject.bytes.len());
    subject
}

#[test]
fn the_small_subject_holds_every_kind_of_block() {
    let small = small();
    let known = (0..=u8::MAX).filter_map(BlockKind::from_number);
    let missing: Vec<_> = known.filter(|kind| !small.blocks.iter().any(|block| block.kind == kind.number())).collect();
    assert!(missing.is_empty(), "sample::every_kind must write {missing:?}");
}

#[test]
fn cut_at_every_offset_every_complete_block_is_read() {
    cut_each(&small(), 1, check_cut);
    cut_each(&fragments(), 7, check_cut);
}

#[test]
fn cut_at_every_offset_a_repair_trims_the_torn_tail_alone() {
    cut_each(&small(), 1, check_repair_of_cut);
}

#[test]
fn every_flipped_bit_is_found_and_harms_at_most_its_group() {
    flip_each(&small(), 1, check_flip);
}

#[test]
fn a_flip_in_every_byte_is_reported_at_its_block_and_once() {
    // Nine apart: each byte in turn, and another of its bits each time.
    flip_each(&small(), 9, check_report_of_flip);
}

#[test]
fn a_flip_in_every_byte_is_repaired_and_declared() {
    flip_each(&small(), 9, check_repair_of_flip);
}

#[test]
#[ignore = "minutes: make soak"]
fn soak_cut_at_every_offset_of_a_megabyte() {
    let large = large();
    cut_each(&large, 1, check_cut);
    cut_each(&large, 61, check_repair_of_cut);
    cut_each(&fragments(), 1, check_cut);
}

#[test]
#[ignore = "minutes: make soak"]
fn soak_every_bit_of_a_megabyte() {
    let large = large();
    flip_each(&large, 1, check_flip);
    flip_each(&large, 251, check_report_of_flip);
    flip_each(&large, 1_021, check_repair_of_flip);
    flip_each(&fragments(), 1, check_flip);
}

#[test]
#[ignore = "minutes: make soak"]
fn soak_every_bit_of_every_kind_is_reported_and_repaired() {
    flip_each(&small(), 1, check_report_of_flip);
    flip_each(&small(), 1, check_repair_of_flip);
}
