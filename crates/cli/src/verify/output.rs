//! Saying what was found: lines for people at a terminal, JSON for programs, a report for a file.

use std::io::{self, Write};
use std::path::Path;

use anyhow::Context;
use evidence::{Judgement, LinkJudgement, Verdict, html_report, text_report};
use serde_json::json;

use super::Judged;
use crate::moment;

/// One JSON object on one line: the container's findings, and what signatures and receipts say.
pub fn json(out: &mut impl Write, path: &Path, judgement: &Judgement, links: &[LinkJudgement]) -> io::Result<()> {
    let mut object = json!(judgement.container);
    if let Some(fields) = object.as_object_mut() {
        let own = |link: &&LinkJudgement| [Some(link.from), Some(link.to)].contains(&judgement.recording);
        fields.insert("file".to_owned(), json!(path.display().to_string()));
        fields.insert("intact".to_owned(), json!(judgement.is_sound()));
        fields.insert("verdict".to_owned(), json!(judgement.verdict));
        fields.insert("faults".to_owned(), json!(judgement.faults));
        fields.insert("faults_left_out".to_owned(), json!(judgement.faults_left_out));
        fields.insert("signatures".to_owned(), json!(judgement.signatures));
        fields.insert("receipts".to_owned(), json!(judgement.receipts));
        fields.insert("time_stamps".to_owned(), json!(judgement.time_stamps));
        fields.insert("no_receipt_bytes".to_owned(), json!(judgement.unwitnessed_bytes()));
        fields.insert("follows".to_owned(), json!(judgement.follows));
        fields.insert("successor".to_owned(), json!(judgement.successor));
        fields.insert("links".to_owned(), json!(links.iter().filter(own).collect::<Vec<_>>()));
    }
    writeln!(out, "{object}")
}

/// A line for each fault, and with `summary` what was checked.
pub fn text(
    out: &mut impl Write,
    path: &Path,
    judgement: &Judgement,
    links: &[LinkJudgement],
    summary: bool,
) -> io::Result<()> {
    let file = path.display();
    let container = &judgement.container;
    for finding in &container.findings {
        let time = moment::shown(finding.time_us);
        writeln!(out, "{file}: at byte {}, after {time}: {}", finding.offset, finding.what)?;
    }
    for fault in &judgement.faults {
        match fault.entry {
            Some(entry) => writeln!(out, "{file}: evidence file, entry {entry}: {}", fault.what)?,
            None => {
                let time = moment::shown(fault.time_us);
                writeln!(out, "{file}: at byte {}, after {time}: {}", fault.offset, fault.what)?;
            }
        }
    }
    let left_out = container.findings_left_out + judgement.faults_left_out;
    if left_out > 0 {
        writeln!(out, "{file}: and {left_out} more faults")?;
    }
    for link in links.iter().filter(|link| Some(link.to) == judgement.recording) {
        if summary || link.state != evidence::LinkState::Holds {
            writeln!(out, "{file}: link from {}: {}", link.from, link.what)?;
        }
    }
    if summary {
        return self::summary(out, path, judgement);
    }
    if judgement.verdict == Verdict::NotSigned {
        // Not on stdout: nothing is wrong with it, and who asks for faults gets none.
        writeln!(io::stderr(), "{file}: not signed: accidents would show, a careful change would not")?;
    }
    Ok(())
}

fn summary(out: &mut impl Write, path: &Path, judgement: &Judgement) -> io::Result<()> {
    let file = path.display();
    let container = &judgement.container;
    let verdict = match judgement.verdict {
        Verdict::Holds => "intact",
        Verdict::HoldsInPart => "intact as far as it could be checked",
        Verdict::NotSigned => "intact, not signed",
        Verdict::Broken => "NOT intact",
    };
    let ended = container.ended.as_ref().map_or("no end".to_owned(), |end| format!("ended: {}", end.reason));
    writeln!(out, "{file}: {verdict}; {}, {ended}", moment::shown(container.duration_us))?;
    let recording::Report { bytes, blocks, groups, checkpoints, gaps, repaired_holes, unwitnessed_bytes, .. } =
        container;
    writeln!(out, "{file}: {bytes} bytes, {blocks} blocks, {groups} groups, {checkpoints} checkpoints")?;
    writeln!(out, "{file}: {gaps} declared gaps, {repaired_holes} of them holes left by a repair")?;
    writeln!(out, "{file}: {unwitnessed_bytes} bytes after the last checkpoint are covered by checksums only")?;
    let signatures = &judgement.signatures;
    match signatures.machine_key {
        Some(key) => {
            let evidence::SignaturesFound { right, not_checked, unsigned, .. } = signatures;
            writeln!(
                out,
                "{file}: signed by machine {key}: {right} signatures right, {not_checked} not checked, {unsigned} missing"
            )?;
        }
        None => writeln!(out, "{file}: not signed")?,
    }
    let receipts = &judgement.receipts;
    match receipts.server_key {
        Some(key) => {
            let (confirmed, right, after) = (receipts.confirmed, receipts.right, judgement.unwitnessed_bytes());
            writeln!(
                out,
                "{file}: receipts by server {key}: {confirmed} of {right} confirmed, {after} bytes after the newest"
            )?;
        }
        None => writeln!(out, "{file}: no receipts")?,
    }
    time_stamps(out, path, judgement)?;
    writeln!(out, "{file}: chain {}", container.chain)
}

fn time_stamps(out: &mut impl Write, path: &Path, judgement: &Judgement) -> io::Result<()> {
    let (file, stamps) = (path.display(), &judgement.time_stamps);
    let (Some(unix_us), Some(authority)) = (stamps.unix_us, &stamps.authority) else { return Ok(()) };
    let authority: String = authority.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
    let (bytes, when) = (stamps.stamped_bytes, moment::wall_clock(unix_us));
    let trusted = match stamps.trusted {
        None => "time stamp present, authority not checked",
        Some(true) => "time stamp by an authority that you trust",
        Some(false) => "time stamps, some by authorities that you do not trust",
    };
    writeln!(out, "{file}: {trusted}: the receipt for {bytes} bytes was there on {when}, says {authority}")
}

/// Writes the report on all files into one.
pub fn report(target: &Path, judged: &[Judged], links: &[LinkJudgement]) -> anyhow::Result<()> {
    let is_html = target.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("html"));
    let write = if is_html { html_report } else { text_report };
    let pages = judged.iter().map(|one| write(&one.path.display().to_string(), &one.judgement, links));
    let text = pages.collect::<Vec<_>>().join("\n");
    std::fs::write(target, text).with_context(|| format!("writing the report {}", target.display()))
}
