//! `kinescope check`: why is nothing recorded? The server's side of it.

use std::fs;
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use ::catalogue::Catalogue;
use ::server::{Config, offline};
use http_body_util::Empty;
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::{Request, StatusCode, header};
use hyper_util::rt::TokioIo;
use serde::Serialize;
use spool::{ConnectError, ServerAddress, enrolment_tls};
use storage::{Disk, Medium as _};

use crate::data_folder::DataFolder;

/// Exit code when there are warnings and no problems.
const WARNINGS: u8 = 6;
/// Below this nothing is taken from agents any more.
const LITTLE_BYTES: u64 = 256 << 20;
/// Below this part of the disk it is time to make room.
const LITTLE_PART: u64 = 10;
const DAY: Duration = Duration::from_secs(24 * 3600);
/// A server certificate that has less left is to be seen to.
const WARNED: Duration = Duration::from_secs(30 * 24 * 3600);
/// A machine that was not heard of for so long is named.
const AWAY: Duration = Duration::from_secs(24 * 3600);
const PATIENCE: Duration = Duration::from_secs(20);

/// Say why nothing is recorded, or that all is well: certificate, service, folders, policy, machines.
///
/// Looks at the server's data folder and asks the server that runs on it; changes nothing. Run it as the server's user.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  sudo kinescope check
  kinescope check --data /var/lib/kinescope --json

Exit codes:
  0  all is well
  1  something keeps sessions from being recorded
  6  all works, and something is worth looking at

On a machine that is recorded, kinescope-agent check looks at that side.")]
pub struct Args {
    #[command(flatten)]
    folder: DataFolder,
    /// Print findings as a line of JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Level {
    Ok,
    Warning,
    Problem,
}

/// One check and how it came out.
#[derive(Debug, Serialize)]
struct Finding {
    check: &'static str,
    level: Level,
    text: String,
    #[serde(rename = "do", skip_serializing_if = "Option::is_none")]
    remedy: Option<String>,
}

fn ok(check: &'static str, text: impl Into<String>) -> Finding {
    Finding { check, level: Level::Ok, text: text.into(), remedy: None }
}

fn warning(check: &'static str, text: impl Into<String>, remedy: impl Into<String>) -> Finding {
    Finding { check, level: Level::Warning, text: text.into(), remedy: Some(remedy.into()) }
}

fn problem(check: &'static str, text: impl Into<String>, remedy: impl Into<String>) -> Finding {
    Finding { check, level: Level::Problem, text: text.into(), remedy: Some(remedy.into()) }
}

/// Runs the command.
pub fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let findings = match args.folder.config() {
        Ok(config) => tokio::runtime::Runtime::new()?.block_on(check(&config)),
        Err(error) => vec![problem("settings", error.to_string(), "correct it; docs/server.md lists the settings")],
    };
    if args.json {
        println!("{}", serde_json::json!({ "findings": findings }));
    } else {
        findings.iter().for_each(|finding| println!("{}", line(finding)));
    }
    Ok(match findings.iter().map(|finding| finding.level).max() {
        Some(Level::Problem) => ExitCode::FAILURE,
        Some(Level::Warning) => ExitCode::from(WARNINGS),
        Some(Level::Ok) | None => ExitCode::SUCCESS,
    })
}

/// For people. Machines name themselves: what they say cannot begin a line of its own, or move the terminal's cursor.
fn line(finding: &Finding) -> String {
    let level = match finding.level {
        Level::Ok => "ok     ",
        Level::Warning => "warning",
        Level::Problem => "PROBLEM",
    };
    let remedy = finding.remedy.as_ref().map(|remedy| format!(" → {remedy}")).unwrap_or_default();
    let line = format!("{level}  {:<11} {}{remedy}", finding.check, finding.text);
    line.chars().map(|character| if character.is_control() { ' ' } else { character }).collect()
}

async fn check(config: &Config) -> Vec<Finding> {
    let mut findings = Vec::new();
    if !config.catalogue_file().is_file() {
        let text = format!("no server was started on {}, or it cannot be read", config.data.display());
        return vec![problem(
            "data",
            text,
            "name the folder with --data, run this as the server's user, or start the server",
        )];
    }
    findings.extend(certificate(config));
    findings.push(service(config).await);
    findings.push(writable("data", &config.data));
    findings.extend(config.storage_folders().iter().map(|folder| writable("storage", folder)));
    match Catalogue::open(&config.catalogue_file()).await {
        Ok(catalogue) => {
            findings.push(policy(&catalogue).await);
            findings.extend(machines(&catalogue).await);
            catalogue.close().await;
        }
        Err(error) => findings.push(problem("data", error.to_string(), "restore the catalogue from a backup")),
    }
    findings
}

fn certificate(config: &Config) -> Option<Finding> {
    let not_after = match offline::certificate_not_after(config) {
        Ok(not_after) => not_after,
        Err(error) => return Some(problem("certificate", error.to_string(), "restore tls/ from a backup")),
    };
    let Some(not_after) = not_after else {
        return Some(problem("certificate", "the server's certificate cannot be read", "restore tls/ from a backup"));
    };
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let left = not_after.saturating_sub(now);
    let text = format!("the server's certificate expires in {} days", left.as_secs() / DAY.as_secs());
    Some(if left < WARNED {
        warning("certificate", text, "agents go on with it; browsers do not: plan to enrol machines at a new one")
    } else {
        ok("certificate", text)
    })
}

