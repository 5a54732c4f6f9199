//! Copies of what was printed, read out of recordings whole, sealed, live, damaged and made up.

use player::{Document, DocumentError, DocumentFinder, DocumentSearch, Keys, Opening, Player};
use proptest::prelude::*;
use recording::{
    BlockKind, BlockWriter, DocumentDigest, DocumentPart, Group, KeptDocument, MAX_DOCUMENT_BYTES,
    MAX_DOCUMENT_PART_BYTES, RecordingId, SealClass, Track, TrackKind, split_blocks,
};
use sealing::{KeyRing, SealPlan, Sealer, Seed};

use crate::sample::{FRAME_US, opening, rewritten, sample};
use crate::sealed::key;

/// When the first document is begun and kept, and the other two, which are told of at one moment.
const BEGUN_US: u64 = 9 * FRAME_US;
const KEPT_US: u64 = 31 * FRAME_US;
const OTHERS_US: u64 = 40 * FRAME_US;

/// Bytes of a document: of different sizes and contents.
fn content(number: u64, size: usize) -> Vec<u8> {
    (0..size).map(|at| ((at as u64 * 31 + number * 7) % 251) as u8).collect()
}

fn kept(number: u64, from_us: u64, bytes: &[u8]) -> KeptDocument {
    let mut digest = DocumentDigest::default();
    digest.add(bytes);
    let (size_bytes, sha256) = (digest.size_bytes(), digest.sha256());
    KeptDocument { number, from_us, size_bytes, sha256, name: format!("{number} <b>letter</b>.pdf"), is_cut: false }
}

/// What stands at which moment besides pictures: tracks and payloads.
fn printed() -> Vec<(u64, u16, Vec<u8>)> {
    let mut blocks = Vec::new();
    let first = content(1, 70_000);
    for (at, bytes) in first.chunks(5_000).enumerate() {
        let part = DocumentPart { number: 1, offset: at as u64 * 5_000, bytes };
        blocks.push((BEGUN_US + at as u64 * FRAME_US, 5, part.to_payload()));
    }
    blocks.push((KEPT_US, 3, kept(1, BEGUN_US, &first).to_event().to_payload().unwrap()));
    for number in [2, 3] {
        let bytes = content(number, 300);
        blocks.push((OTHERS_US, 5, DocumentPart { number, offset: 0, bytes: &bytes }.to_payload()));
        blocks.push((OTHERS_US, 3, kept(number, OTHERS_US, &bytes).to_event().to_payload().unwrap()));
    }
    blocks
}

/// The sample with these documents in it, the classes sealed for person 1.
fn with_documents(classes: &[SealClass]) -> Vec<u8> {
    with(printed(), classes)
}

fn with(printed: Vec<(u64, u16, Vec<u8>)>, classes: &[SealClass]) -> Vec<u8> {
    let plain = sample(60);
    let recording = RecordingId::from_parts(1_790_000_000_000, [7; 10]);
    let plan = SealPlan::new(classes.to_vec(), vec![key(1).public()]);
    let mut sealer = plan.ok().map(|plan| Sealer::new(recording, plan));
    let (writer, mut out, mut printed) = (BlockWriter::new(), Vec::new(), printed.into_iter().peekable());
    let data = |track: u16, time_us: u64, payload: &[u8], sealer: &mut Option<Sealer>, out: &mut Vec<u8>| {
        let sealed = sealer.as_mut().and_then(|sealer| sealer.seal(track, time_us, payload).unwrap());
        match sealed {
            Some(sealed) => writer.sealed_data(track, time_us, &sealed, out).unwrap(),
            None => writer.data(track, time_us, payload, out).unwrap(),
        }
    };
    for block in split_blocks(0, &plain.bytes).unwrap() {
        match block.known_kind() {
            Some(BlockKind::Group) => {
                // What is due at the first moment of a group stands in the one before.
                while let Some((time_us, track, payload)) =
                    printed.next_if(|(time_us, ..)| block.time_us > 0 && *time_us <= block.time_us)
                {
                    data(track, time_us, &payload, &mut sealer, &mut out);
                }
                let mut group: Group = serde_json::from_slice(block.payload()).unwrap();
                group.tracks.push(Track { id: 5, kind: TrackKind::Documents });
                if let Some(sealer) = &mut sealer {
                    let seed = Seed::new([group.number as u8; 32]);
                    group.keys = sealer.begin_group(group.number, &group.tracks, &seed).unwrap();
                }
                BlockWriter::new().group(&group, block.time_us, &mut out).unwrap();
            }
            Some(BlockKind::Data) => {
                while let Some((time_us, track, payload)) = printed.next_if(|(time_us, ..)| *time_us < block.time_us) {
                    data(track, time_us, &payload, &mut sealer, &mut out);
                }
                data(block.track, block.time_us, block.payload(), &mut sealer, &mut out);
            }
            _ => {}
        }
    }
    assert!(printed.next().is_none(), "all found their place");
    rewritten(&out)
}

