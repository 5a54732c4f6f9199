//! The pointer's track: where it is, what it looks like, whether it is seen.
//!
//! A payload is a row of operations, described in `docs/screen-codec.md`. Shapes are kept by both sides in a ring of
//! [`CACHED_SHAPES`] places, so that a pointer that goes back and forth between arrow and beam costs a byte or two. Each
//! group starts with [`PointerEncoder::snapshot`], which needs nothing before it.

mod shape;

use std::sync::Arc;

use thiserror::Error;

use crate::varint;
pub use shape::{MAX_SHAPE_SIDE, Shape, ShapeError};

/// Shapes that encoder and decoder remember; the oldest makes room for a new one.
pub const CACHED_SHAPES: usize = 32;

/// Most operations in one payload; bounds the work of a decoder.
pub const MAX_OPERATIONS: usize = 4096;

const SNAPSHOT: u8 = 0;
const MOVED: u8 = 1;
const NEW_SHAPE: u8 = 2;
const CACHED_SHAPE: u8 = 3;
const HIDDEN: u8 = 4;

/// Something that happened to the pointer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PointerChange {
    /// The hot spot is now at this place of the picture, in pixels; it may lie outside.
    Moved {
        /// Pixels from the left.
        x: i32,
        /// Pixels from the top.
        y: i32,
    },
    /// The pointer is seen and looks like this.
    Shape {
        /// The hot spot's place in the shape, from its left.
        hot_x: u32,
        /// The hot spot's place in the shape, from its top.
        hot_y: u32,
        /// Width in pixels, 1 to [`MAX_SHAPE_SIDE`].
        width: u32,
        /// Height in pixels, 1 to [`MAX_SHAPE_SIDE`].
        height: u32,
        /// `0xAARRGGBB` row by row, colours multiplied by alpha as X gives them.
        argb: Vec<u32>,
    },
    /// The pointer is not seen.
    Hidden,
}

/// Where the pointer is and what it looks like.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PointerState {
    /// The hot spot's place in the picture, from its left.
    pub x: i32,
    /// The hot spot's place in the picture, from its top.
    pub y: i32,
    /// The last shape seen, if there was one.
    pub shape: Option<Arc<Shape>>,
    /// Whether the pointer is seen.
    pub visible: bool,
}

/// Why a pointer payload was refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PointerError {
    /// The payload ends inside an operation.
    #[error("the pointer payload ends too early")]
    Truncated,
    /// An operation that this version does not know.
    #[error("unknown pointer operation {0}: made by a newer version?")]
    UnknownOperation(u8),
    /// A remembered shape was asked for that is not there.
    #[error("the pointer shape {0} was never sent in this group")]
    UnknownShape(u64),
    /// More than [`MAX_OPERATIONS`] in one payload.
    #[error("more than {MAX_OPERATIONS} pointer operations in one payload")]
    TooMany,
    /// A shape that is not possible.
    #[error(transparent)]
    Shape(#[from] ShapeError),
}

/// The ring of shapes that both sides keep.
#[derive(Debug, Default)]
struct ShapeRing {
    shapes: Vec<Arc<Shape>>,
    next: usize,
}

impl ShapeRing {
    fn insert(&mut self, shape: Arc<Shape>) {
        if self.shapes.len() < CACHED_SHAPES {
            self.shapes.push(shape);
        } else {
            self.shapes[self.next] = shape;
        }
        self.next = (self.next + 1) % CACHED_SHAPES;
    }
}

/// Turns changes into payloads.
#[derive(Debug, Default)]
pub struct PointerEncoder {
    state: PointerState,
    ring: ShapeRing,
}

impl PointerEncoder {
    /// An encoder that knows of no pointer yet: nowhere seen, at 0, 0.
    pub fn new() -> PointerEncoder {
        PointerEncoder::default()
    }

    /// Encodes one change; `None` where it changes nothing. Payloads of consecutive changes may be joined.
    ///
    /// # Errors
    /// [`ShapeError`] where the shape is too large or its pixels do not fit its size; the pointer stays as it was.
    pub fn encode(&mut self, change: &PointerChange) -> Result<Option<Vec<u8>>, ShapeError> {
        let mut out = Vec::new();
        match change {
            PointerChange::Moved { x, y } => {
                if (*x, *y) == (self.state.x, self.state.y) {
                    return Ok(None);
                }
                out.push(MOVED);
                varint::put_signed(&mut out, i64::from(*x) - i64::from(self.state.x));
                varint::put_signed(&mut out, i64::from(*y) - i64::from(self.state.y));
                (self.state.x, self.state.y) = (*x, *y);
            }
            PointerChange::Shape { hot_x, hot_y, width, height, argb } => {
                let shape = Shape::new(*hot_x, *hot_y, *width, *height, argb.clone())?;
                if self.state.visible && self.state.shape.as_deref() == Some(&shape) {
                    return Ok(None);
                }
                self.put_shape(&mut out, shape);
            }
            PointerChange::Hidden if !self.state.visible => return Ok(None),
            PointerChange::Hidden => {
                out.push(HIDDEN);
                self.state.visible = false;
            }
        }
        Ok(Some(out))
    }

