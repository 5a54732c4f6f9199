//! A picture that is drawn upon, in the layout of the X server's pixels: blue, green, red, and one byte that means nothing.

/// Bytes of a pixel.
pub const PIXEL: usize = 4;

/// A colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Colour(pub u8, pub u8, pub u8);

impl Colour {
    /// As a pixel's value.
    pub fn value(self) -> u32 {
        u32::from_be_bytes([0, self.0, self.1, self.2])
    }
}

/// A rectangle in pixels of the window; the corner may lie outside.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Area {
    /// From the left.
    pub x: i32,
    /// From the top.
    pub y: i32,
    /// Its width.
    pub width: i32,
    /// Its height.
    pub height: i32,
}

impl Area {
    /// Whether a point lies in it.
    pub fn contains(&self, x: i32, y: i32) -> bool {
        (self.x..self.x + self.width).contains(&x) && (self.y..self.y + self.height).contains(&y)
    }

    /// The same, larger by this much on every side.
    #[must_use]
    pub fn grown(&self, by: i32) -> Self {
        Self { x: self.x - by, y: self.y - by, width: self.width + 2 * by, height: self.height + 2 * by }
    }
}

/// The picture.
pub struct Canvas {
    width: i32,
    height: i32,
    bytes: Vec<u8>,
}

impl Canvas {
    /// A picture of one colour.
    pub fn new(width: i32, height: i32, colour: Colour) -> Self {
        let (width, height) = (width.max(1), height.max(1));
        let pixels = usize::try_from(width).unwrap_or(1) * usize::try_from(height).unwrap_or(1);
        let bytes = [colour.2, colour.1, colour.0, 0].repeat(pixels);
        Self { width, height, bytes }
    }

    /// Its rows, one after the other.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Lays a colour over a pixel; 255 covers what was there.
    pub fn blend(&mut self, x: i32, y: i32, colour: Colour, alpha: u8) {
        if !(0..self.width).contains(&x) || !(0..self.height).contains(&y) {
            return;
        }
        let at = usize::try_from(y * self.width + x).unwrap_or(0) * PIXEL;
        for (byte, over) in self.bytes[at..at + 3].iter_mut().zip([colour.2, colour.1, colour.0]) {
            let mixed = u32::from(*byte) * u32::from(255 - alpha) + u32::from(over) * u32::from(alpha);
            *byte = u8::try_from((mixed + 127) / 255).unwrap_or(u8::MAX);
        }
    }

    /// Fills a rectangle with round corners.
    pub fn fill_round(&mut self, area: Area, radius: f32, colour: Colour) {
        for y in area.y..area.y + area.height {
            for x in area.x..area.x + area.width {
                self.blend(x, y, colour, coverage(&area, radius, x, y));
            }
        }
    }

    /// Draws a frame of this width inside a rectangle with round corners.
    pub fn frame_round(&mut self, area: Area, radius: f32, width: i32, colour: Colour) {
        let inner = area.grown(-width);
        let inner_radius = (radius - width as f32).max(0.0);
        for y in area.y..area.y + area.height {
            for x in area.x..area.x + area.width {
                let hole = coverage(&inner, inner_radius, x, y);
                self.blend(x, y, colour, coverage(&area, radius, x, y).saturating_sub(hole));
            }
        }
    }
}

/// How much of a pixel lies in a rectangle with round corners, 0 to 255.
fn coverage(area: &Area, radius: f32, x: i32, y: i32) -> u8 {
    if !area.contains(x, y) {
        return 0;
    }
    let (px, py) = (x as f32 + 0.5, y as f32 + 0.5);
    let (left, top) = (area.x as f32 + radius, area.y as f32 + radius);
    let (right, bottom) = ((area.x + area.width) as f32 - radius, (area.y + area.height) as f32 - radius);
    let dx = if px < left { left - px } else { (px - right).max(0.0) };
    let dy = if py < top { top - py } else { (py - bottom).max(0.0) };
    if dx == 0.0 || dy == 0.0 {
        return 255;
    }
    let inside = (radius - (dx * dx + dy * dy).sqrt() + 0.5).clamp(0.0, 1.0);
    (inside * 255.0) as u8
}