fn player(bytes: &[u8]) -> Player {
    Player::new(&opening(bytes, false)).unwrap()
}

/// Feeds a search, `piece` bytes at a time, with what is stored. Gives back how many bytes that took, too.
fn read(mut search: DocumentSearch, bytes: &[u8], piece: usize) -> (Result<Vec<Document>, DocumentError>, usize) {
    let mut fetched = 0;
    while let Some(wanted) = search.wanted() {
        let from = wanted.start as usize;
        let to = (wanted.end as usize).min(from + piece).min(bytes.len());
        if from >= to {
            search.cut_short();
            continue;
        }
        search.feed(wanted.start, &bytes[from..to]);
        fetched += to - from;
    }
    (search.finish(), fetched)
}

fn found(player: &Player, bytes: &[u8], time_us: u64, text: &str) -> Result<Vec<Document>, DocumentError> {
    read(player.find_documents(time_us, text)?, bytes, 4_096).0
}

fn document(number: u64, size: usize) -> Document {
    Document { name: format!("{number} <b>letter</b>.pdf"), bytes: content(number, size) }
}

#[test]
fn a_document_is_found_by_the_moment_of_its_event_wherever_it_was_begun() {
    let bytes = with_documents(&[]);
    let player = player(&bytes);
    let moments: Vec<_> = player.happenings().iter().filter(|event| event.kind == "document-kept").collect();
    assert_eq!(moments.iter().map(|event| event.time_us).collect::<Vec<_>>(), [KEPT_US, OTHERS_US, OTHERS_US]);
    for piece in [1, 777, usize::MAX / 2] {
        let (whole, fetched) = read(player.find_documents(KEPT_US, "").unwrap(), &bytes, piece);
        assert_eq!(whole, Ok(vec![document(1, 70_000)]), "in pieces of {piece}");
        assert!(fetched < bytes.len(), "{fetched} of {}", bytes.len());
    }
    assert_eq!(found(&player, &bytes, OTHERS_US, ""), Ok(vec![document(2, 300), document(3, 300)]));
    assert_eq!(found(&player, &bytes, OTHERS_US, &moments[2].text), Ok(vec![document(3, 300)]));
    for (time_us, text) in [(KEPT_US, "another"), (KEPT_US + 1, ""), (0, ""), (u64::MAX, "")] {
        assert_eq!(found(&player, &bytes, time_us, text), Err(DocumentError::NotFound), "{time_us} {text}");
    }
}

#[test]
fn what_stands_at_the_last_moment_of_a_group_is_found_where_the_next_one_begins_then() {
    let groups = opening(&with_documents(&[]), false).index.groups;
    let (begun_us, kept_us) = (groups[1].start_us, groups[3].start_us);
    let part = |offset, bytes| DocumentPart { number: 1, offset, bytes }.to_payload();
    let event = kept(1, begun_us, b"in two parts").to_event().to_payload().unwrap();
    let printed = vec![(begun_us, 5, part(0, b"in two ")), (kept_us, 5, part(7, b"parts")), (kept_us, 3, event)];
    let bytes = with(printed, &[]);
    let name = kept(1, 0, b"").name;
    let whole = Document { name, bytes: b"in two parts".to_vec() };
    assert_eq!(found(&player(&bytes), &bytes, kept_us, ""), Ok(vec![whole]));
}

