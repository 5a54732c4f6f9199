//! Sealed recordings: nothing without the key, everything with it.

use player::{Keys, Notice, Player, Thumbnails};
use recording::{BlockKind, BlockWriter, Decoder, Entry, Group, SealClass, Track, TrackKind};
use sealing::{KeyRing, PrivateKey, SealPlan, Sealer, Seed};

use crate::sample::{Sample, rewritten, sample, settle};

pub fn key(person: u8) -> PrivateKey {
    PrivateKey::generate(&Seed::new([person; 32]))
}

/// The sample, sealed for persons 1 and 2.
pub fn sealed() -> Sample {
    let plain = sample(60);
    let plan = SealPlan::new(SealClass::ALL.to_vec(), vec![key(1).public(), key(2).public()]).unwrap();
    let (mut decoder, mut out, mut sealer) = (Decoder::new(), Vec::new(), None);
    let writer = BlockWriter::new();
    decoder.push(&plain.bytes);
    while let Some(located) = decoder.next().unwrap() {
        match located.entry {
            Entry::Header(header) => {
                sealer.get_or_insert_with(|| Sealer::new(header.recording, plan.clone()));
            }
            Entry::Group(group) => {
                let seed = Seed::new([group.number as u8; 32]);
                let keys = sealer.as_mut().unwrap().begin_group(group.number, &group.tracks, &seed).unwrap();
                writer.group(&Group { keys, ..group }, located.time_us, &mut out).unwrap();
            }
            Entry::Data { track, time_us, payload, .. } => {
                let sealed = sealer.as_mut().unwrap().seal(track, time_us, &payload).unwrap().unwrap();
                writer.sealed_data(track, time_us, &sealed, &mut out).unwrap();
            }
            _ => {}
        }
    }
    Sample { bytes: rewritten(&out), pictures: plain.pictures }
}

#[test]
fn without_a_key_there_is_no_picture_and_little_is_fetched() {
    let sample = sealed();
    let mut player = Player::new(&sample.opening(sample.bytes.len(), false)).unwrap();
    for time_us in [0, 3_000_000, 1_234_567] {
        player.seek(time_us);
        settle(&mut player, &sample.bytes, 512);
        assert!(player.locked() && player.picture().is_none(), "at {time_us}");
        assert_eq!(player.position_us(), time_us);
        assert_eq!(player.notice(), None, "it is not damaged");
    }
    assert!(player.held_bytes() < sample.bytes.len() / 2, "{} bytes", player.held_bytes());
    let stated = player.sealed().unwrap();
    assert_eq!(stated.recipients, [key(1), key(2)].map(|key| key.public().fingerprint().to_string()));
    assert_eq!(player.missing().count(), 0);
    assert!(player.happenings().iter().all(|event| event.kind == "sealed" && event.text.is_empty()));
    assert!(!player.happenings().is_empty());
}

#[test]
fn a_key_opens_what_is_shown_and_another_does_not() {
    let sample = sealed();
    let mut player = Player::new(&sample.opening(sample.bytes.len(), false)).unwrap();
    player.seek(2_000_000);
    settle(&mut player, &sample.bytes, 512);
    assert!(!player.add_key(key(3)));
    settle(&mut player, &sample.bytes, 512);
    assert!(player.locked());
    assert!(player.add_key(key(2)));
    settle(&mut player, &sample.bytes, 512);
    assert!(!player.locked());
    for time_us in [2_000_000, 0, 5_900_000, 1_000_000, 999_999] {
        player.seek(time_us);
        settle(&mut player, &sample.bytes, 512);
        assert!(player.picture() == Some(sample.picture_at(time_us)), "at {time_us}");
    }
    let mut again = Player::new(&sample.opening(sample.bytes.len(), false)).unwrap();
    again.adopt_keys(&player);
    again.seek(3_000_000);
    settle(&mut again, &sample.bytes, 512);
    assert!(again.picture() == Some(sample.picture_at(3_000_000)));
}

