//! Checks of the project itself: `cargo xtask check` fails when a crate knows what it must not, a file has outgrown
//! its reader, or a dependency's licence is not one we accept.

mod licences;
mod metadata;
mod sizes;
mod tiers;

use std::process::ExitCode;

fn main() -> ExitCode {
    let task = std::env::args().nth(1).unwrap_or_default();
    if task != "check" {
        eprintln!("usage: cargo xtask check");
        return ExitCode::from(2);
    }
    match check() {
        Ok(findings) if findings.is_empty() => ExitCode::SUCCESS,
        Ok(findings) => {
            for finding in &findings {
                eprintln!("xtask check: {finding}");
            }
            eprintln!("xtask check: {} finding(s)", findings.len());
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("xtask check: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn check() -> anyhow::Result<Vec<String>> {
    let root = metadata::workspace_root()?;
    let metadata = metadata::read(&root)?;
    let mut findings = tiers::check(&root, &metadata)?;
    findings.extend(sizes::check(&root)?);
    findings.extend(licences::check(&root, &metadata)?);
    Ok(findings)
}