#[test]
fn what_is_sealed_is_found_with_the_key_alone() {
    let every = [SealClass::Text, SealClass::Events];
    for classes in [&every[..], &every[..1], &every[1..]] {
        let bytes = with_documents(classes);
        let mut player = player(&bytes);
        assert_eq!(found(&player, &bytes, KEPT_US, ""), Err(DocumentError::Sealed), "{classes:?}");
        player.add_key(key(3));
        assert_eq!(found(&player, &bytes, KEPT_US, ""), Err(DocumentError::Sealed), "{classes:?}, another key");
        player.add_key(key(1));
        assert_eq!(found(&player, &bytes, KEPT_US, ""), Ok(vec![document(1, 70_000)]), "{classes:?}");
        assert_eq!(found(&player, &bytes, OTHERS_US, "").map(|found| found.len()), Ok(2), "{classes:?}");
    }
}

#[test]
fn what_the_tail_told_of_is_found_as_soon_as_it_is_stored() {
    let bytes = with_documents(&[]);
    let blocks = split_blocks(0, &bytes).unwrap();
    let ends: Vec<usize> = blocks.iter().map(|block| block.end() as usize).collect();
    let event = blocks.iter().position(|block| block.time_us == KEPT_US && block.track == 3).unwrap();
    for opened_at in [0, ends[event / 3], ends[event - 1]] {
        let mut player = Player::new(&opening(&bytes[..opened_at], true)).unwrap();
        player.go_live();
        assert!(player.feed_tail(opened_at as u64, &bytes[opened_at..ends[event + 2]]));
        let stored = |length: usize| found(&player, &bytes[..length], KEPT_US, "");
        assert_eq!(stored(ends[event] - 1), Err(DocumentError::NotFound), "opened at {opened_at}");
        assert_eq!(stored(ends[event]), Ok(vec![document(1, 70_000)]), "opened at {opened_at}");
    }
}

#[test]
fn nothing_is_given_away_that_is_not_what_the_event_says() {
    let bytes = with_documents(&[]);
    let blocks = split_blocks(0, &bytes).unwrap();
    let parts: Vec<_> = blocks.iter().filter(|block| block.track == 5 && block.time_us < KEPT_US).collect();
    let player = player(&bytes);
    for part in [parts[0], parts[7], parts[parts.len() - 1]] {
        let mut damaged = bytes.clone();
        damaged[part.end() as usize - 100] ^= 1;
        assert_eq!(found(&player, &damaged, KEPT_US, ""), Err(DocumentError::Damaged), "at {}", part.time_us);
        assert_eq!(found(&player, &damaged, OTHERS_US, "").map(|found| found.len()), Ok(2), "the others are whole");
    }
    let swapped = printed().into_iter().map(|(time_us, track, mut payload)| {
        if track == 5 && time_us == BEGUN_US + FRAME_US {
            *payload.last_mut().unwrap() ^= 1;
        }
        (time_us, track, payload)
    });
    let swapped = with(swapped.collect(), &[]);
    assert_eq!(found(&player, &swapped, KEPT_US, ""), Err(DocumentError::Damaged));
    let event = blocks.iter().find(|block| block.time_us == KEPT_US && block.track == 3).unwrap();
    let mut damaged = bytes.clone();
    damaged[event.offset as usize + 20] ^= 1;
    assert_eq!(found(&player, &damaged, KEPT_US, ""), Err(DocumentError::Damaged), "the event itself");
}

#[test]
fn parts_from_before_the_document_was_begun_do_not_count() {
    let late = printed().into_iter().map(|(time_us, track, payload)| match (time_us, track) {
        (KEPT_US, 3) => (time_us, track, kept(1, BEGUN_US + 1, &content(1, 70_000)).to_event().to_payload().unwrap()),
        _ => (time_us, track, payload),
    });
    let bytes = with(late.collect(), &[]);
    assert_eq!(found(&player(&bytes), &bytes, KEPT_US, ""), Err(DocumentError::Damaged));
}

