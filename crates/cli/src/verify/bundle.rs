//! Recordings in a bundle, as the server packs them: judged without unpacking.

use std::borrow::Cow;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use evidence::{Judgement, MAX_EVIDENCE_BYTES};
use zip::read::ZipFile;
use zip::{CompressionMethod, ZipArchive};

use super::{Args, evidence_file};

/// Bytes read at once.
const PIECE_BYTES: usize = 1 << 20;
/// The server packs at most so many recordings, with a file of evidence each and a page of words.
const MOST_FILES: usize = 2_001;

/// Whether a file is to be taken for a bundle: by its name, since recordings are known by their own bytes.
pub fn is_bundle(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("zip"))
}

/// Judges every recording in a bundle, with the evidence file beside it. A recording that cannot be judged is an error in
/// its place.
///
/// # Errors
/// The file cannot be read, or is no bundle.
pub fn judge(path: &Path, args: &Args) -> anyhow::Result<Vec<(PathBuf, anyhow::Result<Judgement>)>> {
    let named = || path.display().to_string();
    let file = File::open(path).with_context(named)?;
    let mut archive = ZipArchive::new(BufReader::new(file)).with_context(named)?;
    ensure!(archive.len() <= MOST_FILES, "{} holds more files than any bundle", path.display());
    let names: Result<Vec<String>, _> = archive.file_names().map(|name| name.map(Cow::into_owned)).collect();
    let names: Vec<String> = names.with_context(named)?.into_iter().filter(|name| name.ends_with(".kin")).collect();
    if names.is_empty() {
        bail!("{} holds no recording", path.display());
    }
    let judged = names.into_iter().map(|name| {
        let place = path.join(&name);
        let judgement = judge_one(&mut archive, &name, args).with_context(|| place.display().to_string());
        (place, judgement)
    });
    Ok(judged.collect())
}

fn judge_one(archive: &mut ZipArchive<BufReader<File>>, name: &str, args: &Args) -> anyhow::Result<Judgement> {
    let mut judge = args.judge()?;
    let beside = name.strip_suffix(".kin").map(|stem| format!("{stem}.kev")).unwrap_or_default();
    if let Some(index) = archive.index_for_name(&beside) {
        let evidence = stored(archive, index)?;
        ensure!(evidence.size() <= MAX_EVIDENCE_BYTES, "{beside} is larger than any evidence file");
        evidence_file::give(&mut evidence.take(MAX_EVIDENCE_BYTES), &mut judge)?;
    }
    let index = archive.index_for_name(name).context("the archive names it and does not hold it")?;
    let mut recording = stored(archive, index)?;
    let mut piece = vec![0; PIECE_BYTES];
    loop {
        match recording.read(&mut piece)? {
            0 => return Ok(judge.finish()?),
            read => judge.push(&piece[..read])?,
        }
    }
}

/// A file as it is stored. The archive's checksum is not asked: a judgement says more, and where.
fn stored(archive: &mut ZipArchive<BufReader<File>>, index: usize) -> anyhow::Result<ZipFile<'_, BufReader<File>>> {
    let file = archive.by_index_raw(index)?;
    ensure!(file.compression() == CompressionMethod::Stored, "it was packed by another program; unpack it first");
    Ok(file)
}
