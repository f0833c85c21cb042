//! The files of freeze windows.

use crate::catalog::{Catalog, Joined};
use crate::domain::{Environment, Finding, Namespace, ObjectKey, Workload, World};
use crate::engine::gates::{Book, Site};
use crate::engine::record::decode;
use crate::store::{Files, Folders, read_all, typed_paths};
use std::path::PathBuf;
use std::sync::Arc;

/// Where freeze windows are written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GateFiles {
    paths: Vec<PathBuf>,
    /// The folder nobody named: it need not exist.
    usual: PathBuf,
}

impl GateFiles {
    /// The paths of the option `gates`; the folder beside `config.toml` if it is
    /// empty.
    pub fn of_setting(text: &str, folders: &Folders) -> Self {
        let (typed, usual) = (typed_paths(text), folders.gates());
        let paths = if typed.is_empty() { vec![usual.clone()] } else { typed };
        Self { paths, usual }
    }

    /// Reads everything, now: an edited window holds from the next plan on. What
    /// cannot be read is a fault of the book, which then lets nothing through.
    pub fn load(&self) -> Book {
        let mut book = Book::default();
        for path in self.paths.iter().filter(|path| **path != self.usual || path.exists()) {
            match Files::find(std::slice::from_ref(path)) {
                Ok(mut files) => {
                    let texts = read_all(&mut files);
                    files.findings.iter().for_each(|finding| book.take_finding(finding));
                    for (path, text) in texts {
                        book.take(&path.display().to_string(), &text);
                    }
                }
                Err(fault) => {
                    let file = path.display().to_string();
                    book.take_finding(&Finding { file, line: 1, fatal: true, text: fault.text });
                }
            }
        }
        book
    }
}

/// What a promotion of the delivery with this record is about.
pub fn site_of(world: &World, record: &ObjectKey, undeclared: Environment) -> Site {
    let target = world.record(record).and_then(|text| decode(&text.text).ok()).map(|read| read.target.key());
    if let Some(workload) = target.as_ref().and_then(|key| world.workload(key)) {
        return site_at(world, workload, undeclared, None);
    }
    let environment = environment_of(world, &record.namespace, undeclared);
    Site { service: String::new(), environment, tier: None }
}

/// What a release of this workload is about.
pub fn site_at(
    world: &World,
    workload: &Workload,
    undeclared: Environment,
    catalog: Option<&Arc<Catalog>>,
) -> Site {
    let key = World::service_of(workload);
    let mut rows = world.services();
    if let Some(catalog) = catalog {
        let joined = Joined::new(catalog.clone(), &rows);
        rows.iter_mut().filter(|row| row.key == key).for_each(|row| joined.enrich(row));
    }
    let tier = rows.iter().find(|row| row.key == key).and_then(|row| row.tier);
    let environment = environment_of(world, &workload.key.namespace, undeclared);
    Site { service: key.name.to_string(), environment, tier }
}

fn environment_of(world: &World, namespace: &Namespace, undeclared: Environment) -> Environment {
    match world.environment(namespace) {
        Environment::Undeclared => undeclared,
        known @ (Environment::Development | Environment::Staging | Environment::Production) => known,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tempfile::TempDir;

    const WEEKEND: &str = "apiVersion: quarterdeck/v1\nkind: Freeze\nmetadata: {name: weekend}\nspec:\n  from: \"fri 16:00\"\n  until: \"mon 08:00\"\n  timeZone: UTC\n";

    fn load(folder: &TempDir, setting: &str) -> Book {
        GateFiles::of_setting(setting, &Folders::find(Some(folder.path()), None)).load()
    }

    #[test]
    fn the_usual_folder_need_not_exist_and_a_named_one_must() {
        let folder = TempDir::new().unwrap();
        assert_eq!(load(&folder, ""), Book::default());
        let gone = folder.path().join("gone.yaml");
        let book = load(&folder, gone.to_str().unwrap());
        assert!(book.faults[0].contains("gone.yaml:1:"), "{:?}", book.faults);
        std::fs::create_dir(folder.path().join("gates")).unwrap();
        std::fs::write(folder.path().join("gates/a.yaml"), WEEKEND).unwrap();
        let book = load(&folder, "");
        assert_eq!((book.freezes.len(), book.faults.len()), (1, 0), "{book:?}");
        std::fs::write(folder.path().join("gates/b.yaml"), "kind: [").unwrap();
        assert_eq!(load(&folder, "").faults.len(), 1, "one broken file is a broken book");
    }
}
