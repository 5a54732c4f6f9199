//! Folders in which drives of clients appear: xrdp mounts one for each session, by FUSE, which its user alone may look into.

use std::ffi::OsString;
use std::fs::File;
use std::io::{Read as _, Seek as _};
use std::os::fd::AsFd as _;
use std::os::unix::ffi::OsStringExt as _;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use serde::{Deserialize, Serialize};

/// The kernel says whether something was mounted since it was last asked, and is asked so often.
const ASK_EVERY: Duration = Duration::from_secs(2);
/// Mounts that are read: some thousands.
const MAX_MOUNTS_BYTES: u64 = 1 << 20;
/// Folders that are looked for.
const MAX_FOUND: usize = 256;
/// What xrdp's file system says that it is.
const OF_XRDP: &[u8] = b"fuse.xrdp-chansrv";

/// A folder in which drives of a client appear.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ClientMount {
    /// It.
    pub folder: PathBuf,
    /// Its user: nobody else may look into it, root included.
    pub uid: u32,
    /// And that one's group.
    pub gid: u32,
}

/// Watches for such folders.
#[derive(Debug)]
pub struct MountWatch {
    mounts: File,
    due: Instant,
    known: Option<Vec<ClientMount>>,
}

impl MountWatch {
    /// Begins to watch.
    ///
    /// # Errors
    /// Without /proc.
    pub fn open() -> std::io::Result<Self> {
        Ok(Self { mounts: File::open("/proc/self/mountinfo")?, due: Instant::now(), known: None })
    }

    /// When there is something to take.
    pub fn due(&self) -> Instant {
        self.due
    }

    /// All that there are, when they are others than before.
    ///
    /// # Errors
    /// If the kernel tells nothing any longer.
    pub fn take(&mut self) -> std::io::Result<Option<&[ClientMount]>> {
        let now = Instant::now();
        if now < self.due {
            return Ok(None);
        }
        self.due = now + ASK_EVERY;
        let mut waited = [PollFd::from_borrowed_fd(self.mounts.as_fd(), PollFlags::PRI)];
        let is_other = poll(&mut waited, Some(&Timespec { tv_sec: 0, tv_nsec: 0 })).unwrap_or(1) > 0;
        if !is_other && self.known.is_some() {
            return Ok(None);
        }
        let mut text = Vec::new();
        self.mounts.rewind()?;
        (&self.mounts).take(MAX_MOUNTS_BYTES).read_to_end(&mut text)?;
        let found = client_mounts(&text);
        if self.known.as_ref() == Some(&found) {
            return Ok(None);
        }
        Ok(Some(self.known.insert(found)))
    }
}

/// Those that the kernel lists in `mountinfo`.
pub fn client_mounts(mountinfo: &[u8]) -> Vec<ClientMount> {
    mountinfo.split(|byte| *byte == b'\n').filter_map(client_mount).take(MAX_FOUND).collect()
}

/// One of a line: number, parent, device, root, folder, options, some more, a dash, type, source, options of the file system.
fn client_mount(line: &[u8]) -> Option<ClientMount> {
    let mut words = line.split(|byte| *byte == b' ');
    let folder = words.by_ref().nth(4)?;
    let kind = words.by_ref().skip_while(|word| *word != b"-").nth(1)?;
    let options = std::str::from_utf8(words.nth(1)?).ok()?;
    let number = |name: &str| options.split(',').find_map(|option| option.strip_prefix(name)?.parse().ok());
    let (uid, gid) = number("user_id=").zip(number("group_id="))?;
    // Users mount what they like where they like. Homes have names of letters, and others could not be told.
    let folder = unescaped(folder);
    (kind == OF_XRDP && folder.to_str().is_some()).then_some(ClientMount { folder, uid, gid })
}

/// The kernel writes blanks, line ends and backslashes as three octal digits behind a backslash.
pub fn unescaped(mut word: &[u8]) -> PathBuf {
    let mut path = Vec::with_capacity(word.len());
    while let Some((first, rest)) = word.split_first() {
        let escaped = rest.get(..3).filter(|_| *first == b'\\').and_then(|digits| std::str::from_utf8(digits).ok());
        if let Some(byte) = escaped.and_then(|digits| u8::from_str_radix(digits, 8).ok()) {
            path.push(byte);
            word = rest.get(3..).unwrap_or_default();
        } else {
            path.push(*first);
            word = rest;
        }
    }
    OsString::from_vec(path).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_of_clients_are_found_among_all_mounts() {
        let mounts = b"27 1 254:0 / / rw,relatime - ext4 /dev/vda rw\n\
            42 27 0:39 / /home/ana\\040m\\134x/thinclient_drives rw,nosuid shared:7 - fuse.xrdp-chansrv xrdp-chansrv rw,user_id=1001,group_id=100\n\
            43 27 0:40 / /home/bob/fuse.xrdp-chansrv rw - fuse.sshfs fuse.xrdp-chansrv rw,user_id=1002,group_id=1002\n\
            45 27 0:42 / /tmp/\\377 rw - fuse.xrdp-chansrv xrdp-chansrv rw,user_id=1003,group_id=100\n\
            44 27 0:41 / /x rw - fuse.xrdp-chansrv xrdp-chansrv rw\n44 27\n";
        let ana = ClientMount { folder: PathBuf::from("/home/ana m\\x/thinclient_drives"), uid: 1_001, gid: 100 };
        assert_eq!(client_mounts(mounts), [ana]);
        for length in 0..mounts.len() {
            client_mounts(mounts.get(..length).unwrap_or_default());
        }
    }
}
