//! `kinescope-agent check`: why is nothing recorded?
//!
//! Each check says in one line what it found and what to do. None changes anything, and none connects with the machine's
//! identity: that would be a second holder of it. How the server takes the machine is asked of the agent that runs.

mod agent;
mod finding;
mod identity;
mod machine;
mod server;

use std::process::ExitCode;
use std::time::SystemTime;

use anyhow::Context as _;

use crate::control;
use crate::settings::{self, Settings};
use finding::{Finding, Level};

/// Exit code when there are warnings and no problems.
const WARNINGS: u8 = 6;

/// Flags of the subcommand.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  sudo kinescope-agent check
  sudo kinescope-agent check --json

Exit codes:
  0  all is well
  1  something keeps sessions from being recorded or sent
  6  all works, and something is worth looking at")]
pub struct Flags {
    #[command(flatten)]
    settings: settings::Arguments,
    /// Print findings as a line of JSON
    #[arg(long)]
    json: bool,
}

/// Runs the subcommand.
pub fn run(arguments: &Flags) -> ExitCode {
    let findings = match Settings::read(&arguments.settings) {
        Ok(settings) => check(&settings),
        Err(error) => {
            let text = format!("the configuration cannot be used: {error:#}");
            vec![Finding::problem("settings", text, "correct it; docs/agent.md lists what can be set")]
        }
    };
    if arguments.json {
        match serde_json::to_string(&serde_json::json!({ "findings": findings })) {
            Ok(line) => println!("{line}"),
            Err(error) => eprintln!("kinescope-agent: {error}"),
        }
    } else {
        findings.iter().for_each(|finding| println!("{}", finding.line()));
    }
    match findings.iter().map(|finding| finding.level).max() {
        Some(Level::Problem) => ExitCode::FAILURE,
        Some(Level::Warning) => ExitCode::from(WARNINGS),
        Some(Level::Ok) | None => ExitCode::SUCCESS,
    }
}

fn check(settings: &Settings) -> Vec<Finding> {
    let (enrolled, mut findings) = identity::check(&settings.identity_folder(), SystemTime::now());
    if let Some((description, identity)) = enrolled {
        match reach(settings, &description.server, identity.server_certificate) {
            Ok(found) => findings.extend(found),
            Err(error) => findings.push(Finding::problem("server", format!("{error:#}"), "enrol again")),
        }
    }
    findings.push(machine::switch(settings));
    findings.push(machine::space(settings));
    findings.push(machine::policy(settings));
    findings.extend(machine::displays(settings));
    findings.extend(agent::check(&control::status(&settings.socket)));
    findings
}

fn reach(settings: &Settings, enrolled_with: &str, pinned: [u8; 32]) -> anyhow::Result<Vec<Finding>> {
    let server = match &settings.server {
        Some(server) => server.clone(),
        None => enrolled_with.parse().context("the server in identity.json is none")?,
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    Ok(runtime.block_on(server::check(&server, pinned)))
}
