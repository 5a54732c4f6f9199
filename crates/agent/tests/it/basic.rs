//! Basic mode: no server, and recordings in files of the session's user.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use evidence::{Expected, Judge, Verdict};
use serde_json::Value;

use crate::painter::Painter;
use crate::playback::{Playback, assert_same_picture};
use crate::recorder_process::PATIENCE;
use crate::supervised::{Agent, Machine, enrol};
use crate::xserver::{NOBODY, XServer};

/// The user whose sessions these are: another one where the tests are root.
pub fn user() -> u32 {
    if is_root() { NOBODY } else { nix::unistd::geteuid().as_raw() }
}

pub fn is_root() -> bool {
    nix::unistd::geteuid().is_root()
}

/// A machine without a server that has one session, and a folder for its user's recordings.
pub struct Basic {
    pub machine: Machine,
    pub display: String,
}

impl Basic {
    /// With these settings for the machine besides the folder.
    pub fn new(server: &XServer, settings: &str) -> Self {
        let machine = Machine::without_server(&[server.display()]);
        fs::set_permissions(machine.path(), fs::Permissions::from_mode(0o711)).unwrap();
        let socket = machine.path().join("agent.sock");
        let machine = machine.with(&format!("socket = \"{}\"", socket.display()));
        let basic = Self { machine, display: server.display().to_owned() };
        give(&basic.videos(), user());
        basic.set(&format!("folder = \"{}\"\n{settings}", basic.videos().display()));
        basic
    }

    /// Where recordings go.
    pub fn videos(&self) -> PathBuf {
        self.machine.path().join("videos")
    }

    /// Puts this in place of the machine's settings.
    pub fn set(&self, settings: &str) {
        fs::write(self.machine.path().join("basic.toml"), settings).unwrap();
    }

    /// Starts the agent, and waits until it knows the session.
    pub fn start(&self) -> Agent {
        let agent = self.machine.start();
        self.until_it_answers();
        agent
    }

