//! Where everything stands in the dialog, in pixels.

use crate::canvas::Area;
use crate::content::Content;
use crate::text::{Pen, Style, Text};

/// Widths and heights at 96 dots an inch.
const WIDTH: f32 = 560.0;
const PADDING: f32 = 28.0;
const BUTTON_HEIGHT: f32 = 38.0;
const BUTTON_PADDING: f32 = 20.0;
const BUTTON_LEAST_WIDTH: f32 = 96.0;
const GAP: f32 = 12.0;
const BAR: f32 = 8.0;
const MARK: f32 = 14.0;
/// Of the monitor's width and height the dialog takes no more.
const MOST_OF_WIDTH: f32 = 0.92;
const MOST_OF_HEIGHT: f32 = 0.86;
/// No digits are wider.
const LONGEST_TIME: &str = "000:00";
/// Lines of text that are shown at least, however low the monitor is.
const LEAST_LINES: f32 = 2.0;

/// The dialog, laid out.
pub struct Layout {
    /// How many pixels stand for one at 96 dots an inch.
    pub scale: f32,
    /// Its size.
    pub width: i32,
    pub height: i32,
    /// Written from right to left.
    pub mirrored: bool,
    pub title: Text,
    pub title_at: (i32, i32),
    /// The round mark beside the title.
    pub mark: Area,
    pub body: Text,
    /// Where the text is seen; it may be longer.
    pub view: Area,
    /// Where the bar for scrolling goes; none if the text fits.
    pub track: Option<Area>,
    /// Buttons in reading order, with what stands on them.
    pub buttons: Vec<(Area, Text)>,
    /// Where the time that is left stands.
    pub clock: Area,
}

impl Layout {
    /// Lays out the content on a monitor of this size.
    pub fn new(pen: &mut Pen, content: &Content, monitor: (i32, i32), scale: f32) -> Self {
        let px = |length: f32| (length * scale).round() as i32;
        let width = px(WIDTH).min((monitor.0 as f32 * MOST_OF_WIDTH) as i32).max(1);
        let padding = px(PADDING).min(width / 8);
        let inner = (width - 2 * padding).max(1);
        let body_style = body_style(scale);
        let mark = px(MARK);
        let title = pen.set(&content.title, title_style(scale), Some((inner - mark - px(GAP)).max(1)));
        // Room for the bar is always left: the lines do not break otherwise when it appears.
        let body_width = (inner - px(BAR) - px(GAP)).max(1);
        let body = pen.set(&content.body, body_style, Some(body_width));
        let mirrored = if content.title.is_empty() { body.is_right_to_left() } else { title.is_right_to_left() };
        let (rows, clock, buttons_height) = Self::rows(pen, content, inner, scale);
        let above = padding + title.height() + px(GAP);
        let below = px(GAP) * 2 + buttons_height + padding;
        let most = (monitor.1 as f32 * MOST_OF_HEIGHT) as i32;
        let least = (body_style.line * LEAST_LINES) as i32;
        let view_height = body.height().min((most - above - below).max(least)).max(1);
        let height = above + view_height + below;
        let mirror = |area: Area| if mirrored { Area { x: width - area.x - area.width, ..area } } else { area };
        let view = mirror(Area { x: padding, y: above, width: body_width, height: view_height });
        let track = mirror(Area { x: width - padding - px(BAR), y: above, width: px(BAR), height: view_height });
        let title_area = mirror(Area {
            x: padding + mark + px(GAP),
            y: padding,
            width: inner - mark - px(GAP),
            height: title.height(),
        });
        let first_line = title_style(scale).line as i32;
        let mark_area = Area { x: padding, y: padding + (first_line - mark) / 2, width: mark, height: mark };
        let buttons_top = above + view_height + px(GAP) * 2;
        let shift = |area: Area| mirror(Area { x: area.x + padding, y: area.y + buttons_top, ..area });
        let buttons: Vec<_> = rows.into_iter().map(|(area, text)| (shift(area), text)).collect();
        Self {
            scale,
            width,
            height,
            mirrored,
            title_at: (title_area.x, title_area.y),
            mark: mirror(mark_area),
            track: (body.height() > view_height).then_some(track),
            title,
            body,
            view,
            buttons,
            clock: shift(clock),
        }
    }

