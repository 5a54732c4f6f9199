//! How the dialog looks.

use std::time::Duration;

use crate::canvas::{Area, Canvas, Colour};
use crate::dialog::{Dialog, Focus};
use crate::layout::{Layout, label_style};
use crate::text::Pen;

/// What lies around the dialog while it asks.
pub const CURTAIN: Colour = Colour(0x1b, 0x1d, 0x21);
const SURFACE: Colour = Colour(0xff, 0xff, 0xff);
const INK: Colour = Colour(0x15, 0x15, 0x15);
const QUIET: Colour = Colour(0x4d, 0x4d, 0x4d);
const EDGE: Colour = Colour(0x8a, 0x8d, 0x90);
const GROOVE: Colour = Colour(0xe4, 0xe6, 0xe8);
const PRIMARY: Colour = Colour(0x00, 0x5f, 0xc4);
const PRIMARY_OVER: Colour = Colour(0x00, 0x48, 0x96);
const PALE: Colour = Colour(0xe7, 0xf1, 0xfa);
const MARK: Colour = Colour(0xc9, 0x19, 0x0b);

/// Draws the dialog. `left` is the time until silence counts as an answer.
pub fn paint(pen: &mut Pen, layout: &mut Layout, dialog: &Dialog, left: Option<Duration>) -> Canvas {
    let px = |length: f32| (length * layout.scale).round().max(1.0) as i32;
    let (line, ring) = (px(1.0), px(2.0));
    let mut canvas = Canvas::new(layout.width, layout.height, SURFACE);
    let all = Area { x: 0, y: 0, width: layout.width, height: layout.height };
    canvas.frame_round(all, 0.0, line, EDGE);
    canvas.fill_round(layout.mark, layout.mark.width as f32 / 2.0, MARK);
    pen.draw(&mut layout.title, layout.title_at, all, INK, &mut canvas);
    let at = (layout.view.x, layout.view.y - dialog.scroll);
    pen.draw(&mut layout.body, at, layout.view, INK, &mut canvas);
    if let (Some(track), Some(thumb)) = (layout.track, layout.thumb(dialog.scroll)) {
        canvas.fill_round(track, track.width as f32 / 2.0, GROOVE);
        canvas.fill_round(thumb, thumb.width as f32 / 2.0, QUIET);
    }
    if dialog.focus == Focus::Text {
        // A text that cannot be scrolled would look like a field to write into: the dialog has the keyboard then.
        let around = layout.track.map_or(all, |track| union(layout.view, track).grown(px(6.0)));
        canvas.frame_round(around, px(4.0) as f32, ring, INK);
    }
    for (index, (area, label)) in layout.buttons.iter_mut().enumerate() {
        let active = dialog.over == Some(index) || dialog.held == Some(index);
        let radius = px(5.0) as f32;
        let ink = match (index, active) {
            (0, active) => {
                canvas.fill_round(*area, radius, if active { PRIMARY_OVER } else { PRIMARY });
                SURFACE
            }
            (_, active) => {
                canvas.fill_round(*area, radius, if active { PALE } else { SURFACE });
                canvas.frame_round(*area, radius, line, PRIMARY);
                PRIMARY
            }
        };
        let at = (area.x + (area.width - label.width()) / 2, area.y + (area.height - label.height()) / 2);
        pen.draw(label, at, *area, ink, &mut canvas);
        if dialog.focus == Focus::Button(index) {
            let around = area.grown(px(2.0) + ring);
            canvas.frame_round(around, radius + (px(2.0) + ring) as f32, ring, INK);
        }
    }
    if let Some(left) = left {
        paint_clock(pen, layout, left, &mut canvas);
    }
    canvas
}

/// Digits are read alike in every language.
fn paint_clock(pen: &mut Pen, layout: &Layout, left: Duration, canvas: &mut Canvas) {
    let seconds = left.as_millis().div_ceil(1_000);
    let mut text = pen.set(&format!("{}:{:02}", seconds / 60, seconds % 60), label_style(layout.scale), None);
    let clock = layout.clock;
    let x = if layout.mirrored { clock.x } else { clock.x + clock.width - text.width() };
    let y = clock.y + (clock.height - text.height()) / 2;
    pen.draw(&mut text, (x, y), clock, QUIET, canvas);
}

fn union(a: Area, b: Area) -> Area {
    let (x, y) = (a.x.min(b.x), a.y.min(b.y));
    let (right, bottom) = ((a.x + a.width).max(b.x + b.width), (a.y + a.height).max(b.y + b.height));
    Area { x, y, width: right - x, height: bottom - y }
}
