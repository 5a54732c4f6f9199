//! `info`, `verify`, `repair`, and what all subcommands share.

use std::path::Path;

use serde_json::Value;

use crate::{kinescope, text, vector};

fn arguments<'a>(words: &'a [&'a str], file: &'a Path) -> Vec<&'a std::ffi::OsStr> {
    words.iter().map(std::ffi::OsStr::new).chain([file.as_os_str()]).collect()
}

#[test]
fn every_subcommand_explains_itself_with_examples() {
    let overall = kinescope(["--help"]);
    assert!(overall.status.success());
    assert!(text(&overall.stdout).contains("Exit codes:"));
    for subcommand in ["info", "verify", "repair", "frame", "documents", "key"] {
        assert!(text(&overall.stdout).contains(subcommand));
        let help = kinescope([subcommand, "--help"]);
        assert!(text(&help.stdout).contains("Examples:"), "{subcommand}");
    }
    assert_eq!(kinescope(["frame", "x.kin", "--at", "noon", "-o", "x.png"]).status.code(), Some(2));
}

#[test]
fn info_says_who_when_and_why() {
    let shown = kinescope(arguments(&["info"], &vector("every-kind")));
    assert_eq!(shown.status.code(), Some(0));
    let shown = text(&shown.stdout);
    for expected in [
        "01a1ee565e0077078707070707070707",
        "alice on desk-17, display :10, from 192.0.2.7",
        "2026-11-18 11:06:40 UTC",
        "policy everything: Everything is recorded.",
        "0:00:11.540",
        "1280×720",
        "agent-restarted",
        "logout: The user logged out.",
    ] {
        assert!(shown.contains(expected), "{expected} is missing in:\n{shown}");
    }
}

#[test]
fn info_lists_how_the_monitors_lay() {
    let shown = kinescope(arguments(&["info"], &vector("pictures")));
    let shown = text(&shown.stdout);
    for expected in [
        "from 0:00:00.000: the whole picture",
        "from 0:01:00.000: HDMI-1 1280×720+0+0, DP-2 1280×720+1280+0",
        "from 0:02:00.000: HDMI-1 1280×720+0+0, DP-2 720×720+1280+0",
    ] {
        assert!(shown.contains(expected), "{expected} is missing in:\n{shown}");
    }
}

#[test]
fn info_reads_everything_where_there_is_no_index() {
    for (name, ended) in [("growing", false), ("torn", false), ("repaired", true)] {
        let shown = kinescope(arguments(&["info", "--json"], &vector(name)));
        let object: Value = serde_json::from_slice(&shown.stdout).unwrap();
        assert_eq!(object["header"]["session"]["user"], "alice", "{name}");
        assert_eq!(object["index"]["width"], 1280, "{name}");
        assert_eq!(object["index"]["end"].is_object(), ended, "{name}");
        assert_eq!(object["bytes"], vector(name).metadata().unwrap().len(), "{name}");
    }
}

#[test]
fn info_finds_the_second_copy_of_a_lost_header() {
    let folder = tempfile::tempdir().unwrap();
    let mut bytes = std::fs::read(vector("every-kind")).unwrap();
    bytes[20] ^= 1;
    let damaged = folder.path().join("damaged.kin");
    std::fs::write(&damaged, bytes).unwrap();
    assert!(text(&kinescope(arguments(&["info"], &damaged)).stdout).contains("alice on desk-17"));
}

#[test]
fn verify_is_silent_about_intact_recordings() {
    let checked = kinescope(arguments(&["verify"], &vector("every-kind")));
    assert_eq!((checked.status.code(), text(&checked.stdout), text(&checked.stderr)), (Some(0), "", ""));
    let unsigned = kinescope(arguments(&["verify"], &vector("growing")));
    assert_eq!((unsigned.status.code(), text(&unsigned.stdout)), (Some(0), ""));
    assert!(text(&unsigned.stderr).contains("not signed"));
    let summary = kinescope(arguments(&["verify", "--summary"], &vector("repaired")));
    assert_eq!(summary.status.code(), Some(0));
    for words in
        ["1 of them holes left by a repair", "a repair left out what stood between", "as far as it could be checked"]
    {
        assert!(text(&summary.stdout).contains(words), "{}", text(&summary.stdout));
    }
}

/// The recordings that are kept with their evidence files; the keys that they were made with.
fn with_evidence(name: &str) -> std::path::PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "..", "..", "vectors", "evidence", name].iter().collect()
}

fn trusted() -> [String; 4] {
    let judged = std::fs::read(with_evidence("finished.judgement.json")).unwrap();
    let judged: Value = serde_json::from_slice(&judged).unwrap();
    let key = |name: &str| judged[name].as_str().unwrap().to_owned();
    ["--machine-key".to_owned(), key("machine_key"), "--server-key".to_owned(), key("server_key")]
}

