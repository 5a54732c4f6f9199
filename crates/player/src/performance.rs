//! How busy the recorded machine was: five-second averages out of the recording's own events, which no index lists.

use std::collections::BTreeMap;

use recording::{Event, event_kinds};
use serde_json::Value;

/// Seconds that are averaged.
const AVERAGED: usize = 5;
/// An event tells of no more seconds than this; of one that claims to, these are read.
const MOST_SECONDS: usize = 60;
/// Averages that are kept: those of a whole day. When there are more, neighbours are merged.
pub(crate) const MAX_FIGURES: usize = 17_280;
/// The longest time that one event tells of, and with it how late after a moment the event comes that tells of it, in microseconds.
pub(crate) const LATEST_US: u64 = 20_000_000;
const SECOND_US: u64 = 1_000_000;

/// What a machine did over a few seconds, on average.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Figures {
    /// First moment that these stand for, in microseconds since the recording's start.
    pub from_us: u64,
    /// First moment that they no longer stand for.
    pub to_us: u64,
    /// Of all processors, 0 to 100.
    pub cpu_percent: f64,
    /// Memory in use.
    pub memory_bytes: f64,
    /// In from the network, a second.
    pub received_bytes: f64,
    /// Out to the network, a second.
    pub sent_bytes: f64,
    /// The network's round trip to the client, where it is known.
    pub round_trip_ms: Option<f64>,
}

impl Figures {
    /// Both as one.
    fn and(&self, next: &Figures) -> Figures {
        let (one, other) = ((self.to_us - self.from_us) as f64, (next.to_us - next.from_us) as f64);
        let mean = |a: f64, b: f64| (a * one + b * other) / (one + other).max(1.0);
        Figures {
            from_us: self.from_us,
            to_us: next.to_us.max(self.to_us),
            cpu_percent: mean(self.cpu_percent, next.cpu_percent),
            memory_bytes: mean(self.memory_bytes, next.memory_bytes),
            received_bytes: mean(self.received_bytes, next.received_bytes),
            sent_bytes: mean(self.sent_bytes, next.sent_bytes),
            round_trip_ms: match (self.round_trip_ms, next.round_trip_ms) {
                (Some(a), Some(b)) => Some(mean(a, b)),
                (a, b) => a.or(b),
            },
        }
    }
}

/// All figures read so far, by the moment that they begin at.
#[derive(Debug, Default)]
pub(crate) struct Log {
    known: BTreeMap<u64, Figures>,
    version: u32,
}

impl Log {
    /// Takes an event of the kind `performance` that came at this time. What is known already stays.
    pub(crate) fn take(&mut self, time_us: u64, event: &Event) {
        let told = averages(time_us, event);
        for figures in told {
            // An event may be read again, after its neighbours have been merged.
            let is_known = self.known.range(..=figures.from_us).next_back().is_some_and(|(_, known)| {
                known.from_us == figures.from_us || known.to_us > figures.from_us + SECOND_US
            });
            if !is_known {
                self.known.insert(figures.from_us, figures);
                self.version = self.version.wrapping_add(1);
            }
        }
        if self.known.len() > MAX_FIGURES {
            self.merge_neighbours();
        }
    }

