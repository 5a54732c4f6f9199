//! Which data folder a command works on.

use std::path::PathBuf;

use ::server::offline::Deployment;
use ::server::{Config, ConfigError, Flags};

/// Names the data folder, as the server was told it.
#[derive(clap::Args)]
pub struct DataFolder {
    /// The server's TOML file with settings, where it has one.
    #[arg(long, global = true, env = "KINESCOPE_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    /// The server's data folder; default /var/lib/kinescope.
    #[arg(long, global = true, value_name = "FOLDER")]
    data: Option<PathBuf>,
}

impl DataFolder {
    /// The server's settings.
    pub fn config(&self) -> Result<Config, ConfigError> {
        let flags = Flags { data: self.data.clone(), ..Flags::default() };
        Config::load(self.config.as_deref(), std::env::vars().collect(), flags)
    }

    /// Opens what a server made there.
    pub async fn open(&self) -> anyhow::Result<Deployment> {
        let config = self.config()?;
        Ok(Deployment::open(&config.data, &config.catalogue_file()).await?)
    }
}
