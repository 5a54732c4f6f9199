//! The window while it is shown: what happens to it, and what its user does.

use std::time::{Duration, Instant};

use x11rb::CURRENT_TIME;
use x11rb::connection::Connection as _;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{
    ChangeWindowAttributesAux, ClientMessageEvent, ConnectionExt as _, EventMask, GrabMode, GrabStatus, InputFocus,
    KeyButMask, Screen, Visibility, Window,
};
use x11rb::rust_connection::RustConnection;

use crate::asking::{Asking, SETTLED};
use crate::canvas::Area;
use crate::content::{Content, Kind};
use crate::desktop::{Place, check_pixels, watch_monitors};
use crate::dialog::{Dialog, Done};
use crate::error::ShowError;
use crate::fonts::Fonts;
use crate::keys::Keys;
use crate::layout::Layout;
use crate::paint::paint;
use crate::run::Answer;
use crate::seen::{is_seen_mostly, is_seen_whole};
use crate::text::Pen;
use crate::wholeness::{self, Look};
use crate::window::{self, Atoms, Making};

/// How often a question is looked at, and how soon after something happened to the screen's windows.
const QUESTION_TICK: Duration = Duration::from_millis(250);
const SOON: Duration = Duration::from_millis(50);
/// How often a notice is looked at.
const NOTICE_TICK: Duration = Duration::from_secs(1);
/// A notice that is covered again and again is raised less and less often: something else wants to be seen as well.
const LONGEST_RAISE_PAUSE: Duration = Duration::from_secs(60);
/// A question is drawn anew so often: the time goes on, and another program may have drawn on it.
const REPAINT: Duration = Duration::from_millis(500);

/// The window and all that belongs to it.
pub struct Showing<'a> {
    conn: &'a RustConnection,
    screen: &'a Screen,
    atoms: Atoms,
    content: Content,
    pen: Pen,
    keys: Keys,
    place: Place,
    layout: Layout,
    dialog: Dialog,
    window: Window,
    /// What is only there for questions.
    asking: Option<Asking>,
    due: Instant,
    painted: Option<Instant>,
    appeared: Appeared,
    /// When the notice was last raised, and how long to wait before it is raised again.
    raised: Instant,
    raise_pause: Duration,
    shown_since: Option<Instant>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Appeared {
    NotYet,
    Now,
    Told,
}

impl<'a> Showing<'a> {
    /// Makes the window.
    pub fn new(conn: &'a RustConnection, screen: usize, contents: Vec<Content>) -> Result<Self, ShowError> {
        let screen = conn.setup().roots.get(screen).ok_or_else(|| ShowError::BadName(format!("screen {screen}")))?;
        check_pixels(conn, screen)?;
        let (content, fonts) = writable(contents).ok_or(ShowError::NoFont)?;
        let atoms = Atoms::new(conn)?.reply()?;
        let keys = Keys::fetch(conn)?;
        watch_monitors(conn, screen.root)?;
        if content.asks() {
            let mask = ChangeWindowAttributesAux::new().event_mask(EventMask::SUBSTRUCTURE_NOTIFY);
            conn.change_window_attributes(screen.root, &mask)?;
        }
        let mut pen = Pen::new(fonts);
        let place = Place::find(conn, screen.root, None)?;
        let layout = Layout::new(&mut pen, &content, (place.monitor.width, place.monitor.height), place.scale);
        let now = Instant::now();
        let asking = content.kind.patience().map(|patience| Asking::new(now, patience));
        let area = outline(&content, &place, &layout);
        let window = window::open(&Making { conn, screen, atoms: &atoms, content: &content, area })?;
        let dialog = Dialog::new(content.asks());
        Ok(Self {
            conn,
            screen,
            atoms,
            content,
            pen,
            keys,
            place,
            layout,
            dialog,
            window,
            asking,
            due: now,
            painted: None,
            appeared: Appeared::NotYet,
            raised: now,
            raise_pause: NOTICE_TICK,
            shown_since: None,
        })
    }

    /// The language of its text.
    pub fn language(&self) -> String {
        self.content.language.clone()
    }

