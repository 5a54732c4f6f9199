//! Whether a window is as it was made, and can be seen: any program of a session may move, cut, cover or empty any window.

use x11rb::connection::RequestConnection as _;
use x11rb::protocol::composite::{self, ConnectionExt as _};
use x11rb::protocol::shape::{self, ConnectionExt as _, SK};
use x11rb::protocol::xproto::{
    ConfigureWindowAux, ConnectionExt as _, GetGeometryReply, MapState, StackMode, Window, WindowClass,
};
use x11rb::rust_connection::RustConnection;

use crate::canvas::Area;
use crate::error::{ShowError, there};
use crate::window::{Atoms, length};

/// So many windows above another one are looked at; more are taken for covering it.
const MAX_ABOVE: usize = 64;
/// Windows between a window and the root: what window managers put around it.
const MAX_DEPTH: usize = 8;

/// What a look at a window found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// It can be seen as it was made.
    Whole,
    /// Something lies over it.
    Covered,
    /// It is there, but moved, cut, emptied or taken off the screen.
    Changed,
    /// It is gone.
    Gone,
}

/// Looks at a window that must cover the whole screen.
pub fn look_at_curtain(
    conn: &RustConnection,
    root: Window,
    window: Window,
    size: (i32, i32),
    atoms: &Atoms,
) -> Result<Look, ShowError> {
    let attributes = conn.get_window_attributes(window)?;
    let geometry = conn.get_geometry(window)?;
    let tree = conn.query_tree(window)?;
    let (Some(attributes), Some(geometry), Some(tree)) =
        (there(attributes.reply())?, there(geometry.reply())?, there(tree.reply())?)
    else {
        return Ok(Look::Gone);
    };
    let placed = (geometry.x, geometry.y, geometry.border_width) == (0, 0, 0)
        && (geometry.width, geometry.height) == (length(size.0), length(size.1));
    let shown = attributes.map_state == MapState::VIEWABLE && attributes.override_redirect;
    if !placed || !shown || tree.parent != root || !tree.children.is_empty() || is_shaped(conn, window, &geometry)? {
        return Ok(Look::Changed);
    }
    let area = Area { x: 0, y: 0, width: size.0, height: size.1 };
    Ok(if is_covered(conn, root, window, area, atoms)? { Look::Covered } else { Look::Whole })
}

/// Looks at a window among others, perhaps inside a window manager's frame. Also says where on the screen it is, on it or not.
pub fn look_at_dialog(
    conn: &RustConnection,
    root: Window,
    window: Window,
    atoms: &Atoms,
) -> Result<(Look, Area), ShowError> {
    let gone = (Look::Gone, Area::default());
    let attributes = conn.get_window_attributes(window)?;
    let Some(attributes) = there(attributes.reply())? else { return Ok(gone) };
    if attributes.map_state != MapState::VIEWABLE {
        return Ok((Look::Changed, Area::default()));
    }
    let (mut top, mut depth) = (window, 0);
    loop {
        let Some(tree) = there(conn.query_tree(top)?.reply())? else { return Ok(gone) };
        if tree.parent == root || tree.parent == x11rb::NONE || depth == MAX_DEPTH {
            break;
        }
        (top, depth) = (tree.parent, depth + 1);
    }
    let geometry = conn.get_geometry(window)?;
    let place = conn.translate_coordinates(window, root, 0, 0)?;
    let (Some(geometry), Some(place)) = (there(geometry.reply())?, there(place.reply())?) else {
        return Ok(gone);
    };
    let (width, height) = (i32::from(geometry.width), i32::from(geometry.height));
    let area = Area { x: place.dst_x.into(), y: place.dst_y.into(), width, height };
    Ok((if is_covered(conn, root, top, area, atoms)? { Look::Covered } else { Look::Whole }, area))
}

