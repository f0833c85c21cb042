//! The files of a catalogue: those that were named, and those that their
//! `Location`s point at; or a catalogue kept in memory.
//!
//! A target is followed if it is a file inside the folders that were typed.
//! Addresses on the network are not: what is printed must not depend on them.

use super::console::Message;
use crate::catalog::{Catalog, Entity, read};
use crate::domain::{Fault, Finding};
use crate::store::{Files, read_all, read_file};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::mpsc;

/// Files reached through targets only, at most; as many as a folder may hold.
const MOST_TARGETS: usize = 10_000;

/// Where a catalogue is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// Files, and folders with everything below them that looks like YAML.
    Paths(Vec<PathBuf>),
    /// Files that exist only in memory, by name.
    Texts(Vec<(String, String)>),
}

/// What the files held.
#[derive(Debug, Default)]
pub struct Loaded {
    /// Files read.
    pub files: usize,
    /// What they say, joined.
    pub catalog: Catalog,
    /// What is wrong with the files; the catalogue has findings of its own.
    pub findings: Vec<Finding>,
}

impl Source {
    /// The paths of a setting: `~/services, /srv/org`. None if it is empty.
    pub fn of_setting(text: &str) -> Option<Self> {
        let home = directories::BaseDirs::new().map(|dirs| dirs.home_dir().to_owned());
        let path = |text: &str| match (text.strip_prefix("~/"), &home) {
            (Some(rest), Some(home)) => home.join(rest),
            _ => PathBuf::from(text),
        };
        let paths: Vec<_> = text.split(',').map(str::trim).filter(|p| !p.is_empty()).map(path).collect();
        (!paths.is_empty()).then_some(Self::Paths(paths))
    }

    /// Reads everything.
    ///
    /// # Errors
    /// None of the paths is there.
    pub fn load(&self) -> Result<Loaded, Fault> {
        match self {
            Self::Paths(paths) => load(paths),
            Self::Texts(texts) => Ok(of_texts(texts)),
        }
    }
}

/// Reads a catalogue aside, and tells the loop.
pub(super) async fn tell(source: Option<Source>, out: mpsc::Sender<Message>) {
    let read = match source {
        None => Ok(Loaded::default()),
        Some(source) => match tokio::task::spawn_blocking(move || source.load()).await {
            Ok(read) => read,
            Err(error) => Err(Fault::new(crate::domain::FaultKind::Internal, error.to_string())),
        },
    };
    let read = read.map(|loaded| {
        let mut findings = loaded.findings;
        findings.extend(loaded.catalog.findings().iter().cloned());
        (Arc::new(loaded.catalog), findings)
    });
    let _closing = out.send(Message::Catalog(read)).await;
}

fn of_texts(texts: &[(String, String)]) -> Loaded {
    let (mut entities, mut findings) = (Vec::new(), Vec::new());
    // Documents lie beside the entries.
    let yaml = |name: &str| Path::new(name).extension().is_some_and(|e| e == "yaml" || e == "yml");
    for (name, text) in texts.iter().filter(|(name, _)| yaml(name)) {
        let read = read(name, text);
        entities.extend(read.entities);
        findings.extend(read.findings);
    }
    Loaded { files: texts.len(), catalog: Catalog::build(entities), findings }
}

struct Loader {
    /// Folders that targets may be in, by their real names.
    roots: Vec<PathBuf>,
    /// Files read or about to be, by their real names.
    seen: BTreeSet<PathBuf>,
    todo: Vec<PathBuf>,
    entities: Vec<Entity>,
    findings: Vec<Finding>,
}

fn load(paths: &[PathBuf]) -> Result<Loaded, Fault> {
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
    Ok(Loaded { files: count, catalog: Catalog::build(loader.entities), findings: loader.findings })
}

/// The folder of what was typed.
fn root(path: &Path) -> Option<PathBuf> {
    let real = path.canonicalize().ok()?;
    if real.is_dir() { Some(real) } else { real.parent().map(Path::to_owned) }
}

impl Loader {
    fn take(&mut self, path: &Path, text: &str) {
        let read = read(&path.display().to_string(), text);
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
    fn follow(&mut self, from: &Path, target: &str) -> Result<(), (bool, String)> {
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
        if self.seen.len() >= MOST_TARGETS * 2 {
            return Err((true, "is not read: too many files".to_owned()));
        }
        if self.seen.insert(real) {
            self.todo.push(path);
        }
        Ok(())
    }
}
