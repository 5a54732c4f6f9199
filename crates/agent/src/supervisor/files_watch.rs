//! Has files of all file systems watched, by one process for all sessions.

use std::path::{Path, PathBuf};

use detect::FilesWatch;
use tokio::io::BufReader;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::sleep;

use super::again::Again;
use super::confined::{Part, hear_within};
use super::uids::RecorderUids;
use crate::files_watch::Told;

/// Bytes of one line that it says: three paths, of which a byte becomes six at most.
const MAX_SAID_BYTES: u64 = 96 << 10;

/// The subcommand that watches, and what is not known without it.
#[derive(Debug, Clone, Copy)]
pub struct Watcher {
    pub subcommand: &'static str,
    pub knows: &'static str,
}

/// Watches while it is wanted and this lives.
pub struct Watching<W: FilesWatch> {
    watcher: Watcher,
    program: PathBuf,
    uids: Option<RecorderUids>,
    told: mpsc::Sender<W::Event>,
    watch: Option<(W::Watched, JoinHandle<()>)>,
}

impl<W> Watching<W>
where
    W: FilesWatch + 'static,
    W::Watched: Clone + PartialEq + Send + Sync + 'static,
    W::Event: Send + Sync + 'static,
{
    /// Nothing yet. `program` is the agent's own.
    pub fn new(watcher: Watcher, program: PathBuf, uids: Option<RecorderUids>, told: mpsc::Sender<W::Event>) -> Self {
        Self { watcher, program, uids, told, watch: None }
    }

    /// Watches this from now on, or nothing.
    pub fn watch(&mut self, wanted: Option<W::Watched>) {
        if self.watch.as_ref().map(|(watched, _)| watched) == wanted.as_ref() {
            return;
        }
        self.end();
        self.watch = wanted.map(|watched| {
            let watch =
                watch::<W>(self.watcher, self.program.clone(), self.uids.clone(), self.told.clone(), watched.clone());
            (watched, tokio::spawn(watch))
        });
    }
}

impl<W: FilesWatch> Watching<W> {
    fn end(&mut self) {
        if let Some((_, watch)) = self.watch.take() {
            watch.abort();
        }
    }
}

impl<W: FilesWatch> Drop for Watching<W> {
    fn drop(&mut self) {
        self.end();
    }
}

async fn watch<W>(
    watcher: Watcher,
    program: PathBuf,
    uids: Option<RecorderUids>,
    told: mpsc::Sender<W::Event>,
    watched: W::Watched,
) where
    W: FilesWatch,
    W::Watched: Sync,
    W::Event: Send + Sync + 'static,
{
    let mut again = Again::default();
    loop {
        again.starts();
        let mut listened = false;
        match listen::<W>(watcher, &program, uids.as_ref(), &told, &watched, &mut listened).await {
            Ok(Ended::Outdated) => continue,
            Ok(Ended::Refused(reason)) => {
                tracing::warn!(reason, "{} are not told", watcher.knows);
                return;
            }
            Err(error) => tracing::warn!("{} are not known: {error:#}", watcher.knows),
        }
        if listened && told.send(W::LOST).await.is_err() {
            return;
        }
        sleep(again.ended()).await;
    }
}

/// Why one ended that was not ended by anything else.
enum Ended {
    /// To be followed by another at once.
    Outdated,
    /// For this reason, as would any other.
    Refused(String),
}

/// Passes on what one says, and whether it listened, to its end.
async fn listen<W>(
    watcher: Watcher,
    program: &Path,
    uids: Option<&RecorderUids>,
    told: &mpsc::Sender<W::Event>,
    watched: &W::Watched,
    listened: &mut bool,
) -> anyhow::Result<Ended>
where
    W: FilesWatch,
    W::Event: Send + Sync + 'static,
{
    let uid = RecorderUids::one_of(uids)?;
    let (_part, stdout) = Part::start(program, watcher.subcommand, uid, watched).await?;
    let mut stdout = BufReader::new(stdout);
    loop {
        match hear_within(&mut stdout, MAX_SAID_BYTES).await? {
            Told::Listens => *listened = true,
            Told::Refused(reason) => return Ok(Ended::Refused(reason)),
            Told::Heard(event) => told.send(event).await?,
            Told::Unwatched { folder, reason } => {
                tracing::warn!(folder, reason, "{} there are not told", watcher.knows);
            }
            Told::Outdated => return Ok(Ended::Outdated),
        }
    }
}
