use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use detect::{GroupChange, GroupFile, Groups, OfGroup, Watch};
use proptest::prelude::*;

use crate::compared::changes;

/// What is told after a command of those that change groups.
fn told(root: &Path, watch: &mut Watch<GroupFile>, command: &str, arguments: &[&str]) -> Vec<(String, OfGroup)> {
    let status = Command::new(command).arg("--prefix").arg(root).args(arguments).status().unwrap();
    assert!(status.success(), "{command} {arguments:?}");
    changes(watch).into_iter().map(|changed| (changed.group, changed.change)).collect()
}

#[test]
fn what_the_systems_own_programs_do_to_groups_is_told() {
    let root = tempfile::tempdir().unwrap();
    let etc = root.path().join("etc");
    fs::create_dir(&etc).unwrap();
    fs::write(etc.join("passwd"), "root:x:0:0:root:/root:/bin/bash\nana:x:1000:1000::/:/bin/sh\n").unwrap();
    fs::write(etc.join("shadow"), "root:*:20000:0:99999:7:::\nana:!:20000::::::\n").unwrap();
    fs::write(etc.join("group"), "root:x:0:\nana:x:1000:\n").unwrap();
    fs::write(etc.join("gshadow"), "root:*::\nana:!::\n").unwrap();
    fs::copy("/etc/login.defs", etc.join("login.defs")).unwrap();
    let mut watch = Watch::of(&etc).unwrap();
    let ana = || "ana".to_owned();
    let steps: &[(&str, &[&str], OfGroup)] = &[
        ("groupadd", &["payroll"], OfGroup::Created),
        ("usermod", &["-a", "-G", "payroll", "ana"], OfGroup::MemberAdded(ana())),
        ("groupmod", &["-n", "wages", "payroll"], OfGroup::Renamed("wages".to_owned())),
        ("usermod", &["-G", "", "ana"], OfGroup::MemberRemoved(ana())),
        ("groupdel", &["wages"], OfGroup::Removed),
    ];
    for (command, arguments, expected) in steps {
        let group = if matches!(expected, OfGroup::MemberRemoved(_) | OfGroup::Removed) { "wages" } else { "payroll" };
        let told = told(root.path(), &mut watch, command, arguments);
        assert_eq!(told, [(group.to_owned(), expected.clone())], "{command} {arguments:?}");
    }
}

#[test]
fn a_group_that_comes_with_members_is_told_with_them() {
    let before = Groups::read(b"root:x:0:\n+nis::\n");
    let told = before.changes(&Groups::read(b"root:x:0:ana\npayroll:x:7: bob,,ana\nrubbish\n"));
    let said: Vec<(&str, &OfGroup)> = told.iter().map(|change| (change.group.as_str(), &change.change)).collect();
    let added = |name: &str| OfGroup::MemberAdded(name.to_owned());
    assert_eq!(
        said,
        [
            ("root", &added("ana")),
            ("payroll", &OfGroup::Created),
            ("payroll", &added("ana")),
            ("payroll", &added("bob"))
        ]
    );
}

/// Groups as somebody could write them.
fn table() -> impl Strategy<Value = String> {
    let members = prop::collection::btree_set(0_u32..4, 0..4);
    prop::collection::btree_map(0_u32..8, (100_u32..106, members), 0..6).prop_map(|groups| {
        let line = |(name, (gid, members)): (u32, (u32, std::collections::BTreeSet<u32>))| {
            let members: Vec<String> = members.into_iter().map(|member| format!("user{member}")).collect();
            format!("group{name}:x:{gid}:{}\n", members.join(","))
        };
        groups.into_iter().map(line).collect()
    })
}

/// Members by group.
fn members(table: &str) -> BTreeMap<String, Vec<String>> {
    let fields = table.lines().map(|line| line.split(':').map(str::to_owned).collect::<Vec<_>>());
    let of = |fields: Vec<String>| {
        let names = fields[3].split(',').filter(|name| !name.is_empty()).map(str::to_owned).collect();
        (fields[0].clone(), names)
    };
    fields.map(of).collect()
}

proptest! {
    #[test]
    fn what_is_told_leads_from_the_groups_before_to_those_after(before in table(), after in table()) {
        let (earlier, later) = (Groups::read(before.as_bytes()), Groups::read(after.as_bytes()));
        prop_assert_eq!(earlier.changes(&earlier), []);
        let mut there = members(&before);
        for GroupChange { group, change } in earlier.changes(&later) {
            match change {
                OfGroup::Created => prop_assert!(there.insert(group, Vec::new()).is_none()),
                OfGroup::Removed => prop_assert!(there.remove(&group).is_some()),
                OfGroup::Renamed(to) => {
                    let members = there.remove(&group);
                    prop_assert!(members.is_some());
                    there.insert(to, members.unwrap_or_default());
                }
                OfGroup::MemberAdded(member) => there.get_mut(&group).unwrap().push(member),
                OfGroup::MemberRemoved(member) => there.get_mut(&group).unwrap().retain(|other| *other != member),
            }
        }
        there.values_mut().for_each(|members| members.sort());
        prop_assert_eq!(there, members(&after));
    }

    #[test]
    fn a_file_of_any_bytes_is_read(group in prop::collection::vec(any::<u8>(), 0..300)) {
        let groups = Groups::read(&group);
        prop_assert_eq!(groups.changes(&groups), []);
    }
}
