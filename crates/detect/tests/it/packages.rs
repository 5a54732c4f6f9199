use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use detect::{DpkgStatus, PackageChange, Packages, Watch};
use proptest::prelude::*;

use crate::compared::changes;

/// A machine of its own, as far as dpkg knows, and the watcher of its packages.
struct Machine {
    root: tempfile::TempDir,
    watch: Watch<DpkgStatus>,
}

impl Machine {
    fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        let admin = root.path().join("dpkg");
        for folder in ["dpkg/info", "dpkg/updates", "root"] {
            fs::create_dir_all(root.path().join(folder)).unwrap();
        }
        fs::write(admin.join("status"), "").unwrap();
        let watch = Watch::of(&admin).unwrap();
        Self { root, watch }
    }

    /// Builds a package with nothing in it but a script.
    fn build(&self, version: &str, after: &str) -> String {
        let tree = self.root.path().join(format!("tiny-{version}"));
        fs::create_dir_all(tree.join("DEBIAN")).unwrap();
        let control = format!(
            "Package: tiny\nVersion: {version}\nArchitecture: all\nMaintainer: M <m@example.org>\nDescription: d\n"
        );
        fs::write(tree.join("DEBIAN/control"), control).unwrap();
        let script = tree.join("DEBIAN/postinst");
        fs::write(&script, format!("#!/bin/sh\n{after}\n")).unwrap();
        let mode = <fs::Permissions as std::os::unix::fs::PermissionsExt>::from_mode(0o755);
        fs::set_permissions(script, mode).unwrap();
        let package = format!("{}.deb", tree.display());
        let mut build = Command::new("dpkg-deb");
        assert!(build.arg("--build").arg(&tree).arg(&package).stdout(Stdio::null()).status().unwrap().success());
        package
    }

    fn dpkg(&self, arguments: &[&str]) -> bool {
        let folder = |name: &str| self.root.path().join(name);
        let mut dpkg = Command::new("dpkg");
        dpkg.arg("--admindir").arg(folder("dpkg")).arg("--instdir").arg(folder("root"));
        // Its scripts run in the machine's own root: there is nothing in this one.
        dpkg.args(["--force-script-chrootless", "--log", "/dev/null"]).args(arguments);
        dpkg.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap().success()
    }

    fn told(&mut self) -> Vec<PackageChange> {
        changes(&mut self.watch)
    }
}

fn changed(from: Option<&str>, to: Option<&str>) -> PackageChange {
    PackageChange { package: "tiny".to_owned(), from: from.map(str::to_owned), to: to.map(str::to_owned) }
}

#[test]
fn what_dpkg_does_is_told_and_what_it_only_tries_is_not() {
    let mut machine = Machine::new();
    let [first, second, bad] = [("1.0-1", "exit 0"), ("2:0.9", "exit 0"), ("3.0", "exit 7")]
        .map(|(version, after)| machine.build(version, after));
    assert!(machine.dpkg(&["--install", &first]));
    assert_eq!(machine.told(), [changed(None, Some("1.0-1"))]);
    // In two steps, as apt does it; between them it is neither.
    assert!(machine.dpkg(&["--unpack", &second]));
    assert_eq!(machine.told(), []);
    assert!(machine.dpkg(&["--configure", "tiny"]));
    assert_eq!(machine.told(), [changed(Some("1.0-1"), Some("2:0.9"))]);
    assert!(!machine.dpkg(&["--install", &bad]));
    assert_eq!(machine.told(), []);
    assert!(machine.dpkg(&["--force-all", "--purge", "tiny"]));
    assert_eq!(machine.told(), [changed(Some("2:0.9"), None)]);
}

#[test]
fn a_package_for_two_architectures_is_named_with_its_own() {
    let about = |architecture: &str, version: &str| {
        format!("Package: libc6\nStatus: install ok installed\nArchitecture: {architecture}\nVersion: {version}\n\n")
    };
    let mut packages = Packages::read(about("amd64", "2.41").as_bytes());
    let told = packages.become_later(Packages::read((about("amd64", "2.41") + &about("i386", "2.41")).as_bytes()));
    assert_eq!((told.len(), told[0].package.as_str()), (1, "libc6:i386"));
    let both = packages.clone();
    let gone = packages.become_later(Packages::default());
    assert_eq!(gone.iter().map(|gone| gone.package.as_str()).collect::<Vec<_>>(), ["libc6:amd64", "libc6:i386"]);
    packages = both;
    packages.become_later(Packages::read(about("i386", "2.41").as_bytes()));
    let told = packages.become_later(Packages::read(about("i386", "2.42").as_bytes()));
    assert_eq!((told.len(), told[0].package.as_str()), (1, "libc6"), "it is the only one by now");
}

#[test]
fn without_dpkg_there_is_nothing_to_watch() {
    assert!(Watch::<DpkgStatus>::of(Path::new("/var/lib/no-such-thing")).is_err());
}

proptest! {
    #[test]
    fn a_record_of_any_bytes_is_read_and_nothing_is_different_from_itself(
        status in "((Package|Version|Status|Architecture):[ a-z:\n]{0,12}\n|installed\n|\n){0,30}"
    ) {
        let read = || Packages::read(status.as_bytes());
        let mut packages = read();
        packages.become_later(read());
        prop_assert_eq!(packages.become_later(read()), []);
    }
}
