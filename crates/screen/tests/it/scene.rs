//! Pictures as programs draw them: areas, glyphs, photographs, scrolling, windows that come and go.

use proptest::prelude::*;
use screen::{Frame, Rect};

/// Something drawn. Rectangles are given in 1/256 of the picture's size.
#[derive(Debug, Clone)]
pub enum Stroke {
    Fill(Area, u32),
    Text(Area, u32),
    Photo(Area, u32),
    Scroll(Area, i32, i32),
    /// Shows again what the picture was this many strokes ago.
    Restore(usize),
    Dot(u8, u8, u32),
    Resize(u32, u32),
}

pub type Area = (u8, u8, u8, u8);

pub fn stroke() -> impl Strategy<Value = Stroke> {
    let area = || any::<Area>();
    prop_oneof![
        2 => (area(), any::<u32>()).prop_map(|(area, colour)| Stroke::Fill(area, colour)),
        4 => (area(), 0u32..8).prop_map(|(area, seed)| Stroke::Text(area, seed)),
        1 => (area(), any::<u32>()).prop_map(|(area, seed)| Stroke::Photo(area, seed)),
        4 => (area(), -40i32..40, -40i32..40).prop_map(|(area, dx, dy)| Stroke::Scroll(area, dx, dy)),
        3 => (1usize..4).prop_map(Stroke::Restore),
        2 => any::<(u8, u8, u32)>().prop_map(|(x, y, colour)| Stroke::Dot(x, y, colour)),
        1 => (1u32..200, 1u32..200).prop_map(|(width, height)| Stroke::Resize(width, height)),
    ]
}

/// A picture with its past.
pub struct Scene {
    pub frame: Frame,
    past: Vec<Frame>,
}

impl Scene {
    pub fn new(width: u32, height: u32) -> Scene {
        Scene { frame: Frame::new(width, height).unwrap(), past: Vec::new() }
    }

    /// Draws, and says where.
    pub fn draw(&mut self, stroke: &Stroke) -> Rect {
        self.past.push(self.frame.clone());
        let whole = self.frame.bounds();
        match *stroke {
            Stroke::Fill(area, colour) => self.each(area, |_, _| colour),
            Stroke::Text(area, seed) => self.each(area, |x, y| glyph_pixel(x, y, seed)),
            Stroke::Photo(area, seed) => self.each(area, |x, y| {
                let noise = (x * 7919 + y * 104_729).wrapping_add(seed).wrapping_mul(0x9E37_79B1) >> 28;
                (x * 2 + noise) << 16 | (y * 2 + noise) << 8 & 0xFF00 | (x + y + noise) & 0xFF
            }),
            Stroke::Scroll(area, dx, dy) => {
                let before = self.frame.clone();
                self.each(area, |x, y| {
                    let from_x = (x as i32 - dx).rem_euclid(before.width() as i32) as u32;
                    let from_y = (y as i32 - dy).rem_euclid(before.height() as i32) as u32;
                    before.row(from_y)[from_x as usize]
                })
            }
            Stroke::Restore(ago) => {
                let then = &self.past[self.past.len().saturating_sub(ago + 1)];
                if then.bounds() == whole {
                    self.frame = then.clone();
                }
                whole
            }
            Stroke::Dot(x, y, colour) => self.each((x, y, 1, 1), |_, _| colour),
            Stroke::Resize(width, height) => {
                self.frame = Frame::new(width, height).unwrap();
                self.frame.bounds()
            }
        }
    }

    fn each(&mut self, area: Area, pixel: impl Fn(u32, u32) -> u32) -> Rect {
        let (width, height) = (self.frame.width(), self.frame.height());
        let scale = |part: u8, side: u32| u32::from(part) * side / 256;
        let rect = Rect {
            x: scale(area.0, width),
            y: scale(area.1, height),
            width: scale(area.2, width) + 1,
            height: scale(area.3, height) + 1,
        };
        let rect = rect.clipped(width, height).unwrap();
        for y in rect.y..rect.y + rect.height {
            for x in rect.x..rect.x + rect.width {
                self.frame.row_mut(y)[x as usize] = pixel(x, y);
            }
        }
        rect
    }
}

/// Lines of pseudo-letters, grey on a light ground, with a different alphabet for each seed.
fn glyph_pixel(x: u32, y: u32, seed: u32) -> u32 {
    let letter = ((x / 7 + y / 12 * 31) * 17 + seed) % 11;
    let (inside_x, inside_y) = (x % 7, y % 12);
    if inside_x == 6 || inside_y > 8 {
        return 0xFF_FFFF;
    }
    let level = (letter * 97 + inside_x * 31 + inside_y * 57 + seed * 13) % 23;
    if level < 12 { 0xFF_FFFF } else { level * 9 * 0x01_0101 }
}
