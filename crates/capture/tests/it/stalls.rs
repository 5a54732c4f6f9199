//! Servers that do not answer, and servers that go away.

use std::io::Write as _;
use std::os::fd::AsFd as _;
use std::time::{Duration, Instant};

use capture::{CaptureError, Options, Outcome, REPLY_PATIENCE, Wait};
use x11rb::protocol::xproto::ConnectionExt as _;

use crate::follower::{Follower, PATIENCE, assert_same_picture};
use crate::painter::Painter;
use crate::xserver::XServer;

/// A display whose server answers nobody but the painter, noticed by the follower.
fn stalled() -> (XServer, Painter, Follower) {
    let server = XServer::xvfb("640x480x24");
    let mut painter = Painter::new(&server);
    let mut follower = Follower::open(&server);
    follower.catch_up();
    painter.conn.grab_server().unwrap();
    painter.scribble(5, 100);
    painter.settle();
    follower.until("the stall", |seen| seen.stalls > 0);
    (server, painter, follower)
}

#[test]
fn a_grabbed_server_is_a_declared_lapse_and_nothing_is_missed_after_it() {
    let (_server, mut painter, mut follower) = stalled();
    // The stall goes on: waiting neither fails nor returns before its deadline.
    let begin = Instant::now();
    assert!(!follower.step(begin + Duration::from_millis(200)));
    assert!(begin.elapsed() >= Duration::from_millis(200));
    painter.scribble(5, 100);
    painter.conn.ungrab_server().unwrap();
    painter.settle();
    follower.until("the lapse", |seen| !seen.lapses.is_empty());
    follower.catch_up();
    let lapse = follower.seen.lapses[0];
    assert!(u128::from(lapse.to_us - lapse.from_us) >= REPLY_PATIENCE.as_micros(), "{lapse:?}");
    // On a busy machine the server may have been late once more by itself.
    assert!(follower.seen.lapses.len() <= follower.seen.stalls as usize);
    assert_same_picture(&follower.seen.picture, &painter.servers_picture(), "after the stall");
}

#[test]
fn waiting_for_a_stalled_server_can_be_interrupted() {
    let (_server, _painter, mut follower) = stalled();
    let (reader, mut writer) = std::io::pipe().unwrap();
    writer.write_all(b"!").unwrap();
    let interrupts = [reader.as_fd()];
    let wait = Wait { deadline: Some(Instant::now() + PATIENCE), interrupts: &interrupts };
    assert!(matches!(follower.source.next(wait).unwrap(), Outcome::Interrupted));
}

#[test]
fn a_server_that_dies_is_a_lost_connection() {
    let mut server = XServer::xvfb("640x480x24");
    let mut follower = Follower::open(&server);
    follower.catch_up();
    server.kill();
    let wait = Wait { deadline: Some(Instant::now() + PATIENCE), interrupts: &[] };
    let error = follower.source.next(wait).unwrap_err();
    assert!(matches!(error, CaptureError::ConnectionLost { .. }), "{error}");
}

#[test]
fn a_display_that_never_rests_can_be_interrupted() {
    let server = XServer::xvfb("640x480x24");
    let mut painter = Painter::new(&server);
    let options = Options { interval: Duration::ZERO, ..Options::default() };
    let mut follower = Follower::open_with(&server, &options);
    follower.catch_up();
    let (reader, mut writer) = std::io::pipe().unwrap();
    writer.write_all(b"!").unwrap();
    painter.scribble(5, 100);
    painter.settle();
    let interrupts = [reader.as_fd()];
    let wait = Wait { deadline: Some(Instant::now() + PATIENCE), interrupts: &interrupts };
    assert!(matches!(follower.source.next(wait).unwrap(), Outcome::Interrupted), "before the update that is due");
}
