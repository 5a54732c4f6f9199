//! The sign's window.

use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::{
    AtomEnum, ChangeWindowAttributesAux, ConfigureWindowAux, ConnectionExt as _, CreateWindowAux, EventMask, PropMode,
    Screen, StackMode, Window, WindowClass,
};
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;

use super::pictures::Picture;
use crate::canvas::Area;
use crate::desktop::{Place, property};
use crate::error::ShowError;
use crate::window::{length, put, short};

x11rb::atom_manager! {
    /// Names that window managers know.
    pub Atoms: AtomsCookie {
        UTF8_STRING,
        _MOTIF_WM_HINTS,
        _NET_WM_NAME,
        _NET_WM_DESKTOP,
        _NET_WM_USER_TIME,
        _NET_WM_WINDOW_TYPE,
        _NET_WM_WINDOW_TYPE_NOTIFICATION,
        _NET_WM_WINDOW_TYPE_UTILITY,
        _NET_WM_STATE,
        _NET_WM_STATE_ABOVE,
        _NET_WM_STATE_STICKY,
        _NET_WM_STATE_SKIP_TASKBAR,
        _NET_WM_STATE_SKIP_PAGER,
        _NET_WORKAREA,
    }
}

/// Makes the window, not shown yet. Window managers leave it without a frame, above the others, and never give it the keyboard.
pub fn make(conn: &RustConnection, screen: &Screen, atoms: &Atoms, area: Area) -> Result<Window, ShowError> {
    let window = conn.generate_id()?;
    let events = EventMask::BUTTON_PRESS
        | EventMask::BUTTON_RELEASE
        | EventMask::BUTTON1_MOTION
        | EventMask::STRUCTURE_NOTIFY
        | EventMask::VISIBILITY_CHANGE;
    let aux = CreateWindowAux::new().event_mask(events);
    let (x, y, width, height) = (short(area.x), short(area.y), length(area.width), length(area.height));
    let (depth, visual, class) = (screen.root_depth, screen.root_visual, WindowClass::INPUT_OUTPUT);
    conn.create_window(depth, window, screen.root, x, y, width, height, 0, class, visual, &aux)?;
    conn.change_property8(PropMode::REPLACE, window, AtomEnum::WM_CLASS, AtomEnum::STRING, b"kinescope\0Kinescope\0")?;
    let set = |name, values: &[u32]| conn.change_property32(PropMode::REPLACE, window, name, AtomEnum::ATOM, values);
    set(atoms._NET_WM_WINDOW_TYPE, &[atoms._NET_WM_WINDOW_TYPE_NOTIFICATION, atoms._NET_WM_WINDOW_TYPE_UTILITY])?;
    set(
        atoms._NET_WM_STATE,
        &[
            atoms._NET_WM_STATE_ABOVE,
            atoms._NET_WM_STATE_STICKY,
            atoms._NET_WM_STATE_SKIP_TASKBAR,
            atoms._NET_WM_STATE_SKIP_PAGER,
        ],
    )?;
    let number = |name, kind, values: &[u32]| conn.change_property32(PropMode::REPLACE, window, name, kind, values);
    number(atoms._NET_WM_DESKTOP, AtomEnum::CARDINAL.into(), &[u32::MAX])?;
    // Not the newest thing that the user has done: it gets no keyboard when it appears.
    number(atoms._NET_WM_USER_TIME, AtomEnum::CARDINAL.into(), &[0])?;
    // WM_HINTS: it takes no keyboard (bit 0), and is not iconified (bit 1, normal state).
    number(AtomEnum::WM_HINTS.into(), AtomEnum::WM_HINTS.into(), &[0x3, 0, 1, 0, 0, 0, 0, 0, 0])?;
    // Without decorations (bit 1 says that they are named; none is).
    number(atoms._MOTIF_WM_HINTS, atoms._MOTIF_WM_HINTS, &[0x2, 0, 0, 0, 0])?;
    Ok(window)
}

/// Puts a picture on it. The server paints it from here on, whatever covers the window meanwhile.
pub fn wear(
    conn: &RustConnection,
    screen: &Screen,
    atoms: &Atoms,
    window: Window,
    (picture, at): (&Picture, (i32, i32)),
) -> Result<(), ShowError> {
    let (width, height) = (length(picture.width), length(picture.height));
    let pixmap = conn.generate_id()?;
    conn.create_pixmap(screen.root_depth, pixmap, screen.root, width, height)?;
    let all = Area { x: 0, y: 0, width: picture.width, height: picture.height };
    put(conn, screen, pixmap, all, &picture.canvas)?;
    conn.change_window_attributes(window, &ChangeWindowAttributesAux::new().background_pixmap(pixmap))?;
    conn.free_pixmap(pixmap)?;
    // ICCCM, WM_NORMAL_HINTS: its place and size are meant (bits 0 to 3), and the size is its smallest and greatest (4, 5).
    let (x, y) = (at.0.cast_unsigned(), at.1.cast_unsigned());
    let (wide, high) = (u32::from(width), u32::from(height));
    let mut hints = [0_u32; 18];
    hints[..9].copy_from_slice(&[0x3f, x, y, wide, high, wide, high, wide, high]);
    let kind = AtomEnum::WM_SIZE_HINTS;
    conn.change_property32(PropMode::REPLACE, window, AtomEnum::WM_NORMAL_HINTS, kind, &hints)?;
    let text = picture.text.as_bytes();
    conn.change_property8(PropMode::REPLACE, window, atoms._NET_WM_NAME, atoms.UTF8_STRING, text)?;
    conn.change_property8(PropMode::REPLACE, window, AtomEnum::WM_NAME, AtomEnum::STRING, b"Kinescope")?;
    let aux = ConfigureWindowAux::new().x(at.0).y(at.1).width(wide).height(high).stack_mode(StackMode::ABOVE);
    conn.configure_window(window, &aux)?;
    conn.clear_area(false, window, 0, 0, 0, 0)?;
    Ok(())
}

/// Where the middle of its upper edge goes first: to that of the monitor, below the desktop's own bars.
pub fn first_place(
    conn: &RustConnection,
    screen: &Screen,
    atoms: &Atoms,
    place: &Place,
) -> Result<(i32, i32), ShowError> {
    let monitor = place.monitor;
    let area = property(conn, screen.root, atoms._NET_WORKAREA, AtomEnum::CARDINAL.into())?;
    let numbers: Vec<u32> =
        area.chunks_exact(4).map(|four| u32::from_ne_bytes([four[0], four[1], four[2], four[3]])).collect();
    let bar = numbers.get(1).and_then(|top| i32::try_from(*top).ok()).unwrap_or(0);
    // Nobody's bars take half a monitor.
    let below = if (monitor.y..monitor.y + monitor.height / 2).contains(&bar) { bar } else { monitor.y };
    let gap = (4.0 * place.scale).round() as i32;
    Ok((monitor.x + monitor.width / 2, below + gap))
}

/// The nearest place on the screen.
pub fn on_screen((x, y): (i32, i32), picture: &Picture, size: (i32, i32)) -> (i32, i32) {
    let (right, bottom) = ((size.0 - picture.width).max(0), (size.1 - picture.height).max(0));
    (x.clamp(0, right), y.clamp(0, bottom))
}
