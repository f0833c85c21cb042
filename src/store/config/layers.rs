//! Which settings hold where: flags over variables, over the file of the
//! context, over `config.toml`, over what is built in.

use super::{Config, OptionRow, Setting, Warning, load_config};
use crate::store::Folders;

/// The layers of this run; those of a context are read when it is used, so that
/// switching to it takes its file as it is then.
#[derive(Clone, Debug)]
pub struct Layers {
    folders: Folders,
    general: Config,
    typed: Vec<(&'static OptionRow, Setting)>,
    /// Whether contexts have files of their own.
    scoped: bool,
}

impl Layers {
    /// Reads `config.toml`; `typed` is what flags and variables say. With
    /// `scoped` off, the files of contexts are left alone.
    pub fn load(
        folders: &Folders,
        typed: Vec<(&'static OptionRow, Setting)>,
        scoped: bool,
    ) -> (Self, Vec<Warning>) {
        let mut general = Config::defaults();
        let (file, warnings) = load_config(&folders.config_file(), false);
        general.overlay(file);
        (Self { folders: folders.clone(), general, typed, scoped }, warnings)
    }

    /// What holds wherever no context says otherwise.
    pub fn anywhere(&self) -> Config {
        self.with_typed(self.general.clone())
    }

    /// What holds in a context, and what of its file was not used.
    pub fn within(&self, context: &str) -> (Config, Vec<Warning>) {
        if !self.scoped || context.is_empty() {
            return (self.anywhere(), Vec::new());
        }
        let mut config = self.general.clone();
        let (own, warnings) = load_config(&self.folders.context_file(context), true);
        config.overlay(own);
        (self.with_typed(config), warnings)
    }

    fn with_typed(&self, mut config: Config) -> Config {
        for (row, setting) in &self.typed {
            config.set(row, setting.clone());
        }
        config
    }
}
