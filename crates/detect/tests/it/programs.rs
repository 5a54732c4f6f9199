use std::process::{Command, Stdio};

use crate::watching::{Watching, named};

#[test]
fn a_listed_program_is_told_with_its_arguments_and_how_it_ended() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = named(folder.path(), "/bin/sh", "ledger");
    let mut watching = Watching::listening(&[&ledger]);
    let mut child = Command::new(&ledger)
        .args(["-c", "read line; exit 3", "two words", "-- Überweisung"])
        .env("DISPLAY", ":4711.0")
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let process = child.id();
    watching.until("its start", |watching| watching.started().any(|started| started.process == process));
    let started = watching.start_of(process).clone();
    assert_eq!(started.program.as_deref(), ledger.to_str());
    assert_eq!(started.arguments[1..], ["-c", "read line; exit 3", "two words", "-- Überweisung"]);
    assert_eq!((started.parent, started.lists, started.before), (std::process::id(), 1, false));
    assert!(started.parent_program.is_some());
    assert_eq!(started.origin.display.as_deref(), Some(":4711.0"));
    drop(child.stdin.take());
    child.wait().unwrap();
    watching.until_ended(process);
    let ended = watching.end_of(process);
    assert_eq!((ended.status, ended.signal, ended.failed()), (Some(3), None, false));
    assert_eq!(ended.number, Some(started.number));
    assert!(ended.ran_ms.is_some_and(|ran_ms| ran_ms < 60_000));
    assert_eq!(watching.started().count(), 1, "{:#?}", watching.told);
}

#[test]
fn what_a_listed_program_starts_is_told_however_short_it_lives_and_others_are_not() {
    let folder = tempfile::tempdir().unwrap();
    let [ledger, other, tool] = ["ledger", "other", "tool"].map(|name| named(folder.path(), "/bin/sh", name));
    let mut watching = Watching::listening(&[&ledger]);
    let script = format!("{0} -c true; ({0} -c : & wait); exec {0} -c 'exit 7'", tool.display());
    for program in [&other, &ledger] {
        let child = watching.gated(program, &script);
        let process = watching.open(child);
        if program == &ledger {
            watching.until_ended(process);
            assert_eq!(watching.ended().last().unwrap().status, Some(7), "it had another take its place");
        }
    }
    // Itself, and three of the tool; what was gone before it could be looked at is told without its name.
    assert_eq!(watching.started().count(), 4, "{:#?}", watching.told);
    let is_one = |program: &str| program == tool.to_str().unwrap() || program == ledger.to_str().unwrap();
    assert!(watching.started().all(|started| started.program.as_deref().is_none_or(is_one)), "{:#?}", watching.told);
    assert_eq!(watching.ended().count(), 3, "{:#?}", watching.told);
    assert!(watching.started().all(|started| started.lists == 1));
}

#[test]
fn what_ran_before_is_told_and_its_end_too() {
    let folder = tempfile::tempdir().unwrap();
    let [ledger, other] = ["ledger", "other"].map(|name| named(folder.path(), "/bin/sleep", name));
    for listens in [true, false] {
        let [mut child, mut unlisted] =
            [&ledger, &other].map(|program| Command::new(program).arg("60").spawn().unwrap());
        let mut watching = if listens { Watching::listening(&[&ledger]) } else { Watching::scanning(&[&ledger]) };
        assert!(watching.start_of(child.id()).before);
        assert_eq!(watching.started().count(), 1);
        for child in [&mut child, &mut unlisted] {
            child.kill().unwrap();
            child.wait().unwrap();
        }
        watching.until_ended(child.id());
        let ended = watching.end_of(child.id());
        assert_eq!((ended.status, ended.signal), (None, listens.then_some(9)), "who scans does not know how");
        assert_eq!(watching.ended().count(), 1);
    }
}

