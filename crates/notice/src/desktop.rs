//! What the window is shown on: monitors, their density, the pointer.

use x11rb::connection::{Connection as _, RequestConnection as _};
use x11rb::protocol::randr::{self, ConnectionExt as _};
use x11rb::protocol::xproto::{Atom, AtomEnum, ConnectionExt as _, ImageOrder, Screen, VisualClass, Window};
use x11rb::rust_connection::RustConnection;

use crate::canvas::Area;
use crate::error::{ShowError, there};
use crate::seen::{common, is_seen_whole};

/// More monitors than this are not looked at: any client may define as many as it likes.
const MAX_MONITORS: usize = 32;
/// What is smaller is no monitor that a dialog can be read on.
const LEAST_SIZE: (i32, i32) = (480, 320);
/// Bytes of the resource database that are searched.
const MAX_RESOURCES_BYTES: u32 = 64 << 10;
/// The density that sizes are given for.
const PLAIN_DPI: f32 = 96.0;
/// What a screen says of its size is believed within these bounds, dots an inch.
const LIKELY_DPI: std::ops::RangeInclusive<f32> = 60.0..=480.0;
/// Below this, screens are drawn as if they had the plain density, as desktops do.
const HIGH_DPI: f32 = 140.0;
const SCALES: (f32, f32) = (1.0, 4.0);

/// Checks that pixels can be drawn as they are laid out here.
pub fn check_pixels(conn: &RustConnection, screen: &Screen) -> Result<(), ShowError> {
    let setup = conn.setup();
    let depth = screen.root_depth;
    let wide = setup.pixmap_formats.iter().any(|format| format.depth == depth && format.bits_per_pixel == 32);
    let visuals = screen.allowed_depths.iter().flat_map(|depth| &depth.visuals);
    let plain = visuals.filter(|visual| visual.visual_id == screen.root_visual).any(|visual| {
        let masks = (visual.red_mask, visual.green_mask, visual.blue_mask);
        visual.class == VisualClass::TRUE_COLOR && masks == (0xff_0000, 0xff00, 0xff)
    });
    if wide && plain && setup.image_byte_order == ImageOrder::LSB_FIRST { Ok(()) } else { Err(ShowError::Pixels) }
}

/// The screen and what lies on it.
#[derive(Debug, Clone, PartialEq)]
pub struct Place {
    /// The monitor that the dialog is shown on.
    pub monitor: Area,
    /// Pixels for one at 96 dots an inch.
    pub scale: f32,
    /// Size of the whole screen.
    pub size: (i32, i32),
    /// What of the screen is shown by anything. A screen can be larger than its monitors together, and stays so when one goes.
    pub seen: Vec<Area>,
}

struct Monitor {
    area: Area,
    primary: bool,
    dpi: Option<f32>,
}

impl Place {
    /// The monitor where it was `before`, if that one is still there; else the one with the pointer, as that is where the user looks; else
    /// the primary one, else the first.
    pub fn find(conn: &RustConnection, root: Window, before: Option<Area>) -> Result<Self, ShowError> {
        let geometry = conn.get_geometry(root)?.reply()?;
        let size = (i32::from(geometry.width), i32::from(geometry.height));
        let whole = Area { x: 0, y: 0, width: size.0, height: size.1 };
        let seen = seen_parts(conn, root, whole)?;
        let monitors = monitors(conn, root, &seen)?;
        let pointer = conn.query_pointer(root)?.reply()?;
        let (x, y) = (i32::from(pointer.root_x), i32::from(pointer.root_y));
        let chosen = monitors
            .iter()
            .find(|monitor| Some(monitor.area) == before)
            .or_else(|| monitors.iter().find(|monitor| monitor.area.contains(x, y)))
            .or_else(|| monitors.iter().find(|monitor| monitor.primary))
            .or(monitors.first());
        let monitor = chosen.map_or_else(|| largest(&seen).unwrap_or(whole), |monitor| monitor.area);
        let dpi = match font_dpi(conn, root)? {
            Some(dpi) => dpi,
            None => chosen.and_then(|monitor| monitor.dpi).filter(|dpi| *dpi >= HIGH_DPI).unwrap_or(PLAIN_DPI),
        };
        Ok(Self { monitor, scale: scale(dpi, monitor), size, seen })
    }
}

