//! Rows that an earlier version wrote do not say whether their recordings have a picture: that is looked up after the start, one
//! recording after the other.

use std::sync::Arc;

use tokio::sync::watch;

use super::IngestError;
use super::desk::Desk;

const BATCH: u32 = 200;

/// Runs until every row says it, or `stopping` is true.
pub(super) async fn run(desk: Arc<Desk>, stopping: watch::Receiver<bool>) {
    if let Err(error) = look(&desk, &stopping).await {
        tracing::warn!(%error, "not every recording's content could be looked up; it is tried again at the next start");
    }
}

async fn look(desk: &Desk, stopping: &watch::Receiver<bool>) -> Result<(), IngestError> {
    let mut last = None;
    loop {
        let ids = desk.catalogue.of_unknown_content(last, BATCH).await?;
        let Some(newest) = ids.last() else { return Ok(()) };
        last = Some(*newest);
        for id in ids {
            if *stopping.borrow() {
                return Ok(());
            }
            // Of one that has no group yet, or cannot be read, it stays unknown.
            let looked = desk.on_disk(move |store| store.look(id, |survey| survey.is_events_only())).await;
            if let Ok(Some(events_only)) = looked {
                desk.catalogue.note_content(id, events_only).await?;
            }
        }
    }
}
