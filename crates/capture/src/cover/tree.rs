//! The windows of a screen, as far as it matters for covering: those right on the desktop, and whose windows are in them.

use std::collections::HashSet;

use covering::{Place, Region, TopLevel, Verdict};
use x11rb::cookie::Cookie;
use x11rb::protocol::shape::{self, ConnectionExt as _, SK};
use x11rb::protocol::xproto::{
    ChangeWindowAttributesAux, ConnectionExt as _, EventMask, GetGeometryReply, GetWindowAttributesReply, MapState,
    QueryTreeReply, Window, WindowClass,
};
use x11rb::rust_connection::RustConnection;

use super::programs::{Class, Clients};
use crate::connection::Link;
use crate::error::ExchangeError;
use crate::wire::Wire;

/// With more windows than this a screen, or the window that holds them, is covered: any program may make as many as it likes.
const MAX_WINDOWS: usize = 20_000;

/// A window of more rectangles than this counts as the rectangle around it, or where it is open as nothing.
const MAX_SHAPE_RECTS: usize = 512;

type Asked<'c, R> = Cookie<'c, RustConnection<Wire>, R>;

/// What is asked of one window, all at once.
struct Question<'c> {
    geometry: Asked<'c, GetGeometryReply>,
    attributes: Asked<'c, GetWindowAttributesReply>,
}

/// What a window is.
struct Found {
    place: Place,
    border: i32,
    mapped: bool,
    has_pixels: bool,
    managed: bool,
}

/// Asks for windows, and remembers which announce what becomes of what is in them.
pub(crate) struct Tree {
    root: Window,
    /// Everything that is no window of an open program is covered.
    everything_else: bool,
    has_shapes: bool,
    watched: HashSet<Window>,
    /// The main window of a program of which only that may be seen.
    main: Option<Window>,
}

/// A window inside of another, waiting to be looked into.
struct Inner {
    window: Window,
    top: usize,
    /// Where its own pixels begin on the screen.
    origin: (i32, i32),
    /// What its parents let through.
    through: Region,
}

impl Tree {
    pub(crate) fn new(link: &Link, root: Window, everything_else: bool) -> Result<Self, ExchangeError> {
        let has_shapes = link.has(shape::X11_EXTENSION_NAME)?;
        if has_shapes {
            let doing = "the shapes of windows";
            let cookie = link.conn.shape_query_version().map_err(|e| ExchangeError::from_connection(doing, e))?;
            link.reply(doing, cookie)?;
        }
        Ok(Self { root, everything_else, has_shapes, watched: HashSet::new(), main: None })
    }

    /// The windows right on the desktop, from the lowest to the highest.
    pub(crate) fn fetch(
        &mut self,
        link: &Link,
        clients: &Clients,
        screen: (u32, u32),
    ) -> Result<Vec<TopLevel>, ExchangeError> {
        let doing = "the tree of windows";
        let failed = |e| ExchangeError::from_connection(doing, e);
        let cookie = link.conn.query_tree(self.root).map_err(failed)?;
        let children = link.reply(doing, cookie)?.children;
        if children.len() > MAX_WINDOWS {
            let place = Place { x: 0, y: 0, width: screen.0, height: screen.1 };
            return Ok(vec![TopLevel { id: 0, place, shape: None, mapped: true, verdict: Verdict::Covered }]);
        }
        let found = self.ask_all(link, &children)?;
        let shapes = self.shapes(link, &children)?;
        let mut tops = Vec::with_capacity(children.len());
        let mut inner = Vec::new();
        if self.main.is_some_and(|main| clients.class(main) != Class::OpenMainWindow) {
            self.main = None;
        }
        for ((window, found), shape) in children.into_iter().zip(found).zip(shapes) {
            let Some(found) = found else { continue };
            let class = clients.class(window);
            let verdict = if clients.base(window) == 0 || !found.has_pixels {
                Verdict::Clear
            } else {
                self.verdict(window, class, found.managed && found.mapped)
            };
            let looked_into = match verdict {
                Verdict::Open => !self.everything_else,
                Verdict::Covered | Verdict::Unknown => self.everything_else,
                _ => false,
            };
            if looked_into {
                let origin = (found.place.x + found.border, found.place.y + found.border);
                inner.push(Inner { window, top: tops.len(), origin, through: found.place.on(screen) });
            }
            let shape = shape.and_then(|shape| shaped(shape, &found, &verdict, screen));
            tops.push(TopLevel { id: window, place: found.place, shape, mapped: found.mapped, verdict });
        }
        self.look_inside(link, clients, screen, &mut tops, inner)?;
        Ok(tops)
    }

