//! The manifest of a recording: which of its bytes are known to be whole, in order, one JSON object a line.
//!
//! A line is written only after the bytes that it vouches for are durable, so that recovery reads the recording from
//! the last line's end. The manifest is an aid: without it recovery reads from the start and finds the same.

use recording::{Head, RecordingId};
use serde::{Deserialize, Serialize};

/// Manifests of recordings of the longest allowed length stay far below; a larger file is none of ours.
pub(crate) const MAX_MANIFEST_BYTES: u64 = 16 << 20;

/// A sender of a recording: see the agent protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sender {
    /// Random value that tells this incarnation from every other.
    pub incarnation: u64,
    /// Counts up from 0.
    pub number: u32,
}

/// Why a segment ends where it ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum SegmentEnd {
    /// It had its size.
    Size,
    /// It had its age.
    Age,
    /// What followed could not be synced.
    SyncFailed,
    /// The server started and looked the recording through up to here.
    Recovered,
    /// The recording was complete.
    Closed,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Line {
    /// First line: whose manifest this is.
    Begin {
        /// The recording.
        recording: RecordingId,
        /// Who began it.
        sender: Sender,
    },
    /// The bytes from the previous segment's end up to `head` are durable.
    Segment {
        /// Where the segment ends, and the chain value there.
        head: Head,
        /// The latest sender named before that place.
        sender: Option<Sender>,
        /// Why it ends.
        why: SegmentEnd,
    },
}

/// What a manifest says, as far as it could be read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Manifest {
    /// Segment ends in order.
    pub segments: Vec<(Head, Option<Sender>, SegmentEnd)>,
    /// Who began the recording, if the first line says so.
    pub begun_by: Option<Sender>,
    /// Bytes of the file that hold whole, sensible lines. What follows them was cut off while being written.
    pub sound_bytes: u64,
}

impl Manifest {
    /// Reads lines until the first that is incomplete, belongs to another recording or goes backwards.
    pub(crate) fn parse(recording: RecordingId, bytes: &[u8]) -> Self {
        let mut manifest = Self::default();
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            let Some(text) = line.strip_suffix(b"\n") else { break };
            let Ok(parsed) = serde_json::from_slice::<Line>(text) else { break };
            match parsed {
                Line::Begin { recording: named, sender } if named == recording && manifest.sound_bytes == 0 => {
                    manifest.begun_by = Some(sender);
                }
                Line::Segment { head, sender, why } if head.offset >= manifest.end() && manifest.sound_bytes > 0 => {
                    manifest.segments.push((head, sender, why));
                }
                _ => break,
            }
            manifest.sound_bytes += line.len() as u64;
        }
        manifest
    }

    /// Where the last segment ends.
    fn end(&self) -> u64 {
        self.segments.last().map_or(0, |(head, ..)| head.offset)
    }
}

impl Line {
    /// The line's bytes, with its end.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        // Serialising plain numbers and words to memory has no way to fail; an empty line would end recovery early only.
        let mut bytes = serde_json::to_vec(self).unwrap_or_default();
        bytes.push(b'\n');
        bytes
    }
}
