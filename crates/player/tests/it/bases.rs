//! Damage to a picture that others build on: they are shown by its second copy, which is fetched only then.

use player::{Notice, Opening, Player, Progress};
use recording::{BlockKind, RawBlock, split_blocks};

use crate::sample::{Sample, opening, sample, settle};
use crate::sealed::{key, sealed};

/// The nth block of a kind.
fn nth(sample: &Sample, kind: BlockKind, n: usize) -> RawBlock {
    let blocks = split_blocks(0, &sample.bytes).unwrap();
    blocks.into_iter().filter(|block| block.known_kind() == Some(kind)).nth(n).unwrap()
}

fn whole(sample: &Sample) -> Opening {
    sample.opening(sample.bytes.len(), false)
}

/// A player that has the key, should one be needed.
fn player(opening: &Opening) -> Player {
    let mut player = Player::new(opening).unwrap();
    player.add_key(key(1));
    player
}

/// Which groups of the sound recording do not show what they should, seeking to each; none shows anything else in its place
/// without a word.
fn harmed(sound: &Sample, bytes: &[u8], opening: &Opening) -> Vec<usize> {
    let groups = whole(sound).index.groups;
    let shows = |time_us: u64| {
        let mut player = player(opening);
        player.seek(time_us);
        settle(&mut player, bytes, 4096);
        let right = player.picture() == Some(sound.picture_at(time_us));
        // Before the first picture that there is, that one is shown.
        let said = player.notice().is_some() || opening.index.groups[0].start_us > time_us;
        assert!(right || said || player.picture().is_none(), "wrong without a word at {time_us}");
        right
    };
    let right = |at: &usize| {
        // The next group's checkpoint stands in this one.
        let end_us = groups.get(at + 1).map_or(groups[*at].end_us, |next| next.start_us - 1);
        shows(groups[*at].start_us) && shows(end_us)
    };
    (0..groups.len()).filter(|at| !right(at)).collect()
}

fn flipped(sample: &Sample, at: u64) -> Vec<u8> {
    let mut bytes = sample.bytes.clone();
    bytes[at as usize] ^= 0x10;
    bytes
}

#[test]
fn a_damaged_base_harms_its_own_group_alone() {
    for sound in [sample(60), sealed()] {
        let (group, picture) = (nth(&sound, BlockKind::Group, 0), nth(&sound, BlockKind::Data, 0));
        let copy = nth(&sound, BlockKind::Copy, 0);
        for (hit, expected) in [(group, vec![0]), (picture, vec![0]), (copy, vec![])] {
            for at in [hit.offset + 1, hit.end() - 6] {
                let damaged = flipped(&sound, at);
                for opening in [whole(&sound), opening(&damaged, false)] {
                    let harmed = harmed(&sound, &damaged, &opening);
                    assert_eq!(harmed, expected, "a {} block, byte {at}", hit.kind);
                }
            }
        }
    }
}

#[test]
fn a_flip_anywhere_harms_at_most_one_group_of_pictures() {
    for sound in [sample(40), sealed()] {
        for at in (0..sound.bytes.len() as u64).step_by(499) {
            let damaged = flipped(&sound, at);
            let harmed = harmed(&sound, &damaged, &opening(&damaged, false));
            assert!(harmed.len() <= 1, "byte {at}: {harmed:?}");
        }
    }
}

#[test]
fn playing_on_from_a_damaged_base_shows_the_groups_after_it() {
    let sound = sample(60);
    let damaged = flipped(&sound, nth(&sound, BlockKind::Data, 0).end() - 6);
    let second_us = whole(&sound).index.groups[1].start_us;
    let mut player = player(&whole(&sound));
    player.play();
    let mut compared = 0;
    while player.playing() {
        settle(&mut player, &damaged, 4096);
        let at_us = player.position_us();
        if at_us >= second_us && !player.ended() {
            assert!(player.notice().is_none() && player.picture() == Some(sound.picture_at(at_us)), "at {at_us}");
            compared += 1;
        }
        player.advance(50_000);
    }
    assert!(compared > 50);
}

#[test]
fn a_copy_is_not_fetched_unless_it_is_needed() {
    let sound = sample(60);
    let copy = nth(&sound, BlockKind::Copy, 0);
    let groups = whole(&sound).index.groups;
    let holder = groups.iter().rposition(|group| group.offset < copy.offset).unwrap();
    let mut player = player(&whole(&sound));
    for (at, group) in groups.iter().enumerate().filter(|(at, _)| *at != holder) {
        player.seek(group.start_us + 300_000);
        loop {
            match player.run(8) {
                Progress::Settled => break,
                Progress::More => {}
                Progress::Hungry => {
                    let wanted = player.wanted().unwrap();
                    assert!(wanted.end <= copy.offset || wanted.start >= copy.end(), "{wanted:?} for group {at}");
                    player.feed(wanted.start, &sound.bytes[wanted.start as usize..wanted.end as usize]);
                }
            }
        }
    }
}

#[test]
fn a_base_that_cannot_be_delivered_is_read_from_its_copy_and_without_one_that_is_said() {
    let sound = sample(60);
    let (picture, copy) = (nth(&sound, BlockKind::Data, 0), nth(&sound, BlockKind::Copy, 0));
    let third_us = whole(&sound).index.groups[2].start_us;
    let mut player = player(&whole(&sound));
    player.unavailable(0..picture.end());
    player.seek(third_us);
    settle(&mut player, &sound.bytes, 4096);
    assert!(player.notice().is_none() && player.picture() == Some(sound.picture_at(third_us)));
    let mut player = self::player(&whole(&sound));
    player.unavailable(0..picture.end());
    player.unavailable(copy.offset..copy.end());
    player.seek(third_us);
    settle(&mut player, &sound.bytes, 4096);
    assert!(matches!(player.notice(), Some(Notice::Damaged(stretch)) if stretch.text.contains("missing")));
}

#[test]
fn a_copy_that_came_live_is_used_too() {
    let sound = sample(60);
    let damaged = flipped(&sound, nth(&sound, BlockKind::Data, 0).end() - 6);
    let mut player = player(&sound.opening(0, true));
    assert!(player.feed_tail(0, &damaged));
    let third_us = whole(&sound).index.groups[2].start_us;
    player.seek(third_us);
    settle(&mut player, &damaged, 4096);
    assert!(player.picture() == Some(sound.picture_at(third_us)));
}
