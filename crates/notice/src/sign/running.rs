//! A sign while it runs.

use std::os::fd::{AsFd as _, BorrowedFd};
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use x11rb::connection::Connection as _;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{
    ButtonPressEvent, ConfigureWindowAux, ConnectionExt as _, Mapping, Screen, StackMode, Visibility, Window,
};
use x11rb::rust_connection::RustConnection;

use super::hotkeys::Hotkeys;
use super::pictures::{Picture, draw};
use super::raising::Raising;
use super::window::{self, Atoms};
use super::{Faces, MAX_HOTKEYS, Sign, SignOrder, SignSaid};
use crate::canvas::Area;
use crate::desktop::{Place, check_pixels, watch_monitors};
use crate::error::ShowError;
use crate::run::{Display, connect};
use crate::seen::is_seen_whole;

/// So long something is told.
const TOLD: Duration = Duration::from_secs(4);
/// A window manager that is just starting may lose what it was asked: so soon it is asked again, and then less and less often.
const ASK_AGAIN: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// Shows a sign and listens for its hotkeys until nobody gives orders any more: after the first ones `orders` is asked for those
/// that have come when `ready` becomes readable, and gives `None` when there will be no more.
///
/// # Errors
/// [`ShowError`]: the display is lost, or another program took the window away.
pub fn run_sign(
    display: &Display,
    sign: Sign,
    first: Vec<SignOrder>,
    ready: BorrowedFd<'_>,
    mut orders: impl FnMut() -> Option<Vec<SignOrder>>,
    mut say: impl FnMut(SignSaid),
) -> Result<(), ShowError> {
    let (conn, screen) = connect(display)?;
    let root = conn.setup().roots.get(screen).ok_or_else(|| ShowError::BadName(format!("screen {screen}")))?;
    let hotkeys = Hotkeys::new(sign.hotkeys.into_iter().take(MAX_HOTKEYS).collect());
    let mut running = Running::new(&conn, root, sign.faces, hotkeys)?;
    running.hotkeys.hold(&conn, root.root, &mut say)?;
    watch_monitors(&conn, root.root)?;
    first.into_iter().try_for_each(|order| running.obey(order, &mut say))?;
    loop {
        while let Some(event) = conn.poll_for_event()? {
            running.hear(&event, &mut say)?;
        }
        running.follow_pointer()?;
        running.end_telling(Instant::now(), &mut say)?;
        running.ask_again(Instant::now())?;
        conn.flush()?;
        // Answers may have brought events with them.
        if let Some(event) = conn.poll_for_event()? {
            running.hear(&event, &mut say)?;
            continue;
        }
        if wait(&conn, ready, running.due())? {
            let Some(orders) = orders() else { return Ok(()) };
            orders.into_iter().try_for_each(|order| running.obey(order, &mut say))?;
        }
    }
}

/// Whether an order may have come. Without anything to end there is no timer.
fn wait(conn: &RustConnection, ready: BorrowedFd<'_>, until: Option<Instant>) -> Result<bool, ShowError> {
    let timeout = until.map_or(PollTimeout::NONE, |until| {
        let left = until.saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
        PollTimeout::try_from(left).unwrap_or(PollTimeout::MAX)
    });
    let mut fds = [
        PollFd::new(conn.stream().as_fd(), PollFlags::POLLIN),
        PollFd::new(ready, PollFlags::POLLIN | PollFlags::POLLHUP),
    ];
    match poll(&mut fds, timeout) {
        Ok(_) => Ok(fds[1].any().unwrap_or(true)),
        Err(Errno::EINTR) => Ok(false),
        Err(_) => Err(ShowError::Lost),
    }
}

