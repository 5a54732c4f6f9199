//! The file systems of this machine on which files are: marked, so that the kernel tells of what is closed there, and ways into them.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{Read as _, Seek as _};
use std::os::fd::AsFd as _;
use std::path::{Path, PathBuf};

use fanotify_fid::consts::{
    FAN_CLASS_NOTIF, FAN_CLOEXEC, FAN_MARK_ADD, FAN_MARK_FILESYSTEM, FAN_NONBLOCK, FAN_REPORT_DFID_NAME, FAN_REPORT_FID,
};
use fanotify_fid::{Fanotify, FidEvent};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::Stat;

use crate::files::Unwatched;
use crate::handles::{Handle, Ways};
use crate::mounts::unescaped;

/// Mounts that are read: some thousands.
const MAX_MOUNTS_BYTES: u64 = 1 << 20;
/// File systems that are watched: each takes a descriptor.
const MAX_SYSTEMS: usize = 64;
/// Kinds in which nobody keeps files, and those of packed programs, which change as these come and go.
const WITHOUT_FILES: &[&str] = &[
    "autofs",
    "binfmt_misc",
    "bpf",
    "cgroup",
    "cgroup2",
    "configfs",
    "debugfs",
    "devpts",
    "devtmpfs",
    "efivarfs",
    "hugetlbfs",
    "mqueue",
    "nsfs",
    "proc",
    "pstore",
    "ramfs",
    "rpc_pipefs",
    "securityfs",
    "selinuxfs",
    "squashfs",
    "sysfs",
    "tracefs",
];
/// Folders of the system's own mounts, which come and go with logins and services; and those in them where people have files.
const OF_SYSTEM: &[&str] = &["/dev", "/proc", "/run", "/sys"];
const OF_PEOPLE: &[&str] = &["/dev/shm", "/run/media", "/run/mount"];

/// Where a system keeps its own programs, libraries and settings, which programs read for themselves.
const KEPT_BY_SYSTEM: &[&str] = &[
    "/bin",
    "/etc",
    "/gnu/store",
    "/lib",
    "/lib32",
    "/lib64",
    "/libx32",
    "/nix/store",
    "/run/nscd",
    "/run/systemd",
    "/sbin",
    "/usr",
    "/var/cache/nscd",
    "/var/db/nscd",
    "/var/lib/misc",
    "/var/lib/sss",
];
/// Everybody may read it.
const READABLE_BY_ALL: u32 = 0o004;

/// A group to which the kernel says of each file that something happens to which it is, and its name in which folder.
///
/// # Errors
/// Without `CAP_SYS_ADMIN`, and with kernels before 5.9.
pub fn group() -> std::io::Result<Fanotify> {
    let reports = FAN_REPORT_FID | FAN_REPORT_DFID_NAME;
    Fanotify::new(FAN_CLASS_NOTIF | FAN_CLOEXEC | FAN_NONBLOCK | reports).map_err(std::io::Error::other)
}

/// What the kernel has said to a group, which may be nothing yet.
///
/// # Errors
/// If it says nothing any longer.
pub fn read<'a>(group: &Fanotify, buffer: &'a mut Vec<u8>) -> std::io::Result<Vec<FidEvent<'a>>> {
    match group.read_events(buffer) {
        Ok(events) => Ok(events),
        Err(error) if error.is_would_block() => Ok(Vec::new()),
        Err(error) => Err(std::io::Error::other(error)),
    }
}

/// Whether the system keeps there what is its own.
pub fn is_of_system(path: &Path) -> bool {
    KEPT_BY_SYSTEM.iter().any(|folder| path.starts_with(folder))
}

/// Whether a file is root's, and everybody may read it.
pub fn is_open_to_all(about: &Stat) -> bool {
    about.st_uid == 0 && about.st_mode & READABLE_BY_ALL != 0
}

/// A file system that is mounted.
#[derive(Debug, PartialEq, Eq)]
struct Mounted {
    /// Its number, as the kernel writes it.
    device: String,
    /// All of it is there, not a folder of it alone.
    whole: bool,
    folder: PathBuf,
}

/// Those that are watched.
#[derive(Debug)]
pub struct Systems {
    mounts: File,
    devices: BTreeSet<String>,
    ways: Ways,
}

impl Systems {
    /// Marks all that there are, and says which cannot be.
    ///
    /// # Errors
    /// Without /proc.
    pub fn mark(group: &Fanotify, mask: u64) -> std::io::Result<(Self, Vec<Unwatched>)> {
        let mounts = File::open("/proc/self/mountinfo")?;
        let mut systems = Self { mounts, devices: BTreeSet::new(), ways: Ways::default() };
        let mut unwatched = Vec::new();
        for (at, mounted) in systems.mounted()?.into_iter().enumerate() {
            let Mounted { device, folder, .. } = mounted;
            let marked = || {
                if at >= MAX_SYSTEMS {
                    return Err("there are too many file systems".to_owned());
                }
                let fd = File::open(&folder).map_err(|error| error.to_string())?;
                group.mark_fd(&fd, FAN_MARK_ADD | FAN_MARK_FILESYSTEM, mask).map_err(|error| error.to_string())?;
                Ok(fd.into())
            };
            match marked() {
                Ok(fd) => systems.ways.add(fd),
                Err(reason) => unwatched.push(Unwatched { folder: folder.display().to_string(), reason }),
            }
            systems.devices.insert(device);
        }
        Ok((systems, unwatched))
    }

