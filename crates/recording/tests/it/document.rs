//! Copies of documents: parts, and the event behind them.

use proptest::prelude::*;
use recording::{
    DocumentDigest, DocumentPart, DocumentReader, Event, KeptDocument, MAX_DOCUMENT_BYTES, MAX_DOCUMENT_PART_BYTES,
    Track, TrackKind,
};

fn kept(number: u64, bytes: &[u8]) -> KeptDocument {
    let mut digest = DocumentDigest::default();
    digest.add(bytes);
    let (size_bytes, sha256) = (digest.size_bytes(), digest.sha256());
    KeptDocument { number, from_us: 5, size_bytes, sha256, name: "Löhne.pdf".to_owned(), is_cut: false }
}

fn parts(number: u64, bytes: &[u8], size: usize) -> Vec<Vec<u8>> {
    let offsets = (0..).step_by(size);
    let parts = bytes.chunks(size).zip(offsets);
    parts.map(|(bytes, offset)| DocumentPart { number, offset, bytes }.to_payload()).collect()
}

fn read(kept: KeptDocument, payloads: &[Vec<u8>]) -> Option<Vec<u8>> {
    let mut reader = DocumentReader::default();
    payloads.iter().for_each(|payload| reader.take(5, payload));
    reader.finish(&kept)
}

#[test]
fn what_an_event_says_is_read_back() {
    let cut = KeptDocument { is_cut: true, ..kept(3, b"abc") };
    for said in [kept(7, b""), cut] {
        let event = Event::from_payload(&said.to_event().to_payload().unwrap()).unwrap();
        assert_eq!(KeptDocument::from_event(&event), Some(said));
    }
    let event = kept(1, b"abc").to_event();
    assert_eq!(event.fields["text"], "Löhne.pdf: 3 bytes");
    assert_eq!(event.fields["sha256"], "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    for missing in ["number", "from_us", "size", "sha256", "name"] {
        let mut event = event.clone();
        event.fields.remove(missing);
        assert_eq!(KeptDocument::from_event(&event), None, "without {missing}");
    }
    assert_eq!(KeptDocument::from_event(&Event { kind: "print-job".to_owned(), ..event }), None);
}

#[test]
fn parts_that_are_not_what_the_event_says_give_nothing() {
    let bytes: Vec<u8> = (0..1_000).map(|at| (at % 251) as u8).collect();
    let whole = parts(1, &bytes, 100);
    assert_eq!(read(kept(1, &bytes), &whole).as_deref(), Some(&bytes[..]));
    let mut changed = whole.clone();
    changed[4][50] ^= 1;
    let mut mixed = parts(2, b"another document", 3);
    mixed.extend(whole.clone());
    mixed.extend(parts(2, b"another document", 3));
    let again = [&whole[..4], &whole[..]].concat();
    let cases = [
        ("one is missing", [&whole[..4], &whole[5..]].concat(), false),
        ("the last is", whole[..9].to_vec(), false),
        ("one is changed", changed, false),
        ("two are swapped", [&whole[..4], &[whole[5].clone(), whole[4].clone()], &whole[6..]].concat(), false),
        ("one stands twice", [&whole[..5], &whole[4..]].concat(), true),
        ("others are between them", mixed, true),
        ("a recorder that began anew", again, true),
    ];
    for (what, payloads, is_whole) in cases {
        assert_eq!(read(kept(1, &bytes), &payloads).is_some(), is_whole, "{what}");
    }
}

#[test]
fn what_is_too_large_is_not_held() {
    let bytes = vec![7; MAX_DOCUMENT_PART_BYTES + 1];
    let part = |bytes| DocumentPart { number: 300, offset: 70_000, bytes };
    let largest = part(&bytes[1..]).to_payload();
    assert_eq!(DocumentPart::from_payload(&largest), Ok(part(&bytes[1..])));
    assert!(DocumentPart::from_payload(&part(&bytes).to_payload()).is_err());
    // What goes on for ever takes no memory without end: the oldest is forgotten.
    let (most, size) = (MAX_DOCUMENT_BYTES, MAX_DOCUMENT_PART_BYTES as u64);
    let mut reader = DocumentReader::default();
    reader.take(5, &parts(1, b"first", 5)[0]);
    for offset in (0..=most).step_by(MAX_DOCUMENT_PART_BYTES) {
        reader.take(5, &DocumentPart { number: 2, offset, bytes: &bytes[1..] }.to_payload());
    }
    assert_eq!(reader.finish(&kept(1, b"first")), None);
    let larger = KeptDocument { size_bytes: most + size, ..kept(2, b"") };
    assert_eq!(reader.finish(&larger), None);
    for number in 0..1_000 {
        reader.take(5, &parts(number, b"one", 3)[0]);
    }
    assert_eq!([999, 800, 0].map(|number| reader.finish(&kept(number, b"one")).is_some()), [true, true, false]);
}

#[test]
fn what_was_written_before_the_event_says_is_another_document() {
    let said = kept(1, b"abc");
    for (from_us, is_whole) in [(5, true), (6, false)] {
        let mut reader = DocumentReader::default();
        reader.take(5, &parts(1, b"abc", 3)[0]);
        assert_eq!(reader.finish(&KeptDocument { from_us, ..said.clone() }).is_some(), is_whole, "{from_us}");
    }
}

#[test]
fn earlier_readers_know_the_track_as_one_of_another_kind() {
    let track = Track { id: 5, kind: TrackKind::Documents };
    let json = serde_json::to_string(&track).unwrap();
    assert_eq!(json, r#"{"id":5,"kind":"other-5"}"#);
    assert_eq!(serde_json::from_str::<Track>(&json).unwrap(), track);
}

proptest! {
    #[test]
    fn any_bytes_are_read(number in 0_u64..3, payloads in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..20), 0..20)) {
        let bytes = read(kept(number, b"something"), &payloads);
        prop_assert!(bytes.is_none_or(|bytes| bytes == b"something"));
    }

    #[test]
    fn documents_of_any_size_are_put_together(bytes in prop::collection::vec(any::<u8>(), 0..3_000), size in 1_usize..700) {
        prop_assert_eq!(read(kept(4, &bytes), &parts(4, &bytes, size)), Some(bytes));
    }
}
