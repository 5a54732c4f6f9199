//! What was drawn since the last look.

use screen::Rect;
use x11rb::connection::Connection as _;
use x11rb::cookie::Cookie;
use x11rb::protocol::damage::{self, ConnectionExt as _, ReportLevel};
use x11rb::protocol::xfixes::{self, ConnectionExt as _, FetchRegionReply};
use x11rb::protocol::xproto::Window;
use x11rb::rust_connection::RustConnection;

use crate::connection::Link;
use crate::error::ExchangeError;
use crate::rects;
use crate::wire::Wire;

/// Watches the root window and everything in it for drawing.
pub(crate) struct DamageWatch {
    damage: damage::Damage,
    region: xfixes::Region,
    /// The server said that there is damage which was not fetched yet.
    pub(crate) pending: bool,
}

impl DamageWatch {
    pub(crate) fn new(link: &Link, root: Window) -> Result<Self, ExchangeError> {
        let doing = "watching for damage";
        let damage = link.conn.generate_id().map_err(|e| ExchangeError::from_id(doing, e))?;
        let region = link.conn.generate_id().map_err(|e| ExchangeError::from_id(doing, e))?;
        // NonEmpty: one event, then silence until the damage is fetched, however much is drawn.
        let cookie = link
            .conn
            .damage_create(damage, root, ReportLevel::NON_EMPTY)
            .map_err(|e| ExchangeError::from_connection(doing, e))?;
        link.check(doing, cookie)?;
        let cookie =
            link.conn.xfixes_create_region(region, &[]).map_err(|e| ExchangeError::from_connection(doing, e))?;
        link.check(doing, cookie)?;
        Ok(Self { damage, region, pending: false })
    }

    /// Watches no longer, which costs the server nothing from here on.
    pub(crate) fn end(self, link: &Link) -> Result<(), ExchangeError> {
        let failed = |e| ExchangeError::from_connection("watching for damage", e);
        link.conn.damage_destroy(self.damage).map_err(failed)?.ignore_error();
        link.conn.xfixes_destroy_region(self.region).map_err(failed)?.ignore_error();
        Ok(())
    }

    /// Takes the damage out of the server. What is drawn from here on is new damage and will be announced.
    pub(crate) fn ask<'c>(
        &mut self,
        link: &'c Link,
    ) -> Result<Cookie<'c, RustConnection<Wire>, FetchRegionReply>, ExchangeError> {
        let doing = "the damaged region";
        self.pending = false;
        link.conn
            .damage_subtract(self.damage, x11rb::NONE, self.region)
            .and_then(|_| link.conn.xfixes_fetch_region(self.region))
            .map_err(|e| ExchangeError::from_connection(doing, e))
    }

    /// The rectangles of the answer that lie on a screen of this size, none overlapping.
    pub(crate) fn answer(
        &self,
        link: &Link,
        cookie: Cookie<'_, RustConnection<Wire>, FetchRegionReply>,
        size: (u32, u32),
    ) -> Result<Vec<Rect>, ExchangeError> {
        let region = link.reply("the damaged region", cookie)?;
        Ok(region.rectangles.iter().filter_map(|r| rects::clip(r.x, r.y, r.width, r.height, size)).collect())
    }
}
