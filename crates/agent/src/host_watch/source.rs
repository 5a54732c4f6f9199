//! What is looked at by itself: it has a descriptor, and tells.

use std::os::fd::BorrowedFd;
use std::time::Instant;

use detect::{ChangeEvent, Doer, Kept, MountWatch, PrintWatch, UsbWatch, Watch};

use super::Told;

/// One of them.
pub trait Source {
    /// Readable when there may be something to take.
    fn fd(&self) -> Option<BorrowedFd<'_>> {
        None
    }

    /// When there is something to take without that.
    fn due(&self) -> Option<Instant> {
        None
    }

    /// The kernel told that a process put something in this place.
    fn replaced_by(&mut self, _path: &str, _doer: &Doer) {}

    /// Tells what happened.
    ///
    /// # Errors
    /// If the kernel tells nothing any longer.
    fn take(&mut self, tell: &mut dyn FnMut(Told)) -> std::io::Result<()>;
}

/// What is compared with what it was before.
pub struct Compared<K: Kept> {
    watch: Watch<K>,
    told: Box<dyn Fn(ChangeEvent<K::Change>) -> Told>,
}

impl<K: Kept + 'static> Compared<K> {
    /// One whose changes are told so.
    pub fn boxed(watch: Watch<K>, told: impl Fn(ChangeEvent<K::Change>) -> Told + 'static) -> Box<dyn Source> {
        Box::new(Self { watch, told: Box::new(told) })
    }
}

impl<K: Kept> Source for Compared<K> {
    fn fd(&self) -> Option<BorrowedFd<'_>> {
        Some(self.watch.fd())
    }

    fn due(&self) -> Option<Instant> {
        self.watch.due()
    }

    fn replaced_by(&mut self, path: &str, doer: &Doer) {
        self.watch.replaced_by(path, doer);
    }

    fn take(&mut self, tell: &mut dyn FnMut(Told)) -> std::io::Result<()> {
        self.watch.take(&mut |event| tell((self.told)(event)))
    }
}

impl Source for UsbWatch {
    fn fd(&self) -> Option<BorrowedFd<'_>> {
        Some(self.fd())
    }

    fn take(&mut self, tell: &mut dyn FnMut(Told)) -> std::io::Result<()> {
        self.take(&mut |changed| tell(Told::Storage(Box::new(changed))))
    }
}

impl Source for PrintWatch {
    fn fd(&self) -> Option<BorrowedFd<'_>> {
        Some(self.fd())
    }

    fn take(&mut self, tell: &mut dyn FnMut(Told)) -> std::io::Result<()> {
        self.take(&mut |event| tell(Told::Print(event)))
    }
}

impl Source for MountWatch {
    fn due(&self) -> Option<Instant> {
        Some(self.due())
    }

    fn take(&mut self, tell: &mut dyn FnMut(Told)) -> std::io::Result<()> {
        if let Some(mounts) = self.take()? {
            tell(Told::ClientMounts(mounts.to_vec()));
        }
        Ok(())
    }
}
