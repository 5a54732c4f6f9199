//! How the agent is configured: by flags, else environment, else file, else what suits most machines.

use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use events::Logging;
use evidence::MachineKey;
use protocol::limits::{MAX_LABELS, MAX_NAME_BYTES};
use serde::Deserialize;
use spool::{ServerAddress, SpoolSettings};

use crate::hotkeys::Hotkeys;
use crate::own_logging;
use crate::roll_over::RollOver;
use crate::supervisor::CustomEvents;

/// Read when no file is named; need not exist.
pub const DEFAULT_FILE: &str = "/etc/kinescope/agent.toml";
/// Variables that override the file, such as `KINESCOPE_AGENT_QUOTA_MB`.
const ENVIRONMENT_PREFIX: &str = "KINESCOPE_AGENT";
/// A spool must hold at least this, so that a recording's newest file and the next one fit.
const MIN_QUOTA_MB: u64 = 16;
/// What is forgotten is forgotten in pieces of this size.
const SEGMENT_BYTES: u64 = 1 << 20;

/// Where programs are that say which access tags a session has.
const DEFAULT_TAGS_FOLDER: &str = "/etc/kinescope/tags.d";
/// Where xrdp writes what it does, unless its own configuration says otherwise.
const DEFAULT_XRDP_LOG: &str = "/var/log/xrdp.log";

/// How long one recording may be; a recording cannot be longer than 366 days.
const ROLL_OVER_HOURS: RangeInclusive<f64> = 0.001..=8_760.0;
/// How large, in MB.
const ROLL_OVER_MB: RangeInclusive<u64> = 10..=300;

/// The kernel takes no longer path for a socket.
const MAX_SOCKET_PATH_BYTES: usize = 107;
/// Where programs ask an agent that runs as root.
pub const ROOTS_SOCKET: &str = "/run/kinescope/agent.sock";

/// Flags of `kinescope-agent run`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  kinescope-agent run\n  kinescope-agent run --config /etc/kinescope/agent.toml\n  \
    kinescope-agent run --display :10 --quota-mb 4096"
)]
pub struct Arguments {
    /// Configuration file (default: /etc/kinescope/agent.toml, if it exists)
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Folder for identity, spool and last known policy
    #[arg(long = "state", alias = "state-folder", value_name = "FOLDER")]
    state_folder: Option<PathBuf>,
    /// Server to use instead of the one enrolled with
    #[arg(long, value_name = "https://HOST:PORT")]
    server: Option<String>,
    /// Record only this display (may be given several times)
    #[arg(long = "display", value_name = ":N")]
    displays: Vec<String>,
    /// File with the cookies of the displays given with --display
    #[arg(long, value_name = "FILE", requires = "displays")]
    xauthority: Option<PathBuf>,
    /// Never record this display (may be given several times)
    #[arg(long = "exclude", value_name = ":N")]
    exclude: Vec<String>,
    /// Space the spool may take, in MB
    #[arg(long, value_name = "MB")]
    quota_mb: Option<u64>,
}

/// What covered windows look like.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum CoverColour {
    /// Black.
    #[default]
    Black,
    /// Grey.
    Grey,
    /// White.
    White,
}

impl CoverColour {
    /// As pixels have it: `0x00RRGGBB`.
    pub fn rgb(self) -> u32 {
        match self {
            Self::Black => 0,
            Self::Grey => 0x0080_8080,
            Self::White => 0x00ff_ffff,
        }
    }
}

/// A display named in the configuration.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NamedDisplay {
    /// Such as `:10`.
    pub name: String,
    /// File with its cookie, where the X server's own arguments do not tell.
    pub xauthority: Option<PathBuf>,
}

/// The file's contents, with the environment over it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct File {
    server: Option<String>,
    state_folder: Option<PathBuf>,
    quota_mb: u64,
    message_life_minutes: u64,
    fps: u32,
    record_without_policy: bool,
    cover_colour: CoverColour,
    displays: Vec<NamedDisplay>,
    exclude: Vec<String>,
    recorder_uids: String,
    scan_seconds: u64,
    roll_over_hours: f64,
    roll_over_mb: u64,
    recorder_program: Option<PathBuf>,
    delivery_groups: Vec<String>,
    tags: Vec<String>,
    recording: bool,
    dynamic_control: bool,
    socket: Option<PathBuf>,
    tags_folder: PathBuf,
    custom_events: CustomEvents,
    #[serde(deserialize_with = "own_logging::deserialize")]
    events: Logging,
    hotkeys: Hotkeys,
    sign: bool,
    xrdp_log: PathBuf,
    lock_program: Option<PathBuf>,
}

