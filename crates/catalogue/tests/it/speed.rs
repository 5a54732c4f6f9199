//! Searches stay fast with many recordings.

use std::time::{Duration, Instant};

use catalogue::{RecordingQuery, Sort, SortColumn, Visibility};

use crate::{Fixture, recording};

/// With this many rows …
const ROWS: u32 = 100_000;
/// … a page must be there within this time. Measured here: below 100 ms unoptimised; the rest is room for busy machines.
const LIMIT: Duration = Duration::from_millis(1_000);

#[tokio::test]
async fn a_hundred_thousand_recordings_are_searched_quickly() {
    let fixture = Fixture::new().await;
    fixture.catalogue.replace_recordings((0..ROWS).map(recording)).await.unwrap();
    let base = RecordingQuery::new(Visibility::Everything);
    let sorted = |column| RecordingQuery { sort: Sort { column, descending: true }, ..base.clone() };
    let cases = [
        ("first page", base.clone(), u64::from(ROWS)),
        ("text", RecordingQuery { text: Some("USER99".into()), ..base.clone() }, 1_111),
        ("no match", RecordingQuery { text: Some("nobody".into()), ..base.clone() }, 0),
        ("by user", sorted(SortColumn::User), u64::from(ROWS)),
        ("by size", sorted(SortColumn::Size), u64::from(ROWS)),
        ("last page", RecordingQuery { offset: u64::from(ROWS) - 50, ..base.clone() }, u64::from(ROWS)),
    ];
    for (name, query, total) in cases {
        let begun = Instant::now();
        let page = fixture.catalogue.search(&query).await.unwrap();
        let taken = begun.elapsed();
        println!("{name}: {taken:?}");
        assert_eq!(page.total, total, "{name}");
        assert!(taken < LIMIT, "{name} took {taken:?}");
    }
}
