//! Tells a session's user that something is about to be done to it.

use std::sync::Arc;
use std::time::Duration;

use notice::{Answer, Content, Kind};
use policy::{Coming, Notices, Telling};
use tokio::time::{sleep, timeout};

use super::languages::languages;
use super::notice_process::{Ended, Heard};
use super::{AGAIN_PAUSE, NO_FONT, Shows, show};
use crate::sessions::Desktop;

/// Shows a window that says so, and returns when its user has closed it or the time is over. Nothing keeps the time from being over: not
/// what takes the window away, nor a machine that cannot show it.
pub async fn warn<M: Shows>(mode: &Arc<M>, desktop: &Desktop, coming: Coming, time: Duration) {
    let seconds = u32::try_from(time.as_secs()).unwrap_or(u32::MAX);
    let closed = async {
        // Only the words' order of languages is the site's.
        let setting = mode.notices().unwrap_or_else(|_| Notices::default());
        let tellings = setting.warnings(&languages(desktop).await, coming, seconds);
        let contents: Vec<Content> = tellings.into_iter().map(content).collect();
        while !was_closed(mode, desktop, &contents).await {
            sleep(AGAIN_PAUSE).await;
        }
    };
    if timeout(time, closed).await.is_ok() {
        tracing::info!(display = desktop.server.display, "a warning was read");
    }
}

/// False: the window went otherwise, or could not be shown.
async fn was_closed<M: Shows>(mode: &Arc<M>, desktop: &Desktop, contents: &[Content]) -> bool {
    let mut process = match show(&**mode, desktop, contents.to_vec()).await {
        Ok(process) => process,
        Err(error) => {
            tracing::warn!(display = desktop.server.display, "a warning cannot be shown: {error:#}");
            return false;
        }
    };
    loop {
        match process.hear().await {
            Heard::Shown(language) => {
                tracing::debug!(display = desktop.server.display, language, "a warning is shown");
            }
            Heard::Answer(Answer::Dismissed) => return true,
            Heard::Ended(Ended::NoFont) => {
                tracing::warn!(display = desktop.server.display, "{NO_FONT}");
                return std::future::pending().await;
            }
            Heard::Answer(_) | Heard::Ended(_) => return false,
        }
    }
}

fn content(Telling { language, title, body, dismiss, .. }: Telling) -> Content {
    Content { language, title, body, kind: Kind::Notice { dismiss } }
}
