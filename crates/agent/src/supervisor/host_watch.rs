//! One process that looks at what happens on the machine, and the change from one to the next: in it two look for a moment, so that nothing is missed.

use std::collections::HashMap;
use std::time::Duration;

use anyhow::Context as _;
use detect::{ChangeEvent, FileEvent, ProgramEvent};
use tokio::io::BufReader;
use tokio::process::ChildStdout;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};

use super::Context;
use super::confined::{Part, hear_within};
use super::uids::RecorderUids;
use crate::host_watch::{Told, Wanted};

/// Bytes of one line that it says: paths and arguments are bounded, and a byte of them becomes six at most.
const MAX_SAID_BYTES: u64 = 256 << 10;
/// Lines that wait here; more wait in the pipe, and then in the kernel.
pub const MAX_HEARD: usize = 256;
/// One that looks takes less to begin, and less to end.
const PATIENCE: Duration = Duration::from_secs(30);
/// What two have told is known for so long after the first one's end: the second one's words waited meanwhile.
const DOUBLED_FOR: Duration = Duration::from_secs(3);
/// So much of it.
const MAX_DOUBLES: usize = 64 << 10;

/// One that runs. Gone when dropped.
pub struct HostWatch {
    part: Part,
    heard: mpsc::Receiver<Told>,
    listening: JoinHandle<anyhow::Error>,
}

impl HostWatch {
    /// Starts one, and waits until it looks. What it has told by then, programs that ran already, is to be heard first.
    ///
    /// # Errors
    /// If it does not come so far.
    pub async fn start(context: &Context, wanted: &Wanted) -> anyhow::Result<(Self, Vec<Told>)> {
        let uid = RecorderUids::one_of(context.uids.as_ref())?;
        let (part, stdout) = Part::start(&context.settings.own_program, "host-watch", uid, wanted).await?;
        let (sender, heard) = mpsc::channel(MAX_HEARD);
        let mut watch = Self { part, heard, listening: tokio::spawn(listen(stdout, sender)) };
        let mut first = Vec::new();
        let looks = async {
            loop {
                match watch.hear().await? {
                    Told::Listens => return anyhow::Ok(()),
                    told => first.push(told),
                }
            }
        };
        timeout(PATIENCE, looks).await.context("it does not begin to look")??;
        Ok((watch, first))
    }

    /// What it says next. Nothing is lost where nobody waits for it any longer.
    ///
    /// # Errors
    /// If it has ended.
    pub async fn hear(&mut self) -> anyhow::Result<Told> {
        match self.heard.recv().await {
            Some(told) => Ok(told),
            None => Err((&mut self.listening).await?),
        }
    }

    /// Has it end when it has told what waits, and hands on all that it says until then.
    pub async fn end(mut self, mut told: impl FnMut(Told)) {
        if self.part.tell(&()).await.is_ok() {
            let ends = async {
                while let Some(one) = self.heard.recv().await {
                    told(one);
                }
            };
            // What it still has to say after so long it never will.
            let _ = timeout(PATIENCE, ends).await;
        }
    }
}

impl Drop for HostWatch {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

/// Passes on what it says, until it ends.
async fn listen(stdout: ChildStdout, heard: mpsc::Sender<Told>) -> anyhow::Error {
    let mut stdout = BufReader::new(stdout);
    loop {
        match hear_within(&mut stdout, MAX_SAID_BYTES).await {
            Ok(told) => {
                if heard.send(told).await.is_err() {
                    return anyhow::anyhow!("nobody listens");
                }
            }
            Err(error) => return error,
        }
    }
}

/// What one told while another looked already, and will tell.
#[derive(Debug)]
pub struct Doubles {
    told: HashMap<String, usize>,
    until: Instant,
}

impl Default for Doubles {
    fn default() -> Self {
        Self { told: HashMap::new(), until: Instant::now() }
    }
}

impl Doubles {
    /// One has told this.
    pub fn note(&mut self, told: &Told) {
        self.until = Instant::now() + DOUBLED_FOR;
        if let Some(key) = key(told).filter(|_| self.told.len() < MAX_DOUBLES) {
            *self.told.entry(key).or_default() += 1;
        }
    }

    /// Whether this is one of them: the next such is not.
    pub fn take(&mut self, told: &Told) -> bool {
        if self.told.is_empty() || self.until < Instant::now() {
            self.told.clear();
            return false;
        }
        let count = key(told).and_then(|key| self.told.get_mut(&key)).filter(|count| **count > 0);
        count.map(|count| *count -= 1).is_some()
    }

    /// Whether the other one has told that this process has ended.
    pub fn have_ended(&self, process: u32) -> bool {
        self.told.get(&ended(process)).is_some_and(|count| *count > 0)
    }
}

/// The same, whoever tells it: without lists, of which each has its own, and what is looked at a moment later.
fn key(told: &Told) -> Option<String> {
    match told {
        Told::Program(ProgramEvent::Started(started)) => {
            Some(format!("{} {:?} {:?}", started.process, started.program, started.arguments))
        }
        Told::Program(ProgramEvent::Ended(one)) => Some(ended(one.process)),
        Told::File(FileEvent::Changed(file)) => Some(format!("{} {:?} {:?}", file.process, file.path, file.change)),
        Told::Configuration(ChangeEvent::Changed(file)) => Some(format!("{:?} {:?}", file.what.path, file.what.change)),
        Told::Setting(..)
        | Told::Account(_)
        | Told::Group(_)
        | Told::Package(..)
        | Told::Connected(_)
        | Told::Storage(_)
        | Told::Print(_) => Some(format!("{told:?}")),
        _ => None,
    }
}

fn ended(process: u32) -> String {
    format!("{process} ended")
}
