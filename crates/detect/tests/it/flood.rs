use std::collections::BTreeSet;
use std::process::Command;

use crate::watching::{Watching, named};

/// A shell that starts a program so many times, one after the other.
fn flood(shell: &std::path::Path, program: &std::path::Path, times: u32) -> std::process::Child {
    let script = format!("i=0; while [ $i -lt {times} ]; do {} ; i=$((i+1)); done", program.display());
    Command::new(shell).args(["-c", &script]).spawn().unwrap()
}

#[test]
fn of_a_flood_of_programs_each_is_counted() {
    let folder = tempfile::tempdir().unwrap();
    let [shell, tool] = [("/bin/dash", "flooding"), ("/bin/true", "flooded")]
        .map(|(program, name)| named(folder.path(), program, name));
    let mut watching = Watching::listening(&[&shell]);
    let mut child = flood(&shell, &tool, 5_000);
    let process = child.id();
    let waiting = std::thread::spawn(move || child.wait().unwrap());
    watching.until_ended(process);
    assert!(waiting.join().unwrap().success());
    assert_eq!(watching.lost(), 0);
    let started: BTreeSet<u32> = watching.started().map(|started| started.process).collect();
    // Besides those, what other tests have end by a fault is told.
    let ended = watching.ended().filter(|ended| started.contains(&ended.process)).count();
    assert_eq!((watching.started().count(), ended), (5_001, 5_001));
}

#[test]
fn what_came_while_nobody_fetched_is_declared_and_what_runs_then_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let [shell, tool, after] = [("/bin/dash", "flooding"), ("/bin/true", "flooded"), ("/bin/sleep", "afterwards")]
        .map(|(program, name)| named(folder.path(), program, name));
    let mut watching = Watching::listening(&[&shell, &after]);
    let mut lasts = None;
    // Until the kernel keeps no more.
    for _ in 0..20 {
        assert!(flood(&shell, &tool, 4_000).wait().unwrap().success());
        lasts = Some(Command::new(&after).arg("60").spawn().unwrap());
        if watching.is_full() {
            break;
        }
        lasts.take().into_iter().for_each(|mut child| {
            child.kill().unwrap();
            child.wait().unwrap();
        });
    }
    let mut lasts = lasts.unwrap();
    watching.until("what runs", |watching| watching.started().any(|started| started.process == lasts.id()));
    lasts.kill().unwrap();
    lasts.wait().unwrap();
    watching.until_ended(lasts.id());
    assert!(watching.lost() > 0);
}