    fn verdict(&mut self, window: Window, class: Class, may_be_main: bool) -> Verdict {
        match class {
            Class::Open => Verdict::Open,
            Class::OpenMainWindow if may_be_main && *self.main.get_or_insert(window) == window => Verdict::Open,
            // It may be the main window one day.
            Class::OpenMainWindow | Class::Unknown => Verdict::Unknown,
            Class::Covered => Verdict::Covered,
        }
    }

    /// A window is no more.
    pub(crate) fn gone(&mut self, window: Window) {
        self.watched.remove(&window);
        if self.main == Some(window) {
            self.main = None;
        }
    }

    /// Looks into windows, level by level, for those of other programs.
    fn look_inside(
        &mut self,
        link: &Link,
        clients: &Clients,
        screen: (u32, u32),
        tops: &mut [TopLevel],
        mut level: Vec<Inner>,
    ) -> Result<(), ExchangeError> {
        let mut seen = 0;
        while !level.is_empty() {
            let trees = self.watch_and_list(link, &level)?;
            let mut next = Vec::new();
            for (parent, children) in level.into_iter().zip(trees) {
                seen += children.len();
                if seen > MAX_WINDOWS {
                    tops[parent.top].verdict = Verdict::Covered;
                    continue;
                }
                if self.everything_else {
                    self.find_open(link, clients, screen, &parent, &children, tops, &mut next)?;
                    continue;
                }
                for window in children {
                    match clients.class(window) {
                        Class::Open => {
                            next.push(Inner { window, top: parent.top, origin: (0, 0), through: Region::new() });
                        }
                        Class::Unknown if tops[parent.top].verdict == Verdict::Open => {
                            tops[parent.top].verdict = Verdict::Unknown;
                        }
                        Class::Unknown => {}
                        // A window manager's frame with its title, or whoever else shows the private window in its own.
                        Class::Covered | Class::OpenMainWindow => tops[parent.top].verdict = Verdict::Covered,
                    }
                }
            }
            next.retain(|inner| self.everything_else || tops[inner.top].verdict != Verdict::Covered);
            level = next;
        }
        Ok(())
    }

    /// Finds windows that may be seen in one that may not.
    #[expect(clippy::too_many_arguments, reason = "one step of a walk, with everything that the walk holds")]
    fn find_open(
        &mut self,
        link: &Link,
        clients: &Clients,
        screen: (u32, u32),
        parent: &Inner,
        children: &[Window],
        tops: &mut [TopLevel],
        next: &mut Vec<Inner>,
    ) -> Result<(), ExchangeError> {
        let found = self.ask_all(link, children)?;
        let mut above = Region::new();
        for (window, found) in children.iter().copied().zip(found).rev() {
            let Some(found) = found.filter(|found| found.mapped && found.has_pixels) else { continue };
            let place = Place { x: found.place.x + parent.origin.0, y: found.place.y + parent.origin.1, ..found.place };
            let mut through = place.on(screen).intersection(&parent.through);
            through.subtract(&above);
            above.add(&through);
            if self.verdict(window, clients.class(window), found.managed) == Verdict::Open {
                open_part(&mut tops[parent.top].verdict, &through);
            } else {
                let origin = (place.x + found.border, place.y + found.border);
                next.push(Inner { window, top: parent.top, origin, through });
            }
        }
        Ok(())
    }

    /// Asks to be told what becomes of what is in windows, and for what is in them now, in this order.
    fn watch_and_list(&mut self, link: &Link, level: &[Inner]) -> Result<Vec<Vec<Window>>, ExchangeError> {
        let doing = "the tree of windows";
        let failed = |e| ExchangeError::from_connection(doing, e);
        let mut cookies = Vec::with_capacity(level.len());
        for Inner { window, .. } in level {
            if self.watched.insert(*window) {
                let aux = ChangeWindowAttributesAux::new().event_mask(EventMask::SUBSTRUCTURE_NOTIFY);
                link.conn.change_window_attributes(*window, &aux).map_err(failed)?.ignore_error();
            }
            cookies.push(link.conn.query_tree(*window).map_err(failed)?);
        }
        let trees = cookies.into_iter().map(|cookie| gone_or(link.reply(doing, cookie)));
        trees.map(|tree| Ok(tree?.map_or_else(Vec::new, |tree: QueryTreeReply| tree.children))).collect()
    }