#[test]
fn verify_judges_signatures_and_receipts_by_the_keys_that_one_trusts() {
    let trusted = trusted();
    let verify = |names: &[&str], more: &[&str]| {
        let files = names.iter().map(|name| with_evidence(name).into_os_string());
        kinescope(["verify"].iter().chain(more).map(Into::into).chain(files))
    };
    let keys: Vec<&str> = trusted.iter().map(String::as_str).collect();
    let sound = verify(&["finished.kin", "restarted.kin", "incarnated.kin", "earlier.kin", "later.kin"], &keys);
    assert_eq!((sound.status.code(), text(&sound.stdout)), (Some(0), ""));
    let others: Vec<&str> = [&keys[..1], &keys[3..], &keys[2..3], &keys[1..2]].concat();
    for (names, more, words) in [
        (["cut.kin"], &keys, "the end was cut off"),
        (["changed.kin"], &keys, "cannot be read"),
        (["entry-dropped.kin"], &keys, "evidence file, entry 5"),
        (["finished.kin"], &others, "another machine signs"),
    ] {
        let broken = verify(&names, more);
        assert_eq!(broken.status.code(), Some(3), "{names:?}");
        assert!(text(&broken.stdout).contains(words), "{names:?}: {}", text(&broken.stdout));
    }
    let unsigned = kinescope(arguments(&[&["verify"], &keys[..]].concat(), &vector("growing")));
    assert_eq!(unsigned.status.code(), Some(3));
    assert!(text(&unsigned.stdout).contains("bears no signature") && text(&unsigned.stdout).contains("no receipt"));
    let summary = verify(&["earlier.kin", "later.kin"], &["--summary"]);
    assert!(text(&summary.stdout).contains("follows exactly these bytes"), "{}", text(&summary.stdout));
}

#[test]
fn verify_writes_a_report_for_people() {
    let folder = tempfile::tempdir().unwrap();
    for (name, begin) in [("report.html", "<!doctype html>"), ("report.txt", "VERIFICATION REPORT")] {
        let report = folder.path().join(name);
        let words = ["verify".as_ref(), "--report".as_ref(), report.as_os_str()];
        let file = with_evidence("restarted.kin");
        assert_eq!(kinescope(words.into_iter().chain([file.as_os_str()])).status.code(), Some(0));
        let written = std::fs::read_to_string(&report).unwrap();
        assert!(written.starts_with(begin) && written.contains("INTACT") && written.contains("receipts"), "{written}");
    }
}

#[test]
fn verify_says_where_a_recording_breaks() {
    let torn = kinescope(arguments(&["verify"], &vector("torn")));
    assert_eq!(torn.status.code(), Some(3));
    assert!(
        text(&torn.stdout).contains("at byte 17488, after 0:00:06.000: the last 186 bytes are no whole block"),
        "{}",
        text(&torn.stdout)
    );
    let hole = kinescope(arguments(&["verify"], &vector("hole")));
    assert_eq!(hole.status.code(), Some(3));
    assert!(text(&hole.stdout).contains("at byte 5943, after 0:00:02.000: 1078 bytes of a data block cannot be read"));
}

#[test]
fn verify_goes_on_after_a_bad_file_and_prints_json_lines() {
    let folder = tempfile::tempdir().unwrap();
    let other = folder.path().join("picture.kin");
    std::fs::write(&other, b"GIF89a").unwrap();
    let files = [other, vector("hole"), vector("every-kind")];
    let checked =
        kinescope(["verify", "--json"].iter().map(Into::into).chain(files.iter().map(|f| f.clone().into_os_string())));
    let lines: Vec<Value> = text(&checked.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 2);
    assert_eq!((&lines[0]["intact"], &lines[1]["intact"]), (&Value::Bool(false), &Value::Bool(true)));
    assert!(lines[0]["file"].as_str().unwrap().ends_with("hole.kin"));
    assert!(text(&checked.stderr).contains("no Kinescope recording"));
    assert_ne!(checked.status.code(), Some(0));
}

#[test]
fn what_cannot_be_read_is_refused_by_every_tool_with_its_own_code() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let picture = folder.path().join("picture.kin");
    std::fs::write(&picture, b"GIF89a and so on").unwrap();
    let half = folder.path().join("half.kin");
    std::fs::write(&half, &std::fs::read(vector("growing")).unwrap()[..100]).unwrap();
    let cases = [
        (picture.as_path(), 4, "no Kinescope recording"),
        (half.as_path(), 4, "cut off within its first block"),
        (folder.path(), 1, "is a folder"),
        (Path::new("/nowhere/at/all.kin"), 1, "No such file"),
    ];
    for (file, code, message) in cases {
        let out = out.to_str().unwrap();
        let tools = [
            &["info"][..],
            &["verify"],
            &["repair", "-o", out],
            &["frame", "--at", "1", "-o", out],
            &["documents", "--out", out],
        ];
        for words in tools {
            let refused = kinescope(arguments(words, file));
            assert_eq!(refused.status.code(), Some(code), "{words:?} {}", file.display());
            assert!(text(&refused.stderr).contains(message), "{words:?}: {}", text(&refused.stderr));
            assert!(text(&refused.stderr).contains(file.to_str().unwrap()), "{words:?} names the file");
            assert!(std::fs::metadata(out).is_err(), "{words:?} left a file");
        }
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2, "nothing unfinished is left");
}

