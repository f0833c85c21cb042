//! `qd catalog`: the service catalogue written in files.

mod list;
mod show;

use crate::cli::files_args::CatalogAction;
use crate::cli::findings::{Checked, mention};
use crate::cli::setup::Setup;
use crate::domain::Fault;
use crate::shell::catalogue::Source;

/// Does it; `lint` is 1 if something cannot be used.
pub(in crate::cli) fn run(setup: &Setup, action: &CatalogAction) -> Result<u8, Fault> {
    let (CatalogAction::Lint(paths)
    | CatalogAction::List { paths, .. }
    | CatalogAction::Show { paths, .. }
    | CatalogAction::Impact { paths, .. }) = action;
    let loaded = Source::Paths(paths.paths.clone()).load()?;
    if !matches!(action, CatalogAction::Lint(_)) {
        mention(&loaded.findings);
    }
    match action {
        CatalogAction::Lint(_) => {
            let findings = loaded.findings.into_iter().chain(loaded.catalog.findings().iter().cloned());
            let usable = loaded.catalog.entities().len();
            Checked::new(loaded.files, usable, findings.collect()).report(setup, "catalogue entry")
        }
        CatalogAction::List { search, .. } => list::run(setup, &loaded.catalog, search.as_deref()),
        CatalogAction::Show { name, .. } => show::run(setup, &loaded.catalog, name),
        CatalogAction::Impact { name, .. } => show::impact(setup, &loaded.catalog, name),
    }
}
