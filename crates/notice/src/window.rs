//! The window itself, and what window managers are told of it.

use x11rb::connection::{Connection as _, RequestConnection as _};
use x11rb::protocol::xproto::{
    AtomEnum, ClientMessageEvent, ConfigureWindowAux, ConnectionExt as _, CreateGCAux, CreateWindowAux, EventMask,
    Gcontext, ImageFormat, InputFocus, PropMode, Screen, StackMode, Window as WindowId, WindowClass,
};
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;

use crate::canvas::{Area, Canvas, PIXEL};
use crate::content::Content;
use crate::desktop::property;
use crate::error::ShowError;
use crate::paint::CURTAIN;

x11rb::atom_manager! {
    /// Names that window managers know.
    pub Atoms: AtomsCookie {
        UTF8_STRING,
        WM_PROTOCOLS,
        WM_DELETE_WINDOW,
        _NET_WM_NAME,
        _NET_WM_DESKTOP,
        _NET_WM_WINDOW_TYPE,
        _NET_WM_WINDOW_TYPE_DIALOG,
        _NET_WM_STATE,
        _NET_WM_STATE_ABOVE,
        _NET_WM_STATE_STICKY,
        _NET_WM_WINDOW_OPACITY,
        _NET_ACTIVE_WINDOW,
        _NET_SUPPORTING_WM_CHECK,
        _NET_WM_CM_S0,
    }
}

/// Pixels of one request, in bytes.
const IMAGE_BYTES: usize = 192 << 10;

/// Which window to make.
pub struct Making<'a> {
    pub conn: &'a RustConnection,
    pub screen: &'a Screen,
    pub atoms: &'a Atoms,
    pub content: &'a Content,
    /// Where on the screen.
    pub area: Area,
}

/// Makes the window and shows it. A question lies over everything and is no window manager's business.
pub fn open(making: &Making<'_>) -> Result<WindowId, ShowError> {
    let Making { conn, screen, content, area, .. } = making;
    let window = conn.generate_id()?;
    let events = EventMask::EXPOSURE
        | EventMask::KEY_PRESS
        | EventMask::BUTTON_PRESS
        | EventMask::BUTTON_RELEASE
        | EventMask::POINTER_MOTION
        | EventMask::STRUCTURE_NOTIFY
        | EventMask::SUBSTRUCTURE_NOTIFY
        | EventMask::VISIBILITY_CHANGE
        | EventMask::PROPERTY_CHANGE;
    let aux = CreateWindowAux::new()
        .event_mask(events)
        .background_pixel(CURTAIN.value())
        .override_redirect(u32::from(content.asks()));
    let (x, y) = (short(area.x), short(area.y));
    let (width, height) = (length(area.width), length(area.height));
    let class = WindowClass::INPUT_OUTPUT;
    conn.create_window(
        screen.root_depth,
        window,
        screen.root,
        x,
        y,
        width,
        height,
        0,
        class,
        screen.root_visual,
        &aux,
    )?;
    describe(making, window)?;
    conn.map_window(window)?;
    conn.configure_window(window, &ConfigureWindowAux::new().stack_mode(StackMode::ABOVE))?;
    Ok(window)
}

fn describe(making: &Making<'_>, window: WindowId) -> Result<(), ShowError> {
    let Making { conn, atoms, content, area, .. } = making;
    let title = content.title.as_bytes();
    conn.change_property8(PropMode::REPLACE, window, AtomEnum::WM_NAME, AtomEnum::STRING, b"Kinescope")?;
    conn.change_property8(PropMode::REPLACE, window, atoms._NET_WM_NAME, atoms.UTF8_STRING, title)?;
    let class = b"kinescope\0Kinescope\0";
    conn.change_property8(PropMode::REPLACE, window, AtomEnum::WM_CLASS, AtomEnum::STRING, class)?;
    if content.asks() {
        return Ok(());
    }
    let set = |name, values: &[u32]| conn.change_property32(PropMode::REPLACE, window, name, AtomEnum::ATOM, values);
    set(atoms._NET_WM_WINDOW_TYPE, &[atoms._NET_WM_WINDOW_TYPE_DIALOG])?;
    set(atoms._NET_WM_STATE, &[atoms._NET_WM_STATE_ABOVE, atoms._NET_WM_STATE_STICKY])?;
    set(atoms.WM_PROTOCOLS, &[atoms.WM_DELETE_WINDOW])?;
    let everywhere = u32::MAX;
    conn.change_property32(PropMode::REPLACE, window, atoms._NET_WM_DESKTOP, AtomEnum::CARDINAL, &[everywhere])?;
    say_place(conn, window, *area)?;
    // WM_HINTS: it takes the keyboard (bit 0), and is not iconified (bit 1, normal state).
    let hints = [0x3, 1, 1, 0, 0, 0, 0, 0, 0];
    conn.change_property32(PropMode::REPLACE, window, AtomEnum::WM_HINTS, AtomEnum::WM_HINTS, &hints)?;
    Ok(())
}

