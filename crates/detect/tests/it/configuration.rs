use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use detect::{ChangeEvent, Changed, Configuration, ConfigurationChange, OfFile, Origin};

use crate::watching::PATIENCE;

/// What is told of what a shell does in a folder.
fn told(watch: &mut Configuration, folder: &Path, script: &str) -> Vec<Changed<ConfigurationChange>> {
    assert!(Command::new("sh").args(["-ec", script]).current_dir(folder).status().unwrap().success());
    rest(watch)
}

/// Who it was is what the kernel says of the process.
fn rest(watch: &mut Configuration) -> Vec<Changed<ConfigurationChange>> {
    let known = |process: u32| Some((Some(format!("program of {process}")), Origin::default()));
    let (mut told, limit) = (Vec::new(), Instant::now() + PATIENCE);
    watch.take(&known, &mut |event| told.push(event)).unwrap();
    while watch.due().is_some() {
        assert!(Instant::now() < limit, "it does not come to rest");
        watch.take(&known, &mut |event| told.push(event)).unwrap();
        std::thread::sleep(Duration::from_millis(5));
    }
    let changed = told.into_iter().map(|event| match event {
        ChangeEvent::Changed(changed) => *changed,
        ChangeEvent::Lost(lost) => panic!("{lost} are lost"),
    });
    changed.collect()
}

/// In words: what became of what.
fn said(told: &[Changed<ConfigurationChange>], folder: &Path) -> Vec<String> {
    let name = |path: &str| Path::new(path).strip_prefix(folder).unwrap_or(Path::new(path)).display().to_string();
    let said = |changed: &Changed<ConfigurationChange>| {
        let path = name(&changed.what.path);
        match &changed.what.change {
            OfFile::Created(now) => format!("{path} created {} {:o}", now.bytes, now.rights()),
            OfFile::Removed(before) => format!("{path} removed {}", before.bytes),
            OfFile::Renamed(to) => format!("{path} renamed {}", name(to)),
            OfFile::Changed { before, now } => {
                let written = if before.was_written(now) { " written" } else { "" };
                let rights = (before.rights(), now.rights());
                let rights =
                    if rights.0 == rights.1 { String::new() } else { format!(" {:o} {:o}", rights.0, rights.1) };
                let owner = if before.uid == now.uid { String::new() } else { format!(" {} {}", before.uid, now.uid) };
                format!("{path} changed{written}{rights}{owner}")
            }
        }
    };
    told.iter().map(said).collect()
}

/// A folder with some configuration, and its watch.
fn begun() -> (tempfile::TempDir, PathBuf, Configuration) {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().canonicalize().unwrap().join("etc");
    fs::create_dir_all(folder.join("ssh")).unwrap();
    fs::write(folder.join("ssh/sshd_config"), "PermitRootLogin no\n").unwrap();
    fs::write(folder.join("hosts"), "127.0.0.1 localhost\n").unwrap();
    for name in ["hosts", "ssh/sshd_config"] {
        fs::set_permissions(folder.join(name), fs::Permissions::from_mode(0o644)).unwrap();
    }
    let (watch, unwatched) = Configuration::watch(&[(&folder, 2)]).unwrap();
    assert!(unwatched.is_empty(), "{unwatched:?}");
    (root, folder, watch)
}

#[test]
fn what_becomes_of_configuration_is_told_and_by_whom() {
    let (_root, folder, mut watch) = begun();
    let steps: &[(&str, &[&str])] = &[
        ("echo PermitRootLogin yes > ssh/sshd_config", &["ssh/sshd_config changed written"]),
        ("chmod 600 ssh/sshd_config", &["ssh/sshd_config changed 644 600"]),
        ("chown 12345 hosts", &["hosts changed 0 12345"]),
        // As editors and package managers do it.
        (
            "cp ssh/sshd_config ssh/new; echo more >> ssh/new; mv ssh/new ssh/sshd_config",
            &["ssh/sshd_config changed written"],
        ),
        (
            "umask 22; mkdir -p cron.d/deep; printf 12345 > cron.d/deep/job",
            &["cron.d created 0 755", "cron.d/deep created 0 755", "cron.d/deep/job created 5 644"],
        ),
        ("printf 1234567 > cron.d/deep/job", &["cron.d/deep/job changed written"]),
        ("mv cron.d/deep/job cron.d/task", &["cron.d/deep/job renamed cron.d/task"]),
        ("mv cron.d timers", &["cron.d renamed timers"]),
        ("chmod 700 timers/deep", &["timers/deep changed 755 700"]),
        ("rm timers/task", &["timers/task removed 7"]),
        // A name that is no text harms nobody.
        ("umask 22; touch \"$(printf 'odd\\377')\"", &["odd\u{fffd} created 0 644"]),
        ("touch -d 2001-01-01 nothing; rm nothing; cat hosts > /dev/null", &[]),
    ];
    for (script, expected) in steps {
        let told = told(&mut watch, &folder, script);
        assert_eq!(said(&told, &folder), *expected, "{script}");
        assert!(told.iter().all(|changed| changed.what.lists == 2), "{told:?}");
    }
    let told = told(&mut watch, &folder, "exec touch one");
    let by = told[0].by.as_ref().unwrap();
    assert_eq!(by.program, Some(format!("program of {}", by.process)));
}

#[test]
fn of_a_listed_file_nothing_beside_it_is_told() {
    let (_root, folder, _) = begun();
    let (mut watch, unwatched) =
        Configuration::watch(&[(&folder.join("hosts"), 1), (Path::new("/no/such"), 1)]).unwrap();
    assert_eq!(unwatched.len(), 1);
    assert_eq!(
        said(&told(&mut watch, &folder, "touch beside; echo more >> hosts; rm beside"), &folder),
        ["hosts changed written"]
    );
}
