//! Programs looked up by the recorder itself, where it runs as the session's user.

use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use capture::{Class, Client, Programs};

use super::watch::ProgramWatch;

/// How often descendants are looked for.
pub const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Answers at once, from /proc.
#[derive(Debug)]
pub struct LocalPrograms(Arc<Mutex<ProgramWatch>>);

impl LocalPrograms {
    /// Starts to watch.
    ///
    /// # Errors
    /// If no thread can be started.
    pub fn new(watch: ProgramWatch) -> std::io::Result<Self> {
        let watch = Arc::new(Mutex::new(watch));
        let watched = Arc::downgrade(&watch);
        std::thread::Builder::new().name("programs".to_owned()).spawn(move || keep_looking(&watched))?;
        Ok(Self(watch))
    }
}

fn keep_looking(watch: &Weak<Mutex<ProgramWatch>>) {
    while let Some(watch) = watch.upgrade() {
        watch.lock().unwrap_or_else(PoisonError::into_inner).look();
        drop(watch);
        std::thread::sleep(LOOK_EVERY);
    }
}

impl Programs for LocalPrograms {
    fn class(&mut self, client: Client) -> Class {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).class(client.pid)
    }
}
