//! A recording in a file: readable while it grows, complete when it ended.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use evidence::{EpochSigner, MachineKey};
use recording::{Assembler, End, Gap, GapReason, Header};

use crate::clock;
use crate::recorder::{Outlet, OutletError};

/// Where a recording's bytes end up.
pub trait Place: Write {
    /// Everything was written: it has to be on the disk.
    ///
    /// # Errors
    /// If it is not.
    fn close(&mut self) -> std::io::Result<()>;
}

impl Place for File {
    fn close(&mut self) -> std::io::Result<()> {
        self.sync_all()
    }
}

/// Writes blocks to a file, with checkpoints between them.
pub struct FileOutlet<P> {
    file: P,
    assembler: Assembler,
    boot_id: String,
    origin_us: u64,
    /// When the blocks since the last checkpoint want one of their own, although nothing more comes.
    checkpoint_at: Option<Instant>,
    out: Vec<u8>,
}

/// What was written.
pub struct Summary {
    /// Length in seconds.
    pub seconds: f64,
    /// Size of the file.
    pub bytes: u64,
}

impl FileOutlet<File> {
    /// Creates the file, for its owner only: a screen shows what nobody else was meant to see.
    ///
    /// # Errors
    /// If it exists (unless `force`) or cannot be written.
    pub fn create(path: &Path, force: bool, header: &Header, machine_key: MachineKey) -> anyhow::Result<Self> {
        let mut options = OpenOptions::new();
        options.write(true).mode(0o600);
        if force {
            options.create(true).truncate(true);
        } else {
            options.create_new(true);
        }
        let file = options.open(path).map_err(|error| match error.kind() {
            std::io::ErrorKind::AlreadyExists => {
                anyhow::anyhow!("{} exists; choose another name, or give --force to replace it", path.display())
            }
            _ => anyhow::Error::from(error).context(format!("{} cannot be written", path.display())),
        })?;
        let mut outlet = Self::new(file, header, machine_key)?;
        outlet.store().context("the recording's first bytes cannot be written")?;
        Ok(outlet)
    }
}

impl<P: Place> FileOutlet<P> {
    /// Begins a recording, of which nothing is written before its first blocks come.
    ///
    /// # Errors
    /// If the header does not fit a block.
    pub fn new(file: P, header: &Header, machine_key: MachineKey) -> anyhow::Result<Self> {
        let (assembler, out) = Assembler::new(header)?;
        let signer = EpochSigner::new(header.recording, machine_key, rand::random());
        let assembler = assembler.signed_by(Box::new(signer));
        Ok(Self {
            file,
            assembler,
            boot_id: header.started.boot_id.clone(),
            origin_us: header.started.boottime_us,
            checkpoint_at: None,
            out,
        })
    }

    /// Bytes so far.
    pub fn bytes(&self) -> u64 {
        self.assembler.head().offset
    }

    /// The number of a recorder's first group that goes on with it.
    pub fn next_group(&self) -> u64 {
        self.assembler.last_group().map_or(0, |last| last + 1)
    }

    /// The recorder has ended, and another one goes on.
    pub fn recorder_ended(&mut self) {
        self.assembler.recorder_ended();
    }

    /// Declares what is missing between the last block and this time of the recording.
    ///
    /// # Errors
    /// As for [`Outlet::write`].
    pub fn declare_gap(&mut self, to_us: u64, reason: GapReason, text: &str) -> Result<(), OutletError> {
        let from_us = self.assembler.last_time_us();
        let gap = Gap {
            from_us,
            to_us: to_us.max(from_us),
            reason,
            text: text.to_owned(),
            chain_before: None,
            chain_after: None,
        };
        self.assembler.gap(&gap, &mut self.out)?;
        Ok(self.store()?)
    }

    /// Closes the recording: its end, a last checkpoint, index and footer; all of it on disk.
    ///
    /// # Errors
    /// If the disk does not take it.
    pub fn end(mut self, end: &End) -> anyhow::Result<Summary> {
        self.assembler.recorder_ended();
        let time_us = self.now_us();
        self.assembler.end(end, time_us, &clock::anchor(&self.boot_id), &mut self.out)?;
        self.store().and_then(|()| self.file.close()).context("the end of the recording cannot be written")?;
        Ok(Summary { seconds: Duration::from_micros(time_us).as_secs_f64(), bytes: self.assembler.head().offset })
    }

    /// Now, as the recording counts time; never before its last block.
    fn now_us(&self) -> u64 {
        capture::boottime_us().saturating_sub(self.origin_us).max(self.assembler.last_time_us())
    }

    /// The next checkpoint of our own: blocks that come before it bring theirs with them.
    fn plan_checkpoint(&mut self) {
        let due = self.assembler.checkpoint_due_at();
        let now_us = self.now_us();
        self.checkpoint_at = due.map(|due_us| Instant::now() + Duration::from_micros(due_us.saturating_sub(now_us)));
    }

    fn store(&mut self) -> std::io::Result<()> {
        let result = self.file.write_all(&self.out);
        self.out.clear();
        result
    }
}

impl<P: Place> Outlet for FileOutlet<P> {
    fn write(&mut self, blocks: &[u8]) -> Result<(), OutletError> {
        self.assembler.accept(blocks, &clock::anchor(&self.boot_id), &mut self.out)?;
        self.plan_checkpoint();
        Ok(self.store()?)
    }

    fn deadline(&self) -> Option<Instant> {
        self.checkpoint_at
    }

    fn rest(&mut self) -> Result<(), OutletError> {
        let time_us = self.now_us();
        if self.assembler.checkpoint_due(time_us) {
            self.assembler.checkpoint(time_us, &clock::anchor(&self.boot_id), &mut self.out)?;
        }
        self.plan_checkpoint();
        Ok(self.store()?)
    }
}
