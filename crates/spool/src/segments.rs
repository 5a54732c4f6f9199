//! The files that hold one recording's blocks until the server has them.
//!
//! A recording is kept as a row of files of about [`crate::SpoolSettings::segment_bytes`]. Each file's name says where in
//! the recording it starts and which chain value stands there, so that whole files can be forgotten from the front and
//! the rest still fits. Only the last file grows.

use std::collections::VecDeque;
use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use recording::{BlockScanner, ChainValue, Head, RawBlock, Scanned};

use crate::SpoolError;

/// How the names of segment files end.
const EXTENSION: &str = "blocks";

/// One file of whole blocks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Segment {
    /// Where in the recording its first block stands.
    pub(crate) start: Head,
    /// Its length in bytes.
    pub(crate) bytes: u64,
}

impl Segment {
    /// The offset just after its last block.
    pub(crate) fn end(&self) -> u64 {
        self.start.offset + self.bytes
    }

    fn path(&self, folder: &Path) -> PathBuf {
        folder.join(format!("{:016x}-{}.{EXTENSION}", self.start.offset, self.start.chain))
    }

    fn from_path(path: &Path) -> Option<Self> {
        let name = path.file_name()?.to_str()?.strip_suffix(EXTENSION)?.strip_suffix('.')?;
        let (offset, chain) = name.split_once('-')?;
        let chain: ChainValue = chain.parse().ok()?;
        let start = Head { offset: u64::from_str_radix(offset, 16).ok()?, chain };
        Some(Self { start, bytes: 0 })
    }
}

/// A recording's segment files, oldest first; there is always at least one.
#[derive(Debug)]
pub(crate) struct Segments {
    folder: PathBuf,
    list: VecDeque<Segment>,
    /// The last one's file.
    active: File,
    /// Bytes in all recordings of the spool; kept up to date here.
    used: Arc<AtomicU64>,
}

impl Segments {
    /// Starts with one empty file in a new folder.
    pub(crate) fn create(folder: &Path, start: Head, used: Arc<AtomicU64>) -> Result<Self, SpoolError> {
        fs::create_dir_all(folder).map_err(SpoolError::io("create", folder))?;
        let first = Segment { start, bytes: 0 };
        let active = open_new(&first.path(folder))?;
        sync_folder(folder)?;
        Ok(Self { folder: folder.to_owned(), list: VecDeque::from([first]), active, used })
    }

    /// Finds the files of an existing folder again. A file that does not continue the one before it, which only a crash
    /// of the whole machine leaves behind, is set aside with all after it: their bytes are returned as lost.
    pub(crate) fn open(folder: &Path, used: Arc<AtomicU64>) -> Result<(Self, u64), SpoolError> {
        let mut found = Vec::new();
        for entry in fs::read_dir(folder).map_err(SpoolError::io("read", folder))? {
            let entry = entry.map_err(SpoolError::io("read", folder))?;
            let length = entry.metadata().map_err(SpoolError::io("read", folder))?.len();
            found.extend(Segment::from_path(&entry.path()).map(|segment| Segment { bytes: length, ..segment }));
        }
        found.sort_by_key(|segment| segment.start.offset);
        let joined = found.windows(2).position(|pair| pair[0].end() != pair[1].start.offset);
        let rest = joined.map_or_else(Vec::new, |last| found.split_off(last + 1));
        for segment in &rest {
            let path = segment.path(folder);
            fs::remove_file(&path).map_err(SpoolError::io("remove", &path))?;
        }
        let lost = rest.iter().map(|segment| segment.bytes).sum();
        let Some(last) = found.last() else {
            return Err(SpoolError::Note { path: folder.to_owned(), why: "no segment files".to_owned() });
        };
        let path = last.path(folder);
        let active = OpenOptions::new().read(true).append(true).open(&path).map_err(SpoolError::io("open", &path))?;
        used.fetch_add(found.iter().map(|segment| segment.bytes).sum(), Ordering::Relaxed);
        Ok((Self { folder: folder.to_owned(), list: found.into(), active, used }, lost))
    }