impl Default for File {
    fn default() -> Self {
        Self {
            server: None,
            state_folder: None,
            quota_mb: 1_024,
            message_life_minutes: 120,
            fps: 10,
            record_without_policy: false,
            cover_colour: CoverColour::default(),
            displays: Vec::new(),
            exclude: Vec::new(),
            recorder_uids: "61000-61999".to_owned(),
            scan_seconds: 2,
            roll_over_hours: 12.0,
            roll_over_mb: 50,
            recorder_program: None,
            delivery_groups: Vec::new(),
            tags: Vec::new(),
            recording: true,
            dynamic_control: true,
            socket: None,
            tags_folder: DEFAULT_TAGS_FOLDER.into(),
            custom_events: CustomEvents::default(),
            events: Logging::of_agents(),
            hotkeys: Hotkeys::default(),
            sign: true,
            xrdp_log: DEFAULT_XRDP_LOG.into(),
            lock_program: None,
        }
    }
}

/// Everything the agent needs to know before it starts.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Overrides the server in the identity.
    pub server: Option<ServerAddress>,
    /// Identity, spool and policy are below it.
    pub state_folder: PathBuf,
    /// Bytes the spool may take.
    pub quota_bytes: u64,
    /// How long data waits for the server.
    pub message_life: Duration,
    /// Pictures a second at most.
    pub fps: u32,
    /// Whether to record while neither server nor last known policy can decide.
    pub record_without_policy: bool,
    /// What covered windows look like.
    pub cover_colour: CoverColour,
    /// If not empty, only these displays are recorded.
    pub displays: Vec<NamedDisplay>,
    /// These are not.
    pub exclude: Vec<String>,
    /// A root agent gives each recorder one of these user ids.
    pub recorder_uids: RangeInclusive<u32>,
    /// How often to look for new sessions.
    pub scan_interval: Duration,
    /// When a session goes on in another recording.
    pub roll_over: RollOver,
    /// Started with the argument `recorder` for each session; the agent itself unless told otherwise.
    pub recorder_program: PathBuf,
    /// What is started to show a notice: this very program.
    pub notice_program: PathBuf,
    /// The agent's own program file, by the name that it was started under: an update may have put another in its place.
    pub own_program: PathBuf,
    /// What policies may look at: delivery groups that this machine belongs to.
    pub delivery_groups: Vec<String>,
    /// The same: access tags of this machine's sessions.
    pub tags: Vec<String>,
    /// Whether anything is recorded on this machine at all.
    pub recording: bool,
    /// Whether administrators at the server may start and stop recordings.
    pub dynamic_control: bool,
    /// Where programs on this machine ask the agent.
    pub socket: PathBuf,
    /// Programs that say which access tags a session has.
    pub tags_folder: PathBuf,
    /// Who may pause recordings.
    pub custom_events: CustomEvents,
    /// What is detected in sessions.
    pub events: Logging,
    /// Keys by which users start and stop recordings.
    pub hotkeys: Hotkeys,
    /// Whether sessions have a sign that says that they are recorded.
    pub sign: bool,
    /// Where the names of RDP clients are read.
    pub xrdp_log: PathBuf,
    /// What locks a session, by its user; else the first known locker that is installed.
    pub lock_program: Option<PathBuf>,
    /// The file that was named with the configuration; the machine's settings of basic mode are beside it.
    pub config_file: Option<PathBuf>,
}

impl Settings {
    /// Puts flags, environment, file and defaults together.
    ///
    /// # Errors
    /// If the file cannot be read, or a value makes no sense; the message names it.
    pub fn read(arguments: &Arguments) -> anyhow::Result<Self> {
        let source = match &arguments.config {
            Some(path) => config::File::from(path.as_path()).required(true),
            None => config::File::with_name(DEFAULT_FILE).required(false),
        };
        let environment = config::Environment::with_prefix(ENVIRONMENT_PREFIX)
            .prefix_separator("_")
            .try_parsing(true)
            .list_separator(",")
            .with_list_parse_key("exclude")
            .with_list_parse_key("delivery_groups")
            .with_list_parse_key("tags");
        let file: File = config::Config::builder()
            .add_source(source.format(config::FileFormat::Toml))
            .add_source(environment)
            .build()
            .and_then(config::Config::try_deserialize)
            .context("the configuration cannot be used")?;
        Self::from_parts(file, arguments)
    }

