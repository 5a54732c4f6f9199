//! One process that looks at what happens on the machine.

use std::time::Duration;

use anyhow::Context as _;
use tokio::io::BufReader;
use tokio::process::ChildStdout;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::host_watch::{Told, Wanted};
use crate::supervisor::Context;
use crate::supervisor::confined::{Part, hear_within};
use crate::supervisor::uids::RecorderUids;

/// Bytes of one line that it says: paths and arguments are bounded, and a byte of them becomes six at most.
const MAX_SAID_BYTES: u64 = 256 << 10;
/// Lines that wait here; more wait in the pipe, and then in the kernel.
pub const MAX_HEARD: usize = 256;
/// One that looks takes less to begin, and less to end.
const PATIENCE: Duration = Duration::from_secs(30);

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
