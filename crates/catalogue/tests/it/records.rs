//! Rows of recordings: written, grown, rebuilt.

use catalogue::{Progress, RecordingQuery, RecordingState, Visibility};

use crate::{Fixture, recording};

#[tokio::test]
async fn a_recording_comes_back_as_it_was_put_even_after_a_restart() {
    let fixture = Fixture::new().await;
    let mut bare = recording(2);
    (bare.display, bare.client_name, bare.rule, bare.end_us, bare.uid) = (None, None, None, None, None);
    (bare.width, bare.height, bare.end_reason, bare.end_text) = (None, None, None, None);
    fixture.catalogue.put_recording(&recording(1)).await.unwrap();
    fixture.catalogue.put_recording(&bare).await.unwrap();
    let fixture = fixture.reopen().await;
    assert_eq!(fixture.catalogue.recording(recording(1).id).await.unwrap(), Some(recording(1)));
    assert_eq!(fixture.catalogue.recording(bare.id).await.unwrap(), Some(bare));
    assert_eq!(fixture.catalogue.recording(recording(3).id).await.unwrap(), None);
}

#[tokio::test]
async fn putting_a_recording_again_replaces_it() {
    let fixture = Fixture::new().await;
    fixture.catalogue.put_recording(&recording(1)).await.unwrap();
    let mut changed = recording(1);
    changed.user = "somebody else".into();
    changed.state = RecordingState::Incomplete;
    fixture.catalogue.put_recording(&changed).await.unwrap();
    assert_eq!(fixture.catalogue.recording(changed.id).await.unwrap(), Some(changed));
}

#[tokio::test]
async fn progress_changes_what_grows_and_nothing_else() {
    let fixture = Fixture::new().await;
    let mut live = recording(1);
    (live.state, live.end_us, live.end_reason, live.end_text) = (RecordingState::Live, None, None, None);
    fixture.catalogue.put_recording(&live).await.unwrap();
    fixture.catalogue.put_recording(&recording(2)).await.unwrap();
    assert_eq!(fixture.catalogue.open_recordings().await.unwrap(), [live.clone()]);

    let mut progress = Progress {
        id: live.id,
        state: RecordingState::Crashed,
        end_us: Some(live.start_us + 9_000_000),
        duration_us: 9_000_000,
        size_bytes: 4_711,
        last_data_us: live.start_us + 9_100_000,
        end_reason: Some("lost".into()),
        end_text: Some("the agent went away".into()),
        picture: None,
        notices: vec!["the end is missing".into()],
        events_only: None,
    };
    let unknown = Progress { id: recording(9).id, ..progress.clone() };
    fixture.catalogue.note_progress(&[progress.clone(), unknown]).await.unwrap();

    live.state = RecordingState::Crashed;
    live.end_us = progress.end_us;
    live.duration_us = 9_000_000;
    live.size_bytes = 4_711;
    live.last_data_us = progress.last_data_us;
    live.end_reason = progress.end_reason.clone();
    live.end_text = progress.end_text.clone();
    live.notices = progress.notices.clone();
    assert_eq!(
        fixture.catalogue.recording(live.id).await.unwrap(),
        Some(live.clone()),
        "an unknown picture keeps the known one"
    );
    assert_eq!(fixture.catalogue.recording(recording(2).id).await.unwrap(), Some(recording(2)));
    assert_eq!(fixture.catalogue.recording(recording(9).id).await.unwrap(), None);
    assert!(fixture.catalogue.open_recordings().await.unwrap().is_empty());

    progress.picture = Some((800, 600));
    fixture.catalogue.note_progress(&[progress]).await.unwrap();
    let shown = fixture.catalogue.recording(live.id).await.unwrap().unwrap();
    assert_eq!((shown.width, shown.height), (Some(800), Some(600)));
}

#[tokio::test]
async fn rebuilding_replaces_all_rows() {
    let fixture = Fixture::new().await;
    for n in 0..5 {
        fixture.catalogue.put_recording(&recording(n)).await.unwrap();
    }
    let written = fixture.catalogue.replace_recordings((3..2_503).map(recording)).await.unwrap();
    assert_eq!(written, 2_500);
    let all = fixture.catalogue.search(&RecordingQuery::new(Visibility::Everything)).await.unwrap();
    assert_eq!(all.total, 2_500);
    assert_eq!(fixture.catalogue.recording(recording(1).id).await.unwrap(), None);
    assert_eq!(fixture.catalogue.recording_ids().await.unwrap().len(), 2_500);
}

#[tokio::test]
async fn a_database_of_an_earlier_version_says_what_it_knows_of_pictures_and_what_it_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let migrations = folder.path().join("migrations");
    std::fs::create_dir(&migrations).unwrap();
    for file in ["0001_first.sql", "0002_signing_keys.sql", "0003_policies.sql"] {
        let source = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(file);
        std::fs::copy(source, migrations.join(file)).unwrap();
    }
    let path = folder.path().join("catalogue.sqlite");
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&path).create_if_missing(true);
    let old = sqlx::SqlitePool::connect_with(options).await.unwrap();
    sqlx::migrate::Migrator::new(migrations).await.unwrap().run(&old).await.unwrap();
    for (recording, width) in [(recording(1), Some(640)), (recording(2), None)] {
        sqlx::query(
            "INSERT INTO recordings (id, machine_id, machine, user_name, session_kind, groups_json, state, start_us, duration_us, \
             size_bytes, last_data_us, policy, start_text, width, notices_json, search_text, user_folded, machine_folded) \
             VALUES (?, ?, 'm', 'u', 'desktop', '[]', 'finished', 1, 1, 1, 1, 'p', 't', ?, '[]', '', 'u', 'm')",
        )
        .bind(recording.id.to_string())
        .bind(&recording.machine_id)
        .bind(width)
        .execute(&old)
        .await
        .unwrap();
    }
    old.close().await;
    let catalogue = catalogue::Catalogue::open(&path).await.unwrap();
    let of = async |n| catalogue.recording(recording(n).id).await.unwrap().unwrap().events_only;
    assert_eq!((of(1).await, of(2).await), (Some(false), None));
    assert_eq!(catalogue.of_unknown_content(None, 10).await.unwrap(), [recording(2).id]);
    catalogue.note_content(recording(2).id, true).await.unwrap();
    assert_eq!(of(2).await, Some(true));
    assert!(catalogue.of_unknown_content(None, 10).await.unwrap().is_empty());
}
