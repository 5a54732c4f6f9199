//! A finished recording: every moment shows its picture, however one gets there.

use player::Player;
use proptest::prelude::*;

use crate::sample::{Canvas, FRAME_US, Sample, sample, settle, sized};

fn check(player: &mut Player, canvas: &mut Canvas, sample: &Sample) {
    canvas.draw(player);
    let expected = sample.picture_at(player.position_us());
    assert!(player.picture() == Some(expected), "picture at {} µs", player.position_us());
    assert!(canvas.pixels == expected.pixels(), "drawn at {} µs", player.position_us());
}

#[test]
fn every_moment_forwards_and_backwards() {
    let sample = sample(60);
    let (mut player, mut canvas) = (sample.player(), Canvas::default());
    let forwards: Vec<u64> = (0..sample.end_us()).step_by(FRAME_US as usize / 2).collect();
    for time_us in forwards.iter().chain(forwards.iter().rev()).copied() {
        player.seek(time_us);
        settle(&mut player, &sample.bytes, 1000);
        assert_eq!(player.position_us(), time_us);
        check(&mut player, &mut canvas, &sample);
        assert_eq!(player.pointer().map(|pointer| pointer.x), Some((time_us / FRAME_US) as i32));
    }
}

#[test]
fn a_seek_fetches_one_group_at_most_and_what_is_held_is_not_fetched_again() {
    let sample = sample(100);
    let mut player = sample.player();
    player.seek(7_450_000);
    let first = settle(&mut player, &sample.bytes, 64);
    let largest = sample.opening(sample.bytes.len(), false).index.groups.iter().map(|group| group.bytes).max();
    assert!(first > 0 && first as u64 <= largest.unwrap(), "{first} bytes");
    assert_eq!(player.wanted(), None, "a paused player asks for nothing more");
    player.seek(7_400_000);
    assert_eq!(settle(&mut player, &sample.bytes, 64), 0);
}

#[test]
fn a_group_and_what_it_builds_on_are_asked_for_at_once() {
    let sample = sample(100);
    let index = sample.opening(sample.bytes.len(), false).index;
    let group = index.groups.iter().rfind(|group| group.base.is_some()).expect("a group with a base");
    let mut player = sample.player();
    player.seek(group.end_us);
    assert!(player.run(8).hungry());
    let (base, own) = (player.wanted().unwrap(), player.wanted_besides().unwrap());
    assert!(base.end <= own.start && own.start == group.offset, "{base:?} {own:?} {group:?}");
    // The group's own bytes come first, and nothing is asked for twice.
    for range in [own, base] {
        assert!(!player.settled());
        player.feed(range.start, &sample.bytes[range.start as usize..range.end as usize]);
        player.run(1000);
    }
    assert!(player.settled());
    assert_eq!((player.wanted(), player.wanted_besides()), (None, None));
    check(&mut player, &mut Canvas::default(), &sample);
}

#[test]
fn playing_at_every_speed_shows_every_moment_exactly() {
    let sample = sample(60);
    for speed in [0.25, 1.0, 3.0, 32.0] {
        let (mut player, mut canvas) = (sample.player(), Canvas::default());
        player.set_speed(speed);
        player.play();
        let mut ticks = 0u64;
        while player.playing() {
            settle(&mut player, &sample.bytes, 5000);
            check(&mut player, &mut canvas, &sample);
            player.advance(16_667);
            ticks += 1;
        }
        settle(&mut player, &sample.bytes, 5000);
        check(&mut player, &mut canvas, &sample);
        assert!(player.ended() && player.position_us() == sample.end_us());
        let took_us = ticks * 16_667;
        let expected_us = (sample.end_us() as f64 / speed) as u64;
        assert!(took_us.abs_diff(expected_us) <= 40_000, "{took_us} µs at speed {speed}");
    }
}

#[test]
fn playing_waits_for_bytes_and_asks_ahead() {
    let sample = sample(60);
    let mut player = sample.player();
    player.play();
    player.run(8);
    player.advance(500_000);
    assert_eq!(player.position_us(), 0, "time does not pass while the first picture is missing");
    settle(&mut player, &sample.bytes, 1 << 20);
    player.advance(100_000);
    settle(&mut player, &sample.bytes, 1 << 20);
    let ahead = player.wanted().expect("a playing player asks ahead");
    player.feed(ahead.start, &sample.bytes[ahead.start as usize..ahead.end as usize]);
    assert_eq!(player.wanted(), None, "and not without end");
}

