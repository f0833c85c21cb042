//! Files of definitions: what was named, and everything that looks like YAML
//! below it.
//!
//! A path that was typed and is not there is a fault if there is no other: of
//! several checkouts one may be gone. Anything else that is wrong is a finding,
//! and the rest is read.

use super::read_text_up_to;
use crate::domain::{Fault, FaultKind, Finding};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// More files than this are not a folder of definitions but a disk.
const MOST_FILES: usize = 10_000;
/// Backstage reads files of 5 MiB: some 10,000 entries that a program wrote.
const LARGEST_FILE: u64 = 5 << 20;
/// Folders within folders.
const MOST_DEPTH: usize = 32;

/// What was found.
#[derive(Debug, Default)]
pub struct Files {
    /// In the order of their names; none twice.
    pub paths: Vec<PathBuf>,
    /// What could not be looked into.
    pub findings: Vec<Finding>,
    /// Folders been to and files found, by their real names: links in circles
    /// end here, and a file with two names is read once.
    seen: BTreeSet<PathBuf>,
    /// There were more files than are read.
    full: bool,
}

impl Files {
    /// Every file typed, and every `*.yaml` and `*.yml` below every folder typed.
    ///
    /// # Errors
    /// None of the paths that were typed is there.
    pub fn find(typed: &[PathBuf]) -> Result<Self, Fault> {
        let mut found = Self::default();
        let mut gone = Vec::new();
        for path in typed {
            match std::fs::metadata(path) {
                Ok(about) if about.is_dir() => found.walk(path, 0),
                Ok(_) => found.paths.push(path.clone()),
                Err(error) => gone.push((path, error)),
            }
        }
        if let Some((path, error)) = gone.first().filter(|_| gone.len() == typed.len()) {
            let text = format!("cannot read '{}': {error}", path.display());
            return Err(
                Fault::new(FaultKind::NotFound, text).hint("is the checkout gone, or the path mistyped?")
            );
        }
        for (path, error) in gone {
            found.find_fault(path, &format!("cannot be read: {error}; is the checkout gone?"));
        }
        found.paths.sort();
        found.paths.dedup();
        Ok(found)
    }

    fn walk(&mut self, folder: &Path, depth: usize) {
        if self.full || !self.is_new(folder) {
            return;
        }
        if depth > MOST_DEPTH {
            self.find_fault(folder, &format!("more than {MOST_DEPTH} folders deep; not looked into"));
            return;
        }
        let entries = match std::fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) => return self.find_fault(folder, &format!("cannot be listed: {error}")),
        };
        let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
        paths.sort();
        for path in paths.into_iter().filter(|path| !is_hidden(path)) {
            // Follows links; a link to nowhere and a socket are neither.
            if path.is_dir() {
                self.walk(&path, depth + 1);
            } else if path.is_file() && is_yaml(&path) && self.is_new(&path) {
                if self.paths.len() >= MOST_FILES {
                    let text = format!("more than {MOST_FILES} files; this and further ones are not read");
                    self.full = true;
                    return self.find_fault(&path, &text);
                }
                self.paths.push(tidy(&path));
            }
        }
    }

    fn is_new(&mut self, path: &Path) -> bool {
        self.seen.insert(path.canonicalize().unwrap_or_else(|_gone| path.to_owned()))
    }

    fn find_fault(&mut self, path: &Path, text: &str) {
        self.findings.push(finding(path, text));
    }
}

/// The paths in a setting: `~/services, /srv/org`.
pub fn typed_paths(text: &str) -> Vec<PathBuf> {
    let home = directories::BaseDirs::new().map(|dirs| dirs.home_dir().to_owned());
    let path = |text: &str| match (text.strip_prefix("~/"), &home) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => PathBuf::from(text),
    };
    text.split(',').map(str::trim).filter(|p| !p.is_empty()).map(path).collect()
}

/// The text of a file.
///
/// # Errors
/// A finding that says why there is none.
pub fn read_file(path: &Path) -> Result<String, Finding> {
    match read_text_up_to(path, LARGEST_FILE) {
        Ok(Some(text)) => Ok(text),
        Ok(None) => Err(finding(path, "is not there")),
        Err(fault) => Err(finding(path, &fault.text)),
    }
}

/// The texts of all files that have one; the others become findings.
pub fn read_all(files: &mut Files) -> Vec<(PathBuf, String)> {
    let mut texts = Vec::with_capacity(files.paths.len());
    for path in &files.paths {
        match read_file(path) {
            Ok(text) => texts.push((path.clone(), text)),
            Err(finding) => files.findings.push(finding),
        }
    }
    texts
}

fn finding(path: &Path, text: &str) -> Finding {
    Finding { file: path.display().to_string(), line: 1, fatal: true, text: text.to_owned() }
}

/// `./a.yaml`, as the default folder gives it, is called `a.yaml`.
fn tidy(path: &Path) -> PathBuf {
    path.strip_prefix(".").unwrap_or(path).to_owned()
}

fn is_hidden(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'))
}

fn is_yaml(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml")
}
