//! Has files watched that OpenSSH copies from and to this machine, by one process for all sessions.

use std::path::{Path, PathBuf};

use detect::SshEvent;
use tokio::io::BufReader;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::sleep;

use super::again::Again;
use super::confined::{Part, hear_within};
use super::uids::RecorderUids;
use crate::ssh_watch::{Told, Watched};

/// Bytes of one line that it says: two paths, of which a byte becomes six at most.
const MAX_SAID_BYTES: u64 = 64 << 10;

/// Watches while it is wanted and this lives.
pub struct SshWatch {
    program: PathBuf,
    uids: Option<RecorderUids>,
    told: mpsc::Sender<SshEvent>,
    watch: Option<JoinHandle<()>>,
}

impl SshWatch {
    /// Nothing yet. `program` is the agent's own.
    pub fn new(program: PathBuf, uids: Option<RecorderUids>, told: mpsc::Sender<SshEvent>) -> Self {
        Self { program, uids, told, watch: None }
    }

    /// Watches from now on, or no longer.
    pub fn watch_if(&mut self, wanted: bool) {
        match (wanted, self.watch.take()) {
            (true, None) => {
                let (program, uids, told) = (self.program.clone(), self.uids.clone(), self.told.clone());
                self.watch = Some(tokio::spawn(async move { watch(&program, uids.as_ref(), &told).await }));
            }
            (true, watch) => self.watch = watch,
            (false, watch) => watch.into_iter().for_each(|watch| watch.abort()),
        }
    }
}

impl Drop for SshWatch {
    fn drop(&mut self) {
        self.watch_if(false);
    }
}

async fn watch(program: &Path, uids: Option<&RecorderUids>, told: &mpsc::Sender<SshEvent>) {
    let mut again = Again::default();
    loop {
        again.starts();
        let mut listened = false;
        match listen(program, uids, told, &mut listened).await {
            Ok(Ended::Outdated) => continue,
            Ok(Ended::Refused(reason)) => {
                tracing::warn!(reason, "files that SFTP and SCP copy are not told");
                return;
            }
            Err(error) => tracing::warn!("files that SFTP and SCP copy are not known: {error:#}"),
        }
        if listened && told.send(SshEvent::Lost).await.is_err() {
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
async fn listen(
    program: &Path,
    uids: Option<&RecorderUids>,
    told: &mpsc::Sender<SshEvent>,
    listened: &mut bool,
) -> anyhow::Result<Ended> {
    let uid = RecorderUids::one_of(uids)?;
    let (_part, stdout) = Part::start(program, "ssh-watch", uid, &Watched {}).await?;
    let mut stdout = BufReader::new(stdout);
    loop {
        match hear_within(&mut stdout, MAX_SAID_BYTES).await? {
            Told::Listens => *listened = true,
            Told::Refused(reason) => return Ok(Ended::Refused(reason)),
            Told::Copied(event) => told.send(event).await?,
            Told::Unwatched { folder, reason } => {
                tracing::warn!(folder, reason, "files that SFTP and SCP copy there are not told");
            }
            Told::Outdated => return Ok(Ended::Outdated),
        }
    }
}
