//! What is no recording, or none that can be read, is refused with an error that says so.

use recording::{
    BlockError, BlockWriter, DecodeError, Decoder, EncodeError, Entry, Event, FLAG_CONTINUES, FLAG_MORE, Group,
    MAX_PAYLOAD_BYTES, MAX_TIME_US, RawBlock, RecordingId, Repairer, Track, TrackKind, Verifier, split_blocks,
};

use crate::sample;
use crate::vectors::vector;

fn decoded(bytes: &[u8]) -> Result<Vec<Entry>, DecodeError> {
    let mut decoder = Decoder::new();
    let mut entries = Vec::new();
    for piece in bytes.chunks(10_000) {
        decoder.push(piece);
        while let Some(located) = decoder.next()? {
            entries.push(located.entry);
        }
    }
    decoder.finish()?;
    Ok(entries)
}

/// The decoder, the verifier and the repair refuse alike.
fn refused(bytes: &[u8]) -> DecodeError {
    let error = decoded(bytes).unwrap_err();
    let mut verifier = Verifier::new();
    let verified = verifier.push(bytes).and_then(|()| verifier.finish().map(|_| ()));
    assert_eq!(verified.unwrap_err().is_final(), error.is_final());
    let (mut repairer, mut copy) = (Repairer::new(), Vec::new());
    let repaired = repairer.push(bytes, &mut copy).and_then(|()| repairer.finish(&mut copy).map(|_| ()));
    assert_eq!(repaired.unwrap_err().is_final(), error.is_final());
    error
}

#[test]
fn what_is_no_recording_is_called_so() {
    let text = b"GIF89a and so on, nothing of ours".repeat(20);
    for input in [vec![], text.clone(), vec![0; 70_000], sample::noise(1, 1 << 20), text.repeat(1_000)] {
        let error = refused(&input);
        assert!(matches!(error, DecodeError::NotARecording { .. }), "{error}");
        assert!(error.to_string().contains("no Kinescope recording"));
    }
}

#[test]
fn half_a_header_is_called_so() {
    let whole = vector("growing");
    for cut in [1, 2, 3, 10, 100, 400] {
        assert_eq!(refused(&whole[..cut]), DecodeError::HeaderIncomplete { bytes: cut as u64 });
    }
}

#[test]
fn a_later_version_is_refused_by_its_number_alone() {
    for payload in [&br#"{"format":2}"#[..], br#"{"format":7,"what":"else"}"#, br#"{"format":99999}"#] {
        let error = refused(&sample::raw_block(1, 0, payload));
        assert!(matches!(error, DecodeError::UnsupportedFormat { found } if found > 0), "{error}");
    }
}

#[test]
fn unknown_kinds_and_flags_are_refused_unless_they_may_be_skipped() {
    let with = |block: Vec<u8>| [vector("growing"), block].concat();
    let length = vector("growing").len() as u64;
    let kind = decoded(&with(sample::raw_block(77, 0, b""))).unwrap_err();
    assert_eq!(kind, DecodeError::UnknownKind { offset: length, kind: 77 });
    // Only data can be sealed: on other kinds that flag is as unknown as any.
    for (kind, flags, unknown) in [(3, 0x44, 0x40), (4, recording::FLAG_SEALED, recording::FLAG_SEALED)] {
        let error = decoded(&with(sample::raw_block(kind, flags, b""))).unwrap_err();
        assert_eq!(error, DecodeError::UnknownFlags { offset: length, kind, flags: unknown });
    }
    let skipped = decoded(&with(sample::raw_block(77, recording::FLAG_SKIPPABLE, b""))).unwrap();
    assert_eq!(skipped.last(), Some(&Entry::Unknown { kind: 77 }));
}

#[test]
fn a_block_that_cannot_be_understood_costs_only_itself() {
    for bad in [&b"{}"[..], b"[]", b"\xff\xfe", b"{\"number\":-1}", b"", b"{\"number\":1e99,\"tracks\":[]}"] {
        let bytes = [vector("growing"), sample::raw_block(2, 0, bad), sample::raw_block(200, 0x80, b"")].concat();
        let mut decoder = Decoder::new();
        decoder.push(&bytes);
        let (mut errors, mut last) = (Vec::new(), None);
        loop {
            match decoder.next() {
                Ok(Some(located)) => last = Some(located.entry),
                Ok(None) => break,
                Err(error) => errors.push(error),
            }
        }
        assert!(matches!(errors[..], [DecodeError::Malformed { kind: "group", .. }]), "{errors:?}");
        assert_eq!(last, Some(Entry::Unknown { kind: 200 }));
    }
}