#[test]
fn what_would_take_too_much_is_refused() {
    let bytes = with_documents(&[]);
    let far = |from: usize, by: u64| -> Opening {
        let mut opening = opening(&bytes, false);
        opening.index.groups[from..].iter_mut().for_each(|group| group.offset += by);
        Opening { length: opening.length + by, ..opening }
    };
    let after = opening(&bytes, false).index.groups.iter().position(|group| group.start_us > KEPT_US).unwrap();
    let narrow = Player::new(&far(after, 300 << 20)).unwrap();
    assert_eq!(narrow.find_documents(KEPT_US, "").err(), Some(DocumentError::TooFar), "for the event alone");
    // From a document's beginning up to its event: this is known when the event was read.
    let wide = Player::new(&far(after - 1, 300 << 20)).unwrap();
    let mut search = wide.find_documents(KEPT_US, "").unwrap();
    let wanted = search.wanted().unwrap();
    search.feed(wanted.start, &bytes[(wanted.start - (300 << 20)) as usize..]);
    assert_eq!((search.wanted(), search.finish()), (None, Err(DocumentError::TooFar)));
    let large = KeptDocument { size_bytes: MAX_DOCUMENT_BYTES + 1, ..kept(9, 0, b"") };
    let bytes = with(vec![(KEPT_US, 3, large.to_event().to_payload().unwrap())], &[]);
    assert_eq!(found(&player(&bytes), &bytes, KEPT_US, ""), Err(DocumentError::TooLarge));
}

#[test]
fn parts_without_an_end_take_no_more_memory_than_the_largest_document() {
    let mut blocks = Vec::new();
    let tracks = vec![Track { id: 3, kind: TrackKind::Events }, Track { id: 5, kind: TrackKind::Documents }];
    let writer = BlockWriter::new();
    writer.group(&Group { tracks, ..Group::default() }, 0, &mut blocks).unwrap();
    let mut finder = DocumentFinder::at(0, &Keys::default());
    finder.push(&blocks);
    let bytes = content(0, MAX_DOCUMENT_PART_BYTES);
    let mut push = |number: u64, offset: u64| {
        let mut block = Vec::new();
        writer.data(5, 1, &DocumentPart { number, offset, bytes: &bytes }.to_payload(), &mut block).unwrap();
        finder.push(&block);
        assert!(finder.next().is_none());
    };
    let each = MAX_DOCUMENT_BYTES / 4 / bytes.len() as u64;
    for number in 0..5 {
        (0..each).for_each(|part| push(number, part * bytes.len() as u64));
    }
    let whole: Vec<u8> = bytes.repeat(each as usize);
    for (number, is_there) in [(0, false), (1, true), (4, true)] {
        let mut event = Vec::new();
        writer.event(3, 2, &kept(number, 1, &whole).to_event(), &mut event).unwrap();
        finder.push(&event);
        let found = finder.next().unwrap();
        assert_eq!(found.into_bytes().is_ok(), is_there, "the oldest is forgotten: {number}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever bytes there are, and whatever the index says of them: a search comes to an end, and gives away what an event says or nothing.
    #[test]
    fn any_bytes_come_to_an_end(
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..20),
        moves in proptest::collection::vec((any::<prop::sample::Index>(), 0u64..200_000), 0..4),
        piece in 1usize..100_000,
        times in proptest::collection::vec(0u64..7_000_000, 3),
    ) {
        let whole = with_documents(&[]);
        let mut opening = opening(&whole, false);
        for (at, by) in moves {
            let at = at.index(opening.index.groups.len());
            opening.index.groups[at].offset = by;
            opening.index.groups[at].bytes = by / 2;
        }
        let mut bytes = whole.clone();
        for (at, value) in changes {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        let Ok(player) = Player::new(&opening) else { return Ok(()) };
        for time_us in times.into_iter().chain([KEPT_US, OTHERS_US]) {
            let Ok(search) = player.find_documents(time_us, "") else { continue };
            for document in read(search, &bytes, piece).0.unwrap_or_default() {
                prop_assert!(document.bytes.len() <= 70_000);
                prop_assert!([content(1, 70_000), content(2, 300), content(3, 300)].contains(&document.bytes));
            }
        }
    }

    #[test]
    fn bytes_that_are_no_recording_hold_no_document(bytes in proptest::collection::vec(any::<u8>(), 0..5_000)) {
        let mut finder = DocumentFinder::at(0, &Keys { recording: None, ring: KeyRing::default() });
        finder.push(&bytes);
        prop_assert!(finder.next().is_none());
    }
}
