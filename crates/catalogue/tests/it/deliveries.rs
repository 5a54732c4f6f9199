//! What events ask the server to send is queued once, within bounds, and it is known what became of it.

use catalogue::{
    AskedOf, Catalogue, Channel, Delivery, DeliveryOutcome, DeliveryQuery, NewDelivery, NewEvents, QueueBounds, Queued,
    RecordedEvent,
};
use uuid::Uuid;

use crate::{Fixture, recording};

const NOW_US: i64 = 1_790_000_000_000_000;

fn mail(place: u64, machine: &str, recipient: &str) -> NewDelivery {
    NewDelivery {
        id: Uuid::from_u128(u128::from(place)),
        place,
        time_us: place * 10,
        channel: Channel::Mail,
        recipient: recipient.into(),
        machine_id: machine.into(),
        at_us: NOW_US,
        kind: "popup".into(),
        detail: "xterm: <b>".into(),
        trigger: "A dialog".into(),
        rule: "all".into(),
        policy: "watch".into(),
        count: 1,
        outcome: DeliveryOutcome::Waiting,
        words: String::new(),
    }
}

fn asked(n: u32, deliveries: Vec<NewDelivery>) -> AskedOf {
    AskedOf { recording: recording(n).id, taken: deliveries.len() as u64, deliveries, left_out: 0, now_us: NOW_US }
}

async fn note(catalogue: &Catalogue, asked: &[AskedOf], bounds: &QueueBounds) -> Queued {
    catalogue.note_happened(&[], asked, bounds).await.unwrap().queued
}

async fn all(catalogue: &Catalogue, outcome: Option<DeliveryOutcome>) -> Vec<Delivery> {
    catalogue.deliveries(&DeliveryQuery { outcome, channel: None, limit: 100, offset: 0 }).await.unwrap().items
}

#[tokio::test]
async fn what_is_noted_again_is_queued_once_also_when_events_are_forgotten_and_the_recording_is_gone() {
    let fixture = Fixture::new().await;
    let catalogue = &fixture.catalogue;
    catalogue.put_recording(&recording(1)).await.unwrap();
    let first = asked(1, vec![mail(100, "m", "a@example.org"), mail(100, "m", "b@example.org")]);
    let bounds = QueueBounds::default();
    let news = NewEvents {
        recording: recording(1).id,
        first: 0,
        events: vec![RecordedEvent { time_us: 1, kind: "response".into(), text: String::new() }],
        responses: Vec::new(),
        left_out: 0,
        whole: true,
    };
    let noted = catalogue.note_happened(&[news], std::slice::from_ref(&first), &bounds).await.unwrap();
    assert_eq!((noted.events[0].taken, noted.queued), (1, Queued { waiting: 2, left_out: 0 }));
    assert_eq!(catalogue.asked_taken(recording(1).id).await.unwrap(), Some(2));
    let due = catalogue.due_deliveries(Channel::Mail, NOW_US, 9).await.unwrap();
    assert_eq!(due.len(), 2);
    assert_eq!(due[0].session, Some(("user1".into(), "fin-03".into())));
    catalogue.settle_delivery(due[0].number, DeliveryOutcome::Delivered, "250 ok", NOW_US + 1).await.unwrap();

    // Other ids, the same events.
    let again = asked(1, vec![mail(100, "m", "a@example.org"), mail(100, "m", "b@example.org")]);
    catalogue.forget_events(recording(1).id).await.unwrap();
    assert_eq!(catalogue.asked_taken(recording(1).id).await.unwrap(), Some(0));
    assert_eq!(note(catalogue, std::slice::from_ref(&again), &bounds).await, Queued::default());
    catalogue.replace_recordings([]).await.unwrap();
    assert_eq!(note(catalogue, std::slice::from_ref(&again), &bounds).await, Queued::default());
    let fixture = fixture.reopen().await;
    assert_eq!(note(&fixture.catalogue, &[again], &bounds).await, Queued::default());
    let rows = all(&fixture.catalogue, None).await;
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[1].outcome, DeliveryOutcome::Delivered);
    assert_eq!((rows[1].words.as_str(), rows[1].attempts, rows[1].done_us), ("250 ok", 1, Some(NOW_US + 1)));
    assert_eq!(rows[0].session, None);
    // Another event in the same place, and the other way for the same event, are others.
    let other = NewDelivery { time_us: 7, ..mail(100, "m", "a@example.org") };
    let call = NewDelivery { channel: Channel::Webhook, recipient: String::new(), ..mail(100, "m", "") };
    assert_eq!(note(&fixture.catalogue, &[asked(1, vec![other, call])], &bounds).await.waiting, 2);
}

