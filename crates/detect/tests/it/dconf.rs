use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use detect::{DconfDatabase, OfSetting, SettingChange, Watch, settings};
use proptest::prelude::*;

use crate::compared::changes;

/// Has dconf itself do something to a database below this folder. `None`: it is not here.
fn dconf(home: &Path, script: &str) -> Option<()> {
    Command::new("dconf").arg("help").stdout(Stdio::null()).stderr(Stdio::null()).status().ok()?;
    let run = home.join("run");
    fs::create_dir_all(&run).unwrap();
    let mut command = Command::new("dbus-run-session");
    command.args(["--", "sh", "-ec", script]).stdout(Stdio::null()).stderr(Stdio::null());
    command.env("XDG_CONFIG_HOME", home.join("config")).env("XDG_RUNTIME_DIR", run).env("HOME", home);
    assert!(command.status().ok()?.success(), "{script}");
    Some(())
}

#[test]
fn what_dconf_writes_is_told_with_what_it_is_now() {
    let home = tempfile::tempdir().unwrap();
    if dconf(home.path(), "dconf write /org/gnome/desktop/screensaver/lock-enabled true").is_none() {
        println!("not tried: there is no dconf");
        return;
    }
    let folder = home.path().join("config/dconf");
    let own = fs::metadata(&folder).unwrap().uid();
    assert!(Watch::keeping(DconfDatabase(own + 1), &folder).is_err(), "it is somebody else's");
    let mut watch = Watch::keeping(DconfDatabase(own), &folder).unwrap();
    let set = |key: &str, change, value: Option<&str>| SettingChange {
        key: key.to_owned(),
        change,
        value: value.map(str::to_owned),
    };
    let long = "x".repeat(300);
    let script = format!(
        "dconf load / <<END\n[org/gnome/desktop/screensaver]\nlock-enabled=false\n[org/x]\nb=true\ni=-7\nu=uint32 7\nd=1.5\ns='it''s'\n\
         list=['one', 'two words']\nempty=@as []\nlong=['{long}', 'b']\npair=(1, 'a')\nEND"
    );
    dconf(home.path(), &script.replace("'it''s'", "\"it's\"")).unwrap();
    let mut told = changes(&mut watch);
    told.sort_by(|one, other| one.key.cmp(&other.key));
    let of_long = told.iter().find(|change| change.key == "/org/x/long").unwrap().value.clone().unwrap();
    assert!(of_long.starts_with("xxx") && of_long.len() <= 260, "{of_long}");
    told.retain(|change| change.key != "/org/x/long");
    assert_eq!(
        told,
        [
            set("/org/gnome/desktop/screensaver/lock-enabled", OfSetting::Changed, Some("false")),
            set("/org/x/b", OfSetting::Created, Some("true")),
            set("/org/x/d", OfSetting::Created, Some("1.5")),
            set("/org/x/empty", OfSetting::Created, Some("")),
            set("/org/x/i", OfSetting::Created, Some("-7")),
            set("/org/x/list", OfSetting::Created, Some("one, two words")),
            set("/org/x/pair", OfSetting::Created, None),
            set("/org/x/s", OfSetting::Created, Some("it's")),
            set("/org/x/u", OfSetting::Created, Some("7")),
        ]
    );
    dconf(home.path(), "dconf reset /org/x/i").unwrap();
    assert_eq!(changes(&mut watch), [set("/org/x/i", OfSetting::Removed, None)]);
}

#[test]
fn a_link_in_the_place_of_the_database_is_not_followed() {
    let folder = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink("/etc/passwd", folder.path().join("user")).unwrap();
    let own = fs::metadata(folder.path()).unwrap().uid();
    assert!(Watch::keeping(DconfDatabase(own), folder.path()).is_err());
}

proptest! {
    #[test]
    fn a_file_of_any_bytes_is_read(rest in prop::collection::vec(any::<u8>(), 0..400), table in 0_u32..64, ends in 0_u32..400) {
        let head = [&b"GVariant"[..], &[0; 8], &table.to_le_bytes(), &ends.to_le_bytes(), &rest].concat();
        let found = settings(&head);
        prop_assert!(found.is_none_or(|found| found.len() <= 20));
        prop_assert!(settings(&rest).is_none() || rest.starts_with(b"GVariant"));
    }
}
