//! `kinescope-agent config`: reads and changes the settings of basic mode.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;

use super::names::{Level, Name};
use super::settings::{Layers, Refused, Values};
use super::stored;
use crate::control::{self, ConfigWish, SettingLine};

/// Exit code when what is asked is refused.
const REFUSED: u8 = 5;

/// Flags of `kinescope-agent config`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  kinescope-agent config get
  kinescope-agent config set limit_minutes 60
  kinescope-agent config set screen HDMI-1 --session
  sudo kinescope-agent config set buffer true --machine
  kinescope-agent config clear limit_minutes

The nearest level wins: session, user, machine. What is set for a session holds for its next recording alone.")]
pub struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Print what holds and who has set it, or what is set at one level
    Get {
        /// What to print (default: everything)
        name: Option<Name>,
        #[command(flatten)]
        at: At,
    },
    /// Set something, for yourself unless a level is named
    Set {
        /// What to set
        name: Name,
        /// To what
        value: String,
        #[command(flatten)]
        at: At,
    },
    /// Set something, or everything, no longer
    Clear {
        /// What to clear (default: everything at that level)
        name: Option<Name>,
        #[command(flatten)]
        at: At,
    },
}

#[derive(Debug, clap::Args)]
struct At {
    /// For everybody on this machine (root only)
    #[arg(long, group = "level")]
    machine: bool,
    /// For yourself
    #[arg(long, group = "level")]
    user: bool,
    /// For the next recording of this session
    #[arg(long, group = "level")]
    session: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// The agent's configuration file, beside which the machine's settings are
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The agent's socket
    #[arg(long, value_name = "FILE", env = "KINESCOPE_AGENT_SOCKET")]
    socket: Option<PathBuf>,
}

impl At {
    fn named(&self) -> Option<Level> {
        match (self.machine, self.user, self.session) {
            (true, _, _) => Some(Level::Machine),
            (_, true, _) => Some(Level::User),
            (_, _, true) => Some(Level::Session),
            _ => None,
        }
    }

    fn file(&self, level: Level) -> anyhow::Result<PathBuf> {
        if level == Level::Machine { Ok(stored::machine_file(self.config.as_deref())) } else { stored::own_file() }
    }

    /// What is set for the session that this process belongs to.
    fn of_session(&self, wish: ConfigWish) -> anyhow::Result<Vec<SettingLine>> {
        let answer = control::ask_config(wish, self.socket.clone())?;
        match answer.text {
            Some(text) if !answer.ok => Err(anyhow::anyhow!(text)),
            _ => Ok(answer.settings),
        }
    }
}

/// Runs the subcommand.
pub fn run(arguments: &Arguments) -> ExitCode {
    let done = match &arguments.action {
        Action::Get { name, at } => get(*name, at),
        Action::Set { name, value, at } => set(*name, value, at),
        Action::Clear { name, at } => clear(*name, at),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("kinescope-agent config: {error:#}");
            ExitCode::from(REFUSED)
        }
    }
}

fn set(name: Name, value: &str, at: &At) -> anyhow::Result<()> {
    let level = at.named().unwrap_or(Level::User);
    if name.is_machines() && level != Level::Machine {
        let refused = Refused::MachineOnly(name);
        anyhow::bail!("{refused}; write: sudo kinescope-agent config set {} {value} --machine", name.as_str());
    }
    // Refused here, too, so that it can be said without an agent.
    let mut wanted = Values::default();
    wanted.set(name, value)?;
    if level == Level::Session {
        let set = at.of_session(ConfigWish::Set { name, value: value.to_owned() })?;
        return tell(&set, at.json);
    }
    let file = at.file(level)?;
    let mut values = stored::read(&file, level)?;
    values.set(name, value)?;
    let values = values.check(level)?;
    stored::write(&file, &values, level)?;
    tell(&lines(&values, level, Some(name)), at.json)
}

fn clear(name: Option<Name>, at: &At) -> anyhow::Result<()> {
    let level = at.named().unwrap_or(Level::User);
    if level == Level::Session {
        at.of_session(ConfigWish::Clear { name })?;
        return tell(&[], at.json);
    }
    let file = at.file(level)?;
    let mut values = match name {
        Some(_) => stored::read(&file, level)?,
        // A file that cannot be used can be cleared.
        None => Values::default(),
    };
    values.clear(name);
    stored::write(&file, &values, level)?;
    tell(&[], at.json)
}

fn get(name: Option<Name>, at: &At) -> anyhow::Result<()> {
    let level = at.named();
    let mut layers = Layers::default();
    if matches!(level, None | Some(Level::Machine)) {
        layers.machine = stored::read(&at.file(Level::Machine)?, Level::Machine)?;
    }
    if matches!(level, None | Some(Level::User)) {
        layers.user = stored::read(&at.file(Level::User)?, Level::User)?;
    }
    if matches!(level, None | Some(Level::Session)) {
        match at.of_session(ConfigWish::Get) {
            Ok(set) => {
                for line in set {
                    layers.session.set(line.name, &line.value).context("the agent's answer cannot be read")?;
                }
            }
            // Without an agent that can be asked nothing is set for a session.
            Err(error) if level.is_none() => tracing::debug!("{error:#}"),
            Err(error) => return Err(error),
        }
    }
    let lines = match level {
        Some(Level::Machine) => lines(&layers.machine, Level::Machine, name),
        Some(Level::User) => lines(&layers.user, Level::User, name),
        Some(Level::Session) => lines(&layers.session, Level::Session, name),
        Some(Level::Default) | None => {
            let names = Name::ALL.into_iter().filter(|one| name.is_none_or(|name| name == *one));
            names
                .map(|name| (name, layers.holds(name)))
                .map(|(name, (value, level))| SettingLine { name, value, level })
                .collect()
        }
    };
    tell(&lines, at.json)
}

fn lines(values: &Values, level: Level, name: Option<Name>) -> Vec<SettingLine> {
    let names = Name::ALL.into_iter().filter(|one| name.is_none_or(|name| name == *one));
    names.filter_map(|name| Some(SettingLine { name, value: values.text(name)?, level })).collect()
}

fn tell(lines: &[SettingLine], json: bool) -> anyhow::Result<()> {
    if json {
        println!("{}", serde_json::json!({ "settings": lines }));
        return Ok(());
    }
    for SettingLine { name, value, level } in lines {
        println!("{:<16}{value}  ({})", name.as_str(), level.as_str());
    }
    Ok(())
}
