//! Screens that change their size while being recorded.

use std::time::Instant;

use crate::follower::{Follower, assert_same_picture};
use crate::painter::Painter;
use crate::xserver::XServer;

#[test]
fn xvfb_becomes_smaller_and_larger() {
    let server = XServer::xvfb("1280x1024x24");
    follow_sizes(&server, &[(800, 600), (1280, 1024), (641, 401), (1024, 768)]);
}

#[test]
fn tigervnc_grows_beyond_its_first_size() {
    let server = XServer::xvnc("800x600");
    follow_sizes(&server, &[(1600, 1200), (500, 1300), (2560, 1600)]);
}

fn follow_sizes(server: &XServer, sizes: &[(u16, u16)]) {
    let mut painter = Painter::new(server);
    let mut follower = Follower::open(server);
    follower.catch_up();
    for &(width, height) in sizes {
        painter.scribble(40, 300);
        painter.resize_screen(width, height);
        painter.scribble(40, 300);
        painter.settle();
        follower.until("the new size", |seen| (seen.picture.0, seen.picture.1) == (width.into(), height.into()));
        follower.catch_up();
        assert_same_picture(&follower.seen.picture, &painter.servers_picture(), &format!("at {width}×{height}"));
    }
}

#[test]
fn sizes_that_change_under_the_reading_do_no_harm() {
    let server = XServer::xvfb("1280x1024x24");
    let mut painter = Painter::new(&server);
    let mut follower = Follower::open(&server);
    for round in 0..60_u16 {
        painter.resize_screen(1280 - round % 7 * 100, 1024 - round % 5 * 90);
        painter.scribble(10, 500);
        follower.step(Instant::now());
    }
    painter.settle();
    follower.catch_up();
    assert_same_picture(&follower.seen.picture, &painter.servers_picture(), "after the storm");
}
