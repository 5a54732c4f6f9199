//! Tells sessions' recordings what happened on the machine, each what its own programs did. One process looks, for all sessions, and
//! only while one of them wants it.

mod doubles;
mod process;
mod programs;
mod telling;

use std::sync::Arc;

use tokio::sync::mpsc;
use tokio::time::sleep;

use super::Context;
use super::again::Again;
use super::drives::DriveWatches;
use super::files_watch::{Watcher, Watching};
use super::wanted;
use crate::host_watch::{Told, Wanted};
use process::{HostWatch, MAX_HEARD};
use telling::Telling;

const BY_SSH: Watcher = Watcher { subcommand: "ssh-watch", knows: "files that SFTP and SCP copy" };
const COPIES: Watcher = Watcher { subcommand: "copy-watch", knows: "files that are copied out of listed folders" };

/// Tells for as long as it is polled.
pub(super) async fn watch_host(context: Arc<Context>) {
    let mut changes = context.running.changes();
    let mut again = Again::default();
    loop {
        changes.mark_unchanged();
        let wanted = wanted::wanted(&context);
        if wanted.is_nothing() {
            if changes.changed().await.is_err() {
                return std::future::pending().await;
            }
            continue;
        }
        again.starts();
        if let Err(error) = watch(&context, wanted, &mut changes).await {
            tracing::warn!("what happens on the machine is not known: {error:#}");
            sleep(again.ended()).await;
        }
    }
}

/// Tells what happens, until nothing is wanted any longer.
async fn watch(
    context: &Context,
    wanted: Wanted,
    changes: &mut tokio::sync::watch::Receiver<u64>,
) -> anyhow::Result<()> {
    let (mut host, first) = HostWatch::start(context, &wanted).await?;
    let (of_drives, mut drives_heard) = mpsc::channel(MAX_HEARD);
    let (by_ssh, mut ssh_heard) = mpsc::channel(MAX_HEARD);
    let (of_copies, mut copies_heard) = mpsc::channel(MAX_HEARD);
    let (program, uids) = (&context.settings.own_program, &context.uids);
    let mut telling = Telling::new(
        DriveWatches::new(program.clone(), of_drives),
        Watching::new(BY_SSH, program.clone(), uids.clone(), by_ssh),
        Watching::new(COPIES, program.clone(), uids.clone(), of_copies),
    );
    telling.begin(context, wanted, first);
    loop {
        let wanted = tokio::select! {
            told = host.hear() => match told {
                Ok(Told::Outdated) => wanted::wanted(context),
                Ok(told) => {
                    telling.tell(&told);
                    continue;
                }
                Err(error) => {
                    telling.tell_lost();
                    return Err(error);
                }
            },
            Some(told) = drives_heard.recv() => {
                telling.tell_drives(&told);
                continue;
            }
            Some(event) = ssh_heard.recv() => {
                telling.tell_ssh(&event);
                continue;
            }
            Some(event) = copies_heard.recv() => {
                telling.tell_copy(&event);
                continue;
            }
            changed = changes.changed() => {
                changed?;
                let wanted = wanted::wanted(context);
                if telling.is_of(&wanted) {
                    telling.look(context);
                    continue;
                }
                wanted
            }
        };
        if wanted.is_nothing() {
            return Ok(());
        }
        // Both look until the first one has told what waits.
        let (next, first) = HostWatch::start(context, &wanted).await.inspect_err(|_| telling.tell_lost())?;
        let before = std::mem::replace(&mut host, next);
        before.end(|told| telling.tell_doubled(&told)).await;
        telling.begin(context, wanted, first);
    }
}
