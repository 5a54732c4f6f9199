//! The recorder process: what it writes, and what it survives.

use std::time::{Duration, Instant};

use recording::GapReason;
use x11rb::protocol::res::{ClientIdSpec, ConnectionExt as _};
use x11rb::protocol::xproto::ConnectionExt as _;

use crate::painter::Painter;
use crate::playback::assert_same_picture;
use crate::recorder_process::{RecorderProcess, signal};
use crate::xserver::XServer;

#[test]
fn another_users_display_is_recorded_exactly_in_groups() {
    let server = XServer::xvfb_of_another_user("1024x700x24");
    let mut recorder = RecorderProcess::start(&server, ",\"first_group\":7,\"key_frame_interval_us\":300000");
    let mut painter = Painter::new(&server);
    for _ in 0..12 {
        painter.scribble(60, 200);
        recorder.catch_up(&painter);
    }
    signal(&recorder.child, "TERM");
    assert_eq!(recorder.read_to_end().code(), Some(0));
    let groups = &recorder.playback.groups;
    assert!(groups.len() > 1, "a new group after the interval: {groups:?}");
    let expected: Vec<u64> = (7..).take(groups.len()).collect();
    assert_eq!(*groups, expected);
    assert_same_picture(recorder.playback.picture(), &painter.servers_picture());
}

#[test]
fn a_new_size_is_a_new_group_and_an_event() {
    let server = XServer::xvfb("1024x700x24");
    let mut recorder = RecorderProcess::start(&server, "");
    let painter = Painter::new(&server);
    recorder.catch_up(&painter);
    painter.resize_screen(800, 500);
    recorder.catch_up(&painter);
    recorder.until("the event", |playback| playback.events.len() == 2);
    let sizes: Vec<_> = recorder.playback.events.iter().map(|event| event.fields["width"].as_u64()).collect();
    assert_eq!(sizes, [Some(1024), Some(800)]);
    assert_eq!(recorder.playback.groups.len(), 2);
}

#[test]
fn what_the_agent_tells_meanwhile_is_an_event_even_on_a_screen_at_rest() {
    let server = XServer::xvfb("640x480x24");
    let client = "{\"event\":{\"kind\":\"client\",\"fields\":{\"name\":\"NAME\"}}}\n";
    let start = format!("{{\"display\":\"{}\",\"origin_boottime_us\":0}}\n", server.display());
    // The first comes before there is any picture.
    let mut recorder = RecorderProcess::start_with(&(start + &client.replace("NAME", "desk-a")));
    recorder.until("the size and the first client", |playback| playback.events.len() == 2);
    recorder.tell("{\"of-a-later-version\":{}}\n");
    recorder.tell(&client.replace("NAME", "desk-b"));
    recorder.until("the second client", |playback| playback.events.len() == 3);
    let names: Vec<_> = recorder.playback.events[1..].iter().map(|event| event.fields["name"].as_str()).collect();
    assert_eq!(names, [Some("desk-a"), Some("desk-b")]);
    assert_eq!(recorder.playback.groups.len(), 1);
    recorder.hang_up();
    signal(&recorder.child, "TERM");
    assert_eq!(recorder.read_to_end().code(), Some(0));
}

#[test]
fn what_was_told_just_before_the_end_is_in_the_recording() {
    let server = XServer::xvfb("640x480x24");
    let event = "{\"event\":{\"kind\":\"client\",\"fields\":{\"name\":\"desk\"}}}\n";
    for more in ["", ",\"events_only\":true"] {
        let mut recorder = RecorderProcess::start(&server, more);
        recorder.until("its beginning", |playback| !playback.groups.is_empty());
        if more.is_empty() {
            recorder.until("the size", |playback| !playback.events.is_empty());
        }
        let before = recorder.playback.events.len();
        // It hears both at once.
        signal(&recorder.child, "STOP");
        recorder.tell(event);
        signal(&recorder.child, "TERM");
        signal(&recorder.child, "CONT");
        assert_eq!(recorder.read_to_end().code(), Some(0));
        let told: Vec<_> = recorder.playback.events[before..].iter().map(|event| event.kind.as_str()).collect();
        assert_eq!(told, ["client"], "{more}");
    }
}

#[test]
fn the_pointer_is_recorded() {
    let server = XServer::xvfb("640x480x24");
    let mut recorder = RecorderProcess::start(&server, "");
    let painter = Painter::new(&server);
    recorder.catch_up(&painter);
    painter.conn.warp_pointer(x11rb::NONE, painter.root, 0, 0, 0, 0, 77, 88).unwrap().check().unwrap();
    recorder.until("the pointer", |playback| {
        let state = playback.pointer.state();
        (state.x, state.y) == (77, 88) && state.visible && state.shape.is_some()
    });
}

#[test]
fn it_ends_with_the_display() {
    let mut server = XServer::xvfb("640x480x24");
    let mut recorder = RecorderProcess::start(&server, "");
    recorder.until("a picture", |playback| playback.pictures > 0);
    server.kill();
    assert_eq!(recorder.read_to_end().code(), Some(0));
}

#[test]
fn it_ends_when_nobody_reads() {
    let server = XServer::xvfb("640x480x24");
    let mut recorder = RecorderProcess::start(&server, "");
    recorder.until("a picture", |playback| playback.pictures > 0);
    recorder.stop_reading();
    assert_eq!(recorder.wait().code(), Some(5), "although nothing changes on the screen");
}

