//! Floods of events, folded into counts: a program that does something a thousand times a second must not fill the recording, nor
//! hold up who tells of it.

use std::collections::BTreeMap;

use recording::{Event, event_kinds};

/// So long is counted before a count is told, in microseconds.
pub const INTERVAL_US: u64 = 1_000_000;
/// Of each kind so many events an interval stand whole; more are counted.
pub const WHOLE_PER_INTERVAL: u32 = 20;
/// The field of an event that stands for others, too.
const COUNT: &str = "count";
/// Kinds that are told apart; what comes beyond them is counted as one.
const MAX_KINDS: usize = 64;

/// Folds the events of one session. What is given in comes out: whole, or in the field `count` of one that stands for it and others of
/// its kind: the last of them.
#[derive(Debug, Default)]
pub struct Folding {
    kinds: BTreeMap<String, Burst>,
}

/// What came of one kind in the interval that is under way.
#[derive(Debug)]
struct Burst {
    began_us: u64,
    whole: u32,
    folded: u64,
    last: Option<Event>,
}

impl Folding {
    /// An event that happens now. It comes back if it is to stand whole. `now_us` never goes back.
    pub fn offer(&mut self, event: Event, now_us: u64) -> Option<Event> {
        let burst = self.burst(sort(&event), now_us);
        if burst.folded == 0 && now_us >= burst.began_us.saturating_add(INTERVAL_US) {
            (burst.began_us, burst.whole) = (now_us, 0);
        }
        if burst.folded == 0 && burst.whole < WHOLE_PER_INTERVAL {
            burst.whole += 1;
            return Some(event);
        }
        burst.folded += 1;
        burst.last = Some(event);
        None
    }

    /// What came out and could not be told: it is counted with what comes later.
    pub fn put_back(&mut self, mut event: Event, now_us: u64) {
        let count = event.fields.remove(COUNT).and_then(|count| count.as_u64()).unwrap_or(1);
        let burst = self.burst(sort(&event), now_us);
        burst.folded = burst.folded.saturating_add(count);
        burst.last.get_or_insert(event);
    }

    fn burst(&mut self, kind: String, now_us: u64) -> &mut Burst {
        let key = if self.kinds.len() < MAX_KINDS || self.kinds.contains_key(&kind) { kind } else { String::new() };
        self.kinds.entry(key).or_insert(Burst { began_us: now_us, whole: 0, folded: 0, last: None })
    }

    /// When counts are to be taken at the latest; `None`: nothing was folded.
    pub fn due_us(&self) -> Option<u64> {
        let folded = self.kinds.values().filter(|burst| burst.folded > 0);
        folded.map(|burst| burst.began_us.saturating_add(INTERVAL_US)).min()
    }

    /// The counts of all intervals that are over now: for each kind the last event of those that were folded, with their number as
    /// `count`. What goes on is folded on: one event an interval.
    pub fn take(&mut self, now_us: u64) -> Vec<Event> {
        let due = |burst: &&mut Burst| burst.folded > 0 && now_us >= burst.began_us.saturating_add(INTERVAL_US);
        self.kinds.values_mut().filter(due).filter_map(|burst| burst.take(now_us)).collect()
    }

    /// All counts, at the end.
    pub fn finish(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.kinds).into_values().filter_map(|mut burst| burst.take(u64::MAX)).collect()
    }
}

/// What is counted together: the kind; of responses, those of one action that came to the same, so that a lock stands whole in a flood of
/// mail.
fn sort(event: &Event) -> String {
    if event.kind != event_kinds::RESPONSE {
        return event.kind.clone();
    }
    let word = |field| event.fields.get(field).and_then(|word| word.as_str()).unwrap_or_default();
    let outcome = word("outcome").split(':').next().unwrap_or_default();
    format!("{} {} {outcome}", event.kind, word("action"))
}

impl Burst {
    fn take(&mut self, now_us: u64) -> Option<Event> {
        let event = self.last.take()?.with(COUNT, self.folded);
        // A flood that goes on has no whole events in the next interval.
        (self.began_us, self.whole, self.folded) = (now_us, WHOLE_PER_INTERVAL, 0);
        Some(event)
    }
}
