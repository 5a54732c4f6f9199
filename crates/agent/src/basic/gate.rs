//! What lies between a recorder and the file: it takes blocks only while a recording is under way and within its limit.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use recording::{End, GapReason, RawBlock};
use tokio::sync::watch;

use super::keeping::Keeper;
use crate::record::file::{FileOutlet, Summary};
use crate::recorder::Outlet as _;

/// What a recorder may write beyond a limit, having been asked to end.
const LAST_BYTES: u64 = 2 << 20;

/// What happens to a recording from inside.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct News {
    /// Its first blocks are in the file.
    pub flows: bool,
    /// It has to end, for this reason.
    pub over: Option<Over>,
}

/// Why a recording has to end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Over {
    /// It is as large as it may be.
    Limit,
    /// There is no more room for it.
    Full(String),
    /// It cannot be written on.
    Failed(String),
}

/// The gate of one recorder, or of several that follow each other.
pub struct Gate {
    inner: Mutex<Option<Under>>,
    news: watch::Sender<News>,
    bytes: Arc<AtomicU64>,
}

/// A recording that is under way.
struct Under {
    outlet: FileOutlet<Keeper>,
    limit_bytes: u64,
    /// It has to end, and takes blocks up to this size.
    last_bytes: Option<u64>,
    /// A recorder has ended: what is missing since is declared when the next one begins.
    interrupted: bool,
}

impl Gate {
    /// A gate that lets nothing through yet.
    pub fn closed() -> Arc<Self> {
        Arc::new(Self { inner: Mutex::new(None), news: watch::Sender::default(), bytes: Arc::default() })
    }

    /// Lets blocks into a file, up to a size.
    pub fn open(&self, outlet: FileOutlet<Keeper>, limit_bytes: u64) {
        *self.lock() = Some(Under { outlet, limit_bytes, last_bytes: None, interrupted: false });
    }

    /// What happens.
    pub fn news(&self) -> watch::Receiver<News> {
        self.news.subscribe()
    }

    /// Bytes in the file.
    pub fn bytes(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.bytes)
    }

    /// Ends the recording for this reason, unless it ends already.
    pub fn over(&self, over: Over) {
        self.news.send_if_modified(|news| {
            let first = news.over.is_none();
            news.over.get_or_insert(over);
            first
        });
    }

    /// Takes what a recorder writes.
    ///
    /// # Errors
    /// If it writes what it may not.
    pub fn take(&self, blocks: &[RawBlock]) -> Result<(), String> {
        let mut inner = self.lock();
        let Some(under) = inner.as_mut() else { return Err("it writes although nothing is to be recorded".to_owned()) };
        let over = self.news.borrow().over.clone();
        match over {
            None => {}
            Some(Over::Failed(_)) => return Ok(()),
            // What the recorder has begun it may bring to its end.
            Some(Over::Limit | Over::Full(_)) => {
                let last = *under.last_bytes.get_or_insert(under.outlet.bytes() + LAST_BYTES);
                if under.outlet.bytes() >= last {
                    return Ok(());
                }
            }
        }
        for block in blocks {
            if std::mem::take(&mut under.interrupted)
                && let Err(error) = under.outlet.declare_gap(
                    block.time_us,
                    GapReason::RecorderRestarted,
                    "the recorder was started again",
                )
            {
                self.over(Over::Failed(error.to_string()));
            }
            match under.outlet.write(&block.bytes) {
                Ok(()) => {}
                Err(crate::recorder::OutletError::Blocks(error)) => return Err(error.to_string()),
                Err(error) => {
                    self.over(Over::Failed(with_source(&error)));
                    return Ok(());
                }
            }
            self.bytes.store(under.outlet.bytes(), Ordering::Relaxed);
            if under.outlet.bytes() >= under.limit_bytes {
                self.over(Over::Limit);
            }
        }
        self.news.send_if_modified(|news| !std::mem::replace(&mut news.flows, true));
        Ok(())
    }

    /// The recorder has ended; says with which group the next one goes on.
    pub fn recorder_ended(&self) -> u64 {
        self.lock().as_mut().map_or(0, |under| {
            under.outlet.recorder_ended();
            under.interrupted = true;
            under.outlet.next_group()
        })
    }

    /// Writes a checkpoint if one is due, though nothing comes. Waits for the disk.
    pub fn rest(&self) {
        let mut inner = self.lock();
        let Some(under) = inner.as_mut().filter(|_| self.news.borrow().over.is_none()) else { return };
        if let Err(error) = under.outlet.rest() {
            self.over(Over::Failed(with_source(&error)));
        }
        self.bytes.store(under.outlet.bytes(), Ordering::Relaxed);
    }

    /// Ends the recording. Waits for the disk.
    ///
    /// # Errors
    /// If the end is not in the file, or nothing was under way.
    pub fn end(&self, end: &End) -> anyhow::Result<Summary> {
        let under = self.lock().take();
        under.ok_or_else(|| anyhow::anyhow!("nothing is recorded"))?.outlet.end(end)
    }

    /// Gives a recording up that has not begun.
    pub fn give_up(&self) {
        drop(self.lock().take());
    }

    fn lock(&self) -> MutexGuard<'_, Option<Under>> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn with_source(error: &(dyn std::error::Error + 'static)) -> String {
    error.source().map_or_else(|| error.to_string(), ToString::to_string)
}