    fn from_parts(file: File, arguments: &Arguments) -> anyhow::Result<Self> {
        let quota_mb = arguments.quota_mb.unwrap_or(file.quota_mb);
        ensure!(quota_mb >= MIN_QUOTA_MB, "quota_mb is {quota_mb}; it must be at least {MIN_QUOTA_MB}");
        ensure!(file.message_life_minutes >= 1, "message_life_minutes must be at least 1");
        ensure!((1..=60).contains(&file.fps), "fps is {}; it must be 1 to 60", file.fps);
        ensure!(file.scan_seconds >= 1, "scan_seconds must be at least 1");
        ensure!(
            ROLL_OVER_HOURS.contains(&file.roll_over_hours),
            "roll_over_hours is {}; it must be {} to {}",
            file.roll_over_hours,
            ROLL_OVER_HOURS.start(),
            ROLL_OVER_HOURS.end()
        );
        ensure!(
            ROLL_OVER_MB.contains(&file.roll_over_mb),
            "roll_over_mb is {}; it must be {} to {}",
            file.roll_over_mb,
            ROLL_OVER_MB.start(),
            ROLL_OVER_MB.end()
        );
        let server = arguments.server.clone().or(file.server);
        let named = |name: &String| NamedDisplay { name: name.clone(), xauthority: arguments.xauthority.clone() };
        let displays: Vec<_> =
            if arguments.displays.is_empty() { file.displays } else { arguments.displays.iter().map(named).collect() };
        let exclude = if arguments.exclude.is_empty() { file.exclude } else { arguments.exclude.clone() };
        for name in displays.iter().map(|display| &display.name).chain(&exclude) {
            ensure!(crate::sessions::display_number(name).is_some(), "{name:?} is no display; write it like :10");
        }
        let state_folder = match arguments.state_folder.clone().or(file.state_folder) {
            Some(folder) => folder,
            None => default_state_folder()?,
        };
        let socket = file.socket.unwrap_or_else(|| default_socket(&state_folder));
        ensure!(
            socket.as_os_str().len() <= MAX_SOCKET_PATH_BYTES,
            "socket is {}; a path of a socket has at most {MAX_SOCKET_PATH_BYTES} bytes",
            socket.display()
        );
        let own_program = std::env::current_exe().context("the agent's own program file cannot be found")?;
        let recorder_program = file.recorder_program.unwrap_or_else(|| own_program.clone());
        Ok(Self {
            server: server.map(|server| server.parse()).transpose()?,
            state_folder,
            quota_bytes: quota_mb << 20,
            message_life: Duration::from_secs(file.message_life_minutes * 60),
            fps: file.fps,
            record_without_policy: file.record_without_policy,
            cover_colour: file.cover_colour,
            displays,
            exclude,
            recorder_uids: parse_range(&file.recorder_uids)?,
            scan_interval: Duration::from_secs(file.scan_seconds),
            roll_over: RollOver {
                age: Duration::from_secs_f64(file.roll_over_hours * 3_600.0),
                size_bytes: file.roll_over_mb * 1_000_000,
            },
            recorder_program,
            notice_program: own_program.clone(),
            own_program,
            delivery_groups: labels("delivery_groups", file.delivery_groups)?,
            tags: labels("tags", file.tags)?,
            recording: file.recording,
            dynamic_control: file.dynamic_control,
            socket,
            tags_folder: file.tags_folder,
            custom_events: file.custom_events.check()?,
            events: file.events,
            hotkeys: file.hotkeys.check()?,
            sign: file.sign,
            xrdp_log: file.xrdp_log,
            lock_program: file.lock_program,
            config_file: arguments.config.clone(),
        })
    }

    /// Where the machine's key and certificate are.
    pub fn identity_folder(&self) -> PathBuf {
        identity_folder(&self.state_folder)
    }

    /// Where xrdp's session manager writes, beside xrdp itself.
    pub fn sesman_log(&self) -> PathBuf {
        self.xrdp_log.with_file_name("xrdp-sesman.log")
    }

    /// How the spool is limited, and whose key vouches for what is in it.
    pub fn spool(&self, machine_key: MachineKey) -> SpoolSettings {
        SpoolSettings {
            folder: self.state_folder.join("spool"),
            quota_bytes: self.quota_bytes,
            message_life: self.message_life,
            segment_bytes: SEGMENT_BYTES,
            machine_key: Some(machine_key),
        }
    }
}

