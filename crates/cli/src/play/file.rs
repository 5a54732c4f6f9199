//! The file that is played, and what is known of it while it grows.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context, bail};
use recording::{BlockScanner, Index, IndexBuilder, Scanned};
use tokio::sync::watch;

use crate::{recording_file, verify};

/// A file without an end that was written to so recently is taken for one that still grows.
const RECENT: Duration = Duration::from_secs(60);
/// How often a growing file is looked at. Part of the live delay.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// Nothing for so long means that its writer is silent.
const SILENT_AFTER: Duration = Duration::from_secs(10);
/// Bytes read at once.
const PIECE_BYTES: usize = 256 << 10;

/// How a recording is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Growth {
    Live,
    Silent,
    Ended,
}

/// What viewers wait for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Bytes that can be played: whole blocks only.
    pub length: u64,
    pub growth: Growth,
}

/// A recording being played.
#[derive(Debug)]
pub struct PlayedFile {
    file: File,
    path: PathBuf,
    index: Arc<Mutex<IndexBuilder>>,
    progress: watch::Receiver<Progress>,
}

impl PlayedFile {
    /// Reads a recording's blocks, and keeps looking for more where it still grows.
    pub fn open(path: &Path) -> anyhow::Result<Self> {
        let mut file = recording_file::open(path)?;
        let facts = file.metadata().with_context(|| format!("reading {}", path.display()))?;
        let recent = facts
            .modified()
            .is_ok_and(|modified| SystemTime::now().duration_since(modified).is_ok_and(|age| age < RECENT));
        let mut reader = BlockReader::default();
        reader.read_on(&mut file).with_context(|| format!("reading {}", path.display()))?;
        let index = reader.index.clone();
        let (ended, groups) = {
            let builder = index.lock().unwrap_or_else(PoisonError::into_inner);
            (builder.index().end.is_some(), builder.index().groups.len())
        };
        let grows = recent && !ended;
        if groups == 0 && !grows {
            bail!("{} holds no picture: it is no recording, or was cut off at its start", path.display());
        }
        let growth = if grows { Growth::Live } else { Growth::Ended };
        let (sender, progress) = watch::channel(Progress { length: reader.scanner.offset(), growth });
        let own = recording_file::open(path)?;
        if grows {
            tokio::task::spawn_blocking(move || follow(&mut file, reader, &sender));
        }
        Ok(Self { file: own, path: path.to_owned(), index, progress })
    }

    /// The index over what is stored now, and how far that is.
    pub fn index(&self) -> (Index, Progress) {
        // Taken in this order the index never knows less than the length says.
        let progress = *self.progress.borrow();
        (self.index.lock().unwrap_or_else(PoisonError::into_inner).index().clone(), progress)
    }

    pub fn progress(&self) -> watch::Receiver<Progress> {
        self.progress.clone()
    }

    /// How long ago the file was last written to.
    pub fn rested(&self) -> Duration {
        let written = self.file.metadata().and_then(|facts| facts.modified());
        written.ok().and_then(|written| written.elapsed().ok()).unwrap_or_default()
    }

    /// Reads at most `limit` bytes from `offset`.
    pub fn read(&self, offset: u64, limit: usize) -> std::io::Result<Vec<u8>> {
        let mut bytes = vec![0; limit];
        let read = self.file.read_at(&mut bytes, offset)?;
        bytes.truncate(read);
        Ok(bytes)
    }

    /// What its signatures and receipts say of the recording, in a sentence; `None` while it grows. Reads all of it.
    pub fn verdict(&self) -> anyhow::Result<Option<&'static str>> {
        let ended = self.progress.borrow().growth == Growth::Ended;
        ended.then(|| verify::in_a_sentence(&self.path)).transpose()
    }

    /// The file's name, for the page's title.
    pub fn name(&self) -> String {
        self.path.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }
}

/// Reads blocks from where it stopped before.
#[derive(Debug, Default)]
struct BlockReader {
    scanner: BlockScanner,
    index: Arc<Mutex<IndexBuilder>>,
    position: u64,
}

impl BlockReader {
    fn read_on(&mut self, file: &mut File) -> std::io::Result<()> {
        let mut buffer = vec![0; PIECE_BYTES];
        file.seek(SeekFrom::Start(self.position))?;
        loop {
            let read = file.read(&mut buffer)?;
            if read == 0 {
                return Ok(());
            }
            self.position += read as u64;
            self.scanner.push(&buffer[..read]);
            let mut index = self.index.lock().unwrap_or_else(PoisonError::into_inner);
            while let Some(found) = self.scanner.next() {
                if let Scanned::Block(block) = found {
                    index.block(&block);
                }
            }
        }
    }

    fn ended(&self) -> bool {
        self.index.lock().unwrap_or_else(PoisonError::into_inner).index().end.is_some()
    }
}

/// Follows a growing file until it ends, cannot be read, or nobody is left to tell.
fn follow(file: &mut File, mut reader: BlockReader, sender: &watch::Sender<Progress>) {
    let mut grown = Instant::now();
    while !sender.is_closed() {
        std::thread::sleep(LOOK_EVERY);
        let before = reader.scanner.offset();
        let readable = reader.read_on(file).is_ok();
        let length = reader.scanner.offset();
        if length > before {
            grown = Instant::now();
        }
        let growth = match () {
            () if !readable || reader.ended() => Growth::Ended,
            () if grown.elapsed() > SILENT_AFTER => Growth::Silent,
            () => Growth::Live,
        };
        let now = Progress { length, growth };
        sender.send_if_modified(|told| std::mem::replace(told, now) != now);
        if growth == Growth::Ended {
            return;
        }
    }
}
