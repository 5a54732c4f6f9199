//! Payloads of the blocks that structure a recording. All are UTF-8 JSON; unknown fields are ignored.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::chain::{ChainValue, Head};
use crate::id::RecordingId;
use crate::monitor::Monitor;
use crate::sealed::ClassKeys;
use crate::words::open_words;

/// Payload of a group block. From here every track's codec starts anew, or goes back to a key frame that stands in the
/// group's base, so reading can start here.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// Counts up within a recording; never reused, may skip.
    pub number: u64,
    /// The tracks that may stand in this group; at most [`crate::MAX_TRACKS`], each id once.
    pub tracks: Vec<Track>,
    /// The longest time that the recorder lets a group last, in microseconds.
    pub key_frame_interval_us: u64,
    /// The number of an earlier group, without a base of its own, whose first picture the first of this one builds on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<u64>,
    /// Where the monitors lie on the picture while this group lasts; empty where the whole picture is one monitor, or
    /// nothing is known of any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub monitors: Vec<Monitor>,
    /// The keys of what is sealed in this group, each class at most once. What is not listed stands open.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<ClassKeys>,
}

impl Group {
    /// The track that holds the picture, if there is one.
    pub fn screen_track(&self) -> Option<u16> {
        self.tracks.iter().find(|track| track.kind == TrackKind::Screen).map(|track| track.id)
    }
}

/// One track of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Track {
    /// The number that the group's data blocks carry.
    pub id: u16,
    /// What the payloads are.
    pub kind: TrackKind,
}

/// What a track holds. JSON: `screen`, `pointer`, `events`, `thumbnails`, or `other-` and the number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TrackKind {
    /// A screen's picture.
    Screen,
    /// The pointer's shape and place.
    Pointer,
    /// [`crate::Event`] values.
    Events,
    /// Small JPEG pictures of the screen, for finding a place by eye; see [`crate::Thumbnail`].
    Thumbnails,
    /// Copies of documents, in parts; see [`crate::DocumentPart`]. JSON: `other-5`, for readers that came before it.
    Documents,
    /// A kind that this version does not know; readers pass over it.
    Other(u16),
}

impl TrackKind {
    /// The kind's number, also the usual track id where there is one track of the kind.
    pub fn number(self) -> u16 {
        match self {
            TrackKind::Screen => 1,
            TrackKind::Pointer => 2,
            TrackKind::Events => 3,
            TrackKind::Thumbnails => 4,
            TrackKind::Documents => 5,
            TrackKind::Other(number) => number,
        }
    }

    /// The kind with this number.
    pub fn from_number(number: u16) -> TrackKind {
        match number {
            1 => TrackKind::Screen,
            2 => TrackKind::Pointer,
            3 => TrackKind::Events,
            4 => TrackKind::Thumbnails,
            5 => TrackKind::Documents,
            other => TrackKind::Other(other),
        }
    }
}

impl Serialize for TrackKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            TrackKind::Screen => serializer.serialize_str("screen"),
            TrackKind::Pointer => serializer.serialize_str("pointer"),
            TrackKind::Events => serializer.serialize_str("events"),
            TrackKind::Thumbnails => serializer.serialize_str("thumbnails"),
            TrackKind::Documents | TrackKind::Other(_) => {
                serializer.collect_str(&format_args!("other-{}", self.number()))
            }
        }
    }
}

impl<'de> Deserialize<'de> for TrackKind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<TrackKind, D::Error> {
        let word = String::deserialize(deserializer)?;
        match word.as_str() {
            "screen" => Ok(TrackKind::Screen),
            "pointer" => Ok(TrackKind::Pointer),
            "events" => Ok(TrackKind::Events),
            "thumbnails" => Ok(TrackKind::Thumbnails),
            _ => word
                .strip_prefix("other-")
                .and_then(|number| number.parse().ok())
                .map(TrackKind::from_number)
                .ok_or_else(|| {
                    de::Error::custom("a track's kind is screen, pointer, events, thumbnails or other-NUMBER")
                }),
        }
    }
}

open_words! {
    /// What kind of session was recorded.
    SessionKind {
        /// A graphical desktop.
        Desktop = "desktop",
        /// A shell.
        Terminal = "terminal",
    }
}

/// Payload of a gap block: nothing of this stretch was recorded, or what was is lost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    /// First moment that is missing, microseconds since the recording's start.
    pub from_us: u64,
    /// First moment that is there again; equal to `from_us` where that is not known.
    pub to_us: u64,
    /// Why.
    pub reason: GapReason,
    /// The same for people.
    pub text: String,
    /// The chain before the lost bytes, where bytes were lost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chain_before: Option<ChainValue>,
    /// The chain after the lost bytes, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chain_after: Option<ChainValue>,
}

open_words! {
    /// Why something is missing.
    GapReason {
        /// The display did not answer, or refused.
        CaptureLost = "capture-lost",
        /// The recorder process ended and another went on.
        RecorderRestarted = "recorder-restarted",
        /// The agent was started again.
        AgentRestarted = "agent-restarted",
        /// The machine's spool had no room.
        SpoolFull = "spool-full",
        /// The server stayed away longer than data may wait.
        MessageLifeExpired = "message-life-expired",
        /// Somebody who may do so paused the recording.
        Paused = "paused",
        /// Stored bytes could not be read and a repair left them out.
        Damaged = "damaged",
    }
}

impl GapReason {
    /// Whether data after the gap cannot be decoded until the next group. Only a pause, of the display or of the recording, keeps codecs
    /// going.
    pub fn breaks_group(&self) -> bool {
        !matches!(self, GapReason::CaptureLost | GapReason::Paused)
    }
}

/// Payload of an incarnation block: a writer that lost its place goes on behind what was stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incarnation {
    /// Random number of this writer.
    pub incarnation: u64,
    /// Counts up; 0 is the writer of the header and has no block.
    pub number: u32,
    /// The head that it goes on from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub follows: Option<Head>,
}

/// Payload of an end block. More may follow: data that arrives late reopens a recording.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct End {
    /// Why.
    pub reason: EndReason,
    /// The same for people.
    pub text: String,
    /// The recording that goes on with the same session, where one does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub successor: Option<RecordingId>,
}

open_words! {
    /// Why a recording ended.
    EndReason {
        /// The session ended.
        Logout = "logout",
        /// Somebody stopped the recording.
        Stopped = "stopped",
        /// The display went away without a word.
        Lost = "lost",
        /// Nothing came for a long time.
        Dormant = "dormant",
        /// A successor goes on.
        RolledOver = "rolled-over",
        /// The agent was started again and the session was gone.
        AgentRestarted = "agent-restarted",
        /// The policy no longer wants it.
        PolicyChanged = "policy-changed",
    }
}
