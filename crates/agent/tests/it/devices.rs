//! What is plugged in and printed stands in recordings.

use std::time::{Duration, Instant};

use recording::{Event, event_kinds as kinds};

use crate::cups::Cups;
use crate::pausing::machine;
use crate::playback::Playback;
use crate::recorder_process::PATIENCE;
use crate::stick::Sys;
use crate::supervised::{Machine, groups};
use crate::xserver::XServer;

fn of(machine: &Machine, kind: &str) -> Vec<Event> {
    Playback::of(&machine.recording()).events.into_iter().filter(|event| event.kind == kind).collect()
}

/// Does something again and again until it is told: until somebody looks.
fn until_told(machine: &Machine, kind: &str, act: impl Fn()) {
    let limit = Instant::now() + PATIENCE;
    while of(machine, kind).is_empty() {
        assert!(Instant::now() < limit, "nothing is told: {}", machine.log());
        act();
        std::thread::sleep(Duration::from_secs(1));
    }
}

#[test]
fn storage_on_usb_is_an_event_of_sessions_that_log_it() {
    let (server, silent_server) = (XServer::xvfb("160x120x24"), XServer::xvfb("160x120x24"));
    let sys = Sys::new("loop4", "0");
    if !sys.kernel_says("change") {
        return;
    }
    let machine = machine(&server, "events = { usb_storage = true }");
    let silent = crate::pausing::machine(&silent_server, "events = { program_failures = true }");
    let folders: &[_] = &[(&*sys.path(""), "/sys")];
    let (agent, silent_agent) = (machine.start_over(folders), silent.start_over(folders));
    machine.until("a group", |bytes| groups(bytes) > 0);
    silent.until("a group", |bytes| groups(bytes) > 0);
    until_told(&machine, kinds::USB_STORAGE, || {
        sys.hold("0");
        sys.kernel_says("change");
        std::thread::sleep(Duration::from_millis(100));
        sys.hold("125000000");
        sys.kernel_says("change");
    });
    let before = of(&machine, kinds::USB_STORAGE).len();
    sys.kernel_says("remove");
    machine.until("its end", |_| of(&machine, kinds::USB_STORAGE).len() > before);
    assert!(agent.stop().success() && silent_agent.stop().success());
    let told = of(&machine, kinds::USB_STORAGE);
    let [.., inserted, removed] = &told[..] else { panic!("{told:?}") };
    assert_eq!(inserted.fields["text"], "Kingston DataTraveler 3.0, 64 GB: inserted");
    let fields = ["change", "vendor", "model", "serial", "device"].map(|field| removed.fields[field].as_str().unwrap());
    assert_eq!(fields, ["removed", "Kingston", "DataTraveler 3.0", "408D5C165C2B", "loop4"]);
    assert_eq!(removed.fields["size"], 64_000_000_000_u64);
    assert!(of(&silent, kinds::USB_STORAGE).is_empty());
}

#[test]
fn what_is_printed_is_an_event_of_its_users_sessions() {
    let Some(cups) = Cups::start() else { return };
    let server = XServer::xvfb("160x120x24");
    let machine = machine(&server, "events = { printing = true }");
    let agent = machine.start_over(&[(&cups.path("spool"), "/var/spool/cups")]);
    machine.until("a group", |bytes| groups(bytes) > 0);
    let file = cups.path("letter.txt");
    std::fs::write(&file, "Dear Sir or Madam,\n").unwrap();
    let file = file.to_str().unwrap();
    // The session is of the user who runs the test: root.
    until_told(&machine, kinds::PRINT_JOB, || {
        cups.run("lp", &["-d", "office", "-U", "root", "-t", "Probe", file]);
    });
    cups.run("lp", &["-d", "office", "-U", "daemon", "-t", "Another user's", file]);
    cups.run("lp", &["-d", "office", "-U", "no-such-user", "-t", "A claim", file]);
    cups.run("lp", &["-d", "office", "-U", "root", "-t", "Last", file]);
    let is_last = |event: &Event| event.fields["title"] == "Last" && event.fields["change"] == "printed";
    machine.until("the last", |_| of(&machine, kinds::PRINT_JOB).iter().any(is_last));
    assert!(agent.stop().success());
    // One that waited for a moment may be told twice.
    let printed = of(&machine, kinds::PRINT_JOB).into_iter().filter(|event| event.fields["change"] == "printed");
    let told: Vec<Event> = printed.collect();
    let titles: Vec<&str> = told.iter().map(|event| event.fields["title"].as_str().unwrap()).collect();
    assert_eq!(titles.iter().filter(|title| **title != "Probe").collect::<Vec<_>>(), [&"A claim", &"Last"]);
    let last = told.iter().find(|event| is_last(event)).unwrap();
    assert_eq!(last.fields["text"], "Last on office, 6 pages: printed");
    assert_eq!((&last.fields["user"], &last.fields["document"]), (&"root".into(), &"letter.txt".into()));
    assert_eq!((&last.fields["size"], &last.fields["pages"]), (&19.into(), &6.into()));
}
