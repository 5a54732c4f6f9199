//! Limits of recordings in basic mode, and what they begin with.

use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::basic::{Basic, assert_complete, files, is_root};
use crate::painter::Painter;
use crate::playback::Playback;
use crate::xserver::XServer;

const LONG_AGO: u32 = 0x00fe_0199;
const BEFORE: u32 = 0x0020_c060;

fn show(painter: &Painter, colour: u32) {
    painter.fill(0, 0, 320, 240, colour);
    painter.settle();
}

/// Draws what cannot be predicted until the recording has ended; why it has.
fn draw_until_it_ends(basic: &Basic, painter: &mut Painter) -> String {
    let limit = Instant::now() + Duration::from_secs(90);
    loop {
        for _ in 0..20 {
            painter.scribble(200, 40);
        }
        painter.settle();
        let session = basic.session(&["status"]);
        if session["recording"].is_null() {
            return session["why"].as_str().unwrap().to_owned();
        }
        assert!(Instant::now() < limit, "{session}\n{}", basic.machine.log());
    }
}

#[test]
fn a_recording_ends_at_its_limit() {
    let server = XServer::xvfb_of_another_user("1280x1024x24");
    let mut painter = Painter::new(&server);
    let basic = Basic::new(&server, "limit_mb = 1\n");
    let _agent = basic.start();
    basic.session(&["start"]);
    let why = draw_until_it_ends(&basic, &mut painter);
    assert!(why.contains("limit of 1 MB"), "{why}");
    let size = fs::metadata(basic.file()).unwrap().len();
    assert!((1_000_000..5_000_000).contains(&size), "{size} bytes");
    assert_eq!(assert_complete(&basic.file()).end.unwrap().reason.as_str(), "stopped");
}

#[test]
fn a_recording_ends_at_its_time() {
    let server = XServer::xvfb_of_another_user("320x240x24");
    let painter = Painter::new(&server);
    let basic = Basic::new(&server, "limit_minutes = 30\n");
    let agent = basic.start();
    let set = basic.run(&["config", "set", "limit_minutes", "0.05", "--session"]);
    assert!(set.status.success(), "{set:?}");
    show(&painter, BEFORE);
    let session = basic.session(&["start"]);
    assert_eq!(session["done"], "started", "{session}");
    basic.until_recorded(&painter);
    let why = basic.until_it_ends();
    assert!(why.contains("limit of 3 seconds") && why.contains(basic.file().to_str().unwrap()), "{why}");
    let playback = assert_complete(&basic.file());
    assert_eq!(playback.end.unwrap().reason.as_str(), "stopped");
    let length_us = playback.end_time_us.unwrap();
    assert!((3_000_000..20_000_000).contains(&length_us), "{length_us} µs");
    assert!(agent.recorders().is_empty(), "nothing is recorded any more");
    // The session's limit held for that recording alone: the next one is stopped by its user, not by it.
    fs::remove_file(basic.file()).unwrap();
    basic.session(&["start"]);
    let limit = Instant::now() + crate::recorder_process::PATIENCE;
    while basic.session(&["status"])["duration_seconds"].as_u64() < Some(5) {
        assert!(Instant::now() < limit, "{}", basic.machine.log());
        std::thread::sleep(Duration::from_millis(400));
    }
    assert_eq!(basic.session(&["stop"])["done"], "stopped");
    assert!(assert_complete(&basic.file()).end.unwrap().text.contains("stopped it"));
}

/// A small file system, unmounted when dropped.
struct Small<'a>(&'a std::path::Path);

impl Drop for Small<'_> {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0).status();
    }
}

#[test]
fn a_full_disk_ends_a_recording_that_is_whole_all_the_same() {
    let server = XServer::xvfb_of_another_user("1280x1024x24");
    let mut painter = Painter::new(&server);
    let basic = Basic::new(&server, "");
    let folder = basic.videos();
    let owner = format!("size=10m,uid={}", crate::basic::user());
    let mounted =
        Command::new("mount").args(["-t", "tmpfs", "-o", &owner, "tmpfs"]).arg(&folder).status().unwrap().success();
    if !(is_root() && mounted) {
        return eprintln!("not tried: only root can mount a small file system");
    }
    let _small = Small(&folder);
    let _agent = basic.start();
    assert_eq!(basic.session(&["start"])["done"], "started");
    let why = draw_until_it_ends(&basic, &mut painter);
    assert!(why.contains("no more room"), "{why}");
    let playback = assert_complete(&basic.file());
    assert!(playback.pictures > 1);
    // With less than what an end may need nothing is begun, and nothing left.
    let refused = basic.ask(&["start"]);
    assert_eq!(refused["error"], "failed", "{refused}");
    assert!(refused["text"].as_str().unwrap().contains("no room"), "{refused}");
    basic.file();
}

