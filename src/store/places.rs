//! Where a setting says that files of definitions are.

use super::documents::{Files, read_all, typed_paths};
use crate::domain::Finding;
use std::fmt;
use std::path::PathBuf;

/// The paths of one setting.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Places {
    paths: Vec<PathBuf>,
    /// The folder nobody named: it need not exist.
    usual: PathBuf,
}

impl Places {
    /// The paths in a setting's text: `~/slos, /srv/slos`; the usual folder if
    /// it is empty.
    pub fn of_setting(text: &str, usual: PathBuf) -> Self {
        let typed = typed_paths(text);
        let paths = if typed.is_empty() { vec![usual.clone()] } else { typed };
        Self { paths, usual }
    }

    /// Reads everything, now: names and texts of the files, and what could not
    /// be read. A path that is not there is such a finding, each for itself.
    pub fn read(&self) -> (Vec<(String, String)>, Vec<Finding>) {
        let (mut texts, mut findings) = (Vec::new(), Vec::new());
        for path in self.paths.iter().filter(|path| **path != self.usual || path.exists()) {
            match Files::find(std::slice::from_ref(path)) {
                Ok(mut files) => {
                    let read = read_all(&mut files).into_iter();
                    texts.extend(read.map(|(path, text)| (path.display().to_string(), text)));
                    findings.extend(files.findings);
                }
                Err(fault) => {
                    let file = path.display().to_string();
                    findings.push(Finding { file, line: 1, fatal: true, text: fault.text });
                }
            }
        }
        (texts, findings)
    }
}

impl fmt::Display for Places {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, path) in self.paths.iter().enumerate() {
            write!(f, "{}{}", if index > 0 { ", " } else { "" }, path.display())?;
        }
        Ok(())
    }
}
