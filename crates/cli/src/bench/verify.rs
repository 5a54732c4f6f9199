//! `kinescope bench verify`: how fast recordings are judged, beside SHA-256 of the same bytes.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, ensure};
use evidence::{EpochSigner, Expected, Judge, MachineKey};
use nix::sys::resource::{UsageWho, getrusage};
use rand::Rng;
use recording::{
    Anchor, Assembler, BlockWriter, End, EndReason, FORMAT_VERSION, Group, Header, RecordingId, SessionFacts,
    StartReason, Track, TrackKind,
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::recording_file;

/// Least rates in megabytes a second, with and without the processor's own instructions for SHA.
const LEAST_MB_S: [f64; 2] = [500.0, 250.0];
/// A payload that takes one block whole.
const PAYLOAD_BYTES: usize = 60_000;
/// Payloads between two groups.
const PAYLOADS_IN_GROUP: u64 = 60;

/// Judge a recording as `kinescope verify` does; print megabytes a second of processor time on one core, as JSON.
///
/// Without a file it makes one of bytes that nothing compresses, signed, with a checkpoint for each second or so. Every file is
/// read once before, so that no disk is measured. Fails below 500 MB/s (250 on a processor without SHA instructions).
#[derive(clap::Args)]
pub struct VerifyArgs {
    /// The recording; none: one is made.
    file: Option<PathBuf>,
    /// Size of the recording that is made, in megabytes.
    #[arg(long, default_value_t = 256, value_parser = clap::value_parser!(u64).range(1..=16_384))]
    megabytes: u64,
}

/// Measures, and says whether the limit was kept.
pub fn measure(args: &VerifyArgs) -> anyhow::Result<(Value, bool)> {
    let made = args.file.is_none().then(|| Made::new(args.megabytes * 1_000_000)).transpose()?;
    let path = args.file.as_deref().or(made.as_ref().map(|made| made.path.as_path())).context("no recording")?;
    let (bytes, _) = timed(path, |_| Ok(()))?;
    let mut hash = Sha256::new();
    let (_, hashing) = timed(path, |piece| {
        hash.update(piece);
        Ok(())
    })?;
    let mut judge = Judge::new(Expected::default());
    let (_, judging) = timed(path, |piece| Ok(judge.push(piece)?))?;
    let before = super::thread_cpu()?;
    let judgement = judge.finish()?;
    let judging = judging + super::thread_cpu()?.saturating_sub(before);
    ensure!(args.file.is_some() || judgement.is_sound(), "the recording that was made is not sound");
    let rate = |took: Duration| (bytes as f64 / 1e6 / took.as_secs_f64().max(1e-9)).round();
    let instructions = std::fs::read_to_string("/proc/cpuinfo").is_ok_and(|words| words.contains(" sha_ni"));
    let least = LEAST_MB_S[usize::from(!instructions)];
    let figures = json!({
        "bytes": bytes,
        "checkpoints": judgement.container.checkpoints,
        "signatures": judgement.signatures.right,
        "sha_instructions": instructions,
        "sha256_mb_per_s": rate(hashing),
        "verify_mb_per_s": rate(judging),
        "required_mb_per_s": least,
        "max_rss_bytes": getrusage(UsageWho::RUSAGE_SELF)?.max_rss() * 1024,
    });
    Ok((figures, rate(judging) >= least))
}

/// Hands over a file's pieces: its bytes, and the processor time that was spent on them, reading included.
fn timed(path: &Path, take: impl FnMut(&[u8]) -> anyhow::Result<()>) -> anyhow::Result<(u64, Duration)> {
    let mut file = recording_file::open(path)?;
    let (mut take, mut bytes) = (take, 0);
    let before = super::thread_cpu()?;
    recording_file::pieces(path, &mut file, |piece| {
        bytes += piece.len() as u64;
        take(piece)
    })?;
    Ok((bytes, super::thread_cpu()?.saturating_sub(before)))
}

/// A recording in the temporary folder, gone with this.
struct Made {
    path: PathBuf,
}

impl Made {
    fn new(least_bytes: u64) -> anyhow::Result<Made> {
        let made = Made { path: std::env::temp_dir().join(format!("kinescope-bench-{}.kin", std::process::id())) };
        made.write(least_bytes).with_context(|| format!("writing {}", made.path.display()))?;
        Ok(made)
    }

    fn write(&self, least_bytes: u64) -> anyhow::Result<()> {
        let mut file = File::create_new(&self.path)?;
        let header = header();
        let (assembler, mut out) = Assembler::new(&header)?;
        let signer = EpochSigner::new(header.recording, MachineKey::from_seed(rand::random()), rand::random());
        let mut assembler = assembler.signed_by(Box::new(signer));
        let (writer, mut payload, mut number, mut time_us) = (BlockWriter::new(), vec![0; PAYLOAD_BYTES], 0u64, 0);
        while assembler.head().offset < least_bytes {
            let mut blocks = Vec::new();
            if number.is_multiple_of(PAYLOADS_IN_GROUP) {
                let tracks = vec![Track { id: 1, kind: TrackKind::Screen }];
                let group = Group { number, tracks, key_frame_interval_us: 60_000_000, ..Group::default() };
                writer.group(&group, time_us, &mut blocks)?;
            }
            rand::rng().fill_bytes(&mut payload);
            writer.data(1, time_us, &payload, &mut blocks)?;
            assembler.accept(&blocks, &header.started, &mut out)?;
            file.write_all(&out)?;
            out.clear();
            number += 1;
            time_us += 100_000;
        }
        let end = End { reason: EndReason::Stopped, text: "Large enough.".to_owned(), successor: None };
        assembler.end(&end, time_us, &header.started, &mut out)?;
        Ok(file.write_all(&out)?)
    }
}

impl Drop for Made {
    fn drop(&mut self) {
        // What is left in a temporary folder harms nobody.
        let _ = std::fs::remove_file(&self.path);
    }
}

fn header() -> Header {
    let text = |text: &str| text.to_owned();
    Header {
        format: FORMAT_VERSION,
        recording: RecordingId::from_parts(1_795_000_000_000, rand::random()),
        session: SessionFacts::desktop("bench", "bench", "bench"),
        started: Anchor { unix_us: 1_795_000_000_000_000, boottime_us: 0, boot_id: text("bench"), uncertainty_us: 0 },
        software: text("kinescope bench"),
        reason: StartReason { policy: text("bench"), rule: None, text: text("To measure.") },
        follows: None,
    }
}
