//! Another user's display, with its cookie.

use capture::Transport;

use crate::follower::{Follower, assert_same_picture};
use crate::painter::Painter;
use crate::xserver::{NOBODY, XServer};

#[test]
fn another_users_server_is_read_through_shared_memory() {
    let server = XServer::xvfb_of_another_user("800x600x24");
    let mut painter = Painter::new(&server);
    let mut follower = Follower::open(&server);
    assert_eq!(follower.source.transport(), Transport::SharedMemory, "a passed descriptor needs no common user");
    painter.scribble(50, 200);
    painter.settle();
    follower.catch_up();
    assert_same_picture(&follower.seen.picture, &painter.servers_picture(), "another user's display");
}

#[test]
fn the_server_is_known_by_its_process() {
    let server = XServer::xvfb_of_another_user("320x200x24");
    let identity = Follower::open(&server).source.server().cloned().unwrap();
    assert_eq!(u32::try_from(identity.pid).unwrap(), server.pid());
    assert!(identity.started_ticks.is_some());
    if nix::unistd::geteuid().is_root() {
        assert_eq!(identity.uid, NOBODY);
    }
    let other = XServer::xvfb("320x200x24");
    assert_ne!(Follower::open(&other).source.server(), Some(&identity));
}
