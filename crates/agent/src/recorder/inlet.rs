//! Where a recorder hears its agent: a socket, over which files are handed over beside what is said.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{IoSliceMut, Read};
use std::mem::MaybeUninit;

use rustix::io::Errno;
use rustix::net::{RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, recvmsg};

/// Files that come with one piece of what is said; the kernel drops more.
const MAX_AT_ONCE: usize = 4;
/// Files that nobody has asked for yet; later ones are closed.
const MAX_HANDED: usize = 16;

/// Reads what is said, and keeps the files that come with it.
#[derive(Debug)]
pub struct Inlet {
    file: File,
    handed: VecDeque<File>,
}

impl Inlet {
    /// Of a socket; of anything else no files come.
    pub fn new(file: File) -> Self {
        Self { file, handed: VecDeque::new() }
    }

    /// What it reads from.
    pub fn file(&self) -> &File {
        &self.file
    }

    /// The oldest of the files that came.
    pub fn handed(&mut self) -> Option<File> {
        self.handed.pop_front()
    }
}

impl Read for Inlet {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MAX_AT_ONCE))];
        let mut beside = RecvAncillaryBuffer::new(&mut space);
        let count = match recvmsg(&self.file, &mut [IoSliceMut::new(buffer)], &mut beside, RecvFlags::CMSG_CLOEXEC) {
            Ok(message) => message.bytes,
            Err(Errno::NOTSOCK) => return self.file.read(buffer),
            Err(error) => return Err(error.into()),
        };
        for message in beside.drain() {
            if let RecvAncillaryMessage::ScmRights(files) = message {
                let room = MAX_HANDED - self.handed.len();
                self.handed.extend(files.map(File::from).take(room));
            }
        }
        Ok(count)
    }
}
