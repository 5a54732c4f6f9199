//! Steps in both directions, and playing backwards: exact, and without decoding a group for each step.

use player::Player;
use recording::Monitor;

use crate::sample::{Canvas, FRAME_US, Sample, sample, settle, sized, sparse};

fn check(player: &mut Player, canvas: &mut Canvas, sample: &Sample) {
    canvas.draw(player);
    let expected = sample.picture_at(player.position_us());
    assert!(player.picture() == Some(expected), "picture at {} µs", player.position_us());
    assert!(canvas.pixels == expected.pixels(), "drawn at {} µs", player.position_us());
    assert_eq!(player.picture_us(), Some(player.position_us()));
    let step = (player.position_us() / FRAME_US) as i32;
    assert_eq!(player.pointer().map(|pointer| pointer.x), Some(step), "the pointer at {step}");
}

/// When the picture of a sample of so many steps changes.
fn changes(steps: u64) -> Vec<u64> {
    (0..steps).filter(|step| step % 13 < 9).map(|step| step * FRAME_US).collect()
}

#[test]
fn a_group_is_decoded_once_for_all_steps_back_through_it() {
    let sample = sample(60);
    let changes = changes(60);
    let (mut player, mut canvas) = (sample.player(), Canvas::default());
    player.seek(sample.end_us());
    settle(&mut player, &sample.bytes, 1 << 20);
    canvas.draw(&mut player);
    let mut decoded = 0;
    for expected in changes.iter().rev().skip(1) {
        player.step_back();
        decoded += u32::from(!player.settled());
        settle(&mut player, &sample.bytes, 1 << 20);
        assert_eq!(player.position_us(), *expected);
        check(&mut player, &mut canvas, &sample);
    }
    let groups = sample.opening(sample.bytes.len(), false).index.groups.len() as u32;
    assert!(decoded <= groups, "decoded {decoded} times for {groups} groups");
    player.step_back();
    settle(&mut player, &sample.bytes, 1 << 20);
    assert_eq!(player.position_us(), 0, "there is nothing before the first");
}

#[test]
fn any_walk_shows_the_change_that_it_leads_to() {
    let sample = sized(60, |step| if step < 31 { (160, 120) } else { (90, 200) });
    let changes = changes(60);
    let (mut player, mut canvas) = (sample.player(), Canvas::default());
    settle(&mut player, &sample.bytes, 4096);
    canvas.draw(&mut player);
    let (mut at, mut seed) = (0_usize, 7_u32);
    for step in 0..400 {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        // First mostly forwards, then mostly backwards.
        if (seed >> 24) % 8 < (if step < 200 { 5 } else { 3 }) {
            player.step_forward();
            at = (at + 1).min(changes.len() - 1);
        } else {
            player.step_back();
            at = at.saturating_sub(1);
        }
        settle(&mut player, &sample.bytes, 4096);
        assert_eq!(player.position_us(), changes[at], "after {step} steps");
        check(&mut player, &mut canvas, &sample);
    }
}

#[test]
fn a_seek_or_playing_leaves_what_steps_kept() {
    let sample = sample(60);
    for then in [|player: &mut Player| player.seek(2_000_000), Player::play, |player: &mut Player| player.seek(0)] {
        let (mut player, mut canvas) = (sample.player(), Canvas::default());
        player.seek(2_100_000);
        settle(&mut player, &sample.bytes, 1 << 20);
        for _ in 0..4 {
            player.step_back();
            settle(&mut player, &sample.bytes, 1 << 20);
        }
        let held = player.held_bytes();
        canvas.draw(&mut player);
        then(&mut player);
        for _ in 0..20 {
            settle(&mut player, &sample.bytes, 1 << 20);
            canvas.draw(&mut player);
            let expected = sample.picture_at(player.position_us());
            assert!(player.picture() == Some(expected) && canvas.pixels == expected.pixels());
            player.advance(20_000);
        }
        assert!(player.held_bytes() < held);
    }
}

#[test]
fn playing_backwards_takes_a_change_each_tenth_of_a_second_and_passes_rests_by() {
    let sample = sample(60);
    let changes = changes(60);
    for speed in [1.0, 4.0] {
        let (mut player, mut canvas) = (sample.player(), Canvas::default());
        player.seek(sample.end_us());
        settle(&mut player, &sample.bytes, 1 << 20);
        player.set_speed(speed);
        player.play_backwards();
        let (mut seen, mut ticks) = (vec![*changes.last().unwrap()], 0);
        while player.playing() {
            assert!(player.backwards());
            player.advance(16_667);
            ticks += 1;
            settle(&mut player, &sample.bytes, 1 << 20);
            if player.position_us() < *seen.last().unwrap() {
                seen.push(player.position_us());
                check(&mut player, &mut canvas, &sample);
            }
        }
        assert!(!player.backwards() && player.position_us() == 0);
        assert_eq!(seen, changes.iter().rev().copied().collect::<Vec<_>>(), "at speed {speed}");
        let expected = changes.len() as f64 / speed * 100_000.0 / 16_667.0;
        assert!((f64::from(ticks) - expected).abs() < expected / 3.0, "{ticks} ticks, not {expected}");
    }
}

