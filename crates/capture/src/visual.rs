//! The layout of the root window's pixels: one layout is read, others are refused with what was found.

use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::{ImageOrder, Screen, VisualClass};

use crate::connection::Link;

/// Bytes of one pixel as the server delivers it: blue, green, red, and one that means nothing.
pub(crate) const BYTES_PER_PIXEL: usize = 4;

/// Checks that the screen's pixels are 32 bits wide, blue first, with eight bits a colour. The error is what was found.
pub(crate) fn check(link: &Link) -> Result<&Screen, String> {
    let setup = link.conn.setup();
    let screen = setup.roots.get(link.screen).ok_or_else(|| "no such screen".to_owned())?;
    let depth = screen.root_depth;
    let bits = setup.pixmap_formats.iter().find(|f| f.depth == depth).map_or(0, |f| f.bits_per_pixel);
    let visual = screen
        .allowed_depths
        .iter()
        .flat_map(|d| &d.visuals)
        .find(|v| v.visual_id == screen.root_visual)
        .ok_or_else(|| format!("depth {depth}, unknown visual"))?;
    let blue_first = setup.image_byte_order == ImageOrder::LSB_FIRST;
    let masks = (visual.red_mask, visual.green_mask, visual.blue_mask);
    let readable = matches!(depth, 24 | 32)
        && bits == 32
        && visual.class == VisualClass::TRUE_COLOR
        && masks == (0xff_0000, 0xff00, 0xff)
        && blue_first;
    if readable {
        return Ok(screen);
    }
    let order = if blue_first { "least significant byte first" } else { "most significant byte first" };
    Err(format!(
        "depth {depth}, {bits} bits a pixel, class {:?}, colour masks {:06x} {:06x} {:06x}, {order}",
        visual.class, masks.0, masks.1, masks.2
    ))
}
