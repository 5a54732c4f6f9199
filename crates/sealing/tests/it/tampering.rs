//! Who has a key sees what was recorded; who has none sees nothing; and what was altered on the way is refused.

use proptest::prelude::*;
use recording::{BlockKind, BlockWriter, Group, SealClass, WrappedKey, split_blocks};
use sealing::{KeyRing, OpenError, Opener, SealPlan, Sealer, Seed};

use crate::sample::{
    EVENTS, Given, POINTER, SCREEN, group_content, key, opened, plan, recorder_blocks, recording, sealed,
};

fn everything() -> Vec<Given> {
    (0..2).flat_map(group_content).collect()
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
}

#[test]
fn each_recipient_opens_everything_and_nobody_else_anything() {
    let bytes = sealed(1, &plan());
    for person in [1, 2] {
        let found: Result<Vec<_>, _> = opened(&bytes, &[key(person)]).into_iter().collect();
        assert_eq!(found.unwrap(), everything(), "person {person}");
    }
    let recipients: Vec<String> =
        plan().recipients().iter().map(|recipient| recipient.fingerprint().to_string()).collect();
    for keys in [vec![], vec![key(3)]] {
        for refused in opened(&bytes, &keys) {
            assert!(matches!(&refused, Err(OpenError::NoKey { recipients: named, .. }) if *named == recipients));
        }
    }
}

#[test]
fn no_marker_stands_in_a_sealed_recording() {
    let marker = b"a marker in plain sight";
    assert!(everything().iter().any(|given| contains(&given.payload, marker)));
    assert!(!contains(&sealed(1, &plan()), marker));
}

#[test]
fn what_is_not_named_stands_open() {
    let events = SealPlan::new(vec![SealClass::Events], vec![key(1).public()]).unwrap();
    let bytes = sealed(1, &events);
    for (found, given) in opened(&bytes, &[]).into_iter().zip(everything()) {
        if given.track == EVENTS.id {
            assert!(matches!(found, Err(OpenError::NoKey { class: SealClass::Events, .. })));
        } else {
            assert_eq!(found.unwrap(), given);
        }
    }
}

#[test]
fn integrity_and_index_need_no_key() {
    let bytes = sealed(1, &plan());
    let mut verifier = recording::Verifier::new();
    verifier.push(&bytes).unwrap();
    let report = verifier.finish().unwrap();
    assert!(report.intact, "{:?}", report.findings);
    let mut index = recording::IndexBuilder::new();
    split_blocks(0, &bytes).unwrap().iter().for_each(|block| index.block(block));
    let stated = index.index().sealed.clone().unwrap();
    assert_eq!(stated.classes, [SealClass::Picture, SealClass::Events]);
    assert_eq!(stated.recipients, [key(1), key(2)].map(|key| key.public().fingerprint().to_string()));
    let events = &index.index().events;
    assert_eq!(events.len(), 2);
    assert!(events.iter().all(|event| event.kind.is_empty() && event.text.is_empty()));
}

/// Payloads of one sealed group, and what opens them.
struct OneGroup {
    opener: Opener,
    group: Group,
    sealed: Vec<Given>,
}

fn one_group(recording_number: u8, number: u64) -> OneGroup {
    let id = recording(recording_number);
    let tracks = vec![SCREEN, POINTER, EVENTS];
    let mut sealer = Sealer::new(id, plan());
    let keys = sealer.begin_group(number, &tracks, &Seed::new([number as u8; 32])).unwrap();
    let group = Group { number, tracks, keys, ..Group::default() };
    let seal = |Given { track, time_us, payload }: Given| {
        let payload = sealer.seal(track, time_us, &payload).unwrap().unwrap();
        Given { track, time_us, payload }
    };
    let sealed = group_content(1).into_iter().map(seal).collect();
    let mut opener = Opener::new(KeyRing::new(vec![key(1)]));
    opener.begin_group(Some(id), &group);
    OneGroup { opener, group, sealed }
}

fn take(opener: &mut Opener, given: &Given) -> Result<Vec<u8>, OpenError> {
    opener.open(given.track, given.time_us, true, given.payload.clone())
}

#[test]
fn every_altered_byte_is_found() {
    let OneGroup { mut opener, sealed, .. } = one_group(1, 1);
    let first = &sealed[0];
    for at in 0..first.payload.len() {
        let mut altered = first.clone();
        altered.payload[at] ^= 1;
        assert!(matches!(take(&mut opener, &altered), Err(OpenError::Altered { .. })), "byte {at}");
    }
    for cut in 0..first.payload.len() {
        let cut = Given { payload: first.payload[..cut].to_vec(), ..first.clone() };
        assert!(matches!(take(&mut opener, &cut), Err(OpenError::Altered { .. })));
    }
    assert!(take(&mut opener, first).is_ok(), "unharmed by what was refused");
}

#[test]
fn a_payload_opens_at_its_own_place_only() {
    let altered = |result: Result<Vec<u8>, OpenError>, what: &str| {
        assert!(matches!(result, Err(OpenError::Altered { .. })), "{what}: {result:?}");
    };
    let OneGroup { mut opener, sealed, .. } = one_group(1, 1);
    let [first, pointer, event, second, third] = sealed.as_slice() else { panic!("five payloads") };
    altered(take(&mut opener, &Given { time_us: first.time_us + 1, ..first.clone() }), "at another time");
    altered(take(&mut opener, &Given { track: POINTER.id, ..first.clone() }), "on another track");
    altered(take(&mut opener, second), "before the first");
    take(&mut opener, first).unwrap();
    altered(take(&mut opener, first), "twice");
    altered(take(&mut opener, third), "with one left out");
    take(&mut opener, second).unwrap();
    take(&mut opener, third).unwrap();
    altered(take(&mut opener, second), "after a later one of the same time");
    take(&mut opener, pointer).unwrap();
    take(&mut opener, event).unwrap();
    altered(take(&mut opener, event), "an event twice");
    // Of another group and another recording, each with a genuine key of its own.
    for (recording_number, number) in [(1, 2), (2, 1)] {
        let OneGroup { sealed, .. } = one_group(recording_number, number);
        let OneGroup { mut opener, .. } = one_group(1, 1);
        altered(take(&mut opener, &sealed[0]), "from elsewhere");
    }
}

