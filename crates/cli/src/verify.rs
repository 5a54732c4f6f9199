//! `kinescope verify`: whether a recording is what was written, and where it breaks.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use recording::{Report, Verifier};
use serde_json::json;

use crate::{exit, moment, recording_file};

/// Check every checksum and the hash chain, and say where a recording breaks.
///
/// Prints nothing for an intact recording, one line for each fault otherwise. Declared gaps are no faults: the recorder
/// said itself that something is missing.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  kinescope verify recording.kin && echo intact
  kinescope verify --summary recording.kin
  kinescope verify --json *.kin | jq -r 'select(.intact | not).file'

Exit codes:
  0  every recording is intact
  3  at least one is damaged or was altered
  4  a file is no recording")]
pub struct Args {
    /// The recordings.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Print one JSON object for each file, a line each.
    #[arg(long)]
    json: bool,
    /// Also say what was checked where nothing was found.
    #[arg(long, conflicts_with = "json")]
    summary: bool,
}

/// Runs the command.
pub fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let mut out = io::stdout().lock();
    let mut code = ExitCode::SUCCESS;
    for path in &args.files {
        let report = match verify(path) {
            Ok(report) => report,
            // One bad file among many must not hide what is wrong with the others.
            Err(error) => {
                code = exit::report(&error);
                continue;
            }
        };
        if !report.intact {
            code = ExitCode::from(exit::NOT_INTACT);
        }
        if args.json {
            print_json(&mut out, path, &report)?;
        } else {
            print_text(&mut out, path, &report, args.summary)?;
        }
    }
    Ok(code)
}

fn verify(path: &Path) -> anyhow::Result<Report> {
    let named = || path.display().to_string();
    let mut verifier = Verifier::new();
    let mut file = recording_file::open(path)?;
    recording_file::pieces(path, &mut file, |piece| verifier.push(piece).with_context(named))?;
    verifier.finish().with_context(named)
}

fn print_json(out: &mut impl Write, path: &Path, report: &Report) -> anyhow::Result<()> {
    let mut object = json!(report);
    if let Some(fields) = object.as_object_mut() {
        fields.insert("file".to_owned(), json!(path.display().to_string()));
    }
    writeln!(out, "{object}")?;
    Ok(())
}

fn print_text(out: &mut impl Write, path: &Path, report: &Report, summary: bool) -> anyhow::Result<()> {
    let file = path.display();
    for finding in &report.findings {
        let time = moment::shown(finding.time_us);
        writeln!(out, "{file}: at byte {}, after {time}: {}", finding.offset, finding.what)?;
    }
    if report.findings_left_out > 0 {
        writeln!(out, "{file}: and {} more faults", report.findings_left_out)?;
    }
    if !summary {
        return Ok(());
    }
    let Report { blocks, groups, checkpoints, gaps, repaired_holes, unwitnessed_bytes, .. } = report;
    let verdict = if report.intact { "intact" } else { "NOT intact" };
    let ended = report.ended.as_ref().map_or("no end".to_owned(), |end| format!("ended: {}", end.reason));
    writeln!(out, "{file}: {verdict}; {}, {ended}", moment::shown(report.duration_us))?;
    writeln!(out, "{file}: {} bytes, {blocks} blocks, {groups} groups, {checkpoints} checkpoints", report.bytes)?;
    writeln!(out, "{file}: {gaps} declared gaps, {repaired_holes} of them holes left by a repair")?;
    writeln!(out, "{file}: {unwitnessed_bytes} bytes after the last checkpoint are covered by checksums only")?;
    writeln!(out, "{file}: chain {}", report.chain)?;
    Ok(())
}