fn scale(dpi: f32, monitor: Area) -> f32 {
    // Letters are no larger than a monitor has room for, whatever it says of its size.
    let room = (monitor.width as f32 / LEAST_SIZE.0 as f32).min(monitor.height as f32 / LEAST_SIZE.1 as f32);
    // Quarters: letters keep whole sizes.
    let quarters = (dpi / PLAIN_DPI * 4.0).round().min((room * 4.0).floor());
    (quarters / 4.0).clamp(SCALES.0, SCALES.1)
}

/// Monitors that somebody could look at. Any client may define what it likes as one: what is no part of what is shown is none.
fn monitors(conn: &RustConnection, root: Window, seen: &[Area]) -> Result<Vec<Monitor>, ShowError> {
    if randr_version(conn)?.is_none_or(|version| version < (1, 5)) {
        return Ok(Vec::new());
    }
    let listed = conn.randr_get_monitors(root, true)?.reply()?.monitors;
    let monitor = |info: &randr::MonitorInfo| {
        let (width, height) = (i32::from(info.width), i32::from(info.height));
        let area = Area { x: info.x.into(), y: info.y.into(), width, height };
        let inches = info.width_in_millimeters as f32 / 25.4;
        let dpi = Some(f32::from(info.width) / inches).filter(|dpi| LIKELY_DPI.contains(dpi));
        let room = width >= LEAST_SIZE.0 && height >= LEAST_SIZE.1;
        (room && is_seen_whole(area, seen)).then_some(Monitor { area, primary: info.primary, dpi })
    };
    Ok(listed.iter().take(MAX_MONITORS).filter_map(monitor).collect())
}

/// The parts of the screen that a monitor is fed from; all of it where the server does not say.
fn seen_parts(conn: &RustConnection, root: Window, whole: Area) -> Result<Vec<Area>, ShowError> {
    if randr_version(conn)?.is_none_or(|version| version < (1, 3)) {
        return Ok(vec![whole]);
    }
    let resources = conn.randr_get_screen_resources_current(root)?.reply()?;
    let time = resources.config_timestamp;
    let asked: Result<Vec<_>, _> =
        resources.crtcs.iter().take(MAX_MONITORS).map(|crtc| conn.randr_get_crtc_info(*crtc, time)).collect();
    let mut parts = Vec::new();
    for asked in asked? {
        // One that went while it was asked for feeds nothing.
        let Some(info) = there(asked.reply())? else { continue };
        let area = Area { x: info.x.into(), y: info.y.into(), width: info.width.into(), height: info.height.into() };
        parts.extend(common(area, whole).filter(|_| info.mode != x11rb::NONE));
    }
    Ok(if parts.is_empty() { vec![whole] } else { parts })
}

fn largest(areas: &[Area]) -> Option<Area> {
    areas.iter().copied().max_by_key(|area| i64::from(area.width) * i64::from(area.height))
}

fn randr_version(conn: &RustConnection) -> Result<Option<(u32, u32)>, ShowError> {
    if conn.extension_information(randr::X11_EXTENSION_NAME)?.is_none() {
        return Ok(None);
    }
    let version = conn.randr_query_version(1, 5)?.reply()?;
    Ok(Some((version.major_version, version.minor_version)))
}

/// Asks to be told when monitors change.
pub fn watch_monitors(conn: &RustConnection, root: Window) -> Result<(), ShowError> {
    if conn.extension_information(randr::X11_EXTENSION_NAME)?.is_some() {
        let mask = randr::NotifyMask::SCREEN_CHANGE
            | randr::NotifyMask::CRTC_CHANGE
            | randr::NotifyMask::OUTPUT_CHANGE
            | randr::NotifyMask::RESOURCE_CHANGE;
        conn.randr_select_input(root, mask)?;
    }
    Ok(())
}

/// What the user's desktop says letters are drawn for: `Xft.dpi` of the resource database.
fn font_dpi(conn: &RustConnection, root: Window) -> Result<Option<f32>, ShowError> {
    let resources = property(conn, root, AtomEnum::RESOURCE_MANAGER.into(), AtomEnum::STRING.into())?;
    let text = String::from_utf8_lossy(&resources);
    let value = text.lines().find_map(|line| line.strip_prefix("Xft.dpi")?.trim_start().strip_prefix(':'));
    Ok(value.and_then(|value| value.trim().parse::<f32>().ok()).filter(|dpi| LIKELY_DPI.contains(dpi)))
}

/// The bytes of a property; none if it is not there or of another type.
pub fn property(conn: &RustConnection, window: Window, name: Atom, kind: Atom) -> Result<Vec<u8>, ShowError> {
    Ok(conn.get_property(false, window, name, kind, 0, MAX_RESOURCES_BYTES / 4)?.reply()?.value)
}
