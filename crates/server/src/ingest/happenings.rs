//! Brings what happened in recordings into the catalogue: while they grow, when they end, and after the start for those
//! whose events are not all there.

use std::sync::Arc;

use catalogue::{NewEvents, RecordedEvent, RecordedResponse};
use events::{Came, Response, Said};
use recording::RecordingId;
use storage::Survey;
use tokio::sync::watch;

use super::IngestError;
use super::asked::{AskedNews, BOUNDS};
use super::desk::Desk;
use super::tracked::Tracked;

/// Events of one recording that are written at once, and of all recordings in one turn: the rest follows in the next.
const MOST_AT_ONCE: usize = 1_024;
const MOST_IN_TURN: usize = 8_192;
/// Recordings looked up at once.
const BATCH: u32 = 200;

/// Events to be written.
pub(super) struct Happened {
    pub(super) news: NewEvents,
    /// How many events the recording's index lists.
    listed: u64,
}

impl Happened {
    /// What the index lists from `first` on, at most `most`. `ended`: no more will come.
    pub(super) fn of(id: RecordingId, survey: &Survey, first: u64, most: usize, ended: bool) -> Happened {
        let index = survey.index();
        let listed = index.events.len() as u64;
        let from = usize::try_from(first).unwrap_or(usize::MAX);
        let of = |event: &recording::IndexedEvent| RecordedEvent {
            time_us: event.time_us,
            kind: event.kind.clone(),
            text: event.text.clone(),
        };
        let events: Vec<_> = index.events.iter().skip(from).take(most).map(of).collect();
        let known = survey.responses();
        let responses = (first..).zip(&events).filter(|(_, event)| event.kind == recording::event_kinds::RESPONSE);
        let responses = responses.filter_map(|(place, event)| {
            let whole = known.binary_search_by_key(&place, |(place, _)| *place).ok().and_then(|at| known.get(at));
            whole.map(|(place, response)| recorded(*place, response)).or_else(|| from_text(place, &event.text))
        });
        let responses = responses.collect();
        let whole = ended && first + events.len() as u64 == listed;
        Happened {
            news: NewEvents { recording: id, first, events, responses, left_out: index.events_left_out, whole },
            listed,
        }
    }

    /// Events that were written once are not there any more.
    fn is_shorter(&self) -> bool {
        self.listed < self.news.first
    }

    /// Whether the catalogue would learn something.
    fn is_new(&self, left_out: u64) -> bool {
        !self.news.events.is_empty() || self.news.whole || self.news.left_out != left_out
    }
}

/// As the catalogue keeps it.
fn recorded(place: u64, response: &Response) -> RecordedResponse {
    RecordedResponse {
        place,
        action: response.action.name().to_owned(),
        outcome: word(response.came).to_owned(),
        trigger: response.trigger.clone(),
        of: response.of.clone(),
        detail: response.detail.clone(),
        rule: response.rule.clone(),
        policy: response.policy.clone(),
    }
}

/// What the text alone says, of responses beyond those that are kept in whole.
fn from_text(place: u64, text: &str) -> Option<RecordedResponse> {
    let Said { action, came, trigger, .. } = Said::by(text)?;
    let (action, outcome, trigger) = (action.name().to_owned(), word(came).to_owned(), trigger.to_owned());
    Some(RecordedResponse { place, action, outcome, trigger, ..RecordedResponse::default() })
}

fn word(came: Came) -> &'static str {
    match came {
        Came::Done | Came::Already => "done",
        Came::Asked => "asked",
        Came::Refused => "refused",
    }
}