    /// When the window is to be looked at next.
    pub fn due(&self) -> Instant {
        self.due
    }

    /// Whether it has just come to be on the screen for the first time.
    pub fn appeared(&mut self) -> bool {
        let now = self.appeared == Appeared::Now;
        if now {
            self.appeared = Appeared::Told;
        }
        now
    }

    /// What a window manager said, or somebody who claims to be one.
    pub fn told(&self, message: &ClientMessageEvent) -> Option<Answer> {
        let close = message.window == self.window
            && message.type_ == self.atoms.WM_PROTOCOLS
            && message.data.as_data32()[0] == self.atoms.WM_DELETE_WINDOW;
        (close && self.asking.is_none()).then_some(Answer::Dismissed)
    }

    /// Something happened.
    pub fn hear(&mut self, event: &Event) -> Result<Option<Answer>, ShowError> {
        let now = Instant::now();
        match event {
            Event::Expose(_) => self.painted = None,
            Event::MappingNotify(_) => self.keys = Keys::fetch(self.conn)?,
            Event::RandrScreenChangeNotify(_) | Event::RandrNotify(_) => drop(self.arrange(now)?),
            Event::VisibilityNotify(notify) if notify.state == Visibility::UNOBSCURED => {}
            Event::VisibilityNotify(_) => self.look_soon(now),
            // Compositors would show it the fainter, or not at all.
            Event::PropertyNotify(notify) if notify.atom == self.atoms._NET_WM_WINDOW_OPACITY => {
                self.conn.delete_property(self.window, self.atoms._NET_WM_WINDOW_OPACITY)?;
            }
            Event::DestroyNotify(notify) if notify.window == self.window && self.asking.is_none() => {
                return Ok(Some(Answer::TakenAway));
            }
            Event::KeyPress(press) => {
                let shift = press.state.contains(KeyButMask::SHIFT);
                if let Some(key) = self.keys.meaning(press.detail, shift) {
                    let done = self.dialog.key(key, &self.layout);
                    return self.done(done, now);
                }
            }
            Event::ButtonPress(press) | Event::ButtonRelease(press) => {
                let pressed = matches!(event, Event::ButtonPress(_));
                let done = self.button(pressed, press.detail, self.inside(press.event_x, press.event_y));
                return self.done(done, now);
            }
            Event::MotionNotify(motion) => {
                let (x, y) = self.inside(motion.event_x, motion.event_y);
                let done = self.dialog.motion(x, y, &self.layout);
                return self.done(done, now);
            }
            _ if self.asking.is_some() => self.look_soon(now),
            _ => {}
        }
        Ok(None)
    }

    /// Looks whether the window is as it should be, and puts it back if it is not.
    pub fn look(&mut self, now: Instant) -> Result<Option<Answer>, ShowError> {
        let tick = if self.asking.is_some() { QUESTION_TICK } else { NOTICE_TICK };
        self.due = now + tick;
        if self.asking.is_some() { self.look_at_question(now) } else { self.look_at_notice(now) }
    }

    /// Draws the dialog if it looks different now, or was not drawn for a while.
    pub fn paint_if_needed(&mut self, now: Instant) -> Result<(), ShowError> {
        let old = self.painted.is_none_or(|at| self.asking.is_some() && now.saturating_duration_since(at) >= REPAINT);
        if !old {
            return Ok(());
        }
        let left = self.asking.as_ref().map(|asking| asking.left(now));
        let canvas = paint(&mut self.pen, &mut self.layout, &self.dialog, left);
        let at = self.dialog_place();
        window::put(self.conn, self.screen, self.window, at, &canvas)?;
        self.painted = Some(now);
        Ok(())
    }

    fn button(&mut self, pressed: bool, detail: u8, (x, y): (i32, i32)) -> Done {
        match (detail, pressed) {
            (1, true) => self.dialog.press(x, y, &self.layout),
            (1, false) => self.dialog.release(x, y, &self.layout),
            (4, true) => self.dialog.wheel(-1, &self.layout),
            (5, true) => self.dialog.wheel(1, &self.layout),
            _ => Done::Nothing,
        }
    }

