//! Facts of a session that its recording's events tell: those of its header may be older.

use events::Response;
use recording::{BlockKind, Entry, Event, RawBlock, TrackKind, event_kinds};
use serde_json::Value;

use crate::asked::{AllAsked, Asked};
use crate::survey::entry_of;

/// What events that are not sealed said last.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LatestFacts {
    /// Name and address of the client that was connected last, if any was since the recording began.
    pub client: Option<(Option<String>, Option<String>)>,
    /// The application or desktop that was opened first, if that became known later than the recording began.
    pub application: Option<String>,
}

/// So many responses of one recording are kept in whole.
pub const MAX_RESPONSES: usize = 1_000;

/// Collects them block by block.
#[derive(Debug, Clone, Default)]
pub(crate) struct Listener {
    latest: LatestFacts,
    asked: AllAsked,
    /// The first responses, each with its place among the events that an index lists.
    responses: Vec<(u64, Response)>,
    event_tracks: Vec<u16>,
}

impl Listener {
    pub(crate) fn latest(&self) -> &LatestFacts {
        &self.latest
    }

    pub(crate) fn asked(&self) -> &AllAsked {
        &self.asked
    }

    pub(crate) fn responses(&self) -> &[(u64, Response)] {
        &self.responses
    }

    /// `place` is that of the event among those that an index lists, if the block holds one.
    pub(crate) fn block(&mut self, block: &RawBlock, place: Option<u64>) {
        match block.known_kind() {
            Some(BlockKind::Group) => {
                let Some(Entry::Group(group)) = entry_of(block) else { return };
                let events = group.tracks.iter().filter(|track| track.kind == TrackKind::Events);
                self.event_tracks = events.map(|track| track.id).collect();
            }
            // What is sealed is no event to whoever has no key.
            Some(BlockKind::Data) if self.event_tracks.contains(&block.track) => {
                if let Ok(event) = Event::from_payload(block.payload()) {
                    self.event(block, place, &event);
                }
            }
            _ => {}
        }
    }

    fn event(&mut self, block: &RawBlock, place: Option<u64>, event: &Event) {
        let text = |name: &str| event.fields.get(name).and_then(Value::as_str).map(str::to_owned);
        let connected = event.fields.get("connected").and_then(Value::as_bool) == Some(true);
        match event.kind.as_str() {
            // Of a session that nobody sits at, who was there last stays.
            event_kinds::CLIENT if connected => self.latest.client = Some((text("name"), text("address"))),
            event_kinds::OPENED => self.latest.application = text("application").or(self.latest.application.take()),
            event_kinds::RESPONSE => {
                if let Some(asked) = Asked::by(block, event) {
                    self.asked.note(asked);
                }
                if let (Some(place), Some(response)) = (place, Response::by(event))
                    && self.responses.len() < MAX_RESPONSES
                {
                    self.responses.push((place, response));
                }
            }
            _ => {}
        }
    }
}