/// Writes what happened in these recordings since the last time. What is too much for one turn is left for the next.
pub(super) async fn note(desk: &Arc<Desk>, changed: &[Arc<Tracked>]) -> Result<(), IngestError> {
    let (mut happened, mut asked, mut left) = (Vec::new(), Vec::new(), MOST_IN_TURN);
    for tracked in changed {
        if left == 0 {
            tracked.facts().changed = true;
            continue;
        }
        let Some(first) = written(desk, tracked).await? else { continue };
        let known = tracked.facts().asked_written;
        let known = match known {
            Some(known) => known,
            None => desk.catalogue.asked_taken(tracked.id).await?.unwrap_or(0),
        };
        let (found, wanted) = look(desk, tracked.id, (first, known), left.min(MOST_AT_ONCE), false).await?;
        if found.is_shorter() {
            start_again(desk, tracked).await?;
            continue;
        }
        tracked.facts().asked_written = Some(known);
        asked.extend(wanted.map(|wanted| (tracked, wanted)));
        if found.is_new(tracked.facts().events_left_out) {
            left -= found.news.events.len().min(left);
            happened.push((tracked, found));
        }
    }
    let news: Vec<_> = happened.iter().map(|(_, found)| found.news.clone()).collect();
    let (askers, asked): (Vec<_>, Vec<_>) = asked.into_iter().unzip();
    let asked = desk.to_queue(asked);
    let noted = desk.catalogue.note_happened(&news, &asked, &BOUNDS).await?;
    for (tracked, asked) in askers.iter().zip(&asked) {
        tracked.facts().asked_written = Some(asked.taken);
    }
    desk.queued(noted.queued).await;
    let noted = noted.events;
    for (tracked, found) in happened {
        let Some(noted) = noted.iter().find(|noted| noted.recording == tracked.id) else { continue };
        let mut facts = tracked.facts();
        facts.events_written = Some(noted.taken);
        facts.events_left_out = found.news.left_out;
        facts.changed |= noted.taken < found.listed;
    }
    Ok(())
}

/// Writes everything that is not written yet of a recording that has ended.
pub(super) async fn note_all(desk: &Arc<Desk>, id: RecordingId) -> Result<(), IngestError> {
    loop {
        let Some(first) = desk.catalogue.events_taken(id).await? else { return Ok(()) };
        let known = desk.catalogue.asked_taken(id).await?.unwrap_or(0);
        let (found, asked) = look(desk, id, (first, known), MOST_AT_ONCE, true).await?;
        if found.is_shorter() {
            desk.catalogue.forget_events(id).await?;
            continue;
        }
        let whole = found.news.whole;
        let asked = desk.to_queue(Vec::from_iter(asked));
        let noted = desk.catalogue.note_happened(&[found.news], &asked, &BOUNDS).await?;
        desk.queued(noted.queued).await;
        if whole {
            return Ok(());
        }
    }
}

/// Looks, one after the other, for recordings that have ended and whose events are not all there: rows of an earlier version,
/// and of a server that went down. Runs until there are none, or `stopping` is true.
pub(super) async fn run(desk: Arc<Desk>, stopping: watch::Receiver<bool>) {
    if let Err(error) = fill(&desk, &stopping).await {
        tracing::warn!(%error, "not every recording's events could be looked up; it is tried again at the next start");
    }
}

async fn fill(desk: &Arc<Desk>, stopping: &watch::Receiver<bool>) -> Result<(), IngestError> {
    let mut last = None;
    loop {
        let ids = desk.catalogue.without_events(last, BATCH).await?;
        let Some(newest) = ids.last() else { return Ok(()) };
        last = Some(*newest);
        for id in ids {
            if *stopping.borrow() {
                return Ok(());
            }
            if let Err(error) = note_all(desk, id).await {
                tracing::debug!(recording = %id, %error, "a recording's events cannot be looked up");
            }
        }
    }
}

/// Events from `first` on, and what is asked for after the first `known`.
async fn look(
    desk: &Desk,
    id: RecordingId,
    (first, known): (u64, u64),
    most: usize,
    ended: bool,
) -> Result<(Happened, Option<AskedNews>), IngestError> {
    let both = move |survey: &Survey| (Happened::of(id, survey, first, most, ended), AskedNews::of(id, survey, known));
    desk.on_disk(move |store| store.look(id, both)).await
}

/// How many events of a recording are in the catalogue; nothing while it has no row.
async fn written(desk: &Desk, tracked: &Tracked) -> Result<Option<u64>, IngestError> {
    let (has_row, known) = {
        let facts = tracked.facts();
        (facts.has_row, facts.events_written)
    };
    match known {
        Some(known) => Ok(Some(known)),
        None if has_row => Ok(desk.catalogue.events_taken(tracked.id).await?),
        None => Ok(None),
    }
}

/// A part of the recording was lost before it was durable: other events may come in its place.
async fn start_again(desk: &Desk, tracked: &Tracked) -> Result<(), IngestError> {
    desk.catalogue.forget_events(tracked.id).await?;
    let mut facts = tracked.facts();
    (facts.events_written, facts.asked_written) = (None, None);
    facts.changed = true;
    Ok(())
}
