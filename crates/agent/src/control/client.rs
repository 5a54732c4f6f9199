//! `kinescope-agent start|stop|status`: asks the agent of this machine.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;

use super::message::{
    Answer, Command, ConfigWish, EventWords, MAX_ANSWER_BYTES, PauseWords, Request, SessionLine, Target,
};
use crate::sessions::TerminalLogin;
use crate::settings;
use crate::supervisor::StartedBy;

/// Longer than the agent takes for any answer.
const PATIENCE: Duration = Duration::from_secs(40);
/// Exit code when the agent refuses.
const REFUSED: u8 = 5;

/// Flags of the subcommands that ask a running agent.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  kinescope-agent status
  kinescope-agent start
  kinescope-agent stop
  kinescope-agent pause --application Payroll --reason salaries --seconds 5
  kinescope-agent resume
  sudo kinescope-agent status --all
  sudo kinescope-agent start --user ana

Your session is the one that you ask from. Only root may name others.")]
pub struct Arguments {
    /// The session on this display (root only)
    #[arg(long, value_name = ":N", group = "target")]
    display: Option<String>,
    /// The sessions of this user (root only)
    #[arg(long, value_name = "NAME", group = "target")]
    user: Option<String>,
    /// Every session (root only)
    #[arg(long, group = "target")]
    all: bool,
    /// Print the agent's answer, a line of JSON
    #[arg(long)]
    json: bool,
    /// The agent's socket
    #[arg(long, value_name = "FILE", env = "KINESCOPE_AGENT_SOCKET")]
    socket: Option<PathBuf>,
}

impl Arguments {
    fn target(&self) -> Option<Target> {
        match (&self.display, &self.user) {
            (Some(display), _) => Some(Target::Display(display.clone())),
            (None, Some(user)) => Some(Target::User(user.clone())),
            (None, None) => self.all.then_some(Target::All),
        }
    }
}

/// Flags of `pause`.
#[derive(Debug, clap::Args)]
pub struct PauseArguments {
    /// The program that wants it, as the recording will name it
    #[arg(long, value_name = "NAME")]
    application: Option<String>,
    /// Why, as the recording will say
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// How much of what came before is dropped, too
    #[arg(long, value_name = "SECONDS", default_value_t = 1)]
    seconds: u64,
    #[command(flatten)]
    of: Arguments,
}

/// Flags of `event`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  kinescope-agent event --type payment-approved --text \"Invoice 4711, 12,000 EUR\"
  sudo kinescope-agent event --display :10 --type maintenance

Who may is said in the agent's configuration, under custom_events.")]
pub struct EventArguments {
    /// What kind of thing happened, in a word or two
    #[arg(long = "type", value_name = "TYPE")]
    kind: String,
    /// What it was, for those who look at the recording
    #[arg(long, value_name = "TEXT", default_value = "")]
    text: String,
    #[command(flatten)]
    of: Arguments,
}

/// Has the agent put an event into the recording, and prints the answer where it is asked for or something is refused.
pub fn ask_to_say(arguments: &EventArguments) -> ExitCode {
    let EventArguments { of, kind, text } = arguments;
    let words = EventWords { kind: kind.clone(), text: text.clone() };
    ask_with(Request { event: Some(words), ..Request::of(Command::Event, of.target()) }, of)
}

/// Asks the agent to pause, and prints the answer.
pub fn ask_to_pause(arguments: &PauseArguments) -> ExitCode {
    let PauseArguments { of, application, reason, seconds } = arguments;
    let words = PauseWords { application: application.clone(), reason: reason.clone(), seconds: Some(*seconds) };
    ask_with(Request { pause: Some(words), ..Request::of(Command::Pause, of.target()) }, of)
}

/// Asks, and prints the answer.
pub fn ask(command: Command, arguments: &Arguments) -> ExitCode {
    ask_with(Request::of(command, arguments.target()), arguments)
}

