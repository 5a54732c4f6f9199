//! `kinescope verify`: whether a recording is what was recorded and stored, where it breaks, and who speaks for it.

mod authorities;
mod bundle;
mod evidence_file;
mod output;

use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use evidence::{Expected, Judge, Judgement, LinkJudgement, LinkState, judge_link};
use recording::PublicKey;

use crate::{exit, recording_file};
use authorities::Authorities;

/// Check checksums, chain, signatures and receipts, and say where a recording breaks.
///
/// Prints nothing on stdout for an intact recording, one line for each fault otherwise. Declared gaps are no faults:
/// the recorder said itself that something is missing. Receipts are read from the evidence file beside the recording
/// (the same name ending in .kev), if there is one. The recordings of one session, given together, are checked for
/// their links.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  kinescope verify recording.kin && echo intact
  kinescope verify --machine-key HEX --server-key HEX --report report.html recording.kin
  kinescope verify --evidence i_0199.kev i_0199.kin
  kinescope verify --summary monday-1.kin monday-2.kin
  kinescope verify --server-key HEX kinescope-0199.zip     # as downloaded from the server
  kinescope verify --json *.kin | jq -r 'select(.intact | not).file'

The server shows a machine's key among its machines, and its own at /api/v1/evidence-key. Keys that you name must be
found: a recording without signature or receipt is then not intact.

Exit codes:
  0  every recording is intact, and every link between those given
  3  at least one is damaged or was altered
  4  a file is no recording")]
pub struct Args {
    /// The recordings, or archives of them that were downloaded from a server.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// The evidence file, if it does not stand beside the recording; for one recording.
    #[arg(long, value_name = "F.kev")]
    evidence: Option<PathBuf>,
    /// The machine's key that you trust, 64 hexadecimal digits.
    #[arg(long, value_name = "HEX")]
    machine_key: Option<PublicKey>,
    /// The server's key that you trust, 64 hexadecimal digits.
    #[arg(long, value_name = "HEX")]
    server_key: Option<PublicKey>,
    /// Certificates (PEM) of authorities whose time stamps you trust; without it time stamps are checked, and who made them not.
    #[arg(long, value_name = "FILE")]
    tsa_ca: Option<PathBuf>,
    /// Print one JSON object for each file, a line each.
    #[arg(long)]
    json: bool,
    /// Also say what was checked where nothing was found.
    #[arg(long, conflicts_with = "json")]
    summary: bool,
    /// Write a report that can be read without knowing the format: HTML if the name ends so, else text.
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
}

/// A file that could be judged.
pub struct Judged {
    path: PathBuf,
    judgement: Judgement,
}

/// Runs the command.
pub fn run(args: &Args) -> anyhow::Result<ExitCode> {
    if args.evidence.is_some() && (args.files.len() > 1 || args.files.iter().any(|path| bundle::is_bundle(path))) {
        bail!("--evidence is for one recording; put evidence files beside the recordings and leave it out");
    }
    let mut code = ExitCode::SUCCESS;
    let mut judged = Vec::new();
    for path in &args.files {
        for (path, judgement) in judge_all(path, args) {
            match judgement {
                Ok(judgement) => judged.push(Judged { path, judgement }),
                // One bad file among many must not hide what is wrong with the others.
                Err(error) => code = exit::report(&error),
            }
        }
    }
    let links = links(&judged);
    let broken = judged.iter().any(|one| !one.judgement.is_sound());
    if broken || links.iter().any(|link| link.state == LinkState::Broken) {
        code = ExitCode::from(exit::NOT_INTACT);
    }
    let mut out = io::stdout().lock();
    for Judged { path, judgement } in &judged {
        if args.json {
            output::json(&mut out, path, judgement, &links)?;
        } else {
            output::text(&mut out, path, judgement, &links, args.summary)?;
        }
    }
    if let Some(report) = &args.report {
        output::report(report, &judged, &links)?;
    }
    Ok(code)
}

/// Judges a file, or all recordings in an archive.
fn judge_all(path: &Path, args: &Args) -> Vec<(PathBuf, anyhow::Result<Judgement>)> {
    if !bundle::is_bundle(path) {
        return vec![(path.to_owned(), judge(path, args))];
    }
    bundle::judge(path, args).unwrap_or_else(|error| vec![(path.to_owned(), Err(error))])
}

impl Args {
    /// A judge who trusts what was named.
    fn judge(&self) -> anyhow::Result<Judge> {
        let authorities = Authorities::read(self.tsa_ca.as_deref())?;
        let expected = Expected { machine_key: self.machine_key, server_key: self.server_key };
        Ok(Judge::new(expected).with_authorities(Box::new(authorities)))
    }
}

fn judge(path: &Path, args: &Args) -> anyhow::Result<Judgement> {
    judge_with(args.judge()?, path, args.evidence.as_deref())
}

/// What can be said of a recording in a sentence, by somebody who was told of no keys to trust.
pub fn in_a_sentence(path: &Path) -> anyhow::Result<&'static str> {
    Ok(judge_with(Judge::new(Expected::default()), path, None)?.verdict.in_a_sentence())
}

fn judge_with(mut judge: Judge, path: &Path, evidence: Option<&Path>) -> anyhow::Result<Judgement> {
    let named = || path.display().to_string();
    evidence_file::read(path, evidence, &mut judge)?;
    let mut file = recording_file::open(path)?;
    recording_file::pieces(path, &mut file, |piece| judge.push(piece).with_context(named))?;
    judge.finish().with_context(named)
}

/// Every link between two of the files.
fn links(judged: &[Judged]) -> Vec<LinkJudgement> {
    let mut links = Vec::new();
    for earlier in judged {
        links.extend(judged.iter().filter_map(|later| judge_link(&earlier.judgement, &later.judgement)));
    }
    links
}
