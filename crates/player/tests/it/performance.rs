//! How busy the machine was, out of the events of a recording.

use crate::sample::{FRAME_US, Sample, opening, sample, settle};
use player::{Figures, PerformanceWanted, Player, Progress};
use recording::{BlockKind, BlockWriter, Event, split_blocks};

const EVENT_US: u64 = 15_000_000;
/// Events come a little later than every fifteen seconds.
const LATE_US: u64 = 40_000;

/// What was told when: second by second, processors busy by the number of the second.
fn told(number: u64) -> Event {
    let seconds = || (number - 1) * 15..number * 15;
    Event::new("performance")
        .with("cpu_percents", seconds().map(|second| second % 100).collect::<Vec<_>>())
        .with("memory_megabytes", seconds().map(|second| 1000 + second).collect::<Vec<_>>())
        .with("received", seconds().map(|second| second * 1000).collect::<Vec<_>>())
        .with("sent", vec![500; 15])
        .with("round_trip_ms", number)
}

/// The same recording with such an event every fifteen seconds, in the groups where they belong. Without pictures, if asked.
fn busy(sample: &Sample, pictures: bool) -> Vec<u8> {
    let (mut bytes, mut number) = (Vec::new(), 1);
    for block in split_blocks(0, &sample.bytes).unwrap() {
        let is_data = block.known_kind() == Some(BlockKind::Data);
        match block.known_kind() {
            Some(BlockKind::Index | BlockKind::Footer) => continue,
            Some(BlockKind::Data) if block.track == 3 || pictures => bytes.extend_from_slice(&block.bytes),
            Some(BlockKind::Data) => {}
            _ => bytes.extend_from_slice(&block.bytes),
        }
        let due_us = number * EVENT_US + LATE_US;
        if is_data && block.time_us >= due_us {
            BlockWriter::new().event(3, due_us, &told(number), &mut bytes).unwrap();
            number += 1;
        }
    }
    assert!(number > 3, "there are some");
    bytes
}

/// Delivers what is wanted for figures, `piece` bytes at a time. Returns how many bytes that took.
fn read(player: &mut Player, bytes: &[u8], piece: usize) -> usize {
    let mut fetched = 0;
    for _ in 0..1_000_000 {
        match player.run_performance() {
            Progress::Settled => return fetched,
            Progress::More => {}
            Progress::Hungry => {
                let wanted = player.wanted_for_performance().expect("a hungry reader says what it wants");
                let (from, to) = (wanted.start as usize, (wanted.end as usize).min(wanted.start as usize + piece));
                player.feed(wanted.start, &bytes[from..to]);
                fetched += to - from;
            }
        }
    }
    panic!("it never comes to an end");
}

fn opened(bytes: &[u8], wanted: PerformanceWanted) -> Player {
    let mut player = Player::new(&opening(bytes, false)).unwrap();
    player.want_performance(wanted);
    settle(&mut player, bytes, 4096);
    player
}

#[test]
fn the_figures_of_any_position_are_those_of_its_five_seconds() {
    let bytes = busy(&sample(620), true);
    let mut player = opened(&bytes, PerformanceWanted::Here);
    assert!(player.has_picture());
    for second in [3, 44, 7, 21, 59, 0, 30] {
        player.seek(second * 1_000_000 + 100_000);
        settle(&mut player, &bytes, 4096);
        read(&mut player, &bytes, 5000);
        let here = player.figures().unwrap_or_else(|| panic!("nothing at {second}"));
        let middle = second / 5 * 5 + 2;
        assert_eq!(here.cpu_percent, middle as f64, "at {second}");
        assert_eq!(here.memory_bytes, (1000 + middle) as f64 * 1e6);
        assert_eq!((here.received_bytes, here.sent_bytes), (middle as f64 * 1000.0, 500.0));
        assert_eq!(here.round_trip_ms, Some((second / 15 + 1) as f64));
        assert!(player.performance_is_read());
    }
    // After the last event nothing is known, and nothing is fetched again to find that out.
    player.seek(61_900_000);
    settle(&mut player, &bytes, 4096);
    read(&mut player, &bytes, 5000);
    assert_eq!(player.figures(), None);
    assert!(player.performance_is_read() && player.wanted_for_performance().is_none());
}

#[test]
fn a_position_takes_no_more_of_a_long_recording_than_what_is_around_it() {
    let bytes = busy(&sample(1500), true);
    let mut player = opened(&bytes, PerformanceWanted::Here);
    player.seek(70_000_000);
    settle(&mut player, &bytes, 4096);
    let fetched = read(&mut player, &bytes, 1000);
    assert!(player.figures().is_some());
    assert!(fetched < bytes.len() / 5, "{fetched} of {}", bytes.len());
    player.want_performance(PerformanceWanted::Nothing);
    player.seek(20_000_000);
    settle(&mut player, &bytes, 4096);
    assert_eq!(player.run_performance(), Progress::Settled);
    assert_eq!(player.wanted_for_performance(), None, "nobody wants to see any");
}