/// Puts a window that covers the screen back as it was made. What cannot be put back the next look finds.
pub fn restore(conn: &RustConnection, root: Window, window: Window, size: (i32, i32)) -> Result<(), ShowError> {
    conn.destroy_subwindows(window)?;
    let parent = conn.query_tree(window)?;
    if there(parent.reply())?.is_some_and(|tree| tree.parent != root) {
        conn.reparent_window(window, root, 0, 0)?;
    }
    if conn.extension_information(shape::X11_EXTENSION_NAME)?.is_some() {
        for kind in [SK::BOUNDING, SK::CLIP, SK::INPUT] {
            conn.shape_mask(shape::SO::SET, kind, window, 0, 0, x11rb::NONE)?;
        }
    }
    let attributes = x11rb::protocol::xproto::ChangeWindowAttributesAux::new().override_redirect(1);
    conn.change_window_attributes(window, &attributes)?;
    let (width, height) = (u32::from(length(size.0)), u32::from(length(size.1)));
    let place = ConfigureWindowAux::new().x(0).y(0).width(width).height(height).border_width(0);
    conn.configure_window(window, &place)?;
    conn.map_window(window)?;
    raise(conn, window)
}

/// Puts a window above the others.
pub fn raise(conn: &RustConnection, window: Window) -> Result<(), ShowError> {
    conn.configure_window(window, &ConfigureWindowAux::new().stack_mode(StackMode::ABOVE))?;
    Ok(())
}

/// Whether a part of it was cut off, for the eye or for the pointer.
fn is_shaped(conn: &RustConnection, window: Window, geometry: &GetGeometryReply) -> Result<bool, ShowError> {
    if conn.extension_information(shape::X11_EXTENSION_NAME)?.is_none() {
        return Ok(false);
    }
    let extents = conn.shape_query_extents(window)?;
    let input = conn.shape_get_rectangles(window, SK::INPUT)?;
    let (Some(extents), Some(input)) = (there(extents.reply())?, there(input.reply())?) else { return Ok(true) };
    let all = matches!(&input.rectangles[..], [only] if (only.x, only.y) == (0, 0)
        && (only.width, only.height) == (geometry.width, geometry.height));
    Ok(extents.bounding_shaped || extents.clip_shaped || !all)
}

/// Whether a window above this one, which is a child of the root, lies over an area of the screen.
fn is_covered(conn: &RustConnection, root: Window, top: Window, area: Area, atoms: &Atoms) -> Result<bool, ShowError> {
    let children = conn.query_tree(root)?.reply()?.children;
    let Some(place) = children.iter().position(|child| *child == top) else { return Ok(true) };
    let above = &children[place + 1..];
    if above.is_empty() {
        return Ok(false);
    }
    if above.len() > MAX_ABOVE {
        return Ok(true);
    }
    let overlay = overlay(conn, root, atoms)?;
    let asked = above
        .iter()
        .filter(|window| Some(**window) != overlay)
        .map(|window| Ok((conn.get_window_attributes(*window)?, conn.get_geometry(*window)?)))
        .collect::<Result<Vec<_>, ShowError>>()?;
    for (attributes, geometry) in asked {
        let (Some(attributes), Some(geometry)) = (there(attributes.reply())?, there(geometry.reply())?) else {
            continue;
        };
        let seen = attributes.map_state == MapState::VIEWABLE && attributes.class == WindowClass::INPUT_OUTPUT;
        if seen && overlaps(&geometry, area) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The window that a compositor draws everything on; it lies above all others and shows them.
fn overlay(conn: &RustConnection, root: Window, atoms: &Atoms) -> Result<Option<Window>, ShowError> {
    let composited = conn.extension_information(composite::X11_EXTENSION_NAME)?.is_some()
        && conn.get_selection_owner(atoms._NET_WM_CM_S0)?.reply()?.owner != x11rb::NONE;
    if !composited {
        return Ok(None);
    }
    conn.composite_query_version(0, 4)?.reply()?;
    let overlay = conn.composite_get_overlay_window(root)?.reply()?.overlay_win;
    conn.composite_release_overlay_window(root)?;
    Ok(Some(overlay))
}

fn overlaps(geometry: &GetGeometryReply, area: Area) -> bool {
    let border = 2 * i32::from(geometry.border_width);
    let (x, y) = (i32::from(geometry.x), i32::from(geometry.y));
    let (right, bottom) = (x + i32::from(geometry.width) + border, y + i32::from(geometry.height) + border);
    x < area.x + area.width && right > area.x && y < area.y + area.height && bottom > area.y
}