#[tokio::test]
async fn a_queue_that_is_full_takes_no_more_and_counts_what_it_did_not_take() {
    let fixture = Fixture::new().await;
    let catalogue = &fixture.catalogue;
    let bounds = QueueBounds { waiting: 5, waiting_of_machine: 3, rows: 7 };
    let mails = |machine: &str, from: u64, count: u64| {
        (from..from + count).map(|place| mail(place, machine, "a@example.org")).collect::<Vec<_>>()
    };
    // One machine cannot take the whole room.
    assert_eq!(note(catalogue, &[asked(1, mails("m", 0, 4))], &bounds).await, Queued { waiting: 3, left_out: 1 });
    assert_eq!(note(catalogue, &[asked(2, mails("n", 0, 4))], &bounds).await, Queued { waiting: 2, left_out: 2 });
    assert_eq!(catalogue.waiting_deliveries().await.unwrap(), 5);
    // What is never sent takes no place among what waits, but one in the table.
    let never = |place| NewDelivery { outcome: DeliveryOutcome::NotAllowed, ..mail(place, "n", "") };
    let queued = note(catalogue, &[asked(2, vec![never(20), never(21), never(22)])], &bounds).await;
    assert_eq!(queued, Queued { waiting: 0, left_out: 1 });
    let beyond = AskedOf { left_out: 10, ..asked(3, Vec::new()) };
    assert_eq!(note(catalogue, &[beyond], &bounds).await.left_out, 10);
    assert_eq!(catalogue.deliveries_left_out(NOW_US).await.unwrap(), 14);
    assert_eq!(catalogue.deliveries_left_out(NOW_US + 86_400_000_000).await.unwrap(), 0);
}

#[tokio::test]
async fn what_waits_is_put_off_given_up_listed_and_forgotten() {
    let fixture = Fixture::new().await;
    let catalogue = &fixture.catalogue;
    let bounds = QueueBounds::default();
    let call = NewDelivery { channel: Channel::Webhook, recipient: String::new(), ..mail(3, "m", "") };
    note(catalogue, &[asked(1, vec![mail(1, "m", "a@b"), mail(2, "m", "a@b"), call])], &bounds).await;
    let due = async |now_us| catalogue.due_deliveries(Channel::Mail, now_us, 9).await.unwrap();
    let first = due(NOW_US).await[0].number;
    catalogue.postpone_delivery(first, "421 later", NOW_US + 60).await.unwrap();
    assert_eq!((due(NOW_US + 59).await.len(), due(NOW_US + 60).await.len()), (1, 2));
    assert_eq!(catalogue.give_deliveries_up(Channel::Mail, NOW_US, "too long", NOW_US).await.unwrap(), 0);
    assert_eq!(catalogue.give_deliveries_up(Channel::Mail, NOW_US + 1, "too long", NOW_US + 2).await.unwrap(), 2);
    let given_up = all(catalogue, Some(DeliveryOutcome::GivenUp)).await;
    let words: Vec<_> = given_up.iter().map(|row| row.words.as_str()).collect();
    assert_eq!(words, ["too long", "421 later"], "newest first, with the receiver's own words");
    // What is settled stays settled.
    catalogue.settle_delivery(first, DeliveryOutcome::Delivered, "", NOW_US + 3).await.unwrap();
    assert_eq!(all(catalogue, Some(DeliveryOutcome::Delivered)).await.len(), 0);
    let query = DeliveryQuery { outcome: None, channel: Some(Channel::Webhook), limit: 1, offset: 0 };
    assert_eq!(catalogue.deliveries(&query).await.unwrap().total, 1);
    catalogue.prune_deliveries(NOW_US + 3).await.unwrap();
    assert_eq!(all(catalogue, None).await.len(), 1, "what waits stays");
}