struct Running<'a> {
    conn: &'a RustConnection,
    screen: &'a Screen,
    atoms: Atoms,
    faces: Vec<Faces>,
    hotkeys: Hotkeys,
    place: Place,
    /// Drawn when the first one is to be shown; none where that was not possible.
    pictures: Option<Vec<Picture>>,
    window: Option<Window>,
    /// The face that is shown when nothing is told.
    steady: Option<usize>,
    told: Option<usize>,
    /// When telling is over.
    until: Option<Instant>,
    /// The face on the screen.
    shown: Option<usize>,
    /// Whether the server has put it there.
    mapped: bool,
    /// When to ask for that again, and how long was waited.
    again: Option<(Instant, Duration)>,
    /// The middle of its upper edge there.
    at: Option<(i32, i32)>,
    /// Where the pointer holds it, from its corner.
    held: Option<(i32, i32)>,
    pointer: Option<(i32, i32)>,
    raising: Raising,
}

impl<'a> Running<'a> {
    fn new(
        conn: &'a RustConnection,
        screen: &'a Screen,
        faces: Vec<Faces>,
        hotkeys: Hotkeys,
    ) -> Result<Self, ShowError> {
        check_pixels(conn, screen)?;
        Ok(Self {
            conn,
            screen,
            atoms: Atoms::new(conn)?.reply()?,
            faces,
            hotkeys,
            place: Place::find(conn, screen.root, None)?,
            pictures: None,
            window: None,
            steady: None,
            told: None,
            until: None,
            shown: None,
            mapped: false,
            again: None,
            at: None,
            held: None,
            pointer: None,
            raising: Raising::default(),
        })
    }

    fn obey(&mut self, order: SignOrder, say: &mut impl FnMut(SignSaid)) -> Result<(), ShowError> {
        match order {
            SignOrder::Show(face) => self.steady = face,
            SignOrder::Tell(face) => {
                self.told = Some(face);
                self.until = Some(Instant::now() + TOLD);
            }
        }
        self.show(say)
    }

    fn end_telling(&mut self, now: Instant, say: &mut impl FnMut(SignSaid)) -> Result<(), ShowError> {
        if self.until.is_none_or(|until| now < until) {
            return Ok(());
        }
        (self.told, self.until) = (None, None);
        self.show(say)
    }

    /// When there is something to do though nothing happens. At rest never.
    fn due(&self) -> Option<Instant> {
        self.until.into_iter().chain(self.again.map(|(at, _)| at)).min()
    }

    /// Asks again to be put on the screen, where that was asked for and did not happen.
    fn ask_again(&mut self, now: Instant) -> Result<(), ShowError> {
        if let (Some(window), Some((at, waited))) = (self.window, self.again)
            && at <= now
        {
            self.conn.map_window(window)?;
            let pause = (waited * 2).min(LONGEST_PAUSE);
            self.again = Some((now + pause, pause));
        }
        Ok(())
    }

    /// Brings what is to be seen on the screen.
    fn show(&mut self, say: &mut impl FnMut(SignSaid)) -> Result<(), ShowError> {
        let wanted = self.told.or(self.steady);
        if wanted == self.shown {
            return Ok(());
        }
        let Some(face) = wanted else {
            (self.shown, self.again) = (None, None);
            if let Some(window) = self.window {
                self.conn.unmap_window(window)?;
            }
            return Ok(());
        };
        if self.pictures.is_none() {
            self.place = Place::find(self.conn, self.screen.root, None)?;
            self.pictures = Some(draw(&self.faces, self.place.scale).unwrap_or_else(|error| {
                say(SignSaid::CannotShow(error.to_string()));
                Vec::new()
            }));
        }
        let Some(picture) = self.pictures.as_ref().and_then(|pictures| pictures.get(face)) else { return Ok(()) };
        // What is longer or shorter stays where its middle was.
        let middle = match self.at {
            Some(middle) => middle,
            None => window::first_place(self.conn, self.screen, &self.atoms, &self.place)?,
        };
        let at = window::on_screen((middle.0 - picture.width / 2, middle.1), picture, self.place.size);
        let window = match self.window {
            Some(window) => window,
            None => {
                let area = Area { x: at.0, y: at.1, width: picture.width, height: picture.height };
                window::make(self.conn, self.screen, &self.atoms, area)?
            }
        };
        window::wear(self.conn, self.screen, &self.atoms, window, (picture, at))?;
        self.conn.map_window(window)?;
        (self.window, self.shown, self.at) = (Some(window), Some(face), Some(middle));
        self.again = (!self.mapped).then(|| (Instant::now() + ASK_AGAIN, ASK_AGAIN));
        Ok(())
    }

