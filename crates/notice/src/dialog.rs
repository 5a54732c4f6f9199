//! What the dialog does when keys and buttons are pressed. Knows neither windows nor time.

use crate::keys::Key;
use crate::layout::Layout;

/// What has the keyboard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Focus {
    /// The text, which can be scrolled.
    Text,
    /// A button, by its place in reading order.
    Button(usize),
}

/// What was done to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Done {
    /// Nothing.
    Nothing,
    /// It looks different now.
    Changed,
    /// A button was pressed.
    Pressed(usize),
}

/// The dialog's state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dialog {
    /// What has the keyboard.
    pub focus: Focus,
    /// How far the text is scrolled, in pixels.
    pub scroll: i32,
    /// The button that the pointer holds down.
    pub held: Option<usize>,
    /// The button that the pointer is over.
    pub over: Option<usize>,
    /// Where the bar was taken hold of: pixels from its top.
    dragged: Option<i32>,
    /// It asks: nothing has the keyboard at first that a key struck by chance could press.
    asks: bool,
}

impl Dialog {
    /// As it first appears.
    pub fn new(asks: bool) -> Self {
        let focus = if asks { Focus::Text } else { Focus::Button(0) };
        Self { focus, scroll: 0, held: None, over: None, dragged: None, asks }
    }

    /// A key was pressed.
    pub fn key(&mut self, key: Key, layout: &Layout) -> Done {
        let page = (layout.view.height - layout.line()).max(layout.line());
        match key {
            Key::Next => self.turn(1, layout),
            Key::Previous => self.turn(-1, layout),
            Key::Activate => match self.focus {
                Focus::Button(button) => Done::Pressed(button),
                Focus::Text => Done::Nothing,
            },
            // A question is not answered by it: whoever declines loses the session.
            Key::Escape if self.asks => self.set_focus(Focus::Button(layout.buttons.len().saturating_sub(1))),
            Key::Escape => Done::Pressed(0),
            Key::Up => self.scroll_by(-layout.line(), layout),
            Key::Down => self.scroll_by(layout.line(), layout),
            Key::PageUp => self.scroll_by(-page, layout),
            Key::PageDown => self.scroll_by(page, layout),
            Key::Home => self.scroll_to(0, layout),
            Key::End => self.scroll_to(layout.most_scroll(), layout),
        }
    }

    /// The wheel was turned by so many notches, down if positive.
    pub fn wheel(&mut self, notches: i32, layout: &Layout) -> Done {
        self.scroll_by(notches * layout.line() * 3, layout)
    }

    /// The first button of the mouse went down.
    pub fn press(&mut self, x: i32, y: i32, layout: &Layout) -> Done {
        if let Some(button) = at(layout, x, y) {
            self.held = Some(button);
            self.focus = Focus::Button(button);
            return Done::Changed;
        }
        match layout.thumb(self.scroll) {
            Some(thumb) if thumb.grown(2).contains(x, y) => {
                self.dragged = Some(y - thumb.y);
                Done::Nothing
            }
            Some(thumb) if layout.track.is_some_and(|track| track.contains(x, y)) => {
                let page = layout.view.height - layout.line();
                self.scroll_by(if y < thumb.y { -page } else { page }, layout)
            }
            _ => Done::Nothing,
        }
    }

    /// The first button of the mouse came up.
    pub fn release(&mut self, x: i32, y: i32, layout: &Layout) -> Done {
        self.dragged = None;
        match self.held.take() {
            Some(held) if at(layout, x, y) == Some(held) => Done::Pressed(held),
            Some(_) => Done::Changed,
            None => Done::Nothing,
        }
    }

    /// The pointer went somewhere.
    pub fn motion(&mut self, x: i32, y: i32, layout: &Layout) -> Done {
        if let (Some(grip), Some(track), Some(thumb)) = (self.dragged, layout.track, layout.thumb(self.scroll)) {
            let room = (track.height - thumb.height).max(1);
            return self.scroll_to((y - grip - track.y) * layout.most_scroll() / room, layout);
        }
        let over = at(layout, x, y);
        if over == self.over {
            return Done::Nothing;
        }
        self.over = over;
        Done::Changed
    }

    /// Forgets what was held down: the window was taken away meanwhile.
    pub fn let_go(&mut self) {
        (self.held, self.dragged) = (None, None);
    }

    fn turn(&mut self, by: i32, layout: &Layout) -> Done {
        // The text is a stop of its own where a key has something to do there, or where it was the first one.
        let with_text = self.asks || layout.track.is_some();
        let stops: Vec<Focus> =
            with_text.then_some(Focus::Text).into_iter().chain((0..layout.buttons.len()).map(Focus::Button)).collect();
        let count = i32::try_from(stops.len()).unwrap_or(1).max(1);
        let now = stops.iter().position(|stop| *stop == self.focus).and_then(|at| i32::try_from(at).ok()).unwrap_or(0);
        let next = usize::try_from((now + by).rem_euclid(count)).unwrap_or(0);
        stops.get(next).map_or(Done::Nothing, |stop| self.set_focus(*stop))
    }

    fn set_focus(&mut self, focus: Focus) -> Done {
        self.focus = focus;
        Done::Changed
    }

    fn scroll_by(&mut self, by: i32, layout: &Layout) -> Done {
        self.scroll_to(self.scroll + by, layout)
    }

    fn scroll_to(&mut self, to: i32, layout: &Layout) -> Done {
        let to = to.clamp(0, layout.most_scroll());
        if to == self.scroll {
            return Done::Nothing;
        }
        self.scroll = to;
        Done::Changed
    }
}

fn at(layout: &Layout, x: i32, y: i32) -> Option<usize> {
    layout.buttons.iter().position(|(area, _)| area.contains(x, y))
}
