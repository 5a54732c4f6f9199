//! Reading the evidence file that belongs to a recording.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;

use anyhow::{Context, bail};
use evidence::{Judge, MAX_EVIDENCE_BYTES};

/// Read at once.
const PIECE_BYTES: usize = 256 << 10;

/// Gives the judge the named file's bytes, or those of the one beside the recording, if there is one.
pub fn read(recording: &Path, named: Option<&Path>, judge: &mut Judge) -> anyhow::Result<()> {
    let beside = recording.with_extension("kev");
    let path = named.unwrap_or(&beside);
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if named.is_none() && error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error).with_context(|| format!("opening {}", path.display())),
    };
    let reading = || format!("reading {}", path.display());
    if file.metadata().with_context(reading)?.len() > MAX_EVIDENCE_BYTES {
        bail!("{} is larger than any evidence file", path.display());
    }
    give(&mut file, judge).with_context(reading)
}

/// Gives the judge all bytes of an evidence file.
pub fn give(file: &mut impl Read, judge: &mut Judge) -> std::io::Result<()> {
    judge.push_evidence(&[]);
    let mut piece = vec![0; PIECE_BYTES];
    loop {
        match file.read(&mut piece)? {
            0 => return Ok(()),
            bytes => judge.push_evidence(piece.get(..bytes).unwrap_or_default()),
        }
    }
}