#[test]
fn rests_between_groups_are_passed_by_on_demand() {
    // The first group's end is not known: the header's second copy comes after the rest and belongs to it.
    let sample = sparse(&[0, 5, 200, 203, 400, 401]);
    for (skip, expected_ticks) in [(false, 406_i32), (true, 246)] {
        let mut player = sample.player();
        player.skip_rests(skip);
        player.play();
        let (mut ticks, mut seen) = (0, Vec::new());
        while player.playing() {
            settle(&mut player, &sample.bytes, 1 << 20);
            seen.extend(player.picture_us());
            player.advance(100_000);
            ticks += 1;
        }
        seen.dedup();
        assert_eq!(seen, [0, 500_000, 20_000_000, 20_300_000, 40_000_000, 40_100_000]);
        assert!((ticks - expected_ticks).abs() < 5, "{ticks} ticks with skipping {skip}");
    }
}

#[test]
fn time_that_decoding_took_is_made_up_for_within_bounds() {
    let sample = sample(60);
    let mut player = sample.player();
    settle(&mut player, &sample.bytes, 1 << 20);
    player.feed(0, &sample.bytes);
    player.play();
    player.advance(500_000);
    assert!(!player.settled());
    assert!(!player.run(1).hungry(), "there is more to decode");
    player.advance(100_000);
    player.advance(9_000_000);
    assert_eq!(player.position_us(), 500_000, "not while the picture is another");
    settle(&mut player, &sample.bytes, 1 << 20);
    player.advance(10_000);
    assert_eq!(player.position_us(), 500_000 + 250_000 + 10_000);
}

#[test]
fn monitors_are_those_of_the_group_and_lie_on_the_picture() {
    let monitor = |x: u32, width: u32| Monitor { name: format!("M{x}"), x, y: 0, width, height: 120, primary: x == 0 };
    let layouts = [vec![], vec![monitor(0, 80), monitor(80, 500)], vec![monitor(0, 40), monitor(900, 10)]];
    let sample = sample(60).with_monitors(|group| layouts[group as usize % 3].clone());
    let starts: Vec<u64> = sample.opening(sample.bytes.len(), false).index.groups.iter().map(|g| g.start_us).collect();
    let mut player = sample.player();
    for (group, start_us) in starts.iter().enumerate().rev() {
        player.seek(start_us + 150_000);
        for _ in 0..2 {
            settle(&mut player, &sample.bytes, 1 << 20);
            let shown: Vec<_> = player.monitors().iter().map(|monitor| (monitor.x, monitor.width)).collect();
            let expected = [vec![], vec![(0, 80), (80, 80)], vec![(0, 40)]];
            assert_eq!(shown, expected[group % 3], "in group {group}");
            player.step_back();
        }
    }
}

#[test]
fn a_live_desktop_at_rest_is_opened_at_now() {
    let sample = sample(30);
    let mut opening = sample.opening(sample.bytes.len(), true);
    let newest = opening.index.duration_us;
    opening.rested_us = 95_000_000;
    let mut player = Player::new(&opening).unwrap();
    player.go_live();
    assert_eq!((player.edge_us(), player.position_us()), (newest + 95_000_000, newest + 95_000_000));
    settle(&mut player, &sample.bytes, 1 << 20);
    assert!(player.picture() == Some(sample.picture_at(newest)), "what it rests with");
    opening.live = false;
    assert_eq!(Player::new(&opening).unwrap().edge_us(), newest, "a finished one ends with its last block");
}

#[test]
fn steps_that_are_asked_for_faster_than_pictures_come_all_count() {
    let sample = sample(60);
    let changes = changes(60);
    let start = changes.len() / 2;
    for (forward, steps) in [(false, 1), (false, 3), (false, 9), (true, 1), (true, 3), (true, 9)] {
        let mut player = sample.player();
        player.seek(changes[start]);
        settle(&mut player, &sample.bytes, 4096);
        for _ in 0..steps {
            if forward { player.step_forward() } else { player.step_back() }
        }
        settle(&mut player, &sample.bytes, 4096);
        let expected = if forward { changes[start + steps] } else { changes[start - steps] };
        assert_eq!(player.position_us(), expected, "{steps} steps, forward: {forward}");
        assert!(player.picture() == Some(sample.picture_at(expected)));
    }
}

#[test]
fn a_pause_is_passed_by_when_playing_and_says_why_where_it_is_sought() {
    let whole = sample(60);
    let (from_us, to_us) = (1_500_000, 3_900_000);
    let sample = Sample { bytes: whole.paused(from_us, to_us, "Payroll: salaries"), pictures: Vec::new() };
    let mut player = sample.player();
    player.play();
    let mut seen = Vec::new();
    while player.playing() {
        settle(&mut player, &sample.bytes, 1 << 20);
        seen.push(player.position_us());
        player.advance(100_000);
    }
    assert!(seen.iter().any(|at| (from_us - 200_000..from_us).contains(at)));
    assert!(seen.iter().any(|at| (to_us..to_us + 200_000).contains(at)), "{seen:?}");
    assert!(!seen.iter().any(|at| (from_us..to_us).contains(at)), "{seen:?}");
    player.seek(2_000_000);
    settle(&mut player, &sample.bytes, 1 << 20);
    let Some(player::Notice::Gap(gap)) = player.notice() else { panic!("nothing is said of the pause") };
    assert_eq!((gap.reason.as_str(), gap.text.as_str()), ("paused", "Payroll: salaries"));
}
