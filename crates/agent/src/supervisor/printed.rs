//! Copies of what is printed, for recordings that keep them: CUPS' own files, opened here and read by the recorder alone.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use detect::Job;
use nix::libc::{O_NOFOLLOW, O_NONBLOCK};

use super::running::Session;
use super::wanted::PRINTED;
use crate::recorder::{Content, Document};

/// Of a job with more, the first ones.
const MAX_DOCUMENTS: u32 = 8;
/// What a document is called, at most.
const MAX_NAME_CHARS: usize = 200;

/// Has a session's recording keep copies of what a job prints, as far as CUPS still has it.
pub fn keep(session: &Session, job: &Job) {
    if job.documents == 0 {
        tracing::warn!(
            job = job.number,
            "CUPS keeps no files of jobs (PreserveJobFiles): no copy of what is printed is kept"
        );
    }
    let name = job.document.as_deref().or(job.title.as_deref()).unwrap_or("document");
    let name: String = name.chars().take(MAX_NAME_CHARS).collect();
    for at in 1..=job.documents.min(MAX_DOCUMENTS) {
        let name = if job.documents == 1 { name.clone() } else { format!("{at} {name}") };
        match open(&Path::new(PRINTED).join(detect::document_file(job.number, at))) {
            Ok(file) => session.keep(Document { name, job: job.number, content: Content::of(file) }),
            Err(error) => tracing::warn!(job = job.number, %error, "no copy of what is printed is kept"),
        }
    }
}

/// Only root and CUPS can put anything there; a link or a device that is there all the same is not followed or waited for.
fn open(path: &Path) -> std::io::Result<File> {
    let file = OpenOptions::new().read(true).custom_flags(O_NOFOLLOW | O_NONBLOCK).open(path)?;
    match file.metadata()?.is_file() {
        true => Ok(file),
        false => Err(std::io::Error::other("it is no file")),
    }
}
