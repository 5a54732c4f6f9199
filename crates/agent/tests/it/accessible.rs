//! What windows show stands in recordings where the machine's configuration wants it: words in dialogs, and pages of a real browser.

use std::time::{Duration, Instant};

use recording::{Event, event_kinds as kinds};

use crate::pausing::{ask, machine};
use crate::playback::Playback;
use crate::recorder_process::PATIENCE;
use crate::session::Session;
use crate::supervised::{Agent, Machine, groups, status_line};
use crate::topmost::until_managed;
use crate::xserver::{NOBODY, XServer};

/// A browser starts slowly, and one that says nothing is waited for.
const LONG: Duration = Duration::from_secs(120);

fn events_of(bytes: &[u8], kind: &str) -> Vec<Event> {
    Playback::of(bytes).events.into_iter().filter(|event| event.kind == kind).collect()
}

/// The first event of a kind with this in this field, once it is there.
fn until(machine: &Machine, kind: &str, field: &str, value: &str) -> Event {
    let find = || events_of(&machine.recording(), kind).into_iter().find(|event| event.fields[field] == value);
    let limit = Instant::now() + LONG;
    loop {
        if let Some(event) = find() {
            return event;
        }
        assert!(Instant::now() < limit, "no {kind} with {field} {value}; the agent's log:\n{}", machine.log());
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// The process that looks at what windows show.
fn watcher(agent: &Agent) -> Option<u32> {
    let listed = std::process::Command::new("pgrep")
        .args(["-f", "accessibility-watch", "-P"])
        .arg(agent.child.id().to_string())
        .output();
    String::from_utf8(listed.unwrap().stdout).unwrap().lines().next().map(|pid| pid.parse().unwrap())
}

fn until_watched(agent: &Agent, machine: &Machine, is: bool) {
    let limit = Instant::now() + PATIENCE;
    while watcher(agent).is_some() != is {
        assert!(Instant::now() < limit, "{}", machine.log());
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Opens a dialog for as long as it takes to be told: what appears before somebody looks is nowhere.
fn dialog(session: &mut Session, machine: &Machine, title: &str, arguments: &[&str]) -> Event {
    let is_it = |event: &Event| event.fields["title"] == title;
    let limit = Instant::now() + PATIENCE;
    loop {
        session.start("zenity", &[&["--title", title], arguments].concat());
        std::thread::sleep(Duration::from_millis(3_500));
        if let Some(event) = events_of(&machine.recording(), kinds::POPUP).into_iter().find(is_it) {
            return event;
        }
        assert!(Instant::now() < limit, "{}", machine.log());
    }
}

#[test]
fn the_words_in_dialogs_stand_in_the_recording_of_any_user() {
    let server = XServer::xvfb_of_another_user("640x480x24");
    let uid = nix::unistd::geteuid().is_root().then_some(NOBODY);
    let mut session = Session::of(server, uid);
    session.start("openbox", &[]);
    until_managed(&session.server);
    let machine = machine(&session.server, "events = { popups = true, popup_words = true }");
    let agent = machine.start();
    machine.until("a group", |bytes| groups(bytes) > 0);
    until_watched(&agent, &machine, true);
    let event = dialog(&mut session, &machine, "Delete everything?", &["--question", "--text", "No way back"]);
    assert_eq!(event.fields["words"], "No way back", "{event:?}");
    assert!(!event.fields.contains_key("no_words"));
    let event = dialog(&mut session, &machine, "Who?", &["--entry", "--text", "Name", "--entry-text", "s3cret"]);
    assert_eq!(event.fields["words"], "Name", "{event:?}");
    // It acts for the session's user, with nothing else.
    if let Some(uid) = uid {
        let pid = watcher(&agent).unwrap();
        assert_eq!(status_line(pid, "Uid"), vec![uid.to_string(); 4].join("\t"));
        assert_eq!(status_line(pid, "CapPrm"), "0000000000000000");
        assert_eq!(status_line(pid, "NoNewPrivs"), "1");
    }
    assert!(agent.stop().success());
    assert!(!machine.recording().windows(6).any(|bytes| bytes == b"s3cret"));
}

#[test]
fn dialogs_are_told_without_words_where_nobody_says_them() {
    let mut session = Session::without_bus(XServer::xvfb("640x480x24"), None);
    session.start("openbox", &[]);
    until_managed(&session.server);
    let machine = machine(&session.server, "events = { popups = true, popup_words = true, pages = true }");
    let agent = machine.start();
    machine.until("a group", |bytes| groups(bytes) > 0);
    let told = dialog(&mut session, &machine, "Told", &["--info", "--text", "Words"]);
    assert_eq!(told.fields["no_words"], "off", "{told:?}");
    assert!(!told.fields.contains_key("words"));
    let lost = until(&machine, kinds::EVENTS_LOST, "of", "pages");
    assert_eq!(lost.fields["text"], "pages: the session's accessibility tree is not reached");
    assert!(agent.stop().success());
}

/// Chromium as tests start it, with one flag more or less.
fn chromium(session: &mut Session, flag: &str, address: &str) -> u32 {
    let data = format!("--user-data-dir={}", session.folder().join(format!("chromium{flag}")).display());
    let flags = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"];
    let more = ["--disable-component-update", "--disable-sync", "--disable-quic", &data, flag, address];
    session.start("chromium", &[&flags[..], &more].concat())
}

#[test]
fn pages_that_a_browser_shows_and_leaves_are_told_without_what_opens_doors() {
    let mut session = Session::new();
    session.start("openbox", &[]);
    until_managed(&session.server);
    for (file, title, next) in
        [("a.html", "<title>Accounts</title>", "b"), ("b.html", "<title>Salaries</title>", "c"), ("c.html", "", "c")]
    {
        let next = format!("<script>addEventListener('keydown', () => location = '{next}.html?k=s3cret')</script>");
        std::fs::write(session.folder().join(file), format!("{title}{next}<h1>Here</h1>")).unwrap();
    }
    let machine = machine(&session.server, "events = { pages = true }\ncustom_events = { allowed = true }");
    let agent = machine.start();
    machine.until("a group", |bytes| groups(bytes) > 0);
    until_watched(&agent, &machine, true);
    let folder = session.folder().display().to_string();
    let pid =
        chromium(&mut session, "--force-renderer-accessibility", &format!("file://{folder}/a.html?k=s3cret#s3cret"));
    let first = until(&machine, kinds::PAGE_SHOWN, "title", "Accounts");
    let url = |file: &str| format!("file://{folder}/{file}");
    assert_eq!(first.fields["url"], url("a.html").as_str(), "{first:?}");
    assert_eq!(first.fields["process"], pid);
    assert!(first.fields["program"].as_str().unwrap().ends_with("/chromium"), "{first:?}");
    assert_eq!(first.fields["text"], format!("Accounts: {}", url("a.html")));
    session.start("xdotool", &["key", "a"]);
    let second = until(&machine, kinds::PAGE_SHOWN, "title", "Salaries");
    assert_eq!(second.fields["url"], url("b.html").as_str(), "{second:?}");
    let left = until(&machine, kinds::PAGE_LEFT, "title", "Accounts");
    assert_eq!(left.fields["url"], url("a.html").as_str());
    assert!(left.fields["seconds"].as_u64().unwrap() < 600, "{left:?}");
    // A page without a title is called by its address.
    session.start("xdotool", &["key", "a"]);
    let third = until(&machine, kinds::PAGE_SHOWN, "url", &url("c.html"));
    assert!(!third.fields["title"].as_str().unwrap().contains("s3cret"), "{third:?}");
    // While an address is typed, slowly enough to be seen, what the browser offers is a page of its own.
    let mut typing = session.command("xdotool");
    assert!(typing.args(["key", "ctrl+l", "type", "--delay", "400", "file accounts"]).status().unwrap().success());
    session.end(pid);
    until(&machine, kinds::PAGE_LEFT, "url", &url("c.html"));
    // One that says nothing is named.
    let silent = chromium(&mut session, "--no-pings", &format!("file://{folder}/b.html"));
    let lost = until(&machine, kinds::EVENTS_LOST, "of", "pages");
    assert_eq!(lost.fields["process"], silent);
    assert_eq!(lost.fields["text"], "pages: chromium does not say which it shows");
    // Nobody looks while the recording is paused.
    assert!(ask(&machine, &["pause"]).status.success());
    until_watched(&agent, &machine, false);
    assert!(agent.stop().success());
    let shown: Vec<_> =
        Playback::of(&machine.recording()).events.into_iter().filter(|event| event.kind == kinds::PAGE_SHOWN).collect();
    assert_eq!(shown.len(), 3, "the browser's own bars and popups are no pages: {shown:?}");
    assert!(!machine.recording().windows(6).any(|bytes| bytes == b"s3cret"));
}