/// Where the machine's key and certificate are, below a state folder.
pub fn identity_folder(state_folder: &std::path::Path) -> PathBuf {
    state_folder.join("identity")
}

/// The state folder where none is configured.
///
/// # Errors
/// If an ordinary user has no home.
pub fn default_state_folder() -> anyhow::Result<PathBuf> {
    if nix::unistd::geteuid().is_root() {
        return Ok(PathBuf::from("/var/lib/kinescope-agent"));
    }
    let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    variable("XDG_STATE_HOME")
        .or_else(|| variable("HOME").map(|home| home.join(".local/state")))
        .map(|folder| folder.join("kinescope-agent"))
        .context("HOME is not set; name a folder with --state")
}

/// Where programs ask the agent, where nothing else is configured.
pub fn default_socket(state_folder: &std::path::Path) -> PathBuf {
    if nix::unistd::geteuid().is_root() { PathBuf::from(ROOTS_SOCKET) } else { state_folder.join("agent.sock") }
}

/// Names that the server is told of with every session.
fn labels(setting: &str, names: Vec<String>) -> anyhow::Result<Vec<String>> {
    ensure!(names.len() <= MAX_LABELS, "{setting} names {} things; at most {MAX_LABELS} can be", names.len());
    for name in &names {
        let fits = (1..=MAX_NAME_BYTES).contains(&name.len()) && !name.chars().any(char::is_control);
        ensure!(fits, "{name:?} in {setting} is no name: 1 to {MAX_NAME_BYTES} bytes without control characters");
    }
    Ok(names)
}

fn parse_range(text: &str) -> anyhow::Result<RangeInclusive<u32>> {
    let range =
        text.split_once('-').and_then(|(first, last)| Some(first.trim().parse().ok()?..=last.trim().parse().ok()?));
    range
        // User 0 is root, and small numbers belong to the system.
        .filter(|range: &RangeInclusive<u32>| !range.is_empty() && *range.start() >= 1_000)
        .with_context(|| format!("recorder_uids is {text:?}; write FIRST-LAST, from 1000 up"))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn arguments() -> Arguments {
        Arguments {
            config: None,
            state_folder: Some("/s".into()),
            server: None,
            displays: Vec::new(),
            xauthority: None,
            exclude: Vec::new(),
            quota_mb: None,
        }
    }

    #[test]
    fn flags_win_over_the_file() {
        let file = File { quota_mb: 64, exclude: vec![":1".to_owned()], ..File::default() };
        let flags = Arguments { quota_mb: Some(32), displays: vec![":7".to_owned()], ..arguments() };
        let settings = Settings::from_parts(file, &flags).unwrap();
        assert_eq!(settings.quota_bytes, 32 << 20);
        assert_eq!(settings.displays, [NamedDisplay { name: ":7".to_owned(), xauthority: None }]);
        assert_eq!(settings.exclude, [":1"]);
        assert_eq!(settings.message_life, Duration::from_secs(7_200));
    }

    #[test]
    fn what_makes_no_sense_is_refused_by_name() {
        let cases: [(&str, File); 12] = [
            ("delivery_groups", File { delivery_groups: vec!["x".repeat(257)], ..File::default() }),
            ("tags", File { tags: vec!["x".to_owned(); 65], ..File::default() }),
            ("roll_over_hours", File { roll_over_hours: 0.0, ..File::default() }),
            ("roll_over_hours", File { roll_over_hours: f64::NAN, ..File::default() }),
            ("roll_over_mb", File { roll_over_mb: 9, ..File::default() }),
            ("roll_over_mb", File { roll_over_mb: 301, ..File::default() }),
            ("quota_mb", File { quota_mb: 15, ..File::default() }),
            ("fps", File { fps: 61, ..File::default() }),
            ("message_life_minutes", File { message_life_minutes: 0, ..File::default() }),
            ("recorder_uids", File { recorder_uids: "0-10".to_owned(), ..File::default() }),
            ("recorder_uids", File { recorder_uids: "62000-61000".to_owned(), ..File::default() }),
            ("\"10\"", File { exclude: vec!["10".to_owned()], ..File::default() }),
        ];
        for (name, file) in cases {
            let error = Settings::from_parts(file, &arguments()).unwrap_err();
            assert!(error.to_string().contains(name), "{error} does not name {name}");
        }
    }
}