    fn done(&mut self, done: Done, now: Instant) -> Result<Option<Answer>, ShowError> {
        match done {
            Done::Nothing => Ok(None),
            Done::Changed => {
                self.painted = None;
                Ok(None)
            }
            Done::Pressed(button) => {
                self.painted = None;
                self.pressed(button, now)
            }
        }
    }

    /// A button was pressed: believed only if the window could be seen and reached, now and for a while.
    fn pressed(&mut self, button: usize, now: Instant) -> Result<Option<Answer>, ShowError> {
        match self.content.kind {
            Kind::Notice { .. } => {
                // Whoever is typing when it appears has not read it.
                let read = self.shown_since.is_some_and(|since| now.saturating_duration_since(since) >= SETTLED);
                Ok(read.then_some(Answer::Dismissed))
            }
            Kind::Question { .. } => {
                self.look_at_question(now)?;
                let counts = self.asking.as_ref().is_some_and(|asking| asking.counts(now));
                Ok(counts.then_some(if button == 0 { Answer::Accepted } else { Answer::Declined }))
            }
        }
    }

    fn look_at_question(&mut self, now: Instant) -> Result<Option<Answer>, ShowError> {
        // Not every change of monitors is told.
        let arranged = self.arrange(now)?;
        let size = self.place.size;
        let mut look = wholeness::look_at_curtain(self.conn, self.screen.root, self.window, size, &self.atoms)?;
        match look {
            Look::Whole => {}
            Look::Covered => wholeness::raise(self.conn, self.window)?,
            Look::Changed => wholeness::restore(self.conn, self.screen.root, self.window, size)?,
            Look::Gone => self.make_again()?,
        }
        // It takes effect at once for whoever could only cover it, and the time that it is seen counts from the next look.
        let fits = is_seen_whole(self.dialog_place(), &self.place.seen);
        if !self.holds_input()? || arranged || !fits {
            look = Look::Changed;
        }
        let whole = look == Look::Whole;
        if !whole {
            self.dialog.let_go();
            self.painted = None;
        } else if self.appeared == Appeared::NotYet {
            self.appeared = Appeared::Now;
        }
        let Some(asking) = &mut self.asking else { return Ok(None) };
        asking.looked(now, whole);
        let over = asking.left(now).is_zero();
        Ok(over.then(|| if asking.was_seen(now) { Answer::NoAnswer } else { Answer::NotSeen }))
    }

    /// Takes keyboard and pointer, or finds that they are still ours. `false`: another program holds one of them.
    fn holds_input(&self) -> Result<bool, ShowError> {
        let mask = EventMask::BUTTON_PRESS | EventMask::BUTTON_RELEASE | EventMask::POINTER_MOTION;
        let (window, mode) = (self.window, GrabMode::ASYNC);
        self.conn.set_input_focus(InputFocus::POINTER_ROOT, window, CURRENT_TIME)?;
        let keyboard = self.conn.grab_keyboard(false, window, CURRENT_TIME, mode, mode)?;
        let pointer =
            self.conn.grab_pointer(false, window, mask, mode, mode, x11rb::NONE, x11rb::NONE, CURRENT_TIME)?;
        let (keyboard, pointer) = (keyboard.reply(), pointer.reply());
        // A window that is gone or hidden is refused: it holds nothing.
        Ok(keyboard.is_ok_and(|reply| reply.status == GrabStatus::SUCCESS)
            && pointer.is_ok_and(|reply| reply.status == GrabStatus::SUCCESS))
    }