/// Tells window managers where a window belongs.
fn say_place(conn: &RustConnection, window: WindowId, area: Area) -> Result<(), ShowError> {
    // ICCCM, WM_NORMAL_HINTS: its place and size are meant (bits 0 to 3), and the size is its smallest and greatest (4, 5).
    let (x, y) = (area.x.cast_unsigned(), area.y.cast_unsigned());
    let (width, height) = (area.width.cast_unsigned(), area.height.cast_unsigned());
    let mut hints = [0_u32; 18];
    hints[..9].copy_from_slice(&[0x3f, x, y, width, height, width, height, width, height]);
    let kind = AtomEnum::WM_SIZE_HINTS;
    conn.change_property32(PropMode::REPLACE, window, AtomEnum::WM_NORMAL_HINTS, kind, &hints)?;
    Ok(())
}

/// Puts a window where it belongs now, whoever moved it.
pub fn put_in_place(conn: &RustConnection, window: WindowId, area: Area) -> Result<(), ShowError> {
    say_place(conn, window, area)?;
    let (width, height) = (u32::from(length(area.width)), u32::from(length(area.height)));
    let aux = ConfigureWindowAux::new().x(area.x).y(area.y).width(width).height(height);
    conn.configure_window(window, &aux)?;
    Ok(())
}

/// Whether a window manager runs.
pub fn is_managed(conn: &RustConnection, root: WindowId, atoms: &Atoms) -> Result<bool, ShowError> {
    let said = |window| property(conn, window, atoms._NET_SUPPORTING_WM_CHECK, AtomEnum::WINDOW.into());
    let Some(check) = said(root)?.first_chunk::<4>().map(|bytes| u32::from_ne_bytes(*bytes)) else { return Ok(false) };
    // One that is gone may have left its sign.
    Ok(said(check).is_ok_and(|again| again.first_chunk::<4>() == Some(&check.to_ne_bytes())))
}

/// Gives the window the keyboard, by the window manager if there is one.
pub fn give_focus(conn: &RustConnection, root: WindowId, window: WindowId, atoms: &Atoms) -> Result<(), ShowError> {
    if is_managed(conn, root, atoms)? {
        // Source 2: as a pager would ask, on the user's behalf.
        let message = ClientMessageEvent::new(32, window, atoms._NET_ACTIVE_WINDOW, [2, 0, 0, 0, 0]);
        let mask = EventMask::SUBSTRUCTURE_REDIRECT | EventMask::SUBSTRUCTURE_NOTIFY;
        conn.send_event(false, root, mask, message)?;
    } else {
        // Refused if the window is not viewable any more; the next look finds that out.
        conn.set_input_focus(InputFocus::POINTER_ROOT, window, x11rb::CURRENT_TIME)?;
    }
    Ok(())
}

/// Puts a picture into a window.
pub fn put(
    conn: &RustConnection,
    screen: &Screen,
    window: WindowId,
    area: Area,
    canvas: &Canvas,
) -> Result<(), ShowError> {
    let gc: Gcontext = conn.generate_id()?;
    conn.create_gc(gc, screen.root, &CreateGCAux::new().graphics_exposures(0))?;
    let row = usize::from(length(area.width)) * PIXEL;
    let most = IMAGE_BYTES.min(conn.maximum_request_bytes().saturating_sub(64));
    let rows = (most / row.max(1)).max(1);
    for (index, chunk) in canvas.bytes().chunks(rows * row.max(1)).enumerate() {
        let top = area.y + i32::try_from(index * rows).unwrap_or(i32::MAX);
        let height = u16::try_from(chunk.len() / row.max(1)).unwrap_or(u16::MAX);
        let (width, depth) = (length(area.width), screen.root_depth);
        conn.put_image(ImageFormat::Z_PIXMAP, window, gc, width, height, short(area.x), short(top), 0, depth, chunk)?;
    }
    conn.free_gc(gc)?;
    Ok(())
}

pub fn short(value: i32) -> i16 {
    i16::try_from(value).unwrap_or(if value < 0 { i16::MIN } else { i16::MAX })
}

pub fn length(value: i32) -> u16 {
    u16::try_from(value.max(1)).unwrap_or(u16::MAX)
}