#[test]
fn sizes_beyond_the_format_are_refused_before_memory_is_taken() {
    let mut out = Vec::new();
    let writer = BlockWriter::new();
    let huge = vec![0; MAX_PAYLOAD_BYTES + 1];
    let error = writer.data(1, 0, &huge, &mut out).unwrap_err();
    assert!(matches!(error, EncodeError::TooLarge { limit: MAX_PAYLOAD_BYTES, .. }), "{error}");
    let error = writer.data(1, MAX_TIME_US + 1, b"", &mut out).unwrap_err();
    assert_eq!(error, EncodeError::TimeOutOfRange { time_us: MAX_TIME_US + 1 });
    let event = Event::new("x").with("text", "y".repeat(40_000));
    assert!(matches!(writer.event(3, 0, &event, &mut out), Err(EncodeError::TooLarge { what: "event", .. })));
    let twice = Track { id: 1, kind: TrackKind::Screen };
    let group = Group { number: 0, tracks: vec![twice, twice], key_frame_interval_us: 0, ..Group::default() };
    assert_eq!(writer.group(&group, 0, &mut out), Err(EncodeError::Tracks { number: 0 }));
    assert!(out.is_empty(), "nothing is written of what is refused");
}

/// One fragment of 65,000 bytes with these flags.
fn fragment(track: u16, flags: u8) -> Vec<u8> {
    let mut block = Vec::new();
    BlockWriter::new().data(track, 0, &vec![5; 65_000], &mut block).unwrap();
    block[3] = flags;
    let header = block.len() - 65_000 - 8;
    let crc = crc32c::crc32c(&block[..header]).to_le_bytes();
    block[header..header + 4].copy_from_slice(&crc);
    let end = block.len() - 4;
    let crc = crc32c::crc32c(&block[..end]).to_le_bytes();
    block[end..].copy_from_slice(&crc);
    block
}

/// Pushes fragments of these tracks in turn, far beyond the bound; returns how often the reader refused.
fn refusals(tracks: &[u16]) -> usize {
    let mut decoder = Decoder::new();
    decoder.push(&vector("growing"));
    tracks.iter().for_each(|track| decoder.push(&fragment(*track, FLAG_MORE)));
    while decoder.next().unwrap().is_some() {}
    let continued: Vec<Vec<u8>> = tracks.iter().map(|track| fragment(*track, FLAG_MORE | FLAG_CONTINUES)).collect();
    let mut refused = 0;
    for block in continued.iter().cycle().take(3 * MAX_PAYLOAD_BYTES / 2 / 65_000) {
        decoder.push(block);
        match decoder.next() {
            Err(DecodeError::PayloadTooLarge { .. }) => refused += 1,
            Ok(Some(located)) => assert!(matches!(located.entry, Entry::Damaged { .. })),
            other => assert!(matches!(other, Ok(None)), "{other:?}"),
        }
    }
    let mut group = Vec::new();
    BlockWriter::new().group(&sample::group(9), 0, &mut group).unwrap();
    decoder.push(&group);
    let found = std::iter::from_fn(|| decoder.next().unwrap()).last().unwrap();
    assert!(matches!(found.entry, Entry::Group(_)), "reading goes on");
    refused
}

#[test]
fn fragments_without_end_are_refused_at_the_bound_and_reading_goes_on() {
    assert_eq!(refusals(&[1]), 1);
}

#[test]
fn the_bound_holds_for_all_unfinished_payloads_together() {
    assert_eq!(refusals(&[1, 2]), 1);
}

#[test]
fn strict_parsing_names_the_first_fault() {
    let bytes = vector("growing");
    let whole = sample::blocks(&bytes);
    let first = &whole[0].bytes;
    assert_eq!(RawBlock::parse(0, &bytes[..first.len() + 3]), Err(BlockError::Trailing { offset: 0, extra: 3 }));
    assert_eq!(RawBlock::parse(7, &first[..20]), Err(BlockError::Incomplete { offset: 7, bytes: 20 }));
    let error = split_blocks(100, &bytes[..whole[2].end() as usize - 1]).unwrap_err();
    assert!(matches!(error, BlockError::Incomplete { offset, .. } if offset == 100 + whole[2].offset), "{error}");
    assert!(matches!(split_blocks(0, b"rubbish"), Err(BlockError::Damaged { offset: 0, .. })));
}

#[test]
fn names_of_recordings_are_strict() {
    let id = RecordingId::from_parts(1_795_000_000_000, [9; 10]);
    assert_eq!(id.to_string().parse(), Ok(id));
    assert_eq!(RecordingId::from_bytes(*id.as_bytes()), Ok(id));
    let upper = id.to_string().to_uppercase();
    let dashed = id.as_uuid().hyphenated().to_string();
    let other_version = "0123456789ab4def8123456789abcdef".to_owned();
    for text in [upper, dashed, other_version, String::new(), "../../etc/passwd".to_owned(), format!("{id}0")] {
        assert!(text.parse::<RecordingId>().is_err(), "{text}");
    }
}