#[test]
fn steps_visit_every_change_in_both_directions() {
    let sample = sample(40);
    let changes: Vec<u64> = (0..40).filter(|step| step % 13 < 9).map(|step| step * FRAME_US).collect();
    let (mut player, mut canvas) = (sample.player(), Canvas::default());
    settle(&mut player, &sample.bytes, 4096);
    for expected in &changes[1..] {
        player.step_forward();
        settle(&mut player, &sample.bytes, 4096);
        assert_eq!(player.position_us(), *expected);
        check(&mut player, &mut canvas, &sample);
    }
    player.step_forward();
    settle(&mut player, &sample.bytes, 4096);
    assert_eq!(player.position_us(), *changes.last().unwrap(), "there is nothing after the last change");
    for expected in changes.iter().rev().skip(1) {
        player.step_back();
        settle(&mut player, &sample.bytes, 4096);
        assert_eq!(player.position_us(), *expected);
        check(&mut player, &mut canvas, &sample);
    }
    player.step_back();
    settle(&mut player, &sample.bytes, 4096);
    assert_eq!(player.position_us(), 0);
}

#[test]
fn a_screen_that_changes_its_size() {
    let sample = sized(60, |step| if step < 25 { (160, 120) } else { (90, 200) });
    let (mut player, mut canvas) = (sample.player(), Canvas::default());
    for time_us in [0, 2_400_000, 2_500_000, 5_000_000, 100_000] {
        player.seek(time_us);
        settle(&mut player, &sample.bytes, 4096);
        check(&mut player, &mut canvas, &sample);
    }
}

#[test]
fn the_map_shows_events_and_the_end_can_be_passed_by_nobody() {
    let sample = sample(40);
    let mut player = sample.player();
    assert_eq!(player.happenings().len(), 4);
    assert_eq!((player.happenings()[0].time_us, player.happenings()[0].text.as_str()), (500_000, "step 5"));
    player.seek(u64::MAX);
    settle(&mut player, &sample.bytes, 4096);
    assert_eq!(player.position_us(), sample.end_us());
    assert!(player.picture() == Some(sample.picture_at(u64::MAX)));
    player.set_speed(f64::NAN);
    player.set_speed(1e9);
    assert_eq!(player.speed(), player::MAX_SPEED);
}

#[test]
fn rests_between_groups_are_idle() {
    let sample = sample(60);
    let mut opening = sample.opening(sample.bytes.len(), false);
    opening.index.groups[1].end_us = opening.index.groups[2].start_us - 90_000;
    opening.index.groups[0].end_us = opening.index.groups[1].start_us - 10;
    let player = Player::new(&opening).unwrap();
    let rest = opening.index.groups[1].end_us..opening.index.groups[2].start_us;
    let found = player.idle(90_000);
    assert!(found.contains(&rest) && player.idle(90_001).iter().all(|idle| *idle != rest), "{found:?}");
    assert!(!found.iter().any(|idle| idle.start == opening.index.groups[0].end_us));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever a viewer does, and in whatever pieces bytes come: settled means the right picture.
    #[test]
    fn any_row_of_commands_ends_at_the_right_picture(
        commands in prop::collection::vec((0u8..6, 0u64..7_000_000, 1usize..20_000), 1..30),
    ) {
        let sample = sample(60);
        let (mut player, mut canvas) = (sample.player(), Canvas::default());
        for (command, time_us, piece) in commands {
            match command {
                0 => player.seek(time_us),
                1 => player.play(),
                2 => player.pause(),
                3 => player.step_forward(),
                4 => player.step_back(),
                _ => player.advance(time_us % 300_000),
            }
            // Some commands come while the one before is still under way.
            if piece % 3 == 0 {
                player.run(1);
                canvas.draw(&mut player);
                continue;
            }
            settle(&mut player, &sample.bytes, piece);
            check(&mut player, &mut canvas, &sample);
        }
    }
}
