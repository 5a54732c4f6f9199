//! What was done in response to events, over all recordings.

use catalogue::{NewEvents, RecordedEvent, RecordedResponse, ResponseListing, Visibility, VisibilityRule};

use crate::{Fixture, recording};

const DAY_US: i64 = 86_400_000_000;

fn event(time_us: u64, kind: &str, text: &str) -> RecordedEvent {
    RecordedEvent { time_us, kind: kind.into(), text: text.into() }
}

fn said(place: u64, action: &str, outcome: &str, detail: &str) -> RecordedResponse {
    RecordedResponse {
        place,
        action: action.into(),
        outcome: outcome.into(),
        trigger: "Payroll".into(),
        of: "topmost-window".into(),
        detail: detail.into(),
        rule: "Finance".into(),
        policy: "Evenings".into(),
    }
}

fn whole(n: u32, events: Vec<RecordedEvent>, responses: Vec<RecordedResponse>) -> NewEvents {
    NewEvents { recording: recording(n).id, first: 0, events, responses, left_out: 0, whole: true }
}

async fn put(fixture: &Fixture, n: u32, events: Vec<RecordedEvent>, responses: Vec<RecordedResponse>) {
    fixture.catalogue.put_recording(&recording(n)).await.unwrap();
    fixture.catalogue.note_events(&[whole(n, events, responses)]).await.unwrap();
}

fn everything() -> ResponseListing {
    ResponseListing {
        visibility: Visibility::Everything,
        text: None,
        from_us: None,
        to_us: None,
        action: None,
        outcome: None,
        offset_us: 0,
        skipped: 0,
        limit: 100,
    }
}

async fn texts(fixture: &Fixture, wanted: &ResponseListing) -> Vec<String> {
    let found = fixture.catalogue.responses(wanted).await.unwrap();
    assert_eq!(found.total, found.days.iter().map(|day| day.count).sum::<i64>());
    assert!(found.total >= found.items.len() as i64);
    found.items.into_iter().map(|one| format!("{} {}", one.user, one.text)).collect()
}

/// Two recordings; the older one's last response is newer than the younger one's first.
async fn filled() -> Fixture {
    let fixture = Fixture::new().await;
    let older = vec![event(0, "response", "locked"), event(5, "lock", "locked"), event(1_500_000, "response", "late")];
    let of_older = vec![said(0, "lock", "done", "Gehälter Größe"), said(2, "mail", "asked", "")];
    put(&fixture, 1, older, of_older).await;
    let younger = vec![event(0, "response", "Locked again"), event(7, "responses", "another kind")];
    put(&fixture, 2, younger, vec![said(0, "lock", "refused", "")]).await;
    fixture
}

#[tokio::test]
async fn responses_come_newest_first_as_far_as_they_may_be_seen() {
    let fixture = filled().await;
    let all = everything();
    assert_eq!(texts(&fixture, &all).await, ["user1 late", "user2 Locked again", "user1 locked"]);
    let found = fixture.catalogue.responses(&all).await.unwrap();
    let first = &found.items[0];
    assert_eq!((first.recording, first.machine.as_str(), first.time_us), (recording(1).id, "fin-03", 1_500_000));
    assert_eq!(first.at_us, recording(1).start_us + 1_500_000);
    assert_eq!(first.said, Some(said(2, "mail", "asked", "")));

    let with = |text: &str| ResponseListing { text: Some(text.into()), ..everything() };
    assert_eq!(texts(&fixture, &with("LOCKED user2")).await, ["user2 Locked again"]);
    assert_eq!(texts(&fixture, &with("fin-03 late")).await, ["user1 late"]);
    assert_eq!(texts(&fixture, &with("GEHÄLTER finance")).await, ["user1 locked"]);
    let from = ResponseListing { from_us: Some(recording(2).start_us), ..everything() };
    assert_eq!(texts(&fixture, &from).await.len(), 2);
    let to = ResponseListing { to_us: Some(recording(2).start_us), ..everything() };
    assert_eq!(texts(&fixture, &to).await, ["user1 locked"]);
    let locked = ResponseListing { action: Some("lock".into()), ..everything() };
    assert_eq!(texts(&fixture, &locked).await, ["user2 Locked again", "user1 locked"]);
    let refused = ResponseListing { outcome: Some("refused".into()), ..locked };
    assert_eq!(texts(&fixture, &refused).await, ["user2 Locked again"]);

    let rule = VisibilityRule { users: vec!["User1".into()], ..VisibilityRule::default() };
    let some = ResponseListing { visibility: Visibility::Any(vec![rule]), ..everything() };
    assert_eq!(texts(&fixture, &some).await, ["user1 late", "user1 locked"]);
    let none = ResponseListing { visibility: Visibility::Nothing, ..everything() };
    assert_eq!(texts(&fixture, &none).await, [""; 0]);
}

