//! Room for many open files: each agent, each growing recording and each viewer takes one.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Enough for the most connections that the listener takes, and a file for each recording they send.
const WANTED: u64 = 65_536;

/// Raises this process's limit on open files as far as is wanted and allowed. Systems often begin with 1,024 and allow
/// many more.
pub(crate) fn raise_limit() {
    let limit = getrlimit(Resource::Nofile);
    let allowed = limit.maximum.unwrap_or(u64::MAX);
    let current = limit.current.unwrap_or(u64::MAX);
    let wanted = WANTED.min(allowed);
    if current >= wanted {
        return;
    }
    match setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), maximum: limit.maximum }) {
        Ok(()) => tracing::debug!(from = current, to = wanted, "raised the limit on open files"),
        Err(error) => tracing::warn!(%error, current, "the limit on open files could not be raised"),
    }
}
