//! Covers windows before anything is encoded.
//!
//! Pixels are read at one moment and windows at another. No lock is needed to make them one: the server announces what becomes
//! of windows in the order in which it happens, before it answers what is asked later. So if nothing was announced between
//! asking for the windows and the last pixel's arrival, both belong together. Else the picture is thrown away and taken again; where
//! windows never rest, the last attempt holds everybody else's requests back (`GrabServer`) for as long as it takes.

mod programs;
mod tree;

use covering::{Change, Cover, Look, Place, Region, Seen, TopLevel, Verdict};
use screen::Rect;
use x11rb::connection::Connection as _;
use x11rb::protocol::Event;
use x11rb::protocol::composite::{self, ConnectionExt as _};
use x11rb::protocol::xfixes::{ConnectionExt as _, SelectionEventMask};
use x11rb::protocol::xproto::{Atom, ChangeWindowAttributesAux, ConnectionExt as _, EventMask, Place as End, Window};

use crate::connection::Link;
use crate::error::ExchangeError;
use crate::monitors::Monitor;

pub(crate) use programs::Clients;
pub use programs::{Class, Client, CoverOptions, Programs};
use tree::Tree;

/// Says what of the screen to cover, from what the server says of its windows.
pub(crate) struct CoverWatch {
    root: Window,
    colour: u32,
    ground: Seen,
    clients: Clients,
    tree: Tree,
    cover: Cover,
    /// The selection that a compositing manager owns.
    manager: Atom,
    has_composite: bool,
    /// Windows have to be asked for.
    stale: bool,
    /// Something was announced since the windows were asked for.
    moved_on: bool,
    composited: bool,
}

impl CoverWatch {
    /// `None`: the server does not tell whose windows are, or not in numbers that mean anything here.
    pub(crate) fn new(link: &Link, root: Window, options: &CoverOptions) -> Result<Option<Self>, ExchangeError> {
        let doing = "announcements of windows";
        let failed = |e| ExchangeError::from_connection(doing, e);
        let Some(clients) = Clients::new(link, std::sync::Arc::clone(&options.programs))? else { return Ok(None) };
        let mask = EventMask::STRUCTURE_NOTIFY | EventMask::SUBSTRUCTURE_NOTIFY;
        let aux = ChangeWindowAttributesAux::new().event_mask(mask);
        link.check(doing, link.conn.change_window_attributes(root, &aux).map_err(failed)?)?;
        let name = format!("_NET_WM_CM_S{}", link.screen);
        let manager = link.reply(doing, link.conn.intern_atom(false, name.as_bytes()).map_err(failed)?)?.atom;
        let when = SelectionEventMask::SET_SELECTION_OWNER
            | SelectionEventMask::SELECTION_WINDOW_DESTROY
            | SelectionEventMask::SELECTION_CLIENT_CLOSE;
        link.check(doing, link.conn.xfixes_select_selection_input(root, manager, when).map_err(failed)?)?;
        let has_composite = link.has(composite::X11_EXTENSION_NAME)?;
        if has_composite {
            link.reply(doing, link.conn.composite_query_version(0, 4).map_err(failed)?)?;
        }
        let ground = if options.everything_else { Seen::Covered } else { Seen::Open };
        Ok(Some(Self {
            root,
            colour: options.colour & 0x00ff_ffff,
            ground,
            clients,
            tree: Tree::new(link, root, options.everything_else)?,
            cover: Cover::new(ground),
            manager,
            has_composite,
            stale: true,
            moved_on: false,
            composited: false,
        }))
    }

    /// What covered pixels look like.
    pub(crate) fn colour(&self) -> u32 {
        self.colour
    }

    /// What must not be seen, as of the last look.
    pub(crate) fn region(&self) -> &Region {
        self.cover.region()
    }

    /// Whether what is covered may have changed.
    pub(crate) fn is_stale(&self) -> bool {
        self.stale
    }

    /// What was not known of programs may be known now.
    pub(crate) fn distrust(&mut self) {
        self.stale = true;
    }

    /// When to look again although nothing is announced, on the clock of [`crate::boottime_us`].
    pub(crate) fn due_us(&self) -> Option<u64> {
        self.cover.due_us()
    }

    /// Whether anything was announced since the last look began: what was read then may belong to other windows.
    pub(crate) fn has_moved_on(&self) -> bool {
        self.moved_on
    }

    /// Takes over an announcement. What programs send of their own making is none.
    pub(crate) fn on_event(&mut self, event: &Event) {
        if event.sent_event() {
            return;
        }
        if let Event::DestroyNotify(gone) = event {
            self.tree.gone(gone.window);
        }
        if let Event::CreateNotify(new) = event {
            self.clients.made_window(new.window);
        }
        let Some((within, change)) = change_of(event) else {
            if matches!(event, Event::ShapeNotify(_) | Event::XfixesSelectionNotify(_) | Event::GravityNotify(_)) {
                self.announce();
            }
            return;
        };
        let nested = within != self.root;
        match event {
            // What moves inside of a window changes nothing where windows are covered whole.
            Event::ConfigureNotify(_) | Event::MapNotify(_) | Event::UnmapNotify(_) | Event::CirculateNotify(_)
                if nested && self.ground == Seen::Open => {}
            _ => self.announce(),
        }
        // The desktop announces its own size, too.
        if !nested && change.id() != self.root {
            self.cover.change(&change);
        }
    }

