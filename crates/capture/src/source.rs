//! [`X11Source`]: waits for something to change on a display and hands it over.

mod covered;

use std::os::fd::AsFd as _;
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags};
use nix::time::{ClockId, clock_gettime};
use screen::pointer::PointerChange;
use screen::{Frame, Rect};
use x11rb::connection::Connection as _;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{ChangeWindowAttributesAux, ConnectionExt as _, EventMask, Window};

use crate::connection::{ConnectionParams, Link};
use crate::cover::CoverWatch;
use crate::damage::DamageWatch;
use crate::error::{CaptureError, ExchangeError, OpenError};
use crate::extensions;
use crate::monitors::{Monitor, MonitorWatch};
use crate::outcome::{Lapse, Options, Outcome, Transport, Update, Wait};
use crate::pace::Pace;
use crate::picture::PictureReader;
use crate::pointer::PointerWatch;
use crate::rects::shorten;
use crate::server::ServerIdentity;
use crate::stall::Stall;
use crate::visual;
use crate::wire::wait_until;

/// Events taken from the connection before looking at the clock again. A program may send us events of its own making
/// as fast as it can; it must not keep us from the pictures.
const EVENTS_AT_ONCE: usize = 256;

/// How often a picture is tried again when the screen changes its size under it.
const RESIZE_ATTEMPTS: usize = 8;

/// Reads a display.
pub struct X11Source {
    link: Link,
    root: Window,
    frame: Frame,
    monitors: Vec<Monitor>,
    monitor_watch: MonitorWatch,
    damage: DamageWatch,
    pointer: PointerWatch,
    pictures: PictureReader,
    covered: Option<Covered>,
    /// Nothing is to be read.
    looks_away: bool,
    pace: Pace,
    /// The whole picture has to be read, whatever the damage says.
    whole: bool,
    /// The size and the monitors have to be asked for.
    layout_stale: bool,
    resized: bool,
    stalled: Option<(Stall, u64)>,
    lapse_from_us: Option<u64>,
    last_us: u64,
    /// The last moment at which the connection was known to be sound.
    alive_us: u64,
}

/// What one look at the server brought.
struct Look {
    damage: Vec<Rect>,
    pointer: Vec<PointerChange>,
}

impl X11Source {
    /// Opens a display and begins to watch it. The first update is due at once and holds the whole screen.
    ///
    /// # Errors
    /// [`OpenError`] says what to do about it.
    pub fn open(params: &ConnectionParams, options: &Options) -> Result<Self, OpenError> {
        let link = Link::open(params)?;
        let display = params.display.as_str();
        let screen = visual::check(&link)
            .map_err(|found| OpenError::UnsupportedPixels { display: display.to_owned(), found })?;
        let root = screen.root;
        extensions::require(&link, display)?;
        let setup = |error: ExchangeError| OpenError::Setup { display: display.to_owned(), source: error.into_final() };
        let cover = match &options.cover {
            None => None,
            Some(cover) => Some(
                CoverWatch::new(&link, root, cover)
                    .map_err(setup)?
                    .ok_or_else(|| OpenError::UnknownPrograms { display: display.to_owned() })?,
            ),
        };
        Self::watch(link, root, options, cover).map_err(setup)
    }

    fn watch(link: Link, root: Window, options: &Options, cover: Option<CoverWatch>) -> Result<Self, ExchangeError> {
        let doing = "announcements of a new size";
        let within = if cover.is_some() { EventMask::SUBSTRUCTURE_NOTIFY } else { EventMask::NO_EVENT };
        let aux = ChangeWindowAttributesAux::new().event_mask(EventMask::STRUCTURE_NOTIFY | within);
        let cookie =
            link.conn.change_window_attributes(root, &aux).map_err(|e| ExchangeError::from_connection(doing, e))?;
        link.check(doing, cookie)?;
        let mut monitor_watch = MonitorWatch::new(&link, root, options.single_monitor)?;
        let damage = DamageWatch::new(&link, root)?;
        let pointer = PointerWatch::new(&link, root)?;
        let frame = new_frame(fetch_size(&link, root)?)?;
        let monitors = monitor_watch.fetch(&link, (frame.width(), frame.height()))?;
        let pictures = PictureReader::new(&link, root, (frame.width(), frame.height()), options.shared_memory)?;
        Ok(Self {
            link,
            root,
            frame,
            monitors,
            monitor_watch,
            damage,
            pointer,
            pictures,
            covered: cover.map(Covered::new),
            looks_away: false,
            pace: Pace::new(options.interval),
            whole: true,
            layout_stale: false,
            resized: true,
            stalled: None,
            lapse_from_us: None,
            last_us: 0,
            alive_us: boottime_us(),
        })
    }