/// Asks what is set for the session's next recording, or changes it.
///
/// # Errors
/// If the agent cannot be asked.
pub fn ask_config(wish: ConfigWish, to: Option<PathBuf>) -> anyhow::Result<Answer> {
    let to = to.or_else(socket).context("no agent's socket is known")?;
    send(&to, &Request { config: Some(wish), ..Request::of(Command::Config, None) })
}

fn ask_with(request: Request, arguments: &Arguments) -> ExitCode {
    let socket = arguments.socket.clone().or_else(socket);
    match socket.context("no agent's socket is known").and_then(|socket| send(&socket, &request)) {
        Ok(answer) => print(&answer, arguments.json),
        Err(error) => {
            eprintln!("kinescope-agent: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// How the agent at this socket and its sessions stand: all of them for root, the caller's own for others.
pub fn status(socket: &Path) -> anyhow::Result<Answer> {
    let of = nix::unistd::geteuid().is_root().then_some(Target::All);
    send(socket, &Request::of(Command::Status, of))
}

/// The socket of root's agent where there is one, else that of the user's own.
fn socket() -> Option<PathBuf> {
    let roots = PathBuf::from(settings::ROOTS_SOCKET);
    if roots.exists() {
        return Some(roots);
    }
    settings::default_state_folder().ok().map(|folder| settings::default_socket(&folder))
}

fn send(socket: &Path, request: &Request) -> anyhow::Result<Answer> {
    let mut stream = UnixStream::connect(socket)
        .with_context(|| format!("cannot reach the agent at {}; does it run?", socket.display()))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let mut line = serde_json::to_vec(request)?;
    line.push(b'\n');
    stream.write_all(&line).context("the agent does not listen")?;
    let mut answer = String::new();
    BufReader::new(stream.take(MAX_ANSWER_BYTES)).read_line(&mut answer).context("the agent does not answer")?;
    serde_json::from_str(&answer).context("the agent's answer cannot be read; is it of another version?")
}

fn print(answer: &Answer, json: bool) -> ExitCode {
    if json {
        match serde_json::to_string(answer) {
            Ok(line) => println!("{line}"),
            Err(error) => eprintln!("kinescope-agent: {error}"),
        }
    } else {
        // What was said is said; who wants to know more asks for the status.
        let news = answer.sessions.iter().filter(|session| session.done.as_deref() != Some("said"));
        news.for_each(|session| println!("{}", sentence(session)));
        answer.terminals.iter().for_each(|login| println!("{}", at_terminal(login)));
        if let Some(text) = answer.text.as_ref().filter(|_| answer.sessions.is_empty()) {
            eprintln!("kinescope-agent: {text}");
        }
    }
    if answer.ok { ExitCode::SUCCESS } else { ExitCode::from(REFUSED) }
}

fn at_terminal(login: &TerminalLogin) -> String {
    let from = login.client_address.as_ref().map(|address| format!(" from {address}")).unwrap_or_default();
    format!("{} at {}{from}: is not recorded (terminals cannot be recorded yet)", login.user, login.terminal)
}

fn sentence(line: &SessionLine) -> String {
    let mut text = format!("{} on {}: ", line.user, line.display);
    if let Some(refused) = &line.text {
        text += &format!("refused: {refused}; it ");
    }
    text += if line.recording.is_some() { "is recorded" } else { "is not recorded" };
    text += &format!(" ({})", line.why);
    if let (Some(file), Some(bytes), Some(seconds)) = (&line.file, line.size_bytes, line.duration_seconds) {
        let (minutes, seconds) = (seconds / 60, seconds % 60);
        let (hours, minutes) = (minutes / 60, minutes % 60);
        let (megabytes, rest) = (bytes / 1_000_000, bytes % 1_000_000 / 100_000);
        text += &format!(" to {file}: {megabytes}.{rest} MB, {hours}:{minutes:02}:{seconds:02}");
    }
    if line.paused {
        text += "; paused, `kinescope-agent resume` goes on";
    }
    if line.started_by == Some(StartedBy::User) {
        text += "; `kinescope-agent stop` ends it";
    } else if line.recording.is_none() && line.user_may_start {
        text += "; `kinescope-agent start` begins a recording";
    }
    text
}
