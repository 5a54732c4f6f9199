//! A recording that is still being made: the tail joins on to what is stored, without gap and without doubling.

use crate::sample::{Canvas, FRAME_US, sample, settle};
use player::{Player, Progress};
use recording::{BlockScanner, Scanned};

/// Offsets at which the stored bytes are whole blocks.
fn block_ends(bytes: &[u8]) -> Vec<usize> {
    let mut scanner = BlockScanner::new();
    scanner.push(bytes);
    let mut ends = Vec::new();
    while let Some(found) = scanner.next() {
        if let Scanned::Block(block) = found {
            ends.push(block.end() as usize);
        }
    }
    ends
}

#[test]
fn opened_at_any_block_and_grown_byte_by_byte_it_always_shows_the_newest_picture() {
    let sample = sample(30);
    let ends = block_ends(&sample.bytes);
    let before_the_end = &ends[..ends.len() - 5];
    for opened_at in before_the_end.iter().step_by(17) {
        let mut player = Player::new(&sample.opening(*opened_at, true)).unwrap();
        let mut canvas = Canvas::default();
        player.go_live();
        for at in *opened_at..sample.bytes.len() {
            assert!(player.feed_tail(at as u64, &sample.bytes[at..=at]));
            if ends.binary_search(&(at + 1)).is_err() {
                continue;
            }
            if player.run(100) == Progress::Hungry && player.wanted().is_none() {
                continue;
            }
            settle(&mut player, &sample.bytes[..*opened_at], 700);
            canvas.draw(&mut player);
            if let Some(shown_us) = player.picture_us() {
                assert!(canvas.pixels == sample.picture_at(shown_us).pixels(), "opened at {opened_at}, {at} bytes");
            }
        }
        assert!(!player.live() && player.ended(), "the recording's end block ends it");
        assert!(canvas.pixels == sample.picture_at(u64::MAX).pixels());
        assert_eq!(player.length(), sample.bytes.len() as u64);
    }
}

#[test]
fn doubled_messages_are_passed_over_and_a_lost_one_is_noticed() {
    let sample = sample(40);
    let ends = block_ends(&sample.bytes);
    let (from, to) = (ends[ends.len() / 2], ends[ends.len() / 2 + 8]);
    let mut player = Player::new(&sample.opening(from, true)).unwrap();
    player.go_live();
    assert!(!player.feed_tail(from as u64 + 1, &sample.bytes[from + 1..to]), "a hole");
    assert_eq!(player.length(), from as u64);
    assert!(player.feed_tail(from as u64 - 10, &sample.bytes[from - 10..to]));
    assert!(player.feed_tail(from as u64, &sample.bytes[from..to - 5]));
    assert_eq!(player.length(), to as u64);
    settle(&mut player, &sample.bytes[..from], 4096);
    assert!(player.picture() == Some(sample.picture_at(player.picture_us().unwrap())));
    let shown = player.picture_us();
    assert!(shown > sample.opening(from, true).index.groups.last().map(|group| group.start_us), "the tail is shown");
}

#[test]
fn looking_back_and_returning_to_now() {
    let sample = sample(60);
    let ends = block_ends(&sample.bytes);
    let (opened_at, grown_to) = (ends[ends.len() / 3], ends[ends.len() * 2 / 3]);
    let mut player = Player::new(&sample.opening(opened_at, true)).unwrap();
    player.go_live();
    assert!(player.feed_tail(opened_at as u64, &sample.bytes[opened_at..grown_to]));
    settle(&mut player, &sample.bytes[..opened_at], 4096);
    let newest_us = player.duration_us();
    assert_eq!(player.edge_us(), newest_us);

    player.advance(3_000_000);
    assert_eq!(player.edge_us(), newest_us + 3_000_000, "time passes while the screen rests");
    player.seek(700_000);
    assert!(!player.following() && player.playing());
    settle(&mut player, &sample.bytes[..opened_at], 4096);
    assert!(player.picture() == Some(sample.picture_at(700_000)));

    player.set_speed(32.0);
    while !player.following() {
        player.advance(50_000);
        settle(&mut player, &sample.bytes[..grown_to], 4096);
    }
    assert_eq!(player.speed(), 1.0, "who catches up stays at now");
    assert!(player.picture() == Some(sample.picture_at(newest_us)));

    player.set_speed(2.0);
    assert!(player.following() && player.speed() == 1.0, "nothing is faster than now");
    player.set_speed(0.5);
    assert!(!player.following() && player.playing(), "slower falls behind");

    player.pause();
    let paused_us = player.position_us();
    assert!(player.feed_tail(grown_to as u64, &sample.bytes[grown_to..ends[ends.len() - 6]]));
    settle(&mut player, &sample.bytes[..opened_at], 4096);
    assert_eq!(player.position_us(), paused_us, "paused is paused");
}

#[test]
fn a_recording_without_a_picture_yet_waits_for_it() {
    let sample = sample(12);
    let header_end = block_ends(&sample.bytes)[0];
    let mut player = Player::new(&sample.opening(header_end, true)).unwrap();
    player.go_live();
    assert_eq!(player.run(8), Progress::Hungry);
    assert_eq!(player.wanted(), None, "only the tail can bring it");
    assert!(player.feed_tail(header_end as u64, &sample.bytes[header_end..]));
    assert_eq!(player.run(1000), Progress::Settled);
    assert!(player.picture() == Some(sample.picture_at(11 * FRAME_US)));
    assert!(!player.happenings().is_empty(), "events of the tail are on the map");
}