#[test]
fn an_event_that_is_missing_harms_no_other() {
    let id = recording(1);
    let tracks = vec![EVENTS];
    let mut sealer = Sealer::new(id, plan());
    let keys = sealer.begin_group(0, &tracks, &Seed::new([1; 32])).unwrap();
    let group = Group { tracks, keys, ..Group::default() };
    let payloads: Vec<_> = (0..3u8).map(|at| sealer.seal(EVENTS.id, 5, &[at]).unwrap().unwrap()).collect();
    let mut opener = Opener::new(KeyRing::new(vec![key(2)]));
    opener.begin_group(Some(id), &group);
    assert_eq!(opener.open(EVENTS.id, 5, true, payloads[0].clone()).unwrap(), [0]);
    assert_eq!(opener.open(EVENTS.id, 5, true, payloads[2].clone()).unwrap(), [2]);
    assert!(opener.open(EVENTS.id, 5, true, payloads[1].clone()).is_err(), "and does not come back later");
}

#[test]
fn keys_of_another_place_open_nothing() {
    let wrap_error = |group: &Group, id| {
        let mut opener = Opener::new(KeyRing::new(vec![key(1)]));
        opener.begin_group(id, group);
        opener.open(SCREEN.id, 0, true, vec![0; 40]).unwrap_err()
    };
    let OneGroup { group, .. } = one_group(1, 1);
    let id = Some(recording(1));
    assert!(matches!(wrap_error(&group, Some(recording(2))), OpenError::Wrap { .. }), "another recording");
    assert!(matches!(wrap_error(&Group { number: 2, ..group.clone() }, id), OpenError::Wrap { .. }), "another group");
    let mut swapped = group.clone();
    swapped.keys[0].class = SealClass::Events;
    swapped.keys[1].class = SealClass::Picture;
    assert!(matches!(wrap_error(&swapped, id), OpenError::Wrap { .. }), "another class");
    assert!(matches!(wrap_error(&group, None), OpenError::Place { .. }), "a recording without a name");
    let mut foreign = group.clone();
    foreign.keys[0].recipients.insert(
        0,
        WrappedKey { recipient: "a-later-kind".to_owned(), encapsulated: "?".to_owned(), wrapped: String::new() },
    );
    let mut opener = Opener::new(KeyRing::new(vec![key(1)]));
    opener.begin_group(id, &foreign);
    let OneGroup { sealed, .. } = one_group(1, 1);
    assert!(take(&mut opener, &sealed[0]).is_ok(), "a recipient of a later kind is passed over");
}

#[test]
fn open_data_does_not_pass_for_sealed() {
    let OneGroup { mut opener, .. } = one_group(1, 1);
    let smuggled = opener.open(SCREEN.id, 0, false, b"another picture".to_vec());
    assert_eq!(smuggled, Err(OpenError::NotSealed { track: SCREEN.id }));
    let mut open = Opener::new(KeyRing::default());
    open.begin_group(Some(recording(1)), &Group { tracks: vec![SCREEN], ..Group::default() });
    assert_eq!(open.open(SCREEN.id, 0, true, vec![0; 40]), Err(OpenError::Place { track: SCREEN.id }));
}

#[test]
fn two_groups_never_share_a_key_or_an_encapsulation() {
    let blocks = recorder_blocks(recording(1), &plan(), 0..3);
    let mut seen = Vec::new();
    for block in split_blocks(0, &blocks).unwrap() {
        if block.known_kind() == Some(BlockKind::Group) {
            let group: Group = serde_json::from_slice(block.payload()).unwrap();
            seen.extend(group.keys.into_iter().flat_map(|keys| keys.recipients).map(|key| key.encapsulated));
        }
    }
    let (count, mut distinct) = (seen.len(), seen);
    distinct.sort();
    distinct.dedup();
    assert_eq!((count, distinct.len()), (12, 12), "3 groups, 2 classes, 2 recipients");
}

#[test]
fn nothing_is_sealed_before_a_group() {
    let mut sealer = Sealer::new(recording(1), plan());
    assert!(sealer.seal(SCREEN.id, 0, b"early").is_err());
}

#[test]
fn the_largest_event_still_fits_one_block() {
    let mut sealer = Sealer::new(recording(1), plan());
    sealer.begin_group(0, &[EVENTS], &Seed::new([1; 32])).unwrap();
    let sealed = sealer.seal(EVENTS.id, 0, &vec![b'x'; recording::MAX_EVENT_BYTES]).unwrap().unwrap();
    let mut out = Vec::new();
    BlockWriter::new().sealed_data(EVENTS.id, 0, &sealed, &mut out).unwrap();
    assert_eq!(split_blocks(0, &out).unwrap().len(), 1);
}

proptest! {
    #[test]
    fn rubbish_opens_nothing_and_breaks_nothing(payload in prop::collection::vec(any::<u8>(), 0..200), time_us: u64) {
        let OneGroup { mut opener, .. } = one_group(1, 1);
        prop_assert!(opener.open(SCREEN.id, time_us, true, payload).is_err());
    }
}
