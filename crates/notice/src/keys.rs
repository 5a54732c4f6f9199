//! Which keys mean something to the window.

use x11rb::protocol::xproto::{ConnectionExt as _, Keycode};
use x11rb::rust_connection::RustConnection;

use crate::error::ShowError;

/// A key that means something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    Next,
    Previous,
    Activate,
    Escape,
    Up,
    Down,
    PageUp,
    PageDown,
    Home,
    End,
}

/// What the keyboard's keys are called.
pub struct Keys {
    first: Keycode,
    per_code: usize,
    symbols: Vec<u32>,
}

impl Keys {
    /// Asks the server.
    pub fn fetch(conn: &RustConnection) -> Result<Self, ShowError> {
        use x11rb::connection::Connection as _;
        let setup = conn.setup();
        let (first, last) = (setup.min_keycode, setup.max_keycode);
        let mapping = conn.get_keyboard_mapping(first, last.saturating_sub(first).saturating_add(1))?.reply()?;
        Ok(Self { first, per_code: mapping.keysyms_per_keycode.into(), symbols: mapping.keysyms })
    }

    /// What a key means. Whatever else is on a key, its meaning does not depend on the layout in use.
    pub fn meaning(&self, code: Keycode, shift: bool) -> Option<Key> {
        let at = usize::from(code.checked_sub(self.first)?) * self.per_code;
        let key = self.symbols.get(at..at + self.per_code)?.iter().find_map(|symbol| meaning(*symbol))?;
        Some(if shift && key == Key::Next { Key::Previous } else { key })
    }
}

/// Keysyms as X11/keysymdef.h numbers them; those of the number pad as well.
fn meaning(symbol: u32) -> Option<Key> {
    Some(match symbol {
        0xff09 => Key::Next,
        0xfe20 => Key::Previous,
        0xff0d | 0xff8d | 0x20 => Key::Activate,
        0xff1b => Key::Escape,
        0xff52 | 0xff97 => Key::Up,
        0xff54 | 0xff99 => Key::Down,
        0xff55 | 0xff9a => Key::PageUp,
        0xff56 | 0xff9b => Key::PageDown,
        0xff50 | 0xff95 => Key::Home,
        0xff57 | 0xff9c => Key::End,
        _ => return None,
    })
}
