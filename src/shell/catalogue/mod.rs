//! The files of a catalogue: those that were named, and those that their
//! `Location`s point at; or a catalogue kept in memory.
//!
//! A target is followed if it is a file inside the folders that were typed.
//! Addresses on the network are not: what is printed must not depend on them.

mod files;
mod recall;
mod shelf;

use super::console::Message;
use super::docs::plain;
use crate::catalog::{Catalog, Definition, Entity, Read, read};
use crate::domain::{Fault, FaultKind, Finding};
use crate::store::{Folders, typed_paths};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::mpsc;

pub use recall::forget;

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

/// What the files held, not joined yet.
#[derive(Debug, Default)]
struct Found {
    files: usize,
    entities: Vec<Entity>,
    findings: Vec<Finding>,
}

impl Source {
    /// The paths of a setting: `~/services, /srv/org`. None if it is empty.
    pub fn of_setting(text: &str) -> Option<Self> {
        let paths = typed_paths(text);
        (!paths.is_empty()).then_some(Self::Paths(paths))
    }

    /// Reads the entries. What `memory` has seen before and is there no longer
    /// is kept as orphans; without it only what is there counts.
    ///
    /// # Errors
    /// None of the paths is there, and nothing is remembered of them.
    pub fn load(&self, memory: Option<&Folders>) -> Result<Loaded, Fault> {
        let found = match self {
            Self::Paths(paths) => files::load(paths),
            Self::Texts(texts) => Ok(of_texts(texts)),
        };
        let found = match (self, memory) {
            (Self::Paths(paths), Some(folders)) => recall::recall(found, paths, folders)?,
            (Self::Paths(_) | Self::Texts(_), _) => found?,
        };
        let Found { files, entities, findings } = found;
        Ok(Loaded { files, catalog: Catalog::build(entities), findings })
    }

    /// Reads the entries and every document beside them.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn load_whole(&self, memory: Option<&Folders>) -> Result<Loaded, Fault> {
        let mut loaded = self.load(memory)?;
        let (library, finding) = shelf::library(self, loaded.catalog.entities());
        loaded.catalog.shelve(library);
        loaded.findings.extend(finding);
        Ok(loaded)
    }
}

/// Reads a catalogue aside, and tells the loop.
pub(super) async fn tell(source: Option<Source>, folders: Folders, out: mpsc::Sender<Message>) {
    let read = match source {
        None => Ok(Loaded::default()),
        Some(source) => match tokio::task::spawn_blocking(move || source.load_whole(Some(&folders))).await {
            Ok(read) => read,
            Err(error) => Err(Fault::new(FaultKind::Internal, error.to_string())),
        },
    };
    let read = read.map(|loaded| {
        let mut findings = loaded.findings;
        findings.extend(loaded.catalog.findings().iter().cloned());
        (Arc::new(loaded.catalog), findings)
    });
    let _closing = out.send(Message::Catalog(read)).await;
}

fn of_texts(texts: &[(String, String)]) -> Found {
    let mut found = Found { files: texts.len(), ..Found::default() };
    // Documents lie beside the entries.
    let yaml = |name: &str| Path::new(name).extension().is_some_and(|e| e == "yaml" || e == "yml");
    for (name, text) in texts.iter().filter(|(name, _)| yaml(name)) {
        let text_of = |target: &str| {
            let path = plain(&Path::new(name).parent().unwrap_or(Path::new("")).join(target));
            let held = texts.iter().find(|(name, _)| path.as_deref() == Some(Path::new(name)));
            held.map(|(_, text)| text.clone()).ok_or_else(|| (true, "is not there".to_owned()))
        };
        let read = define(name, read(name, text), text_of);
        found.entities.extend(read.entities);
        found.findings.extend(read.findings);
    }
    found
}

/// Why a target is not used, and whether that loses something.
type NotUsed = (bool, String);

/// Takes the definitions in that stand in files of their own.
fn define(file: &str, mut read: Read, text_of: impl Fn(&str) -> Result<String, NotUsed>) -> Read {
    for Definition { entity, target, line } in std::mem::take(&mut read.definitions) {
        let Some(entity) = read.entities.get_mut(entity) else { continue };
        let used = text_of(&target)
            .and_then(|text| entity.define(&text).map_err(|why| (false, format!("is no OpenAPI: {why}"))));
        if let Err((fatal, why)) = used {
            let text = format!("{}: definition '{target}' {why}", entity.reference);
            read.findings.push(Finding { file: file.to_owned(), line, fatal, text });
        }
    }
    read
}
