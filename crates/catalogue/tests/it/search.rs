//! Searching: filters, order, pages, visibility.

use catalogue::{Catalogue, Recording, RecordingQuery, RecordingState, Sort, SortColumn, Visibility, VisibilityRule};

use crate::{Fixture, recording};

/// Names of the users of the recordings found, in order.
async fn users(catalogue: &Catalogue, query: &RecordingQuery) -> Vec<String> {
    let page = catalogue.search(query).await.unwrap();
    page.items.into_iter().map(|item| item.user).collect()
}

fn everything() -> RecordingQuery {
    RecordingQuery::new(Visibility::Everything)
}

/// Four recordings that differ in everything one can search by.
async fn four() -> Fixture {
    let fixture = Fixture::new().await;
    let changes: [fn(&mut Recording); 4] = [
        |r| (r.user, r.machine, r.duration_us, r.size_bytes) = ("Ana".into(), "fin-01".into(), 40, 1),
        |r| (r.user, r.machine, r.duration_us, r.size_bytes) = ("bÖrje".into(), "FIN-02".into(), 30, 4),
        |r| (r.user, r.machine, r.duration_us, r.size_bytes) = ("carla".into(), "web_1".into(), 20, 2),
        |r| (r.user, r.machine, r.duration_us, r.size_bytes) = ("Dan".into(), "web21".into(), 10, 3),
    ];
    for (n, change) in changes.iter().enumerate() {
        let mut item = recording(n as u32);
        change(&mut item);
        item.application = Some(if n < 2 { "SAP" } else { "100% Excel" }.into());
        item.state =
            [RecordingState::Live, RecordingState::Finished, RecordingState::Crashed, RecordingState::Silent][n];
        if item.state.is_open() {
            item.end_us = None;
        }
        fixture.catalogue.put_recording(&item).await.unwrap();
    }
    fixture
}

#[tokio::test]
async fn text_matches_parts_of_words_in_any_case_and_takes_wildcards_literally() {
    let fixture = four().await;
    let cases: [(&str, &[&str]); 12] = [
        ("", &["Dan", "carla", "bÖrje", "Ana"]),
        ("   ", &["Dan", "carla", "bÖrje", "Ana"]),
        ("AN", &["Dan", "Ana"]),
        ("BöRJ", &["bÖrje"]),
        ("fin", &["bÖrje", "Ana"]),
        ("fin ana", &["Ana"]),
        ("sap", &["bÖrje", "Ana"]),
        ("web_1", &["carla"]),
        ("0%", &["Dan", "carla"]),
        ("\\", &[]),
        ("'; DROP TABLE recordings; --", &[]),
        ("nothing-of-the-kind", &[]),
    ];
    for (text, expected) in cases {
        let query = RecordingQuery { text: Some(text.into()), ..everything() };
        assert_eq!(users(&fixture.catalogue, &query).await, expected, "searching {text:?}");
        assert_eq!(fixture.catalogue.search(&query).await.unwrap().total, expected.len() as u64, "total of {text:?}");
    }
}

#[tokio::test]
async fn states_and_dates_filter() {
    let fixture = four().await;
    let start = recording(0).start_us;
    let query = RecordingQuery { states: vec![RecordingState::Live, RecordingState::Silent], ..everything() };
    assert_eq!(users(&fixture.catalogue, &query).await, ["Dan", "Ana"]);
    // Börje's recording is over half a second after it began; Ana's has not ended.
    let query = RecordingQuery { from_us: Some(start + 1_600_000), ..everything() };
    assert_eq!(users(&fixture.catalogue, &query).await, ["Dan", "carla", "Ana"]);
    let query = RecordingQuery { to_us: Some(start + 1_000_001), ..everything() };
    assert_eq!(users(&fixture.catalogue, &query).await, ["bÖrje", "Ana"]);
    let query = RecordingQuery { to_us: Some(start + 1_000_000), ..everything() };
    assert_eq!(users(&fixture.catalogue, &query).await, ["Ana"], "the end of the period is not part of it");
}

#[tokio::test]
async fn every_column_sorts_both_ways() {
    let fixture = four().await;
    let cases: [(SortColumn, [&str; 4]); 6] = [
        (SortColumn::Start, ["Ana", "bÖrje", "carla", "Dan"]),
        (SortColumn::User, ["Ana", "bÖrje", "carla", "Dan"]),
        (SortColumn::Machine, ["Ana", "bÖrje", "Dan", "carla"]),
        (SortColumn::Duration, ["Dan", "carla", "bÖrje", "Ana"]),
        (SortColumn::Size, ["Ana", "carla", "Dan", "bÖrje"]),
        (SortColumn::State, ["carla", "bÖrje", "Ana", "Dan"]),
    ];
    for (column, mut expected) in cases {
        for descending in [false, true] {
            let query = RecordingQuery { sort: Sort { column, descending }, ..everything() };
            assert_eq!(users(&fixture.catalogue, &query).await, expected, "{column:?}, descending: {descending}");
            expected.reverse();
        }
    }
}

