//! `kinescope documents`: copies of what was printed, out of a recording into files.

mod file_name;

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use player::{DocumentError, DocumentFinder, FoundDocument, Keys};
use serde::Serialize;

use crate::key_file::KeyArgs;
use crate::terminal::printable;
use crate::{exit, moment, recording_file};
use file_name::file_name;

/// List the copies of what was printed that stand in a recording, and write them to files.
///
/// Reads the whole file. A document is written only if it is what its event says, by size and SHA-256; verify the recording to know
/// whether that event is genuine. What was printed is as hostile as anything that was recorded: open it where it can do no harm.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  kinescope documents recording.kin
  kinescope documents recording.kin --out printed
  kinescope documents --json recording.kin | jq -r .name
  kinescope documents sealed.kin --key alice.key --out printed

Exit codes:
  1  something is sealed, and no key was given that opens it: all else was done
  3  of some document parts are missing or were changed: all else was done")]
pub struct Args {
    /// The recording.
    file: PathBuf,
    /// Write each document into this folder, as its number and name; what exists is never written over.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Print JSON, a line for each document.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    keys: KeyArgs,
}

/// What is told of one document.
#[derive(Serialize)]
struct Row {
    time_us: u64,
    /// The wall clock of the recorded machine, where the recording says how it was set.
    #[serde(skip_serializing_if = "Option::is_none")]
    unix_us: Option<i64>,
    name: String,
    size: u64,
    sha256: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    job: Option<u64>,
    cut: bool,
    state: &'static str,
    /// Where it was written.
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<PathBuf>,
}

/// What became of all of them.
#[derive(Default)]
struct Outcome {
    count: u64,
    damaged: u64,
    sealed: u64,
}

/// Runs the command.
pub fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let overview = recording_file::overview(&args.file)?;
    let header = overview.header.as_ref();
    let recording = overview.index.recording.or(header.map(|header| header.recording));
    let started_us = header.map(|header| header.started.unix_us);
    let keys = Keys { recording, ring: args.keys.ring()? };
    if let Some(folder) = &args.out {
        fs::create_dir_all(folder).with_context(|| format!("creating {}", folder.display()))?;
    }
    let (mut finder, mut outcome) = (DocumentFinder::at(0, &keys), Outcome::default());
    let mut out = io::stdout().lock();
    recording_file::pieces(&args.file, &mut recording_file::open(&args.file)?, |piece| {
        finder.push(piece);
        while let Some(found) = finder.next() {
            let row = taken(args, found, started_us, &mut outcome)?;
            tell(&row, args.json, &mut out)?;
        }
        Ok(())
    })?;
    Ok(outcome.said(finder.saw_sealed_events()))
}

/// Writes a document where that is asked for and possible.
fn taken(args: &Args, found: FoundDocument, started_us: Option<i64>, outcome: &mut Outcome) -> anyhow::Result<Row> {
    outcome.count += 1;
    let kept = found.kept.clone();
    let mut row = Row {
        time_us: found.time_us,
        unix_us: started_us.and_then(|started_us| started_us.checked_add_unsigned(found.time_us)),
        job: found.event.fields.get("job").and_then(serde_json::Value::as_u64),
        size: kept.size_bytes,
        sha256: kept.sha256,
        cut: kept.is_cut,
        name: kept.name,
        state: "whole",
        file: None,
    };
    match found.into_bytes() {
        Ok(bytes) => {
            row.file = match &args.out {
                Some(folder) => Some(write(folder, &file_name(outcome.count, &row.name), &bytes)?),
                None => None,
            };
        }
        Err(DocumentError::Sealed) => {
            outcome.sealed += 1;
            row.state = "sealed";
        }
        Err(DocumentError::TooLarge) => {
            outcome.damaged += 1;
            row.state = "too large";
        }
        Err(_) => {
            outcome.damaged += 1;
            row.state = "damaged";
        }
    }
    Ok(row)
}

/// A new file: what is there already, a link among it, is left alone.
fn write(folder: &Path, name: &str, bytes: &[u8]) -> anyhow::Result<PathBuf> {
    let path = folder.join(name);
    let mut file = match OpenOptions::new().write(true).create_new(true).open(&path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            bail!("{} exists already and was left alone: choose another folder", path.display())
        }
        opened => opened.with_context(|| format!("creating {}", path.display()))?,
    };
    let written = file.write_all(bytes).with_context(|| format!("writing {}", path.display()));
    if written.is_err() {
        // The first error counts: half a document must not look like one.
        let _ = fs::remove_file(&path);
    }
    written.map(|()| path)
}

/// Texts come from recorded machines, the digits of the hash among them.
fn tell(row: &Row, as_json: bool, out: &mut impl Write) -> anyhow::Result<()> {
    if as_json {
        serde_json::to_writer(&mut *out, row)?;
        return Ok(writeln!(out)?);
    }
    let clock = row.unix_us.map(|unix_us| format!(" ({})", moment::wall_clock(unix_us))).unwrap_or_default();
    writeln!(out, "{}{clock}: {}", moment::shown(row.time_us), printable(&row.name))?;
    let cut = if row.cut { ", cut: there was more of it" } else { "" };
    let job = row.job.map(|job| format!(", job {job}")).unwrap_or_default();
    writeln!(out, "  {} bytes{cut}{job}, SHA-256 {}", row.size, printable(&row.sha256))?;
    match (row.state, &row.file) {
        (_, Some(file)) => writeln!(out, "  written: {}", file.display())?,
        ("whole", None) => {}
        ("sealed", None) => writeln!(out, "  SEALED: none of the given keys opens it")?,
        ("too large", None) => writeln!(out, "  TOO LARGE: it is said to be larger than documents are")?,
        (_, None) => writeln!(out, "  NOT WHOLE: parts are missing or were changed")?,
    }
    Ok(())
}

impl Outcome {
    /// Says what is to be said of all together.
    fn said(&self, sealed_events: bool) -> ExitCode {
        if sealed_events {
            eprintln!("kinescope: events are sealed that no given key opens (--key): they may tell of more documents");
        } else if self.count == 0 {
            eprintln!("kinescope: no copies of documents are in this recording");
        }
        if self.sealed > 0 {
            eprintln!("kinescope: sealed documents: {}; give a key that opens them (--key)", self.sealed);
        }
        if self.damaged > 0 {
            eprintln!("kinescope: documents that are not whole: {}; `kinescope verify` says where", self.damaged);
            return ExitCode::from(exit::NOT_INTACT);
        }
        if sealed_events || self.sealed > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS }
    }
}
