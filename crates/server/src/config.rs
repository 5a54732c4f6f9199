//! What an operator can set: a TOML file, then `KINESCOPE_*` variables, then flags; the later wins.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// Prefix of the variables that are read.
const VARIABLE_PREFIX: &str = "KINESCOPE";
/// A web session that nobody uses ends after this many seconds unless set otherwise.
const DEFAULT_SESSION_IDLE_SECS: u32 = 2 * 3600;
/// A web session ends after this many seconds, used or not, unless set otherwise.
const DEFAULT_SESSION_ABSOLUTE_SECS: u32 = 12 * 3600;

/// Machines' certificates last so long unless set otherwise.
const DEFAULT_IDENTITY_DAYS: u32 = 90;
/// Longest time that machines' certificates can be set to last.
const MOST_IDENTITY_DAYS: u32 = 5 * 365;

/// Settings of one server process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Folder that holds keys, the catalogue and, unless `storage` says otherwise, the recordings.
    pub data: PathBuf,
    /// Address and port for browsers and agents alike. Port 0 takes any free one.
    pub listen: SocketAddr,
    /// Further host names and addresses by which the server is reached; they go into its certificate when that is made.
    pub names: Vec<String>,
    /// Folders for recordings, used in turn. Empty: `recordings` in the data folder.
    pub storage: Vec<PathBuf>,
    /// Set up a demo at first start: everything is recorded and the first user holds every role.
    pub demo: bool,
    /// File that holds the bearer token for `/metrics`; none: `metrics-token` in the data folder, made at first start.
    pub metrics_token_file: Option<PathBuf>,
    /// Address of a time stamp authority (RFC 3161) that stamps the last receipt of each recording; none: nobody does.
    pub time_stamp_url: Option<String>,
    /// A web session that nobody uses ends after this many seconds.
    pub session_idle_secs: u32,
    /// A web session ends after this many seconds, used or not.
    pub session_absolute_secs: u32,
    /// Machines' certificates last for so many days; agents renew them by themselves.
    pub identity_days: u32,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            data: PathBuf::from("/var/lib/kinescope"),
            listen: SocketAddr::from(([0, 0, 0, 0], 8443)),
            names: Vec::new(),
            storage: Vec::new(),
            demo: false,
            metrics_token_file: None,
            time_stamp_url: None,
            session_idle_secs: DEFAULT_SESSION_IDLE_SECS,
            session_absolute_secs: DEFAULT_SESSION_ABSOLUTE_SECS,
            identity_days: DEFAULT_IDENTITY_DAYS,
        }
    }
}

/// What was given as flags; absent flags leave what file and environment say.
#[derive(Debug, Clone, Default)]
pub struct Flags {
    /// See [`Config::data`].
    pub data: Option<PathBuf>,
    /// See [`Config::listen`].
    pub listen: Option<SocketAddr>,
    /// See [`Config::names`]; added to those of the file.
    pub names: Vec<String>,
    /// See [`Config::demo`].
    pub demo: bool,
}

/// The settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A value is missing, unknown or of the wrong kind.
    #[error("the configuration cannot be read: {0}; see docs/server.md for the settings")]
    Unreadable(#[from] config::ConfigError),
    /// A value makes no sense.
    #[error("setting {setting}: {why}")]
    Invalid {
        /// Its name.
        setting: &'static str,
        /// What is wrong with it.
        why: String,
    },
}

impl Config {
    /// Reads the file (if any), the environment and the flags.
    ///
    /// # Errors
    /// The file is missing or not TOML, a setting is unknown, or a value is out of bounds.
    pub fn load(
        file: Option<&Path>,
        environment: HashMap<String, String>,
        flags: Flags,
    ) -> Result<Config, ConfigError> {
        let mut builder = config::Config::builder();
        if let Some(file) = file {
            builder = builder.add_source(config::File::from(file).format(config::FileFormat::Toml));
        }
        builder = builder.add_source(
            config::Environment::with_prefix(VARIABLE_PREFIX)
                .source(Some(known_variables(environment)))
                .try_parsing(true)
                .list_separator(",")
                .with_list_parse_key("names")
                .with_list_parse_key("storage"),
        );
        let mut config: Config = builder.build()?.try_deserialize()?;
        config.data = flags.data.unwrap_or(config.data);
        config.listen = flags.listen.unwrap_or(config.listen);
        config.names.extend(flags.names);
        config.demo |= flags.demo;
        config.check()?;
        Ok(config)
    }

    fn check(&self) -> Result<(), ConfigError> {
        if self.session_idle_secs < 60 || self.session_absolute_secs < self.session_idle_secs {
            return Err(ConfigError::Invalid {
                setting: "session_idle_secs",
                why: "must be at least 60 and at most session_absolute_secs".to_owned(),
            });
        }
        if !(1..=MOST_IDENTITY_DAYS).contains(&self.identity_days) {
            let why = format!("must be 1 to {MOST_IDENTITY_DAYS}");
            return Err(ConfigError::Invalid { setting: "identity_days", why });
        }
        let is_address = |url: &String| ["http://", "https://"].iter().any(|scheme| url.starts_with(scheme));
        if !self.time_stamp_url.as_ref().is_none_or(is_address) {
            let why = "must begin with http:// or https://".to_owned();
            return Err(ConfigError::Invalid { setting: "time_stamp_url", why });
        }
        Ok(())
    }

    /// Folders for recordings, in the order in which they are used.
    #[must_use]
    pub fn storage_folders(&self) -> Vec<PathBuf> {
        if self.storage.is_empty() { vec![self.data.join("recordings")] } else { self.storage.clone() }
    }

    /// The catalogue's database file.
    #[must_use]
    pub fn catalogue_file(&self) -> PathBuf {
        self.data.join("catalogue.sqlite")
    }
}

/// Other programs of the product read variables with the same prefix, so unknown ones are not an error here.
fn known_variables(environment: HashMap<String, String>) -> HashMap<String, String> {
    const KNOWN: [&str; 10] = [
        "DATA",
        "LISTEN",
        "NAMES",
        "STORAGE",
        "DEMO",
        "METRICS_TOKEN_FILE",
        "TIME_STAMP_URL",
        "SESSION_IDLE_SECS",
        "SESSION_ABSOLUTE_SECS",
        "IDENTITY_DAYS",
    ];
    environment
        .into_iter()
        .filter(|(name, _)| {
            name.strip_prefix(VARIABLE_PREFIX)
                .and_then(|rest| rest.strip_prefix('_'))
                .is_some_and(|rest| KNOWN.contains(&rest))
        })
        .collect()
}