    fn merge_neighbours(&mut self) {
        let all: Vec<Figures> = std::mem::take(&mut self.known).into_values().collect();
        let merge = |pair: &[Figures]| pair[1..].iter().fold(pair[0], |one, other| one.and(other));
        self.known = all.chunks(2).map(merge).map(|figures| (figures.from_us, figures)).collect();
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &Figures> {
        self.known.values()
    }

    /// Those that stand for a moment. Events come a little later than the seconds that they tell of: so far the last ones hold.
    pub(crate) fn at(&self, time_us: u64) -> Option<&Figures> {
        self.before(time_us).filter(|figures| time_us < figures.to_us.saturating_add(SECOND_US))
    }

    /// The newest that begin no later than this.
    pub(crate) fn before(&self, time_us: u64) -> Option<&Figures> {
        self.known.range(..=time_us).next_back().map(|(_, figures)| figures)
    }

    /// Changes when there are more.
    pub(crate) fn version(&self) -> u32 {
        self.version
    }
}

/// Whether an event is one that figures come from.
pub(crate) fn tells(event: &Event) -> bool {
    event.kind == event_kinds::PERFORMANCE
}

/// The averages that an event tells of, five seconds each; the last of its seconds ends when the event came.
fn averages(time_us: u64, event: &Event) -> Vec<Figures> {
    let list = |name: &str| -> Vec<f64> {
        let values = event.fields.get(name).and_then(Value::as_array);
        let numbers = values.into_iter().flatten().map(|value| value.as_f64().unwrap_or(0.0).max(0.0));
        numbers.take(MOST_SECONDS).collect()
    };
    let (cpu, memory) = (list("cpu_percents"), list("memory_megabytes"));
    let (received, sent) = (list("received"), list("sent"));
    let round_trip_ms = event.fields.get("round_trip_ms").and_then(Value::as_f64).filter(|ms| *ms >= 0.0);
    let seconds = cpu.len();
    let started_us = time_us.saturating_sub(seconds as u64 * SECOND_US);
    let mean = |of: &[f64], from: usize| {
        let part = of.get(from..of.len().min(from + AVERAGED)).unwrap_or_default();
        part.iter().sum::<f64>() / part.len().max(1) as f64
    };
    let each = (0..seconds).step_by(AVERAGED).map(|from| Figures {
        from_us: started_us.saturating_add(from as u64 * SECOND_US),
        to_us: started_us.saturating_add(seconds.min(from + AVERAGED) as u64 * SECOND_US),
        cpu_percent: mean(&cpu, from).min(100.0),
        memory_bytes: mean(&memory, from) * 1e6,
        received_bytes: mean(&received, from),
        sent_bytes: mean(&sent, from),
        round_trip_ms,
    });
    each.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(cpu: Vec<u64>) -> Event {
        let like = |by: u64| cpu.iter().map(|value| value * by).collect::<Vec<_>>();
        Event::new(event_kinds::PERFORMANCE)
            .with("memory_megabytes", like(10))
            .with("received", like(100))
            .with("sent", like(1))
            .with("cpu_percents", cpu)
    }

    #[test]
    fn an_event_tells_of_the_seconds_before_it_five_at_a_time() {
        let mut log = Log::default();
        log.take(30_000_000, &event((1..=15).collect()).with("round_trip_ms", 12));
        let told: Vec<_> = log.all().map(|figures| (figures.from_us, figures.to_us, figures.cpu_percent)).collect();
        assert_eq!(
            told,
            [(15_000_000, 20_000_000, 3.0), (20_000_000, 25_000_000, 8.0), (25_000_000, 30_000_000, 13.0)]
        );
        let at = log.at(21_000_000);
        let rest = at.map(|at| (at.memory_bytes, at.received_bytes, at.sent_bytes, at.round_trip_ms));
        assert_eq!(rest, Some((80e6, 800.0, 8.0, Some(12.0))));
        assert_eq!(log.at(30_500_000), log.at(29_000_000), "the next event may be late");
        assert_eq!((log.at(14_999_999), log.at(31_000_000)), (None, None));
    }

    #[test]
    fn what_is_read_twice_counts_once() {
        let mut log = Log::default();
        let told = event((1..=15).collect());
        log.take(30_000_000, &told);
        let (version, before) = (log.version(), log.all().copied().collect::<Vec<_>>());
        log.take(30_000_000, &told);
        assert_eq!((log.version(), log.all().copied().collect::<Vec<_>>()), (version, before));
    }

    #[test]
    fn two_days_take_the_room_of_one_and_their_averages_hold() {
        let mut log = Log::default();
        for at in 1..=MAX_FIGURES as u64 * 2 / 3 {
            log.take(at * 15_000_000, &event(vec![at % 100; 15]));
        }
        let known: Vec<_> = log.all().copied().collect();
        assert!(known.len() <= MAX_FIGURES && known.len() > MAX_FIGURES / 2, "{}", known.len());
        assert!(known.windows(2).all(|pair| pair[0].to_us == pair[1].from_us), "nothing is left out");
        let whole: f64 =
            known.iter().map(|figures| figures.cpu_percent * (figures.to_us - figures.from_us) as f64).sum();
        let last_us = known.last().map_or(0, |last| last.to_us) as f64;
        assert!((whole / last_us - 49.5).abs() < 0.1, "{}", whole / last_us);
        let (version, far) = (log.version(), 15_000_000 * 9);
        log.take(far, &event(vec![9; 15]));
        assert_eq!(log.version(), version, "merged ones are known as well");
    }

    #[test]
    fn hostile_numbers_are_bounded() {
        let mut log = Log::default();
        log.take(3, &event(vec![u64::MAX / 200; 4_000]));
        log.take(recording::MAX_TIME_US, &Event::new(event_kinds::PERFORMANCE).with("cpu_percents", "all"));
        log.take(u64::MAX, &event(vec![7; 4]));
        assert!(log.all().count() < 20);
        assert!(log.all().all(|figures| figures.to_us > figures.from_us && figures.cpu_percent <= 100.0));
    }
}