    pub fn until_it_answers(&self) {
        let limit = Instant::now() + PATIENCE;
        while !self.run(&["status"]).status.success() {
            assert!(Instant::now() < limit, "the agent does not answer:\n{}", self.machine.log());
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// `kinescope-agent …` as the session's user.
    pub fn run(&self, words: &[&str]) -> Output {
        self.run_as(user(), words)
    }

    pub fn run_as(&self, uid: u32, words: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kinescope-agent"));
        command.args(words).arg("--socket").arg(self.machine.path().join("agent.sock"));
        command.env_clear().env("DISPLAY", &self.display).env("HOME", self.machine.path());
        if is_root() {
            command.uid(uid);
        }
        command.output().unwrap()
    }

    /// What the agent answers.
    pub fn ask(&self, words: &[&str]) -> Value {
        let output = self.run(&[words, &["--json"]].concat());
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{output:?}\n{}", self.machine.log()))
    }

    /// The session, as the agent answers of it.
    pub fn session(&self, words: &[&str]) -> Value {
        self.ask(words)["sessions"][0].clone()
    }

    /// Waits until the session is not recorded any more; why not.
    pub fn until_it_ends(&self) -> String {
        let limit = Instant::now() + PATIENCE;
        loop {
            let session = self.session(&["status"]);
            if session["recording"].is_null() {
                return session["why"].as_str().unwrap().to_owned();
            }
            assert!(Instant::now() < limit, "it does not end: {session}\n{}", self.machine.log());
            // A user who asks more often is told that the agent is busy.
            std::thread::sleep(Duration::from_millis(300));
        }
    }

    /// The one file that there is.
    pub fn file(&self) -> PathBuf {
        let files = files(&self.videos());
        let [file] = &files[..] else { panic!("{files:?}\n{}", self.machine.log()) };
        file.clone()
    }

    /// Waits until the file shows what the screen does.
    pub fn until_recorded(&self, painter: &Painter) {
        let shown = painter.servers_picture();
        let limit = Instant::now() + PATIENCE;
        let recorded = || Playback::of(&fs::read(self.file()).unwrap()).picture();
        while recorded().as_ref() != Some(&shown) {
            assert!(Instant::now() < limit, "it is not recorded:\n{}", self.machine.log());
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

/// A folder of this user.
pub fn give(folder: &Path, uid: u32) {
    fs::create_dir(folder).unwrap();
    if is_root() {
        std::os::unix::fs::chown(folder, Some(uid), None).unwrap();
    }
}

pub fn files(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect()
}

/// A recording that is whole, signed and ended.
pub fn assert_complete(file: &Path) -> Playback {
    let bytes = fs::read(file).unwrap();
    let mut judge = Judge::new(Expected::default());
    judge.push(&bytes).unwrap();
    let judgement = judge.finish().unwrap();
    assert_eq!(judgement.verdict, Verdict::Holds, "{:?} {:?}", judgement.container.findings, judgement.faults);
    let playback = Playback::of(&bytes);
    assert!(playback.end.is_some() && playback.has_index && playback.has_footer);
    playback
}

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[test]
fn nothing_is_recorded_until_it_is_asked_for_and_then_into_the_users_own_file() {
    let server = XServer::xvfb_of_another_user("320x240x24");
    let painter = Painter::new(&server);
    let basic = Basic::new(&server, "");
    let agent = basic.start();
    let session = basic.session(&["status"]);
    assert_eq!((&session["recording"], &session["file"]), (&Value::Null, &Value::Null));
    assert_eq!(session["user_may_start"], true);
    assert!(agent.recorders().is_empty() && files(&basic.videos()).is_empty(), "nobody has asked");

    let session = basic.session(&["start"]);
    assert_eq!(session["done"], "started", "{session}");
    painter.fill(10, 10, 100, 100, 0x30_6090);
    painter.settle();
    basic.until_recorded(&painter);
    let file = basic.file();
    let about = fs::metadata(&file).unwrap();
    assert_eq!((about.uid(), about.mode() & 0o777), (user(), 0o600));
    let session = basic.session(&["status"]);
    assert_eq!(session["file"], file.to_str().unwrap());
    assert!(session["size_bytes"].as_u64().unwrap() > 0 && session["duration_seconds"].is_u64(), "{session}");
    assert!(text(&basic.run(&["status"])).contains(file.to_str().unwrap()));
    assert_eq!(basic.session(&["start"])["done"], "nothing");

    let session = basic.session(&["stop"]);
    assert_eq!(session["done"], "stopped", "{session}");
    assert!(session["why"].as_str().unwrap().contains(file.to_str().unwrap()), "{session}");
    let playback = assert_complete(&file);
    assert_same_picture(playback.picture(), &painter.servers_picture());
    let header = playback.header.unwrap();
    assert_eq!((header.reason.policy.as_str(), header.session.uid), ("user", Some(user())));
    let name = file.file_name().unwrap().to_str().unwrap();
    assert!(name.starts_with(&format!("{}_{}_20", header.session.machine, header.session.user)), "{name}");
    assert!(agent.recorders().is_empty());

    // The agent's own end ends a recording, too.
    assert_eq!(basic.session(&["start"])["done"], "started");
    assert!(agent.stop().success());
    let second = files(&basic.videos()).into_iter().find(|path| *path != file).unwrap();
    assert_eq!(assert_complete(&second).end.unwrap().text, "the agent was stopped");
    assert!(!basic.machine.path().join("spool").exists(), "nothing waits for a server");
}

#[test]
fn a_user_cannot_have_root_write_elsewhere() {
    if !is_root() {
        return eprintln!("not tried: only root can be several users");
    }
    let server = XServer::xvfb_of_another_user("160x120x24");
    let basic = Basic::new(&server, "");
    let _agent = basic.start();
    let theirs = basic.machine.path().join("roots");
    give(&theirs, 0);
    fs::set_permissions(&theirs, fs::Permissions::from_mode(0o700)).unwrap();
    let refused = |folder: &Path| {
        basic.set(&format!("folder = \"{}\"\n", folder.display()));
        let answer = basic.ask(&["start"]);
        assert_eq!(answer["error"], "failed", "{answer}");
        assert!(files(&theirs).is_empty(), "{:?}", files(&theirs));
        answer["text"].as_str().unwrap().to_owned()
    };
    refused(&theirs);
    refused(&theirs.join("below"));
    // A link is not followed, neither to what is root's nor to what is the user's own.
    let link = basic.videos().join("link");
    symlink(&theirs, &link).unwrap();
    assert!(refused(&link).contains("links are not followed"));
    assert!(refused(&link.join("below")).contains("links are not followed"));
    fs::remove_file(&link).unwrap();
    symlink(basic.videos(), &link).unwrap();
    assert!(refused(&link).contains("links are not followed"));
    assert_eq!(files(&basic.videos()), [link]);
    // Nor is a pipe waited for that stands where a folder should.
    let pipe = basic.videos().join("pipe");
    nix::unistd::mkfifo(&pipe, nix::sys::stat::Mode::S_IRWXU).unwrap();
    refused(&pipe);
    // What is not there is made, for the user alone.
    let deep = basic.videos().join("a/b");
    basic.set(&format!("folder = \"{}\"\n", deep.display()));
    assert_eq!(basic.session(&["start"])["done"], "started");
    basic.session(&["stop"]);
    let about = fs::metadata(&deep).unwrap();
    assert_eq!((about.uid(), about.mode() & 0o777), (NOBODY, 0o700));
    assert_complete(&files(&deep)[0]);
}

#[test]
fn who_may_not_start_is_told_so_and_root_may() {
    if !is_root() {
        return eprintln!("not tried: only root can be several users");
    }
    let server = XServer::xvfb_of_another_user("160x120x24");
    let basic = Basic::new(&server, "user_start = false\n");
    let _agent = basic.start();
    let answer = basic.ask(&["start"]);
    assert_eq!(answer["error"], "not-allowed", "{answer}");
    assert!(answer["text"].as_str().unwrap().contains("user_start"), "{answer}");
    assert!(basic.run_as(0, &["start", "--display", server.display()]).status.success());
    let answer = basic.ask(&["stop"]);
    assert_eq!(answer["error"], "not-allowed", "what root started is not the user's to stop: {answer}");
    assert!(basic.run_as(0, &["stop", "--all"]).status.success());
    assert_eq!(assert_complete(&basic.file()).header.unwrap().reason.policy, "administrator");
    assert_eq!(fs::metadata(basic.file()).unwrap().uid(), NOBODY, "the session's user's, whoever starts it");
}

#[test]
fn a_recorder_that_dies_is_followed_by_another_and_a_writer_that_dies_ends_the_recording() {
    let server = XServer::xvfb_of_another_user("320x240x24");
    let painter = Painter::new(&server);
    let basic = Basic::new(&server, "");
    let agent = basic.start();
    basic.session(&["start"]);
    painter.fill(0, 0, 320, 240, 0x10_2030);
    painter.settle();
    basic.until_recorded(&painter);
    for pid in agent.recorders() {
        assert!(Command::new("kill").args(["-9", &pid.to_string()]).status().unwrap().success());
    }
    painter.fill(0, 0, 320, 240, 0x30_6090);
    painter.settle();
    basic.until_recorded(&painter);
    basic.session(&["stop"]);
    let playback = assert_complete(&basic.file());
    assert_eq!(playback.gaps.len(), 1, "{:?}", playback.gaps);

    fs::remove_file(basic.file()).unwrap();
    basic.session(&["start"]);
    let keepers = Command::new("pgrep").args(["-f", "-P", &agent.child.id().to_string(), "keeper"]).output().unwrap();
    let keepers = String::from_utf8(keepers.stdout).unwrap();
    assert!(Command::new("kill").arg("-9").args(keepers.split_whitespace()).status().unwrap().success());
    painter.fill(0, 0, 320, 240, 0x10_2030);
    painter.settle();
    assert!(basic.until_it_ends().contains("its end is not in"));
    // The next one is none the worse.
    fs::remove_file(basic.file()).unwrap();
    assert_eq!(basic.session(&["start"])["done"], "started");
    basic.session(&["stop"]);
    assert_complete(&basic.file());
}

#[test]
fn a_session_that_ends_ends_its_recording() {
    let mut server = XServer::xvfb_of_another_user("160x120x24");
    let basic = Basic::new(&server, "");
    let _agent = basic.start();
    basic.session(&["start"]);
    server.kill();
    basic.machine.until_logged("a recording has ended");
    let end = assert_complete(&basic.file()).end.unwrap();
    assert!(end.text.contains("X server"), "{end:?}");
}

#[test]
fn a_machine_that_is_enrolled_has_a_server_from_then_on() {
    let server = XServer::xvfb_of_another_user("160x120x24");
    let basic = Basic::new(&server, "");
    let _agent = basic.start();
    fs::rename(basic.machine.path().join("identity"), basic.machine.path().join("former")).unwrap();
    enrol(&basic.machine.path().join("identity"));
    basic.machine.until("the session, as no policy is known", |bytes| crate::supervised::groups(bytes) > 0);
}

#[test]
fn an_agent_whose_server_is_named_does_not_record_without_it() {
    let server = XServer::xvfb("160x120x24");
    let basic = Basic::new(&server, "");
    let machine = basic.machine.with("server = \"https://127.0.0.1:1\"");
    assert_eq!(machine.start().wait().code(), Some(3));
}