    fn hear(&mut self, event: &Event, say: &mut impl FnMut(SignSaid)) -> Result<(), ShowError> {
        // What programs make up with SendEvent strikes no key and moves nothing; window managers say where it stands that way.
        match event {
            Event::KeyPress(press) if !event.sent_event() => {
                self.hotkeys.struck(press).into_iter().for_each(|index| say(SignSaid::Struck(index)));
            }
            Event::MappingNotify(notify) if notify.request != Mapping::POINTER => {
                self.hotkeys.hold(self.conn, self.screen.root, say)?;
            }
            Event::RandrScreenChangeNotify(_) | Event::RandrNotify(_) => self.arrange(say)?,
            Event::ButtonPress(press) if !event.sent_event() && press.detail == 1 => self.hold(press),
            Event::ButtonRelease(release) if !event.sent_event() && release.detail == 1 => {
                self.pointer = Some((release.root_x.into(), release.root_y.into()));
                self.follow_pointer()?;
                self.held = None;
            }
            Event::MotionNotify(motion) if !event.sent_event() => {
                self.pointer = Some((motion.root_x.into(), motion.root_y.into()));
            }
            Event::VisibilityNotify(notify) if notify.state == Visibility::UNOBSCURED => {
                self.raising.seen(Instant::now());
            }
            Event::VisibilityNotify(notify) if self.raising.covered(Instant::now()) => {
                let above = ConfigureWindowAux::new().stack_mode(StackMode::ABOVE);
                self.conn.configure_window(notify.window, &above)?;
            }
            Event::MapNotify(notify) if Some(notify.window) == self.window => {
                (self.mapped, self.again) = (true, None);
            }
            Event::UnmapNotify(notify) if Some(notify.window) == self.window => self.mapped = false,
            Event::DestroyNotify(notify) if Some(notify.window) == self.window => return Err(ShowError::Lost),
            _ => {}
        }
        Ok(())
    }

    fn hold(&mut self, press: &ButtonPressEvent) {
        self.held = Some((press.event_x.into(), press.event_y.into()));
    }

    /// Moves to where the pointer has taken it: once, however many steps that took.
    fn follow_pointer(&mut self) -> Result<(), ShowError> {
        let (Some(pointer), Some(held)) = (self.pointer.take(), self.held) else { return Ok(()) };
        let picture = self.shown.and_then(|shown| self.pictures.as_ref()?.get(shown));
        let (Some(window), Some(picture)) = (self.window, picture) else { return Ok(()) };
        let at = window::on_screen((pointer.0 - held.0, pointer.1 - held.1), picture, self.place.size);
        self.conn.configure_window(window, &ConfigureWindowAux::new().x(at.0).y(at.1))?;
        self.at = Some((at.0 + picture.width / 2, at.1));
        Ok(())
    }

    /// The monitors are others now, or lie otherwise: unless it can be seen where it is, it goes to its first place there.
    fn arrange(&mut self, say: &mut impl FnMut(SignSaid)) -> Result<(), ShowError> {
        let place = Place::find(self.conn, self.screen.root, Some(self.place.monitor))?;
        if place == self.place {
            return Ok(());
        }
        let (same_size, same_monitor) = (place.scale == self.place.scale, place.monitor == self.place.monitor);
        self.place = place;
        if same_size && same_monitor && self.is_seen() {
            return Ok(());
        }
        if !same_size {
            self.pictures = None;
        }
        (self.shown, self.at) = (None, None);
        self.show(say)
    }

    /// Whether it stands where a monitor shows all of it.
    fn is_seen(&self) -> bool {
        let picture = self.shown.and_then(|shown| self.pictures.as_ref()?.get(shown));
        let (Some(picture), Some((middle, top))) = (picture, self.at) else { return false };
        let (width, height) = (picture.width, picture.height);
        is_seen_whole(Area { x: middle - width / 2, y: top, width, height }, &self.place.seen)
    }
}
