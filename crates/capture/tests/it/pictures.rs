//! The picture that updates add up to is the server's picture, pixel for pixel.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use capture::{Options, Transport};

use crate::follower::{Follower, assert_same_picture};
use crate::painter::{Painter, connect};
use crate::xserver::XServer;

fn follow_drawing(server: &XServer, options: &Options, transport: Transport) {
    let mut painter = Painter::new(server);
    let mut follower = Follower::open_with(server, options);
    assert_eq!(follower.source.transport(), transport);
    follower.catch_up();
    assert_same_picture(&follower.seen.picture, &painter.servers_picture(), "at the start");
    for round in 0..12 {
        match round % 4 {
            0 => painter.scribble(1, 60),
            1 => painter.scribble(200, 30),
            2 => painter.scribble(20, 900),
            _ => painter.scroll((0, 40), (0, 0), (600, 400)),
        }
        painter.settle();
        follower.catch_up();
        assert_same_picture(&follower.seen.picture, &painter.servers_picture(), &format!("after round {round}"));
    }
}

#[test]
fn drawing_is_followed_exactly_by_shared_memory() {
    follow_drawing(&XServer::xvfb("1280x800x24"), &Options::default(), Transport::SharedMemory);
}

#[test]
fn drawing_is_followed_exactly_by_get_image() {
    let options = Options { shared_memory: false, ..Options::default() };
    follow_drawing(&XServer::xvfb("1280x800x24"), &options, Transport::GetImage);
}

#[test]
fn drawing_is_followed_exactly_on_tigervnc() {
    follow_drawing(&XServer::xvnc("1280x800"), &Options::default(), Transport::SharedMemory);
}

#[test]
fn a_picture_larger_than_the_shared_memory_comes_in_rounds() {
    let server = XServer::xvfb("4096x1400x24");
    let painter = Painter::new(&server);
    painter.fill(10, 10, 4000, 1300, 0x12_3456);
    painter.fill(3000, 1000, 1000, 390, 0xfe_dcba);
    painter.settle();
    let mut follower = Follower::open(&server);
    follower.catch_up();
    assert_same_picture(&follower.seen.picture, &painter.servers_picture(), "large screen");
}

#[test]
fn a_window_larger_than_the_screen_is_followed() {
    let server = XServer::xvfb("640x480x24");
    let mut painter = Painter::with_window(connect(&server), (-700, -500), (4000, 3000));
    let mut follower = Follower::open(&server);
    for _ in 0..5 {
        painter.fill(0, 0, 4000, 3000, 0x33_6699);
        painter.scribble(30, 2000);
        painter.settle();
        follower.catch_up();
        assert_same_picture(&follower.seen.picture, &painter.servers_picture(), "window off the screen");
    }
}

#[test]
fn only_damaged_rectangles_are_read() {
    let server = XServer::xvfb("1280x800x24");
    let painter = Painter::new(&server);
    let mut follower = Follower::open(&server);
    follower.catch_up();
    follower.seen.damaged_pixels = 0;
    painter.fill(100, 100, 8, 16, 0xff_ffff);
    painter.settle();
    follower.catch_up();
    assert_eq!(follower.seen.damaged_pixels, 8 * 16);
}

#[test]
fn a_flood_of_drawing_is_paced_and_ends_exact() {
    let server = XServer::xvfb("1280x800x24");
    let mut follower = Follower::open(&server);
    let stop = Arc::new(AtomicBool::new(false));
    let flood = {
        let mut painter = Painter::new(&server);
        let stop = Arc::clone(&stop);
        std::thread::spawn(move || {
            while !stop.load(Ordering::Relaxed) {
                painter.scribble(500, 40);
                painter.settle();
            }
            painter
        })
    };
    let begin = Instant::now();
    while begin.elapsed() < Duration::from_secs(2) {
        follower.step(begin + Duration::from_secs(2));
    }
    let (updates, seconds) = (follower.seen.updates, begin.elapsed().as_secs_f64());
    stop.store(true, Ordering::Relaxed);
    let painter = flood.join().unwrap();
    assert!(updates >= 3, "the flood kept pictures from being taken: {updates}");
    assert!(f64::from(updates) <= seconds * 10.0 + 2.0, "{updates} updates in {seconds} s");
    follower.catch_up();
    assert_same_picture(&follower.seen.picture, &painter.servers_picture(), "after the flood");
}

#[test]
fn a_screen_at_rest_gives_no_updates() {
    let server = XServer::xvfb("640x480x24");
    let mut follower = Follower::open(&server);
    follower.catch_up();
    assert!(!follower.step(Instant::now() + Duration::from_secs(2)));
}
