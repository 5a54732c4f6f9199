//! Keys that are listened for in the whole session, whatever has the keyboard.

use x11rb::protocol::ErrorKind;
use x11rb::protocol::xproto::{ConnectionExt as _, GrabMode, KeyPressEvent, Keycode, ModMask, Window};
use x11rb::rust_connection::RustConnection;

use super::SignSaid;
use crate::error::ShowError;

/// X11/keysymdef.h.
const NUM_LOCK: u32 = 0xff7f;
/// Columns of the keyboard's table that are searched: two groups with and without shift.
const COLUMNS: usize = 4;
/// A key that is held repeats itself; so long after its last press another one counts.
const REPEATS_MS: u32 = 700;

/// Keys that are held for this connection alone.
pub struct Hotkeys {
    keysyms: Vec<u32>,
    /// Which key of the keyboard is which of them.
    codes: Vec<(Keycode, usize)>,
    num_lock: ModMask,
    /// Whether they were held before.
    held: bool,
    /// What was said of keys that cannot be held.
    troubles: Vec<SignSaid>,
    last: Option<(usize, u32)>,
}

impl Hotkeys {
    /// None is held yet.
    pub fn new(keysyms: Vec<u32>) -> Self {
        Self {
            keysyms,
            codes: Vec::new(),
            num_lock: ModMask::from(0_u16),
            held: false,
            troubles: Vec::new(),
            last: None,
        }
    }

    /// Holds them, each with control and shift, whether or not Caps Lock and Num Lock are on. What cannot be held is said, once.
    /// To be done again when the keyboard has changed, which servers say often where nothing has.
    pub fn hold(
        &mut self,
        conn: &RustConnection,
        root: Window,
        say: &mut dyn FnMut(SignSaid),
    ) -> Result<(), ShowError> {
        if self.keysyms.is_empty() {
            return Ok(());
        }
        let (codes, num_lock) = keyboard(conn, &self.keysyms)?;
        if self.held && (&codes, num_lock) == (&self.codes, self.num_lock) {
            return Ok(());
        }
        for (code, _) in &self.codes {
            conn.ungrab_key(*code, root, ModMask::ANY)?;
        }
        let mut troubles = Vec::new();
        for index in 0..self.keysyms.len() {
            let of_key: Vec<Keycode> = codes.iter().filter(|(_, key)| *key == index).map(|(code, _)| *code).collect();
            if of_key.is_empty() {
                troubles.push(SignSaid::NoSuchKey(index));
            }
            let mut taken = false;
            for code in of_key {
                taken |= !hold(conn, root, code, num_lock)?;
            }
            if taken {
                troubles.push(SignSaid::Taken(index));
            }
        }
        troubles.iter().filter(|trouble| !self.troubles.contains(trouble)).cloned().for_each(say);
        (self.codes, self.num_lock, self.held, self.troubles) = (codes, num_lock, true, troubles);
        Ok(())
    }

    /// Which of them was struck. A held key counts once.
    pub fn struck(&mut self, press: &KeyPressEvent) -> Option<usize> {
        let index = self.codes.iter().find(|(code, _)| *code == press.detail)?.1;
        let again = self.last.is_some_and(|(last, at)| last == index && press.time.wrapping_sub(at) < REPEATS_MS);
        self.last = Some((index, press.time));
        (!again).then_some(index)
    }
}

/// `false`: another program holds it in at least one of these states.
fn hold(conn: &RustConnection, root: Window, code: Keycode, num_lock: ModMask) -> Result<bool, ShowError> {
    let both = ModMask::CONTROL | ModMask::SHIFT;
    let mut states = vec![both, both | ModMask::LOCK];
    if num_lock != ModMask::from(0_u16) {
        states.extend([both | num_lock, both | num_lock | ModMask::LOCK]);
    }
    let mut free = true;
    for state in states {
        let held = conn.grab_key(false, root, state, code, GrabMode::ASYNC, GrabMode::ASYNC)?;
        match held.check() {
            Ok(()) => {}
            Err(x11rb::errors::ReplyError::X11Error(error)) if error.error_kind == ErrorKind::Access => free = false,
            Err(error) => return Err(error.into()),
        }
    }
    Ok(free)
}

/// Which keys of the keyboard carry these keysyms, and the modifier that Num Lock is.
fn keyboard(conn: &RustConnection, keysyms: &[u32]) -> Result<(Vec<(Keycode, usize)>, ModMask), ShowError> {
    use x11rb::connection::Connection as _;
    let (first, last) = (conn.setup().min_keycode, conn.setup().max_keycode);
    let mapping = conn.get_keyboard_mapping(first, last.saturating_sub(first).saturating_add(1))?.reply()?;
    let per_code = usize::from(mapping.keysyms_per_keycode).max(1);
    let (mut codes, mut num_locks) = (Vec::new(), Vec::new());
    for (code, row) in (first..=last).zip(mapping.keysyms.chunks(per_code)) {
        let row = &row[..row.len().min(COLUMNS)];
        codes.extend(keysyms.iter().position(|keysym| row.contains(keysym)).map(|index| (code, index)));
        if row.contains(&NUM_LOCK) {
            num_locks.push(code);
        }
    }
    let modifiers = conn.get_modifier_mapping()?.reply()?;
    let per_modifier = usize::from(modifiers.keycodes_per_modifier()).max(1);
    let mut rows = modifiers.keycodes.chunks(per_modifier);
    let at = rows.position(|row| row.iter().any(|code| num_locks.contains(code)));
    Ok((codes, ModMask::from(at.map_or(0, |at| 1_u16 << at.min(7)))))
}