#[test]
fn what_was_shown_shortly_before_the_start_is_recorded_and_nothing_older() {
    let server = XServer::xvfb_of_another_user("320x240x24");
    let painter = Painter::new(&server);
    let basic = Basic::new(&server, "buffer = true\nbuffer_seconds = 3\n");
    let agent = basic.start();
    let limit = Instant::now() + crate::recorder_process::PATIENCE;
    while agent.recorders().is_empty() {
        assert!(Instant::now() < limit, "nothing stands by:\n{}", basic.machine.log());
        std::thread::sleep(Duration::from_millis(20));
    }
    // What is shown first must be seen, or it could not be forgotten.
    std::thread::sleep(Duration::from_secs(1));
    show(&painter, LONG_AGO);
    std::thread::sleep(Duration::from_millis(600));
    show(&painter, 0x10_2030);
    std::thread::sleep(Duration::from_millis(4_500));
    show(&painter, BEFORE);
    std::thread::sleep(Duration::from_millis(500));
    show(&painter, 0x10_2030);
    std::thread::sleep(Duration::from_millis(500));
    assert!(files(&basic.videos()).is_empty(), "nothing is on the disk before it is asked for");
    let session = basic.session(&["start"]);
    assert_eq!(session["done"], "started", "{session}");
    show(&painter, 0x30_6090);
    basic.until_recorded(&painter);
    assert_eq!(basic.session(&["stop"])["done"], "stopped");
    let playback = assert_complete(&basic.file());
    assert_eq!(playback.groups, [0], "one key frame, and what follows it");
    let bytes = fs::read(basic.file()).unwrap();
    let found = |colour: fn(u32) -> bool| Playback::looking_for(&bytes, colour).found;
    assert_eq!(found(|pixel| pixel == LONG_AGO), 0, "longer ago than the buffer");
    assert!(found(|pixel| pixel == BEFORE) > 0, "before the start");
    assert!(found(|pixel| pixel == 0x10_2030) > 0 && found(|pixel| pixel == 0x30_6090) > 0);
    let length_us = playback.end_time_us.unwrap();
    assert!(length_us >= 3_000_000, "{length_us} µs");
    // It stands by again, and an agent that stops leaves nothing.
    assert!(agent.stop().success());
    basic.file();
}

#[test]
fn only_the_chosen_screen_is_recorded() {
    let server = XServer::xvfb_of_another_user("640x240x24");
    let painter = Painter::new(&server);
    painter.set_monitor("left", (0, 0), (320, 240), true);
    painter.set_monitor("right", (320, 0), (320, 240), false);
    let basic = Basic::new(&server, "screen = \"right\"\n");
    let _agent = basic.start();
    show(&painter, LONG_AGO);
    painter.fill(320, 0, 320, 240, BEFORE);
    painter.settle();
    basic.session(&["start"]);
    painter.fill(320, 0, 100, 100, 0x30_6090);
    show(&painter, LONG_AGO + 1);
    show(&painter, LONG_AGO);
    painter.fill(420, 100, 100, 100, 0x30_6090);
    painter.settle();
    let limit = Instant::now() + crate::recorder_process::PATIENCE;
    let last =
        |bytes: &[u8]| Playback::of(bytes).picture().is_some_and(|(_, _, pixels)| pixels[150 * 320 + 150] == 0x30_6090);
    while !last(&fs::read(basic.file()).unwrap()) {
        assert!(Instant::now() < limit, "it is not recorded:\n{}", basic.machine.log());
        std::thread::sleep(Duration::from_millis(50));
    }
    basic.session(&["stop"]);
    let playback = assert_complete(&basic.file());
    let (width, height, pixels) = playback.picture().unwrap();
    assert_eq!((width, height), (320, 240));
    assert_eq!((pixels[0], pixels[239 * 320 + 319]), (0x30_6090, BEFORE));
    let bytes = fs::read(basic.file()).unwrap();
    assert_eq!(Playback::looking_for(&bytes, |pixel| pixel == LONG_AGO || pixel == LONG_AGO + 1).found, 0);
    for (_, thumbnail) in &playback.thumbnails {
        let rgb = jpeg_decoder::Decoder::new(&thumbnail[..]).decode().unwrap();
        assert!(!rgb.as_chunks::<3>().0.iter().any(|[r, g, b]| *r > 220 && *g < 40 && (120..190).contains(b)));
    }
    // One that is not there is refused, and leaves no file.
    basic.set(&format!("folder = \"{}\"\nscreen = \"DP-9\"\n", basic.videos().display()));
    let refused = basic.ask(&["start"]);
    assert!(refused["text"].as_str().unwrap().contains("DP-9"), "{refused}");
    basic.file();
}
