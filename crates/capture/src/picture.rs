//! Reads rectangles of the root window into a frame, through shared memory or, where that is refused, by `GetImage`.

use std::mem;

use screen::{Frame, Rect};
use x11rb::protocol::xproto::{ConnectionExt as _, ImageFormat, Window};

use crate::connection::Link;
use crate::error::{CaptureError, ExchangeError};
use crate::shm::Segment;
use crate::visual::BYTES_PER_PIXEL;

/// Shared memory is not made larger than this; larger pictures come in several rounds.
const MAX_SEGMENT_BYTES: usize = 16 << 20;

/// One `GetImage` reply holds no more than this. The library keeps the whole reply in memory.
const MAX_REPLY_BYTES: usize = 1 << 20;

/// Shared memory is copied out in pieces of this size, which stay in the processor's cache until they are converted.
const COPY_BYTES: usize = 128 << 10;

/// A strip of a rectangle and where in the segment the server puts it.
struct Piece {
    part: Rect,
    offset: usize,
}

/// Reads the root window.
pub(crate) struct PictureReader {
    root: Window,
    segment: Option<Segment>,
    scratch: Vec<u8>,
}

impl PictureReader {
    /// Prepares to read pictures of this size. `shared` false keeps to `GetImage`.
    pub(crate) fn new(link: &Link, root: Window, size: (u32, u32), shared: bool) -> Result<Self, ExchangeError> {
        let segment = if shared { Segment::attach(link, segment_bytes(size))? } else { None };
        Ok(Self { root, segment, scratch: Vec::new() })
    }

    /// Whether pictures come through shared memory.
    pub(crate) fn is_shared(&self) -> bool {
        self.segment.is_some()
    }

    /// Makes room for pictures of another size.
    pub(crate) fn resize(&mut self, link: &Link, size: (u32, u32)) -> Result<(), ExchangeError> {
        let wanted = segment_bytes(size);
        if self.segment.as_ref().is_some_and(|segment| segment.bytes() < wanted)
            && let Some(old) = mem::replace(&mut self.segment, Segment::attach(link, wanted)?)
        {
            old.detach(link);
        }
        Ok(())
    }

    /// Reads the rectangles, which lie inside the frame, into the frame.
    pub(crate) fn read(&mut self, link: &Link, rects: &[Rect], frame: &mut Frame) -> Result<(), ExchangeError> {
        match &self.segment {
            Some(segment) => read_shared(link, self.root, segment, rects, frame, &mut self.scratch),
            None => read_plain(link, self.root, rects, frame),
        }
    }
}

/// The whole picture if that is not too much, and one row at least.
fn segment_bytes((width, height): (u32, u32)) -> usize {
    let row = width as usize * BYTES_PER_PIXEL;
    (row * height as usize).min(MAX_SEGMENT_BYTES.max(row)).max(BYTES_PER_PIXEL)
}

/// Cuts the rectangles into strips of at most this many bytes (or one row).
fn strips(rects: &[Rect], max_bytes: usize) -> impl Iterator<Item = Rect> {
    rects.iter().flat_map(move |rect| {
        let row = rect.width as usize * BYTES_PER_PIXEL;
        let rows = u32::try_from((max_bytes / row.max(1)).max(1)).unwrap_or(u32::MAX);
        (0..rect.height).step_by(rows as usize).map(move |from| Rect {
            y: rect.y + from,
            height: rows.min(rect.height - from),
            ..*rect
        })
    })
}

fn bytes_of(part: Rect) -> usize {
    part.width as usize * part.height as usize * BYTES_PER_PIXEL
}

fn read_shared(
    link: &Link,
    root: Window,
    segment: &Segment,
    rects: &[Rect],
    frame: &mut Frame,
    scratch: &mut Vec<u8>,
) -> Result<(), ExchangeError> {
    let mut round: Vec<Piece> = Vec::new();
    let mut filled = 0;
    for part in strips(rects, segment.bytes()) {
        if filled + bytes_of(part) > segment.bytes() {
            fetch_round(link, root, segment, &round, frame, scratch)?;
            round.clear();
            filled = 0;
        }
        round.push(Piece { part, offset: filled });
        filled += bytes_of(part);
    }
    fetch_round(link, root, segment, &round, frame, scratch)
}

