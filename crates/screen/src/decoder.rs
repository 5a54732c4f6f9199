//! Payloads in, pictures out. Payloads may come from anybody: every size is checked before memory is taken for it.

use std::sync::Arc;

use thiserror::Error;

use crate::bits::{BitReader, Reader};
use crate::cells::CellMap;
use crate::frame::{Frame, FrameError, Rect};
use crate::group::GroupState;
use crate::ledger::{Ledger, MeteredReader, Part};
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

/// Of larger pictures than this (5120 × 2880) no copy is kept: it would take more than 60 MB.
const MAX_KEPT_PIXELS: usize = 14_745_600;

/// Decodes one screen.
#[derive(Debug, Default)]
pub struct Decoder {
    /// The last key frame's payload, which restarts build on.
    key: Vec<u8>,
    /// The state after it, once it had to be decoded again: what was gone back to once will be again. Never changed, and
    /// shared by all decoders that can go back there.
    kept: Option<Arc<GroupState>>,
    group: Option<GroupState>,
    /// Nothing was applied since the key frame.
    at_key: bool,
}

impl Decoder {
    /// A decoder that waits for a key frame.
    pub fn new() -> Decoder {
        Decoder::default()
    }

    /// Another decoder that can go on with a restart from the same key frame.
    pub fn back_at_key(&self) -> Decoder {
        Decoder { key: self.key.clone(), kept: self.kept.clone(), group: None, at_key: false }
    }

    /// The picture after the last payload; `None` before the first key frame and after a refused payload.
    pub fn frame(&self) -> Option<&Frame> {
        self.group.as_ref().map(|group| &group.frame)
    }

    /// Applies one payload.
    ///
    /// # Errors
    /// [`DecodeError`] where the payload is not one that an encoder made at this place. The picture is dropped then, and
    /// only a key frame, or a restart from the last one, is accepted next.
    pub fn decode(&mut self, payload: &[u8]) -> Result<Update, DecodeError> {
        self.decode_with(payload, BitReader::new)
    }

    /// Does what [`Decoder::decode`] does, slower, and adds to `ledger` what the payload's bytes say.
    ///
    /// # Errors
    /// As [`Decoder::decode`].
    pub fn decode_metered(&mut self, payload: &[u8], ledger: &mut Ledger) -> Result<Update, DecodeError> {
        let parts = payload::take_apart(payload)?;
        ledger.add_bytes(Part::Photographic, parts.photos.len());
        ledger.add_bytes(Part::Framing, payload.len() - parts.photos.len() - parts.bits.len());
        self.decode_with(payload, |bits| MeteredReader::new(bits, ledger))
    }

    fn decode_with<'p, R: Reader>(
        &mut self,
        payload: &'p [u8],
        reader: impl FnOnce(&'p [u8]) -> R,
    ) -> Result<Update, DecodeError> {
        let before = self.frame().map(Frame::bounds);
        let present = self.group.take();
        let parts = payload::take_apart(payload)?;
        let (group, damaged) = match parts.kind {
            Kind::Key { .. } => {
                drop(present);
                self.key.clear();
                self.kept = None;
                let key = decode_key(&parts, reader(parts.bits))?;
                self.key.extend_from_slice(payload);
                key
            }
            Kind::Delta => apply(present.ok_or(DecodeError::NoKeyFrame)?, &parts, reader(parts.bits))?,
            Kind::Restart => {
                let (base, whole) = self.back_to_key(present)?;
                let (group, mut damaged) = apply(base, &parts, reader(parts.bits))?;
                damaged.extend(whole);
                (group, damaged)
            }
        };
        self.at_key = matches!(parts.kind, Kind::Key { .. });
        let resized = before != Some(group.frame.bounds());
        self.group = Some(group);
        Ok(Update { damaged, resized })
    }

    /// The state after the key frame, and what then shows something else than before.
    fn back_to_key(&mut self, present: Option<GroupState>) -> Result<(GroupState, Option<Rect>), DecodeError> {
        match present {
            Some(group) if self.at_key => Ok((group, None)),
            _ if self.key.is_empty() => Err(DecodeError::NoKeyFrame),
            present => {
                drop(present);
                let group = match &self.kept {
                    Some(kept) => GroupState::clone(kept),
                    None => {
                        let parts = payload::take_apart(&self.key)?;
                        decode_key(&parts, BitReader::new(parts.bits))?.0
                    }
                };
                let whole = group.frame.bounds();
                if self.kept.is_none() && group.frame.pixels().len() <= MAX_KEPT_PIXELS {
                    self.kept = Some(Arc::new(group.clone()));
                }
                Ok((group, Some(whole)))
            }
        }
    }
}

fn decode_key(parts: &Parts<'_>, reader: impl Reader) -> Result<(GroupState, Vec<Rect>), DecodeError> {
    match parts.kind {
        Kind::Key { level, width, height } => apply(GroupState::new(Frame::new(width, height)?, level), parts, reader),
        Kind::Delta | Kind::Restart => Err(DecodeError::NoKeyFrame),
    }
}

fn apply(
    mut group: GroupState,
    parts: &Parts<'_>,
    mut reader: impl Reader,
) -> Result<(GroupState, Vec<Rect>), DecodeError> {
    let mut photos = PhotoReader::new(parts.photos);
    let mut damaged = Vec::new();
    if !matches!(parts.kind, Kind::Key { .. }) {
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