    /// The whole state in one payload that needs nothing before it. Remembered shapes are forgotten on both sides.
    pub fn snapshot(&mut self) -> Vec<u8> {
        let mut out = vec![SNAPSHOT];
        varint::put_signed(&mut out, i64::from(self.state.x));
        varint::put_signed(&mut out, i64::from(self.state.y));
        self.ring = ShapeRing::default();
        out.push(u8::from(self.state.shape.is_some()) | u8::from(self.state.visible) << 1);
        if let Some(shape) = &self.state.shape {
            shape.put(&mut out);
            self.ring.insert(shape.clone());
        }
        out
    }

    fn put_shape(&mut self, out: &mut Vec<u8>, shape: Shape) {
        let known = self.ring.shapes.iter().position(|known| **known == shape);
        let shape = if let Some(place) = known {
            out.push(CACHED_SHAPE);
            varint::put(out, place as u64);
            self.ring.shapes[place].clone()
        } else {
            out.push(NEW_SHAPE);
            shape.put(out);
            let shape = Arc::new(shape);
            self.ring.insert(shape.clone());
            shape
        };
        self.state.shape = Some(shape);
        self.state.visible = true;
    }
}

/// Follows the pointer through payloads, which may come from anybody.
#[derive(Debug, Default)]
pub struct PointerDecoder {
    state: PointerState,
    ring: ShapeRing,
}

impl PointerDecoder {
    /// A decoder that has seen no pointer.
    pub fn new() -> PointerDecoder {
        PointerDecoder::default()
    }

    /// The pointer after the last payload.
    pub fn state(&self) -> &PointerState {
        &self.state
    }

    /// Applies one payload (or several joined ones) and returns the state after it.
    ///
    /// # Errors
    /// [`PointerError`] where it is not a payload of an encoder; operations before the bad one have taken effect.
    pub fn decode(&mut self, mut payload: &[u8]) -> Result<&PointerState, PointerError> {
        let mut operations = 0;
        while let Some((&operation, rest)) = payload.split_first() {
            operations += 1;
            if operations > MAX_OPERATIONS {
                return Err(PointerError::TooMany);
            }
            payload = rest;
            self.apply(operation, &mut payload)?;
        }
        Ok(&self.state)
    }

    fn apply(&mut self, operation: u8, bytes: &mut &[u8]) -> Result<(), PointerError> {
        match operation {
            SNAPSHOT => self.apply_snapshot(bytes)?,
            MOVED => {
                self.state.x = self.state.x.wrapping_add(take_i32(bytes)?);
                self.state.y = self.state.y.wrapping_add(take_i32(bytes)?);
            }
            NEW_SHAPE => {
                let shape = Arc::new(Shape::take(bytes)?);
                self.ring.insert(shape.clone());
                self.show(shape);
            }
            CACHED_SHAPE => {
                let place = varint::take(bytes).ok_or(PointerError::Truncated)?;
                let known = usize::try_from(place).ok().and_then(|place| self.ring.shapes.get(place));
                let shape = known.ok_or(PointerError::UnknownShape(place))?.clone();
                self.show(shape);
            }
            HIDDEN => self.state.visible = false,
            other => return Err(PointerError::UnknownOperation(other)),
        }
        Ok(())
    }

    fn apply_snapshot(&mut self, bytes: &mut &[u8]) -> Result<(), PointerError> {
        let (x, y) = (take_i32(bytes)?, take_i32(bytes)?);
        let (&flags, rest) = bytes.split_first().ok_or(PointerError::Truncated)?;
        *bytes = rest;
        let shape = if flags & 1 != 0 { Some(Arc::new(Shape::take(bytes)?)) } else { None };
        self.ring = ShapeRing::default();
        if let Some(shape) = &shape {
            self.ring.insert(shape.clone());
        }
        self.state = PointerState { x, y, shape, visible: flags & 2 != 0 };
        Ok(())
    }

    fn show(&mut self, shape: Arc<Shape>) {
        self.state.shape = Some(shape);
        self.state.visible = true;
    }
}

/// A signed number; differences of two positions wrap, so any 33-bit value names one.
fn take_i32(bytes: &mut &[u8]) -> Result<i32, PointerError> {
    Ok(varint::take_signed(bytes).ok_or(PointerError::Truncated)? as i32)
}