/// Whether the server runs, is the one of this folder, and is well.
async fn service(config: &Config) -> Finding {
    let (ip, port) = (config.listen.ip(), config.listen.port());
    let host =
        if ip.is_unspecified() { "localhost".to_owned() } else { std::net::SocketAddr::new(ip, port).ip().to_string() };
    let host = if host.contains(':') { format!("[{host}]") } else { host };
    let Ok(server) = format!("https://{host}:{port}").parse::<ServerAddress>() else {
        return warning("service", "the server listens on a port of its choice: it cannot be asked", "set `listen`");
    };
    match tokio::time::timeout(PATIENCE, health(&server, config)).await {
        Ok(Ok(StatusCode::OK)) => ok("service", format!("the server answers at {server}")),
        Ok(Ok(status)) => problem("service", format!("the server is not well ({status})"), "look at its log"),
        Ok(Err(error)) => {
            let why = match error.downcast_ref::<ConnectError>() {
                Some(ConnectError::Tls { .. }) => "what listens there is not the server of this folder".to_owned(),
                _ => format!("{error:#}"),
            };
            let text = format!("the server of this folder does not answer at {server}: {why}");
            problem("service", text, "start it (kinescope server), or name its settings with --config")
        }
        Err(_) => problem("service", format!("{server} does not answer in time"), "look at the server's log"),
    }
}

async fn health(server: &ServerAddress, config: &Config) -> anyhow::Result<StatusCode> {
    let fingerprint = ::server::offline::fingerprint(config)?;
    let pinned =
        fingerprint.parse::<recording::ChainValue>().map_err(|_| anyhow::anyhow!("the certificate is damaged"))?;
    let tls = server.open(enrolment_tls(pinned.0)?).await?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(tls)).await?;
    let driver = tokio::spawn(connection);
    let request = Request::get("/healthz").header(header::HOST, server.to_string()).body(Empty::<Bytes>::new())?;
    let status = sender.send_request(request).await.map(|response| response.status());
    driver.abort();
    Ok(status?)
}

fn writable(check: &'static str, folder: &Path) -> Finding {
    let probe = folder.join(format!(".check-{}", std::process::id()));
    let written = fs::File::options().write(true).create_new(true).open(&probe);
    let _ = fs::remove_file(&probe);
    if let Err(error) = written {
        let text = format!("{} cannot be written: {error}", folder.display());
        return problem(check, text, "mend the folder's disk, owner or mode; run this as the server's user");
    }
    let Ok(space) = Disk.space(folder) else {
        return warning(check, format!("how much room {} has cannot be told", folder.display()), "look at its disk");
    };
    let text = format!("{} MB of {} MB are free at {}", space.free >> 20, space.total >> 20, folder.display());
    if space.free < LITTLE_BYTES {
        return problem(check, text, "make room: without it nothing is taken, and agents keep what they can");
    }
    if space.free < space.total / LITTLE_PART {
        return warning(check, text, "make room before it is full");
    }
    ok(check, text)
}

async fn policy(catalogue: &Catalogue) -> Finding {
    let remedy = "make another policy active (console, Policies)";
    match offline::active_policy(catalogue).await {
        Ok(Some(active)) if active == "do-not-record" => {
            problem("policy", "the active policy is do-not-record: nothing is recorded", remedy)
        }
        Ok(None) => problem("policy", "no policy is active: nothing is recorded", remedy),
        Ok(Some(name)) => {
            let text =
                format!("the active policy is “{name}”; the console's “What would happen?” tries sessions against it");
            ok("policy", text)
        }
        Err(error) => problem("policy", error.to_string(), "restore the catalogue from a backup"),
    }
}

async fn machines(catalogue: &Catalogue) -> Vec<Finding> {
    let machines = match catalogue.machines().await {
        Ok(machines) => machines,
        Err(error) => return vec![problem("machines", error.to_string(), "restore the catalogue from a backup")],
    };
    let now_us = ::server::clock::now_us();
    let away_us = i64::try_from(AWAY.as_micros()).unwrap_or(i64::MAX);
    let (revoked, enrolled): (Vec<_>, Vec<_>) = machines.into_iter().partition(|machine| machine.revoked_us.is_some());
    if enrolled.is_empty() {
        let text = format!("no machine is enrolled ({} revoked)", revoked.len());
        return vec![problem("machines", text, "kinescope token create, then kinescope-agent enrol on the machine")];
    }
    let mut findings = vec![ok("machines", format!("{} enrolled, {} revoked", enrolled.len(), revoked.len()))];
    for machine in &enrolled {
        let name = &machine.name;
        if machine.not_after_us <= now_us {
            let text = format!("the identity of {name} has expired");
            findings.push(warning(
                "machines",
                text,
                "start its agent, which renews it; kinescope-agent check there says why not",
            ));
        }
        if let Some(copy) = &machine.copy {
            let text = format!("a copy of {name} was refused, from {}: {}", copy.address, copy.text);
            findings.push(warning("machines", text, "docs/agent.md, Identity, says what to do in each case"));
        }
        let text = match machine.last_seen_us {
            None => format!("{name} was enrolled and never connected"),
            Some(seen_us) if now_us - seen_us > away_us => {
                format!("{name} was not heard of for {} days", (now_us - seen_us) / ::server::clock::DAY_US)
            }
            Some(_) => continue,
        };
        findings.push(warning(
            "machines",
            text,
            "kinescope-agent check there says why; revoke it if it is gone for good",
        ));
    }
    findings
}
