//! What is written is what is read.

use recording::{Decoder, Entry, Located, Repairer, Verifier};

use crate::sample;

pub fn decode_all(bytes: &[u8], piece: usize) -> Vec<Located> {
    let mut decoder = Decoder::new();
    let mut found = Vec::new();
    for piece in bytes.chunks(piece.max(1)) {
        decoder.push(piece);
        while let Some(located) = decoder.next().unwrap() {
            found.push(located);
        }
    }
    assert_eq!(decoder.finish().unwrap(), None);
    found
}

#[test]
fn a_finished_recording_is_read_verified_and_left_alone_by_repair() {
    let bytes = sample::finished(3, 8, 70_000);
    let found = decode_all(&bytes, 1_000_000);
    let frames = found.iter().filter(|l| matches!(&l.entry, Entry::Data { track: sample::SCREEN, .. })).count();
    assert_eq!(frames, 48);
    assert!(!found.iter().any(|l| matches!(l.entry, Entry::Damaged { .. })));
    let mut verifier = Verifier::new();
    verifier.push(&bytes).unwrap();
    let report = verifier.finish().unwrap();
    assert!(report.intact, "{report:#?}");
    let mut repairer = Repairer::new();
    let mut copy = Vec::new();
    repairer.push(&bytes, &mut copy).unwrap();
    let summary = repairer.finish(&mut copy).unwrap();
    assert!(!summary.changed, "{summary:?}");
    assert!(copy == bytes);
}