#[test]
fn a_live_recording_is_followed_with_a_key_from_its_first_byte_on() {
    let sample = sealed();
    let half = sample.bytes.len() / 2;
    let mut player = Player::new(&sample.opening(0, true)).unwrap();
    player.go_live();
    assert!(player.feed_tail(0, &sample.bytes[..half]));
    settle(&mut player, &sample.bytes[..half], 512);
    assert!(player.locked());
    assert!(player.add_key(key(1)), "known from the groups of the tail");
    settle(&mut player, &sample.bytes[..half], 512);
    assert!(player.picture().is_some_and(|shown| sample.pictures.iter().any(|(_, picture)| picture == shown)));
    assert!(player.feed_tail(half as u64, &sample.bytes[half..]));
    settle(&mut player, &sample.bytes, 512);
    assert!(player.picture() == Some(&sample.pictures.last().unwrap().1));
}

#[test]
fn a_picture_that_somebody_else_put_there_is_not_shown() {
    let sample = sealed();
    let opening = sample.opening(sample.bytes.len(), false);
    // The whole of group 1 replaced by an open one of the same number: its chain is another, but a player looks at none.
    let forged = crate::sample::sample(60);
    let group = |bytes: &[u8], number: u64| {
        let blocks = recording::split_blocks(0, bytes).unwrap();
        let starts: Vec<_> = blocks.iter().filter(|block| block.known_kind() == Some(BlockKind::Group)).collect();
        starts[number as usize].offset as usize..starts[number as usize + 1].offset as usize
    };
    let (ours, theirs) = (group(&sample.bytes, 1), group(&forged.bytes, 1));
    let blocks = recording::split_blocks(0, &sample.bytes[ours.clone()]).unwrap();
    let mut spliced = sample.bytes[..ours.start].to_vec();
    spliced.extend_from_slice(&blocks[0].bytes);
    let open = recording::split_blocks(0, &forged.bytes[theirs]).unwrap();
    open[1..].iter().for_each(|block| spliced.extend_from_slice(&block.bytes));
    spliced.resize(ours.end, 0);
    spliced.extend_from_slice(&sample.bytes[ours.end..]);
    let mut player = Player::new(&opening).unwrap();
    player.add_key(key(1));
    player.seek(opening.index.groups[1].start_us);
    settle(&mut player, &spliced, 512);
    assert!(matches!(player.notice(), Some(Notice::Damaged(_))), "{:?}", player.notice());
}

#[test]
fn thumbnails_open_with_the_key() {
    let recording = recording::RecordingId::from_parts(1, [1; 10]);
    let plan = SealPlan::new(vec![SealClass::Thumbnails], vec![key(1).public()]).unwrap();
    let tracks = vec![Track { id: 4, kind: TrackKind::Thumbnails }];
    let mut sealer = Sealer::new(recording, plan);
    let keys = sealer.begin_group(0, &tracks, &Seed::new([5; 32])).unwrap();
    let (writer, mut answer) = (BlockWriter::new(), Vec::new());
    writer.group(&Group { tracks, keys, ..Group::default() }, 0, &mut answer).unwrap();
    let mut jpeg = vec![0xff, 0xd8, 0xff, 0xc0, 0, 17, 8, 0, 108, 0, 192];
    jpeg.extend([3; 12]);
    // Of three the list keeps every other one.
    for time_us in 0..3 {
        let sealed = sealer.seal(4, time_us, &jpeg).unwrap().unwrap();
        if time_us != 1 {
            writer.sealed_data(4, time_us, &sealed, &mut answer).unwrap();
        }
    }
    assert!(Thumbnails::from_answer(&answer, &Keys::default()).is_empty());
    let keys = Keys { recording: Some(recording), ring: KeyRing::new(vec![key(1)]) };
    let opened = Thumbnails::from_answer(&answer, &keys);
    assert_eq!((opened.len(), opened.at(9)), (2, Some((2, &jpeg[..]))));
}
