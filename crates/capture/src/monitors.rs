//! Monitors: how the screens lie on the root window, as RandR 1.5 knows it.
//!
//! A layout is a help for whoever looks at the recording later. A server that cannot or will not tell it is recorded all
//! the same.

use screen::Rect;
use x11rb::protocol::randr::{self, ConnectionExt as _, MonitorInfo, NotifyMask};
use x11rb::protocol::xproto::{ConnectionExt as _, Window};

use crate::connection::Link;
use crate::error::ExchangeError;
use crate::rects::clip;

/// More monitors than this are not asked for: any client may define as many as it likes.
const MAX_MONITORS: usize = 16;

/// Characters of a name that are kept: any client may give one of its own making.
const MAX_NAME_CHARS: usize = 64;

/// A part of the picture that is a screen of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Monitor {
    /// What the server calls it, such as `HDMI-1`; at most 64 characters, of any kind.
    pub name: String,
    /// Its place; lies inside the frame.
    pub area: Rect,
    /// Panels and new windows appear here first.
    pub primary: bool,
}

/// Knows how to ask for monitors.
pub(crate) struct MonitorWatch {
    root: Window,
    /// The server has RandR 1.5, and has not refused to tell.
    told: bool,
    /// One that is the whole screen is told of, too.
    single: bool,
}

impl MonitorWatch {
    /// Asks for announcements of new sizes and layouts.
    pub(crate) fn new(link: &Link, root: Window, single: bool) -> Result<Self, ExchangeError> {
        let doing = "announcements of monitors";
        let mut watch = Self { root, told: false, single };
        if !link.has(randr::X11_EXTENSION_NAME)? {
            return Ok(watch);
        }
        let cookie = link.conn.randr_query_version(1, 5).map_err(|e| ExchangeError::from_connection(doing, e))?;
        let version = link.reply(doing, cookie)?;
        watch.told = (version.major_version, version.minor_version) >= (1, 5);
        let mask = if watch.told {
            NotifyMask::SCREEN_CHANGE
                | NotifyMask::CRTC_CHANGE
                | NotifyMask::OUTPUT_CHANGE
                | NotifyMask::RESOURCE_CHANGE
        } else {
            NotifyMask::SCREEN_CHANGE
        };
        let cookie = link.conn.randr_select_input(root, mask).map_err(|e| ExchangeError::from_connection(doing, e))?;
        link.check(doing, cookie)?;
        Ok(watch)
    }

    /// The monitors on a screen of this size, from left to right. None where the server names none, or one that is the
    /// whole screen, unless that is wanted, too: there is then nothing to choose from.
    pub(crate) fn fetch(&mut self, link: &Link, size: (u32, u32)) -> Result<Vec<Monitor>, ExchangeError> {
        if !self.told {
            return Ok(Vec::new());
        }
        match self.ask(link, size) {
            Ok(mut monitors) => {
                monitors.sort_by(|a, b| (a.area.x, a.area.y, &a.name).cmp(&(b.area.x, b.area.y, &b.name)));
                let whole = Rect { x: 0, y: 0, width: size.0, height: size.1 };
                let nothing_to_choose = !self.single && matches!(&monitors[..], [only] if only.area == whole);
                Ok(if nothing_to_choose { Vec::new() } else { monitors })
            }
            Err(ExchangeError::Refused(doing, error)) => {
                tracing::warn!(
                    doing,
                    ?error,
                    "the X server does not tell its monitors: the whole picture counts as one"
                );
                self.told = false;
                Ok(Vec::new())
            }
            Err(other) => Err(other),
        }
    }

    fn ask(&self, link: &Link, size: (u32, u32)) -> Result<Vec<Monitor>, ExchangeError> {
        let doing = "the list of monitors";
        let failed = |error| ExchangeError::from_connection(doing, error);
        let cookie = link.conn.randr_get_monitors(self.root, true).map_err(failed)?;
        let mut listed = link.reply(doing, cookie)?.monitors;
        listed.truncate(MAX_MONITORS);
        // All names are asked for before the first is waited for.
        let cookies = listed.iter().map(|info| link.conn.get_atom_name(info.name)).collect::<Result<Vec<_>, _>>();
        let mut monitors = Vec::with_capacity(listed.len());
        for (info, cookie) in listed.iter().zip(cookies.map_err(failed)?) {
            let name = link.reply(doing, cookie)?.name;
            monitors.extend(placed(info, &name, size));
        }
        Ok(monitors)
    }
}

/// The monitor as far as it lies on the screen.
fn placed(info: &MonitorInfo, name: &[u8], size: (u32, u32)) -> Option<Monitor> {
    let area = clip(info.x, info.y, info.width, info.height, size)?;
    let name = String::from_utf8_lossy(name).chars().take(MAX_NAME_CHARS).collect();
    Some(Monitor { name, area, primary: info.primary })
}