#[test]
fn repair_writes_a_copy_that_verifies_and_leaves_the_original_alone() {
    let folder = tempfile::tempdir().unwrap();
    for (name, said) in [("hole", "at byte 5943: 1104 bytes are lost"), ("torn", "bytes are no whole block")] {
        let original = std::fs::read(vector(name)).unwrap();
        let copy = folder.path().join(format!("{name}.kin"));
        let done = kinescope(arguments(&["repair", "-o", copy.to_str().unwrap()], &vector(name)));
        assert_eq!(done.status.code(), Some(0), "{}", text(&done.stderr));
        assert!(text(&done.stdout).contains(said), "{}", text(&done.stdout));
        assert!(std::fs::read(vector(name)).unwrap() == original);
        assert_eq!(kinescope(arguments(&["verify"], &copy)).status.code(), Some(0));
        let again = folder.path().join(format!("{name}-again.kin"));
        let silent = kinescope(arguments(&["repair", "-o", again.to_str().unwrap()], &copy));
        assert!(silent.stdout.is_empty());
        assert!(std::fs::read(&again).unwrap() == std::fs::read(&copy).unwrap());
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 4, "nothing unfinished is left");
}

#[test]
fn repair_never_overwrites() {
    let folder = tempfile::tempdir().unwrap();
    let taken = folder.path().join("taken.kin");
    std::fs::write(&taken, b"mine").unwrap();
    let refused = kinescope(arguments(&["repair", "-o", taken.to_str().unwrap()], &vector("hole")));
    assert_eq!(refused.status.code(), Some(1));
    assert!(text(&refused.stderr).contains("exists already"));
    assert_eq!(std::fs::read(&taken).unwrap(), b"mine");
    let itself = folder.path().join("itself.kin");
    std::fs::copy(vector("hole"), &itself).unwrap();
    let refused = kinescope(arguments(&["repair", "-o", itself.to_str().unwrap()], &itself));
    assert_eq!(refused.status.code(), Some(1));
    assert!(std::fs::read(&itself).unwrap() == std::fs::read(vector("hole")).unwrap());
}

#[test]
fn control_characters_of_a_recorded_machine_do_not_reach_the_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let mut header: recording::Header = {
        let shown = kinescope(arguments(&["info", "--json"], &vector("growing")));
        let mut object: Value = serde_json::from_slice(&shown.stdout).unwrap();
        serde_json::from_value(object["header"].take()).unwrap()
    };
    header.session.user = "eve\u{1b}[2J".to_owned();
    let (_, bytes) = recording::Assembler::new(&header).unwrap();
    let hostile = folder.path().join("hostile.kin");
    std::fs::write(&hostile, bytes).unwrap();
    let shown = kinescope(arguments(&["info"], &hostile));
    assert!(text(&shown.stdout).contains("eve"));
    assert!(!shown.stdout.contains(&0x1b));
}

#[test]
fn info_counts_blocks_and_entries_by_kind() {
    let recording = vector("every-kind");
    let shown = kinescope(["info", "--blocks", "--json", recording.to_str().unwrap()]);
    let counted: Value = serde_json::from_slice(&shown.stdout).unwrap();
    let shares: u64 =
        counted["blocks"].as_object().unwrap().values().map(|share| share["bytes"].as_u64().unwrap()).sum();
    assert_eq!(shares, std::fs::metadata(&recording).unwrap().len());
    for kind in ["header", "group", "data of screen", "data of events", "checkpoint", "signer", "index", "footer"] {
        assert!(counted["blocks"][kind]["count"].as_u64() > Some(0), "{kind}: {counted}");
    }
    let receipts = recording.parent().unwrap().parent().unwrap().join("evidence/finished.kev");
    let shown = kinescope(["info", "--blocks", receipts.to_str().unwrap()]);
    let table = text(&shown.stdout);
    assert!(table.lines().any(|line| line.starts_with("receipt")) && table.contains("witness"), "{table}");
    let torn = kinescope(["info", "--blocks", vector("torn-behind-damage").to_str().unwrap()]);
    assert!(text(&torn.stdout).contains("unreadable"), "{torn:?}");
}

#[test]
fn bench_verify_measures_a_recording_that_it_makes_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let words = ["bench", "verify", "--megabytes", "3"];
    let run =
        std::process::Command::new(env!("CARGO_BIN_EXE_kinescope")).args(words).env("TMPDIR", folder.path()).output();
    // Whether the limit is kept depends on how this test was built.
    let figures: Value = serde_json::from_slice(&run.unwrap().stdout).unwrap();
    assert!(figures["bytes"].as_u64() > Some(3_000_000) && figures["signatures"].as_u64() > Some(2), "{figures}");
    assert!(figures["verify_mb_per_s"].as_f64() > Some(0.0), "{figures}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}