    fn look_at_notice(&mut self, now: Instant) -> Result<Option<Answer>, ShowError> {
        self.arrange(now)?;
        let (mut look, area) = wholeness::look_at_dialog(self.conn, self.screen.root, self.window, &self.atoms)?;
        let lost = look != Look::Gone && !is_seen_mostly(area, &self.place.seen);
        if lost {
            look = Look::Changed;
        }
        match look {
            Look::Gone => return Ok(Some(Answer::TakenAway)),
            Look::Whole => {
                if now.saturating_duration_since(self.raised) > self.raise_pause * 2 {
                    self.raise_pause = NOTICE_TICK;
                }
                if self.appeared == Appeared::NotYet {
                    self.appeared = Appeared::Now;
                    self.shown_since = Some(now);
                    window::give_focus(self.conn, self.screen.root, self.window, &self.atoms)?;
                }
            }
            Look::Covered | Look::Changed => {
                if now.saturating_duration_since(self.raised) >= self.raise_pause || self.appeared == Appeared::NotYet {
                    self.conn.map_window(self.window)?;
                    if lost {
                        self.put_in_place()?;
                    }
                    wholeness::raise(self.conn, self.window)?;
                    self.raised = now;
                    self.raise_pause = (self.raise_pause * 2).min(LONGEST_RAISE_PAUSE);
                }
            }
        }
        if self.appeared == Appeared::NotYet {
            self.due = now + SOON;
        }
        Ok(None)
    }

    fn look_soon(&mut self, now: Instant) {
        self.due = self.due.min(now + SOON);
    }

    fn make_again(&mut self) -> Result<(), ShowError> {
        let area = outline(&self.content, &self.place, &self.layout);
        let Self { conn, screen, atoms, content, .. } = self;
        self.window = window::open(&Making { conn, screen, atoms, content, area })?;
        Ok(())
    }

    /// Looks whether monitors are others now, or lie otherwise, and goes where it can be seen. Whether anything had changed.
    fn arrange(&mut self, now: Instant) -> Result<bool, ShowError> {
        let place = Place::find(self.conn, self.screen.root, Some(self.place.monitor))?;
        if place == self.place {
            return Ok(false);
        }
        let stays = (place.monitor, place.scale) == (self.place.monitor, self.place.scale);
        self.place = place;
        // A notice whose monitor stays may stand where its user has put it.
        if stays && self.asking.is_none() {
            return Ok(true);
        }
        if let Some(asking) = &mut self.asking {
            asking.looked(now, false);
        }
        let Area { width, height, .. } = self.place.monitor;
        self.layout = Layout::new(&mut self.pen, &self.content, (width, height), self.place.scale);
        self.dialog.scroll = self.dialog.scroll.min(self.layout.most_scroll());
        self.dialog.let_go();
        self.painted = None;
        self.put_in_place()?;
        // A question's window may keep its size; what was drawn elsewhere on it must go.
        self.conn.clear_area(false, self.window, 0, 0, 0, 0)?;
        Ok(true)
    }

    /// Puts the window where it belongs.
    fn put_in_place(&self) -> Result<(), ShowError> {
        window::put_in_place(self.conn, self.window, outline(&self.content, &self.place, &self.layout))
    }

    /// Where the dialog stands in the window.
    fn dialog_place(&self) -> Area {
        let (width, height) = (self.layout.width, self.layout.height);
        if self.asking.is_none() {
            return Area { x: 0, y: 0, width, height };
        }
        centred(&self.place, &self.layout)
    }

    fn inside(&self, x: i16, y: i16) -> (i32, i32) {
        let place = self.dialog_place();
        (i32::from(x) - place.x, i32::from(y) - place.y)
    }
}

/// The first content that the machine has fonts for.
fn writable(contents: Vec<Content>) -> Option<(Content, Fonts)> {
    contents.into_iter().map(Content::bounded).find_map(|content| {
        let mut fonts = Fonts::of_the_machine(&content.language);
        fonts.can_write(&content.all_text()).then_some((content, fonts))
    })
}

/// Where the window goes: a question over everything, a notice in the middle of its monitor.
fn outline(content: &Content, place: &Place, layout: &Layout) -> Area {
    if content.asks() { Area { x: 0, y: 0, width: place.size.0, height: place.size.1 } } else { centred(place, layout) }
}

fn centred(place: &Place, layout: &Layout) -> Area {
    let Area { x, y, width, height } = place.monitor;
    Area {
        x: x + (width - layout.width) / 2,
        y: y + ((height - layout.height) / 2).max(0),
        width: layout.width,
        height: layout.height,
    }
}
