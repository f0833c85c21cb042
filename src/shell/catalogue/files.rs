//! The files that were named, and those their `Location`s and definitions
//! point at.
//!
//! A target is followed if it is a file inside the folders that were typed.
//! Addresses on the network are not: what is printed must not depend on them.

use super::{Found, NotUsed, define};
use crate::catalog::{Entity, read};
use crate::domain::{Fault, Finding};
use crate::store::{Files, read_all, read_file};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Files reached through targets only, at most; as many as a folder may hold.
const MOST_TARGETS: usize = 10_000;

struct Loader {
    /// Folders that targets may be in, by their real names.
    roots: Vec<PathBuf>,
    /// Files read or about to be, by their real names.
    seen: BTreeSet<PathBuf>,
    todo: Vec<PathBuf>,
    entities: Vec<Entity>,
    findings: Vec<Finding>,
}

pub(super) fn load(paths: &[PathBuf]) -> Result<Found, Fault> {
    let mut files = Files::find(paths)?;
    let texts = read_all(&mut files);
    let mut loader = Loader {
        roots: paths.iter().filter_map(|path| root(path)).collect(),
        seen: files.paths.iter().filter_map(|path| path.canonicalize().ok()).collect(),
        todo: Vec::new(),
        entities: Vec::new(),
        findings: files.findings,
    };
    let mut count = files.paths.len();
    for (path, text) in texts {
        loader.take(&path, &text);
    }
    while let Some(path) = loader.todo.pop() {
        count += 1;
        match read_file(&path) {
            Ok(text) => loader.take(&path, &text),
            Err(finding) => loader.findings.push(finding),
        }
    }
    Ok(Found { files: count, entities: loader.entities, findings: loader.findings })
}

/// The folder of what was typed.
fn root(path: &Path) -> Option<PathBuf> {
    let real = path.canonicalize().ok()?;
    if real.is_dir() { Some(real) } else { real.parent().map(Path::to_owned) }
}

impl Loader {
    fn take(&mut self, path: &Path, text: &str) {
        let file = path.display().to_string();
        let text_of = |target: &str| {
            let (path, _) = self.within(path, target)?;
            read_file(&path).map_err(|finding| (true, finding.text))
        };
        let read = define(&file, read(&file, text), text_of);
        self.entities.extend(read.entities);
        self.findings.extend(read.findings);
        for target in &read.targets {
            if let Err((fatal, why)) = self.follow(path, target) {
                let line = text.lines().position(|line| line.contains(target)).map_or(1, |index| index + 1);
                let text = format!("location target '{target}' {why}");
                self.findings.push(Finding { file: path.display().to_string(), line, fatal, text });
            }
        }
    }

    /// Puts a target among the files to read, or says why not and whether that
    /// loses entries.
    fn follow(&mut self, from: &Path, target: &str) -> Result<(), NotUsed> {
        let (path, real) = self.within(from, target)?;
        if self.seen.len() >= MOST_TARGETS * 2 {
            return Err((true, "is not read: too many files".to_owned()));
        }
        if self.seen.insert(real) {
            self.todo.push(path);
        }
        Ok(())
    }

    /// The file a target means and its real name, if it is one we may read.
    fn within(&self, from: &Path, target: &str) -> Result<(PathBuf, PathBuf), NotUsed> {
        if target.contains("://") {
            return Err((false, "is on the network and not followed".to_owned()));
        }
        if target.contains('*') {
            return Err((false, "is a pattern and not followed; name the folder instead".to_owned()));
        }
        let path = from.parent().unwrap_or(Path::new("")).join(target.trim_start_matches("./"));
        let real = path.canonicalize().map_err(|error| (true, format!("cannot be read: {error}")))?;
        if !self.roots.iter().any(|root| real.starts_with(root)) {
            return Err((true, "leads out of the folders looked at and is not followed".to_owned()));
        }
        if !real.is_file() {
            return Err((true, "is not a file".to_owned()));
        }
        Ok((path, real))
    }
}
