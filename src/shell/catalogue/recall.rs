//! What was seen of a catalogue, kept in a file of ours.
//!
//! One file for each list of paths: of another list nothing is an orphan here.
//! A memory that cannot be read or written costs the orphans, nothing else.

use super::{Found, Source};
use crate::catalog::{Catalog, EntityRef, Memory};
use crate::domain::{Fault, FaultKind, Finding, sha256_short};
use crate::shell::clock;
use crate::store::{Folders, read_text_up_to, write_private};
use std::path::{Path, PathBuf};

/// 30,000 entries are some 20 MB.
const LARGEST: u64 = 64 << 20;

/// Adds what was there once. A catalogue that cannot be read at all is what is
/// remembered of it, with the reason as a finding.
pub(super) fn recall(
    found: Result<Found, Fault>,
    paths: &[PathBuf],
    folders: &Folders,
) -> Result<Found, Fault> {
    let file = file_of(paths, folders);
    let (memory, lost) = read(&file);
    let (mut found, away) = match found {
        Ok(found) => (found, None),
        Err(fault) => (Found::default(), Some(fault)),
    };
    let next = memory.recall(&mut found.entities, clock::now().wall);
    if let Some(fault) = away {
        if found.entities.is_empty() {
            return Err(fault);
        }
        let paths: Vec<_> = paths.iter().map(|path| path.display().to_string()).collect();
        let text = format!("{}; shown as it was last seen", fault.text);
        found.findings.push(Finding { file: paths.join(", "), line: 1, fatal: true, text });
    }
    found.findings.extend(lost);
    if let Some(next) = next
        && let Err(fault) = write(&file, &next)
    {
        tracing::warn!(%fault, "the memory of the catalogue is not kept");
    }
    Ok(found)
}

/// Forgets an entry that is there no longer.
///
/// # Errors
/// It is not remembered, it is still there, or the memory cannot be written.
pub fn forget(source: &Source, name: &str, folders: &Folders) -> Result<String, Fault> {
    let Source::Paths(paths) = source else {
        return Err(Fault::new(FaultKind::Refused, "the demo's catalogue has no orphans"));
    };
    let loaded = source.load(Some(folders))?;
    let reference = orphan(&loaded.catalog, name)?;
    let file = file_of(paths, folders);
    let (mut memory, _) = read(&file);
    memory.forget(&reference.key());
    write(&file, &memory)?;
    Ok(reference.to_string())
}

fn orphan<'a>(catalog: &'a Catalog, name: &str) -> Result<&'a EntityRef, Fault> {
    let Some(entity) = catalog.get(name) else {
        let text = format!("no catalogue entry '{name}' is remembered");
        return Err(Fault::new(FaultKind::NotFound, text).hint("`qd catalog lint` lists the orphans"));
    };
    if entity.orphan.is_none() {
        let text = format!("{} stands at {}:{}", entity.reference, entity.file, entity.line);
        return Err(Fault::new(FaultKind::Refused, text)
            .hint("only an orphan can be forgotten: take it out of that file first"));
    }
    Ok(&entity.reference)
}

fn read(file: &Path) -> (Memory, Option<Finding>) {
    let text = read_text_up_to(file, LARGEST).map_err(|fault| fault.text);
    let read = text.and_then(|text| match text {
        Some(text) => serde_json::from_str(&text).map_err(|error| format!("is no memory of ours: {error}")),
        None => Ok(Memory::default()),
    });
    match read {
        Ok(memory) => (memory, None),
        Err(why) => {
            let text = format!("{why}; orphans before now are not known");
            (
                Memory::default(),
                Some(Finding { file: file.display().to_string(), line: 1, fatal: false, text }),
            )
        }
    }
}

fn write(file: &Path, memory: &Memory) -> Result<(), Fault> {
    let text = serde_json::to_vec(memory).map_err(|error| {
        Fault::new(FaultKind::Internal, format!("cannot write down what was seen: {error}"))
    })?;
    write_private(file, &text)
}

/// Named by the paths: as they really are, whatever folder we were started in.
fn file_of(paths: &[PathBuf], folders: &Folders) -> PathBuf {
    let mut typed = Vec::new();
    for path in paths {
        let whole = std::path::absolute(path).unwrap_or_else(|_odd| path.clone());
        typed.extend_from_slice(whole.as_os_str().as_encoded_bytes());
        typed.push(0);
    }
    let name = sha256_short(&typed);
    folders.catalogue().join(format!("{name}.json"))
}
