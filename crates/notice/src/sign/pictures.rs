//! How faces look. They are drawn once; the fonts are let go of then, as they take much memory.

use super::{Face, Faces, MAX_FACE_CHARS, MAX_FACES, Mark};
use crate::canvas::{Area, Canvas, Colour};
use crate::error::ShowError;
use crate::fonts::Fonts;
use crate::text::{Pen, Style};

const SURFACE: Colour = Colour(0x1b, 0x1d, 0x21);
const INK: Colour = Colour(0xff, 0xff, 0xff);
/// Seen on light and on dark surroundings.
const EDGE: Colour = Colour(0xc7, 0xca, 0xce);
const RED: Colour = Colour(0xff, 0x5a, 0x4f);
const YELLOW: Colour = Colour(0xf5, 0xc5, 0x18);
/// Sizes at 96 dots an inch.
const PADDING: f32 = 10.0;
const GAP: f32 = 8.0;
const MARK: f32 = 12.0;

/// A face, drawn.
pub struct Picture {
    pub width: i32,
    pub height: i32,
    pub canvas: Canvas,
    /// What it says.
    pub text: String,
}

/// Draws every face in the first language that the machine has fonts for.
pub fn draw(faces: &[Faces], scale: f32) -> Result<Vec<Picture>, ShowError> {
    for Faces { language, faces } in faces {
        let faces: Vec<Face> = faces.iter().take(MAX_FACES).map(bounded).collect();
        let mut fonts = Fonts::of_the_machine(language);
        let all: Vec<&str> = faces.iter().map(|face| face.text.as_str()).collect();
        if fonts.can_write(&all.join(" ")) {
            let mut pen = Pen::new(fonts);
            return Ok(faces.into_iter().map(|face| one(&mut pen, face, scale)).collect());
        }
    }
    Err(ShowError::NoFont)
}

fn bounded(face: &Face) -> Face {
    let text = face.text.chars().filter(|c| !c.is_control()).take(MAX_FACE_CHARS).collect();
    Face { text, ..*face }
}

fn one(pen: &mut Pen, face: Face, scale: f32) -> Picture {
    let px = |length: f32| (length * scale).round().max(1.0) as i32;
    let style = Style { size: (14.0 * scale).round(), line: (20.0 * scale).round(), bold: true };
    let mut text = pen.set(&face.text, style, None);
    let (padding, mark) = (px(PADDING), px(MARK));
    let height = text.height().max(mark) + px(PADDING);
    let width = padding + mark + px(GAP) + text.width() + padding;
    let mut canvas = Canvas::new(width, height, SURFACE);
    let all = Area { x: 0, y: 0, width, height };
    canvas.frame_round(all, 0.0, px(1.0), EDGE);
    let mirrored = text.is_right_to_left();
    let mark_x = if mirrored { width - padding - mark } else { padding };
    draw_mark(&mut canvas, face.mark, Area { x: mark_x, y: (height - mark) / 2, width: mark, height: mark }, px(2.0));
    let text_x = if mirrored { padding } else { padding + mark + px(GAP) };
    let at = (text_x, (height - text.height()) / 2);
    pen.draw(&mut text, at, all, INK, &mut canvas);
    Picture { width, height, canvas, text: face.text }
}

fn draw_mark(canvas: &mut Canvas, mark: Mark, area: Area, line: i32) {
    let Area { x, y, width, height } = area;
    let round = width as f32 / 2.0;
    match mark {
        Mark::Disc => canvas.fill_round(area, round, RED),
        Mark::Ring => canvas.frame_round(area, round, line, INK),
        Mark::Square => canvas.fill_round(area, 0.0, INK),
        Mark::Bars => {
            let bar = (width / 3).max(1);
            canvas.fill_round(Area { x, y, width: bar, height }, 0.0, YELLOW);
            canvas.fill_round(Area { x: x + width - bar, y, width: bar, height }, 0.0, YELLOW);
        }
        Mark::Warning => {
            let bar = (width / 4).max(1);
            let left = x + (width - bar) / 2;
            canvas.fill_round(Area { x: left, y, width: bar, height: height - 2 * bar }, 0.0, YELLOW);
            canvas.fill_round(Area { x: left, y: y + height - bar, width: bar, height: bar }, 0.0, YELLOW);
        }
    }
}