    /// The way pixels come from this server.
    pub fn transport(&self) -> Transport {
        if self.pictures.is_shared() { Transport::SharedMemory } else { Transport::GetImage }
    }

    /// Who serves the display; `None` over TCP or from another process namespace.
    pub fn server(&self) -> Option<&ServerIdentity> {
        self.link.server.as_ref()
    }

    /// Width and height in pixels as of the last update (or of opening).
    pub fn size(&self) -> (u32, u32) {
        (self.frame.width(), self.frame.height())
    }

    /// The screen as of the last update; `None` while it has to be read anew, as before the first one or after a stall.
    pub fn frame(&self) -> Option<&Frame> {
        let settled = self.covered.as_ref().is_none_or(Covered::is_settled);
        (!self.whole && settled).then_some(&self.frame)
    }

    /// Reads nothing from the screen from now on, or looks again: at the whole picture then. Whether the server is there is noticed all
    /// the same.
    pub fn look_away(&mut self, away: bool) {
        if std::mem::replace(&mut self.looks_away, away) && !away {
            self.whole = true;
            self.layout_stale = true;
            self.pointer.distrust();
        }
    }

    /// What was not known of programs may be known now: windows are looked at anew.
    pub fn programs_answered(&mut self) {
        if let Some(covered) = &mut self.covered {
            covered.watch.distrust();
        }
    }

    /// Since when (`CLOCK_BOOTTIME` in microseconds) pictures are missing, if the server is stalled or has just been.
    pub fn stalled_since_us(&self) -> Option<u64> {
        self.lapse_from_us
    }

    /// Since when (`CLOCK_BOOTTIME` in microseconds) changes may have gone unseen, should this source have to be given up now.
    pub fn unseen_since_us(&self) -> u64 {
        self.lapse_from_us.unwrap_or(self.alive_us)
    }

    /// Waits for the next change. Changes that come faster than the interval are gathered into one update.
    ///
    /// # Errors
    /// After an error the source is of no further use.
    pub fn next(&mut self, wait: Wait<'_>) -> Result<Outcome<'_>, CaptureError> {
        loop {
            // Looked at even if there is always something to do, as when a caller needs longer than the interval.
            if is_interrupted(wait)? {
                return Ok(Outcome::Interrupted);
            }
            if self.stalled.is_some() && !self.try_resume()? {
                match self.rest(wait, None, true)? {
                    Some(Woken::Deadline) => return Ok(Outcome::Idle),
                    Some(Woken::Interrupt) => return Ok(Outcome::Interrupted),
                    None => continue,
                }
            }
            self.take_events().map_err(ExchangeError::into_final)?;
            let now = Instant::now();
            let due = self.has_work().then(|| self.pace.due(now));
            if due.is_some_and(|due| due <= now) {
                self.pace.taken(now);
                let time_us = boottime_us().max(self.last_us);
                match self.look() {
                    Ok(look) => {
                        if self.has_news(&look) {
                            return Ok(Outcome::Update(self.update(look, time_us)));
                        }
                    }
                    Err(error) => {
                        let since_us = self.stall_or_fail(error, time_us)?;
                        return Ok(Outcome::Stalled { since_us });
                    }
                }
                continue;
            }
            // While a picture is waiting for its turn, more events would tell nothing new.
            match self.rest(wait, due, due.is_none())? {
                Some(Woken::Deadline) => return Ok(Outcome::Idle),
                Some(Woken::Interrupt) => return Ok(Outcome::Interrupted),
                None => {}
            }
        }
    }

    fn has_work(&self) -> bool {
        if self.looks_away {
            return false;
        }
        let to_cover = self.covered.as_ref().is_some_and(|covered| covered.is_due(boottime_us()));
        self.whole || self.layout_stale || self.damage.pending || self.pointer.is_pending() || to_cover
    }

    fn has_news(&self, look: &Look) -> bool {
        !look.damage.is_empty() || !look.pointer.is_empty() || self.lapse_from_us.is_some()
    }

    fn update(&mut self, look: Look, time_us: u64) -> Update<'_> {
        self.last_us = time_us;
        self.alive_us = time_us;
        let lapse = self.lapse_from_us.take().map(|from_us| Lapse { from_us, to_us: time_us });
        Update {
            time_us,
            frame: &self.frame,
            monitors: &self.monitors,
            damage: look.damage,
            pointer: look.pointer,
            resized: std::mem::replace(&mut self.resized, false),
            lapse,
        }
    }

