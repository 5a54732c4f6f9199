//! Storage that is plugged in by USB, and pulled: sticks, disks, and cards in readers. The kernel tells of every device by netlink; what each is
//! stands in sysfs.

use std::collections::BTreeMap;
use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};
use std::path::{Component, Path, PathBuf};

use rustix::io::Errno;
use rustix::net::netlink::{KOBJECT_UEVENT, SocketAddrNetlink};
use rustix::net::{AddressFamily, RecvFlags, SocketFlags, SocketType, bind, recvfrom, socket_with};
use serde::{Deserialize, Serialize};

use crate::bounded;

/// The group that hears what the kernel says itself.
const OF_THE_KERNEL: u32 = 1;
/// A message is smaller; a longer one is cut.
const MAX_MESSAGE_BYTES: usize = 8 << 10;
/// Bytes of what a device says of itself.
const MAX_WORD_BYTES: u64 = 256;
/// Devices that are known at a time.
const MAX_DEVICES: usize = 1_024;
/// In sysfs sizes are in these, whatever the device's own are.
const SECTOR_BYTES: u64 = 512;

/// Storage came or went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StorageChanged {
    /// It was inserted; else it was removed.
    pub inserted: bool,
    /// It.
    pub storage: Storage,
}

/// Storage on USB. Its words are its own, and can be anything.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Storage {
    /// What the kernel calls it: `sdb`.
    pub device: String,
    /// Who made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vendor: Option<String>,
    /// What it is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Its serial number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub serial: Option<String>,
    /// How much it holds.
    pub bytes: u64,
}

/// Watches for storage on USB.
#[derive(Debug)]
pub struct UsbWatch {
    socket: OwnedFd,
    sys: PathBuf,
    /// What is there, by its place in sysfs.
    known: BTreeMap<PathBuf, Storage>,
    buffer: Box<[u8]>,
}

impl UsbWatch {
    /// Begins to listen. What is there already is known and not told. `sys` is where sysfs is: /sys.
    ///
    /// # Errors
    /// Where the kernel does not tell.
    pub fn listen(sys: &Path) -> std::io::Result<Self> {
        let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
        let socket = socket_with(AddressFamily::NETLINK, SocketType::DGRAM, flags, Some(KOBJECT_UEVENT))?;
        bind(&socket, &SocketAddrNetlink::new(0, OF_THE_KERNEL))?;
        let sys = sys.canonicalize()?;
        let known = all(&sys);
        Ok(Self { socket, sys, known, buffer: vec![0; MAX_MESSAGE_BYTES].into() })
    }

    /// Readable when there may be something to take.
    pub fn fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }

    /// Tells what came and went.
    ///
    /// # Errors
    /// If the kernel tells nothing any longer.
    pub fn take(&mut self, tell: &mut dyn FnMut(StorageChanged)) -> std::io::Result<()> {
        loop {
            let (length, sender) = match recvfrom(&self.socket, &mut self.buffer[..], RecvFlags::empty()) {
                Ok((_, length, sender)) => (length, sender),
                Err(Errno::AGAIN) => return Ok(()),
                Err(Errno::INTR) => continue,
                // Some messages are gone: what they were about shows in what is there now.
                Err(Errno::NOBUFS) => {
                    self.look_again(tell);
                    continue;
                }
                Err(error) => return Err(error.into()),
            };
            let sender = sender.and_then(|sender| SocketAddrNetlink::try_from(sender).ok());
            // Programs with the right to can send to this group, too.
            if sender.is_some_and(|sender| sender.pid() == 0)
                && let Some(message) = Message::read(self.buffer.get(..length).unwrap_or_default())
            {
                let there = if message.removed { None } else { storage(&self.sys, message.device) };
                let device = message.device.to_owned();
                self.becomes(device, there, tell);
            }
        }
    }

    fn look_again(&mut self, tell: &mut dyn FnMut(StorageChanged)) {
        let mut now = all(&self.sys);
        for device in self.known.keys().cloned().collect::<Vec<_>>() {
            let there = now.remove(&device);
            self.becomes(device, there, tell);
        }
        for (device, storage) in now {
            self.becomes(device, Some(storage), tell);
        }
    }

    /// This is what is there now: another card in the same reader is another storage.
    fn becomes(&mut self, device: PathBuf, there: Option<Storage>, tell: &mut dyn FnMut(StorageChanged)) {
        if self.known.get(&device) == there.as_ref() {
            return;
        }
        if let Some(storage) = self.known.remove(&device) {
            tell(StorageChanged { inserted: false, storage });
        }
        if let Some(storage) = there.filter(|_| self.known.len() < MAX_DEVICES) {
            self.known.insert(device, storage.clone());
            tell(StorageChanged { inserted: true, storage });
        }
    }
}

