//! `kinescope-agent record`: one display to one file, without any server.

mod cover;
mod facts;
pub mod file;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use capture::{ConnectionParams, Options, X11Source};
use evidence::MachineKey;
use recording::{End, EndReason, SealClass};
use sealing::{PublicKey, SealPlan};

use crate::recorder::{
    BlockMaker, Finish, Pausing, Recorder, RecordingStart, RunError, SealStart, SealedWriter, SharedOrders,
    StopSignals, interval,
};
use crate::{identity, settings};
use file::FileOutlet;

/// Records one display until ctrl-C, until the time is over, or until the display is gone.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  kinescope-agent record --display :0 -o monday.kin
  kinescope-agent record --display :1 -o demo.kin --duration 90s --fps 5
  kinescope-agent record --display :0 -o secret.kin --seal-for kinescope-key-…
  kinescope-agent record --display :0 -o mail.kin --hide keepassxc --cover grey
  kinescope-agent record --display :0 -o course.kin --windows all -- libreoffice --calc
  kinescope play monday.kin")]
pub struct Arguments {
    /// The display to record
    #[arg(long, env = "DISPLAY", value_name = ":N")]
    display: String,
    /// The file to write; it must not exist yet
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// Pictures a second at most, 1 to 60
    #[arg(long, default_value_t = 10, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=60))]
    fps: u32,
    /// Stop by itself after this time, such as 90s, 10m or 2h
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    duration: Option<Duration>,
    /// Folder with the machine's identity, whose key signs the recording
    #[arg(long = "state", value_name = "FOLDER", env = "KINESCOPE_AGENT_STATE_FOLDER")]
    state_folder: Option<PathBuf>,
    /// Replace the file if it exists
    #[arg(long)]
    force: bool,
    /// Encrypt what is recorded for this public key, as `kinescope key show` prints it (may be given several times)
    #[arg(long = "seal-for", value_name = "PUBLIC-KEY")]
    seal_for: Vec<PublicKey>,
    /// What is encrypted: picture, text, events, thumbnails (default: all of them)
    #[arg(long = "seal", value_name = "CLASS", value_delimiter = ',', requires = "seal_for")]
    seal: Vec<String>,
    #[command(flatten)]
    windows: cover::WindowArguments,
}

impl Arguments {
    /// What to seal, if anything.
    fn seal_plan(&self) -> anyhow::Result<Option<SealPlan>> {
        if self.seal_for.is_empty() {
            return Ok(None);
        }
        let named: Vec<_> = self.seal.iter().cloned().map(SealClass::from).collect();
        let classes = if named.is_empty() { SealClass::ALL.to_vec() } else { named };
        SealPlan::new(classes, self.seal_for.clone()).map(Some).context("this cannot be sealed")
    }
}

