//! Where the pointer is and what it looks like, asked for only when the server said that something happened to it.

use screen::pointer::{MAX_SHAPE_SIDE, PointerChange};
use x11rb::protocol::xfixes::{self, ConnectionExt as _, CursorNotifyMask};
use x11rb::protocol::xproto::{ConnectionExt as _, Window};

use crate::activity::ActivityWatch;
use crate::connection::Link;
use crate::error::ExchangeError;

/// Follows the pointer.
///
/// The subscriptions are *one-shot*: the first event ends them, fetching renews them. However fast a mouse reports or a
/// program changes shapes, the server sends us at most one event of each kind between two pictures, so that neither side piles
/// up events while we are busy.
pub(crate) struct PointerWatch {
    root: Window,
    /// Without it the position is only asked for with each picture.
    activity: Option<ActivityWatch>,
    /// The shape changed since it was fetched.
    reshaped: bool,
    position: Option<(i32, i32)>,
    shape_serial: Option<u32>,
}

impl PointerWatch {
    /// Starts with everything to be fetched.
    pub(crate) fn new(link: &Link, root: Window) -> Result<Self, ExchangeError> {
        Ok(Self { root, activity: ActivityWatch::new(link)?, reshaped: true, position: None, shape_serial: None })
    }

    /// Something was announced that was not fetched yet.
    pub(crate) fn is_pending(&self) -> bool {
        self.reshaped || self.is_active()
    }

    /// Everything may have changed.
    pub(crate) fn distrust(&mut self) {
        self.reshaped = true;
        self.on_activity();
    }

    /// The server announced input.
    pub(crate) fn on_activity(&mut self) {
        if let Some(activity) = &mut self.activity {
            activity.pending = true;
        }
    }

    /// The server announced a new shape: no more announcements until it is fetched.
    pub(crate) fn on_shape(&mut self, link: &Link) -> Result<(), ExchangeError> {
        if !std::mem::replace(&mut self.reshaped, true) {
            self.subscribe_shape(link, false)?;
        }
        Ok(())
    }

    /// Fetches what was announced. The position comes with every picture, too (`with_picture`).
    pub(crate) fn fetch(&mut self, link: &Link, with_picture: bool) -> Result<Vec<PointerChange>, ExchangeError> {
        let mut changes = Vec::new();
        if self.reshaped {
            // Renewed before fetching: what happens in between is announced rather than lost.
            self.subscribe_shape(link, true)?;
            changes.extend(self.fetch_shape(link)?);
            self.reshaped = false;
        }
        if with_picture || self.is_active() {
            if let Some(activity) = self.activity.as_mut().filter(|activity| activity.pending) {
                activity.look(link)?;
            }
            changes.extend(self.fetch_position(link)?);
        }
        Ok(changes)
    }

    fn is_active(&self) -> bool {
        self.activity.as_ref().is_some_and(|activity| activity.pending)
    }

    fn fetch_position(&mut self, link: &Link) -> Result<Option<PointerChange>, ExchangeError> {
        let doing = "the pointer's position";
        let cookie = link.conn.query_pointer(self.root).map_err(|e| ExchangeError::from_connection(doing, e))?;
        let reply = link.reply(doing, cookie)?;
        let position = (i32::from(reply.root_x), i32::from(reply.root_y));
        let news = reply.same_screen && self.position.replace(position) != Some(position);
        Ok(news.then_some(PointerChange::Moved { x: position.0, y: position.1 }))
    }

    fn fetch_shape(&mut self, link: &Link) -> Result<Option<PointerChange>, ExchangeError> {
        let doing = "the pointer's shape";
        let cookie = link.conn.xfixes_get_cursor_image().map_err(|e| ExchangeError::from_connection(doing, e))?;
        let image = match link.reply(doing, cookie) {
            Ok(image) => image,
            // The server has no cursor to show.
            Err(ExchangeError::Refused(..)) => {
                self.shape_serial = None;
                return Ok(Some(PointerChange::Hidden));
            }
            Err(other) => return Err(other),
        };
        if self.shape_serial.replace(image.cursor_serial) == Some(image.cursor_serial) {
            return Ok(None);
        }
        Ok(Some(shape_change(&image)))
    }

    fn subscribe_shape(&self, link: &Link, on: bool) -> Result<(), ExchangeError> {
        let mask = if on { CursorNotifyMask::DISPLAY_CURSOR } else { CursorNotifyMask::from(0u8) };
        let cookie = link
            .conn
            .xfixes_select_cursor_input(self.root, mask)
            .map_err(|e| ExchangeError::from_connection("announcements of shapes", e))?;
        cookie.ignore_error();
        Ok(())
    }
}

/// A cursor as the recording keeps it. One that is larger than a recording holds is cut at the right and the bottom; one
/// without pixels is hidden.
fn shape_change(image: &xfixes::GetCursorImageReply) -> PointerChange {
    let (full, width, height) = (
        usize::from(image.width),
        u32::from(image.width).min(MAX_SHAPE_SIDE),
        u32::from(image.height).min(MAX_SHAPE_SIDE),
    );
    if width == 0 || height == 0 {
        return PointerChange::Hidden;
    }
    let argb = image
        .cursor_image
        .chunks_exact(full)
        .take(height as usize)
        .flat_map(|row| &row[..width as usize])
        .copied()
        .collect();
    PointerChange::Shape {
        hot_x: u32::from(image.xhot).min(width - 1),
        hot_y: u32::from(image.yhot).min(height - 1),
        width,
        height,
        argb,
    }
}
