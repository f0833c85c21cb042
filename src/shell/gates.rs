//! The files of freeze windows and approval rules, and what a release is about.

use super::planner::Services;
use crate::catalog::Catalog;
use crate::domain::{Environment, ObjectKey, Workload, World};
use crate::engine::gates::{Book, Site};
use crate::engine::record::decode;
use crate::store::{Folders, Places};
use std::sync::Arc;

/// Where freeze windows and approval rules are written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GateFiles(Places);

impl GateFiles {
    /// The paths of the option `gates`; the folder beside `config.toml` if it is
    /// empty.
    pub fn of_setting(text: &str, folders: &Folders) -> Self {
        Self(Places::of_setting(text, folders.gates()))
    }

    /// Reads everything, now: an edited window holds from the next plan on. What
    /// cannot be read is a fault of the book, which then lets nothing through.
    pub fn load(&self) -> Book {
        let mut book = Book::default();
        let (texts, findings) = self.0.read();
        for finding in &findings {
            book.take_finding(finding);
        }
        for (name, text) in &texts {
            book.take(name, text);
        }
        book
    }

    /// The same without holding up the tasks of this thread: the files may lie
    /// on a slow disk. A reading that breaks off is a fault of the book too.
    pub async fn load_aside(self) -> Book {
        match tokio::task::spawn_blocking(move || self.load()).await {
            Ok(book) => book,
            Err(error) => Book { faults: vec![format!("gates: {error}")], ..Book::default() },
        }
    }
}

/// What a promotion of the delivery with this record is about.
pub fn site_of(
    world: &World,
    record: &ObjectKey,
    undeclared: Environment,
    catalog: Option<&Arc<Catalog>>,
) -> Site {
    let target = world.record(record).and_then(|text| decode(&text.text).ok()).map(|read| read.target.key());
    if let Some(workload) = target.as_ref().and_then(|key| world.workload(key)) {
        return site_at(world, workload, undeclared, catalog);
    }
    let environment = world.environment(&record.namespace).or(undeclared);
    Site { service: None, environment, tier: None, risk: None }
}

/// What a release of this workload is about.
pub fn site_at(
    world: &World,
    workload: &Workload,
    undeclared: Environment,
    catalog: Option<&Arc<Catalog>>,
) -> Site {
    let key = World::service_of(workload);
    let environment = world.environment(&workload.key.namespace).or(undeclared);
    let tier = Services::of(world, catalog).tier(&key);
    Site { service: Some(key.name.to_string()), environment, tier, risk: None }
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
