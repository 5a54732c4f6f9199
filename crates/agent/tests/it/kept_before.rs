//! What a session of which events only are recorded showed before an event that adds the screen: so many seconds of it are in the
//! recording, nothing older is, and nothing at all is anywhere while no event comes.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use recording::{Decoder, Entry, Event, GapReason, TrackKind, event_kinds as kinds};
use serde_json::{Value, json};

use crate::painter::Painter;
use crate::pausing::{ask, machine};
use crate::playback::Playback;
use crate::recorder_process::PATIENCE;
use crate::responses::{happens, has_screen, of_kind, on, outcome, policy, responses, until_recordings};
use crate::shown::{RETURN, User};
use crate::supervised::{Agent, Machine, groups, header, outline, verify};
use crate::xserver::XServer;

pub const CUSTOM: &str = "custom_events = { allowed = true }";
/// Nothing else on the screen has these colours.
const CANARY: u32 = 0x00fe_0199;
const OLD_CANARY: u32 = 0x0001_fe66;
const RECENT_CANARY: u32 = 0x0066_01fe;
pub const PLAIN: u32 = 0x0010_2030;

pub fn with_before(seconds: Value) -> Value {
    json!({ "before_seconds": seconds, "triggers": [on("bad", "Bad things", &["record-screen"])] })
}

/// Has the machine keep this policy for sessions of which events only are recorded.
pub fn respond(machine: &Machine, respond: Value) {
    fs::write(machine.path().join("policy"), "events-only").unwrap();
    fs::write(machine.path().join("detection-policy"), policy(respond)).unwrap();
}

/// A machine that records events only of this display, with a recorder that stands by.
pub fn standing_by(server: &XServer, seconds: u16) -> (Machine, Agent) {
    let machine = machine(server, CUSTOM);
    respond(&machine, with_before(json!(seconds)));
    let agent = machine.start();
    machine.until("a group", |bytes| groups(bytes) > 0);
    until_standing_by(&machine, &agent);
    (machine, agent)
}

/// Memory that a process has of its own, in bytes.
fn private_bytes(pid: u32) -> u64 {
    let rollup = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).unwrap_or_default();
    let of = |word: &str| {
        let line = rollup.lines().find(|line| line.starts_with(word))?;
        line.split_whitespace().nth(1)?.parse::<u64>().ok()
    };
    of("Private_Dirty:").unwrap_or_default() * 1024
}

/// Recorders of a session: one of its events, and one that stands by. Its process has seen the screen once it has a picture of it.
pub fn recorders(agent: &Agent) -> Vec<u32> {
    agent.recorders()
}

pub fn until_standing_by(machine: &Machine, agent: &Agent) {
    until("a recorder that stands by", machine, || recorders(agent).len() == 2);
    // It must see what is shown now, or that could not be forgotten: nobody tells from outside when it has.
    std::thread::sleep(Duration::from_millis(1_500));
}

pub fn until(what: &str, machine: &Machine, condition: impl Fn() -> bool) {
    let limit = Instant::now() + PATIENCE;
    while !condition() {
        assert!(Instant::now() < limit, "waited in vain for {what}; the agent's log:\n{}", machine.log());
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Shows a colour all over the screen, for so long.
pub fn show(painter: &Painter, colour: u32, time: Duration) {
    painter.fill(0, 0, 320, 240, colour);
    painter.settle();
    std::thread::sleep(time);
}

/// When pictures of a recording showed a colour, and when its events of a kind were, in seconds since its beginning.
pub fn times_of(bytes: &[u8], colour: u32) -> Vec<f64> {
    let (mut decoder, mut screen, mut shown) = (Decoder::new(), screen::Decoder::new(), Vec::new());
    decoder.push(bytes);
    let mut tracks = Vec::new();
    while let Ok(Some(located)) = decoder.next() {
        match located.entry {
            Entry::Group(group) => {
                screen = if group.base.is_some() { screen.back_at_key() } else { screen::Decoder::new() };
                tracks = group.tracks;
            }
            Entry::Data { track, time_us, payload, .. }
                if tracks.iter().any(|known| known.id == track && known.kind == TrackKind::Screen) =>
            {
                screen.decode(&payload).unwrap();
                if screen.frame().is_some_and(|frame| frame.pixels().contains(&colour)) {
                    shown.push(seconds(time_us));
                }
            }
            _ => {}
        }
    }
    shown
}

fn times_of_events(bytes: &[u8], kind: &str) -> Vec<f64> {
    let mut decoder = Decoder::new();
    decoder.push(bytes);
    let mut times = Vec::new();
    while let Ok(Some(located)) = decoder.next() {
        if let Entry::Data { track: 3, time_us, payload, .. } = located.entry
            && Event::from_payload(&payload).is_ok_and(|event| event.kind == kind)
        {
            times.push(seconds(time_us));
        }
    }
    times
}

#[expect(clippy::cast_precision_loss, reason = "recordings of tests are short")]
fn seconds(time_us: u64) -> f64 {
    time_us as f64 / 1e6
}

/// Every file below a folder, as far as it can be read.
fn files(folder: &Path) -> Vec<Vec<u8>> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { fs::read(&path).into_iter().collect() }).collect()
}

