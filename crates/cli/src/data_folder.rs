//! Which data folder a command works on.

use std::path::PathBuf;

use ::server::Config;
use ::server::offline::{Deployment, OfflineError};

/// Names the data folder.
#[derive(clap::Args)]
pub struct DataFolder {
    /// The server's data folder.
    #[arg(long, global = true, env = "KINESCOPE_DATA", default_value = "/var/lib/kinescope", value_name = "FOLDER")]
    data: PathBuf,
}

impl DataFolder {
    /// The settings that follow from the folder alone.
    pub fn config(&self) -> Config {
        Config { data: self.data.clone(), ..Config::default() }
    }

    /// Opens what a server made there.
    pub async fn open(&self) -> Result<Deployment, OfflineError> {
        Deployment::open(&self.data, &self.config().catalogue_file()).await
    }
}
