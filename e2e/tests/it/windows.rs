//! The windows of a session, as its X server tells them to a client with its cookie.

use std::path::Path;

use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::{AtomEnum, ConnectionExt as _, MapState};
use x11rb::rust_connection::RustConnection;

pub struct Windows(RustConnection);

impl Windows {
    pub fn of(display: &str, authority: &Path) -> anyhow::Result<Self> {
        Ok(Self(crate::picture::client(display, authority)?))
    }

    /// Whether a window with this title can be seen.
    pub fn shows(&self, title: &str) -> anyhow::Result<bool> {
        let conn = &self.0;
        let name = conn.intern_atom(false, b"_NET_WM_NAME")?.reply()?.atom;
        let mut windows: Vec<u32> = conn.setup().roots.iter().map(|screen| screen.root).collect();
        while let Some(window) = windows.pop() {
            // One that has gone meanwhile has no title any more.
            let Ok(tree) = conn.query_tree(window)?.reply() else { continue };
            windows.extend(tree.children);
            let value = conn.get_property(false, window, name, AtomEnum::ANY, 0, 64)?.reply();
            let attributes = conn.get_window_attributes(window)?.reply();
            let seen = attributes.is_ok_and(|attributes| attributes.map_state == MapState::VIEWABLE);
            if seen && value.is_ok_and(|value| value.value == title.as_bytes()) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
