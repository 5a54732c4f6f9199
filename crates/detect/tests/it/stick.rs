//! A stick that is none: no machine of tests has USB.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

/// A sysfs in which a block device that every Linux has is a stick. The kernel lets root make such speak. Tests run at once: each has another.
pub struct Sys {
    folder: tempfile::TempDir,
    pub name: &'static str,
}

impl Sys {
    /// The device of this name has so many sectors.
    pub fn new(name: &'static str, sectors: &str) -> Self {
        let sys = Self { folder: tempfile::tempdir().unwrap(), name };
        fs::create_dir_all(sys.device()).unwrap();
        fs::create_dir_all(sys.path("class/block")).unwrap();
        fs::create_dir_all(sys.path("bus/usb")).unwrap();
        symlink(sys.device(), sys.path("class/block").join(name)).unwrap();
        symlink(sys.path("bus/usb"), sys.path("devices/virtual/subsystem")).unwrap();
        for (name, word) in [("idVendor", "0951"), ("manufacturer", "Kingston\n"), ("serial", "408D5C165C2B\n")] {
            fs::write(sys.path("devices/virtual").join(name), word).unwrap();
        }
        // Some say nothing of themselves as USB devices, but do as disks.
        fs::create_dir(sys.device().join("device")).unwrap();
        fs::write(sys.device().join("device/model"), "DataTraveler 3.0 \n").unwrap();
        sys.hold(sectors);
        sys
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn device(&self) -> PathBuf {
        self.path("devices/virtual/block").join(self.name)
    }

    /// It has so many sectors from now on.
    pub fn hold(&self, sectors: &str) {
        fs::write(self.device().join("size"), format!("{sectors}\n")).unwrap();
    }

    /// Has the kernel say it. Whether this machine lets one.
    pub fn kernel_says(&self, action: &str) -> bool {
        let said = fs::write(Path::new("/sys/class/block").join(self.name).join("uevent"), action);
        if let Err(error) = &said {
            eprintln!("not tried: the kernel cannot be made to speak here: {error}");
        }
        said.is_ok()
    }
}
