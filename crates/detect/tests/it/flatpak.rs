use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use detect::{Flatpaks, PackageChange, Watch};

use crate::compared::changes;

/// flatpak with an installation and a home of its own, and a repository on this disk.
struct Machine(tempfile::TempDir);

impl Machine {
    /// `None`: there is no flatpak here.
    fn new() -> Option<Self> {
        Command::new("flatpak").arg("--version").stdout(Stdio::null()).status().ok()?;
        let machine = Self(tempfile::tempdir().unwrap());
        for folder in ["tree/usr", "tree/files", "home"] {
            fs::create_dir_all(machine.0.path().join(folder)).unwrap();
        }
        let about = "[Runtime]\nname=org.example.Tiny\n";
        fs::write(machine.0.path().join("tree/metadata"), about).unwrap();
        machine.build("1");
        let repository = format!("file://{}", machine.0.path().join("repository").display());
        machine.run(&["remote-add", "--system", "--no-gpg-verify", "here", &repository]);
        Some(machine)
    }

    /// Builds a runtime with nothing in it but a version.
    fn build(&self, version: &str) {
        fs::write(self.0.path().join("tree/usr/version"), version).unwrap();
        self.run(&["build-export", "--runtime", "repository", "tree", "stable"]);
    }

    fn run(&self, arguments: &[&str]) {
        let folder = |name: &str| self.0.path().join(name);
        let mut flatpak = Command::new("flatpak");
        flatpak.args(arguments).current_dir(self.0.path()).stdout(Stdio::null()).stderr(Stdio::null());
        flatpak.env("FLATPAK_SYSTEM_DIR", folder("flatpak")).env("HOME", folder("home"));
        flatpak.env("XDG_DATA_HOME", folder("home")).env("XDG_CACHE_HOME", folder("home"));
        assert!(flatpak.status().unwrap().success(), "{arguments:?}");
    }

    /// The commit that is installed.
    fn commit(&self) -> String {
        let folder = self.0.path().join("flatpak/runtime/org.example.Tiny");
        let branch = fs::read_dir(folder).unwrap().flatten().next().unwrap().path().join("stable/active");
        branch.read_link().unwrap().to_str().unwrap()[..12].to_owned()
    }
}

#[test]
fn what_flatpak_installs_updates_and_removes_is_told() {
    let Some(machine) = Machine::new() else { return };
    let mut watch = Watch::<Flatpaks>::of(&machine.0.path().join("flatpak")).unwrap();
    let yes = ["--system", "-y", "--noninteractive"];
    let with = |command: &str, rest: &[&str]| machine.run(&[&[command][..], &yes, rest].concat());
    with("install", &["here", "runtime/org.example.Tiny"]);
    let first = machine.commit();
    let change = |from: Option<&str>, to: Option<&str>| PackageChange {
        package: "org.example.Tiny".to_owned(),
        from: from.map(str::to_owned),
        to: to.map(str::to_owned),
    };
    assert_eq!(changes(&mut watch), [change(None, Some(&first))]);
    machine.build("2");
    with("update", &["runtime/org.example.Tiny"]);
    let second = machine.commit();
    assert_eq!(changes(&mut watch), [change(Some(&first), Some(&second))]);
    with("uninstall", &["runtime/org.example.Tiny"]);
    assert_eq!(changes(&mut watch), [change(Some(&second), None)]);
}

#[test]
fn without_flatpak_there_is_nothing_to_watch() {
    assert!(Watch::<Flatpaks>::of(Path::new("/var/lib/no-such-thing")).is_err());
}
