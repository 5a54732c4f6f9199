//! What a pointer looks like, and its bytes: runs and literals of whole pixels.

use thiserror::Error;

use super::PointerError;
use crate::varint;

/// Longest side of a pointer shape, in pixels.
pub const MAX_SHAPE_SIDE: u32 = 512;

/// A pointer shape that is not possible.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ShapeError {
    /// A side is zero or above [`MAX_SHAPE_SIDE`].
    #[error("a pointer shape of {width} × {height} pixels is not possible: sides are 1 to {MAX_SHAPE_SIDE}")]
    Size {
        /// Width given.
        width: u32,
        /// Height given.
        height: u32,
    },
    /// The number of pixels is not width × height.
    #[error("{given} pixels were given for a pointer shape of {expected}")]
    Pixels {
        /// Pixels given.
        given: usize,
        /// Width × height.
        expected: usize,
    },
}

/// A pointer's picture. Its size is within [`MAX_SHAPE_SIDE`] by construction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shape {
    hot_x: u32,
    hot_y: u32,
    width: u32,
    height: u32,
    argb: Vec<u32>,
}

impl Shape {
    /// A shape of `0xAARRGGBB` pixels, row by row.
    ///
    /// # Errors
    /// [`ShapeError`] where size and pixels do not fit.
    pub fn new(hot_x: u32, hot_y: u32, width: u32, height: u32, argb: Vec<u32>) -> Result<Shape, ShapeError> {
        let expected = checked_area(width, height)?;
        if argb.len() != expected {
            return Err(ShapeError::Pixels { given: argb.len(), expected });
        }
        Ok(Shape { hot_x, hot_y, width, height, argb })
    }

    /// The hot spot, from the shape's left and top.
    pub fn hot_spot(&self) -> (u32, u32) {
        (self.hot_x, self.hot_y)
    }

    /// Width in pixels.
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Height in pixels.
    pub fn height(&self) -> u32 {
        self.height
    }

    /// `0xAARRGGBB` pixels, row by row, colours multiplied by alpha.
    pub fn argb(&self) -> &[u32] {
        &self.argb
    }

    pub(super) fn put(&self, out: &mut Vec<u8>) {
        for value in [self.hot_x, self.hot_y, self.width, self.height] {
            varint::put(out, u64::from(value));
        }
        let mut literals = Vec::new();
        for run in self.argb.chunk_by(|left, right| left == right) {
            if run.len() == 1 {
                literals.push(run[0]);
                continue;
            }
            put_literals(out, &mut literals);
            varint::put(out, (run.len() as u64) << 1 | 1);
            out.extend(run[0].to_le_bytes());
        }
        put_literals(out, &mut literals);
    }

    pub(super) fn take(bytes: &mut &[u8]) -> Result<Shape, PointerError> {
        let mut numbers = [0u32; 4];
        for number in &mut numbers {
            let value = varint::take(bytes).ok_or(PointerError::Truncated)?;
            *number = u32::try_from(value).unwrap_or(u32::MAX);
        }
        let [hot_x, hot_y, width, height] = numbers;
        let expected = checked_area(width, height)?;
        let mut argb = Vec::with_capacity(expected);
        while argb.len() < expected {
            let token = varint::take(bytes).ok_or(PointerError::Truncated)?;
            let count = usize::try_from(token >> 1).unwrap_or(usize::MAX);
            if count == 0 || count > expected - argb.len() {
                return Err(ShapeError::Pixels { given: argb.len().saturating_add(count), expected }.into());
            }
            if token & 1 != 0 {
                let pixel = take_pixel(bytes)?;
                argb.resize(argb.len() + count, pixel);
            } else {
                for _ in 0..count {
                    argb.push(take_pixel(bytes)?);
                }
            }
        }
        Ok(Shape { hot_x, hot_y, width, height, argb })
    }
}

fn put_literals(out: &mut Vec<u8>, literals: &mut Vec<u32>) {
    if !literals.is_empty() {
        varint::put(out, (literals.len() as u64) << 1);
        out.extend(literals.drain(..).flat_map(u32::to_le_bytes));
    }
}

fn take_pixel(bytes: &mut &[u8]) -> Result<u32, PointerError> {
    let (pixel, rest) = bytes.split_first_chunk().ok_or(PointerError::Truncated)?;
    *bytes = rest;
    Ok(u32::from_le_bytes(*pixel))
}

fn checked_area(width: u32, height: u32) -> Result<usize, ShapeError> {
    if !(1..=MAX_SHAPE_SIDE).contains(&width) || !(1..=MAX_SHAPE_SIDE).contains(&height) {
        return Err(ShapeError::Size { width, height });
    }
    Ok(width as usize * height as usize)
}
