//! Monitors that come, move and change their size while being recorded, and thumbnails.

use recording::{Monitor, event_kinds};

use crate::painter::{Painter, Picture};
use crate::playback::assert_same_picture;
use crate::recorder_process::{RecorderProcess, signal};
use crate::xserver::XServer;

fn monitor(name: &str, x: u32, y: u32, width: u32, height: u32) -> Monitor {
    Monitor { name: name.to_owned(), x, y, width, height, primary: name == "left" }
}

#[test]
fn monitors_are_a_layout_that_changes_with_a_group() {
    let server = XServer::xvfb("1280x480x24");
    let painter = Painter::new(&server);
    let mut recorder = RecorderProcess::start(&server, "");
    recorder.catch_up(&painter);
    painter.set_monitor("left", (0, 0), (640, 480), true);
    painter.set_monitor("right", (640, 0), (640, 480), false);
    let side_by_side = vec![monitor("left", 0, 0, 640, 480), monitor("right", 640, 0, 640, 480)];
    recorder.until("two monitors", |playback| playback.layouts.last() == Some(&side_by_side));
    painter.fill(700, 100, 50, 50, 0x00ff_8800);
    recorder.catch_up(&painter);
    // Moved and resized: a monitor of another size takes its place, partly off the picture.
    painter.set_monitor("right", (900, 100), (800, 300), false);
    let moved = vec![monitor("left", 0, 0, 640, 480), monitor("right", 900, 100, 380, 300)];
    recorder.until("the moved monitor", |playback| playback.layouts.last() == Some(&moved));
    // The picture becomes smaller than the layout.
    painter.resize_screen(800, 400);
    let cut = vec![monitor("left", 0, 0, 640, 400)];
    recorder.until("the layout of the smaller picture", |playback| playback.layouts.last() == Some(&cut));
    painter.delete_monitor("left");
    painter.delete_monitor("right");
    recorder.until("no monitors of their own", |playback| playback.layouts.last() == Some(&Vec::new()));
    recorder.catch_up(&painter);
    signal(&recorder.child, "TERM");
    recorder.read_to_end();
    let playback = &recorder.playback;
    assert_same_picture(playback.picture(), &painter.servers_picture());
    let changes = playback.layouts.windows(2).filter(|pair| pair[0] != pair[1]).count();
    let events: Vec<_> = playback.events.iter().filter(|event| event.kind == event_kinds::MONITORS).collect();
    assert_eq!(events.len(), changes, "each change is an event: {events:?}");
    let told: Vec<Monitor> = serde_json::from_value(events[changes - 2].fields["monitors"].clone()).unwrap();
    assert_eq!(told, cut);
    assert_eq!(events[changes - 1].fields["text"], "the whole picture");
}

#[test]
fn a_thumbnail_shows_what_the_screen_shows() {
    let server = XServer::xvfb("1600x900x24");
    let painter = Painter::new(&server);
    painter.fill(0, 0, 800, 900, 0x00e0_2020);
    painter.fill(800, 0, 800, 900, 0x0020_20e0);
    painter.settle();
    let mut recorder = RecorderProcess::start(&server, "");
    recorder.until("a thumbnail", |playback| !playback.thumbnails.is_empty());
    let shown = decoded(&recorder.playback.thumbnails[0].1);
    assert_eq!((shown.0, shown.1), (192, 108));
    for (x, y, colour) in [(40, 50, [0xe0, 0x20, 0x20]), (150, 50, [0x20, 0x20, 0xe0])] {
        let pixel = shown.2[y * 192 + x].to_be_bytes();
        let near = pixel[1..].iter().zip(colour).all(|(is, should)| is.abs_diff(should) < 12);
        assert!(near, "{pixel:?} at {x},{y}, not {colour:?}");
    }
}

#[test]
fn the_screen_that_came_to_rest_gets_a_thumbnail_too() {
    let server = XServer::xvfb("640x480x24");
    let mut painter = Painter::new(&server);
    let mut recorder = RecorderProcess::start(&server, "");
    recorder.until("the first thumbnail", |playback| !playback.thumbnails.is_empty());
    painter.scribble(30, 300);
    recorder.catch_up(&painter);
    assert_eq!(recorder.playback.thumbnails.len(), 1, "not before its time");
    recorder.until("the thumbnail of what it rests with", |playback| playback.thumbnails.len() == 2);
    let times: Vec<u64> = recorder.playback.thumbnails.iter().map(|(time_us, _)| *time_us).collect();
    assert!(times[1] - times[0] < 4_000_000, "as of the last change, not of when it was made: {times:?}");
}

fn decoded(jpeg: &[u8]) -> Picture {
    let mut decoder = jpeg_decoder::Decoder::new(jpeg);
    let rgb = decoder.decode().unwrap();
    let info = decoder.info().unwrap();
    let pixels = rgb.as_chunks::<3>().0.iter().map(|[r, g, b]| u32::from_be_bytes([0, *r, *g, *b])).collect();
    (info.width.into(), info.height.into(), pixels)
}