    /// Whether a file system is mounted now that was not then.
    pub fn is_outdated(&mut self) -> bool {
        let mut waited = [PollFd::from_borrowed_fd(self.mounts.as_fd(), PollFlags::PRI)];
        let is_other = poll(&mut waited, Some(&Timespec { tv_sec: 0, tv_nsec: 0 })).unwrap_or(1) > 0;
        let is_new = |mounted: &Mounted| !self.devices.contains(&mounted.device);
        is_other && self.mounted().is_ok_and(|mounted| mounted.iter().any(is_new))
    }

    /// Where a folder is now.
    pub fn path(&self, folder: &Handle) -> Option<PathBuf> {
        self.ways.path(folder)
    }

    /// What is to be known of a file that is still there.
    pub fn about(&self, file: &Handle) -> Option<Stat> {
        self.ways.about(file)
    }

    /// A file's content, to be read.
    pub fn content(&self, file: &Handle) -> Option<File> {
        self.ways.content(file)
    }

    fn mounted(&self) -> std::io::Result<Vec<Mounted>> {
        let mut text = Vec::new();
        (&self.mounts).rewind()?;
        (&self.mounts).take(MAX_MOUNTS_BYTES).read_to_end(&mut text)?;
        Ok(with_files(&text))
    }
}

/// File systems with people's files that the kernel lists in `mountinfo`, each once: where all of it is mounted, if that is anywhere.
fn with_files(mountinfo: &[u8]) -> Vec<Mounted> {
    let mut all: Vec<Mounted> = mountinfo.split(|byte| *byte == b'\n').filter_map(mounted).collect();
    all.sort_by_key(|mounted| !mounted.whole);
    let mut known = BTreeSet::new();
    all.retain(|mounted| known.insert(mounted.device.clone()));
    all
}

/// One of a line: number, parent, device, root, folder, options, some more, a dash, type.
fn mounted(line: &[u8]) -> Option<Mounted> {
    let mut words = line.split(|byte| *byte == b' ');
    let device = String::from_utf8(words.by_ref().nth(2)?.to_vec()).ok()?;
    let whole = words.next()? == b"/";
    let folder = unescaped(words.next()?);
    let kind = std::str::from_utf8(words.skip_while(|word| *word != b"-").nth(1)?).ok()?;
    let is_below = |folders: &[&str]| folders.iter().any(|above| folder.starts_with(above));
    // The kernel has no names for files of FUSE; and layers are those of containers, unless they are the machine's own.
    let has_files = !WITHOUT_FILES.contains(&kind)
        && !kind.starts_with("fuse")
        && (kind != "overlay" || folder == Path::new("/"))
        && (!is_below(OF_SYSTEM) || is_below(OF_PEOPLE));
    has_files.then_some(Mounted { device, whole, folder })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_file_system_with_files_is_found_once_and_where_all_of_it_is() {
        let mounts = b"30 1 254:1 /srv/ana /home/ana rw shared:1 - ext4 /dev/vdb rw\n\
            27 1 254:0 / / rw,relatime - ext4 /dev/vda rw\n\
            31 1 254:1 / /data\\040of\\040all rw shared:1 master:2 - ext4 /dev/vdb rw\n\
            32 1 0:21 / /proc rw - proc proc rw\n\
            33 1 0:44 / /run/user/1000 rw - tmpfs tmpfs rw\n\
            34 1 0:45 / /run/media/ana/stick rw - vfat /dev/sda1 rw\n\
            35 1 0:46 / /dev/shm rw - tmpfs tmpfs rw\n\
            36 1 0:47 / /home/ana/thinclient_drives rw - fuse.xrdp-chansrv xrdp-chansrv rw\n\
            37 1 0:48 / /var/lib/docker/overlay2/x/merged rw - overlay overlay rw\n\
            38 1 0:49 / /snap/core/1 ro - squashfs /dev/loop0 ro\n39 1 0:5";
        let found: Vec<_> = with_files(mounts).into_iter().map(|mounted| (mounted.device, mounted.folder)).collect();
        let expected =
            [("254:0", "/"), ("254:1", "/data of all"), ("0:45", "/run/media/ana/stick"), ("0:46", "/dev/shm")];
        assert_eq!(found, expected.map(|(device, folder)| (device.to_owned(), PathBuf::from(folder))));
        for length in 0..mounts.len() {
            with_files(mounts.get(..length).unwrap_or_default());
        }
    }
}
