//! A seek that was expected: it shows what it should, and at once.

use player::{Player, Progress};

use crate::sample::{Canvas, FRAME_US, Sample, sample, settle};

/// Gives the player what it wants for the expected moment, and lets it decode. Returns the bytes fetched.
fn get_ready(player: &mut Player, sample: &Sample) -> u64 {
    let mut fetched = 0;
    for _ in 0..10_000 {
        match player.run_expected(1) {
            Progress::Settled => return fetched,
            Progress::More => {}
            Progress::Hungry => {
                let wanted: Vec<_> = player.wanted_for_expected().into_iter().flatten().collect();
                assert!(!wanted.is_empty(), "hungry and without a wish");
                for range in wanted {
                    fetched += range.end - range.start;
                    player.feed(range.start, &sample.bytes[range.start as usize..range.end as usize]);
                }
            }
        }
    }
    panic!("it never gets ready");
}

fn opened(sample: &Sample) -> Player {
    let mut player = sample.player();
    settle(&mut player, &sample.bytes, 4096);
    player
}

#[test]
fn an_expected_place_is_shown_without_a_byte_or_a_picture_more() {
    let sample = sample(100);
    for time_us in (0..sample.end_us()).step_by(3 * FRAME_US as usize) {
        let mut player = opened(&sample);
        let mut canvas = Canvas::default();
        canvas.draw(&mut player);
        player.expect(time_us);
        get_ready(&mut player, &sample);
        assert_eq!(player.position_us(), 0, "nothing is shown of it before somebody goes there");
        assert!(player.settled() && player.picture() == Some(sample.picture_at(0)));
        player.seek(time_us);
        // No picture may be decoded and no byte come; what is in the same group as the start is decoded from there on.
        let far = time_us > 1_200_000;
        let progress = player.run(if far { 1 } else { 100 });
        assert_eq!(progress, Progress::Settled, "at {time_us}");
        canvas.draw(&mut player);
        assert!(player.picture() == Some(sample.picture_at(time_us)), "at {time_us}");
        assert!(canvas.pixels == sample.picture_at(time_us).pixels(), "drawn at {time_us}");
        assert_eq!(player.pointer().map(|pointer| pointer.x), Some((time_us / FRAME_US) as i32));
    }
}

#[test]
fn going_elsewhere_is_as_if_nothing_had_been_expected() {
    let sample = sample(100);
    let mut player = opened(&sample);
    player.expect(7_450_000);
    assert_eq!(player.run_expected(1), Progress::Hungry);
    assert!(player.wanted_for_expected()[0].is_some());
    player.expect_nothing();
    assert_eq!(player.wanted_for_expected(), [None, None]);
    player.expect(7_450_000);
    get_ready(&mut player, &sample);
    for time_us in [3_000_000, 7_500_000, 7_400_000, 0] {
        player.seek(time_us);
        assert!(player.wanted_for_expected().iter().all(Option::is_none), "what is wanted comes first");
        settle(&mut player, &sample.bytes, 1000);
        assert!(player.picture() == Some(sample.picture_at(time_us)), "at {time_us}");
    }
}

#[test]
fn what_is_shown_goes_on_while_something_is_got_ready() {
    let sample = sample(100);
    let (mut player, mut canvas) = (opened(&sample), Canvas::default());
    player.play();
    player.expect(7_450_000);
    while player.playing() {
        settle(&mut player, &sample.bytes, 5000);
        canvas.draw(&mut player);
        assert!(canvas.pixels == sample.picture_at(player.position_us()).pixels(), "{}", player.position_us());
        if player.run_expected(1) == Progress::Hungry {
            for range in player.wanted_for_expected().into_iter().flatten() {
                player.feed(range.start, &sample.bytes[range.start as usize..range.end as usize]);
            }
        }
        player.advance(16_667);
    }
}
