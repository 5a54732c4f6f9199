//! Recordings in basic mode whose agent, or whose writer, is killed: what was written stays, and gets its end later.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, symlink};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use evidence::{Expected, Judge, Verdict};
use recording::{BlockKind, RawBlock, split_blocks};

use crate::basic::{Basic, assert_complete, files, is_root, user};
use crate::painter::Painter;
use crate::playback::{Playback, assert_same_picture};
use crate::recorder_process::PATIENCE;
use crate::supervised::Agent;
use crate::xserver::XServer;

const SHOWN: u32 = 0x0030_6090;

/// Waits until the session's user is told this of a recording.
fn until_told(basic: &Basic, text: &str) -> String {
    let limit = Instant::now() + PATIENCE;
    loop {
        let session = basic.session(&["status"]);
        let why = session["why"].as_str().unwrap_or_default();
        if why.contains(text) {
            return why.to_owned();
        }
        assert!(Instant::now() < limit, "waited in vain for {text:?}: {session}\n{}", basic.machine.log());
        std::thread::sleep(Duration::from_millis(300));
    }
}

/// Waits until nobody writes a file any more.
fn until_left(file: &Path) {
    let limit = Instant::now() + PATIENCE;
    while fs::File::open(file).unwrap().try_lock().is_err() {
        assert!(Instant::now() < limit, "{} is still written", file.display());
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Whether a checkpoint stands behind pictures.
fn is_witnessed(bytes: &[u8]) -> bool {
    let kinds: Vec<_> = split_blocks(0, bytes).unwrap_or_default().iter().map(RawBlock::known_kind).collect();
    kinds.last() == Some(&Some(BlockKind::Checkpoint)) && kinds.contains(&Some(BlockKind::Data))
}

/// Has a recording that shows something, and kills its agent; what is in the file then.
fn killed(basic: &Basic, painter: &Painter) -> Vec<u8> {
    let agent = basic.start();
    assert_eq!(basic.session(&["start"])["done"], "started");
    painter.fill(10, 10, 100, 100, SHOWN);
    painter.settle();
    basic.until_recorded(painter);
    let limit = Instant::now() + PATIENCE;
    while !is_witnessed(&fs::read(basic.file()).unwrap()) {
        assert!(Instant::now() < limit, "no checkpoint:\n{}", basic.machine.log());
        std::thread::sleep(Duration::from_millis(50));
    }
    agent.kill();
    until_left(&basic.file());
    fs::read(basic.file()).unwrap()
}

fn notes(basic: &Basic) -> usize {
    files(&basic.machine.path().join("unfinished")).len()
}

fn keepers(agent: &Agent) -> Vec<String> {
    let found = Command::new("pgrep").args(["-f", "-P", &agent.child.id().to_string(), "keeper"]).output().unwrap();
    String::from_utf8(found.stdout).unwrap().split_whitespace().map(str::to_owned).collect()
}

#[test]
fn what_a_killed_agent_left_gets_its_end_at_the_next_start() {
    let server = XServer::xvfb_of_another_user("320x240x24");
    let painter = Painter::new(&server);
    let basic = Basic::new(&server, "");
    let left = killed(&basic, &painter);
    // Until then readers are told that it has none.
    let mut judge = Judge::new(Expected::default());
    judge.push(&left).unwrap();
    let judgement = judge.finish().unwrap();
    assert!(judgement.verdict != Verdict::Broken && judgement.container.ended.is_none(), "{judgement:?}");
    let picture = Playback::of(&left).picture().unwrap();

    // Half a block is what a machine leaves that loses its power.
    let torn = [&left[..], &left[..30]].concat();
    fs::write(basic.file(), &torn).unwrap();
    let agent = basic.start();
    let told = until_told(&basic, "was left without an end, and has one now");
    assert!(told.contains(basic.file().to_str().unwrap()), "{told}");
    let playback = assert_complete(&basic.file());
    let end = playback.end.as_ref().unwrap();
    assert_eq!(end.reason.as_str(), "agent-restarted");
    assert!(end.text.contains("went without ending it"), "{}", end.text);
    assert_same_picture(playback.picture(), &picture);
    let bytes = fs::read(basic.file()).unwrap();
    assert!(bytes.starts_with(&left), "nothing that was written is lost or changed");
    let about = fs::metadata(basic.file()).unwrap();
    assert_eq!((about.uid(), about.mode() & 0o777), (user(), 0o600));
    assert_eq!(notes(&basic), 0);
    // Another start has nothing to do, and a recording that ended leaves nothing to be done.
    assert_eq!(basic.session(&["start"])["done"], "started");
    assert_eq!(notes(&basic), 1);
    assert_eq!(basic.session(&["stop"])["done"], "stopped");
    assert_eq!(notes(&basic), 0);
    assert!(agent.stop().success());
    assert!(files(&basic.videos()).iter().any(|file| fs::read(file).unwrap() == bytes));
}

#[test]
fn an_end_that_was_cut_off_is_written_again() {
    let server = XServer::xvfb_of_another_user("320x240x24");
    let painter = Painter::new(&server);
    let basic = Basic::new(&server, "");
    killed(&basic, &painter);
    let note = files(&basic.machine.path().join("unfinished")).remove(0);
    let noted = fs::read(&note).unwrap();
    let agent = basic.start();
    until_told(&basic, "has one now");
    assert!(agent.stop().success());
    let whole = fs::read(basic.file()).unwrap();
    // The machine goes while the index is being written.
    fs::write(basic.file(), &whole[..whole.len() - 20]).unwrap();
    fs::write(&note, noted).unwrap();
    let _agent = basic.start();
    until_told(&basic, "has one now");
    assert!(fs::read(basic.file()).unwrap() == whole);
}

#[test]
fn what_its_user_has_changed_is_not_signed_again() {
    let server = XServer::xvfb_of_another_user("320x240x24");
    let painter = Painter::new(&server);
    let basic = Basic::new(&server, "");
    let left = killed(&basic, &painter);
    let note = files(&basic.machine.path().join("unfinished")).remove(0);
    let noted = fs::read(&note).unwrap();
    // By accident; and with care, so that each block is whole and one is missing.
    let mut damaged = left.clone();
    damaged[left.len() / 2] ^= 1;
    let blocks = split_blocks(0, &left).unwrap();
    let taken = blocks.iter().position(|block| block.known_kind() == Some(BlockKind::Data)).unwrap();
    let without: Vec<u8> =
        blocks.iter().enumerate().filter(|(at, _)| *at != taken).flat_map(|(_, block)| block.bytes.clone()).collect();
    for (changed, why) in [(damaged, "it is damaged before byte"), (without, "it was changed or damaged")] {
        fs::write(basic.file(), &changed).unwrap();
        fs::write(&note, &noted).unwrap();
        let agent = basic.start();
        let told = until_told(&basic, "none can be written");
        assert!(told.contains(why) && told.contains("kinescope repair"), "{told}");
        assert!(fs::read(basic.file()).unwrap() == changed, "it is left as it is");
        assert_eq!(notes(&basic), 0, "it is said once");
        assert!(agent.stop().success());
    }
}

#[test]
fn what_is_gone_is_forgotten_and_what_stands_in_its_place_is_not_touched() {
    let server = XServer::xvfb_of_another_user("320x240x24");
    let painter = Painter::new(&server);
    let basic = Basic::new(&server, "");
    let left = killed(&basic, &painter);
    let (file, other) = (basic.file(), basic.machine.path().join("other"));
    fs::write(&other, &left).unwrap();
    if is_root() {
        std::os::unix::fs::chown(&other, Some(user()), None).unwrap();
    }
    fs::remove_file(&file).unwrap();
    symlink(&other, &file).unwrap();
    let agent = basic.start();
    until_told(&basic, "none can be written");
    assert!(fs::read(&other).unwrap() == left, "no link is followed");
    assert_eq!(notes(&basic), 1, "it is tried again");
    assert!(agent.stop().success());
    fs::remove_file(&file).unwrap();
    let _agent = basic.start();
    let limit = Instant::now() + PATIENCE;
    while notes(&basic) > 0 {
        assert!(Instant::now() < limit, "{}", basic.machine.log());
        std::thread::sleep(Duration::from_millis(50));
    }
    assert!(files(&basic.videos()).is_empty());
}

#[test]
fn what_a_killed_writer_left_gets_its_end_with_the_next_recording() {
    let server = XServer::xvfb_of_another_user("320x240x24");
    let painter = Painter::new(&server);
    let basic = Basic::new(&server, "");
    let agent = basic.start();
    basic.session(&["start"]);
    painter.fill(0, 0, 320, 240, SHOWN);
    painter.settle();
    basic.until_recorded(&painter);
    let first = basic.file();
    assert!(Command::new("kill").arg("-9").args(keepers(&agent)).status().unwrap().success());
    painter.fill(0, 0, 320, 240, 0x10_2030);
    painter.settle();
    assert!(basic.until_it_ends().contains("its end is not in"));
    assert_eq!(basic.session(&["start"])["done"], "started");
    let limit = Instant::now() + PATIENCE;
    while !Playback::of(&fs::read(&first).unwrap()).has_footer {
        assert!(Instant::now() < limit, "{}", basic.machine.log());
        std::thread::sleep(Duration::from_millis(50));
    }
    let end = assert_complete(&first).end.unwrap();
    assert_eq!(end.reason.as_str(), "lost");
    assert!(end.text.contains("this end was written later"), "{}", end.text);
    assert_eq!(basic.session(&["stop"])["done"], "stopped");
    let second = files(&basic.videos()).into_iter().find(|file| *file != first).unwrap();
    assert_complete(&second);
    // Blocks that were reserved for an end are given back.
    let about = fs::metadata(&first).unwrap();
    assert!(!is_root() || about.blocks() * 512 < about.len() + (1 << 20), "{} blocks", about.blocks());
}