#[test]
fn what_starts_while_it_is_looked_for_is_told_once() {
    let folder = tempfile::tempdir().unwrap();
    let [stays, goes] = ["stays", "goes"].map(|name| named(folder.path(), "/bin/sleep", name));
    let mut watching = Watching::unseeing(&[&stays, &goes]);
    let mut children = [&stays, &goes].map(|program| Command::new(program).arg("60").spawn().unwrap());
    watching.take();
    let [stayed, went] = &mut children;
    went.kill().unwrap();
    went.wait().unwrap();
    watching.until_ended(went.id());
    assert_eq!(watching.started().count(), 2, "{:#?}", watching.told);
    assert_eq!(watching.end_of(went.id()).number, Some(watching.start_of(went.id()).number));
    stayed.kill().unwrap();
    stayed.wait().unwrap();
    watching.until_ended(stayed.id());
    assert_eq!(watching.ended().count(), 2);
}

#[test]
fn a_program_that_fails_is_told_though_it_is_not_listed() {
    let folder = tempfile::tempdir().unwrap();
    let [fails, killed] = ["fails", "killed"].map(|name| named(folder.path(), "/bin/sh", name));
    let mut watching = Watching::listening(&[]);
    let [killed, failed] = [(&killed, "kill -TERM $$"), (&fails, "kill -SEGV $$")].map(|(program, script)| {
        let child = watching.gated(program, script);
        watching.open(child)
    });
    watching.until_ended(failed);
    let ended = watching.end_of(failed);
    assert!(ended.failed());
    assert_eq!((ended.number, ended.signal, ended.status), (None, Some(11), None));
    assert_eq!(ended.program.as_deref(), fails.to_str());
    assert!(watching.ended().all(|ended| ended.process != killed), "that was somebody's wish");
}

#[test]
fn shells_are_told_without_being_listed_and_what_they_run_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let tool = named(folder.path(), "/bin/true", "shells-tool");
    let shell = named(folder.path(), "/bin/sh", "mksh");
    for wanted in [true, false] {
        let mut watching = if wanted { Watching::shells(&[]) } else { Watching::listening(&[]) };
        let script = format!("{}; kill -SEGV $$", tool.display());
        let child = watching.gated(&shell, &script);
        let process = watching.open(child);
        watching.until_ended(process);
        let is_tool = |program: &Option<String>| program.as_deref() == tool.to_str();
        assert!(watching.started().all(|started| !is_tool(&started.program)), "{:#?}", watching.told);
        assert_eq!(watching.started().any(|started| started.process == process && started.shell), wanted);
    }
}

#[test]
fn a_program_on_two_lists_is_told_for_both_and_descent_adds_to_them() {
    let folder = tempfile::tempdir().unwrap();
    let [outer, inner] = ["outer", "inner"].map(|name| named(folder.path(), "/bin/sh", name));
    let mut watching = Watching::listening(&[&outer, &inner, &outer]);
    let script = format!("{} -c 'read line' <&0", inner.display());
    let mut child = Command::new(&outer).args(["-c", &script]).stdin(Stdio::piped()).spawn().unwrap();
    let lists = |watching: &Watching| watching.started().map(|started| started.lists).collect::<Vec<_>>();
    watching.until("both", |watching| lists(watching) == [0b101, 0b111]);
    drop(child.stdin.take());
    child.wait().unwrap();
}

#[test]
fn without_the_kernels_word_programs_that_stay_are_found_by_looking() {
    let folder = tempfile::tempdir().unwrap();
    let [ledger, tool] = ["ledger", "tool"].map(|name| named(folder.path(), "/bin/sh", name));
    let mut watching = Watching::scanning(&[&ledger]);
    let script = format!("{} -c 'read line' <&0; exit 3", tool.display());
    let mut child = Command::new(&ledger).args(["-c", &script]).stdin(Stdio::piped()).spawn().unwrap();
    watching.until("both", |watching| watching.started().count() == 2);
    assert!(watching.started().all(|started| !started.before && started.lists == 1));
    drop(child.stdin.take());
    child.wait().unwrap();
    watching.until_ended(child.id());
    assert_eq!(watching.end_of(child.id()).status, None);
}
