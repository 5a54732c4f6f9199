use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use detect::{AccountChange, AccountFiles, Accounts, Change, Changed, Digest, Doer, Origin, Watch};
use proptest::prelude::*;

use crate::compared::changed;

/// Another /etc, with root alone in it, and its watcher.
struct Machine {
    root: tempfile::TempDir,
    watch: Watch<AccountFiles>,
}

impl Machine {
    fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        let etc = root.path().join("etc");
        fs::create_dir(&etc).unwrap();
        fs::write(etc.join("passwd"), "root:x:0:0:root:/root:/bin/bash\n").unwrap();
        fs::write(etc.join("shadow"), "root:*:20000:0:99999:7:::\n").unwrap();
        fs::write(etc.join("group"), "root:x:0:\n").unwrap();
        fs::copy("/etc/login.defs", etc.join("login.defs")).unwrap();
        let watch = Watch::of(&etc).unwrap();
        Self { root, watch }
    }

    /// What is told after a command of those that change accounts.
    fn told(&mut self, command: &str, arguments: &[&str]) -> Vec<Changed<AccountChange>> {
        let status = Command::new(command).arg("--prefix").arg(self.root.path()).args(arguments).status().unwrap();
        assert!(status.success(), "{command} {arguments:?}");
        self.rest()
    }

    fn rest(&mut self) -> Vec<Changed<AccountChange>> {
        changed(&mut self.watch)
    }
}

/// A command, what it is given, and what is told of it.
type Step<'a> = (&'a str, &'a [&'a str], &'a [(&'a str, &'a Change)]);

fn said(told: &[Changed<AccountChange>]) -> Vec<(&str, &Change)> {
    told.iter().map(|changed| (changed.what.user.as_str(), &changed.what.change)).collect()
}

#[test]
fn what_the_systems_own_programs_do_to_accounts_is_told() {
    let mut machine = Machine::new();
    let hash = "$6$saltsaltsalt$u4vQq4xUqvAcSr3cWf";
    let renamed = Change::Renamed("anna".to_owned());
    let steps: &[Step<'_>] = &[
        ("useradd", &["-M", "-s", "/bin/bash", "ana"], &[("ana", &Change::Created)]),
        ("usermod", &["-p", hash, "ana"], &[("ana", &Change::PasswordChanged), ("ana", &Change::Unlocked)]),
        ("usermod", &["-L", "ana"], &[("ana", &Change::Locked)]),
        ("usermod", &["-U", "ana"], &[("ana", &Change::Unlocked)]),
        ("usermod", &["-p", "$6$other$other", "ana"], &[("ana", &Change::PasswordChanged)]),
        ("usermod", &["-e", "2020-01-01", "ana"], &[("ana", &Change::Disabled)]),
        ("usermod", &["-e", "", "ana"], &[("ana", &Change::Enabled)]),
        ("usermod", &["-s", "/usr/sbin/nologin", "ana"], &[("ana", &Change::Disabled)]),
        ("usermod", &["-s", "/bin/sh", "ana"], &[("ana", &Change::Enabled)]),
        ("usermod", &["-l", "anna", "ana"], &[("ana", &renamed)]),
        ("usermod", &["-p", "", "anna"], &[("anna", &Change::PasswordRemoved)]),
        ("userdel", &["anna"], &[("anna", &Change::Removed)]),
    ];
    for (command, arguments, expected) in steps {
        let told = machine.told(command, arguments);
        assert_eq!(said(&told), *expected, "{command} {arguments:?}");
        assert!(told.iter().all(|changed| changed.by.is_none()), "nobody said who it was");
        let words = serde_json::to_string(&told).unwrap();
        assert!(!words.contains("$6$") && !words.contains("u4vQq4xUqvAcSr3cWf"), "{words}");
    }
}

