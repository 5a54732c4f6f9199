//! `key`, and `--key` of the tools that look into recordings.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Output;

use serde_json::Value;

use crate::{kinescope, text, vector};

fn key(folder: &Path, name: &str) -> PathBuf {
    let file = folder.join(name);
    let made = kinescope(["key", "new", "-o", file.to_str().unwrap()]);
    assert_eq!(made.status.code(), Some(0), "{}", text(&made.stderr));
    assert!(text(&made.stdout).starts_with("kinescope-key-"));
    file
}

fn kept_key() -> PathBuf {
    vector("sealed").with_extension("key")
}

#[test]
fn a_key_file_is_for_its_owner_alone_and_never_written_over() {
    let folder = tempfile::tempdir().unwrap();
    let file = key(folder.path(), "alice.key");
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    let before = std::fs::read(&file).unwrap();
    let again = kinescope(["key", "new", "-o", file.to_str().unwrap()]);
    assert_ne!(again.status.code(), Some(0));
    assert!(text(&again.stderr).contains("left alone"));
    assert_eq!(std::fs::read(&file).unwrap(), before);
    let shown = kinescope(["key", "show", file.to_str().unwrap()]);
    assert!(text(&shown.stdout).starts_with("kinescope-key-"));
    let private: Value = serde_json::from_slice(&before).unwrap();
    assert!(!text(&shown.stdout).contains(private["private"].as_str().unwrap()));
    let fingerprint = kinescope(["key", "show", "--fingerprint", file.to_str().unwrap()]);
    assert_eq!(text(&fingerprint.stdout).trim().len(), 32);
}

#[test]
fn two_keys_are_two() {
    let folder = tempfile::tempdir().unwrap();
    let [one, two] = ["1", "2"].map(|name| std::fs::read(key(folder.path(), name)).unwrap());
    assert_ne!(one, two);
}

fn info(more: &[&str]) -> Output {
    let file = vector("sealed");
    kinescope(["info"].iter().chain(more).map(std::ffi::OsStr::new).chain([file.as_os_str()]))
}

#[test]
fn info_says_what_is_sealed_for_whom_and_opens_events_with_the_key() {
    let without = info(&[]);
    assert_eq!(without.status.code(), Some(0));
    let without = text(&without.stdout);
    assert!(without.contains("picture, events") && without.contains("alice on desk-17"), "{without}");
    let kept = kept_key();
    let fingerprint = kinescope(["key", "show", "--fingerprint", kept.to_str().unwrap()]);
    assert!(without.contains(text(&fingerprint.stdout).trim()) && !without.contains("this key is given"));
    let with = info(&["--key", kept.to_str().unwrap()]);
    assert!(text(&with.stdout).contains("this key is given"));
    let events = |output: Output| -> Value {
        serde_json::from_slice::<Value>(&output.stdout).unwrap()["index"]["events"].clone()
    };
    assert_eq!(events(info(&["--json"]))[0]["text"], "");
    let opened = events(info(&["--json", "--key", kept.to_str().unwrap()]));
    assert_eq!((&opened[0]["kind"], &opened[1]["text"]), (&"note".into(), &"a marker in plain sight".into()));
}

#[test]
fn verify_needs_no_key() {
    let checked = kinescope([std::ffi::OsStr::new("verify"), vector("sealed").as_os_str()]);
    assert_eq!(checked.status.code(), Some(0), "{}", text(&checked.stdout));
}

#[test]
fn a_picture_without_the_right_key_is_refused_with_the_recipients_names() {
    let folder = tempfile::tempdir().unwrap();
    let other = key(folder.path(), "other.key");
    let file = vector("sealed");
    for keys in [vec![], vec!["--key", other.to_str().unwrap()]] {
        let words = ["frame", "--at", "0", "-o", "-"].into_iter().chain(keys);
        let refused = kinescope(words.map(std::ffi::OsStr::new).chain([file.as_os_str()]));
        assert_eq!(refused.status.code(), Some(1));
        let fingerprint = kinescope(["key", "show", "--fingerprint", kept_key().to_str().unwrap()]);
        assert!(text(&refused.stderr).contains(text(&fingerprint.stdout).trim()), "{}", text(&refused.stderr));
        assert!(refused.stdout.is_empty());
    }
}
