//! Every document beside the entries, for the search.
//!
//! A document belongs to the entry that names it as its runbook or TechDocs, and
//! one that nobody names to the entries of the nearest folder above it.

use super::Source;
use crate::catalog::{Entity, Library, Written};
use crate::domain::Finding;
use crate::msg::DocumentAsk;
use crate::shell::docs::{FIRST, checkout, is_text, list, named, relative};
use crate::store::read_text;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// More documents are not read: 64 MiB of text are read in some seconds.
const MOST_TEXT: usize = 64 << 20;

/// The documents of `entities`, and whether some were left out.
pub(super) fn library(source: &Source, entities: &[Entity]) -> (Library, Option<Finding>) {
    match source {
        Source::Texts(texts) => (Library::build(in_memory(texts, entities)), None),
        Source::Paths(_) => on_disk(entities),
    }
}

/// The entries by the folder they stand in, those deepest down first.
fn by_folder(entities: &[Entity]) -> Vec<(PathBuf, Vec<usize>)> {
    let mut folders: BTreeMap<PathBuf, Vec<usize>> = BTreeMap::new();
    for (at, entity) in entities.iter().enumerate() {
        let folder = Path::new(&entity.file).parent().unwrap_or(Path::new(""));
        folders.entry(folder.to_owned()).or_default().push(at);
    }
    let mut folders: Vec<_> = folders.into_iter().collect();
    folders.sort_by_key(|(folder, _)| std::cmp::Reverse(folder.components().count()));
    folders
}

/// Components are what people look for; where there are some, the groups and
/// systems beside them in one file do not own its documents.
fn owners(all: &[usize], entities: &[Entity]) -> Vec<usize> {
    let component = |at: &&usize| entities[**at].reference.kind().eq_ignore_ascii_case("component");
    let components: Vec<_> = all.iter().filter(component).copied().collect();
    if components.is_empty() { all.to_vec() } else { components }
}

fn in_memory(texts: &[(String, String)], entities: &[Entity]) -> Vec<Written> {
    let folders = by_folder(entities);
    let mut written = Vec::new();
    for (name, text) in texts.iter().filter(|(name, _)| is_text(Path::new(name))) {
        let above = folders.iter().find(|(folder, _)| Path::new(name).starts_with(folder));
        let entities = above.map(|(_, all)| owners(all, entities)).unwrap_or_default();
        written.push(Written { entities, path: name.clone(), text: text.clone() });
    }
    written
}

/// A document on the disk.
struct Known {
    /// How it is called from its checkout.
    path: String,
    entities: BTreeSet<usize>,
    /// Whether an entry names it.
    named: bool,
}

/// Documents by their real places.
type Shelf = BTreeMap<PathBuf, Known>;

fn on_disk(entities: &[Entity]) -> (Library, Option<Finding>) {
    let mut shelf = Shelf::new();
    for (folder, all) in by_folder(entities) {
        let folder = if folder.as_os_str().is_empty() { PathBuf::from(".") } else { folder };
        // A folder that is gone has orphans in it, and no documents.
        let Ok(folder) = folder.canonicalize() else { continue };
        let root = checkout(&folder);
        let mut below = Vec::new();
        list(&folder, &root, 0, &mut below);
        let first = FIRST.iter().map(|name| folder.join(name));
        let owners: BTreeSet<usize> = owners(&all, entities).into_iter().collect();
        for place in below.iter().map(|path| root.join(path)).chain(first) {
            put(&mut shelf, &place, &root, &owners, false);
        }
        for at in all {
            for name in named(&DocumentAsk::of(&entities[at], None)) {
                put(&mut shelf, &folder.join(name), &root, &BTreeSet::from([at]), true);
            }
        }
    }
    let (mut written, mut size, mut left) = (Vec::new(), 0, None);
    for (place, Known { path, entities, .. }) in shelf {
        // One that cannot be read says so when somebody opens it.
        let Ok(Some(text)) = read_text(&place) else { continue };
        size += text.len();
        if size > MOST_TEXT {
            let file = place.display().to_string();
            let text = "more than 64 MiB of documents; this and further ones are not searched".to_owned();
            left = Some(Finding { file, line: 1, fatal: false, text });
            break;
        }
        written.push(Written { entities: entities.into_iter().collect(), path, text });
    }
    (Library::build(written), left)
}

/// Puts a document there, if it is one of the checkout. Who names it comes
/// before who only stands beside it.
fn put(shelf: &mut Shelf, place: &Path, root: &Path, owners: &BTreeSet<usize>, named: bool) {
    let Ok(real) = place.canonicalize() else { return };
    if !real.starts_with(root) || !real.is_file() || !is_text(&real) {
        return;
    }
    let path = relative(&real, root);
    let known = shelf.entry(real).or_insert_with(|| Known { path, entities: owners.clone(), named });
    if named && !known.named {
        (known.entities, known.named) = (owners.clone(), true);
    } else if named {
        known.entities.extend(owners);
    }
}
