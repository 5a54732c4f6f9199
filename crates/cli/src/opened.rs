//! What a key adds to a recording's index: events that are sealed.

use std::path::Path;

use anyhow::Context as _;
use recording::{Decoder, Entry, Event, Index, Track, TrackKind};
use sealing::{KeyRing, Opener};

use crate::recording_file;

/// Reads the whole file and fills in what the index had to leave empty. What no key opens stays empty.
pub fn fill_in_events(path: &Path, index: &mut Index, keys: KeyRing) -> anyhow::Result<()> {
    let mut file = recording_file::open(path)?;
    let (mut decoder, mut opener, mut events) = (Decoder::new(), Opener::new(keys), Vec::new());
    let recording = index.recording;
    recording_file::pieces(path, &mut file, |piece| {
        decoder.push(piece);
        while let Some(located) = next(&mut decoder).with_context(|| path.display().to_string())? {
            match located.entry {
                Entry::Group(group) => {
                    opener.begin_group(recording, &group);
                    let is_event = |track: &&Track| track.kind == TrackKind::Events;
                    events = group.tracks.iter().filter(is_event).map(|track| track.id).collect();
                }
                Entry::Data { track, time_us, sealed: true, payload } if events.contains(&track) => {
                    let opened = opener.open(track, time_us, true, payload);
                    if let Some(event) = opened.ok().and_then(|payload| Event::from_payload(&payload).ok()) {
                        index.put_opened(time_us, &event);
                    }
                }
                _ => {}
            }
        }
        Ok(())
    })
}

/// The next entry; blocks that cannot be understood are passed over.
fn next(decoder: &mut Decoder) -> Result<Option<recording::Located>, recording::DecodeError> {
    loop {
        match decoder.next() {
            Err(error) if !error.is_final() => {}
            found => return found,
        }
    }
}
