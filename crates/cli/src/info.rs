//! `kinescope info`: what a recording says of itself.

mod blocks;

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use recording::{Header, Index, SealClass, SealedIndex, event_kinds};
use sealing::KeyRing;
use serde_json::json;

use crate::key_file::KeyArgs;
use crate::moment;
use crate::opened::fill_in_events;
use crate::recording_file::{self, Overview};
use crate::terminal::printable;

/// Show who and what was recorded, on which monitors, when, and why.
///
/// Uses the index at the end of the file; where there is none, reads the whole file. Checks nothing: see `verify`.
/// Of a sealed recording it shows what needs no key, and with `--key` its events too (reading the whole file).
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  kinescope info recording.kin
  kinescope info --json recording.kin | jq .index.duration_us
  kinescope info --blocks recording.kin
  kinescope info --json --key alice.key sealed.kin | jq .index.events")]
pub struct Args {
    /// The recording.
    file: PathBuf,
    /// Print JSON: the header, who signs, the whole index and the size in bytes.
    #[arg(long)]
    json: bool,
    /// Show what the bytes are spent on, by kind of block; takes evidence files (.kev) too.
    #[arg(long)]
    blocks: bool,
    #[command(flatten)]
    keys: KeyArgs,
}

/// Runs the command.
pub fn run(args: &Args) -> anyhow::Result<ExitCode> {
    if args.blocks {
        blocks::print(&args.file, args.json, &mut io::stdout().lock())?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut overview = recording_file::overview(&args.file)?;
    let keys = args.keys.ring()?;
    if args.keys.are_given() && overview.index.sealed.is_some() {
        fill_in_events(&args.file, &mut overview.index, keys.clone())?;
    }
    let mut out = io::stdout().lock();
    if args.json {
        let Overview { header, signer, index, bytes } = overview;
        let object = json!({ "bytes": bytes, "header": header, "signer": signer, "index": index });
        serde_json::to_writer_pretty(&mut out, &object)?;
        writeln!(out)?;
        return Ok(ExitCode::SUCCESS);
    }
    for (name, value) in rows(&overview, &keys) {
        writeln!(out, "{name:<12}{}", printable(&value))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn rows(overview: &Overview, keys: &KeyRing) -> Vec<(&'static str, String)> {
    let Overview { header, signer, index, bytes } = overview;
    let mut rows = match header {
        Some(header) => header_rows(header),
        None => vec![("header", "missing or unreadable; `kinescope verify` says more".to_owned())],
    };
    rows.push((
        "signed",
        match signer {
            Some(signer) => format!("by the machine with the key {}; `kinescope verify` checks it", signer.machine_key),
            None => "no".to_owned(),
        },
    ));
    rows.push(("duration", moment::shown(index.duration_us)));
    if let (Some(width), Some(height)) = (index.width, index.height) {
        rows.push(("picture", format!("{width}×{height}")));
    }
    rows.extend(monitor_rows(index));
    rows.extend(index.sealed.iter().flat_map(|sealed| sealed_rows(sealed, keys)));
    let groups: u64 = index.groups.iter().map(|entry| entry.groups).sum();
    rows.push(("size", format!("{bytes} bytes in {groups} groups")));
    rows.extend(trouble_rows(index));
    rows.push((
        "ended",
        match &index.end {
            Some(end) => format!("{}: {}", end.reason, end.text),
            None => "no: it still grows, or was cut off".to_owned(),
        },
    ));
    rows
}

fn header_rows(header: &Header) -> Vec<(&'static str, String)> {
    let session = &header.session;
    let mut who = format!("{} on {}", session.user, session.machine);
    if let Some(display) = &session.display {
        who += &format!(", display {display}");
    }
    let client = session.client_name.as_ref().or(session.client_address.as_ref());
    if let Some(client) = client {
        who += &format!(", from {client}");
    }
    let reason = &header.reason;
    let rule = reason.rule.as_ref().map(|rule| format!(", rule {rule}")).unwrap_or_default();
    vec![
        ("recording", header.recording.to_string()),
        ("session", who),
        ("kind", session.session_kind.to_string()),
        ("started", moment::wall_clock(header.started.unix_us)),
        ("because", format!("policy {}{rule}: {}", reason.policy, reason.text)),
        ("software", format!("{}, format {}", header.software, header.format)),
    ]
}

/// What is sealed, and which keys open it.
fn sealed_rows(sealed: &SealedIndex, keys: &KeyRing) -> Vec<(&'static str, String)> {
    let classes: Vec<&str> = sealed.classes.iter().map(SealClass::as_str).collect();
    let mut rows = vec![("sealed", classes.join(", "))];
    rows.extend(sealed.recipients.iter().map(|recipient| {
        let given = if keys.holds(recipient) { "; this key is given" } else { "" };
        ("opens with", format!("key {recipient}{given}"))
    }));
    rows
}

/// Each layout of the monitors, from when on it held.
fn monitor_rows(index: &Index) -> Vec<(&'static str, String)> {
    let layouts = index.events.iter().filter(|event| event.kind == event_kinds::MONITORS);
    layouts.map(|event| ("monitors", format!("from {}: {}", moment::shown(event.time_us), event.text))).collect()
}

fn trouble_rows(index: &Index) -> Vec<(&'static str, String)> {
    let mut rows = Vec::new();
    for gap in &index.gaps {
        let (from, to) = (moment::shown(gap.from_us), moment::shown(gap.to_us));
        rows.push(("gap", format!("{from} to {to}, {}: {}", gap.reason, gap.text)));
    }
    if index.gaps_left_out > 0 {
        rows.push(("gap", format!("and {} more", index.gaps_left_out)));
    }
    if index.incarnations > 0 {
        rows.push(("writers", format!("{} went on after the first one", index.incarnations)));
    }
    rows
}
