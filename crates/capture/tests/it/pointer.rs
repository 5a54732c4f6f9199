//! The pointer's place and shape.

use screen::pointer::PointerChange;
use x11rb::connection::Connection as _;
use x11rb::protocol::xfixes::ConnectionExt as _;
use x11rb::protocol::xproto::{ChangeWindowAttributesAux, ConnectionExt as _, MOTION_NOTIFY_EVENT};

use crate::follower::Follower;
use crate::painter::Painter;
use crate::xserver::XServer;

/// Moves the pointer as a device does (through XTEST).
fn move_as_device(painter: &Painter, (x, y): (i16, i16)) {
    use x11rb::protocol::xtest::ConnectionExt as _;
    painter.conn.xtest_fake_input(MOTION_NOTIFY_EVENT, 0, 0, painter.root, x, y, 0).unwrap().check().unwrap();
}

/// Moves the pointer as programs do, without a device.
fn move_as_program(painter: &Painter, (x, y): (i16, i16)) {
    painter.conn.warp_pointer(x11rb::NONE, painter.root, 0, 0, 0, 0, x, y).unwrap().check().unwrap();
}

fn follow_motion(server: &XServer, move_to: impl Fn(&Painter, (i16, i16))) {
    let painter = Painter::new(server);
    let mut follower = Follower::open(server);
    follower.catch_up();
    follower.seen.damaged_pixels = 0;
    for (round, place) in [(10, 20), (11, 20), (639, 479), (0, 0), (320, 7)].into_iter().enumerate() {
        move_to(&painter, place);
        let place = (i32::from(place.0), i32::from(place.1));
        follower.until("the pointer's new place", |seen| seen.pointer_at == Some(place));
        if round % 2 == 0 {
            // Moving on is noticed both at once and after a rest.
            follower.catch_up();
        }
    }
    assert_eq!(follower.seen.damaged_pixels, 0, "moving the pointer reads no pictures");
}

#[test]
fn motion_of_devices_is_followed_while_the_picture_rests() {
    follow_motion(&XServer::xvfb("640x480x24"), move_as_device);
    follow_motion(&XServer::xvnc("640x480"), move_as_device);
}

#[test]
fn motion_made_by_programs_is_followed_while_the_picture_rests() {
    follow_motion(&XServer::xvfb("640x480x24"), move_as_program);
    follow_motion(&XServer::xvnc("640x480"), move_as_program);
}

#[test]
fn shapes_are_those_of_the_server() {
    let server = XServer::xvfb("640x480x24");
    let painter = Painter::new(&server);
    painter.conn.xfixes_query_version(4, 0).unwrap().reply().unwrap();
    move_as_device(&painter, (300, 200));
    let mut follower = Follower::open(&server);
    follower.catch_up();
    // Glyphs of the cursor font: arrow, text beam, hand.
    for glyph in [68_u16, 152, 60] {
        let (font, cursor) = (painter.conn.generate_id().unwrap(), painter.conn.generate_id().unwrap());
        painter.conn.open_font(font, b"cursor").unwrap();
        painter
            .conn
            .create_glyph_cursor(cursor, font, font, glyph, glyph + 1, 0, 0, 0, 0xffff, 0xffff, 0x8000)
            .unwrap();
        let aux = ChangeWindowAttributesAux::new().cursor(cursor);
        painter.conn.change_window_attributes(painter.window, &aux).unwrap();
        painter.settle();
        let shown = painter.conn.xfixes_get_cursor_image().unwrap().reply().unwrap();
        let expected = PointerChange::Shape {
            hot_x: shown.xhot.into(),
            hot_y: shown.yhot.into(),
            width: shown.width.into(),
            height: shown.height.into(),
            argb: shown.cursor_image,
        };
        follower.until("the new shape", |seen| seen.shape.as_ref() == Some(&expected));
    }
}