#[test]
fn playing_on_at_any_speed_shows_every_five_seconds() {
    let bytes = busy(&sample(620), true);
    let mut player = opened(&bytes, PerformanceWanted::Here);
    player.set_speed(8.0);
    player.play();
    let mut seen = Vec::new();
    while player.playing() {
        settle(&mut player, &bytes, 4096);
        read(&mut player, &bytes, 4096);
        seen.extend(player.figures().map(|figures| figures.cpu_percent as u64));
        player.advance(16_000);
    }
    seen.dedup();
    assert_eq!(seen, (0..12).map(|five| five * 5 + 2).collect::<Vec<_>>());
}

#[test]
fn all_of_a_recording_without_a_picture_is_read() {
    let bytes = busy(&sample(1500), false);
    let mut player = opened(&bytes, PerformanceWanted::Whole);
    assert!(!player.has_picture());
    read(&mut player, &bytes, 3000);
    let all: Vec<Figures> = player.all_figures().copied().collect();
    assert_eq!(all.len(), 9 * 3);
    let expected: Vec<f64> = (0..27).map(|five| ((five * 5 + 2) % 100) as f64).collect();
    assert_eq!(all.iter().map(|figures| figures.cpu_percent).collect::<Vec<_>>(), expected);
    assert!(player.performance_is_read());
    assert!(all.windows(2).all(|pair| pair[1].from_us - pair[0].to_us <= 2 * LATE_US));
    assert_eq!(player.happenings().len(), 150, "they stand in no list of events");
}

#[test]
fn bytes_that_are_gone_or_damaged_cost_only_themselves() {
    let mut bytes = busy(&sample(1500), false);
    let opening = opening(&bytes, false);
    let (third, length) = (bytes.len() / 3, bytes.len());
    bytes[third..third + 40].fill(0xA5);
    let mut player = Player::new(&opening).unwrap();
    player.want_performance(PerformanceWanted::Whole);
    settle(&mut player, &bytes, 4096);
    let gone = (length / 2) as u64..(length / 2 + length / 6) as u64;
    player.unavailable(gone.clone());
    settle(&mut player, &bytes, 4096);
    loop {
        match player.run_performance() {
            Progress::Settled => break,
            Progress::More => {}
            Progress::Hungry => {
                let wanted = player.wanted_for_performance().unwrap();
                let end = if wanted.start < gone.start { wanted.end.min(gone.start) } else { wanted.end };
                player.feed(wanted.start, &bytes[wanted.start as usize..end as usize]);
            }
        }
    }
    let some = player.all_figures().count();
    assert!((12..27).contains(&some), "{some}");
    assert!(player.all_figures().any(|figures| figures.from_us > 110_000_000), "what follows is read");
}

#[test]
fn of_a_live_recording_the_newest_are_shown_until_the_next_come() {
    let bytes = busy(&sample(620), true);
    let ends: Vec<usize> = split_blocks(0, &bytes).unwrap().iter().map(|block| block.end() as usize).collect();
    let opened_at = *ends.iter().find(|end| **end > bytes.len() / 2).unwrap();
    let mut player = Player::new(&opening(&bytes[..opened_at], true)).unwrap();
    player.want_performance(PerformanceWanted::Here);
    player.go_live();
    settle(&mut player, &bytes[..opened_at], 4096);
    let events = player.happenings().len();
    let before_the_end = ends[ends.len() - 6];
    assert!(player.feed_tail(opened_at as u64, &bytes[opened_at..before_the_end]));
    player.advance(0);
    settle(&mut player, &bytes[..opened_at], 4096);
    assert_eq!(player.run_performance(), Progress::Settled, "the tail brings them by itself");
    assert_eq!(player.figures().map(|figures| figures.cpu_percent), Some(57.0));
    assert!(player.happenings()[events..].iter().all(|event| event.kind != "performance"));
    player.advance(30_000_000);
    assert_eq!(player.figures(), None, "too old to be those of now");
    // Looking back, what lies before the tail is read.
    player.seek(17_000_000);
    settle(&mut player, &bytes[..opened_at], 4096);
    read(&mut player, &bytes[..opened_at], 4096);
    assert_eq!(player.figures().map(|figures| figures.cpu_percent), Some(17.0));
    player.seek(51 * 10 * FRAME_US);
    settle(&mut player, &bytes, 4096);
    assert_eq!(player.figures().map(|figures| figures.cpu_percent), Some(52.0));
}