    /// Something became of windows that nobody can say.
    pub(crate) fn announce(&mut self) {
        self.stale = true;
        self.moved_on = true;
    }

    /// Asks for the windows where that is needed. What was drawn is to be asked for afterwards.
    pub(crate) fn fetch(&mut self, link: &Link, screen: (u32, u32)) -> Result<Option<Vec<TopLevel>>, ExchangeError> {
        self.moved_on = false;
        if !self.stale {
            return Ok(None);
        }
        self.clients.refresh(link)?;
        let windows = self.tree.fetch(link, &self.clients, screen)?;
        self.composited = self.is_composited(link, &windows)?;
        // Only now: a request that failed leaves everything to be asked for again.
        self.stale = false;
        Ok(Some(windows))
    }

    /// Goes on to this look.
    pub(crate) fn look(
        &mut self,
        windows: Option<Vec<TopLevel>>,
        drawn: &Region,
        screen: (u32, u32),
        monitors: &[Monitor],
    ) {
        let whole = [Rect { x: 0, y: 0, width: screen.0, height: screen.1 }];
        let areas: Vec<Rect> = monitors.iter().map(|monitor| monitor.area).collect();
        let areas = if areas.is_empty() { &whole[..] } else { &areas[..] };
        let (ground, clients) = (self.ground, &self.clients);
        self.cover.look(Look {
            now_us: crate::boottime_us(),
            screen,
            windows,
            drawn,
            composited: self.composited.then_some(areas),
            was_private: &|window| ground == Seen::Covered || clients.class(window) != Class::Open,
        });
    }

    /// What was read after the last look is made use of.
    pub(crate) fn keep(&mut self) {
        self.cover.keep();
    }

    /// Whether what a covered window shows may be elsewhere than where it lies: somebody owns the name of a compositing manager, or
    /// the window's pixels go elsewhere, whoever has them.
    fn is_composited(&self, link: &Link, windows: &[TopLevel]) -> Result<bool, ExchangeError> {
        let doing = "the compositing manager";
        let failed = |e| ExchangeError::from_connection(doing, e);
        let owner = link.conn.get_selection_owner(self.manager).map_err(failed)?;
        if link.reply(doing, owner)?.owner != x11rb::NONE {
            return Ok(true);
        }
        if !self.has_composite {
            return Ok(false);
        }
        let private = |window: &&TopLevel| window.mapped && !matches!(window.verdict, Verdict::Open | Verdict::Clear);
        let mut asked = Vec::new();
        for window in windows.iter().filter(private) {
            let pixels = link.conn.generate_id().map_err(|e| ExchangeError::from_id(doing, e))?;
            // Has a name to give only where the window's pixels are not the screen's.
            asked.push((pixels, link.conn.composite_name_window_pixmap(window.id, pixels).map_err(failed)?));
        }
        let mut redirected = false;
        for (pixels, cookie) in asked {
            match link.check(doing, cookie) {
                Ok(()) => {
                    redirected = true;
                    link.conn.free_pixmap(pixels).map_err(failed)?.ignore_error();
                }
                Err(ExchangeError::Refused(..)) => {}
                Err(other) => return Err(other),
            }
        }
        Ok(redirected)
    }
}

/// What an event says of a window, and the window in which that is.
fn change_of(event: &Event) -> Option<(Window, Change)> {
    let place = |x: i16, y: i16, (width, height): (u16, u16), border: u16| Place {
        x: x.into(),
        y: y.into(),
        width: u32::from(width) + 2 * u32::from(border),
        height: u32::from(height) + 2 * u32::from(border),
    };
    Some(match event {
        Event::CreateNotify(e) => {
            let place = place(e.x, e.y, (e.width, e.height), e.border_width);
            (e.parent, Change::New { id: e.window, place })
        }
        Event::ConfigureNotify(e) => {
            let place = place(e.x, e.y, (e.width, e.height), e.border_width);
            let above = (e.above_sibling != x11rb::NONE).then_some(e.above_sibling);
            (e.event, Change::Placed { id: e.window, place, above })
        }
        Event::MapNotify(e) => (e.event, Change::Mapped(e.window)),
        Event::UnmapNotify(e) => (e.event, Change::Unmapped(e.window)),
        Event::DestroyNotify(e) => (e.event, Change::Gone(e.window)),
        Event::CirculateNotify(e) if e.place == End::ON_TOP => (e.event, Change::Raised(e.window)),
        Event::CirculateNotify(e) => (e.event, Change::Lowered(e.window)),
        // It is in another window now, or new here, and where is asked for.
        Event::ReparentNotify(e) => (e.event, Change::Unmapped(e.window)),
        _ => return None,
    })
}
