//! Memory shared with the X server: a sealed memfd whose descriptor is passed to it (MIT-SHM 1.2 `AttachFd`).
//!
//! SysV segments are refused between users, or would have to be open to everybody. A memfd is seen only by who holds its
//! descriptor; its size is sealed, so that neither side can make the other's access fault.

use std::fs::File;
use std::os::fd::OwnedFd;
use std::os::unix::fs::FileExt;

use nix::fcntl::{FcntlArg, SealFlag, fcntl};
use nix::sys::memfd::{MFdFlags, memfd_create};
use x11rb::connection::Connection as _;
use x11rb::cookie::Cookie;
use x11rb::errors::ConnectionError;
use x11rb::protocol::shm::{self, ConnectionExt as _, GetImageReply};
use x11rb::protocol::xproto::{ImageFormat, Window};
use x11rb::rust_connection::RustConnection;

use crate::connection::Link;
use crate::error::{CaptureError, ExchangeError};
use crate::wire::Wire;
use screen::Rect;

/// A piece of memory that the server writes pictures into.
pub(crate) struct Segment {
    memory: File,
    id: shm::Seg,
    bytes: usize,
}

impl Segment {
    /// Makes a segment of this many bytes and passes it to the server. `None`: this server or connection takes none.
    pub(crate) fn attach(link: &Link, bytes: usize) -> Result<Option<Self>, ExchangeError> {
        if !link.local || !link.has(shm::X11_EXTENSION_NAME)? {
            return Ok(None);
        }
        let asking = "the version of MIT-SHM";
        let cookie = link.conn.shm_query_version().map_err(|e| ExchangeError::from_connection(asking, e))?;
        let version = link.reply(asking, cookie)?;
        if (version.major_version, version.minor_version) < (1, 2) {
            return Ok(None);
        }
        let memory = sealed_memory(bytes).map_err(|errno| {
            ExchangeError::Fatal(CaptureError::SharedMemory { doing: "made", source: errno.into() })
        })?;
        let attaching = "attaching shared memory";
        let id = link.conn.generate_id().map_err(|e| ExchangeError::from_id(attaching, e))?;
        let theirs: OwnedFd = memory
            .try_clone()
            .map_err(|source| ExchangeError::Fatal(CaptureError::SharedMemory { doing: "made", source }))?;
        let cookie =
            link.conn.shm_attach_fd(id, theirs, false).map_err(|e| ExchangeError::from_connection(attaching, e))?;
        match link.check(attaching, cookie) {
            Ok(()) => Ok(Some(Self { memory: File::from(memory), id, bytes })),
            Err(ExchangeError::Refused(..)) => Ok(None),
            Err(other) => Err(other),
        }
    }

    /// Size in bytes.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Asks the server to write a part of the window into the segment. The part must fit behind `offset`.
    pub(crate) fn request<'c>(
        &self,
        link: &'c Link,
        window: Window,
        part: Rect,
        offset: usize,
    ) -> Result<Cookie<'c, RustConnection<Wire>, GetImageReply>, ConnectionError> {
        let (x, y, width, height) = crate::rects::to_x11(part);
        let offset = u32::try_from(offset).unwrap_or(u32::MAX);
        link.conn.shm_get_image(window, x, y, width, height, u32::MAX, ImageFormat::Z_PIXMAP.into(), self.id, offset)
    }

    /// Copies bytes out of the segment.
    pub(crate) fn read(&self, into: &mut [u8], offset: usize) -> Result<(), CaptureError> {
        self.memory
            .read_exact_at(into, offset as u64)
            .map_err(|source| CaptureError::SharedMemory { doing: "read", source })
    }

    /// Gives the segment back to the server.
    pub(crate) fn detach(self, link: &Link) {
        // An error means that the connection is gone, and the segment with it.
        if let Ok(cookie) = link.conn.shm_detach(self.id) {
            cookie.ignore_error();
        }
    }
}

fn sealed_memory(bytes: usize) -> nix::Result<OwnedFd> {
    let memory = memfd_create("kinescope-picture", MFdFlags::MFD_CLOEXEC | MFdFlags::MFD_ALLOW_SEALING)?;
    let length = i64::try_from(bytes).map_err(|_| nix::errno::Errno::EFBIG)?;
    nix::unistd::ftruncate(&memory, length)?;
    let seals = SealFlag::F_SEAL_SHRINK | SealFlag::F_SEAL_GROW | SealFlag::F_SEAL_SEAL;
    fcntl(&memory, FcntlArg::F_ADD_SEALS(seals))?;
    Ok(memory)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn size_cannot_be_changed_by_the_server() {
        let memory = sealed_memory(4096).unwrap();
        assert!(nix::unistd::ftruncate(&memory, 0).is_err());
        assert!(nix::unistd::ftruncate(&memory, 8192).is_err());
        assert!(fcntl(&memory, FcntlArg::F_ADD_SEALS(SealFlag::F_SEAL_WRITE)).is_err());
    }
}