/// Runs the subcommand.
pub fn run(arguments: &Arguments) -> ExitCode {
    match record(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("kinescope-agent record: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn record(arguments: &Arguments) -> anyhow::Result<()> {
    let stop = StopSignals::catch().context("signals cannot be caught")?;
    let plan = arguments.seal_plan()?;
    let params = ConnectionParams { display: arguments.display.clone(), cookie: None };
    let options = Options { interval: interval(arguments.fps)?, ..Options::default() };
    // The display first: a display that cannot be opened leaves no file behind, and starts no program.
    let source = X11Source::open(&params, &options)?;
    let covered = arguments.windows.begin(&arguments.display)?;
    let options = Options { cover: covered.as_ref().map(|covered| covered.options.clone()), ..options };
    let source = if covered.is_some() { X11Source::open(&params, &options)? } else { source };
    let header = facts::header(&arguments.display, source.server().map(|server| server.uid))?;
    let path = arguments.output.as_path();
    let (machine_key, whose) = machine_key(arguments)?;
    let public = machine_key.public();
    let mut outlet = FileOutlet::create(path, arguments.force, &header, machine_key)?;
    let (width, height) = source.size();
    eprintln!("Recording display {} ({width}×{height}) to {}; stop with ctrl-C.", arguments.display, path.display());
    eprintln!("Signed with {whose}: {public}");

    if let Some(plan) = &plan {
        let classes: Vec<&str> = plan.classes().iter().map(SealClass::as_str).collect();
        let recipients = plan.recipients().len();
        eprintln!("Sealed ({}) for {recipients} key(s): it cannot be opened without one of them.", classes.join(", "));
    }
    let seal = plan.map(|plan| SealStart { recording: header.recording, plan });
    let mut blocks = BlockMaker::new(RecordingStart::at(header.started.boottime_us), SealedWriter::new(seal));
    let (event, mut launched) = covered.map(|covered| (covered.event, covered.launched)).unzip();
    if let Some(text) = event.as_ref().and_then(|event| event.fields["text"].as_str()) {
        eprintln!("{text}.");
    }
    blocks.note(event);
    let mut recorder = Recorder {
        params: &params,
        options: &options,
        blocks,
        outlet: &mut outlet,
        stop: &stop,
        orders: SharedOrders::default(),
        sight: None,
        end_told: false,
        pausing: Pausing::default(),
        until: arguments.duration.map(|duration| Instant::now() + duration),
    };
    let finish = recorder.run(source);
    let written = outlet.end(&end_of(&finish));
    let finish = finish?;
    let summary = written?;
    // It goes on without us; one that has ended is not left waiting.
    if let Some(launched) = launched.as_mut().and_then(Option::as_mut) {
        let _ = launched.try_wait();
    }
    if finish == Finish::DisplayGone {
        eprintln!("Display {} is gone; the recording ends with it.", arguments.display);
    }
    eprintln!("Recorded {:.1} s in {} bytes: {}", summary.seconds, summary.bytes, path.display());
    eprintln!("  play it:   kinescope play {0}\n  check it:  kinescope verify {0}", path.display());
    Ok(())
}

/// The machine's key where it has one, else one that exists only for this recording: note it down to use it as evidence.
fn machine_key(arguments: &Arguments) -> anyhow::Result<(MachineKey, &'static str)> {
    let state_folder = match &arguments.state_folder {
        Some(folder) => Some(folder.clone()),
        // A user without a home has no state folder, and may record all the same.
        None => settings::default_state_folder().ok(),
    };
    let kept =
        state_folder.map(|folder| identity::signing_key(&settings::identity_folder(&folder))).transpose()?.flatten();
    Ok(match kept {
        Some(key) => (key, "this machine's key"),
        None => {
            (MachineKey::from_seed(rand::random()), "a key made for this recording alone, as this machine has none")
        }
    })
}

fn end_of(finish: &Result<Finish, RunError>) -> End {
    match finish {
        Ok(Finish::Stopped | Finish::NotRead) => {
            End { reason: EndReason::Stopped, text: "stopped by who recorded".to_owned(), successor: None }
        }
        Ok(Finish::DisplayGone) => {
            End { reason: EndReason::Logout, text: "the display is gone".to_owned(), successor: None }
        }
        Err(error) => End { reason: EndReason::Lost, text: error.to_string(), successor: None },
    }
}

/// A number with a unit (s, m, h); without one, seconds.
fn parse_duration(text: &str) -> Result<Duration, String> {
    let (number, factor) = match text.char_indices().last() {
        Some((at, 's')) => (&text[..at], 1),
        Some((at, 'm')) => (&text[..at], 60),
        Some((at, 'h')) => (&text[..at], 3600),
        _ => (text, 1),
    };
    number
        .parse::<u32>()
        .ok()
        .filter(|number| *number > 0)
        .map(|number| Duration::from_secs(u64::from(number) * factor))
        .ok_or_else(|| "write a time as 90s, 10m or 2h".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_units() {
        let seconds = |text| parse_duration(text).ok().map(|duration| duration.as_secs());
        let cases =
            [("90", Some(90)), ("90s", Some(90)), ("10m", Some(600)), ("2h", Some(7200)), ("0s", None), ("", None)];
        for (text, expected) in cases {
            assert_eq!(seconds(text), expected, "{text}");
        }
        for text in ["-1s", "1.5m", "m", "1d", "ten", "99999999999h", "1µ"] {
            assert_eq!(seconds(text), None, "{text}");
        }
    }
}
