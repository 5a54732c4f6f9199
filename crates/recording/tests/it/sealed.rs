//! What the container sees to by itself where payloads are sealed: it holds no key and opens nothing.

use recording::{
    AssembleError, Assembler, BlockWriter, ClassKeys, DamageReason, Decoder, Entry, Group, SealClass, join_sealed,
    split_sealed,
};

use crate::sample;

/// A group whose pictures are sealed.
fn sealed_group() -> Group {
    let keys = vec![ClassKeys { class: SealClass::Picture, recipients: Vec::new() }];
    Group { keys, ..sample::group(1) }
}

fn accept(group: &Group, write: impl Fn(&BlockWriter, &mut Vec<u8>)) -> Result<Vec<u8>, AssembleError> {
    let (mut assembler, mut out) = Assembler::new(&sample::header()).unwrap();
    let (writer, mut blocks) = (BlockWriter::new(), Vec::new());
    writer.group(group, 0, &mut blocks).unwrap();
    write(&writer, &mut blocks);
    assembler.accept(&blocks, &sample::anchor(1), &mut out).map(|()| out)
}

#[test]
fn data_is_sealed_exactly_where_its_group_says_so() {
    let sealed =
        |track| move |writer: &BlockWriter, out: &mut Vec<u8>| writer.sealed_data(track, 5, b"s", out).unwrap();
    let open = |track| move |writer: &BlockWriter, out: &mut Vec<u8>| writer.data(track, 5, b"o", out).unwrap();
    let refused = |result: Result<_, _>| matches!(result, Err(AssembleError::Sealing { .. }));
    assert!(accept(&sealed_group(), sealed(sample::SCREEN)).is_ok());
    assert!(accept(&sealed_group(), sealed(sample::POINTER)).is_ok());
    assert!(accept(&sealed_group(), open(sample::EVENTS)).is_ok());
    assert!(refused(accept(&sealed_group(), open(sample::SCREEN))));
    assert!(refused(accept(&sealed_group(), sealed(sample::EVENTS))));
    assert!(refused(accept(&sample::group(1), sealed(sample::SCREEN))));
}

#[test]
fn a_group_states_each_class_once() {
    let mut group = sealed_group();
    group.keys.extend(group.keys.clone());
    assert!(BlockWriter::new().group(&group, 0, &mut Vec::new()).is_err());
}

#[test]
fn fragments_are_sealed_together_or_not_at_all() {
    let payload = sample::noise(3, 140_000);
    let whole = accept(&sealed_group(), |writer, out| writer.sealed_data(sample::SCREEN, 5, &payload, out).unwrap());
    let whole = whole.unwrap();
    let data = |bytes: &[u8]| -> Vec<Entry> {
        let (mut decoder, mut found) = (Decoder::new(), Vec::new());
        decoder.push(bytes);
        while let Some(located) = decoder.next().unwrap() {
            if matches!(located.entry, Entry::Data { .. } | Entry::Damaged { .. }) {
                found.push(located.entry);
            }
        }
        found
    };
    let found = data(&whole);
    assert!(matches!(&found[..], [Entry::Data { sealed: true, payload: read, .. }] if *read == payload));
    // The last fragment is another's: written open.
    let (mut open, mut mixed) = (Vec::new(), Vec::new());
    BlockWriter::new().data(sample::SCREEN, 5, &payload, &mut open).unwrap();
    let (sealed, open) = (sample::blocks(&whole), sample::blocks(&open));
    sealed[..sealed.len() - 1].iter().for_each(|block| mixed.extend_from_slice(&block.bytes));
    mixed.extend_from_slice(&open[open.len() - 1].bytes);
    let found = data(&mixed);
    assert!(
        found.iter().all(|entry| matches!(entry, Entry::Damaged { why: DamageReason::FragmentLost, .. })),
        "{found:?}"
    );
}

#[test]
fn a_sealed_payload_begins_with_its_counter() {
    for counter in [0, 127, 128, u64::MAX] {
        let payload = join_sealed(counter, b"ciphertext");
        assert_eq!(split_sealed(&payload), Some((counter, &b"ciphertext"[..])));
    }
    for malformed in [&b""[..], &[0x80], &[0x80, 0x00], &[0xff; 11]] {
        assert_eq!(split_sealed(malformed), None, "{malformed:x?}");
    }
}