/// Whether pixels of a colour stand one behind the other in bytes, in either order.
fn has_pixels(bytes: &[u8], colour: u32) -> bool {
    let (little, big) = (colour.to_le_bytes(), colour.to_be_bytes());
    let rgb = [big[1], big[2], big[3]].repeat(4);
    let patterns = [little.repeat(3), big.repeat(3), rgb];
    patterns.iter().any(|pattern| bytes.windows(12).any(|window| window == pattern))
}

/// What a process has open that is a file with a name: sockets, pipes and memory without a name are none.
fn open_files(pid: u32) -> Vec<String> {
    let links = fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten().flatten();
    let names = links.filter_map(|link| Some(fs::read_link(link.path()).ok()?.to_str()?.to_owned()));
    names.filter(|name| name.starts_with('/') && name != "/dev/null").collect()
}

#[test]
fn the_seconds_before_an_event_are_in_the_recording_and_nothing_older_is() {
    let server = XServer::xvfb("320x240x24");
    let painter = Painter::new(&server);
    let (machine, agent) = standing_by(&server, 10);
    // A long time before, then three seconds before what may be seen: that is still in memory.
    show(&painter, OLD_CANARY, Duration::from_secs(1));
    show(&painter, PLAIN, Duration::from_secs(11));
    show(&painter, RECENT_CANARY, Duration::from_secs(1));
    show(&painter, PLAIN, Duration::from_secs(4));
    show(&painter, CANARY, Duration::from_secs(1));
    show(&painter, PLAIN, Duration::from_secs(7));
    happens(&machine, "bad");
    let all = until_recordings(&machine, 2, PATIENCE);
    assert!(!has_screen(&all[0]) && has_screen(&all[1]));
    let recording = || machine.recordings()[1].1.clone();
    until("the response", &machine, || responses(&recording()).len() == 1);
    show(&painter, PLAIN + 1, Duration::ZERO);
    until("what is shown afterwards", &machine, || !times_of(&recording(), PLAIN + 1).is_empty());
    assert!(agent.stop().success());

    let bytes = recording();
    assert!(machine.recordings().iter().all(|(_, bytes)| verify(bytes).intact));
    assert_eq!(Playback::looking_for(&bytes, |pixel| pixel == OLD_CANARY).found, 0);
    assert_eq!(Playback::looking_for(&bytes, |pixel| pixel == RECENT_CANARY).found, 0);
    for file in files(machine.path()) {
        assert!(!has_pixels(&file, OLD_CANARY) && !has_pixels(&file, RECENT_CANARY));
    }
    let playback = Playback::of(&bytes);
    assert_eq!(playback.groups, [0], "one key frame, made for this recording, and what follows it");
    assert_eq!(playback.gaps, []);
    let began = header(&bytes);
    assert!(began.reason.text.contains("; it begins with the 10 seconds before"), "{}", began.reason.text);
    assert_eq!(began.follows.as_ref().unwrap().recording, header(&machine.recordings()[0].1).recording);
    // The event is where it happened, in both recordings at the same time of the clock.
    let [event] = times_of_events(&bytes, kinds::CUSTOM)[..] else { panic!("{:?}", of_kind(&bytes, kinds::CUSTOM)) };
    assert!((9.8..11.5).contains(&event), "{event} s");
    let before = machine.recordings()[0].1.clone();
    let [there] = times_of_events(&before, kinds::CUSTOM)[..] else { panic!("it is in the recording of events, too") };
    let later_us = began.started.boottime_us - header(&before).started.boottime_us;
    assert!((there - event - seconds(later_us)).abs() < 1.0, "{there} s and {event} s, begun {later_us} µs later");
    let [done] = times_of_events(&bytes, kinds::RESPONSE)[..] else { panic!("what was done stands there once") };
    assert!(done > event, "{done} s");
    assert_eq!(outcome(&responses(&bytes)[0]), ("record-screen", "done"));
    // Eight seconds before the event, as the player shows it.
    let shown = times_of(&bytes, CANARY);
    assert!(shown.iter().any(|time| (event - time - 8.0).abs() < 1.9), "{shown:?}, the event at {event} s");
    assert!(times_of(&bytes, PLAIN).first().is_some_and(|first| *first < 0.2), "it begins with the screen as it was");
}

