//! Reading the evidence file that belongs to a recording.

use std::fs::File;
use std::io::{BufRead, BufReader, ErrorKind, Read};
use std::path::Path;

use anyhow::{Context, bail};
use evidence::{Judge, MAX_EVIDENCE_BYTES};

/// A line is cut off here: what follows is a line of its own, and no sound one.
const MAX_LINE_BYTES: u64 = 1 << 20;

/// Gives the judge the named file's lines, or those of the one beside the recording, if there is one.
pub fn read(recording: &Path, named: Option<&Path>, judge: &mut Judge) -> anyhow::Result<()> {
    let beside = recording.with_extension("kev");
    let path = named.unwrap_or(&beside);
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if named.is_none() && error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error).with_context(|| format!("opening {}", path.display())),
    };
    let reading = || format!("reading {}", path.display());
    if file.metadata().with_context(reading)?.len() > MAX_EVIDENCE_BYTES {
        bail!("{} is larger than any evidence file", path.display());
    }
    judge.evidence_given();
    let mut lines = BufReader::new(file);
    let mut line = Vec::new();
    loop {
        line.clear();
        if lines.by_ref().take(MAX_LINE_BYTES).read_until(b'\n', &mut line).with_context(reading)? == 0 {
            return Ok(());
        }
        if line.last() == Some(&b'\n') {
            line.pop();
        }
        judge.evidence_line(&String::from_utf8_lossy(&line));
    }
}