    /// Buttons beside each other, or below each other where they do not fit, and the time that is left behind them. Also the height of all.
    fn rows(pen: &mut Pen, content: &Content, inner: i32, scale: f32) -> (Vec<(Area, Text)>, Area, i32) {
        let px = |length: f32| (length * scale).round() as i32;
        let (height, gap) = (px(BUTTON_HEIGHT), px(GAP));
        let (mut x, mut y) = (0, 0);
        let mut buttons = Vec::new();
        for label in content.kind.labels() {
            let text = pen.set(label, label_style(scale), None);
            let width = (text.width() + 2 * px(BUTTON_PADDING)).max(px(BUTTON_LEAST_WIDTH)).min(inner);
            if x > 0 && x + width > inner {
                (x, y) = (0, y + height + gap);
            }
            buttons.push((Area { x, y, width, height }, text));
            x += width + gap;
        }
        let mut clock = Area::default();
        if content.asks() {
            let width = pen.set(LONGEST_TIME, label_style(scale), None).width().min(inner);
            if x + width > inner {
                y += height + gap;
            }
            clock = Area { x: inner - width, y, width, height };
        }
        (buttons, clock, y + height)
    }

    /// How far the text can be scrolled.
    pub fn most_scroll(&self) -> i32 {
        (self.body.height() - self.view.height).max(0)
    }

    /// From one line of the text to the next.
    pub fn line(&self) -> i32 {
        body_style(self.scale).line as i32
    }

    /// Where the part of the bar stands that shows which part of the text is seen.
    pub fn thumb(&self, scroll: i32) -> Option<Area> {
        let track = self.track?;
        let all = self.body.height().max(1);
        let height = (track.height * self.view.height / all).clamp((24.0 * self.scale) as i32, track.height);
        let room = track.height - height;
        let y = track.y + room * scroll.clamp(0, self.most_scroll()) / self.most_scroll().max(1);
        Some(Area { y, height, ..track })
    }
}

pub fn title_style(scale: f32) -> Style {
    Style { size: (20.0 * scale).round(), line: (28.0 * scale).round(), bold: true }
}

pub fn body_style(scale: f32) -> Style {
    Style { size: (15.0 * scale).round(), line: (23.0 * scale).round(), bold: false }
}

pub fn label_style(scale: f32) -> Style {
    Style { size: (15.0 * scale).round(), line: (22.0 * scale).round(), bold: false }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::Kind;
    use crate::fonts::Fonts;

    #[test]
    fn the_time_that_is_left_has_room_whatever_stands_on_the_buttons() {
        let mut pen = Pen::new(Fonts::of_the_machine("en"));
        let time = pen.set("59:59", label_style(2.0), None).width();
        for length in 1..=40 {
            let label = "m".repeat(length);
            let kind = Kind::Question { accept: "Accept".to_owned(), decline: label, patience_secs: 3_600 };
            let content =
                Content { language: "en".to_owned(), title: "Title".to_owned(), body: "Text".to_owned(), kind };
            let layout = Layout::new(&mut pen, &content, (1024, 768), 2.0);
            let clock = layout.clock;
            assert!(
                clock.width >= time && clock.x >= 0 && clock.x + clock.width <= layout.width,
                "{length}: {clock:?}"
            );
            assert!(clock.y + clock.height <= layout.height, "{length}: {clock:?}");
            assert!(layout.buttons.iter().all(|(button, _)| crate::seen::common(*button, clock).is_none()), "{length}");
        }
    }
}
