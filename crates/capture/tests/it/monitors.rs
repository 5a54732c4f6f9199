//! Monitors that are defined, moved and taken away while being recorded.

use screen::Rect;

use crate::follower::{Follower, Seen, assert_same_picture};
use crate::painter::Painter;
use crate::xserver::XServer;

/// The layout as names and places.
fn layout(seen: &Seen) -> Vec<(&str, [u32; 4])> {
    let place = |Rect { x, y, width, height }| [x, y, width, height];
    seen.monitors.iter().map(|monitor| (monitor.name.as_str(), place(monitor.area))).collect()
}

#[test]
fn a_layout_is_followed_and_its_change_is_news_on_a_screen_at_rest() {
    let server = XServer::xvfb("1000x400x24");
    let painter = Painter::new(&server);
    let mut follower = Follower::open(&server);
    follower.catch_up();
    assert!(follower.seen.monitors.is_empty(), "one monitor that is the whole screen is nothing to choose from");
    painter.set_monitor("east", (600, 0), (400, 400), false);
    painter.set_monitor("west", (0, 0), (600, 400), true);
    let both = [("west", [0, 0, 600, 400]), ("east", [600, 0, 400, 400])];
    follower.until("both monitors, from left to right", |seen| layout(seen) == both);
    follower.catch_up();
    assert!(follower.seen.monitors[0].primary && !follower.seen.monitors[1].primary);
    painter.set_monitor("east", (-100, 300), (300, 300), false);
    let moved = [("west", [0, 0, 600, 400]), ("east", [0, 300, 200, 100])];
    follower.until("the part of it that lies on the screen", |seen| layout(seen) == moved);
    painter.set_monitor("east", (2_000, 0), (300, 300), false);
    follower.until("one that lies beside the screen to be gone", |seen| layout(seen) == moved[..1]);
    painter.delete_monitor("west");
    painter.delete_monitor("east");
    follower.until("none", |seen| seen.monitors.is_empty());
    follower.catch_up();
    assert_same_picture(&follower.seen.picture, &painter.servers_picture(), "after all of it");
}

#[test]
fn names_and_numbers_of_monitors_are_bounded() {
    let server = XServer::xvfb("640x480x24");
    let painter = Painter::new(&server);
    let mut follower = Follower::open(&server);
    follower.catch_up();
    for number in 0..40 {
        painter.set_monitor(&format!("{number:02}{}", "é".repeat(500)), (number, 0), (10, 10), false);
    }
    follower.until("sixteen monitors", |seen| seen.monitors.len() == 16);
    follower.catch_up();
    assert_eq!(follower.seen.monitors.len(), 16);
    assert!(follower.seen.monitors.iter().all(|monitor| monitor.name.chars().count() <= 64));
}