    /// Sleeps. `None`: something is to be done here.
    fn rest(&mut self, wait: Wait<'_>, due: Option<Instant>, listen: bool) -> Result<Option<Woken>, CaptureError> {
        self.link.flush().map_err(ExchangeError::into_final)?;
        let socket = self.link.conn.stream().as_fd();
        let mut fds: Vec<PollFd<'_>> = wait.interrupts.iter().map(|fd| PollFd::new(*fd, PollFlags::POLLIN)).collect();
        if listen {
            fds.push(PollFd::new(socket, PollFlags::POLLIN));
        }
        let to_cover = self.covered.as_ref().filter(|_| !self.looks_away).and_then(Covered::due);
        let until = due.into_iter().chain(wait.deadline).chain(to_cover).min();
        let ready = wait_until(&mut fds, until).map_err(cannot_wait)?;
        // The end of a connection wakes us at once: up to now it was there.
        if listen && self.stalled.is_none() {
            self.alive_us = boottime_us();
        }
        if ready && fds.iter().take(wait.interrupts.len()).any(|fd| fd.any().unwrap_or(true)) {
            return Ok(Some(Woken::Interrupt));
        }
        let deadline_passed = wait.deadline.is_some_and(|deadline| deadline <= Instant::now());
        Ok((!ready && deadline_passed).then_some(Woken::Deadline))
    }

    /// Takes what the server has sent, without waiting.
    fn take_events(&mut self) -> Result<(), ExchangeError> {
        for _ in 0..EVENTS_AT_ONCE {
            let event = self.link.conn.poll_for_event();
            match event.map_err(|error| ExchangeError::from_connection("reading events", error))? {
                Some(event) => self.on_event(&event)?,
                None => break,
            }
        }
        Ok(())
    }

    /// Events only say what to ask about: any program can send us one with whatever content it likes.
    fn on_event(&mut self, event: &Event) -> Result<(), ExchangeError> {
        if let Some(covered) = &mut self.covered {
            covered.watch.on_event(event);
        }
        match event {
            Event::DamageNotify(_) => self.damage.pending = true,
            Event::SyncAlarmNotify(_) => self.pointer.on_activity(),
            Event::XfixesCursorNotify(_) => self.pointer.on_shape(&self.link)?,
            // Where windows are covered, they announce themselves, too.
            Event::ConfigureNotify(changed) if changed.window != self.root => {}
            Event::ConfigureNotify(_) | Event::RandrScreenChangeNotify(_) | Event::RandrNotify(_) => {
                self.layout_stale = true;
            }
            Event::Error(error) => tracing::debug!(?error, "the X server refused a request that needs no reply"),
            _ => {}
        }
        Ok(())
    }

    /// Asks the server for everything that was announced.
    fn look(&mut self) -> Result<Look, ExchangeError> {
        let mut attempts = 0;
        loop {
            if self.layout_stale {
                self.fetch_layout()?;
            }
            let picture = if self.covered.is_some() { self.fetch_covered_picture() } else { self.fetch_picture() };
            match picture {
                Ok(damage) => {
                    let pointer = self.pointer.fetch(&self.link, !damage.is_empty())?;
                    return Ok(Look { damage, pointer });
                }
                // The screen became smaller between asking what to read and reading it.
                Err(ExchangeError::Refused(doing, error)) => {
                    attempts += 1;
                    if attempts == RESIZE_ATTEMPTS {
                        return Err(ExchangeError::Refused(doing, error));
                    }
                    self.layout_stale = true;
                    self.whole = true;
                }
                Err(other) => return Err(other),
            }
        }
    }

