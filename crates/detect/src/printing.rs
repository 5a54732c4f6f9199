//! What is printed with CUPS, as its spool says: a control file for each job, which CUPS puts in another's place about a second after a job
//! has come to its end, and half a minute (its `DirtyCleanInterval`) after something else became of one. CUPS itself is not asked: it would say whose a job is and what it is called to its owner and administrators alone.

mod control;

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::File;
use std::io::Read as _;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::inotify::{CreateFlags, ReadFlags, Reader, WatchFlags, add_watch, init};
use rustix::io::Errno;
use serde::{Deserialize, Serialize};

pub use control::{Job, JobState};

/// One is some kilobytes: the options of a job and who wants it.
const MAX_CONTROL_BYTES: u64 = 256 << 10;
/// Jobs that are known; CUPS itself keeps 500 as it comes. Of more the oldest are forgotten.
const MAX_JOBS: usize = 16 << 10;
/// A job has so many documents at most, of those that are looked at.
const MAX_DOCUMENTS: u32 = 100;
/// Bytes of what the kernel tells that are taken at a time.
const BUFFER_BYTES: usize = 4 << 10;

/// What is told of printing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PrintEvent {
    /// Something became of a job.
    Job(Box<Job>),
    /// More came than the kernel kept.
    Lost,
}

/// Watches the jobs of a machine.
#[derive(Debug)]
pub struct PrintWatch {
    kernel: OwnedFd,
    spool: PathBuf,
    /// What was told of each, by its number.
    known: BTreeMap<u32, JobState>,
}

impl PrintWatch {
    /// Begins to watch CUPS' spool, which is /var/spool/cups. Jobs that are there already are known and not told.
    ///
    /// # Errors
    /// If it is not there or cannot be read.
    pub fn watch(spool: &Path) -> std::io::Result<Self> {
        let kernel = init(CreateFlags::CLOEXEC | CreateFlags::NONBLOCK)?;
        add_watch(&kernel, spool, WatchFlags::MOVED_TO | WatchFlags::ONLYDIR)?;
        let mut watch = Self { kernel, spool: spool.to_owned(), known: BTreeMap::new() };
        for entry in std::fs::read_dir(spool)?.flatten() {
            if let Some(job) = number(&entry.file_name()).and_then(|number| watch.job(number)) {
                watch.keep(&job);
            }
        }
        Ok(watch)
    }

    /// Readable when there may be something to take.
    pub fn fd(&self) -> BorrowedFd<'_> {
        self.kernel.as_fd()
    }

    /// Tells what became of jobs.
    ///
    /// # Errors
    /// If the kernel tells nothing any longer.
    pub fn take(&mut self, tell: &mut dyn FnMut(PrintEvent)) -> std::io::Result<()> {
        let mut numbers = Vec::new();
        let mut buffer = [MaybeUninit::uninit(); BUFFER_BYTES];
        let mut reader = Reader::new(&self.kernel, &mut buffer);
        loop {
            match reader.next() {
                Ok(event) if event.events().contains(ReadFlags::QUEUE_OVERFLOW) => tell(PrintEvent::Lost),
                Ok(event) => {
                    let name = event.file_name().map(|name| OsStr::from_bytes(name.to_bytes()));
                    numbers.extend(name.and_then(number));
                }
                Err(Errno::AGAIN) => break,
                Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
        for number in numbers {
            // One that is gone again was told by then, or never came to anything.
            let Some(job) = self.job(number) else { continue };
            if self.known.get(&number) != Some(&job.state) {
                self.keep(&job);
                tell(PrintEvent::Job(Box::new(job)));
            }
        }
        Ok(())
    }

    fn keep(&mut self, job: &Job) {
        self.known.insert(job.number, job.state);
        if self.known.len() > MAX_JOBS {
            self.known.pop_first();
        }
    }

    fn job(&self, number: u32) -> Option<Job> {
        let mut control = Vec::new();
        let file = File::open(self.spool.join(format!("c{number:05}"))).ok()?;
        file.take(MAX_CONTROL_BYTES).read_to_end(&mut control).ok()?;
        let mut job = Job::read(number, &control)?;
        // As they were handed in; the control file rounds up.
        let documents = (1..=MAX_DOCUMENTS).map(|at| self.spool.join(document_file(number, at)));
        let sizes: Vec<u64> = documents.map_while(|document| Some(document.symlink_metadata().ok()?.len())).collect();
        job.documents = u32::try_from(sizes.len()).unwrap_or(MAX_DOCUMENTS);
        job.bytes = Some(sizes.iter().sum()).filter(|bytes| *bytes > 0).or(job.bytes);
        Some(job)
    }
}

/// The name of the file in CUPS' spool that holds this document of a job; the first one is 1.
pub fn document_file(job: u32, document: u32) -> String {
    format!("d{job:05}-{document:03}")
}

/// The job whose control file has this name.
fn number(name: &OsStr) -> Option<u32> {
    let digits = name.to_str()?.strip_prefix('c')?;
    let is_whole = digits.len() >= 5 && digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|_| is_whole)
}