    /// The files, oldest first.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &Segment> {
        self.list.iter()
    }

    /// Where the oldest file starts.
    pub(crate) fn base(&self) -> Head {
        self.list.front().map_or_else(Head::start, |segment| segment.start)
    }

    /// The offset after the newest block.
    pub(crate) fn end(&self) -> u64 {
        self.list.back().map_or(0, Segment::end)
    }

    /// Bytes in all files.
    pub(crate) fn bytes(&self) -> u64 {
        self.end() - self.base().offset
    }

    /// Bytes in the file that grows.
    pub(crate) fn active_bytes(&self) -> u64 {
        self.list.back().map_or(0, |segment| segment.bytes)
    }

    /// Adds whole blocks at the end. When that fails, what was written of them is taken back.
    pub(crate) fn append(&mut self, blocks: &[u8]) -> Result<(), SpoolError> {
        let Some(last) = self.list.back_mut() else { return Ok(()) };
        if let Err(source) = self.active.write_all(blocks) {
            let path = last.path(&self.folder);
            self.active.set_len(last.bytes).map_err(SpoolError::io("shorten", &path))?;
            return Err(SpoolError::Io { action: "write", path, source });
        }
        last.bytes += blocks.len() as u64;
        self.used.fetch_add(blocks.len() as u64, Ordering::Relaxed);
        Ok(())
    }

    /// Closes the file that grows and starts the next one at `head`, the present end.
    pub(crate) fn roll(&mut self, head: Head) -> Result<(), SpoolError> {
        let next = Segment { start: head, bytes: 0 };
        let active = open_new(&next.path(&self.folder))?;
        // What stands in a closed file is on disk before the note can say so.
        self.active.sync_data().map_err(SpoolError::io("sync", &self.folder))?;
        sync_folder(&self.folder)?;
        self.active = active;
        self.list.push_back(next);
        Ok(())
    }

    /// Forgets the oldest file, unless it is the one that grows.
    pub(crate) fn drop_oldest(&mut self) -> Result<Option<Segment>, SpoolError> {
        if self.list.len() < 2 {
            return Ok(None);
        }
        let Some(oldest) = self.list.pop_front() else { return Ok(None) };
        self.used.fetch_sub(oldest.bytes, Ordering::Relaxed);
        let path = oldest.path(&self.folder);
        fs::remove_file(&path).map_err(SpoolError::io("remove", &path))?;
        Ok(Some(oldest))
    }

    /// When the oldest file was last written.
    pub(crate) fn oldest_written(&self) -> Option<std::time::SystemTime> {
        let path = self.list.front()?.path(&self.folder);
        fs::metadata(path).and_then(|metadata| metadata.modified()).ok()
    }

    /// All bytes of the file that holds `offset`, with the file. `None` if that is not in the spool.
    pub(crate) fn load(&self, offset: u64) -> Result<Option<(Segment, Vec<u8>)>, SpoolError> {
        self.part(offset, 0, u64::MAX)
    }

    /// At most `limit` bytes from `offset` on, all from the file that holds it.
    pub(crate) fn read(&self, offset: u64, limit: usize) -> Result<Option<(Segment, Vec<u8>)>, SpoolError> {
        let Some(segment) = self.holding(offset) else { return Ok(None) };
        self.part(offset, offset - segment.start.offset, limit as u64)
    }

    fn part(&self, offset: u64, skip: u64, limit: u64) -> Result<Option<(Segment, Vec<u8>)>, SpoolError> {
        let Some(segment) = self.holding(offset).cloned() else { return Ok(None) };
        let mut bytes = vec![0; (segment.bytes - skip).min(limit) as usize];
        let path = segment.path(&self.folder);
        File::open(&path)
            .and_then(|file| file.read_exact_at(&mut bytes, skip))
            .map_err(SpoolError::io("read", &path))?;
        Ok(Some((segment, bytes)))
    }

    fn holding(&self, offset: u64) -> Option<&Segment> {
        self.list.iter().rev().find(|segment| (segment.start.offset..=segment.end()).contains(&offset))
    }

    /// Shortens the newest file to the whole blocks it holds and returns them with the bytes cut off.
    pub(crate) fn trim(&mut self) -> Result<(Vec<RawBlock>, u64), SpoolError> {
        let (segment, bytes) = match self.list.back() {
            Some(last) => self.load(last.end())?.unwrap_or_else(|| (last.clone(), Vec::new())),
            None => return Ok((Vec::new(), 0)),
        };
        let blocks = whole_blocks(segment.start.offset, &bytes);
        let whole = blocks.last().map_or(segment.start.offset, RawBlock::end) - segment.start.offset;
        let torn = segment.bytes - whole;
        if torn > 0 {
            self.active.set_len(whole).map_err(SpoolError::io("shorten", &segment.path(&self.folder)))?;
            self.used.fetch_sub(torn, Ordering::Relaxed);
            if let Some(last) = self.list.back_mut() {
                last.bytes = whole;
            }
        }
        Ok((blocks, torn))
    }

    /// A second handle on the file that grows, for syncing it without holding the recording up.
    pub(crate) fn active_file(&self) -> Result<File, SpoolError> {
        self.active.try_clone().map_err(SpoolError::io("open", &self.folder))
    }

    /// The counter that this recording's bytes are part of.
    pub(crate) fn used(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.used)
    }

    /// From now on this recording's bytes are part of another counter.
    pub(crate) fn count_in(&mut self, used: Arc<AtomicU64>) {
        used.fetch_add(self.bytes(), Ordering::Relaxed);
        self.used = used;
    }

    /// Removes all files.
    pub(crate) fn remove(self) -> Result<(), SpoolError> {
        self.used.fetch_sub(self.bytes(), Ordering::Relaxed);
        fs::remove_dir_all(&self.folder).map_err(SpoolError::io("remove", &self.folder))
    }
}

/// The sound blocks at the start of `bytes`, up to the first that is torn or damaged.
pub(crate) fn whole_blocks(offset: u64, bytes: &[u8]) -> Vec<RawBlock> {
    let mut scanner = BlockScanner::at(offset);
    scanner.push(bytes);
    std::iter::from_fn(|| match scanner.next() {
        Some(Scanned::Block(block)) => Some(block),
        _ => None,
    })
    .collect()
}

fn open_new(path: &Path) -> Result<File, SpoolError> {
    // A file of this name can only be one that a crash kept from being taken into use.
    OpenOptions::new()
        .read(true)
        .append(true)
        .create(true)
        .mode(0o600)
        .open(path)
        .and_then(|file| file.set_len(0).map(|()| file))
        .map_err(SpoolError::io("create", path))
}

/// Makes new and removed names of a folder survive a crash of the machine.
pub(crate) fn sync_folder(folder: &Path) -> Result<(), SpoolError> {
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(SpoolError::io("sync", folder))
}