    fn ask_all(&self, link: &Link, windows: &[Window]) -> Result<Vec<Option<Found>>, ExchangeError> {
        let doing = "what a window is";
        let failed = |e| ExchangeError::from_connection(doing, e);
        let mut questions = Vec::with_capacity(windows.len());
        for &window in windows {
            questions.push(Question {
                geometry: link.conn.get_geometry(window).map_err(failed)?,
                attributes: link.conn.get_window_attributes(window).map_err(failed)?,
            });
        }
        let mut found = Vec::with_capacity(windows.len());
        for Question { geometry, attributes } in questions {
            let geometry = gone_or(link.reply(doing, geometry))?;
            let attributes = gone_or(link.reply(doing, attributes))?;
            found.push(geometry.zip(attributes).map(|(geometry, attributes)| Found {
                place: outer(&geometry),
                border: geometry.border_width.into(),
                mapped: attributes.map_state != MapState::UNMAPPED,
                has_pixels: attributes.class != WindowClass::INPUT_ONLY,
                managed: !attributes.override_redirect,
            }));
        }
        Ok(found)
    }

    /// The bounding shapes of windows that are no rectangles, as of their own corner.
    fn shapes(&mut self, link: &Link, windows: &[Window]) -> Result<Vec<Option<Shape>>, ExchangeError> {
        let doing = "the shapes of windows";
        let failed = |e| ExchangeError::from_connection(doing, e);
        if !self.has_shapes {
            return Ok(windows.iter().map(|_| None).collect());
        }
        let mut extents = Vec::with_capacity(windows.len());
        for &window in windows {
            // Asked for again by who has it already, it stays as it is.
            link.conn.shape_select_input(window, true).map_err(failed)?.ignore_error();
            extents.push(link.conn.shape_query_extents(window).map_err(failed)?);
        }
        let mut is_shaped = Vec::with_capacity(windows.len());
        for cookie in extents {
            is_shaped.push(gone_or(link.reply(doing, cookie))?.is_some_and(|extents| extents.bounding_shaped));
        }
        let mut asked = Vec::new();
        for (&window, shaped) in windows.iter().zip(&is_shaped) {
            let cookie = shaped.then(|| link.conn.shape_get_rectangles(window, SK::BOUNDING).map_err(failed));
            asked.push(cookie.transpose()?);
        }
        let rectangles = asked.into_iter().map(|cookie| match cookie {
            None => Ok(None),
            Some(cookie) => Ok(gone_or(link.reply(doing, cookie))?.map(|reply| reply.rectangles)),
        });
        rectangles.collect()
    }
}

type Shape = Vec<x11rb::protocol::xproto::Rectangle>;

/// A shape's pixels on the screen; of one that is too complicated as few as can be where it hides others, else all.
fn shaped(shape: Shape, found: &Found, verdict: &Verdict, screen: (u32, u32)) -> Option<Region> {
    if shape.len() > MAX_SHAPE_RECTS {
        return matches!(verdict, Verdict::Open).then(Region::new);
    }
    let inside = (found.place.x + found.border, found.place.y + found.border);
    let mut region = Region::new();
    for rect in &shape {
        let (x, y) = (inside.0 + i32::from(rect.x), inside.1 + i32::from(rect.y));
        region.add(&Place { x, y, width: rect.width.into(), height: rect.height.into() }.on(screen));
    }
    Some(region)
}

/// A window with its border.
fn outer(geometry: &GetGeometryReply) -> Place {
    let border = u32::from(geometry.border_width);
    Place {
        x: geometry.x.into(),
        y: geometry.y.into(),
        width: u32::from(geometry.width) + 2 * border,
        height: u32::from(geometry.height) + 2 * border,
    }
}

fn open_part(verdict: &mut Verdict, part: &Region) {
    match verdict {
        Verdict::OpenOnly(open) => open.add(part),
        other => *other = Verdict::OpenOnly(part.clone()),
    }
}

/// A window that went while it was asked about is no error.
fn gone_or<R>(reply: Result<R, ExchangeError>) -> Result<Option<R>, ExchangeError> {
    match reply {
        Ok(reply) => Ok(Some(reply)),
        Err(ExchangeError::Refused(..)) => Ok(None),
        Err(other) => Err(other),
    }
}
