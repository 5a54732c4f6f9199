//! `kinescope-agent record`.

use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use evidence::{Expected, Judge, Verdict};
use recording::{CHECKPOINT_INTERVAL_US, Decoder, EndReason, Entry};

use crate::painter::Painter;
use crate::playback::{Playback, assert_same_picture};
use crate::recorder_process::{PATIENCE, signal};
use crate::xserver::XServer;

fn command(display: &str, file: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kinescope-agent"));
    command.args(["record", "--display", display, "-o"]).arg(file);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Waits until the file shows this picture.
fn wait_until_recorded(file: &Path, painter: &Painter) {
    let shown = painter.servers_picture();
    let limit = Instant::now() + PATIENCE;
    loop {
        let bytes = std::fs::read(file).unwrap_or_default();
        if Playback::of(&bytes).picture().as_ref() == Some(&shown) {
            return;
        }
        assert!(Instant::now() < limit, "the picture was never recorded");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn record_some_drawing(server: &XServer, file: &Path) -> (Child, Painter) {
    let child = command(server.display(), file).spawn().unwrap();
    let mut painter = Painter::new(server);
    for _ in 0..4 {
        painter.scribble(50, 200);
        painter.settle();
        wait_until_recorded(file, &painter);
    }
    (child, painter)
}

fn assert_complete(bytes: &[u8], reason: &EndReason) -> Playback {
    let mut judge = Judge::new(Expected::default());
    judge.push(bytes).unwrap();
    let judgement = judge.finish().unwrap();
    let found = (&judgement.container.findings, &judgement.faults);
    assert_eq!(judgement.verdict, Verdict::Holds, "signed and intact: {found:?}");
    assert_checkpoints_keep_their_distance(bytes);
    let playback = Playback::of(bytes);
    assert_eq!(&playback.end.as_ref().unwrap().reason, reason);
    assert!(playback.checkpoints > 0 && playback.has_index && playback.has_footer);
    playback
}

/// Besides those before a group and behind the end, a checkpoint stands only when one is due.
fn assert_checkpoints_keep_their_distance(bytes: &[u8]) {
    let mut decoder = Decoder::new();
    decoder.push(bytes);
    let entries: Vec<_> = std::iter::from_fn(|| decoder.next().unwrap()).collect();
    let mut last_us = None;
    for (at, located) in entries.iter().enumerate().filter(|(_, located)| matches!(located.entry, Entry::Checkpoint(_)))
    {
        let before_group = matches!(entries.get(at + 1).map(|next| &next.entry), Some(Entry::Group(_)));
        let behind_end = matches!(entries[at - 1].entry, Entry::End(_));
        if let Some(last_us) = last_us.filter(|_| !before_group && !behind_end) {
            assert!(located.time_us >= last_us + CHECKPOINT_INTERVAL_US, "{last_us} and {}", located.time_us);
        }
        last_us = Some(located.time_us);
    }
}

#[test]
fn ctrl_c_completes_the_recording() {
    let server = XServer::xvfb("800x600x24");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("one.kin");
    let (child, painter) = record_some_drawing(&server, &file);
    signal(&child, "INT");
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(stderr(&output).contains("kinescope play"), "says what to do with it: {}", stderr(&output));
    let playback = assert_complete(&std::fs::read(&file).unwrap(), &EndReason::Stopped);
    assert_same_picture(playback.picture(), &painter.servers_picture());
    let header = playback.header.unwrap();
    assert_eq!(header.session.display.as_deref(), Some(server.display()));
    assert_eq!(playback.events.len(), 1, "the size of the screen, once: {:?}", playback.events);
}

#[test]
fn a_display_that_goes_away_completes_the_recording() {
    let mut server = XServer::xvfb("800x600x24");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("one.kin");
    let (child, _painter) = record_some_drawing(&server, &file);
    server.kill();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    assert_complete(&std::fs::read(&file).unwrap(), &EndReason::Logout);
}

#[test]
fn a_duration_ends_it_and_a_file_is_never_replaced_unasked() {
    let server = XServer::xvfb("320x200x24");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("one.kin");
    std::fs::write(&file, "precious").unwrap();
    let refused = command(server.display(), &file).args(["--duration", "1s"]).output().unwrap();
    assert!(!refused.status.success());
    assert!(stderr(&refused).contains("--force"), "{}", stderr(&refused));
    assert_eq!(std::fs::read(&file).unwrap(), b"precious");
    let forced = command(server.display(), &file).args(["--duration", "1s", "--force"]).output().unwrap();
    assert!(forced.status.success(), "{}", stderr(&forced));
    assert_complete(&std::fs::read(&file).unwrap(), &EndReason::Stopped);
}

#[test]
fn a_display_that_is_not_there_leaves_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("one.kin");
    let output = command(":5999", &file).output().unwrap();
    assert!(!output.status.success());
    assert!(stderr(&output).contains("no X server answers on display :5999"), "{}", stderr(&output));
    assert!(!file.exists());
}

#[test]
fn a_screen_at_rest_is_sealed_by_a_checkpoint() {
    let server = XServer::xvfb("320x200x24");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("one.kin");
    let child = command(server.display(), &file).spawn().unwrap();
    let limit = Instant::now() + PATIENCE;
    let sealed = || {
        let playback = Playback::of(&std::fs::read(&file).unwrap_or_default());
        // One before the first group, one behind what the first group holds.
        playback.pictures == 1 && playback.checkpoints >= 2
    };
    while !sealed() {
        assert!(Instant::now() < limit, "no checkpoint while the screen rests");
        std::thread::sleep(Duration::from_millis(50));
    }
    signal(&child, "TERM");
    assert!(child.wait_with_output().unwrap().status.success());
}
