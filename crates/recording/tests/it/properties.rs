//! Whatever is written, in whatever pieces it is read, is what was written.

use proptest::prelude::*;
use recording::{Assembler, BlockWriter, Chain, ChainValue, Decoder, Entry, Event, MAX_BLOCK_PAYLOAD_BYTES};

use crate::sample::{self, EVENTS, POINTER, SCREEN, anchor};

/// A payload with a size that lies on either side of every boundary of a fragment.
fn payload() -> impl Strategy<Value = Vec<u8>> {
    let size = prop_oneof![
        4 => 0usize..300,
        1 => MAX_BLOCK_PAYLOAD_BYTES - 2..MAX_BLOCK_PAYLOAD_BYTES + 3,
        1 => 2 * MAX_BLOCK_PAYLOAD_BYTES - 2..2 * MAX_BLOCK_PAYLOAD_BYTES + 3,
    ];
    (size, any::<u64>()).prop_map(|(size, seed)| sample::noise(seed, size))
}

/// Groups of payloads: track and microseconds since the payload before.
fn groups() -> impl Strategy<Value = Vec<Vec<(u16, u32, Vec<u8>)>>> {
    let data = (prop_oneof![Just(SCREEN), Just(POINTER)], 0u32..3_000_000, payload());
    prop::collection::vec(prop::collection::vec(data, 0..6), 1..5)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn recordings_survive_any_pieces(groups in groups(), pieces in prop::collection::vec(1usize..70_000, 1..20)) {
        let writer = BlockWriter::new();
        let (mut recorder, mut expected, mut time_us) = (Vec::new(), Vec::new(), 0u64);
        for (number, group) in groups.into_iter().enumerate() {
            writer.group(&sample::group(number as u64), time_us, &mut recorder).unwrap();
            writer.event(EVENTS, time_us, &Event::new("mark").with("number", number), &mut recorder).unwrap();
            for (track, later_us, payload) in group {
                time_us += u64::from(later_us);
                writer.data(track, time_us, &payload, &mut recorder).unwrap();
                expected.push((track, time_us, payload));
            }
        }
        let (mut assembler, mut out) = Assembler::new(&sample::header()).unwrap();
        let mut sizes = pieces.iter().copied().cycle();
        let mut next_piece = |bytes: &mut &[u8]| {
            let (piece, rest) = bytes.split_at(sizes.next().unwrap_or(1).min(bytes.len()));
            *bytes = rest;
            piece.to_vec()
        };
        let mut rest = &recorder[..];
        while !rest.is_empty() {
            assembler.accept(&next_piece(&mut rest), &anchor(1), &mut out).unwrap();
        }
        let (mut decoder, mut found, mut rest) = (Decoder::new(), Vec::new(), &out[..]);
        while !rest.is_empty() {
            decoder.push(&next_piece(&mut rest));
            while let Some(located) = decoder.next().unwrap() {
                match located.entry {
                    Entry::Data { track: EVENTS, payload, .. } => {
                        prop_assert_eq!(Event::from_payload(&payload).unwrap().kind, "mark");
                    }
                    Entry::Data { track, time_us, payload, .. } => found.push((track, time_us, payload)),
                    Entry::Damaged { .. } => prop_assert!(false, "damaged"),
                    _ => {}
                }
            }
        }
        prop_assert_eq!(decoder.finish().unwrap(), None);
        prop_assert!(found == expected);
    }

    #[test]
    fn chain_values_survive_as_text(bytes in any::<[u8; 32]>()) {
        let value = ChainValue(bytes);
        prop_assert_eq!(value.to_string().parse::<ChainValue>().unwrap(), value);
        prop_assert!(value.to_string()[1..].parse::<ChainValue>().is_err());
    }

    #[test]
    fn a_chain_depends_on_where_blocks_end(bytes in prop::collection::vec(any::<u8>(), 2..50), cut in 1usize..49) {
        let cut = cut.min(bytes.len() - 1);
        let (mut one, mut two) = (Chain::new(), Chain::new());
        one.append(&bytes);
        two.append(&bytes[..cut]);
        two.append(&bytes[cut..]);
        prop_assert_ne!(one.value(), two.value());
    }
}
