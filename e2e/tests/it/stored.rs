//! Recordings as the server stores them, read with the library that everybody reads them with.

use std::path::{Path, PathBuf};

use recording::{Decoder, Entry, Event, Header, TrackKind};

use crate::deployment::Deployment;

/// The first recording of the session on a display.
pub fn file(deployment: &Deployment, display: &str) -> anyhow::Result<Option<PathBuf>> {
    for file in deployment.stored_files()? {
        let entries = entries_of(&std::fs::read(&file)?, 1);
        if header(&entries).is_some_and(|header| header.session.display.as_deref() == Some(display)) {
            return Ok(Some(file));
        }
    }
    Ok(None)
}

/// What stands in it; nothing where there is no such recording yet.
pub fn entries(deployment: &Deployment, display: &str) -> anyhow::Result<Vec<Entry>> {
    let Some(file) = file(deployment, display)? else { return Ok(Vec::new()) };
    entries_in(&file)
}

/// What stands in a file.
pub fn entries_in(file: &Path) -> anyhow::Result<Vec<Entry>> {
    Ok(entries_of(&std::fs::read(file)?, usize::MAX))
}

/// What a recording says of itself.
pub fn header(entries: &[Entry]) -> Option<&Header> {
    entries.iter().find_map(|entry| if let Entry::Header(header) = entry { Some(header.as_ref()) } else { None })
}

fn entries_of(bytes: &[u8], most: usize) -> Vec<Entry> {
    let mut decoder = Decoder::new();
    decoder.push(bytes);
    let mut entries = Vec::new();
    while let (true, Ok(Some(located))) = (entries.len() < most, decoder.next()) {
        entries.push(located.entry);
    }
    entries
}

/// What happened, each with its time in the recording in microseconds.
pub fn events(entries: &[Entry]) -> Vec<(u64, Event)> {
    let mut tracks = Vec::new();
    let mut events = Vec::new();
    for entry in entries {
        match entry {
            Entry::Group(group) => {
                let of_events = group.tracks.iter().filter(|track| track.kind == TrackKind::Events);
                tracks = of_events.map(|track| track.id).collect();
            }
            Entry::Data { track, time_us, payload, .. } if tracks.contains(track) => {
                events.extend(Event::from_payload(payload).ok().map(|event| (*time_us, event)));
            }
            _ => {}
        }
    }
    events
}
