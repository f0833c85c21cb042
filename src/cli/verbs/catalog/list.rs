//! `qd catalog list`: what there is.

use crate::catalog::{Catalog, Entity};
use crate::cli::out::{Out, Tone};
use crate::cli::print::print;
use crate::cli::session::Session;
use crate::cli::setup::Setup;
use crate::cli::table::{plain, table};
use crate::domain::Fault;
use jiff::Timestamp;
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
    /// Who owns it, as declared if that does not exist; empty if nobody is.
    pub(super) owner: String,
    /// Whether nothing in the catalogue is called as the owner is.
    pub(super) owner_unknown: bool,
    /// Whether it has to have one.
    #[serde(skip)]
    pub(super) owned: bool,
    /// 1 costs most; null if nobody says.
    pub(super) tier: Option<u8>,
    pub(super) file: String,
    pub(super) line: usize,
    /// When it was last seen, if its source says it no longer.
    pub(super) orphan: Option<Timestamp>,
}

impl Row {
    /// How `entity` is listed.
    pub(super) fn of(entity: &Entity, catalog: &Catalog) -> Self {
        let unknown = catalog.unknown_owner(entity);
        let owner = catalog.owner(entity).map(|owner| owner.reference.to_string());
        let owner = owner.or_else(|| unknown.map(ToString::to_string));
        Self {
            reference: entity.reference.to_string(),
            kind: entity.reference.kind().to_lowercase(),
            name: entity.reference.name().to_owned(),
            title: entity.title.clone(),
            flavour: entity.sort().to_owned(),
            lifecycle: entity.lifecycle.clone(),
            owner: owner.unwrap_or_default(),
            owner_unknown: unknown.is_some(),
            owned: entity.needs_owner(),
            tier: entity.tier(),
            file: entity.file.clone(),
            line: entity.line,
            orphan: entity.orphan,
        }
    }
}

impl Row {
    /// Nobody where somebody should be is told, not left blank.
    pub(super) fn owner_cell(&self) -> (String, Tone) {
        match (self.owner.is_empty(), self.owned) {
            (true, true) => ("nobody".to_owned(), Tone::Bad),
            (true, false) => plain("—"),
            (false, _) if self.owner_unknown => (format!("{} (unknown)", self.owner), Tone::Bad),
            (false, _) => plain(self.owner.clone()),
        }
    }

    /// Where it stands, or when it last did.
    pub(super) fn origin(&self) -> (String, Tone) {
        let place = format!("{}:{}", self.file, self.line);
        match self.orphan {
            Some(_) => (format!("orphan, seen {} ago  {place}", Session::age(self.orphan)), Tone::Warn),
            None => plain(place),
        }
    }
}

/// Prints every entity, or those with all words of `search`, best first.
pub(super) fn run(setup: &Setup, catalog: &Catalog, search: Option<&str>) -> Result<u8, Fault> {
    let all = catalog.entities();
    let found = search.map_or_else(|| by_name(all), |words| catalog.search(words, all.len()));
    let rows: Vec<_> = found.into_iter().map(|entity| Row::of(entity, catalog)).collect();
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
                row.owner_cell(),
                plain(tier(row.tier)),
                row.origin(),
            ]
        })
        .collect();
    table(out, &["ENTITY", "TYPE", "LIFECYCLE", "OWNER", "TIER", "ORIGIN"], &lines, "")
}

/// A tier as a cell.
pub(super) fn tier(tier: Option<u8>) -> String {
    tier.map_or_else(|| "—".to_owned(), |tier| tier.to_string())
}