#[tokio::test]
async fn pages_of_equal_rows_neither_overlap_nor_leave_out() {
    let fixture = Fixture::new().await;
    for n in 0..25 {
        let mut item = recording(n);
        item.machine = "same".into();
        fixture.catalogue.put_recording(&item).await.unwrap();
    }
    let mut seen = std::collections::BTreeSet::new();
    for offset in (0..30).step_by(10) {
        let query = RecordingQuery {
            sort: Sort { column: SortColumn::Machine, descending: true },
            limit: 10,
            offset,
            ..everything()
        };
        let page = fixture.catalogue.search(&query).await.unwrap();
        assert_eq!(page.total, 25);
        seen.extend(page.items.into_iter().map(|item| item.id));
    }
    assert_eq!(seen.len(), 25);
}

#[tokio::test]
async fn visibility_limits_lists_totals_and_single_recordings_alike() {
    let fixture = four().await;
    let rule = |users: &[&str], machines: &[&str], applications: &[&str]| {
        let owned = |names: &[&str]| names.iter().map(ToString::to_string).collect();
        VisibilityRule { users: owned(users), machines: owned(machines), applications: owned(applications) }
    };
    let cases: [(Visibility, &[&str]); 8] = [
        (Visibility::Everything, &["Dan", "carla", "bÖrje", "Ana"]),
        (Visibility::Nothing, &[]),
        (Visibility::Any(vec![]), &[]),
        (Visibility::Any(vec![rule(&[], &[], &[])]), &[]),
        (Visibility::Any(vec![rule(&["BÖRJE"], &[], &[])]), &["bÖrje"]),
        (Visibility::Any(vec![rule(&["ana"], &["WEB21"], &[])]), &["Dan", "Ana"]),
        (Visibility::Any(vec![rule(&["ana"], &[], &[]), rule(&[], &[], &["sap"])]), &["bÖrje", "Ana"]),
        (Visibility::Any(vec![rule(&["an", "an%"], &[], &[])]), &[]),
    ];
    for (visibility, expected) in cases {
        let query = RecordingQuery::new(visibility.clone());
        let page = fixture.catalogue.search(&query).await.unwrap();
        let found: Vec<_> = page.items.iter().map(|item| item.user.as_str()).collect();
        assert_eq!(found, expected, "{visibility:?}");
        assert_eq!(page.total, expected.len() as u64, "{visibility:?}");
        for n in 0..4 {
            let one = fixture.catalogue.visible_recording(recording(n).id, &visibility).await.unwrap();
            let listed = page.items.iter().any(|item| item.id == recording(n).id);
            assert_eq!(one.is_some(), listed, "{visibility:?} and recording {n}");
        }
    }
}

#[tokio::test]
async fn recordings_without_a_picture_are_found_as_soon_as_that_is_known() {
    let fixture = Fixture::new().await;
    for (n, events_only) in [(1, Some(true)), (2, Some(false)), (3, None)] {
        let item = Recording { events_only, user: format!("{n}"), ..recording(n) };
        fixture.catalogue.put_recording(&item).await.unwrap();
    }
    let only = |events_only| RecordingQuery { events_only, ..everything() };
    assert_eq!(users(&fixture.catalogue, &only(Some(true))).await, ["1"]);
    assert_eq!(users(&fixture.catalogue, &only(Some(false))).await, ["3", "2"]);
    assert_eq!(users(&fixture.catalogue, &only(None)).await, ["3", "2", "1"]);
    let progress = catalogue::Progress {
        id: recording(3).id,
        state: RecordingState::Live,
        end_us: None,
        duration_us: 1,
        size_bytes: 1,
        last_data_us: 1,
        end_reason: None,
        end_text: None,
        picture: None,
        notices: Vec::new(),
        events_only: Some(true),
    };
    // What is known once stays known.
    let later = catalogue::Progress { events_only: None, ..progress.clone() };
    fixture.catalogue.note_progress(&[progress, later]).await.unwrap();
    assert_eq!(users(&fixture.catalogue, &only(Some(true))).await, ["3", "1"]);
}