/// What the kernel says of a disk.
#[derive(Debug, PartialEq, Eq)]
struct Message<'a> {
    removed: bool,
    /// Where it is below sysfs.
    device: &'a Path,
}

impl<'a> Message<'a> {
    /// `None`: it is about something else.
    fn read(message: &'a [u8]) -> Option<Self> {
        let mut words = message.split(|byte| *byte == 0).filter_map(|word| std::str::from_utf8(word).ok());
        // The first says shortly what the others say, in another form.
        words.next().filter(|first| first.contains('@'))?;
        let (mut action, mut device, mut is_disk, mut is_block) = (None, None, false, false);
        for word in words {
            match word.split_once('=') {
                Some(("ACTION", value)) => action = Some(value),
                Some(("DEVPATH", value)) => device = Some(value),
                Some(("SUBSYSTEM", value)) => is_block = value == "block",
                Some(("DEVTYPE", value)) => is_disk = value == "disk",
                _ => {}
            }
        }
        let device = Path::new(device?.strip_prefix('/')?);
        let is_plain = device.components().all(|part| matches!(part, Component::Normal(_)));
        (is_block && is_disk && is_plain).then_some(Self { removed: action? == "remove", device })
    }
}

/// Everything of it that is there.
fn all(sys: &Path) -> BTreeMap<PathBuf, Storage> {
    let devices = std::fs::read_dir(sys.join("class/block")).into_iter().flatten().flatten();
    let devices = devices.filter_map(|device| device.path().canonicalize().ok());
    let devices = devices.filter_map(|device| Some(device.strip_prefix(sys).ok()?.to_owned()));
    devices.filter_map(|device| Some((device.clone(), storage(sys, &device)?))).take(MAX_DEVICES).collect()
}

/// The storage of this device. `None`: it is not there, is empty, is a part of another, or is not on USB.
fn storage(sys: &Path, device: &Path) -> Option<Storage> {
    let place = sys.join(device);
    if place.join("partition").exists() {
        return None;
    }
    let bytes = word(&place, "size")?.parse::<u64>().ok()?.saturating_mul(SECTOR_BYTES);
    let is_usb = |above: &&Path| {
        let bus = above.join("subsystem").read_link().ok();
        bus.is_some_and(|bus| bus.ends_with("usb")) && above.join("idVendor").exists()
    };
    let plugged = place.ancestors().take_while(|above| *above != sys).find(is_usb)?;
    let disk = place.join("device");
    (bytes > 0).then(|| Storage {
        device: device.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        vendor: word(plugged, "manufacturer").or_else(|| word(&disk, "vendor")),
        model: word(plugged, "product").or_else(|| word(&disk, "model")),
        serial: word(plugged, "serial"),
        bytes,
    })
}

fn word(place: &Path, name: &str) -> Option<String> {
    let word = bounded::text(place.join(name).to_str()?, MAX_WORD_BYTES);
    Some(word.trim().to_owned()).filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// In the form in which a kernel tells that a stick was plugged in.
    const STICK: &str = "add@/devices/pci0000:00/0000:00:14.0/usb1/1-2/1-2:1.0/host6/target6:0:0/6:0:0:0/block/sdb\0ACTION=add\0\
        DEVPATH=/devices/pci0000:00/0000:00:14.0/usb1/1-2/1-2:1.0/host6/target6:0:0/6:0:0:0/block/sdb\0SUBSYSTEM=block\0\
        MAJOR=8\0MINOR=16\0DEVNAME=sdb\0DEVTYPE=disk\0DISKSEQ=12\0SEQNUM=4711\0";

    #[test]
    fn disks_are_understood_and_nothing_else() {
        let place = "devices/pci0000:00/0000:00:14.0/usb1/1-2/1-2:1.0/host6/target6:0:0/6:0:0:0/block/sdb";
        let stick = Message { removed: false, device: Path::new(place) };
        assert_eq!(Message::read(STICK.as_bytes()), Some(stick));
        let removed = STICK.replace("ACTION=add", "ACTION=remove");
        assert!(Message::read(removed.as_bytes()).is_some_and(|message| message.removed));
        for (of, by) in [("=disk", "=partition"), ("=block", "=net"), ("DEVPATH=/", "DEVPATH=/../"), ("ACTION", "X")] {
            assert_eq!(Message::read(STICK.replace(of, by).as_bytes()), None, "{by}");
        }
        // What udev says, and what is cut off.
        assert_eq!(Message::read(b"libudev\0\xfe\xed\xca\xfe"), None);
        for length in 0..STICK.len() {
            Message::read(STICK.as_bytes().get(..length).unwrap_or_default());
        }
    }
}
