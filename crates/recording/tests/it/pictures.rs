//! Monitors stand in groups, thumbnails on a track of their own; the index lists them so that all cost one small read.

use recording::{
    BlockWriter, Decoder, Entry, Event, Group, MAX_INDEX_THUMBNAILS, MAX_THUMBNAIL_BYTES, MAX_THUMBNAILS_BYTES,
    Monitor, Track, TrackKind, split_blocks, thumbnail_stretches,
};

use crate::sample::{self, THUMBNAILS};
use crate::vectors::vector;

fn index_of(bytes: &[u8]) -> recording::Index {
    let mut builder = recording::IndexBuilder::new();
    sample::blocks(bytes).iter().for_each(|block| builder.block(block));
    builder.index().clone()
}

#[test]
fn a_group_says_how_its_monitors_lie_and_older_ones_say_nothing() {
    let mut decoder = Decoder::new();
    decoder.push(&vector("pictures"));
    let mut layouts = Vec::new();
    while let Some(located) = decoder.next().unwrap() {
        if let Entry::Group(group) = located.entry {
            layouts.push(group.monitors);
        }
    }
    assert_eq!(layouts, sample::layouts());
    let without = r#"{"number":1,"tracks":[],"key_frame_interval_us":5}"#;
    let group: Group = serde_json::from_str(without).unwrap();
    assert_eq!(serde_json::to_string(&group).unwrap(), without);
}

#[test]
fn the_list_of_events_tells_of_layouts() {
    let texts: Vec<_> = index_of(&vector("pictures")).events.into_iter().map(|event| event.text).collect();
    let expected =
        ["the whole picture", "HDMI-1 1280×720+0+0, DP-2 1280×720+1280+0", "HDMI-1 1280×720+0+0, DP-2 720×720+1280+0"];
    assert_eq!(texts, expected);
}

#[test]
fn the_longest_layout_fits_an_event_and_a_group() {
    let name = "\u{1}".repeat(recording::MAX_MONITOR_NAME_CHARS);
    let far = Monitor { name, x: u32::MAX, y: u32::MAX, width: u32::MAX, height: u32::MAX, primary: true };
    let monitors = vec![far; recording::MAX_MONITORS];
    let mut out = Vec::new();
    BlockWriter::new().event(3, 0, &Event::monitors(&monitors), &mut out).unwrap();
    BlockWriter::new().group(&Group { monitors, ..sample::group(1) }, 0, &mut out).unwrap();
}

#[test]
fn a_monitor_is_cut_to_the_picture() {
    let monitor = |x, y, width, height| Monitor { name: "A".to_owned(), x, y, width, height, primary: false };
    for (given, expected) in [
        (monitor(0, 0, 100, 50), Some(monitor(0, 0, 100, 50))),
        (monitor(60, 40, 100, 50), Some(monitor(60, 40, 40, 10))),
        (monitor(u32::MAX, 0, u32::MAX, 1), None),
        (monitor(100, 0, 1, 1), None),
        (monitor(5, 5, 0, 9), None),
    ] {
        assert_eq!(given.clipped(100, 50), expected, "{given}");
    }
}

#[test]
fn listed_thumbnails_are_read_from_two_blocks_each() {
    let bytes = vector("pictures");
    let index = index_of(&bytes);
    assert_eq!(index.thumbnails.len(), 150, "every other one of 300");
    assert!(index.thumbnails.len() <= MAX_INDEX_THUMBNAILS);
    let mut answer = Vec::new();
    for (offset, len) in thumbnail_stretches(&index.thumbnails) {
        answer.extend_from_slice(&bytes[offset as usize..][..len]);
    }
    assert!(answer.len() < MAX_THUMBNAILS_BYTES);
    let mut times = Vec::new();
    let mut groups = Vec::new();
    for block in split_blocks(0, &answer).unwrap() {
        match block.kind {
            2 => groups.push(serde_json::from_slice::<Group>(block.payload()).unwrap().number),
            3 => {
                assert_eq!(block.track, THUMBNAILS);
                let at = block.time_us % 60_000_000 / 500_000;
                assert_eq!(block.payload(), sample::noise(block.time_us / 60_000_000 * 1_000 + at, 40));
                times.push(block.time_us);
            }
            other => panic!("a block of kind {other}"),
        }
    }
    assert_eq!(groups, [0, 1, 2]);
    assert_eq!(times, index.thumbnails.iter().map(|thumbnail| thumbnail.time_us).collect::<Vec<_>>());
}

#[test]
fn what_is_no_thumbnail_is_not_listed() {
    let writer = BlockWriter::new();
    let mut blocks = Vec::new();
    let mut group = sample::group(0);
    group.tracks.push(Track { id: THUMBNAILS, kind: TrackKind::Thumbnails });
    writer.group(&group, 0, &mut blocks).unwrap();
    writer.data(sample::SCREEN, 0, &[1; 10], &mut blocks).unwrap();
    writer.data(THUMBNAILS, 0, &[1; MAX_THUMBNAIL_BYTES + 1], &mut blocks).unwrap();
    writer.data(THUMBNAILS, 1, &[1; 100_000], &mut blocks).unwrap();
    writer.data(THUMBNAILS, 2, &[1; MAX_THUMBNAIL_BYTES], &mut blocks).unwrap();
    // A group that declares no such track has none, whatever the number.
    writer.group(&sample::group(1), 3, &mut blocks).unwrap();
    writer.data(THUMBNAILS, 3, &[1; 10], &mut blocks).unwrap();
    let times: Vec<_> = index_of(&blocks).thumbnails.iter().map(|thumbnail| thumbnail.time_us).collect();
    assert_eq!(times, [2]);
}
