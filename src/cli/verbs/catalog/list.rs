//! `qd catalog list`: what there is.

use crate::catalog::{Catalog, Entity, Relation};
use crate::cli::out::{Out, Tone};
use crate::cli::print::print;
use crate::cli::setup::Setup;
use crate::cli::table::{plain, table};
use crate::domain::Fault;
use serde::Serialize;

/// An entity in a list.
#[derive(Debug, Serialize)]
pub(super) struct Row {
    /// `component:web`; with the namespace if it is not `default`.
    pub(super) reference: String,
    pub(super) kind: String,
    pub(super) name: String,
    pub(super) title: String,
    /// `spec.type`
    #[serde(rename = "type")]
    pub(super) flavour: String,
    pub(super) lifecycle: String,
    /// As declared, whether it exists or not; empty if nobody is.
    pub(super) owner: String,
    /// 1 costs most; null if nobody says.
    pub(super) tier: Option<u8>,
    pub(super) file: String,
    pub(super) line: usize,
}

impl From<&Entity> for Row {
    fn from(entity: &Entity) -> Self {
        let owner = entity.declared.iter().find(|(relation, _)| *relation == Relation::OwnedBy);
        Self {
            reference: entity.reference.to_string(),
            kind: entity.reference.kind().to_lowercase(),
            name: entity.reference.name().to_owned(),
            title: entity.title.clone(),
            flavour: entity.flavour.clone(),
            lifecycle: entity.lifecycle.clone(),
            owner: owner.map(|(_, reference)| reference.to_string()).unwrap_or_default(),
            tier: entity.tier(),
            file: entity.file.clone(),
            line: entity.line,
        }
    }
}

/// Prints every entity, or those with all words of `search`, best first.
pub(super) fn run(setup: &Setup, catalog: &Catalog, search: Option<&str>) -> Result<u8, Fault> {
    let all = catalog.entities();
    let found = search.map_or_else(|| by_name(all), |words| catalog.search(words, all.len()));
    let rows: Vec<_> = found.into_iter().map(Row::from).collect();
    let names = || rows.iter().map(|row| row.reference.clone()).collect();
    print(setup, &rows, names, || text(&setup.out, &rows, all.len()))?;
    Ok(0)
}

fn by_name(all: &[Entity]) -> Vec<&Entity> {
    let mut all: Vec<_> = all.iter().collect();
    all.sort_by_key(|entity| entity.reference.key());
    all
}

fn text(out: &Out, rows: &[Row], all: usize) -> String {
    if rows.is_empty() {
        return format!("nothing found among {all} catalogue entries\n");
    }
    let lines: Vec<_> = rows
        .iter()
        .map(|row| {
            vec![
                (row.reference.clone(), Tone::Strong),
                plain(row.flavour.clone()),
                plain(row.lifecycle.clone()),
                plain(if row.owner.is_empty() { "—" } else { &row.owner }),
                plain(tier(row.tier)),
                plain(format!("{}:{}", row.file, row.line)),
            ]
        })
        .collect();
    table(out, &["ENTITY", "TYPE", "LIFECYCLE", "OWNER", "TIER", "ORIGIN"], &lines, "")
}

/// A tier as a cell.
pub(super) fn tier(tier: Option<u8>) -> String {
    tier.map_or_else(|| "—".to_owned(), |tier| tier.to_string())
}