    fn fetch_picture(&mut self) -> Result<Vec<Rect>, ExchangeError> {
        if !self.whole && !self.damage.pending {
            return Ok(Vec::new());
        }
        // Damage is taken out even if the whole picture is read: drawing after this moment is announced anew.
        let cookie = self.damage.ask(&self.link)?;
        let size = (self.frame.width(), self.frame.height());
        let answer = self.damage.answer(&self.link, cookie, size);
        // Until the pixels are here too, what was damaged is known to nobody else.
        let whole = std::mem::replace(&mut self.whole, true);
        let damaged = answer?;
        let rects = if whole { vec![self.frame.bounds()] } else { shorten(damaged) };
        self.pictures.read(&self.link, &rects, &mut self.frame)?;
        self.whole = false;
        Ok(rects)
    }

    fn fetch_layout(&mut self) -> Result<(), ExchangeError> {
        let (width, height) = fetch_size(&self.link, self.root)?;
        if (width, height) != (self.frame.width(), self.frame.height()) {
            self.frame = new_frame((width, height))?;
            self.pictures.resize(&self.link, (width, height))?;
            self.resized = true;
            self.whole = true;
        }
        let monitors = self.monitor_watch.fetch(&self.link, (width, height))?;
        if monitors != self.monitors {
            self.monitors = monitors;
            self.whole = true;
        }
        self.layout_stale = false;
        Ok(())
    }

    /// Begins a stall if the server was only late; any other error is passed on.
    fn stall_or_fail(&mut self, error: ExchangeError, since_us: u64) -> Result<u64, CaptureError> {
        match error {
            ExchangeError::Late(doing) => {
                tracing::warn!(doing, "the X server does not answer");
                let since_us = *self.lapse_from_us.get_or_insert(since_us);
                self.stalled = Some((Stall::begin(&self.link)?, since_us));
                Ok(since_us)
            }
            other => Err(other.into_final()),
        }
    }

    /// Ends the stall if the server has caught up: then everything is read anew.
    fn try_resume(&mut self) -> Result<bool, CaptureError> {
        let Some((stall, since_us)) = &self.stalled else { return Ok(true) };
        if !stall.is_over(&self.link)? {
            return Ok(false);
        }
        tracing::info!(since_us, "the X server answers again");
        self.stalled = None;
        self.whole = true;
        self.layout_stale = true;
        self.pointer.distrust();
        Ok(true)
    }
}

fn is_interrupted(wait: Wait<'_>) -> Result<bool, CaptureError> {
    let mut fds: Vec<PollFd<'_>> = wait.interrupts.iter().map(|fd| PollFd::new(*fd, PollFlags::POLLIN)).collect();
    wait_until(&mut fds, Some(Instant::now())).map_err(cannot_wait)
}

fn cannot_wait(source: std::io::Error) -> CaptureError {
    CaptureError::ConnectionLost { doing: "waiting for events", source: source.into() }
}

use covered::Covered;

enum Woken {
    Deadline,
    Interrupt,
}

fn fetch_size(link: &Link, root: Window) -> Result<(u32, u32), ExchangeError> {
    let doing = "the size of the screen";
    let cookie = link.conn.get_geometry(root).map_err(|e| ExchangeError::from_connection(doing, e))?;
    let geometry = link.reply(doing, cookie)?;
    Ok((u32::from(geometry.width), u32::from(geometry.height)))
}

fn new_frame((width, height): (u32, u32)) -> Result<Frame, ExchangeError> {
    Frame::new(width, height).map_err(|_| ExchangeError::Fatal(CaptureError::ScreenTooLarge { width, height }))
}

/// Now, on `CLOCK_BOOTTIME` in microseconds: the clock of every time in this crate. It goes on while the machine sleeps.
pub fn boottime_us() -> u64 {
    // The clock exists on every Linux that runs; were it missing, a recording would have no time at all.
    let now = clock_gettime(ClockId::CLOCK_BOOTTIME).map_or(Duration::ZERO, Duration::from);
    u64::try_from(now.as_micros()).unwrap_or(u64::MAX)
}
