//! Options that every command accepts. They override the environment and the configuration file. No option takes a
//! secret, because other users of the machine can read command lines.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;

use crate::config::{Config, ConfigError, Sources};

/// Where the configuration comes from, and which settings the command line overrides.
#[derive(Debug, Clone, Default, Args)]
pub struct Options {
    /// Configuration file [default: linekeeper.toml, if it exists]
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Folder for databases and keys
    #[arg(long, global = true, value_name = "FOLDER")]
    pub data_dir: Option<PathBuf>,
    /// Address to listen on
    #[arg(long, global = true, value_name = "ADDRESS")]
    pub listen: Option<SocketAddr>,
    /// Address at which people reach this server
    #[arg(long, global = true, value_name = "URL")]
    pub public_url: Option<String>,
    /// What to log: error, warn, info, debug, trace, or a filter
    #[arg(long, global = true, value_name = "LEVEL")]
    pub log: Option<String>,
}

impl Options {
    /// Loads the configuration. These options override it.
    pub fn load(&self) -> Result<Config, ConfigError> {
        Config::load(Sources::of_this_process(self.config.clone(), self.overrides()))
    }

    fn overrides(&self) -> Vec<(&'static str, String)> {
        let given = [
            ("server.data_dir", self.data_dir.as_ref().map(|path| path.to_string_lossy().into_owned())),
            ("server.listen", self.listen.map(|address| address.to_string())),
            ("server.public_url", self.public_url.clone()),
            ("log.level", self.log.clone()),
        ];
        given.into_iter().filter_map(|(key, value)| Some((key, value?))).collect()
    }
}
