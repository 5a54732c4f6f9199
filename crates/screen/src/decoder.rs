//! Payloads in, pictures out. Payloads may come from anybody: every size is checked before memory is taken for it.

use thiserror::Error;

use crate::bits::BitReader;
use crate::cells::CellMap;
use crate::frame::{Frame, FrameError, Rect};
use crate::group::GroupState;
use crate::payload::{self, Kind, Parts};
use crate::photo::PhotoReader;
use crate::tiles::NoChoice;

/// Why a payload was refused. The decoder then waits for the next key frame.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// The payload ends before what it announces.
    #[error("the screen payload ends too early")]
    Truncated,
    /// The payload is of no known kind.
    #[error("screen payload of unknown kind {0}: made by a newer version?")]
    UnknownKind(u8),
    /// The group uses tables of no known size.
    #[error("screen group of unknown level {0}: made by a newer version?")]
    UnknownLevel(u8),
    /// A change without the key frame that it builds on.
    #[error("a screen change without the key frame before it: decoding can begin at a group only")]
    NoKeyFrame,
    /// The picture's size is impossible.
    #[error(transparent)]
    Size(#[from] FrameError),
    /// The payload contradicts itself.
    #[error("the screen payload is damaged: {0}")]
    Damaged(&'static str),
}

/// What a payload changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Update {
    /// The areas that may have changed; they lie inside the picture.
    pub damaged: Vec<Rect>,
    /// Whether the picture has another size than before (true for the first).
    pub resized: bool,
}

/// Decodes one screen.
#[derive(Debug, Default)]
pub struct Decoder {
    group: Option<GroupState>,
}

impl Decoder {
    /// A decoder that waits for a key frame.
    pub fn new() -> Decoder {
        Decoder::default()
    }

    /// The picture after the last payload; `None` before the first key frame and after a refused payload.
    pub fn frame(&self) -> Option<&Frame> {
        self.group.as_ref().map(|group| &group.frame)
    }

    /// Applies one payload.
    ///
    /// # Errors
    /// [`DecodeError`] where the payload is not one that an encoder made at this place. The picture is dropped then, and
    /// only a key frame is accepted next.
    pub fn decode(&mut self, payload: &[u8]) -> Result<Update, DecodeError> {
        let before = self.frame().map(Frame::bounds);
        let (group, damaged) = apply(self.group.take(), payload)?;
        let resized = before != Some(group.frame.bounds());
        self.group = Some(group);
        Ok(Update { damaged, resized })
    }
}

fn apply(before: Option<GroupState>, payload: &[u8]) -> Result<(GroupState, Vec<Rect>), DecodeError> {
    let Parts { kind, photos, bits } = payload::take_apart(payload)?;
    let mut group = match kind {
        Kind::Key { level, width, height } => GroupState::new(Frame::new(width, height)?, level),
        Kind::Delta => before.ok_or(DecodeError::NoKeyFrame)?,
    };
    let (mut reader, mut photos) = (BitReader::new(bits), PhotoReader::new(photos));
    let mut damaged = Vec::new();
    if kind == Kind::Delta {
        for step in group.code_moves(&mut reader, &[]) {
            if !step.apply(&mut group.frame) {
                return Err(DecodeError::Damaged("a move leaves the picture"));
            }
            damaged.push(step.to);
        }
    }
    let mut map = CellMap::new(group.frame.width(), group.frame.height());
    group.code_cells(&mut reader, &mut map);
    for row in 0..map.rows() {
        damaged.extend(map.runs(row).map(|run| map.area(run, row)));
    }
    for tile in group.code_tiles(&mut reader, &mut map, &mut NoChoice)? {
        photos.tile(&mut group.frame, tile);
    }
    group.code_pixels(&mut reader, &map, None);
    if !reader.ended_well() || !photos.ended_well() {
        return Err(DecodeError::Damaged("its bytes and its contents end at different places"));
    }
    Ok((group, damaged))
}
