//! Text, shaped once and drawn as often as needed.

use cosmic_text::{Attrs, Buffer, Color, Metrics, Shaping, SwashCache, Weight};

use crate::canvas::{Area, Canvas, Colour};
use crate::fonts::Fonts;

/// How a text is set.
#[derive(Debug, Clone, Copy)]
pub struct Style {
    /// Height of its letters' box, in pixels.
    pub size: f32,
    /// From one line to the next, in pixels.
    pub line: f32,
    /// Whether it is bold.
    pub bold: bool,
}

/// A text in lines that fit a width.
pub struct Text {
    buffer: Buffer,
    width: i32,
    height: i32,
}

/// Draws glyphs and keeps those it has drawn.
pub struct Pen {
    pub fonts: Fonts,
    glyphs: SwashCache,
}

impl Pen {
    pub fn new(fonts: Fonts) -> Self {
        Self { fonts, glyphs: SwashCache::new() }
    }

    /// Breaks a text into lines of at most this width. Each paragraph goes in its own direction.
    pub fn set(&mut self, text: &str, style: Style, width: Option<i32>) -> Text {
        let attributes = self.attributes(style);
        let mut buffer = Buffer::new_empty(Metrics::new(style.size, style.line));
        buffer.set_size(width.map(|width| width as f32), None);
        buffer.set_text(text, &attributes, Shaping::Advanced, None);
        buffer.shape_until_scroll(&mut self.fonts.system, false);
        let (mut widest, mut height) = (0.0_f32, 0.0_f32);
        for run in buffer.layout_runs() {
            widest = widest.max(run.line_w);
            height = height.max(run.line_top + run.line_height);
        }
        Text { buffer, width: widest.ceil() as i32, height: height.ceil() as i32 }
    }

    fn attributes(&self, style: Style) -> Attrs<'static> {
        let attributes = self.fonts.attributes();
        if style.bold { attributes.weight(Weight::BOLD) } else { attributes }
    }

    /// Draws a text with its top left corner here, and nothing of it outside of `clip`.
    pub fn draw(&mut self, text: &mut Text, (left, top): (i32, i32), clip: Area, colour: Colour, canvas: &mut Canvas) {
        let ink = Color::rgb(colour.0, colour.1, colour.2);
        text.buffer.draw(&mut self.fonts.system, &mut self.glyphs, ink, |x, y, width, height, colour| {
            let (width, height) = (i32::try_from(width).unwrap_or(0), i32::try_from(height).unwrap_or(0));
            for y in top + y..top + y + height {
                for x in left + x..left + x + width {
                    if clip.contains(x, y) {
                        canvas.blend(x, y, Colour(colour.r(), colour.g(), colour.b()), colour.a());
                    }
                }
            }
        });
    }
}

impl Text {
    /// Width of its longest line.
    pub fn width(&self) -> i32 {
        self.width
    }

    /// Height of all its lines.
    pub fn height(&self) -> i32 {
        self.height
    }

    /// Whether its first line is written from right to left.
    pub fn is_right_to_left(&self) -> bool {
        self.buffer.layout_runs().next().is_some_and(|run| run.rtl)
    }
}
