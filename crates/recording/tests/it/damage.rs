//! What damage costs, what rearranging is found by, and that hostile bytes cost no more time than others.

use recording::{BlockKind, BlockScanner, Decoder, Entry, FindingKind, Located, RawBlock, Report, Verifier};

use crate::sample;
use crate::vectors::vector;

fn report(bytes: &[u8]) -> Report {
    let mut verifier = Verifier::new();
    verifier.push(bytes).unwrap();
    verifier.finish().unwrap()
}

fn entries(bytes: &[u8]) -> Vec<Located> {
    let mut decoder = Decoder::new();
    decoder.push(bytes);
    let entries = std::iter::from_fn(|| decoder.next().unwrap()).collect();
    decoder.finish().unwrap();
    entries
}

#[test]
fn nothing_is_decoded_on_top_of_missing_data() {
    let bytes = vector("hole");
    let mut missing = false;
    let mut withheld = 0;
    for located in entries(&bytes) {
        match located.entry {
            Entry::Group(_) => missing = false,
            Entry::Damaged { why, .. } => {
                missing = true;
                withheld += usize::from(why == recording::DamageReason::NeedsGroup);
            }
            Entry::Data { track, .. } => assert!(!missing || track == sample::EVENTS),
            _ => {}
        }
    }
    assert!(withheld > 0);
}

#[test]
fn a_damaged_checkpoint_costs_no_picture() {
    let bytes = vector("fragments");
    let whole = sample::blocks(&bytes);
    let first = whole.iter().position(|block| block.track == sample::SCREEN).unwrap();
    let checkpoint = whole.iter().find(|block| block.known_kind() == Some(BlockKind::Checkpoint)).unwrap();
    // Between the fragments of one payload, as happens when a large picture takes long to write.
    let mut inside: Vec<u8> = whole[..=first].iter().flat_map(|block| block.bytes.clone()).collect();
    let mut damaged = checkpoint.bytes.clone();
    *damaged.last_mut().unwrap() ^= 1;
    inside.extend_from_slice(&damaged);
    inside.extend(whole[first + 1..].iter().flat_map(|block| block.bytes.clone()));
    let payloads = |bytes: &[u8]| {
        let data = entries(bytes).into_iter().map(|located| located.entry);
        data.filter(|entry| matches!(entry, Entry::Data { .. })).collect::<Vec<_>>()
    };
    assert_eq!(payloads(&inside), payloads(&bytes));
}

/// The blocks in another order, or others: sound each, and found by the chain.
#[test]
fn blocks_removed_swapped_doubled_or_from_elsewhere_are_found_between_two_checkpoints() {
    let bytes = vector("every-kind");
    let whole = sample::blocks(&bytes);
    let join = |blocks: &[RawBlock]| blocks.iter().flat_map(|block| block.bytes.clone()).collect::<Vec<u8>>();
    let frames: Vec<usize> = (0..whole.len()).filter(|at| whole[*at].kind == 3 && whole[*at].track == 1).collect();
    let (third, fourth) = (frames[2], frames[3]);
    let mut removed = whole.clone();
    removed.remove(third);
    let mut swapped = whole.clone();
    swapped.swap(third, fourth);
    let mut doubled = whole.clone();
    doubled.insert(third, whole[third].clone());
    let mut foreign = whole.clone();
    foreign[third] = sample::blocks(&vector("growing")).into_iter().find(|block| block.track == 1).unwrap();
    for (name, altered) in [("removed", removed), ("swapped", swapped), ("doubled", doubled), ("foreign", foreign)] {
        let report = report(&join(&altered));
        let broken: Vec<_> = report.findings.iter().filter(|f| f.kind == FindingKind::ChainBroken).collect();
        assert_eq!(broken.len(), 1, "{name}: {:?}", report.findings);
        let place = broken[0].offset..broken[0].offset + broken[0].bytes;
        assert!(place.contains(&whole[third].offset), "{name}: {:?}", broken[0]);
    }
}

/// Nothing whole follows such bytes, so they are told as the tail's, however much of the unfinished block is there.
#[test]
fn unreadable_bytes_before_an_unfinished_block_belong_to_the_torn_tail() {
    let bytes = vector("growing");
    let last = sample::blocks(&bytes).pop().unwrap();
    for left in [0, 1, 3, 9, last.bytes.len() - 1] {
        let mut torn = bytes.clone();
        torn.extend_from_slice(&[0xee; 50]);
        torn.extend_from_slice(&last.bytes[..left]);
        let report = report(&torn);
        let [tail] = &report.findings[..] else { panic!("{left}: {:?}", report.findings) };
        let place = (tail.kind, tail.offset, tail.bytes);
        assert_eq!(place, (FindingKind::TornTail, bytes.len() as u64, 50 + left as u64));
    }
    // A block whose header says what it was is damage by itself.
    let mut damaged = bytes.clone();
    let end = damaged.len() - 1;
    damaged[end] ^= 1;
    damaged.extend_from_slice(&last.bytes[..9]);
    let kinds: Vec<_> = report(&damaged).findings.into_iter().map(|finding| finding.kind).collect();
    assert_eq!(kinds, [FindingKind::Damage, FindingKind::TornTail]);
}

#[test]
fn hostile_input_is_scanned_in_linear_time() {
    let header_only = {
        let mut block = Vec::new();
        recording::BlockWriter::new().data(1, 0, &vec![0; 60_000], &mut block).unwrap();
        block[..13].to_vec()
    };
    let torn = sample::every_kind()[..40].to_vec();
    for pattern in [vec![0x4b, 0xd5], vec![0x4b], vec![0x4b, 0xd5, 3, 0, 0, 0, 0xff, 0xff, 3], header_only, torn] {
        let input = pattern.repeat((16 << 20) / pattern.len());
        let started = std::time::Instant::now();
        let mut scanner = BlockScanner::new();
        for piece in input.chunks(100_003) {
            scanner.push(piece);
            while scanner.next().is_some() {}
        }
        // Looking at every byte again for every mark would take hours.
        assert!(started.elapsed().as_secs() < 20, "{pattern:x?} took {:?}", started.elapsed());
    }
}
