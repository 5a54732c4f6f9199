use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use detect::{PackageChange, RpmDatabase, Watch};
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use crate::compared::changes;

/// A machine of its own, as far as rpm knows.
struct Machine(tempfile::TempDir);

impl Machine {
    /// `None`: there is no rpm here.
    fn new() -> Option<Self> {
        Command::new("rpmbuild").arg("--version").stdout(Stdio::null()).status().ok()?;
        let machine = Self(tempfile::tempdir().unwrap());
        fs::create_dir(machine.database()).unwrap();
        machine.rpm(&["--initdb"]);
        Some(machine)
    }

    fn database(&self) -> PathBuf {
        self.0.path().join("rpm")
    }

    /// Builds a package with nothing in it.
    fn build(&self, version: &str, architecture: &str) -> String {
        let (epoch, rest) = version.split_once(':').unwrap_or(("", version));
        let (version, release) = rest.split_once('-').unwrap();
        let epoch = if epoch.is_empty() { String::new() } else { format!("Epoch: {epoch}\n") };
        let about = format!(
            "Name: tiny\n{epoch}Version: {version}\nRelease: {release}\nSummary: s\nLicense: l\n\
             %description\nd\n%files\n"
        );
        let recipe = self.0.path().join("tiny.spec");
        fs::write(&recipe, about).unwrap();
        let top = self.0.path().join("built");
        let mut build = Command::new("rpmbuild");
        build.args(["-bb", "--target", architecture, "--define", &format!("_topdir {}", top.display())]).arg(recipe);
        build.env("HOME", self.0.path()).stdout(Stdio::null()).stderr(Stdio::null());
        assert!(build.status().unwrap().success());
        format!("{}/RPMS/{architecture}/tiny-{rest}.{architecture}.rpm", top.display())
    }

    fn rpm(&self, arguments: &[&str]) {
        let mut rpm = Command::new("rpm");
        rpm.arg("--dbpath").arg(self.database()).args(arguments).env("HOME", self.0.path());
        let output = rpm.output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {output:?}");
    }

    /// What is done with a package, of which rpm's record alone changes.
    fn with(&self, action: &str, package: &str) {
        let installs: &[&str] = if action == "-e" { &[] } else { &["--ignorearch"] };
        self.rpm(&[&[action, "--justdb", "--nodeps"], installs, &[package]].concat());
    }
}

fn changed(package: &str, from: Option<&str>, to: Option<&str>) -> PackageChange {
    PackageChange { package: package.to_owned(), from: from.map(str::to_owned), to: to.map(str::to_owned) }
}

#[test]
fn what_rpm_installs_updates_and_removes_is_told() {
    let Some(machine) = Machine::new() else {
        println!("not tried: there is no rpm");
        return;
    };
    let mut watch = Watch::<RpmDatabase>::of(&machine.database()).unwrap();
    machine.with("-i", &machine.build("1.0-1", "noarch"));
    assert_eq!(changes(&mut watch), [changed("tiny", None, Some("1.0-1"))]);
    machine.with("-U", &machine.build("2:0.9-3", "noarch"));
    assert_eq!(changes(&mut watch), [changed("tiny", Some("1.0-1"), Some("2:0.9-3"))]);
    // Two versions at a time, as of kernels.
    machine.with("-i", &machine.build("2:1.0-1", "noarch"));
    assert_eq!(changes(&mut watch), [changed("tiny", None, Some("2:1.0-1"))]);
    machine.with("-i", &machine.build("3:1-1", "i686"));
    assert_eq!(changes(&mut watch), [changed("tiny:i686", None, Some("3:1-1"))]);
    machine.with("-e", "tiny-1.0-1.noarch");
    assert_eq!(changes(&mut watch), [changed("tiny:noarch", Some("2:1.0-1"), None)]);
    // What stands there already is no news, and to ask for it changes nothing.
    let mut watch = Watch::<RpmDatabase>::of(&machine.database()).unwrap();
    let second = Timespec { tv_sec: 1, tv_nsec: 0 };
    while poll(&mut [PollFd::from_borrowed_fd(watch.fd(), PollFlags::IN)], Some(&second)).unwrap() > 0 {
        watch.take(&mut |told| panic!("{told:?}")).unwrap();
        assert_eq!(watch.due(), None, "it would be asked again and again");
    }
    machine.with("-e", "tiny-0.9-3.noarch");
    assert_eq!(changes(&mut watch), [changed("tiny:noarch", Some("2:0.9-3"), None)]);
}

#[test]
fn without_rpm_there_is_nothing_to_watch() {
    assert!(Watch::<RpmDatabase>::of(Path::new("/var/lib/no-such-thing")).is_err());
}
