//! Bringing catalogue and storage together: when the server starts, and when the catalogue is built anew.

use std::collections::HashSet;
use std::sync::Arc;

use catalogue::{Catalogue, NewEvents, Recording, RecordingState};
use recording::RecordingId;
use storage::{StorageError, Store};
use uuid::Uuid;

use super::IngestError;
use super::asked::{AskedNews, BOUNDS};
use super::desk::{Desk, own_notices};
use super::diagnosis::Finding;
use super::happenings::Happened;
use super::live_recordings::{Accepted, Liveness};
use super::rows::{self, Glance};
use super::tracked::Tracked;

/// Rows written in one transaction.
const BATCH: usize = 200;
/// Or until they have so many events.
const ENOUGH_EVENTS: usize = 20_000;

/// What building the catalogue anew has found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rebuilt {
    /// Recordings that are in the catalogue now.
    pub recordings: u64,
    /// Recordings that could not be read, and why.
    pub unreadable: Vec<(RecordingId, String)>,
}

/// Throws away the catalogue's rows of recordings and their events, and makes them anew from storage. For a server that does not run.
/// Nothing that events ask for is sent because of it.
///
/// # Errors
/// The catalogue cannot be written. Recordings that cannot be read are reported, not fatal.
pub async fn rebuild_catalogue(catalogue: &Catalogue, store: &Store) -> Result<Rebuilt, IngestError> {
    catalogue.replace_recordings([]).await?;
    let mut rebuilt = Rebuilt::default();
    let ids = store.list();
    let mut left = ids.as_slice();
    while !left.is_empty() {
        let read = read_rows(store, left).await?;
        left = left.get(read.ids..).unwrap_or_default();
        catalogue.put_recordings(&read.rows).await?;
        catalogue.note_events(&read.events).await?;
        rebuilt.recordings += read.rows.len() as u64;
        rebuilt.unreadable.extend(read.unreadable);
    }
    Ok(rebuilt)
}

/// What was read of some recordings.
#[derive(Default)]
struct Read {
    /// So many of the ids given were looked at.
    ids: usize,
    rows: Vec<Recording>,
    events: Vec<NewEvents>,
    asked: Vec<AskedNews>,
    unreadable: Vec<(RecordingId, String)>,
}

/// Reads recordings until there is enough for a transaction.
async fn read_rows(store: &Store, ids: &[RecordingId]) -> Result<Read, IngestError> {
    let (store, ids) = (store.clone(), ids.iter().take(BATCH).copied().collect::<Vec<_>>());
    let read = tokio::task::spawn_blocking(move || {
        let (mut found, mut events) = (Read::default(), 0);
        for id in ids {
            found.ids += 1;
            match read_row(&store, id) {
                Ok(Some((row, happened, asked))) => {
                    found.asked.extend(asked);
                    events += happened.events.len();
                    found.rows.push(row);
                    found.events.push(happened);
                }
                Ok(None) => found.unreadable.push((id, "its header is missing or of an unknown version".to_owned())),
                Err(error) => found.unreadable.push((id, error.to_string())),
            }
            if events >= ENOUGH_EVENTS {
                break;
            }
        }
        found
    });
    Ok(read.await?)
}

fn read_row(store: &Store, id: RecordingId) -> Result<Option<(Recording, NewEvents, Option<AskedNews>)>, StorageError> {
    let standing = store.standing(id)?;
    let (header, glance, happened, asked) = store.look(id, |survey| {
        let happened = Happened::of(id, survey, 0, usize::MAX, standing.closed);
        (survey.header().cloned(), Glance::of(survey), happened.news, AskedNews::of(id, survey, 0))
    })?;
    let state = if standing.closed { glance.final_state() } else { RecordingState::Silent };
    let written = store.path(id).and_then(|path| path.metadata().ok()?.modified().ok());
    let since = written.and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok()).unwrap_or_default();
    let last_data_us = i64::try_from(since.as_micros()).unwrap_or(i64::MAX);
    let header = header.filter(|header| header.recording == id);
    Ok(header.map(|header| (rows::row(&header, &glance, state, last_data_us, &[]), happened, asked)))
}

/// At the start: rows for recordings that have none, and every recording that has not ended put in order.
pub(super) async fn take_over(desk: &Arc<Desk>) -> Result<(), IngestError> {
    let known: HashSet<_> = desk.catalogue.recording_ids().await?.into_iter().collect();
    let stored = desk.store.list();
    let without_row: Vec<_> = stored.iter().filter(|id| !known.contains(id)).copied().collect();
    let mut left = without_row.as_slice();
    while !left.is_empty() {
        let Read { ids, rows, events, asked, unreadable } = read_rows(&desk.store, left).await?;
        left = left.get(ids..).unwrap_or_default();
        desk.catalogue.put_recordings(&rows).await?;
        let asked = desk.to_queue(asked);
        let noted = desk.catalogue.note_happened(&events, &asked, &BOUNDS).await?;
        desk.queued(noted.queued).await;
        for row in rows {
            let text = "a recording was in storage and not in the catalogue; it was added".to_owned();
            desk.diagnosis.report(Finding::RowRestored, None, Some(row.id), text).await;
        }
        for (id, why) in unreadable {
            let empty = desk.on_disk(move |store| store.standing(id)).await.is_ok_and(|s| s.head.offset == 0);
            // Made and never written to: its agent makes itself heard again, or nothing was lost.
            if !empty {
                let text = format!("a stored recording cannot be shown: {why}");
                desk.diagnosis.report(Finding::HeaderUnreadable, None, Some(id), text).await;
            }
        }
    }
    let stored: HashSet<_> = stored.into_iter().collect();
    for id in known.difference(&stored) {
        let text = "the file of a recording is missing: is a storage folder not mounted?".to_owned();
        desk.diagnosis.report(Finding::FileMissing, None, Some(*id), text).await;
    }
    for row in desk.catalogue.open_recordings().await? {
        take_over_open(desk, row).await?;
    }
    super::progress::report_losses(desk).await;
    Ok(())
}

async fn take_over_open(desk: &Arc<Desk>, row: Recording) -> Result<(), IngestError> {
    let id = row.id;
    let Ok(machine) = Uuid::try_parse(&row.machine_id) else {
        tracing::warn!(recording = %id, machine = row.machine_id, "an open recording names no enrolled machine");
        return Ok(());
    };
    let standing = match desk.on_disk(move |store| store.standing(id)).await {
        Ok(standing) => standing,
        Err(IngestError::Storage(error)) => {
            let text = format!("an open recording cannot be read: {error}");
            desk.diagnosis.report(Finding::StorageFailed, Some(machine), Some(id), text).await;
            return Ok(());
        }
        Err(error) => return Err(error),
    };
    let tracked = Arc::new(Tracked::new(id, machine, RecordingState::Silent, row.last_data_us));
    {
        let mut facts = tracked.facts();
        facts.has_row = true;
        facts.changed = true;
        facts.notices = own_notices(row.notices);
        (facts.accepted, facts.durable) = (standing.head.offset, standing.durable.offset);
    }
    desk.track(Arc::clone(&tracked));
    if standing.closed {
        // Closed in storage, and the server stopped before the catalogue knew.
        return super::progress::finish(desk, &tracked).await;
    }
    desk.live.note(id, Accepted { length: standing.head.offset, state: Liveness::Silent });
    Ok(())
}
