//! `kinescope control`: sessions that run now, and having them recorded or not.

use std::io::Write as _;
use std::process::ExitCode;

use anyhow::bail;
use api::{
    ControlOrder, ControlOutcome, ControlSessions, ControlledSession, ControlledSessions, SessionItem, SessionList,
    StartedBy,
};

use crate::remote::{Person, Remote};

const PATH: &str = "/api/v1/sessions";

/// See which sessions are recorded now, and have them recorded or not, at a running server.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  kinescope control status
  kinescope control start --user ana
  kinescope control stop SESSION SESSION --server https://recordings.example.org:8443 --fingerprint 5f3a…
  pass show kinescope/admin | kinescope control status --json

You sign in as an administrator. What you order is in the administrator log.")]
pub struct Args {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    remote: Remote,
}

#[derive(clap::Subcommand)]
enum Command {
    /// List sessions: who is recorded, since when, on whose account.
    Status {
        /// Only sessions of this user.
        #[arg(long, value_name = "NAME")]
        user: Option<String>,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Have the screens of sessions recorded, also of those that are recorded as events only.
    Start(Sessions),
    /// Have sessions recorded no longer.
    Stop(Sessions),
}

#[derive(clap::Args)]
struct Sessions {
    /// Sessions, as `status` names them.
    #[arg(value_name = "SESSION", required_unless_present = "user", conflicts_with = "user")]
    sessions: Vec<String>,
    /// All sessions that this user has now.
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
    /// Do not tell the users.
    #[arg(long)]
    silent: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(args: &Args) -> anyhow::Result<ExitCode> {
    tokio::runtime::Runtime::new()?.block_on(async {
        let person = args.remote.sign_in().await?;
        let done = match &args.command {
            Command::Status { user, json } => status(&person, user.as_deref(), *json).await,
            Command::Start(sessions) => order(&person, ControlOrder::Start, sessions).await,
            Command::Stop(sessions) => order(&person, ControlOrder::Stop, sessions).await,
        };
        person.sign_out().await;
        done
    })
}

async fn status(person: &Person<'_>, user: Option<&str>, json: bool) -> anyhow::Result<ExitCode> {
    let mut list: SessionList = person.get(PATH).await?;
    list.items.retain(|item| user.is_none_or(|user| item.user == user));
    let mut out = std::io::stdout().lock();
    if json {
        serde_json::to_writer_pretty(&mut out, &list)?;
        writeln!(out)?;
        return Ok(ExitCode::SUCCESS);
    }
    for SessionItem { id, user, machine, display, started_by, events_only, why, .. } in &list.items {
        let only = if *events_only == Some(true) { ", events only" } else { "" };
        let recorded = match started_by {
            None => "not recorded",
            Some(StartedBy::Policy) => "recorded by policy",
            Some(StartedBy::Administrator) => "recorded for an administrator",
            Some(StartedBy::User) => "recorded by the user",
        };
        writeln!(
            out,
            "{id}\n  {} on {}, {}: {recorded}{only}\n  {}",
            clean(user),
            clean(machine),
            clean(display),
            clean(why)
        )?;
    }
    if list.items.is_empty() {
        writeln!(out, "no session on any connected machine")?;
    }
    Ok(ExitCode::SUCCESS)
}

async fn order(person: &Person<'_>, order: ControlOrder, wanted: &Sessions) -> anyhow::Result<ExitCode> {
    let Sessions { sessions, user, silent, json } = wanted;
    let body = ControlSessions { order, sessions: sessions.clone(), user: user.clone(), notify: !silent };
    let done: ControlledSessions = person.post(&format!("{PATH}/control"), &body).await?;
    if done.items.is_empty() {
        bail!("{} has no session on any connected machine", user.as_deref().unwrap_or_default());
    }
    let mut out = std::io::stdout().lock();
    if *json {
        serde_json::to_writer_pretty(&mut out, &done)?;
        writeln!(out)?;
    } else {
        for item in &done.items {
            writeln!(out, "{}", sentence(item))?;
        }
    }
    let failed = |item: &ControlledSession| matches!(item.outcome, ControlOutcome::Refused | ControlOutcome::NoAnswer);
    Ok(if done.items.iter().any(failed) { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn sentence(item: &ControlledSession) -> String {
    let outcome = match item.outcome {
        ControlOutcome::Started => "is recorded now".to_owned(),
        ControlOutcome::AlreadyRecorded => "was recorded already".to_owned(),
        ControlOutcome::Stopped if !item.text.is_empty() => clean(&item.text),
        ControlOutcome::Stopped => "is recorded no longer".to_owned(),
        ControlOutcome::NotRecorded => "was not recorded".to_owned(),
        ControlOutcome::Refused => format!("refused: {}", clean(&item.text)),
        ControlOutcome::NoAnswer => "no answer; its machine is not connected, or the session has ended".to_owned(),
    };
    match (&item.user, &item.machine) {
        (Some(user), Some(machine)) => format!("{} on {}: {outcome}", clean(user), clean(machine)),
        _ => format!("{}: {outcome}", clean(&item.session)),
    }
}

/// Texts of machines, without what could move a terminal's cursor.
fn clean(text: &str) -> String {
    text.chars().filter(|character| !character.is_control()).collect()
}
