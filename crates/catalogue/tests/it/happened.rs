//! Events of one kind over all recordings.

use catalogue::{HappenedQuery, NewEvents, RecordedEvent, Visibility, VisibilityRule};

use crate::{Fixture, recording};

fn event(time_us: u64, kind: &str, text: &str) -> RecordedEvent {
    RecordedEvent { time_us, kind: kind.into(), text: text.into() }
}

async fn put(fixture: &Fixture, n: u32, events: Vec<RecordedEvent>) {
    fixture.catalogue.put_recording(&recording(n)).await.unwrap();
    let whole = NewEvents { recording: recording(n).id, first: 0, events, left_out: 0, whole: true };
    fixture.catalogue.note_events(&[whole]).await.unwrap();
}

fn everything() -> HappenedQuery {
    let visibility = Visibility::Everything;
    HappenedQuery { visibility, kind: "response".into(), text: None, from_us: None, to_us: None }
}

async fn texts(fixture: &Fixture, query: &HappenedQuery) -> Vec<String> {
    let found = fixture.catalogue.happened(query).await.unwrap();
    assert_eq!(found.since_us, None);
    found.items.into_iter().map(|one| format!("{} {}", one.user, one.event.text)).collect()
}

#[tokio::test]
async fn events_of_a_kind_come_newest_first_as_far_as_they_may_be_seen() {
    let fixture = Fixture::new().await;
    // The older recording's last response is newer than the younger one's first.
    put(
        &fixture,
        1,
        vec![event(0, "response", "locked"), event(5, "lock", "locked"), event(1_500_000, "response", "late")],
    )
    .await;
    put(&fixture, 2, vec![event(0, "response", "Locked again"), event(7, "responses", "another kind")]).await;
    let all = everything();
    assert_eq!(texts(&fixture, &all).await, ["user1 late", "user2 Locked again", "user1 locked"]);
    let found = fixture.catalogue.happened(&all).await.unwrap();
    assert_eq!((found.items[0].recording, found.items[0].machine.as_str()), (recording(1).id, "fin-03"));
    assert_eq!(found.items[0].at_us, recording(1).start_us + 1_500_000);

    let with = |text: &str| HappenedQuery { text: Some(text.into()), ..everything() };
    assert_eq!(texts(&fixture, &with("LOCKED user2")).await, ["user2 Locked again"]);
    assert_eq!(texts(&fixture, &with("fin-03 late")).await, ["user1 late"]);
    let from = HappenedQuery { from_us: Some(recording(2).start_us), ..everything() };
    assert_eq!(texts(&fixture, &from).await, ["user2 Locked again"], "the other recording had ended");
    let to = HappenedQuery { to_us: Some(recording(2).start_us), ..everything() };
    assert_eq!(texts(&fixture, &to).await, ["user1 locked"]);

    let rule = VisibilityRule { users: vec!["User1".into()], ..VisibilityRule::default() };
    let some = HappenedQuery { visibility: Visibility::Any(vec![rule]), ..everything() };
    assert_eq!(texts(&fixture, &some).await, ["user1 late", "user1 locked"]);
    let none = HappenedQuery { visibility: Visibility::Nothing, ..everything() };
    assert_eq!(texts(&fixture, &none).await, [""; 0]);
}

#[tokio::test]
async fn what_is_too_much_to_look_at_is_left_out_and_said() {
    let fixture = Fixture::new().await;
    let many = |count: usize| (0..count as u64).map(|at| event(at, "response", "done")).collect::<Vec<_>>();
    put(&fixture, 1, many(8_000)).await;
    put(&fixture, 2, many(8_000)).await;
    let found = fixture.catalogue.happened(&everything()).await.unwrap();
    assert_eq!(found.since_us, Some(recording(1).start_us + 1));
    assert_eq!(found.items.len(), 8_000, "of the recording that does not fit nothing is told");
    assert!(found.items.iter().all(|one| one.recording == recording(2).id));
}
