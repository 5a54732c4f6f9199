//! Promises of the container's readers.

use recording::{
    BlockScanner, Decoder, Entry, FOOTER_BYTES, Footer, Index, IndexBuilder, MAX_BLOCK_BYTES, Repairer, Scanned,
    TrackKind, Verifier,
};

/// Sizes to push input in, chosen by the input itself: damage and piece boundaries meet everywhere.
fn pieces(input: &[u8]) -> impl Iterator<Item = &[u8]> {
    let size = match input.first() {
        Some(first) => 1 + usize::from(*first) * 37,
        None => 1,
    };
    input.chunks(size)
}

/// The scanner accounts for every byte exactly once, in order, however the input is pushed; blocks are what they say.
pub fn scanner(input: &[u8]) {
    let mut scanner = BlockScanner::new();
    let mut at = 0;
    let mut found = Vec::new();
    for piece in pieces(input) {
        scanner.push(piece);
        while let Some(scanned) = scanner.next() {
            let (offset, len) = match &scanned {
                Scanned::Block(block) => (block.offset, block.bytes.len() as u64),
                Scanned::Damaged(damaged) => (damaged.offset, damaged.len),
            };
            assert_eq!(offset, at, "a byte was skipped or read twice");
            assert!(len > 0);
            at += len;
            if let Scanned::Block(block) = scanned {
                assert!(block.bytes.len() <= MAX_BLOCK_BYTES);
                assert_eq!(block.bytes, input[offset as usize..at as usize]);
                found.push(block);
            }
        }
    }
    let tail = scanner.finish();
    assert_eq!(at + tail.map_or(0, |tail| tail.len), input.len() as u64);
    let mut whole = BlockScanner::new();
    whole.push(input);
    let at_once = std::iter::from_fn(|| whole.next());
    let at_once: Vec<_> = at_once
        .filter_map(|scanned| match scanned {
            Scanned::Block(block) => Some(block),
            Scanned::Damaged(_) => None,
        })
        .collect();
    assert_eq!(found, at_once, "what is found depends on how it was pushed");
}

/// The decoder yields no more bytes than it was given, and withholds data that builds on something missing.
pub fn decoder(input: &[u8]) {
    let mut decoder = Decoder::new();
    let (mut payload_bytes, mut broken, mut event_tracks) = (0, true, Vec::new());
    'input: for piece in pieces(input) {
        decoder.push(piece);
        loop {
            match decoder.next() {
                Ok(Some(located)) => match located.entry {
                    Entry::Group(group) => {
                        broken = false;
                        let events = group.tracks.iter().filter(|track| track.kind == TrackKind::Events);
                        event_tracks = events.map(|track| track.id).collect();
                    }
                    Entry::Incarnation(_) => broken = true,
                    Entry::Gap(gap) => broken |= gap.reason.breaks_group(),
                    Entry::Data { track, payload, .. } => {
                        payload_bytes += payload.len();
                        // Events stand for themselves, all other data builds on its group.
                        assert!(!broken || event_tracks.contains(&track), "data without its group");
                    }
                    _ => {}
                },
                Ok(None) => break,
                Err(error) if error.is_final() => break 'input,
                Err(_) => {}
            }
        }
    }
    assert!(payload_bytes <= input.len());
    let _ = decoder.finish();
}

/// A repair gives a recording that verifies, changes nothing when done again, and keeps every sound block.
pub fn repair(input: &[u8]) {
    let Some((copy, summary)) = repaired(input) else { return };
    assert_eq!(summary.bytes_written, copy.len() as u64);
    let (again, second) = repaired(&copy).expect("a repaired recording is one");
    assert!(again == copy, "repairing twice differs from repairing once");
    assert!(!second.changed, "a repair of a repaired recording changes something: {second:?}");
    let mut verifier = Verifier::new();
    verifier.push(&copy).expect("a repaired recording is one");
    let report = verifier.finish().expect("a repaired recording is one");
    for finding in &report.findings {
        use recording::FindingKind::{ChainBroken, HeaderMissing, Malformed};
        // What a hostile writer put into sound blocks stays: a repair does not judge content.
        assert!(matches!(finding.kind, ChainBroken | HeaderMissing | Malformed), "left by a repair: {finding:?}");
    }
}

fn repaired(input: &[u8]) -> Option<(Vec<u8>, recording::RepairSummary)> {
    let mut repairer = Repairer::new();
    let mut copy = Vec::new();
    for piece in pieces(input) {
        repairer.push(piece, &mut copy).ok()?;
    }
    let summary = repairer.finish(&mut copy).ok()?;
    Some((copy, summary))
}

/// The index of any input survives being written and read, and is the same with and without an index in the input.
pub fn index(input: &[u8]) {
    let _ = Index::from_blocks(0, input);
    let _ = Index::from_json(input);
    let length = input.len() as u64;
    let _ = Footer::from_tail(&input[input.len().saturating_sub(FOOTER_BYTES)..], length);
    let built = build(input);
    let start = built.content_bytes;
    let blocks = built.to_blocks(start).expect("a built index is bounded");
    let (index_blocks, footer) = blocks.split_at(blocks.len() - FOOTER_BYTES);
    let found = Footer::from_tail(footer, start + blocks.len() as u64).expect("a footer that was just written");
    assert_eq!((found.index_offset, found.index_bytes), (start, index_blocks.len() as u64));
    assert_eq!(Index::from_blocks(start, index_blocks).expect("an index that was just written"), built);
}

fn build(input: &[u8]) -> Index {
    let (mut scanner, mut builder) = (BlockScanner::new(), IndexBuilder::new());
    for piece in pieces(input) {
        scanner.push(piece);
        while let Some(scanned) = scanner.next() {
            if let Scanned::Block(block) = scanned {
                builder.block(&block);
            }
        }
    }
    let json = builder.index().to_json().expect("a built index is bounded");
    assert_eq!(&Index::from_json(&json).expect("its own JSON"), builder.index());
    builder.index().clone()
}