#[test]
fn who_did_it_is_told_where_one_process_alone_is_known_to_have() {
    let mut machine = Machine::new();
    let path = |name: &str, root: &Path| root.join("etc").join(name).to_str().unwrap().to_owned();
    let [passwd, shadow] = ["passwd", "shadow"].map(|name| path(name, machine.root.path()));
    let doer = |process| Doer { process, program: Some("/usr/sbin/useradd".to_owned()), origin: Origin::default() };
    let replace = |name: &str, added: &str, root: &Path| {
        let (file, new) = (path(name, root), path("new", root));
        fs::write(&new, fs::read_to_string(&file).unwrap() + added).unwrap();
        fs::rename(new, file).unwrap();
    };
    let root = machine.root.path().to_owned();
    for (at, (doers, expected)) in [
        (vec![(&passwd, 7), (&shadow, 7)], Some(doer(7))),
        (vec![(&passwd, 7), (&shadow, 8)], None),
        (vec![(&passwd, 9)], Some(doer(9))),
    ]
    .into_iter()
    .enumerate()
    {
        replace("passwd", &format!("u{at}:x:{}:1::/:/bin/sh\n", 2_000 + at), &root);
        replace("shadow", &format!("u{at}:!::::::\n"), &root);
        doers.iter().for_each(|(path, process)| machine.watch.replaced_by(path, &doer(*process)));
        machine.watch.replaced_by("/elsewhere/passwd", &doer(1));
        let told = machine.rest();
        assert_eq!(told.len(), 1, "{told:?}");
        assert_eq!(told[0].by, expected);
    }
    // Somebody writes to the file as it is meanwhile.
    machine.watch.replaced_by(&passwd, &doer(7));
    let more = fs::read_to_string(&passwd).unwrap() + "v:x:3000:1::/:/bin/sh\n";
    fs::write(&passwd, more).unwrap();
    let told = machine.rest();
    assert_eq!((told[0].what.user.as_str(), &told[0].by), ("v", &None));
}

/// Accounts as somebody could write them, each with its lines.
fn tables() -> impl Strategy<Value = (String, String)> {
    let password = prop::sample::select(vec!["", "!", "!!", "*", "!*", "$6$a$secret", "!$6$a$secret", "$y$b$hidden"]);
    let shell = prop::sample::select(vec!["/bin/bash", "/usr/sbin/nologin", "/bin/false", ""]);
    let account = (0_u32..12, 1_000_u32..1_008, password, shell, prop::option::of(0_i64..40_000));
    prop::collection::vec(account, 0..8).prop_map(|accounts| {
        let mut files = (String::new(), String::new());
        for (name, uid, password, shell, expires) in accounts {
            files.0 += &format!("user{name}:x:{uid}:1:,,,:/home/user{name}:{shell}\n");
            let expires = expires.map_or_else(String::new, |day| day.to_string());
            files.1 += &format!("user{name}:{password}:20000:0:99999:7::{expires}:\n");
        }
        files
    })
}

fn names(passwd: &str) -> BTreeSet<String> {
    passwd.lines().map(|line| line.split(':').next().unwrap().to_owned()).collect()
}

proptest! {
    #[test]
    fn what_is_told_leads_from_the_names_before_to_those_after(before in tables(), after in tables(), today in 0_i64..40_000) {
        let digest = Digest::default();
        let read = |(passwd, shadow): &(String, String)| Accounts::read(passwd.as_bytes(), shadow.as_bytes(), &digest);
        let (earlier, later) = (read(&before), read(&after));
        prop_assert_eq!(earlier.changes(&earlier, today), []);
        let mut there = names(&before.0);
        let changes = earlier.changes(&later, today);
        for AccountChange { user, change } in &changes {
            match change {
                Change::Created => prop_assert!(there.insert(user.clone())),
                Change::Removed => prop_assert!(there.remove(user)),
                Change::Renamed(to) => {
                    prop_assert!(there.remove(user) && there.insert(to.clone()));
                }
                _ => prop_assert!(names(&after.0).contains(user)),
            }
        }
        prop_assert_eq!(there, names(&after.0));
        // The way back is as long, of names.
        let of_names = |changes: &[AccountChange]| {
            changes.iter().filter(|one| matches!(one.change, Change::Created | Change::Removed | Change::Renamed(_))).count()
        };
        prop_assert_eq!(of_names(&changes), of_names(&later.changes(&earlier, today)));
        for words in [format!("{earlier:?}{later:?}"), serde_json::to_string(&changes).unwrap()] {
            prop_assert!(!["secret", "hidden", "$6$", "$y$"].iter().any(|hash| words.contains(hash)));
        }
    }

    #[test]
    fn files_of_any_bytes_are_read(passwd in prop::collection::vec(any::<u8>(), 0..300), shadow in ".*\n[a-z:!*0-9\n]{0,200}") {
        let digest = Digest::default();
        let accounts = Accounts::read(&passwd, shadow.as_bytes(), &digest);
        let others = Accounts::read(shadow.as_bytes(), &passwd, &digest);
        let forth = accounts.changes(&others, 20_000);
        prop_assert_eq!(forth.is_empty(), others.changes(&accounts, 20_000).is_empty());
    }
}