#[test]
fn without_an_event_nothing_of_it_leaves_memory() {
    let mut server = XServer::xvfb("320x240x24");
    let painter = Painter::new(&server);
    let (machine, agent) = standing_by(&server, 10);
    let others = temporary_files();
    for _ in 0..4 {
        show(&painter, CANARY, Duration::from_millis(400));
        show(&painter, PLAIN, Duration::from_millis(400));
    }
    let recorders = recorders(&agent);
    assert_eq!(recorders.len(), 2);
    // One of the two has the pictures: what it holds is in no file, and it has none open.
    assert!(recorders.iter().any(|pid| private_bytes(*pid) > 4 * 320 * 240 * 4), "nobody holds pictures");
    for pid in &recorders {
        let open = open_files(*pid);
        // What it logs goes into the file of the test's agent.
        assert!(open.iter().all(|file| file.ends_with("/log") || file.contains("(deleted)")), "{open:?}");
    }
    let written = |pid: u32| {
        let io = fs::read_to_string(format!("/proc/{pid}/io")).unwrap_or_default();
        io.lines().find_map(|line| line.strip_prefix("wchar: ")?.parse::<u64>().ok()).unwrap_or_default()
    };
    let of_pictures = recorders.iter().max_by_key(|pid| private_bytes(**pid)).unwrap();
    // Into files and pipes, that is; and the agent would take nothing from it.
    assert!(written(*of_pictures) < 1_024, "it writes {} bytes", written(*of_pictures));
    assert!(!machine.log().contains("it writes although nothing is to be recorded"), "{}", machine.log());
    server.kill();
    machine.until("the end", |bytes| outline(bytes).2.is_some());
    assert!(agent.stop().success());
    let [(_, bytes)] = &machine.recordings()[..] else { panic!("there is another recording") };
    assert!(!has_screen(bytes) && verify(bytes).intact);
    for file in files(machine.path()).into_iter().chain(new_since(&others)) {
        assert!(!has_pixels(&file, CANARY));
    }
    // One that the agent has left to end is reaped by somebody else.
    let limit = Instant::now() + PATIENCE;
    while recorders.iter().any(|pid| Path::new(&format!("/proc/{pid}")).exists()) {
        assert!(Instant::now() < limit, "something of it is left");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn what_is_kept_takes_little_more_memory_than_its_pictures_have_bytes() {
    // Rows that are few more than a power of two: room that is taken by doubling would be almost twice as much.
    let (width, height) = (2_000, 1_040);
    let server = XServer::xvfb(&format!("{width}x{height}x24"));
    let painter = Painter::new(&server);
    let (_machine, agent) = standing_by(&server, 10);
    let most = || recorders(&agent).into_iter().map(private_bytes).max().unwrap_or_default();
    let mut taken = 0;
    for colour in 1..=60 {
        painter.fill(0, 0, width, height, colour * 0x01_0305);
        painter.settle();
        std::thread::sleep(Duration::from_millis(100));
        taken = taken.max(most());
    }
    let (pictures, screens, else_) = (192 << 20, 4 * u64::from(width) * u64::from(height) * 4, 8 << 20);
    println!("at most {} MiB", taken >> 20);
    assert!(taken > pictures, "so much was not shown: {} MiB", taken >> 20);
    assert!(taken < pictures + screens + else_, "{} MiB", taken >> 20);
    assert!(agent.stop().success());
}

fn temporary_files() -> Vec<std::path::PathBuf> {
    ["/tmp", "/dev/shm", "/var/tmp"]
        .iter()
        .flat_map(|folder| fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()))
        .collect()
}

fn new_since(others: &[std::path::PathBuf]) -> Vec<Vec<u8>> {
    temporary_files()
        .into_iter()
        .filter(|path| !others.contains(path) && path.is_file())
        .filter_map(|path| fs::read(path).ok())
        .collect()
}

#[test]
fn what_is_shown_in_a_pause_or_before_it_is_not_kept() {
    let server = XServer::xvfb("320x240x24");
    let painter = Painter::new(&server);
    let (machine, agent) = standing_by(&server, 120);
    show(&painter, OLD_CANARY, Duration::from_millis(500));
    assert!(ask(&machine, &["pause"]).status.success());
    show(&painter, CANARY, Duration::from_millis(500));
    show(&painter, PLAIN, Duration::ZERO);
    assert!(ask(&machine, &["resume"]).status.success());
    until_standing_by(&machine, &agent);
    show(&painter, PLAIN + 1, Duration::from_millis(500));
    // A pause that is over at once counts, too.
    show(&painter, CANARY, Duration::from_millis(500));
    assert!(ask(&machine, &["pause"]).status.success());
    show(&painter, PLAIN + 2, Duration::ZERO);
    assert!(ask(&machine, &["resume"]).status.success());
    until("the end of what stood by", &machine, || {
        machine.log().matches("pausing").count() >= 4 && recorders(&agent).len() == 2
    });
    std::thread::sleep(Duration::from_millis(1_500));
    show(&painter, PLAIN + 3, Duration::from_millis(500));
    show(&painter, PLAIN, Duration::from_millis(500));
    happens(&machine, "bad");
    let recording = || machine.recordings().get(1).map(|(_, bytes)| bytes.clone()).unwrap_or_default();
    until("the response", &machine, || responses(&recording()).len() == 1);
    assert!(agent.stop().success());
    let bytes = recording();
    assert!(verify(&bytes).intact);
    let played = Playback::looking_for(&bytes, |pixel| [CANARY, OLD_CANARY, PLAIN + 1].contains(&pixel));
    assert_eq!((played.found, played.gaps.len()), (0, 0));
    assert!(!times_of(&bytes, PLAIN + 3).is_empty(), "what was shown after the pause is there");
}

#[test]
fn who_is_told_of_events_is_told_of_the_screen_before_it_is_kept() {
    const NOTICE: &str = "Your session is being recorded";
    let server = XServer::xvfb("800x600x24");
    let user = User::at(&server);
    let machine = machine(&server, CUSTOM);
    respond(&machine, json!({ "triggers": [on("bad", "Bad things", &["record-screen"])] }));
    fs::write(machine.path().join("policy"), "events-with-notice\n\n{\"consent\":false}").unwrap();
    let agent = machine.start();
    let read = |what: &str| {
        until(what, &machine, || user.find(NOTICE).is_some());
        until("the notice to go", &machine, || {
            user.strike(RETURN);
            user.find(NOTICE).is_none()
        });
    };
    read("the notice of events");
    machine.until("a group", |bytes| groups(bytes) > 0);
    // The rule changes while the agent is away: its user is told anew, once.
    assert!(agent.stop().success());
    respond(&machine, with_before(json!(10)));
    fs::write(machine.path().join("policy"), "events-with-notice\n\n{\"consent\":false}").unwrap();
    let agent = machine.start();
    read("the notice of the screen");
    until_standing_by(&machine, &agent);
    assert!(agent.stop().success());
    let agent = machine.start();
    until_standing_by(&machine, &agent);
    assert!(user.find(NOTICE).is_none(), "once is enough");
    assert!(agent.stop().success());

    // Where both are known from the beginning, one notice says it.
    let server = XServer::xvfb("800x600x24");
    let user = User::at(&server);
    let machine = self::machine(&server, CUSTOM);
    respond(&machine, with_before(json!(10)));
    fs::write(machine.path().join("policy"), "events-with-notice\n\n{\"consent\":false}").unwrap();
    let agent = machine.start();
    until("the notice", &machine, || user.find(NOTICE).is_some());
    until("the notice to go", &machine, || {
        user.strike(RETURN);
        user.find(NOTICE).is_none()
    });
    until_standing_by(&machine, &agent);
    assert!(user.find(NOTICE).is_none());
    assert!(agent.stop().success());
}

#[test]
fn a_recorder_that_dies_or_an_agent_that_is_killed_leaves_nothing_and_another_stands_by() {
    let server = XServer::xvfb("320x240x24");
    let painter = Painter::new(&server);
    let (machine, agent) = standing_by(&server, 10);
    show(&painter, CANARY, Duration::from_millis(300));
    let before = recorders(&agent);
    let of_pictures = *before.iter().max_by_key(|pid| private_bytes(**pid)).unwrap();
    nix::sys::signal::kill(nix::unistd::Pid::from_raw(of_pictures.cast_signed()), nix::sys::signal::Signal::SIGKILL)
        .unwrap();
    machine.until_logged("nothing of the screen is kept from before an event");
    show(&painter, PLAIN, Duration::ZERO);
    until("another", &machine, || recorders(&agent).iter().any(|pid| !before.contains(pid)));
    until_standing_by(&machine, &agent);
    let before = recorders(&agent);
    agent.kill();
    until("their end", &machine, || before.iter().all(|pid| !Path::new(&format!("/proc/{pid}")).exists()));
    let agent = machine.start();
    until_standing_by(&machine, &agent);
    happens(&machine, "bad");
    let recording = || machine.recordings().get(1).map(|(_, bytes)| bytes.clone()).unwrap_or_default();
    until("the response", &machine, || responses(&recording()).len() == 1);
    // It goes back no further than to the recorder's beginning, and says so.
    let text = header(&recording()).reason.text;
    let since = text.split("it begins with the ").nth(1).and_then(|rest| rest.split(' ').next()?.parse::<u64>().ok());
    assert!(since.is_some_and(|seconds| (1..10).contains(&seconds)), "{text}");
    assert!(agent.stop().success());
    assert_eq!(Playback::looking_for(&recording(), |pixel| pixel == CANARY).found, 0);
}

#[test]
fn a_pause_that_comes_while_the_screen_is_added_has_nothing_from_before_it() {
    let server = XServer::xvfb("320x240x24");
    let painter = Painter::new(&server);
    let (machine, agent) = standing_by(&server, 10);
    show(&painter, CANARY, Duration::from_millis(500));
    happens(&machine, "bad");
    assert!(ask(&machine, &["pause"]).status.success());
    show(&painter, OLD_CANARY, Duration::from_millis(500));
    show(&painter, PLAIN, Duration::ZERO);
    assert!(ask(&machine, &["resume"]).status.success());
    let recording = || machine.recordings().get(1).map(|(_, bytes)| bytes.clone()).unwrap_or_default();
    until("the picture", &machine, || !times_of(&recording(), PLAIN).is_empty());
    assert!(agent.stop().success());
    let bytes = recording();
    assert!(verify(&bytes).intact);
    assert_eq!(Playback::looking_for(&bytes, |pixel| pixel == OLD_CANARY).found, 0);
    let declared = [GapReason::Paused, GapReason::RecorderRestarted];
    assert!(Playback::of(&bytes).gaps.iter().any(|gap| declared.contains(&gap.reason)), "what is missing is declared");
}