#[test]
fn start_parameters_and_displays_that_are_wrong_have_exit_codes() {
    let cases = [
        ("nonsense\n", 2),
        ("{\"display\":\":1\"}\n", 2),
        ("{\"display\":\":5999\",\"origin_boottime_us\":0}\n", 4),
        ("{\"display\":\"what\",\"origin_boottime_us\":0}\n", 4),
    ];
    for (line, code) in cases {
        assert_eq!(RecorderProcess::start_with(line).read_to_end().code(), Some(code), "{line}");
    }
}

/// A recorder whose stdout is full, and a display on which much was drawn since.
fn unread() -> (XServer, Painter, RecorderProcess) {
    let server = XServer::xvfb("1280x800x24");
    let mut painter = Painter::new(&server);
    let mut recorder = RecorderProcess::start(&server, "");
    recorder.until("a picture", |playback| playback.pictures > 0);
    let begin = Instant::now();
    while begin.elapsed() < Duration::from_secs(3) {
        painter.scribble(300, 60);
        painter.settle();
    }
    (server, painter, recorder)
}

#[test]
fn a_slow_reader_costs_pictures_and_no_memory() {
    let (_server, mut painter, mut recorder) = unread();
    let (pictures, before) = (recorder.playback.pictures, recorder.memory_kib());
    let begin = Instant::now();
    while begin.elapsed() < Duration::from_secs(3) {
        painter.scribble(300, 60);
        painter.settle();
    }
    let after = recorder.memory_kib();
    assert!(after < before + 4096, "grew from {before} KiB to {after} KiB while nobody read");
    recorder.catch_up(&painter);
    let taken = recorder.playback.pictures - pictures;
    assert!(taken < 20, "{taken} pictures were kept for a reader that was away for six seconds");
}

#[test]
fn asked_to_stop_it_waits_for_a_slow_reader_but_not_for_ever() {
    let (_server, _painter, mut recorder) = unread();
    signal(&recorder.child, "TERM");
    assert_eq!(recorder.wait().code(), Some(5), "what was left was not read");
    let (_server, _painter, mut recorder) = unread();
    signal(&recorder.child, "TERM");
    assert_eq!(recorder.read_to_end().code(), Some(0), "what was left was read");
}

#[test]
fn a_killed_connection_is_a_declared_gap_and_recording_goes_on() {
    let server = XServer::xvfb("640x480x24");
    let mut painter = Painter::new(&server);
    let mut recorder = RecorderProcess::start(&server, "");
    recorder.catch_up(&painter);
    painter.conn.kill_client(client_of(&painter, recorder.child.id())).unwrap().check().unwrap();
    painter.scribble(30, 200);
    recorder.catch_up(&painter);
    recorder.until("the gap", |playback| !playback.gaps.is_empty());
    let gap = &recorder.playback.gaps[0];
    assert_eq!(gap.reason, GapReason::CaptureLost);
    assert!(gap.to_us > gap.from_us && gap.to_us - gap.from_us < 10_000_000, "{gap:?}");
}

#[test]
fn a_grabbed_server_is_a_declared_gap() {
    let server = XServer::xvfb("640x480x24");
    let mut painter = Painter::new(&server);
    let mut recorder = RecorderProcess::start(&server, "");
    recorder.catch_up(&painter);
    painter.conn.grab_server().unwrap();
    painter.scribble(30, 200);
    painter.settle();
    // The grab is held for longer than replies are waited for.
    std::thread::sleep(capture::REPLY_PATIENCE * 2);
    painter.conn.ungrab_server().unwrap();
    recorder.catch_up(&painter);
    recorder.until("the gap", |playback| !playback.gaps.is_empty());
    let gap = &recorder.playback.gaps[0];
    assert!(u128::from(gap.to_us - gap.from_us) >= capture::REPLY_PATIENCE.as_micros(), "{gap:?}");
}

#[test]
fn a_stall_that_lasts_to_the_end_is_declared() {
    let server = XServer::xvfb("640x480x24");
    let mut painter = Painter::new(&server);
    let mut recorder = RecorderProcess::start(&server, "");
    recorder.catch_up(&painter);
    painter.conn.grab_server().unwrap();
    painter.scribble(30, 200);
    painter.settle();
    std::thread::sleep(capture::REPLY_PATIENCE * 2);
    signal(&recorder.child, "TERM");
    assert_eq!(recorder.read_to_end().code(), Some(0));
    assert_eq!(recorder.playback.gaps.len(), 1);
}

/// A resource number of the client that a process is to the server.
fn client_of(painter: &Painter, pid: u32) -> u32 {
    let clients = painter.conn.res_query_clients().unwrap().reply().unwrap().clients;
    let is_it = |base: &u32| {
        let spec = ClientIdSpec { client: *base, mask: 2_u32.into() };
        let ids = painter.conn.res_query_client_ids(&[spec]).unwrap().reply().unwrap().ids;
        ids.iter().any(|id| id.value == [pid])
    };
    // The first is the server itself, and asking for it is asking for all.
    clients
        .iter()
        .map(|client| client.resource_base)
        .filter(|base| *base != 0)
        .find(is_it)
        .expect("the recorder is a client")
}
