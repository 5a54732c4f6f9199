//! Which languages a session's user reads.

use std::time::Duration;

use policy::{Language, Locale};
use tokio::time::{Instant, sleep};

use crate::sessions::{self, Desktop};

/// How long to wait for a program of a session that tells the user's language.
const LOCALE_PATIENCE: Duration = Duration::from_secs(2);
const LOCALE_POLL: Duration = Duration::from_millis(200);

/// The languages that a session's user reads, best first: as its programs were told. A session that has just begun may have none yet.
pub async fn languages(desktop: &Desktop) -> Vec<Language> {
    let until = Instant::now() + LOCALE_PATIENCE;
    let look = |desktop: Desktop| tokio::task::spawn_blocking(move || sessions::locale(&desktop));
    while Instant::now() < until {
        if let Ok(Some(locale)) = look(desktop.clone()).await {
            return locale.languages();
        }
        sleep(LOCALE_POLL).await;
    }
    let desktop = desktop.clone();
    let servers: Locale =
        tokio::task::spawn_blocking(move || sessions::servers_locale(&desktop)).await.unwrap_or_default();
    servers.languages()
}
