//! Where our files are.

use std::path::{Path, PathBuf};

/// The folders of this user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folders {
    /// `config.toml`, `keys.toml`, `contexts/`, `themes/`: written by people.
    pub config: PathBuf,
    /// The audit log, operations under way, slots, the log file, saved screens.
    pub state: PathBuf,
}

impl Folders {
    /// The platform's folders, each replaced by the given one if there is one.
    /// Falls back to folders under the working directory on a machine that
    /// gives this user no home.
    pub fn find(config: Option<&Path>, state: Option<&Path>) -> Self {
        let home = directories::ProjectDirs::from("dev", "quarterdeck", "quarterdeck");
        let of_config = || home.as_ref().map(|dirs| dirs.config_dir().to_owned());
        let of_state =
            || home.as_ref().map(|dirs| dirs.state_dir().unwrap_or(dirs.data_local_dir()).to_owned());
        Self {
            config: config
                .map(Path::to_owned)
                .or_else(of_config)
                .unwrap_or_else(|| "quarterdeck/config".into()),
            state: state.map(Path::to_owned).or_else(of_state).unwrap_or_else(|| "quarterdeck/state".into()),
        }
    }

    /// `config.toml`
    pub fn config_file(&self) -> PathBuf {
        self.config.join("config.toml")
    }

    /// `contexts/<name>.toml`, with everything but letters, digits, `.`, `_`
    /// and `-` replaced by `_`: context names hold slashes and colons.
    pub fn context_file(&self, context: &str) -> PathBuf {
        self.config.join("contexts").join(format!("{}.toml", safe_name(context)))
    }

    /// `keys.toml`
    pub fn keys_file(&self) -> PathBuf {
        self.config.join("keys.toml")
    }

    /// `themes/<name>.toml`
    pub fn theme_file(&self, name: &str) -> PathBuf {
        self.config.join("themes").join(format!("{name}.toml"))
    }

    /// How lists look, and the filters saved.
    pub fn views_file(&self) -> PathBuf {
        self.state.join("views.toml")
    }

    /// The audit log.
    pub fn audit_file(&self) -> PathBuf {
        self.state.join("audit.jsonl")
    }

    /// Operations under way.
    pub fn running(&self) -> PathBuf {
        self.state.join("running")
    }

    /// Where SLO files are looked for unless the option `slos` names a place.
    pub fn slos(&self) -> PathBuf {
        self.config.join("slos")
    }

    /// Where freeze windows are looked for unless the option `gates` names a place.
    pub fn gates(&self) -> PathBuf {
        self.config.join("gates")
    }

    /// The slots of objectives counted in a context.
    pub fn slots(&self, context: &str) -> PathBuf {
        self.state.join("slots").join(safe_name(context))
    }

    /// What was seen of catalogues.
    pub fn catalogue(&self) -> PathBuf {
        self.state.join("catalogue")
    }

    /// The folder of the log file.
    pub fn logs(&self) -> PathBuf {
        self.state.join("log")
    }

    /// The folder of saved screens.
    pub fn screens(&self) -> PathBuf {
        self.state.join("screens")
    }
}

/// A name that is one part of a path, whatever it holds.
pub(super) fn safe_name(name: &str) -> String {
    let safe = |c: char| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '_' };
    let name: String = name.chars().map(safe).collect();
    if name.trim_matches('.').is_empty() { format!("_{name}") } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_context_name_never_leaves_its_folder() {
        let folders = Folders::find(Some(Path::new("/c")), Some(Path::new("/s")));
        let file = folders.context_file("../../arn:aws:eks/prod");
        assert_eq!(file, Path::new("/c/contexts/.._.._arn_aws_eks_prod.toml"));
        assert_eq!(folders.audit_file(), Path::new("/s/audit.jsonl"));
    }
}
