use std::collections::BTreeMap;

use events::{Folding, INTERVAL_US, WHOLE_PER_INTERVAL};
use proptest::prelude::*;
use recording::Event;

/// How many events one stands for.
fn count(event: &Event) -> u64 {
    event.fields.get("count").map_or(1, |count| count.as_u64().unwrap())
}

#[test]
fn a_few_events_stand_whole_and_at_once() {
    let mut folding = Folding::default();
    for at in 0..u64::from(WHOLE_PER_INTERVAL) {
        assert_eq!(folding.offer(Event::new("lock"), at), Some(Event::new("lock")));
    }
    assert_eq!(folding.due_us(), None);
    assert_eq!(folding.take(INTERVAL_US * 5), []);
    assert_eq!(folding.offer(Event::new("lock"), INTERVAL_US * 5), Some(Event::new("lock")));
}

#[test]
fn a_flood_becomes_a_count_an_interval_and_harms_no_other_kind() {
    let mut folding = Folding::default();
    let mut told = Vec::new();
    for at in 0..5_000_u64 {
        let now_us = at * 1_000;
        told.extend(folding.offer(Event::new("flood").with("number", at), now_us));
        told.extend(folding.take(now_us));
        if at % 1_000 == 500 {
            assert!(folding.offer(Event::new("lock"), now_us).is_some());
        }
    }
    told.extend(folding.finish());
    assert_eq!(told.iter().map(count).sum::<u64>(), 5_000);
    assert_eq!(told.len(), WHOLE_PER_INTERVAL as usize + 5);
    let last = told.last().unwrap();
    assert_eq!(last.fields["number"], 4_999, "it is the last one that stands for the others");
}

#[test]
fn kinds_without_number_are_folded_too() {
    let mut folding = Folding::default();
    let whole = (0..10_000).filter(|at| folding.offer(Event::new(&format!("kind-{at}")), 0).is_some()).count();
    assert_eq!(whole, 64 + WHOLE_PER_INTERVAL as usize);
    let told = folding.finish();
    assert_eq!(told.iter().map(count).sum::<u64>() + whole as u64, 10_000);
}

#[test]
fn what_could_not_be_told_is_counted_later() {
    let mut folding = Folding::default();
    let whole = folding.offer(Event::new("lock").with("number", 1), 0).unwrap();
    folding.put_back(whole, 0);
    assert_eq!(folding.due_us(), Some(INTERVAL_US));
    assert_eq!(folding.offer(Event::new("lock").with("number", 2), 5), None, "it comes after what waits");
    let counts = folding.take(INTERVAL_US);
    assert_eq!(counts, [Event::new("lock").with("number", 2).with("count", 2)]);
    folding.put_back(counts[0].clone(), INTERVAL_US);
    assert_eq!(folding.due_us(), Some(2 * INTERVAL_US), "nobody is asked again at once");
    assert_eq!(folding.take(2 * INTERVAL_US), counts);
}

proptest! {
    #[test]
    fn nothing_is_lost_nothing_is_doubled(
        steps in prop::collection::vec((0..4_u8, 0..400_000_u64, 1..60_u8, any::<bool>()), 1..200)
    ) {
        let mut folding = Folding::default();
        let (mut given, mut told) = (BTreeMap::<String, u64>::new(), Vec::new());
        let mut now_us = 0;
        for (kind, pause_us, times, is_full) in steps {
            now_us += pause_us;
            for _ in 0..times {
                let event = Event::new(&kind.to_string());
                *given.entry(event.kind.clone()).or_default() += 1;
                match folding.offer(event, now_us) {
                    Some(event) if is_full => folding.put_back(event, now_us),
                    whole => told.extend(whole),
                }
            }
            if folding.due_us().is_some_and(|due_us| due_us <= now_us) {
                for event in folding.take(now_us) {
                    if is_full { folding.put_back(event, now_us) } else { told.push(event) }
                }
                prop_assert!(folding.due_us().is_none_or(|due_us| due_us > now_us));
            }
        }
        told.extend(folding.finish());
        let mut counted = BTreeMap::<String, u64>::new();
        for event in &told {
            *counted.entry(event.kind.clone()).or_default() += count(event);
        }
        prop_assert_eq!(given, counted);
    }
}