/// Asks for all pieces before waiting for the first, so that a round costs one turn-around.
fn fetch_round(
    link: &Link,
    root: Window,
    segment: &Segment,
    round: &[Piece],
    frame: &mut Frame,
    scratch: &mut Vec<u8>,
) -> Result<(), ExchangeError> {
    let doing = "a picture by shared memory";
    let cookies = round
        .iter()
        .map(|piece| segment.request(link, root, piece.part, piece.offset))
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| ExchangeError::from_connection(doing, error))?;
    for cookie in cookies {
        link.reply(doing, cookie)?;
    }
    for piece in round {
        copy_out(segment, piece, frame, scratch).map_err(ExchangeError::Fatal)?;
    }
    Ok(())
}

fn copy_out(segment: &Segment, piece: &Piece, frame: &mut Frame, scratch: &mut Vec<u8>) -> Result<(), CaptureError> {
    let mut offset = piece.offset;
    for part in strips(&[piece.part], COPY_BYTES) {
        let bytes = bytes_of(part);
        if scratch.len() < bytes {
            scratch.resize(bytes, 0);
        }
        segment.read(&mut scratch[..bytes], offset)?;
        store(frame, part, &scratch[..bytes]);
        offset += bytes;
    }
    Ok(())
}

fn read_plain(link: &Link, root: Window, rects: &[Rect], frame: &mut Frame) -> Result<(), ExchangeError> {
    let doing = "a picture";
    for part in strips(rects, MAX_REPLY_BYTES) {
        let (x, y, width, height) = crate::rects::to_x11(part);
        let cookie = link
            .conn
            .get_image(ImageFormat::Z_PIXMAP, root, x, y, width, height, u32::MAX)
            .map_err(|error| ExchangeError::from_connection(doing, error))?;
        let reply = link.reply(doing, cookie)?;
        if reply.data.len() != bytes_of(part) {
            let reason = format!("{} bytes came where {} were asked for", reply.data.len(), bytes_of(part));
            return Err(ExchangeError::Fatal(CaptureError::Request { doing, reason }));
        }
        store(frame, part, &reply.data);
    }
    Ok(())
}

/// Puts rows of BGRX bytes into the frame. The fourth byte is whatever the server's drawing left there and is cleared.
fn store(frame: &mut Frame, part: Rect, bytes: &[u8]) {
    let stride = frame.width() as usize;
    let width = part.width as usize;
    let first = part.y as usize * stride + part.x as usize;
    for (row, source) in bytes.chunks_exact(width * BYTES_PER_PIXEL).enumerate() {
        let target = &mut frame.pixels_mut()[first + row * stride..][..width];
        for (pixel, bgrx) in target.iter_mut().zip(source.as_chunks::<BYTES_PER_PIXEL>().0) {
            *pixel = u32::from_le_bytes(*bgrx) & 0x00ff_ffff;
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn strips_cover_a_rectangle_in_order() {
        let rect = Rect { x: 3, y: 5, width: 10, height: 7 };
        let parts: Vec<_> = strips(&[rect], 2 * 40 + 1).map(|p| (p.x, p.y, p.width, p.height)).collect();
        assert_eq!(parts, [(3, 5, 10, 2), (3, 7, 10, 2), (3, 9, 10, 2), (3, 11, 10, 1)]);
        let rows: Vec<_> = strips(&[rect], 1).map(|p| p.height).collect();
        assert_eq!(rows, [1; 7], "never less than a row");
    }

    #[test]
    fn the_meaningless_byte_is_cleared() {
        let mut frame = Frame::from_pixels(3, 2, vec![7; 6]).unwrap();
        store(&mut frame, Rect { x: 1, y: 0, width: 2, height: 1 }, &[1, 2, 3, 255, 4, 5, 6, 128]);
        assert_eq!(frame.pixels(), [7, 0x03_0201, 0x06_0504, 7, 7, 7]);
    }

    #[test]
    fn shared_memory_is_bounded() {
        assert_eq!(segment_bytes((1920, 1080)), 1920 * 1080 * 4);
        assert_eq!(segment_bytes((16_384, 2_000)), MAX_SEGMENT_BYTES);
    }
}