#[tokio::test]
async fn pages_are_as_long_as_asked_and_counts_are_those_of_all() {
    let fixture = Fixture::new().await;
    let many = |count: usize| (0..count as u64).map(|at| event(at, "response", &format!("{at}"))).collect::<Vec<_>>();
    let told = |count: usize| (0..count as u64).map(|at| said(at, "lock", "done", "")).collect::<Vec<_>>();
    put(&fixture, 1, many(8_000), told(8_000)).await;
    put(&fixture, 2, many(8_000), told(100)).await;
    let page = ResponseListing { skipped: 7_999, limit: 2, ..everything() };
    assert_eq!(texts(&fixture, &page).await, ["user2 0", "user1 7999"]);
    let found = fixture.catalogue.responses(&page).await.unwrap();
    assert_eq!(found.total, 16_000);
    let locked = ResponseListing { action: Some("lock".into()), ..page.clone() };
    assert_eq!(fixture.catalogue.responses(&locked).await.unwrap().total, 8_100);
    let beyond = ResponseListing { skipped: u64::MAX, ..page };
    assert_eq!(texts(&fixture, &beyond).await, [""; 0]);
}

#[tokio::test]
async fn days_are_those_of_who_asks() {
    let fixture = Fixture::new().await;
    let start_us = recording(1).start_us;
    let next_day = u64::try_from(DAY_US - start_us.rem_euclid(DAY_US)).unwrap();
    let events = [next_day - 1, next_day, next_day + 1].map(|time_us| event(time_us, "response", "")).to_vec();
    put(&fixture, 1, events, (0..3).map(|place| said(place, "lock", "done", "")).collect()).await;
    let days = async |offset_us: i64| {
        let found = fixture.catalogue.responses(&ResponseListing { offset_us, ..everything() }).await.unwrap();
        found
            .days
            .iter()
            .map(|day| (day.start_us - start_us.div_euclid(DAY_US) * DAY_US, day.count))
            .collect::<Vec<_>>()
    };
    assert_eq!(days(0).await, [(0, 1), (DAY_US, 2)]);
    assert_eq!(days(3_600_000_000).await, [(DAY_US - 3_600_000_000, 3)]);
    assert_eq!(days(-3_600_000_000).await, [(3_600_000_000, 3)]);
}

#[tokio::test]
async fn they_leave_with_their_events_and_come_once() {
    let fixture = filled().await;
    let again = || whole(1, vec![event(0, "response", "other")], vec![said(0, "lock", "done", "")]);
    // Noted again they are there already.
    fixture.catalogue.note_events(&[again()]).await.unwrap();
    assert_eq!(texts(&fixture, &everything()).await.len(), 3);
    fixture.catalogue.forget_events(recording(1).id).await.unwrap();
    assert_eq!(texts(&fixture, &everything()).await, ["user2 Locked again"]);
    fixture.catalogue.note_events(&[again()]).await.unwrap();
    assert_eq!(texts(&fixture, &everything()).await, ["user2 Locked again", "user1 other"]);
    fixture.catalogue.replace_recordings([]).await.unwrap();
    assert_eq!(texts(&fixture, &everything()).await, [""; 0]);
}
