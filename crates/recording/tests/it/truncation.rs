//! A recording that was cut off anywhere gives every block that was whole.

use recording::{BlockScanner, DecodeError, Decoder, RawBlock, Repairer, Scanned, Verifier};

use crate::sample;
use crate::vectors::vector;

fn scanned(bytes: &[u8]) -> (Vec<RawBlock>, u64) {
    let mut scanner = BlockScanner::new();
    scanner.push(bytes);
    let mut blocks = Vec::new();
    while let Some(found) = scanner.next() {
        match found {
            Scanned::Block(block) => blocks.push(block),
            Scanned::Damaged(damaged) => panic!("{damaged:?}"),
        }
    }
    (blocks, scanner.finish().map_or(0, |tail| tail.len))
}

fn check_cut(whole: &[RawBlock], bytes: &[u8], cut: usize) {
    let complete = whole.partition_point(|block| block.end() <= cut as u64);
    let (found, torn) = scanned(&bytes[..cut]);
    assert!(found == whole[..complete], "cut at {cut}");
    let end = whole[..complete].last().map_or(0, RawBlock::end);
    assert_eq!(torn, cut as u64 - end, "cut at {cut}");
}

#[test]
fn cut_at_every_offset_every_complete_block_is_recovered() {
    let bytes = vector("every-kind");
    let whole = sample::blocks(&bytes);
    for cut in 0..=bytes.len() {
        check_cut(&whole, &bytes, cut);
    }
}

#[test]
fn cut_at_a_thousand_random_offsets_every_complete_block_is_recovered() {
    let bytes = sample::finished(6, 8, 12_000);
    assert!(bytes.len() > 1_000_000);
    let whole = sample::blocks(&bytes);
    let chance = sample::noise(4_711, 8_000);
    for eight in chance.chunks_exact(8) {
        let number = u64::from_le_bytes(eight.try_into().unwrap());
        check_cut(&whole, &bytes, number as usize % (bytes.len() + 1));
    }
}

#[test]
fn cut_at_every_offset_the_decoder_and_the_repair_agree_with_the_scanner() {
    let bytes = vector("growing");
    let whole = sample::blocks(&bytes);
    for cut in 0..=bytes.len() {
        let complete = whole.partition_point(|block| block.end() <= cut as u64);
        let mut decoder = Decoder::new();
        decoder.push(&bytes[..cut]);
        let entries = std::iter::from_fn(|| decoder.next().unwrap()).count();
        assert_eq!(entries, complete, "cut at {cut}");
        let (mut repairer, mut copy) = (Repairer::new(), Vec::new());
        repairer.push(&bytes[..cut], &mut copy).unwrap();
        let end = whole[..complete].last().map_or(0, RawBlock::end);
        if complete == 0 {
            let error = repairer.finish(&mut copy).unwrap_err();
            let expected = match cut {
                0 => DecodeError::NotARecording { bytes: 0 },
                _ => DecodeError::HeaderIncomplete { bytes: cut as u64 },
            };
            assert_eq!(error, expected);
            assert_eq!(decoder.finish().unwrap_err(), expected);
            continue;
        }
        let torn = decoder.finish().unwrap();
        assert_eq!(torn.map(|tail| tail.offset), (end < cut as u64).then_some(end));
        let summary = repairer.finish(&mut copy).unwrap();
        assert!(copy.starts_with(&bytes[..end as usize]), "cut at {cut}");
        assert_eq!(summary.trimmed.map(|tail| tail.offset), torn.map(|tail| tail.offset));
        assert!(summary.holes.is_empty());
        let mut verifier = Verifier::new();
        verifier.push(&copy).unwrap();
        let report = verifier.finish().unwrap();
        assert!(report.intact, "cut at {cut}: {:?}", report.findings);
    }
}
