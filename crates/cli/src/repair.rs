//! `kinescope repair`: a readable copy of a damaged recording. The original is never written to.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use recording::{RepairSummary, Repairer};

use crate::recording_file;

/// Write a repaired copy of a recording.
///
/// Whole blocks are copied as they are; a write that was cut off at the end is left out; a hole in the middle is
/// declared as a gap; the index is built anew. The original is never changed. Prints one line for each thing lost.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  kinescope repair broken.kin -o whole.kin
  kinescope verify broken.kin || kinescope repair broken.kin -o whole.kin --json")]
pub struct Args {
    /// The damaged recording.
    file: PathBuf,
    /// Where the copy goes; must not exist.
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// Print what was done as JSON.
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let summary = repair(&args.file, &args.output)?;
    let mut out = io::stdout().lock();
    if args.json {
        serde_json::to_writer_pretty(&mut out, &summary)?;
        writeln!(out)?;
        return Ok(ExitCode::SUCCESS);
    }
    let file = args.file.display();
    for hole in &summary.holes {
        writeln!(out, "{file}: at byte {}: {} bytes are lost; declared as a gap", hole.offset, hole.bytes)?;
    }
    if summary.holes_left_out > 0 {
        writeln!(out, "{file}: and {} more holes", summary.holes_left_out)?;
    }
    if let Some(tail) = &summary.trimmed {
        writeln!(out, "{file}: at byte {}: the last {} bytes are no whole block; left out", tail.offset, tail.bytes)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Writes beside the target and renames at the end: a copy that was not finished never carries the name asked for.
fn repair(original: &Path, output: &Path) -> anyhow::Result<RepairSummary> {
    let mut source = recording_file::open(original)?;
    if fs::symlink_metadata(output).is_ok() {
        bail!("{} exists already: choose another name, a repair never overwrites", output.display());
    }
    let unfinished = unfinished_name(output)?;
    let mut copy = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&unfinished)
        .with_context(|| format!("creating {}", unfinished.display()))?;
    let summary = copy_repaired(original, &mut source, &unfinished, &mut copy);
    let placed = summary.and_then(|summary| {
        place(&unfinished, output)?;
        Ok(summary)
    });
    if placed.is_err() {
        // The first error counts; a file that cannot be removed either is named by its ending.
        let _ = fs::remove_file(&unfinished);
    }
    placed
}

fn unfinished_name(output: &Path) -> anyhow::Result<PathBuf> {
    let Some(name) = output.file_name() else { bail!("{} is no name for a file", output.display()) };
    let mut name = name.to_owned();
    name.push(".unfinished");
    Ok(output.with_file_name(name))
}

fn copy_repaired(
    original: &Path,
    source: &mut File,
    unfinished: &Path,
    copy: &mut File,
) -> anyhow::Result<RepairSummary> {
    let writing = || format!("writing {}", unfinished.display());
    let mut repairer = Repairer::new();
    let mut out = Vec::new();
    recording_file::pieces(original, source, |piece| {
        out.clear();
        repairer.push(piece, &mut out).with_context(|| original.display().to_string())?;
        copy.write_all(&out).with_context(writing)
    })?;
    out.clear();
    let summary = repairer.finish(&mut out).with_context(|| original.display().to_string())?;
    copy.write_all(&out).with_context(writing)?;
    copy.sync_all().with_context(writing)?;
    Ok(summary)
}

/// A hard link fails where a rename would replace what appeared meanwhile.
fn place(unfinished: &Path, output: &Path) -> anyhow::Result<()> {
    fs::hard_link(unfinished, output).with_context(|| format!("creating {}", output.display()))?;
    fs::remove_file(unfinished).with_context(|| format!("removing {}", unfinished.display()))
}
