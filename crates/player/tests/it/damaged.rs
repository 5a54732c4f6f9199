//! Damaged, cut and lying input: what can be played is played, and what cannot is said.

use player::{Notice, OpenError, Opening, Player, Progress};
use recording::{BlockKind, BlockScanner, Index, Scanned};

use crate::sample::{Sample, opening, sample, settle};

/// The groups' byte ranges and start times.
fn groups(sample: &Sample) -> Vec<(std::ops::Range<usize>, u64)> {
    let index = sample.opening(sample.bytes.len(), false).index;
    let range = |group: &recording::GroupEntry| group.offset as usize..(group.offset + group.bytes) as usize;
    index.groups.iter().map(|group| (range(group), group.start_us)).collect()
}

/// The byte within the payload of the first screen block at or after a moment.
fn inside_picture(sample: &Sample, time_us: u64) -> usize {
    let mut scanner = BlockScanner::new();
    scanner.push(&sample.bytes);
    loop {
        if let Scanned::Block(block) = scanner.next().unwrap()
            && (block.known_kind(), block.track) == (Some(BlockKind::Data), 1)
            && block.time_us >= time_us
        {
            return (block.end() - 5) as usize;
        }
    }
}

#[test]
fn a_damaged_group_harms_only_itself() {
    let mut sample = sample(60);
    let groups = groups(&sample);
    let ((_, start_us), (_, next_us)) = (&groups[1], &groups[2]);
    let good = sample.opening(sample.bytes.len(), false);
    let at = inside_picture(&sample, start_us + 200_000);
    sample.bytes[at] ^= 0x40;
    let mut player = Player::new(&good).unwrap();

    for time_us in [start_us - 1, *next_us, *start_us, next_us - 1, 0, next_us + 300_000] {
        player.seek(time_us);
        settle(&mut player, &sample.bytes, 512);
        // From the last picture before the damage on, nobody knows.
        let damaged_here = (start_us + 100_000..*next_us).contains(&time_us);
        match player.notice() {
            Some(Notice::Damaged(stretch)) => {
                assert!(damaged_here, "{time_us} is intact");
                assert_eq!(stretch.to_us, *next_us, "it ends where the next group starts");
                assert!(stretch.from_us >= *start_us && stretch.from_us <= time_us);
                assert!(player.picture() == Some(sample.picture_at(player.picture_us().unwrap())), "the last good one");
            }
            None => {
                assert!(!damaged_here, "{time_us} is damaged");
                assert!(player.picture() == Some(sample.picture_at(time_us)), "at {time_us}");
            }
            other => panic!("{other:?} at {time_us}"),
        }
    }
    assert_eq!(player.missing().count(), 1, "the seek bar shows the damage that was met");
}

#[test]
fn playing_goes_on_after_damage() {
    let mut sample = sample(60);
    let groups = groups(&sample);
    let index = sample.opening(sample.bytes.len(), false);
    let at = inside_picture(&sample, groups[1].1 + 1);
    sample.bytes[at] ^= 1;
    let mut player = Player::new(&index).unwrap();
    player.play();
    while player.playing() {
        settle(&mut player, &sample.bytes, 4096);
        player.advance(50_000);
    }
    settle(&mut player, &sample.bytes, 4096);
    assert!(player.ended() && player.notice().is_none());
    assert!(player.picture() == Some(sample.picture_at(u64::MAX)));
}

#[test]
fn bytes_that_cannot_be_delivered_are_said_and_passed() {
    let sample = sample(60);
    let groups = groups(&sample);
    let mut player = sample.player();
    let (bytes, start_us) = groups[1].clone();
    player.seek(start_us + 300_000);
    let mut wanted = next_wanted(&mut player);
    // The group builds on the first picture of the one before it, and on no more of that.
    assert_eq!(wanted.start, groups[0].0.start as u64);
    while wanted.start < groups[0].0.end as u64 {
        assert!(wanted.end < groups[0].0.end as u64, "{wanted:?} of {:?}", groups[0].0);
        player.feed(wanted.start, &sample.bytes[wanted.start as usize..wanted.end as usize]);
        wanted = next_wanted(&mut player);
    }
    assert_eq!(wanted.start, bytes.start as u64);
    player.unavailable(bytes.start as u64..bytes.end as u64);
    settle(&mut player, &sample.bytes, 4096);
    assert!(matches!(player.notice(), Some(Notice::Damaged(stretch)) if stretch.text.contains("missing")));
    player.seek(groups[2].1);
    settle(&mut player, &sample.bytes, 4096);
    assert!(player.notice().is_none() && player.picture() == Some(sample.picture_at(groups[2].1)));
}

fn next_wanted(player: &mut Player) -> std::ops::Range<u64> {
    while player.run(8) == Progress::More {}
    player.wanted().unwrap()
}

#[test]
fn cut_off_anywhere_it_plays_what_is_there() {
    let sample = sample(40);
    let first = groups(&sample)[0].0.start;
    for cut in (0..sample.bytes.len()).step_by(911) {
        let stored = &sample.bytes[..cut];
        let opening = opening(stored, false);
        if cut <= first {
            assert!(matches!(Player::new(&opening), Err(OpenError::Empty)));
            continue;
        }
        let Ok(mut player) = Player::new(&opening) else { continue };
        player.seek(u64::MAX);
        settle(&mut player, stored, 4096);
        if let Some(shown_us) = player.picture_us() {
            assert!(player.picture() == Some(sample.picture_at(shown_us)), "cut at {cut}");
        }
    }
}

#[test]
fn a_lying_index_does_no_harm() {
    let sample = sample(40);
    let honest = sample.opening(sample.bytes.len(), false);
    let lies: [fn(&mut Index); 6] = [
        |index| index.groups.reverse(),
        |index| index.groups[1].offset = u64::MAX,
        |index| index.groups[1].bytes = u64::MAX,
        |index| index.groups[1].offset += 3,
        |index| index.duration_us = u64::MAX,
        |index| index.groups[2].start_us = 0,
    ];
    for (number, lie) in lies.iter().enumerate() {
        let mut opening = honest.clone();
        lie(&mut opening.index);
        let mut player = Player::new(&opening).unwrap();
        for time_us in [0, 1_500_000, 3_900_000] {
            player.seek(time_us);
            settle(&mut player, &sample.bytes, 4096);
            assert!(player.held_bytes() <= sample.bytes.len(), "lie {number}");
        }
    }
}

#[test]
fn what_is_no_index_is_refused() {
    for (json, expected) in [(&b"{}"[..], "length"), (b"[1,2", "cannot be read"), (b"{\"length\":5}", "missing field")]
    {
        let error = Opening::from_json(json).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
    let huge = vec![b' '; player::MAX_OPENING_BYTES + 1];
    assert!(matches!(Opening::from_json(&huge), Err(OpenError::TooLarge { .. })));
}
