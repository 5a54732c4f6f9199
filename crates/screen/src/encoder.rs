//! Pictures in, payloads out.

use crate::frame::{COLOUR, Frame, Rect};
use crate::varint;

/// Side of the squares in which changes are looked for.
const TILE: u32 = 64;

/// How much work the encoder puts into small payloads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Level {
    /// Light enough for a host with many sessions.
    #[default]
    Default,
    /// Smaller recordings for hosts with time and memory to spare.
    Dense,
}

/// Settings of an [`Encoder`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EncoderOptions {
    /// Work against size.
    pub level: Level,
    /// A new group begins with the first change after this many microseconds.
    pub key_frame_interval_us: u64,
}

impl Default for EncoderOptions {
    fn default() -> Self {
        EncoderOptions { level: Level::Default, key_frame_interval_us: 60_000_000 }
    }
}

/// Where a picture may differ from the one before.
#[derive(Debug, Clone, Copy)]
pub enum Damage<'a> {
    /// Anywhere: the encoder compares the whole picture.
    Whole,
    /// Nowhere but in these rectangles (parts outside the picture are ignored). The encoder looks only there.
    Rects(&'a [Rect]),
}

/// What became of a picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Encoded {
    /// It equals the one before; there is nothing to store.
    Unchanged,
    /// What changed, to be decoded after all payloads of the group so far.
    Delta(Vec<u8>),
    /// A whole picture that needs nothing before it: the caller starts a new group with it.
    Key(Vec<u8>),
}

/// Encodes one screen.
#[derive(Debug)]
pub struct Encoder {
    options: EncoderOptions,
    shadow: Option<Frame>,
    group_started_us: u64,
}

impl Encoder {
    /// An encoder whose first payload will be a key frame.
    pub fn new(options: EncoderOptions) -> Encoder {
        Encoder { options, shadow: None, group_started_us: 0 }
    }

    /// The next payload will be a key frame, even where nothing changed.
    pub fn force_key(&mut self) {
        self.shadow = None;
    }

    /// Encodes the picture that the screen shows at `time_us` (microseconds, never falling). A picture of another size
    /// than the one before becomes a key frame.
    pub fn encode(&mut self, frame: &Frame, damage: Damage<'_>, time_us: u64) -> Encoded {
        let Some(shadow) = self.shadow.as_mut().filter(|shadow| shadow.bounds() == frame.bounds()) else {
            return self.key(frame, time_us);
        };
        let whole = [frame.bounds()];
        let rects = match damage {
            Damage::Whole => &whole[..],
            Damage::Rects(rects) => rects,
        };
        let mut plain = Vec::new();
        for rect in rects.iter().filter_map(|rect| rect.clipped(frame.width(), frame.height())) {
            for tile in tiles(rect) {
                if differs(shadow, frame, tile) {
                    put_tile(&mut plain, shadow, frame, tile);
                }
            }
        }
        if plain.is_empty() {
            return Encoded::Unchanged;
        }
        if time_us.saturating_sub(self.group_started_us) >= self.options.key_frame_interval_us {
            return self.key(frame, time_us);
        }
        Encoded::Delta(finish(2, frame, &plain))
    }

    fn key(&mut self, frame: &Frame, time_us: u64) -> Encoded {
        let mut shadow = frame.clone();
        let mut plain = Vec::new();
        for tile in tiles(frame.bounds()) {
            put_tile(&mut plain, &mut shadow, frame, tile);
        }
        self.shadow = Some(shadow);
        self.group_started_us = time_us;
        Encoded::Key(finish(1, frame, &plain))
    }
}

fn tiles(rect: Rect) -> impl Iterator<Item = Rect> {
    let columns = rect.width.div_ceil(TILE);
    (0..columns * rect.height.div_ceil(TILE)).map(move |index| {
        let (x, y) = (index % columns * TILE, index / columns * TILE);
        Rect { x: rect.x + x, y: rect.y + y, width: TILE.min(rect.width - x), height: TILE.min(rect.height - y) }
    })
}

fn span(frame: &Frame, rect: Rect, y: u32) -> &[u32] {
    &frame.row(y)[rect.x as usize..][..rect.width as usize]
}

fn differs(shadow: &Frame, frame: &Frame, rect: Rect) -> bool {
    (rect.y..rect.y + rect.height).any(|y| {
        let pairs = span(shadow, rect, y).iter().zip(span(frame, rect, y));
        pairs.fold(0, |seen, (old, new)| seen | (old ^ new)) & COLOUR != 0
    })
}

fn put_tile(plain: &mut Vec<u8>, shadow: &mut Frame, frame: &Frame, rect: Rect) {
    for value in [rect.x, rect.y, rect.width, rect.height] {
        varint::put(plain, u64::from(value));
    }
    for y in rect.y..rect.y + rect.height {
        for x in rect.x as usize..(rect.x + rect.width) as usize {
            let pixel = frame.row(y)[x] & COLOUR;
            plain.extend_from_slice(&pixel.to_le_bytes()[..3]);
            shadow.row_mut(y)[x] = pixel;
        }
    }
}

fn finish(kind: u8, frame: &Frame, plain: &[u8]) -> Vec<u8> {
    let mut out = vec![kind];
    varint::put(&mut out, u64::from(frame.width()));
    varint::put(&mut out, u64::from(frame.height()));
    varint::put(&mut out, plain.len() as u64);
    out.extend(zstd::bulk::compress(plain, 6).unwrap_or_default());
    out
}
