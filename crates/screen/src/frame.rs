//! Pictures and the rectangles in them.

use thiserror::Error;

/// Widest and tallest picture, in pixels: the X protocol's own practical bound.
pub const MAX_SIDE: u32 = 16_384;

/// Most pixels of one picture (7680 × 4320): bounds the memory of an encoder and a decoder.
pub const MAX_PIXELS: usize = 33_177_600;

/// The bits of a pixel that are colour; the byte above them is always zero in this crate.
pub(crate) const COLOUR: u32 = 0x00FF_FFFF;

/// An area of a picture: left, top, width and height in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rect {
    /// Left edge, in pixels from the picture's left.
    pub x: u32,
    /// Top edge, in pixels from the picture's top.
    pub y: u32,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
}

impl Rect {
    /// The part of this rectangle inside a picture of `width` × `height`; `None` where nothing is left.
    pub fn clipped(self, width: u32, height: u32) -> Option<Rect> {
        let right = self.x.saturating_add(self.width).min(width);
        let bottom = self.y.saturating_add(self.height).min(height);
        (self.x < right && self.y < bottom).then(|| Rect {
            x: self.x,
            y: self.y,
            width: right - self.x,
            height: bottom - self.y,
        })
    }
}

/// A size that no picture may have.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum FrameError {
    /// A side is zero or longer than [`MAX_SIDE`], or the area is above [`MAX_PIXELS`].
    #[error(
        "a picture of {width} × {height} pixels is not possible: sides are 1 to {MAX_SIDE}, at most {MAX_PIXELS} pixels in all"
    )]
    Size {
        /// Width asked for.
        width: u32,
        /// Height asked for.
        height: u32,
    },
    /// The number of pixels given is not width × height.
    #[error("{given} pixels were given for a picture of {expected}")]
    Pixels {
        /// Pixels given.
        given: usize,
        /// Width × height.
        expected: usize,
    },
}

/// A picture of `0x00RRGGBB` pixels, row by row from the top, without padding.
///
/// Its size is within [`MAX_SIDE`] and [`MAX_PIXELS`] by construction. The byte above the colour may hold anything while
/// a picture is filled in; the codec ignores it and always gives it back as zero.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    width: u32,
    height: u32,
    pixels: Vec<u32>,
}

impl Frame {
    /// A black picture.
    ///
    /// # Errors
    /// [`FrameError::Size`] where the size is out of bounds; nothing is allocated then.
    pub fn new(width: u32, height: u32) -> Result<Frame, FrameError> {
        let count = checked_area(width, height)?;
        Ok(Frame { width, height, pixels: vec![0; count] })
    }

    /// A picture of pixels that are already there, without copying them.
    ///
    /// # Errors
    /// [`FrameError`] where the size is out of bounds or does not fit the number of pixels.
    pub fn from_pixels(width: u32, height: u32, pixels: Vec<u32>) -> Result<Frame, FrameError> {
        let expected = checked_area(width, height)?;
        if pixels.len() != expected {
            return Err(FrameError::Pixels { given: pixels.len(), expected });
        }
        Ok(Frame { width, height, pixels })
    }

    /// A black picture of the same size.
    pub(crate) fn black(&self) -> Frame {
        Frame { pixels: vec![0; self.pixels.len()], ..*self }
    }

    /// Width in pixels, at least 1.
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Height in pixels, at least 1.
    pub fn height(&self) -> u32 {
        self.height
    }

    /// All pixels, row by row.
    pub fn pixels(&self) -> &[u32] {
        &self.pixels
    }

    /// All pixels, row by row, to be filled in.
    pub fn pixels_mut(&mut self) -> &mut [u32] {
        &mut self.pixels
    }

    /// The pixels of row `y`, which is below [`Frame::height`].
    pub fn row(&self, y: u32) -> &[u32] {
        let width = self.width as usize;
        &self.pixels[y as usize * width..][..width]
    }

    /// The pixels of row `y`, to be filled in.
    pub fn row_mut(&mut self, y: u32) -> &mut [u32] {
        let width = self.width as usize;
        &mut self.pixels[y as usize * width..][..width]
    }

    /// The rectangle that is the whole picture.
    pub fn bounds(&self) -> Rect {
        Rect { x: 0, y: 0, width: self.width, height: self.height }
    }
}

fn checked_area(width: u32, height: u32) -> Result<usize, FrameError> {
    let area = width as usize * height as usize;
    if width == 0 || height == 0 || width > MAX_SIDE || height > MAX_SIDE || area > MAX_PIXELS {
        return Err(FrameError::Size { width, height });
    }
    Ok(area)
}
