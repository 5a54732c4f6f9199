//! The index is disposable, always the same, and bounded.

use recording::{
    BlockScanner, BlockWriter, Event, FOOTER_BYTES, FindingKind, Footer, Index, IndexBuilder, IndexError,
    MAX_INDEX_EVENTS, MAX_INDEX_GROUPS, Scanned, Verifier, split_blocks,
};

use crate::sample;
use crate::vectors::vector;

fn built(bytes: &[u8]) -> Index {
    let (mut scanner, mut builder) = (BlockScanner::new(), IndexBuilder::new());
    scanner.push(bytes);
    while let Some(scanned) = scanner.next() {
        if let Scanned::Block(block) = scanned {
            builder.block(&block);
        }
    }
    builder.index().clone()
}

fn stored(bytes: &[u8]) -> Result<Index, IndexError> {
    let footer = Footer::from_tail(&bytes[bytes.len().saturating_sub(FOOTER_BYTES)..], bytes.len() as u64)?;
    let start = footer.index_offset as usize;
    Index::from_blocks(footer.index_offset, &bytes[start..start + footer.index_bytes as usize])
}

#[test]
fn the_stored_index_is_what_a_scan_gives() {
    for name in ["every-kind", "fragments", "repaired", "pictures"] {
        let bytes = vector(name);
        assert_eq!(stored(&bytes).unwrap(), built(&bytes), "{name}");
    }
}

#[test]
fn a_recording_without_or_with_a_damaged_index_says_so() {
    let bytes = vector("every-kind");
    assert_eq!(stored(&bytes[..bytes.len() - 1]), Err(IndexError::Absent));
    assert_eq!(stored(&vector("growing")), Err(IndexError::Absent));
    assert_eq!(stored(b"short"), Err(IndexError::Absent));
    let start = built(&bytes).content_bytes as usize;
    let mut damaged = bytes.clone();
    damaged[start + 100] ^= 1;
    assert!(matches!(stored(&damaged), Err(IndexError::Damaged(_))));
    let moved = bytes[1..].to_vec();
    assert!(matches!(stored(&moved), Err(IndexError::Misplaced { .. })));
}

#[test]
fn an_index_that_describes_something_else_is_found() {
    let bytes = vector("every-kind");
    let mut index = built(&bytes);
    let start = index.content_bytes as usize;
    index.groups[1].offset += 1;
    let altered = [&bytes[..start], &index.to_blocks(start as u64).unwrap()[..]].concat();
    let mut verifier = Verifier::new();
    verifier.push(&altered).unwrap();
    let findings = verifier.finish().unwrap().findings;
    assert!(matches!(&findings[..], [finding] if finding.kind == FindingKind::IndexWrong), "{findings:?}");
}

#[test]
fn data_after_the_end_reopens_a_recording() {
    let ended = vector("every-kind");
    assert!(built(&ended).end.is_some());
    let reopened = [ended, sample::recorder_blocks(9, 1, 1, 10)].concat();
    assert_eq!(built(&reopened).end, None);
}

#[test]
fn every_moment_leads_to_the_group_that_shows_it() {
    let index = built(&vector("every-kind"));
    assert_eq!(index.groups.len(), 4);
    for (time_us, number) in [(0, 0), (2_999_999, 0), (3_000_000, 1), (8_999_999, 2), (9_000_000, 3), (u64::MAX, 3)] {
        assert_eq!(index.group_at(time_us).unwrap().number, number, "{time_us}");
    }
    assert_eq!(Index::default().group_at(5), None);
    for pair in index.groups.windows(2) {
        assert_eq!(pair[0].offset + pair[0].bytes, pair[1].offset, "groups follow each other without a hole");
    }
}

#[test]
fn an_index_stays_small_however_long_the_recording() {
    let writer = BlockWriter::new();
    let mut builder = IndexBuilder::new();
    let (mut offset, mut groups) = (0, 0u64);
    // Twelve hours with a group every half second and an event in each: far more than any recorder writes.
    for number in 0..12 * 3_600 * 2 {
        let time_us = number * 500_000;
        let mut bytes = Vec::new();
        writer.group(&sample::group(number), time_us, &mut bytes).unwrap();
        let event = Event::new("window").with("text", "é".repeat(1_000));
        writer.event(sample::EVENTS, time_us, &event, &mut bytes).unwrap();
        for block in split_blocks(offset, &bytes).unwrap() {
            offset = block.end();
            builder.block(&block);
        }
        groups += 1;
    }
    let index = builder.index();
    assert!(index.groups.len() <= MAX_INDEX_GROUPS);
    assert_eq!(index.groups.iter().map(|entry| entry.groups).sum::<u64>(), groups);
    assert_eq!(index.groups.iter().map(|entry| entry.bytes).sum::<u64>(), offset);
    assert_eq!(index.events.len() as u64 + index.events_left_out, groups);
    assert_eq!(index.events.len(), MAX_INDEX_EVENTS);
    let json = index.to_json().unwrap();
    assert!(json.len() < 6 << 20, "{} bytes", json.len());
    let blocks = index.to_blocks(offset).unwrap();
    assert_eq!(Index::from_blocks(offset, &blocks[..blocks.len() - FOOTER_BYTES]).unwrap(), *index);
}

#[test]
fn the_index_of_a_usual_day_is_small() {
    let writer = BlockWriter::new();
    let mut builder = IndexBuilder::new();
    let mut offset = 0;
    for number in 0..12 * 60 {
        let mut bytes = Vec::new();
        writer.group(&sample::group(number), number * 60_000_000, &mut bytes).unwrap();
        for block in split_blocks(offset, &bytes).unwrap() {
            offset = block.end();
            builder.block(&block);
        }
    }
    let json = builder.index().to_json().unwrap();
    assert!(json.len() < 100_000, "{} bytes for twelve hours of groups of a minute", json.len());
}

#[test]
fn events_that_come_without_end_take_no_place() {
    let (writer, mut builder, mut bytes) = (BlockWriter::new(), IndexBuilder::new(), Vec::new());
    writer.group(&sample::group(0), 0, &mut bytes).unwrap();
    for time_us in 0..10_000 {
        writer.event(sample::EVENTS, time_us, &Event::new("performance").with("cpu_percent", 3), &mut bytes).unwrap();
    }
    writer.event(sample::EVENTS, 10_000, &Event::new("lock"), &mut bytes).unwrap();
    split_blocks(0, &bytes).unwrap().iter().for_each(|block| builder.block(block));
    let index = builder.index();
    assert_eq!(index.events.iter().map(|event| event.kind.as_str()).collect::<Vec<_>>(), ["lock"]);
    assert_eq!((index.events_left_out, index.duration_us), (0, 10_000));
}
